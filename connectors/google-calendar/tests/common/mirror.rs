//! A mirror of one calendar, kept as the engine keeps one, only in memory and in the simplest way.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use acquaint_core::ErrorKind;
use acquaint_core::async_trait;
use acquaint_core::connector::{Next, TimeRange};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::http::{Authenticator, Request, Stamp};
use acquaint_core::record::{Change, Gone, RawRecord};
use acquaint_core::view::CalendarEvent;
use acquaint_google_calendar::{SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use acquaint_testkit::sandbox::google::GoogleSandbox;
use acquaint_testkit::sandbox::oauth::Account;
use chrono::TimeDelta;
use serde_json::Value;

use super::Bench;

/// Carries an access token of an account, and gets another when one is refused.
#[derive(Debug)]
pub struct Granted {
    sandbox: Arc<GoogleSandbox>,
    account: Account,
    scopes: Vec<&'static str>,
    token: std::sync::Mutex<String>,
}

impl Granted {
    pub fn all(sandbox: &Arc<GoogleSandbox>, account: &Account) -> Arc<Self> {
        Self::scopes(sandbox, account, vec![SCOPE_CALENDAR_LIST, SCOPE_EVENTS])
    }

    pub fn scopes(sandbox: &Arc<GoogleSandbox>, account: &Account, scopes: Vec<&'static str>) -> Arc<Self> {
        let token = sandbox.oauth().grant("client", account, &scopes).access_token;
        let sandbox = Arc::clone(sandbox);
        Arc::new(Self { sandbox, account: account.clone(), scopes, token: token.into() })
    }
}

#[async_trait]
impl Authenticator for Granted {
    async fn authenticate(&self, request: &mut Request) -> acquaint_core::Result<Stamp> {
        let value = format!("Bearer {}", self.token.lock().unwrap()).parse().unwrap();
        request.headers_mut().insert(http::header::AUTHORIZATION, value);
        Ok(Stamp(0))
    }

    async fn refused(&self, _stamp: Stamp) -> acquaint_core::Result<bool> {
        let grant = self.sandbox.oauth().grant("client", &self.account, &self.scopes);
        *self.token.lock().unwrap() = grant.access_token;
        Ok(true)
    }
}

/// The events that one reader knows of one calendar.
#[derive(Debug, Default)]
pub struct Mirror {
    records: BTreeMap<String, RawRecord>,
    cursor: Option<StoredCursor>,
    /// What the baseline under way has seen.
    seen: Option<BTreeSet<String>>,
    /// That of the last page.
    window: Option<TimeRange>,
    /// Baselines begun.
    pub baselines: usize,
}

impl Mirror {
    /// Reads one page. Says whether it ended a pass.
    pub async fn step(&mut self, bench: &Bench, calendar: &str) -> bool {
        if self.cursor.is_none() {
            self.seen = Some(BTreeSet::new());
            self.baselines += 1;
        }
        let now = bench.cx.env.now();
        let window = bench.cx.settings.window.at(now);
        let page = match bench.page(calendar, window, self.cursor.take()).await {
            Err(error) if error.kind() == ErrorKind::CursorExpired => return false,
            page => page.unwrap(),
        };
        let window = page.window.unwrap();
        self.window = Some(window);
        for change in page.changes {
            if let Some(seen) = &mut self.seen {
                seen.insert(change.key().to_string());
            }
            match change {
                Change::Full(record) => {
                    assert!(inside(bench, window, &record), "outside the window: {record:?}");
                    self.records.insert(record.key.to_string(), record);
                }
                Change::Tombstone { key, gone: Gone::MovedOutOfWindow, .. } => {
                    let known = self.records.get(key.as_str());
                    if known.is_some_and(|known| inside(bench, window, known)) {
                        self.records.remove(key.as_str());
                    }
                }
                Change::Tombstone { key, .. } => {
                    self.records.remove(key.as_str());
                }
                other => panic!("not a change of this calendar: {other:?}"),
            }
        }
        match page.next {
            Next::More(cursor) => {
                assert_eq!(page.covers, None);
                self.cursor = Some(cursor);
                false
            }
            Next::Done(cursor) => {
                assert!(page.covers.is_some_and(|covers| covers <= now));
                self.cursor = Some(cursor);
                if let Some(seen) = self.seen.take() {
                    self.records.retain(|key, record| seen.contains(key) || !inside(bench, window, record));
                }
                true
            }
            Next::Wait { .. } => panic!("nothing is waited for"),
        }
    }

    /// Lets a baseline follow, as time does.
    pub fn forget(&mut self) {
        self.cursor = None;
    }

    /// Reads until nothing that happened before the call can be missing.
    pub async fn settle(&mut self, bench: &Bench, calendar: &str) {
        // The pass under way began before, so that another must follow it.
        for _ in 0..2 {
            let mut pages = 0;
            while !self.step(bench, calendar).await {
                pages += 1;
                assert!(pages < 10_000, "a pass without an end");
            }
        }
    }

    /// The events in the window, as Google sent them.
    pub fn events(&self, bench: &Bench) -> BTreeMap<String, Value> {
        let window = self.window.unwrap();
        self.records
            .iter()
            .filter(|(_, record)| inside(bench, window, record))
            .map(|(key, record)| {
                let mut raw: Value = serde_json::from_slice(&record.raw).unwrap();
                (key.clone(), raw["event"].take())
            })
            .collect()
    }

    /// What the events in the window say.
    pub fn views(&self, bench: &Bench) -> BTreeMap<String, CalendarEvent> {
        let window = self.window.unwrap();
        self.records
            .iter()
            .filter(|(_, record)| inside(bench, window, record))
            .map(|(key, record)| (key.clone(), bench.view(record).unwrap()))
            .collect()
    }

    /// The events in the same window, as they are at Google.
    pub fn truth(&self, bench: &Bench, sandbox: &GoogleSandbox, calendar: &str) -> BTreeMap<String, Value> {
        let window = self.window.unwrap();
        let day = TimeDelta::days(1);
        sandbox
            .events(calendar, window.from - day, window.to + day)
            .into_iter()
            .filter(|event| inside(bench, window, &super::record(calendar, &event.to_string())))
            .map(|event| (event["id"].as_str().unwrap().to_owned(), event))
            .collect()
    }
}

fn inside(bench: &Bench, window: TimeRange, record: &RawRecord) -> bool {
    let event = bench.view(record).unwrap();
    window.overlaps(event.start.instant(), event.end.instant())
}
