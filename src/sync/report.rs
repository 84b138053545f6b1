//! What a sync did, and what went wrong.

use acquaint_core::ids::ConnectionId;
use acquaint_core::store::LaneId;
use acquaint_core::{Error, ErrorKind, Result};
use chrono::{DateTime, Utc};

/// What a sync did. Failures of single lanes do not stop the others; they are in here.
#[derive(Debug, Default)]
#[must_use = "a dead token or a failing provider shows up only here: call `into_result()`"]
#[non_exhaustive]
pub struct SyncReport {
    /// What it came to.
    pub totals: Totals,
    /// Every lane that ran, in the order in which they ended.
    pub lanes: Vec<LaneReport>,
    /// Connections that must be authorised again before anything is read for them.
    pub stopped: Vec<Stopped>,
    /// Lanes that were not read because their provider has asked to wait. They are no failures.
    pub waiting: Vec<Waiting>,
    /// Why no meeting was decided, if decisions have to wait.
    pub pending: Vec<String>,
}

/// A connection that must be authorised again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// Which.
    pub connection: ConnectionId,
    /// Why.
    pub reason: String,
}

/// A lane that its provider has asked to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// Which.
    pub lane: LaneId,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// What a sync came to, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Requests sent to providers, repeats included; calls to token endpoints are not counted.
    pub requests: u64,
    /// Bytes received from providers.
    pub received: u64,
    /// Changes that providers reported.
    pub records: u64,
    /// Records whose views changed, appeared or went.
    pub changed: u64,
    /// Meetings that were decided anew.
    pub decided: u64,
    /// Entries put into the feed.
    pub changes: u64,
}

/// What a lane did.
#[derive(Debug)]
#[non_exhaustive]
pub struct LaneReport {
    /// Which.
    pub lane: LaneId,
    /// Pages read.
    pub pages: u64,
    /// Changes reported.
    pub records: u64,
    /// Records that changed.
    pub changed: u64,
    /// Records that a baseline did not see and that became tombstones.
    pub swept: u64,
    /// Whether all was read for the first time under its settings, so that what waited for it may be decided.
    pub first_baseline: bool,
    /// Items that could not be used and were kept aside.
    pub rejected: u64,
    /// A sweep of so many records waits for somebody to agree to it.
    pub sweep_held: Option<u64>,
    /// Scopes for want of which it was left out. That is no failure of a stream that is optional; of any other it is the
    /// error.
    pub lacks: Vec<&'static str>,
    /// Whether another worker took over.
    pub fenced: bool,
    /// Why it failed, if it did.
    pub error: Option<Error>,
}

impl LaneReport {
    pub(super) fn new(lane: LaneId) -> Self {
        Self {
            lane,
            pages: 0,
            records: 0,
            changed: 0,
            swept: 0,
            first_baseline: false,
            rejected: 0,
            sweep_held: None,
            lacks: Vec::new(),
            fenced: false,
            error: None,
        }
    }
}

impl Stopped {
    fn error(&self) -> Error {
        Error::new(ErrorKind::NeedsReauth, "a connection must be authorised again")
            .with("connection", &self.connection)
            .with("reason", &self.reason)
            .advise("connect the account again; its cursors and records are kept")
    }
}

impl SyncReport {
    /// The totals, or the first failure.
    ///
    /// # Errors
    /// The error of the first lane that failed, with the lane's name; `NeedsReauth` if a connection had stopped
    /// before.
    pub fn into_result(mut self) -> Result<Totals> {
        let failed = self.lanes.iter_mut().find_map(|lane| Some((lane.lane.to_string(), lane.error.take()?)));
        match failed {
            Some((lane, error)) => Err(error.with("lane", lane)),
            None => self.stopped.first().map_or(Ok(self.totals), |stopped| Err(stopped.error())),
        }
    }

    pub(super) fn add(&mut self, lane: LaneReport) {
        self.totals.records += lane.records;
        self.totals.changed += lane.changed + lane.swept;
        self.lanes.push(lane);
    }
}

/// What happens while a sync works.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A page of a lane was committed.
    Page {
        /// The lane.
        lane: LaneId,
        /// Changes on the page.
        records: u64,
    },
    /// Another worker holds lanes that this sync wants; it waits for them.
    Waiting,
    /// Everything is read; meetings are decided now.
    Joining,
}
