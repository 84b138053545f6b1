//! Decisions while a long sync still reads.

use std::sync::{Mutex, PoisonError};

use acquaint_core::Result;
use acquaint_core::ids::TenantId;
use chrono::{DateTime, TimeDelta, Utc};

use crate::engine::Engine;
use crate::join::{self, Joined};

/// How long what was read may wait for its decisions while more is read.
const WAIT: TimeDelta = TimeDelta::minutes(1);

/// The joins of one sync.
#[derive(Debug)]
pub(super) struct Joins<'a> {
    engine: &'a Engine,
    tenant: &'a TenantId,
    last: Mutex<DateTime<Utc>>,
    sum: Mutex<Joined>,
}

impl<'a> Joins<'a> {
    pub(super) fn new(engine: &'a Engine, tenant: &'a TenantId) -> Self {
        Self { engine, tenant, last: Mutex::new(engine.env.now()), sum: Mutex::default() }
    }

    /// Decides what is dirty, unless somebody else is at it. Says whether somebody is.
    pub(super) async fn now(&self) -> Result<bool> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = self.engine.env.now();
        let joined = join::join(self.engine, self.tenant).await?;
        let mut sum = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        sum.decided += joined.decided;
        sum.changes += joined.changes;
        Ok(joined.busy)
    }

    /// As [`Joins::now`], if the last one was long ago.
    pub(super) async fn if_due(&self) -> Result<()> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if self.engine.env.now() - last >= WAIT {
            self.now().await?;
        }
        Ok(())
    }

    /// What they came to.
    pub(super) fn sum(&self) -> Joined {
        *self.sum.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
