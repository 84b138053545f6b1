//! Items of a batch that fail on demand, while the rest of it succeeds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::HubSpotSandbox;
use super::error::CrmError;
use super::kinds::Kind;

/// How one record fails in every batch that names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ItemFailure {
    /// As if it did not exist.
    NotFound,
    /// With this category, for instance `INTERNAL_ERROR` or `VALIDATION_ERROR`, and these words.
    Other {
        /// The category.
        category: String,
        /// The message.
        message: String,
    },
}

impl ItemFailure {
    /// A failure of HubSpot's own, which may pass.
    pub fn internal() -> Self {
        Self::Other { category: "INTERNAL_ERROR".to_owned(), message: "internal error".to_owned() }
    }
}

/// A category, a message, and the key of the context that names the ids.
type Said = (String, String, String);

/// The errors of a batch, put together by what they say: one entry names all the ids it is about.
#[derive(Debug, Default)]
pub(super) struct ItemErrors(BTreeMap<Said, Vec<String>>);

impl ItemErrors {
    /// Adds an id to the error of this category and message, under this key of its context.
    pub(super) fn add(&mut self, category: &str, message: &str, key: &str, id: String) {
        let ids = self.0.entry((category.to_owned(), message.to_owned(), key.to_owned())).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }

    /// Adds an id that could not be found.
    pub(super) fn missing(&mut self, kind: &Kind, id: String) {
        let message = format!(
            "Could not get some {} objects, they may be deleted or not exist. Check that ids are valid.",
            kind.singular().to_uppercase()
        );
        self.add("OBJECT_NOT_FOUND", &message, "ids", id);
    }

    /// Adds an id that fails on demand.
    pub(super) fn failing(&mut self, kind: &Kind, failure: &ItemFailure, id: String) {
        match failure {
            ItemFailure::NotFound => self.missing(kind, id),
            ItemFailure::Other { category, message } => self.add(category, message, "ids", id),
        }
    }

    pub(super) fn json(self) -> Vec<Value> {
        let entry = |((category, message, key), ids): (Said, Vec<String>)| {
            let context = json!({ (key): ids });
            json!({"status": "error", "category": category, "message": message, "context": context})
        };
        self.0.into_iter().map(entry).collect()
    }
}

impl HubSpotSandbox {
    /// Lets a record fail in every batch that names it, until [`Self::heal_batches`]: batch reads, updates, upserts and
    /// archivings of records, and batch reads of associations from it. The rest of such a batch succeeds, with
    /// status 207.
    ///
    /// # Errors
    /// If the portal or type does not exist.
    pub fn fail_in_batches(
        &self,
        portal: u64,
        kind: &str,
        id: u64,
        failure: ItemFailure,
    ) -> Result<(), CrmError> {
        self.change(portal, |portal, _| {
            let kind = portal.kind_of(kind)?;
            portal.failing.insert((kind, id), failure);
            Ok(())
        })
    }

    /// Lets no record of `portal` fail any more.
    ///
    /// # Errors
    /// If there is no such portal.
    pub fn heal_batches(&self, portal: u64) -> Result<(), CrmError> {
        self.change(portal, |portal, _| {
            portal.failing.clear();
            Ok(())
        })
    }
}
