//! How a worker goes about it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::sync::Turn;

/// How a worker goes about it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WorkOptions {
    /// Lanes that it reads at a time, of all tenants together; 64 by default. A quarter of them is kept for those that a
    /// notification or somebody has asked for. How many of one tenant are read at a time says
    /// [`Builder::concurrency`](crate::Builder::concurrency).
    pub lanes: usize,
    /// Tenants for which it decides at a time; 4 by default.
    pub joins: usize,
    /// How often it looks for work of which nobody in this process has told it; every half a second by default.
    pub look_every: Duration,
    /// How long it reads one lane before the others have their turn, for lanes with more to read; 10 seconds by default.
    pub turn: Duration,
    /// How long it may finish what is under way once it is told to stop; 25 seconds by default.
    pub drain: Duration,
}

impl Default for WorkOptions {
    fn default() -> Self {
        Self {
            lanes: 64,
            joins: 4,
            look_every: Duration::from_millis(500),
            turn: Duration::from_secs(10),
            drain: Duration::from_secs(25),
        }
    }
}

impl WorkOptions {
    /// The usual way.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lanes that it reads at a time.
    #[must_use]
    pub fn lanes(mut self, lanes: usize) -> Self {
        self.lanes = lanes.max(1);
        self
    }

    /// Tenants for which it decides at a time.
    #[must_use]
    pub fn joins(mut self, tenants: usize) -> Self {
        self.joins = tenants.max(1);
        self
    }

    /// How often it looks for work.
    #[must_use]
    pub fn look_every(mut self, every: Duration) -> Self {
        self.look_every = every;
        self
    }

    /// How long it reads one lane before the others have their turn.
    #[must_use]
    pub fn turn(mut self, turn: Duration) -> Self {
        self.turn = turn;
        self
    }

    /// How long it may finish what is under way.
    #[must_use]
    pub fn drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// Never so often that it would do nothing else.
    pub(super) fn between_looks(&self) -> TimeDelta {
        TimeDelta::from_std(self.look_every.max(Duration::from_millis(10))).unwrap_or(TimeDelta::seconds(1))
    }

    pub(super) fn turn_from(&self, now: DateTime<Utc>, stop: &Arc<AtomicBool>) -> Turn {
        let turn = TimeDelta::from_std(self.turn).unwrap_or(TimeDelta::MAX);
        Turn {
            until: now.checked_add_signed(turn).unwrap_or(DateTime::<Utc>::MAX_UTC),
            stop: Arc::clone(stop),
        }
    }
}
