//! Why a meeting is kept, dropped, not decided yet or not there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "explaining/absent.rs"]
mod absent;
#[path = "explaining/captured.rs"]
mod captured;
#[path = "explaining/connections.rs"]
mod connections;
#[path = "explaining/decided.rs"]
mod decided;
#[path = "explaining/moved.rs"]
mod moved;
#[path = "explaining/product.rs"]
mod product;
mod support;
#[path = "explaining/told.rs"]
mod told;
#[path = "explaining/way.rs"]
mod way;

use std::sync::Arc;

use acquaint::core::env::Env;
use acquaint::core::ids::RecordRef;
use acquaint::core::view::{Account, Attendee, CalendarEvent, Colleague, Contact, EventTime};
use acquaint::{Acquaint, Explanation, Manifest, Outcome, Tenant, WhyQuery};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::{ManualClock, MemoryStore};
use chrono::TimeDelta;
use support::at;

const LOCAL: &str = "
acquaint: 1
name: explaining
sources:
  product:
    connector: local
    accounts: { fields: { stage: stage, renewal: renewal } }
    contacts: { fields: { role: role } }
match:
  accounts: { stage: customer }
output: { title: title, account: main_account.name }
";

/// A tenant with pushed records and a rule, whose clock stands still.
struct Local {
    tenant: Tenant,
    clock: ManualClock,
}

impl Local {
    async fn new(keep: &str) -> Self {
        Self::of(&format!("{LOCAL}keep: {keep}\n")).await
    }

    async fn of(manifest: &str) -> Self {
        let clock = ManualClock::at(at("2026-03-02T08:00:00Z"));
        let mut env = Env::new(Arc::new(InProcess::new()));
        env.clock = Arc::new(clock.clone());
        let manifest = Manifest::parse(manifest).unwrap();
        let builder = Acquaint::builder().manifest(manifest).store(Arc::new(MemoryStore::new())).env(env);
        let tenant = builder.build().await.unwrap().tenant("acme");
        let local = tenant.local("product");
        local.put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
        local.put_accounts([globex(), Account::new("2", "Initech").domain("initech.com")]).await.unwrap();
        local.put_contacts([(jane(), vec!["1".to_owned()])]).await.unwrap();
        Self { tenant, clock }
    }

    /// With one meeting that is decided.
    async fn decided(keep: &str, event: CalendarEvent) -> Self {
        let local = Self::new(keep).await;
        local.put(event).await;
        local.sync().await;
        local
    }

    async fn put(&self, event: CalendarEvent) {
        self.tenant.local("product").put_events([event]).await.unwrap();
    }

    async fn sync(&self) {
        let _ = self.tenant.sync().await.unwrap().into_result().unwrap();
    }

    /// Of the only meeting.
    async fn explain(&self) -> Explanation {
        let meetings = self.tenant.meetings().all().await.unwrap();
        assert_eq!(meetings.len(), 1);
        self.tenant.explain(&meetings[0].id).await.unwrap()
    }
}

fn globex() -> Account {
    Account::new("1", "Globex").domain("globex.com").field("stage", "customer").field("renewal", "2026-03-20")
}

fn jane() -> Contact {
    let mut jane = Contact::new("7", "jane@globex.com").field("role", "CFO");
    jane.name = Some("Jane Roe".to_owned());
    jane
}

/// Half an hour of Ana with others.
fn event(title: &str, people: &[&str]) -> CalendarEvent {
    let start = at("2026-03-10T10:00:00Z");
    let end = start + TimeDelta::minutes(30);
    let mut event = CalendarEvent::new("ana@us.example", "e1", EventTime::At(start), EventTime::At(end));
    event.uid = Some("e1@test".to_owned());
    event.title = Some(title.to_owned());
    event.organiser.email = Some("ana@us.example".to_owned());
    event.organiser.is_self = true;
    event.attendees = people.iter().map(|email| Attendee::new(*email)).collect();
    event
}

/// The events that a meeting was merged from, the lead first.
fn records(explanation: &Explanation) -> Vec<RecordRef> {
    explanation.copies.iter().map(|copy| copy.record.clone()).collect()
}

fn dropped(because: &str) -> Outcome {
    Outcome::Dropped { because: because.to_owned() }
}

/// What is said about a meeting that somebody misses.
async fn why(tenant: &Tenant, query: &WhyQuery) -> Vec<Explanation> {
    let explanations = tenant.why(query).await.unwrap();
    assert!(!explanations.is_empty(), "there is always an answer");
    for explanation in &explanations {
        assert!(!explanation.sentence.is_empty());
        assert!(explanation.to_string().starts_with(&explanation.sentence));
    }
    explanations
}
