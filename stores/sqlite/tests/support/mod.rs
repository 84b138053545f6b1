//! A tenant with one lane, and pages to commit.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::time::Duration;

use acquaint_core::connector::{Proof, Topic};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{TenantId, WorkerId};
use acquaint_core::secret::Secret;
use acquaint_core::store::{
    ClaimLanes, ClaimedLane, Committed, LaneClaim, LaneId, LaneProgress, LaneSeed, PageCommit, RecordBody,
    RecordWrite, Store, Subscription,
};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};

pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

pub fn tenant() -> TenantId {
    "acme".into()
}

pub fn lane(name: &str) -> LaneId {
    LaneId {
        tenant: tenant(),
        connection: "c1".into(),
        stream: "events".into(),
        partition: "".into(),
        lane: name.into(),
    }
}

/// A subscription on the partition of a lane.
pub fn subscription(lane: &LaneId, id: &str) -> Subscription {
    let LaneId { tenant, connection, stream, partition, .. } = lane.clone();
    let proof = Proof::of(&Secret::new("secret"));
    Subscription::new(id, tenant, connection, Topic { stream, partition }, proof, at(0))
}

/// Makes the lane `head`, due now, unless it is there.
pub async fn ensure(store: &dyn Store, lanes: &[&str]) {
    let seeds: Vec<_> = lanes.iter().map(|name| LaneSeed { id: lane(name), due: at(0) }).collect();
    store.ensure_lanes(&seeds).await.unwrap();
}

pub async fn claim(store: &dyn Store, worker: &str, now: i64, limit: usize) -> Vec<ClaimedLane> {
    let (tenant, worker) = (tenant(), WorkerId::from(worker));
    let request = ClaimLanes {
        tenant: Some(&tenant),
        worker: &worker,
        now: at(now),
        due_by: at(now),
        lease: Duration::from_secs(60),
        limit,
        each: usize::MAX,
    };
    store.claim_lanes(&request).await.unwrap()
}

/// Progress whose cursor is a number.
pub fn progress(number: u64) -> LaneProgress {
    let mut progress = LaneProgress::default();
    progress.cursor = Some(StoredCursor { kind: "count".to_owned(), version: 1, state: number.into() });
    progress
}

pub fn number(progress: &LaneProgress) -> u64 {
    progress.cursor.as_ref().map_or(0, |cursor| cursor.state.as_u64().unwrap())
}

/// A live record that provides a key of its own.
pub fn live(key: &str, views: &str) -> RecordWrite {
    let body = RecordBody::Live {
        raw: Bytes::from(format!("{{\"raw\":\"{views}\"}}")),
        views: Bytes::from(views.to_owned()),
        keys: vec![DependencyKey::meeting(key)],
        span: None,
        problem: None,
    };
    RecordWrite { key: key.into(), version: None, body }
}

pub async fn commit(
    store: &dyn Store,
    claim: &LaneClaim,
    expected: u64,
    writes: &[RecordWrite],
) -> acquaint_core::Result<Committed> {
    let progress = progress(expected + 1);
    let page = PageCommit {
        claim,
        expected,
        progress: &progress,
        writes,
        settled: &[],
        window: None,
        now: at(0),
        lease_until: at(60),
    };
    store.commit_page(&page).await
}
