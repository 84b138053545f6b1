//! Why something is not there.

use acquaint_core::Result;
use acquaint_core::connector::StreamKind;
use acquaint_core::ids::RecordKey;
use acquaint_core::record::Gone;
use acquaint_core::store::{Connection, ConnectionStatus, LaneState, RecordQuery};
use chrono::{DateTime, Utc};

use super::answer::{Explanation, Outcome};
use super::{WhyQuery, text};
use crate::connect::lacks;
use crate::join::{self, address};
use crate::tenant::Tenant;

/// Records looked at at a time.
const PAGE: usize = 500;

/// Everything that may keep a meeting out that somebody asks for.
pub(crate) async fn absent(tenant: &Tenant, query: &WhyQuery) -> Result<Vec<Explanation>> {
    let mut reasons = Vec::new();
    let pending = join::pending(&tenant.engine, &tenant.id).await?;
    if !pending.is_empty() {
        let because = pending.iter().map(ToString::to_string).collect();
        reasons.push(Explanation::without_meeting(asked(query), Outcome::Pending { because }));
    }
    for because in reasons_for(tenant, query).await? {
        reasons.push(Explanation::without_meeting(asked(query), Outcome::Absent { because }));
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
    let mut words = format!("A meeting near {}", query.near.format("%Y-%m-%d %H:%M UTC"));
    if let Some(calendar) = &query.calendar {
        words.push_str(&format!(" on the calendar of {calendar}"));
    }
    if let Some(address) = &query.address {
        words.push_str(&format!(" with {address}"));
    }
    words
}

async fn reasons_for(tenant: &Tenant, query: &WhyQuery) -> Result<Vec<String>> {
    let engine = &tenant.engine;
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
            pushed.push(format!("the product has pushed no such event to `{}`", connection.source));
        }
    }
    if event_lanes.is_empty() && !pushed.is_empty() {
        return Ok(pushed);
    }
    if event_lanes.is_empty() {
        return Ok(vec![match &query.calendar {
            Some(calendar) => not_read(tenant, calendar, &connections)?,
            None => "no calendar is read".to_owned(),
        }]);
    }
    let mut reasons = Vec::new();
    for (connection, lane) in event_lanes {
        reasons.extend(of_lane(tenant, query, connection, lane).await?);
    }
    reasons.sort();
    reasons.dedup();
    Ok(reasons)
}

fn on(query: &WhyQuery, connection: &Connection, lane: &LaneState) -> bool {
    let Some(calendar) = &query.calendar else { return true };
    let owner = address(calendar);
    let key = lane.id.partition.as_str();
    key == calendar || key == owner || connection.email.as_deref().map(address).as_ref() == Some(&owner)
}

fn not_read(tenant: &Tenant, calendar: &str, connections: &[Connection]) -> Result<String> {
    let owner = address(calendar);
    let known = connections
        .iter()
        .find(|connection| connection.email.as_deref().map(address).as_ref() == Some(&owner));
    let Some(known) = known else { return Ok(format!("{calendar} is not connected")) };
    Ok(match &known.status {
        ConnectionStatus::NeedsReauth { reason } => {
            format!("the connection of {calendar} must be authorised again ({reason})")
        }
        ConnectionStatus::Disconnected { since } => {
            format!("{calendar} was disconnected on {}", since.format("%Y-%m-%d"))
        }
        _ => {
            let streams = tenant.engine.connector(&known.connector)?.streams();
            let events = streams.iter().find(|stream| stream.spec().kind == StreamKind::Events);
            let missing =
                events.map(|events| lacks(&tenant.engine, known, &**events)).transpose()?.unwrap_or_default();
            if missing.is_empty() {
                format!("{calendar} is connected, but this calendar has not been found or was not chosen")
            } else {
                may_not(calendar, &missing)
            }
        }
    })
}

fn may_not(calendar: &str, missing: &[&str]) -> String {
    format!("{calendar} may not be read: its person has not granted {}", missing.join(" "))
}

async fn of_lane(
    tenant: &Tenant,
    query: &WhyQuery,
    connection: &Connection,
    lane: &LaneState,
) -> Result<Option<String>> {
    let calendar =
        if lane.partition.label.is_empty() { lane.id.partition.as_str() } else { &lane.partition.label };
    if let ConnectionStatus::NeedsReauth { reason } = &connection.status {
        return Ok(Some(format!("the connection that reads {calendar} must be authorised again ({reason})")));
    }
    let stream = tenant.engine.connector(&connection.connector)?.stream(lane.id.stream.as_str());
    let missing =
        stream.map(|stream| lacks(&tenant.engine, connection, stream)).transpose()?.unwrap_or_default();
    if !missing.is_empty() {
        return Ok(Some(may_not(calendar, &missing)));
    }
    let source = tenant.engine.source(connection);
    let window =
        source.map(|source| source.settings.window.at(lane.progress.last_baseline.unwrap_or(query.near)));
    if let Some(window) = window.filter(|window| !window.overlaps(query.near, query.near)) {
        return Ok(Some(format!(
            "it lies outside of the window that is read of {calendar}, {} to {}",
            window.from.format("%Y-%m-%d"),
            window.to.format("%Y-%m-%d")
        )));
    }
    if lane.progress.baselines == 0 {
        return Ok(Some(match &lane.progress.error {
            Some(error) => format!("{calendar} has not been read completely yet: {}", error.message),
            None => format!("{calendar} has not been read completely yet"),
        }));
    }
    Ok(match near(tenant, query, lane).await? {
        Near::Gone(gone) => Some(format!("the event on {calendar} {}", why_gone(&gone))),
        Near::Waits => None,
        Near::Nothing => Some(format!("{calendar} shows no such event to this connection")),
    })
}

fn why_gone(gone: &Gone) -> String {
    match gone {
        Gone::Deleted => "was cancelled or deleted".to_owned(),
        Gone::Archived => "was archived".to_owned(),
        Gone::MergedInto(key) => format!("was merged into {key}"),
        Gone::LostAccess => "can no longer be seen: access to the calendar was lost".to_owned(),
        Gone::MovedOutOfWindow => "was moved out of the window that is read".to_owned(),
        Gone::Unseen => "was gone when the calendar was read again from the beginning".to_owned(),
        _ => "is gone".to_owned(),
    }
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
                None if query.address.is_none() => return Ok(Near::Waits),
                None => {}
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.record.key.clone()),
            _ => return Ok(found),
        }
    }
}
