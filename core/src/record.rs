//! Records as providers send them, and the changes that bring them.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::ids::RecordKey;

/// Orders two states of one record: the greater is the newer. Providers' modification times in milliseconds
/// serve well where they never go backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub i64);

impl From<DateTime<Utc>> for Version {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_millis())
    }
}

/// One item as the provider sent it: JSON bytes, the truth that everything else is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawRecord {
    /// The provider's id within the partition.
    pub key: RecordKey,
    /// Its version. Without one, or with equal ones, the later arrival wins.
    pub version: Option<Version>,
    /// The item as JSON.
    pub raw: Bytes,
}

impl RawRecord {
    /// A record without a comparable version.
    pub fn new(key: impl Into<RecordKey>, raw: impl Into<Bytes>) -> Self {
        Self { key: key.into(), version: None, raw: raw.into() }
    }

    /// Sets the version.
    #[must_use]
    pub fn at_version(mut self, version: impl Into<Version>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Reads the JSON as `T`.
    ///
    /// # Errors
    /// `Malformed`, naming the place but nothing of the content.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        parse_json(&self.raw).map_err(|error| error.with("record", &self.key))
    }
}

/// Reads JSON as `T`. The error names the line and column and nothing of the content, which may be personal.
///
/// # Errors
/// `Malformed`.
pub fn parse_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "the JSON does not have the expected shape",
            serde_json::error::Category::Eof => "the JSON ends too early",
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => "this is not JSON",
        };
        Error::new(crate::ErrorKind::Malformed, what)
            .with("line", error.line())
            .with("column", error.column())
    })
}

/// Why a record is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gone {
    /// Deleted at the provider.
    Deleted,
    /// Archived at the provider; it may be restored.
    Archived,
    /// Erased at the provider for privacy; it must not be kept elsewhere, and does not come back. A provider may show it for
    /// a while yet; it is not written again.
    Erased,
    /// Merged into the named record, which carries on.
    MergedInto(RecordKey),
    /// Still there, but no longer visible to this connection.
    LostAccess,
    /// Moved out of the window that the manifest reads.
    MovedOutOfWindow,
    /// No longer what the manifest's filter selects at the provider.
    Deselected,
    /// Not seen in a complete baseline.
    Unseen,
    /// It ended longer ago than the manifest retains (`privacy.retain`).
    PastRetention,
}

/// One change of one record.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Change {
    /// The record in full.
    Full(RawRecord),
    /// A JSON merge patch (RFC 7396) of a record that the mirror already holds. If it holds none, the key is
    /// read in full later.
    Patch(RawRecord),
    /// The record is gone.
    Tombstone {
        /// Which one.
        key: RecordKey,
        /// Why.
        gone: Gone,
        /// The version of the deletion, if the provider gives one.
        version: Option<Version>,
    },
    /// An item that cannot be used: kept aside with its bytes, counted and explained, while the page goes on.
    Rejected {
        /// Its key, or a made-up one if it has none.
        record: RawRecord,
        /// Why.
        why: String,
    },
}

impl Change {
    /// A tombstone without a version.
    pub fn gone(key: impl Into<RecordKey>, gone: Gone) -> Self {
        Self::Tombstone { key: key.into(), gone, version: None }
    }

    /// The key of the record that changed.
    pub fn key(&self) -> &RecordKey {
        match self {
            Self::Full(record) | Self::Patch(record) | Self::Rejected { record, .. } => &record.key,
            Self::Tombstone { key, .. } => key,
        }
    }
}
