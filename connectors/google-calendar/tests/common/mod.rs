//! A Google that answers from a script, and a context to call it with.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod mirror;
pub mod pages;
pub mod world;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint_core::async_trait;
use acquaint_core::connector::{
    AnyStream, Connector, Context, Discovered, FetchRequest, Page, Partition, PassKind, Push, SourceSettings,
    TimeRange,
};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::env::{Clock, Env};
use acquaint_core::http::{Anonymous, Authenticator, HttpClient, HttpTransport};
use acquaint_core::record::{Change, RawRecord};
use acquaint_core::view::{CalendarEvent, View};
use acquaint_google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use acquaint_testkit::sandbox::{InProcess, Sandbox};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

pub const HOST: &str = "google.test";

pub fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn payload(name: &str) -> String {
    let path = format!("{}/tests/payloads/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// A clock that moves only when somebody sleeps on it or sets it.
#[derive(Debug)]
pub struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    pub fn at(text: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(time(text))))
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        self.advance(TimeDelta::from_std(duration).unwrap());
    }
}

/// Answers in the order given, and keeps what it was asked.
#[derive(Debug, Default)]
pub struct Script {
    answers: Mutex<VecDeque<(u16, String)>>,
    asked: Mutex<Vec<http::Request<Bytes>>>,
}

impl Script {
    pub fn answer(&self, status: u16, body: impl Into<String>) {
        self.answers.lock().unwrap().push_back((status, body.into()));
    }

    /// Paths, with the query parameters sorted.
    pub fn asked(&self) -> Vec<(String, Vec<(String, String)>)> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .map(|request| {
                let uri = request.uri();
                let query = uri.query().unwrap_or_default();
                let mut pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
                pairs.sort();
                (uri.path().to_owned(), pairs)
            })
            .collect()
    }

    /// What was asked last: the method and the path, and the body as JSON.
    pub fn last_sent(&self) -> (String, serde_json::Value) {
        let asked = self.asked.lock().unwrap();
        let request = asked.last().unwrap();
        let body = serde_json::from_slice(request.body()).unwrap_or_default();
        (format!("{} {}", request.method(), request.uri().path()), body)
    }

    pub fn last_query(&self) -> Vec<(String, String)> {
        self.asked().pop().unwrap().1
    }
}

impl Sandbox for Script {
    fn handle(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        self.asked.lock().unwrap().push(request.clone());
        let (status, body) = self.answers.lock().unwrap().pop_front().expect("no answer is left");
        http::Response::builder().status(status).body(body.into()).unwrap()
    }
}

/// A connector and all that it needs.
pub struct Bench {
    pub connector: GoogleCalendar,
    pub clock: Arc<TestClock>,
    pub cx: Context,
}

impl Bench {
    pub fn new(
        sandbox: Arc<dyn Sandbox>,
        auth: Arc<dyn Authenticator>,
        clock: Arc<TestClock>,
        page_size: u16,
    ) -> Self {
        let base = Url::parse(&format!("http://{HOST}")).unwrap();
        let connector = GoogleCalendar::new(GoogleCalendarConfig::at(&base).page_size(page_size));
        let transport: Arc<dyn HttpTransport> = Arc::new(InProcess::new().host(HOST, sandbox));
        let mut env = Env::new(transport);
        env.clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let http = HttpClient::new(env.clone(), auth, Arc::clone(&connector.info().http));
        let cx = Context::new(http, env, Arc::new(SourceSettings::default()));
        Self { connector, clock, cx }
    }

    pub fn scripted(page_size: u16) -> (Self, Arc<Script>) {
        let script = Arc::new(Script::default());
        let sandbox = Arc::clone(&script) as Arc<dyn Sandbox>;
        (Self::new(sandbox, Arc::new(Anonymous), TestClock::at("2026-10-09T08:00:00Z"), page_size), script)
    }

    pub fn options(&mut self, options: serde_json::Value) {
        let mut settings = SourceSettings::default();
        settings.options = options.as_object().unwrap().clone();
        self.cx.settings = Arc::new(settings);
    }

    pub fn events(&self) -> &dyn AnyStream {
        (&self.connector as &dyn Connector).stream("events").unwrap()
    }

    pub fn drop_of(&mut self, names: &[&str]) {
        let mut settings = (*self.cx.settings).clone();
        settings.drop = names.iter().map(|name| (*name).to_owned()).collect();
        self.cx.settings = Arc::new(settings);
    }

    pub fn push(&self) -> &dyn Push {
        self.connector.push().unwrap()
    }

    pub async fn discover(&self, since: Option<StoredCursor>) -> acquaint_core::Result<Discovered> {
        self.events().discover(&self.cx, since).await
    }

    pub fn window(&self) -> TimeRange {
        self.cx.settings.window.at(time("2026-10-09T08:00:00Z"))
    }

    pub async fn page(
        &self,
        calendar: &str,
        window: TimeRange,
        cursor: Option<StoredCursor>,
    ) -> acquaint_core::Result<Page<StoredCursor>> {
        self.lane("head", calendar, window, cursor).await
    }

    pub async fn lane(
        &self,
        lane: &str,
        calendar: &str,
        window: TimeRange,
        cursor: Option<StoredCursor>,
    ) -> acquaint_core::Result<Page<StoredCursor>> {
        let pass = if cursor.is_some() { PassKind::Incremental } else { PassKind::Baseline };
        let partition = Partition::new(calendar, calendar);
        let request = FetchRequest::new(pass, cursor, partition, lane.into(), window, self.cx.env.now());
        self.events().fetch(&self.cx, request).await
    }

    pub fn view(&self, record: &RawRecord) -> acquaint_core::Result<CalendarEvent> {
        let mut views = self.events().view(record)?;
        match views.pop() {
            Some(View::Event(event)) if views.is_empty() => Ok(*event),
            other => panic!("not one event: {other:?}"),
        }
    }
}

/// A record as the connector stores it, of an event that Google sends.
pub fn record(calendar: &str, event: &str) -> RawRecord {
    RawRecord::new("key", format!(r#"{{"calendar":"{calendar}","event":{event}}}"#))
}

pub fn full(change: &Change) -> &RawRecord {
    match change {
        Change::Full(record) => record,
        other => panic!("not a record in full: {other:?}"),
    }
}
