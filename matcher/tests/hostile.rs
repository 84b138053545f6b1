//! Input made to be expensive.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "hostile/crowds.rs"]
mod crowds;
#[path = "hostile/texts.rs"]
mod texts;

use acquaint_matcher::{
    Account, Answer, Attendee, Class, Contact, Directory, Lookup, Matcher, Reason, Strategy, Subject,
};
use std::sync::Arc;

fn keys_asked(directory: &Directory, text: &str) -> usize {
    let (matcher, attendees) = (Matcher::default(), [Attendee::new(text)]);
    let lookup = directory.lookup();
    let _ = matcher.resolve(&attendees, &lookup);
    lookup.asked().len()
}

#[test]
fn ten_kilobytes_of_anything_are_no_address() {
    for unit in [
        "a", "@", "<", ">", "\"", " ", ".", "a@", "a.", "%40", "ü", "mailto:", "a@b.com ", "\u{200b}",
        "xn--a.",
    ] {
        let text = unit.repeat(10_000 / unit.len());
        let found = Matcher::default().resolve(&[Attendee::new(&text)], &Directory::new().lookup()).remove(0);
        assert_eq!((found.class, found.evidence.len()), (Class::Unknown, 0), "{unit}");
        assert!(found.attendee.len() <= 1024 && serde_json::to_string(&found).unwrap().len() < 4096);
        let mut directory = Directory::new();
        directory.upsert_contact(Contact::new("c").email(&text));
        directory.upsert_account(Account::new("a").domain(&text));
        assert_eq!(directory.len(), (1, 1, 0));
    }
}

#[test]
fn the_deepest_host_asks_a_bounded_number_of_keys() {
    let host = "a.".repeat(125) + "com";
    assert_eq!(keys_asked(&Directory::new(), &format!("x@{host}")), 1 + 125);
}

#[test]
fn an_endless_chain_of_merges_is_left() {
    let chain = (0..50_000).map(|n| {
        let mut account = Account::new(format!("{n}"));
        account.merged_into = Some(format!("{}", n + 1).into());
        account
    });
    let mut directory = Directory::build([], chain, []);
    let mut first = Account::new("0").domain("acme.com");
    first.merged_into = Some("1".into());
    directory.upsert_account(first);
    assert!(keys_asked(&directory, "x@acme.com") < 50);
}

#[test]
fn an_endless_hierarchy_is_left() {
    let chain = (0..50_000).map(|n| {
        let mut account = Account::new(format!("{n}"));
        account.parent = Some(format!("{}", n + 1).into());
        if n % 25_000 == 0 { account.domain("acme.com") } else { account }
    });
    assert!(keys_asked(&Directory::build([], chain, []), "x@acme.com") < 50);
}

/// Stops whatever comes.
#[derive(Debug)]
struct Never;

impl Strategy for Never {
    fn name(&self) -> &str {
        "never"
    }
    fn resolve<'a>(&self, _who: &Subject<'a>, _look: &Lookup<'a>) -> Answer<'a> {
        Answer::Stop(Reason::Other("not this one".into()).into())
    }
}

#[test]
fn a_strategy_from_elsewhere_can_stop_the_others() {
    let directory = Directory::build([], [Account::new("acme").domain("acme.com")], []);
    let domain = acquaint_matcher::strategy::by_name("domain").unwrap();
    let matcher = Matcher::new([Arc::new(Never) as Arc<dyn Strategy>, domain]);
    let found = matcher.resolve(&[Attendee::new("a@acme.com")], &directory.lookup()).remove(0);
    assert!(!found.is_resolved() && found.evidence.len() == 1);
    assert!(matcher.fingerprint().ends_with(" never:1,domain:3"));
}

#[test]
fn a_strategy_from_elsewhere_can_call_somebody_ours() {
    let directory = Directory::build(
        [Contact::new("c").email("a@acme.com")],
        [Account::new("acme").domain("acme.com")],
        [],
    );
    let ours =
        acquaint_matcher::strategy::from_fn("ours", 1, |_who, _look| Answer::Ours(Reason::OwnCompany.into()));
    let by_name = |name| acquaint_matcher::strategy::by_name(name).unwrap();
    // It comes when the account is known and the contact is not, and before anybody looks for one.
    let matcher = Matcher::new([by_name("domain"), ours, by_name("email")]);
    let found = matcher.resolve(&[Attendee::new("a@acme.com")], &directory.lookup()).remove(0);
    assert_eq!((found.class, found.account, found.account_by), (Class::Internal, None, None));
    assert_eq!((found.contact, found.evidence.len()), (None, 2));
}
