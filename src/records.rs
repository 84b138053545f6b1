//! Asking for what is mirrored, as it was read and as it is understood.

use acquaint_core::Result;
use acquaint_core::ids::{ConnectionId, PartitionKey, RecordKey, RecordRef, StreamName};
use acquaint_core::record::Gone;
use acquaint_core::store::{RecordQuery, StoredRecord};
use acquaint_core::view::Views;
use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::tenant::Tenant;
use crate::views;

/// Records fetched at a time.
const PAGE: usize = 500;

/// A record of the mirror.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MirroredRecord {
    /// Where it is.
    pub record: RecordRef,
    /// What it says: a deal, a colleague, a contact, its links. Nothing if it is gone or could not be understood.
    pub views: Views,
    /// As the provider sent it, without what privacy keeps out; empty once it is gone.
    pub raw: Bytes,
    /// Why it is gone, if it is.
    pub gone: Option<Gone>,
    /// Why it could not be understood, if it could not.
    pub problem: Option<String>,
    /// When the provider last showed it.
    pub seen: DateTime<Utc>,
}

/// Asks for the records of one stream of a connection, partition by partition, in order of their keys.
#[derive(Debug, Clone)]
#[must_use = "nothing is asked before `page` or `all`"]
pub struct Records {
    tenant: Tenant,
    connection: ConnectionId,
    stream: StreamName,
    partition: PartitionKey,
    after: Option<RecordKey>,
}

impl Records {
    pub(crate) fn new(tenant: Tenant, connection: ConnectionId, stream: StreamName) -> Self {
        Self { tenant, connection, stream, partition: PartitionKey::whole(), after: None }
    }

    /// Those of this partition: of a stream that has several, each is asked for by itself.
    pub fn partition(mut self, partition: impl Into<PartitionKey>) -> Self {
        self.partition = partition.into();
        self
    }

    /// Only those after this key.
    pub fn after(mut self, key: impl Into<RecordKey>) -> Self {
        self.after = Some(key.into());
        self
    }

    /// Up to `limit` of them, those included that are gone.
    ///
    /// # Errors
    /// The store's.
    pub async fn page(&self, limit: usize) -> Result<Vec<MirroredRecord>> {
        let query = RecordQuery {
            tenant: &self.tenant.id,
            connection: &self.connection,
            stream: &self.stream,
            partition: &self.partition,
            after: self.after.as_ref(),
            limit,
        };
        self.tenant.engine.store.scan(&query).await?.into_iter().map(understood).collect()
    }

    /// All that are there.
    ///
    /// # Errors
    /// The store's.
    pub async fn all(mut self) -> Result<Vec<MirroredRecord>> {
        let mut records = Vec::new();
        loop {
            let page = self.page(PAGE).await?;
            let (whole, last) = (page.len() == PAGE, page.last().map(|last| last.record.key.clone()));
            records.extend(page.into_iter().filter(|record| record.gone.is_none()));
            match last {
                Some(last) if whole => self.after = Some(last),
                _ => return Ok(records),
            }
        }
    }
}

fn understood(stored: StoredRecord) -> Result<MirroredRecord> {
    Ok(MirroredRecord {
        views: views::decode(&stored.views)?,
        record: stored.record,
        raw: stored.raw,
        gone: stored.gone,
        problem: stored.problem,
        seen: stored.seen,
    })
}
