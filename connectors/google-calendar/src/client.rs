//! The calls that the connector makes. <https://developers.google.com/workspace/calendar/api/v3/reference>.

use acquaint_core::http::HttpClient;
use acquaint_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use url::Url;

use crate::model::{CalendarListEntry, CalendarListPage, Channel, Watched, Whose};

/// All that is asked of events only to learn whose they are.
const WHOSE: &str = "summary,items(creator(email,self),organizer(email,self),attendees(email,self))";

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

    /// One page of the person's list of calendars.
    pub(crate) async fn calendar_list(&self, query: &[(&str, &str)]) -> Result<CalendarListPage> {
        let url = self.url(&["users", "me", "calendarList"])?;
        self.http.get(url).query(query.iter().copied()).operation("calendarList.list").receive().await
    }

    /// Who the people on a few events of the primary calendar are, and nothing else of them.
    pub(crate) async fn whose(&self) -> Result<Whose> {
        let url = self.url(&["calendars", "primary", "events"])?;
        let query = [("maxResults", "25"), ("maxAttendees", "1"), ("fields", WHOSE)];
        self.http.get(url).query(query).operation("events.list").receive().await
    }

    /// One page of a calendar's events, as sent.
    pub(crate) async fn events(&self, calendar: &str, query: &[(&str, String)]) -> Result<Bytes> {
        let url = self.url(&["calendars", calendar, "events"])?;
        let query = query.iter().map(|(name, value)| (name, value));
        let response = self.http.get(url).query(query).operation("events.list").send().await?;
        Ok(response.into_body())
    }

    /// One event, as sent, with all its fields or with those named.
    pub(crate) async fn event(&self, calendar: &str, event: &str, fields: Option<&str>) -> Result<Bytes> {
        let url = self.url(&["calendars", calendar, "events", event])?;
        let query = fields.map(|fields| ("fields", fields));
        Ok(self.http.get(url).query(query).operation("events.get").send().await?.into_body())
    }

    /// Opens a channel on the events of a calendar or, without one, on the list of calendars.
    pub(crate) async fn watch(&self, calendar: Option<&str>, channel: &Channel<'_>) -> Result<Watched> {
        let (url, operation) = match calendar {
            Some(id) => (self.url(&["calendars", id, "events", "watch"])?, "events.watch"),
            None => (self.url(&["users", "me", "calendarList", "watch"])?, "calendarList.watch"),
        };
        self.http.post(url).json(channel).operation(operation).receive().await
    }

    /// Closes a channel, which takes both of its ids.
    pub(crate) async fn stop(&self, id: &str, resource: &str) -> Result<()> {
        let url = self.url(&["channels", "stop"])?;
        let channel = serde_json::json!({ "id": id, "resourceId": resource });
        self.http.post(url).json(&channel).operation("channels.stop").send().await.map(drop)
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
