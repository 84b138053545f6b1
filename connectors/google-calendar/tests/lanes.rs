//! What is read first of a new calendar, and what is done with calendars that give no sync token.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use acquaint_core::ErrorKind;
use acquaint_core::connector::{Next, TimeRange};
use chrono::TimeDelta;
use common::pages::{ME, changes, done, event, more, page, pairs};
use common::{Bench, time};
use serde_json::json;

const NOW: &str = "2026-10-09T08:00:00Z";

#[tokio::test]
async fn what_is_upcoming_is_read_for_a_fortnight_and_claims_nothing() {
    let (bench, script) = Bench::scripted(50);
    let fortnight = TimeRange { from: time(NOW), to: time("2026-10-23T08:00:00Z") };
    let items = [
        event("soon", "2026-10-10T10:00:00Z"),
        event("over", "2026-10-09T07:00:00Z"),
        event("late", "2026-10-23T08:00:00Z"),
        json!({ "id": "today", "start": { "date": "2026-10-09" }, "end": { "date": "2026-10-10" } }),
    ];
    script.answer(200, page(&items, Some("p2"), None));
    let first = bench.lane("upcoming", ME, bench.window(), None).await.unwrap();
    let bounds = [("timeMax", "2026-10-24T08:00:00Z"), ("timeMin", "2026-10-08T08:00:00Z")];
    let base = [("maxResults", "50"), ("singleEvents", "true")];
    assert_eq!(script.last_query(), pairs(&[base[0], base[1], bounds[0], bounds[1]]));
    assert_eq!(changes(&first), ["full soon", "full today"], "what lies outside is left for the other lane");
    assert_eq!((first.covers, first.window), (None, Some(fortnight)));

    bench.clock.advance(TimeDelta::minutes(10));
    script.answer(200, page(&[], None, Some("s1")));
    let last = bench.lane("upcoming", ME, bench.window(), Some(more(&first))).await.unwrap();
    assert_eq!(script.last_query(), pairs(&[base[0], ("pageToken", "p2"), base[1], bounds[0], bounds[1]]));
    assert_eq!((last.covers, last.window), (None, Some(fortnight)));
    // Its sync token is for a part of the window; nothing may go on from it.
    let error = bench.lane("upcoming", ME, bench.window(), Some(done(&last))).await.unwrap_err();
    assert_eq!((error.kind(), script.asked().len()), (ErrorKind::CursorExpired, 2));
}

#[tokio::test]
async fn what_is_upcoming_stays_within_the_window() {
    let (bench, script) = Bench::scripted(50);
    let window = TimeRange { from: time("2026-10-01T00:00:00Z"), to: time("2026-10-11T00:00:00Z") };
    script.answer(200, page(&[], None, None));
    let near = bench.lane("upcoming", ME, window, None).await.unwrap();
    assert_eq!(near.window, Some(TimeRange { from: time(NOW), to: window.to }));

    let past = TimeRange { from: time("2026-01-01T00:00:00Z"), to: time("2026-10-01T00:00:00Z") };
    let none = bench.lane("upcoming", ME, past, None).await.unwrap();
    assert!(none.changes.is_empty() && none.covers.is_none());
    done(&none);
    assert_eq!(script.asked().len(), 1, "a source that reads the past alone has nothing to come");
}

#[tokio::test]
async fn a_calendar_without_sync_tokens_is_read_anew_after_some_hours_and_not_before() {
    let (bench, script) = Bench::scripted(50);
    script.answer(200, page(&[event("a", "2026-10-10T10:00:00Z")], Some("p2"), None));
    let first = bench.page(ME, bench.window(), None).await.unwrap();
    bench.clock.advance(TimeDelta::hours(1));
    script.answer(200, page(&[], None, None));
    let baseline = bench.page(ME, bench.window(), Some(more(&first))).await.unwrap();
    assert_eq!(baseline.covers, Some(time(NOW)), "as of the first page");

    let mut cursor = done(&baseline);
    for minutes in [0, 5, 290] {
        bench.clock.advance(TimeDelta::minutes(minutes));
        let page = bench.page(ME, bench.window(), Some(cursor)).await.unwrap();
        assert!(page.changes.is_empty() && page.covers.is_none());
        let Next::Wait { cursor: next, until } = page.next else { panic!("{:?}", page.next) };
        assert_eq!(until, time("2026-10-09T14:00:00Z"), "six hours after it was asked");
        cursor = next;
    }
    assert_eq!(script.asked().len(), 2, "nothing is asked in between");
    bench.clock.advance(TimeDelta::minutes(5));
    let error = bench.page(ME, bench.window(), Some(cursor)).await.unwrap_err();
    assert_eq!((error.kind(), script.asked().len()), (ErrorKind::CursorExpired, 2));
}
