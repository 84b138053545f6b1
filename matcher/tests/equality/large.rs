//! So many records that indexes split, pages fill up and rows move, while clones hold on to what was.

use acquaint_matcher::{Account, Attendee, Contact, Directory, Kind, Link, Pin, RecordId};

use super::naive::{self, Change, Guest, World};
use super::{apply_to_both, json, resolve};

const MANY: u64 = 2_500;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn host(&mut self) -> String {
        match self.below(10) {
            0 => "gmail.com".into(),
            1 => format!("x{}.host{}.example", self.below(9), self.below(1_000)),
            _ => format!("host{}.example", self.below(1_000)),
        }
    }

    fn email(&mut self) -> String {
        format!("P{}.x@{}", self.below(40), self.host())
    }

    fn name(&mut self) -> String {
        format!("Given{} Family{}", self.below(20), self.below(40))
    }

    fn contact(&mut self, n: u64) -> Contact {
        let mut contact = Contact::new(format!("c{n}"));
        // Rows of all sizes, so that they move when they are replaced.
        let many = if self.one_in(50) { 60 } else { self.below(4) };
        contact.emails = (0..many).map(|_| self.email()).collect();
        contact.name = (!self.one_in(3)).then(|| self.name());
        contact.archived = self.one_in(10);
        contact.merged_into = self.one_in(10).then(|| format!("c{}", self.below(MANY)).into());
        contact.created = self.one_in(2).then(|| self.below(5).cast_signed());
        contact
    }

    fn account(&mut self, n: u64) -> Account {
        let mut account = Account::new(format!("a{n}"));
        account.domains = (0..self.below(3)).map(|_| self.host()).collect();
        account.name = self.one_in(2).then(|| "x".repeat(if self.one_in(100) { 20_000 } else { 20 }));
        account.archived = self.one_in(6);
        account.merged_into = self.one_in(10).then(|| format!("a{}", self.below(MANY)).into());
        account.parent = self.one_in(3).then(|| format!("a{}", self.below(MANY)).into());
        account.contacts = self.one_in(2).then(|| u32::try_from(self.below(4)).unwrap());
        account
    }

    fn link(&mut self) -> (RecordId, RecordId) {
        (format!("c{}", self.below(MANY)).into(), format!("a{}", self.below(MANY)).into())
    }

    fn change(&mut self) -> Change {
        let n = self.below(MANY);
        match self.below(12) {
            0..4 => Change::Contact(self.contact(n)),
            4..6 => Change::Account(self.account(n)),
            6 => Change::NoContact(format!("c{n}").into()),
            7 => Change::NoAccount(format!("a{n}").into()),
            8 => {
                let (contact, account) = self.link();
                Change::NoLink(contact, account)
            }
            9 if self.one_in(20) => Change::Pin(Pin::account(self.host(), format!("a{n}"))),
            _ => {
                let (contact, account) = self.link();
                let link = Link::new(contact, account);
                Change::Link(if self.one_in(2) { link.primary() } else { link })
            }
        }
    }

    fn guest(&mut self) -> Guest {
        let text = self.email();
        // At Gmail the same mailbox, and elsewhere another one.
        let text = if self.one_in(3) { text.replace(".x@", "x+tag@") } else { text };
        Guest { text, name: Some(self.name()), kind: Kind::Person }
    }
}

#[test]
fn a_large_directory_stays_right_under_change() {
    let mut dice = Dice(7);
    let (mut world, mut directory) = (World::default(), Directory::new());
    let first: Vec<Change> = (0..MANY)
        .flat_map(|n| [Change::Contact(dice.contact(n)), Change::Account(dice.account(n)), dice.change()])
        .collect();
    apply_to_both(&mut world, &mut directory, first);
    let guests: Vec<Guest> = (0..150).map(|_| dice.guest()).collect();
    let mut clones = vec![];
    for _round in 0..4 {
        clones.push((directory.clone(), json(&resolve(&directory, &guests))));
        let changes: Vec<Change> = (0..MANY).map(|_| dice.change()).collect();
        apply_to_both(&mut world, &mut directory, changes);
        let fresh = world.directory();
        assert_eq!(json(&resolve(&directory, &guests)), json(&resolve(&fresh, &guests)));
        assert_eq!(directory.len(), fresh.len());
        assert_eq!(directory.len(), (world.contacts.len(), world.accounts.len(), world.links.len()));
    }
    for guest in &guests[..40] {
        let found = resolve(&directory, std::slice::from_ref(guest)).remove(0);
        assert_eq!(naive::Answer::from(&found), naive::resolve(&world, guest), "{guest:?}");
    }
    for (clone, expected) in &clones {
        assert_eq!(json(&resolve(clone, &guests)), *expected);
    }
    // What a long life leaves behind is no more than a few times what is there.
    assert!(directory.bytes() < 4 * world.directory().bytes(), "{:?}", directory.bytes_by_part());
    let answers = json(&resolve(&directory, &guests));
    for by in ["contact_by\":\"email", "relaxed_address", "account_by\":\"contact_account"]
        .into_iter()
        .chain(["account_by\":\"domain", "account_by\":\"parent_domain"])
    {
        assert!(answers.contains(by), "{by}");
    }
}

#[test]
fn a_directory_that_was_large_is_empty_and_small_again() {
    let mut dice = Dice(11);
    let (mut world, mut directory) = (World::default(), Directory::new());
    let all: Vec<Change> = (0..MANY)
        .flat_map(|n| [Change::Contact(dice.contact(n)), Change::Account(dice.account(n))])
        .collect();
    apply_to_both(&mut world, &mut directory, all);
    let large = directory.bytes();
    let clone = directory.clone();
    for n in 0..MANY {
        assert!(directory.remove_contact(&format!("c{n}").into()));
        assert!(directory.remove_account(&format!("a{n}").into()));
    }
    assert!(directory.is_empty() && directory.hosts().next().is_none());
    assert!(directory.bytes() <= large);
    assert_eq!(clone.len(), (world.contacts.len(), world.accounts.len(), 0));
    let guest = [Attendee::new("p1.x@host1.example")];
    let found = naive::matcher().resolve(&guest, &directory.lookup()).remove(0);
    assert!(!found.is_resolved());
}
