//! Why something is not there.

use acquaint_core::Result;
use acquaint_core::connector::StreamKind;
use acquaint_core::ids::RecordKey;
use acquaint_core::record::Gone;
use acquaint_core::store::{Connection, ConnectionStatus, LaneState, MeetingRow, RecordQuery, StoredRecord};
use acquaint_core::view::{View, Visibility};
use chrono::{DateTime, Utc};

use super::absence::{Absence, OtherMeeting};
use super::answer::{Explanation, Outcome};
use super::words::time;
use super::{WhyQuery, problems, text};
use crate::connect::lacks;
use crate::join::{self, address};
use crate::tenant::Tenant;
use crate::views;

/// Records looked at at a time.
const PAGE: usize = 500;

/// The most meetings with others that are named.
const MOST: usize = 10;

/// Everything that may keep a meeting out that somebody asks for. `others` are those that are there instead, without the
/// person asked for.
pub(crate) async fn absent(
    tenant: &Tenant,
    query: &WhyQuery,
    others: Vec<MeetingRow>,
) -> Result<Vec<Explanation>> {
    let mut reasons = Vec::new();
    let pending = join::pending(&tenant.engine, &tenant.id).await?;
    if !pending.is_empty() {
        let because = pending.iter().map(ToString::to_string).collect();
        reasons.push(Explanation::without_meeting(asked(query), Outcome::Pending { because }));
    }
    let mut absences = reasons_for(tenant, query).await?;
    let unseen = |one: &Absence| matches!(one, Absence::NotSeen { .. } | Absence::NotPushed { .. });
    let unread = |one: &Absence| unseen(one) || matches!(one, Absence::NotUnderstood { .. });
    if absences.iter().any(unread)
        && let Some(instead) = instead(query, others)
    {
        // It says what there is where nothing like it is seen.
        absences.retain(|one| !unseen(one));
        absences.push(instead);
    }
    for absence in absences {
        let because = absence.to_string();
        let mut reason = Explanation::without_meeting(asked(query), Outcome::Absent { because });
        reason.absence = Some(absence);
        reasons.push(reason);
    }
    if reasons.is_empty() {
        let because = vec!["the event has been read, and the next sync decides it".to_owned()];
        reasons.push(Explanation::without_meeting(asked(query), Outcome::Pending { because }));
    }
    for reason in &mut reasons {
        reason.sentence = text::sentence(reason);
    }
    Ok(reasons)
}

/// What was asked for, in words.
fn asked(query: &WhyQuery) -> String {
    let mut words = format!("A meeting near {}", time(query.near));
    if let Some(calendar) = &query.calendar {
        words.push_str(&format!(" on the calendar of {calendar}"));
    }
    if let Some(address) = &query.address {
        words.push_str(&format!(" with {address}"));
    }
    words
}

/// The meetings that are there with others, the nearest first.
fn instead(query: &WhyQuery, mut others: Vec<MeetingRow>) -> Option<Absence> {
    let missed = query.address.as_deref().map(address)?;
    let calendar = query.calendar.clone();
    others.sort_by_key(|row| (row.meeting.start.instant() - query.near).abs());
    let (private, open): (Vec<_>, Vec<_>) = others.into_iter().partition(|row| row.meeting.private);
    if open.is_empty() {
        let meetings = private.len();
        return (meetings > 0).then_some(Absence::Private { calendar, meetings });
    }
    let more = open.len().saturating_sub(MOST);
    let meetings = open.into_iter().take(MOST).map(|row| OtherMeeting {
        title: row.meeting.title,
        start: row.meeting.start,
        people: row.meeting.attendees.into_iter().map(|who| who.email).collect(),
    });
    let meetings = meetings.collect();
    Some(Absence::Others { calendar, missed, meetings, more, private: private.len() })
}

async fn reasons_for(tenant: &Tenant, query: &WhyQuery) -> Result<Vec<Absence>> {
    let engine = &tenant.engine;
    let privacy = engine.manifest.privacy();
    if let Some(retain) = privacy.retain()
        && privacy.retained_since(engine.env.now()).is_some_and(|since| query.near < since)
    {
        return Ok(vec![Absence::PastRetention { after: retain.as_secs() }]);
    }
    let connections = engine.store.connections(&tenant.id).await?;
    let lanes: Vec<LaneState> = engine.store.lanes(&tenant.id).await?;
    let mut event_lanes = Vec::new();
    for lane in &lanes {
        let Some(connection) = connections.iter().find(|connection| connection.id == lane.id.connection)
        else {
            continue;
        };
        let stream = engine.connector(&connection.connector)?.stream(lane.id.stream.as_str());
        let first = stream
            .filter(|stream| stream.spec().kind == StreamKind::Events)
            .and_then(|stream| stream.spec().lanes.first())
            .is_some_and(|first| first.name == lane.id.lane.as_str());
        if first && on(query, connection, lane) {
            event_lanes.push((connection, lane));
        }
    }
    let mut pushed = Vec::new();
    for connection in &connections {
        let streams = engine.connector(&connection.connector)?.streams();
        if streams
            .iter()
            .any(|stream| stream.spec().kind == StreamKind::Events && stream.spec().lanes.is_empty())
        {
            pushed.push(Absence::NotPushed { source: connection.source.clone() });
        }
    }
    if event_lanes.is_empty() && !pushed.is_empty() {
        return Ok(pushed);
    }
    if event_lanes.is_empty() {
        return Ok(vec![match &query.calendar {
            Some(calendar) => not_read(tenant, calendar, &connections)?,
            None => Absence::NoCalendar,
        }]);
    }
    let mut reasons = Vec::new();
    for (connection, lane) in event_lanes {
        reasons.extend(of_lane(tenant, query, connection, lane).await?);
    }
    reasons.sort_by_key(ToString::to_string);
    reasons.dedup();
    Ok(reasons)
}

fn on(query: &WhyQuery, connection: &Connection, lane: &LaneState) -> bool {
    let Some(calendar) = &query.calendar else { return true };
    let owner = address(calendar);
    let key = lane.id.partition.as_str();
    key == calendar || key == owner || connection.email.as_deref().map(address).as_ref() == Some(&owner)
}

fn not_read(tenant: &Tenant, calendar: &str, connections: &[Connection]) -> Result<Absence> {
    let (owner, calendar) = (address(calendar), calendar.to_owned());
    let known = connections
        .iter()
        .find(|connection| connection.email.as_deref().map(address).as_ref() == Some(&owner));
    let Some(known) = known else { return Ok(Absence::NotConnected { calendar }) };
    if let Some(dead) = dead(tenant, known, &calendar) {
        return Ok(dead);
    }
    let streams = tenant.engine.connector(&known.connector)?.streams();
    let events = streams.iter().find(|stream| stream.spec().kind == StreamKind::Events);
    let missing =
        events.map(|events| lacks(&tenant.engine, known, &**events)).transpose()?.unwrap_or_default();
    Ok(if missing.is_empty() { Absence::NotChosen { calendar } } else { lacking(calendar, &missing) })
}

/// Why nothing at all is read by a connection.
fn dead(tenant: &Tenant, connection: &Connection, calendar: &str) -> Option<Absence> {
    let calendar = calendar.to_owned();
    match &connection.status {
        ConnectionStatus::NeedsReauth { reason } => {
            Some(Absence::NeedsReauth { calendar, reason: reason.clone() })
        }
        ConnectionStatus::Disconnected { since } => Some(Absence::Disconnected { calendar, since: *since }),
        _ if tenant.engine.source(connection).is_none() => {
            Some(Absence::SourceGone { calendar, source: connection.source.clone() })
        }
        _ => None,
    }
}

fn lacking(calendar: String, missing: &[&str]) -> Absence {
    Absence::Lacks { calendar, scopes: missing.iter().map(|scope| (*scope).to_owned()).collect() }
}

async fn of_lane(
    tenant: &Tenant,
    query: &WhyQuery,
    connection: &Connection,
    lane: &LaneState,
) -> Result<Option<Absence>> {
    let calendar =
        if lane.partition.label.is_empty() { lane.id.partition.as_str() } else { &lane.partition.label };
    let calendar = calendar.to_owned();
    if let Some(dead) = dead(tenant, connection, &calendar) {
        return Ok(Some(dead));
    }
    let stream = tenant.engine.connector(&connection.connector)?.stream(lane.id.stream.as_str());
    let missing =
        stream.map(|stream| lacks(&tenant.engine, connection, stream)).transpose()?.unwrap_or_default();
    if !missing.is_empty() {
        return Ok(Some(lacking(calendar, &missing)));
    }
    let source = tenant.engine.source(connection);
    let window =
        source.map(|source| source.settings.window.at(lane.progress.last_baseline.unwrap_or(query.near)));
    if let Some(window) = window.filter(|window| !window.overlaps(query.near, query.near)) {
        return Ok(Some(Absence::OutsideWindow { calendar, from: window.from, to: window.to }));
    }
    if lane.progress.baselines == 0 {
        let error = lane.progress.error.as_ref().map(|error| error.message.clone());
        return Ok(Some(Absence::NotRead { calendar, error }));
    }
    Ok(match near(tenant, query, lane).await? {
        Near::Gone(how) => Some(Absence::Gone { calendar, how }),
        Near::Waits => None,
        Near::Nothing => {
            let place = (&lane.id.connection, &lane.id.stream);
            let (events, more) = problems::of(tenant, place, Some(&lane.id.partition)).await?;
            Some(match events.is_empty() {
                true => Absence::NotSeen { calendar },
                false => Absence::NotUnderstood { calendar, events, more },
            })
        }
    })
}

/// What the mirror holds of an event near the time asked for.
enum Near {
    /// It is there, and waits to be decided.
    Waits,
    /// It was.
    Gone(Gone),
    Nothing,
}

async fn near(tenant: &Tenant, query: &WhyQuery, lane: &LaneState) -> Result<Near> {
    let mut after: Option<RecordKey> = None;
    let mut found = Near::Nothing;
    loop {
        let page = tenant
            .engine
            .store
            .scan(&RecordQuery {
                tenant: &tenant.id,
                connection: &lane.id.connection,
                stream: &lane.id.stream,
                partition: &lane.id.partition,
                after: after.as_ref(),
                limit: PAGE,
            })
            .await?;
        let near = |span: Option<(DateTime<Utc>, DateTime<Utc>)>| {
            span.is_some_and(|(start, _)| (start - query.near).abs() <= query.within)
        };
        for record in page.iter().filter(|record| near(record.span)) {
            match &record.gone {
                Some(gone) => found = Near::Gone(gone.clone()),
                None if has(record, query.address.as_deref())? => return Ok(Near::Waits),
                None => {}
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.record.key.clone()),
            _ => return Ok(found),
        }
    }
}

/// Whether somebody is seen in the event of a record; everybody is asked for if nobody is.
fn has(record: &StoredRecord, who: Option<&str>) -> Result<bool> {
    let Some(who) = who.map(address) else { return Ok(true) };
    Ok(views::decode(&record.views)?.iter().any(|view| match view {
        View::Event(event) if event.visibility == Visibility::Private => false,
        View::Event(event) => event.attendees.iter().any(|attendee| address(&attendee.email) == who),
        _ => false,
    }))
}
