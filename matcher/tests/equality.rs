//! The same answers, however they are come by.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;

use std::collections::BTreeSet;

use acquaint_matcher::{Attendee, Directory, Key, Link, Matcher, Resolution, Slice};
use naive::Change;
use proptest::prelude::*;

fn matcher() -> Matcher {
    Matcher::default().with_classifier(naive::classifier())
}

fn attendees(texts: &[String]) -> Vec<Attendee> {
    texts.iter().map(|text| Attendee::new(text)).collect()
}

fn through_a_slice(whole: &Directory, attendees: &[Attendee]) -> (Vec<Resolution>, Vec<Key>) {
    let (matcher, mut slice) = (matcher(), Slice::new());
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

fn keys_before_and_after(directory: &Directory, change: &Change) -> BTreeSet<Key> {
    let (id, new) = match change {
        Change::Contact(contact) => (Key::Contact(contact.id.clone()), contact.keys()),
        Change::Account(account) => (Key::Account(account.id.clone()), account.keys()),
        Change::Link(link) => return link.keys(),
        Change::NoLink(n, m) => return Link::new(format!("c{n}"), format!("a{m}")).keys(),
        Change::NoContact(n) => (Key::Contact(format!("c{n}").into()), BTreeSet::new()),
        Change::NoAccount(n) => (Key::Account(format!("a{n}").into()), BTreeSet::new()),
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
        Change::NoLink(n, m) => {
            directory.remove_link(&format!("c{n}").into(), &format!("a{m}").into());
        }
        Change::NoContact(n) => {
            directory.remove_contact(&format!("c{n}").into());
        }
        Change::NoAccount(n) => {
            directory.remove_account(&format!("a{n}").into());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn answers_equal_those_of_the_naive_matcher(world in naive::world(), texts in prop::collection::vec(naive::email(), 6)) {
        let directory = world.directory();
        let found = matcher().resolve(&attendees(&texts), &directory.lookup());
        for (text, found) in texts.iter().zip(found) {
            let class = serde_json::to_value(found.class).unwrap();
            let got = naive::Answer {
                class: ["internal", "external", "role", "robot"].into_iter().find(|name| class == *name).unwrap(),
                by: (
                    found.contact_by.as_deref().map(|by| if by == "email" { "email" } else { "?" }),
                    found.account_by.as_deref().map(|by| if by == "domain" { "domain" } else if by == "contact_account" { "contact_account" } else { "?" }),
                ),
                ambiguous: found.ambiguous,
                contact: found.contact,
                account: found.account,
            };
            prop_assert_eq!(got, naive::resolve(&world, text), "{}", text);
        }
    }

    #[test]
    fn a_slice_answers_like_the_whole(world in naive::world(), texts in prop::collection::vec(naive::email(), 4)) {
        let (directory, attendees) = (world.directory(), attendees(&texts));
        let (matcher, lookup) = (matcher(), directory.lookup());
        let expected = matcher.resolve(&attendees, &lookup);
        let (found, asked) = through_a_slice(&directory, &attendees);
        prop_assert_eq!(serde_json::to_string(&found).unwrap(), serde_json::to_string(&expected).unwrap());
        prop_assert_eq!(asked, lookup.asked());
        prop_assert!(lookup.missing().is_empty());
    }

    #[test]
    fn the_order_of_records_decides_nothing(
        world in naive::world(),
        turns in 0..7_usize,
        before in prop::collection::vec(naive::change(), 0..6),
        texts in prop::collection::vec(naive::email(), 4),
    ) {
        let attendees = attendees(&texts);
        let expected = matcher().resolve(&attendees, &world.directory().lookup());
        // The same records in another order, in the place of others that were there before.
        let mut directory = Directory::new();
        before.into_iter().for_each(|change| apply(&mut directory, change));
        for (n, m) in (0..8).flat_map(|n| (0..8).map(move |m| (n, m))) {
            apply(&mut directory, Change::NoLink(n, m));
        }
        apply(&mut directory, Change::NoContact(7));
        apply(&mut directory, Change::NoAccount(7));
        let mut shuffled = world.clone();
        shuffled.contacts.reverse();
        shuffled.contacts.rotate_left(turns);
        shuffled.accounts.reverse();
        shuffled.accounts.rotate_left(turns);
        shuffled.links.reverse();
        shuffled.links.into_iter().for_each(|link| directory.upsert_link(link));
        shuffled.accounts.into_iter().for_each(|account| directory.upsert_account(account));
        shuffled.contacts.into_iter().for_each(|contact| directory.upsert_contact(contact));
        let found = matcher().resolve(&attendees, &directory.lookup());
        prop_assert_eq!(serde_json::to_string(&found).unwrap(), serde_json::to_string(&expected).unwrap());
    }

    #[test]
    fn a_change_that_touches_no_recorded_key_changes_no_answer(
        world in naive::world(),
        text in naive::email(),
        changes in prop::collection::vec(naive::change(), 12),
    ) {
        let (mut directory, attendees) = (world.directory(), attendees(&[text]));
        let (matcher, lookup) = (matcher(), directory.lookup());
        let before = matcher.resolve(&attendees, &lookup);
        let asked: BTreeSet<Key> = lookup.asked().into_iter().collect();
        for change in changes {
            if keys_before_and_after(&directory, &change).is_disjoint(&asked) {
                apply(&mut directory, change);
            }
        }
        let after = matcher.resolve(&attendees, &directory.lookup());
        prop_assert_eq!(before, after);
    }

    #[test]
    fn a_resolution_survives_its_json(world in naive::world(), text in naive::email()) {
        let found = matcher().resolve(&attendees(&[text]), &world.directory().lookup());
        let json = serde_json::to_string(&found).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Resolution>>(&json).unwrap(), found);
    }
}
