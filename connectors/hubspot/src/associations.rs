//! The companies of a contact, in one form wherever they were read.
//!
//! A list shows one row per company and label; a batch read shows one per company. A record keeps the
//! canonical form: the list's, by company id, with the primary type where it holds and the unlabelled one,
//! which every link carries.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::{Id, LinkTo};

const PRIMARY: &str = "contact_to_company";
const UNLABELLED: &str = "contact_to_company_unlabeled";

/// Company ids, and whether each is the primary one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Links(BTreeMap<String, bool>);

impl Links {
    /// The links in a record's `associations`.
    pub(crate) fn of(associations: &Value) -> Self {
        let mut links = Self::default();
        let rows = associations.pointer("/companies/results").and_then(Value::as_array);
        for row in rows.into_iter().flatten() {
            if let Some(id) = row.get("id").and_then(Id::of) {
                links.insert(id.0, row.get("type").is_some_and(|name| name == PRIMARY));
            }
        }
        links
    }

    /// Adds rows of a batch read.
    pub(crate) fn extend<'a>(&mut self, rows: impl IntoIterator<Item = &'a LinkTo>) {
        for row in rows {
            self.insert(row.company().to_owned(), row.is_primary());
        }
    }

    fn insert(&mut self, company: String, primary: bool) {
        *self.0.entry(company).or_default() |= primary;
    }

    /// Whether a record's `associations` hold only the first page of them.
    pub(crate) fn are_cut(associations: &Value) -> bool {
        associations.pointer("/companies/paging/next").is_some_and(|next| !next.is_null())
    }

    /// Puts the canonical form in place of whatever `record` holds.
    pub(crate) fn write(&self, record: &mut Map<String, Value>) {
        record.remove("associations");
        if self.0.is_empty() {
            return;
        }
        let mut rows = Vec::with_capacity(self.0.len() + 1);
        for (id, primary) in &self.0 {
            if *primary {
                rows.push(json!({"id": id, "type": PRIMARY}));
            }
            rows.push(json!({"id": id, "type": UNLABELLED}));
        }
        record.insert("associations".to_owned(), json!({"companies": {"results": rows}}));
    }

    /// Company ids in order, and whether each is the primary one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.iter().map(|(id, primary)| (id.as_str(), *primary))
    }
}
