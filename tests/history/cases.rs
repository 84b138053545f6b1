//! How many histories are run, from which seed, and how a failure is told.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use acquaint::core::store::Store;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::Mismatch;
use super::run::{Bend, Straight, run};
use super::step::{History, histories};
use super::tally::Tally;

/// Where histories are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Memory,
    Sqlite,
}

impl Backend {
    /// An empty store; a file in `folder`, if it takes one.
    async fn open(self, folder: &Path) -> Arc<dyn Store> {
        match self {
            Self::Memory => Arc::new(acquaint_testkit::MemoryStore::new()),
            Self::Sqlite => Arc::new(acquaint::Sqlite::at(folder.join("acquaint.db")).open().await.unwrap()),
        }
    }
}

/// One history from the beginning to the comparison.
pub fn one(backend: Backend, history: &History, bend: &dyn Bend) -> Result<Tally, Mismatch> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = backend.open(folder.path()).await;
        Box::pin(run(history, store, bend, backend == Backend::Memory)).await
    })
}

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} must be a number, and is {text:?}")),
        Err(_) => default,
    }
}

fn runner(cases: u64, seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: u32::try_from(cases).unwrap(),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Runs `cases` histories, or as many as `ACQUAINT_CASES` says, from the seed `ACQUAINT_SEED`. The same seed and
/// number give the same histories.
pub fn all_hold(test: &str, backend: Backend, cloud: bool, cases: u64, length: usize) {
    let (cases, seed) = (number("ACQUAINT_CASES", cases), number("ACQUAINT_SEED", 1));
    let replay = format!("ACQUAINT_SEED={seed} ACQUAINT_CASES={cases} cargo test --test histories {test}");
    println!("{cases} histories; to repeat them: {replay}");
    let tally = Cell::new(Tally::default());
    let outcome = runner(cases, seed).run(&histories(cloud, length), |history| {
        let own = one(backend, &history, &Straight)
            .map_err(|mismatch| TestCaseError::fail(mismatch.to_string()))?;
        let mut all = tally.get();
        all += own;
        tally.set(all);
        Ok(())
    });
    match outcome {
        Ok(()) => {
            println!("{:?}", tally.get());
            tally.get().assert_worth_it();
        }
        Err(TestError::Fail(why, history)) => panic!("{why}\nafter {history}to repeat it: {replay}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

/// Runs up to `cases` histories and gives the number of the first that turns red, and what it said. Without the
/// defect the same history must hold.
pub fn first_red(
    cloud: bool,
    cases: u64,
    length: usize,
    bend: impl Fn() -> Box<dyn Bend>,
) -> Option<(u64, Mismatch)> {
    let mut runner = runner(cases, number("ACQUAINT_SEED", 1));
    let strategy = histories(cloud, length);
    (1..=cases).find_map(|case| {
        let history = strategy.new_tree(&mut runner).unwrap().current();
        let mismatch = one(Backend::Memory, &history, &*bend()).err()?;
        let straight = one(Backend::Memory, &history, &Straight);
        assert!(straight.is_ok(), "it is red without the defect too: {}", straight.unwrap_err());
        Some((case, mismatch))
    })
}
