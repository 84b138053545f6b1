//! The comparison of the mirror with what the provider shows.

use std::collections::BTreeMap;

use acquaint::core::connector::{Connector, TimeRange, Window};
use acquaint::core::ids::{PartitionKey, StreamName};
use acquaint::core::record::RawRecord;
use acquaint::core::store::{RecordQuery, StoredRecord};
use acquaint::core::view::{CalendarEvent, View};
use acquaint::google_calendar::GoogleCalendar;
use chrono::TimeDelta;
use serde_json::json;

use crate::scene::{ANA, BEN, EXTRA, Scene, TEAM};

/// Every calendar that somebody sees is held once, by a connection that may read it, and is what its owner sees; of the
/// others nothing is held.
pub(crate) async fn mirror_is_truth(scene: &Scene) {
    let lanes = scene.tenant.lanes().await.unwrap();
    for calendar in [ANA, BEN, TEAM].iter().chain(&EXTRA) {
        let mut held = Vec::new();
        for connection in scene.tenant.connections().await.unwrap() {
            let records = records(scene, &connection.id, calendar).await;
            let lane = lanes.iter().find(|lane| {
                lane.id.connection == connection.id
                    && lane.id.partition.as_str() == *calendar
                    && lane.id.lane.as_str() == "head"
            });
            let began = lane.and_then(|lane| lane.progress.last_baseline);
            match began {
                Some(began) => held.push((connection.account, began, records)),
                None => assert!(records.is_empty(), "{calendar} is held by {} unread", connection.account),
            }
        }
        let exists = scene.google.has_calendar(calendar);
        assert_eq!(held.len(), usize::from(exists), "readers of {calendar}: {held:?}");
        for (_, began, records) in held {
            const DAY: i64 = 86_400;
            let window = Window { past: 10 * DAY, future: 20 * DAY }.at(began);
            let found = records.into_iter().map(|record| {
                let raw = RawRecord::new(record.record.key.clone(), record.raw.clone());
                (record.record.key.to_string(), view(&raw))
            });
            let found = inside(window, found);
            let shown = scene.google.events(calendar, window.from - DAYS, window.to + DAYS);
            let shown = shown.into_iter().map(|event| {
                let id = event["id"].as_str().unwrap().to_owned();
                let raw = json!({ "calendar": calendar, "event": event }).to_string();
                let event = view(&RawRecord::new(id.as_str(), raw));
                (id, event)
            });
            let shown = inside(window, shown);
            for (id, event) in &found {
                assert_eq!(Some(event), shown.get(id), "{calendar} as of {began}, {id}");
            }
            let missing: Vec<&String> = shown.keys().filter(|id| !found.contains_key(*id)).collect();
            assert!(missing.is_empty(), "{calendar} as of {began} lacks {missing:?}");
        }
    }
}

const DAYS: TimeDelta = TimeDelta::days(2);

fn inside(
    window: TimeRange,
    events: impl Iterator<Item = (String, CalendarEvent)>,
) -> BTreeMap<String, CalendarEvent> {
    events.filter(|(_, event)| window.overlaps(event.start.instant(), event.end.instant())).collect()
}

fn view(raw: &RawRecord) -> CalendarEvent {
    let connector = GoogleCalendar::default();
    let stream = (&connector as &dyn Connector).stream("events").unwrap();
    match stream.view(raw).unwrap().pop() {
        Some(View::Event(event)) => *event,
        other => panic!("not an event: {other:?}"),
    }
}

async fn records(
    scene: &Scene,
    connection: &acquaint::core::ids::ConnectionId,
    calendar: &str,
) -> Vec<StoredRecord> {
    let (stream, partition) = (StreamName::from("events"), PartitionKey::from(calendar));
    let mut all: Vec<StoredRecord> = Vec::new();
    loop {
        let query = RecordQuery {
            tenant: scene.tenant.id(),
            connection,
            stream: &stream,
            partition: &partition,
            after: all.last().map(|record| &record.record.key),
            limit: 500,
        };
        let page = scene.store.scan(&query).await.unwrap();
        let last = page.len() < query.limit;
        all.extend(page);
        if last {
            all.retain(|record| record.gone.is_none());
            return all;
        }
    }
}
