//! Where an engine takes its manifest from while it runs.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use acquaint_core::ids::RevisionId;
use acquaint_core::{Error, Result, async_trait};
use chrono::{DateTime, TimeDelta, Utc};

use super::lock;
use crate::engine::Engine;
use crate::manifest::{Manifest, Problems};

/// How long a manifest that was looked at is taken to be the newest, unless somebody asks.
const FRESH: TimeDelta = TimeDelta::seconds(30);

/// Where an engine takes its manifest from. It is looked at when the engine is built, at syncs (but not more often than
/// every 30 seconds), and by [`crate::Acquaint::refresh_manifest`].
///
/// What it gives is in force, from their next sync on, for all tenants to which no other revision was applied. Another
/// process that applies a revision to a tenant needs no source: every engine goes by what the store says is in force.
#[async_trait]
pub trait ManifestSource: Debug + Send + Sync + 'static {
    /// The text of the manifest as it is now.
    ///
    /// # Errors
    /// Whatever keeps it from being read. A running engine goes on with what it has.
    async fn read(&self) -> Result<String>;
}

/// A manifest in a file.
#[derive(Debug, Clone)]
pub struct ManifestFile {
    path: PathBuf,
}

impl ManifestFile {
    /// In this file.
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned() }
    }
}

#[async_trait]
impl ManifestSource for ManifestFile {
    async fn read(&self) -> Result<String> {
        // Small, and read seldom.
        std::fs::read_to_string(&self.path).map_err(|error| {
            let message = format!("the manifest cannot be read: {error}");
            Error::invalid(message).with("file", self.path.display()).with_source(error)
        })
    }
}

/// What looking for a newer manifest found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a manifest that is refused shows up only here"]
#[non_exhaustive]
pub enum Refreshed {
    /// The same as before, or there is nowhere to look.
    Unchanged,
    /// Another one, by which the engine goes from now on.
    Now(RevisionId),
    /// One that is wrong. The engine goes on with what it has.
    Refused(Problems),
}

/// The newest manifest of an engine's source.
#[derive(Debug, Default)]
pub(super) struct Newest {
    /// If it is another one than the engine was built with.
    pub(super) manifest: Option<Manifest>,
    looked: Option<DateTime<Utc>>,
}

impl Engine {
    /// The engine under the newest manifest of its source.
    pub(crate) fn newest(&self) -> Self {
        match &lock(&self.revisions.newest).manifest {
            Some(manifest) => self.under(manifest.clone()),
            None => self.clone(),
        }
    }

    /// Looks at the source.
    pub(crate) async fn refresh(&self) -> Result<Refreshed> {
        let Some(source) = &self.revisions.source else { return Ok(Refreshed::Unchanged) };
        lock(&self.revisions.newest).looked = Some(self.env.now());
        let manifest = match Manifest::check(&source.read().await?, &self.registry) {
            Ok(manifest) => manifest,
            Err(problems) => return Ok(Refreshed::Refused(problems)),
        };
        if manifest.revision() == self.newest().manifest.revision() {
            return Ok(Refreshed::Unchanged);
        }
        let revision = manifest.revision().clone();
        lock(&self.revisions.newest).manifest = Some(manifest);
        lock(&self.revisions.adopted).clear();
        Ok(Refreshed::Now(revision))
    }

    /// Looks at the source if that was long ago. Whatever is wrong with it must not keep anybody from syncing.
    pub(crate) async fn refresh_if_old(&self) {
        let looked = lock(&self.revisions.newest).looked;
        if looked.is_some_and(|looked| self.env.now() - looked < FRESH) {
            return;
        }
        match self.refresh().await {
            Ok(Refreshed::Refused(problems)) => {
                tracing::warn!(%problems, "the manifest is wrong; the engine goes on with what it has");
            }
            Ok(Refreshed::Now(revision)) => tracing::info!(%revision, "the engine goes by another manifest"),
            Ok(Refreshed::Unchanged) => {}
            Err(error) => {
                tracing::warn!(%error, "the manifest cannot be read; the engine goes on with what it has");
            }
        }
    }
}
