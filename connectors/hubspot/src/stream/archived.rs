//! The walk through the recycle bin: search never shows what is archived, and no list filters it by time.

use acquaint_core::Result;
use acquaint_core::connector::{Next, Page};

use crate::client::next_page;
use crate::cursor::CrmCursor;
use crate::reading::Reading;
use crate::record::{Row, rows};

pub(super) async fn page(reading: &Reading<'_>, after: Option<&str>) -> Result<Page<CrmCursor>> {
    let page = reading.api.archived(reading, after).await?;
    let next = next_page(after, page.next())?;
    let mut changes = Vec::new();
    let (rows, _) = rows(page.results, "archived");
    // Only what says itself that it is archived: a parameter that HubSpot ignored must empty no mirror.
    for row in rows.into_iter().filter(Row::archived) {
        row.into_tombstones(reading.kind, &mut changes);
    }
    Ok(Page::new(
        changes,
        match next {
            Some(after) => Next::More(CrmCursor::Archived { after: Some(after) }),
            None => Next::Done(CrmCursor::Archived { after: None }),
        },
    ))
}
