//! One tenant's calendars and CRM.

use std::sync::Arc;

use acquaint::{Acquaint, Builder, Connection, ConnectionExplained, Manifest, Outcome, Tenant, WhyQuery};
use acquaint_testkit::MemoryStore;

use super::support::{ANA, World};
use super::why;

pub(crate) const CRM: &str = "admin@us.example";

pub(crate) struct Product {
    pub(crate) world: World,
    pub(crate) acquaint: Acquaint,
    pub(crate) tenant: Tenant,
    pub(crate) store: Arc<MemoryStore>,
}

impl Product {
    pub(crate) async fn new(accounts: &[(&str, &str)]) -> Self {
        let world = World::in_process();
        world.fill();
        let store = Arc::new(MemoryStore::new());
        let acquaint = world.builder().store(Arc::clone(&store)).build().await.unwrap();
        let tenant = acquaint.tenant("acme");
        let product = Self { world, acquaint, tenant, store };
        for (source, account) in accounts {
            product.connect(source, account).await;
        }
        product
    }

    /// Ana's calendar and the CRM are read.
    pub(crate) async fn read() -> Self {
        let product = Self::new(&[("calendar", ANA), ("crm", CRM)]).await;
        product.sync().await;
        product
    }

    pub(crate) async fn connect(&self, source: &str, account: &str) {
        self.world.connect(&self.acquaint, &self.tenant, source, account).await.unwrap();
    }

    pub(crate) async fn sync(&self) {
        self.world.minutes(10);
        let _ = self.tenant.sync().await.unwrap();
    }

    /// The one reason why something is not there.
    pub(crate) async fn absent(&self, query: &WhyQuery) -> String {
        let explanations = why(&self.tenant, query).await;
        match &explanations[..] {
            [explanation] => match &explanation.outcome {
                Outcome::Absent { because } => {
                    let absence = explanation.absence.as_ref().unwrap();
                    assert_eq!((absence.to_string(), absence.next().is_empty()), (because.clone(), false));
                    assert!(explanation.sentence.contains(because.as_str()));
                    assert!(explanation.meeting.is_none() && !explanation.moved_since);
                    because.clone()
                }
                outcome => panic!("{outcome:?}"),
            },
            several => panic!("{several:#?}"),
        }
    }

    /// An engine with another manifest takes over.
    pub(crate) async fn restart(&mut self, manifest: &str, with: impl FnOnce(Builder) -> Builder) {
        let manifest = Manifest::parse(manifest).unwrap();
        let builder = with(self.world.builder().manifest(manifest).store(Arc::clone(&self.store)));
        self.acquaint = builder.build().await.unwrap();
        self.tenant = self.acquaint.tenant("acme");
    }

    /// The first connection of an account.
    pub(crate) async fn connection(&self, account: &str) -> Connection {
        let connections = self.tenant.connections().await.unwrap();
        connections.into_iter().find(|known| known.email.as_deref() == Some(account)).unwrap()
    }

    pub(crate) async fn explain_connection(&self, account: &str) -> ConnectionExplained {
        let id = self.connection(account).await.id;
        let explained = self.tenant.explain_connection(&id).await.unwrap();
        let read: ConnectionExplained = serde_json::from_value(serde_json::json!(explained)).unwrap();
        assert_eq!(read, explained, "it deserialises");
        explained
    }
}
