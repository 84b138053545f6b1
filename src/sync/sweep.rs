//! After a complete baseline: what it has not seen is gone.

use acquaint_core::Result;
use acquaint_core::store::Sweep;

use super::lane::Run;

/// The most records that one transaction removes.
const BATCH: usize = 500;

/// Does the sweep that is to be done, unless the guard holds it. Resumable: what a crash cut short is done by
/// the lane's next run.
pub(super) async fn finish(run: &mut Run<'_>) -> Result<()> {
    let Some(pending) = run.progress.sweep.clone() else { return Ok(()) };
    // While a baseline runs anew its own sweep is to come.
    if run.progress.pass.is_some() {
        return Ok(());
    }
    let mut sweep = Sweep {
        claim: &run.claim.clone(),
        began_seq: pending.began_seq,
        window: pending.window,
        limit: BATCH,
        now: run.engine.env.now(),
    };
    if !pending.acknowledged {
        let count = run.engine.store.count_sweep(&sweep).await?;
        run.engine.env.reach("sweep.counted").await?;
        if run.engine.guard.holds(count.unseen, count.live) && !run.options.acknowledge_sweeps {
            run.report.sweep_held = Some(count.unseen);
            if pending.held != Some(count.unseen) {
                tracing::warn!(lane = %run.claim.lane, unseen = count.unseen, live = count.live, "a sweep is held");
                set(run, |sweep| sweep.held = Some(count.unseen)).await?;
            }
            return Ok(());
        }
        // From here on it is agreed to: a crash must not ask again about the rest.
        set(run, |sweep| sweep.acknowledged = true).await?;
    }
    loop {
        sweep.now = run.engine.env.now();
        let swept = run.engine.store.sweep(&sweep).await?;
        run.engine.env.reach("sweep.batch").await?;
        run.report.swept += u64::try_from(swept.removed).unwrap_or(u64::MAX);
        if !swept.more {
            break;
        }
    }
    run.progress.sweep = None;
    run.commit(&[], None, run.engine.env.now()).await
}

async fn set(run: &mut Run<'_>, change: impl FnOnce(&mut acquaint_core::store::PendingSweep)) -> Result<()> {
    if let Some(sweep) = &mut run.progress.sweep {
        change(sweep);
    }
    run.commit(&[], None, run.engine.env.now()).await
}
