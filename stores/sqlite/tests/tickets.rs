//! What is left of an authorisation once it was taken.
#![allow(clippy::unwrap_used)]

mod support;

use acquaint_core::store::{Store, TakenTicket, Ticket};
use acquaint_core::token::Sealed;
use acquaint_sqlite::Sqlite;
use rusqlite::Connection;
use support::{at, tenant};

#[tokio::test]
async fn a_ticket_that_was_taken_keeps_no_sealed_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    let store = Sqlite::at(&path).open().await.unwrap();
    let (id, sealed) = ("digest".to_owned(), Sealed::from_bytes([1, 2, 3]));
    let ticket = Ticket { id, tenant: tenant(), sealed, expires: at(100) };
    store.put_ticket(&ticket).await.unwrap();
    assert_eq!(store.take_ticket("digest", at(1)).await.unwrap(), TakenTicket::Taken(ticket));

    let db = Connection::open(&path).unwrap();
    let rows = || -> Vec<(bool, Vec<u8>)> {
        let mut find = db.prepare("SELECT used, sealed FROM tickets").unwrap();
        find.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(rows(), [(true, Vec::new())]);
    assert_eq!(store.take_ticket("digest", at(100)).await.unwrap(), TakenTicket::Unknown);
    assert_eq!(rows(), []);
}
