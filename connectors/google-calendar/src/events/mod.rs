//! The stream of events: one partition a calendar, recurring events as occurrences.

mod cursor;
mod query;
pub(crate) mod record;

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::connector::{
    Context, Discovered, FetchRequest, LaneSpec, Next, Page, Partition, RecordStream, SourceSettings,
    StreamKind, StreamSpec,
};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::error::Retry;
use acquaint_core::ids::RecordKey;
use acquaint_core::record::{Change, Gone, RawRecord, parse_json};
use acquaint_core::view::Views;
use acquaint_core::{Error, ErrorKind, Result, async_trait};
use serde_json::value::RawValue;

use crate::calendars;
use crate::client::{Api, not_a_page};
use crate::config::GoogleCalendarConfig;
use crate::connector::{SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use crate::error::refused_token;
use crate::model::EventsPage;
use cursor::{EventsCursor, Position};
use record::Items;

/// The stream's name.
pub(crate) const STREAM: &str = "events";

const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Events of calendars. <https://developers.google.com/workspace/calendar/api/guides/sync>.
#[derive(Debug)]
pub(crate) struct EventStream {
    config: Arc<GoogleCalendarConfig>,
    spec: StreamSpec,
}

impl EventStream {
    pub(crate) fn new(config: Arc<GoogleCalendarConfig>) -> Self {
        // The weekly baseline also brings the window forward, which no increment does.
        let head = LaneSpec::head(FIVE_MINUTES).baseline_every(WEEK);
        let spec = StreamSpec::new(STREAM, StreamKind::Events, vec![head])
            .partitioned()
            .pushed()
            .scope(SCOPE_EVENTS)
            .wider_scope(SCOPE_CALENDAR_LIST, "only the account's primary calendar is read")
            .droppable("title", &["/event/summary"])
            .droppable("description", &["/event/description"])
            .droppable("location", &["/event/location"])
            .droppable("attachments", &["/event/attachments"])
            .droppable("conference", &["/event/conferenceData", "/event/hangoutLink"])
            .droppable("extended_properties", &["/event/extendedProperties"]);
        Self { config, spec }
    }

    fn api<'a>(&'a self, cx: &'a Context) -> Api<'a> {
        Api::new(&cx.http, &self.config.api_base)
    }
}

#[async_trait]
impl RecordStream for EventStream {
    type Cursor = EventsCursor;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    async fn fetch(&self, cx: &Context, request: FetchRequest<EventsCursor>) -> Result<Page<EventsCursor>> {
        let here = request.cursor.unwrap_or_else(|| EventsCursor {
            window: request.window,
            page_size: self.config.effective_page_size(),
            position: Position::Start,
        });
        let EventsCursor { window, page_size, position } = &here;
        let (baseline, sync, asked) = match position {
            Position::Start => (true, None, cx.env.now()),
            Position::Baseline { asked, .. } => (true, None, *asked),
            Position::Synced { token } => (false, Some(token), cx.env.now()),
            Position::Increment { token, asked, .. } => (false, Some(token), *asked),
            Position::Unsynced => {
                return Err(Error::new(
                    ErrorKind::CursorExpired,
                    "the last baseline ended without a sync token",
                )
                .operation("events.list"));
            }
        };
        let calendar = request.partition.key.as_str();
        let answer = self.api(cx).events(calendar, &query::list(&here)).await;
        let body = match answer {
            Err(error) if !matches!(position, Position::Start) => return Err(refused_token(error)),
            answer => answer?,
        };
        let page: EventsPage<'_> = parse_json(&body)
            // The next answer need not be as broken as this one.
            .map_err(|error| error.operation("events.list").retry(Retry::Backoff))?;
        let (None, Some(items)) = (page.error, page.items) else {
            return Err(not_a_page().operation("events.list"));
        };

        let reader = Items::of(calendar);
        let changes = items.into_iter().filter_map(|item| reader.listed(item, *window, baseline)).collect();
        let at = |position| EventsCursor { window: *window, page_size: *page_size, position };
        let next_page = page.next_page_token.filter(|token| !token.is_empty());
        let next_sync = page.next_sync_token.filter(|token| !token.is_empty());
        let page = match (next_page, next_sync, sync.cloned()) {
            (Some(page), _, None) => Page::new(changes, Next::More(at(Position::Baseline { page, asked }))),
            (Some(page), _, Some(token)) => {
                Page::new(changes, Next::More(at(Position::Increment { token, page, asked })))
            }
            (None, Some(token), _) => {
                Page::new(changes, Next::Done(at(Position::Synced { token }))).covers(asked)
            }
            // An increment without a new token goes on from the old one, which repeats changes and loses none.
            (None, None, Some(token)) => Page::new(changes, Next::Done(at(Position::Synced { token }))),
            (None, None, None) => Page::new(changes, Next::Done(at(Position::Unsynced))).covers(asked),
        };
        Ok(page.window(*window))
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        record::views(raw)
    }

    async fn partitions(&self, cx: &Context) -> Result<Vec<Partition>> {
        calendars::partitions(cx, self.api(cx)).await
    }

    async fn discover(&self, cx: &Context, since: Option<StoredCursor>) -> Result<Discovered> {
        calendars::discover(cx, self.api(cx), since).await
    }

    async fn read(&self, cx: &Context, partition: &Partition, keys: &[RecordKey]) -> Result<Vec<Change>> {
        let calendar = partition.key.as_str();
        let reader = Items::of(calendar);
        let mut changes = Vec::with_capacity(keys.len());
        for key in keys {
            changes.push(match self.api(cx).event(calendar, key.as_str(), None).await {
                Ok(body) => {
                    let item: &RawValue = parse_json(&body).map_err(|error| error.operation("events.get"))?;
                    reader.single(item)
                }
                Err(error) if error.kind() == ErrorKind::NotFound => Change::gone(key.clone(), Gone::Deleted),
                Err(error) => return Err(error),
            });
        }
        Ok(changes)
    }

    /// A cursor carries its page size, and which calendars are read concerns the partitions alone.
    fn binding(&self, settings: &SourceSettings) -> String {
        serde_json::json!([settings.window, settings.drop]).to_string()
    }
}
