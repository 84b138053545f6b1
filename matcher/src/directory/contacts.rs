//! How contacts are kept.

use smallvec::SmallVec;

use super::Directory;
use crate::record::Contact;
use crate::store::{Reader, Writer};
use crate::{AddressRef, RecordId};

const PRESENT: u8 = 1;
const ARCHIVED: u8 = 2;
const CREATED: u8 = 4;
const MERGED: u8 = 8;
const NAMED: u8 = 16;

/// The bit of a link that says that it is the main one. Account numbers stay below it.
const MAIN: u32 = 1 << 31;

/// A contact's row: its id, its links, and the rest if the contact is there and not only named by a link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContactRow<'a> {
    id: &'a [u8],
    flags: u8,
    links: &'a [u8],
    rest: Reader<'a>,
}

/// Account numbers with whether they are the main one.
pub(crate) type Links = SmallVec<[(u32, bool); 4]>;

/// What a row is made of.
#[derive(Debug, Default)]
pub(crate) struct ContactParts<'a> {
    pub(crate) id: &'a str,
    pub(crate) present: bool,
    pub(crate) archived: bool,
    pub(crate) created: Option<i64>,
    pub(crate) merged_into: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    /// Account numbers with whether they are the main one, ascending.
    pub(crate) links: Links,
    /// Host numbers with local parts, the primary address first.
    pub(crate) emails: SmallVec<[(u32, &'a str); 2]>,
}

impl ContactParts<'_> {
    pub(crate) fn write(&self) -> Writer {
        let mut row = Writer::default();
        self.write_to(&mut row);
        row
    }

    pub(crate) fn write_to(&self, row: &mut Writer) {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        row.text(self.id).byte(
            flag(self.present, PRESENT)
                | flag(self.archived, ARCHIVED)
                | flag(self.created.is_some(), CREATED)
                | flag(self.merged_into.is_some(), MERGED)
                | flag(self.name.is_some(), NAMED),
        );
        write_links(&self.links, row);
        row.count(self.emails.len());
        for (host, local) in &self.emails {
            row.word(*host).text(local);
        }
        self.created.map(|created| row.long(created));
        self.merged_into.map(|id| row.text(id));
        self.name.map(|name| row.text(name));
    }
}

fn write_links(links: &[(u32, bool)], row: &mut Writer) {
    row.count(links.len());
    for (account, main) in links {
        row.word(account | if *main { MAIN } else { 0 });
    }
}

impl<'a> ContactRow<'a> {
    pub(crate) fn read(row: &'a [u8]) -> Self {
        let mut row = Reader::new(row);
        let (id, flags, links) = (row.raw(), row.byte(), row.count());
        Self { id, flags, links: row.skip(links * 4), rest: row }
    }

    pub(crate) fn id(self) -> &'a str {
        std::str::from_utf8(self.id).unwrap_or_default()
    }

    pub(crate) fn present(self) -> bool {
        self.flags & PRESENT != 0
    }

    /// Whether it is there and in use.
    pub(crate) fn is_plain(self) -> bool {
        self.flags & (PRESENT | ARCHIVED | MERGED) == PRESENT
    }

    pub(crate) fn archived(self) -> bool {
        self.flags & ARCHIVED != 0
    }

    pub(crate) fn merged(self) -> bool {
        self.flags & MERGED != 0
    }

    /// Account numbers with whether they are the main one, ascending.
    pub(crate) fn links(self) -> impl ExactSizeIterator<Item = (u32, bool)> + 'a {
        self.links.chunks_exact(4).map(|bytes| {
            let word = Reader::new(bytes).word();
            (word & !MAIN, word & MAIN != 0)
        })
    }

    /// Host numbers with local parts, the primary address first.
    pub(crate) fn emails(self) -> Emails<'a> {
        let mut rest = self.rest;
        Emails { left: rest.count(), rest }
    }

    pub(crate) fn created(self) -> Option<i64> {
        let mut rest = self.behind_emails();
        (self.flags & CREATED != 0).then(|| rest.long())
    }

    pub(crate) fn merged_into(self) -> Option<&'a str> {
        let mut rest = self.behind_emails();
        if self.flags & CREATED != 0 {
            rest.long();
        }
        (self.flags & MERGED != 0).then(|| rest.text())
    }

    pub(crate) fn name(self) -> Option<&'a str> {
        let mut rest = self.behind_emails();
        if self.flags & CREATED != 0 {
            rest.long();
        }
        if self.flags & MERGED != 0 {
            rest.raw();
        }
        (self.flags & NAMED != 0).then(|| rest.text())
    }

    /// Writes all of it, but with these links.
    pub(crate) fn write_with(self, links: &[(u32, bool)], to: &mut Writer) {
        to.raw(self.id).byte(self.flags);
        write_links(links, to);
        to.copy(self.rest.left());
    }

    fn behind_emails(self) -> Reader<'a> {
        let mut emails = self.emails();
        emails.by_ref().for_each(drop);
        emails.rest
    }
}

/// The iterator that [`ContactRow::emails`] gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Emails<'a> {
    left: usize,
    rest: Reader<'a>,
}

impl<'a> Iterator for Emails<'a> {
    type Item = (u32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some((self.rest.word(), self.rest.raw()))
    }
}

/// A contact in a directory. Cheap to copy.
#[derive(Clone, Copy)]
pub struct ContactRef<'a> {
    pub(super) directory: &'a Directory,
    pub(super) bytes: &'a [u8],
}

impl<'a> ContactRef<'a> {
    /// Its name among all records.
    pub fn id(self) -> &'a str {
        self.row().id()
    }

    /// The full name, as the CRM has it.
    pub fn name(self) -> Option<&'a str> {
        self.row().name()
    }

    /// Its addresses in normal form, the primary one first.
    pub fn emails(self) -> impl Iterator<Item = String> + 'a {
        let directory = self.directory;
        self.row().emails().map(move |(host, local)| {
            let host = directory.hosts.get(host).text;
            format!("{}@{}", String::from_utf8_lossy(local), String::from_utf8_lossy(host))
        })
    }

    /// Whether `email` is its primary address.
    pub fn is_primary(self, email: AddressRef<'_>) -> bool {
        self.row().emails().next().is_some_and(|(host, local)| {
            local == email.local().as_bytes()
                && self.directory.hosts.get(host).text == email.host().as_bytes()
        })
    }

    /// Whether it is there to be an answer: neither put aside nor merged into another one.
    pub fn in_use(self) -> bool {
        let row = self.row();
        !row.archived() && !row.merged()
    }

    /// Whether it was put aside.
    pub fn archived(self) -> bool {
        self.row().archived()
    }

    /// The record that took its place.
    pub fn merged_into(self) -> Option<&'a str> {
        if self.row().merged() { self.row().merged_into() } else { None }
    }

    /// When the CRM made it, in seconds since 1970 UTC.
    pub fn created(self) -> Option<i64> {
        self.row().created()
    }

    /// All of it, as the CRM has it but for addresses in normal form.
    pub fn to_contact(self) -> Contact {
        let row = self.row();
        Contact {
            id: row.id().into(),
            name: row.name().map(str::to_owned),
            emails: self.emails().collect(),
            archived: row.archived(),
            merged_into: row.merged_into().map(RecordId::from),
            created: row.created(),
        }
    }

    pub(crate) fn row(self) -> ContactRow<'a> {
        ContactRow::read(self.bytes)
    }
}

impl std::fmt::Debug for ContactRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContactRef({:?})", self.id())
    }
}
