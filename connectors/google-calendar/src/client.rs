//! The calls that the connector makes. <https://developers.google.com/workspace/calendar/api/v3/reference>.

use acquaint_core::http::HttpClient;
use acquaint_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use url::Url;

use crate::model::{CalendarListEntry, CalendarListPage};

/// The most calendars that Google puts on one page.
const CALENDARS_PER_PAGE: &str = "250";

/// The Calendar API as one connection sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Api<'a> {
    http: &'a HttpClient,
    base: &'a Url,
}

impl<'a> Api<'a> {
    pub(crate) fn new(http: &'a HttpClient, base: &'a Url) -> Self {
        Self { http, base }
    }

    /// The calendar that belongs to the account itself.
    pub(crate) async fn primary_calendar(&self) -> Result<CalendarListEntry> {
        let url = self.url(&["users", "me", "calendarList", "primary"])?;
        self.http.get(url).operation("calendarList.get").receive().await
    }

    /// Every calendar on the person's list, hidden ones included.
    pub(crate) async fn calendars(&self) -> Result<Vec<CalendarListEntry>> {
        let mut entries = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let url = self.url(&["users", "me", "calendarList"])?;
            let mut query = vec![("maxResults", CALENDARS_PER_PAGE), ("showHidden", "true")];
            query.extend(token.as_deref().map(|token| ("pageToken", token)));
            let page: CalendarListPage =
                self.http.get(url).query(query).operation("calendarList.list").receive().await?;
            let Some(items) = page.items else {
                return Err(not_a_page().operation("calendarList.list"));
            };
            entries.extend(items);
            match page.next_page_token.filter(|next| !next.is_empty()) {
                None => return Ok(entries),
                // All pages are held at once, so a list without an end must not be followed.
                Some(next) if Some(&next) == token.as_ref() => {
                    return Err(Error::new(ErrorKind::Unavailable, "the list of calendars does not go on")
                        .operation("calendarList.list"));
                }
                Some(next) => token = Some(next),
            }
        }
    }

    /// One page of a calendar's events, as sent.
    pub(crate) async fn events(&self, calendar: &str, query: &[(&str, String)]) -> Result<Bytes> {
        let url = self.url(&["calendars", calendar, "events"])?;
        let query = query.iter().map(|(name, value)| (name, value));
        let response = self.http.get(url).query(query).operation("events.list").send().await?;
        Ok(response.into_body())
    }

    /// One event, as sent.
    pub(crate) async fn event(&self, calendar: &str, event: &str) -> Result<Bytes> {
        let url = self.url(&["calendars", calendar, "events", event])?;
        Ok(self.http.get(url).operation("events.get").send().await?.into_body())
    }

    /// The address of a resource. Ids are percent-encoded: calendars of holidays have a `#` in theirs.
    fn url(&self, path: &[&str]) -> Result<Url> {
        // A URL cannot name these as a segment of its path; nothing at Google has such an id.
        if path.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(Error::not_found("this id names no calendar and no event"));
        }
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| {
                Error::new(
                    ErrorKind::Misconfigured,
                    "the base address of the Google Calendar API has no path",
                )
                .advise("set `api_base` to an http or https address")
            })?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }
}

/// For a successful answer that does not hold what was asked for. Taking it for an empty page would delete.
pub(crate) fn not_a_page() -> Error {
    Error::new(ErrorKind::Unavailable, "Google answered with success, but not with a page of results")
}
