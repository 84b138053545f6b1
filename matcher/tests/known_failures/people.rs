//! People whom other systems lose, split, or take for somebody else.

use acquaint_matcher::{Account, Attendee, Class, Contact, Directory, Ground, Key, Kind, Link, Loss};
use acquaint_matcher::{Outcome, Reason, Resolution, Score, Verdict};

use super::{account, accounts, contact, losses, lost, reason, resolve, resolve_with, us};

fn named(directory: &Directory, text: &str, name: &str) -> Resolution {
    resolve_with(us(), directory, &Attendee::new(text).named(name))
}

#[test]
fn a_solo_practitioner_with_a_private_address_does_not_vanish() {
    let directory = Directory::build(
        [Contact::new("linked").email("dr.linked@gmail.com"), Contact::new("alone").email("alone@web.de")],
        [Account::new("practice")],
        [Link::new("linked", "practice").primary()],
    );
    let found = resolve(&directory, "Dr.Linked@gmail.com");
    assert_eq!((contact(&found), account(&found)), (Some("linked"), Some("practice")));
    assert_eq!(found.evidence[2].ground, Some(Ground::Link));
    assert!(found.score().unwrap().is_sure());
    // One without a company is a person all the same.
    let found = resolve(&directory, "alone@web.de");
    assert_eq!((contact(&found), account(&found), found.strategy()), (Some("alone"), None, Some("email")));
    assert_eq!(reason(&found, "contact_account"), Some(Reason::NoLink));
    assert_eq!(reason(&found, "domain"), Some(Reason::FreeMail));
}

#[test]
fn an_orphan_says_why_from_every_strategy() {
    let mut archived = Account::new("archived").domain("closed.example");
    archived.archived = true;
    let mut former = Contact::new("former").email("former@nowhere.example");
    former.archived = true;
    let directory = Directory::build([former], [archived], []);
    for (text, email, domain) in [
        ("a@unknown.example", Reason::NoRecord, Reason::NoRecord),
        ("a@closed.example", Reason::NoRecord, Reason::NoneLeft),
        ("a@gmail.com", Reason::NoRecord, Reason::FreeMail),
        ("a@x.gmail.com", Reason::NoRecord, Reason::FreeMail),
        ("a@mailinator.com", Reason::NoRecord, Reason::Disposable),
        ("a@localhost", Reason::NoRecord, Reason::NoDomain),
        ("former@nowhere.example", Reason::NoneLeft, Reason::NoRecord),
    ] {
        let found = resolve(&directory, text);
        assert!(!found.is_resolved(), "{text}");
        let strategies: Vec<&str> = found.evidence.iter().map(|one| one.strategy.as_str()).collect();
        assert_eq!(strategies, ["pinned", "email", "contact_account", "domain", "parent_domain", "name"]);
        assert!(
            found.evidence.iter().all(|one| one.verdict == Verdict::NotMine && one.reason.is_some()),
            "{text}"
        );
        assert_eq!(
            (reason(&found, "email"), reason(&found, "domain")),
            (Some(email), Some(domain)),
            "{text}"
        );
        assert_eq!(reason(&found, "contact_account"), Some(Reason::NoContact), "{text}");
        assert_eq!(reason(&found, "name"), Some(Reason::NoAccount), "{text}");
    }
}

#[test]
fn case_and_aliases_do_not_split_a_person() {
    let directory = Directory::build(
        [
            Contact::new("upper").email("JANE.DOE@ACME.COM"),
            Contact::new("google").email("john.doe+crm@googlemail.com"),
            Contact::new("microsoft").email("max@outlook.com"),
            Contact::new("apple").email("eve+list@me.com"),
        ],
        [],
        [],
    );
    for (text, expected, ground) in [
        ("jane.doe@acme.com", Some("upper"), Ground::PrimaryAddress),
        ("Jane.Doe@Acme.Com", Some("upper"), Ground::PrimaryAddress),
        ("SMTP:JANE.DOE@acme.com", Some("upper"), Ground::PrimaryAddress),
        ("JohnDoe@gmail.com", Some("google"), Ground::RelaxedAddress),
        ("j.o.h.n.doe+meet@gmail.com", Some("google"), Ground::RelaxedAddress),
        ("John.Doe+CRM@GoogleMail.com", Some("google"), Ground::PrimaryAddress),
        ("max+calendar@outlook.com", Some("microsoft"), Ground::RelaxedAddress),
        ("eve@icloud.com", Some("apple"), Ground::RelaxedAddress),
    ] {
        let found = resolve(&directory, text);
        assert_eq!((contact(&found), found.evidence[1].ground), (expected, Some(ground)), "{text}");
    }
    // Where they mean something, dots and tags are left alone.
    for text in
        ["janedoe@acme.com", "jane.doe+x@acme.com", "m.ax@outlook.com", "max@hotmail.com", "ev.e@icloud.com"]
    {
        assert_eq!(contact(&resolve(&directory, text)), None, "{text}");
    }
}

#[test]
fn the_very_address_comes_before_one_of_the_same_mailbox() {
    let directory = Directory::build(
        [
            Contact::new("a").email("janedoe@gmail.com"),
            Contact::new("b").email("x@x.example").email("jane.doe@gmail.com"),
        ],
        [],
        [],
    );
    let found = resolve(&directory, "Jane.Doe@gmail.com");
    assert_eq!((contact(&found), found.ambiguous), (Some("b"), false));
    // A collision of the weaker form is said to be one.
    let found = resolve(&directory, "j.anedoe@gmail.com");
    assert_eq!((contact(&found), found.ambiguous, found.candidates.len()), (Some("a"), true, 2));
    assert_eq!(found.evidence[1].matched, Some(Key::Relaxed("janedoe@gmail.com".into())));
    assert_eq!(losses(&found), lost("b", Loss::Additional));
    assert!(!found.contact_score.unwrap().is_sure());
}

#[test]
fn two_partners_with_one_address_are_told_apart_by_what_is_primary() {
    let directory = Directory::build(
        [
            Contact::new("a-wife").email("wife@home.example").email("family@home.example"),
            Contact::new("husband").email("family@home.example"),
        ],
        [Account::new("his"), Account::new("hers")],
        [Link::new("a-wife", "hers"), Link::new("husband", "his")],
    );
    let found = resolve(&directory, "family@home.example");
    assert_eq!((contact(&found), account(&found), found.ambiguous), (Some("husband"), Some("his"), true));
    let all: Vec<Outcome> = found.candidates.iter().map(|one| one.outcome).collect();
    assert_eq!(all, [Outcome::Chosen, Outcome::Lost(Loss::Additional)]);
    assert!(found.margin.is_some());
}

#[test]
fn the_address_that_matched_is_the_one_shown() {
    let directory =
        Directory::build([Contact::new("c").email("first@acme.com").email("Second@private.example")], [], []);
    let found = resolve(&directory, "\"C, the second\" <SECOND@private.example>");
    assert_eq!(found.attendee, "\"C, the second\" <SECOND@private.example>");
    assert_eq!(found.address.as_deref(), Some("second@private.example"));
    let why = &found.evidence[1];
    assert_eq!(why.matched, Some(Key::Email("second@private.example".into())));
    assert_eq!((why.ground, why.candidates[0].primary), (Some(Ground::OtherAddress), false));
    assert!(!serde_json::to_string(&found).unwrap().contains("first@acme.com"));
}

#[test]
fn one_mailbox_of_many_contacts_is_nobodys() {
    let many = (0..5)
        .map(|n| Contact::new(format!("c{n}")).email("office@acme.com").email(format!("c{n}@acme.com")));
    let links = (0..5).map(|n| Link::new(format!("c{n}"), "acme"));
    let directory = Directory::build(many, [Account::new("acme").domain("acme.com")], links);
    let found = resolve(&directory, "office@acme.com");
    assert_eq!((found.class, contact(&found), account(&found)), (Class::Role, None, Some("acme")));
    assert_eq!(reason(&found, "email"), Some(Reason::SharedMailbox));
    assert!(!found.ambiguous && found.evidence[1].candidates.len() == 5);
    // Nor does the display name make it somebody's.
    let mut named = Contact::new("c5").email("c5@acme.com");
    named.name = Some("Jane Doe".into());
    let directory =
        Directory::build([named], [Account::new("acme").domain("acme.com")], [Link::new("c5", "acme")]);
    let guest = Attendee::new("office@acme.com").named("Jane Doe");
    assert_eq!(contact(&resolve_with(us(), &directory, &guest)), None);
    let list = Attendee::new("everybody@acme.com").named("Jane Doe").of_kind(Kind::Group);
    let found = resolve_with(us(), &directory, &list);
    assert_eq!((found.class, contact(&found), account(&found)), (Class::Group, None, Some("acme")));
}

#[test]
fn a_reseller_whom_the_crm_links_to_his_customer_goes_to_review() {
    let directory = Directory::build(
        [Contact::new("joe").email("joe@reseller.example")],
        [
            Account::new("customer").domain("customer.example"),
            Account::new("reseller").domain("reseller.example"),
        ],
        [Link::new("joe", "customer")],
    );
    let found = resolve(&directory, "joe@eu.reseller.example");
    assert_eq!((contact(&found), account(&found)), (None, Some("reseller")));
    let found = resolve(&directory, "joe@reseller.example");
    assert_eq!((account(&found), found.strategy()), (Some("customer"), Some("contact_account")));
    assert_eq!(found.evidence[2].ground, Some(Ground::ContradictedLink));
    let score = found.account_score.unwrap();
    assert!(!score.is_sure() && score >= Score::REVIEW, "{score}");
}

#[test]
fn a_daughter_of_the_linked_company_contradicts_nothing() {
    let mut daughter = Account::new("daughter").domain("daughter.example");
    daughter.parent = Some("mother".into());
    let directory = Directory::build(
        [Contact::new("joe").email("joe@daughter.example")],
        [daughter, Account::new("mother").domain("mother.example")],
        [Link::new("joe", "mother")],
    );
    let found = resolve(&directory, "joe@daughter.example");
    assert_eq!((account(&found), found.evidence[2].ground), (Some("mother"), Some(Ground::ConfirmedLink)));
}

#[test]
fn a_person_is_known_by_name_only_within_the_company() {
    let make = |id: &str, name: &str| {
        let mut contact = Contact::new(id);
        contact.name = Some(name.into());
        contact
    };
    let mut closed = make("closed", "Joan Roe");
    closed.archived = true;
    let directory = Directory::build(
        [make("here", "Doe, Jane"), make("elsewhere", "Jane Doe"), make("other", "Jane Smith"), closed],
        [Account::new("acme").domain("acme.com"), Account::new("globex")],
        [Link::new("here", "acme"), Link::new("elsewhere", "globex"), Link::new("closed", "acme")],
    );
    let found = named(&directory, "jd@acme.com", "JANE DOE");
    assert_eq!((contact(&found), found.contact_by.as_deref()), (Some("here"), Some("name")));
    assert_eq!((losses(&found), found.ambiguous), (lost("elsewhere", Loss::OtherAccount), false));
    assert!(found.contact_score < Some(Score::ONE));
    for (text, name) in [
        ("jd@gmail.com", "Jane Doe"),
        ("jd@unknown.example", "Jane Doe"),
        ("jd@acme.com", "Jane"),
        ("jd@acme.com", "J. Doe"),
        ("jd@acme.com", "Jane Smith"),
        ("jd@acme.com", "Joan Roe"),
        ("jd@acme.com", ""),
    ] {
        assert_eq!(contact(&named(&directory, text, name)), None, "{text} {name}");
    }
}

#[test]
fn machines_and_rooms_are_told_before_the_crm_is_asked() {
    let directory = Directory::build(
        [Contact::new("wrong").email("calendar-notification@google.com").email("noreply@acme.com")],
        [Account::new("google").domain("google.com"), Account::new("acme").domain("acme.com")],
        [Link::new("wrong", "google")],
    );
    for (text, class) in [
        ("calendar-notification@google.com", Class::Robot),
        ("Calendar <calendar-notification@google.com>", Class::Robot),
        ("noreply@acme.com", Class::Robot),
        ("notifications@acme.com", Class::Robot),
        ("MAILER-DAEMON@acme.com", Class::Robot),
        ("unknownorganizer@calendar.google.com", Class::Resource),
        ("acme.com_188abc@resource.calendar.google.com", Class::Resource),
        ("room@group.calendar.google.com", Class::Resource),
        ("fred@fireflies.ai", Class::Robot),
    ] {
        let lookup = directory.lookup();
        let guest = [Attendee::new(text)];
        let matcher = acquaint_matcher::Matcher::default();
        let found = matcher.resolve(&guest, &lookup).remove(0);
        assert_eq!((found.class, found.is_resolved()), (class, false), "{text}");
        assert!(lookup.asked().is_empty() && found.evidence.is_empty(), "{text}");
    }
    // A word that only begins like one is no machine.
    assert_eq!(
        account(&resolve(&accounts([Account::new("acme").domain("acme.com")]), "norepley@acme.com")),
        Some("acme")
    );
}

#[test]
fn a_contractor_kept_in_the_own_company_is_his_firms_if_the_host_says_so() {
    let directory = Directory::build(
        [Contact::new("joe").email("joe@firm.example"), Contact::new("eve").email("eve@unknown.example")],
        [Account::new("us").domain("us.example"), Account::new("firm").domain("firm.example")],
        [Link::new("joe", "us"), Link::new("eve", "us")],
    );
    let found = resolve(&directory, "joe@firm.example");
    assert_eq!(
        (found.class, account(&found), found.strategy()),
        (Class::External, Some("firm"), Some("domain"))
    );
    assert_eq!(losses(&found), lost("us", Loss::OwnCompany));
    let found = resolve(&directory, "eve@unknown.example");
    assert_eq!((found.class, contact(&found), account(&found)), (Class::Internal, Some("eve"), None));
}

#[test]
fn a_name_that_stands_only_before_the_address_counts() {
    let mut jane = Contact::new("jane").email("jane.doe@home.example");
    jane.name = Some("Jane Doe".into());
    let acme = Account::new("acme").domain("acme.com");
    let directory = Directory::build([jane], [acme], [Link::new("jane", "acme")]);
    for text in ["Jane Doe <jd@acme.com>", "\"Doe, Jane\" <JD@acme.com>", "'Jane Doe' <mailto:jd@acme.com>"] {
        let found = resolve(&directory, text);
        assert_eq!((contact(&found), found.contact_by.as_deref()), (Some("jane"), Some("name")), "{text}");
    }
    for text in ["jd@acme.com", "<jd@acme.com>", "Jane <jd@acme.com>"] {
        assert_eq!(contact(&resolve(&directory, text)), None, "{text}");
    }
    // What the calendar gives as the name is more than what stands there.
    assert_eq!(contact(&named(&directory, "Jane Doe <jd@acme.com>", "Joan Roe")), None);
}

#[test]
fn one_put_aside_hides_no_other_of_the_same_mailbox() {
    let mut former = Contact::new("former").email("jane.doe@gmail.com");
    former.archived = true;
    let mut merged = Contact::new("merged").email("j.anedoe@gmail.com");
    merged.merged_into = Some("former".into());
    let live = Contact::new("live").email("janedoe@gmail.com");
    let found = resolve(&Directory::build([former.clone(), live], [], []), "Jane.Doe@gmail.com");
    assert_eq!((contact(&found), found.ambiguous), (Some("live"), false));
    assert_eq!(found.evidence[1].ground, Some(Ground::RelaxedAddress));
    assert_eq!(losses(&found), lost("former", Loss::Archived));
    // Without another one it is nobody, and each that was weighed is told once.
    let found = resolve(&Directory::build([former, merged], [], []), "Jane.Doe@gmail.com");
    assert_eq!((contact(&found), reason(&found, "email")), (None, Some(Reason::NoneLeft)));
    assert_eq!(losses(&found), lost("former", Loss::Archived));
}

#[test]
fn accents_titles_and_nicknames_do_not_hide_a_person() {
    let make = |id: &str, name: &str| {
        let mut contact = Contact::new(id);
        contact.name = Some(name.into());
        contact
    };
    let people =
        [("rene", "Ren\u{e9} M\u{fc}ller"), ("robert", "Robert Smith"), ("william", "William Jones")];
    let links = people.map(|(id, _)| Link::new(id, "acme"));
    let mut people: Vec<Contact> = people.into_iter().map(|(id, name)| make(id, name)).collect();
    people.push(make("elsewhere", "Bob Smith"));
    let acme = || Account::new("acme").domain("acme.com");
    let directory = Directory::build(people, [acme()], links);
    for (name, expected, ground) in [
        ("Dr. Rene Muller", "rene", Ground::FullName),
        ("MU\u{308}LLER, Rene\u{301}, MBA", "rene", Ground::FullName),
        ("Bob Smith", "robert", Ground::Nickname),
        ("Mr. Smith, Rob", "robert", Ground::Nickname),
        ("Bill Jones", "william", Ground::Nickname),
    ] {
        let found = named(&directory, "x@acme.com", name);
        assert_eq!((contact(&found), found.evidence[5].ground), (Some(expected), Some(ground)), "{name}");
        assert!(found.contact_score < Some(Score::ONE), "{name}");
    }
    for name in ["Dr. Smith", "B. Smith", "Bill Smith Miller", "Bob"] {
        assert_eq!(contact(&named(&directory, "x@acme.com", name)), None, "{name}");
    }
    // The name itself comes before any other of it.
    let both = [make("a", "Robert Smith"), make("b", "Bob Smith")];
    let directory = Directory::build(both, [acme()], ["a", "b"].map(|id| Link::new(id, "acme")));
    let found = named(&directory, "x@acme.com", "Bob Smith");
    assert_eq!((contact(&found), found.ambiguous), (Some("b"), false));
}

#[test]
fn two_nicknames_of_one_name_are_a_tie() {
    let make = |id: &str, name: &str| {
        let mut contact = Contact::new(id);
        contact.name = Some(name.into());
        contact
    };
    let directory = Directory::build(
        [make("bob", "Bob Smith"), make("rob", "Rob Smith")],
        [Account::new("acme").domain("acme.com")],
        [Link::new("bob", "acme"), Link::new("rob", "acme")],
    );
    let found = named(&directory, "rs@acme.com", "Robert Smith");
    assert_eq!((contact(&found), found.ambiguous, found.candidates.len()), (Some("bob"), true, 2));
    let matched: Vec<_> = found.candidates.iter().map(|one| one.matched.clone()).collect();
    assert_eq!(matched, [Some(Key::Name("bob smith".into())), Some(Key::Name("rob smith".into()))]);
    // Who has the very name comes before both.
    let directory = Directory::build(
        [make("bob", "Bob Smith"), make("rob", "Rob Smith"), make("robert", "Robert Smith")],
        [Account::new("acme").domain("acme.com")],
        ["bob", "rob", "robert"].map(|id| Link::new(id, "acme")),
    );
    let found = named(&directory, "rs@acme.com", "Robert Smith");
    assert_eq!((contact(&found), found.ambiguous), (Some("robert"), false));
}
