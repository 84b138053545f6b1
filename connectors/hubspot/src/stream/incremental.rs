//! The pass from a watermark: records by the time of their last change, in pages by id.

use std::time::Duration;

use acquaint_core::Result;
use acquaint_core::connector::{Next, Page};
use chrono::DateTime;

use super::fill::fill;
use super::page_with_gaps;
use crate::client::Api;
use crate::cursor::CrmCursor;
use crate::ids::{IdRange, Step};
use crate::reading::Reading;
use crate::record::rows;

/// 2005-01-01, before HubSpot was. A filter from 1970 on is answered with 500.
const FLOOR: i64 = 1_104_537_600_000;

/// When a pass began, in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) enum Began {
    /// By this host's clock.
    Here(i64),
    /// By HubSpot's.
    There(i64),
}

impl Began {
    /// By HubSpot's clock: records carry times of that one. Asked after an answer, so that the difference is known.
    pub(super) fn there(self, api: Api<'_>) -> i64 {
        match self {
            Self::Here(ours) => api.theirs(ours),
            Self::There(theirs) => theirs,
        }
    }
}

/// The first page of a pass that begins now, at `began`. Search lags behind changes and clocks differ, so it reaches back
/// beyond the watermark.
pub(super) async fn begin(
    reading: &Reading<'_>,
    watermark: i64,
    began: i64,
    back: Duration,
) -> Result<Page<CrmCursor>> {
    let from = watermark.saturating_sub(overlap(back)).max(FLOOR);
    page(reading, from, Began::Here(began), IdRange::ALL, back).await
}

pub(super) async fn page(
    reading: &Reading<'_>,
    from: i64,
    began: Began,
    ids: IdRange,
    back: Duration,
) -> Result<Page<CrmCursor>> {
    let answer = reading.api.changed(reading, from, ids).await?;
    let until = began.there(reading.api);
    let more = answer.page.next().is_some();
    let (rows, rejected) = rows(answer.page.results, &format!("{from}/{}", ids.low));
    let found: Vec<u64> = rows.iter().filter_map(|row| row.id.parse().ok()).collect();
    let rest = match ids.step(&found, more) {
        Step::Narrow(ids) => {
            return Ok(Page::new(Vec::new(), Next::More(CrmCursor::Searching { from, until, ids })));
        }
        Step::Read(rest) => rest,
    };
    let mut filled = fill(reading, rows, answer.whole).await?;
    filled.changes.extend(rejected);
    Ok(match rest {
        Some(ids) => page_with_gaps(filled, Next::More(CrmCursor::Searching { from, until, ids })),
        None => {
            let mut page = page_with_gaps(filled, Next::Done(CrmCursor::Ready { watermark: until }));
            let covered = reading.api.ours(until).saturating_sub(overlap(back));
            page.covers = DateTime::from_timestamp_millis(covered);
            page
        }
    })
}

pub(super) fn overlap(back: Duration) -> i64 {
    i64::try_from(back.as_millis()).unwrap_or(i64::MAX)
}
