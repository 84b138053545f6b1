//! The process that is killed, and the hand that kills it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use acquaint::core::env::{Env, Probe};
use acquaint::{Manifest, Result, Sqlite, async_trait};
use acquaint_testkit::ManualClock;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::provider::{MANIFEST, Provider, TENANT};
use crate::support::{engine, transport};

const ORDER: &str = "ACQUAINT_KILLED_PROCESS_ORDER";
const REACHED: &str = "reached ";

/// What the process is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) database: std::path::PathBuf,
    pub(crate) google: Url,
    pub(crate) hubspot: Url,
    pub(crate) now: DateTime<Utc>,
}

/// When the process dies.
#[derive(Debug, Clone)]
pub(crate) struct Fate {
    /// Where; anywhere if empty.
    point: String,
    pub(crate) nth: usize,
    /// Whether it gets leave to go on an instant before.
    running: bool,
}

impl Fate {
    /// When it reaches `point` for the `nth` time.
    pub(crate) fn at(point: &str, nth: usize, running: bool) -> Self {
        Self { point: point.to_owned(), nth, running }
    }

    /// When it reaches its `nth` point.
    pub(crate) fn after(nth: usize) -> Self {
        Self { point: String::new(), nth, running: true }
    }
}

/// How the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Died {
    Itself,
    Killed,
}

pub(crate) fn is_child() -> bool {
    std::env::var_os(ORDER).is_some()
}

/// One sync in a process of its own: the points that it reached, and how it ended.
pub(crate) async fn sync(provider: &Provider, fate: Option<&Fate>) -> (Vec<String>, Died) {
    let order = serde_json::to_string(&provider.order()).unwrap();
    let fate = fate.cloned();
    // The providers are served by this thread while another one waits for the process.
    tokio::task::spawn_blocking(move || watch(&order, fate.as_ref())).await.unwrap()
}

fn watch(order: &str, fate: Option<&Fate>) -> (Vec<String>, Died) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child::sync_when_told", "--nocapture", "--test-threads=1"])
        .env(ORDER, order)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut leave = child.stdin.take().unwrap();
    let mut points: Vec<String> = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some((_, point)) = line.split_once(REACHED) else { continue };
        points.push(point.to_owned());
        let dies = fate.filter(|fate| {
            let here = |known: &&String| fate.point.is_empty() || fate.point == **known;
            here(&&points[points.len() - 1]) && points.iter().filter(here).count() == fate.nth
        });
        if dies.is_none_or(|fate| fate.running) {
            writeln!(leave).unwrap();
        }
        if dies.is_some() {
            child.kill().unwrap();
            child.wait().unwrap();
            return (points, Died::Killed);
        }
    }
    assert!(child.wait().unwrap().success(), "the process failed by itself");
    (points, Died::Itself)
}

/// Says what is reached, and waits for leave to go on. Blocks the thread: nothing else of the process goes on.
#[derive(Debug)]
struct Teller;

#[async_trait]
impl Probe for Teller {
    async fn reach(&self, point: &'static str) -> Result<()> {
        println!("{REACHED}{point}");
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).unwrap();
        Ok(())
    }
}

/// Runs in the process only.
#[tokio::test]
async fn sync_when_told() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let Order { database, google, hubspot, now } = serde_json::from_str(&order).unwrap();
    let mut env = Env::new(Arc::new(transport()));
    env.clock = Arc::new(ManualClock::at(now));
    env.probe = Arc::new(Teller);
    let acquaint = open(&google, &hubspot, &database, env).await;
    let report = acquaint.tenant(TENANT).sync().await.unwrap();
    assert!(report.lanes.iter().all(|lane| lane.error.is_none() && lane.sweep_held.is_none()), "{report:?}");
}

/// The engine, with small pages and a short lease.
pub(crate) async fn open(google: &Url, hubspot: &Url, database: &Path, env: Env) -> acquaint::Acquaint {
    engine(google, hubspot, 30, 50)
        .manifest(Manifest::parse(MANIFEST).unwrap())
        .store(Sqlite::at(database))
        .lease(Duration::from_secs(1))
        .env(env)
        .build()
        .await
        .unwrap()
}
