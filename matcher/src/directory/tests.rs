#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

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
