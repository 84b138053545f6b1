//! A provider of the test's own, with its connector, for the ways of authorising that Google and HubSpot do not
//! have. It is as indiscreet as a provider can be: it repeats in its errors whatever it was sent.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint::async_trait;
use acquaint::core::auth::{AuthScheme, Carry, Fixed, Signer, Signing};
use acquaint::core::connector::{
    AnyStream, Connector, ConnectorInfo, Context, FetchRequest, Identity, LaneSpec, Next, Page, RecordStream,
    StreamKind, StreamSpec,
};
use acquaint::core::cursor::SyncCursor;
use acquaint::core::http::{ErrorTable, HttpPolicy, Request};
use acquaint::core::oauth::{ClientAuth, ClientCredentials};
use acquaint::core::record::{Change, RawRecord};
use acquaint::core::view::Views;
use acquaint::{Error, ErrorKind, Result};
use acquaint_testkit::sandbox::Sandbox;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

/// What the provider takes.
#[derive(Default)]
pub(crate) struct Own {
    /// Credentials, each as it stands on a request.
    accepted: Mutex<BTreeSet<String>>,
    issued: Mutex<u32>,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Own")
    }
}

impl Own {
    /// From now on this is taken: the value of `authorization`, of `x-api-token` or of `api_key`.
    pub(crate) fn accept(&self, credential: impl Into<String>) {
        self.accepted.lock().unwrap().insert(credential.into());
    }

    fn token(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let client = header("authorization").unwrap_or_default();
        let form: String = String::from_utf8_lossy(request.body()).into_owned();
        if !self.accepted.lock().unwrap().contains(client) {
            // The whole request in every field that anybody may look at.
            return json_answer(
                401,
                &json!({ "error": "invalid_client", "error_description": client, "status": client, "message": form }),
            );
        }
        let mut issued = self.issued.lock().unwrap();
        *issued += 1;
        let made = |what: &str| URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{what} {issued}")));
        let token = made("token");
        self.accept(format!("Token {token}"));
        json_answer(
            200,
            &json!({
                "access_token": token,
                "expires_in": 1800,
                "id_token": made("identity"),
                "sessionToken": made("session"),
                "instance_key": made("instance"),
                "account": "acme",
            }),
        )
    }
}

impl Sandbox for Own {
    fn handle(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        if request.uri().path() == "/token" {
            return self.token(request);
        }
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let query = request.uri().query().unwrap_or_default();
        let key = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "api_key");
        let credential = ["authorization", "x-api-token"]
            .into_iter()
            .find_map(header)
            .map_or_else(|| key.map(|(_, key)| key.into_owned()).unwrap_or_default(), str::to_owned);
        if !self.accepted.lock().unwrap().contains(&credential) {
            let bare = credential.rsplit(' ').next().unwrap_or_default();
            let body = json!({ "error": { "code": bare, "message": format!("{credential} is not valid, {query}") } });
            return json_answer(401, &body);
        }
        json_answer(200, &json!({ "id": "acme", "name": "Acme" }))
    }
}

fn json_answer(status: u16, body: &serde_json::Value) -> http::Response<Bytes> {
    http::Response::builder().status(status).body(body.to_string().into()).unwrap()
}

/// Signs a request's path with the credential.
#[derive(Debug)]
pub(crate) struct Sha;

pub(crate) fn signature(secret: &str, path: &str) -> String {
    format!("Sha {}", STANDARD.encode(Sha256::digest(format!("{secret} {path}"))))
}

#[async_trait]
impl Signer for Sha {
    async fn sign(&self, request: &mut Request, with: Signing<'_>) -> Result<()> {
        let signature = signature(with.tokens.access.expose(), request.uri().path());
        let value = http::HeaderValue::from_str(&signature).map_err(Error::malformed)?;
        request.headers_mut().insert(http::header::AUTHORIZATION, value);
        Ok(())
    }
}

/// Cannot sign.
#[derive(Debug)]
pub(crate) struct Broken;

#[async_trait]
impl Signer for Broken {
    async fn sign(&self, _request: &mut Request, with: Signing<'_>) -> Result<()> {
        let number: std::result::Result<u64, _> = with.tokens.access.expose().parse();
        let wrong = |error| Error::new(ErrorKind::Malformed, "the key is no number").with_source(error);
        number.map(drop).map_err(wrong)
    }
}

/// The connectors by their ids, each with its one way of being authorised.
pub(crate) fn connectors(base: &Url) -> Vec<OwnConnector> {
    let header =
        Carry::Header { name: http::HeaderName::from_static("x-api-token"), prefix: "Token ".into() };
    let mut robot = ClientCredentials::new(base.join("token").unwrap());
    robot.token.client_auth = ClientAuth::Basic;
    robot.own_client = true;
    robot.fields = vec!["account_key".into()];
    robot.carry = header.clone();
    let query = Carry::Query { name: "api_key".into() };
    let signed = |signer: Arc<dyn Signer>| Fixed::token("Signing key", Carry::Signed(signer)).into();
    let ways: Vec<(&'static str, AuthScheme)> = vec![
        ("robot", robot.into()),
        ("desk", Fixed::basic().into()),
        ("meter", Fixed::token("API key", query).into()),
        ("shelf", Fixed::token("API key", header).into()),
        ("stamp", signed(Arc::new(Sha))),
        ("blot", signed(Arc::new(Broken))),
    ];
    ways.into_iter().map(|(id, scheme)| OwnConnector::new(id, base, scheme)).collect()
}

#[derive(Debug)]
pub(crate) struct OwnConnector {
    info: ConnectorInfo,
    streams: Vec<Box<dyn AnyStream>>,
    base: Url,
}

impl OwnConnector {
    fn new(id: &'static str, base: &Url, scheme: AuthScheme) -> Self {
        let http = HttpPolicy::new([base], ErrorTable::default().reasons_at(["/error/code"]));
        let head = LaneSpec::head(Duration::from_secs(60));
        let rows = Rows { spec: StreamSpec::new("rows", StreamKind::Other, vec![head]), base: base.clone() };
        Self {
            info: ConnectorInfo::new(id, id, scheme, http),
            streams: vec![Box::new(rows)],
            base: base.clone(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    id: String,
    name: String,
}

#[async_trait]
impl Connector for OwnConnector {
    fn info(&self) -> &ConnectorInfo {
        &self.info
    }

    fn streams(&self) -> &[Box<dyn AnyStream>] {
        &self.streams
    }

    async fn identify(&self, cx: &Context) -> Result<Identity> {
        let url = self.base.join("me").map_err(Error::malformed)?;
        let row: Row = cx.http.get(url).operation("own.me").receive().await?;
        Ok(Identity::new(row.id, row.name))
    }
}

#[derive(Debug)]
struct Rows {
    spec: StreamSpec,
    base: Url,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Seen;

impl SyncCursor for Seen {
    const KIND: &'static str = "own.rows";
}

#[async_trait]
impl RecordStream for Rows {
    type Cursor = Seen;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    async fn fetch(&self, cx: &Context, request: FetchRequest<Seen>) -> Result<Page<Seen>> {
        let url = self.base.join("rows").map_err(Error::malformed)?;
        let row: Row = cx.http.get(url).operation("own.rows").receive().await?;
        let record = RawRecord::new(row.id.as_str(), json!(row).to_string());
        Ok(Page::new(vec![Change::Full(record)], Next::Done(Seen)).covers(request.began))
    }

    fn view(&self, _raw: &RawRecord) -> Result<Views> {
        Ok(Vec::new())
    }
}
