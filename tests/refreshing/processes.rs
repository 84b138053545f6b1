//! Processes of the operating system that share a database and a grant.
//!
//! Every process goes for the lease when everybody in every process has found the token expired, and the server,
//! which runs here, answers when they all have: so they really collide.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use acquaint::core::env::{Clock, Env, SystemClock};
use acquaint::core::http::ReqwestTransport;
use acquaint::core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenManager, TokenStore, Versioned};
use acquaint::{Keys, Result, Sqlite, async_trait};
use acquaint_testkit::ManualClock;
use acquaint_testkit::sandbox::oauth::{OAuthServer, RefreshPolicy};
use acquaint_testkit::sandbox::{Loopback, Sandbox};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Barrier, Semaphore};
use tokio::task::JoinSet;

use crate::provider;

const PROCESSES: usize = 4;
const TASKS: u32 = 16;
const ROTATIONS: i64 = 6;

const ORDER: &str = "ACQUAINT_REFRESHING_PROCESS_ORDER";
/// What stands before a line that is meant for the parent.
const SAYS: &str = "says ";

/// What a process is told.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    database: PathBuf,
    server: String,
}

/// An authorisation server on a socket that keeps everybody waiting until it is let go.
#[derive(Debug)]
struct Held {
    server: OAuthServer,
    came: AtomicUsize,
    open: Mutex<bool>,
    opened: Condvar,
}

impl Held {
    fn set(&self, open: bool) {
        *self.open.lock().unwrap() = open;
        self.opened.notify_all();
    }
}

impl Sandbox for Held {
    fn handle(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        assert_eq!(request.uri().path(), "/token");
        self.came.fetch_add(1, Ordering::SeqCst);
        tokio::task::block_in_place(|| {
            drop(self.opened.wait_while(self.open.lock().unwrap(), |open| !*open).unwrap());
        });
        let form = std::str::from_utf8(request.body()).unwrap();
        let (status, body) = provider::worded(&self.server.token(form, None));
        let response = http::Response::builder().status(status).header("content-type", "application/json");
        response.body(Bytes::from(body.to_string())).unwrap()
    }
}

/// A process, and how one speaks with it.
struct Asker {
    process: Child,
    orders: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Asker {
    fn start(order: &Order) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::ask_when_told", "--nocapture", "--test-threads=1"])
            .env(ORDER, serde_json::to_string(order).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let orders = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, orders, lines }
    }

    async fn says(&mut self) -> String {
        loop {
            let line = self.lines.next_line().await.unwrap().expect("the process ended by itself");
            if let Some((_, said)) = line.split_once(SAYS) {
                return said.to_owned();
            }
        }
    }

    async fn order(&mut self, order: impl std::fmt::Display) {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.unwrap();
    }

    async fn end(mut self) {
        drop(self.orders);
        while self.lines.next_line().await.unwrap().is_some() {}
        assert!(self.process.wait().await.unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_tasks_in_four_processes_make_one_token_call() {
    if std::env::var_os(ORDER).is_some() {
        return;
    }
    let clock = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH));
    let server = provider::server(clock, RefreshPolicy::Rotating, TimeDelta::hours(1));
    let held =
        Arc::new(Held { server, came: AtomicUsize::new(0), open: Mutex::default(), opened: Condvar::new() });
    let loopback = Loopback::start(held.clone()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let order = Order { database: folder.path().join("acquaint.db"), server: loopback.url() };

    // Authorised two hours ago, with a token that was good for one.
    let store = Sqlite::at(&order.database).open().await.unwrap();
    let env = Env::new(Arc::new(ReqwestTransport::new().unwrap()));
    let tokens = TokenManager::new(Arc::new(store), Arc::new(keys()), env);
    let authorised = provider::authorise(&held.server, "owner", Utc::now() - TimeDelta::hours(2));
    tokens.save_new(&key(), authorised).await.unwrap();

    let mut askers: Vec<Asker> = (0..PROCESSES).map(|_| Asker::start(&order)).collect();
    for asker in &mut askers {
        assert_eq!(asker.says().await, "ready");
    }
    let mut seen = BTreeSet::new();
    for rotation in 0..ROTATIONS {
        held.set(false);
        for asker in &mut askers {
            asker.order(2 * rotation).await;
        }
        for asker in &mut askers {
            assert_eq!(asker.says().await, "asked");
        }
        for asker in &mut askers {
            asker.order("go").await;
        }
        for asker in &mut askers {
            assert_eq!(asker.says().await, "tried");
        }
        held.set(true);
        let mut got = BTreeSet::new();
        for asker in &mut askers {
            let tokens: Vec<String> = serde_json::from_str(&asker.says().await).unwrap();
            assert_eq!(tokens.len(), usize::try_from(TASKS).unwrap());
            got.extend(tokens);
        }
        let calls = u64::try_from(rotation).unwrap() + 1;
        assert_eq!(held.came.load(Ordering::SeqCst) as u64, calls, "one call a rotation");
        let counts = held.server.calls();
        assert_eq!((counts.refreshes, counts.refused, counts.reuses), (calls, 0, 0));
        assert_eq!(got.len(), 1, "all have the same token");
        let token = got.pop_first().unwrap();
        assert!(provider::accepts(&held.server, &token));
        assert!(seen.insert(token), "it is a new one");
    }
    for asker in askers {
        asker.end().await;
    }
}

fn keys() -> Keys {
    Keys::new("k1", [7; 32])
}

fn key() -> GrantKey {
    provider::grant("acme", "g1")
}

/// Runs in the processes only.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ask_when_told() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let Order { database, server } = serde_json::from_str(&order).unwrap();
    let sqlite = Sqlite::at(database).open().await.unwrap();
    let store = Arc::new(Watched::new(sqlite));
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let mut env = Env::new(Arc::new(ReqwestTransport::from_client(client.build().unwrap())));
    let clock = Arc::new(Ahead(AtomicI64::new(0)));
    env.clock = clock.clone();
    let tokens = TokenManager::new(store.clone(), Arc::new(keys()), env);
    let auth = provider::auth(&server);

    println!("{SAYS}ready");
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    while let Some(hours) = orders.next_line().await.unwrap() {
        clock.0.store(hours.parse().unwrap(), Ordering::SeqCst);
        store.holds.store(true, Ordering::SeqCst);
        let barrier = Arc::new(Barrier::new(usize::try_from(TASKS).unwrap()));
        let mut asking = JoinSet::new();
        for _ in 0..TASKS {
            let (tokens, auth, barrier) = (tokens.clone(), auth.clone(), Arc::clone(&barrier));
            asking.spawn(ASKING.scope((), async move {
                barrier.wait().await;
                tokens.access(&key(), &auth).await.unwrap().secret.expose().to_owned()
            }));
        }
        store.found.acquire_many(TASKS).await.unwrap().forget();
        store.held.acquire().await.unwrap().forget();
        println!("{SAYS}asked");
        assert_eq!(orders.next_line().await.unwrap().unwrap(), "go");
        store.leave.add_permits(1);
        store.tried.acquire().await.unwrap().forget();
        println!("{SAYS}tried");
        let got = asking.join_all().await;
        println!("{SAYS}{}", serde_json::to_string(&got).unwrap());
    }
}

/// The system's clock, some hours ahead.
#[derive(Debug)]
struct Ahead(AtomicI64);

#[async_trait]
impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::hours(self.0.load(Ordering::SeqCst))
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration).await;
    }
}

tokio::task_local! {
    /// Set in tasks that ask for a token; not in the one that gets it for them.
    static ASKING: ();
}

/// Counts how many of those who ask have found what is stored, and holds up the first save.
#[derive(Debug)]
struct Watched {
    under: Sqlite,
    found: Semaphore,
    /// Whether the next save is the first one.
    holds: AtomicBool,
    held: Semaphore,
    leave: Semaphore,
    tried: Semaphore,
}

impl Watched {
    fn new(under: Sqlite) -> Self {
        let [found, held, leave, tried] = [(); 4].map(|()| Semaphore::new(0));
        Self { under, found, holds: AtomicBool::new(false), held, leave, tried }
    }
}

#[async_trait]
impl TokenStore for Watched {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        let found = self.under.load(key).await;
        if ASKING.try_with(|()| ()).is_ok() {
            self.found.add_permits(1);
        }
        found
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        if !self.holds.swap(false, Ordering::SeqCst) {
            return self.under.save(key, value, expected).await;
        }
        self.held.add_permits(1);
        self.leave.acquire().await.unwrap().forget();
        let saved = self.under.save(key, value, expected).await;
        self.tried.add_permits(1);
        saved
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        self.under.delete(key).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        self.under.list(scope, after, limit).await
    }
}
