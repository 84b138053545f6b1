//! Random worlds in which records meet, random guests, and random changes.

use acquaint_matcher::{Account, Contact, Kind, Link, Pin, RecordId};
use proptest::prelude::*;

use super::Guest;
use super::hosts::{COMPANIES, HOSTS, LOCALS, NAMES, bare};
use super::world::{Change, World};

const SIZE: usize = 7;

fn contact_id(n: usize) -> RecordId {
    format!("c{n}").into()
}

fn account_id(n: usize) -> RecordId {
    format!("a{n}").into()
}

/// Half of all are the same few, so that records meet, most of all where one mailbox has many addresses.
fn host() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => 0..4_usize, 4 => 0..HOSTS.len(), 1 => Just(3)].prop_map(|host| HOSTS[host])
}

fn email() -> impl Strategy<Value = String> {
    (prop::sample::select(&LOCALS[..]), host(), 0..7).prop_map(|(local, host, dress)| {
        let address = format!("{local}@{host}");
        match dress {
            0 => address.to_uppercase(),
            1 => format!(" MailTo:{address}"),
            2 => format!("Jane Doe <{address}>"),
            3 => format!("\"Smith, Bob\" <{address}>"),
            _ => address,
        }
    })
}

fn domain() -> impl Strategy<Value = String> {
    (host(), 0..3).prop_map(|(host, dress)| match dress {
        0 => format!("https://www.{host}/about"),
        1 => host.to_uppercase(),
        _ => host.to_owned(),
    })
}

fn name() -> impl Strategy<Value = Option<String>> {
    prop_oneof![2 => prop::sample::select(&NAMES[..]).prop_map(|name| Some(name.to_owned())), 1 => Just(None)]
}

pub(crate) fn guest() -> impl Strategy<Value = Guest> {
    let kind = prop_oneof![8 => Just(Kind::Person), 1 => Just(Kind::Group), 1 => Just(Kind::Resource)];
    (email(), name(), kind).prop_map(|(text, name, kind)| Guest { text, name, kind })
}

pub(crate) fn guests(size: usize) -> impl Strategy<Value = Vec<Guest>> {
    prop::collection::vec(guest(), size)
}

fn rarely(of: fn(usize) -> RecordId) -> impl Strategy<Value = Option<RecordId>> {
    prop_oneof![3 => Just(None), 1 => (0..=SIZE).prop_map(move |n| Some(of(n)))]
}

fn contact(n: usize) -> impl Strategy<Value = Contact> {
    let emails = prop::collection::vec(prop_oneof![8 => email(), 1 => Just("n/a".to_owned())], 0..3);
    let archived = prop::bool::weighted(0.15);
    (emails, name(), archived, rarely(contact_id), prop::option::of(0..3_i64)).prop_map(
        move |(emails, name, archived, merged_into, created)| {
            let mut contact = Contact::new(contact_id(n));
            (contact.emails, contact.name, contact.archived) = (emails, name, archived);
            (contact.merged_into, contact.created) = (merged_into, created);
            contact
        },
    )
}

fn account(n: usize) -> impl Strategy<Value = Account> {
    let name = prop::option::of(prop::sample::select(&COMPANIES[..]));
    let domains = prop::collection::vec(domain(), 0..3);
    let parent = prop_oneof![1 => Just(None), 1 => (0..=SIZE).prop_map(|n| Some(account_id(n)))];
    let rest = (prop::option::of(0..4_u32), prop::option::of(0..3_i64));
    (name, domains, prop::bool::weighted(0.25), rarely(account_id), parent, rest).prop_map(
        move |(name, domains, archived, merged_into, parent, (contacts, created))| {
            let mut account = Account::new(account_id(n));
            (account.name, account.domains) = (name.map(str::to_owned), domains);
            (account.archived, account.merged_into, account.parent) = (archived, merged_into, parent);
            (account.contacts, account.created) = (contacts, created);
            account
        },
    )
}

fn subject() -> impl Strategy<Value = String> {
    prop_oneof![email(), domain()]
}

fn pin() -> impl Strategy<Value = Pin> {
    let record = |of: fn(usize) -> RecordId| prop::option::of((0..=SIZE).prop_map(of));
    (subject(), record(contact_id), record(account_id)).prop_map(|(subject, contact, account)| {
        let mut pin = Pin::nobody(subject);
        (pin.contact, pin.account) = (contact, account);
        pin
    })
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    let contacts: Vec<_> = (0..SIZE).map(contact).collect();
    let accounts: Vec<_> = (0..SIZE).map(account).collect();
    let links = prop::collection::btree_map((0..=SIZE, 0..=SIZE), any::<bool>(), 0..14);
    // Most worlds have no pins, since a pin keeps all else from being seen.
    let pins = prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(pin(), 1..4)];
    (contacts, accounts, links, pins).prop_map(|(contacts, accounts, links, pins)| {
        let links = links.into_iter().map(|((contact, account), primary)| {
            let link = Link::new(contact_id(contact), account_id(account));
            if primary { link.primary() } else { link }
        });
        let mut world = World { contacts, accounts, links: links.collect(), pins: vec![] };
        pins.into_iter().for_each(|pin| world.apply(Change::Pin(pin)));
        world
    })
}

/// A world in which most people are known people of known companies, and guests most of whom are among them.
pub(crate) fn plain_world(guests: usize) -> impl Strategy<Value = (World, Vec<Guest>)> {
    let places = prop::collection::vec((0..SIZE, prop::bool::weighted(0.85), any::<bool>()), SIZE);
    let known = (0..SIZE, prop::bool::weighted(0.85));
    (world(), places, prop::collection::vec((known, guest()), guests), 0..8).prop_map(
        |(mut world, places, guests, odd)| {
            if odd != 0 {
                world.pins.clear();
            }
            if odd != 1 {
                world.links.clear();
            }
            let mut known = vec![];
            for (n, (at, is_known, first)) in places.into_iter().enumerate() {
                let (contact, account) = (&mut world.contacts[n], &mut world.accounts[at]);
                if odd > 2 {
                    account.parent = None;
                }
                if is_known {
                    if odd != 3 {
                        (contact.archived, contact.merged_into) = (false, None);
                        (account.archived, account.merged_into) = (false, None);
                    }
                    if account.domains.is_empty() {
                        account.domains.push(HOSTS[at].to_owned());
                    }
                    // A few share a mailbox.
                    let local = if odd == 2 { "Jane".to_owned() } else { format!("P{n}") };
                    let email = format!("{local}@{}", bare(&account.domains[0]));
                    contact.emails.insert(if first { 0 } else { contact.emails.len() }, email.clone());
                    known.push(email);
                }
                let link = Link::new(contact.id.clone(), account.id.clone());
                world.apply(Change::Link(if first { link.primary() } else { link }));
            }
            // Pins for both an address and its domain, to what is there, what is gone and nobody.
            for (n, email) in known.iter().enumerate().filter(|_| odd == 0) {
                let mut of_address = Pin::contact(email, contact_id(if n % 3 == 0 { SIZE } else { n }));
                of_address.account = (n % 2 == 0).then(|| account_id(SIZE));
                world.apply(Change::Pin(of_address));
                let mut of_domain = Pin::nobody(email.split_once('@').unwrap().1);
                of_domain.account = (n % 4 != 0).then(|| account_id(n));
                world.apply(Change::Pin(of_domain));
            }
            let guests = guests.into_iter().map(|((at, is_known), guest)| match known.get(at) {
                Some(text) if is_known => Guest { text: text.clone(), ..guest },
                _ => guest,
            });
            let guests = guests.collect();
            (world, guests)
        },
    )
}

/// Any record, named like one of a [`world`], comes or goes.
pub(crate) fn change() -> impl Strategy<Value = Change> {
    (0..=SIZE, 0..=SIZE).prop_flat_map(|(n, m)| {
        let link = Link::new(contact_id(n), account_id(m));
        prop_oneof![
            2 => prop_oneof![Just(link.clone()), Just(link.primary())].prop_map(Change::Link),
            2 => Just(Change::NoLink(contact_id(n), account_id(m))),
            3 => contact(n).prop_map(Change::Contact),
            3 => account(n).prop_map(Change::Account),
            3 => pin().prop_map(Change::Pin),
            2 => Just(Change::NoContact(contact_id(n))),
            2 => Just(Change::NoAccount(account_id(n))),
            2 => subject().prop_map(Change::NoPin),
        ]
    })
}

pub(crate) fn changes(most: usize) -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 0..most)
}
