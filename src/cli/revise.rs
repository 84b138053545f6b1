//! `plan`, `apply`, `revisions` and `replay`: which manifest is in force for a tenant, what another one would change, and
//! telling again what was told.

use std::io::Write;
use std::path::PathBuf;

use acquaint_core::Result;
use acquaint_core::store::Announce;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Ended, open, unwritable};
use crate::{Applied, Builder};

/// Says what a manifest would change for a tenant, without changing anything.
#[derive(Debug, clap::Args)]
pub(super) struct Plan {
    /// Whose meetings.
    tenant: String,
    /// The manifest.
    file: PathBuf,
    /// Says it as JSON.
    #[arg(long)]
    json: bool,
}

impl Plan {
    pub(super) fn run(&self, builder: Builder, out: &mut dyn Write, err: &mut dyn Write) -> Result<Ended> {
        let manifest = match open::manifest(&self.file, &builder.registry_of()?)? {
            Ok(manifest) => manifest,
            Err(diagnosis) => {
                return write!(err, "{diagnosis}").map(|()| Ended::Wrong).map_err(unwritable);
            }
        };
        let plan = open::block_on(async {
            open::engine(builder).await?.tenant(self.tenant.as_str()).plan(&manifest).await
        })?;
        let written = if self.json { writeln!(out, "{}", json!(plan)) } else { write!(out, "{plan}") };
        written.map(|()| Ended::Well).map_err(unwritable)
    }
}

/// Puts a manifest in force for a tenant, and decides its meetings by it.
#[derive(Debug, clap::Args)]
pub(super) struct Apply {
    /// Whose meetings.
    tenant: String,
    /// The manifest.
    file: PathBuf,
    /// Does it only if that is what the plan of this hash says.
    #[arg(long, value_name = "HASH")]
    plan: Option<String>,
    /// What of the change is announced.
    #[arg(long, value_enum, default_value = "all")]
    announce: Told,
}

/// [`Announce`] as an argument.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Told {
    All,
    KeptChanges,
    None,
}

impl Apply {
    pub(super) fn run(&self, builder: Builder, out: &mut dyn Write, err: &mut dyn Write) -> Result<Ended> {
        let manifest = match open::manifest(&self.file, &builder.registry_of()?)? {
            Ok(manifest) => manifest,
            Err(diagnosis) => {
                return write!(err, "{diagnosis}").map(|()| Ended::Wrong).map_err(unwritable);
            }
        };
        let announce = match self.announce {
            Told::All => Announce::All,
            Told::KeptChanges => Announce::KeptChanges,
            Told::None => Announce::None,
        };
        let applied = open::block_on(async {
            let tenant = open::engine(builder).await?.tenant(self.tenant.as_str());
            let mut apply = tenant.apply(&manifest).announce(announce);
            if let Some(hash) = &self.plan {
                apply = apply.as_planned(hash);
            }
            apply.run().await
        })?;
        let written = match applied {
            Applied::Done { revision, decided, changes, pending } => {
                let done = writeln!(
                    out,
                    "{revision} is in force for {}: {decided} meetings decided, {changes} changes announced",
                    self.tenant
                );
                let waits = |pending: String| writeln!(out, "nothing is decided yet: {pending}");
                done.and_then(|()| pending.into_iter().try_for_each(waits)).map(|()| Ended::Well)
            }
            Applied::Already => {
                writeln!(out, "{} is in force for {} already", manifest.revision(), self.tenant)
                    .map(|()| Ended::Well)
            }
            Applied::Moved(plan) => {
                write!(err, "nothing was applied: the plan has moved, and would do this by now\n{plan}")
                    .map(|()| Ended::Wrong)
            }
        };
        written.map_err(unwritable)
    }
}

/// Lists the revisions that are kept for a tenant, those last in force first.
#[derive(Debug, clap::Args)]
pub(super) struct Revisions {
    /// Whose.
    tenant: String,
    /// The most that are listed.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// What the manifest in this file says otherwise than the one in force.
    #[arg(long, value_name = "FILE")]
    diff: Option<PathBuf>,
}

impl Revisions {
    pub(super) fn run(&self, builder: Builder, out: &mut dyn Write, err: &mut dyn Write) -> Result<Ended> {
        let other = match &self.diff {
            None => None,
            Some(file) => match open::manifest(file, &builder.registry_of()?)? {
                Ok(manifest) => Some(manifest),
                Err(diagnosis) => {
                    return write!(err, "{diagnosis}").map(|()| Ended::Wrong).map_err(unwritable);
                }
            },
        };
        let (listed, in_force, differences) = open::block_on(async {
            let tenant = open::engine(builder).await?.tenant(self.tenant.as_str());
            let in_force = tenant.revision_in_force().await?;
            let differences = match (&other, &in_force) {
                (Some(other), Some(known)) => tenant.manifest(&known.revision).await?.differences(other),
                _ => Vec::new(),
            };
            Ok((tenant.revisions(self.limit).await?, in_force, differences))
        })?;
        let lines = || {
            for revision in &listed {
                let now = in_force.as_ref().is_some_and(|known| known.revision == revision.id);
                let mark = if now { "*" } else { " " };
                let since = revision.in_force.map_or_else(
                    || "never in force".to_owned(),
                    |since| format!("in force from {}", since.format("%Y-%m-%d %H:%M:%S UTC")),
                );
                writeln!(out, "{mark} {} {}: {since}", revision.id, revision.name)?;
            }
            differences.iter().try_for_each(|difference| writeln!(out, "{difference}"))
        };
        let mut lines = lines;
        lines().map(|()| Ended::Well).map_err(unwritable)
    }
}

/// Tells again what was told of the kept meetings that overlap with a range.
#[derive(Debug, clap::Args)]
pub(super) struct Replay {
    /// Whose meetings.
    tenant: String,
    /// Those that end after this: 2026-03-01T00:00:00Z.
    #[arg(long)]
    from: DateTime<Utc>,
    /// Those that begin before this.
    #[arg(long)]
    to: DateTime<Utc>,
}

impl Replay {
    pub(super) fn run(&self, builder: Builder, out: &mut dyn Write) -> Result<Ended> {
        let told = open::block_on(async {
            open::engine(builder).await?.tenant(self.tenant.as_str()).replay(self.from, self.to).await
        })?;
        writeln!(out, "{told} meetings are told again").map(|()| Ended::Well).map_err(unwritable)
    }
}
