//! Yes, no, or not known yet.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Not;

use acquaint_core::ids::SourceName;
use acquaint_core::meeting::Meeting;
use acquaint_core::view::EntityKind;

/// Whether something holds. What is unknown may yet turn out either way, and never contradicts what it turns out to be
/// (Kleene's strong logic).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    Yes,
    No,
    /// It depends on a value that has not been fetched.
    Unknown,
}

impl Truth {
    /// Whether it certainly holds.
    pub(crate) fn holds(self) -> bool {
        self == Self::Yes
    }

    /// All of them: no if one is, whatever else is unknown. Looks no further than the first no.
    pub(super) fn all<T>(items: impl IntoIterator<Item = T>, mut truth: impl FnMut(T) -> Self) -> Self {
        let mut all = Self::Yes;
        for item in items {
            match truth(item) {
                Self::No => return Self::No,
                Self::Unknown => all = Self::Unknown,
                Self::Yes => {}
            }
        }
        all
    }

    /// Any of them: yes if one is, whatever else is unknown. Looks no further than the first yes.
    pub(super) fn any<T>(items: impl IntoIterator<Item = T>, mut truth: impl FnMut(T) -> Self) -> Self {
        !Self::all(items, |item| !truth(item))
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// What a manifest reads and the mirror does not hold yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unfetched {
    /// Mapped fields of accounts, contacts and deals.
    mapped: BTreeMap<SourceName, BTreeMap<EntityKind, BTreeSet<String>>>,
    /// What was left out of events, as `privacy.drop` names it.
    events: BTreeSet<String>,
    /// Whether only the times of private events are there.
    private_events: bool,
}

impl Unfetched {
    /// With a field, by the manifest's name for it.
    pub(crate) fn with(mut self, source: SourceName, kind: EntityKind, field: impl Into<String>) -> Self {
        self.mapped.entry(source).or_default().entry(kind).or_default().insert(field.into());
        self
    }

    /// With what was left out of events.
    pub(crate) fn with_events(mut self, dropped: impl IntoIterator<Item = String>, private: bool) -> Self {
        self.events.extend(dropped);
        self.private_events |= private;
        self
    }

    /// Whether a field of meetings is missing of this one. Of a private one only times are ever read, and of what kind it is.
    pub(super) fn lacks_of(&self, meeting: &Meeting, field: &str) -> bool {
        if meeting.private { field == "kind" && self.private_events } else { self.events.contains(field) }
    }

    pub(crate) fn contains(&self, source: &SourceName, kind: EntityKind, field: &str) -> bool {
        self.mapped
            .get(source)
            .and_then(|kinds| kinds.get(&kind))
            .is_some_and(|fields| fields.contains(field))
    }

    /// Whether a field is missing of the records of any source.
    pub(super) fn contains_of_any(&self, kind: EntityKind, field: &str) -> bool {
        self.mapped.values().filter_map(|kinds| kinds.get(&kind)).any(|fields| fields.contains(field))
    }

    /// Whether any field of deals is missing.
    pub(super) fn touches_deals(&self) -> bool {
        self.mapped.values().any(|kinds| kinds.contains_key(&EntityKind::Deal))
    }

    /// Whether any field of the source's records is missing.
    pub(super) fn touches(&self, source: &SourceName) -> bool {
        self.mapped.contains_key(source)
    }
}
