#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::record::{Account, Contact};

fn ids(directory: &Directory, key: &str) -> Vec<String> {
    let records = directory.get(&key.parse().unwrap());
    let contacts = records.contacts.iter().map(|contact| contact.id.to_string());
    contacts.chain(records.accounts.iter().map(|account| account.id.to_string())).collect()
}

#[test]
fn an_upsert_replaces_every_key_of_the_old_record() {
    let mut directory = Directory::new();
    directory.upsert_contact(Contact::new("c").email("Old@X.com"));
    directory.upsert_contact(Contact::new("c").email("new@x.com"));
    assert_eq!(ids(&directory, "email:old@x.com"), [""; 0]);
    assert_eq!(ids(&directory, "email:new@x.com"), ["c"]);
    directory.upsert_account(Account::new("a").domain("global.abb"));
    directory.upsert_account(Account::new("a").domain("acme.com"));
    assert_eq!(ids(&directory, "domain:abb"), [""; 0]);
    assert_eq!(ids(&directory, "domain:acme.com"), ["a"]);
    assert_eq!(directory.len(), (1, 1, 0));
}

#[test]
fn a_removed_record_leaves_nothing_behind() {
    let mut directory = Directory::build(
        [Contact::new("c").email("jane@x.com")],
        [Account::new("a").domain("x.com")],
        [Link::new("c", "a"), Link::new("c", "a").primary()],
    );
    assert_eq!(directory.len(), (1, 1, 1));
    let before = directory.snapshot();
    assert!(directory.remove_contact(&"c".into()) && !directory.remove_contact(&"c".into()));
    assert!(directory.remove_account(&"a".into()) && !directory.remove_account(&"a".into()));
    assert!(
        directory.remove_link(&"c".into(), &"a".into()) && !directory.remove_link(&"c".into(), &"a".into())
    );
    let left = [&directory.contacts.rows, &directory.accounts.rows, &directory.hosts.table().rows];
    assert!(directory.is_empty() && left.iter().all(|rows| rows.numbers().count() == 0));
    assert_eq!(directory.snapshot(), before + 3);
}

#[test]
fn answers_are_sorted() {
    let ten = (0..10).rev().map(|n| Account::new(format!("a{n}")).domain("x.com"));
    let directory = Directory::build([], ten, []);
    let found = ids(&directory, "domain:x.com");
    assert!(found.is_sorted() && found.len() == 10);
}

fn contact() -> impl Strategy<Value = Contact> {
    let email = "[ab](\\+x)?@(x\\.com|gmail\\.com|y\\.net|n)";
    let name = prop::option::of("(Jane|Dr\\. Bo) (Doe|M. Li)|Jane");
    (0..80_u8, prop::collection::vec(email, 0..4), name, any::<bool>(), prop::option::of(0..4_u8)).prop_map(
        |(id, emails, name, archived, merged)| Contact {
            emails,
            name,
            archived,
            merged_into: merged.map(|id| format!("c{id}").into()),
            created: merged.map(i64::from),
            ..Contact::new(format!("c{id}"))
        },
    )
}

fn account() -> impl Strategy<Value = Account> {
    let domain = "x\\.com|global\\.abb|ch\\.abb|y\\.net|n";
    let id = || prop::option::of(0..6_u8);
    (0..6_u8, prop::collection::vec(domain, 0..4), id(), id()).prop_map(|(id, domains, parent, merged)| {
        Account {
            domains,
            parent: parent.map(|id| format!("a{id}").into()),
            merged_into: merged.map(|id| format!("a{id}").into()),
            ..Account::new(format!("a{id}"))
        }
    })
}

fn link() -> impl Strategy<Value = Link> {
    (0..90_u8, 0..8_u8, any::<bool>()).prop_map(|(contact, account, primary)| Link {
        primary,
        ..Link::new(format!("c{contact}"), format!("a{account}"))
    })
}

/// Everything that a directory says.
fn all(directory: &Directory) -> impl PartialEq + std::fmt::Debug + use<> {
    let contacts: BTreeMap<_, _> =
        directory.contacts().map(|one| (one.id().to_owned(), one.to_contact())).collect();
    let accounts: BTreeMap<_, _> =
        directory.accounts().map(|one| (one.id().to_owned(), one.to_account())).collect();
    let keys = contacts.values().flat_map(Contact::keys).chain(accounts.values().flat_map(Account::keys));
    let ids = (0..100).map(|id| Key::AccountsOf(format!("c{id}").into()));
    let keys: BTreeSet<Key> = keys.chain(ids).collect();
    let mut found: Vec<_> = keys.into_iter().map(|key| (directory.get(&key), key)).collect();
    let counted = (0..8).filter_map(|id| {
        let number = directory.accounts.find(hash(&directory.seed, &format!("a{id}")), &format!("a{id}"))?;
        Some((id, AccountRow::read(directory.accounts.rows.get(number)).links()))
    });
    let counted: Vec<_> = counted.collect();
    let hosts: BTreeSet<_> = directory.hosts().map(|(host, count)| (host.to_owned(), count)).collect();
    found.sort_by(|one, other| one.1.cmp(&other.1));
    (contacts, accounts, found, counted, hosts, directory.len(), directory.snapshot())
}

proptest! {
    #[test]
    fn a_build_is_what_one_change_after_the_other_makes(
        contacts in prop::collection::vec(contact(), 0..200),
        accounts in prop::collection::vec(account(), 0..12),
        links in prop::collection::vec(link(), 0..150),
        more in prop::collection::vec((contact(), account(), link(), 0..6_u8), 0..40),
    ) {
        let mut built = Directory::build(contacts.clone(), accounts.clone(), links.clone());
        let mut grown = Directory::new();
        accounts.into_iter().for_each(|account| grown.upsert_account(account));
        contacts.into_iter().for_each(|contact| grown.upsert_contact(contact));
        links.into_iter().for_each(|link| grown.upsert_link(link));
        prop_assert_eq!(all(&built), all(&grown));
        let before = (built.clone(), all(&built));
        for (contact, account, link, what) in more {
            for directory in [&mut built, &mut grown] {
                match what {
                    0 => directory.upsert_contact(contact.clone()),
                    1 => directory.upsert_account(account.clone()),
                    2 => directory.upsert_link(link.clone()),
                    3 => drop(directory.remove_contact(&contact.id)),
                    4 => drop(directory.remove_account(&account.id)),
                    _ => drop(directory.remove_link(&link.contact, &link.account)),
                }
            }
        }
        prop_assert_eq!(all(&built), all(&grown));
        prop_assert!(all(&before.0) == before.1);
    }
}

/// Two different hosts of one length for which `hash` gives the same.
fn collision(hash: impl Fn(&str) -> u32) -> (String, String) {
    let mut seen = std::collections::HashMap::new();
    let mut hosts = (0..2_000_000).map(|n| format!("h{n:07}.com"));
    hosts.find_map(|host| Some((seen.insert(hash(&host), host.clone())?, host))).unwrap()
}

#[test]
fn equal_hashes_are_told_apart_by_their_texts() {
    let mut directory = Directory::new();
    let (one, other) = collision(|host| directory.hashes("jane", host).email);
    directory.upsert_account(Account::new("a1").domain(&one));
    directory.upsert_contact(Contact::new("c1").email(format!("jane@{one}")));
    directory.upsert_link(Link::new("c1", "a1"));
    let (near, far) = collision(|host| narrow(directory.hashes("jane", host).host));
    directory.upsert_account(Account::new("a2").domain(&near));
    let found = |address: String| {
        let (look, matcher) = (directory.lookup(), crate::Matcher::default());
        let attendee = crate::Attendee::new(&address);
        // The short way, which a resolution to keep does not take.
        let answers = matcher.answer([&attendee], &look);
        let found = answers.get(0).unwrap();
        (found.contact().map(|one| one.id().to_owned()), found.account().map(|one| one.id().to_owned()))
    };
    let named = |id: &str| Some(id.to_owned());
    assert_eq!(found(format!("jane@{one}")), (named("c1"), named("a1")));
    assert_eq!(found(format!("jane@{other}")), (None, None));
    assert_eq!(found(format!("new@{near}")), (None, named("a2")));
    assert_eq!(found(format!("new@{far}")), (None, None));
}
