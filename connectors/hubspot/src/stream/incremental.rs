//! The pass from a watermark: records by the time of their last change, in pages by id.

use acquaint_core::Result;
use acquaint_core::connector::{Next, Page};
use chrono::DateTime;

use super::fill::{Known, fill};
use super::page_with_gaps;
use crate::client::Api;
use crate::cursor::CrmCursor;
use crate::ids::{IdRange, Step};
use crate::object::ObjectKind;
use crate::record::rows;

/// 2005-01-01, before HubSpot was. A filter from 1970 on is answered with 500.
const FLOOR: i64 = 1_104_537_600_000;

/// The first page of a pass that begins now, at `began`. Search lags behind changes and clocks differ, so it
/// reaches back beyond the watermark.
pub(super) async fn begin(
    api: Api<'_>,
    kind: ObjectKind,
    watermark: i64,
    began: i64,
) -> Result<Page<CrmCursor>> {
    let from = watermark.saturating_sub(overlap(api)).max(FLOOR);
    page(api, kind, from, began, IdRange::ALL).await
}

pub(super) async fn page(
    api: Api<'_>,
    kind: ObjectKind,
    from: i64,
    until: i64,
    ids: IdRange,
) -> Result<Page<CrmCursor>> {
    let properties = kind.properties(&api.cx.settings);
    let answer = api.changed(kind, from, ids, &properties).await?;
    let more = answer.page.next().is_some();
    let (rows, rejected) = rows(answer.page.results, &format!("{from}/{}", ids.low));
    let found: Vec<u64> = rows.iter().filter_map(|row| row.id.parse().ok()).collect();
    let rest = match ids.step(&found, more) {
        Step::Narrow(ids) => {
            return Ok(Page::new(Vec::new(), Next::More(CrmCursor::Searching { from, until, ids })));
        }
        Step::Read(rest) => rest,
    };
    let known = Known { properties: answer.whole, links: false };
    let mut filled = fill(api, kind, &properties, rows, known).await?;
    filled.changes.extend(rejected);
    Ok(match rest {
        Some(ids) => {
            let next = Next::More(CrmCursor::Searching { from, until, ids });
            page_with_gaps(filled.changes, filled.gaps, next)
        }
        None => {
            let next = Next::Done(CrmCursor::Ready { watermark: until });
            let mut page = page_with_gaps(filled.changes, filled.gaps, next);
            page.covers = DateTime::from_timestamp_millis(until.saturating_sub(overlap(api)));
            page
        }
    })
}

fn overlap(api: Api<'_>) -> i64 {
    i64::try_from(api.setup.config.search_overlap.as_millis()).unwrap_or(i64::MAX)
}
