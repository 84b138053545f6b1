//! Calendars of Microsoft Graph, by delta query over a calendar view.
//!
//! A delta link is a whole address, bound to one calendar and one span of time, so the cursor is the link with
//! its window, and a weekly baseline brings the window forward.
//!
//! <https://learn.microsoft.com/graph/api/event-delta>, <https://learn.microsoft.com/graph/delta-query-overview>

use std::collections::HashMap;
use std::time::Duration;

use acquaint::core::auth::AuthScheme;
use acquaint::core::connector::{
    AnyStream, Connector, ConnectorInfo, Context, FetchRequest, Identity, LaneSpec, Next, Page, Partition,
    PassKind, RecordStream, SourceSettings, StreamKind, StreamSpec, TimeRange,
};
use acquaint::core::cursor::SyncCursor;
use acquaint::core::http::{ErrorTable, HttpPolicy, Verdict};
use acquaint::core::ids::RecordKey;
use acquaint::core::oauth::OAuth2;
use acquaint::core::record::{Change, Gone, RawRecord};
use acquaint::core::view::{
    Attendee, CalendarEvent, EventStatus, EventTime, Response, View, Views, Visibility,
};
use acquaint::{Error, ErrorKind, Result, async_trait};
use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

#[derive(Debug)]
pub(crate) struct Graph {
    info: ConnectorInfo,
    streams: Vec<Box<dyn AnyStream>>,
    api: Url,
}

impl Graph {
    /// `login` and `api` are `https://login.microsoftonline.com` and `https://graph.microsoft.com`, or those of a
    /// national cloud.
    pub(crate) fn new(login: &Url, api: Url) -> Result<Self> {
        let mut oauth = OAuth2::new(
            at(login, &["common", "oauth2", "v2.0", "authorize"])?,
            at(login, &["common", "oauth2", "v2.0", "token"])?,
        );
        oauth.base_scopes = vec!["offline_access".into(), "User.Read".into()];
        oauth.token.revoked_codes = vec!["interaction_required".into(), "consent_required".into()];
        let mut errors = ErrorTable::default().reasons_at(["/error/code"]);
        for status in [400, 404, 409, 410] {
            for code in ["SyncStateNotFound", "SyncStateInvalid", "ResyncRequired"] {
                errors = errors.on(status, code, Verdict::CursorExpired);
            }
        }
        // While a mailbox is moved; the Location that comes along is the same round begun anew.
        let errors = errors.on(410, None, Verdict::CursorExpired);
        let http = HttpPolicy::new([&api], errors);
        let info = ConnectorInfo::new("microsoft-graph", "Microsoft 365", AuthScheme::OAuth2(oauth), http);
        let streams: Vec<Box<dyn AnyStream>> = vec![Box::new(Events::new(api.clone()))];
        Ok(Self { info, streams, api })
    }
}

/// Ids hold characters that mean something in an address.
fn at(base: &Url, path: &[&str]) -> Result<Url> {
    let mut url = base.clone();
    let mut segments = url.path_segments_mut().map_err(|()| Error::invalid("this address has no path"))?;
    segments.pop_if_empty().extend(path);
    drop(segments);
    Ok(url)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    display_name: Option<String>,
    mail: Option<String>,
    user_principal_name: Option<String>,
}

#[async_trait]
impl Connector for Graph {
    fn info(&self) -> &ConnectorInfo {
        &self.info
    }

    fn streams(&self) -> &[Box<dyn AnyStream>] {
        &self.streams
    }

    async fn identify(&self, cx: &Context) -> Result<Identity> {
        let url = at(&self.api, &["v1.0", "me"])?;
        let user: User = cx.http.get(url).operation("graph.me").receive().await?;
        let email = user.mail.or(user.user_principal_name);
        let label = user.display_name.or(email.clone()).unwrap_or_default();
        let identity = Identity::new(user.id, label);
        Ok(match email {
            Some(email) => identity.email(email),
            None => identity,
        })
    }
}

/// A link of a round or between two rounds, with the window that it is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeltaCursor {
    pub(crate) window: TimeRange,
    pub(crate) link: Url,
}

impl SyncCursor for DeltaCursor {
    const KIND: &'static str = "microsoft-graph.events";
}

#[derive(Debug)]
struct Events {
    spec: StreamSpec,
    api: Url,
}

#[derive(Deserialize)]
struct Answer<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<Url>,
    #[serde(rename = "@odata.deltaLink")]
    delta: Option<Url>,
}

#[derive(Deserialize)]
struct Calendar {
    id: String,
    name: String,
}

type Object = Map<String, Value>;

impl Events {
    fn new(api: Url) -> Self {
        let head =
            LaneSpec::head(Duration::from_secs(5 * 60)).baseline_every(Duration::from_secs(7 * 86_400));
        let spec = StreamSpec::new("events", StreamKind::Events, vec![head])
            .partitioned()
            .scope("Calendars.Read")
            .droppable("title", &["/event/subject", "/series/subject"])
            .droppable(
                "description",
                &["/event/body", "/event/bodyPreview", "/series/body", "/series/bodyPreview"],
            );
        Self { spec, api }
    }

    fn first(&self, calendar: &str, window: TimeRange) -> Result<Url> {
        let mut url = at(&self.api, &["v1.0", "me", "calendars", calendar, "calendarView", "delta"])?;
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        url.query_pairs_mut()
            .append_pair("startDateTime", &text(window.from))
            .append_pair("endDateTime", &text(window.to));
        Ok(url)
    }
}

fn text<'a>(item: &'a Object, name: &str) -> Option<&'a str> {
    item.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Events do not say on which calendar they are, and occurrences leave to their series what they share with it.
fn record(calendar: &str, key: &str, item: &Object, series: Option<&Object>) -> RawRecord {
    let mut record = json!({ "calendar": calendar, "event": item });
    if let Some(series) = series {
        record["series"] = json!(series);
    }
    RawRecord::new(key, record.to_string())
}

/// The changes of a page, and occurrences whose series is not on it: they have to be read.
fn changes(calendar: &str, pass: PassKind, items: &[Object]) -> (Vec<Change>, Vec<RecordKey>) {
    let of_type = |item: &Object, kind: &str| text(item, "type") == Some(kind);
    let series: HashMap<&str, &Object> = items
        .iter()
        .filter(|item| of_type(item, "seriesMaster"))
        .filter_map(|item| Some((text(item, "id")?, item)))
        .collect();
    let (mut changes, mut gaps) = (Vec::new(), Vec::new());
    for item in items {
        let Some(id) = text(item, "id") else {
            let record = record(calendar, "without-id", item, None);
            changes.push(Change::Rejected { record, why: "the event has no id".into() });
            continue;
        };
        if item.contains_key("@removed") {
            changes.push(Change::gone(id, Gone::Deleted));
        } else if of_type(item, "occurrence") {
            match text(item, "seriesMasterId").and_then(|id| series.get(id)) {
                Some(series) => changes.push(Change::Full(record(calendar, id, item, Some(series)))),
                None => gaps.push(RecordKey::from(id)),
            }
        } else if !of_type(item, "seriesMaster") {
            let record = record(calendar, id, item, None);
            // An increment brings at least what was changed of an event, not always all of it.
            changes.push(match pass {
                PassKind::Baseline => Change::Full(record),
                PassKind::Incremental => Change::Patch(record),
            });
        }
    }
    (changes, gaps)
}

#[async_trait]
impl RecordStream for Events {
    type Cursor = DeltaCursor;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    async fn fetch(&self, cx: &Context, request: FetchRequest<DeltaCursor>) -> Result<Page<DeltaCursor>> {
        let calendar = request.partition.key.as_str();
        let (window, link) = match request.cursor {
            Some(cursor) => (cursor.window, cursor.link),
            None => (request.window, self.first(calendar, request.window)?),
        };
        // That a link leads to the API's own host is checked before the token goes out.
        let answer: Answer<Object> = cx.http.get(link).operation("graph.delta").receive().await?;
        let (changes, gaps) = changes(calendar, request.pass, &answer.value);
        let mut page = match (answer.next, answer.delta) {
            (Some(link), _) => Page::new(changes, Next::More(DeltaCursor { window, link })),
            (None, Some(link)) => {
                Page::new(changes, Next::Done(DeltaCursor { window, link })).covers(request.began)
            }
            (None, None) => {
                return Err(Error::new(ErrorKind::Unavailable, "a round ended without a link to the next"));
            }
        };
        page.gaps = gaps;
        Ok(page.window(window))
    }

    async fn partitions(&self, cx: &Context) -> Result<Vec<Partition>> {
        let mut partitions = Vec::new();
        let mut next = Some(at(&self.api, &["v1.0", "me", "calendars"])?);
        while let Some(url) = next {
            let answer: Answer<Calendar> = cx.http.get(url).operation("graph.calendars").receive().await?;
            partitions.extend(answer.value.into_iter().map(|found| Partition::new(found.id, found.name)));
            next = answer.next;
        }
        Ok(partitions)
    }

    async fn read(&self, cx: &Context, partition: &Partition, keys: &[RecordKey]) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        for key in keys {
            let url = at(&self.api, &["v1.0", "me", "events", key.as_str()])?;
            changes.push(match cx.http.get(url).operation("graph.event").receive::<Object>().await {
                Ok(item) => Change::Full(record(partition.key.as_str(), key.as_str(), &item, None)),
                Err(error) if error.kind() == ErrorKind::NotFound => Change::gone(key.clone(), Gone::Deleted),
                Err(error) => return Err(error),
            });
        }
        Ok(changes)
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        let Record { calendar, mut event, series } = raw.parse()?;
        let in_series = !series.is_empty();
        for (name, value) in series {
            event.entry(name).or_insert(value);
        }
        let item: Event = serde_json::from_value(Value::Object(event)).map_err(Error::malformed)?;
        let mut view = CalendarEvent::new(
            calendar,
            raw.key.as_str(),
            item.start.read(item.is_all_day)?,
            item.end.read(item.is_all_day)?,
        );
        // `uid` is that of a whole series, `iCalUId` that of one occurrence. What was moved is no occurrence but an
        // exception, so an occurrence stands where it originally stood.
        view.uid = item.uid.or(item.i_cal_u_id);
        view.original_start = match item.original_start {
            Some(at) => Some(EventTime::At(at)),
            None => in_series.then_some(view.start),
        };
        view.title = item.subject.filter(|subject| !subject.is_empty());
        view.busy = item.show_as.as_deref() != Some("free");
        if item.is_cancelled {
            view.status = EventStatus::Cancelled;
        }
        if matches!(item.sensitivity.as_deref(), Some("private" | "confidential")) {
            view.visibility = Visibility::Private;
        }
        view.conference = item.online_meeting.and_then(|meeting| meeting.join_url);
        if let Some(organizer) = item.organizer {
            view.organiser.email = organizer.email_address.address;
            view.organiser.name = organizer.email_address.name;
            view.organiser.is_self = item.is_organizer;
        }
        view.attendees = item.attendees.into_iter().filter_map(attendee).collect();
        Ok(vec![View::Event(Box::new(view))])
    }

    fn binding(&self, settings: &SourceSettings) -> String {
        json!([settings.window, settings.drop]).to_string()
    }
}

#[derive(Deserialize)]
struct Record {
    calendar: String,
    event: Object,
    #[serde(default)]
    series: Object,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    uid: Option<String>,
    i_cal_u_id: Option<String>,
    original_start: Option<DateTime<Utc>>,
    subject: Option<String>,
    start: Time,
    end: Time,
    #[serde(default)]
    is_all_day: bool,
    #[serde(default)]
    is_cancelled: bool,
    #[serde(default)]
    is_organizer: bool,
    show_as: Option<String>,
    sensitivity: Option<String>,
    online_meeting: Option<OnlineMeeting>,
    organizer: Option<Person>,
    #[serde(default)]
    attendees: Vec<Person>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OnlineMeeting {
    join_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    r#type: Option<String>,
    status: Option<Status>,
    email_address: Address,
}

#[derive(Deserialize)]
struct Status {
    response: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    name: Option<String>,
    address: Option<String>,
}

fn attendee(person: Person) -> Option<Attendee> {
    let mut attendee = Attendee::new(person.email_address.address?);
    attendee.name = person.email_address.name;
    attendee.optional = person.r#type.as_deref() == Some("optional");
    attendee.resource = person.r#type.as_deref() == Some("resource");
    attendee.response = match person.status.and_then(|status| status.response).as_deref() {
        Some("accepted" | "organizer") => Response::Accepted,
        Some("tentativelyAccepted") => Response::Tentative,
        Some("declined") => Response::Declined,
        _ => Response::NeedsAction,
    };
    Some(attendee)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Time {
    date_time: NaiveDateTime,
    time_zone: String,
}

impl Time {
    /// Times come in UTC unless another zone is asked for.
    fn read(&self, all_day: bool) -> Result<EventTime> {
        match (all_day, self.time_zone.as_str()) {
            (true, _) => Ok(EventTime::Day(self.date_time.date())),
            (false, "UTC") => Ok(EventTime::At(self.date_time.and_utc())),
            _ => Err(Error::new(ErrorKind::Malformed, "a time is not in UTC")),
        }
    }
}

mod tests {
    use acquaint::core::cursor::StoredCursor;

    use super::*;
    use crate::{Script, context, fetch};

    const FIRST: &str = r##"{"value": [
        {"@odata.type": "#microsoft.graph.event", "id": "M1", "type": "seriesMaster", "subject": "Weekly", "iCalUId": "u-m",
         "start": {"dateTime": "2026-01-05T09:00:00.0000000", "timeZone": "UTC"}, "end": {"dateTime": "2026-01-05T09:30:00.0000000", "timeZone": "UTC"},
         "organizer": {"emailAddress": {"name": "Ana", "address": "ana@us.example"}}, "isOrganizer": true,
         "attendees": [{"type": "required", "status": {"response": "declined"}, "emailAddress": {"name": "Jane", "address": "jane@globex.com"}}]},
        {"id": "O1", "type": "occurrence", "seriesMasterId": "M1",
         "start": {"dateTime": "2026-03-02T09:00:00.0000000", "timeZone": "UTC"}, "end": {"dateTime": "2026-03-02T09:30:00.0000000", "timeZone": "UTC"}},
        {"id": "O2", "type": "occurrence", "seriesMasterId": "elsewhere"}],
        "@odata.nextLink": "https://graph.microsoft.com/v1.0/me/calendars/c%3D/calendarView/delta?$skiptoken=s1"}"##;
    const LAST: &str = r#"{"value": [{"id": "S1", "@removed": {"reason": "deleted"}}],
        "@odata.deltaLink": "https://graph.microsoft.com/v1.0/me/calendars/c%3D/calendarView/delta?$deltatoken=d1"}"#;

    fn graph() -> Graph {
        let login = "https://login.microsoftonline.com".parse().unwrap();
        Graph::new(&login, "https://graph.microsoft.com".parse().unwrap()).unwrap()
    }

    fn calendar() -> Partition {
        Partition::new("c=", "Calendar")
    }

    #[tokio::test]
    async fn a_round_ends_with_the_link_of_the_next() {
        let script = Script::new([(200, FIRST), (200, LAST)].map(|(code, body)| (code, body.into())));
        let graph = graph();
        let (cx, stream) = (context(&graph, &script), &*graph.streams()[0]);
        let first = fetch(stream, &cx, calendar(), None).await.unwrap();
        assert_eq!(first.gaps, [RecordKey::from("O2")], "its series is not on the page");
        let [Change::Full(occurrence)] = first.changes.as_slice() else { panic!("{:?}", first.changes) };
        let views = stream.view(occurrence).unwrap();
        let [View::Event(event)] = views.as_slice() else { panic!("{views:?}") };
        assert_eq!((event.id.as_str(), event.title.as_deref()), ("O1", Some("Weekly")));
        assert_eq!(event.start, EventTime::At("2026-03-02T09:00:00Z".parse().unwrap()));
        assert!(event.identity().ends_with("u-m#2026-03-02T09:00:00Z"), "two occurrences are two meetings");
        assert_eq!(event.attendees[0].response, Response::Declined);

        let Next::More(cursor) = first.next else { panic!("the round goes on") };
        let last = fetch(stream, &cx, calendar(), Some(cursor)).await.unwrap();
        assert!(matches!(&last.changes[0], Change::Tombstone { gone: Gone::Deleted, .. }));
        let Next::Done(cursor) = last.next else { panic!("the round is over") };
        let cursor: DeltaCursor = cursor.load().unwrap();
        assert_eq!(cursor.link.query(), Some("$deltatoken=d1"));
        assert_eq!(Some(cursor.window), first.window);
        assert!(script.asked()[0].contains("/calendars/c=/calendarView/delta?startDateTime=2025-"));
    }

    #[tokio::test]
    async fn a_lost_round_wants_a_baseline_and_a_foreign_link_gets_no_token() {
        let gone = r#"{"error": {"code": "syncStateNotFound", "message": ""}}"#;
        let script = Script::new([(404, gone), (410, "")].map(|(code, body)| (code, body.into())));
        let graph = graph();
        let (cx, stream) = (context(&graph, &script), &*graph.streams()[0]);
        let window = acquaint::core::connector::Window::default().at(crate::at(crate::BEGAN));
        let cursor = |link: &str| {
            Some(StoredCursor::store(&DeltaCursor { window, link: link.parse().unwrap() }).unwrap())
        };
        for _ in 0..2 {
            let link = cursor("https://graph.microsoft.com/v1.0/delta?$deltatoken=d1");
            let error = fetch(stream, &cx, calendar(), link).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CursorExpired);
        }
        let error = fetch(stream, &cx, calendar(), cursor("https://evil.example/delta")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(script.asked().len(), 2);
    }
}
