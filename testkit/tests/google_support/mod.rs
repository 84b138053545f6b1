//! A Google sandbox with two accounts, and a client that speaks to it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use acquaint_testkit::ManualClock;
use acquaint_testkit::sandbox::Sandbox as _;
use acquaint_testkit::sandbox::google::{GoogleConfig, GoogleSandbox};
use acquaint_testkit::sandbox::oauth::Client;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

pub const PRIYA: &str = "priya@northwind.example";
pub const SAM: &str = "sam@northwind.example";
pub const ALL: &[&str] = &["https://www.googleapis.com/auth/calendar"];

pub struct World {
    pub clock: ManualClock,
    pub google: Arc<GoogleSandbox>,
    /// Authorization header of Priya.
    pub bearer: String,
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// It is Friday, 9 October 2026; Priya and Sam have calendars in Berlin.
pub fn world() -> World {
    let clock = ManualClock::at(at("2026-10-09T08:00:00Z"));
    let google = Arc::new(GoogleSandbox::new(Arc::new(clock.clone()), GoogleConfig::default()));
    google.oauth().add_client(Client::new("app", "secret").redirect("https://app.example/cb"));
    let priya = google.add_account(PRIYA, Tz::Europe__Berlin);
    google.add_account(SAM, Tz::Europe__Berlin);
    let grant = google.oauth().grant("app", &priya, ALL);
    World { clock, google, bearer: format!("Bearer {}", grant.access_token) }
}

impl World {
    pub fn wait(&self, by: chrono::Duration) {
        self.clock.advance(by.to_std().unwrap());
    }

    pub fn as_account(&self, address: &str, scopes: &[&str]) -> Self {
        let account = self.google.oauth().accounts().into_iter().find(|one| one.id == address).unwrap();
        let grant = self.google.oauth().grant("app", &account, scopes);
        let bearer = format!("Bearer {}", grant.access_token);
        Self { clock: self.clock.clone(), google: self.google.clone(), bearer }
    }

    pub fn call(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/calendar/v3/{path}"))
            .header("authorization", &self.bearer)
            .body(Bytes::from(body.map(|body| body.to_string()).unwrap_or_default()))
            .unwrap();
        let response = self.google.handle(&request);
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (response.status().as_u16(), body)
    }

    pub fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, None)
    }

    /// One page of Priya's events.
    pub fn list(&self, query: &str) -> Value {
        let (code, body) = self.get(&format!("calendars/primary/events?{query}"));
        assert_eq!(code, StatusCode::OK, "{body}");
        body
    }

    /// All pages, their items, and the sync token of the last.
    pub fn list_all(&self, query: &str) -> (Vec<Value>, Option<String>) {
        let (mut items, mut page) = (Vec::new(), self.list(query));
        loop {
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["nextPageToken"].as_str() {
                Some(token) => {
                    assert!(page.get("nextSyncToken").is_none());
                    page = self.list(&format!("{query}&pageToken={token}"));
                }
                None => return (items, page["nextSyncToken"].as_str().map(str::to_owned)),
            }
        }
    }

    pub fn reason(&self, query: &str) -> (u16, String) {
        let (code, body) = self.get(&format!("calendars/primary/events?{query}"));
        (code, body["error"]["errors"][0]["reason"].as_str().unwrap_or_default().to_owned())
    }

    /// A meeting of Priya's, an hour long in Berlin, at `2026-10-14T10:00:00` for instance.
    pub fn meeting(&self, title: &str, start: &str) -> String {
        self.google.insert_event(PRIYA, timed(title, start)).unwrap()
    }

    /// Priya's weekly series on Mondays at 09:30 from 7 September 2026.
    pub fn weekly(&self) -> String {
        let mut event = timed("Pipeline review", "2026-09-07T09:30:00");
        event["id"] = "weekly".into();
        event["recurrence"] = json!(["RRULE:FREQ=WEEKLY;UNTIL=20270301T225959Z;BYDAY=MO"]);
        self.google.insert_event(PRIYA, event).unwrap()
    }
}

pub fn timed(title: &str, start: &str) -> Value {
    let start = chrono::NaiveDateTime::parse_from_str(start, "%Y-%m-%dT%H:%M:%S").unwrap();
    let time = |at: chrono::NaiveDateTime| json!({ "dateTime": at.format("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "Europe/Berlin" });
    json!({ "summary": title, "start": time(start), "end": time(start + chrono::Duration::hours(1)) })
}

pub fn titles(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["summary"].as_str().unwrap_or("-")).collect()
}

pub fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}
