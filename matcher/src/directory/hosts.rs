//! Mail hosts and company domains, each kept once.

use std::collections::HashMap;
use std::sync::Arc;

use super::table::Table;
use crate::store::{Reader, Writer, written};

/// More accounts than this with one domain are kept beside its row, which every change writes anew.
const CROWD: usize = 32;

/// Mail hosts and company domains by number: how many addresses are on each, and which accounts have it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    table: Table,
    /// The accounts of each domain that has a crowd of them, ascending. Its row has none.
    crowds: HashMap<u32, Arc<Vec<u32>>>,
}

/// What is kept of one host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host<'a> {
    pub(crate) text: &'a [u8],
    /// How many addresses of contacts are on it.
    pub(crate) addresses: u32,
    accounts: &'a [u8],
}

impl<'a> Host<'a> {
    #[inline]
    pub(crate) fn read(row: &'a [u8]) -> Self {
        let mut row = Reader::new(row);
        let (text, addresses, accounts) = (row.raw(), row.word(), row.count());
        Self { text, addresses, accounts: row.skip(accounts * 4) }
    }

    /// The account that alone has it as a domain.
    #[inline]
    pub(crate) fn sole_account(self) -> Option<u32> {
        // A crowd is kept elsewhere, and then there is none here.
        (self.accounts.len() == 4).then(|| Reader::new(self.accounts).word())
    }
}

impl Hosts {
    pub(crate) fn with_capacity(hosts: usize) -> Self {
        Self { table: Table::with_capacity(hosts), crowds: HashMap::new() }
    }

    pub(crate) fn find(&self, hash: u64, text: &str) -> Option<u32> {
        self.table.find(hash, text)
    }

    pub(crate) fn get(&self, number: u32) -> Host<'_> {
        Host::read(self.table.rows.get(number))
    }

    /// The text of the host with this number; empty if there is none.
    pub(crate) fn text(&self, number: u32) -> &[u8] {
        Reader::new(self.table.rows.get(number)).raw()
    }

    /// The numbers of the accounts that have the host as a domain, ascending.
    pub(crate) fn accounts(&self, number: u32) -> impl Iterator<Item = u32> + '_ {
        let few = self.get(number).accounts.chunks_exact(4).map(|bytes| Reader::new(bytes).word());
        let crowd = if self.crowds.is_empty() { None } else { self.crowds.get(&number) };
        few.chain(crowd.into_iter().flat_map(|crowd| crowd.iter().copied()))
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// Counts one more address on the host and says its number.
    pub(crate) fn add_address(&mut self, hash: u64, text: &str) -> u32 {
        let number = self.intern(hash, text);
        self.count_addresses(number, 1);
        number
    }

    /// Counts so many more addresses on the host.
    pub(crate) fn count_addresses(&mut self, number: u32, more: u32) {
        let host = self.get(number);
        let (offset, count) = (written(host.text.len()), host.addresses.saturating_add(more));
        self.table.rows.patch(number, offset, &count.to_le_bytes());
    }

    /// Forgets a host that has neither addresses nor accounts.
    pub(crate) fn drop_unused(&mut self, hash: u64, number: u32) {
        if self.get(number).addresses == 0 && self.accounts(number).next().is_none() {
            self.table.remove(hash, number);
        }
    }

    /// Counts one address less.
    pub(crate) fn drop_address(&mut self, hash: u64, number: u32) {
        let host = self.get(number);
        let (offset, count) = (written(host.text.len()), host.addresses.saturating_sub(1));
        if count == 0 && self.accounts(number).next().is_none() {
            self.table.remove(hash, number);
        } else {
            self.table.rows.patch(number, offset, &count.to_le_bytes());
        }
    }

    /// Notes that an account has this domain, and says the domain's number.
    pub(crate) fn add_account(&mut self, hash: u64, text: &str, account: u32) -> u32 {
        let Some(number) = self.table.find(hash, text) else {
            let mut row = Writer::default();
            row.text(text).word(0).count(1).word(account);
            return self.table.add(hash, row.as_slice());
        };
        self.change(number, |accounts| {
            if let Err(at) = accounts.binary_search(&account) {
                accounts.insert(at, account);
            }
        });
        number
    }

    /// Notes that an account has this domain no more.
    pub(crate) fn drop_account(&mut self, hash: u64, number: u32, account: u32) {
        self.change(number, |accounts| {
            if let Ok(at) = accounts.binary_search(&account) {
                accounts.remove(at);
            }
        });
        self.drop_unused(hash, number);
    }

    /// The numbers of all hosts.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.table.rows.numbers()
    }

    pub(crate) fn bytes(&self) -> usize {
        let crowds: usize = self.crowds.values().map(|crowd| crowd.capacity() * 4 + 64).sum();
        self.table.bytes() + crowds
    }

    /// The number of the host, which is there from now on.
    pub(crate) fn intern(&mut self, hash: u64, text: &str) -> u32 {
        self.table.find(hash, text).unwrap_or_else(|| {
            let mut row = Writer::default();
            row.text(text).word(0).count(0);
            self.table.add(hash, row.as_slice())
        })
    }

    fn change(&mut self, number: u32, change: impl FnOnce(&mut Vec<u32>)) {
        if let Some(crowd) = self.crowds.get_mut(&number) {
            change(Arc::make_mut(crowd));
            if crowd.is_empty() {
                self.crowds.remove(&number);
            }
            return;
        }
        let mut accounts: Vec<u32> = self.accounts(number).collect();
        change(&mut accounts);
        let crowd = if accounts.len() > CROWD { std::mem::take(&mut accounts) } else { vec![] };
        let host = self.get(number);
        let mut row = Writer::default();
        row.raw(host.text).word(host.addresses).count(accounts.len());
        accounts.iter().for_each(|account| {
            row.word(*account);
        });
        self.table.rows.set(number, row.as_slice());
        if !crowd.is_empty() {
            self.crowds.insert(number, Arc::new(crowd));
        }
    }
}
