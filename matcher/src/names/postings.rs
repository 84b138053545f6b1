//! In which names a word is.

use std::sync::Arc;

/// Slots of names in ascending order. Most words are in one name only, which then needs no list.
#[derive(Clone, Debug, Default)]
pub(super) enum Postings {
    #[default]
    None,
    One([u32; 1]),
    Many(Arc<Vec<u32>>),
}

impl Postings {
    pub(super) fn slots(&self) -> &[u32] {
        match self {
            Self::None => &[],
            Self::One(slot) => slot,
            Self::Many(slots) => slots,
        }
    }

    pub(super) fn insert(&mut self, slot: u32) {
        match self {
            Self::None => *self = Self::One([slot]),
            Self::One([only]) if *only == slot => {}
            Self::One([only]) => {
                *self = Self::Many(Arc::new(vec![slot.min(*only), slot.max(*only)]));
            }
            Self::Many(slots) => {
                let slots = Arc::make_mut(slots);
                if let Err(at) = slots.binary_search(&slot) {
                    slots.insert(at, slot);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, slot: u32) {
        match self {
            Self::One([only]) if *only == slot => *self = Self::None,
            Self::None | Self::One(_) => {}
            Self::Many(slots) => {
                let slots = Arc::make_mut(slots);
                if let Ok(at) = slots.binary_search(&slot) {
                    slots.remove(at);
                }
                if let [only] = slots.as_slice() {
                    *self = Self::One([*only]);
                }
            }
        }
    }

    /// The memory behind the list.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::None | Self::One(_) => 0,
            Self::Many(slots) => 40 + slots.capacity() * 4,
        }
    }
}
