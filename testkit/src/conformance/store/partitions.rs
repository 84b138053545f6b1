//! The partitions of a stream.

use std::sync::Arc;

use acquaint_core::connector::Partition;
use acquaint_core::ids::{RecordRef, Seq, StreamName};
use acquaint_core::record::Gone;
use acquaint_core::store::{ClaimedLane, LaneId, RecordQuery, Release, SetPartitions, Store};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{MANY, Stage, at, connection, live, marked, stream};

/// A stage on the lane that discovers partitions.
pub(super) async fn discover(store: &Arc<dyn Store>) -> Result<Stage, Failure> {
    Stage::of(store, "acme", "").await
}

impl Stage {
    /// Sets the partitions of the stream, each with the lane `head`; new ones fall due after an hour.
    pub(super) async fn set(&self, partitions: &[&str], limit: usize) -> Result<bool, Failure> {
        let partitions: Vec<Partition> = partitions.iter().map(|key| Partition::new(*key, *key)).collect();
        let lanes = [("head".into(), at(3_600))];
        let set =
            SetPartitions { claim: &self.claim, partitions: &partitions, lanes: &lanes, limit, now: at(1) };
        Ok(self.store.set_partitions(&set).await?)
    }

    /// How many live records each partition holds.
    async fn live_in(&self, partitions: &[&str]) -> Result<Vec<usize>, Failure> {
        let mut counts = Vec::new();
        for partition in partitions {
            let query = RecordQuery {
                tenant: &self.tenant,
                connection: &connection(),
                stream: &stream(),
                partition: &(*partition).into(),
                after: None,
                limit: MANY,
            };
            let records = self.store.scan(&query).await?;
            counts.push(records.iter().filter(|record| record.gone.is_none()).count());
        }
        Ok(counts)
    }
}

/// A new partition gets every lane, each due when it should be, with the partition's label and details.
pub async fn a_new_partition_gets_its_lanes(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    let partition = Partition::new("p", "Ana").detail("zone", "Europe/Berlin");
    let set = SetPartitions {
        claim: &stage.claim,
        partitions: std::slice::from_ref(&partition),
        lanes: &[("head".into(), at(5)), ("trailing".into(), at(6))],
        limit: MANY,
        now: at(1),
    };
    ensure!(!store.set_partitions(&set).await?, "there is more to retire where nothing went");
    let mut lanes = store.lanes(&stage.tenant).await?;
    lanes.retain(|lane| lane.id.partition.as_str() == "p");
    let found: Vec<_> = lanes.iter().map(|lane| (lane.id.lane.as_str(), lane.due)).collect();
    ensure_eq!(found, [("head", at(5)), ("trailing", at(6))], "the lanes of a new partition");
    ensure!(lanes.iter().all(|lane| lane.partition == partition), "label or details are lost: {lanes:?}");
    Ok(())
}

/// A known partition keeps its lanes as they are and gets its new label and details.
pub async fn a_known_partition_keeps_its_place_and_gets_new_details(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    let mut part = stage.beside("p").await?;
    stage.set(&["p"], MANY).await?;
    part.page(&[live("a", "a", &[])]).await?;
    let renamed = Partition::new("p", "renamed").detail("color", 7);
    let set = SetPartitions {
        claim: &stage.claim,
        partitions: std::slice::from_ref(&renamed),
        lanes: &[("head".into(), at(99))],
        limit: MANY,
        now: at(1),
    };
    store.set_partitions(&set).await?;
    let lane = part.lane().await?;
    ensure_eq!((lane.version, lane.due), (part.version, at(0)), "version and due time of a known lane");
    ensure_eq!(lane.partition, renamed, "the partition of a known lane");
    ensure_eq!(part.gone("a").await?, None, "why a record of a known partition is gone");
    part.page(&[live("b", "b", &[])]).await?;
    Ok(())
}

/// A partition that went takes its lanes along, and its records are tombstones whose keys are marked.
pub async fn a_partition_that_went_takes_lanes_and_records_along(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    let (mut went, stays) = (stage.beside("p").await?, stage.beside("q").await?);
    stage.set(&["p", "q"], MANY).await?;
    went.page(&[live("a", "a", &["domain:a.com"])]).await?;
    stage.settle().await?;
    let (before, other) = (stage.seq().await?, stays.lane().await?);
    ensure!(!stage.set(&["q"], MANY).await?, "there is more to retire where all was retired");
    ensure_eq!(went.gone("a").await?, Some(Gone::LostAccess), "why a record of a lost partition is gone");
    let stored = went.stored("a").await?;
    ensure!(
        stored.is_some_and(|stored| stored.raw.is_empty() && stored.views.is_empty()),
        "its bytes stayed"
    );
    let batch = stage.batch().await?;
    ensure_eq!(marked(&batch), ["domain:a.com"], "marks after a partition went");
    ensure_eq!(stage.seq().await?, Seq(before.0 + 1), "the newest seq after a retirement");
    let lanes = store.lanes(&stage.tenant).await?;
    ensure!(
        lanes.iter().all(|lane| lane.id.partition.as_str() != "p"),
        "the lane of a lost partition stayed"
    );
    ensure_eq!(stays.lane().await?, other, "the lane of another partition");
    Ok(())
}

/// Records are retired in batches over several calls, across partitions; the answer says whether more is left.
pub async fn partitions_are_retired_in_batches(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    let (mut first, mut second) = (stage.beside("p").await?, stage.beside("q").await?);
    stage.set(&["p", "q"], MANY).await?;
    first.page(&[live("a", "a", &[]), live("b", "b", &[]), live("c", "c", &[])]).await?;
    second.page(&[live("d", "d", &[]), live("e", "e", &[])]).await?;
    for (left, more) in [(3, true), (1, true), (0, false)] {
        ensure_eq!(stage.set(&[], 2).await?, more, "whether there is more to retire");
        let live: usize = stage.live_in(&["p", "q"]).await?.into_iter().sum();
        ensure_eq!(live, left, "live records of lost partitions");
    }
    ensure!(!stage.set(&[], 2).await?, "there is more to retire after all was retired");
    Ok(())
}

/// The whole partition, where the discovering lane lives, is never retired.
pub async fn the_whole_partition_is_never_retired(store: Arc<dyn Store>) -> Outcome {
    let mut stage = discover(&store).await?;
    stage.set(&["p"], MANY).await?;
    stage.page(&[live("a", "a", &[])]).await?;
    stage.set(&[], MANY).await?;
    ensure_eq!(stage.gone("a").await?, None, "why a record of the whole partition is gone");
    stage.page(&[live("b", "b", &[])]).await?;
    Ok(())
}

/// Retiring partitions of one stream leaves equal ones of other streams and connections alone.
pub async fn retiring_touches_no_other_stream(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    let own = stage.claim.lane.clone();
    let others = [
        LaneId { partition: "p".into(), stream: StreamName::from("contacts"), ..own.clone() },
        LaneId { partition: "p".into(), connection: "c2".into(), ..own },
    ];
    let mut records = Vec::new();
    for id in &others {
        Stage::on(&store, id.clone(), at(0)).await?.page(&[live("a", "a", &[])]).await?;
        let LaneId { connection, stream, partition, .. } = id.clone();
        records.push(RecordRef { connection, stream, partition, key: "a".into() });
    }
    stage.set(&["p"], MANY).await?;
    stage.set(&[], MANY).await?;
    let stored = store.records(&stage.tenant, &records).await?;
    ensure_eq!(stored.len(), 2, "records of other streams");
    ensure!(
        stored.iter().all(|stored| stored.gone.is_none()),
        "records of other streams are gone: {stored:?}"
    );
    let lanes = store.lanes(&stage.tenant).await?;
    for id in &others {
        ensure!(lanes.iter().any(|lane| lane.id == *id), "the lane {id} went with another stream's");
    }
    Ok(())
}

impl Stage {
    /// Sets the partition alone, and gives it as the list of lanes and a claim have it.
    async fn set_and_find(&self, partition: &Partition) -> Result<[Vec<Partition>; 2], Failure> {
        let set = SetPartitions {
            claim: &self.claim,
            partitions: std::slice::from_ref(partition),
            lanes: &[("head".into(), at(0))],
            limit: MANY,
            now: at(1),
        };
        self.store.set_partitions(&set).await?;
        let mut lanes = self.store.lanes(&self.tenant).await?;
        lanes.retain(|lane| lane.id.partition == partition.key);
        let mut claimed = Vec::new();
        for ClaimedLane { claim, state, .. } in self.claimable(at(1)).await? {
            let release = Release { due: at(0), not_before: at(0), hints_done: true };
            self.store.release_lane(&claim, &release).await?;
            claimed.push(state);
        }
        Ok([lanes, claimed].map(|states| states.into_iter().map(|state| state.partition).collect()))
    }
}

/// What a partition follows comes back with its lanes; it can change, and can go.
pub async fn what_a_partition_follows_is_kept_changed_and_taken_away(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    for follows in [Some(("contacts", "")), Some(("contacts", "q\u{0}ä")), None, Some(("companies", "p"))] {
        let mut partition = Partition::new("p", "Ana");
        partition.follows = follows.map(|(stream, partition)| (stream.into(), partition.into()));
        let found = stage.set_and_find(&partition).await?;
        let found = found.map(|found| found.into_iter().map(|found| found.follows).collect::<Vec<_>>());
        let expected = [(); 2].map(|()| vec![partition.follows.clone()]);
        ensure_eq!(found, expected, "what the partition follows by the list of lanes and by a claim");
    }
    Ok(())
}

/// How well a connection is placed comes back with the lanes; it can change, and can go.
pub async fn a_placement_is_kept_changed_and_taken_away(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    for placement in [Some(0), Some(u32::MAX), Some(7), None, Some(1)] {
        let mut partition = Partition::new("p", "Ana");
        partition.placement = placement;
        let found = stage.set_and_find(&partition).await?;
        let found = found.map(|found| found.into_iter().map(|found| found.placement).collect::<Vec<_>>());
        let expected = [(); 2].map(|()| vec![placement]);
        ensure_eq!(found, expected, "the placement by the list of lanes and by a claim");
    }
    Ok(())
}
