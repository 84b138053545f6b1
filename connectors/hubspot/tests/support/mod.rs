//! A connection to the sandbox and a mirror of it, as simple as can be.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod mirror;
pub(crate) mod tap;
pub(crate) mod truth;

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::Result;
use acquaint_core::async_trait;
use acquaint_core::connector::{
    AnyStream, Connector, Context, FetchRequest, Page, Partition, PassKind, SourceSettings, TimeRange,
};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::env::{Clock, Env};
use acquaint_core::http::{Authenticator, HttpClient, Request, Stamp};
use acquaint_core::record::Change;
use acquaint_hubspot::{HubSpot, HubSpotConfig};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::sandbox::hubspot::HubSpotSandbox;
use acquaint_testkit::{ManualClock, SeededEntropy};
use chrono::{DateTime, TimeDelta, Utc};

use self::tap::Tap;

pub(crate) const PORTAL: u64 = 48_120_077;
pub(crate) const SCOPES: &[&str] = &["oauth", "crm.objects.contacts.read", "crm.objects.companies.read"];
pub(crate) const ALL_SCOPES: &[&str] = &[
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.companies.read",
    "crm.objects.deals.read",
    "crm.objects.owners.read",
    "crm.objects.custom.read",
    "crm.schemas.contacts.read",
    "crm.schemas.companies.read",
    "crm.schemas.deals.read",
    "crm.schemas.custom.read",
];

#[derive(Debug)]
pub(crate) struct Bearer(pub(crate) String);

#[async_trait]
impl Authenticator for Bearer {
    async fn authenticate(&self, request: &mut Request) -> Result<Stamp> {
        let value = format!("Bearer {}", self.0).parse().unwrap();
        request.headers_mut().insert(http::header::AUTHORIZATION, value);
        Ok(Stamp(0))
    }

    async fn refused(&self, _stamp: Stamp) -> Result<bool> {
        Ok(false)
    }
}

/// Our clock, beside HubSpot's.
#[derive(Debug)]
struct Ours {
    theirs: Arc<dyn Clock>,
    ahead: TimeDelta,
}

#[async_trait]
impl Clock for Ours {
    fn now(&self) -> DateTime<Utc> {
        self.theirs.now() + self.ahead
    }

    async fn sleep(&self, duration: Duration) {
        self.theirs.sleep(duration).await;
    }
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-10-09T07:40:00Z".parse().unwrap()
}

/// One portal, a connector and a connection to it.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) sandbox: Arc<HubSpotSandbox>,
    pub(crate) hubspot: HubSpot,
    pub(crate) cx: Context,
    pub(crate) tap: Tap,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {}, SourceSettings::default())
    }

    pub(crate) fn with(change: impl FnOnce(&mut HubSpotConfig), settings: SourceSettings) -> Self {
        Self::scoped(change, settings, SCOPES)
    }

    pub(crate) fn scoped(
        change: impl FnOnce(&mut HubSpotConfig),
        settings: SourceSettings,
        scopes: &[&str],
    ) -> Self {
        Self::ahead(TimeDelta::zero(), change, settings, scopes)
    }

    /// A world in which our clock is ahead of HubSpot's.
    pub(crate) fn ahead(
        ahead: TimeDelta,
        change: impl FnOnce(&mut HubSpotConfig),
        settings: SourceSettings,
        scopes: &[&str],
    ) -> Self {
        let clock = ManualClock::moving_itself(start());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let sandbox = Arc::new(HubSpotSandbox::new(Arc::clone(&shared), Default::default()));
        sandbox.add_portal(PORTAL, "acme.example", "admin@acme.example");
        let mut config = HubSpotConfig::at(&"https://hubspot.test".parse().unwrap()).unwrap();
        change(&mut config);
        let hubspot = HubSpot::new(config).unwrap();
        let network = InProcess::new().host("hubspot.test", Arc::clone(&sandbox) as _);
        let tap = Tap::new(network);
        let mut env = Env::new(Arc::new(tap.clone()));
        env.clock = Arc::new(Ours { theirs: shared, ahead });
        env.entropy = Arc::new(SeededEntropy::new(1));
        let token = Bearer(sandbox.static_token(PORTAL, scopes).unwrap());
        let http = HttpClient::new(env.clone(), Arc::new(token), Arc::clone(&hubspot.info().http));
        let cx = Context::new(http, env, Arc::new(settings));
        Self { clock, sandbox, hubspot, cx, tap }
    }

    pub(crate) fn stream(&self, name: &str) -> &dyn AnyStream {
        (&self.hubspot as &dyn Connector).stream(name).unwrap()
    }

    pub(crate) fn wait(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    pub(crate) fn contact(&self, name: &str) -> u64 {
        let email = format!("{name}@globex.example");
        self.sandbox.create(PORTAL, "contacts", &[("firstname", name), ("email", &email)]).unwrap()
    }

    pub(crate) fn company(&self, name: &str) -> u64 {
        let domain = format!("{name}.example");
        self.sandbox.create(PORTAL, "companies", &[("name", name), ("domain", &domain)]).unwrap()
    }

    pub(crate) async fn read(&self, stream: &str, keys: &[&str]) -> Result<Vec<Change>> {
        self.read_of(stream, &Partition::whole(), keys).await
    }

    pub(crate) async fn read_of(
        &self,
        stream: &str,
        partition: &Partition,
        keys: &[&str],
    ) -> Result<Vec<Change>> {
        let keys: Vec<_> = keys.iter().map(|key| (*key).into()).collect();
        self.stream(stream).read(&self.cx, partition, &keys).await
    }

    /// A partition of a stream, as it is discovered.
    pub(crate) async fn partition(&self, stream: &str, key: &str) -> Partition {
        let all = self.stream(stream).partitions(&self.cx).await.unwrap();
        all.into_iter().find(|partition| partition.key.as_str() == key).unwrap()
    }

    /// How many requests were sent since the last reset.
    pub(crate) fn requests(&self) -> u64 {
        self.sandbox.requests().values().sum()
    }
}

/// A source with options as the manifest gives them.
pub(crate) fn options(value: serde_json::Value) -> SourceSettings {
    let mut settings = SourceSettings::default();
    settings.options = value.as_object().unwrap().clone();
    settings
}

/// The fields that a source asks for.
pub(crate) fn settings(section: &str, fields: &[&str]) -> SourceSettings {
    let mut settings = SourceSettings::default();
    settings.fields.insert(section.to_owned(), fields.iter().map(|field| (*field).to_owned()).collect());
    settings
}

pub(crate) async fn fetch(
    world: &World,
    stream: &str,
    lane: &str,
    kind: PassKind,
    cursor: Option<StoredCursor>,
    began: DateTime<Utc>,
) -> Result<Page<StoredCursor>> {
    fetch_of(world, stream, &Partition::whole(), lane, kind, cursor, began).await
}

pub(crate) async fn fetch_of(
    world: &World,
    stream: &str,
    partition: &Partition,
    lane: &str,
    kind: PassKind,
    cursor: Option<StoredCursor>,
    began: DateTime<Utc>,
) -> Result<Page<StoredCursor>> {
    let window = TimeRange { from: began, to: began };
    let request = FetchRequest::new(kind, cursor, partition.clone(), lane.into(), window, began);
    world.stream(stream).fetch(&world.cx, request).await
}
