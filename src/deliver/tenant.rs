//! A tenant's deliveries.

use acquaint_core::Result;
use acquaint_core::ids::DestinationName;
use acquaint_core::store::{DeliveryQuery, DeliveryRow, OutletState};

use super::{DeliverOptions, DeliveryReport};
use crate::tenant::Tenant;

impl Tenant {
    /// As [`Acquaint::deliver`](crate::Acquaint::deliver), for this tenant alone.
    ///
    /// # Errors
    /// The store's.
    pub async fn deliver(&self) -> Result<DeliveryReport> {
        super::deliver(&self.engine, Some(&self.id), &DeliverOptions::new(), None).await
    }

    /// What became of the newest snapshot of each subject at each destination that the revision in force names: those of a
    /// meeting, or the dead letters, as `query` says.
    ///
    /// # Errors
    /// The store's.
    pub async fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>> {
        self.engine.store.deliveries(&self.id, query).await
    }

    /// How its destinations stand, and how much there is for each.
    ///
    /// # Errors
    /// The store's.
    pub async fn destinations(&self) -> Result<Vec<OutletState>> {
        self.engine.store.outlets(&self.id).await
    }

    /// Offers a destination its dead letters again, each as it now stands, and has it tried at once even if it is down: for
    /// when somebody has mended it. Returns how many there were.
    ///
    /// # Errors
    /// The store's.
    pub async fn offer_again(&self, destination: impl Into<DestinationName>) -> Result<u64> {
        let now = self.engine.env.now();
        self.engine.store.offer_again(&self.id, &destination.into(), now).await
    }
}
