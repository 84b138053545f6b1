//! The complete pass: every record by the list endpoint, which is never behind.

use acquaint_core::Result;
use acquaint_core::connector::{Next, Page};
use chrono::DateTime;

use super::fill::{Known, fill};
use super::{next_page, page_with_gaps};
use crate::client::Api;
use crate::cursor::CrmCursor;
use crate::object::ObjectKind;
use crate::record::rows;

/// A page of a baseline that began at `began`, in milliseconds since 1970.
pub(super) async fn page(
    api: Api<'_>,
    kind: ObjectKind,
    began: i64,
    after: Option<&str>,
) -> Result<Page<CrmCursor>> {
    let properties = kind.properties(&api.cx.settings);
    let answer = api.list(kind, after, &properties).await?;
    let next = next_page(after, answer.page.next())?;
    let (mut rows, rejected) = rows(answer.page.results, after.unwrap_or("first"));
    rows.retain(|row| !row.archived());
    let known = Known { properties: answer.whole, links: true };
    let mut filled = fill(api, kind, &properties, rows, known).await?;
    filled.changes.extend(rejected);
    Ok(match next {
        Some(after) => {
            page_with_gaps(filled.changes, filled.gaps, Next::More(CrmCursor::Listing { began, after }))
        }
        // What changed while this was read is read again from here.
        None => {
            let next = Next::Done(CrmCursor::Ready { watermark: began });
            let mut page = page_with_gaps(filled.changes, filled.gaps, next);
            page.covers = DateTime::from_timestamp_millis(began);
            page
        }
    })
}
