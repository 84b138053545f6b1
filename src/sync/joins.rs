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
    /// Whether decisions can be made, once that was looked at; it changes when people and accounts were read.
    ready: Mutex<Option<bool>>,
    sum: Mutex<Joined>,
}

impl<'a> Joins<'a> {
    pub(super) fn new(engine: &'a Engine, tenant: &'a TenantId) -> Self {
        Self {
            engine,
            tenant,
            last: Mutex::new(engine.env.now()),
            ready: Mutex::default(),
            sum: Mutex::default(),
        }
    }

    /// Decides what is dirty, unless somebody else is at it. Says whether somebody is.
    pub(super) async fn now(&self) -> Result<bool> {
        let joined = join::join(self.engine, self.tenant).await?;
        Ok(self.add(joined))
    }

    /// As [`Joins::now`], while more is read.
    pub(super) async fn early(&self) -> Result<()> {
        self.some(usize::MAX).await.map(drop)
    }

    /// A part of it, if what was read has waited for long: little enough to be done between two pages.
    pub(super) async fn if_due(&self) -> Result<()> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.engine.env.now();
        // What is left is done between the next two.
        if now - last >= WAIT && self.some(1).await? == 0 {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
        Ok(())
    }

    /// Looks only once whether decisions can be made, for that costs more the more lanes there are. Returns how many
    /// were.
    async fn some(&self, batches: usize) -> Result<u64> {
        let known = *self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let ready = match known {
            Some(ready) => ready,
            None => join::pending(self.engine, self.tenant).await?.is_empty(),
        };
        *self.ready.lock().unwrap_or_else(PoisonError::into_inner) = Some(ready);
        if !ready {
            return Ok(0);
        }
        let joined = join::join_ready(self.engine, self.tenant, batches).await?;
        self.add(joined);
        Ok(joined.decided)
    }

    /// People or accounts were read: decisions may be possible now.
    pub(super) fn reconsider(&self) {
        *self.ready.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn add(&self, joined: Joined) -> bool {
        let mut sum = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        sum.decided += joined.decided;
        sum.changes += joined.changes;
        joined.busy
    }

    /// What they came to.
    pub(super) fn sum(&self) -> Joined {
        *self.sum.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
