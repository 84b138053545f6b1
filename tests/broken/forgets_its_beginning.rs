//! A baseline that is taken up again takes itself for one that began just now: what it saw before the
//! interruption counts as unseen, and is swept.

use std::sync::Arc;

use acquaint::core::connector::PassKind;
use acquaint::core::store::{ClaimLanes, ClaimedLane, Store};
use acquaint::{Result, async_trait};

use crate::history::layer::{Layer, Over};
use crate::history::run::Bend;

#[derive(Debug, Default)]
pub struct ForgetsItsBeginning;

impl Bend for ForgetsItsBeginning {
    fn over(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        Over::store(Bent(store))
    }
}

#[derive(Debug)]
struct Bent(Arc<dyn Store>);

#[async_trait]
impl Layer for Bent {
    fn under(&self) -> &dyn Store {
        &*self.0
    }

    async fn claim_lanes(&self, request: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        let mut claimed = self.0.claim_lanes(request).await?;
        for lane in &mut claimed {
            if let Some(pass) =
                lane.state.progress.pass.as_mut().filter(|pass| pass.kind == PassKind::Baseline)
            {
                pass.began_seq = lane.seq;
            }
        }
        Ok(claimed)
    }
}
