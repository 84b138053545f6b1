//! A lane whose partition another connection reads.

use acquaint_core::ErrorKind;
use acquaint_core::Result;
use acquaint_core::store::{ClaimedLane, LaneProgress, PageCommit, Sweep};
use chrono::TimeDelta;

use super::lane::park;
use super::report::LaneReport;
use super::subscribe::{self, PUSH};
use crate::engine::Engine;

/// The most records that one transaction removes.
const BATCH: usize = 500;
/// After so long, one that kept failing may be tried again.
const FORGIVEN: TimeDelta = TimeDelta::days(1);

/// Lets go of what the lane holds once another connection has read it all (`relieved`), and stands by.
pub(super) async fn stand_by(engine: &Engine, claimed: &ClaimedLane, relieved: bool) -> Result<LaneReport> {
    let mut report = LaneReport::new(claimed.claim.lane.clone());
    match let_go(engine, claimed, relieved, &mut report).await {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::Fenced => report.fenced = true,
        Err(error) => return Err(error),
    }
    park(engine, claimed, TimeDelta::days(1)).await?;
    Ok(report)
}

async fn let_go(
    engine: &Engine,
    claimed: &ClaimedLane,
    relieved: bool,
    report: &mut LaneReport,
) -> Result<()> {
    let now = engine.env.now();
    if claimed.claim.lane.lane.as_str() == PUSH {
        return subscribe::forget(engine, &claimed.state).await;
    }
    let progress = &claimed.state.progress;
    let forgiven = progress.error.as_ref().is_some_and(|error| now - error.at >= FORGIVEN);
    if relieved && progress.binding.is_some() {
        loop {
            let swept = engine
                .store
                .sweep(&Sweep {
                    claim: &claimed.claim,
                    began_seq: claimed.seq,
                    window: None,
                    limit: BATCH,
                    now: engine.env.now(),
                })
                .await?;
            report.swept += u64::try_from(swept.removed).unwrap_or(u64::MAX);
            engine.env.reach("standby.swept").await?;
            if !swept.more {
                break;
            }
        }
    } else if !forgiven {
        return Ok(());
    }
    let mut anew = if relieved { LaneProgress::default() } else { progress.clone() };
    if relieved && !forgiven {
        anew.failures = progress.failures;
        anew.error.clone_from(&progress.error);
    }
    if forgiven {
        anew.failures = 0;
        anew.error = None;
    }
    engine
        .store
        .commit_page(&PageCommit {
            claim: &claimed.claim,
            expected: claimed.state.version,
            progress: &anew,
            writes: &[],
            settled: &[],
            window: None,
            now,
            lease_until: now + engine.lease,
        })
        .await?;
    Ok(())
}
