//! A connection to the sandbox and a mirror of it, as simple as can be.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint_core::Result;
use acquaint_core::async_trait;
use acquaint_core::connector::{
    AnyStream, Connector, Context, FetchRequest, Next, Page, Partition, PassKind, SourceSettings, TimeRange,
};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::env::{Clock, Env};
use acquaint_core::http::{Authenticator, HttpClient, Request, Stamp};
use acquaint_core::record::{Change, Gone, RawRecord, Version};
use acquaint_core::view::{Account, Association, Contact, View, Views};
use acquaint_hubspot::{HubSpot, HubSpotConfig};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::sandbox::hubspot::{CrmRecord, HubSpotSandbox};
use acquaint_testkit::{ManualClock, SeededEntropy};
use chrono::{DateTime, Utc};

pub(crate) const PORTAL: u64 = 48_120_077;
pub(crate) const SCOPES: &[&str] = &["oauth", "crm.objects.contacts.read", "crm.objects.companies.read"];

#[derive(Debug)]
pub(crate) struct Bearer(pub(crate) String);

#[async_trait]
impl Authenticator for Bearer {
    async fn authenticate(&self, request: &mut Request) -> Result<Stamp> {
        let value = format!("Bearer {}", self.0).parse().unwrap();
        request.headers_mut().insert(http::header::AUTHORIZATION, value);
        Ok(Stamp(0))
    }

    async fn refused(&self, _stamp: Stamp) -> Result<bool> {
        Ok(false)
    }
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-10-09T07:40:00Z".parse().unwrap()
}

/// One portal, a connector and a connection to it.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) sandbox: Arc<HubSpotSandbox>,
    pub(crate) hubspot: HubSpot,
    pub(crate) cx: Context,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {}, SourceSettings::default())
    }

    pub(crate) fn with(change: impl FnOnce(&mut HubSpotConfig), settings: SourceSettings) -> Self {
        Self::scoped(change, settings, SCOPES)
    }

    pub(crate) fn scoped(
        change: impl FnOnce(&mut HubSpotConfig),
        settings: SourceSettings,
        scopes: &[&str],
    ) -> Self {
        let clock = ManualClock::moving_itself(start());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let sandbox = Arc::new(HubSpotSandbox::new(Arc::clone(&shared), Default::default()));
        sandbox.add_portal(PORTAL, "acme.example", "admin@acme.example");
        let mut config = HubSpotConfig::at(&"https://hubspot.test".parse().unwrap()).unwrap();
        change(&mut config);
        let hubspot = HubSpot::new(config).unwrap();
        let network = InProcess::new().host("hubspot.test", Arc::clone(&sandbox) as _);
        let mut env = Env::new(Arc::new(network));
        env.clock = shared;
        env.entropy = Arc::new(SeededEntropy::new(1));
        let token = Bearer(sandbox.static_token(PORTAL, scopes).unwrap());
        let http = HttpClient::new(env.clone(), Arc::new(token), Arc::clone(&hubspot.info().http));
        let cx = Context::new(http, env, Arc::new(settings));
        Self { clock, sandbox, hubspot, cx }
    }

    pub(crate) fn stream(&self, name: &str) -> &dyn AnyStream {
        (&self.hubspot as &dyn Connector).stream(name).unwrap()
    }

    pub(crate) fn wait(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    pub(crate) fn contact(&self, name: &str) -> u64 {
        let email = format!("{name}@globex.example");
        self.sandbox.create(PORTAL, "contacts", &[("firstname", name), ("email", &email)]).unwrap()
    }

    pub(crate) fn company(&self, name: &str) -> u64 {
        let domain = format!("{name}.example");
        self.sandbox.create(PORTAL, "companies", &[("name", name), ("domain", &domain)]).unwrap()
    }

    pub(crate) async fn read(&self, stream: &str, keys: &[&str]) -> Result<Vec<Change>> {
        let keys: Vec<_> = keys.iter().map(|key| (*key).into()).collect();
        self.stream(stream).read(&self.cx, &Partition::whole(), &keys).await
    }
}

/// The fields that a source asks for.
pub(crate) fn settings(section: &str, fields: &[&str]) -> SourceSettings {
    let mut settings = SourceSettings::default();
    settings.fields.insert(section.to_owned(), fields.iter().map(|field| (*field).to_owned()).collect());
    settings
}

/// What is known of one key.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) version: Option<Version>,
    pub(crate) state: std::result::Result<RawRecord, Gone>,
    touched: u64,
}

/// A pass that is under way.
#[derive(Debug, Clone)]
struct Pass {
    kind: PassKind,
    cursor: Option<StoredCursor>,
    began: DateTime<Utc>,
    serial: u64,
    gaps: bool,
}

/// The mirror of one stream.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    pub(crate) entries: BTreeMap<String, Entry>,
    pub(crate) covers: Option<DateTime<Utc>>,
    head: Option<StoredCursor>,
    pass: Option<Pass>,
    serial: u64,
    pub(crate) pages: usize,
}

impl Mirror {
    /// Applies changes as an engine does: unless what is stored is newer.
    pub(crate) fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            let key = change.key().as_str().to_owned();
            let (version, state) = match change {
                Change::Full(record) => (record.version, Ok(record)),
                Change::Tombstone { gone, version, .. } => (version, Err(gone)),
                other => panic!("{other:?} was not expected"),
            };
            let old = self.entries.get(&key);
            if let Some((old, new)) = old.and_then(|old| old.version).zip(version)
                && old > new
            {
                continue;
            }
            self.entries.insert(key, Entry { version, state, touched: self.serial });
        }
    }

    /// Begins a pass of the head lane unless one is under way, and reads one page. Says whether the pass is over.
    pub(crate) async fn page(&mut self, world: &World, stream: &str, kind: PassKind) -> Result<bool> {
        if self.pass.is_none() {
            let cursor = self.head.clone().filter(|_| kind == PassKind::Incremental);
            let kind = if cursor.is_some() { kind } else { PassKind::Baseline };
            self.serial += 1;
            let (began, serial) = (world.clock.now(), self.serial);
            self.pass = Some(Pass { kind, cursor, began, serial, gaps: false });
        }
        let pass = self.pass.as_mut().unwrap();
        let page = fetch(world, stream, "head", pass.kind, pass.cursor.clone(), pass.began).await?;
        self.pages += 1;
        assert!(self.pages < 100_000, "the pass does not end");
        pass.gaps |= !page.gaps.is_empty();
        let (done, cursor) = match page.next {
            Next::More(cursor) => (false, cursor),
            Next::Done(cursor) => (true, cursor),
            Next::Wait { .. } => panic!("nothing waits here"),
        };
        pass.cursor = Some(cursor.clone());
        let over = done.then(|| pass.clone());
        self.apply(page.changes);
        if let Some(pass) = over {
            if pass.kind == PassKind::Baseline && !pass.gaps {
                let unseen = self
                    .entries
                    .values_mut()
                    .filter(|entry| entry.touched < pass.serial && entry.state.is_ok());
                unseen.for_each(|entry| entry.state = Err(Gone::Unseen));
            }
            self.covers = page.covers;
            self.head = Some(cursor);
            self.pass = None;
        }
        Ok(done)
    }

    pub(crate) async fn run(&mut self, world: &World, stream: &str, kind: PassKind) -> Result<()> {
        while !self.page(world, stream, kind).await? {}
        Ok(())
    }

    /// Finishes whatever is under way, then runs a pass.
    pub(crate) async fn finish_and_run(&mut self, world: &World, stream: &str, kind: PassKind) -> Result<()> {
        if self.pass.is_some() {
            self.run(world, stream, kind).await?;
        }
        self.run(world, stream, kind).await
    }

    pub(crate) async fn archived(&mut self, world: &World, stream: &str) -> Result<()> {
        let mut cursor = None;
        loop {
            let began = world.clock.now();
            let page = fetch(world, stream, "archived", PassKind::Baseline, cursor, began).await?;
            self.apply(page.changes);
            match page.next {
                Next::More(next) => cursor = Some(next),
                Next::Done(_) => return Ok(()),
                Next::Wait { .. } => panic!("nothing waits here"),
            }
        }
    }

    /// The views of every live record.
    pub(crate) fn views(&self, world: &World, stream: &str) -> BTreeMap<String, Views> {
        let live = self.entries.iter().filter_map(|(key, entry)| Some((key, entry.state.as_ref().ok()?)));
        live.map(|(key, raw)| (key.clone(), world.stream(stream).view(raw).unwrap())).collect()
    }

    pub(crate) fn gone(&self, key: u64) -> Option<&Gone> {
        self.entries.get(&key.to_string())?.state.as_ref().err()
    }
}

pub(crate) async fn fetch(
    world: &World,
    stream: &str,
    lane: &str,
    kind: PassKind,
    cursor: Option<StoredCursor>,
    began: DateTime<Utc>,
) -> Result<Page<StoredCursor>> {
    let window = TimeRange { from: began, to: began };
    let request = FetchRequest::new(kind, cursor, Partition::whole(), lane.into(), window, began);
    world.stream(stream).fetch(&world.cx, request).await
}

/// What the views ought to be, from the sandbox's own truth.
pub(crate) fn truth(world: &World, stream: &str, further: &[&str]) -> BTreeMap<String, Views> {
    let records = world.sandbox.records(PORTAL, stream).unwrap();
    let links = world.sandbox.associations(PORTAL, "contacts", "companies").unwrap();
    records
        .into_iter()
        .map(|(id, record)| {
            let views = if stream == "companies" {
                vec![View::Account(account(&record, further))]
            } else {
                let mut views = vec![View::Contact(contact(&record, further))];
                let mut own: Vec<_> = links.iter().filter(|((from, _), _)| *from == id).collect();
                own.sort_by_key(|((_, to), _)| to.to_string());
                views.extend(own.into_iter().map(|((from, to), types)| {
                    let (from, to) = (from.to_string(), to.to_string());
                    View::Association(Association::contact_to_account(from, to, types.contains(&1)))
                }));
                views
            };
            (id.to_string(), views)
        })
        .collect()
}

fn list(record: &CrmRecord, names: &[&str]) -> Vec<String> {
    let values = names.iter().filter_map(|name| record.properties.get(*name));
    values.flat_map(|value| value.split(';')).map(|value| value.trim().to_owned()).collect()
}

fn merged(record: &CrmRecord) -> Vec<String> {
    list(record, &["hs_merged_object_ids"])
}

fn account(record: &CrmRecord, further: &[&str]) -> Account {
    let get = |name: &str| record.properties.get(name).cloned();
    let mut account = Account::default();
    account.id = record.id.to_string();
    account.name = get("name");
    account.domains = list(record, &["domain", "hs_additional_domains"]);
    account.parent = get("hs_parent_company_id");
    account.merged = merged(record);
    account.created = Some(record.created_at);
    let viewed: &[&str] = &["createdate", "domain", "hs_additional_domains", "hs_parent_company_id", "name"];
    account.fields = viewed
        .iter()
        .chain(further)
        .filter_map(|name| Some(((*name).to_owned(), get(name)?.into())))
        .collect();
    account
}

fn contact(record: &CrmRecord, further: &[&str]) -> Contact {
    let get = |name: &str| record.properties.get(name).cloned();
    let mut contact = Contact::default();
    contact.id = record.id.to_string();
    contact.name = match (get("firstname"), get("lastname")) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (first, last) => first.or(last),
    };
    contact.emails = list(record, &["email", "hs_additional_emails"]);
    contact.merged = merged(record);
    contact.created = Some(record.created_at);
    let viewed: &[&str] = &["createdate", "email", "firstname", "hs_additional_emails", "lastname"];
    contact.fields = viewed
        .iter()
        .chain(further)
        .filter_map(|name| Some(((*name).to_owned(), get(name)?.into())))
        .collect();
    contact
}
