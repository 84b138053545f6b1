//! Pages as Google sends them, and what a page that was read says.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use acquaint_core::connector::{Next, Page};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::record::Change;
use serde_json::{Value, json};

pub const ME: &str = "priya.raman@northwind-demo.example";
pub const PATH: &str = "/calendar/v3/calendars/priya.raman@northwind-demo.example/events";

pub fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub fn event(id: &str, start: &str) -> Value {
    json!({ "id": id, "status": "confirmed", "start": { "dateTime": start }, "end": { "dateTime": start } })
}

pub fn page(items: &[Value], next: Option<&str>, sync: Option<&str>) -> String {
    let mut page = json!({ "kind": "calendar#events", "items": items });
    page["nextPageToken"] = json!(next);
    page["nextSyncToken"] = json!(sync);
    page.to_string()
}

/// A refusal for this reason.
pub fn refusal(code: u16, reason: &str) -> String {
    json!({ "error": { "errors": [{ "domain": "global", "reason": reason, "message": "No" }], "code": code } })
        .to_string()
}

pub fn more(page: &Page<StoredCursor>) -> StoredCursor {
    match &page.next {
        Next::More(cursor) => cursor.clone(),
        other => panic!("not a page in the middle: {other:?}"),
    }
}

pub fn done(page: &Page<StoredCursor>) -> StoredCursor {
    match &page.next {
        Next::Done(cursor) => cursor.clone(),
        other => panic!("not the last page: {other:?}"),
    }
}

pub fn changes(page: &Page<StoredCursor>) -> Vec<String> {
    told(&page.changes)
}

pub fn told(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .map(|change| match change {
            Change::Full(record) => format!("full {}", record.key),
            Change::Tombstone { key, gone, .. } => format!("{gone:?} {key}"),
            Change::Rejected { record, .. } => format!("rejected {}", record.key),
            other => panic!("{other:?}"),
        })
        .collect()
}
