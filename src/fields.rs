//! The fields that a tenant's providers have, kept in a file: what a manifest is checked against without a network.

use std::collections::BTreeMap;
use std::path::Path;

use acquaint_core::connector::Field;
use acquaint_core::ids::{ConnectorId, StreamName};
use acquaint_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// The fields that records can have, by connector, stream and the provider's name: names and types, no values and
/// nobody's data. [`Tenant::lock_fields`](crate::Tenant::lock_fields) makes one, a file beside the manifest keeps it, and
/// [`Manifest::check_fields`](crate::Manifest::check_fields) checks against it. The same fields always make the same text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FieldLock {
    /// By connector and stream: each field with the provider's word for its type.
    pub connectors: BTreeMap<ConnectorId, BTreeMap<StreamName, BTreeMap<String, String>>>,
}

impl FieldLock {
    /// Reads one from a file.
    ///
    /// # Errors
    /// `Invalid`, naming the file, if it cannot be read or is none.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let unreadable =
            |error: std::io::Error| Error::invalid("the lock of fields cannot be read").with_source(error);
        let text =
            std::fs::read_to_string(path).map_err(|error| unreadable(error).with("file", path.display()))?;
        Self::parse(&text).map_err(|error| error.with("file", path.display()))
    }

    /// Reads one from its text.
    ///
    /// # Errors
    /// `Invalid` if it is none.
    pub fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            Error::invalid(format!("this is no lock of fields: {error}"))
                .advise("write it anew: `Tenant::lock_fields`, or the command `lock`")
                .with_source(error)
        })
    }

    /// Adds fields of a stream; without any, that it has none. Fields of single partitions, which no source can map, are
    /// left out. Whatever the order in which several accounts are added, the outcome is the same: a field that any of
    /// them has is there.
    pub fn add(&mut self, connector: &ConnectorId, stream: impl Into<StreamName>, fields: &[Field]) {
        let known = self.connectors.entry(connector.clone()).or_default().entry(stream.into()).or_default();
        for field in fields.iter().filter(|field| field.partition.is_none()) {
            let r#type = known.entry(field.name.clone()).or_insert_with(|| field.r#type.clone());
            if field.r#type < *r#type {
                r#type.clone_from(&field.r#type);
            }
        }
    }

    /// What is locked of a stream; `None` if nothing is known of it.
    pub fn of(&self, connector: &ConnectorId, stream: &str) -> Option<&BTreeMap<String, String>> {
        self.connectors.get(connector)?.get(&StreamName::from(stream))
    }

    /// As the text of a file: JSON, sorted, a line for each field.
    ///
    /// # Errors
    /// `Bug` if it does not serialise.
    pub fn to_text(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::bug(error.to_string()))?;
        Ok(format!("{text}\n"))
    }
}
