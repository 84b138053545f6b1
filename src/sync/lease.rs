//! Keeping a claim alive while a provider takes its time.

use acquaint_core::Result;
use acquaint_core::store::LaneClaim;

use crate::engine::Engine;

/// Waits for `work`, prolonging the claim every third of its lease. Ends with `Fenced` if the claim is lost.
pub(super) async fn keeping<T>(
    engine: &Engine,
    claim: &LaneClaim,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::pin!(work);
    loop {
        let third = engine.env.clock.sleep(engine.lease / 3);
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = third => engine.store.renew_lane(claim, engine.env.now(), engine.lease).await?,
        }
    }
}
