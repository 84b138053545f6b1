//! Authorisations under way.

use std::sync::Arc;

use acquaint_core::store::{Store, TakenTicket, Ticket};
use acquaint_core::token::Sealed;

use super::super::{ensure, ensure_eq};
use super::Outcome;
use super::stage::{at, at_once, millis};

fn ticket(id: &str) -> Ticket {
    Ticket {
        id: id.to_owned(),
        tenant: "acme".into(),
        sealed: Sealed::from_bytes([0, 255, 7]),
        expires: at(100),
    }
}

/// A ticket is taken once, as it was put. From then until it expires it is used, and afterwards unknown.
pub async fn a_ticket_is_taken_once(store: Arc<dyn Store>) -> Outcome {
    store.put_ticket(&ticket("digest")).await?;
    ensure_eq!(store.take_ticket("other", at(1)).await?, TakenTicket::Unknown, "a ticket of another id");
    let taken = store.take_ticket("digest", at(1)).await?;
    ensure_eq!(taken, TakenTicket::Taken(ticket("digest")), "the first take of a ticket");
    for now in [at(1), at(2), millis(99_999)] {
        ensure_eq!(store.take_ticket("digest", now).await?, TakenTicket::Used, "a later take of a ticket");
    }
    let expired = store.take_ticket("digest", at(100)).await?;
    ensure_eq!(expired, TakenTicket::Unknown, "a used ticket that has expired");
    Ok(())
}

/// Of sixteen takes at one time one has the ticket.
pub async fn of_sixteen_concurrent_takes_one_has_the_ticket(store: Arc<dyn Store>) -> Outcome {
    store.put_ticket(&ticket("raced")).await?;
    let takers = (0..16).map(|_| {
        let store = store.clone();
        async move { store.take_ticket("raced", at(1)).await }
    });
    let mut taken = Vec::new();
    for outcome in at_once(takers).await? {
        if let TakenTicket::Taken(ticket) = outcome? {
            taken.push(ticket);
        }
    }
    ensure_eq!(taken, [ticket("raced")], "what the takes gave");
    Ok(())
}

/// A ticket that nobody took is good until it expires, and unknown from then on.
pub async fn an_expired_ticket_is_unknown(store: Arc<dyn Store>) -> Outcome {
    for (id, now) in [("early", millis(99_999)), ("late", at(100))] {
        store.put_ticket(&ticket(id)).await?;
        let taken = store.take_ticket(id, now).await?;
        let expired = now >= at(100);
        ensure!(matches!(taken, TakenTicket::Unknown) == expired, "a ticket taken at {now} was {taken:?}");
    }
    Ok(())
}
