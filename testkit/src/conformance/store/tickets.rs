//! Authorisations under way.

use std::sync::Arc;

use acquaint_core::store::{Store, TakenTicket, Ticket};
use acquaint_core::token::Sealed;

use super::super::ensure_eq;
use super::Outcome;
use super::stage::at;

fn ticket() -> Ticket {
    Ticket {
        id: "digest".to_owned(),
        tenant: "acme".into(),
        sealed: Sealed::from_bytes([0, 255, 7]),
        expires: at(100),
    }
}

/// A ticket is taken once, as it was put; from then on it is used.
pub async fn a_ticket_is_taken_once(store: Arc<dyn Store>) -> Outcome {
    store.put_ticket(&ticket()).await?;
    ensure_eq!(store.take_ticket("other", at(1)).await?, TakenTicket::Unknown, "a ticket of another id");
    let taken = store.take_ticket("digest", at(1)).await?;
    ensure_eq!(taken, TakenTicket::Taken(ticket()), "the first take of a ticket");
    ensure_eq!(store.take_ticket("digest", at(2)).await?, TakenTicket::Used, "the second take of a ticket");
    Ok(())
}

/// A ticket that nobody took is unknown when it has expired.
pub async fn an_expired_ticket_is_unknown(store: Arc<dyn Store>) -> Outcome {
    store.put_ticket(&ticket()).await?;
    ensure_eq!(store.take_ticket("digest", at(100)).await?, TakenTicket::Unknown, "an expired ticket");
    Ok(())
}
