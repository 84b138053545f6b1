//! Where a pass begins, and what its end means.

use std::time::Duration;

use acquaint_core::connector::{LaneKind, LaneSpec, PassKind, StreamKind};
use acquaint_core::store::{PassState, PendingSweep};
use chrono::{DateTime, TimeDelta, Utc};

use super::due::Due;
use super::lane::Run;
use crate::manifest::Source;

impl Run<'_> {
    /// Begins a pass, unless the one that a crash cut short can go on.
    pub(super) fn begin(&mut self, lane: &LaneSpec, binding: &str) {
        let now = self.engine.env.now();
        let bound = self.progress.binding.as_deref() == Some(binding);
        if bound && self.progress.pass.is_some() {
            self.went_on = true;
            return;
        }
        if !bound {
            // What was read under other settings says nothing of these.
            self.progress.baselines = 0;
            self.progress.cursor = None;
            self.progress.sweep = None;
            self.progress.binding = Some(binding.to_owned());
        }
        let proves = |other: &LaneSpec| other.name != lane.name && other.sweeps && !goes_on(other);
        let reconciled = self.spec().lanes.iter().any(proves);
        // Only a lane that sweeps proves anything by reading all; where another lane does it, none else need.
        let asked = self.source.baseline.filter(|_| lane.sweeps);
        let every = asked.or(lane.baseline_every).filter(|_| !reconciled);
        let every = every.and_then(|every| TimeDelta::from_std(every).ok()).map(|every| self.in_time(every));
        let overdue = every.zip(self.progress.last_baseline).is_some_and(|(every, last)| now >= last + every);
        let baseline = !goes_on(lane) || self.progress.cursor.is_none() || overdue;
        let kind = if baseline { PassKind::Baseline } else { PassKind::Incremental };
        if baseline {
            self.progress.cursor = None;
        }
        self.progress.pass = Some(PassState::begin(kind, now, self.seq, self.source.settings.window.at(now)));
    }

    /// Begins a baseline because the cursor is dead.
    pub(super) fn restart(&mut self) {
        let now = self.engine.env.now();
        let window = self.source.settings.window.at(now);
        self.progress.cursor = None;
        self.progress.pass = Some(PassState::begin(PassKind::Baseline, now, self.seq, window));
    }

    /// Notes that the pass is complete.
    pub(super) fn complete(&mut self, lane: &LaneSpec, covers: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        let Some(pass) = self.progress.pass.take() else { return };
        if pass.gaps {
            // What is missing is read by a baseline anew: an increment would never see it.
            self.progress.cursor = None;
        } else if pass.kind == PassKind::Baseline {
            self.progress.baselines += 1;
            self.report.first_baseline |= self.progress.baselines == 1;
            self.progress.last_baseline = Some(pass.began);
            if lane.sweeps {
                self.progress.sweep = Some(PendingSweep::after(&pass));
            }
        }
        if !goes_on(lane) {
            self.progress.cursor = None;
        }
        self.progress.covers = covers.or(self.progress.covers);
        self.progress.last_run = Some(now);
        self.progress.failures = 0;
        self.progress.error = None;
    }

    /// The next run, spread by a tenth so that connections made together do not stay together.
    pub(super) fn next_due(&self, lane: &LaneSpec, now: DateTime<Utc>) -> Due {
        if lane.kind == LaneKind::Once {
            return Due::at(now + TimeDelta::days(3_650));
        }
        let spread = pace(self.source, lane).mul_f64(0.9 + 0.2 * self.engine.env.fraction());
        Due::at(now + TimeDelta::from_std(spread).unwrap_or(TimeDelta::days(1)))
    }

    /// A window that rolls must be brought forward before its end is reached, however seldom baselines run.
    fn in_time(&self, every: TimeDelta) -> TimeDelta {
        if self.spec().kind != StreamKind::Events {
            return every;
        }
        let ahead = TimeDelta::seconds(self.source.settings.window.future / 2);
        every.min(ahead.max(TimeDelta::hours(1)))
    }
}

/// The most of a lane's time that passes between two runs, with the spread.
pub(super) const LATEST: f64 = 1.1;

/// Whether a lane goes on from where it has ended.
fn goes_on(lane: &LaneSpec) -> bool {
    !matches!(lane.kind, LaneKind::Walk | LaneKind::Reconcile | LaneKind::Once)
}

/// Time between two runs of a lane under a manifest.
pub(super) fn pace(source: &Source, lane: &LaneSpec) -> Duration {
    let asked = match lane.kind {
        LaneKind::Reconcile => source.baseline,
        _ if lane.on_demand => source.every,
        _ => None,
    };
    asked.unwrap_or(lane.every)
}
