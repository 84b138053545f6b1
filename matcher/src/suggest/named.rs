//! Records by what their names are like.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::ids::{Ids, Keys};
use crate::RecordId;
use crate::names::{MAX_FOUND, NameIndex, NameKind, fold, hash};

/// How many names with one hash are found. The fifth is passed over: by chance there are not even three.
const MAX_LEVELS: usize = 4;

/// Records by what their names are like.
///
/// Each spelling is in the index once, however many records have it, so that a crowd of one name does not push all
/// others out of what is found. Its number there is its hash, not a count, so that which of equally good names are
/// found depends on the names alone and not on the order in which they came. Of names with one hash the first by bytes
/// is in the first index, the next in the second, and so on.
#[derive(Clone, Debug)]
pub(super) struct Named {
    kind: NameKind,
    records: Keys,
    /// The names with one hash, sorted.
    names: HashMap<u32, SmallVec<[Arc<str>; 1]>, RandomState>,
    levels: Vec<NameIndex>,
}

/// A name that was found.
#[derive(Debug)]
pub(super) struct FoundName<'a> {
    /// As it was folded.
    pub(super) name: &'a str,
    /// From 0 to 1000.
    pub(super) score: u16,
    /// Who is called that.
    pub(super) records: &'a Ids,
}

impl Named {
    pub(super) fn new(kind: NameKind) -> Self {
        Self { kind, records: Keys::default(), names: HashMap::default(), levels: vec![] }
    }

    /// Notes that the record is called so, and says under which text that is kept. `None` if nothing is left of the
    /// name.
    pub(super) fn add(&mut self, name: &str, id: &RecordId) -> Option<Arc<str>> {
        let folded = fold(name);
        if folded.is_empty() {
            return None;
        }
        let (text, new) = self.records.add(&folded, id);
        if new {
            let number = hash(text.bytes());
            let names = self.names.entry(number).or_default();
            let at = names.partition_point(|name| *name < text);
            names.insert(at, Arc::clone(&text));
            self.index(number, at);
        }
        Some(text)
    }

    /// Notes that the record is called so no more. `text` is what [`add`](Self::add) said.
    pub(super) fn remove(&mut self, text: &str, id: &RecordId) {
        if !self.records.remove(text, id) {
            return;
        }
        let number = hash(text.bytes());
        let Some(names) = self.names.get_mut(&number) else { return };
        let at = names.partition_point(|name| &**name < text);
        if at < names.len() {
            names.remove(at);
        }
        self.index(number, at);
        if self.names.get(&number).is_some_and(SmallVec::is_empty) {
            self.names.remove(&number);
        }
    }

    /// The names most like `query`, the best first; of equally good ones the smaller by bytes.
    pub(super) fn search(&self, query: &str) -> Vec<FoundName<'_>> {
        let mut found: Vec<FoundName<'_>> = vec![];
        for (level, index) in self.levels.iter().enumerate() {
            for one in index.search(query, MAX_FOUND) {
                let name = self.names.get(&one.id).and_then(|names| names.get(level));
                let Some((name, records)) = name.and_then(|name| Some((name, self.records.get(name)?)))
                else {
                    continue;
                };
                found.push(FoundName { name, score: thousandths(one.score), records });
            }
        }
        found.sort_unstable_by(|one, other| other.score.cmp(&one.score).then(one.name.cmp(other.name)));
        found.truncate(MAX_FOUND);
        found
    }

    /// Puts the names with this hash into their indexes again, from this place on.
    fn index(&mut self, number: u32, from: usize) {
        let names = self.names.get(&number).map_or(&[][..], SmallVec::as_slice);
        while self.levels.len() < names.len().min(MAX_LEVELS) {
            self.levels.push(NameIndex::new(self.kind));
        }
        for (level, index) in self.levels.iter_mut().enumerate().skip(from) {
            match names.get(level) {
                Some(name) => index.upsert(number, name),
                None => {
                    index.remove(number);
                }
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 1000")]
fn thousandths(score: f32) -> u16 {
    (score.clamp(0.0, 1.0) * 1000.0).round() as u16
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn found(named: &Named, query: &str) -> Vec<String> {
        let found = named.search(query);
        found.iter().flat_map(|one| one.records.iter().map(|id| format!("{} {id}", one.name))).collect()
    }

    #[test]
    fn names_with_one_hash_are_all_found_and_go_one_by_one() {
        // No two short names are known to share a hash, so it is given to them here.
        let mut named = Named::new(NameKind::Company);
        for (name, id) in [("vandelay", "1"), ("globex", "2"), ("hooli", "3")] {
            let (text, _) = named.records.add(name, &id.into());
            let names = named.names.entry(7).or_default();
            let at = names.partition_point(|name| *name < text);
            names.insert(at, text);
            named.index(7, at);
        }
        assert_eq!(named.levels.len(), 3);
        for (query, answer) in [("Globex", "globex 2"), ("Hooli", "hooli 3"), ("Vandelay", "vandelay 1")] {
            assert_eq!(found(&named, query), [answer]);
        }
        named.names.get_mut(&7).unwrap().remove(0);
        named.index(7, 0);
        assert!(found(&named, "Globex").is_empty());
        assert_eq!(found(&named, "Vandelay"), ["vandelay 1"]);
    }

    #[test]
    fn a_name_is_there_until_the_last_record_has_lost_it() {
        let mut named = Named::new(NameKind::Person);
        let text = named.add("Jané Doe", &"1".into()).unwrap();
        named.add("JANE DOE", &"2".into());
        assert_eq!(found(&named, "Jane Doe"), ["jane doe 1", "jane doe 2"]);
        named.remove(&text, &"1".into());
        assert_eq!(found(&named, "Jane Doe"), ["jane doe 2"]);
        named.remove(&text, &"2".into());
        assert!(found(&named, "Jane Doe").is_empty() && named.names.is_empty());
        assert_eq!(named.add("?!", &"3".into()), None);
    }
}
