//! The same answers, however they are come by.
//!
//! More worlds than usual are tried with `PROPTEST_CASES=100000 cargo test -p acquaint-matcher --test equality`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "equality/large.rs"]
mod large;
mod naive;
#[path = "equality/short.rs"]
mod short;

use std::collections::BTreeSet;
use std::sync::Arc;

use acquaint_matcher::{
    Answered, Attendee, Attendees, Directory, Key, Link, Lookup, Matcher, Pin, RecordId, Resolution, Slice,
    Verdict, strategy,
};
use naive::{Change, Guest, World, attendees, matcher};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

fn cases(least: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(least), failure_persistence: None, ..usual }
}

fn resolve(directory: &Directory, guests: &[Guest]) -> Vec<Resolution> {
    matcher().resolve(&attendees(guests), &directory.lookup())
}

fn json(found: &[Resolution]) -> String {
    serde_json::to_string(found).unwrap()
}

/// Some of the strategies in any order: what one does not ask because another has asked it already would not be missed.
fn some_strategies() -> impl Strategy<Value = Matcher> {
    let all = strategy::NAMES.to_vec();
    let some = prop_oneof![Just(all.clone()), prop::sample::subsequence(all, 1..4).prop_shuffle()];
    some.prop_map(|names| {
        Matcher::from_names(&names).unwrap().with_classifier(matcher().classifier().clone())
    })
}

fn through_a_slice(
    matcher: &Matcher,
    whole: &Directory,
    attendees: &[Attendee],
) -> (Vec<Resolution>, Vec<Key>) {
    let mut slice = Slice::new();
    for _round in 0..64 {
        let lookup = slice.lookup();
        let resolutions = matcher.resolve(attendees, &lookup);
        let (asked, missing) = (lookup.asked(), lookup.missing());
        if missing.is_empty() {
            return (resolutions, asked);
        }
        assert!(missing.iter().all(|key| asked.contains(key)));
        for key in missing {
            slice.load(key.clone(), whole.get(&key));
        }
    }
    panic!("a slice never becomes complete");
}

/// Every key that is provided before or after a change.
fn touched(directory: &Directory, change: &Change) -> BTreeSet<Key> {
    let pin = |pin: &Pin| pin.key().into_iter().collect();
    let (id, new) = match change {
        Change::Contact(contact) => (Key::Contact(contact.id.clone()), contact.keys()),
        Change::Account(account) => (Key::Account(account.id.clone()), account.keys()),
        Change::Link(link) => return link.keys(),
        Change::NoLink(contact, account) => return Link::new(contact.clone(), account.clone()).keys(),
        Change::NoContact(id) => (Key::Contact(id.clone()), BTreeSet::new()),
        Change::NoAccount(id) => (Key::Account(id.clone()), BTreeSet::new()),
        Change::Pin(new) => return pin(new),
        Change::NoPin(subject) => return pin(&Pin::nobody(subject)),
    };
    let old = directory.get(&id);
    let contacts = old.contacts.iter().flat_map(|one| one.keys());
    contacts.chain(old.accounts.iter().flat_map(|one| one.keys())).chain(new).chain([id]).collect()
}

fn apply(directory: &mut Directory, change: Change) {
    match change {
        Change::Contact(contact) => directory.upsert_contact(contact),
        Change::Account(account) => directory.upsert_account(account),
        Change::Link(link) => directory.upsert_link(link),
        Change::Pin(pin) => directory.upsert_pin(pin),
        Change::NoContact(id) => drop(directory.remove_contact(&id)),
        Change::NoAccount(id) => drop(directory.remove_account(&id)),
        Change::NoLink(contact, account) => drop(directory.remove_link(&contact, &account)),
        Change::NoPin(subject) => drop(directory.remove_pin(&subject)),
    }
}

/// Both change alike.
fn apply_to_both(world: &mut World, directory: &mut Directory, changes: Vec<Change>) {
    for change in changes {
        world.apply(change.clone());
        apply(directory, change);
    }
}

/// The records of a world, one by one.
fn records(world: &World) -> Vec<Change> {
    let World { contacts, accounts, links, pins } = world.clone();
    let all = contacts.into_iter().map(Change::Contact).chain(accounts.into_iter().map(Change::Account));
    all.chain(links.into_iter().map(Change::Link)).chain(pins.into_iter().map(Change::Pin)).collect()
}

fn agrees_with_the_naive_matcher(
    world: &World,
    directory: &Directory,
    guests: &[Guest],
) -> Result<(), TestCaseError> {
    for (guest, found) in guests.iter().zip(resolve(directory, guests)) {
        prop_assert_eq!(
            naive::Answer::from(&found),
            naive::resolve(world, guest),
            "{:?} of {:?}",
            found,
            guest
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn answers_equal_those_of_the_naive_matcher(world in naive::world(), guests in naive::guests(8)) {
        agrees_with_the_naive_matcher(&world, &world.directory(), &guests)?;
    }
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn after_any_history_answers_are_those_of_a_fresh_build(
        mut world in naive::world(),
        changes in naive::changes(60),
        guests in naive::guests(6),
    ) {
        let mut directory = world.directory();
        let mut keys = BTreeSet::new();
        for change in changes {
            keys.extend(touched(&directory, &change));
            apply_to_both(&mut world, &mut directory, vec![change]);
        }
        agrees_with_the_naive_matcher(&world, &directory, &guests)?;
        let fresh = world.directory();
        prop_assert_eq!(json(&resolve(&directory, &guests)), json(&resolve(&fresh, &guests)));
        prop_assert_eq!(directory.len(), fresh.len());
        let hosts = |directory: &Directory| -> BTreeSet<(String, u32)> {
            directory.hosts().map(|(host, addresses)| (host.to_owned(), addresses)).collect()
        };
        prop_assert_eq!(hosts(&directory), hosts(&fresh));
        for key in keys {
            prop_assert_eq!(directory.get(&key), fresh.get(&key), "{}", key);
        }
    }

    #[test]
    fn the_order_of_records_decides_nothing(
        (world, shuffled) in naive::world().prop_flat_map(|world| {
            let records = records(&world);
            (Just(world), Just(records).prop_shuffle())
        }),
        guests in naive::guests(6),
    ) {
        let mut directory = Directory::new();
        shuffled.into_iter().for_each(|change| apply(&mut directory, change));
        let expected = json(&resolve(&world.directory(), &guests));
        prop_assert_eq!(json(&resolve(&directory, &guests)), expected);
    }

    #[test]
    fn what_came_and_went_leaves_nothing_behind(
        world in naive::world(),
        before in naive::changes(20),
        guests in naive::guests(4),
    ) {
        let mut directory = Directory::new();
        let mut passing = World::default();
        apply_to_both(&mut passing, &mut directory, before);
        for gone in records(&passing) {
            apply(&mut directory, match gone {
                Change::Contact(contact) => Change::NoContact(contact.id),
                Change::Account(account) => Change::NoAccount(account.id),
                Change::Link(link) => Change::NoLink(link.contact, link.account),
                Change::Pin(pin) => Change::NoPin(pin.subject),
                other => other,
            });
        }
        prop_assert!(directory.is_empty() && directory.hosts().next().is_none());
        prop_assert!(directory.contacts().next().is_none() && directory.accounts().next().is_none());
        records(&world).into_iter().for_each(|change| apply(&mut directory, change));
        prop_assert_eq!(json(&resolve(&directory, &guests)), json(&resolve(&world.directory(), &guests)));
    }

    #[test]
    fn a_clone_stands_still_while_the_original_goes_on(
        mut world in naive::world(),
        rounds in prop::collection::vec(naive::changes(12), 1..4),
        guests in naive::guests(4),
    ) {
        let mut directory = world.directory();
        let mut snapshots = vec![];
        for changes in rounds {
            snapshots.push((directory.clone(), directory.snapshot(), json(&resolve(&directory, &guests))));
            apply_to_both(&mut world, &mut directory, changes);
            prop_assert_eq!(json(&resolve(&directory, &guests)), json(&resolve(&world.directory(), &guests)));
        }
        for (clone, snapshot, expected) in &mut snapshots {
            prop_assert_eq!(clone.snapshot(), *snapshot);
            prop_assert_eq!(&json(&resolve(clone, &guests)), expected);
            // Nor does a change of the clone reach the original.
            clone.upsert_account(acquaint_matcher::Account::new("a0").domain("acme.com"));
        }
        prop_assert_eq!(json(&resolve(&directory, &guests)), json(&resolve(&world.directory(), &guests)));
    }

    #[test]
    fn a_slice_answers_like_the_whole(
        matcher in some_strategies(),
        world in naive::world(),
        guests in naive::guests(4),
    ) {
        let (directory, attendees) = (world.directory(), attendees(&guests));
        let lookup = directory.lookup();
        let expected = matcher.resolve(&attendees, &lookup);
        let (found, asked) = through_a_slice(&matcher, &directory, &attendees);
        prop_assert_eq!(json(&found), json(&expected));
        prop_assert_eq!(asked, lookup.asked());
        prop_assert!(lookup.missing().is_empty());
    }

    #[test]
    fn a_change_that_touches_no_recorded_key_changes_no_answer(
        matcher in some_strategies(),
        world in naive::world(),
        guest in naive::guest(),
        changes in naive::changes(24),
    ) {
        let (mut directory, attendees) = (world.directory(), [guest.attendee()]);
        let lookup = directory.lookup();
        let before = matcher.resolve(&attendees, &lookup);
        let asked: BTreeSet<Key> = lookup.asked().into_iter().collect();
        for change in changes {
            if touched(&directory, &change).is_disjoint(&asked) {
                apply(&mut directory, change);
            }
        }
        prop_assert_eq!(json(&before), json(&matcher.resolve(&attendees, &directory.lookup())));
    }

    #[test]
    fn evidence_speaks_only_of_what_was_asked(world in naive::world(), guests in naive::guests(4)) {
        let (directory, attendees, matcher) = (world.directory(), attendees(&guests), matcher());
        let lookup = directory.lookup();
        let found = matcher.resolve(&attendees, &lookup);
        let asked: BTreeSet<Key> = lookup.asked().into_iter().collect();
        let told: BTreeSet<Key> =
            found.iter().flat_map(|one| &one.evidence).flat_map(|one| one.asked.clone()).collect();
        prop_assert_eq!(&told, &asked);
        for why in found.iter().flat_map(|one| &one.evidence) {
            prop_assert!(why.candidates.iter().all(|one| one.matched.as_ref().is_some_and(|key| why.asked.contains(key))), "{:?}", why);
            // A domain on a list is a reason without being asked for.
            let found = why.verdict == Verdict::Found;
            prop_assert!(!found || why.asked.contains(why.matched.as_ref().unwrap()), "{:?}", why);
            prop_assert_eq!(why.asked.iter().collect::<BTreeSet<_>>().len(), why.asked.len());
        }
    }

    #[test]
    fn a_resolution_survives_its_json(world in naive::world(), guests in naive::guests(2)) {
        let found = resolve(&world.directory(), &guests);
        prop_assert_eq!(serde_json::from_str::<Vec<Resolution>>(&json(&found)).unwrap(), found);
    }

    #[test]
    fn a_batch_answers_like_one_after_the_other(
        world in naive::world(),
        guests in prop::collection::vec(naive::guest(), 1..70),
    ) {
        let (directory, matcher) = (world.directory(), matcher());
        let single: Vec<Resolution> =
            guests.iter().flat_map(|guest| resolve(&directory, std::slice::from_ref(guest))).collect();
        let mut batch = Attendees::new();
        guests.iter().for_each(|guest| batch.push_as(&guest.text, guest.name.as_deref(), guest.kind));
        let lookup = directory.lookup();
        let answers = matcher.answer(batch.iter(), &lookup);
        let found: Vec<Resolution> = answers.iter().map(Answered::to_resolution).collect();
        prop_assert_eq!(json(&found), json(&single));
        prop_assert_eq!(answers.len(), guests.len());
        for (at, found) in found.iter().enumerate() {
            let short = answers.get(at).unwrap();
            prop_assert_eq!(short.contact().map(|one| RecordId::from(one.id())), found.contact.clone());
            prop_assert_eq!(short.account().map(|one| RecordId::from(one.id())), found.account.clone());
            let by = (short.contact_by().map(str::to_owned), short.account_by().map(str::to_owned));
            prop_assert_eq!(by, (found.contact_by.clone(), found.account_by.clone()));
            let score = (short.contact_score(), short.account_score());
            prop_assert_eq!(score, (found.contact_score, found.account_score));
            prop_assert_eq!((short.class(), short.ambiguous()), (found.class, found.ambiguous));
        }
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn four_threads_get_the_same_answers(world in naive::world(), guests in naive::guests(40)) {
        let directory = Arc::new(world.directory());
        let expected = json(&resolve(&directory, &guests));
        let answers: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let (directory, guests) = (Arc::clone(&directory), &guests);
                    scope.spawn(move || json(&resolve(&directory, guests)))
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        prop_assert!(answers.iter().all(|answer| *answer == expected));
    }
}

/// A lookup may be reused, and its answers do not depend on what was asked before.
#[test]
fn a_lookup_only_grows() {
    let directory = Directory::build([], [acquaint_matcher::Account::new("a").domain("acme.com")], []);
    let (matcher, lookup) = (matcher(), directory.lookup());
    let guest = [Attendee::new("x@acme.com")];
    let first = matcher.resolve(&guest, &lookup);
    let asked = Lookup::asked(&lookup);
    assert_eq!(matcher.resolve(&guest, &lookup), first);
    assert_eq!(lookup.asked(), asked);
}

/// What the naive matcher never meets it proves nothing about.
#[test]
#[rustfmt::skip]
fn the_generated_worlds_meet_everything() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut met = BTreeSet::new();
    for _world in 0..12000 {
        let tree = (naive::world(), naive::guests(8)).new_tree(&mut runner).unwrap();
        let (world, guests) = tree.current();
        for guest in &guests {
            let answer = naive::resolve(&world, guest);
            // External at first sight, and ours by what the CRM says.
            met.extend((naive::class(guest) != answer.class).then(|| "ours".to_owned()));
            met.insert(answer.class);
            for half in answer.contact.into_iter().chain(answer.account) {
                met.insert(if half.tie { half.ground.clone() + " tie" } else { half.ground.clone() });
                met.extend(half.weighed.iter().map(|one| format!("{} {}", half.by, one.1)));
            }
        }
    }
    for expected in [
        "ours", "internal", "external", "role", "group", "resource", "robot",
        "Pinned", "pinned Unknown", "pinned MergedAway", "pinned MergeLoop",
        "PrimaryAddress tie", "OtherAddress tie", "RelaxedAddress tie", "email LargerId", "email Younger",
        "email Additional", "email Archived", "email MergedAway", "email MergeLoop",
        "Link tie", "ConfirmedLink tie", "ContradictedLink tie", "contact_account Unknown",
        "contact_account OwnCompany", "contact_account Archived", "contact_account Child",
        "Host tie", "HostAbove tie", "FreeMailHost", "domain OwnCompany", "domain OtherName", "domain Child",
        "domain Additional", "domain FewerContacts", "domain Younger", "domain LargerId", "domain Archived",
        "domain MergedAway", "domain MergeLoop",
        "ParentAccount", "OnlyChild",
        "FullName tie", "Nickname tie", "name OtherAccount", "name Archived", "name Younger", "name LargerId",
    ] {
        assert!(met.contains(expected), "{expected} is not among {met:#?}");
    }
}
