//! Engines on one store, over records that are pushed, on time that moves itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint::core::delivery::Subject;
use acquaint::core::env::Env;
use acquaint::core::store::Store;
use acquaint::core::view::{Account, Attendee, CalendarEvent, Colleague, EventTime};
use acquaint::{Acquaint, DeliveryPolicy, DeliveryTally, Manifest, NoticeKind, Sqlite, Tenant};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::{ManualClock, MemoryStore, Script, SeededEntropy};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::receiver::Receiver;

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Meetings with people from outside, and an item for each of these, delivered to some destinations.
pub(crate) fn manifest(deliver: &str) -> Manifest {
    let text = format!(
        "
acquaint: 1
name: delivering
sources: {{ product: {{ connector: local, accounts: {{ fields: {{ stage: stage }} }} }} }}
keep: {{ attendees: {{ some: {{ external: true }} }} }}
priority: [{{ when: {{ title: {{ contains: urgent }} }}, add: 10 }}]
output:
  meeting: {{ take: {{ title: title, account: main_account.name }} }}
  attendance: {{ take: {{ email: email, title: meeting.title }} }}
deliver: {deliver}
"
    );
    Manifest::parse(&text).unwrap_or_else(|problems| panic!("{problems}"))
}

pub(crate) fn event(id: &str, title: &str, people: &[&str]) -> CalendarEvent {
    let (start, end) = (at("2026-03-05T10:00:00Z"), at("2026-03-05T10:30:00Z"));
    let mut event = CalendarEvent::new("ana", id, EventTime::At(start), EventTime::At(end));
    event.uid = Some(format!("{id}@test"));
    event.title = Some(title.to_owned());
    event.attendees = ["ana@us.example"].iter().chain(people).map(|email| Attendee::new(*email)).collect();
    event
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: ManualClock,
    pub(crate) product: Receiver,
    pub(crate) audit: Receiver,
    _place: Option<Arc<tempfile::TempDir>>,
    /// One for all engines, so that no two mint the same id.
    entropy: SeededEntropy,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::on(Arc::new(MemoryStore::new()), None, 1)
    }

    /// Seeds of even number on the memory store, odd ones on SQLite.
    pub(crate) async fn seeded(seed: u64) -> Self {
        if seed.is_multiple_of(2) {
            return Self::on(Arc::new(MemoryStore::new()), None, seed);
        }
        let place = Arc::new(tempfile::tempdir().unwrap());
        let opened: Box<dyn acquaint::core::store::OpenStore> =
            Box::new(Sqlite::at(place.path().join("a.db")));
        Self::on(opened.open_store().await.unwrap(), Some(place), seed)
    }

    fn on(store: Arc<dyn Store>, place: Option<Arc<tempfile::TempDir>>, seed: u64) -> Self {
        let clock = ManualClock::moving_itself(at("2026-03-02T08:00:00Z"));
        Self {
            store,
            clock,
            product: Receiver::default(),
            audit: Receiver::default(),
            _place: place,
            entropy: SeededEntropy::new(seed),
        }
    }

    /// An engine with both destinations, whose work a script may end.
    pub(crate) async fn engine(&self, manifest: &Manifest, script: &Script) -> Acquaint {
        let mut env = Env::new(Arc::new(InProcess::new()));
        env.clock = Arc::new(self.clock.clone());
        env.entropy = Arc::new(self.entropy.clone());
        env.probe = Arc::new(script.clone());
        Acquaint::builder()
            .manifest(manifest.clone())
            .store(Arc::clone(&self.store))
            .env(env)
            .destination("product", self.product.clone())
            .destination("audit", self.audit.clone())
            .delivery(DeliveryPolicy::new())
            .build()
            .await
            .unwrap()
    }

    pub(crate) async fn tenant(&self, deliver: &str) -> (Acquaint, Tenant) {
        let acquaint = self.engine(&manifest(deliver), &Script::new()).await;
        let tenant = acquaint.tenant("acme");
        fill(&tenant).await;
        (acquaint, tenant)
    }

    pub(crate) fn wait(&self, hours: i64) {
        self.clock.advance(TimeDelta::hours(hours).to_std().unwrap());
    }

    pub(crate) fn wait_seconds(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Nobody was told anything out of order.
    pub(crate) fn all_in_order(&self) {
        assert_eq!(self.product.wrong(), Vec::<String>::new());
        assert_eq!(self.audit.wrong(), Vec::<String>::new());
    }
}

pub(crate) async fn fill(tenant: &Tenant) {
    let local = tenant.local("product");
    local.put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
    local.put_accounts([Account::new("1", "Globex").domain("globex.com")]).await.unwrap();
}

pub(crate) async fn put(tenant: &Tenant, id: &str, title: &str) {
    let event = event(id, title, &["jane@globex.com"]);
    tenant.local("product").put_events([event]).await.unwrap();
}

pub(crate) async fn sync(tenant: &Tenant) -> u64 {
    tenant.sync().await.unwrap().into_result().unwrap().changes
}

/// One pass: how many were delivered, failed and died.
pub(crate) async fn deliver(acquaint: &Acquaint) -> (u64, u64, u64) {
    let DeliveryTally { delivered, failed, dead, .. } = acquaint.deliver().await.unwrap().total();
    (delivered, failed, dead)
}

/// What stands told in the feed, by subject.
pub(crate) async fn stands(tenant: &Tenant) -> BTreeMap<Subject, Value> {
    let mut stands = BTreeMap::new();
    for entry in tenant.changes(0, 100_000).await.unwrap() {
        stands.insert(entry.subject(), entry.content);
    }
    stands.retain(|_, content: &mut Value| !content.is_null());
    stands
}

pub(crate) async fn notices(tenant: &Tenant) -> Vec<NoticeKind> {
    let entries = tenant.notices(0, 100).await.unwrap().into_iter();
    entries.filter(|entry| entry.notice.connection.is_none()).map(|entry| entry.notice.kind).collect()
}
