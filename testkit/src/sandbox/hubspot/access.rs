//! Who is calling: the portal and the scopes behind a bearer token.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::reply::Reply;
use super::server::State;
use crate::sandbox::oauth::{BearerError, OAuthServer, bearer_token};

#[derive(Debug)]
pub(super) struct Access {
    pub(super) portal: u64,
    pub(super) scopes: BTreeSet<String>,
    /// What tells the app from others: its client id, or the token of a private one.
    pub(super) app: String,
    /// Whether the app is a private one, which nobody installs.
    pub(super) private: bool,
}

pub(super) fn check(
    state: &State,
    oauth: &OAuthServer,
    now: DateTime<Utc>,
    header: Option<&str>,
) -> Result<Access, Reply> {
    let token = header.and_then(bearer_token);
    if let Some((app, (portal, scopes))) = token.and_then(|token| state.statics.get_key_value(token)) {
        return Ok(Access { portal: *portal, scopes: scopes.clone(), app: app.clone(), private: true });
    }
    let invalid = |message: &str| Reply::error(401, "INVALID_AUTHENTICATION", message);
    let bearer = oauth.check_bearer(header).map_err(|error| match error {
        BearerError::Missing => invalid("Authentication credentials not found."),
        BearerError::Unknown | BearerError::Revoked => {
            invalid("Authentication credentials not found or no longer valid.")
        }
        BearerError::Expired => {
            let at = token.and_then(|token| oauth.inspect(token)).and_then(|info| info.expires_at);
            let minutes = at.map_or(0, |at| (now - at).num_minutes());
            Reply::error(
                401,
                "EXPIRED_AUTHENTICATION",
                format!("The OAuth token used to make this call expired {minutes} minute(s) ago."),
            )
        }
    })?;
    let portal = bearer.account.id.parse().ok().filter(|id| state.portals.get(id).is_some_and(|p| !p.gone));
    let portal = portal.ok_or_else(|| invalid("The account of this token does not exist any more."))?;
    Ok(Access { portal, scopes: bearer.scopes, app: bearer.client_id, private: false })
}
