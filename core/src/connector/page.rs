//! One page: what is asked for, what comes back, what comes next.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::settings::TimeRange;
use super::stream::Partition;
use crate::ids::{LaneName, RecordKey};
use crate::record::Change;

/// Whether a pass is complete or takes up from a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassKind {
    /// Reads everything; may sweep.
    Baseline,
    /// Reads what changed since the cursor.
    Incremental,
}

/// What a page is asked for with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FetchRequest<C> {
    /// The kind of pass.
    pub pass: PassKind,
    /// Where to go on; `None` begins a baseline.
    pub cursor: Option<C>,
    /// The partition to read.
    pub partition: Partition,
    /// The lane that reads.
    pub lane: LaneName,
    /// The source's window as it was when the pass began.
    pub window: TimeRange,
    /// When the pass began.
    pub began: DateTime<Utc>,
}

impl<C> FetchRequest<C> {
    /// Asks for a page.
    pub fn new(
        pass: PassKind,
        cursor: Option<C>,
        partition: Partition,
        lane: LaneName,
        window: TimeRange,
        began: DateTime<Utc>,
    ) -> Self {
        Self { pass, cursor, partition, lane, window, began }
    }

    /// The same request with the cursor read by `read`.
    pub(super) fn try_map<D, E>(self, read: impl FnOnce(C) -> Result<D, E>) -> Result<FetchRequest<D>, E> {
        Ok(FetchRequest {
            pass: self.pass,
            cursor: self.cursor.map(read).transpose()?,
            partition: self.partition,
            lane: self.lane,
            window: self.window,
            began: self.began,
        })
    }
}

/// One page of changes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<C> {
    /// What changed, in the order in which it is to be applied.
    pub changes: Vec<Change>,
    /// Keys that could not be read now. A pass with gaps never sweeps; they are read again.
    pub gaps: Vec<RecordKey>,
    /// Every change up to this instant is in what was read so far. Freshness is computed from it alone.
    pub covers: Option<DateTime<Utc>>,
    /// For events: the window that the cursor is bound to. Only records inside it can be swept or be moved
    /// out of it.
    pub window: Option<TimeRange>,
    /// What comes next.
    pub next: Next<C>,
}

impl<C> Page<C> {
    /// A page of changes and what comes next.
    pub fn new(changes: Vec<Change>, next: Next<C>) -> Self {
        Self { changes, gaps: Vec::new(), covers: None, window: None, next }
    }

    /// Sets the instant up to which the truth is certain.
    #[must_use]
    pub fn covers(mut self, instant: DateTime<Utc>) -> Self {
        self.covers = Some(instant);
        self
    }

    /// Sets the window that the cursor is bound to.
    #[must_use]
    pub fn window(mut self, window: TimeRange) -> Self {
        self.window = Some(window);
        self
    }

    pub(super) fn try_map<D, E>(self, store: impl FnOnce(C) -> Result<D, E>) -> Result<Page<D>, E> {
        Ok(Page {
            changes: self.changes,
            gaps: self.gaps,
            covers: self.covers,
            window: self.window,
            next: match self.next {
                Next::More(cursor) => Next::More(store(cursor)?),
                Next::Done(cursor) => Next::Done(store(cursor)?),
                Next::Wait { cursor, until } => Next::Wait { cursor: store(cursor)?, until },
            },
        })
    }
}

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next<C> {
    /// Another page of this pass.
    More(C),
    /// The pass is complete; the next one starts here.
    Done(C),
    /// Nothing more before this instant; then go on here.
    Wait {
        /// Where to go on.
        cursor: C,
        /// When.
        until: DateTime<Utc>,
    },
}
