//! A sandbox behind TLS, which notes every secret that goes in or out.
//!
//! The certificate in `tls/` is for 127.0.0.1, of an authority that nobody trusts and whose key was thrown away.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use acquaint_testkit::sandbox::Sandbox;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use url::{Url, form_urlencoded};

use crate::needles::Secrets;

pub(crate) const AUTHORITY: &[u8] = include_bytes!("tls/ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("tls/server.pem");
const KEY: &[u8] = include_bytes!("tls/server.key.pem");

/// The names under which secrets travel in queries and forms.
const FIELDS: &[&str] =
    &["code", "state", "code_verifier", "refresh_token", "client_secret", "token", "api_key"];

/// The secrets that were seen on their way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Secrets>>);

impl Heard {
    pub(crate) fn add(&self, what: &str, secret: impl AsRef<[u8]>) {
        self.0.lock().unwrap().add(what, secret);
    }

    /// An assertion's claims are no secret, and repeat addresses; what nobody else could make is its signature.
    pub(crate) fn assertion(&self, assertion: &str) {
        let mut parts = assertion.split('.');
        self.add("beginning of an assertion", parts.next().unwrap());
        self.add("signature of an assertion", parts.next_back().unwrap());
    }

    pub(crate) fn public(&self, text: impl Into<String>) {
        self.0.lock().unwrap().public(text);
    }

    pub(crate) fn all(&self) -> Secrets {
        self.0.lock().unwrap().clone()
    }

    /// What a query or a form holds.
    pub(crate) fn fields(&self, encoded: &[u8]) {
        for (name, value) in form_urlencoded::parse(encoded) {
            // What a preflight sends to be refused is no secret.
            match &*name {
                "assertion" => self.assertion(&value),
                name if FIELDS.contains(&name) && !value.starts_with("preflight") => {
                    self.add(name, value.as_bytes())
                }
                _ => {}
            }
        }
    }

    fn request(&self, request: &http::Request<Bytes>) {
        self.fields(request.uri().query().unwrap_or_default().as_bytes());
        self.fields(request.body());
        for name in ["authorization", "x-api-token"] {
            let Some(value) = request.headers().get(name).and_then(|value| value.to_str().ok()) else {
                continue;
            };
            let Some((scheme, credential)) = value.split_once(' ') else { continue };
            if scheme != "Basic" {
                self.add(&format!("{name}: {scheme}"), credential);
                continue;
            }
            // Whatever the name before it, the password is looked for in base64 too.
            let pair = STANDARD.decode(credential).unwrap();
            let (_, password) = std::str::from_utf8(&pair).unwrap().split_once(':').unwrap();
            self.add("password of Basic", password);
        }
    }

    pub(crate) fn answer(&self, answer: &http::Response<Bytes>) {
        if let Some(location) = answer.headers().get("location").and_then(|value| value.to_str().ok()) {
            self.fields(location.split_once('?').map_or("", |(_, query)| query).as_bytes());
        }
        if let Ok(Value::Object(body)) = serde_json::from_slice(answer.body()) {
            for (name, value) in body {
                if let (true, Value::String(secret)) = (is_secret(&name), value) {
                    self.add(&format!("{name} of an answer"), secret);
                }
            }
        }
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    (name.ends_with("token") || name.ends_with("_key")) && name != "nextpagetoken" && name != "nextsynctoken"
}

/// Which HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Http {
    One,
    Two,
}

/// A server on a port of this machine. Stops when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    accepting: AbortHandle,
    line: Arc<Line>,
}

/// Between the server and whoever calls.
struct Line {
    sandbox: Arc<dyn Sandbox>,
    heard: Heard,
    /// Paths of which the next answer does not arrive.
    losing: Mutex<BTreeSet<String>>,
    down: AtomicBool,
}

impl Server {
    pub(crate) async fn start(sandbox: Arc<dyn Sandbox>, http: Http, heard: Heard) -> Self {
        let line = Arc::new(Line { sandbox, heard, losing: Mutex::default(), down: AtomicBool::new(false) });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting =
            tokio::spawn(accept(listener, TlsAcceptor::from(config(http)), http, Arc::clone(&line)));
        Self { address, accepting: accepting.abort_handle(), line }
    }

    pub(crate) fn url(&self) -> Url {
        format!("https://{}", self.address).parse().unwrap()
    }

    /// The next request to `path` takes effect, and its answer is lost.
    pub(crate) fn lose_answer(&self, path: &str) {
        self.line.losing.lock().unwrap().insert(path.to_owned());
    }

    /// Whether nobody is answered.
    pub(crate) fn down(&self, down: bool) {
        self.line.down.store(down, Ordering::SeqCst);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.address).finish()
    }
}

fn config(http: Http) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = vec![if http == Http::Two { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    Arc::new(config)
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, http: Http, line: Arc<Line>) -> Infallible {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (tls, line) = (tls.clone(), Arc::clone(&line));
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else { return };
            let service = service_fn(move |request| answer(Arc::clone(&line), request));
            // A client that hangs up is no concern of the server's.
            if http == Http::Two {
                let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                let _ = connection.serve_connection(TokioIo::new(stream), service).await;
            } else {
                let connection = hyper::server::conn::http1::Builder::new();
                let _ = connection.serve_connection(TokioIo::new(stream), service).await;
            }
        });
    }
}

async fn answer(
    line: Arc<Line>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, std::io::Error> {
    let lost = || std::io::Error::other("the line is cut");
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| lost())?.to_bytes();
    let request = http::Request::from_parts(parts, body);
    line.heard.request(&request);
    if line.down.load(Ordering::SeqCst) {
        return Err(lost());
    }
    let answer = line.sandbox.handle(&request);
    line.heard.answer(&answer);
    if line.losing.lock().unwrap().remove(request.uri().path()) {
        return Err(lost());
    }
    Ok(answer.map(Full::new))
}
