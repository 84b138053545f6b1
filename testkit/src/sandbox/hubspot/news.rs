//! What happens in a portal, as it happens: the source of webhooks.

use super::kinds::Kind;
use super::links::End;

/// Something that happened to a record.
#[derive(Debug, Clone)]
pub(super) struct News {
    pub(super) kind: Kind,
    pub(super) id: u64,
    pub(super) what: Happening,
    /// Whether an app did it, not a person.
    pub(super) by_app: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Happening {
    Created,
    Deleted,
    Restored,
    /// Deleted for privacy.
    Erased,
    Changed {
        name: String,
        value: String,
        /// Whether the record was made with it.
        initial: bool,
    },
    /// The record is the new one of a merge.
    Merged {
        primary: u64,
        other: u64,
        moved: usize,
    },
    /// One type of association, in the direction from the record.
    Linked {
        to: End,
        link: u32,
        removed: bool,
    },
}

/// The news of a portal that webhooks have not taken up yet.
#[derive(Debug, Default)]
pub(super) struct Newsroom {
    /// Whether anybody listens; else nothing is kept.
    pub(super) open: bool,
    pub(super) by_app: bool,
    all: Vec<News>,
}

impl Newsroom {
    pub(super) fn tell(&mut self, kind: &Kind, id: u64, what: impl FnOnce() -> Happening) {
        if self.open {
            self.all.push(News { kind: kind.clone(), id, what: what(), by_app: self.by_app });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn take(&mut self) -> Vec<News> {
        std::mem::take(&mut self.all)
    }
}
