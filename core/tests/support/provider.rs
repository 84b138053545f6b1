//! A provider whose token endpoint is strict: a refresh token that it has replaced revokes the grant.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use acquaint_core::async_trait;
use acquaint_core::http::{HttpTransport, Request, Response, TransportError};
use bytes::Bytes;
use serde_json::{Value, json};
use url::form_urlencoded;

/// What a refresh answers in the field `refresh_token`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A new one; the old one is dead at once.
    Rotates,
    /// Nothing: the old one stays.
    Omits,
    /// Null: the old one stays.
    Null,
    /// An empty text: the old one stays.
    Empty,
}

/// How one call goes.
#[derive(Debug, Clone)]
pub enum Step {
    /// As it should.
    Work,
    /// As it should, after this long.
    Slow(Duration),
    /// The request never arrives.
    NotSent(TransportError),
    /// The request is carried out and its answer is lost, after this long.
    Lost(Duration, TransportError),
    /// This answer, with nothing carried out.
    Answer(u16, &'static str, &'static str),
    /// This answer to ask again in so many seconds.
    Later(u16, u32),
}

#[derive(Debug, Default)]
struct State {
    generation: u32,
    revoked: bool,
    /// Refresh tokens of requests that can still be answered, and how many of them.
    open: BTreeMap<String, usize>,
    most_open: usize,
    calls: Vec<(String, BTreeMap<String, String>)>,
}

#[derive(Debug)]
pub struct Provider {
    style: Style,
    steps: Mutex<VecDeque<Step>>,
    state: Mutex<State>,
}

impl Provider {
    pub fn new(style: Style) -> Self {
        Self { style, steps: Mutex::default(), state: Mutex::default() }
    }

    /// The next calls go like this, and all later ones work.
    pub fn then(&self, steps: impl IntoIterator<Item = Step>) {
        self.steps.lock().unwrap().extend(steps);
    }

    /// A person authorises: a fresh access token and refresh token.
    pub fn authorise(&self) -> (String, String) {
        let mut state = self.state.lock().unwrap();
        state.generation += 1;
        state.revoked = false;
        (access(state.generation), refresh(state.generation))
    }

    pub fn revoke_grant(&self) {
        self.state.lock().unwrap().revoked = true;
    }

    /// How many requests came, those that were never sent not counted.
    pub fn calls(&self) -> usize {
        self.state.lock().unwrap().calls.len()
    }

    /// The path and the form of every request.
    pub fn forms(&self) -> Vec<(String, BTreeMap<String, String>)> {
        self.state.lock().unwrap().calls.clone()
    }

    /// The access token of the newest generation.
    pub fn newest(&self) -> String {
        access(self.state.lock().unwrap().generation)
    }

    pub fn is_revoked(&self) -> bool {
        self.state.lock().unwrap().revoked
    }

    /// In how many requests at once one refresh token has been while they could still be answered.
    pub fn most_open(&self) -> usize {
        self.state.lock().unwrap().most_open
    }

    fn work(&self, form: &BTreeMap<String, String>) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        let sent = form.get("refresh_token");
        let rotates = self.style == Style::Rotates;
        let known = if rotates { refresh(state.generation) } else { refresh(1) };
        if state.revoked || sent != Some(&known) {
            // A replaced refresh token is taken for a stolen one.
            state.revoked = true;
            return (400, json!({"error": "invalid_grant", "error_description": "planted-description"}));
        }
        state.generation += 1;
        let mut answer = json!({
            "access_token": access(state.generation), "expires_in": 3600, "token_type": "Bearer",
        });
        match self.style {
            Style::Rotates => answer["refresh_token"] = refresh(state.generation).into(),
            Style::Omits => {}
            Style::Null => answer["refresh_token"] = Value::Null,
            Style::Empty => answer["refresh_token"] = "".into(),
        }
        (200, answer)
    }
}

fn access(generation: u32) -> String {
    format!("planted-access-{generation}")
}

fn refresh(generation: u32) -> String {
    format!("planted-refresh-{generation}")
}

/// Counts a request as open until it is answered or given up.
struct Open<'a>(&'a Provider, String);

impl<'a> Open<'a> {
    fn new(provider: &'a Provider, token: String) -> Self {
        let mut state = provider.state.lock().unwrap();
        let count = state.open.entry(token.clone()).or_default();
        *count += 1;
        let count = *count;
        state.most_open = state.most_open.max(count);
        Self(provider, token)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        *self.0.state.lock().unwrap().open.get_mut(&self.1).unwrap() -= 1;
    }
}

#[async_trait]
impl HttpTransport for Provider {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let step = self.steps.lock().unwrap().pop_front().unwrap_or(Step::Work);
        if let Step::NotSent(error) = step {
            return Err(error);
        }
        let form: BTreeMap<String, String> = form_urlencoded::parse(request.body()).into_owned().collect();
        let _open = form.get("refresh_token").map(|token| Open::new(self, token.clone()));
        self.state.lock().unwrap().calls.push((request.uri().path().to_owned(), form.clone()));
        tokio::task::yield_now().await;
        let (status, kind, body) = match step {
            Step::Slow(delay) => {
                tokio::time::sleep(delay).await;
                json_answer(self.work(&form))
            }
            Step::Lost(delay, error) => {
                self.work(&form);
                tokio::time::sleep(delay).await;
                return Err(error);
            }
            Step::Answer(status, kind, body) => (status, kind, body.to_owned()),
            Step::Later(status, seconds) => {
                let answer = http::Response::builder().status(status).header("retry-after", seconds);
                return Ok(answer.body(Bytes::from_static(b"{}")).unwrap());
            }
            Step::Work | Step::NotSent(_) => json_answer(self.work(&form)),
        };
        let answer = http::Response::builder().status(status).header("content-type", kind);
        Ok(answer.body(Bytes::from(body)).unwrap())
    }
}

fn json_answer((status, body): (u16, Value)) -> (u16, &'static str, String) {
    (status, "application/json", body.to_string())
}
