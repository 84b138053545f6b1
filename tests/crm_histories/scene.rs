//! A portal, and an engine that reads it.

use std::sync::{Arc, Mutex};

use acquaint::core::env::{Clock, Env};
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint::core::ids::ConnectionId;
use acquaint::core::store::Store;
use acquaint::hubspot::{HubSpot, HubSpotConfig};
use acquaint::{Acquaint, Initiator, Keys, Manifest, OAuthApp, SweepGuard, SyncOptions, Tenant, async_trait};
use acquaint_testkit::sandbox::hubspot::{HubSpotConfig as SandboxConfig, HubSpotSandbox, SearchOrder};
use acquaint_testkit::sandbox::{Fault, Sandbox};
use acquaint_testkit::{ManualClock, SeededEntropy};
use bytes::Bytes;
use chrono::TimeDelta;
use tokio::sync::Notify;
use url::Url;

use crate::clock::{LEASE, Time};
use crate::edit::{Crm, Edit};

const CALLBACK: &str = "https://product.example/callback";
const MANIFEST: &str = "
acquaint: 1
name: histories
sources:
  crm:
    connector: hubspot
    sync: { every: 15m, baseline: 3d }
    accounts: { fields: { industry: industry } }
    contacts: { fields: { role: jobtitle, floor: jobfloor } }
    deals: { fields: [dealtype] }
    meetings: true
    owners: true
    objects: { machines: { fields: [serial] } }
output: { title: title }
";

/// How the provider behaves, and how the product is told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setting {
    /// Seconds until search shows a change.
    pub(crate) lag: i64,
    /// Records a page, if not 0.
    pub(crate) page: usize,
    pub(crate) associations_touch: bool,
    pub(crate) batches_follow_merges: bool,
    /// Whether the provider tells of changes.
    pub(crate) told: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Edit(Vec<Edit>),
    /// So many minutes later.
    Sync(i64),
    /// Edits before the nth request of a sync.
    During(usize, Vec<Edit>),
    Trouble {
        what: Trouble,
        skip: usize,
        times: usize,
    },
    /// The process dies at the nth request of a sync.
    Crash(usize),
    Shuffle(u64),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    Burst,
    Search,
    Down,
    Locked,
}

/// What happens at a request.
#[derive(Debug)]
enum Plan {
    Edit(Vec<Edit>),
    Die,
}

#[derive(Debug)]
struct Meddling {
    crm: Arc<Crm>,
    plan: Arc<Mutex<Option<(usize, Plan)>>>,
    died: Arc<Notify>,
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
        match due {
            Some((_, Plan::Edit(edits))) => edits.iter().for_each(|edit| {
                let _ = self.crm.make(edit);
            }),
            Some((_, Plan::Die)) => {
                self.died.notify_one();
                std::future::pending::<()>().await;
            }
            None => {}
        }
        Ok(self.crm.hubspot.handle(&request))
    }
}

pub(crate) struct Scene {
    pub(crate) crm: Arc<Crm>,
    pub(crate) tenant: Tenant,
    pub(crate) connection: ConnectionId,
    store: Arc<dyn Store>,
    acquaint: Acquaint,
    clock: Time,
    setting: Setting,
    plan: Arc<Mutex<Option<(usize, Plan)>>>,
    died: Arc<Notify>,
    lives: u64,
}

impl Scene {
    /// Connected, and everything is read.
    pub(crate) async fn open(store: Arc<dyn Store>, setting: Setting) -> Self {
        let clock = Time(ManualClock::at("2026-10-09T07:40:00Z".parse().unwrap()));
        let mut config = SandboxConfig::default();
        config.redirect_uris = vec![CALLBACK.to_owned()];
        config.index_lag = TimeDelta::seconds(setting.lag);
        config.associations_touch_records = setting.associations_touch;
        config.batch_read_follows_merges = setting.batches_follow_merges;
        config.association_page = 2;
        config.webhooks.repeats = true;
        config.webhooks.shuffle = Some(7);
        let hubspot = Arc::new(HubSpotSandbox::new(Arc::new(clock.0.clone()) as Arc<dyn Clock>, config));
        let crm = Arc::new(Crm::new(hubspot));
        if setting.told {
            crm.listen();
        }
        let (plan, died) = (Arc::default(), Arc::default());
        let acquaint = start(&crm, &store, &clock, &setting, &plan, &died, 0).await;
        let tenant = acquaint.tenant("acme");
        let me = Initiator::new("admin", "a session");
        let begun = tenant.connect("crm", &me).begin_at(&CALLBACK.parse().unwrap()).await.unwrap();
        let page = http::Request::get(begun.url.as_str()).body(Bytes::new()).unwrap();
        let answer = crm.hubspot.handle(&page);
        let back = answer.headers()[http::header::LOCATION].to_str().unwrap();
        let back = http::Request::get(back).body(()).unwrap();
        let connection = acquaint.finish_connect(&back, &me).await.unwrap().into_result().unwrap();
        let connection = connection.id;
        let scene = Self { crm, tenant, connection, store, acquaint, clock, setting, plan, died, lives: 0 };
        scene.sync(&SyncOptions::new()).await;
        scene
    }

    fn make_all(&self, edits: &[Edit]) {
        for edit in edits {
            self.crm.make(edit);
        }
    }

    pub(crate) async fn step(&mut self, step: &Step) {
        match step {
            Step::Edit(edits) => {
                // Nothing happens in one instant with what was before.
                self.wait(TimeDelta::milliseconds(700));
                self.make_all(edits);
            }
            Step::Sync(minutes) => self.later(*minutes).await,
            Step::During(nth, edits) => {
                *self.plan.lock().unwrap() = Some((*nth, Plan::Edit(edits.clone())));
                self.later(1).await;
                // What no request has come for happens now.
                if let Some((_, Plan::Edit(late))) = self.plan.lock().unwrap().take() {
                    self.make_all(&late);
                }
            }
            Step::Trouble { what, skip, times } => {
                use acquaint_testkit::sandbox::hubspot::Trouble as Refusal;
                let (path, refusal) = match what {
                    Trouble::Burst => ("/crm/", Refusal::TenSecondlyLimit),
                    Trouble::Search => ("/search", Refusal::SearchLimit),
                    Trouble::Down => ("/crm/", Refusal::ServerError(503)),
                    Trouble::Locked => ("/crm/", Refusal::Locked),
                };
                self.crm.hubspot.inject(Fault::once(path, refusal.response()).after(*skip).times(*times));
            }
            Step::Crash(nth) => self.crash(*nth).await,
            Step::Shuffle(seed) => self.crm.hubspot.shuffle_search(SearchOrder::ShuffledEachRequest(*seed)),
        }
    }

    async fn crash(&mut self, nth: usize) {
        *self.plan.lock().unwrap() = Some((nth, Plan::Die));
        let (tenant, died) = (self.tenant.clone(), Arc::clone(&self.died));
        self.wait(TimeDelta::minutes(1));
        let options = SyncOptions::new();
        tokio::select! {
            biased;
            () = died.notified() => {}
            _ = tenant.sync_with(&options) => {}
        }
        self.plan.lock().unwrap().take();
        self.lives += 1;
        let Self { crm, store, clock, setting, plan, died, lives, .. } = &*self;
        self.acquaint = start(crm, store, clock, setting, plan, died, *lives).await;
        self.tenant = self.acquaint.tenant("acme");
        self.wait(TimeDelta::from_std(LEASE).unwrap() + TimeDelta::seconds(1));
    }

    async fn later(&self, minutes: i64) {
        self.wait(TimeDelta::minutes(minutes));
        if self.setting.told {
            self.deliver().await;
            self.sync(&SyncOptions::new().due_only()).await;
        } else {
            self.sync(&SyncOptions::new()).await;
        }
    }

    fn wait(&self, time: TimeDelta) {
        self.clock.0.advance(time.to_std().unwrap());
    }

    /// Hands over what waits.
    async fn deliver(&self) {
        while let Some(delivery) = self.crm.hubspot.next_delivery() {
            let answer = self.acquaint.receive(delivery.request.clone()).await;
            assert_eq!(answer.status(), 200);
            self.crm.hubspot.answer_delivery(&delivery, Some(200));
        }
    }

    async fn sync(&self, options: &SyncOptions) {
        let report = self.tenant.sync_with(options).await.unwrap();
        for lane in &report.lanes {
            let passes = |error: &acquaint::Error| error.is_transient();
            assert!(lane.error.as_ref().is_none_or(passes), "{}: {:?}", lane.lane, lane.error);
        }
    }

    /// Until search shows what has happened and the lanes that look for what it shows late have run: but nothing is read
    /// from beginning to end.
    pub(crate) async fn catch_up(&self) {
        self.crm.hubspot.clear_faults();
        for minutes in [1, 45, 70] {
            self.later(minutes).await;
        }
    }

    /// Until nothing that has happened can be missing.
    pub(crate) async fn settle(&self) {
        for _ in 0..4 {
            self.later(25 * 60).await;
        }
    }

    /// Nothing more comes of looking again.
    pub(crate) async fn assert_quiet(&self) {
        let report = self.tenant.sync().await.unwrap();
        assert_eq!(report.totals.changed, 0, "one more sync changed something: {report:?}");
    }
}

async fn start(
    crm: &Arc<Crm>,
    store: &Arc<dyn Store>,
    clock: &Time,
    setting: &Setting,
    plan: &Arc<Mutex<Option<(usize, Plan)>>>,
    died: &Arc<Notify>,
    life: u64,
) -> Acquaint {
    let meddling = Meddling { crm: Arc::clone(crm), plan: Arc::clone(plan), died: Arc::clone(died) };
    let mut env = Env::new(Arc::new(meddling));
    env.clock = Arc::new(clock.clone());
    env.entropy = Arc::new(SeededEntropy::new(7 + life));
    let mut config = HubSpotConfig::at(&Url::parse("https://hubspot.test").unwrap()).unwrap();
    if setting.page > 0 {
        config.list_page = setting.page;
        config.search_page = setting.page;
        config.batch_size = setting.page;
        config.association_batch_size = setting.page;
    }
    let mut builder = Acquaint::builder()
        .manifest(Manifest::parse(MANIFEST).unwrap())
        .store(Arc::clone(store))
        .keys(Keys::new("history", [7; 32]))
        .app("hubspot", OAuthApp::new("aaaaaaaa-0000-4000-8000-000000000001", "hubspot-sandbox-secret"))
        .connector(HubSpot::new(config).unwrap())
        .env(env)
        .lease(LEASE)
        .sweep_guard(SweepGuard::off());
    if setting.told {
        builder = builder.public_url("https://product.example/");
    }
    builder.build().await.unwrap()
}
