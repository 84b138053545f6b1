//! The `local` source: records that the product pushes itself.
//!
//! A home-grown CRM, or the product's own list of users, needs no connector: the product hands its accounts,
//! contacts and users over, and they are mirrored, matched and explained like any other.

use acquaint_core::auth::AuthScheme;
use acquaint_core::connector::{
    AnyStream, Connector, ConnectorInfo, Context, FetchRequest, Identity, Next, Page, PrivateRecords,
    RecordStream, StreamKind, StreamSpec,
};
use acquaint_core::cursor::SyncCursor;
use acquaint_core::http::HttpPolicy;
use acquaint_core::ids::{ConnectionId, SourceName, StreamName, UserId};
use acquaint_core::record::{Change, Gone, RawRecord};
use acquaint_core::store::{Committed, Connection, ConnectionStatus, LocalCommit, Put, PutConnection};
use acquaint_core::view::{
    Account, Association, CalendarEvent, Colleague, Contact, Deal, EntityKind, View, Views,
};
use acquaint_core::{Error, Result, async_trait};
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::sync::Writer;
use crate::tenant::Tenant;

const ID: &str = "local";

/// What privacy may keep out of a pushed event.
const DROPPABLE: &[(&str, &str)] = &[
    ("title", "/0/title"),
    ("description", "/0/description"),
    ("location", "/0/location"),
    ("conference", "/0/conference"),
];

/// What stays of a private event where only its times are kept.
const TIMES: &[&str] = &[
    "/0/view",
    "/0/calendar",
    "/0/id",
    "/0/uid",
    "/0/original_start",
    "/0/series",
    "/0/sequence",
    "/0/status",
    "/0/start",
    "/0/zone",
    "/0/end",
    "/0/busy",
    "/0/organiser/is_self",
];

/// The connector behind local sources: it reads nothing, and views what was pushed.
#[derive(Debug)]
pub(crate) struct Local {
    info: ConnectorInfo,
    streams: Vec<Box<dyn AnyStream>>,
}

impl Local {
    pub(crate) fn new() -> Self {
        let streams = [
            ("accounts", StreamKind::Directory),
            ("contacts", StreamKind::Directory),
            ("users", StreamKind::Other),
            ("deals", StreamKind::Other),
            ("events", StreamKind::Events),
        ];
        Self {
            info: ConnectorInfo::new(ID, "Local", AuthScheme::None, HttpPolicy::default()),
            streams: streams
                .into_iter()
                .map(|(name, kind)| {
                    let mut spec = StreamSpec::new(name, kind, Vec::new());
                    if name == "deals" {
                        spec = spec.serves(EntityKind::Deal);
                    }
                    if kind == StreamKind::Events {
                        // A raw record is the list of its views, of which an event has one.
                        for (name, pointer) in DROPPABLE {
                            spec = spec.droppable(name, &[pointer]);
                        }
                        spec =
                            spec.private(PrivateRecords::told_by("/0/visibility", &["private"]).stays(TIMES));
                    }
                    let stream: Box<dyn AnyStream> = Box::new(LocalStream(spec));
                    stream
                })
                .collect(),
        }
    }
}

#[async_trait]
impl Connector for Local {
    fn info(&self) -> &ConnectorInfo {
        &self.info
    }

    fn streams(&self) -> &[Box<dyn AnyStream>] {
        &self.streams
    }

    async fn identify(&self, _cx: &Context) -> Result<Identity> {
        Ok(Identity::new(ID, "Local"))
    }
}

#[derive(Debug)]
struct LocalStream(StreamSpec);

/// Nothing is read, so there is nowhere to stand.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Nowhere;

impl SyncCursor for Nowhere {
    const KIND: &'static str = "local";
}

#[async_trait]
impl RecordStream for LocalStream {
    type Cursor = Nowhere;

    fn spec(&self) -> &StreamSpec {
        &self.0
    }

    async fn fetch(&self, _cx: &Context, _request: FetchRequest<Nowhere>) -> Result<Page<Nowhere>> {
        Ok(Page::new(Vec::new(), Next::Done(Nowhere)))
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        raw.parse()
    }
}

/// A local source of a tenant. Each call is one transaction with everything that it makes dirty; meetings are
/// decided anew by the next sync.
#[derive(Debug, Clone)]
pub struct LocalSource {
    tenant: Tenant,
    source: SourceName,
}

impl LocalSource {
    pub(crate) fn new(tenant: Tenant, source: SourceName) -> Self {
        Self { tenant, source }
    }

    /// Adds accounts, or replaces those with the same id.
    ///
    /// # Errors
    /// `Invalid` if the source is not in the manifest or not local; the store's.
    pub async fn put_accounts(&self, accounts: impl IntoIterator<Item = Account>) -> Result<()> {
        let records = accounts.into_iter().map(|account| (account.id.clone(), vec![View::Account(account)]));
        self.put("accounts", records.collect()).await
    }

    /// Adds contacts, each with the ids of the accounts that it belongs to, the primary one first, or
    /// replaces those with the same id.
    ///
    /// # Errors
    /// As [`LocalSource::put_accounts`].
    pub async fn put_contacts(
        &self,
        contacts: impl IntoIterator<Item = (Contact, Vec<String>)>,
    ) -> Result<()> {
        let records = contacts.into_iter().map(|(contact, accounts)| {
            let id = contact.id.clone();
            let mut views = vec![View::Contact(contact)];
            views.extend(accounts.into_iter().enumerate().map(|(index, account)| {
                View::Association(Association::contact_to_account(id.clone(), account, index == 0))
            }));
            (id, views)
        });
        self.put("contacts", records.collect()).await
    }

    /// Adds deals, each with the accounts and contacts that it hangs on, by kind and id, or replaces those with the
    /// same id.
    ///
    /// # Errors
    /// `Invalid` if a deal is to hang on something other than an account or a contact; else as
    /// [`LocalSource::put_accounts`].
    pub async fn put_deals(
        &self,
        deals: impl IntoIterator<Item = (Deal, Vec<(EntityKind, String)>)>,
    ) -> Result<()> {
        let mut records = Vec::new();
        for (deal, links) in deals {
            let id = deal.id.clone();
            let mut views = vec![View::Deal(deal)];
            for (kind, to) in links {
                if !matches!(kind, EntityKind::Account | EntityKind::Contact) {
                    return Err(Error::invalid("a deal hangs on accounts and contacts alone")
                        .with("deal", id)
                        .with("to", to)
                        .advise("link it with `EntityKind::Account` or `EntityKind::Contact`"));
                }
                views.push(View::Association(Association::new((EntityKind::Deal, &*id), (kind, to))));
            }
            records.push((id, views));
        }
        self.put("deals", records).await
    }

    /// Adds people of the tenant's own, or replaces those with the same id.
    ///
    /// # Errors
    /// As [`LocalSource::put_accounts`].
    pub async fn put_users(&self, users: impl IntoIterator<Item = Colleague>) -> Result<()> {
        let records = users.into_iter().map(|user| (user.id.clone(), vec![View::Colleague(user)]));
        self.put("users", records.collect()).await
    }

    /// Adds events of calendars that the product keeps itself, or replaces those with the same calendar and id.
    ///
    /// # Errors
    /// As [`LocalSource::put_accounts`].
    pub async fn put_events(&self, events: impl IntoIterator<Item = CalendarEvent>) -> Result<()> {
        let records = events
            .into_iter()
            .map(|event| (event_key(&event.calendar, &event.id), vec![View::Event(Box::new(event))]));
        self.put("events", records.collect()).await
    }

    /// Removes accounts.
    ///
    /// # Errors
    /// As [`LocalSource::put_accounts`].
    pub async fn remove_accounts<S: Into<String>>(&self, ids: impl IntoIterator<Item = S>) -> Result<()> {
        self.remove("accounts", ids.into_iter().map(Into::into)).await
    }

    /// Removes contacts, and with them their links.
    ///
    /// # Errors
    /// As [`LocalSource::put_accounts`].
    pub async fn remove_contacts<S: Into<String>>(&self, ids: impl IntoIterator<Item = S>) -> Result<()> {
        self.remove("contacts", ids.into_iter().map(Into::into)).await
    }

    /// Removes people of the tenant's own.
    ///
    /// # Errors
    /// As [`LocalSource::put_accounts`].
    pub async fn remove_users<S: Into<String>>(&self, ids: impl IntoIterator<Item = S>) -> Result<()> {
        self.remove("users", ids.into_iter().map(Into::into)).await
    }

    /// Removes deals, and with them their links.
    ///
    /// # Errors
    /// As [`LocalSource::put_accounts`].
    pub async fn remove_deals<S: Into<String>>(&self, ids: impl IntoIterator<Item = S>) -> Result<()> {
        self.remove("deals", ids.into_iter().map(Into::into)).await
    }

    /// Removes events, each named by its calendar and id.
    ///
    /// # Errors
    /// As [`LocalSource::put_accounts`].
    pub async fn remove_events<'a>(
        &self,
        events: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<()> {
        self.remove("events", events.into_iter().map(|(calendar, id)| event_key(calendar, id))).await
    }

    async fn put(&self, stream: &'static str, records: Vec<(String, Views)>) -> Result<()> {
        let changes = records
            .into_iter()
            .map(|(key, views)| {
                let raw = serde_json::to_vec(&views)
                    .map_err(|error| Error::bug("a view does not serialise").with_source(error))?;
                Ok(Change::Full(RawRecord::new(key, raw)))
            })
            .collect::<Result<Vec<_>>>()?;
        self.commit(stream, changes).await.map(drop)
    }

    async fn remove(&self, stream: &'static str, keys: impl Iterator<Item = String>) -> Result<()> {
        self.commit(stream, keys.map(|key| Change::gone(key, Gone::Deleted)).collect()).await.map(drop)
    }

    async fn commit(&self, stream: &'static str, changes: Vec<Change>) -> Result<Committed> {
        let engine = &*self.tenant.engine.of(&self.tenant.id).await?;
        let connection = self.connection(engine).await?;
        let source = engine.source(&connection).ok_or_else(|| self.unknown())?;
        let connector = engine.connector(&source.connector)?;
        let known = connector.stream(stream).ok_or_else(|| Error::bug("a local stream is not declared"))?;
        let writer = Writer::new(engine, &connection.id, known);
        let writes = changes.into_iter().map(|change| writer.write(change)).collect::<Result<Vec<_>>>()?;
        engine
            .store
            .commit_local(&LocalCommit {
                tenant: &self.tenant.id,
                connection: &connection.id,
                stream: &StreamName::from(stream),
                writes: &writes,
                now: engine.env.now(),
            })
            .await
    }

    /// The one connection of a local source, made at first use.
    async fn connection(&self, engine: &Engine) -> Result<Connection> {
        let source = engine.manifest.sources().get(&self.source).ok_or_else(|| self.unknown())?;
        if source.connector.as_str() != ID {
            return Err(Error::invalid("this source is read by a connector, not pushed by the product")
                .with("source", &self.source)
                .with("connector", &source.connector));
        }
        // The id is a function of the source, so that two first uses at once make one connection.
        let id = ConnectionId::from(format!("local_{}", self.source));
        loop {
            let connections = engine.store.connections(&self.tenant.id).await?;
            let mut connection = match connections.into_iter().find(|connection| connection.id == id) {
                Some(known) if known.status == ConnectionStatus::Active => return Ok(known),
                Some(known) => known,
                None => Connection::new(
                    self.tenant.id.clone(),
                    id.clone(),
                    self.source.clone(),
                    source.connector.clone(),
                    UserId::from("product"),
                    self.source.as_str(),
                    engine.env.now(),
                ),
            };
            connection.status = ConnectionStatus::Active;
            if let Put::Stored(version) =
                engine.store.put_connection(&PutConnection::new(&connection)).await?
            {
                connection.version = version;
                return Ok(connection);
            }
        }
    }

    fn unknown(&self) -> Error {
        Error::invalid("the manifest has no such source").with("source", &self.source)
    }
}

/// Calendar and id of an event as one key: a length first, so that no two pairs share one.
fn event_key(calendar: &str, id: &str) -> String {
    format!("{}:{calendar}{id}", calendar.len())
}
