//! The only way in which strategies read a directory.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashSet};

use smallvec::SmallVec;

use crate::directory::{Ahead, Hashes, Known, Newcomer};
use crate::record::Pin;
use crate::{AccountRef, AddressRef, Classifier, ContactRef, Directory, Key, Slice, domain, relaxed};

/// Reads a [`Directory`] or a [`Slice`] and records every key that it was asked for, hits and misses.
///
/// What it recorded is sufficient: as long as no record that provides one of those keys changes, the same questions
/// get the same answers. A lookup is cheap to make; take one for each unit whose dependencies are kept.
#[derive(Debug)]
pub struct Lookup<'a> {
    records: &'a Directory,
    slice: Option<&'a Slice>,
    /// In the order of the questions, with repeats.
    asked: RefCell<Vec<KeyRef<'a>>>,
    /// Those whose questions go without saying.
    brief: RefCell<Vec<Brief<'a>>>,
    missing: RefCell<BTreeSet<Key>>,
    /// The numbers of the tenant's own domains, as hosts of the directory.
    own: RefCell<SmallVec<[u32; 4]>>,
    current: Cell<Option<Current<'a>>>,
    /// What the reads ahead gave, so that they are not left out as useless.
    warmth: Cell<u64>,
}

/// What is known of the attendee whose questions are answered now.
#[derive(Clone, Copy, Debug)]
struct Current<'a> {
    address: AddressRef<'a>,
    hashes: Hashes,
}

/// Who was answered a short way: that says what was asked, and the keys are made only for whoever wants them.
#[derive(Clone, Copy, Debug)]
struct Brief<'a> {
    address: AddressRef<'a>,
    /// `u32::MAX` if there is none.
    contact: u32,
    account: u32,
    pinned: bool,
}

impl Brief<'_> {
    fn keys(&self, records: &Directory, keys: &mut Vec<Key>) {
        let host = self.address.host();
        // A pin is asked for all the way up, and a stranger's company where the mail host is.
        let hosts = if self.pinned { usize::MAX } else { usize::from(self.contact == u32::MAX) };
        keys.extend(domain::candidates(host).take(hosts).map(|host| Key::Domain(host.to_owned())));
        keys.push(Key::Email(self.address.as_str().to_owned()));
        if let Some(contact) = records.contact_at(self.contact) {
            keys.push(Key::Contact(contact.id().into()));
            keys.push(Key::AccountsOf(contact.id().into()));
        }
        keys.extend(records.account_at(self.account).map(|account| Key::Account(account.id().into())));
    }
}

/// A [`Key`] that borrows its text.
#[derive(Clone, Debug)]
pub struct KeyRef<'a>(Inner<'a>);

#[derive(Clone, Debug)]
enum Inner<'a> {
    Email(&'a str),
    Relaxed(Cow<'a, str>),
    Name(Cow<'a, str>),
    Domain(&'a str),
    Contact(&'a str),
    Account(&'a str),
    ChildrenOf(&'a str),
    // Of what is there, the number is at hand and the id is not.
    KnownContact(ContactRef<'a>),
    KnownAccount(AccountRef<'a>),
    AccountsOf(ContactRef<'a>),
}

impl<'a> KeyRef<'a> {
    /// [`Key::Email`].
    pub fn email(email: &'a str) -> Self {
        Self(Inner::Email(email))
    }

    /// [`Key::Relaxed`].
    pub fn relaxed(email: impl Into<Cow<'a, str>>) -> Self {
        Self(Inner::Relaxed(email.into()))
    }

    /// [`Key::Name`].
    pub fn name(name: impl Into<Cow<'a, str>>) -> Self {
        Self(Inner::Name(name.into()))
    }

    /// [`Key::Domain`].
    pub fn domain(domain: &'a str) -> Self {
        Self(Inner::Domain(domain))
    }

    /// [`Key::Contact`].
    pub fn contact(contact: ContactRef<'a>) -> Self {
        Self(Inner::KnownContact(contact))
    }

    /// [`Key::Account`].
    pub fn account(account: AccountRef<'a>) -> Self {
        Self(Inner::KnownAccount(account))
    }

    /// [`Key::AccountsOf`].
    pub fn accounts_of(contact: ContactRef<'a>) -> Self {
        Self(Inner::AccountsOf(contact))
    }

    /// [`Key::ChildrenOf`].
    pub fn children_of(account: &'a str) -> Self {
        Self(Inner::ChildrenOf(account))
    }

    /// The same, to keep.
    pub fn to_key(&self) -> Key {
        match &self.0 {
            Inner::Email(text) => Key::Email((*text).to_owned()),
            Inner::Relaxed(text) => Key::Relaxed(text.clone().into_owned()),
            Inner::Name(text) => Key::Name(text.clone().into_owned()),
            Inner::Domain(text) => Key::Domain((*text).to_owned()),
            Inner::Contact(id) => Key::Contact((*id).into()),
            Inner::Account(id) => Key::Account((*id).into()),
            Inner::ChildrenOf(id) => Key::ChildrenOf((*id).into()),
            Inner::KnownContact(contact) => Key::Contact(contact.id().into()),
            Inner::KnownAccount(account) => Key::Account(account.id().into()),
            Inner::AccountsOf(contact) => Key::AccountsOf(contact.id().into()),
        }
    }
}

/// What several records were found for; mostly it is one.
pub type Found<R> = SmallVec<[R; 2]>;

impl<'a> Lookup<'a> {
    pub(crate) fn whole(directory: &'a Directory) -> Self {
        Self {
            records: directory,
            slice: None,
            asked: RefCell::default(),
            brief: RefCell::default(),
            missing: RefCell::default(),
            own: RefCell::default(),
            current: Cell::default(),
            warmth: Cell::default(),
        }
    }

    pub(crate) fn part(slice: &'a Slice) -> Self {
        Self { slice: Some(slice), ..Self::whole(slice.records()) }
    }

    /// Every contact with this address, by name. Also asks for each of those contacts.
    pub fn contacts_with_email(&self, email: AddressRef<'a>) -> Found<ContactRef<'a>> {
        if !self.ask(KeyRef::email(email.as_str())) {
            return Found::new();
        }
        let hashes = self.current(email).map(|current| current.hashes);
        let hashes = hashes.unwrap_or_else(|| self.records.hashes(email.local(), email.host()));
        self.contacts(self.records.with_email(hashes, email.local(), email.host()))
    }

    /// Every contact with an address of this [`relaxed`](crate::relaxed) form, by name. Also asks for each of those
    /// contacts.
    pub fn contacts_with_relaxed(&self, email: &str) -> Found<ContactRef<'a>> {
        if !self.ask(KeyRef::relaxed(email.to_owned())) {
            return Found::new();
        }
        self.contacts(self.records.with_relaxed(email))
    }

    /// Every contact with this full name, in the form of [`full_name`](crate::full_name), by name. Also asks for each
    /// of those contacts.
    pub fn contacts_with_name(&self, name: &str) -> Found<ContactRef<'a>> {
        if !self.ask(KeyRef::name(name.to_owned())) {
            return Found::new();
        }
        self.contacts(self.records.with_name(name))
    }

    /// Every account with this domain, by name. Also asks for each of those accounts.
    ///
    /// `domain` must be one of [`domain::candidates`](crate::domain::candidates).
    pub fn accounts_with_domain(&self, domain: &'a str) -> Found<AccountRef<'a>> {
        if !self.ask(KeyRef::domain(domain)) {
            return Found::new();
        }
        self.accounts(self.records.with_host(self.host_number(domain)))
    }

    /// Every account whose parent is this one, by name. Also asks for each of those accounts.
    pub fn children_of(&self, account: &'a str) -> Found<AccountRef<'a>> {
        if !self.ask(KeyRef::children_of(account)) {
            return Found::new();
        }
        self.accounts(self.records.children_of(account))
    }

    /// This contact, if there is one.
    pub fn contact(&self, id: &'a str) -> Option<ContactRef<'a>> {
        if self.ask(KeyRef(Inner::Contact(id))) { self.records.contact(id) } else { None }
    }

    /// This account, if there is one.
    pub fn account(&self, id: &'a str) -> Option<AccountRef<'a>> {
        if self.ask(KeyRef(Inner::Account(id))) { self.records.account(id) } else { None }
    }

    /// To which accounts this contact belongs, by the account's name: those that are there, and the names of those
    /// that are not, each with whether it is the main one. Also asks for each of those accounts. They may be merged or
    /// archived.
    pub fn accounts_of(&self, contact: ContactRef<'a>) -> Found<(Result<AccountRef<'a>, &'a str>, bool)> {
        if !self.ask(KeyRef::accounts_of(contact)) {
            return Found::new();
        }
        let links = contact.row().links().map(|(number, main)| {
            let account = self.records.account_at(number);
            (account.ok_or_else(|| self.records.account_name(number)), main)
        });
        let mut found: Found<_> = links.collect();
        if found.len() > 1 {
            found.sort_unstable_by_key(|one| one.0.map_or_else(|id| id, AccountRef::id));
        }
        found.iter().for_each(|one| {
            self.ask(one.0.map_or_else(|id| KeyRef(Inner::Account(id)), KeyRef::account));
        });
        found
    }

    /// What a person has decided about this address.
    pub fn pin_of_address(&self, email: AddressRef<'a>) -> Option<&'a Pin> {
        if !self.ask(KeyRef::email(email.as_str())) || !self.records.has_pins() {
            return None;
        }
        self.records.pin(&Key::Email(email.as_str().to_owned()))
    }

    /// What a person has decided about this domain.
    ///
    /// `domain` must be one of [`domain::candidates`](crate::domain::candidates).
    pub fn pin_of_domain(&self, domain: &'a str) -> Option<&'a Pin> {
        if !self.ask(KeyRef::domain(domain)) || !self.records.has_pins() {
            return None;
        }
        self.records.pin(&Key::Domain(domain.to_owned()))
    }

    /// The number of this host among those of the directory: a name for comparing, which says nothing of the CRM.
    pub(crate) fn host_number(&self, host: &str) -> Option<u32> {
        match self.current.get() {
            Some(current) if std::ptr::eq(current.address.host(), host) => {
                self.records.hashed_host(current.hashes, host)
            }
            _ => self.records.host_number(host),
        }
    }

    /// Every key asked for so far, sorted, each once.
    pub fn asked(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.asked.borrow().iter().map(KeyRef::to_key).collect();
        self.brief.borrow().iter().for_each(|brief| brief.keys(self.records, &mut keys));
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The keys among [`asked`](Self::asked) that a slice has not loaded, sorted. While there are any, what was
    /// resolved with this lookup is a guess and must not be used. Always empty for a whole directory.
    pub fn missing(&self) -> Vec<Key> {
        self.missing.borrow().iter().cloned().collect()
    }

    /// Notes the question and says whether it can be answered.
    fn ask(&self, key: KeyRef<'a>) -> bool {
        let known = self.slice.is_none_or(|slice| {
            let key = key.to_key();
            let known = slice.knows(&key);
            if !known {
                self.missing.borrow_mut().insert(key);
            }
            known
        });
        self.asked.borrow_mut().push(key);
        known
    }

    /// How many questions there were so far, repeats included.
    pub(crate) fn questions(&self) -> usize {
        self.asked.borrow().len()
    }

    /// The questions in this part of the list, each once, in the order in which they were first put.
    pub(crate) fn keys(&self, part: std::ops::Range<usize>) -> Vec<Key> {
        let asked = self.asked.borrow();
        let mut seen = HashSet::new();
        let keys = asked.get(part).unwrap_or_default().iter().map(KeyRef::to_key);
        keys.filter(|key| seen.insert(key.clone())).collect()
    }

    /// Makes ready for a batch of so many.
    pub(crate) fn begin(&self, classifier: &Classifier, attendees: usize) {
        let own = classifier.own_domains().filter_map(|domain| self.records.host_number(domain));
        *self.own.borrow_mut() = own.collect();
        self.brief.borrow_mut().reserve(attendees);
    }

    /// Reads what the questions about these addresses will need, for all at once instead of one after the other, and
    /// adds it to `found`, in their order. Asks nothing.
    pub(crate) fn read_ahead<const N: usize>(
        &self,
        addresses: impl Iterator<Item = AddressRef<'a>> + Clone,
        found: &mut SmallVec<[Ahead<'a>; N]>,
    ) {
        let warmth = self.records.read_ahead(addresses, found);
        self.warmth.set(self.warmth.get() ^ warmth);
    }

    /// Whose questions are next, so that hashes that are known need not be made again.
    pub(crate) fn attend(&self, address: AddressRef<'a>, hashes: Hashes) {
        self.current.set(Some(Current { address, hashes }));
    }

    /// What was worked out for this address.
    fn current(&self, address: AddressRef<'a>) -> Option<Current<'a>> {
        self.current.get().filter(|current| std::ptr::eq(current.address.as_str(), address.as_str()))
    }

    /// The short way to a known person of a known company. `None` is no answer: it may be anything, and nothing has been
    /// asked for. Otherwise what is asked for is what the strategies would ask for.
    #[inline]
    pub(crate) fn known(
        &self,
        address: AddressRef<'a>,
        ahead: &Ahead<'a>,
        pinned: bool,
        is_nobodys: impl FnOnce() -> bool,
    ) -> Option<Known<'a>> {
        if !self.may_be_brief() {
            return None;
        }
        let known = self.records.known(ahead, address.host(), &self.own.borrow())?;
        if !is_nobodys() {
            return None;
        }
        let (contact, account) = known.numbers;
        self.brief.borrow_mut().push(Brief { address, contact, account, pinned });
        Some(known)
    }

    /// The same for a stranger from a known company.
    #[inline]
    pub(crate) fn newcomer(
        &self,
        address: AddressRef<'a>,
        ahead: &Ahead<'a>,
        pinned: bool,
        is_nobodys: impl FnOnce() -> bool,
    ) -> Option<AccountRef<'a>> {
        if !self.may_be_brief() {
            return None;
        }
        let (local, host) = (address.local(), address.host());
        let Newcomer { account, number } = self.records.newcomer(ahead, host, &self.own.borrow())?;
        // What has no dot is no company's mail host, and some mailboxes have other names.
        if !host.contains('.') || !is_nobodys() || relaxed::key(local, host).is_some() {
            return None;
        }
        self.brief.borrow_mut().push(Brief { address, contact: u32::MAX, account: number, pinned });
        Some(account)
    }

    /// Whether an answer may be found without putting each question: nothing can be missing, and nobody has decided
    /// anything.
    fn may_be_brief(&self) -> bool {
        self.slice.is_none() && !self.records.has_pins()
    }

    /// Another reader of the same, that has been asked nothing.
    pub(crate) fn again(&self) -> Self {
        Self { slice: self.slice, ..Self::whole(self.records) }
    }

    /// Whether the account has one of the tenant's own domains.
    pub(crate) fn is_own(&self, account: AccountRef<'a>) -> bool {
        self.own.borrow().iter().any(|own| account.has_host(*own))
    }

    fn contacts(&self, found: impl Iterator<Item = ContactRef<'a>>) -> Found<ContactRef<'a>> {
        let mut found: Found<_> = found.collect();
        if found.len() > 1 {
            found.sort_unstable_by_key(|contact| contact.id());
        }
        found.iter().for_each(|contact| {
            self.ask(KeyRef::contact(*contact));
        });
        found
    }

    fn accounts(&self, found: impl Iterator<Item = AccountRef<'a>>) -> Found<AccountRef<'a>> {
        let mut found: Found<_> = found.collect();
        if found.len() > 1 {
            found.sort_unstable_by_key(|account| account.id());
        }
        found.iter().for_each(|account| {
            self.ask(KeyRef::account(*account));
        });
        found
    }
}
