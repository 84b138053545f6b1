//! Putting a revision in force.

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::RevisionId;
use acquaint_core::store::{Announce, InForce, Standing, TenantUpdate};
use acquaint_core::{Error, ErrorKind, Result};

use super::compare::{self, settle};
use super::keep;
use super::plan::{Plan, PlanCounts};
use crate::connect;
use crate::engine::Engine;
use crate::manifest::Manifest;
use crate::tenant::Tenant;

/// How often a plan is made again because the mirror has moved meanwhile.
const ATTEMPTS: usize = 3;

/// A revision that is to be put in force for a tenant.
#[derive(Debug, Clone)]
#[must_use = "nothing is applied before `run`"]
pub struct Apply {
    tenant: Tenant,
    manifest: Manifest,
    planned: Option<String>,
    announce: Announce,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a plan that has moved is not applied"]
#[non_exhaustive]
pub enum Applied {
    /// It is in force now.
    Done {
        /// Which.
        revision: RevisionId,
        /// Meetings decided anew.
        decided: u64,
        /// Changes put into the feed.
        changes: u64,
        /// What decisions wait for, if anything: the next sync reads it.
        pending: Vec<String>,
    },
    /// It was in force already, and decides nothing otherwise. Nothing was done.
    Already,
    /// Applying it would do something else by now than the plan said. Nothing was done; this is what it would do.
    Moved(Box<Plan>),
}

impl Apply {
    pub(crate) fn new(tenant: Tenant, manifest: Manifest) -> Self {
        Self { tenant, manifest, planned: None, announce: Announce::All }
    }

    /// Applies it only if that does just what a plan of this hash says ([`Plan::hash`]), or nothing at all.
    pub fn as_planned(mut self, hash: impl Into<String>) -> Self {
        self.planned = Some(hash.into());
        self
    }

    /// What of the change is announced. Everything by default.
    ///
    /// What is not announced is not made up for later: whoever listens goes on with what it was told last, until a
    /// meeting changes again. Meetings that the revision decides only later, because something has to be read first,
    /// are announced in the same way.
    pub fn announce(mut self, announce: Announce) -> Self {
        self.announce = announce;
        self
    }

    /// Puts the revision in force, keeps it there whatever manifest an engine is built with ([`Tenant::follow`] ends
    /// that), and decides all meetings by it. Whoever decides by the former revision at that moment commits nothing.
    /// Doing it again completes what a crash has cut short.
    ///
    /// # Errors
    /// `Invalid` if the manifest does not fit what is registered, or what the tenant has filled into its slots; `Conflict` if the tenant keeps changing while a plan is
    /// compared; the store's.
    pub async fn run(self) -> Result<Applied> {
        self.applied().await.map_err(|error| error.operation("apply"))
    }

    async fn applied(self) -> Result<Applied> {
        let Tenant { engine, id } = &self.tenant;
        self.manifest
            .fits(&engine.registry)
            .map_err(|problems| Error::invalid(problems.to_string()).with_source(problems))?;
        keep(engine, id, &self.manifest).await?;
        for _ in 0..ATTEMPTS {
            let state = engine.store.tenant(id).await?.unwrap_or_default();
            let target = engine.with_slots(&self.manifest, &state.slots)?;
            let expected = Standing::under(state.revision().cloned());
            let (expected, decides_otherwise) = match &self.planned {
                None => (expected, state.revision() != Some(self.manifest.revision())),
                Some(hash) => {
                    let plan = compare::plan(engine, id, &self.manifest).await?;
                    if plan.hash != *hash {
                        // In force and done: whoever repeats what has been applied is told so.
                        let done =
                            plan.from.as_ref() == Some(&plan.to) && plan.counts == PlanCounts::default();
                        return Ok(if done { Applied::Already } else { Applied::Moved(Box::new(plan)) });
                    }
                    let otherwise =
                        plan.from.as_ref() != Some(&plan.to) || plan.counts != PlanCounts::default();
                    (Standing::under(plan.from).at(plan.seq), otherwise)
                }
            };
            let since = engine.env.now();
            let in_force = InForce::new(self.manifest.revision().clone(), since)
                .held(true)
                .announce(self.announce)
                .destinations(self.manifest.destinations());
            let held = state.in_force.as_ref().is_some_and(|known| known.held);
            if !decides_otherwise && held {
                return Ok(Applied::Already);
            }
            let mut update = TenantUpdate::default();
            update.in_force = Some(in_force);
            update.expected = Some(expected);
            if decides_otherwise {
                update.dirty.push(DependencyKey::revision());
            }
            match engine.store.update_tenant(id, &update).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
                Ok(_) => return self.carry_out(&target).await,
            }
        }
        Err(Error::new(ErrorKind::Conflict, "the tenant keeps changing while the plan is compared")
            .with("tenant", id)
            .advise("apply it when less is being read, or without a plan"))
    }

    /// Decides everything anew.
    async fn carry_out(&self, target: &Engine) -> Result<Applied> {
        let id = &self.tenant.id;
        connect::look_at_scopes(target, id).await?;
        let settled = settle(target, id).await?;
        Ok(Applied::Done {
            revision: self.manifest.revision().clone(),
            decided: settled.joined.decided,
            changes: settled.joined.changes,
            pending: settled.pending,
        })
    }
}
