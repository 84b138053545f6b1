//! Which records go by a text.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use crate::RecordId;

/// More records than this are kept in a tree, so that one more of a crowd costs no copy of the crowd.
const FEW: usize = 32;

/// Records, each once, in the order of their names.
#[derive(Clone, Debug)]
pub(super) enum Ids {
    Few(SmallVec<[RecordId; 1]>),
    Crowd(BTreeSet<RecordId>),
}

impl Ids {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Crowd(crowd) => crowd.len(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RecordId> {
        let (few, crowd) = match self {
            Self::Few(few) => (Some(few.iter()), None),
            Self::Crowd(crowd) => (None, Some(crowd.iter())),
        };
        few.into_iter().flatten().chain(crowd.into_iter().flatten())
    }

    fn insert(&mut self, id: RecordId) {
        match self {
            Self::Few(few) => {
                if let Err(at) = few.binary_search(&id) {
                    few.insert(at, id);
                }
                if few.len() > FEW {
                    *self = Self::Crowd(few.drain(..).collect());
                }
            }
            Self::Crowd(crowd) => {
                crowd.insert(id);
            }
        }
    }

    fn remove(&mut self, id: &RecordId) {
        match self {
            Self::Few(few) => {
                if let Ok(at) = few.binary_search(id) {
                    few.remove(at);
                }
            }
            Self::Crowd(crowd) => {
                crowd.remove(id);
            }
        }
    }
}

/// Records by a text that they have: a name, a host, a label.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    records: HashMap<Arc<str>, Ids, RandomState>,
}

impl Keys {
    /// Notes that the record has this text. Says the text to keep, and whether it is new.
    pub(super) fn add(&mut self, text: &str, id: &RecordId) -> (Arc<str>, bool) {
        if let Some((known, _)) = self.records.get_key_value(text) {
            let known = Arc::clone(known);
            if let Some(ids) = self.records.get_mut(text) {
                ids.insert(id.clone());
            }
            return (known, false);
        }
        let text: Arc<str> = text.into();
        self.records.insert(Arc::clone(&text), Ids::Few(SmallVec::from_iter([id.clone()])));
        (text, true)
    }

    /// Notes that the record has this text no more, and says whether none has it now.
    pub(super) fn remove(&mut self, text: &str, id: &RecordId) -> bool {
        let Some(ids) = self.records.get_mut(text) else { return false };
        ids.remove(id);
        let last = ids.len() == 0;
        if last {
            self.records.remove(text);
        }
        last
    }

    /// The records that have this text.
    pub(super) fn get(&self, text: &str) -> Option<&Ids> {
        self.records.get(text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_crowd_comes_in_order_and_goes() {
        let mut keys = Keys::default();
        let ids: Vec<RecordId> = (0..100).map(|at| RecordId::from(format!("{at:03}"))).collect();
        for id in ids.iter().rev().chain(&ids) {
            keys.add("x", id);
        }
        assert!(keys.get("x").unwrap().iter().eq(&ids));
        let last = ids.iter().filter(|id| keys.remove("x", id)).count();
        assert_eq!(last, 1);
        assert!(keys.get("x").is_none());
    }
}
