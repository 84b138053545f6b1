//! Quotas: how much a provider allows, as declared values that are kept before it refuses.

mod keeper;
mod left;
mod room;
mod slot;

use std::time::Duration;

use chrono::NaiveTime;

pub(super) use keeper::Block;
pub use keeper::QuotaKeeper;
pub use left::QuotaLeft;
pub(super) use room::next_reset;

use crate::ids::ConnectorId;

/// A number of calls that a provider allows in some time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// What it is called in errors and on status pages. Calls are counted under it, so it is the only one of its
    /// connector and scope.
    pub name: &'static str,
    /// Whose calls are counted together.
    pub scope: QuotaScope,
    /// How many calls in what time.
    pub limit: QuotaLimit,
    /// The operations that it counts, as [`super::Call::operation`] names them; empty for all.
    pub only: &'static [&'static str],
    /// Operations that it does not count.
    pub except: &'static [&'static str],
}

/// Whose calls a quota counts together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum QuotaScope {
    /// Those of one app registration of the connector, for all accounts.
    App,
    /// Those for one external account that are made as one app, whichever tenants connected it.
    #[default]
    Account,
}

/// How many calls in what time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuotaLimit {
    /// No more than `calls` in any stretch of time as long as `per`: a sliding window.
    Rate {
        /// Calls; 0 counts as 1.
        calls: u32,
        /// The length of the window.
        per: Duration,
    },
    /// No more than `calls` from one reset to the next.
    Daily {
        /// Calls; 0 counts as 1.
        calls: u32,
        /// The time of day, in UTC, at which counting begins anew.
        resets: NaiveTime,
    },
}

impl Quota {
    /// No more than `calls` in any stretch of time as long as `per`, all operations together.
    pub const fn rate(name: &'static str, scope: QuotaScope, calls: u32, per: Duration) -> Self {
        Self { name, scope, limit: QuotaLimit::Rate { calls, per }, only: &[], except: &[] }
    }

    /// No more than `calls` a day that begins at `resets` (UTC), all operations together.
    pub const fn daily(name: &'static str, scope: QuotaScope, calls: u32, resets: NaiveTime) -> Self {
        Self { name, scope, limit: QuotaLimit::Daily { calls, resets }, only: &[], except: &[] }
    }

    /// Counts these operations alone.
    #[must_use]
    pub const fn only(mut self, operations: &'static [&'static str]) -> Self {
        self.only = operations;
        self
    }

    /// Does not count these operations.
    #[must_use]
    pub const fn except(mut self, operations: &'static [&'static str]) -> Self {
        self.except = operations;
        self
    }

    /// Whether it counts an operation.
    pub fn counts(&self, operation: &str) -> bool {
        (self.only.is_empty() || self.only.contains(&operation)) && !self.except.contains(&operation)
    }
}

impl QuotaScope {
    /// As shown in errors.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Account => "account",
        }
    }
}

impl QuotaLimit {
    /// Calls in all.
    pub fn calls(&self) -> u32 {
        let (Self::Rate { calls, .. } | Self::Daily { calls, .. }) = self;
        *calls
    }

    /// What is left of it for somebody who may have `share` of it: one call at least.
    fn shared(mut self, share: f64) -> Self {
        let (Self::Rate { calls, .. } | Self::Daily { calls, .. }) = &mut self;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast of a float saturates, and rounding down is meant"
        )]
        let own = (f64::from(*calls) * share) as u32;
        *calls = own.max(1);
        self
    }
}

/// What the calls of one client are counted under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct QuotaKeys {
    /// The connector.
    pub connector: ConnectorId,
    /// The app registration that the provider knows the product by.
    pub app: String,
    /// The external account, or the grant while the account is not known.
    pub account: String,
}

impl QuotaKeys {
    /// Counts under these.
    pub fn new(
        connector: impl Into<ConnectorId>,
        app: impl Into<String>,
        account: impl Into<String>,
    ) -> Self {
        Self { connector: connector.into(), app: app.into(), account: account.into() }
    }
}
