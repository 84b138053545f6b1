//! A second matcher, written for being obviously right and nothing else: it walks all records for every question.
//! It shares no code with the crate, and knows only the few hosts that the generators below use.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use acquaint_matcher::{Account, Classifier, Contact, Directory, Internal, Link, Lists, RecordId};
use proptest::prelude::*;

pub(crate) const HOSTS: [&str; 18] = [
    "acme.com",
    "mail.acme.com",
    "eu.mail.acme.com",
    "notacme.com",
    "acme.com.cy",
    "other.com.cy",
    "com.cy",
    "jane.github.io",
    "github.io",
    "ch.abb",
    "global.abb",
    "gmail.com",
    "x.gmail.com",
    "mailinator.com",
    "us.example",
    "eu.us.example",
    "notus.example",
    "localhost",
];
const LOCALS: [&str; 4] = ["jane", "john", "info", "noreply"];
const REGISTRIES: [&str; 5] = ["com", "com.cy", "io", "abb", "example"];

#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) contacts: Vec<Contact>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) links: Vec<Link>,
}

impl World {
    pub(crate) fn directory(&self) -> Directory {
        Directory::build(self.contacts.clone(), self.accounts.clone(), self.links.clone())
    }
}

pub(crate) fn classifier() -> Classifier {
    let internal = Internal::new().domain("us.example").domain("gmail.com").user("john@gmail.com");
    Classifier::new(internal, Lists::shipped())
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) class: &'static str,
    pub(crate) contact: Option<RecordId>,
    pub(crate) account: Option<RecordId>,
    pub(crate) by: (Option<&'static str>, Option<&'static str>),
    pub(crate) ambiguous: bool,
}

/// Without the dressing that the generators put on.
fn bare(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let text = text.rsplit('<').next().unwrap().trim_end_matches('>');
    let text = text.trim_start_matches("mailto:").trim_start_matches("https://").trim_end_matches("/about");
    // `www.com.cy` is a name below the registry like any other, and so is `www.localhost`.
    let site = text.trim_start_matches("www.");
    if REGISTRIES.contains(&site) || !site.contains('.') { text.to_owned() } else { site.to_owned() }
}

fn emails(contact: &Contact) -> Vec<String> {
    contact.emails.iter().map(|text| bare(text)).filter(|text| text.contains('@')).collect()
}

fn domains(account: &Account) -> Vec<String> {
    account.domains.iter().map(|text| bare(text)).filter(|text| text.contains('.')).collect()
}

fn hosts_of(host: &str) -> Vec<String> {
    let labels: Vec<&str> = host.split('.').collect();
    if labels.len() < 2 {
        return vec![];
    }
    let mut all = vec![host.to_owned()];
    for from in 1..labels.len() {
        let name = labels[from..].join(".");
        let above = labels[from + 1..].join(".");
        // A name may be asked for if it hangs directly or further down below a registry, and is none itself.
        if !REGISTRIES.contains(&name.as_str())
            && REGISTRIES.iter().any(|one| above == *one || above.ends_with(&format!(".{one}")))
        {
            all.push(name);
        }
    }
    if host.ends_with(".abb") {
        all.push("abb".to_owned());
    }
    all
}

fn class(local: &str, host: &str) -> &'static str {
    if local == "john" && host == "gmail.com" {
        "internal"
    } else if local == "noreply" {
        "robot"
    } else if host == "us.example" || host.ends_with(".us.example") {
        "internal"
    } else if local == "info" {
        "role"
    } else {
        "external"
    }
}

fn final_contact<'a>(world: &'a World, id: &RecordId, seen: &mut Vec<RecordId>) -> Option<&'a Contact> {
    if seen.contains(id) {
        return None;
    }
    seen.push(id.clone());
    let found = world.contacts.iter().find(|one| one.id == *id)?;
    match &found.merged_into {
        Some(next) => final_contact(world, next, seen),
        None => Some(found),
    }
}

fn final_account<'a>(world: &'a World, id: &RecordId, seen: &mut Vec<RecordId>) -> Option<&'a Account> {
    if seen.contains(id) {
        return None;
    }
    seen.push(id.clone());
    let found = world.accounts.iter().find(|one| one.id == *id)?;
    match &found.merged_into {
        Some(next) => final_account(world, next, seen),
        None => Some(found),
    }
}

/// Live records by id, and whether found by something primary.
type Pool = BTreeMap<RecordId, bool>;

fn admit(world: &World, pool: &mut Pool, start: &RecordId, primary: bool) {
    let Some(account) = final_account(world, start, &mut vec![]) else { return };
    let own = domains(account).iter().any(|domain| domain == "us.example");
    if !account.archived && !own {
        *pool.entry(account.id.clone()).or_insert(false) |= primary;
    }
}

fn is_below_another(world: &World, id: &RecordId, pool: &Pool) -> bool {
    let mut at = id.clone();
    for _ in 0..16 {
        let Some(account) = world.accounts.iter().find(|one| one.id == at) else { return false };
        let Some(parent) = &account.parent else { return false };
        let Some(parent) = final_account(world, parent, &mut vec![]) else { return false };
        if parent.id == *id {
            return false;
        }
        if pool.contains_key(&parent.id) {
            return true;
        }
        at = parent.id.clone();
    }
    false
}

/// The account that beats every other.
fn best_account(world: &World, pool: &Pool) -> Option<RecordId> {
    let get = |id: &RecordId| world.accounts.iter().find(|one| one.id == *id).unwrap();
    let beats = |a: &RecordId, b: &RecordId| {
        let (pa, pb) = (pool[a], pool[b]);
        if pa != pb {
            return pa;
        }
        let (ca, cb) = (is_below_another(world, a, pool), is_below_another(world, b, pool));
        if ca != cb {
            return cb;
        }
        let (na, nb) = (get(a).contacts.unwrap_or(0), get(b).contacts.unwrap_or(0));
        if na != nb {
            return na > nb;
        }
        match (get(a).created, get(b).created) {
            (Some(x), Some(y)) if x != y => x < y,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            _ => a.as_str().as_bytes() < b.as_str().as_bytes(),
        }
    };
    pool.keys().find(|one| pool.keys().all(|other| other == *one || beats(one, other))).cloned()
}

fn best_contact(world: &World, pool: &Pool) -> Option<RecordId> {
    let created =
        |id: &RecordId| world.contacts.iter().find(|one| one.id == *id).unwrap().created.unwrap_or(i64::MAX);
    let mut ids: Vec<&RecordId> = pool.keys().collect();
    ids.sort_by_key(|id| (!pool[*id], created(id), id.as_str().to_owned()));
    ids.first().map(|id| (*id).clone())
}

pub(crate) fn resolve(world: &World, attendee: &str) -> Answer {
    let address = bare(attendee);
    let (local, host) = address.split_once('@').unwrap();
    let class = class(local, host);
    let mut answer = Answer { class, contact: None, account: None, by: (None, None), ambiguous: false };
    if class == "internal" || class == "robot" {
        return answer;
    }
    let mut people = Pool::new();
    for contact in &world.contacts {
        let Some(at) = emails(contact).iter().position(|one| *one == address) else { continue };
        let Some(last) = final_contact(world, &contact.id, &mut vec![]) else { continue };
        if !last.archived {
            *people.entry(last.id.clone()).or_insert(false) |= at == 0;
        }
    }
    if !(class == "role" && people.len() > 1) {
        answer.contact = best_contact(world, &people);
        answer.ambiguous = people.len() > 1;
        answer.by.0 = answer.contact.as_ref().map(|_| "email");
    }
    if let Some(contact) = &answer.contact {
        let mut pool = Pool::new();
        for link in world.links.iter().filter(|link| link.contact == *contact) {
            admit(world, &mut pool, &link.account, link.primary);
        }
        answer.account = best_account(world, &pool);
        answer.by.1 = answer.account.as_ref().map(|_| "contact_account");
        let main = pool.values().filter(|primary| **primary).count();
        answer.ambiguous |= pool.len() > 1 && main != 1;
    }
    if answer.account.is_none() {
        for name in hosts_of(host).into_iter().filter(|name| name != "gmail.com" && name != "mailinator.com")
        {
            let mut pool = Pool::new();
            for account in &world.accounts {
                let domains = domains(account);
                if domains.contains(&name)
                    || (name == "abb" && domains.iter().any(|one| one.ends_with(".abb")))
                {
                    admit(world, &mut pool, &account.id, domains[0] == name);
                }
            }
            answer.account = best_account(world, &pool);
            if answer.account.is_some() {
                answer.by.1 = Some("domain");
                answer.ambiguous |= pool.len() > 1;
                break;
            }
        }
    }
    answer
}

/// Half of all are the same few, so that records meet.
fn host() -> impl Strategy<Value = usize> {
    prop_oneof![0..2_usize, 0..HOSTS.len()]
}

pub(crate) fn email() -> impl Strategy<Value = String> {
    (0..LOCALS.len(), host(), 0..4).prop_map(|(local, host, dress)| {
        let address = format!("{}@{}", LOCALS[local], HOSTS[host]);
        match dress {
            0 => address.to_uppercase(),
            1 => format!(" MailTo:{address}"),
            2 => format!("Jane Doe <{address}>"),
            _ => address,
        }
    })
}

fn domain() -> impl Strategy<Value = String> {
    (host(), 0..3).prop_map(|(host, dress)| match dress {
        0 => format!("https://www.{}/about", HOSTS[host]),
        1 => HOSTS[host].to_uppercase(),
        _ => HOSTS[host].to_owned(),
    })
}

fn rarely(size: usize, prefix: &'static str) -> impl Strategy<Value = Option<RecordId>> {
    prop_oneof![3 => Just(None), 1 => (0..=size).prop_map(move |n| Some(format!("{prefix}{n}").into()))]
}

pub(crate) fn contact(n: usize, size: usize) -> impl Strategy<Value = Contact> {
    let emails = proptest::collection::vec(prop_oneof![8 => email(), 1 => Just("n/a".to_owned())], 0..3);
    (emails, prop::bool::weighted(0.15), rarely(size, "c"), prop::option::of(0..3_i64)).prop_map(
        move |(emails, archived, merged_into, created)| {
            let mut contact = Contact::new(format!("c{n}"));
            (contact.emails, contact.archived, contact.merged_into, contact.created) =
                (emails, archived, merged_into, created);
            contact
        },
    )
}

pub(crate) fn account(n: usize, size: usize) -> impl Strategy<Value = Account> {
    let domains = proptest::collection::vec(domain(), 0..3);
    let rest = (prop::option::of(0..3_u32), prop::option::of(0..3_i64));
    (domains, prop::bool::weighted(0.15), rarely(size, "a"), rarely(size, "a"), rest).prop_map(
        move |(domains, archived, merged_into, parent, (contacts, created))| {
            let mut account = Account::new(format!("a{n}"));
            (account.domains, account.archived, account.merged_into) = (domains, archived, merged_into);
            (account.parent, account.contacts, account.created) = (parent, contacts, created);
            account
        },
    )
}

const SIZE: usize = 7;

pub(crate) fn world() -> impl Strategy<Value = World> {
    let contacts: Vec<_> = (0..SIZE).map(|n| contact(n, SIZE)).collect();
    let accounts: Vec<_> = (0..SIZE).map(|n| account(n, SIZE)).collect();
    let links = proptest::collection::btree_map((0..=SIZE, 0..=SIZE), any::<bool>(), 0..12);
    (contacts, accounts, links).prop_map(|(contacts, accounts, links)| {
        let links = links.into_iter().map(|((contact, account), primary)| {
            let link = Link::new(format!("c{contact}"), format!("a{account}"));
            if primary { link.primary() } else { link }
        });
        World { contacts, accounts, links: links.collect() }
    })
}

/// Any record, named like one of a [`world`].
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Contact(Contact),
    Account(Account),
    Link(Link),
    NoContact(usize),
    NoAccount(usize),
    NoLink(usize, usize),
}

pub(crate) fn change() -> impl Strategy<Value = Change> {
    (0..=SIZE, 0..=SIZE).prop_flat_map(|(n, m)| {
        let link = Link::new(format!("c{n}"), format!("a{m}"));
        prop_oneof![
            prop_oneof![Just(link.clone()), Just(link.primary())].prop_map(Change::Link),
            Just(Change::NoLink(n, m)),
            contact(n, SIZE).prop_map(Change::Contact),
            account(n, SIZE).prop_map(Change::Account),
            Just(Change::NoContact(n)),
            Just(Change::NoAccount(n)),
        ]
    })
}
