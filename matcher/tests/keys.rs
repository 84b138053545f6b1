//! Which keys each strategy asks for, alone, so that none can lean on what another has asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use acquaint_matcher::{
    Account, Attendee, Classifier, Contact, Directory, Internal, Key, Link, Lists, Matcher, Pin,
};

/// What the strategies with these names ask for, in the order of the first question.
fn asked(names: &[&str], directory: &Directory, attendee: Attendee) -> Vec<String> {
    let us = Classifier::new(Internal::new().domain("us.example"), Lists::shipped());
    let matcher = Matcher::from_names(names).unwrap().with_classifier(us);
    let (lookup, attendees) = (directory.lookup(), [attendee]);
    let found = matcher.resolve(&attendees, &lookup).remove(0);
    let last = found.evidence.last().unwrap();
    assert_eq!(last.strategy, *names.last().unwrap());
    assert!(last.asked.iter().all(|key| lookup.asked().contains(key)));
    last.asked.iter().map(Key::to_string).collect()
}

fn child(id: &str, parent: &str) -> Account {
    let mut account = Account::new(id);
    account.parent = Some(parent.into());
    account
}

fn closed(mut account: Account) -> Account {
    account.archived = true;
    account
}

#[test]
fn pins_are_asked_for_all_the_way_up_whether_there_are_any_or_not() {
    let all =
        ["email:a@eu.mail.acme.com", "domain:eu.mail.acme.com", "domain:mail.acme.com", "domain:acme.com"];
    let guest = || Attendee::new("A@EU.mail.acme.com");
    let mut directory = Directory::new();
    assert_eq!(asked(&["pinned"], &directory, guest()), all);
    directory.upsert_pin(Pin::nobody("other.com"));
    assert_eq!(asked(&["pinned"], &directory, guest()), all);
    directory.upsert_pin(Pin::account("mail.acme.com", "gone"));
    assert_eq!(asked(&["pinned"], &directory, guest()), [&all[..3], &["account:gone"]].concat());
    let mut pin = Pin::contact("a@eu.mail.acme.com", "c");
    pin.account = Some("a".into());
    directory.upsert_pin(pin);
    // Both are gone, so that the domain's pin counts.
    let further = [&all[..1], &["contact:c", "account:a"], &all[1..3], &["account:gone"]].concat();
    assert_eq!(asked(&["pinned"], &directory, guest()), further);
    directory.upsert_contact(Contact::new("c"));
    assert_eq!(asked(&["pinned"], &directory, guest()), further);
    directory.upsert_account(Account::new("a"));
    assert_eq!(asked(&["pinned"], &directory, guest()), further[..3]);
    directory.upsert_pin(Pin::nobody("a@eu.mail.acme.com"));
    assert_eq!(asked(&["pinned"], &directory, guest()), all[..1]);
}

#[test]
fn an_address_is_asked_for_strictly_and_then_by_its_mailbox() {
    let mut merged = Contact::new("merged").email("jd@gmail.com");
    merged.merged_into = Some("gone".into());
    let directory = Directory::build([merged], [], []);
    let email = |text: &str| asked(&["email"], &directory, Attendee::new(text));
    assert_eq!(email("a@acme.com"), ["email:a@acme.com"]);
    assert_eq!(
        email("j.d+x@googlemail.com"),
        ["email:j.d+x@googlemail.com", "relaxed:jd@gmail.com", "contact:merged", "contact:gone"]
    );
    // One that leads nowhere keeps the mailbox from nobody.
    assert_eq!(
        email("jd@gmail.com"),
        ["email:jd@gmail.com", "contact:merged", "contact:gone", "relaxed:jd@gmail.com"]
    );
    let directory = Directory::build([Contact::new("live").email("jd@gmail.com")], [], []);
    assert_eq!(
        asked(&["email"], &directory, Attendee::new("jd@gmail.com")),
        ["email:jd@gmail.com", "contact:live"]
    );
}

#[test]
fn a_link_is_asked_for_with_all_above_it_and_the_host() {
    let directory = Directory::build(
        [Contact::new("c").email("c@eu.acme.com")],
        [child("a", "b"), child("b", "gone"), Account::new("owner").domain("acme.com")],
        [Link::new("c", "a"), Link::new("c", "nowhere")],
    );
    let found = asked(&["email", "contact_account"], &directory, Attendee::new("c@eu.acme.com"));
    let expected = [
        "accounts_of:c",
        "account:a",
        "account:nowhere",
        // Is it ours?
        "account:b",
        "account:gone",
        // Whose host is it?
        "domain:eu.acme.com",
        "domain:acme.com",
        "account:owner",
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_owner_and_a_closed_account_are_asked_for_through_merges() {
    let merged = |into: &str| {
        let mut account = Account::new("duplicate").domain("acme.com");
        account.merged_into = Some(into.into());
        account
    };
    let directory = Directory::build(
        [Contact::new("c").email("c@acme.com")],
        [Account::new("a"), merged("owner"), Account::new("owner")],
        [Link::new("c", "a")],
    );
    assert_eq!(
        asked(&["email", "contact_account"], &directory, Attendee::new("c@acme.com")),
        ["accounts_of:c", "account:a", "domain:acme.com", "account:duplicate", "account:owner"]
    );
    let directory = Directory::build([], [merged("old"), closed(child("old", "buyer"))], []);
    assert_eq!(
        asked(&["parent_domain"], &directory, Attendee::new("a@acme.com")),
        ["domain:acme.com", "account:duplicate", "account:old", "account:buyer", "children_of:old"]
    );
}

#[test]
fn all_nicknames_are_asked_for_unless_somebody_has_the_very_name() {
    let named = |name: &str| {
        let mut contact = Contact::new("c");
        contact.name = Some(name.into());
        let acme = Account::new("acme").domain("acme.com");
        Directory::build([contact], [acme], [Link::new("c", "acme")])
    };
    let all = [
        "name:bob smith",
        "name:bert smith",
        "name:bobby smith",
        "name:rob smith",
        "name:robert smith",
        "name:bob smitty",
    ];
    let somebody = ["contact:c", "accounts_of:c", "account:acme"];
    let rob = [&all[..4], &somebody, &all[4..]].concat();
    let robert = [&all[..5], &somebody, &all[5..]].concat();
    let bob = [&all[..1], &somebody].concat();
    for (name, expected) in [("Bob Smith", bob), ("Rob Smith", rob), ("Robert Smith", robert)] {
        let guest = Attendee::new("Bob Smith <b@acme.com>");
        assert_eq!(asked(&["domain", "name"], &named(name), guest), expected, "{name}");
    }
    let guest = Attendee::new("b@acme.com").named("Bob Smith");
    assert_eq!(asked(&["domain", "name"], &named("Jane Doe"), guest), all);
}

#[test]
fn a_host_is_asked_for_up_to_the_first_account_in_use() {
    let directory = Directory::build(
        [],
        [
            closed(Account::new("closed").domain("x.mail.acme.com")),
            Account::new("live").domain("mail.acme.com"),
            Account::new("whole").domain("acme.com"),
        ],
        [],
    );
    assert_eq!(
        asked(&["domain"], &directory, Attendee::new("a@x.mail.acme.com")),
        ["domain:x.mail.acme.com", "account:closed", "domain:mail.acme.com", "account:live"]
    );
    assert_eq!(asked(&["domain"], &directory, Attendee::new("a@ch.abb")), ["domain:ch.abb", "domain:abb"]);
    assert_eq!(asked(&["domain"], &directory, Attendee::new("a@acme.com.cy")), ["domain:acme.com.cy"]);
    if cfg!(feature = "disposable") {
        assert_eq!(asked(&["domain"], &directory, Attendee::new("a@mailinator.com")), [""; 0]);
    }
}

#[test]
fn a_closed_account_is_asked_for_what_is_above_and_then_for_what_is_below() {
    let mut below = child("below", "old");
    below.domains = vec!["other.example".into()];
    let mut old = closed(child("old", "gone"));
    old.domains = vec!["acme.com".into()];
    let directory = Directory::build([], [old.clone(), below], []);
    let asked_for = |directory: &Directory| asked(&["parent_domain"], directory, Attendee::new("a@acme.com"));
    assert_eq!(
        asked_for(&directory),
        ["domain:acme.com", "account:old", "account:gone", "children_of:old", "account:below"]
    );
    old.parent = Some("buyer".into());
    let directory = Directory::build([], [old, Account::new("buyer"), child("below", "old")], []);
    assert_eq!(asked_for(&directory), ["domain:acme.com", "account:old", "account:buyer"]);
}

#[test]
fn a_name_is_asked_for_with_the_links_of_all_who_have_it() {
    let named = |id: &str| {
        let mut contact = Contact::new(id);
        contact.name = Some("Jane Doe".into());
        contact
    };
    let directory = Directory::build(
        [named("a"), named("b")],
        [Account::new("acme").domain("acme.com")],
        [Link::new("a", "elsewhere"), Link::new("b", "acme")],
    );
    let guest = Attendee::new("jd@acme.com").named("Doe, Jane");
    assert_eq!(
        asked(&["domain", "name"], &directory, guest),
        [
            "name:doe jane",
            "contact:a",
            "contact:b",
            "accounts_of:a",
            "account:elsewhere",
            "accounts_of:b",
            "account:acme"
        ]
    );
}
