//! Files of older schemas are brought up to date, with all that is in them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;

use acquaint_core::auth::AuthKind;
use acquaint_core::connector::{KeyHint, Partition};
use acquaint_core::ids::Seq;
use acquaint_core::record::Gone;
use acquaint_core::store::{
    ConnectionStatus, HintKeys, KeyOrder, KeyQuery, LaneId, Put, PutConnection, RetireConnection,
    SetPartitions, Store, TakenTicket,
};
use acquaint_sqlite::Sqlite;
use rusqlite::Connection;
use support::{at, claim, commit, live, number, progress, subscription, tenant};

/// A file of the first schema: a tenant with a connection by OAuth, one without a grant, a lane, a record and an
/// authorisation under way.
fn first_schema(path: &Path) {
    let db = Connection::open(path).unwrap();
    db.execute_batch(include_str!("../migrations/0001_first.sql")).unwrap();
    db.pragma_update(None, "application_id", 0x6163_7174).unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    db.execute_batch(
        r#"INSERT INTO tenants (tenant, seq, revision, slots) VALUES ('acme', 7, 'r1', '{"plan":"gold"}');
        INSERT INTO connections (tenant, id, connection) VALUES
            ('acme', 'c1', '{"tenant":"acme","id":"c1","source":"crm","connector":"hubspot","user":"u1",
                "grant":"g1","account":"77","email":null,"label":"Acme",
                "status":{"needs_reauth":{"reason":"revoked"}},"created":"2024-10-04T00:00:00Z"}'),
            ('acme', 'c2', '{"tenant":"acme","id":"c2","source":"own","connector":"local","user":"u1",
                "grant":null,"account":"77","email":null,"label":"",
                "status":"active","created":"2024-10-04T00:00:00Z"}');
        INSERT INTO records (tenant, connection, stream, partition, key, changed, touched, seen, keys, views, raw)
            VALUES ('acme', 'c1', 'events', '', 'e1', 7, 7, 0, '["domain:a.com"]', x'01', x'02');
        INSERT INTO provides (tenant, key, record) VALUES ('acme', 'domain:a.com', 1);"#,
    )
    .unwrap();
    db.execute(
        "INSERT INTO lanes (tenant, connection, stream, partition, lane, version, due, not_before, progress)
         VALUES ('acme', 'c1', 'events', '', 'head', 4, ?1, 0, ?2)",
        (at(0).timestamp_micros(), serde_json::to_string(&progress(4)).unwrap()),
    )
    .unwrap();
    db.execute(
        "INSERT INTO tickets (id, tenant, expires, sealed) VALUES ('digest', 'acme', ?1, x'0102')",
        [at(100).timestamp_micros()],
    )
    .unwrap();
}

#[tokio::test]
async fn a_file_of_the_first_schema_keeps_what_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    first_schema(&path);
    let store = Sqlite::at(&path).open().await.unwrap();

    let state = store.tenant(&tenant()).await.unwrap().unwrap();
    assert_eq!((state.seq.0, state.revision(), state.slots.len()), (7, Some(&"r1".into()), 1));
    let mut links = store.connections(&tenant()).await.unwrap();
    let found: Vec<_> = links.iter().map(|link| (link.id.as_str(), link.version, link.auth)).collect();
    assert_eq!(found, [("c1", 1, AuthKind::OAuth2), ("c2", 1, AuthKind::None)]);
    assert_eq!(links[0].status, ConnectionStatus::NeedsReauth { reason: "revoked".to_owned() });
    assert_eq!((links[0].label.as_str(), links[0].created), ("Acme", at(0)));
    assert_eq!(store.lanes(&tenant()).await.unwrap().len(), 1);
    let Ok(TakenTicket::Taken(ticket)) = store.take_ticket("digest", at(1)).await else {
        panic!("no ticket")
    };
    assert_eq!(ticket.sealed.as_bytes(), [1, 2]);
    assert_eq!(store.take_ticket("digest", at(1)).await.unwrap(), TakenTicket::Used);

    // What the new schema is for works on the old rows.
    let holders = store.grants_for(&"hubspot".into(), "77").await.unwrap();
    assert_eq!(holders, [(tenant(), "c1".into())]);
    assert!(store.grants_for(&"local".into(), "77").await.unwrap().is_empty());
    let mut other = links[0].clone();
    (other.tenant, other.version) = ("globex".into(), 0);
    let put = PutConnection::new(&other).alone(true);
    assert_eq!(store.put_connection(&put).await.unwrap(), Put::Taken);
    links[0].status = ConnectionStatus::Active;
    assert_eq!(store.put_connection(&PutConnection::new(&links[0])).await.unwrap(), Put::Stored(2));
    let claimed = claim(&store, "w", 0, 1).await.remove(0);
    assert_eq!((claimed.state.version, number(&claimed.state.progress)), (4, 4));
    commit(&store, &claimed.claim, 4, &[live("e2", "two")]).await.unwrap();
    let (tenant, connection) = (tenant(), "c1".into());
    let retired = store.retire_connection(&RetireConnection::new(&tenant, &connection).erase(true)).await;
    assert_eq!(retired.map(|retired| (retired.records, retired.more)).unwrap(), (2, false));
}

/// A file of the second schema: the first one's, with a partition that was discovered, and its lane.
fn second_schema(path: &Path) {
    first_schema(path);
    let db = Connection::open(path).unwrap();
    db.execute_batch(include_str!("../migrations/0002_connections.sql")).unwrap();
    db.pragma_update(None, "user_version", 2).unwrap();
    db.execute(
        r#"INSERT INTO partitions (tenant, connection, stream, partition, label, details)
           VALUES ('acme', 'c1', 'events', 'p', 'Ana', '{"zone":"Europe/Berlin"}')"#,
        [],
    )
    .unwrap();
    db.execute(
        "INSERT INTO lanes (tenant, connection, stream, partition, lane, due, not_before, progress)
         VALUES ('acme', 'c1', 'events', 'p', 'head', ?1, 0, ?2)",
        (at(9).timestamp_micros(), serde_json::to_string(&progress(0)).unwrap()),
    )
    .unwrap();
}

#[tokio::test]
async fn a_file_of_the_second_schema_takes_placements_and_subscriptions() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    second_schema(&path);
    let store = Sqlite::at(&path).open().await.unwrap();
    let found = async || store.lanes(&tenant()).await.unwrap().pop().unwrap().partition;

    let partition = Partition::new("p", "Ana").detail("zone", "Europe/Berlin");
    assert_eq!(found().await, partition, "a partition that the old file had");
    let claimed = claim(&store, "w", 0, 1).await.remove(0);
    let placed = [partition.placed(2)];
    let claim = &claimed.claim;
    let set = SetPartitions { claim, partitions: &placed, lanes: &[], limit: 1, now: at(1) };
    store.set_partitions(&set).await.unwrap();
    assert_eq!(found().await, placed[0]);

    assert_eq!(store.subscription("s1").await.unwrap(), None);
    let subscription = subscription(&claimed.claim.lane, "s1");
    store.put_subscription(&claimed.claim, &subscription).await.unwrap();
    assert_eq!(store.subscription("s1").await.unwrap().as_ref(), Some(&subscription));
    let listed = store.subscriptions(&tenant(), &"c1".into()).await.unwrap();
    assert_eq!(listed, [subscription]);
}

/// A file of the third schema: the second one's, with a record of the old partition that is gone, and a live one.
fn third_schema(path: &Path) {
    second_schema(path);
    let db = Connection::open(path).unwrap();
    db.execute_batch(include_str!("../migrations/0003_subscriptions.sql")).unwrap();
    db.pragma_update(None, "user_version", 3).unwrap();
    db.execute_batch(
        r#"INSERT INTO records (tenant, connection, stream, partition, key, changed, touched, seen, gone, keys, views, raw)
            VALUES ('acme', 'c1', 'events', 'p', 'e2', 5, 5, 0, '"deleted"', '[]', x'', x''),
                ('acme', 'c1', 'events', 'p', 'e1', 6, 6, 0, NULL, '[]', x'01', x'02');"#,
    )
    .unwrap();
}

#[tokio::test]
async fn a_file_of_the_third_schema_takes_key_hints_and_what_partitions_follow() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    third_schema(&path);
    let store = Sqlite::at(&path).open().await.unwrap();
    let found = async || store.lanes(&tenant()).await.unwrap().pop().unwrap();
    let partition = Partition::new("p", "Ana").detail("zone", "Europe/Berlin");
    let lane = found().await;
    assert_eq!(lane.partition, partition, "a partition that the old file had");

    let LaneId { tenant, connection, stream, partition: place, .. } = &lane.id;
    let order = KeyOrder::ByCommit(Seq(0), None);
    let query = KeyQuery { tenant, connection, stream, partition: place, order, limit: 9 };
    let keys = store.record_keys(&query).await.unwrap();
    let keys: Vec<_> = keys.into_iter().map(|at| (at.touched.0, at.key, at.gone)).collect();
    assert_eq!(keys, [(5, "e2".into(), Some(Gone::Deleted)), (6, "e1".into(), None)]);

    let hint = KeyHint::new("e1").gone(Gone::Archived);
    let keys = std::slice::from_ref(&hint);
    store.hint_keys(&HintKeys { lane: &lane.id, keys, most: 9, instead: &[] }).await.unwrap();
    let claims: Vec<_> = claim(&store, "w", 0, 9).await.into_iter().map(|claimed| claimed.claim).collect();
    let told = claims.iter().find(|claim| claim.lane == lane.id).unwrap();
    assert_eq!(store.hinted_keys(told, 9).await.unwrap(), [hint]);
    let whole = claims.iter().find(|claim| claim.lane.partition.as_str().is_empty()).unwrap();
    let follower = [partition.following("contacts", "q")];
    let set = SetPartitions { claim: whole, partitions: &follower, lanes: &[], limit: 1, now: at(1) };
    store.set_partitions(&set).await.unwrap();
    assert_eq!(found().await.partition, follower[0]);
}

/// The rows of a table.
fn rows_in(path: &Path, table: &str) -> i64 {
    let db = Connection::open(path).unwrap();
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn lanes_that_went_leave_no_key_hints_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    third_schema(&path);
    let store = Sqlite::at(&path).open().await.unwrap();
    let keys = [KeyHint::new("e1"), KeyHint::new("e2")];
    for lane in store.lanes(&tenant()).await.unwrap() {
        store.hint_keys(&HintKeys { lane: &lane.id, keys: &keys, most: 9, instead: &[] }).await.unwrap();
    }
    assert_eq!(rows_in(&path, "key_hints"), 4);
    let claims = claim(&store, "w", 0, 9).await.into_iter().map(|claimed| claimed.claim);
    let whole = claims.into_iter().find(|claim| claim.lane.partition.as_str().is_empty()).unwrap();
    let set = SetPartitions { claim: &whole, partitions: &[], lanes: &[], limit: 9, now: at(1) };
    store.set_partitions(&set).await.unwrap();
    assert_eq!(rows_in(&path, "key_hints"), 2);
    store.retire_connection(&RetireConnection::new(&tenant(), &"c1".into())).await.unwrap();
    assert_eq!(rows_in(&path, "key_hints"), 0);
}

/// A file of the fourth schema: the third one's, with a meeting that was announced.
fn fourth_schema(path: &Path) {
    third_schema(path);
    let db = Connection::open(path).unwrap();
    db.execute_batch(include_str!("../migrations/0004_key_hints.sql")).unwrap();
    db.pragma_update(None, "user_version", 4).unwrap();
    let meeting = r#"{"id":"m1","identity":"uid:e1","start":"2024-10-04T00:00:00Z","end":"2024-10-04T01:00:00Z",
        "status":"confirmed","kind":"default","title":"QBR","description":null,"location":null,"conference":null,
        "private":false,"organiser":null,"attendees":[],"accounts":[],"copies":[],"content":{"title":"QBR"},
        "decision":{"kept":true,"because":null,"revision":"r1","evaluator":"e1","seq":7,"valid_until":null}}"#;
    db.execute(
        "INSERT INTO meetings (tenant, id, identity, starts, ends, kept, revision, reads, announced, meeting)
         VALUES ('acme', 'm1', 'uid:e1', ?1, ?1, 1, 3, '[]', '{\"title\":\"QBR\"}', ?2)",
        (at(0).timestamp_micros(), meeting),
    )
    .unwrap();
    db.execute_batch(
        r#"INSERT INTO joins (tenant, position) VALUES ('acme', 1);
        INSERT INTO feed (tenant, position, meeting, revision, change, at, content)
            VALUES ('acme', 1, 'm1', 3, 'added', 0, '{"title":"QBR"}');"#,
    )
    .unwrap();
}

#[tokio::test]
async fn meetings_and_entries_of_the_fourth_schema_have_no_items() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    fourth_schema(&path);
    let store = Sqlite::at(&path).open().await.unwrap();
    let row = store.meeting(&tenant(), &"m1".into()).await.unwrap().unwrap();
    assert!(row.announced.is_some() && row.announced_items.is_empty() && row.meeting.items.is_empty());
    let feed = store.feed(&tenant(), 0, 9).await.unwrap();
    let found: Vec<_> = feed.iter().map(|entry| (entry.section.as_str(), entry.key.as_deref())).collect();
    assert_eq!(found, [("meeting", None)]);
    assert_eq!(feed[0].delivery_id(), "m1:3");
    assert_eq!(rows_in(&path, "v1_attendance"), 0);
    assert_eq!(
        rows_in(&path, "v1_changes WHERE delivery = 'm1:3' AND section = 'meeting' AND key IS NULL"),
        1
    );
}
