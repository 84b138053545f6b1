//! One look at a person's list of calendars, page by page.

use std::collections::BTreeSet;

use acquaint_core::{Error, ErrorKind, Result};

use crate::client::{Api, not_a_page};
use crate::error::refused_token;
use crate::model::CalendarListEntry;

/// The most calendars that Google puts on one page.
const PER_PAGE: &str = "250";

/// What a look has found.
#[derive(Debug)]
pub(super) struct Look {
    /// Each calendar once, as it was mentioned last: a list that changes between two pages may repeat one.
    pub(super) entries: Vec<CalendarListEntry>,
    /// Where the next look can go on, if Google says so.
    pub(super) token: Option<String>,
    /// How many pages it took.
    pages: usize,
}

/// The whole list, hidden calendars included.
///
/// If it changes between two of its pages, those that follow may have moved up, and a calendar that was skipped so has
/// not changed: no increment would ever tell of it. Unless it is certain
/// that it stood still there is no token, and the next look is at everything again.
pub(super) async fn whole(api: Api<'_>) -> Result<Look> {
    let mut look = look(api, None).await?;
    if let Some(token) = look.token.take() {
        let still = look.pages == 1 || since(api, &token).await.is_ok_and(|since| since.entries.is_empty());
        look.token = still.then_some(token);
    }
    Ok(look)
}

/// What has changed since a sync token.
///
/// # Errors
/// `CursorExpired` if Google no longer honours it.
pub(super) async fn since(api: Api<'_>, token: &str) -> Result<Look> {
    look(api, Some(token)).await
}

/// The parameters are the same with and without a token, as a token demands. An increment tells of deleted entries
/// whether asked or not, and nothing that restricts the list may stand beside a token.
async fn look(api: Api<'_>, since: Option<&str>) -> Result<Look> {
    let mut entries: Vec<CalendarListEntry> = Vec::new();
    let mut page_token: Option<String> = None;
    let mut followed = BTreeSet::new();
    loop {
        let mut query = vec![("maxResults", PER_PAGE), ("showHidden", "true")];
        query.extend(since.map(|token| ("syncToken", token)));
        query.extend(page_token.as_deref().map(|token| ("pageToken", token)));
        let page = match api.calendar_list(&query).await {
            Err(error) if since.is_some() => return Err(refused_token(error)),
            Err(error) if page_token.is_some() => return Err(from_the_start(error)),
            answer => answer?,
        };
        let Some(items) = page.items else {
            return Err(not_a_page().operation("calendarList.list"));
        };
        for item in items {
            match entries.iter_mut().find(|known| known.id == item.id) {
                Some(known) => *known = item,
                None => entries.push(item),
            }
        }
        let Some(next) = page.next_page_token.filter(|next| !next.is_empty()) else {
            // Before the last page a token would say that what is still to come is known.
            let token = page.next_sync_token.filter(|token| !token.is_empty());
            return Ok(Look { entries, token, pages: followed.len() + 1 });
        };
        // All pages are held at once, so a list without an end must not be followed.
        if !followed.insert(next.clone()) {
            return Err(Error::new(ErrorKind::Unavailable, "the list of calendars does not go on")
                .operation("calendarList.list"));
        }
        page_token = Some(next);
    }
}

/// A page of the whole list that is no longer there: no cursor is at fault, and the next look begins anew.
fn from_the_start(error: Error) -> Error {
    match refused_token(error) {
        error if error.kind() == ErrorKind::CursorExpired => {
            Error::new(ErrorKind::Unavailable, "the list of calendars broke off between two pages")
                .with_source(error)
        }
        error => error,
    }
}
