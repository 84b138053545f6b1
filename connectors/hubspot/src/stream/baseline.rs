//! The complete pass: every record by the list endpoint, which is never behind; or, where the manifest selects some at
//! HubSpot, those by search.

use acquaint_core::Result;
use acquaint_core::connector::{Next, Page};
use chrono::DateTime;

use super::fill::fill;
use super::incremental::{Began, overlap};
use super::page_with_gaps;
use crate::client::next_page;
use crate::cursor::CrmCursor;
use crate::ids::{IdRange, Step};
use crate::reading::Reading;
use crate::record::rows;

/// The first page of a pass that begins now, at `began` in milliseconds since 1970.
pub(super) async fn begin(reading: &Reading<'_>, began: i64) -> Result<Page<CrmCursor>> {
    if reading.selection.is_all() {
        listed(reading, Began::Here(began), None).await
    } else {
        selected(reading, Began::Here(began), IdRange::ALL).await
    }
}

pub(super) async fn listed(
    reading: &Reading<'_>,
    began: Began,
    after: Option<&str>,
) -> Result<Page<CrmCursor>> {
    let answer = reading.api.list(reading, after).await?;
    let began = began.there(reading.api);
    let next = next_page(after, answer.page.next())?;
    let (mut rows, rejected) = rows(answer.page.results, after.unwrap_or("first"));
    rows.retain(|row| !row.archived());
    let mut filled = fill(reading, rows, answer.whole).await?;
    filled.changes.extend(rejected);
    Ok(match next {
        Some(after) => page_with_gaps(filled, Next::More(CrmCursor::Listing { began, after })),
        // What changed while this was read is read again from here.
        None => {
            let mut page = page_with_gaps(filled, Next::Done(CrmCursor::Ready { watermark: began }));
            page.covers = DateTime::from_timestamp_millis(reading.api.ours(began));
            page
        }
    })
}

/// Search may not show the latest changes yet. Increments bring them, since they go on from before this began.
pub(super) async fn selected(reading: &Reading<'_>, began: Began, ids: IdRange) -> Result<Page<CrmCursor>> {
    let answer = reading.api.selected(reading, ids).await?;
    let began = began.there(reading.api);
    let more = answer.page.next().is_some();
    let (rows, rejected) = rows(answer.page.results, &format!("selected/{}", ids.low));
    let found: Vec<u64> = rows.iter().filter_map(|row| row.id.parse().ok()).collect();
    let rest = match ids.step(&found, more) {
        Step::Narrow(ids) => {
            return Ok(Page::new(Vec::new(), Next::More(CrmCursor::Selecting { began, ids })));
        }
        Step::Read(rest) => rest,
    };
    let mut filled = fill(reading, rows, answer.whole).await?;
    filled.changes.extend(rejected);
    Ok(match rest {
        Some(ids) => page_with_gaps(filled, Next::More(CrmCursor::Selecting { began, ids })),
        None => {
            let mut page = page_with_gaps(filled, Next::Done(CrmCursor::Ready { watermark: began }));
            let lag = overlap(reading.api.setup.config.search_overlap);
            page.covers = DateTime::from_timestamp_millis(reading.api.ours(began).saturating_sub(lag));
            page
        }
    })
}
