//! One stream of a connector: what an author writes.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::page::{FetchRequest, Page};
use super::settings::SourceSettings;
use super::spec::StreamSpec;
use crate::cursor::{StoredCursor, SyncCursor};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::http::HttpClient;
use crate::ids::{PartitionKey, RecordKey, StreamName};
use crate::record::{Change, RawRecord};
use crate::view::Views;

/// What a connector is given to work with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Context {
    /// Calls the provider as the connection's grant.
    pub http: HttpClient,
    /// The time, and randomness.
    pub env: Env,
    /// What the manifest asks for.
    pub settings: Arc<SourceSettings>,
    /// The account that the grant opens, as [`super::Identity::account`] names it; `None` while that is being found
    /// out.
    pub account: Option<String>,
    /// The scopes that the grant holds; `None` if there are none here, or nobody knows.
    pub scopes: Option<Vec<String>>,
}

impl Context {
    /// Puts a context together.
    pub fn new(http: HttpClient, env: Env, settings: Arc<SourceSettings>) -> Self {
        Self { http, env, settings, account: None, scopes: None }
    }

    /// Sets the account.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Sets the scopes.
    #[must_use]
    pub fn scopes(mut self, scopes: Option<Vec<String>>) -> Self {
        self.scopes = scopes;
        self
    }

    /// Whether the grant may hold a scope.
    pub fn may_hold(&self, scope: &str) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|held| held == scope))
    }
}

/// A part of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Partition {
    /// Its key: one calendar's id, one object type.
    pub key: PartitionKey,
    /// For people: what it is called.
    pub label: String,
    /// How well this connection is placed to read it, if other connections may see the very same partition under the
    /// same key: of those, the one with the greatest number reads it and the others stand by. `None` if it is this
    /// connection's alone.
    #[serde(default)]
    pub placement: Option<u32>,
    /// What the connector wants to find again when it reads the partition.
    #[serde(default)]
    pub details: Map<String, Value>,
    /// The partition of another stream whose records these hang on.
    #[serde(default)]
    pub follows: Option<(StreamName, PartitionKey)>,
}

impl Partition {
    /// The one partition of a stream without parts.
    pub fn whole() -> Self {
        Self::new(PartitionKey::whole(), "")
    }

    /// A partition with a key and a label.
    pub fn new(key: impl Into<PartitionKey>, label: impl Into<String>) -> Self {
        Self { key: key.into(), label: label.into(), placement: None, details: Map::new(), follows: None }
    }

    /// Says that other connections may see it too, and how well this one is placed.
    #[must_use]
    pub fn placed(mut self, placement: u32) -> Self {
        self.placement = Some(placement);
        self
    }

    /// Says that there is one record here for each record of another partition, under the same key: the links of a
    /// contact. Its lanes are then not fetched page by page. The engine walks through the keys that the mirror holds of
    /// the other partition, and those that a pass there has brought since, and asks [`RecordStream::read`] for
    /// them. The stream declares in [`StreamSpec::follows`] what it follows.
    #[must_use]
    pub fn following(mut self, stream: impl Into<StreamName>, partition: impl Into<PartitionKey>) -> Self {
        self.follows = Some((stream.into(), partition.into()));
        self
    }

    /// Adds a detail.
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }
}

/// The partitions that a look at the provider has found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Discovered {
    /// Which.
    pub partitions: Partitions,
    /// Where the next look can go on; `None` if each must look at everything.
    pub cursor: Option<StoredCursor>,
}

/// All partitions, or what has become different.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Partitions {
    /// These and no others.
    All(Vec<Partition>),
    /// What has changed since the cursor.
    Changed {
        /// New, or other than they were.
        now: Vec<Partition>,
        /// Not to be read any more; some may never have been.
        gone: Vec<PartitionKey>,
    },
}

impl Discovered {
    /// All of them.
    pub fn all(partitions: Vec<Partition>) -> Self {
        Self { partitions: Partitions::All(partitions), cursor: None }
    }

    /// What has changed.
    pub fn changed(now: Vec<Partition>, gone: Vec<PartitionKey>) -> Self {
        Self { partitions: Partitions::Changed { now, gone }, cursor: None }
    }

    /// Says where the next look can go on.
    ///
    /// # Errors
    /// `Bug` if the cursor does not serialise.
    pub fn cursor<C: SyncCursor>(mut self, cursor: &C) -> Result<Self> {
        self.cursor = Some(StoredCursor::store(cursor)?);
        Ok(self)
    }
}

/// A field that a stream's records can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Field {
    /// The provider's name for it.
    pub name: String,
    /// The provider's words for people.
    pub label: String,
    /// The provider's word for its type.
    pub r#type: String,
    /// The values that it can have, where they are listed.
    pub options: Vec<FieldOption>,
    /// The partition whose records have it; `None` for all of the stream.
    pub partition: Option<PartitionKey>,
}

/// A value that a field can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldOption {
    /// The provider's internal name, as records hold it.
    pub value: String,
    /// The provider's words for people.
    pub label: String,
}

impl Field {
    /// A field.
    pub fn new(name: impl Into<String>, label: impl Into<String>, r#type: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            r#type: r#type.into(),
            options: Vec::new(),
            partition: None,
        }
    }

    /// Adds a value that it can have.
    #[must_use]
    pub fn option(mut self, value: impl Into<String>, label: impl Into<String>) -> Self {
        self.options.push(FieldOption { value: value.into(), label: label.into() });
        self
    }

    /// Says whose records have it.
    #[must_use]
    pub fn of(mut self, partition: impl Into<PartitionKey>) -> Self {
        self.partition = Some(partition.into());
        self
    }
}

/// One named collection of a provider.
///
/// Promises an implementation makes:
/// 1. a page is a function of the request and of the provider's state alone; `fetch` keeps nothing in memory
///    between pages and may be dropped at any await;
/// 2. from `cursor: None` to [`super::Next::Done`] every record that stood throughout the pass comes at least
///    once; records may repeat;
/// 3. from a cursor, every change since the pass that gave it comes at least once;
/// 4. a cursor that the provider no longer honours is `ErrorKind::CursorExpired`;
/// 5. a record that does not parse is [`Change::Rejected`], and the page goes on;
/// 6. `view` is pure.
#[async_trait]
pub trait RecordStream: Debug + Send + Sync + 'static {
    /// Where a lane of this stream stands.
    type Cursor: SyncCursor;

    /// What it declares. Cheap.
    fn spec(&self) -> &StreamSpec;

    /// One page.
    ///
    /// # Errors
    /// As the provider's error table says; see the promises above.
    async fn fetch(&self, cx: &Context, request: FetchRequest<Self::Cursor>) -> Result<Page<Self::Cursor>>;

    /// What a record says. Pure.
    ///
    /// # Errors
    /// `Malformed`; the record is then kept, counted and explained.
    fn view(&self, raw: &RawRecord) -> Result<Views>;

    /// The partitions that exist now, all of them. Only asked of streams that declare it.
    ///
    /// # Errors
    /// As any call to the provider. An error leaves the known partitions as they are.
    async fn partitions(&self, cx: &Context) -> Result<Vec<Partition>> {
        let _ = cx;
        Ok(vec![Partition::whole()])
    }

    /// As [`RecordStream::partitions`], for providers that can tell what has changed since the last look. `since` is
    /// the cursor that the last look gave, under the same settings; without it all partitions are asked for, which
    /// also happens now and then where a cursor would do.
    ///
    /// # Errors
    /// As [`RecordStream::partitions`]; `CursorExpired` if the provider no longer honours the cursor.
    async fn discover(&self, cx: &Context, since: Option<StoredCursor>) -> Result<Discovered> {
        let _ = since;
        self.partitions(cx).await.map(Discovered::all)
    }

    /// The fields that records can have, custom ones included.
    ///
    /// # Errors
    /// As any call to the provider.
    async fn fields(&self, cx: &Context) -> Result<Vec<Field>> {
        let _ = cx;
        Ok(Vec::new())
    }

    /// Reads single records of a partition: after hints, for gaps, for repair. A key that does not exist comes
    /// back as a tombstone, and one that cannot be read now is left out.
    ///
    /// # Errors
    /// `Unsupported` by default.
    async fn read(&self, cx: &Context, partition: &Partition, keys: &[RecordKey]) -> Result<Vec<Change>> {
        let _ = (cx, partition, keys);
        Err(Error::unsupported().operation("read"))
    }

    /// Whether the settings ask for this stream at all. Pure and cheap.
    fn asked(&self, settings: &SourceSettings) -> bool {
        let _ = settings;
        true
    }

    /// What of the settings a cursor is bound to. Another value than at the time of the baseline means a new
    /// baseline, never a misread. What `private_events` keeps out the engine adds itself.
    fn binding(&self, settings: &SourceSettings) -> String {
        let SourceSettings { window, fields, options, drop, follow: _, private_events: _ } = settings;
        serde_json::json!([window, fields, options, drop]).to_string()
    }
}
