//! The comparisons: the mirror with the truth, the meetings with the oracle, the feed with the meetings.

use std::collections::{BTreeMap, BTreeSet};

use acquaint::core::ids::{ConnectionId, PartitionKey, StreamName, TenantId};
use acquaint::core::store::{Connection, RecordQuery, Store, StoredRecord};
use acquaint::core::view::{View, Views};
use acquaint::{Manifest, Meeting, Tenant};
use chrono::{DateTime, Utc};

use super::cloud::{self, Cloud};
use super::scene::Scene;
use super::tally::Tally;
use super::worker::TENANT;
use super::{Mismatch, feed};
use crate::oracle::{self, Expected, Facts, Rules};

/// How far the mirror must have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// As increments see it: HubSpot tells of no association and no erasure.
    Increments,
    /// As it is after baselines.
    Baselines,
}

/// Everything that must hold after a sync that nobody disturbed.
pub async fn all(
    store: &dyn Store,
    tenant: &Tenant,
    scene: &Scene,
    rules: &Rules,
    depth: Depth,
    now: DateTime<Utc>,
) -> Result<Tally, Mismatch> {
    let mut facts = local(store, scene).await?;
    if let Some(cloud) = &scene.cloud {
        events(store, tenant, cloud, &mut facts).await?;
        crm(store, tenant, cloud, depth, &mut facts).await?;
    }
    facts.slots = scene.slots.lock().unwrap().clone();
    let found = tenant.meetings().all().await.unwrap();
    meetings(oracle::evaluate(rules, &facts, now), &found, rules)?;
    feed::check(tenant, &found).await?;
    let kept: Vec<&Meeting> = found.iter().filter(|meeting| meeting.decision.kept).collect();
    Ok(Tally {
        compared: 1,
        kept: kept.len(),
        dropped: found.len() - kept.len(),
        merged: kept.iter().filter(|meeting| meeting.copies.len() > 1).count(),
        ..Tally::default()
    })
}

/// All records of a partition, page by page.
async fn scan(
    store: &dyn Store,
    connection: &ConnectionId,
    stream: &str,
    partition: &str,
) -> Vec<StoredRecord> {
    let (tenant, stream, partition) =
        (TenantId::from(TENANT), StreamName::from(stream), PartitionKey::from(partition));
    let mut records: Vec<StoredRecord> = Vec::new();
    loop {
        let query = RecordQuery {
            tenant: &tenant,
            connection,
            stream: &stream,
            partition: &partition,
            after: records.last().map(|record| &record.record.key),
            limit: 7,
        };
        let page = store.scan(&query).await.unwrap();
        let last = page.len() < query.limit;
        records.extend(page);
        if last {
            return records.into_iter().filter(|record| record.gone.is_none()).collect();
        }
    }
}

/// What the product pushed is in the mirror, and is what the model says.
async fn local(store: &dyn Store, scene: &Scene) -> Result<Facts, Mismatch> {
    let tenant = TenantId::from(TENANT);
    let mut facts = Facts::default();
    for connection in store.connections(&tenant).await.unwrap() {
        facts.users.extend(connection.email);
        facts.sources.push((connection.id, connection.source));
    }
    let connection = ConnectionId::from(format!("local_{}", scene.local_source()));
    let model = scene.model.lock().unwrap().views();
    for (stream, truth) in model {
        let records = scan(store, &connection, stream, "").await;
        let mut found: Vec<Views> = Vec::new();
        for record in records {
            let views: Views = serde_json::from_slice(&record.raw).unwrap();
            views.iter().for_each(|view| facts.add(&record.record, view.clone()));
            found.push(views);
        }
        let sorted = |mut views: Vec<Views>| {
            views.sort_by_key(|views| format!("{views:?}"));
            views
        };
        let (found, truth) = (sorted(found), sorted(truth));
        if found != truth {
            return Err(Mismatch::new("the mirror of what was pushed", differ(&found, &truth)));
        }
    }
    Ok(facts)
}

fn of_source<'a>(connections: &'a [Connection], source: &str) -> impl Iterator<Item = &'a Connection> {
    connections.iter().filter(move |connection| connection.source.as_str() == source)
}

/// Every calendar in its last baseline's window.
async fn events(
    store: &dyn Store,
    tenant: &Tenant,
    cloud: &Cloud,
    facts: &mut Facts,
) -> Result<(), Mismatch> {
    let lanes = tenant.lanes().await.unwrap();
    let connections = tenant.connections().await.unwrap();
    let mut unread: BTreeSet<String> = cloud.calendars().into_iter().collect();
    for connection in of_source(&connections, "calendar") {
        for calendar in cloud.calendars() {
            let records = scan(store, &connection.id, "events", &calendar).await;
            for record in &records {
                for view in cloud.views("events", record.record.key.as_str(), &record.raw) {
                    facts.add(&record.record, view);
                }
            }
            let lane = lanes.iter().find(|lane| {
                lane.id.connection == connection.id
                    && lane.id.partition.as_str() == calendar
                    && lane.id.lane.as_str() == "head"
            });
            let Some(began) = lane.and_then(|lane| lane.progress.last_baseline) else {
                if records.is_empty() {
                    continue;
                }
                return Err(Mismatch::new(
                    "the mirror of a calendar",
                    format!("{calendar} is read by no lane"),
                ));
            };
            unread.remove(&calendar);
            let window = window(began);
            let inside =
                |record: &&StoredRecord| record.span.is_some_and(|(start, end)| window.overlaps(start, end));
            let found: BTreeMap<String, serde_json::Value> = records
                .iter()
                .filter(inside)
                .map(|record| {
                    let mut raw: serde_json::Value = serde_json::from_slice(&record.raw).unwrap();
                    (record.record.key.to_string(), raw["event"].take())
                })
                .collect();
            let truth = cloud.events(&calendar, window);
            if found != truth {
                let how = format!("{calendar} as of {began}: {}", differ_by_key(&found, &truth));
                return Err(Mismatch::new("the mirror of a calendar", how));
            }
        }
    }
    if !unread.is_empty() {
        return Err(Mismatch::new("the mirror of a calendar", format!("nobody reads {unread:?}")));
    }
    Ok(())
}

/// The window of the cloud manifests.
fn window(at: DateTime<Utc>) -> acquaint::core::connector::TimeRange {
    const DAY: i64 = 86_400;
    acquaint::core::connector::Window { past: 20 * DAY, future: 40 * DAY }.at(at)
}

async fn crm(
    store: &dyn Store,
    tenant: &Tenant,
    cloud: &Cloud,
    depth: Depth,
    facts: &mut Facts,
) -> Result<(), Mismatch> {
    let connections = tenant.connections().await.unwrap();
    for connection in of_source(&connections, "crm") {
        for stream in ["companies", "contacts"] {
            let mut found: BTreeMap<String, Views> = BTreeMap::new();
            for record in scan(store, &connection.id, stream, "").await {
                let views = cloud.views(stream, record.record.key.as_str(), &record.raw);
                views.iter().for_each(|view| facts.add(&record.record, view.clone()));
                found.insert(record.record.key.to_string(), views);
            }
            found.values_mut().flatten().for_each(only_mapped);
            let truth = cloud.crm(stream);
            if depth == Depth::Increments {
                // What nothing but a baseline or the walk through the recycle bin can tell.
                found.retain(|key, _| truth.contains_key(key));
            }
            if found != truth {
                let how = format!("{stream}: {}", differ_by_key(&found, &truth));
                return Err(Mismatch::new("the mirror of the CRM", how));
            }
        }
        let mut found: BTreeMap<String, Views> = BTreeMap::new();
        for record in scan(store, &connection.id, "associations", "contacts/companies").await {
            let views = cloud.views("associations", record.record.key.as_str(), &record.raw);
            views.iter().for_each(|view| facts.add(&record.record, view.clone()));
            found.insert(record.record.key.to_string(), views);
        }
        found.retain(|_, views| !views.is_empty());
        let truth = cloud.links();
        // What changes while its contact does not is seen by a walk of its own.
        if depth != Depth::Increments && found != truth {
            let how = format!("associations: {}", differ_by_key(&found, &truth));
            return Err(Mismatch::new("the mirror of the CRM", how));
        }
    }
    Ok(())
}

/// A connector may show more fields than the manifest maps.
fn only_mapped(view: &mut View) {
    match view {
        View::Account(account) => {
            account.fields.retain(|name, _| cloud::ACCOUNT_FIELDS.contains(&name.as_str()))
        }
        View::Contact(contact) => {
            contact.fields.retain(|name, _| cloud::CONTACT_FIELDS.contains(&name.as_str()))
        }
        _ => {}
    }
}

/// The engine's meetings and those of the oracle.
fn meetings(expected: Vec<Expected>, found: &[Meeting], rules: &Rules) -> Result<(), Mismatch> {
    let mut found: Vec<Expected> = found
        .iter()
        .map(|meeting| {
            let mut meeting = meeting.clone();
            let because = meeting.decision.because.take();
            let kept = meeting.decision.kept;
            meeting.id = "".into();
            meeting.decision =
                acquaint::core::meeting::Decision::new(kept, "".into(), "", Default::default());
            let told = |clause: &String| rules.random.is_none() || clause == "cancelled";
            let because = because.filter(told).map(|clause| &*clause.leak());
            Expected { meeting, because }
        })
        .collect();
    found.sort_by(|a, b| a.meeting.copies.cmp(&b.meeting.copies));
    if found != expected {
        return Err(Mismatch::new("the meetings", differ(&found, &expected)));
    }
    Ok(())
}

/// What is only in one of two lists.
fn differ<T: PartialEq + std::fmt::Debug>(found: &[T], expected: &[T]) -> String {
    let extra: Vec<&T> = found.iter().filter(|one| !expected.contains(one)).collect();
    let lacking: Vec<&T> = expected.iter().filter(|one| !found.contains(one)).collect();
    format!("found {extra:#?}\nexpected {lacking:#?}")
}

fn differ_by_key<V: PartialEq + std::fmt::Debug>(
    found: &BTreeMap<String, V>,
    expected: &BTreeMap<String, V>,
) -> String {
    let keys: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
    let differing = keys.into_iter().filter(|key| found.get(*key) != expected.get(*key));
    differing
        .map(|key| format!("{key}: found {:#?}\nexpected {:#?}\n", found.get(key), expected.get(key)))
        .collect()
}

/// The manifest of `rules`, read.
pub fn manifest(rules: &Rules) -> Manifest {
    Manifest::parse(rules.manifest).unwrap_or_else(|problems| panic!("{}: {problems}", rules.name))
}
