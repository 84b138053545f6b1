//! Rules: every test word on every kind of value, what is missing, who is to blame, and the clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "rules/blame.rs"]
mod blame;
#[path = "rules/calls.rs"]
mod calls;
#[path = "rules/clock.rs"]
mod clock;
#[path = "rules/gathered.rs"]
mod gathered;
#[path = "rules/gathered_random.rs"]
mod gathered_random;
#[path = "rules/inputs.rs"]
mod inputs;
#[path = "rules/linked.rs"]
mod linked;
#[path = "rules/lists.rs"]
mod lists;
#[path = "rules/output.rs"]
mod output;
#[path = "rules/precedence.rs"]
mod precedence;
#[path = "rules/priority.rs"]
mod priority;
#[path = "rules/schema.rs"]
mod schema;
#[path = "rules/sections.rs"]
mod sections;
#[path = "rules/values.rs"]
mod values;

use std::sync::Arc;

use acquaint::core::env::Env;
use acquaint::core::view::{Account, Attendee, CalendarEvent, Colleague, Contact, EventTime, Response};
use acquaint::{Acquaint, Manifest, Meeting, Registry, Tenant};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::{ManualClock, MemoryStore};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// What all rules here are about; `keep`, `output` and more of `match` are added.
const SOURCES: &str = "
acquaint: 1
name: rules
sources:
  product:
    connector: local
    accounts: { fields: { stage: stage, seats: seats, size: size, vip: vip, trial: trial, renewal: renewal, since: since, blank: blank, none: none, tags: tags } }
    contacts: { fields: { role: role } }
    deals: { fields: { kind: dealtype } }
";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-03-01T00:00:00Z")
}

/// A tenant with a rule, whose clock stands still.
struct World {
    tenant: Tenant,
    clock: ManualClock,
}

impl World {
    /// Nothing but users and accounts.
    async fn new(sections: &str) -> Self {
        Self::with(Registry::bundled().unwrap(), sections).await
    }

    /// The same with what a product has registered.
    async fn with(registry: Registry, sections: &str) -> Self {
        let text = format!("{SOURCES}{sections}");
        let manifest =
            Manifest::check(&text, &registry).unwrap_or_else(|problems| panic!("{problems}\n{sections}"));
        let clock = ManualClock::at(now());
        let mut env = Env::new(Arc::new(InProcess::new()));
        env.clock = Arc::new(clock.clone());
        let builder = Acquaint::builder()
            .registry(registry)
            .manifest(manifest)
            .store(Arc::new(MemoryStore::new()))
            .env(env);
        let tenant = builder.build().await.unwrap().tenant("acme");
        let local = tenant.local("product");
        local.put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
        local.put_accounts([globex(), initech()]).await.unwrap();
        let jane = Contact::new("7", "jane@globex.com").field("role", "CFO");
        local.put_contacts([(jane, vec!["1".to_owned()])]).await.unwrap();
        Self { tenant, clock }
    }

    async fn put(&self, event: CalendarEvent) {
        self.tenant.local("product").put_events([event]).await.unwrap();
    }

    /// Entries put into the feed.
    async fn sync(&self) -> u64 {
        self.tenant.sync().await.unwrap().into_result().unwrap().changes
    }

    async fn meeting(&self) -> Meeting {
        let mut meetings = self.tenant.meetings().all().await.unwrap();
        assert_eq!(meetings.len(), 1);
        meetings.remove(0)
    }

    async fn kept(&self) -> bool {
        self.meeting().await.decision.kept
    }
}

/// A customer with a field of every shape that CRMs hand over.
fn globex() -> Account {
    Account::new("1", "Globex")
        .domain("globex.com")
        .field("stage", "Customer")
        .field("seats", 50)
        .field("size", " 250 ")
        .field("vip", true)
        .field("trial", "FALSE")
        .field("renewal", "2026-06-01")
        .field("since", "2024-05-01T12:00:00+02:00")
        .field("blank", "")
        .field("none", Value::Null)
}

fn initech() -> Account {
    Account::new("2", "Initech").domain("initech.com").field("stage", "lead")
}

/// Half an hour of Ana, Jane of Globex, Bill of Initech who will not come, and somebody unknown.
fn review() -> CalendarEvent {
    let mut event = empty();
    event.title = Some("Quarterly Review".to_owned());
    event.location = Some(String::new());
    event.conference = Some("https://meet.example/abc".to_owned());
    event.organiser.email = Some("ana@us.example".to_owned());
    event.organiser.is_self = true;
    event.attendees = ["ana@us.example", "Jane@Globex.com", "bill@initech.com", "who@elsewhere.test"]
        .map(Attendee::new)
        .to_vec();
    event.attendees[0].response = Response::Accepted;
    event.attendees[1].name = Some("Jane Roe".to_owned());
    event.attendees[2].response = Response::Declined;
    event.attendees[3].optional = true;
    event
}

/// Half an hour of nobody.
fn empty() -> CalendarEvent {
    let (start, end) = (at("2026-03-10T10:00:00Z"), at("2026-03-10T10:30:00Z"));
    let mut event = CalendarEvent::new("ana", "e1", EventTime::At(start), EventTime::At(end));
    event.uid = Some("e1@test".to_owned());
    event
}

/// The decision of one rule on one event: what is to blame if it is dropped.
async fn decide(rule: &str, event: &CalendarEvent) -> Result<(), String> {
    let world = World::new(&format!("keep: {rule}\n")).await;
    world.put(event.clone()).await;
    world.sync().await;
    let decision = world.meeting().await.decision;
    match (decision.kept, decision.because) {
        (true, None) => Ok(()),
        (false, Some(because)) => Err(because),
        odd => panic!("{rule}: {odd:?}"),
    }
}

/// Rules that hold and rules that fail for an event; each is tried with its negation too.
async fn judge(event: &CalendarEvent, holding: &[&str], failing: &[&str]) {
    for (rules, expected) in [(holding, true), (failing, false)] {
        for rule in rules {
            let found = decide(&format!("{{ {rule} }}"), event).await;
            assert_eq!(found.is_ok(), expected, "{rule}: {found:?}");
            let found = decide(&format!("{{ not: {{ {rule} }} }}"), event).await;
            assert_eq!(found.is_ok(), !expected, "not {rule}: {found:?}");
        }
    }
}

/// The content of the review for an `output` section.
async fn content(sections: &str) -> Value {
    let world = World::new(sections).await;
    world.put(review()).await;
    world.sync().await;
    world.meeting().await.content
}
