//! The read views for the product's own SQL, and values that come back as they were.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use acquaint_core::ids::{MeetingId, Seq, WorkerId};
use acquaint_core::meeting::{Decision, Entity, Meeting};
use acquaint_core::store::{
    ChangeKind, GatheredCommit, GatheredRow, GatheredWrite, ItemChange, ItemKey, MeetingCommit, MeetingRow,
    MeetingWrite, Store,
};
use acquaint_core::view::EventTime;
use acquaint_sqlite::Sqlite;
use rusqlite::Connection;
use serde_json::json;
use support::{at, tenant};

fn decided(id: &str, start: EventTime, end: EventTime) -> MeetingWrite {
    let decision = Decision::new(true, "r1".into(), "e1", Seq(1));
    let mut meeting = Meeting::new(MeetingId::from(id), format!("uid:{id}"), start, end, decision);
    meeting.title = "Quarterly review".to_owned();
    meeting.accounts.push({
        let mut account = Entity::new("crm".into(), "c2".into(), "17");
        account.name = Some("Globex".to_owned());
        account
    });
    let mut row = MeetingRow::new(meeting);
    row.revision = 1;
    row.announced = Some(json!({ "title": "Quarterly review", "score": 0.1 + 0.2 }));
    MeetingWrite {
        row,
        reads: Vec::new(),
        change: Some(ChangeKind::Added),
        items: Vec::new(),
        backfill: false,
        gathered: None,
    }
}

async fn put(store: &Sqlite, writes: &[MeetingWrite]) {
    let lease = Duration::from_secs(60);
    let claim = store.claim_join(&tenant(), &WorkerId::from("w"), at(0), lease).await.unwrap().unwrap();
    let commit =
        MeetingCommit { claim: &claim, marks: &[], writes, removed: &[], now: at(0), lease_until: at(60) };
    store.commit_meetings(&commit).await.unwrap();
    store.release_join(&claim).await.unwrap();
}

#[tokio::test]
async fn meetings_and_changes_can_be_read_with_plain_sql() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    let store = Sqlite::at(&path).open().await.unwrap();
    let day = at(0).date_naive();
    let writes = [
        decided("m1", EventTime::At(at(0)), EventTime::At(at(1_800))),
        decided("m2", EventTime::Day(day), EventTime::Day(day.succ_opt().unwrap())),
    ];
    put(&store, &writes).await;

    let db = Connection::open(&path).unwrap();
    let meeting = |id: &str| -> (String, String, bool, String, String, bool) {
        db.query_row(
            "SELECT starts_at, ends_at, whole_day, title, account_name, kept FROM v1_meetings
             WHERE tenant = 'acme' AND id = ?1",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)),
        )
        .unwrap()
    };
    let row = |start: &str, end: &str, whole_day| {
        let (title, account) = ("Quarterly review".to_owned(), "Globex".to_owned());
        (start.to_owned(), end.to_owned(), whole_day, title, account, true)
    };
    assert_eq!(meeting("m1"), row("2024-10-04T00:00:00.000Z", "2024-10-04T00:30:00.000Z", false));
    assert_eq!(meeting("m2"), row("2024-10-04T00:00:00.000Z", "2024-10-05T00:00:00.000Z", true));

    let change: (i64, String, String, String) = db
        .query_row(
            "SELECT position, delivery, change, decided_at FROM v1_changes WHERE meeting = 'm2'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    let texts = ["m2:1", "added", "2024-10-04T00:00:00.000Z"].map(str::to_owned);
    assert_eq!(change, (2, texts[0].clone(), texts[1].clone(), texts[2].clone()));
}

#[tokio::test]
async fn items_can_be_read_with_plain_sql() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    let store = Sqlite::at(&path).open().await.unwrap();
    let mut write = decided("m1", EventTime::At(at(0)), EventTime::At(at(1_800)));
    let items = ["ann@a.com", "bob@b.com"].map(|key| (key.to_owned(), json!({ "role": key.len() })));
    write.row.announced_items = [("attendance".to_owned(), items.into())].into();
    let change = |key: &str| ItemChange {
        section: "attendance".to_owned(),
        key: key.to_owned(),
        change: ChangeKind::Added,
    };
    write.items = vec![change("ann@a.com"), change("bob@b.com")];
    put(&store, &[write, decided("m2", EventTime::At(at(0)), EventTime::At(at(1_800)))]).await;

    let db = Connection::open(&path).unwrap();
    let rows = |sql: &str| -> Vec<String> {
        let mut find = db.prepare(sql).unwrap();
        find.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let attendance = "SELECT meeting || ' ' || key || ' ' || revision || ' ' || content FROM v1_attendance
                      WHERE tenant = 'acme' ORDER BY meeting, key";
    assert_eq!(rows(attendance), [r#"m1 ann@a.com 1 {"role":9}"#, r#"m1 bob@b.com 1 {"role":9}"#]);
    let changes =
        "SELECT delivery || ' ' || section || ' ' || coalesce(key, '') FROM v1_changes ORDER BY position";
    let expected = [
        "m1:1 meeting ",
        "m1/attendance/ann@a.com:1 attendance ann@a.com",
        "m1/attendance/bob@b.com:1 attendance bob@b.com",
        "m2:1 meeting ",
    ];
    assert_eq!(rows(changes), expected);
}

#[tokio::test]
async fn accounts_and_contacts_can_be_read_with_plain_sql() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    let store = Sqlite::at(&path).open().await.unwrap();
    let lease = Duration::from_secs(60);
    let claim = store.claim_join(&tenant(), &WorkerId::from("w"), at(0), lease).await.unwrap().unwrap();
    let told = |section: &str, key: &str| {
        let mut row = GatheredRow::new(ItemKey::new(section, key));
        row.announced = Some(json!({ "name": key }));
        GatheredWrite { row, change: Some(ChangeKind::Added), backfill: false }
    };
    let refused = |key: &str| {
        let mut row = GatheredRow::new(ItemKey::new("account", key));
        row.incomplete = vec!["output.account.name".to_owned()];
        GatheredWrite { row, change: None, backfill: false }
    };
    let writes =
        [told("account", "crm/2"), refused("crm/3"), told("contact", "crm/2"), told("account", "crm/1")];
    let commit = GatheredCommit { claim: &claim, writes: &writes, now: at(0), lease_until: at(60) };
    store.commit_gathered(&commit).await.unwrap();

    let db = Connection::open(&path).unwrap();
    let rows = |sql: &str| -> Vec<String> {
        let mut find = db.prepare(sql).unwrap();
        find.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let of = |view: &str| {
        format!(
            "SELECT key || ' ' || revision || ' ' || content FROM {view} WHERE tenant = 'acme' ORDER BY key"
        )
    };
    assert_eq!(rows(&of("v1_accounts")), [r#"crm/1 3 {"name":"crm/1"}"#, r#"crm/2 1 {"name":"crm/2"}"#]);
    assert_eq!(rows(&of("v1_contacts")), [r#"crm/2 2 {"name":"crm/2"}"#]);
    let changes = "SELECT delivery || coalesce(' ' || meeting, '') FROM v1_changes ORDER BY position";
    assert_eq!(rows(changes), ["account/crm/2:1", "contact/crm/2:2", "account/crm/1:3"]);
}

#[tokio::test]
async fn numbers_come_back_to_the_last_bit() {
    let store = Sqlite::in_memory().await.unwrap();
    let mut write = decided("m1", EventTime::At(at(0)), EventTime::At(at(1_800)));
    // Values that a fast but careless parser gives back with another last bit.
    write.row.announced =
        Some(json!([31.245270191439438, 55.393536131272924, 0.1 + 0.2, 9_007_199_254_740_993_i64]));
    put(&store, std::slice::from_ref(&write)).await;
    let stored = store.meeting(&tenant(), &MeetingId::from("m1")).await.unwrap().unwrap();
    assert_eq!(stored.announced, write.row.announced);
}
