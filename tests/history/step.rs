//! What happens in a history, one thing after another.

use proptest::prelude::*;

use super::life::Death;
use super::scene::{Edit, edits};
use crate::oracle::{Random, random};

/// Points at which a worker can be held up or die.
pub const POINTS: [&str; 9] = [
    "join.decided",
    "join.marks_read",
    "page.fetched",
    "page.committed",
    "join.committed",
    "sweep.counted",
    "sweep.batch",
    "partitions.fetched",
    "partitions.set",
];

/// One step.
#[derive(Debug, Clone)]
pub enum Step {
    Edit(Edit),
    /// Minutes pass.
    Wait(i64),
    /// A sync that nobody disturbs; of the first worker or the second.
    Sync(usize),
    /// A sync in which the worker dies; another takes its place.
    Crash(Death),
    /// A sync in which a worker is held up while something else happens.
    During {
        point: usize,
        nth: usize,
        meanwhile: Meanwhile,
    },
    /// Both workers at once.
    Together,
}

#[derive(Debug, Clone)]
pub enum Meanwhile {
    /// The other worker does a whole sync, for which it must wait until the claims of the first have run out.
    OtherSync,
    Edits(Vec<Edit>),
    /// Edits, then the other worker's sync.
    Both(Vec<Edit>),
}

/// A whole history.
#[derive(Debug, Clone)]
pub struct History {
    /// Google Calendar and HubSpot, or only what the product pushes.
    pub cloud: bool,
    /// Which manifest.
    pub rules: usize,
    /// Rules in the place of its own.
    pub random: Option<Random>,
    /// Of everything random in the engines.
    pub seed: u64,
    /// Whether it begins with customers and meetings.
    pub peopled: bool,
    pub steps: Vec<Step>,
}

impl std::fmt::Display for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "cloud: {}, rules: {}{}, seed: {}, peopled: {}",
            self.cloud,
            self.rules,
            self.random
                .as_ref()
                .map(|random| format!(" with {}", random.manifest("keep:\noutput:\n")))
                .unwrap_or_default(),
            self.seed,
            self.peopled
        )?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step:?}"))
    }
}

fn wait() -> impl Strategy<Value = i64> {
    const DAY: i64 = 24 * 60;
    prop_oneof![6 => 1i64..90, 4 => 60i64..DAY, 3 => DAY..8 * DAY, 1 => 8 * DAY..30 * DAY]
}

fn death() -> impl Strategy<Value = Death> {
    prop_oneof![
        (1usize..14).prop_map(Death::AtPoint),
        (1usize..60).prop_map(Death::BeforeVerb),
        (1usize..60).prop_map(Death::AfterVerb),
    ]
}

fn meanwhile(cloud: bool) -> impl Strategy<Value = Meanwhile> {
    let some = move || prop::collection::vec(edits(cloud), 1..4);
    prop_oneof![
        1 => Just(Meanwhile::OtherSync),
        2 => some().prop_map(Meanwhile::Edits),
        2 => some().prop_map(Meanwhile::Both),
    ]
}

fn step(cloud: bool) -> impl Strategy<Value = Step> {
    // Joins come in every sync and most of all matter; sweeps and partitions come seldom.
    let point = prop_oneof![3 => 0..2usize, 2 => 0..POINTS.len()];
    prop_oneof![
        24 => edits(cloud).prop_map(Step::Edit),
        5 => wait().prop_map(Step::Wait),
        8 => (0..2usize).prop_map(Step::Sync),
        5 => death().prop_map(Step::Crash),
        5 => (point, 1usize..3, meanwhile(cloud))
            .prop_map(|(point, nth, meanwhile)| Step::During { point, nth, meanwhile }),
        2 => Just(Step::Together),
    ]
}

/// Histories of up to `length` steps.
pub fn histories(cloud: bool, length: usize) -> impl Strategy<Value = History> {
    // A step that may be missing can be left out when a failing history is made shorter.
    let steps = prop::collection::vec(prop::option::weighted(0.9, step(cloud)), length);
    let random = prop::option::weighted(0.6, random());
    (0..2usize, random, 0u64..1 << 32, prop::bool::weighted(0.85), steps).prop_map(
        move |(rules, random, seed, peopled, steps)| History {
            cloud,
            rules,
            random,
            seed,
            peopled,
            steps: steps.into_iter().flatten().collect(),
        },
    )
}
