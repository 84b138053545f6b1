//! Defects of subscriptions.

use std::collections::BTreeMap;

use acquaint_core::ids::{ConnectionId, TenantId};
use acquaint_core::store::{LaneClaim, RetireConnection, Store, Subscription};
use acquaint_core::{Error, ErrorKind, Result};

use super::{Broken, Defect};

impl Broken {
    pub(super) async fn broken_subscription_put(
        &self,
        claim: &LaneClaim,
        subscription: &Subscription,
    ) -> Result<()> {
        let claim = self.lane_claim(claim, Defect::SubscriptionUnfenced);
        let mut given = subscription.clone();
        let known = self.inner.subscription(&given.id).await?;
        match (self.defect, known) {
            (Defect::SubscriptionLosesItsEnd, _) => given.expires = None,
            (Defect::FirstSubscriptionWins, Some(first)) if first.tenant == given.tenant => given = first,
            _ => {}
        }
        let done = self.inner.put_subscription(&claim, &given).await;
        self.see();
        match (self.defect, done.as_ref().map_err(Error::kind)) {
            (Defect::IdsAreOverwritten, Err(ErrorKind::Conflict))
            | (Defect::ClaimsOfAnyConnectionWrite, Err(ErrorKind::Bug)) => {
                self.inner.state().subscriptions.rows.insert(given.id.clone(), given);
                done
            }
            (Defect::TakenIdsAreSkipped, Err(ErrorKind::Conflict)) => Ok(()),
            _ => done,
        }
    }

    pub(super) fn broken_subscription(&self, id: &str) -> Option<Subscription> {
        let state = self.inner.state();
        let mut rows = state.subscriptions.rows.values();
        let found = match self.defect {
            Defect::SubscriptionsAreCached => return self.seen.lock().unwrap().get(id).cloned(),
            // As a look-up with a pattern has it.
            Defect::LongerIdsAreFound => rows.find(|row| !id.is_empty() && row.id.starts_with(id)),
            Defect::OneTenantIsNotified => {
                let first = state.tenants.keys().next();
                rows.find(|row| row.id == id && Some(&row.tenant) == first)
            }
            _ => rows.find(|row| row.id == id),
        };
        found.cloned()
    }

    pub(super) async fn broken_subscriptions(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
    ) -> Result<Vec<Subscription>> {
        let mut found = self.inner.subscriptions(tenant, connection).await?;
        let state = self.inner.state();
        let rows = state.subscriptions.rows.values();
        match self.defect {
            Defect::SubscriptionsReversed => found.reverse(),
            Defect::SubscriptionsOfAnyConnection => {
                found = rows.filter(|row| row.tenant == *tenant).cloned().collect();
            }
            Defect::SubscriptionsOfAnyTenant => {
                found = rows.filter(|row| row.connection == *connection).cloned().collect();
            }
            _ => {}
        }
        Ok(found)
    }

    pub(super) async fn broken_unsubscription(&self, tenant: &TenantId, id: &str) -> Result<()> {
        let known = self.inner.subscription(id).await?;
        let done = match (self.defect, known) {
            (Defect::RemovedSubscriptionsStay, _) => Ok(()),
            (Defect::SecondRemovalFails, None) => {
                Err(Error::new(ErrorKind::NotFound, "there is no such subscription"))
            }
            (Defect::RemovalCrossesTenants, Some(known)) => {
                self.inner.remove_subscription(&known.tenant, id).await
            }
            _ => self.inner.remove_subscription(tenant, id).await,
        };
        self.see();
        done
    }

    /// Notes what there is after a write of this opening.
    pub(super) fn see(&self) {
        *self.seen.lock().unwrap() = self.inner.state().subscriptions.rows.clone();
    }

    /// What the defect does to subscriptions when a connection ends; `before` are those that there were.
    pub(super) fn after_retirement(
        &self,
        retire: &RetireConnection<'_>,
        before: BTreeMap<String, Subscription>,
        more: bool,
    ) {
        let (tenant, connection) = (retire.tenant, retire.connection);
        let own = |row: &Subscription| row.tenant == *tenant && row.connection == *connection;
        let rows = &mut self.inner.state().subscriptions.rows;
        match self.defect {
            Defect::RetirementTakesRecords if !retire.erase => rows.extend(before),
            Defect::ErasureKeepsSubscriptions => rows.extend(before),
            Defect::RetirementTakesSubscriptions if !retire.erase => rows.retain(|_, row| !own(row)),
            Defect::ErasureTakesSubscriptionsFirst if retire.erase && more => rows.retain(|_, row| !own(row)),
            Defect::ErasureTakesAllSubscriptions if retire.erase && !more => {
                rows.retain(|_, row| row.tenant != *tenant)
            }
            Defect::ErasureTakesOthersSubscriptions if retire.erase && !more => {
                rows.retain(|_, row| row.connection != *connection);
            }
            _ => {}
        }
    }
}
