//! Where an engine takes its manifest from while it runs.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use acquaint_core::ids::{RevisionId, TenantId};
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
/// What it gives is in force, from their next sync on, for all tenants to which no other revision was applied, but for those
/// in groups that have a manifest of their own. Another process that applies a revision to a tenant needs no source: every engine goes by what the store says is in force.
#[async_trait]
pub trait ManifestSource: Debug + Send + Sync + 'static {
    /// The text of the manifest as it is now.
    ///
    /// # Errors
    /// Whatever keeps it from being read. A running engine goes on with what it has.
    async fn read(&self) -> Result<String>;

    /// The group that a tenant belongs to, if it has a manifest other than the one for all: so tenants can be moved over
    /// group by group. Asked at every sync, so it must be quick; another answer than before moves the tenant.
    ///
    /// A group has one manifest, which is compiled once: there should be few of them.
    fn group(&self, tenant: &TenantId) -> Option<String> {
        let _ = tenant;
        None
    }

    /// The text of the manifest of a group as it is now.
    ///
    /// # Errors
    /// Whatever keeps it from being read. Tenants for whom a manifest is in force go on with that; others are not
    /// synced.
    async fn read_group(&self, group: &str) -> Result<String> {
        let _ = group;
        self.read().await
    }
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
        read(&self.path)
    }
}

/// Small, and read seldom.
pub(super) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        let message = format!("the manifest cannot be read: {error}");
        Error::invalid(message).with("file", path.display()).with_source(error)
    })
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

/// The newest manifest of an engine's source, for all tenants or for a group.
#[derive(Debug, Default)]
pub(super) struct Newest {
    /// If it is another one than the engine was built with.
    manifest: Option<Manifest>,
    looked: Option<DateTime<Utc>>,
}

impl Engine {
    /// The engine under the newest manifest of its source.
    pub(crate) fn newest(&self) -> Self {
        self.under(self.known(None).unwrap_or_else(|| self.manifest.clone()))
    }

    /// The newest manifest for a tenant: that of its group, or the one for all.
    ///
    /// # Errors
    /// `Invalid` if that of its group is wrong and never was right; the source's if it could never be read.
    pub(crate) async fn newest_of(&self, tenant: &TenantId) -> Result<Manifest> {
        let Some(group) = self.group_of(tenant) else { return Ok(self.newest().manifest) };
        if let Some(known) = self.known(Some(&group)) {
            return Ok(known);
        }
        if let Refreshed::Refused(problems) = self.refresh(Some(&group)).await? {
            let error = Error::invalid(problems.to_string()).with_source(problems);
            return Err(error.with("group", group).with("tenant", tenant));
        }
        self.known(Some(&group)).ok_or_else(|| Error::bug("a manifest was read and is not there"))
    }

    fn group_of(&self, tenant: &TenantId) -> Option<String> {
        self.revisions.source.as_ref().and_then(|source| source.group(tenant))
    }

    fn known(&self, group: Option<&str>) -> Option<Manifest> {
        let newest = lock(&self.revisions.newest);
        newest.get(&group.map(str::to_owned)).and_then(|newest| newest.manifest.clone())
    }

    /// Looks at the source, for all tenants or for a group.
    pub(crate) async fn refresh(&self, group: Option<&str>) -> Result<Refreshed> {
        let Some(source) = &self.revisions.source else { return Ok(Refreshed::Unchanged) };
        let key = group.map(str::to_owned);
        lock(&self.revisions.newest).entry(key.clone()).or_default().looked = Some(self.env.now());
        let text = match group {
            None => source.read().await?,
            Some(group) => source.read_group(group).await?,
        };
        let manifest = match Manifest::check(&text, &self.registry) {
            Ok(manifest) => manifest,
            Err(problems) => return Ok(Refreshed::Refused(problems)),
        };
        let before = match group {
            None => Some(self.newest().manifest),
            group => self.known(group),
        };
        if before.is_some_and(|before| before.revision() == manifest.revision()) {
            return Ok(Refreshed::Unchanged);
        }
        let revision = manifest.revision().clone();
        lock(&self.revisions.newest).entry(key).or_default().manifest = Some(manifest);
        Ok(Refreshed::Now(revision))
    }

    /// Looks at the source for a tenant at once.
    pub(crate) async fn refresh_of(&self, tenant: &TenantId) -> Result<Refreshed> {
        self.refresh(self.group_of(tenant).as_deref()).await
    }

    /// The newest manifests: that for all, and those of the groups that have been come across.
    pub(crate) fn all_newest(&self) -> Vec<RevisionId> {
        let mut all = vec![self.newest().manifest.revision().clone()];
        let groups = lock(&self.revisions.newest);
        let groups = groups.iter().filter(|(group, _)| group.is_some());
        all.extend(groups.filter_map(|(_, newest)| Some(newest.manifest.as_ref()?.revision().clone())));
        all
    }

    /// As [`Engine::refresh_if_old`], for all tenants and all groups that have been come across.
    pub(crate) async fn refresh_all_if_old(&self) {
        let groups: Vec<Option<String>> = lock(&self.revisions.newest).keys().cloned().collect();
        self.refresh_group_if_old(None).await;
        for group in groups.iter().flatten() {
            self.refresh_group_if_old(Some(group)).await;
        }
    }

    /// Looks at the source for a tenant if that was long ago. Whatever is wrong with it must not keep anybody from syncing.
    pub(crate) async fn refresh_if_old(&self, tenant: &TenantId) {
        self.refresh_group_if_old(self.group_of(tenant).as_deref()).await;
    }

    async fn refresh_group_if_old(&self, group: Option<&str>) {
        let key = group.map(str::to_owned);
        let looked = lock(&self.revisions.newest).get(&key).and_then(|newest| newest.looked);
        if looked.is_some_and(|looked| self.env.now() - looked < FRESH) {
            return;
        }
        match self.refresh(group).await {
            Ok(Refreshed::Refused(problems)) => {
                tracing::warn!(group, %problems, "the manifest is wrong; the engine goes on with what it has");
            }
            Ok(Refreshed::Now(revision)) => {
                tracing::info!(group, %revision, "the engine goes by another manifest")
            }
            Ok(Refreshed::Unchanged) => {}
            Err(error) => {
                tracing::warn!(group, %error, "the manifest cannot be read; the engine goes on with what it has");
            }
        }
    }
}
