//! Generated worlds are the same everywhere, and their truth holds water.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use acquaint_matcher::worlds::{Case, Cause, Mix, Size, World};
use acquaint_matcher::{Account, Class, Contact, Matcher, RecordId};

fn large() -> World {
    World::generate(7, Size { companies: 3_000, attendees: 20_000, ..Size::default() })
}

#[test]
fn a_world_is_the_same_every_time() {
    let size = Size { companies: 200, attendees: 500, ..Size::default() };
    let (one, other) = (World::generate(3, size), World::generate(3, size));
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
    assert_eq!(one.fingerprint(), other.fingerprint());
    assert_ne!(one.fingerprint(), World::generate(4, size).fingerprint());
    let mix = Mix { leavers: 0.5, ..Mix::default() };
    assert_ne!(one.fingerprint(), World::generate_with(3, size, &mix).fingerprint());
}

/// If this fails, every number that was measured in a generated world was measured in another one.
#[test]
fn no_world_changes_by_accident() {
    let world = World::generate(1, Size { companies: 300, attendees: 1_000, ..Size::default() });
    assert_eq!(format!("{:016x}", world.fingerprint()), "fd5befa01b74bce5");
}

#[test]
fn every_record_has_an_id_of_its_own_and_refers_to_one_that_exists() {
    let world = large();
    let contacts: BTreeSet<&RecordId> = world.contacts().iter().map(|one| &one.id).collect();
    let accounts: BTreeSet<&RecordId> = world.accounts().iter().map(|one| &one.id).collect();
    assert_eq!((contacts.len(), accounts.len()), (world.contacts().len(), world.accounts().len()));
    for one in world.contacts() {
        assert!(one.merged_into.iter().all(|id| contacts.contains(id) && *id != one.id));
    }
    for one in world.accounts() {
        assert!(one.merged_into.iter().chain(&one.parent).all(|id| accounts.contains(id) && *id != one.id));
    }
    let pairs: BTreeSet<_> = world.links().iter().map(|one| (&one.contact, &one.account)).collect();
    assert_eq!(pairs.len(), world.links().len());
    assert!(pairs.iter().all(|(contact, account)| contacts.contains(contact) && accounts.contains(account)));
}

#[test]
fn every_right_answer_is_a_live_record() {
    let world = large();
    let contacts: BTreeMap<&RecordId, &Contact> = world.contacts().iter().map(|one| (&one.id, one)).collect();
    let accounts: BTreeMap<&RecordId, &Account> = world.accounts().iter().map(|one| (&one.id, one)).collect();
    for case in world.cases() {
        let Case { cause, truth, .. } = case;
        for one in truth.contacts.iter().map(|id| contacts[id]) {
            assert!(!one.archived && one.merged_into.is_none(), "{cause}: {one:?}");
        }
        for one in truth.accounts.iter().map(|id| accounts[id]) {
            assert!(!one.archived && one.merged_into.is_none(), "{cause}: {one:?}");
        }
        assert!(!truth.contact_resolvable || !truth.contacts.is_empty(), "{case:?}");
        assert!(!truth.account_resolvable || !truth.accounts.is_empty(), "{case:?}");
        let external = truth.class.is_external();
        assert!(external || truth.contacts.is_empty() && truth.accounts.is_empty(), "{case:?}");
        assert_eq!(case.attendee.address().is_err(), truth.class == Class::Unknown, "{case:?}");
    }
}

#[test]
fn every_cause_occurs_about_as_often_as_asked_for() {
    let world = large();
    let (counts, mix) = (world.summary(), Mix::default());
    let sum: f64 = Cause::ALL.iter().map(|cause| mix.attendees.of(*cause)).sum();
    assert!((99.0..101.0).contains(&sum), "{sum}");
    for cause in Cause::ALL {
        let (count, expected) =
            (counts.get(cause).copied().unwrap_or(0) as f64, mix.attendees.of(*cause) / sum * 20_000.0);
        assert!(count > 0.6 * expected && count < 1.5 * expected, "{cause}: {count} instead of {expected}");
    }
    let names: BTreeSet<&str> = Cause::ALL.iter().map(|cause| cause.name()).collect();
    assert_eq!(names.len(), Cause::ALL.len());
}

/// Otherwise something would be peculiar about them, and the causes would tell nothing.
#[test]
fn plain_cases_are_found() {
    let world = large();
    let directory = world.directory();
    let matcher = Matcher::default().with_classifier(world.classifier());
    for cause in [Cause::KnownContact, Cause::UnknownColleague, Cause::CountrySuffix, Cause::Founder] {
        let cases: Vec<&Case> = world.cases().iter().filter(|case| case.cause == cause).collect();
        let attendees: Vec<_> = cases.iter().map(|case| case.attendee.clone()).collect();
        let answers = matcher.resolve(&attendees, &directory.lookup());
        let right = cases.iter().zip(&answers).filter(|(Case { truth, .. }, answer)| {
            let accepts = |all: &[RecordId], one: &Option<RecordId>| {
                one.as_ref().map_or(all.is_empty(), |one| all.contains(one))
            };
            accepts(&truth.contacts, &answer.contact) && accepts(&truth.accounts, &answer.account)
        });
        assert!(right.count() * 1000 >= cases.len() * 995, "{cause}");
    }
}

#[test]
fn sizes_are_kept_down_to_nothing() {
    for (companies, attendees, people) in [(0, 0, 0), (0, 50, 0), (1, 50, 1), (50, 0, 3), (400, 100, 5)] {
        let world = World::generate(9, Size { companies, attendees, people });
        assert_eq!(world.cases().len(), attendees);
        assert!(world.accounts().len() >= companies / 2 && world.accounts().len() <= 2 * companies + 10);
        assert_eq!(world.directory().len().0, world.contacts().len());
    }
}
