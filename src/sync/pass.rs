//! Where a pass begins, and what its end means.

use acquaint_core::connector::{LaneKind, LaneSpec, PassKind, StreamKind};
use acquaint_core::store::{PassState, PendingSweep};
use chrono::{DateTime, TimeDelta, Utc};

use super::lane::{Due, Run};

impl Run<'_> {
    /// Begins a pass, unless the one that a crash cut short can go on.
    pub(super) fn begin(&mut self, lane: &LaneSpec, binding: &str) {
        let now = self.engine.env.now();
        let bound = self.progress.binding.as_deref() == Some(binding);
        if bound && self.progress.pass.is_some() {
            return;
        }
        if !bound {
            // What was read under other settings says nothing of these.
            self.progress.baselines = 0;
            self.progress.cursor = None;
            self.progress.sweep = None;
            self.progress.binding = Some(binding.to_owned());
        }
        let every = self.source.baseline.or(lane.baseline_every);
        let every = every.and_then(|every| TimeDelta::from_std(every).ok()).map(|every| self.in_time(every));
        let overdue = every.zip(self.progress.last_baseline).is_some_and(|(every, last)| now >= last + every);
        let baseline =
            matches!(lane.kind, LaneKind::Walk | LaneKind::Once) || self.progress.cursor.is_none() || overdue;
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
            self.progress.last_baseline = Some(pass.began);
            if lane.sweeps {
                self.progress.sweep = Some(PendingSweep::after(&pass));
            }
        }
        if matches!(lane.kind, LaneKind::Walk | LaneKind::Once) {
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
        let every = if lane.on_demand { self.source.every.unwrap_or(lane.every) } else { lane.every };
        let spread = every.mul_f64(0.9 + 0.2 * self.engine.env.fraction());
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
