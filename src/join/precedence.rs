//! Several CRMs, of which some come before others.

use std::collections::BTreeMap;

use acquaint_core::ids::{ConnectionId, SourceName};
use acquaint_matcher::Resolution;

use crate::manifest::Matching;

/// Sources that are looked at together, in the order in which their word counts. Without a precedence it is one group of
/// all.
#[derive(Debug)]
pub(super) struct Groups<'a> {
    named: Vec<&'a SourceName>,
    sources: &'a BTreeMap<ConnectionId, SourceName>,
}

/// What the groups say of somebody, where there are several.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// The one whose word counts.
    pub(crate) by: String,
    /// What each of the others says.
    pub(crate) others: Vec<(String, Resolution)>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(matching: &'a Matching, sources: &'a BTreeMap<ConnectionId, SourceName>) -> Self {
        Self { named: matching.precedence.iter().map(|(name, _)| name).collect(), sources }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.named.len() + 1
    }

    /// The group of a connection, if it serves a source.
    pub(super) fn of(&self, connection: &ConnectionId) -> Option<usize> {
        let source = self.sources.get(connection)?;
        Some(self.named.iter().position(|name| *name == source).unwrap_or(self.named.len()))
    }

    /// Whose word counts of what each group says of one person: the first in which they are found with an account, or
    /// found to be of the tenant's own company; else the first that has a contact; else the first.
    pub(super) fn choose(&self, mut said: Vec<Resolution>) -> Option<(Resolution, Option<Heard>)> {
        let placed = |one: &Resolution| one.account.is_some() || !one.class.is_external();
        let first = said.iter().position(placed);
        let chosen = first.or_else(|| said.iter().position(|one| one.contact.is_some())).unwrap_or(0);
        if said.len() == 1 {
            return said.pop().map(|only| (only, None));
        }
        let mut said: Vec<(String, Resolution)> =
            said.into_iter().enumerate().map(|(at, one)| (self.name(at), one)).collect();
        if chosen >= said.len() {
            return None;
        }
        let (by, resolution) = said.remove(chosen);
        Some((resolution, Some(Heard { by, others: said })))
    }

    fn name(&self, at: usize) -> String {
        self.named.get(at).map_or_else(|| "other sources".to_owned(), |name| name.to_string())
    }
}
