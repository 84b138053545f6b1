//! What privacy takes out of the mirror again.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::depkey::DependencyKey;
use crate::ids::{ConnectionId, RecordRef, Seq, StreamName, TenantId};
use crate::record::Gone;

/// Asks for live records, in whichever partitions.
#[derive(Debug, Clone)]
pub struct LiveQuery<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// Which, and in what order.
    pub which: Live<'a>,
    /// The most records.
    pub limit: usize,
}

/// Which live records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live<'a> {
    /// Those of a stream in all its partitions, by partition and key.
    Of {
        /// The connection.
        connection: &'a ConnectionId,
        /// The stream.
        stream: &'a StreamName,
        /// Only those after this one.
        after: Option<&'a RecordRef>,
    },
    /// Those of a stream that could not be viewed, by partition and key.
    NotUnderstood {
        /// The connection.
        connection: &'a ConnectionId,
        /// The stream.
        stream: &'a StreamName,
        /// Only those after this one.
        after: Option<&'a RecordRef>,
    },
    /// Those of any stream whose span ended before this instant, the longest ago first, then by reference.
    EndedBefore(DateTime<Utc>),
}

/// Takes out of the mirror what it may not hold any more.
#[derive(Debug, Clone)]
pub struct Shed<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// Records, each once.
    pub writes: &'a [ShedWrite],
    /// How far the mirror has been gone through then; `None` leaves that as it is.
    pub reached: Option<&'a Shedding>,
}

/// What is left of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct ShedWrite {
    /// Which.
    pub record: RecordRef,
    /// The commit that had last brought it when it was read. One that was brought or taken since stays as it is.
    pub touched: Seq,
    /// What is left.
    pub left: Left,
}

/// What is left of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Left {
    /// A part of it. When it was last brought, its span and its version stay.
    Part {
        /// What is left of what the provider sent.
        raw: Bytes,
        /// The encoded views of that.
        views: Bytes,
        /// The dependency keys that they provide, sorted.
        keys: Vec<DependencyKey>,
        /// Why it cannot be viewed, if it cannot.
        problem: Option<String>,
    },
    /// Nothing: it becomes a tombstone.
    Nothing(Gone),
}

/// How far a tenant's mirror has been gone through for what its privacy keeps out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Shedding {
    /// What is kept out.
    pub privacy: String,
    /// The last record that was looked at; `None` once all were.
    pub after: Option<RecordRef>,
}

impl Shedding {
    /// All of it has been gone through.
    pub fn done(privacy: impl Into<String>) -> Self {
        Self { privacy: privacy.into(), after: None }
    }

    /// As far as this record.
    #[must_use]
    pub fn after(mut self, record: RecordRef) -> Self {
        self.after = Some(record);
        self
    }
}
