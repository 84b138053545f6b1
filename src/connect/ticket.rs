//! What is kept of an authorisation that is under way.

use acquaint_core::ids::{SourceName, TenantId, UserId};
use acquaint_core::seal::{Binding, Sealer};
use acquaint_core::secret::Secret;
use acquaint_core::store::Ticket;
use acquaint_core::{Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

/// An account that is to be authorised again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Expected {
    /// The provider's id of it.
    pub(super) account: String,
    /// For people: what it is called.
    pub(super) label: String,
}

/// What a ticket holds, before it is sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Plain {
    pub(super) source: SourceName,
    pub(super) user: UserId,
    /// Digest of the session's value.
    pub(super) session: String,
    pub(super) redirect: Url,
    pub(super) verifier: Option<String>,
    /// The scopes that were asked for.
    pub(super) scopes: Vec<String>,
    /// Whether they were asked for in addition to others.
    pub(super) further: bool,
    /// Those others.
    pub(super) held: Vec<String>,
    /// The account that it must be.
    pub(super) expected: Option<Expected>,
}

/// A ticket is found by a digest: who reads the store learns no `state` that would still be good.
pub(super) fn digest(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

pub(super) async fn seal(
    sealer: &Sealer,
    tenant: &TenantId,
    state: &Secret,
    plain: &Plain,
    expires: DateTime<Utc>,
) -> Result<Ticket> {
    let id = digest(state.expose());
    let bytes = serde_json::to_vec(plain)
        .map_err(|error| Error::bug("a ticket does not serialise").with_source(error))?;
    let sealed = sealer.seal(&binding(tenant, &id), &bytes).await?;
    Ok(Ticket { id, tenant: tenant.clone(), sealed, expires })
}

pub(super) async fn open(sealer: &Sealer, ticket: &Ticket) -> Result<Plain> {
    let bytes = sealer.open(&binding(&ticket.tenant, &ticket.id), &ticket.sealed).await?;
    acquaint_core::record::parse_json(&bytes)
}

fn binding(tenant: &TenantId, id: &str) -> Binding {
    Binding::new(tenant, "ticket", &[id])
}
