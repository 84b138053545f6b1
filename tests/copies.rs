//! One meeting and its copies on several calendars, promise by promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "copies/cancelling.rs"]
mod cancelling;
#[path = "copies/identity.rs"]
mod identity;
#[path = "copies/lead.rs"]
mod lead;
#[path = "copies/merging.rs"]
mod merging;
#[path = "copies/people.rs"]
mod people;
#[path = "copies/private.rs"]
mod private;

use std::sync::Arc;

use acquaint::core::env::Env;
use acquaint::core::view::{Attendee, CalendarEvent, Colleague, EventTime};
use acquaint::{Acquaint, ChangeKind, Manifest, Meeting, Tenant};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::{MemoryStore, SeededEntropy};
use chrono::{DateTime, TimeDelta, Utc};

/// Everything is kept, so that everything is told; the output shows all that copies decide.
const MANIFEST: &str = "
acquaint: 1
name: copies
sources:
  product: { connector: local }
output:
  title: title
  start: start
  end: end
  location: location
  organiser: organiser
  private: private
  people: { each: attendees, take: { email: email, name: name, response: response, optional: optional, organiser: organiser } }
";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn start() -> DateTime<Utc> {
    at("2026-03-10T10:00:00Z")
}

struct World {
    acquaint: Acquaint,
    tenant: Tenant,
}

impl World {
    async fn new() -> Self {
        let mut env = Env::new(Arc::new(InProcess::new()));
        env.entropy = Arc::new(SeededEntropy::new(7));
        let builder = Acquaint::builder()
            .manifest(Manifest::parse(MANIFEST).unwrap())
            .store(Arc::new(MemoryStore::new()))
            .env(env);
        let acquaint = builder.build().await.unwrap();
        let tenant = acquaint.tenant("acme");
        let users = ["ana", "ben", "cleo", "dora"].map(|name| Colleague::new(name, email(name)));
        tenant.local("product").put_users(users).await.unwrap();
        Self { acquaint, tenant }
    }

    /// With these copies, all of them seen.
    async fn with<const N: usize>(copies: [CalendarEvent; N]) -> Self {
        let world = Self::new().await;
        world.put(copies).await;
        world
    }

    /// What changing copies leads to in the feed.
    async fn put<const N: usize>(&self, copies: [CalendarEvent; N]) -> Vec<ChangeKind> {
        self.tenant.local("product").put_events(copies).await.unwrap();
        self.sync().await
    }

    /// What losing the copies of these calendars leads to in the feed.
    async fn lose<const N: usize>(&self, calendars: [&str; N]) -> Vec<ChangeKind> {
        let copies = calendars.map(|calendar| (calendar, "e1"));
        self.tenant.local("product").remove_events(copies).await.unwrap();
        self.sync().await
    }

    async fn sync(&self) -> Vec<ChangeKind> {
        let before = self.tenant.position().await.unwrap();
        let report = self.tenant.sync().await.unwrap().into_result().unwrap();
        let mut told: Vec<_> =
            self.tenant.changes(before, 1000).await.unwrap().into_iter().map(|entry| entry.change).collect();
        assert_eq!(report.changes, told.len() as u64, "the report counts what was told");
        told.sort_by_key(|change| format!("{change:?}"));
        told
    }

    async fn meetings(&self) -> Vec<Meeting> {
        self.tenant.meetings().all().await.unwrap()
    }

    /// The only one.
    async fn meeting(&self) -> Meeting {
        let mut meetings = self.meetings().await;
        assert_eq!(meetings.len(), 1, "{meetings:#?}");
        meetings.remove(0)
    }

    /// Titles, sorted: each copy's is its calendar's name, so they are those of the leads.
    async fn leads(&self) -> Vec<String> {
        let mut leads: Vec<String> = self.meetings().await.into_iter().map(|meeting| meeting.title).collect();
        leads.sort();
        leads
    }
}

fn email(name: &str) -> String {
    format!("{name}@us.example")
}

/// A person's copy of a meeting that Ana called, with Ana, Ben and Jane.
fn copy(calendar: &str) -> CalendarEvent {
    let mut event = CalendarEvent::new(
        calendar,
        "e1",
        EventTime::At(start()),
        EventTime::At(start() + TimeDelta::minutes(30)),
    );
    event.uid = Some("m1@test".to_owned());
    event.title = Some(calendar.to_owned());
    event.organiser.email = Some(email("ana"));
    event.organiser.is_self = calendar == "ana";
    event.attendees = [email("ana"), email("ben"), "jane@globex.com".to_owned()].map(Attendee::new).to_vec();
    for attendee in &mut event.attendees {
        attendee.is_self = attendee.email == email(calendar);
    }
    event
}

/// A copy that differs.
fn but(mut event: CalendarEvent, change: impl FnOnce(&mut CalendarEvent)) -> CalendarEvent {
    change(&mut event);
    event
}

/// A copy that names somebody else, or nobody, as who called the meeting.
fn called_by(organiser: Option<&str>, calendar: &str) -> CalendarEvent {
    but(copy(calendar), |event| {
        event.organiser.email = organiser.map(str::to_owned);
        event.organiser.is_self = organiser == Some(email(calendar).as_str());
    })
}

/// Who is in a meeting.
fn emails(meeting: &Meeting) -> Vec<&str> {
    meeting.attendees.iter().map(|who| who.email.as_str()).collect()
}

/// On whose calendars it is, the lead first.
fn calendars(meeting: &Meeting) -> Vec<String> {
    let name = |key: &str| key.split_once(':').unwrap().1.strip_suffix("e1").unwrap().to_owned();
    meeting.copies.iter().map(|copy| name(copy.key.as_str())).collect()
}
