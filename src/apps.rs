//! The product's registrations at providers, for all tenants or for one.

use std::collections::BTreeMap;
use std::fmt::Debug;

use acquaint_core::ids::{ConnectorId, TenantId};
use acquaint_core::oauth::{OAuthApp, ServiceAccountKey};
use acquaint_core::{Result, async_trait};

/// Where registrations come from. Implement it if tenants bring their own and come and go while the product runs;
/// otherwise [`crate::Builder::app`] and [`crate::Builder::tenant_app`] are enough.
///
/// Asked before every use: answer from memory.
#[async_trait]
pub trait AppSource: Debug + Send + Sync + 'static {
    /// The app that `tenant` uses at a connector's provider, or `None` for the one that the builder was given.
    ///
    /// # Errors
    /// Whatever keeps it from being known; what depends on it fails with that.
    async fn app(&self, tenant: &TenantId, connector: &ConnectorId) -> Result<Option<OAuthApp>>;

    /// The service account that `tenant` uses, or `None` for the one that the builder was given.
    ///
    /// # Errors
    /// As [`AppSource::app`].
    async fn service_account(
        &self,
        _tenant: &TenantId,
        _connector: &ConnectorId,
    ) -> Result<Option<ServiceAccountKey>> {
        Ok(None)
    }
}

/// What the builder was given.
#[derive(Debug, Default)]
pub(crate) struct Apps {
    pub(crate) source: Option<Box<dyn AppSource>>,
    pub(crate) apps: BTreeMap<(Option<TenantId>, ConnectorId), OAuthApp>,
    pub(crate) accounts: BTreeMap<(Option<TenantId>, ConnectorId), ServiceAccountKey>,
}

impl Apps {
    /// The tenant's own, or everybody's.
    pub(crate) async fn app(&self, tenant: &TenantId, connector: &ConnectorId) -> Result<Option<OAuthApp>> {
        if let Some(source) = &self.source
            && let Some(app) = source.app(tenant, connector).await?
        {
            return Ok(Some(app));
        }
        Ok(of(&self.apps, tenant, connector))
    }

    /// The tenant's own, or everybody's.
    pub(crate) async fn service_account(
        &self,
        tenant: &TenantId,
        connector: &ConnectorId,
    ) -> Result<Option<ServiceAccountKey>> {
        if let Some(source) = &self.source
            && let Some(key) = source.service_account(tenant, connector).await?
        {
            return Ok(Some(key));
        }
        Ok(of(&self.accounts, tenant, connector))
    }
}

fn of<T: Clone>(
    all: &BTreeMap<(Option<TenantId>, ConnectorId), T>,
    tenant: &TenantId,
    connector: &ConnectorId,
) -> Option<T> {
    let own = all.get(&(Some(tenant.clone()), connector.clone()));
    own.or_else(|| all.get(&(None, connector.clone()))).cloned()
}
