//! Meetings that somebody misses.

use std::sync::Arc;

use acquaint::{Acquaint, Outcome, Tenant, WhyQuery};
use acquaint_testkit::MemoryStore;
use chrono_tz::Tz;
use serde_json::json;

use super::support::{ANA, BEN, World, at, meeting};
use super::{Local, event, why};

const CRM: &str = "admin@us.example";
const PROJECTS: &str = "projects@group.calendar.google.com";

struct Product {
    world: World,
    acquaint: Acquaint,
    tenant: Tenant,
}

impl Product {
    async fn new(accounts: &[(&str, &str)]) -> Self {
        let world = World::in_process();
        world.fill();
        let acquaint = world.builder().store(Arc::new(MemoryStore::new())).build().await.unwrap();
        let tenant = acquaint.tenant("acme");
        let product = Self { world, acquaint, tenant };
        for (source, account) in accounts {
            product.connect(source, account).await;
        }
        product
    }

    /// Ana's calendar and the CRM are read.
    async fn read() -> Self {
        let product = Self::new(&[("calendar", ANA), ("crm", CRM)]).await;
        product.sync().await;
        product
    }

    async fn connect(&self, source: &str, account: &str) {
        self.world.connect(&self.acquaint, &self.tenant, source, account).await.unwrap();
    }

    async fn sync(&self) {
        self.world.minutes(10);
        let _ = self.tenant.sync().await.unwrap();
    }

    /// The one reason why something is not there.
    async fn absent(&self, query: &WhyQuery) -> String {
        let explanations = why(&self.tenant, query).await;
        match &explanations[..] {
            [explanation] => match &explanation.outcome {
                Outcome::Absent { because } => {
                    let absence = explanation.absence.as_ref().unwrap();
                    assert_eq!((absence.to_string(), absence.next().is_empty()), (because.clone(), false));
                    assert!(explanation.sentence.contains(because.as_str()));
                    assert!(explanation.meeting.is_none() && !explanation.moved_since);
                    because.clone()
                }
                outcome => panic!("{outcome:?}"),
            },
            several => panic!("{several:#?}"),
        }
    }
}

fn near(time: &str) -> WhyQuery {
    WhyQuery::near(at(time))
}

#[tokio::test]
async fn meetings_wait_for_a_source_that_nothing_is_connected_to() {
    let product = Product::new(&[("calendar", ANA)]).await;
    let report = product.tenant.sync().await.unwrap();
    let missing = "nothing is connected to source `crm`".to_owned();
    assert_eq!(report.pending, std::slice::from_ref(&missing));
    assert!(product.tenant.meetings().all().await.unwrap().is_empty());
    let query = near("2026-03-03T10:00:00Z").on_calendar(ANA);
    let pending = &why(&product.tenant, &query).await[0];
    assert_eq!(pending.outcome, Outcome::Pending { because: vec![missing] });
    assert_eq!(pending.sentence, "Meetings are not decided yet: nothing is connected to source `crm`.");

    product.connect("crm", CRM).await;
    let [accounts, rest @ ..] = &why(&product.tenant, &query).await[..] else { panic!() };
    assert!(
        matches!(&accounts.outcome, Outcome::Pending { because } if because.iter().all(|line| line.contains("has not been read completely yet"))),
        "{accounts}"
    );
    assert!(rest.len() <= 1);
    product.sync().await;
    let explanations = why(&product.tenant, &query).await;
    assert_eq!(explanations.len(), 1);
    assert_eq!((explanations[0].title.as_str(), &explanations[0].outcome), ("Globex QBR", &Outcome::Kept));
}

#[tokio::test]
async fn a_meeting_that_waits_is_not_said_to_be_unknown() {
    let product = Product::new(&[("calendar", ANA)]).await;
    product.sync().await;
    let explanations = why(&product.tenant, &near("2026-03-03T10:00:00Z").on_calendar(ANA)).await;
    let absent = explanations.iter().find(|one| matches!(one.outcome, Outcome::Absent { .. }));
    assert!(absent.is_none(), "the event is in the mirror: {}", absent.unwrap());
}

#[tokio::test]
async fn a_calendar_that_is_not_connected_says_so() {
    let product = Product::read().await;
    let because = product.absent(&near("2026-03-06T10:00:00Z").on_calendar(BEN)).await;
    assert_eq!(because, "ben@us.example is not connected");
    let nobody = Product::new(&[("crm", CRM)]).await;
    nobody.sync().await;
    assert_eq!(nobody.absent(&near("2026-03-06T10:00:00Z")).await, "no calendar is read");
    assert_eq!(
        nobody.absent(&near("2026-03-06T10:00:00Z").on_calendar(ANA)).await,
        "ana@us.example is not connected"
    );
}

#[tokio::test]
async fn a_calendar_that_was_not_chosen_says_so() {
    use acquaint_testkit::sandbox::google::AccessRole;
    let product = Product::read().await;
    product.world.google.add_calendar(BEN, PROJECTS, "Projects", Tz::UTC);
    product.world.google.share_calendar(PROJECTS, ANA, AccessRole::Reader).unwrap();
    product.sync().await;
    let because = product.absent(&near("2026-03-11T10:00:00Z").on_calendar(PROJECTS)).await;
    assert!(because.contains(PROJECTS), "{because}");
}

#[tokio::test]
async fn a_calendar_that_was_not_read_yet_says_so() {
    let product = Product::read().await;
    product.connect("calendar", BEN).await;
    let because = product.absent(&near("2026-03-06T10:00:00Z").on_calendar(BEN)).await;
    assert!(because.starts_with("ben@us.example is connected, but"), "{because}");
    product.sync().await;
    let found = why(&product.tenant, &near("2026-03-06T10:00:00Z").on_calendar(BEN)).await;
    assert!(found.iter().any(|one| one.title == "Initech kick-off"), "{found:?}");
}

#[tokio::test]
async fn what_lies_outside_of_the_window_names_the_window() {
    let product = Product::read().await;
    for time in ["2025-06-01T10:00:00Z", "2027-06-01T10:00:00Z"] {
        let start = time;
        let old =
            meeting(if start < "2026" { "old" } else { "far" }, "Old QBR", start, &[ANA, "jane@globex.com"]);
        product.world.google.insert_event(ANA, old).unwrap();
        product.sync().await;
        let because = product.absent(&near(time).on_calendar(ANA)).await;
        let window = "it lies outside of the window that is read of ana@us.example, 2025-09-03 to 2027-03-02";
        assert_eq!(because, window);
        assert_eq!(product.absent(&near(time)).await, window, "whosever it was");
    }
}

#[tokio::test]
async fn what_was_deleted_says_so() {
    let product = Product::read().await;
    let query = near("2026-03-03T10:00:00Z").on_calendar(ANA).with_address("jane@globex.com");
    assert_eq!(why(&product.tenant, &query).await[0].title, "Globex QBR");
    product.world.google.cancel_event(ANA, "qbr").unwrap();
    product.sync().await;
    assert_eq!(product.absent(&query).await, "the event on ana@us.example was cancelled or deleted");
    // What was never there is something else, also beside it.
    let because = product.absent(&near("2026-07-03T10:00:00Z").on_calendar(ANA)).await;
    assert_eq!(because, "ana@us.example shows no such event to this connection");
}

#[tokio::test]
async fn what_was_deleted_while_nobody_looked_says_so() {
    let product = Product::read().await;
    product.world.google.cancel_event(ANA, "qbr").unwrap();
    product.world.google.expire_sync_tokens();
    product.sync().await;
    let because = product.absent(&near("2026-03-03T10:00:00Z").on_calendar(ANA)).await;
    assert_eq!(
        because,
        "the event on ana@us.example was gone when the calendar was read again from the beginning"
    );
}

#[tokio::test]
async fn what_was_moved_away_is_found_where_it_went() {
    let product = Product::read().await;
    let time = |text: &str| json!({ "dateTime": text });
    let (start, end) = (time("2026-05-05T10:00:00Z"), time("2026-05-05T10:30:00Z"));
    product.world.google.move_event(ANA, "qbr", start, end).unwrap();
    product.sync().await;
    let because = product.absent(&near("2026-03-03T10:00:00Z").on_calendar(ANA)).await;
    assert_eq!(because, "ana@us.example shows no such event to this connection");
    let found = why(&product.tenant, &near("2026-05-05T10:00:00Z").on_calendar(ANA)).await;
    assert_eq!(found[0].title, "Globex QBR");
}

#[tokio::test]
async fn a_question_is_narrowed_by_time_calendar_and_person() {
    let product = Product::new(&[("calendar", ANA), ("calendar", BEN), ("crm", CRM)]).await;
    product.sync().await;
    let titles = async |query: WhyQuery| {
        let mut titles: Vec<String> =
            why(&product.tenant, &query).await.into_iter().map(|one| one.title).collect();
        titles.sort();
        titles
    };
    let day = || near("2026-03-06T11:00:00Z").within(chrono::TimeDelta::hours(2));
    assert_eq!(titles(day()).await, ["Initech kick-off", "Team lunch"]);
    assert_eq!(titles(day().on_calendar(ANA)).await, ["Team lunch"]);
    assert_eq!(titles(day().on_calendar("Ana@US.example")).await, ["Team lunch"]);
    assert_eq!(titles(day().with_address("Bill@Initech.com")).await, ["Initech kick-off"]);
    assert_eq!(
        titles(near("2026-03-06T10:00:00Z").within(chrono::TimeDelta::zero())).await,
        ["Initech kick-off"]
    );
    let because = product.absent(&day().on_calendar(ANA).with_address("bill@initech.com")).await;
    assert_eq!(
        because,
        "bill@initech.com is not among the people of the 1 meeting near that time on ana@us.example: \
         \"Team lunch\" at 2026-03-06T12:00:00Z with ana@us.example and ben@us.example"
    );
}

#[tokio::test]
async fn a_dropped_meeting_is_no_missing_one() {
    let product = Product::read().await;
    let found = why(&product.tenant, &near("2026-03-09T10:00:00Z").on_calendar(ANA)).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].outcome, Outcome::Dropped { because: "keep.all[1].title".to_owned() });
}

#[tokio::test]
async fn events_that_the_product_pushes_are_found_by_their_calendar() {
    let local = Local::decided("{ all: [] }", event("QBR", &["jane@globex.com"])).await;
    let day = || near("2026-03-10T10:00:00Z");
    let found = why(&local.tenant, &day().with_address("jane@globex.com")).await;
    assert_eq!((found[0].title.as_str(), &found[0].outcome), ("QBR", &Outcome::Kept));
    let found = why(&local.tenant, &day().on_calendar("ana@us.example")).await;
    assert_eq!((found[0].title.as_str(), &found[0].outcome), ("QBR", &Outcome::Kept), "{}", found[0]);
}

#[tokio::test]
async fn a_tenant_whose_calendars_are_pushed_is_not_told_that_none_is_read() {
    let local = Local::decided("{ all: [] }", event("QBR", &["jane@globex.com"])).await;
    let found = why(&local.tenant, &near("2026-04-10T10:00:00Z")).await;
    assert!(!found[0].sentence.contains("no calendar is read"), "{}", found[0].sentence);
}
