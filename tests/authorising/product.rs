//! A product with calendars and a CRM, whose consent pages answer at once.

use std::sync::Arc;

use acquaint::core::error::Blame;
use acquaint::core::ids::ConnectionId;
use acquaint::core::store::Store;
use acquaint::core::token::{GrantKey, Scope};
use acquaint::{
    Acquaint, Builder, Connection, ErrorKind, Finished, LaneReport, Manifest, NoticeKind, Result, Sqlite,
    SyncReport, Tenant, Totals,
};
use acquaint_testkit::MemoryStore;
use url::Url;

use crate::network::Network;
use crate::support::{ANA, BEN, CALLBACK, MANIFEST, World, me};

/// The address that the CRM's administrator logs in with.
pub(crate) const ADMIN: &str = "admin@us.example";
pub(crate) const CONTACTS: &str = "crm.objects.contacts.read";
pub(crate) const COMPANIES: &str = "crm.objects.companies.read";

#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) world: World,
    pub(crate) network: Arc<Network>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) acquaint: Acquaint,
    pub(crate) tenant: Tenant,
}

/// A store in memory and one in a database.
pub(crate) async fn stores() -> [Arc<dyn Store>; 2] {
    [Arc::new(MemoryStore::new()), Arc::new(Sqlite::in_memory().await.unwrap())]
}

pub(crate) fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

pub(crate) fn callback() -> Url {
    CALLBACK.parse().unwrap()
}

/// A request to the product's callback with this query.
pub(crate) fn request(query: &str) -> http::Request<()> {
    http::Request::get(format!("{CALLBACK}?{query}")).body(()).unwrap()
}

/// A parameter of an address.
pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The scopes that a consent page asks for, sorted.
pub(crate) fn asked(url: &Url) -> Vec<String> {
    let mut scopes: Vec<String> = parameter(url, "scope").unwrap().split(' ').map(str::to_owned).collect();
    scopes.sort();
    scopes
}

/// An engine for this world over a store.
pub(crate) async fn engine(
    world: &World,
    store: &Arc<dyn Store>,
    manifest: &str,
    change: impl FnOnce(Builder) -> Builder,
) -> Acquaint {
    let builder = world.builder().manifest(Manifest::parse(manifest).unwrap()).store(Arc::clone(store));
    change(builder).build().await.unwrap()
}

impl Product {
    pub(crate) async fn new() -> Self {
        Self::over(memory(), MANIFEST).await
    }

    pub(crate) async fn over(store: Arc<dyn Store>, manifest: &str) -> Self {
        Self::of(store, manifest, |builder| builder).await
    }

    pub(crate) async fn of(
        store: Arc<dyn Store>,
        manifest: &str,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let mut world = World::in_process();
        world.fill();
        let network = Network::new(Arc::clone(&world.http));
        world.http = Arc::<Network>::clone(&network);
        let acquaint = engine(&world, &store, manifest, change).await;
        let tenant = acquaint.tenant("acme");
        Self { world, network, store, acquaint, tenant }
    }

    /// Everything is connected and read.
    pub(crate) async fn read(store: Arc<dyn Store>) -> Self {
        let product = Self::over(store, MANIFEST).await;
        product.connect_all().await;
        product.sync_well().await;
        product
    }

    /// The product is started anew over its store, with another manifest or set-up.
    pub(crate) async fn restart(&mut self, manifest: &str, change: impl FnOnce(Builder) -> Builder) {
        self.acquaint = engine(&self.world, &self.store, manifest, change).await;
        self.tenant = self.acquaint.tenant(self.tenant.id().clone());
    }

    /// The same product for another of its customers.
    pub(crate) fn tenant(&self, id: &str) -> Tenant {
        self.acquaint.tenant(id)
    }

    /// Where a person is sent.
    pub(crate) async fn begin(&self, source: &str, account: &str) -> Url {
        begin(&self.tenant, source, account).await
    }

    /// The person consents, and comes back in the session that began.
    pub(crate) async fn consent(&self, url: &Url, account: &str) -> Result<Finished> {
        self.acquaint.finish_connect(&self.world.visit(url), &me(account)).await
    }

    pub(crate) async fn finish(&self, request: &http::Request<()>, account: &str) -> Result<Finished> {
        self.acquaint.finish_connect(request, &me(account)).await
    }

    pub(crate) async fn connect(&self, source: &str, account: &str) -> Connection {
        self.connect_as(&self.tenant, source, account).await
    }

    pub(crate) async fn connect_as(&self, tenant: &Tenant, source: &str, account: &str) -> Connection {
        match self.consent(&begin(tenant, source, account).await, account).await.unwrap() {
            Finished::Connected(connection) => connection,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn connect_all(&self) {
        for (source, account) in [("calendar", ANA), ("calendar", BEN), ("crm", ADMIN)] {
            self.connect(source, account).await;
        }
    }

    /// The person authorises a connection again.
    pub(crate) async fn reconnect(&self, connection: &Connection, account: &str) -> Finished {
        let again = self.tenant.reconnect(connection, &me(account)).account(account);
        let begun = again.begin_at(&callback()).await.unwrap();
        self.consent(&begun.url, account).await.unwrap()
    }

    /// The connection of an account, by its address or its id at the provider.
    pub(crate) async fn connection(&self, account: &str) -> Connection {
        connection(&self.tenant, account).await
    }

    /// A minute later.
    pub(crate) async fn sync(&self) -> SyncReport {
        self.world.minutes(1);
        self.tenant.sync().await.unwrap()
    }

    /// Without any failure, and everything is decided.
    pub(crate) async fn sync_well(&self) -> Totals {
        let report = self.sync().await;
        assert_eq!(report.pending, Vec::<String>::new());
        report.into_result().unwrap()
    }

    /// A sync that waits before it tries again: time flies meanwhile.
    pub(crate) async fn sync_in_a_hurry(&self) -> SyncReport {
        self.world.minutes(1);
        self.hurried(self.tenant.sync()).await.unwrap()
    }

    /// Lets time pass for whoever waits before trying again.
    pub(crate) async fn hurried<T>(&self, work: impl Future<Output = T>) -> T {
        let time = async {
            loop {
                tokio::task::yield_now().await;
                self.world.clock.advance_to_next_wake();
            }
        };
        tokio::select! {
            biased;
            done = work => done,
            () = time => unreachable!("time does not end"),
        }
    }

    /// What the product was told, in order.
    pub(crate) async fn notices(&self) -> Vec<(ConnectionId, NoticeKind)> {
        notices(&self.tenant).await
    }

    /// The names of all credentials that are kept.
    pub(crate) async fn grants(&self) -> Vec<GrantKey> {
        self.store.list(Scope::All, None, 100).await.unwrap()
    }

    /// Nothing came of it: no connection, no credential, no notice.
    pub(crate) async fn assert_nothing_is_kept(&self) {
        assert_eq!(self.tenant.connections().await.unwrap(), []);
        assert_eq!(self.grants().await, []);
        assert_eq!(self.notices().await, []);
    }

    /// Titles of all meetings that the product was told of and that still stand, sorted.
    pub(crate) async fn titles(&self) -> Vec<String> {
        titles(&self.tenant).await
    }
}

pub(crate) async fn begin(tenant: &Tenant, source: &str, account: &str) -> Url {
    tenant.connect(source, &me(account)).account(account).begin_at(&callback()).await.unwrap().url
}

pub(crate) async fn connection(tenant: &Tenant, account: &str) -> Connection {
    let connections = tenant.connections().await.unwrap().into_iter();
    let mut found = connections.filter(|one| one.email.as_deref() == Some(account) || one.account == account);
    let one = found.next().unwrap();
    assert_eq!(found.next(), None, "there is one of {account}");
    one
}

pub(crate) async fn notices(tenant: &Tenant) -> Vec<(ConnectionId, NoticeKind)> {
    let entries = tenant.notices(0, 100).await.unwrap();
    entries.into_iter().map(|entry| (entry.notice.connection.unwrap(), entry.notice.kind)).collect()
}

pub(crate) async fn titles(tenant: &Tenant) -> Vec<String> {
    let told = crate::support::contents(&crate::support::feed(tenant).await);
    let mut titles: Vec<String> =
        told.values().map(|content| content["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles
}

/// The lanes that failed.
pub(crate) fn failed(report: &SyncReport) -> Vec<&LaneReport> {
    report.lanes.iter().filter(|lane| lane.error.is_some()).collect()
}

/// What became of it is an error of this kind that is this party's to mend, and says this.
#[track_caller]
pub(crate) fn assert_refused(finished: Finished, kind: ErrorKind, blame: Blame, words: &str) {
    let error = finished.into_result().unwrap_err();
    assert_eq!((error.kind(), error.blame()), (kind, blame), "{error}");
    assert!(error.to_string().contains(words), "{error}");
    assert!(error.advice().is_some(), "{error}");
}
