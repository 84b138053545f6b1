//! Records made to be many: on one domain, with one address, with one name, in one hierarchy.

use acquaint_matcher::{
    Account, Attendee, Attendees, Contact, Directory, Ground, Key, Link, Loss, Matcher, Reason, Resolution,
};

const MANY: usize = 10_000;

/// An index keeps 32 bits of a hash. So many questions to so many records meet a few that are equal by chance.
#[test]
fn an_equal_hash_is_not_believed() {
    let people = (0..80_000).map(|n| Contact::new(n.to_string()).email(format!("p{n}@gmail.com")));
    let directory = Directory::build(people, [], []);
    let matcher = Matcher::from_names(&["email"]).unwrap();
    let mut batch = Attendees::new();
    for start in (0..200_000).step_by(1_000) {
        batch.clear();
        (start..start + 1_000).for_each(|n| batch.push(&format!("q{n}+tag@gmail.com")));
        let lookup = directory.lookup();
        let answers = matcher.answer(batch.iter(), &lookup);
        assert!(answers.iter().all(|one| one.contact().is_none()));
    }
}

/// The answer, and how many keys it asked for.
fn resolve(directory: &Directory, attendee: Attendee) -> (Resolution, usize) {
    let (matcher, attendees) = (Matcher::default(), [attendee]);
    let lookup = directory.lookup();
    let found = matcher.resolve(&attendees, &lookup).remove(0);
    (found, lookup.asked().len())
}

fn ids(prefix: &str, many: usize) -> impl Iterator<Item = String> {
    (0..many).map(move |n| format!("{prefix}{n:05}"))
}

#[test]
fn ten_thousand_accounts_on_one_domain_are_asked_for_once_each() {
    let mut directory =
        Directory::build([], ids("a", MANY).map(|id| Account::new(id).domain("acme.com")), []);
    let (found, asked) = resolve(&directory, Attendee::new("x@acme.com"));
    assert_eq!((found.account, found.ambiguous), (Some("a00000".into()), true));
    // The address, the domain, and each account.
    assert_eq!(asked, 2 + MANY);
    assert_eq!(found.evidence[3].candidates.len(), MANY);
    // The first hundred go, and the next one takes their place.
    for id in ids("a", 100) {
        assert!(directory.remove_account(&id.into()));
    }
    let (found, asked) = resolve(&directory, Attendee::new("x@acme.com"));
    assert_eq!((found.account, asked), (Some("a00100".into()), 2 + MANY - 100));
}

#[test]
fn ten_thousand_contacts_with_one_address_are_asked_for_once_each() {
    let mut directory =
        Directory::build(ids("c", MANY).map(|id| Contact::new(id).email("jane@acme.com")), [], []);
    let (found, asked) = resolve(&directory, Attendee::new("jane@acme.com"));
    assert_eq!((found.contact, found.ambiguous), (Some("c00000".into()), true));
    // The address, each contact, the chosen one's links, and the domain.
    assert_eq!(asked, 1 + MANY + 1 + 1);
    assert_eq!(directory.hosts().collect::<Vec<_>>(), [("acme.com", 10_000)]);
    for id in ids("c", MANY - 1) {
        assert!(directory.remove_contact(&id.into()));
    }
    let (found, asked) = resolve(&directory, Attendee::new("jane@acme.com"));
    assert_eq!((found.contact, found.ambiguous, asked), (Some("c09999".into()), false, 4));
    assert_eq!(directory.hosts().collect::<Vec<_>>(), [("acme.com", 1)]);
}

#[test]
fn ten_thousand_people_of_one_name_are_not_weighed() {
    let people = ids("c", MANY).map(|id| {
        let mut contact = Contact::new(id);
        contact.name = Some("Jane Doe".into());
        contact
    });
    let links = ids("c", MANY).map(|id| Link::new(id, "acme"));
    let directory = Directory::build(people, [Account::new("acme").domain("acme.com")], links);
    let (found, _) = resolve(&directory, Attendee::new("x@acme.com").named("Jane Doe"));
    assert_eq!(found.evidence[5].reason, Some(Reason::TooMany));
    assert!(found.contact.is_none() && found.evidence[5].candidates.is_empty());
}

#[test]
fn a_contact_with_five_thousand_addresses_is_found_by_each() {
    let mut contact = Contact::new("c");
    contact.emails = (0..5_000).map(|n| format!("Jane.{n}@host{}.example", n % 100)).collect();
    contact.name = Some("Jane Doe".into());
    let mut directory = Directory::build([contact], [], []);
    for n in [0, 1, 2_500, 4_999] {
        let (found, asked) = resolve(&directory, Attendee::new(&format!("jane.{n}@host{}.example", n % 100)));
        let ground = if n == 0 { Ground::PrimaryAddress } else { Ground::OtherAddress };
        assert_eq!((found.contact, found.evidence[1].ground), (Some("c".into()), Some(ground)), "{n}");
        assert_eq!(asked, 4);
    }
    assert_eq!(directory.get(&Key::Contact("c".into())).contacts[0].emails.len(), 5_000);
    directory.upsert_contact(Contact::new("c").email("only@acme.com"));
    assert_eq!(directory.hosts().collect::<Vec<_>>(), [("acme.com", 1)]);
    let (found, _) = resolve(&directory, Attendee::new("jane.7@host7.example"));
    assert!(found.contact.is_none());
}

#[test]
fn one_address_five_thousand_times_counts_once() {
    let mut contact = Contact::new("c");
    contact.emails =
        (0..5_000).map(|n| if n % 2 == 0 { "jane@acme.com" } else { "JANE@Acme.com " }.into()).collect();
    let mut account = Account::new("a");
    account.domains =
        (0..5_000).map(|n| if n % 2 == 0 { "acme.com" } else { "https://www.acme.com/" }.into()).collect();
    let directory = Directory::build([contact], [account], []);
    assert_eq!(directory.get(&Key::Contact("c".into())).contacts[0].emails, ["jane@acme.com"]);
    assert_eq!(directory.get(&Key::Account("a".into())).accounts[0].domains, ["acme.com"]);
    assert_eq!(directory.hosts().collect::<Vec<_>>(), [("acme.com", 1)]);
}

#[test]
fn five_thousand_links_of_one_contact_are_followed_once_each() {
    let many = 5_000;
    let links = ids("a", many).map(|id| Link::new("c", id));
    let accounts = ids("a", many).map(Account::new);
    let mut directory = Directory::build([Contact::new("c").email("jane@acme.com")], accounts, links);
    let (found, asked) = resolve(&directory, Attendee::new("jane@acme.com"));
    assert_eq!((found.account, found.ambiguous), (Some("a00000".into()), true));
    // The address and its domain, the contact, its links, and each account.
    assert_eq!(asked, 4 + many);
    directory.upsert_link(Link::new("c", "a02500").primary());
    assert_eq!(directory.len(), (1, many, many));
    let (found, _) = resolve(&directory, Attendee::new("jane@acme.com"));
    assert_eq!((found.account, found.ambiguous), (Some("a02500".into()), false));
    assert_eq!(found.evidence[2].candidates.len(), many);
    for id in ids("a", many) {
        assert!(directory.remove_link(&"c".into(), &id.into()));
    }
    let (found, asked) = resolve(&directory, Attendee::new("jane@acme.com"));
    assert_eq!((found.evidence[2].reason.clone(), asked), (Some(Reason::NoLink), 4));
}

#[test]
fn five_thousand_links_to_nowhere_are_said_to_be_that() {
    let directory = Directory::build(
        [Contact::new("c").email("jane@acme.com")],
        [],
        ids("gone", 5_000).map(|id| Link::new("c", id)),
    );
    assert!(directory.accounts().next().is_none());
    let (found, asked) = resolve(&directory, Attendee::new("jane@acme.com"));
    assert_eq!((found.account, found.evidence[2].reason.clone()), (None, Some(Reason::NoneLeft)));
    assert!(
        found.evidence[2]
            .candidates
            .iter()
            .all(|one| one.outcome == acquaint_matcher::Outcome::Lost(Loss::Unknown))
    );
    assert_eq!(asked, 4 + 5_000);
}

#[test]
fn parents_and_merges_in_circles_end() {
    // Three accounts on one domain, each the parent of the next and merged two by two with those of another circle.
    let circle = (0..30).map(|n| {
        let mut account = Account::new(format!("{n:02}")).domain("acme.com");
        account.parent = Some(format!("{:02}", (n + 1) % 30).into());
        if n % 3 == 0 {
            account.merged_into = Some(format!("{:02}", (n + 3) % 30).into());
        }
        account
    });
    let (found, asked) = resolve(&Directory::build([], circle, []), Attendee::new("x@acme.com"));
    assert_eq!(found.account, Some("02".into()));
    assert_eq!(asked, 2 + 30);
    let losses = found.evidence[3].candidates.iter();
    let looped = losses.filter(|one| one.outcome == acquaint_matcher::Outcome::Lost(Loss::MergeLoop)).count();
    assert_eq!(looped, 10);
}

#[test]
fn ten_thousand_children_are_not_weighed() {
    let mut closed = Account::new("closed").domain("acme.com");
    closed.archived = true;
    let children = ids("a", MANY).map(|id| {
        let mut account = Account::new(id);
        account.parent = Some("closed".into());
        account
    });
    let (found, _) =
        resolve(&Directory::build([], children.chain([closed]), []), Attendee::new("x@acme.com"));
    assert_eq!((found.account, found.evidence[4].reason.clone()), (None, Some(Reason::TooMany)));
    assert!(found.evidence[4].candidates.is_empty());
}

#[test]
fn a_deep_hierarchy_is_climbed_sixteen_steps() {
    let chain = |depth: usize, archived: bool| {
        (0..=depth).map(move |n| {
            let mut account = Account::new(format!("{n}"));
            account.archived = archived && n < depth;
            account.parent = (n < depth).then(|| format!("{}", n + 1).into());
            if n == 0 { account.domain("acme.com") } else { account }
        })
    };
    for (depth, expected) in [(16, Some("16".into())), (17, None), (5_000, None)] {
        let (found, asked) =
            resolve(&Directory::build([], chain(depth, true), []), Attendee::new("x@acme.com"));
        assert_eq!(found.account, expected, "{depth}");
        assert!(asked < 30, "{asked}");
    }
    let (found, _) = resolve(&Directory::build([], chain(5_000, false), []), Attendee::new("x@acme.com"));
    assert_eq!(found.account, Some("0".into()));
}
