//! Companies that other systems mix up, make up or lose.

use acquaint_matcher::{
    Account, Attendee, Class, Classifier, Contact, Directory, Ground, Internal, Key, Link,
};
use acquaint_matcher::{List, Loss, Pin, Reason, Score};

use super::{account, accounts, contact, lists, losses, lost, reason, resolve, resolve_with};

#[test]
fn a_related_host_ends_at_a_dot() {
    let directory = accounts([
        Account::new("example").domain("example.com"),
        Account::new("node").domain("node.example.com"),
    ]);
    assert_eq!(account(&resolve(&directory, "a@node-example.com")), None);
    assert_eq!(account(&resolve(&directory, "a@xexample.com")), None);
    assert_eq!(account(&resolve(&directory, "a@x-node.example.com")), Some("example"));
    assert_eq!(account(&resolve(&directory, "a@x.node.example.com")), Some("node"));
    // Nor does a piece of an address do: `LIKE '%acme.com'` has found people at `notacme.com`.
    let directory = Directory::build([Contact::new("c").email("ann@acme.com")], [], []);
    for text in ["joann@acme.com", "ann@notacme.com", "ann@acme.com.au", "ann@mail.acme.com"] {
        assert_eq!(contact(&resolve(&directory, text)), None, "{text}");
    }
}

#[test]
fn no_regional_free_mail_domain_is_a_company() {
    let hosts = [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "yahoo.co.jp",
        "yahoo.co.uk",
        "icloud.com",
        "me.com",
        "proton.me",
        "gmx.de",
        "web.de",
        "t-online.de",
        "orange.fr",
        "free.fr",
        "libero.it",
        "wp.pl",
        "seznam.cz",
        "mail.ru",
        "yandex.ru",
        "qq.com",
        "163.com",
        "naver.com",
        "uol.com.br",
        "rediffmail.com",
        "bigpond.com",
        "hotmail.co.uk",
        "live.nl",
        "hotmail.fr",
    ];
    for host in hosts {
        let directory = accounts([Account::new("wrong").domain(format!("https://www.{host}/"))]);
        let found = resolve(&directory, &format!("somebody@{host}"));
        assert_eq!((account(&found), found.class), (None, Class::External), "{host}");
        assert_eq!(reason(&found, "domain"), Some(Reason::FreeMail), "{host}");
        assert_eq!(losses(&found), lost("wrong", Loss::OtherName), "{host}");
    }
}

#[test]
fn only_the_provider_itself_has_a_free_mail_domain() {
    let make = |id: &str, name: &str, contacts| {
        let mut account = Account::new(id).domain("gmx.de");
        (account.name, account.contacts) = (Some(name.into()), Some(contacts));
        account
    };
    let provider = make("gmx", "GMX GmbH", 2);
    let found = resolve(&accounts([provider.clone(), make("tax", "Steuerberatung", 40)]), "a@gmx.de");
    assert_eq!((account(&found), found.ambiguous), (Some("gmx"), false));
    assert_eq!(found.evidence[3].ground, Some(Ground::FreeMailHost));
    assert!(found.account_score < Some(Score::REVIEW));
    assert_eq!(losses(&found), lost("tax", Loss::OtherName));
    assert_eq!(account(&resolve(&accounts([make("gmx", "GMX GmbH", 1)]), "a@gmx.de")), None);
    // A second account of that name, with the domain as an additional one, takes it from nobody.
    let mut branch = make("branch", "GMX Schweiz", 9);
    branch.domains.insert(0, "gmx-branch.example".into());
    let found = resolve(&accounts([branch, provider]), "a@gmx.de");
    assert_eq!((account(&found), found.ambiguous), (Some("gmx"), false));
    assert_eq!(losses(&found), lost("branch", Loss::Additional));
}

#[test]
fn a_free_mail_domain_of_the_own_company_makes_nobody_a_colleague() {
    let directory = Directory::build(
        [Contact::new("jane").email("jane@gmail.com")],
        [Account::new("us").domain("us.example").domain("gmail.com"), Account::new("acme")],
        [Link::new("jane", "acme")],
    );
    let stranger = resolve(&directory, "stranger@gmail.com");
    assert_eq!((stranger.class, account(&stranger)), (Class::External, None));
    assert_eq!(reason(&stranger, "domain"), Some(Reason::FreeMail));
    assert_eq!(account(&resolve(&directory, "jane@gmail.com")), Some("acme"));
}

#[test]
fn a_free_mail_domain_confirms_no_link() {
    let build = |domain: &str| {
        Directory::build(
            [Contact::new("jane").email(format!("jane@{domain}"))],
            [Account::new("practice").domain(domain)],
            [Link::new("jane", "practice")],
        )
    };
    for (domain, ground) in [
        ("practice.example", Ground::ConfirmedLink),
        ("gmail.com", Ground::Link),
        ("mailinator.com", Ground::Link),
    ] {
        let found = resolve(&build(domain), &format!("jane@{domain}"));
        assert_eq!((account(&found), found.evidence[2].ground), (Some("practice"), Some(ground)), "{domain}");
    }
}

#[test]
fn the_own_domain_becomes_no_company() {
    let directory = accounts([
        Account::new("us").domain("us.example"),
        Account::new("branch").domain("branch.us.example"),
        Account::new("daughter").domain("daughter.example"),
        Account::new("other").domain("notus.example"),
    ]);
    for text in ["a@us.example", "a@branch.us.example", "INFO@Mail.US.example."] {
        let found = resolve(&directory, text);
        assert_eq!((found.class, found.is_resolved()), (Class::Internal, false), "{text}");
    }
    assert_eq!(account(&resolve(&directory, "a@notus.example")), Some("other"));

    // What the CRM puts below the own company is the own company too.
    let mut daughter = Account::new("daughter").domain("daughter.example");
    daughter.parent = Some("holding".into());
    let mut holding = Account::new("holding");
    holding.parent = Some("us".into());
    let directory = accounts([daughter, holding, Account::new("us").domain("us.example")]);
    let found = resolve(&directory, "a@daughter.example");
    assert_eq!((found.class, account(&found)), (Class::Internal, None));
    assert_eq!(losses(&found), lost("daughter", Loss::OwnCompany));
    assert_eq!(reason(&found, "domain"), Some(Reason::OwnCompany));
    // Without internal domains nobody is.
    let found = resolve_with(Classifier::default(), &directory, &Attendee::new("a@daughter.example"));
    assert_eq!((found.class, account(&found)), (Class::External, Some("daughter")));
}

#[test]
fn twenty_six_owners_of_one_domain_decide_by_more_than_luck() {
    let make = |n: u32| {
        let mut account = Account::new(format!("m{n}")).domain("microsoft.com");
        (account.contacts, account.created) = (Some(1), Some(i64::from(n)));
        account
    };
    let mut all: Vec<Account> = (0..26).map(make).collect();
    // A daughter in Japan and a firm bought in 2012 are older and have more contacts than the company itself.
    for (at, contacts) in [(3, 90), (4, 80)] {
        all[at].parent = Some("m20".into());
        all[at].contacts = Some(contacts);
    }
    all[20].contacts = Some(70);
    let found = resolve(&accounts(all), "a@microsoft.com");
    assert_eq!((account(&found), found.ambiguous, found.candidates.len()), (Some("m20"), true, 26));
    assert!(!found.account_score.unwrap().is_sure() && found.margin < Some(Score::ONE));
    let all = losses(&found);
    assert_eq!(all.iter().filter(|one| one.1 == Loss::Child).count(), 2);
    assert_eq!(all.iter().filter(|one| one.1 == Loss::FewerContacts).count(), 23);
}

#[test]
fn a_person_decides_between_the_owners_of_one_domain() {
    let make = |n: u32| Account::new(format!("m{n}")).domain("microsoft.com");
    let mut directory = accounts((0..26).map(make));
    directory.upsert_pin(Pin::account("https://www.microsoft.com/", "m7"));
    directory.upsert_pin(Pin::account("boss@eu.microsoft.com", "m8"));
    directory.upsert_pin(Pin::nobody("spam.microsoft.com"));
    for (text, expected) in [
        ("a@microsoft.com", Some("m7")),
        ("a@eu.microsoft.com", Some("m7")),
        ("Boss@EU.microsoft.com", Some("m8")),
        ("a@x.spam.microsoft.com", None),
        ("a@notmicrosoft.com", None),
    ] {
        let found = resolve(&directory, text);
        assert_eq!((account(&found), found.ambiguous), (expected, false), "{text}");
    }
    let nobody = resolve(&directory, "a@spam.microsoft.com");
    assert_eq!(reason(&nobody, "pinned"), Some(Reason::PinnedToNobody));
    assert_eq!(nobody.evidence.len(), 1);
    assert!(directory.remove_pin("MICROSOFT.com") && !directory.remove_pin("microsoft.com"));
    assert!(resolve(&directory, "a@microsoft.com").ambiguous);
}

#[test]
fn a_pin_follows_merges_and_forgets_what_is_gone() {
    let mut old = Account::new("old");
    (old.archived, old.merged_into) = (true, Some("new".into()));
    let mut put_aside = Account::new("put-aside");
    put_aside.archived = true;
    let mut directory =
        accounts([old, Account::new("new"), put_aside, Account::new("acme").domain("acme.com")]);
    directory.upsert_pin(Pin::account("acme.com", "old"));
    let found = resolve(&directory, "a@acme.com");
    assert_eq!(
        (account(&found), found.strategy(), found.score()),
        (Some("new"), Some("pinned"), Some(Score::ONE))
    );
    directory.upsert_pin(Pin::account("acme.com", "put-aside"));
    assert_eq!(account(&resolve(&directory, "a@acme.com")), Some("put-aside"));
    directory.upsert_pin(Pin::account("acme.com", "gone"));
    let found = resolve(&directory, "a@acme.com");
    assert_eq!((account(&found), found.strategy()), (Some("acme"), Some("domain")));
    assert_eq!(
        (reason(&found, "pinned"), losses(&found)),
        (Some(Reason::NoneLeft), lost("gone", Loss::Unknown))
    );
}

#[test]
fn nothing_with_many_owners_can_be_pinned() {
    for (pin, fits) in [
        (Pin::account("com.cy", "a"), false),
        (Pin::account("co.uk", "a"), false),
        (Pin::account("com", "a"), false),
        (Pin::account("n/a", "a"), false),
        (Pin::nobody(""), false),
        (Pin::contact("acme.com", "c"), false),
        (Pin::account("acme.com.cy", "a"), true),
        (Pin::contact("Jane <JANE@acme.com>", "c"), true),
    ] {
        assert_eq!(pin.key().is_ok(), fits, "{pin:?}");
        let mut directory = Directory::new();
        directory.upsert_pin(pin.clone());
        assert_eq!(directory.is_empty(), !fits, "{pin:?}");
    }
}

#[test]
fn a_firm_that_was_bought_and_closed_is_its_buyer() {
    let closed = |id: &str| {
        let mut account = Account::new(id).domain("bought.com");
        (account.archived, account.parent) = (true, Some("buyer".into()));
        account
    };
    let found = resolve(&accounts([closed("bought"), Account::new("buyer")]), "a@eu.bought.com");
    assert_eq!((account(&found), found.strategy()), (Some("buyer"), Some("parent_domain")));
    assert_eq!(found.evidence[4].matched, Some(Key::Domain("bought.com".into())));
    assert!(found.account_score.unwrap() < Score::ONE);

    // The buyer is closed too, and there are two firms below: nobody can say which one is meant.
    let mut buyer = Account::new("buyer");
    buyer.archived = true;
    let below = |id: &str| {
        let mut account = Account::new(id);
        account.parent = Some("bought".into());
        account
    };
    let found = resolve(&accounts([closed("bought"), buyer.clone(), below("x")]), "a@bought.com");
    assert_eq!((account(&found), found.evidence[4].ground), (Some("x"), Some(Ground::OnlyChild)));
    let found = resolve(&accounts([closed("bought"), buyer, below("x"), below("y")]), "a@bought.com");
    assert_eq!((account(&found), reason(&found, "parent_domain")), (None, Some(Reason::NoneLeft)));
}

#[test]
fn the_most_specific_reading_comes_first_and_the_whole_last() {
    let mut closed = Account::new("closed").domain("accounts.printtest.com");
    closed.archived = true;
    let directory = accounts([closed, Account::new("whole").domain("printtest.com")]);
    let found = resolve(&directory, "a@accounts.printtest.com");
    assert_eq!((account(&found), losses(&found)), (Some("whole"), lost("closed", Loss::Archived)));
    assert_eq!(found.evidence[3].ground, Some(Ground::HostAbove));
}

#[test]
fn an_employer_on_a_list_of_throw_away_domains_can_be_given_back() {
    let directory = accounts([Account::new("a").domain("mailinator.com")]);
    assert_eq!(reason(&resolve(&directory, "x@mailinator.com"), "domain"), Some(Reason::Disposable));
    let lists = lists().without(List::Disposable, "mailinator.com").unwrap();
    let classifier = Classifier::new(Internal::new(), lists);
    let found = resolve_with(classifier, &directory, &Attendee::new("x@mailinator.com"));
    assert_eq!(account(&found), Some("a"));
}

#[test]
fn a_firm_with_many_daughters_is_closed_into_its_buyer_all_the_same() {
    let mut closed = Account::new("closed").domain("closed.com");
    (closed.archived, closed.parent) = (true, Some("buyer".into()));
    let below = (0..40).map(|n| {
        let mut account = Account::new(format!("below{n}"));
        account.parent = Some("closed".into());
        account
    });
    let directory = accounts(below.chain([closed, Account::new("buyer")]));
    let found = resolve(&directory, "a@closed.com");
    assert_eq!((account(&found), found.strategy()), (Some("buyer"), Some("parent_domain")));
}

#[test]
fn what_is_above_the_own_company_is_no_customer() {
    let mut us = Account::new("us").domain("us.example");
    us.parent = Some("holding".into());
    let mut closed = Account::new("closed").domain("closed.example");
    (closed.archived, closed.parent) = (true, Some("us".into()));
    let found = resolve(&accounts([us, closed, Account::new("holding")]), "a@closed.example");
    assert_eq!((found.class, account(&found)), (Class::External, None));
    assert_eq!(losses(&found), lost("closed", Loss::Archived));
}

#[test]
fn a_pinned_address_leaves_its_domain_a_say() {
    let build = |of_address: Pin, of_domain: Pin| {
        let accounts = [Account::new("acme").domain("acme.com"), Account::new("globex")];
        let mut directory = Directory::build([Contact::new("jane")], accounts, []);
        directory.upsert_pin(of_address);
        directory.upsert_pin(of_domain);
        directory
    };
    let resolved = |of_address, of_domain| {
        let found = resolve(&build(of_address, of_domain), "jane@eu.acme.com");
        let by = found.account_by.clone().unwrap_or_default();
        (contact(&found).map(str::to_owned), account(&found).map(str::to_owned), by)
    };
    let is = |contact: Option<&str>, account: Option<&str>, by: &str| {
        (contact.map(str::to_owned), account.map(str::to_owned), by.to_owned())
    };
    let jane = || Pin::contact("jane@eu.acme.com", "jane");
    let globex = || Pin::account("acme.com", "globex");
    assert_eq!(resolved(jane(), globex()), is(Some("jane"), Some("globex"), "pinned"));
    assert_eq!(resolved(jane(), Pin::account("acme.com", "gone")), is(Some("jane"), Some("acme"), "domain"));
    // What is gone decides nothing.
    let gone = || Pin::account("jane@eu.acme.com", "gone");
    assert_eq!(resolved(gone(), globex()), is(None, Some("globex"), "pinned"));
    assert_eq!(
        resolved(Pin::contact("jane@eu.acme.com", "gone"), globex()),
        is(None, Some("globex"), "pinned")
    );
    assert_eq!(resolved(gone(), Pin::nobody("acme.com")), is(None, None, ""));
    let mut half = jane();
    half.account = Some("gone".into());
    assert_eq!(resolved(half, globex()), is(Some("jane"), Some("globex"), "pinned"));
    // Somebody who is nobody stays so whatever his domain is, and so does one who is of another company.
    assert_eq!(resolved(Pin::nobody("jane@eu.acme.com"), globex()), is(None, None, ""));
    assert_eq!(
        resolved(Pin::account("jane@eu.acme.com", "acme"), globex()),
        is(None, Some("acme"), "pinned")
    );
    // Both are said to have been weighed.
    let found = resolve(&build(gone(), globex()), "jane@eu.acme.com");
    assert_eq!(losses(&found), lost("gone", Loss::Unknown));
}

#[test]
fn the_owner_of_a_host_is_the_one_its_account_was_merged_into() {
    let build = |into: &str| {
        let mut duplicate = Account::new("duplicate").domain("acme.com");
        duplicate.merged_into = Some(into.into());
        Directory::build(
            [Contact::new("jane").email("jane@acme.com")],
            [duplicate, Account::new("acme"), Account::new("globex")],
            [Link::new("jane", "acme")],
        )
    };
    for (into, ground) in [
        ("acme", Ground::ConfirmedLink),
        ("globex", Ground::ContradictedLink),
        ("gone", Ground::Link),
        ("duplicate", Ground::Link),
    ] {
        let found = resolve(&build(into), "jane@acme.com");
        assert_eq!((account(&found), found.evidence[2].ground), (Some("acme"), Some(ground)), "{into}");
    }
}

#[test]
fn every_host_of_a_top_level_domain_of_its_own_confirms_a_link_to_a_company() {
    let directory = Directory::build(
        [Contact::new("jane").email("jane@ch.abb")],
        [Account::new("group").domain("global.abb"), Account::new("swiss").domain("ch.abb")],
        [Link::new("jane", "group").primary(), Link::new("jane", "swiss")],
    );
    let found = resolve(&directory, "jane@ch.abb");
    assert_eq!((account(&found), found.evidence[2].ground), (Some("group"), Some(Ground::ConfirmedLink)));
}

#[test]
fn a_duplicate_of_a_closed_firm_leads_where_the_firm_leads() {
    let mut duplicate = Account::new("duplicate").domain("bought.com");
    duplicate.merged_into = Some("bought".into());
    let mut bought = Account::new("bought");
    (bought.archived, bought.parent) = (true, Some("buyer".into()));
    let found =
        resolve(&accounts([duplicate.clone(), bought.clone(), Account::new("buyer")]), "a@bought.com");
    assert_eq!((account(&found), found.strategy()), (Some("buyer"), Some("parent_domain")));
    assert_eq!(found.evidence[4].ground, Some(Ground::ParentAccount));
    // Nor is what stands below the duplicate below the firm: the firm is asked.
    let mut below = Account::new("below");
    below.parent = Some("bought".into());
    bought.parent = None;
    let found = resolve(&accounts([duplicate, bought, below]), "a@bought.com");
    assert_eq!((account(&found), found.evidence[4].ground), (Some("below"), Some(Ground::OnlyChild)));
}
