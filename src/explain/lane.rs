//! Where a lane stands, for people.

use std::fmt;

use acquaint_core::ids::LaneName;
use acquaint_core::store::LaneState;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::words::time;

/// Where a lane stands: one way in which a partition is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LaneExplained {
    /// Its name.
    pub lane: LaneName,
    /// When its last pass ended.
    pub last_run: Option<DateTime<Utc>>,
    /// When its last complete reading from the beginning began.
    pub last_baseline: Option<DateTime<Utc>>,
    /// The instant up to which everything is in the mirror.
    pub covers: Option<DateTime<Utc>>,
    /// Whether a pass has begun and not ended.
    pub running: bool,
    /// Whether a notification, or somebody, has asked for it since its last run.
    pub wanted: bool,
    /// When it runs again at the earliest: now and before means with the next sync.
    pub again: DateTime<Utc>,
    /// Why it fails, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<FailureExplained>,
    /// How many records it would remove, if the guard against mass deletion holds that back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_sweep: Option<u64>,
}

/// Why a lane fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailureExplained {
    /// Failures since the last success.
    pub times: u32,
    /// The error's kind.
    pub kind: String,
    /// The error in one line.
    pub message: String,
    /// When it failed last.
    pub at: DateTime<Utc>,
}

impl LaneExplained {
    pub(super) fn of(lane: &LaneState) -> Self {
        let progress = &lane.progress;
        let failing = progress.error.as_ref().map(|error| FailureExplained {
            times: progress.failures,
            kind: error.kind.clone(),
            message: error.message.clone(),
            at: error.at,
        });
        Self {
            lane: lane.id.lane.clone(),
            last_run: progress.last_run,
            last_baseline: progress.last_baseline,
            covers: progress.covers,
            running: progress.pass.is_some(),
            wanted: lane.wanted,
            again: if lane.wanted { lane.not_before } else { lane.due.max(lane.not_before) },
            failing,
            held_sweep: progress
                .sweep
                .as_ref()
                .filter(|sweep| !sweep.acknowledged)
                .and_then(|held| held.held),
        }
    }
}

impl fmt::Display for LaneExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.lane)?;
        match self.last_run {
            Some(run) => write!(f, "last run {}", time(run))?,
            None => f.write_str("never run")?,
        }
        if let Some(covers) = self.covers {
            write!(f, ", certain up to {}", time(covers))?;
        }
        if self.running {
            f.write_str(", in the middle of a pass")?;
        }
        if let Some(count) = self.held_sweep {
            write!(f, ", holds back the removal of {count} records until somebody agrees")?;
        }
        if let Some(failure) = &self.failing {
            let times = if failure.times > 1 { format!(" {} times", failure.times) } else { String::new() };
            write!(f, ", failed{times}, last {}: {}", time(failure.at), failure.message)?;
            write!(f, "; tried again {}", time(self.again))?;
        } else if self.wanted {
            f.write_str(", asked to look again")?;
        }
        Ok(())
    }
}
