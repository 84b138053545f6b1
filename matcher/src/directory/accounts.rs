//! How accounts are kept.

use smallvec::SmallVec;

use super::Directory;
use crate::RecordId;
use crate::record::Account;
use crate::store::{Reader, Writer, written};

const PRESENT: u8 = 1;
const ARCHIVED: u8 = 2;
const CREATED: u8 = 4;
const MERGED: u8 = 8;
const NAMED: u8 = 16;
const PARENT: u8 = 32;
const COUNTED: u8 = 64;

/// An account's row: its id, how many links lead to it, and the rest if the account is there and not only named by a
/// link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountRow<'a> {
    id: &'a [u8],
    links: u32,
    flags: u8,
    domains: &'a [u8],
    rest: Reader<'a>,
}

/// What a row is made of.
#[derive(Debug, Default)]
pub(crate) struct AccountParts<'a> {
    pub(crate) id: &'a str,
    /// How many links lead to it.
    pub(crate) links: u32,
    pub(crate) present: bool,
    pub(crate) archived: bool,
    pub(crate) created: Option<i64>,
    pub(crate) contacts: Option<u32>,
    pub(crate) parent: Option<&'a str>,
    pub(crate) merged_into: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    /// Host numbers, the primary domain first.
    pub(crate) domains: SmallVec<[u32; 4]>,
}

impl AccountParts<'_> {
    pub(crate) fn write(&self) -> Writer {
        let mut row = Writer::default();
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        row.text(self.id).word(self.links).byte(
            flag(self.present, PRESENT)
                | flag(self.archived, ARCHIVED)
                | flag(self.created.is_some(), CREATED)
                | flag(self.merged_into.is_some(), MERGED)
                | flag(self.name.is_some(), NAMED)
                | flag(self.parent.is_some(), PARENT)
                | flag(self.contacts.is_some(), COUNTED),
        );
        row.count(self.domains.len());
        self.domains.iter().for_each(|host| {
            row.word(*host);
        });
        self.parent.map(|id| row.text(id));
        self.merged_into.map(|id| row.text(id));
        self.created.map(|created| row.long(created));
        self.contacts.map(|contacts| row.word(contacts));
        self.name.map(|name| row.text(name));
        row
    }
}

impl<'a> AccountRow<'a> {
    pub(crate) fn read(row: &'a [u8]) -> Self {
        let mut row = Reader::new(row);
        let (id, links, flags, domains) = (row.raw(), row.word(), row.byte(), row.count());
        Self { id, links, flags, domains: row.skip(domains * 4), rest: row }
    }

    pub(crate) fn id(self) -> &'a str {
        std::str::from_utf8(self.id).unwrap_or_default()
    }

    /// How many links lead to it.
    pub(crate) fn links(self) -> u32 {
        self.links
    }

    /// Where in the row the number of links is.
    pub(crate) fn counter(self) -> usize {
        written(self.id.len())
    }

    pub(crate) fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn present(self) -> bool {
        self.has(PRESENT)
    }

    /// Whether it is there and in use, and belongs to no other company.
    pub(crate) fn is_plain(self) -> bool {
        self.flags & (PRESENT | ARCHIVED | MERGED | PARENT) == PRESENT
    }

    /// Host numbers, the primary domain first.
    pub(crate) fn domains(self) -> impl ExactSizeIterator<Item = u32> + 'a {
        self.domains.chunks_exact(4).map(|bytes| Reader::new(bytes).word())
    }

    pub(crate) fn parent(self) -> Option<&'a str> {
        let mut rest = self.rest;
        self.has(PARENT).then(|| rest.text())
    }

    pub(crate) fn merged_into(self) -> Option<&'a str> {
        self.behind(MERGED).map(|mut rest| rest.text())
    }

    pub(crate) fn created(self) -> Option<i64> {
        self.behind(CREATED).map(|mut rest| rest.long())
    }

    pub(crate) fn contacts(self) -> Option<u32> {
        self.behind(COUNTED).map(|mut rest| rest.word())
    }

    pub(crate) fn name(self) -> Option<&'a str> {
        self.behind(NAMED).map(|mut rest| rest.text())
    }

    /// The reader at the part that `flag` announces, if it is there.
    fn behind(self, flag: u8) -> Option<Reader<'a>> {
        if !self.has(flag) {
            return None;
        }
        let mut rest = self.rest;
        for part in [PARENT, MERGED, CREATED, COUNTED, NAMED] {
            if part == flag {
                break;
            }
            if self.has(part) {
                match part {
                    CREATED => drop(rest.long()),
                    COUNTED => drop(rest.word()),
                    _ => drop(rest.raw()),
                }
            }
        }
        Some(rest)
    }
}

/// An account in a directory. Cheap to copy.
#[derive(Clone, Copy)]
pub struct AccountRef<'a> {
    pub(super) directory: &'a Directory,
    pub(super) bytes: &'a [u8],
}

impl<'a> AccountRef<'a> {
    /// Its name among all records.
    pub fn id(self) -> &'a str {
        self.row().id()
    }

    /// The company's name, as the CRM has it.
    pub fn name(self) -> Option<&'a str> {
        self.row().name()
    }

    /// Its domains in normal form, the primary one first.
    pub fn domains(self) -> impl ExactSizeIterator<Item = &'a str> {
        let directory = self.directory;
        self.row()
            .domains()
            .map(move |host| std::str::from_utf8(directory.hosts.get(host).text).unwrap_or_default())
    }

    /// The company that it belongs to.
    pub fn parent(self) -> Option<&'a str> {
        self.row().parent()
    }

    /// Whether it was put aside.
    pub fn archived(self) -> bool {
        self.row().has(ARCHIVED)
    }

    /// The record that took its place.
    pub fn merged_into(self) -> Option<&'a str> {
        self.row().merged_into()
    }

    /// How many contacts the CRM counts.
    pub fn contacts(self) -> Option<u32> {
        self.row().contacts()
    }

    /// When the CRM made it, in seconds since 1970 UTC.
    pub fn created(self) -> Option<i64> {
        self.row().created()
    }

    /// All of it, as the CRM has it but for domains in normal form.
    pub fn to_account(self) -> Account {
        let row = self.row();
        Account {
            id: row.id().into(),
            name: row.name().map(str::to_owned),
            domains: self.domains().map(str::to_owned).collect(),
            parent: row.parent().map(RecordId::from),
            archived: self.archived(),
            merged_into: row.merged_into().map(RecordId::from),
            contacts: row.contacts(),
            created: row.created(),
        }
    }

    /// Whether it is the same record.
    pub fn is(self, other: Self) -> bool {
        std::ptr::eq(self.bytes, other.bytes) || self.id() == other.id()
    }

    /// Whether it is there to be an answer: neither put aside nor merged into another one.
    pub fn in_use(self) -> bool {
        !self.row().has(ARCHIVED | MERGED)
    }

    /// Whether one of its domains is the host with this number.
    pub(crate) fn has_host(self, host: u32) -> bool {
        self.row().domains().any(|domain| domain == host)
    }

    /// The number of its primary domain.
    pub(crate) fn primary_host(self) -> Option<u32> {
        self.row().domains().next()
    }

    fn row(self) -> AccountRow<'a> {
        AccountRow::read(self.bytes)
    }
}

impl std::fmt::Debug for AccountRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccountRef({:?})", self.id())
    }
}
