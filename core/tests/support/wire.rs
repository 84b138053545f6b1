//! A network of one provider, whose token endpoint and API answer from a script.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint_core::async_trait;
use acquaint_core::auth::{Credential, GrantAuth};
use acquaint_core::env::Env;
use acquaint_core::http::{
    ErrorTable, HttpClient, HttpPolicy, HttpTransport, Request, Response, TransportError,
};
use acquaint_core::keys::{KeyProvider, Keys};
use acquaint_core::token::{GrantKey, GrantState, TokenManager, TokenSet};
use bytes::Bytes;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::{MemoryTokenStore, env, grant};

/// How one call is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    Json(u16, Value),
    Text(u16, &'static str, &'static str),
    Slow(Duration, Value),
    Lost(TransportError),
}

/// The token endpoint is everything at `id.example`; the API is everything else. What is not scripted works: the
/// token endpoint gives `planted-minted-1` and so on, for an hour.
#[derive(Default)]
pub struct Wire {
    tokens: Mutex<VecDeque<Reply>>,
    api: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Request>>,
    minted: Mutex<u32>,
}

impl fmt::Debug for Wire {
    /// Without what was sent, so that tests may look for secrets in what is shown around it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// The next answers of the token endpoint.
    pub fn tokens(&self, replies: impl IntoIterator<Item = Reply>) {
        self.tokens.lock().unwrap().extend(replies);
    }

    /// The next answers of the API.
    pub fn api(&self, replies: impl IntoIterator<Item = Reply>) {
        self.api.lock().unwrap().extend(replies);
    }

    /// What the token endpoint was sent.
    pub fn forms(&self) -> Vec<BTreeMap<String, String>> {
        self.requests(true).iter().map(form).collect()
    }

    /// What the token endpoint was sent, whole.
    pub fn token_requests(&self) -> Vec<Request> {
        self.requests(true)
    }

    /// What the API was sent.
    pub fn api_requests(&self) -> Vec<Request> {
        self.requests(false)
    }

    /// The value of `Authorization` of every request to the API.
    pub fn authorizations(&self) -> Vec<String> {
        let requests = self.api_requests();
        requests
            .iter()
            .map(|request| request.headers()["authorization"].to_str().unwrap().to_owned())
            .collect()
    }

    fn requests(&self, tokens: bool) -> Vec<Request> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|request| is_token(request) == tokens).cloned().collect()
    }
}

pub fn form(request: &Request) -> BTreeMap<String, String> {
    form_urlencoded::parse(request.body()).into_owned().collect()
}

fn is_token(request: &Request) -> bool {
    request.uri().host() == Some("id.example")
}

#[async_trait]
impl HttpTransport for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let token = is_token(&request);
        self.asked.lock().unwrap().push(request);
        tokio::task::yield_now().await;
        let queue = if token { &self.tokens } else { &self.api };
        let scripted = queue.lock().unwrap().pop_front();
        let reply = scripted.unwrap_or_else(|| {
            let mut minted = self.minted.lock().unwrap();
            *minted += u32::from(token);
            let token = json!({ "access_token": format!("planted-minted-{minted}"), "expires_in": 3600 });
            Reply::Json(200, token)
        });
        let (status, kind, body) = match reply {
            Reply::Json(status, body) => (status, "application/json", body.to_string()),
            Reply::Text(status, kind, body) => (status, kind, body.to_owned()),
            Reply::Slow(delay, body) => {
                tokio::time::sleep(delay).await;
                (200, "application/json", body.to_string())
            }
            Reply::Lost(error) => return Err(error),
        };
        let answer = http::Response::builder().status(status).header("content-type", kind);
        Ok(answer.body(Bytes::from(body)).unwrap())
    }
}

/// One provider behind a wire, one store, and as many processes as are asked for.
pub struct Wired {
    pub wire: Arc<Wire>,
    pub store: Arc<MemoryTokenStore>,
    pub env: Env,
    pub keys: Arc<dyn KeyProvider>,
    pub auth: GrantAuth,
    pub policy: HttpPolicy,
}

impl Wired {
    pub fn new(auth: GrantAuth) -> Self {
        let wire = Arc::new(Wire::default());
        let api = url("https://api.example/");
        Self {
            env: env(wire.clone()),
            wire,
            store: Arc::default(),
            keys: Arc::new(Keys::new("k1", [7; 32])),
            auth,
            policy: HttpPolicy::new([&api], ErrorTable::default()),
        }
    }

    /// A process of its own: it shares the store and the provider with the others, and nothing else.
    pub fn process(&self) -> TokenManager {
        TokenManager::new(self.store.clone(), self.keys.clone(), self.env.clone())
    }

    /// Connects grant `g1` with what a tenant hands over.
    pub async fn connect(&self, credential: &Credential, subject: Option<&str>, scopes: &[&str]) {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let known = self.auth.handed_over(credential, subject, scopes, self.env.now()).unwrap();
        let tokens = self.auth.first_tokens(&self.env, known).await.unwrap();
        self.process().save_new(&key(), tokens).await.unwrap();
    }

    /// Keeps `tokens` as grant `g1`.
    pub async fn keep(&self, tokens: TokenSet) {
        self.process().save_new(&key(), tokens).await.unwrap();
    }

    /// A client for grant `g1` in a process of its own.
    pub fn client(&self) -> HttpClient {
        let auth = Arc::new(self.process().authenticator(key(), self.auth.clone()));
        HttpClient::new(self.env.clone(), auth, Arc::new(self.policy.clone()))
    }

    /// Calls the API once, in a process of its own.
    pub async fn get(&self) -> acquaint_core::Result<Response> {
        self.client().get(url("https://api.example/things?page=2")).operation("things.list").send().await
    }

    pub async fn state(&self) -> GrantState {
        self.process().status(&key()).await.unwrap().unwrap().state
    }
}

pub fn key() -> GrantKey {
    grant("g1")
}

pub fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}
