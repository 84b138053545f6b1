//! The least that could answer: tables made for one purpose, read ahead, with nothing recorded and nothing weighed.

use std::hash::{BuildHasher, Hasher};
use std::hint::black_box;

use foldhash::fast::RandomState;

use super::{people, weight};

/// Addresses and domains in flat tables of 64-bit slots, half of them a piece of the hash and half a number. Behind a
/// number stand the text, and for an address its company's number: what a whole answer reads too.
#[derive(Debug)]
pub(crate) struct Bare {
    seed: RandomState,
    emails: Flat,
    domains: Flat,
    /// The company of each address.
    company: Vec<u32>,
    /// What an answer says of each company.
    ids: Vec<[u8; 16]>,
}

#[derive(Debug)]
struct Flat {
    slots: Vec<u64>,
    text: Vec<u8>,
    starts: Vec<u32>,
}

impl Flat {
    fn new(seed: &RandomState, texts: impl ExactSizeIterator<Item = String>) -> Self {
        let mut flat = Self {
            slots: vec![u64::MAX; (texts.len() * 4 / 3).next_power_of_two()],
            text: vec![],
            starts: vec![0],
        };
        for (n, text) in texts.enumerate() {
            flat.text.extend_from_slice(text.as_bytes());
            flat.starts.push(flat.text.len() as u32);
            let hash = hash(seed, text.as_bytes());
            let mut at = hash as usize & (flat.slots.len() - 1);
            while flat.slots[at] != u64::MAX {
                at = (at + 1) & (flat.slots.len() - 1);
            }
            flat.slots[at] = hash & !0xffff_ffff | n as u64;
        }
        flat
    }

    #[inline]
    fn touch(&self, hash: u64) -> u64 {
        self.slots[hash as usize & (self.slots.len() - 1)]
    }

    /// The first number whose piece of the hash fits.
    #[inline]
    fn candidate(&self, hash: u64) -> u32 {
        let mut at = hash as usize & (self.slots.len() - 1);
        loop {
            let slot = self.slots[at];
            if slot == u64::MAX || (slot ^ hash) >> 32 == 0 {
                return slot as u32;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    #[inline]
    fn text(&self, n: u32) -> &[u8] {
        &self.text[self.starts[n as usize] as usize..self.starts[n as usize + 1] as usize]
    }
}

fn hash(seed: &RandomState, text: &[u8]) -> u64 {
    let mut hasher = seed.build_hasher();
    hasher.write(text);
    hasher.finish()
}

#[derive(Clone, Copy, Default)]
struct One {
    start: usize,
    at: usize,
    end: usize,
    hash: u64,
    host: u64,
    email: u32,
    domain: u32,
}

impl Bare {
    pub(crate) fn new(
        emails: impl ExactSizeIterator<Item = (String, u32)> + Clone,
        domains: impl ExactSizeIterator<Item = String>,
    ) -> Self {
        let seed = RandomState::default();
        let company = emails.clone().map(|one| one.1).collect();
        let id = |n| {
            let (mut id, text) = ([0; 16], people::account_id(n));
            id[..text.len()].copy_from_slice(text.as_bytes());
            id
        };
        let ids: Vec<[u8; 16]> = (0..domains.len()).map(id).collect();
        let domains = Flat::new(&seed, domains);
        Self { emails: Flat::new(&seed, emails.map(|one| one.0)), domains, company, ids, seed }
    }

    /// The sum of what the companies' ids weigh, of those that have one.
    pub(crate) fn resolve(&self, addresses: &[String], text: &mut Vec<u8>) -> u64 {
        let mut all = [One::default(); 64];
        let group = &mut all[..addresses.len()];
        text.clear();
        for (one, address) in group.iter_mut().zip(addresses) {
            let address = address.trim().as_bytes();
            one.start = text.len();
            text.extend_from_slice(address);
            one.end = text.len();
            let lower = &mut text[one.start..];
            lower.make_ascii_lowercase();
            one.at = lower.iter().position(|byte| *byte == b'@').unwrap_or_default();
            one.hash = hash(&self.seed, lower);
            one.host = hash(&self.seed, &lower[one.at + 1..]);
        }
        let mut warm =
            group.iter().fold(0, |all, one| all ^ self.emails.touch(one.hash) ^ self.domains.touch(one.host));
        for one in group.iter_mut() {
            one.email = self.emails.candidate(one.hash);
            one.domain = self.domains.candidate(one.host);
        }
        for one in group.iter() {
            if one.email != u32::MAX {
                warm ^= u64::from(self.emails.starts[one.email as usize] ^ self.company[one.email as usize]);
            }
        }
        for one in group.iter() {
            if one.email != u32::MAX {
                warm ^= u64::from(self.emails.text(one.email)[0]);
                warm ^= u64::from(self.ids[self.company[one.email as usize] as usize][0]);
            } else if one.domain != u32::MAX {
                warm ^= u64::from(
                    self.domains.starts[one.domain as usize] as u8 ^ self.ids[one.domain as usize][0],
                );
            }
        }
        // Or nothing would be read ahead.
        black_box(warm);
        let mut sum = 0_u64;
        for one in group.iter() {
            let address = &text[one.start..one.end];
            let id = if one.email != u32::MAX && self.emails.text(one.email) == address {
                &self.ids[self.company[one.email as usize] as usize]
            } else if one.domain != u32::MAX && self.domains.text(one.domain) == &address[one.at + 1..] {
                &self.ids[one.domain as usize]
            } else {
                continue;
            };
            let len = id.iter().position(|byte| *byte == 0).unwrap_or(id.len());
            sum = sum.wrapping_add(weight(&id[..len]));
        }
        sum
    }
}
