//! Meetings that somebody misses.

use acquaint::core::record::Gone;
use acquaint::{Absence, Audience, Mirrored, Outcome, WhyQuery};
use acquaint_testkit::sandbox::Fault;
use bytes::Bytes;
use chrono_tz::Tz;
use serde_json::json;

use super::product::{CRM, Product};
use super::support::{ANA, BEN, MANIFEST, at, meeting};
use super::{Local, event, why};

const PROJECTS: &str = "projects@group.calendar.google.com";

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

#[tokio::test]
async fn what_lies_on_a_calendar_whose_token_is_dead_says_so() {
    let product = Product::read().await;
    product.world.google.oauth().revoke_account(ANA);
    product.sync().await;
    for query in [near("2026-03-20T10:00:00Z"), near("2026-03-20T10:00:00Z").on_calendar(ANA)] {
        let because = product.absent(&query).await;
        assert!(
            because.starts_with("the connection that reads ana@us.example must be authorised again ("),
            "{because}"
        );
    }
}

#[tokio::test]
async fn a_calendar_that_was_disconnected_or_erased_says_so() {
    let product = Product::read().await;
    let query = near("2026-03-20T10:00:00Z").on_calendar(ANA);
    let ana = product.connection(ANA).await.id;
    let _ = product.tenant.disconnect(&ana, Mirrored::Keep).await.unwrap();
    assert_eq!(product.absent(&query).await, "ana@us.example was disconnected on 2026-03-02");
    let _ = product.tenant.disconnect(&ana, Mirrored::Erase).await.unwrap();
    assert_eq!(product.absent(&query).await, "ana@us.example is not connected");
}

#[tokio::test]
async fn a_calendar_whose_person_has_not_granted_enough_says_what_is_missing() {
    use acquaint::google_calendar::SCOPE_EVENTS;
    let product = Product::new(&[("crm", CRM)]).await;
    product.world.google.oauth().untick_scopes([SCOPE_EVENTS]);
    let connected = product.world.connect(&product.acquaint, &product.tenant, "calendar", ANA).await;
    product.sync().await;
    let because = product.absent(&near("2026-03-03T10:00:00Z").on_calendar(ANA)).await;
    match connected {
        // Nothing at all can be read then, and nothing is connected.
        Err(_) => assert_eq!(because, "ana@us.example is not connected"),
        Ok(_) => {
            assert_eq!(
                because,
                format!("ana@us.example may not be read: its person has not granted {SCOPE_EVENTS}")
            );
        }
    }
}

#[tokio::test]
async fn what_is_on_a_calendar_whose_source_has_gone_from_the_manifest_says_so() {
    let mut product = Product::read().await;
    let crm_alone = MANIFEST.replace("  calendar:\n", "  other:\n");
    product.restart(&crm_alone, |builder| builder).await;
    product.sync().await;
    let because = product.absent(&near("2026-03-20T10:00:00Z").on_calendar(ANA)).await;
    assert_eq!(
        because,
        "ana@us.example is read no more: the manifest in force has no source `calendar`, to which it is connected"
    );
}

#[tokio::test]
async fn somebody_in_a_private_meeting_cannot_be_found_and_it_says_why() {
    let product = Product::read().await;
    let mut private = meeting("doctor", "Doctor", "2026-04-08T10:00:00Z", &[ANA, "jane@globex.com"]);
    private["visibility"] = "private".into();
    product.world.google.insert_event(ANA, private).unwrap();
    product.sync().await;
    let query = near("2026-04-08T10:00:00Z").on_calendar(ANA).with_address("jane@globex.com");
    assert_eq!(
        product.absent(&query).await,
        "1 meeting near that time on ana@us.example is private: only its times are read, and who is in it is not known"
    );
    // Who asks for no person finds it, as busy and nothing else.
    let found = why(&product.tenant, &near("2026-04-08T10:00:00Z").on_calendar(ANA)).await;
    assert_eq!((found.len(), found[0].title.as_str()), (1, ""));
    assert_eq!(found[0].withheld[0], "it is private: only its times are read");
    assert!(!found[0].to_string().contains("Doctor"), "{}", found[0]);
}

#[tokio::test]
async fn who_is_missed_is_told_who_is_there_and_how_many_for_customers() {
    let product = Product::read().await;
    let query = near("2026-03-03T10:00:00Z").on_calendar(ANA).with_address("Hank@Globex.com");
    let found = why(&product.tenant, &query).await;
    let Some(Absence::Others { missed, meetings, more: 0, private: 0, .. }) = &found[0].absence else {
        panic!("{found:?}")
    };
    assert_eq!((missed.as_str(), meetings.len()), ("hank@globex.com", 1));
    assert_eq!(meetings[0].people, [ANA, BEN, "jane@globex.com"]);
    assert!(found[0].tell(Audience::Support).contains("jane@globex.com"));
    assert_eq!(
        found[0].tell(Audience::Customer),
        "The meeting that you miss is not shown: there is 1 meeting near that time, and this person is not on its guest list.\n"
    );
}

#[tokio::test]
async fn who_is_there_instead_is_not_told_where_something_else_explains_it() {
    let product = Product::read().await;
    product.world.google.cancel_event(ANA, "qbr").unwrap();
    let other = meeting("other", "Other", "2026-03-03T12:00:00Z", &[ANA, "bill@initech.com"]);
    product.world.google.insert_event(ANA, other).unwrap();
    product.sync().await;
    let query = near("2026-03-03T10:00:00Z").on_calendar(ANA).with_address("jane@globex.com");
    assert_eq!(product.absent(&query).await, "the event on ana@us.example was cancelled or deleted");
}

#[tokio::test]
async fn a_meeting_with_somebody_that_waits_to_be_decided_says_so() {
    let product = Product::new(&[("calendar", ANA)]).await;
    product.sync().await;
    let query = near("2026-03-03T10:00:00Z").on_calendar(ANA).with_address("Jane@Globex.com");
    let found = why(&product.tenant, &query).await;
    assert!(found.iter().all(|one| matches!(one.outcome, Outcome::Pending { .. })), "{found:?}");
}

#[test]
fn every_reason_says_what_to_do_and_reads_back() {
    let calendar = || "ana@us.example".to_owned();
    let now = at("2026-03-02T08:00:00Z");
    let reasons = [
        Absence::NoCalendar,
        Absence::NotPushed { source: "product".into() },
        Absence::NotConnected { calendar: calendar() },
        Absence::Disconnected { calendar: calendar(), since: now },
        Absence::NeedsReauth { calendar: calendar(), reason: "it was revoked".to_owned() },
        Absence::Lacks { calendar: calendar(), scopes: vec!["calendar.read".to_owned()] },
        Absence::SourceGone { calendar: calendar(), source: "calendar".into() },
        Absence::NotChosen { calendar: calendar() },
        Absence::OutsideWindow { calendar: calendar(), from: now, to: now },
        Absence::NotRead { calendar: calendar(), error: None },
        Absence::NotRead { calendar: calendar(), error: Some("it is unwell".to_owned()) },
        Absence::Gone { calendar: calendar(), how: Gone::Erased },
        Absence::Gone { calendar: calendar(), how: Gone::LostAccess },
        Absence::Private { calendar: None, meetings: 2 },
        Absence::Others { calendar: None, missed: calendar(), meetings: vec![], more: 3, private: 1 },
        Absence::NotSeen { calendar: calendar() },
    ];
    for reason in reasons {
        assert!(!reason.to_string().is_empty() && !reason.next().is_empty());
        assert_eq!(serde_json::from_value::<Absence>(json!(reason)).unwrap(), reason);
    }
    let erased = Absence::Gone { calendar: calendar(), how: Gone::Erased };
    assert_eq!(erased.to_string(), "the event on ana@us.example was erased for privacy, and is not kept");
}

#[tokio::test]
async fn an_event_that_could_not_be_understood_is_named_where_one_is_missed() {
    let product = Product::read().await;
    let odd = json!({
        "kind": "calendar#events",
        "items": [{ "id": "odd", "status": "confirmed", "summary": "Odd", "start": { "dateTime": "soon" } }],
        "nextSyncToken": "later",
    });
    let page = http::Response::new(Bytes::from(odd.to_string()));
    product.world.google.inject(Fault::once("/events", page));
    product.sync().await;
    let because = product.absent(&near("2026-03-20T10:00:00Z").on_calendar(ANA)).await;
    let said = "1 event on ana@us.example cannot be understood: odd (";
    assert!(because.starts_with(said) && because.contains("start"), "{because}");
    let found = why(&product.tenant, &near("2026-03-20T10:00:00Z").on_calendar(ANA)).await;
    let Some(Absence::NotUnderstood { events, more: false, .. }) = &found[0].absence else { panic!() };
    assert_eq!((events.len(), events[0].record.key.as_str()), (1, "odd"));
    assert!(!found[0].tell(Audience::Customer).contains("odd"));

    // What is there is explained as ever, and the connection names it too.
    let there = why(&product.tenant, &near("2026-03-03T10:00:00Z").on_calendar(ANA)).await;
    assert_eq!(there[0].outcome, Outcome::Kept);
    let ana = product.explain_connection(ANA).await;
    let events = ana.streams.iter().find(|stream| stream.stream.as_str() == "events").unwrap();
    assert_eq!((events.problems.len(), events.more_problems), (1, false));
    assert!(ana.to_string().contains("not understood of ana@us.example: odd ("), "{ana}");
}
