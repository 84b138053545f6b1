//! Two people with calendars of their own and one that they share, and an engine that reads them.

use std::sync::{Arc, Mutex};

use acquaint::core::env::{Clock, Env};
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint::core::store::Store;
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use acquaint::{Acquaint, Initiator, Keys, Manifest, OAuthApp, SweepGuard, SyncOptions, Tenant, async_trait};
use acquaint_testkit::sandbox::google::{AccessRole, GoogleConfig, GoogleSandbox, backend_error};
use acquaint_testkit::sandbox::oauth::Client;
use acquaint_testkit::sandbox::{Fault, Sandbox};
use acquaint_testkit::{ManualClock, SeededEntropy};
use bytes::Bytes;
use chrono::TimeDelta;
use chrono_tz::Tz;
use url::Url;

use crate::clock::{LEASE, Time};
use crate::edit::{Edit, Used};

pub(crate) const ANA: &str = "ana@us.example";
pub(crate) const BEN: &str = "ben@us.example";
pub(crate) const TEAM: &str = "team@group.calendar.google.com";
pub(crate) const EXTRA: [&str; 2] = ["c_0@group.calendar.google.com", "c_1@group.calendar.google.com"];
pub(crate) const START: &str = "2026-03-02T08:00:00Z";
const CALLBACK: &str = "https://product.example/callback";
const MANIFEST: &str = "
acquaint: 1
name: histories
sources:
  calendar:
    connector: google-calendar
    calendars: { access: reader }
    window: { past: 10d, future: 20d }
    sync: { every: 5m, baseline: 3d }
output: { title: title, starts_at: start }
";

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Edit(Vec<Edit>),
    /// So many minutes later.
    Sync(i64),
    /// Edits before the nth request of a sync.
    During(usize, Vec<Edit>),
    EmptyPage,
    Trouble {
        skip: usize,
        times: usize,
    },
}

/// Edits that wait for a request.
type Plan = Option<(usize, Vec<Edit>)>;

#[derive(Debug)]
struct Meddling {
    google: Arc<GoogleSandbox>,
    used: Arc<Used>,
    plan: Arc<Mutex<Plan>>,
}

#[async_trait]
impl HttpTransport for Meddling {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let due = {
            let mut plan = self.plan.lock().unwrap();
            match &mut *plan {
                Some((0, _)) => plan.take(),
                Some((left, _)) => {
                    *left -= 1;
                    None
                }
                None => None,
            }
        };
        for edit in due.into_iter().flat_map(|(_, edits)| edits) {
            edit.make(&self.google, &self.used);
        }
        Ok(self.google.handle(&request))
    }
}

pub(crate) struct Scene {
    pub(crate) google: Arc<GoogleSandbox>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) tenant: Tenant,
    acquaint: Acquaint,
    clock: Time,
    told: bool,
    plan: Arc<Mutex<Plan>>,
    used: Arc<Used>,
}

impl Scene {
    /// Everybody is connected, and everything is read. `told` is whether the provider tells of changes; then nothing is
    /// polled.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        mut config: GoogleConfig,
        told: bool,
        pages: u16,
    ) -> Self {
        config.deliver_invitations = true;
        let clock = Time(ManualClock::at(START.parse().unwrap()));
        let google = Arc::new(GoogleSandbox::new(Arc::new(clock.0.clone()) as Arc<dyn Clock>, config));
        google.oauth().add_client(Client::new("client", "secret").redirect(CALLBACK));
        google.add_account(ANA, Tz::UTC);
        google.add_account(BEN, Tz::Europe__Berlin);
        google.add_calendar(ANA, TEAM, "Team", Tz::UTC);
        google.share_calendar(TEAM, BEN, AccessRole::Reader).unwrap();
        let (plan, used) = (Arc::default(), Arc::default());
        let mut env = Env::new(Arc::new(Meddling {
            google: Arc::clone(&google),
            used: Arc::clone(&used),
            plan: Arc::clone(&plan),
        }));
        env.clock = Arc::new(clock.clone());
        env.entropy = Arc::new(SeededEntropy::new(7));
        let url = Url::parse("https://google.test").unwrap();
        let mut builder = Acquaint::builder()
            .manifest(Manifest::parse(MANIFEST).unwrap())
            .store(Arc::clone(&store))
            .keys(Keys::new("history", [7; 32]))
            .app("google-calendar", OAuthApp::new("client", "secret"))
            .connector(GoogleCalendar::new(GoogleCalendarConfig::at(&url).page_size(pages)))
            .env(env)
            .lease(LEASE)
            .sweep_guard(SweepGuard::off());
        if told {
            builder = builder.public_url("https://product.example/");
        }
        let acquaint = builder.build().await.unwrap();
        let tenant = acquaint.tenant("acme");
        let scene = Self { google, store, tenant, acquaint, clock, told, plan, used };
        scene.connect(ANA).await;
        scene.connect(BEN).await;
        scene.sync(&SyncOptions::new()).await;
        scene
    }

    async fn connect(&self, who: &str) {
        let me = Initiator::new(who, format!("session of {who}"));
        let callback = CALLBACK.parse().unwrap();
        let begun = self.tenant.connect("calendar", &me).account(who).begin_at(&callback).await.unwrap();
        let page = http::Request::get(begun.url.as_str()).body(Bytes::new()).unwrap();
        let answer = self.google.handle(&page);
        let back = answer.headers()[http::header::LOCATION].to_str().unwrap();
        let back = http::Request::get(back).body(()).unwrap();
        self.acquaint.finish_connect(&back, &me).await.and_then(acquaint::Finished::into_result).unwrap();
    }

    /// Whether the edit took effect.
    pub(crate) fn make(&self, edit: &Edit) -> bool {
        edit.make(&self.google, &self.used)
    }

    fn make_all(&self, edits: &[Edit]) {
        for edit in edits {
            self.make(edit);
        }
    }

    pub(crate) async fn step(&self, step: &Step) {
        match step {
            Step::Edit(edits) => self.make_all(edits),
            Step::Sync(minutes) => self.later(*minutes).await,
            Step::During(nth, edits) => {
                *self.plan.lock().unwrap() = Some((*nth, edits.clone()));
                self.later(1).await;
                // What no request has come for happens now.
                let late = self.plan.lock().unwrap().take();
                self.make_all(&late.map(|(_, edits)| edits).unwrap_or_default());
            }
            Step::EmptyPage => self.google.serve_empty_pages(1),
            Step::Trouble { skip, times } => {
                self.google.inject(Fault::once("/calendar/v3/", backend_error()).after(*skip).times(*times));
            }
        }
    }

    async fn later(&self, minutes: i64) {
        self.wait(TimeDelta::minutes(minutes));
        if self.told {
            self.deliver(true).await;
            self.sync(&SyncOptions::new().due_only()).await;
        } else {
            self.sync(&SyncOptions::new()).await;
        }
    }

    fn wait(&self, time: TimeDelta) {
        self.clock.0.advance(time.to_std().unwrap());
    }

    /// Hands over what waits, some of it twice and the last first.
    async fn deliver(&self, in_disorder: bool) -> usize {
        let mut waiting = self.google.take_notifications();
        let count = waiting.len();
        if in_disorder {
            let again: Vec<_> = waiting.iter().step_by(2).cloned().collect();
            waiting.extend(again);
            waiting.reverse();
        }
        for notification in waiting {
            let answer = self.acquaint.receive(notification.request).await;
            assert_eq!(answer.status(), 200);
        }
        count
    }

    async fn sync(&self, options: &SyncOptions) {
        let report = self.tenant.sync_with(options).await.unwrap();
        for lane in &report.lanes {
            // A calendar may go from a list while it is read, or the provider may be in trouble.
            let passes = |error: &acquaint::Error| {
                error.is_transient() || error.kind() == acquaint::ErrorKind::NotFound
            };
            assert!(lane.error.as_ref().is_none_or(passes), "{}: {:?}", lane.lane, lane.error);
        }
    }

    /// Until nothing that has happened can be missing.
    pub(crate) async fn settle(&self) {
        if self.told {
            // What is told may lead to calendars that are then subscribed to.
            for _ in 0..6 {
                let waiting = self.deliver(false).await;
                self.wait(TimeDelta::seconds(1));
                self.sync(&SyncOptions::new().due_only()).await;
                if waiting == 0 && self.google.take_notifications().is_empty() {
                    break;
                }
            }
        } else {
            // Calendars without tokens, and what no token tells.
            for _ in 0..3 {
                self.wait(TimeDelta::hours(25));
                self.sync(&SyncOptions::new()).await;
            }
        }
    }

    /// Nothing more comes of looking again.
    pub(crate) async fn assert_quiet(&self) {
        let before = self.tenant.position().await.unwrap();
        self.sync(&SyncOptions::new()).await;
        assert_eq!(self.tenant.position().await.unwrap(), before, "one more sync told something");
    }
}
