//! What a product calls.

use acquaint_core::Result;
use acquaint_core::ids::DestinationName;
use acquaint_core::store::{DeliveryQuery, DeliveryRow, OutletState};

use super::{DeliverOptions, DeliveryReport};
use crate::builder::Acquaint;
use crate::tenant::Tenant;

impl Acquaint {
    /// Delivers what is due to the destinations that the builder was given: one bounded pass over all tenants, which are
    /// served in turn. It takes as long as the slowest attempt, or the policy's time-out at most for each it makes in a
    /// row. Call it after a sync or every few seconds, and at once again while [`DeliveryReport::more`] says so; several
    /// processes may. It may be dropped at any await: what had no answer by then is delivered again, under the same id.
    ///
    /// # Errors
    /// The store's. What a destination failed to take is in the report, and tried again.
    pub async fn deliver(&self) -> Result<DeliveryReport> {
        self.deliver_with(&DeliverOptions::new()).await
    }

    /// As [`Acquaint::deliver`], with options. With a loop for each destination, one that hangs keeps nobody waiting.
    ///
    /// # Errors
    /// As [`Acquaint::deliver`].
    pub async fn deliver_with(&self, options: &DeliverOptions) -> Result<DeliveryReport> {
        super::deliver(&self.0, None, options, None).await.map_err(|error| error.operation("deliver"))
    }
}

impl Tenant {
    /// As [`Acquaint::deliver`], for this tenant alone.
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
