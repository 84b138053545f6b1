//! A tenant: everything that touches data hangs off it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use acquaint_core::connector::Field;
use acquaint_core::http::QuotaLeft;
use acquaint_core::ids::{ConnectionId, MeetingId, SourceName, StreamName, TenantId};
use acquaint_core::meeting::Meeting;
use acquaint_core::notice::NoticeEntry;
use acquaint_core::store::{Connection, ConnectionStatus, FeedEntry, GatheredQuery, GatheredRow, LaneState};
use acquaint_core::{Error, Result};
use chrono::{DateTime, Utc};

use crate::capture::{self, Redact};
use crate::connect::{self, Access, Connect, Disconnected, Initiator, Mirrored};
use crate::engine::Engine;
use crate::explain::{self, ConnectionExplained, Explanation, WhyQuery};
use crate::fields::FieldLock;
use crate::local::LocalSource;
use crate::query::Meetings;
use crate::records::Records;
use crate::replay;
use crate::revisions;
use crate::sync::{self, SyncOptions, SyncReport};

/// Items fetched at a time.
const ITEMS: usize = 500;

/// A customer of the product. Cheap to clone; reaches no other tenant's data.
#[derive(Clone)]
pub struct Tenant {
    pub(crate) engine: Arc<Engine>,
    pub(crate) id: TenantId,
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Tenant {
    pub(crate) fn new(engine: Arc<Engine>, id: TenantId) -> Self {
        Self { engine, id }
    }

    /// Its id.
    pub fn id(&self) -> &TenantId {
        &self.id
    }

    /// Begins to connect an account to a source of the manifest, on behalf of `initiator`.
    pub fn connect(&self, source: impl Into<SourceName>, initiator: &Initiator) -> Connect {
        Connect::new(self.clone(), source.into(), initiator.clone())
    }

    /// Begins to authorise a connection's account again, on behalf of `initiator`: because it must be, or for scopes
    /// that it lacks, in which case only those are asked for where the provider can add to a grant. Another account
    /// is refused. Cursors and mirror are kept.
    pub fn reconnect(&self, connection: &Connection, initiator: &Initiator) -> Connect {
        Connect::again(self.clone(), connection, initiator.clone())
    }

    /// Ends a connection: nothing is read for it any more, the provider is asked to forget its grant unless another
    /// connection uses it, and its credential is removed. Works when the provider is down or the grant is dead, and
    /// says so.
    ///
    /// # Errors
    /// `NotFound` if there is no such connection; the store's, after which calling it again completes it.
    pub async fn disconnect(&self, connection: &ConnectionId, mirrored: Mirrored) -> Result<Disconnected> {
        connect::disconnect(&*self.engine.of(&self.id).await?, &self.id, connection, mirrored).await
    }

    /// What a connection was granted, beside what the manifest needs.
    ///
    /// # Errors
    /// `NotFound` if there is no such connection, `Invalid` if the manifest no longer has its source.
    pub async fn access(&self, connection: &ConnectionId) -> Result<Access> {
        let connection = self.connection(connection).await?;
        let engine = self.engine.of(&self.id).await?;
        let source = engine.source(&connection).ok_or_else(|| {
            Error::invalid("the manifest no longer has this connection's source")
                .with("source", &connection.source)
        })?;
        Access::of(&engine, &connection, source)
    }

    /// How much of the provider's quotas is left for a connection, as far as this process has counted.
    ///
    /// # Errors
    /// `NotFound` if there is no such connection; `Invalid` if its connector is not registered, `Misconfigured` if its
    /// app is not; the store's.
    pub async fn quotas(&self, connection: &ConnectionId) -> Result<Vec<QuotaLeft>> {
        self.engine.quotas_left(&self.connection(connection).await?).await
    }

    /// Up to `limit` notices after a position, in order: what the product should know or have somebody do. 0 begins
    /// at the beginning. Each is there once, and nothing ever appears behind a position that was read.
    ///
    /// # Errors
    /// The store's.
    pub async fn notices(&self, after: u64, limit: usize) -> Result<Vec<NoticeEntry>> {
        self.engine.store.notices(&self.id, after, limit).await
    }

    /// Makes every credential of the tenant unreadable for good, in every copy and backup of the store, by
    /// destroying the tenant's key; then removes them. Returns how many there were. Providers are not told:
    /// [`Tenant::disconnect`] does that.
    ///
    /// # Errors
    /// `Unsupported` if the key provider has one key for several tenants; nothing is removed then. Otherwise call
    /// again until it succeeds.
    pub async fn destroy_credentials(&self) -> Result<u64> {
        self.engine.tokens()?.destroy(&self.id).await
    }

    /// One of its connections.
    ///
    /// # Errors
    /// `NotFound` if there is no such connection; the store's.
    pub async fn connection(&self, id: &ConnectionId) -> Result<Connection> {
        let found = self.connections().await?.into_iter().find(|known| known.id == *id);
        found.ok_or_else(|| Error::not_found("there is no such connection").with("connection", id))
    }

    /// Its connections.
    ///
    /// # Errors
    /// The store's.
    pub async fn connections(&self) -> Result<Vec<Connection>> {
        self.engine.store.connections(&self.id).await
    }

    /// Records of a `local` source, which the product pushes itself.
    pub fn local(&self, source: impl Into<SourceName>) -> LocalSource {
        LocalSource::new(self.clone(), source.into())
    }

    /// Reads everything that is due or can be read on demand, then decides what that changes.
    ///
    /// # Errors
    /// The store's. A provider's failure is in the report: see [`SyncReport::into_result`].
    pub async fn sync(&self) -> Result<SyncReport> {
        self.sync_with(&SyncOptions::new()).await
    }

    /// Like [`Tenant::sync`], with options.
    ///
    /// # Errors
    /// As [`Tenant::sync`].
    pub async fn sync_with(&self, options: &SyncOptions) -> Result<SyncReport> {
        self.engine.refresh_if_old(&self.id).await;
        revisions::adopt(&self.engine, &self.id).await?;
        sync::sync(&*self.engine.of(&self.id).await?, &self.id, options).await
    }

    /// Has everything that can be read on demand read by whoever works ([`Acquaint::run`](crate::Acquaint::run)), and does not
    /// wait for it. What a provider has asked to wait for is left to its time.
    ///
    /// # Errors
    /// The store's; `Invalid` if the manifest names a connector that is not registered.
    pub async fn sync_now(&self) -> Result<()> {
        revisions::adopt(&self.engine, &self.id).await?;
        sync::want_all(&*self.engine.of(&self.id).await?, &self.id).await?;
        self.engine.stirred.notify_one();
        Ok(())
    }

    /// The tenant with the engine under the manifest that is in force for it.
    pub(crate) async fn in_force(&self) -> Result<Self> {
        Ok(Self::new(self.engine.in_force(&self.id).await?, self.id.clone()))
    }

    /// Asks for meetings: all of them, kept and dropped, unless narrowed.
    pub fn meetings(&self) -> Meetings {
        Meetings::new(self.clone())
    }

    /// One meeting, if there is one.
    ///
    /// # Errors
    /// The store's.
    pub async fn meeting(&self, id: &MeetingId) -> Result<Option<Meeting>> {
        Ok(self.engine.store.meeting(&self.id, id).await?.map(|row| row.meeting))
    }

    /// The items of a section of the output that gathers meetings, `account` or `contact`, in order of their keys: those that
    /// were told, each with the content that was told last, and those that cannot be told because something is missing.
    ///
    /// # Errors
    /// The store's.
    pub async fn items(&self, section: &str) -> Result<Vec<GatheredRow>> {
        let mut query = GatheredQuery::of(section, ITEMS);
        let mut items = Vec::new();
        loop {
            let page = self.engine.store.gathered(&self.id, &query).await?;
            let last = page.len() < ITEMS;
            query.after = page.last().map(|row| row.item.key.clone());
            items.extend(page);
            if last {
                return Ok(items);
            }
        }
    }

    /// Up to `limit` changes after a position, in order, of meetings and of their items. 0 begins at the beginning. Nothing
    /// ever appears behind a position that was read.
    ///
    /// # Errors
    /// The store's.
    pub async fn changes(&self, after: u64, limit: usize) -> Result<Vec<FeedEntry>> {
        self.engine.store.feed(&self.id, after, limit).await
    }

    /// Tells again what was told of the kept meetings that overlap with a range, from the mirror's side alone: each comes
    /// into the feed as changed, with the content that was announced last and a revision of its own. For a destination
    /// that has lost or misread what it was told. Items of accounts and contacts are not told again: [`Tenant::items`] has
    /// them. Returns how many meetings that were.
    ///
    /// # Errors
    /// The store's; what was told by then stays told.
    pub async fn replay(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<u64> {
        replay::replay(&self.engine, &self.id, from, to).await.map_err(|error| error.operation("replay"))
    }

    /// The position of the newest change; 0 if there is none.
    ///
    /// # Errors
    /// The store's.
    pub async fn position(&self) -> Result<u64> {
        self.engine.store.feed_position(&self.id).await
    }

    /// What is mirrored of a stream of a connection: `tenant.records(&crm, "deals").all()`.
    pub fn records(&self, connection: &ConnectionId, stream: impl Into<StreamName>) -> Records {
        Records::new(self.clone(), connection.clone(), stream.into())
    }

    /// The fields that the records of a connection's streams can have, by stream, custom ones included: what a manifest
    /// can name. Asks the provider.
    ///
    /// # Errors
    /// `NotFound` if there is no such connection; otherwise as any call to the provider, `Forbidden` where a scope is
    /// missing for it.
    pub async fn fields(&self, connection: &ConnectionId) -> Result<BTreeMap<StreamName, Vec<Field>>> {
        let (engine, connection) = (self.engine.of(&self.id).await?, self.connection(connection).await?);
        let connector = engine.connector(&connection.connector)?;
        let source = engine.source(&connection).ok_or_else(|| {
            Error::invalid("the manifest in force has no source for this connection")
                .with("connection", &connection.id)
        })?;
        let cx = engine.context_of(&**connector, &connection, source).await?;
        let mut fields = BTreeMap::new();
        for stream in engine.reads(&**connector, source) {
            if !connect::lacks(&engine, &connection, stream)?.is_empty() {
                continue;
            }
            let found = stream.fields(&cx).await?;
            if !found.is_empty() {
                fields.insert(StreamName::from(stream.spec().name), found);
            }
        }
        Ok(fields)
    }

    /// The fields that the tenant's providers have and sources of a manifest can map, as a lock to keep beside the manifest
    /// and to check it against: [`crate::Manifest::check_fields`]. Of streams for which a connection lacks scopes nothing is
    /// known. Asks the providers.
    ///
    /// # Errors
    /// As [`Tenant::fields`]; it is all of the connections in use or nothing.
    pub async fn lock_fields(&self) -> Result<FieldLock> {
        let (engine, mut lock) = (self.engine.of(&self.id).await?, FieldLock::default());
        for connection in self.connections().await? {
            let ended = matches!(connection.status, ConnectionStatus::Disconnected { .. });
            let Some(source) = engine.source(&connection).filter(|_| !ended) else { continue };
            let connector = engine.connector(&connection.connector)?;
            let mapped = connector.streams().iter().filter(|stream| stream.spec().section.is_some());
            // What is not read now can be mapped by the next manifest.
            for stream in mapped {
                let missing = connect::lacks(&engine, &connection, &**stream)?;
                if missing.is_empty() {
                    let cx = engine.context_of(&**connector, &connection, source).await?;
                    lock.add(&connection.connector, stream.spec().name, &stream.fields(&cx).await?);
                }
            }
        }
        Ok(lock)
    }

    /// Where every lane stands.
    ///
    /// # Errors
    /// The store's.
    pub async fn lanes(&self) -> Result<Vec<LaneState>> {
        self.engine.store.lanes(&self.id).await
    }

    /// Why a meeting was kept or dropped, and who is in it, clause by clause and attendee by attendee.
    ///
    /// # Errors
    /// `NotFound` if there is no such meeting; ask [`Tenant::why`] then.
    pub async fn explain(&self, id: &MeetingId) -> Result<Explanation> {
        explain::explain(&self.in_force().await?, id).await
    }

    /// A case that shows what the rules make of this meeting now, as YAML: a file for [`crate::Manifest::check_cases`], or a section
    /// for the manifest. People, companies and addresses have made-up names in it, the same ones for the same, and of
    /// text only that there is some, unless `redact` says otherwise. What the sources map of accounts and contacts stays,
    /// but for names, addresses and hosts in it: read it before you hand it on.
    ///
    /// # Errors
    /// `NotFound` if there is no such meeting, or nothing of it in the mirror any more; `Invalid` if the case does not
    /// come out as the meeting does, because rules look at what was replaced; the store's.
    pub async fn capture(&self, id: &MeetingId, redact: &Redact) -> Result<String> {
        capture::capture(&self.in_force().await?, id, redact).await
    }

    /// Why a meeting is, or is not, there, for those who know only when it was and with whom.
    ///
    /// # Errors
    /// The store's.
    pub async fn why(&self, query: &WhyQuery) -> Result<Vec<Explanation>> {
        explain::why(&self.in_force().await?, query).await
    }

    /// How a connection stands: what it may read and reads, when, what fails, and what to do about it.
    ///
    /// # Errors
    /// `NotFound` if there is no such connection; `Invalid` if its connector is not registered; the store's.
    pub async fn explain_connection(&self, id: &ConnectionId) -> Result<ConnectionExplained> {
        explain::explain_connection(&self.in_force().await?, id).await
    }
}
