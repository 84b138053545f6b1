//! Calendars that change, and those who read them.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::sync::Arc;

use acquaint_core::connector::{SourceSettings, Window};
use acquaint_core::env::Clock;
use acquaint_core::http::Authenticator;
use acquaint_testkit::sandbox::Sandbox;
use acquaint_testkit::sandbox::google::{GoogleConfig, GoogleSandbox};
use acquaint_testkit::sandbox::oauth::Account;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::mirror::Granted;
use super::{Bench, TestClock, time};

pub const ANA: &str = "ana@example.com";
pub const BEN: &str = "ben@example.com";
pub const START: &str = "2026-10-09T08:00:00Z";
pub const DAY: i64 = 86_400;

pub struct World {
    pub sandbox: Arc<GoogleSandbox>,
    /// Ana's.
    pub bench: Bench,
    ana: Account,
    clock: Arc<TestClock>,
    page_size: u16,
}

impl World {
    /// Ana's calendar, read ten days back and twenty ahead.
    pub fn new(config: GoogleConfig, page_size: u16, zone: Tz) -> Self {
        let clock = TestClock::at(START);
        let sandbox = Arc::new(GoogleSandbox::new(Arc::clone(&clock) as Arc<dyn Clock>, config));
        let ana = sandbox.add_account(ANA, zone);
        let bench = bench(&sandbox, Granted::all(&sandbox, &ana), &clock, page_size);
        Self { sandbox, bench, ana, clock, page_size }
    }

    pub fn berlin() -> Self {
        Self::new(GoogleConfig::default(), 5, Tz::Europe__Berlin)
    }

    /// Sets how many days are read, back and ahead.
    pub fn window(&mut self, past: i64, future: i64) {
        let mut settings = (*self.bench.cx.settings).clone();
        settings.window = Window { past: past * DAY, future: future * DAY };
        self.bench.cx.settings = Arc::new(settings);
    }

    /// Somebody else who reads the same Google.
    pub fn join(&self, address: &str) -> (Account, Bench) {
        let account = self.sandbox.add_account(address, Tz::Europe__Berlin);
        let bench = self.as_granted(Granted::all(&self.sandbox, &account));
        (account, bench)
    }

    pub fn as_granted(&self, auth: Arc<dyn Authenticator>) -> Bench {
        bench(&self.sandbox, auth, &self.clock, self.page_size)
    }

    /// Ana's, after pages have become of another size.
    pub fn with_page_size(&self, page_size: u16) -> Bench {
        bench(&self.sandbox, Granted::all(&self.sandbox, &self.ana), &self.clock, page_size)
    }

    pub fn insert(&self, fields: Value) -> String {
        self.sandbox.insert_event(ANA, fields).unwrap()
    }

    /// As somebody deletes an event in their own calendar.
    pub fn delete_as(&self, account: &Account, event: &str) {
        let scope = "https://www.googleapis.com/auth/calendar.events";
        let token = self.sandbox.oauth().grant("client", account, &[scope]).access_token;
        let request = http::Request::delete(format!("/calendar/v3/calendars/primary/events/{event}"))
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::new());
        assert_eq!(self.sandbox.handle(&request.unwrap()).status(), 204);
    }
}

fn bench(
    sandbox: &Arc<GoogleSandbox>,
    auth: Arc<dyn Authenticator>,
    clock: &Arc<TestClock>,
    page_size: u16,
) -> Bench {
    let mut bench = Bench::new(Arc::clone(sandbox) as Arc<dyn Sandbox>, auth, Arc::clone(clock), page_size);
    let mut settings = SourceSettings::default();
    settings.window = Window { past: 10 * DAY, future: 20 * DAY };
    bench.cx.settings = Arc::new(settings);
    bench
}

pub fn at(hours: i64) -> DateTime<Utc> {
    time(START) + TimeDelta::hours(hours)
}

/// Start and end as the API writes them.
pub fn times(hours: i64, whole_day: bool) -> (Value, Value) {
    let start = at(hours);
    if whole_day {
        let day = start.date_naive();
        (json!({ "date": day }), json!({ "date": day + TimeDelta::days(2) }))
    } else {
        let write = |at: DateTime<Utc>| json!({ "dateTime": at.to_rfc3339(), "timeZone": "Europe/Berlin" });
        (write(start), write(start + TimeDelta::minutes(45)))
    }
}

/// An event that begins so many hours from the start, with other members besides.
pub fn call(hours: i64, members: Value) -> Value {
    let (start, end) = times(hours, false);
    let mut event = json!({ "summary": "Call", "start": start, "end": end });
    event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    event
}
