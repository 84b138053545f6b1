//! The stream of events: one partition a calendar, recurring events as occurrences.

mod cursor;
mod fields;
mod pass;
mod query;
pub(crate) mod record;

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::connector::{
    Context, Discovered, FetchRequest, LaneSpec, Page, Partition, PrivateRecords, RecordStream,
    SourceSettings, StreamKind, StreamSpec,
};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::error::Retry;
use acquaint_core::ids::RecordKey;
use acquaint_core::record::{Change, Gone, RawRecord, parse_json};
use acquaint_core::view::Views;
use acquaint_core::{ErrorKind, Result, async_trait};
use serde_json::value::RawValue;

use crate::calendars;
use crate::client::{Api, not_a_page};
use crate::config::GoogleCalendarConfig;
use crate::connector::{SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use crate::error::refused_token;
use crate::model::EventsPage;
use cursor::{EventsCursor, Position};
use pass::{Lane, Tokens, UPCOMING};
use record::Items;

/// The stream's name.
pub(crate) const STREAM: &str = "events";

const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What `visibility` says of an event that only its guests may see; `confidential` is an older word for the same.
pub(crate) const PRIVATE: &[&str] = &["private", "confidential"];

/// What stays of such an event where a manifest keeps only when it is.
const TIMES: &[&str] = &[
    "/calendar",
    "/event/id",
    "/event/iCalUID",
    "/event/recurringEventId",
    "/event/originalStartTime",
    "/event/start",
    "/event/end",
    "/event/status",
    "/event/sequence",
    "/event/transparency",
    "/event/updated",
    "/event/organizer/self",
];

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
        let spec = StreamSpec::new(STREAM, StreamKind::Events, vec![head, LaneSpec::lead(UPCOMING)])
            .partitioned()
            .pushed()
            .page(config.effective_page_size().into())
            .scope(SCOPE_EVENTS)
            .wider_scope(SCOPE_CALENDAR_LIST, "only the account's primary calendar is read")
            .droppable("title", &["/event/summary"])
            .droppable("description", &["/event/description"])
            .droppable("location", &["/event/location"])
            .droppable("attachments", &["/event/attachments"])
            .droppable("conference", &["/event/conferenceData", "/event/hangoutLink"])
            .droppable("extended_properties", &["/event/extendedProperties"])
            .private(PrivateRecords::told_by("/event/visibility", PRIVATE).stays(TIMES));
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
        let lane = Lane::of(&request);
        let here = match request.cursor {
            Some(cursor) => cursor,
            None => EventsCursor {
                window: lane.window(request.window),
                page_size: self.config.effective_page_size(),
                fields: fields::of_event(&self.spec, &cx.settings),
                position: Position::Start,
            },
        };
        let now = cx.env.now();
        if let Some(page) = pass::unasked(&here, lane, now)? {
            return Ok(page);
        }
        let calendar = request.partition.key.as_str();
        let answer = self.api(cx).events(calendar, &query::list(&here)).await;
        let body = match answer {
            Err(error) if here.position != Position::Start => return Err(refused_token(error)),
            answer => answer?,
        };
        let page: EventsPage<'_> = parse_json(&body)
            // The next answer need not be as broken as this one.
            .map_err(|error| error.operation("events.list").retry(Retry::Backoff))?;
        let partial = here.fields.is_some() && page.kind.as_deref() == Some("calendar#events");
        let items = match (page.error, page.items) {
            (None, Some(items)) => items,
            // Of a partial response it is not documented that an empty list is sent at all.
            (None, None) if partial => Vec::new(),
            _ => return Err(not_a_page().operation("events.list")),
        };
        let reader = Items::of(calendar);
        let baseline = matches!(here.position, Position::Start | Position::Baseline { .. });
        let changes =
            items.into_iter().filter_map(|item| reader.listed(item, here.window, baseline)).collect();
        let tokens = Tokens::new(page.next_page_token, page.next_sync_token);
        Ok(pass::page(&here, lane, changes, tokens, now))
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
        let fields = fields::of_event(&self.spec, &cx.settings);
        let mut changes = Vec::with_capacity(keys.len());
        for key in keys {
            changes.push(match self.api(cx).event(calendar, key.as_str(), fields.as_deref()).await {
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

    /// A cursor carries its page size and fields, and which calendars are read concerns the partitions alone.
    fn binding(&self, settings: &SourceSettings) -> String {
        serde_json::json!([settings.window, settings.drop]).to_string()
    }
}
