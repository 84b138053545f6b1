//! Cases that are captured from meetings: they hold, and nobody is in them.

use acquaint::core::view::{Account, Attendee, Colleague, Contact};
use acquaint::{ErrorKind, Manifest, Redact, Registry};

use crate::product::Product;
use crate::support::MANIFEST;
use crate::{LOCAL, Local, event};

const KEEP: &str = "{ all: [{ attendees: { some: { external: true, account: { exists: true } } } }, { title: { not: { starts_with: hold } } }] }";

/// Whom and what nobody may find in a case.
const ORIGINALS: &[&str] = &[
    "ana",
    "us.example",
    "jane",
    "roe",
    "globex",
    "initech",
    "bill",
    "lumbergh",
    "quarterly",
    "umbrella",
    "wesker",
    "pool@",
    "room 4",
];

async fn captured(local: &Local, redact: &Redact) -> acquaint::core::Result<String> {
    let meetings = local.tenant.meetings().all().await.unwrap();
    local.tenant.capture(&meetings[0].id, redact).await
}

/// Puts a case beside the manifest that it was captured under.
fn holds(keep: &str, case: &str) {
    let manifest = Manifest::parse(&format!("{LOCAL}keep: {keep}\n")).unwrap();
    let registry = Registry::bundled().unwrap();
    let outcomes = manifest.run_cases_beside(case, &registry).unwrap_or_else(|why| panic!("{why}\n{case}"));
    assert_eq!(outcomes.len(), 1, "{case}");
    manifest.check_cases(case, &registry).unwrap_or_else(|why| panic!("{why}\n{case}"));
}

fn shows_nobody(case: &str) {
    let lower = case.to_lowercase();
    for original in ORIGINALS {
        assert!(!lower.contains(original), "`{original}` is in:\n{case}");
    }
}

/// A tenant with more of everything.
async fn local(keep: &str) -> Local {
    let local = Local::new(keep).await;
    let source = local.tenant.local("product");
    let users = [Colleague::new("ben", "ben@us.example"), Colleague::new("cy", "cy@us-labs.example")];
    source.put_users(users).await.unwrap();
    let umbrella = Account::new("3", "Umbrella Corp")
        .domain("umbrella.example")
        .field("stage", "customer")
        .field("renewal", "ask wesker@umbrella.example");
    let child = Account::new("4", "Umbrella Research").domain("research.umbrella.example").parent("3");
    source.put_accounts([umbrella, child]).await.unwrap();
    let wesker = Contact::new("9", "albert.wesker@umbrella.example")
        .name("Albert Wesker")
        .field("role", "VP of Umbrella Corp");
    let private = Contact::new("10", "wesker.home@gmail.com").name("Albert Wesker");
    let contacts = [(wesker, vec!["3".to_owned(), "4".to_owned()]), (private, vec!["3".to_owned()])];
    source.put_contacts(contacts).await.unwrap();
    local
}

#[tokio::test]
async fn a_captured_case_holds_beside_the_manifest_and_shows_nobody() {
    let lists: &[&[&str]] = &[
        &["jane@globex.com"],
        &["Jane@Globex.com", "ana@us.example", "bill.lumbergh@initech.com"],
        &["albert.wesker@umbrella.example", "x@research.umbrella.example", "wesker.home+x@gmail.com"],
        &["someone@eu.globex.com", "info@umbrella.example", "noreply@initech.com", "cy@us-labs.example"],
        &["stranger@nowhere.example", "pool@resource.calendar.google.com"],
        &["ben@us.example"],
        &[],
    ];
    for people in lists {
        let local = local(KEEP).await;
        let mut meeting = event("Quarterly with Jane Roe", people);
        meeting.location = Some("Room 4 at Globex".to_owned());
        meeting.attendees.iter_mut().for_each(|who| who.name = Some("Bill Lumbergh".to_owned()));
        local.put(meeting).await;
        local.sync().await;
        let kept = local.tenant.meetings().all().await.unwrap()[0].decision.kept;
        let case = captured(&local, &Redact::new()).await.unwrap_or_else(|why| panic!("{people:?}: {why}"));
        assert!(case.contains(&format!("kept: {kept}")), "{case}");
        holds(KEEP, &case);
        shows_nobody(&case);
    }
}

#[tokio::test]
async fn who_is_the_same_has_the_same_made_up_name_and_anybodys_hosts_stay() {
    let local = local(KEEP).await;
    let mut meeting = event("Review", &["wesker.home@gmail.com", "albert.wesker@umbrella.example"]);
    meeting.attendees.iter_mut().for_each(|who| who.name = Some("Albert Wesker".to_owned()));
    local.put(meeting).await;
    local.sync().await;
    let case = captured(&local, &Redact::new()).await.unwrap();
    assert!(case.contains("@gmail.com"), "{case}");
    let names: Vec<&str> = case.split(" name: ").skip(1).filter_map(|rest| rest.split('"').nth(1)).collect();
    let persons: Vec<&&str> = names.iter().filter(|name| **name == names[names.len() - 1]).collect();
    assert_eq!(persons.len(), 4, "two contacts and two attendees: {names:?}\n{case}");
}

#[tokio::test]
async fn text_that_rules_look_at_is_left_only_if_that_is_asked_for() {
    let local = local(KEEP).await;
    local.put(event("Hold: Quarterly with Jane (jane@globex.com)", &["jane@globex.com"])).await;
    local.sync().await;
    let refused = captured(&local, &Redact::new()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert!(refused.advice().unwrap().contains("keep_text"), "{refused}");
    shows_nobody(&refused.to_string().replace("Redact::keep_text", ""));
    let case = captured(&local, &Redact::new().keep_text()).await.unwrap();
    assert!(
        case.contains("\"Hold: Quarterly with ") && case.contains("because: \"keep.all[1].title\""),
        "{case}"
    );
    holds(KEEP, &case);
    shows_nobody(&case.replace("Quarterly", ""));
}

#[tokio::test]
async fn a_private_meeting_and_a_cancelled_one_can_be_captured() {
    for cancelled in [false, true] {
        let local = local(KEEP).await;
        let mut meeting = event("Secret", &["jane@globex.com"]);
        meeting.attendees.push(Attendee::new("bill@initech.com"));
        if cancelled {
            meeting.status = acquaint::core::view::EventStatus::Cancelled;
        } else {
            meeting.visibility = acquaint::core::view::Visibility::Private;
        }
        local.put(meeting).await;
        local.sync().await;
        let case = captured(&local, &Redact::new()).await.unwrap();
        holds(KEEP, &case);
        shows_nobody(&case);
    }
}

#[tokio::test]
async fn a_meeting_that_is_not_there_cannot_be_captured() {
    let local = local(KEEP).await;
    let error = local.tenant.capture(&"mtg_none".into(), &Redact::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_a_tenant_has_filled_in_is_captured_under_other_names() {
    let product = Product::read().await;
    let own = serde_json::json!(["us.example", "us-labs.example"]);
    product.tenant.set_slot("internal_domains", own).await.unwrap();
    product.sync().await;
    let manifest = Manifest::parse(MANIFEST).unwrap();
    for meeting in product.tenant.meetings().all().await.unwrap() {
        let case = product.tenant.capture(&meeting.id, &Redact::new().keep_text()).await.unwrap();
        assert!(
            case.contains("slots:") && !case.contains("us.example") && !case.contains("us-labs"),
            "{case}"
        );
        manifest
            .check_cases(&case, &Registry::bundled().unwrap())
            .unwrap_or_else(|why| panic!("{why}\n{case}"));
    }
}
