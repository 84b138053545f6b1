//! What suggestions promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::{Hint, Suggester, Suggestion, Unmatched, Votes};
use crate::{
    Account, Attendee, Class, Classifier, Contact, Directory, Internal, Kind, Link, List, Lists, Matcher,
    Pin, Record, Score,
};

fn account(id: &str, name: &str) -> Account {
    Account { name: Some(name.to_owned()), ..Account::new(id) }
}

fn contact(id: &str, name: &str) -> Contact {
    Contact { name: Some(name.to_owned()), ..Contact::new(id) }
}

fn us() -> Classifier {
    Classifier::new(Internal::new().domain("us.example"), Lists::shipped())
}

fn ask(directory: &Directory, attendee: &Attendee) -> Vec<Suggestion> {
    Suggester::build(directory).for_attendee(directory, attendee, &us(), 100)
}

/// Each suggestion as `id score hint+hint`.
fn told(directory: &Directory, attendee: &str) -> Vec<String> {
    let tell = |one: &Suggestion| {
        let (Record::Account(id) | Record::Contact(id)) = &one.record;
        let hints: Vec<String> = one.clues.iter().map(|clue| format!("{:?}", clue.hint)).collect();
        format!("{id} {} {}", one.score, hints.join("+"))
    };
    ask(directory, &Attendee::new(attendee)).iter().map(tell).collect()
}

#[test]
fn a_persons_name_leads_to_the_contact_and_its_account() {
    let directory = Directory::build(
        [contact("jane", "Jane Doe"), contact("john", "John Roe")],
        [account("globex", "Globex")],
        [Link::new("jane", "globex")],
    );
    for name in ["Jane Doe", "Doe, Jane", "Dr. Jané Doe"] {
        let found = ask(&directory, &Attendee::new("jd77@gmail.com").named(name));
        assert_eq!(found.len(), 2, "{name}");
        assert_eq!(found[0].record, Record::Account("globex".into()));
        assert_eq!(found[1].record, Record::Contact("jane".into()));
        assert!(found.iter().all(|one| one.score >= Score::REVIEW));
        let clue = &found[1].clues[0];
        assert_eq!((clue.hint, &*clue.asked, &*clue.matched), (Hint::PersonName, name, "Jane Doe"));
    }
    let elsewhere = told(&directory, "Jane Doe <jd@zyxq.com>");
    assert_eq!(elsewhere, ["globex 0.450 PersonName", "jane 0.450 PersonName"]);
    assert!(told(&directory, "Jane <jane@gmail.com>").is_empty(), "one name alone is nobody's");
    assert!(told(&directory, "Jane Doe <info@zyxq.com>").is_empty(), "a shared mailbox is no person");
}

#[test]
fn a_nickname_and_a_slip_of_the_pen_are_forgiven() {
    let directory = Directory::build([contact("1", "Robert Kowalczyk")], [], []);
    assert_eq!(told(&directory, "Bob Kowalczyk <b@gmail.com>").len(), 1);
    assert_eq!(told(&directory, "Robert Kowalcyzk <b@gmail.com>").len(), 1);
    assert_eq!(told(&directory, "Robert Nowak <b@gmail.com>").len(), 0);
}

#[test]
fn people_of_one_name_share_its_score_unless_the_company_tells_them_apart() {
    let directory = Directory::build(
        [contact("1", "Jane Doe"), contact("2", "Jane Doe")],
        [account("a", "Globex"), account("b", "Vandelay")],
        [Link::new("1", "a"), Link::new("2", "b")],
    );
    assert_eq!(
        told(&directory, "Jane Doe <j@gmail.com>"),
        ["1 0.325 PersonName", "2 0.325 PersonName", "a 0.325 PersonName", "b 0.325 PersonName"]
    );
    let found = told(&directory, "Jane Doe (Globex) <j@gmail.com>");
    assert!(found[0].starts_with("1 0.7") && found[1].starts_with("a 0.7"), "{found:?}");
    let crowd = (0..100).map(|at| contact(&at.to_string(), "Jane Doe"));
    assert!(told(&Directory::build(crowd, [], []), "Jane Doe <j@gmail.com>").is_empty());
}

#[test]
fn a_label_looks_like_a_company() {
    let accounts = [
        account("boa", "Bank of Vandelay Corp."),
        account("globex", "Globex Corporation"),
        account("ibm", "International Business Machines"),
        account("mueller", "Müller Logistik GmbH"),
        account("wayne", "Wayne Enterprises, Inc."),
    ];
    let directory = Directory::build([], accounts, []);
    for (host, id) in [
        ("globex.io", "globex"),
        ("mail.globexx.co.uk", "globex"),
        ("bankofvandelay.com", "boa"),
        ("wayne-enterprises.com", "wayne"),
        ("wayneenterprises.com", "wayne"),
        ("ibm.com", "ibm"),
        ("mueller-logistik.de", "mueller"),
        ("muellerlogistik.de", "mueller"),
        ("müllerlogistik.de", "mueller"),
    ] {
        let found = ask(&directory, &Attendee::new(&format!("x@{host}")));
        assert_eq!(found.len(), 1, "{host} {found:?}");
        assert_eq!(found[0].record, Record::Account(id.into()), "{host}");
        assert_eq!(found[0].clues[0].hint, Hint::CompanyName);
    }
    assert!(told(&directory, "x@initech.com").is_empty());
    assert!(told(&directory, "x@globex.github.io").len() == 1 && told(&directory, "x@github.io").is_empty());
}

#[test]
fn the_display_name_may_say_the_company() {
    let directory = Directory::build([], [account("globex", "Globex Corp.")], []);
    let found = ask(&directory, &Attendee::new("Jane Doe (Globex) <jane@gmail.com>"));
    assert_eq!(found[0].record, Record::Account("globex".into()));
    assert_eq!((&*found[0].clues[0].asked, &*found[0].clues[0].matched), ("Globex", "Globex Corp."));
    assert_eq!(told(&directory, "Globex <globex@gmail.com>"), [""; 0], "the person's part is no company");
}

#[test]
fn a_sibling_has_the_label_under_another_suffix() {
    let accounts = [
        Account::new("acme").domain("other.com").domain("acme.com").domain("acme.fr"),
        Account::new("abb").domain("global.abb"),
        Account::new("total").domain("total.com"),
        Account::new("yahoo").domain("yahoo.com"),
        Account::new("web").domain("hotmail.se"),
        Account::new("abc").domain("abq.com"),
    ];
    let directory = Directory::build([], accounts, []);
    let found = ask(&directory, &Attendee::new("x@mail.acme.de"));
    assert_eq!(found.len(), 1);
    let clue = &found[0].clues[0];
    assert_eq!((clue.hint, &*clue.asked, &*clue.matched), (Hint::SiblingDomain, "acme", "acme.com"));
    assert!((Score::REVIEW..Score::AUTO_LINK).contains(&found[0].score));
    for none in
        ["x@total.de", "x@yahoo-inc.com", "x@yahoo.museum", "x@hotmail.museum", "x@abq.de", "x@com.cy"]
    {
        assert!(told(&directory, none).is_empty(), "{none}");
    }
    let lists = Lists::shipped().with(List::FreeMail, "acme.at").unwrap();
    let classifier = Classifier::new(Internal::new(), lists);
    let suggester = Suggester::build(&directory);
    assert!(suggester.for_attendee(&directory, &Attendee::new("x@acme.de"), &classifier, 9).is_empty());
}

#[test]
fn contacts_on_the_host_vote() {
    let mut merged = account("old", "Old");
    merged.merged_into = Some("globex".into());
    let on = |id: &str| Contact::new(id).email(format!("{id}@speedkit.com"));
    let mut gone = on("gone");
    gone.archived = true;
    let directory = Directory::build(
        [on("a"), on("b"), on("c"), on("free"), gone],
        [account("globex", "Globex"), account("hooli", "Hooli"), merged],
        [
            Link::new("a", "globex"),
            Link::new("b", "old"),
            Link::new("c", "hooli"),
            Link::new("c", "nowhere"),
            Link::new("gone", "hooli"),
        ],
    );
    let found = ask(&directory, &Attendee::new("new@speedkit.com"));
    let votes: Vec<_> = found.iter().map(|one| one.clues[0].votes.unwrap()).collect();
    assert_eq!(votes, [Votes { linked: 2, voters: 3 }, Votes { linked: 1, voters: 3 }]);
    assert_eq!(found[0].record, Record::Account("globex".into()));
    assert_eq!(&*found[0].clues[0].matched, "speedkit.com");
    assert!(told(&directory, "new@eu.speedkit.com").is_empty(), "another host has its own votes");
}

#[test]
fn agreement_raises_the_score_and_never_decides() {
    let on = |at: u32| Contact::new(at.to_string()).email(format!("{at}@globex.de"));
    let links = (0..50).map(|at| Link::new(at.to_string(), "globex")).chain([Link::new("jane", "globex")]);
    let directory = Directory::build(
        (0..50).map(on).chain([contact("jane", "Jane Doe")]),
        [account("globex", "Globex").domain("globex.com")],
        links,
    );
    let votes = told(&directory, "x@globex.de");
    assert_eq!(votes, ["globex 0.849 DomainVotes+SiblingDomain+CompanyName"]);
    let all = ask(&directory, &Attendee::new("Jane Doe (Globex) <x@globex.de>"));
    assert_eq!(all.len(), 2);
    for one in all {
        let hints: Vec<Hint> = one.clues.iter().map(|clue| clue.hint).collect();
        assert_eq!(hints.len(), 5, "{hints:?}");
        assert!(!one.score.is_sure());
    }
}

#[test]
fn ties_go_by_id() {
    let accounts = ["c", "a", "b"].map(|id| Account::new(id).domain(format!("acme.{id}om")));
    let directory = Directory::build([], accounts, []);
    let found = told(&directory, "x@acme.de");
    assert_eq!(found, ["a 0.600 SiblingDomain", "b 0.600 SiblingDomain", "c 0.600 SiblingDomain"]);
    let suggester = Suggester::build(&directory);
    assert_eq!(suggester.for_attendee(&directory, &Attendee::new("x@acme.de"), &us(), 1).len(), 1);
}

#[test]
fn the_tenants_own_are_never_suggested() {
    let mut below = account("below", "Globex Local");
    below.parent = Some("own".into());
    let directory = Directory::build(
        [contact("me", "Jane Doe").email("jane@us.example"), contact("too", "Joan Roe")],
        [account("own", "Globex").domain("us.example").domain("globex.com"), below],
        [Link::new("me", "own"), Link::new("too", "below")],
    );
    for text in ["Jane Doe <j@gmail.com>", "Joan Roe (Globex) <j@globex.de>", "x@globex.de", "y@us.example"] {
        assert!(told(&directory, text).is_empty(), "{text}");
    }
}

#[test]
fn what_was_pinned_to_nobody_stays_nobody() {
    let mut directory = Directory::build([], [account("globex", "Globex")], []);
    assert_eq!(told(&directory, "x@mail.globex.de").len(), 1);
    directory.upsert_pin(Pin::nobody("globex.de"));
    assert!(told(&directory, "x@mail.globex.de").is_empty());
    let resolutions = Matcher::default().resolve(&[Attendee::new("x@globex.de")], &directory.lookup());
    let suggester = Suggester::build(&directory);
    assert!(suggester.unmatched_domains(&directory, &resolutions, &us(), 9).is_empty());
}

#[test]
fn records_out_of_use_are_not_suggested_even_if_nobody_said_so() {
    let mut directory = Directory::build([contact("jane", "Jane Doe")], [account("globex", "Globex")], []);
    let suggester = Suggester::build(&directory);
    let attendee = Attendee::new("Jane Doe <x@globex.de>");
    assert_eq!(suggester.for_attendee(&directory, &attendee, &us(), 9).len(), 2);
    directory.remove_contact(&"jane".into());
    let mut archived = account("globex", "Globex");
    archived.archived = true;
    directory.upsert_account(archived);
    assert!(suggester.for_attendee(&directory, &attendee, &us(), 9).is_empty());
    assert!(ask(&directory, &attendee).is_empty());
}

#[test]
fn unmatched_domains_come_by_number_then_name() {
    let directory = Directory::build([], [account("globex", "Globex").domain("globex.com")], []);
    let attendees = [
        "a@globex.de",
        "a@globex.de",
        "b@mail.globex.de",
        "c@zyxq.com",
        "d@initech.com",
        "e@gmail.com",
        "f@us.example",
        "g@globex.com",
        "noreply@zyxq.com",
        "nobody",
    ]
    .map(Attendee::new);
    let matcher = Matcher::default().with_classifier(us());
    let resolutions = matcher.resolve(&attendees, &directory.lookup());
    let suggester = Suggester::build(&directory);
    let tell = |one: &Unmatched| (one.domain.clone(), one.attendees, one.addresses, one.account.is_some());
    let list = |k| suggester.unmatched_domains(&directory, &resolutions, &us(), k);
    let told: Vec<_> = list(9).iter().map(tell).collect();
    let row = |domain: &str, attendees, addresses, known| (domain.to_owned(), attendees, addresses, known);
    assert_eq!(
        told,
        [row("globex.de", 3, 2, true), row("initech.com", 1, 1, false), row("zyxq.com", 1, 1, false)]
    );
    assert_eq!(list(1).len(), 1);
    assert_eq!(resolutions[8].class, Class::Robot);
}

#[test]
fn hints_have_names_for_the_outside() {
    let directory = Directory::build([], [Account::new("acme").domain("acme.com")], []);
    let found = ask(&directory, &Attendee::new("x@acme.de"));
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(
        json,
        r#"[{"record":{"account":"acme"},"score":0.8,"clues":[{"hint":"sibling_domain","score":0.8,"asked":"acme","matched":"acme.com"}]}]"#
    );
    assert_eq!(serde_json::from_str::<Vec<Suggestion>>(&json).unwrap(), found);
}

#[test]
fn hostile_names_are_only_names() {
    let long = "x".repeat(100_000);
    let words = "ab (".repeat(20_000);
    let marks = "\u{301}\u{200b}\u{fdfa}".repeat(5000);
    let mut directory = Directory::new();
    for (at, name) in [&*long, &*words, &*marks, "", "()", "\0"].into_iter().enumerate() {
        directory.upsert_contact(contact(&at.to_string(), name).email(format!("x@{name}.com")));
        directory.upsert_account(account(&at.to_string(), name).domain(format!("{name}.com")));
    }
    let crowd = (0..5000).map(|at| Contact::new(format!("c{at}")).email(format!("c{at}@crowd.com")));
    crowd.for_each(|one| directory.upsert_contact(one));
    let suggester = Suggester::build(&directory);
    for name in [&*long, &*words, &*marks, "", "()", "(", "[)", " at ", "\0", "@ @ @"] {
        for host in ["crowd.com", "gmail.com", "x.y.z.unknown", "xn--a.com"] {
            for kind in [Kind::Person, Kind::Group] {
                let attendee = Attendee::new(&format!("x@{host}")).named(name).of_kind(kind);
                let found = suggester.for_attendee(&directory, &attendee, &us(), usize::MAX);
                assert!(found.iter().all(|one| !one.score.is_sure()));
            }
        }
    }
}

/// A change to the records.
#[derive(Clone, Debug)]
enum Change {
    Contact(Contact),
    Account(Account),
    NoContact(String),
    NoAccount(String),
    Link(Link),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let name = "(Jane|Bob|Robert|J\\.) (Doe|Roe|Miller)|(Globex|Acme|Hooli)( Labs| Inc| Foods Ltd)?";
    let name = proptest::option::of(name);
    let host = "(globex|acme|hooli|gmail)\\.(com|de|co\\.uk)";
    let record = (0..12_u32, name, proptest::collection::vec(host, 0..3), 0..10_u32, 0..12_u32);
    let change = (0..10_u32, record).prop_map(|(kind, (id, name, hosts, state, other))| {
        let (archived, merged) = (state == 0, (state == 1).then(|| other.to_string().into()));
        match kind {
            0..4 => Change::Contact(Contact {
                name,
                emails: hosts.iter().map(|host| format!("x{id}@{host}")).collect(),
                archived,
                merged_into: merged,
                ..Contact::new(id.to_string())
            }),
            4..7 => Change::Account(Account {
                name,
                domains: hosts,
                archived,
                merged_into: merged,
                ..Account::new(id.to_string())
            }),
            7 => Change::NoContact(id.to_string()),
            8 => Change::NoAccount(id.to_string()),
            _ => Change::Link(Link::new(id.to_string(), other.to_string())),
        }
    });
    proptest::collection::vec(change, 0..60)
}

#[test]
fn more_equally_good_names_than_are_found_are_chosen_by_what_they_are() {
    let all: Vec<_> = (0..80_u8)
        .map(|at| {
            account(&format!("{at:02}"), &format!("Globex Zy{}q", char::from(b'!' + at).escape_unicode()))
        })
        .collect();
    let attendee = Attendee::new("x@globex.de");
    let asked = |all: Vec<Account>, gone: &[Account]| {
        let directory = Directory::build([], all.clone(), []);
        let mut suggester = Suggester::default();
        gone.iter().for_each(|one| suggester.upsert_account(one));
        all.iter().for_each(|one| suggester.upsert_account(one));
        suggester.for_attendee(&directory, &attendee, &us(), 100)
    };
    let found = asked(all.clone(), &[]);
    assert_eq!(found.len(), crate::names::MAX_FOUND);
    assert_eq!(asked(all.iter().rev().cloned().collect(), &[]), found);
    let other = |at: usize| account(&format!("{at:02}"), "Something Else");
    assert_eq!(asked(all, &[other(3), other(70), other(41)]), found);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn only_the_records_count_and_not_their_history(changes in changes()) {
        let (mut directory, mut kept_up) = (Directory::new(), Suggester::default());
        for change in changes {
            match change {
                Change::Contact(one) => {
                    kept_up.upsert_contact(&one);
                    directory.upsert_contact(one);
                }
                Change::Account(one) => {
                    kept_up.upsert_account(&one);
                    directory.upsert_account(one);
                }
                Change::NoContact(id) => {
                    kept_up.remove_contact(&id.as_str().into());
                    directory.remove_contact(&id.into());
                }
                Change::NoAccount(id) => {
                    kept_up.remove_account(&id.as_str().into());
                    directory.remove_account(&id.into());
                }
                Change::Link(link) => directory.upsert_link(link),
            }
        }
        // The same records in another order.
        let mut contacts: Vec<_> = directory.contacts().map(|one| one.to_contact()).collect();
        let mut accounts: Vec<_> = directory.accounts().map(|one| one.to_account()).collect();
        contacts.sort_by(|one, other| other.id.cmp(&one.id));
        accounts.sort_by(|one, other| other.id.cmp(&one.id));
        let links = (0..12).flat_map(|id: u32| {
            directory.get(&crate::Key::AccountsOf(id.to_string().into())).links
        });
        let links: Vec<_> = links.collect();
        let again = Directory::build(contacts, accounts, links);
        let (fresh, built) = (Suggester::build(&directory), Suggester::build(&again));
        let attendees = [
            "Jane Doe (Globex) <j@acme.de>", "Bob Miller | Acme Foods <b@gmail.com>", "x@hooli.co.uk",
            "x@hoolilabs.com", "Robert Roe <info@globex.de>",
        ].map(Attendee::new);
        let resolutions = Matcher::default().resolve(&attendees, &directory.lookup());
        for attendee in &attendees {
            let found = kept_up.for_attendee(&directory, attendee, &us(), 100);
            prop_assert!(found.iter().all(|one| !one.score.is_sure()));
            prop_assert_eq!(&fresh.for_attendee(&directory, attendee, &us(), 100), &found);
            prop_assert_eq!(&built.for_attendee(&again, attendee, &us(), 100), &found);
        }
        let unmatched = kept_up.unmatched_domains(&directory, &resolutions, &us(), 9);
        prop_assert_eq!(built.unmatched_domains(&again, &resolutions, &us(), 9), unmatched);
    }
}
