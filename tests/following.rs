//! Streams that follow others, records that a provider tells of, and lanes that prove what the others have read: with
//! a provider that is as simple as can be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "following/library.rs"]
mod library;
#[path = "following/telling.rs"]
mod telling;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint::core::auth::AuthKind;
use acquaint::core::env::Env;
use acquaint::core::ids::ConnectionId;
use acquaint::core::record::Gone;
use acquaint::core::secret::Secret;
use acquaint::core::store::Store;
use acquaint::{
    Acquaint, Builder, Credential, Initiator, Keys, Manifest, MirroredRecord, OAuthApp, SyncOptions,
    SyncReport, Tenant,
};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::{ManualClock, MemoryStore, SeededEntropy};
use library::{Call, Library};

const MANIFEST: &str = "
acquaint: 1
name: library
sources:
  crm: { connector: library, sync: { every: 15m } }
";

/// A product that reads a library.
struct Product {
    clock: ManualClock,
    library: Library,
    store: Arc<dyn Store>,
    acquaint: Acquaint,
    tenant: Tenant,
    connection: ConnectionId,
}

impl Product {
    async fn new() -> Self {
        Self::of(|builder| builder.public_url("https://product.example/")).await
    }

    async fn of(change: impl FnOnce(Builder) -> Builder) -> Self {
        let clock = ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap());
        let library = Library::default();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut env = Env::new(Arc::new(InProcess::new()));
        env.clock = Arc::new(clock.clone());
        env.entropy = Arc::new(SeededEntropy::new(7));
        let builder = Acquaint::builder()
            .manifest(Manifest::parse(MANIFEST).unwrap())
            .store(Arc::clone(&store))
            .keys(Keys::new("tests", [7; 32]))
            .connector(library.connector())
            .app("library", OAuthApp::new("product", "product's secret"))
            .env(env);
        let acquaint = change(builder).build().await.unwrap();
        let tenant = acquaint.tenant("acme");
        let connection = connect(&tenant, "library 1").await;
        Self { clock, library, store, acquaint, tenant, connection }
    }

    fn wait(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(60 * minutes));
    }

    /// What is due or was told of is read.
    async fn due(&self) -> SyncReport {
        self.tenant.sync_with(&SyncOptions::new().due_only()).await.unwrap()
    }

    /// A quarter of an hour later, what is due then is read. Returns what was asked for.
    async fn later(&self) -> Vec<Call> {
        self.wait(17);
        self.due().await.into_result().unwrap();
        self.library.take_calls()
    }

    async fn records(&self, stream: &str) -> BTreeMap<String, MirroredRecord> {
        let partition = if stream == "loans" { "books" } else { "" };
        let records = self.tenant.records(&self.connection, stream).partition(partition);
        let page = records.page(10_000).await.unwrap();
        page.into_iter().map(|record| (record.record.key.to_string(), record)).collect()
    }

    /// Who has borrowed a book, as the mirror has it; `None` if nothing is known of the book's loans.
    async fn borrower(&self, book: &str) -> Option<String> {
        let loans = self.records("loans").await;
        let record = loans.get(book).filter(|record| record.gone.is_none())?;
        Some(String::from_utf8(record.raw.to_vec()).unwrap())
    }

    async fn gone(&self, stream: &str, key: &str) -> Option<Gone> {
        self.records(stream).await[key].gone.clone()
    }
}

async fn connect(tenant: &Tenant, token: &str) -> ConnectionId {
    let me = Initiator::new("ana", "a session");
    let credential = Credential::token(Secret::new(token));
    let connection = tenant.connect("crm", &me).with_credential(credential).await.unwrap();
    assert_eq!(connection.auth, AuthKind::Fixed);
    connection.id
}

#[tokio::test]
async fn what_follows_is_read_once_what_it_follows_has_been_and_in_batches() {
    let product = Product::new().await;
    for number in 0..25 {
        product.library.put(&format!("book{number:02}"), "a title");
    }
    product.library.lend("book03", "jane");
    product.tenant.sync().await.unwrap().into_result().unwrap();
    let calls = product.library.take_calls();
    // Ten books a page, ten loans a read.
    assert_eq!(calls.iter().filter(|call| matches!(call, Call::List { .. })).count(), 3);
    let reads: Vec<usize> = calls.iter().filter_map(Call::loans).map(<[String]>::len).collect();
    assert_eq!(reads, [10, 10, 5]);
    assert_eq!(product.borrower("book03").await.as_deref(), Some("jane"));
    assert_eq!(product.borrower("book04").await.as_deref(), Some(""));
    assert_eq!(product.records("loans").await.len(), 25);
}

#[tokio::test]
async fn following_costs_no_call_while_nothing_changes() {
    let product = Product::new().await;
    product.library.put("book", "a title");
    product.tenant.sync().await.unwrap().into_result().unwrap();
    product.library.take_calls();
    for _ in 0..3 {
        assert_eq!(product.later().await, [Call::Changes]);
    }
}

#[tokio::test]
async fn what_changes_there_is_read_here_and_what_is_gone_there_is_gone_here() {
    let product = Product::new().await;
    for book in ["a", "b", "c"] {
        product.library.put(book, "a title");
    }
    product.tenant.sync().await.unwrap().into_result().unwrap();
    product.library.take_calls();

    product.library.lend("b", "mei");
    product.library.put("b", "a second edition");
    product.library.put("d", "a new one");
    assert_eq!(product.later().await, [Call::Changes, Call::Loans(vec!["b".into(), "d".into()])]);
    assert_eq!(product.borrower("b").await.as_deref(), Some("mei"));

    product.library.merge("c", "d");
    // Nobody is asked about what is known to be gone.
    assert_eq!(product.later().await, [Call::Changes]);
    assert_eq!(product.gone("loans", "c").await, Some(Gone::MergedInto("d".into())));
}

#[tokio::test]
async fn what_changes_while_the_keys_are_walked_through_is_read_again() {
    let product = Product::new().await;
    for number in 0..25 {
        product.library.put(&format!("book{number:02}"), "a title");
    }
    // Between two batches of the first walk a book that it has passed changes, with its loan.
    let library = product.library.clone();
    product.library.after_loans(2, move || {
        library.lend("book00", "late");
        library.put("book00", "another edition");
    });
    product.tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(product.borrower("book00").await.as_deref(), Some(""));
    product.later().await;
    assert_eq!(product.borrower("book00").await.as_deref(), Some("late"));
}

#[tokio::test]
async fn a_walk_of_its_own_finds_what_changed_without_a_trace() {
    let product = Product::new().await;
    product.library.put("a", "a title");
    product.tenant.sync().await.unwrap().into_result().unwrap();
    product.library.lend("a", "unseen");
    assert_eq!(product.borrower("a").await.as_deref(), Some(""));
    for _ in 0..30 {
        product.later().await;
    }
    assert_eq!(product.borrower("a").await.as_deref(), Some("unseen"), "after six hours and more");
}

#[tokio::test]
async fn a_walk_that_fails_goes_on_where_it_stopped_and_deletes_nothing() {
    let product = Product::new().await;
    for number in 0..25 {
        product.library.put(&format!("book{number:02}"), "a title");
    }
    let library = product.library.clone();
    product.library.after_loans(1, move || library.fail_loans(2));
    let report = product.tenant.sync().await.unwrap();
    let failed: Vec<_> = report.lanes.iter().filter_map(|lane| lane.error.as_ref()).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].message(), "the provider could not be reached", "it is said what happened");
    for _ in 0..4 {
        product.wait(17);
        let _ = product.due().await;
    }
    let calls = product.library.take_calls();
    let reads: Vec<usize> = calls.iter().filter_map(Call::loans).map(<[String]>::len).collect();
    assert_eq!(reads, [10, 10, 5], "nothing is read twice");
    assert_eq!(product.records("loans").await.len(), 25);
    assert!(product.records("loans").await.values().all(|record| record.gone.is_none()));
}

#[tokio::test]
async fn where_there_is_nothing_to_follow_nothing_is_waited_for() {
    let product = Product::new().await;
    let report = product.tenant.sync().await.unwrap();
    assert_eq!(report.pending, [] as [String; 0]);
    report.into_result().unwrap();
}

#[tokio::test]
async fn reconciling_repairs_what_increments_missed_while_they_go_on() {
    let product = Product::new().await;
    for number in 0..30 {
        product.library.put(&format!("book{number:02}"), "a title");
    }
    product.tenant.sync().await.unwrap().into_result().unwrap();
    product.library.take_calls();
    product.library.change_silently("book07", "never told");
    product.library.remove_silently("book08");
    let mut lists = 0;
    for _ in 0..(8 * 24 * 60 / 17) {
        let calls = product.later().await;
        // The first lane never reads everything again, whatever the reconciling one does.
        assert_eq!(calls.iter().filter(|call| **call == Call::Changes).count(), 1, "{calls:?}");
        lists += calls.iter().filter(|call| matches!(call, Call::List { .. })).count();
    }
    assert_eq!(lists, 3, "once in a week");
    let books = product.records("books").await;
    assert_eq!(books["book07"].raw, "never told");
    assert_eq!(books["book08"].gone, Some(Gone::Unseen));
    assert_eq!(product.gone("loans", "book08").await, Some(Gone::Unseen));
}

#[tokio::test]
async fn a_stream_that_the_manifest_does_not_ask_for_is_not_read() {
    let product = Product::new().await;
    product.tenant.sync().await.unwrap().into_result().unwrap();
    let lanes = product.tenant.lanes().await.unwrap();
    assert!(lanes.iter().all(|lane| lane.id.stream.as_str() != "visitors"));
}
