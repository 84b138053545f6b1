//! Deciding before everything that the manifest reads has been fetched.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_core::ids::{ConnectionId, RecordRef, Seq};
use acquaint_core::meeting::Meeting;
use acquaint_core::view::{Account, Attendee, CalendarEvent, EntityKind, EventTime, View};
use chrono::DateTime;
use serde_json::json;

use super::resolve::Resolved;
use super::{Bench, Copy, decide, merge};
use crate::directory::{Entities, record_id};
use crate::manifest::{Evaluation, Manifest, Unfetched};

/// What is decided of a meeting with Jane of Globex, while the stage of accounts is not known, and what is unknown of it.
fn decided(sections: &str) -> (Meeting, Option<String>, bool) {
    let text = format!(
        "acquaint: 1\nname: unfetched\nsources:\n  crm: {{ connector: local, accounts: {{ fields: {{ stage: stage }} }} }}\n\
         match: {{ accounts: {{ stage: customer }} }}\n{sections}"
    );
    let manifest = Manifest::parse(&text).unwrap_or_else(|problems| panic!("{problems}"));
    let connection = ConnectionId::from("con");
    let record = |key: &str| RecordRef {
        connection: connection.clone(),
        stream: "all".into(),
        partition: "".into(),
        key: key.into(),
    };
    let start = EventTime::At(DateTime::UNIX_EPOCH);
    let mut event = CalendarEvent::new("ana", "e1", start, start);
    event.title = Some("QBR".to_owned());
    event.attendees = vec![Attendee::new("jane@globex.com")];
    let drafts = merge("e1", vec![Copy { record: record("e1"), event }]);

    let mut entities = Entities::default();
    entities.add(&record("1"), View::Account(Account::new("1", "Globex").domain("globex.com")));
    let resolution = json!({
        "attendee": "jane@globex.com", "class": "external", "account_by": "domain",
        "account": record_id(&connection, "1"),
    });
    let resolution = serde_json::from_value(resolution).expect("a resolution");
    let people = BTreeMap::from([("jane@globex.com".to_owned(), resolution)]);
    let resolved = Resolved { people, reads: Vec::new(), heard: Default::default() };

    let unfetched = Unfetched::default().with("crm".into(), EntityKind::Account, "stage");
    let bench = Bench {
        manifest: &manifest,
        evaluator: "",
        sources: &BTreeMap::from([(connection.clone(), "crm".into())]),
        now: DateTime::UNIX_EPOCH,
        seq: Seq(1),
        unfetched: Some(Arc::new(unfetched)),
    };
    let mut evaluation = Evaluation::default();
    let meeting = decide(&bench, "m1".into(), &drafts[0], &resolved, &entities, None, &mut evaluation);
    (meeting, evaluation.unknown.map(|clause| clause.to_string()), evaluation.unknown_output)
}

#[test]
fn what_depends_on_whether_an_account_counts_is_unknown() {
    for (keep, unknown) in [
        ("{ attendees: { some: { account: { exists: true } } } }", Some("keep.attendees")),
        ("{ not: { main_account: { exists: true } } }", Some("keep.not")),
        ("{ accounts: { none: { name: Globex } } }", Some("keep.accounts")),
        ("{ title: QBR, main_account.name: Globex }", Some("keep.main_account.name")),
    ] {
        let (meeting, found, _) = decided(&format!("keep: {keep}\noutput: {{ title: title }}\n"));
        assert_eq!(found.as_deref(), unknown, "{keep}");
        assert_eq!((meeting.decision.kept, meeting.decision.because), (false, None), "{keep}");
        assert!(meeting.accounts.is_empty() && meeting.attendees[0].account.is_some());
    }
}

#[test]
fn what_is_decided_by_something_else_is_known() {
    let (meeting, unknown, _) = decided("keep: { main_account.name: Globex, title: Lunch }\n");
    assert_eq!((meeting.decision.because.as_deref(), unknown), (Some("keep.title"), None));
    let (meeting, unknown, _) = decided("keep: { any: [{ main_account.name: Globex }, { title: QBR }] }\n");
    assert_eq!((meeting.decision.kept, unknown), (true, None));
}

#[test]
fn a_priority_or_an_output_that_depends_on_it_is_unknown() {
    for (sections, unknown) in [
        ("output: { title: title }", false),
        ("output: { account: main_account.name }", true),
        ("output: { accounts: { each: accounts, take: { name: name } } }", true),
        ("output: { people: { each: attendees, take: { of: account.name } } }", true),
        (
            "output: { people: { each: attendees, where: { account: { exists: true } }, take: { email: email } } }",
            true,
        ),
        ("output: { people: { each: attendees, where: { external: true }, take: { email: email } } }", false),
        ("output: { title: title }\npriority: [{ when: { main_account: { exists: true } }, add: 1 }]", true),
        ("output: { title: title }\npriority: [{ when: { title: QBR }, add: 1 }]", false),
    ] {
        let (meeting, _, found) = decided(&format!("{sections}\n"));
        assert_eq!((meeting.decision.kept, found), (true, unknown), "{sections}");
    }
}
