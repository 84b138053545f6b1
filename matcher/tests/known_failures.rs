//! What went wrong in other systems, as reported in public.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "known_failures/companies.rs"]
mod companies;
#[path = "known_failures/people.rs"]
mod people;

use acquaint_matcher::{
    Account, Attendee, Class, Classifier, Contact, Directory, Ground, Internal, Key, Kind, Link, List, Lists,
    Loss, Matcher, Outcome, Reason, Record, Resolution, Verdict,
};

fn us() -> Classifier {
    Classifier::new(Internal::new().domain("us.example"), lists())
}

/// The shipped lists, with a throw-away domain also if they are shipped without.
fn lists() -> Lists {
    let lists = Lists::shipped();
    if cfg!(feature = "disposable") { lists } else { lists.with(List::Disposable, "mailinator.com").unwrap() }
}

fn resolve(directory: &Directory, text: &str) -> Resolution {
    resolve_with(us(), directory, &Attendee::new(text))
}

fn resolve_with(classifier: Classifier, directory: &Directory, attendee: &Attendee) -> Resolution {
    Matcher::default()
        .with_classifier(classifier)
        .resolve(std::slice::from_ref(attendee), &directory.lookup())
        .remove(0)
}

fn accounts(accounts: impl IntoIterator<Item = Account>) -> Directory {
    Directory::build([], accounts, [])
}

fn account(found: &Resolution) -> Option<&str> {
    found.account.as_ref().map(|id| id.as_str())
}

fn contact(found: &Resolution) -> Option<&str> {
    found.contact.as_ref().map(|id| id.as_str())
}

fn losses(found: &Resolution) -> Vec<(String, Loss)> {
    let all = found.evidence.iter().flat_map(|one| &one.candidates);
    all.filter_map(|one| match (&one.record, one.outcome) {
        (Record::Contact(id) | Record::Account(id), Outcome::Lost(loss)) => Some((id.to_string(), loss)),
        _ => None,
    })
    .collect()
}

fn reason(found: &Resolution, strategy: &str) -> Option<Reason> {
    found.evidence.iter().find(|one| one.strategy == strategy)?.reason.clone()
}

fn lost(id: &str, loss: Loss) -> Vec<(String, Loss)> {
    vec![(id.to_owned(), loss)]
}

#[test]
fn nobody_lands_in_a_company_called_com_cy() {
    let directory =
        accounts([Account::new("registry").domain("com.cy"), Account::new("acme").domain("acme.com.cy")]);
    assert_eq!(account(&resolve(&directory, "a@acme.com.cy")), Some("acme"));
    assert_eq!(account(&resolve(&directory, "a@mail.acme.com.cy")), Some("acme"));
    assert_eq!(account(&resolve(&directory, "a@other.com.cy")), None);
}

#[test]
fn notacme_com_is_not_acme_com() {
    let directory = accounts([Account::new("acme").domain("acme.com")]);
    assert_eq!(account(&resolve(&directory, "a@notacme.com")), None);
    assert_eq!(account(&resolve(&directory, "a@acme.com.evil.example")), None);
    assert_eq!(account(&resolve(&directory, "a@acme.co")), None);
    assert_eq!(account(&resolve(&directory, "a@mail.acme.com")), Some("acme"));
}

#[test]
fn two_customers_below_one_domain_stay_apart() {
    let directory = accounts([
        Account::new("accounts").domain("accounts.printtest.com"),
        Account::new("ideas").domain("https://ideas.printtest.com"),
        Account::new("whole").domain("printtest.com"),
    ]);
    assert_eq!(account(&resolve(&directory, "a@accounts.printtest.com")), Some("accounts"));
    assert_eq!(account(&resolve(&directory, "a@x.ideas.printtest.com")), Some("ideas"));
    assert_eq!(account(&resolve(&directory, "a@other.printtest.com")), Some("whole"));
}

#[test]
fn a_mail_subdomain_belongs_to_its_company() {
    let directory = accounts([Account::new("anthropic").domain("anthropic.com")]);
    let found = resolve(&directory, "a@email.anthropic.com");
    assert_eq!(account(&found), Some("anthropic"));
    assert_eq!(found.evidence[3].matched, Some(Key::Domain("anthropic.com".into())));
    let asked: Vec<String> = found.evidence[3].asked.iter().map(Key::to_string).collect();
    assert_eq!(asked, ["domain:email.anthropic.com", "domain:anthropic.com", "account:anthropic"]);
}

#[test]
fn a_shared_domain_is_ambiguous_and_its_tie_break_is_stated() {
    let make = |id: &str| Account::new(id).domain("https://microsoft.com");
    let mut all: Vec<Account> = (10..36).map(|n| make(&format!("m{n}"))).collect();
    let found = resolve(&accounts(all.clone()), "a@microsoft.com");
    assert_eq!((account(&found), found.ambiguous, found.candidates.len()), (Some("m10"), true, 26));
    assert!(losses(&found).iter().all(|(_, loss)| *loss == Loss::LargerId));

    all[5].created = Some(1_000);
    assert_eq!(account(&resolve(&accounts(all.clone()), "a@microsoft.com")), Some("m15"));
    all[6].contacts = Some(1);
    assert_eq!(account(&resolve(&accounts(all.clone()), "a@microsoft.com")), Some("m16"));
    all.iter_mut().filter(|one| one.id.as_str() != "m17").for_each(|one| one.parent = Some("m17".into()));
    assert_eq!(account(&resolve(&accounts(all.clone()), "a@microsoft.com")), Some("m17"));
    all.iter_mut()
        .filter(|one| one.id.as_str() != "m18")
        .for_each(|one| one.domains.insert(0, "other.com".into()));
    let found = resolve(&accounts(all), "a@microsoft.com");
    assert_eq!((account(&found), found.ambiguous), (Some("m18"), true));
    assert!(losses(&found).iter().all(|(_, loss)| *loss == Loss::Additional));
}

#[test]
fn several_domains_of_one_firm_are_one_account() {
    let directory = accounts([Account::new("baqend").domain("baqend.com").domain("speedkit.com")]);
    for host in ["baqend.com", "speedkit.com"] {
        let found = resolve(&directory, &format!("a@{host}"));
        assert_eq!((account(&found), found.ambiguous), (Some("baqend"), false));
    }
}

#[test]
fn a_firm_bought_and_merged_leads_to_its_owner() {
    let mut bought = Account::new("bought").domain("bought.com");
    (bought.archived, bought.merged_into) = (true, Some("owner".into()));
    let found = resolve(&accounts([bought, Account::new("owner").domain("owner.com")]), "a@bought.com");
    assert_eq!(account(&found), Some("owner"));
    assert_eq!(found.evidence[3].candidates[0].merged_from, ["bought".into()]);
}

#[test]
fn an_archived_account_hides_no_live_one() {
    let mut old = Account::new("a-old").domain("acme.com");
    old.archived = true;
    let found = resolve(&accounts([old.clone(), Account::new("live").domain("acme.com")]), "a@acme.com");
    assert_eq!((account(&found), found.ambiguous), (Some("live"), false));
    assert_eq!(losses(&found), lost("a-old", Loss::Archived));
    let found = resolve(&accounts([old]), "a@acme.com");
    assert_eq!((account(&found), found.evidence[3].reason.clone()), (None, Some(Reason::NoneLeft)));
}

#[test]
fn merges_in_a_circle_or_into_nothing_end() {
    let merged = |id: &str, into: &str| {
        let mut account = Account::new(id).domain("acme.com");
        account.merged_into = Some(into.into());
        account
    };
    let found = resolve(&accounts([merged("a", "b"), merged("b", "a")]), "x@acme.com");
    assert_eq!(losses(&found), [lost("a", Loss::MergeLoop), lost("b", Loss::MergeLoop)].concat());
    assert_eq!(losses(&resolve(&accounts([merged("a", "a")]), "x@acme.com")), lost("a", Loss::MergeLoop));
    assert_eq!(losses(&resolve(&accounts([merged("a", "gone")]), "x@acme.com")), lost("a", Loss::MergedAway));
}

#[test]
fn a_free_mail_domain_is_no_company_and_its_known_people_are_kept() {
    let directory = Directory::build(
        [Contact::new("jane").email("jane@gmail.com")],
        [Account::new("practice"), Account::new("wrong").domain("gmail.com").domain("mailinator.com")],
        [Link::new("jane", "practice")],
    );
    let jane = resolve(&directory, "Jane@Gmail.com");
    assert_eq!(
        (contact(&jane), account(&jane), jane.strategy()),
        (Some("jane"), Some("practice"), Some("contact_account"))
    );
    let other = resolve(&directory, "other@gmail.com");
    assert_eq!((contact(&other), account(&other)), (None, None));
    assert_eq!(reason(&other, "domain"), Some(Reason::FreeMail));
    let thrown = resolve(&directory, "x@mailinator.com");
    assert_eq!((account(&thrown), reason(&thrown, "domain")), (None, Some(Reason::Disposable)));
}

#[test]
fn a_mail_provider_can_be_an_account_if_the_list_is_told() {
    let directory = accounts([Account::new("fastmail").domain("fastmail.com")]);
    assert_eq!(account(&resolve(&directory, "a@fastmail.com")), None);
    let lists = Lists::shipped().without(List::FreeMail, "fastmail.com").unwrap();
    let classifier = Classifier::new(Internal::new(), lists);
    assert_eq!(
        account(&resolve_with(classifier, &directory, &Attendee::new("a@fastmail.com"))),
        Some("fastmail")
    );
}

#[test]
fn case_dressing_and_idna_do_not_split_a_person() {
    let directory = Directory::build([Contact::new("c").email("Jörg.Müller@BÜCHER.example")], [], []);
    for text in [
        "jörg.müller@bücher.example",
        "MAILTO:J%C3%B6rg.M%C3%BCller@xn--bcher-kva.example",
        "\"Müller, Jörg\" <JÖRG.MÜLLER@Bücher.example.>",
    ] {
        assert_eq!(contact(&resolve(&directory, text)), Some("c"), "{text}");
    }
}

#[test]
fn a_secondary_address_keeps_which_address_matched() {
    let directory =
        Directory::build([Contact::new("c").email("work@acme.com").email("private@home.example")], [], []);
    let found = resolve(&directory, "Private@home.example");
    assert_eq!((contact(&found), found.address.as_deref()), (Some("c"), Some("private@home.example")));
    assert_eq!(found.evidence[1].matched, Some(Key::Email("private@home.example".into())));
    assert!(!found.evidence[1].candidates[0].primary);
}

#[test]
fn one_address_on_two_contacts_is_a_stated_tie() {
    let mut young = Contact::new("a").email("jane@acme.com");
    young.created = Some(20);
    let mut old = Contact::new("b").email("jane@acme.com");
    old.created = Some(10);
    let other = Contact::new("0").email("other@acme.com").email("jane@acme.com");
    let found = resolve(&Directory::build([young, old, other], [], []), "jane@acme.com");
    assert_eq!((contact(&found), found.ambiguous, found.candidates.len()), (Some("b"), true, 3));
    assert_eq!(losses(&found), [lost("a", Loss::Younger), lost("0", Loss::Additional)].concat());
}

#[test]
fn two_duplicates_merged_into_one_are_no_tie() {
    let mut duplicate = Contact::new("a").email("jane@acme.com");
    duplicate.merged_into = Some("b".into());
    let found = resolve(
        &Directory::build([duplicate, Contact::new("b").email("jane@acme.com")], [], []),
        "jane@acme.com",
    );
    assert_eq!((contact(&found), found.ambiguous), (Some("b"), false));
}

#[test]
fn a_merged_record_lends_its_primary_address_and_domain() {
    let mut duplicate = Contact::new("z").email("jane@acme.com");
    duplicate.merged_into = Some("k".into());
    let keeper = Contact::new("k").email("jane@home.example").email("jane@acme.com");
    let rival = Contact::new("a").email("x@acme.com").email("jane@acme.com");
    let found = resolve(&Directory::build([duplicate, keeper, rival], [], []), "jane@acme.com");
    assert_eq!((contact(&found), losses(&found)), (Some("k"), lost("a", Loss::Additional)));
}

#[test]
fn a_shared_mailbox_is_the_account_and_nobody() {
    let acme = || Account::new("acme").domain("acme.com");
    let with_info = |id: &str| Contact::new(id).email("info@acme.com");
    let found = resolve(&accounts([acme()]), "info@acme.com");
    assert_eq!((found.class, contact(&found), account(&found)), (Class::Role, None, Some("acme")));
    let found = resolve(&Directory::build([with_info("a"), with_info("b")], [acme()], []), "info@acme.com");
    assert_eq!((contact(&found), account(&found), found.ambiguous), (None, Some("acme"), false));
    assert_eq!(found.evidence[1].reason, Some(Reason::SharedMailbox));
    // The CRM itself says whose address it is.
    let found = resolve(&Directory::build([with_info("a")], [acme()], []), "info@acme.com");
    assert_eq!((contact(&found), account(&found)), (Some("a"), Some("acme")));
}

#[test]
fn a_contact_without_links_gets_the_account_of_its_domain() {
    let directory = Directory::build(
        [Contact::new("c").email("a@acme.com")],
        [Account::new("acme").domain("acme.com")],
        [],
    );
    let found = resolve(&directory, "a@acme.com");
    assert_eq!((contact(&found), found.contact_by.as_deref()), (Some("c"), Some("email")));
    assert_eq!((account(&found), found.account_by.as_deref()), (Some("acme"), Some("domain")));
    assert_eq!(found.evidence[2].reason, Some(Reason::NoLink));
}

#[test]
fn the_main_company_wins_over_other_links() {
    let build = |links: Vec<Link>| {
        let all = ["a", "b", "c"].map(Account::new);
        Directory::build([Contact::new("c").email("jane@acme.com")], all, links)
    };
    let found = resolve(&build(vec![Link::new("c", "a"), Link::new("c", "b").primary()]), "jane@acme.com");
    assert_eq!((account(&found), found.ambiguous), (Some("b"), false));
    let found = resolve(
        &build(vec![Link::new("c", "b"), Link::new("c", "a"), Link::new("c", "gone")]),
        "jane@acme.com",
    );
    assert_eq!((account(&found), found.ambiguous, found.candidates.len()), (Some("a"), true, 2));
    assert_eq!(losses(&found), [lost("b", Loss::LargerId), lost("gone", Loss::Unknown)].concat());
}

#[test]
fn the_tenants_own_company_is_never_an_answer() {
    let own = || Account::new("us").domain("us.example").domain("partner.example");
    let directory = Directory::build(
        [Contact::new("contractor").email("joe@gmail.com")],
        [own(), Account::new("tenant-of-ours").domain("acme.us.example")],
        [Link::new("contractor", "us").primary()],
    );
    let found = resolve(&directory, "a@partner.example");
    assert_eq!((account(&found), losses(&found)), (None, lost("us", Loss::OwnCompany)));
    let found = resolve(&directory, "joe@gmail.com");
    assert_eq!((found.class, contact(&found), account(&found)), (Class::Internal, Some("contractor"), None));
    let colleague = resolve(&directory, "a@us.example");
    assert_eq!((colleague.class, colleague.evidence.len(), account(&colleague)), (Class::Internal, 0, None));
}

#[test]
fn rooms_and_machines_are_never_resolved() {
    let directory =
        accounts([Account::new("google").domain("google.com"), Account::new("acme").domain("acme.com")]);
    for text in [
        "c_1@resource.calendar.google.com",
        "x@group.calendar.google.com",
        "calendar-notification@google.com",
        "no-reply@acme.com",
    ] {
        let found = resolve(&directory, text);
        assert!(!found.is_resolved() && found.evidence.is_empty(), "{text}");
    }
    let room = resolve_with(us(), &directory, &Attendee::new("room@acme.com").of_kind(Kind::Resource));
    assert!(!room.is_resolved() && room.class == Class::Resource);
    let list = resolve_with(us(), &directory, &Attendee::new("everyone-eu@acme.com").of_kind(Kind::Group));
    assert_eq!((list.class, account(&list)), (Class::Group, Some("acme")));
}

#[test]
fn a_university_that_is_a_private_suffix_has_its_staff() {
    let directory = accounts([
        Account::new("rub").domain("www.rub.de"),
        Account::new("uni").domain("ruhr-uni-bochum.de"),
    ]);
    assert_eq!(account(&resolve(&directory, "a@rub.de")), Some("rub"));
    assert_eq!(account(&resolve(&directory, "a@ini.rub.de")), Some("rub"));
    assert_eq!(account(&resolve(&directory, "a@mail.ruhr-uni-bochum.de")), Some("uni"));
    assert_eq!(account(&resolve(&directory, "a@stud.rub.de")), None);
}

#[test]
fn students_and_alumni_are_not_the_staff_of_their_university() {
    let directory =
        accounts([Account::new("uni").domain("harvard.edu"), Account::new("sorbonne").domain("sorbonne.fr")]);
    for text in ["a@alumni.harvard.edu", "a@cs.students.harvard.edu", "a@etu.sorbonne.fr"] {
        let found = resolve(&directory, text);
        assert_eq!((account(&found), reason(&found, "domain")), (None, Some(Reason::Students)), "{text}");
    }
    let by_domain = resolve(&directory, "a@cs.students.harvard.edu");
    let domain = by_domain.evidence.iter().find(|one| one.strategy == "domain").unwrap();
    assert_eq!(domain.matched, Some("domain:students.harvard.edu".parse().unwrap()));
    assert_eq!(account(&resolve(&directory, "a@law.harvard.edu")), Some("uni"));

    // Their association is a company like any other.
    let directory = accounts([
        Account::new("uni").domain("harvard.edu"),
        Account::new("club").domain("alumni.harvard.edu"),
    ]);
    assert_eq!(account(&resolve(&directory, "a@mail.alumni.harvard.edu")), Some("club"));
}

#[test]
fn an_alumnus_does_not_contradict_where_the_crm_says_that_he_works() {
    let directory = Directory::build(
        [Contact::new("jane").email("jane@alumni.harvard.edu").email("jane@student.globex.com")],
        [Account::new("uni").domain("harvard.edu"), Account::new("globex").domain("globex.com")],
        [Link::new("jane", "globex").primary()],
    );
    for (text, ground) in
        [("jane@alumni.harvard.edu", Ground::Link), ("jane@student.globex.com", Ground::LinkAside)]
    {
        let found = resolve(&directory, text);
        let link = found.evidence.iter().find(|one| one.strategy == "contact_account").unwrap();
        assert_eq!((account(&found), link.ground), (Some("globex"), Some(ground)), "{text}");
    }
}

#[test]
fn what_stands_above_a_closed_university_is_not_for_its_students() {
    let mut closed = Account::new("closed").domain("uni.example");
    (closed.archived, closed.parent) = (true, Some("above".into()));
    let directory = accounts([closed, Account::new("above")]);
    assert_eq!(account(&resolve(&directory, "a@uni.example")), Some("above"));
    assert_eq!(account(&resolve(&directory, "a@student.uni.example")), None);
}

#[test]
fn a_domain_that_several_universities_share_is_none_of_theirs() {
    let directory =
        accounts([Account::new("one").domain("nodak.edu"), Account::new("two").domain("ndsu.nodak.edu")]);
    let found = resolve(&directory, "a@nodak.edu");
    assert_eq!((account(&found), reason(&found, "domain")), (None, Some(Reason::SharedEducation)));
    assert_eq!(account(&resolve(&directory, "a@und.nodak.edu")), None);
    assert_eq!(account(&resolve(&directory, "a@cs.ndsu.nodak.edu")), Some("two"));
    let lists = lists().without(List::SharedEducation, "nodak.edu").unwrap();
    let found =
        resolve_with(Classifier::new(Internal::new(), lists), &directory, &Attendee::new("a@nodak.edu"));
    assert_eq!(account(&found), Some("one"));
}

#[test]
fn a_shop_on_a_platform_is_never_the_platform() {
    let shop = Account::new("shop").domain("https://shop.myshopify.com/");
    let directory = accounts([shop.clone(), Account::new("shopify").domain("shopify.com")]);
    assert_eq!(account(&resolve(&directory, "a@shop.myshopify.com")), Some("shop"));
    assert_eq!(account(&resolve(&directory, "a@other.myshopify.com")), None);
    let directory = accounts([shop, Account::new("platform").domain("myshopify.com")]);
    assert_eq!(account(&resolve(&directory, "a@shop.myshopify.com")), Some("shop"));
    assert_eq!(account(&resolve(&directory, "a@other.myshopify.com")), None);
    assert_eq!(account(&resolve(&directory, "a@myshopify.com")), Some("platform"));
}

#[test]
fn a_brands_top_level_domain_is_one_company() {
    let directory = accounts([
        Account::new("abb").domain("https://global.abb/group/en"),
        Account::new("bank").domain("first.bank"),
    ]);
    assert_eq!(account(&resolve(&directory, "a@ch.abb")), Some("abb"));
    assert_eq!(account(&resolve(&directory, "a@second.bank")), None);
}

#[test]
fn an_attendee_without_an_address_is_neither_ours_nor_theirs() {
    let found = resolve(&Directory::new(), "Jane Doe");
    assert_eq!((found.class, found.address, found.attendee.as_str()), (Class::Unknown, None, "Jane Doe"));
}

#[test]
fn only_the_named_strategies_are_tried() {
    let directory = accounts([Account::new("acme").domain("acme.com")]);
    let matcher = Matcher::from_names(&["email"]).unwrap();
    let found = matcher.resolve(&[Attendee::new("a@acme.com")], &directory.lookup()).remove(0);
    assert_eq!(
        (account(&found), found.evidence.len(), found.evidence[0].verdict),
        (None, 1, Verdict::NotMine)
    );
    let error = Matcher::from_names(&["email", "domian"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no strategy is called \"domian\"; there are pinned, email, contact_account, domain, parent_domain, name"
    );
    assert!(
        Matcher::default()
            .fingerprint()
            .ends_with(" pinned:2,email:2,contact_account:3,domain:3,parent_domain:2,name:1")
    );
}
