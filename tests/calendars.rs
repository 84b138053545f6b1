//! Calendars as the whole system reads them: which ones, by whom, in which order, and told by whom.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "calendars/discovery.rs"]
mod discovery;
#[path = "authorising/network.rs"]
#[allow(dead_code)]
mod network;
#[path = "calendars/push.rs"]
mod push;
#[path = "calendars/quotas.rs"]
mod quotas;
#[path = "calendars/readers.rs"]
mod readers;
#[path = "calendars/scopes.rs"]
mod scopes;
mod support;
#[path = "calendars/upcoming.rs"]
mod upcoming;

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint::core::store::{LaneState, Store};
use acquaint::{Acquaint, Builder, Connection, Manifest, SyncOptions, SyncReport, Tenant};
use acquaint_testkit::MemoryStore;
use network::Network;
use support::{World, meeting};

/// Everything that is read is kept.
const MANIFEST: &str = "
acquaint: 1
name: calendars
sources:
  calendar:
    connector: google-calendar
    calendars: { access: reader }
    window: { past: 60d, future: 120d }
    sync: { every: 5m, baseline: weekly }
output: { title: title, starts_at: start }
";
/// A calendar that several people see.
const TEAM: &str = "team@group.calendar.google.com";

/// A product that reads calendars alone.
struct Product {
    world: World,
    network: Arc<Network>,
    store: Arc<dyn Store>,
    acquaint: Acquaint,
    tenant: Tenant,
}

impl Product {
    async fn new() -> Self {
        Self::of(MANIFEST, |builder| builder).await
    }

    /// One that providers can tell of changes.
    async fn told() -> Self {
        Self::of(MANIFEST, |builder| builder.public_url("https://product.example/")).await
    }

    async fn of(manifest: &str, change: impl FnOnce(Builder) -> Builder) -> Self {
        let mut world = World::in_process();
        let network = Network::new(Arc::clone(&world.http));
        world.http = Arc::<Network>::clone(&network);
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let builder = world.builder().manifest(Manifest::parse(manifest).unwrap()).store(Arc::clone(&store));
        let acquaint = change(builder).build().await.unwrap();
        let tenant = acquaint.tenant("acme");
        Self { world, network, store, acquaint, tenant }
    }

    async fn connect(&self, account: &str) -> Connection {
        self.world.connect(&self.acquaint, &self.tenant, "calendar", account).await.unwrap()
    }

    async fn connection(&self, account: &str) -> Connection {
        let connections = self.tenant.connections().await.unwrap();
        connections.into_iter().find(|one| one.account == account).unwrap()
    }

    fn insert(&self, calendar: &str, id: &str, start: &str) {
        let event = meeting(id, &format!("{id} on {calendar}"), start, &["jane@globex.com"]);
        self.world.google.insert_event(calendar, event).unwrap();
    }

    /// A minute later.
    async fn sync(&self) -> SyncReport {
        self.sync_with(&SyncOptions::new()).await
    }

    async fn sync_with(&self, options: &SyncOptions) -> SyncReport {
        self.world.minutes(1);
        self.tenant.sync_with(options).await.unwrap()
    }

    /// A minute later, without any failure.
    async fn sync_well(&self) {
        let report = self.sync().await;
        assert!(report.lanes.iter().all(|lane| lane.error.is_none()), "{report:?}");
        let _ = report.into_result().unwrap();
    }

    /// What is due, without any failure. Returns how often each method of the API was called.
    async fn sync_due(&self) -> BTreeMap<String, u64> {
        let before = self.world.google.requests();
        let report = self.sync_with(&SyncOptions::new().due_only()).await;
        let _ = report.into_result().unwrap();
        let mut calls = self.world.google.requests();
        for (method, count) in &mut calls {
            *count -= before.get(method).copied().unwrap_or(0);
        }
        calls.retain(|_, count| *count > 0);
        calls
    }

    /// Titles of all meetings, sorted.
    async fn titles(&self) -> Vec<String> {
        let meetings = self.tenant.meetings().all().await.unwrap();
        let mut titles: Vec<String> = meetings.into_iter().map(|meeting| meeting.title).collect();
        titles.sort();
        titles
    }

    /// How often a calendar's events were listed so far.
    fn lists(&self, calendar: &str) -> usize {
        self.network.sent(&format!("/calendars/{calendar}/events?"))
    }

    /// How many records of a calendar a connection holds.
    async fn held(&self, account: &str, calendar: &str) -> usize {
        use acquaint::core::ids::{PartitionKey, StreamName};
        let connection = self.connection(account).await;
        let query = acquaint::core::store::RecordQuery {
            tenant: self.tenant.id(),
            connection: &connection.id,
            stream: &StreamName::from("events"),
            partition: &PartitionKey::from(calendar),
            after: None,
            limit: 1_000,
        };
        self.store.scan(&query).await.unwrap().iter().filter(|record| record.gone.is_none()).count()
    }

    async fn lane(&self, account: &str, calendar: &str, name: &str) -> Option<LaneState> {
        let connection = self.connection(account).await.id;
        let lanes = self.tenant.lanes().await.unwrap();
        lanes.into_iter().find(|lane| {
            lane.id.connection == connection
                && lane.id.partition.as_str() == calendar
                && lane.id.lane.as_str() == name
        })
    }
}
