//! Texts made to be long, strange or both.

use acquaint_matcher::{
    Account, Address, Attendee, Class, Contact, Directory, Key, Link, Matcher, Pin, Resolution,
};
use acquaint_matcher::{domain, full_name, relaxed};

const STRANGE: [&str; 24] = [
    "\0",
    "jane\0@acme.com",
    "ja\0ne@ac\0me.com",
    "\u{301}@acme.com",
    "jane\u{301}@acme.com",
    "jane@acme\u{301}.com",
    "jаne@acme.com",
    "jane@аcme.com",
    "джейн@пример.рф",
    "جين@مثال.إختبار",
    "ジェーン@例え.テスト",
    "😀@😀.example",
    "\u{202e}moc.emca@enaj",
    "\u{200b}jane@acme.com\u{200b}",
    "jane@ａｃｍｅ．ｃｏｍ",
    "JANE@ACME。COM",
    "İ@İstanbul.example",
    "ſ@ſ.example",
    "ß@ß.example",
    "ﬁ@ﬁ.example",
    "a\u{5d0}@a\u{5d0}.example",
    "jane@xn--zzzzzzzzzzz.example",
    "\u{feff}jane@acme.com",
    "a@b@c@acme.com",
];

fn resolve(directory: &Directory, attendee: Attendee) -> Resolution {
    Matcher::default().resolve(&[attendee], &directory.lookup()).remove(0)
}

/// A text that fills every field of every record at once.
fn everything(text: &str) -> Directory {
    let mut contact = Contact::new(text).email(text).email(format!("{text}@gmail.com"));
    (contact.name, contact.merged_into) = (Some(text.into()), Some(text.into()));
    let mut account = Account::new(text).domain(text).domain(format!("{text}.com"));
    (account.name, account.parent, account.merged_into) =
        (Some(text.into()), Some(text.into()), Some(text.into()));
    let mut directory = Directory::build([contact], [account], [Link::new(text, text).primary()]);
    directory.upsert_pin(Pin::account(text, text));
    directory
}

#[test]
fn no_text_is_too_strange_for_any_field() {
    for text in STRANGE.into_iter().chain(["", " ", "x"]) {
        let directory = everything(text);
        for guest in [
            text.to_owned(),
            format!("{text}@acme.com"),
            format!("jane@{text}"),
            format!("jane@x.{text}.com"),
        ] {
            let found = resolve(&directory, Attendee::new(&guest).named(text));
            let json = serde_json::to_string(&found).unwrap();
            assert_eq!(serde_json::from_str::<Resolution>(&json).unwrap(), found, "{guest:?}");
        }
        for key in [
            Key::Contact(text.into()),
            Key::Account(text.into()),
            Key::AccountsOf(text.into()),
            Key::ChildrenOf(text.into()),
        ] {
            let records = directory.get(&key);
            assert_eq!(records.contacts.len() + records.accounts.len() + records.links.len(), 1, "{key:?}");
        }
    }
}

#[test]
fn what_is_stored_is_found_again_whatever_its_script() {
    for text in STRANGE {
        let Ok(address) = Address::parse(text) else { continue };
        let directory =
            Directory::build([Contact::new("c").email(text)], [Account::new("a").domain(address.host())], []);
        for spelling in [text, address.as_str()] {
            let found = resolve(&directory, Attendee::new(spelling));
            if found.class == Class::External {
                assert_eq!(found.contact, Some("c".into()), "{spelling:?}");
                assert_eq!(found.account.is_some(), address.host().contains('.'), "{spelling:?}");
            }
        }
        assert!(
            address.host().is_ascii() && !address.as_str().contains(['\0', '\u{200b}', '\u{202e}']),
            "{text:?}"
        );
        assert_eq!(directory.hosts().next().map(|one| one.0), Some(address.host()));
    }
}

#[test]
fn letters_that_only_look_alike_are_others() {
    let directory = Directory::build(
        [Contact::new("c").email("jane@acme.com")],
        [Account::new("a").domain("acme.com")],
        [],
    );
    for text in ["jаne@acme.com", "jane\u{301}@acme.com"] {
        let found = resolve(&directory, Attendee::new(text));
        assert_eq!((found.contact, found.account), (None, Some("a".into())), "{text}");
    }
    for text in ["jane@аcme.com", "jane@acme\u{301}.com"] {
        assert!(!resolve(&directory, Attendee::new(text)).is_resolved(), "{text}");
    }
    for text in ["jane@ａｃｍｅ．ｃｏｍ", "\u{feff}jane@acme.com", "JANE@ACME。COM"] {
        assert!(resolve(&directory, Attendee::new(text)).contact.is_some(), "{text}");
    }
}

#[test]
fn names_of_a_hundred_kilobytes_are_kept_and_compared_briefly() {
    for unit in ["Jane Doe ", "x", "ü", "\u{301}", " ", "\0", "😀", "İ"] {
        let long = unit.repeat(100_000 / unit.len());
        let directory = everything(&long);
        assert_eq!(
            directory.get(&Key::Account(long.as_str().into())).accounts[0].name.as_deref(),
            Some(long.as_str())
        );
        assert_eq!(
            directory.get(&Key::Contact(long.as_str().into())).contacts[0].name.as_deref(),
            Some(long.as_str())
        );
        assert_eq!(directory.get(&Key::AccountsOf(long.as_str().into())).links.len(), 1);
        let mut contact = Contact::new("c");
        contact.name = Some(long.clone());
        let name = contact.keys().into_iter().map(|key| key.to_string().len()).max().unwrap();
        assert!(name < 2_000, "{unit}: {name}");
        assert!(full_name(&long).is_none_or(|key| key.len() < 2_000));

        let mut named = Contact::new("c");
        named.name = Some(long.clone());
        let directory =
            Directory::build([named], [Account::new("acme").domain("acme.com")], [Link::new("c", "acme")]);
        let found = resolve(&directory, Attendee::new("x@acme.com").named(&long));
        assert!(serde_json::to_string(&found).unwrap().len() < 8_192, "{unit}");
    }
}

#[test]
fn what_a_long_record_takes_goes_with_it() {
    let mut directory = Directory::new();
    directory.upsert_account(Account::new("small").domain("acme.com"));
    let small = directory.bytes();
    for n in 0..20 {
        let mut account = Account::new("big").domain("acme.com");
        account.name = Some("x".repeat(100_000 + n));
        directory.upsert_account(account);
    }
    let one = directory.bytes();
    assert!(one < small + 2_000_000, "{one}");
    assert!(directory.remove_account(&"big".into()));
    assert_eq!(resolve(&directory, Attendee::new("x@acme.com")).account, Some("small".into()));
}

#[test]
fn addresses_and_domains_of_ten_kilobytes_are_none() {
    let long = |unit: &str| unit.repeat(10_000 / unit.len());
    for unit in ["jane@acme.com", "a.", "www.", "https://", "@", "\u{301}", "ü.", "%40", "\0", "+", "a@b."] {
        let text = long(unit);
        for text in [
            text.clone(),
            format!("{text}@acme.com"),
            format!("jane@{text}.com"),
            format!("{text} <jane@acme.com>"),
        ] {
            assert!(Address::parse(&text).is_err(), "{unit}");
            assert!(domain::normalise(&text).is_err(), "{unit}");
            assert!(Pin::nobody(&*text).key().is_err(), "{unit}");
            let keys =
                Contact::new("c").email(&*text).keys().len() + Account::new("a").domain(&*text).keys().len();
            assert_eq!(keys, 2, "{unit}");
            let found = resolve(&Directory::new(), Attendee::new(&text));
            assert!(found.attendee.len() <= 1024 && found.evidence.is_empty(), "{unit}");
        }
    }
    // The longest that is one is not looked at for longer than it takes.
    let longest = format!("{}@{}com", "a".repeat(128), "a.".repeat(120));
    let address = Address::parse(&longest).unwrap();
    assert_eq!((address.as_str().len(), relaxed(&address)), (longest.len(), longest.clone()));
    assert!(Address::parse(&format!("a{longest}")).is_err());
}

#[test]
fn ids_are_compared_byte_by_byte() {
    let ids = ["a", "A", "á", "a\u{301}", "a\0", " a", ""];
    let accounts = ids.map(|id| Account::new(id).domain("acme.com"));
    let directory = Directory::build([], accounts, []);
    assert_eq!(directory.len().1, ids.len());
    let found = resolve(&directory, Attendee::new("x@acme.com"));
    assert_eq!((found.account, found.candidates.len()), (Some("".into()), ids.len()));
}
