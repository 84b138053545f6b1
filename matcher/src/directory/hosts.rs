//! Mail hosts and company domains, each kept once.

use super::table::Table;
use crate::store::{Reader, Writer};

/// Mail hosts and company domains by number: how many addresses are on each, and which accounts have it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts(Table);

/// What is kept of one host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host<'a> {
    pub(crate) text: &'a [u8],
    /// How many addresses of contacts are on it.
    pub(crate) addresses: u32,
    accounts: &'a [u8],
}

impl<'a> Host<'a> {
    fn read(row: &'a [u8]) -> Self {
        let mut row = Reader::new(row);
        let (text, addresses, accounts) = (row.raw(), row.word(), row.count());
        Self { text, addresses, accounts: row.skip(accounts * 4) }
    }

    /// The numbers of the accounts that have it as a domain, ascending.
    pub(crate) fn accounts(self) -> impl ExactSizeIterator<Item = u32> + 'a {
        self.accounts.chunks_exact(4).map(|bytes| Reader::new(bytes).word())
    }
}

impl Hosts {
    pub(crate) fn with_capacity(hosts: usize) -> Self {
        Self(Table::with_capacity(hosts))
    }

    pub(crate) fn find(&self, hash: u64, text: &str) -> Option<u32> {
        self.0.find(hash, text)
    }

    pub(crate) fn get(&self, number: u32) -> Host<'_> {
        Host::read(self.0.rows.get(number))
    }

    pub(crate) fn table(&self) -> &Table {
        &self.0
    }

    /// Counts one more address on the host and says its number.
    pub(crate) fn add_address(&mut self, hash: u64, text: &str) -> u32 {
        let number = self.intern(hash, text);
        let host = self.get(number);
        let (offset, count) = (counter(host.text), host.addresses.saturating_add(1));
        self.0.rows.patch(number, offset, &count.to_le_bytes());
        number
    }

    /// Counts one address less.
    pub(crate) fn drop_address(&mut self, hash: u64, number: u32) {
        let host = self.get(number);
        let (offset, count) = (counter(host.text), host.addresses.saturating_sub(1));
        if count == 0 && host.accounts.is_empty() {
            self.0.remove(hash, number);
        } else {
            self.0.rows.patch(number, offset, &count.to_le_bytes());
        }
    }

    /// Notes that an account has this domain, and says the domain's number.
    pub(crate) fn add_account(&mut self, hash: u64, text: &str, account: u32) -> u32 {
        let number = self.intern(hash, text);
        self.change(number, |accounts| {
            if let Err(at) = accounts.binary_search(&account) {
                accounts.insert(at, account);
            }
        });
        number
    }

    /// Notes that an account has this domain no more.
    pub(crate) fn drop_account(&mut self, hash: u64, number: u32, account: u32) {
        self.change(number, |accounts| accounts.retain(|one| *one != account));
        let host = self.get(number);
        if host.addresses == 0 && host.accounts.is_empty() {
            self.0.remove(hash, number);
        }
    }

    /// The numbers of all hosts.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.rows.numbers()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.bytes()
    }

    fn intern(&mut self, hash: u64, text: &str) -> u32 {
        self.0.find(hash, text).unwrap_or_else(|| {
            let mut row = Writer::default();
            row.text(text).word(0).count(0);
            self.0.add(hash, row.as_slice())
        })
    }

    fn change(&mut self, number: u32, change: impl FnOnce(&mut Vec<u32>)) {
        let host = self.get(number);
        let mut accounts: Vec<u32> = host.accounts().collect();
        change(&mut accounts);
        let mut row = Writer::default();
        row.raw(host.text).word(host.addresses).count(accounts.len());
        accounts.iter().for_each(|account| {
            row.word(*account);
        });
        self.0.rows.set(number, row.as_slice());
    }
}

/// Where in its row the number of addresses is.
fn counter(text: &[u8]) -> usize {
    let mut head = Writer::default();
    head.count(text.len());
    head.as_slice().len() + text.len()
}
