//! A connection that no longer works until its person acts.

use acquaint_core::Result;
use acquaint_core::ids::{ConnectionId, GrantId, TenantId};
use acquaint_core::notice::{Notice, NoticeKind};
use acquaint_core::store::{ConnectionStatus, Put, PutConnection};

use crate::engine::Engine;
use crate::sync::wake_others;

/// Notes that a connection must be authorised again, and tells the product once. With `grant`, only if that is still
/// the connection's: it may have been authorised again meanwhile.
pub(crate) async fn stop(
    engine: &Engine,
    tenant: &TenantId,
    connection: &ConnectionId,
    grant: Option<&GrantId>,
    reason: &str,
) -> Result<()> {
    loop {
        let known = engine.store.connections(tenant).await?.into_iter().find(|known| known.id == *connection);
        let Some(mut known) = known else { return Ok(()) };
        let same = grant.is_none_or(|grant| known.grant.as_ref() == Some(grant));
        if known.status != ConnectionStatus::Active || !same {
            return Ok(());
        }
        known.status = ConnectionStatus::NeedsReauth { reason: reason.to_owned() };
        let kind = NoticeKind::NeedsReauth { reason: reason.to_owned() };
        let notices = [Notice::new(engine.env.now(), known.id.clone(), kind)];
        match engine.store.put_connection(&PutConnection::new(&known).notices(&notices)).await? {
            // What it shares with others is theirs to read now.
            Put::Stored(_) => return wake_others(engine, tenant, connection, None).await,
            // Somebody has changed it: look again.
            Put::Conflict | Put::Taken => {}
        }
    }
}
