//! Two connectors as a stranger would write them, against nothing but what `acquaint` offers its users.
//!
//! They are here so that a change of the traits that shuts such providers out does not compile or fails. They
//! have met no real server, so they are no connectors to copy.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "outside_connectors/graph.rs"]
mod graph;
#[path = "outside_connectors/salesforce.rs"]
mod salesforce;

use std::sync::{Arc, Mutex};

use acquaint::async_trait;
use acquaint::core::connector::{AnyStream, Connector, Context, FetchRequest, Page, Partition, PassKind};
use acquaint::core::connector::{SourceSettings, Window};
use acquaint::core::cursor::StoredCursor;
use acquaint::core::env::Env;
use acquaint::core::http::{Anonymous, HttpClient, HttpTransport, Request, Response, TransportError};
use acquaint::core::ids::LaneName;
use chrono::{DateTime, Utc};

/// Gives prepared answers, in order, and notes what was asked for.
#[derive(Debug, Default)]
struct Script {
    answers: Mutex<Vec<(u16, String)>>,
    asked: Mutex<Vec<String>>,
}

impl Script {
    fn new<const N: usize>(answers: [(u16, String); N]) -> Arc<Self> {
        let mut answers = Vec::from(answers);
        answers.reverse();
        Arc::new(Self { answers: Mutex::new(answers), asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl HttpTransport for Script {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.asked.lock().unwrap().push(request.uri().to_string());
        let (status, body) = self.answers.lock().unwrap().pop().expect("one answer for each request");
        Ok(http::Response::builder().status(status).body(body.into()).unwrap())
    }
}

fn context(connector: &dyn Connector, script: &Arc<Script>) -> Context {
    let env = Env::new(Arc::clone(script) as Arc<dyn HttpTransport>);
    let http = HttpClient::new(env.clone(), Arc::new(Anonymous), Arc::clone(&connector.info().http));
    Context::new(http, env, Arc::new(SourceSettings::default()))
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

const BEGAN: &str = "2026-03-02T10:00:00Z";

/// One page through the erased stream, so that cursors are stored and loaded as the engine does it.
async fn fetch(
    stream: &dyn AnyStream,
    cx: &Context,
    partition: Partition,
    cursor: Option<StoredCursor>,
) -> acquaint::Result<Page<StoredCursor>> {
    let pass = if cursor.is_none() { PassKind::Baseline } else { PassKind::Incremental };
    let window = Window::default().at(at(BEGAN));
    let lane = LaneName::from(stream.spec().lanes[0].name);
    stream.fetch(cx, FetchRequest::new(pass, cursor, partition, lane, window, at(BEGAN))).await
}
