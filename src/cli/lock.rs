//! `lock`: which fields a tenant's providers have.

use std::io::Write;

use acquaint_core::Result;

use super::{Ended, open, unwritable};
use crate::Builder;

/// Asks the providers of a tenant which fields their records can have, and writes the lock that `check --fields` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Lock {
    /// Which.
    tenant: String,
}

impl Lock {
    pub(super) fn run(&self, builder: Builder, out: &mut dyn Write) -> Result<Ended> {
        let lock = open::block_on(async {
            open::engine(builder).await?.tenant(self.tenant.as_str()).lock_fields().await
        })?;
        out.write_all(lock.to_text()?.as_bytes()).map(|()| Ended::Well).map_err(unwritable)
    }
}
