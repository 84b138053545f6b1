//! What a pass has done.

use std::collections::BTreeMap;

use acquaint_core::ids::DestinationName;
use serde::{Deserialize, Serialize};

/// What a pass has done. What failed is tried again by later ones: notices and [`crate::Tenant::deliveries`] say why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[must_use = "it says whether there is more to deliver, and what failed"]
#[non_exhaustive]
pub struct DeliveryReport {
    /// By destination, as far as anything was due.
    pub destinations: BTreeMap<DestinationName, DeliveryTally>,
    /// Whether the pass has ended because it has made as many attempts as it may: call again.
    pub more: bool,
}

/// How attempts to one destination ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeliveryTally {
    /// It has them.
    pub delivered: u64,
    /// They failed, and are tried again.
    pub failed: u64,
    /// They are given up until they are offered again.
    pub dead: u64,
    /// Another worker had taken them over, or another revision of the manifest names the destination no more.
    pub lost: u64,
}

impl DeliveryReport {
    /// Over all destinations.
    pub fn total(&self) -> DeliveryTally {
        self.destinations.values().fold(DeliveryTally::default(), |sum, one| DeliveryTally {
            delivered: sum.delivered + one.delivered,
            failed: sum.failed + one.failed,
            dead: sum.dead + one.dead,
            lost: sum.lost + one.lost,
        })
    }
}
