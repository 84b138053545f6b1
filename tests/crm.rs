//! A CRM as the whole system reads it: what people do there, what its provider tells, and what its plan does not allow.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "crm/followed.rs"]
mod followed;
#[path = "crm/following.rs"]
mod following;
#[path = "crm/planned.rs"]
mod planned;
#[path = "crm/scopes.rs"]
mod scopes;
mod support;
#[path = "crm/told.rs"]
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint::core::record::Gone;
use acquaint::core::store::Store;
use acquaint::core::view::View;
use acquaint::{Acquaint, Builder, Connection, Manifest, MirroredRecord, SyncOptions, SyncReport, Tenant};
use acquaint_testkit::MemoryStore;
use support::{PORTAL, World};

/// Everything that a CRM holds.
const ALL: &str = "
acquaint: 1
name: crm
sources:
  crm:
    connector: hubspot
    sync: { every: 15m, baseline: weekly }
    accounts: { fields: { stage: lifecyclestage } }
    contacts: { fields: { role: jobtitle } }
    deals: true
    meetings: true
    owners: true
    objects: [machines]
output: { title: title }
";

/// A product that reads a CRM alone.
struct Product {
    world: World,
    acquaint: Acquaint,
    tenant: Tenant,
    machines: String,
}

impl Product {
    async fn new() -> Self {
        Self::of(ALL, |builder| builder).await
    }

    async fn of(manifest: &str, change: impl FnOnce(Builder) -> Builder) -> Self {
        let world = World::in_process();
        let machines =
            world.hubspot.define_object(PORTAL, "machines", ("Machine", "Machines"), "serial").unwrap();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let builder = world.builder().manifest(Manifest::parse(manifest).unwrap()).store(store);
        let acquaint = change(builder).build().await.unwrap();
        let tenant = acquaint.tenant("acme");
        Self { world, acquaint, tenant, machines }
    }

    async fn connect(&self) -> Connection {
        let who = "admin@us.example";
        self.world.connect(&self.acquaint, &self.tenant, "crm", who).await.unwrap()
    }

    async fn connection(&self) -> Connection {
        self.tenant.connections().await.unwrap().remove(0)
    }

    /// A minute later.
    async fn sync(&self) -> SyncReport {
        self.world.minutes(1);
        self.tenant.sync().await.unwrap()
    }

    /// What is due or was told of, and the calls that it took.
    async fn due(&self) -> BTreeMap<String, u64> {
        self.world.hubspot.reset_requests();
        let due = SyncOptions::new().due_only();
        self.tenant.sync_with(&due).await.unwrap().into_result().unwrap();
        self.world.hubspot.requests()
    }

    fn contact(&self, name: &str) -> u64 {
        let email = format!("{name}@globex.example");
        let values = [("firstname", name), ("email", &*email), ("jobtitle", "Buyer")];
        self.world.hubspot.create(PORTAL, "contacts", &values).unwrap()
    }

    async fn records(&self, stream: &str, partition: &str) -> BTreeMap<u64, MirroredRecord> {
        let connection = self.connection().await;
        let records = self.tenant.records(&connection.id, stream).partition(partition);
        let page = records.page(100_000).await.unwrap();
        page.into_iter().map(|record| (record.record.key.as_str().parse().unwrap(), record)).collect()
    }

    async fn gone(&self, stream: &str, id: u64) -> Option<Gone> {
        self.records(stream, "").await[&id].gone.clone()
    }

    async fn role(&self, contact: u64) -> Option<String> {
        let records = self.records("contacts", "").await;
        let [View::Contact(contact)] = records.get(&contact)?.views.as_slice() else { return None };
        Some(contact.fields.get("jobtitle")?.as_str()?.to_owned())
    }

    /// Companies of a contact, whether each is the primary one, and its labels.
    async fn companies(&self, contact: u64) -> Vec<(u64, bool, Vec<String>)> {
        let records = self.records("associations", "contacts/companies").await;
        let views = records.get(&contact).map(|record| record.views.clone()).unwrap_or_default();
        let link = |view| match view {
            View::Association(link) => (link.to.parse().unwrap(), link.primary, link.labels),
            other => panic!("{other:?} is no link"),
        };
        views.into_iter().map(link).collect()
    }
}
