//! A connector for any OpenID provider: who the account is, as its only record.
//!
//! <https://openid.net/specs/openid-connect-core-1_0.html#UserInfo>

use std::time::Duration;

use acquaint::Result;
use acquaint::async_trait;
use acquaint::core::auth::AuthScheme;
use acquaint::core::connector::{
    AnyStream, Connector, ConnectorInfo, Context, FetchRequest, Identity, LaneSpec, Next, Page, RecordStream,
    StreamKind, StreamSpec,
};
use acquaint::core::cursor::SyncCursor;
use acquaint::core::http::{ErrorTable, HttpPolicy};
use acquaint::core::oauth::OAuth2;
use acquaint::core::record::{Change, RawRecord};
use acquaint::core::view::{Colleague, View, Views};
use serde::{Deserialize, Serialize};
use url::Url;

/// Its id in the manifest.
pub(crate) const ID: &str = "people";

#[derive(Debug)]
pub(crate) struct People {
    info: ConnectorInfo,
    streams: Vec<Box<dyn AnyStream>>,
    userinfo: Url,
}

impl People {
    /// `scope` is what its one stream cannot be read without.
    pub(crate) fn new(scheme: OAuth2, userinfo: Url, scope: &'static str) -> Self {
        let http = HttpPolicy::new([&userinfo], ErrorTable::default());
        let spec =
            StreamSpec::new("people", StreamKind::Directory, vec![LaneSpec::head(Duration::from_secs(900))]);
        let stream = Who { spec: spec.scope(scope), userinfo: userinfo.clone() };
        Self {
            info: ConnectorInfo::new(ID, "OpenID", AuthScheme::OAuth2(scheme), http),
            streams: vec![Box::new(stream)],
            userinfo,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct UserInfo {
    sub: String,
    email: String,
}

async fn who(cx: &Context, userinfo: &Url) -> Result<UserInfo> {
    cx.http.get(userinfo.clone()).operation("people.userinfo").receive().await
}

#[async_trait]
impl Connector for People {
    fn info(&self) -> &ConnectorInfo {
        &self.info
    }

    fn streams(&self) -> &[Box<dyn AnyStream>] {
        &self.streams
    }

    async fn identify(&self, cx: &Context) -> Result<Identity> {
        let UserInfo { sub, email } = who(cx, &self.userinfo).await?;
        Ok(Identity::new(sub, email.clone()).email(email))
    }
}

#[derive(Debug)]
struct Who {
    spec: StreamSpec,
    userinfo: Url,
}

/// There is only one record to read, so there is nothing to remember.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Seen;

impl SyncCursor for Seen {
    const KIND: &'static str = "people.who";
}

#[async_trait]
impl RecordStream for Who {
    type Cursor = Seen;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    async fn fetch(&self, cx: &Context, request: FetchRequest<Seen>) -> Result<Page<Seen>> {
        let who = who(cx, &self.userinfo).await?;
        let record = RawRecord::new(who.sub.as_str(), serde_json::json!(who).to_string());
        Ok(Page::new(vec![Change::Full(record)], Next::Done(Seen)).covers(request.began))
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        let UserInfo { sub, email } = raw.parse()?;
        Ok(vec![View::Colleague(Colleague::new(sub, email))])
    }
}
