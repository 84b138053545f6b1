//! Revisions: what a plan says, that applying does just that, and what is in force afterwards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "revisions/announcing.rs"]
mod announcing;
#[path = "revisions/applying.rs"]
mod applying;
#[path = "revisions/planning.rs"]
mod planning;
#[path = "revisions/privacy.rs"]
mod privacy;
#[path = "revisions/random.rs"]
mod random;
#[path = "revisions/refreshing.rs"]
mod refreshing;
#[path = "revisions/replaying.rs"]
mod replaying;

use std::sync::Arc;

use acquaint::core::env::Env;
use acquaint::core::view::{Account, Attendee, CalendarEvent, Colleague, EventTime};
use acquaint::{Acquaint, Applied, Builder, FeedEntry, Manifest, Tenant};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::{ManualClock, MemoryStore};
use chrono::{DateTime, Utc};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A manifest over pushed records.
fn manifest(sections: &str) -> Manifest {
    let text = format!(
        "acquaint: 1\nname: revisions\nsources:\n  product:\n    connector: local\n    accounts: {{ fields: {{ stage: stage, seats: seats }} }}\n{sections}"
    );
    Manifest::parse(&text).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

/// Everything with somebody from outside, by title.
fn external() -> Manifest {
    manifest("keep: { attendees: { some: { external: true } } }\noutput: { title: title }\n")
}

/// Only with customers, and with their name.
fn customers() -> Manifest {
    manifest(
        "keep:\n  all:\n    - main_account.stage: customer\n    - title: { not: { starts_with: Hold } }\noutput: { title: title, account: main_account.name }\n",
    )
}

/// A store and a clock, on which engines are built.
#[derive(Clone)]
struct World {
    store: MemoryStore,
    clock: ManualClock,
}

impl World {
    fn new() -> Self {
        Self { store: MemoryStore::new(), clock: ManualClock::at(at("2026-03-02T08:00:00Z")) }
    }

    /// A tenant of an engine that is built with a manifest.
    async fn tenant(&self, name: &str, manifest: &Manifest) -> Tenant {
        self.builder().manifest(manifest.clone()).build().await.unwrap().tenant(name)
    }

    fn builder(&self) -> Builder {
        let mut env = Env::new(Arc::new(InProcess::new()));
        env.clock = Arc::new(self.clock.clone());
        Acquaint::builder().store(Arc::new(self.store.clone())).env(env)
    }

    /// With two companies and a few meetings that are decided.
    async fn decided(manifest: &Manifest) -> (Self, Tenant) {
        let world = Self::new();
        let tenant = world.tenant("acme", manifest).await;
        fill(&tenant).await;
        (world, tenant)
    }
}

async fn fill(tenant: &Tenant) {
    let local = tenant.local("product");
    local.put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
    local
        .put_accounts([
            Account::new("1", "Globex").domain("globex.com").field("stage", "customer").field("seats", 40),
            Account::new("2", "Initech").domain("initech.com").field("stage", "lead"),
        ])
        .await
        .unwrap();
    let with = |id: &str, title: &str, whom: &str, day: u32| event(id, title, &[whom], day);
    local
        .put_events([
            with("qbr", "QBR", "jane@globex.com", 3),
            with("hold", "Hold: QBR", "jane@globex.com", 4),
            with("demo", "Demo", "bill@initech.com", 5),
            with("team", "Team", "ben@us.example", 6),
        ])
        .await
        .unwrap();
    tenant.sync().await.unwrap().into_result().unwrap();
}

/// An hour in March 2026, called by Ana.
fn event(id: &str, title: &str, whom: &[&str], day: u32) -> CalendarEvent {
    let time = |hour: u32| EventTime::At(at(&format!("2026-03-{day:02}T{hour:02}:00:00Z")));
    let mut event = CalendarEvent::new("ana", id, time(9), time(10));
    event.uid = Some(format!("{id}@test"));
    event.title = Some(title.to_owned());
    event.organiser.email = Some("ana@us.example".to_owned());
    event.attendees = whom.iter().map(|whom| Attendee::new(*whom)).collect();
    event
}

/// What was put into the feed after a position.
async fn told(tenant: &Tenant, after: u64) -> Vec<FeedEntry> {
    tenant.changes(after, 1_000).await.unwrap()
}

/// The titles of what is kept, by time.
async fn kept(tenant: &Tenant) -> Vec<String> {
    let meetings = tenant.meetings().kept().all().await.unwrap();
    meetings.into_iter().map(|meeting| meeting.title).collect()
}

/// Applies without looking at a plan.
async fn apply(tenant: &Tenant, manifest: &Manifest) -> (u64, u64) {
    match tenant.apply(manifest).run().await.unwrap() {
        Applied::Done { decided, changes, pending, .. } => {
            assert_eq!(pending, Vec::<String>::new());
            (decided, changes)
        }
        other => panic!("{other:?}"),
    }
}
