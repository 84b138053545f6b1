//! What holds of every rule: what is unknown never contradicts what it turns out to be, and what is not read is of no
//! consequence.
#![allow(clippy::panic)]

use acquaint_core::ids::Seq;
use acquaint_core::meeting::{Decision, Entity, Meeting, MeetingAttendee};
use acquaint_core::view::{EntityKind, EventTime};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{Evaluation, Unfetched};
use crate::manifest::Manifest;

const FIELDS: [&str; 3] = ["a", "b", "c"];

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn manifest(keep: &str) -> Manifest {
    let fields = "{ a: a, b: b, c: c }";
    let text = format!(
        "acquaint: 1\nname: unknown\nsources:\n  crm: {{ connector: local, accounts: {{ fields: {fields} }}, \
         contacts: {{ fields: {fields} }} }}\nkeep: {keep}\n"
    );
    Manifest::parse(&text).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

/// Values of the three fields.
type Values = [Option<&'static str>; 3];

fn record(values: Values) -> Entity {
    let mut record = Entity::new("crm".into(), "con".into(), "1");
    let fields = FIELDS.iter().zip(values);
    let fields = fields.filter_map(|(name, value)| Some(((*name).to_owned(), Value::from(value?))));
    record.fields = fields.collect::<Map<_, _>>();
    record
}

/// Two people of one account each, with a contact each. The second one's account counts if `counted`.
fn meeting(accounts: [Values; 2], contacts: [Values; 2], counted: bool) -> Meeting {
    let at = EventTime::At(now());
    let decision = Decision::new(false, "rev".into(), "", Seq(0));
    let mut meeting = Meeting::new("m".into(), "m", at, at, decision);
    for (number, (account, contact)) in accounts.into_iter().zip(contacts).enumerate() {
        let mut who = MeetingAttendee::new(format!("{number}@globex.com"), "external", true);
        let mut account = record(account);
        account.id = number.to_string();
        who.account_counts = number == 0 || counted;
        if who.account_counts {
            meeting.accounts.push(account.clone());
        }
        (who.account, who.contact) = (Some(account), Some(record(contact)));
        meeting.attendees.push(who);
    }
    meeting
}

/// Rules about everything that may be unknown.
fn rules() -> impl Strategy<Value = String> {
    let field = prop::sample::select(FIELDS.to_vec());
    let test = prop::sample::select(vec![
        "x",
        "{ exists: true }",
        "{ exists: false }",
        "{ in: [x, '7'] }",
        "{ not: { contains: '7' } }",
        "{ at_least: 5 }",
        "{ starts_with: x, not: { ends_with: y } }",
        "{ before: now }",
        "{ within: 3d }",
    ]);
    let own = (field, test).prop_map(|(field, test)| format!("{field}: {test}"));
    let of_account = nested(own.clone().prop_map(|own| format!("{{ {own} }}")).boxed());
    let of_attendee = nested(
        prop_oneof![
            own.clone().prop_map(|own| format!("{{ account.{own} }}")),
            own.clone().prop_map(|own| format!("{{ contact.{own} }}")),
            Just("{ account: { exists: true } }".to_owned()),
            Just("{ email: { starts_with: '0' } }".to_owned()),
        ]
        .boxed(),
    );
    let which = prop::sample::select(vec!["some", "every", "none"]);
    nested(
        prop_oneof![
            own.prop_map(|own| format!("{{ main_account.{own} }}")),
            (which.clone(), of_attendee)
                .prop_map(|(which, rule)| format!("{{ attendees: {{ {which}: {rule} }} }}")),
            (which, of_account).prop_map(|(which, rule)| format!("{{ accounts: {{ {which}: {rule} }} }}")),
            Just("{ accounts: { exists: true } }".to_owned()),
        ]
        .boxed(),
    )
}

fn nested(leaf: BoxedStrategy<String>) -> BoxedStrategy<String> {
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|all| format!("{{ all: [{}] }}", all.join(", "))),
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|any| format!("{{ any: [{}] }}", any.join(", "))),
            inner.prop_map(|inner| format!("{{ not: {inner} }}")),
        ]
    })
    .boxed()
}

fn values() -> impl Strategy<Value = Values> {
    let value = prop::sample::select(vec![
        None,
        Some("x"),
        Some("xy"),
        Some("7"),
        Some("2024-10-06"),
        Some("1999-01-01"),
    ]);
    [value.clone(), value.clone(), value]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_decision_without_what_is_unfetched_is_the_one_with_it_or_unknown(
        keep in rules(),
        accounts in [values(), values()],
        contacts in [values(), values()],
        missing in prop::collection::vec((any::<bool>(), 0..3_usize), 0..4),
        counted in any::<bool>(),
        undecided in any::<bool>(),
    ) {
        let manifest = manifest(&keep);
        let truth = manifest.judge(&meeting(accounts, contacts, counted), now());

        let (mut poorer, mut unfetched) = ((accounts, contacts), Unfetched::default());
        for (of_contact, field) in &missing {
            let (kind, records) = if *of_contact {
                (EntityKind::Contact, &mut poorer.1)
            } else {
                (EntityKind::Account, &mut poorer.0)
            };
            records.iter_mut().for_each(|values| values[*field] = None);
            unfetched = unfetched.with("crm".into(), kind, FIELDS[*field]);
        }
        let poorer = meeting(poorer.0, poorer.1, counted && !undecided);
        let mut evaluation = Evaluation::default();
        evaluation.without(Some(&unfetched.into()));
        if undecided {
            evaluation.leave_undecided(&poorer.attendees[1]);
        }
        let found = manifest.judge_into(&poorer, now(), &mut evaluation);
        match evaluation.unknown {
            Some(_) => {
                prop_assert!(!missing.is_empty() || undecided, "{keep}: everything is known");
                prop_assert_eq!((found.kept, found.because), (false, None));
            }
            None => prop_assert_eq!(found.kept, truth.kept, "{}", keep),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn meetings_that_are_read_alike_are_judged_alike(
        keep in rules(),
        accounts in [values(), values()],
        contacts in [values(), values()],
        other in values(),
        (of_contact, who, field) in (any::<bool>(), 0..2_usize, 0..3_usize),
        counted in [any::<bool>(), any::<bool>()],
    ) {
        let manifest = manifest(&keep);
        let one = meeting(accounts, contacts, counted[0]);
        let (mut accounts, mut contacts) = (accounts, contacts);
        let records = if of_contact { &mut contacts } else { &mut accounts };
        records[who][field] = other[field];
        // Mostly the same accounts count, or hardly anything would be alike.
        let another = meeting(accounts, contacts, counted[0] || (counted[1] && who == 0));
        if manifest.reads_alike(&one, &another) {
            prop_assert_eq!(manifest.judge(&one, now()), manifest.judge(&another, now()), "{}", keep);
            let content = |meeting| manifest.output().map(meeting, now(), &mut Evaluation::default());
            prop_assert_eq!(content(&one), content(&another), "{}", keep);
        }
    }
}

/// What is to blame for not being known, of a meeting of which the accounts' `a` is unfetched.
fn blamed(keep: &str) -> Option<String> {
    let unfetched = Unfetched::default().with("crm".into(), EntityKind::Account, "a");
    let mut evaluation = Evaluation::default();
    evaluation.without(Some(&unfetched.into()));
    let known = [None, Some("x"), None];
    manifest(keep).judge_into(&meeting([known; 2], [known; 2], true), now(), &mut evaluation);
    evaluation.unknown.map(|name| name.to_string())
}

#[test]
fn what_cannot_be_told_names_its_clause() {
    for (keep, clause) in [
        ("{ main_account.a: x }", Some("keep.main_account.a")),
        ("{ main_account.a: { not: { exists: true } } }", Some("keep.main_account.a")),
        (
            "{ all: [{ main_account.b: x }, { main_account.a: x }, { accounts: { some: { a: x } } }] }",
            Some("keep.all[1].main_account.a"),
        ),
        ("{ all: [{ main_account.a: x }, { main_account.b: y }] }", None),
        ("{ any: [{ main_account.a: x }, { main_account.b: y }] }", Some("keep.any")),
        ("{ any: [{ main_account.a: x }, { main_account.b: x }] }", None),
        ("{ not: { main_account.a: x } }", Some("keep.not")),
        ("{ attendees: { some: { account.a: x } } }", Some("keep.attendees")),
        ("{ attendees: { some: { contact.a: x } } }", None),
        ("{ attendees: { some: { any: [{ account.a: x }, { account.b: x }] } } }", None),
        ("{ accounts: { every: { a: x, b: y } } }", None),
        ("{ main_account: { exists: true } }", None),
    ] {
        assert_eq!(blamed(keep).as_deref(), clause, "{keep}");
    }
}
