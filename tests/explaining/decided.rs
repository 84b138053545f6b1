//! Meetings that were decided.

use acquaint::core::view::{EventStatus, Visibility};
use acquaint::{ChangeKind, ErrorKind, Outcome};

use super::support::World;
use super::{Local, dropped, event, records};

#[tokio::test]
async fn a_kept_meeting_shows_every_clause_and_the_way_to_every_account() {
    let rule = "
  all:
    - attendees: { some: { external: true, account: { exists: true } } }
    - title: { not: { matches: '(?i)^hold' } }
    - duration: { at_least: 10m }
";
    let people = ["ana@us.example", "jane@globex.com", "bill@initech.com", "who@elsewhere.test"];
    let local = Local::decided(rule, event("QBR", &people)).await;
    let explanation = local.explain().await;
    assert_eq!(explanation.outcome, Outcome::Kept);
    assert_eq!(explanation.sentence, "\"QBR\" is kept: every clause holds, with Globex.");
    assert!(!explanation.moved_since);
    let meeting = local.tenant.meetings().all().await.unwrap().remove(0);
    assert_eq!(explanation.meeting, Some(meeting.id));
    assert_eq!(explanation.revision, Some(meeting.decision.revision));
    assert_eq!(records(&explanation), meeting.copies);

    let clauses: Vec<_> = explanation
        .clauses
        .iter()
        .map(|clause| (clause.clause.as_str(), clause.held, clause.saw.as_str()))
        .collect();
    // The list's elements come before the list; looking ends at the first that decides.
    let some = "keep.all[0].attendees.some";
    assert_eq!(clauses[0], (&*format!("{some}.external"), false, "false of ana@us.example"));
    assert!(
        clauses.contains(&(&*format!("{some}.account"), true, "Globex of jane@globex.com")),
        "{clauses:?}"
    );
    assert!(!clauses.iter().any(|(_, _, saw)| saw.contains("who@elsewhere.test")), "{clauses:?}");
    let top: Vec<_> = clauses.iter().filter(|(clause, ..)| !clause.contains(".some.")).copied().collect();
    let expected = [
        ("keep.all[0].attendees", true, "4 attendees"),
        ("keep.all[1].title", true, "\"QBR\""),
        ("keep.all[2].duration", true, "30 min"),
    ];
    assert_eq!(top, expected);

    let of = |email: &str| explanation.attendees.iter().find(|who| who.email == email).unwrap();
    assert_eq!(of("ana@us.example").class, "internal");
    let jane = of("jane@globex.com");
    assert_eq!((jane.contact.as_deref(), jane.account.as_deref()), (Some("Jane Roe"), Some("Globex")));
    assert!(jane.account_counts);
    assert_eq!(jane.strategy.as_deref(), Some("contact_account"));
    let bill = of("bill@initech.com");
    assert_eq!((bill.account.as_deref(), bill.account_counts), (Some("Initech"), false));
    assert!(
        bill.steps.iter().any(|step| step.starts_with("domain: found by domain:initech.com")),
        "{bill:?}"
    );
    let who = of("who@elsewhere.test");
    assert_eq!((who.account.as_ref(), who.strategy.as_ref()), (None, None));
    assert!(who.steps.iter().any(|step| step.contains("asked domain:elsewhere.test")), "{who:?}");
    let text = explanation.to_string();
    assert!(text.contains("account Initech (not counted by `match.accounts`)"), "{text}");
    assert!(text.contains("starts 2026-03-10T10:00:00Z, seen on one calendar"), "{text}");
}

#[tokio::test]
async fn a_dropped_meeting_names_the_clause_and_what_it_saw() {
    let people = ["ana@us.example", "jane@globex.com"];
    let cases = [
        ("{ title: { not: { matches: '^Hold' } } }", "keep.title", "\"Hold: QBR\""),
        ("{ all: [{ kind: default }, { duration: { at_least: 1h } }] }", "keep.all[1].duration", "30 min"),
        ("{ location: { exists: true } }", "keep.location", "nothing"),
        ("{ all_day: true }", "keep.all_day", "false"),
        ("{ start: { after: 2026-04-01 } }", "keep.start", "2026-03-10T10:00:00Z"),
        ("{ accounts: { none: { name: Globex } } }", "keep.accounts", "1 accounts"),
        ("{ main_account.stage: lead }", "keep.main_account.stage", "\"customer\""),
        ("{ main_account: { exists: false } }", "keep.main_account", "Globex"),
        ("{ attendees: { every: { external: true } } }", "keep.attendees", "2 attendees"),
    ];
    for (rule, because, saw) in cases {
        let explanation = Local::decided(rule, event("Hold: QBR", &people)).await.explain().await;
        assert_eq!(explanation.outcome, dropped(because), "{rule}");
        let expected = format!("\"Hold: QBR\" is dropped by clause `{because}`, which saw {saw}.");
        assert_eq!(explanation.sentence, expected, "{rule}");
        let last = explanation.clauses.last().unwrap();
        assert_eq!((last.clause.as_str(), last.held, last.saw.as_str()), (because, false, saw), "{rule}");
    }
}

#[tokio::test]
async fn alternatives_are_all_shown_and_none_is_to_blame_alone() {
    let rule = "{ any: [{ title: QBR }, { all: [{ kind: default }, { duration: 1h }] }, { not: { all_day: false } }] }";
    let explanation = Local::decided(rule, event("Review", &["jane@globex.com"])).await.explain().await;
    assert_eq!(explanation.outcome, dropped("keep.any"));
    assert!(
        explanation.sentence.starts_with("\"Review\" is dropped by clause `keep.any`"),
        "{}",
        explanation.sentence
    );
    let clauses: Vec<_> =
        explanation.clauses.iter().map(|clause| (clause.clause.as_str(), clause.held)).collect();
    let expected = [
        ("keep.any[0].title", false),
        ("keep.any[1].all[0].kind", true),
        ("keep.any[1].all[1].duration", false),
        ("keep.any[2].not.all_day", true),
    ];
    assert_eq!(clauses, expected);
}

#[tokio::test]
async fn a_negation_that_drops_shows_what_held() {
    let explanation = Local::decided("{ not: { title: qbr } }", event("QBR", &[])).await.explain().await;
    assert_eq!(explanation.outcome, dropped("keep.not"));
    assert_eq!(explanation.sentence, "\"QBR\" is dropped by clause `keep.not`, which saw \"QBR\".");
}

#[tokio::test]
async fn a_cancelled_meeting_says_so() {
    let mut off = event("QBR", &["jane@globex.com"]);
    off.status = EventStatus::Cancelled;
    let explanation = Local::decided("{ all: [] }", off).await.explain().await;
    assert_eq!(explanation.outcome, dropped("cancelled"));
    assert_eq!(explanation.sentence, "\"QBR\" is dropped: it is cancelled.");
}

#[tokio::test]
async fn a_private_meeting_is_explained_without_what_it_hides() {
    let mut private = event("Doctor", &["jane@globex.com"]);
    private.visibility = Visibility::Private;
    let text = Local::decided("{ title: { exists: true } }", private).await.explain().await.to_string();
    assert!(
        text.starts_with("\"(no title)\" is dropped by clause `keep.title`, which saw nothing."),
        "{text}"
    );
    assert!(!text.contains("Doctor") && !text.contains("jane"), "{text}");
}

#[tokio::test]
async fn meetings_of_one_identity_are_explained_each_by_its_own_copies() {
    for visibility in [Visibility::Default, Visibility::Private] {
        let local = Local::new("{ all: [] }").await;
        for (calendar, hour) in [("ana@us.example", 10), ("ben@us.example", 11)] {
            let mut event = event(calendar, &["jane@globex.com"]);
            event.visibility = visibility;
            calendar.clone_into(&mut event.calendar);
            event.organiser.email = Some(calendar.to_owned());
            event.start =
                acquaint::core::view::EventTime::At(super::at(&format!("2026-03-10T{hour}:00:00Z")));
            local.put(event).await;
        }
        local.sync().await;
        for meeting in local.tenant.meetings().all().await.unwrap() {
            let explanation = local.tenant.explain(&meeting.id).await.unwrap();
            assert_eq!(explanation.start, Some(meeting.start), "{visibility:?}");
            assert_eq!(records(&explanation), meeting.copies);
            assert!(!explanation.moved_since);
        }
    }
}

#[tokio::test]
async fn what_is_not_there_cannot_be_explained() {
    let local = Local::decided("{ all: [] }", event("QBR", &[])).await;
    let error = local.tenant.explain(&"mtg_none".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn every_meeting_has_an_explanation_that_agrees_with_its_decision() {
    let world = World::in_process();
    world.fill();
    let acquaint = world
        .builder()
        .store(std::sync::Arc::new(acquaint_testkit::MemoryStore::new()))
        .build()
        .await
        .unwrap();
    let tenant = acquaint.tenant("acme");
    for (source, account) in
        [("calendar", super::support::ANA), ("calendar", super::support::BEN), ("crm", "admin@us.example")]
    {
        world.connect(&acquaint, &tenant, source, account).await.unwrap();
    }
    let _ = tenant.sync().await.unwrap().into_result().unwrap();
    let meetings = tenant.meetings().all().await.unwrap();
    assert!(meetings.len() >= 10);
    let mut kept = 0;
    for meeting in meetings {
        let explanation = tenant.explain(&meeting.id).await.unwrap();
        let expected = match meeting.decision.because {
            None => Outcome::Kept,
            Some(because) => Outcome::Dropped { because },
        };
        assert_eq!(explanation.outcome, expected);
        assert_eq!(explanation.attendees.len(), meeting.attendees.len());
        assert!(!explanation.moved_since && !explanation.clauses.is_empty());
        kept += usize::from(meeting.decision.kept);
    }
    assert!(kept > 0);
}

#[tokio::test]
async fn what_was_told_is_named_with_its_positions_in_the_feed() {
    let local = Local::decided("{ title: { contains: QBR } }", event("QBR", &["jane@globex.com"])).await;
    local.put(event("Second QBR", &["jane@globex.com"])).await;
    local.sync().await;
    local.put(event("Lunch", &["jane@globex.com"])).await;
    local.sync().await;
    let explanation = local.explain().await;
    let told = explanation.told.as_ref().unwrap();
    let entries: Vec<_> =
        told.entries.iter().map(|entry| (entry.position, entry.revision, entry.change)).collect();
    assert_eq!(
        entries,
        [(3, 3, ChangeKind::Removed), (2, 2, ChangeKind::Changed), (1, 1, ChangeKind::Added)]
    );
    let feed = local.tenant.changes(0, 10).await.unwrap();
    assert!(
        told.entries.iter().rev().map(|entry| entry.position).eq(feed.iter().map(|entry| entry.position))
    );
    let text = explanation.to_string();
    assert!(text.contains("    position 3: removed, 2026-03-02 08:00 UTC\n"), "{text}");
}
