//! Records that a provider has told of, by the lane that reads them again.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_core::connector::KeyHint;
use acquaint_core::ids::{ConnectionId, LaneName, RecordKey};
use acquaint_core::record::Gone;
use acquaint_core::store::{
    HintKeys, LaneClaim, LaneId, LaneProgress, LaneSeed, PageCommit, RetireConnection, Store,
};

use super::super::{Failure, ensure_eq};
use super::Outcome;
use super::partitions::discover;
use super::stage::{MANY, Stage, at, claim, ensure_fenced, lane};

type Told = BTreeMap<String, Option<Gone>>;

/// Tells a lane of records.
pub(super) async fn tell<const N: usize>(
    store: &Arc<dyn Store>,
    lane: &LaneId,
    keys: [impl Into<KeyHint>; N],
) -> Outcome {
    tell_most(store, lane, keys, MANY, &[]).await
}

async fn tell_most<const N: usize>(
    store: &Arc<dyn Store>,
    lane: &LaneId,
    keys: [impl Into<KeyHint>; N],
    most: usize,
    instead: &[&str],
) -> Outcome {
    let keys = keys.map(Into::into);
    let instead: Vec<LaneName> = instead.iter().copied().map(LaneName::from).collect();
    Ok(store.hint_keys(&HintKeys { lane, keys: &keys, most, instead: &instead }).await?)
}

/// What the lane of a claim was told before it.
pub(super) async fn told(store: &Arc<dyn Store>, claim: &LaneClaim) -> Result<Told, Failure> {
    let found = store.hinted_keys(claim, MANY).await?;
    Ok(found.into_iter().map(|hint| (hint.key.as_str().to_owned(), hint.gone)).collect())
}

/// Records without a reason.
fn plain<const N: usize>(keys: [&str; N]) -> Told {
    keys.into_iter().map(|key| (key.to_owned(), None)).collect()
}

impl Stage {
    /// Gives the claim back, with nothing dealt with, and takes the lane again.
    pub(super) async fn reclaim(&mut self) -> Outcome {
        self.release(|release| (release.due, release.hints_done) = (at(0), false)).await?;
        let claimed = self.claimable(at(1)).await?.into_iter().map(|claimed| claimed.claim);
        let again = claimed.into_iter().find(|claim| claim.lane == self.claim.lane);
        self.claim = again.ok_or_else(|| Failure::new("a lane that was given back could not be claimed"))?;
        Ok(())
    }

    /// Commits a page without records that has dealt with some that were told.
    async fn settled(&mut self, keys: &[&str]) -> Outcome {
        let settled: Vec<RecordKey> = keys.iter().copied().map(RecordKey::from).collect();
        let progress = LaneProgress::default();
        let page = PageCommit { settled: &settled, ..self.page_of(&progress, &[]) };
        self.version = self.store.commit_page(&page).await?.version;
        Ok(())
    }

    /// The lane of this name beside the stage's.
    fn sibling(&self, name: &str) -> LaneId {
        LaneId { lane: name.into(), ..self.claim.lane.clone() }
    }
}

/// Whether hints wait for a lane; `None` if it is not there.
async fn wanted(store: &Arc<dyn Store>, id: &LaneId) -> Result<Option<bool>, Failure> {
    let lanes = store.lanes(&id.tenant).await?;
    Ok(lanes.into_iter().find(|lane| lane.id == *id).map(|lane| lane.wanted))
}

/// A lane that was told of a record is claimed before it is due.
pub async fn a_lane_that_is_told_of_a_record_is_claimed_before_it_is_due(store: Arc<dyn Store>) -> Outcome {
    let tenant = "acme".into();
    let id = lane(&tenant, "p");
    store.ensure_lanes(&[LaneSeed { id: id.clone(), due: at(1_000) }]).await?;
    tell(&store, &id, ["a"]).await?;
    let claimed = claim(&store, Some(&tenant), "w1", at(0), MANY).await?;
    ensure_eq!(claimed.len(), 1, "lanes claimed because a provider told of a record");
    Ok(())
}

/// Records that a provider tells of are no reason to ask it sooner than it allows.
pub async fn what_is_told_of_records_leaves_a_back_off(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.release(|release| (release.due, release.not_before) = (at(900), at(500))).await?;
    tell(&store, &stage.claim.lane, ["a"]).await?;
    ensure_eq!(stage.lane().await?.not_before, at(500), "the end of a back-off after a record was told");
    Ok(())
}

/// A claim gets the records that its lane was told of, in the order of their keys, as many as it asks for, each with the
/// reason for which it would be gone.
pub async fn records_that_were_told_come_in_order_of_their_keys(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let merged = Gone::MergedInto("z\u{0}ä".into());
    let first = [KeyHint::new("d").gone(merged.clone()), KeyHint::new("b"), KeyHint::new("c")];
    tell(&store, &stage.claim.lane, first).await?;
    tell(&store, &stage.claim.lane, ["a"]).await?;
    stage.reclaim().await?;
    for (limit, expected) in [(0, &[][..]), (1, &["a"]), (3, &["a", "b", "c"]), (9, &["a", "b", "c", "d"])] {
        let found = store.hinted_keys(&stage.claim, limit).await?;
        let found: Vec<&str> = found.iter().map(|hint| hint.key.as_str()).collect();
        ensure_eq!(found, expected, "at most {limit} of the records that were told");
    }
    let mut expected = plain(["a", "b", "c"]);
    expected.insert("d".to_owned(), Some(merged));
    ensure_eq!(told(&store, &stage.claim).await?, expected, "the records that were told, with their reasons");
    Ok(())
}

/// What is told after a claim is for the next one.
pub async fn what_is_told_after_a_claim_is_for_the_next(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    tell(&store, &stage.claim.lane, ["a"]).await?;
    stage.reclaim().await?;
    tell(&store, &stage.claim.lane, ["b"]).await?;
    ensure_eq!(told(&store, &stage.claim).await?, plain(["a"]), "the records that were told before a claim");
    stage.reclaim().await?;
    ensure_eq!(told(&store, &stage.claim).await?, plain(["a", "b"]), "the records that the next claim gets");
    Ok(())
}

/// A record that is told again waits once, and the newest reason is kept.
pub async fn a_record_that_is_told_again_waits_once(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let id = stage.claim.lane.clone();
    for (reason, expected) in [
        (None, None),
        (Some(Gone::Archived), Some(Gone::Archived)),
        (None, Some(Gone::Archived)),
        (Some(Gone::Deleted), Some(Gone::Deleted)),
    ] {
        let mut hint = KeyHint::new("a");
        hint.gone = reason;
        tell(&store, &id, [hint]).await?;
        stage.reclaim().await?;
        let found = store.hinted_keys(&stage.claim, MANY).await?;
        let found: Vec<_> = found.into_iter().map(|hint| hint.gone).collect();
        ensure_eq!(found, [expected], "the reasons of a record that was told again");
    }
    let twice = [KeyHint::new("b").gone(Gone::Archived), KeyHint::new("b").gone(Gone::Erased)];
    tell(&store, &id, twice).await?;
    stage.reclaim().await?;
    let found = told(&store, &stage.claim).await?.remove("b").flatten();
    ensure_eq!(found, Some(Gone::Erased), "the reason of a record that was told twice at once");
    Ok(())
}

/// A page forgets the records that it names, of its own lane, and no others.
pub async fn a_page_settles_the_records_that_it_names(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let mut other = Stage::on(&store, stage.sibling("other"), at(0)).await?;
    for id in [&stage.claim.lane, &other.claim.lane] {
        tell(&store, id, ["a", "b", "c"]).await?;
    }
    stage.reclaim().await?;
    stage.settled(&[]).await?;
    ensure_eq!(told(&store, &stage.claim).await?, plain(["a", "b", "c"]), "the records after an empty page");
    stage.settled(&["a", "unknown", "c"]).await?;
    ensure_eq!(told(&store, &stage.claim).await?, plain(["b"]), "the records that still wait");
    other.reclaim().await?;
    ensure_eq!(told(&store, &other.claim).await?, plain(["a", "b", "c"]), "the records of another lane");
    Ok(())
}

/// A record that is told anew while it is being read waits on.
pub async fn a_record_that_is_told_anew_survives_its_settling(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    tell(&store, &stage.claim.lane, ["a"]).await?;
    stage.reclaim().await?;
    tell(&store, &stage.claim.lane, ["a"]).await?;
    stage.settled(&["a"]).await?;
    stage.reclaim().await?;
    ensure_eq!(told(&store, &stage.claim).await?, plain(["a"]), "the records that were told anew");
    Ok(())
}

/// A page that follows another version than the present one settles nothing.
pub async fn a_refused_page_settles_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    tell(&store, &stage.claim.lane, ["a"]).await?;
    stage.reclaim().await?;
    stage.version += 1;
    let refused = stage.settled(&["a"]).await;
    ensure_eq!(
        told(&store, &stage.claim).await?,
        plain(["a"]),
        "the records after a page that was {refused:?}"
    );
    Ok(())
}

/// A fenced worker gets no records.
pub async fn a_fenced_worker_is_told_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    tell(&store, &stage.claim.lane, ["a"]).await?;
    stage.reclaim().await?;
    let newer = stage.take_over().await?;
    ensure_fenced(store.hinted_keys(&stage.claim, MANY).await, "hinted_keys")?;
    store.hinted_keys(&newer, MANY).await?;
    Ok(())
}

/// If more would wait than may, all are forgotten, and the named lanes are hinted at in their place; as many as may wait
/// do, and one that waits already counts once.
pub async fn if_too_many_would_wait_other_lanes_are_hinted_at(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let id = stage.claim.lane.clone();
    let [walk, beside, unknown] = ["walk", "beside", "unknown"].map(|name| stage.sibling(name));
    let seeds = [&walk, &beside].map(|id| LaneSeed { id: id.clone(), due: at(9_000) });
    store.ensure_lanes(&seeds).await?;
    let instead = ["walk", "unknown"];
    for keys in [["a", "b"], ["b", "a"], ["a", "a"]] {
        tell_most(&store, &id, keys, 2, &instead).await?;
    }
    stage.reclaim().await?;
    ensure_eq!(told(&store, &stage.claim).await?, plain(["a", "b"]), "as many records as may wait");
    ensure_eq!(wanted(&store, &walk).await?, Some(false), "hints at a lane that need not read instead");

    tell_most(&store, &id, ["c", "a"], 2, &instead).await?;
    stage.reclaim().await?;
    ensure_eq!(told(&store, &stage.claim).await?, plain([]), "the records when more would wait than may");
    ensure_eq!(wanted(&store, &walk).await?, Some(true), "hints at the lane that reads instead");
    ensure_eq!(wanted(&store, &beside).await?, Some(false), "hints at a lane that was not named");
    ensure_eq!(wanted(&store, &unknown).await?, None, "hints at a lane that is not there");

    tell_most(&store, &id, ["d"], 2, &instead).await?;
    stage.reclaim().await?;
    ensure_eq!(told(&store, &stage.claim).await?, plain(["d"]), "the records that are told afterwards");
    Ok(())
}

/// Why a record is gone may be told only once: if too many would wait, those with a reason wait on and are still read,
/// besides what the named lanes read instead. They do not count.
pub async fn reasons_are_kept_if_too_many_would_wait(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let id = stage.claim.lane.clone();
    let walk = stage.sibling("walk");
    store.ensure_lanes(&[LaneSeed { id: walk.clone(), due: at(9_000) }]).await?;
    let erased = |key: &str| KeyHint::new(key).gone(Gone::Erased);
    let reasons =
        |keys: &[&str]| -> Told { keys.iter().map(|key| ((*key).to_owned(), Some(Gone::Erased))).collect() };

    let few = [erased("x"), KeyHint::new("a"), erased("y"), KeyHint::new("b"), erased("z")];
    tell_most(&store, &id, few, 2, &["walk"]).await?;
    stage.reclaim().await?;
    let mut expected = plain(["a", "b"]);
    expected.extend(reasons(&["x", "y", "z"]));
    ensure_eq!(told(&store, &stage.claim).await?, expected, "as many records without a reason as may wait");
    ensure_eq!(wanted(&store, &walk).await?, Some(false), "hints at a lane that need not read instead");

    stage.release(|release| release.due = at(0)).await?;
    ensure_eq!(wanted(&store, &id).await?, Some(false), "hints at a lane that has dealt with them");
    let many = [KeyHint::new("c"), erased("a"), KeyHint::new("d"), erased("w")];
    tell_most(&store, &id, many, 2, &["walk"]).await?;
    ensure_eq!(wanted(&store, &id).await?, Some(true), "hints at the lane for which reasons wait");
    ensure_eq!(wanted(&store, &walk).await?, Some(true), "hints at the lane that reads instead");
    stage.reclaim().await?;
    let expected = reasons(&["a", "w", "x", "y", "z"]);
    ensure_eq!(told(&store, &stage.claim).await?, expected, "the records when more would wait than may");
    Ok(())
}

/// What is told to a lane that is not there makes no lane, wakes none, and waits for none.
pub async fn what_is_told_to_an_unknown_lane_is_left_out(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let id = stage.sibling("unknown");
    for most in [0, MANY] {
        tell_most(&store, &id, ["a"], most, &["head"]).await?;
        ensure_eq!(wanted(&store, &id).await?, None, "hints at a lane that was never made");
        ensure_eq!(stage.lane().await?.wanted, false, "hints at a lane beside one that was never made");
    }
    let made = Stage::on(&store, id.clone(), at(0)).await?;
    store.hint(&[id]).await?;
    let newer = made.take_over().await?;
    ensure_eq!(told(&store, &newer).await?, plain([]), "the records of a lane that was made afterwards");
    Ok(())
}

/// Lanes of equal names, be they of other tenants, connections or partitions, have their own records, and lose none if too
/// many wait for another.
pub async fn what_lanes_are_told_stays_apart(store: Arc<dyn Store>) -> Outcome {
    let own = lane(&"acme".into(), "p");
    let others = [
        LaneId { tenant: "globex".into(), ..own.clone() },
        LaneId { connection: "c2".into(), ..own.clone() },
        LaneId { stream: "contacts".into(), ..own.clone() },
        LaneId { partition: "q".into(), ..own.clone() },
    ];
    let walk = |id: &LaneId| LaneId { lane: "walk".into(), ..id.clone() };
    let mut stages = Vec::new();
    for id in others.iter().chain([&own]) {
        stages.push(Stage::on(&store, id.clone(), at(0)).await?);
        store.ensure_lanes(&[LaneSeed { id: walk(id), due: at(9_000) }]).await?;
    }
    tell(&store, &own, ["a"]).await?;
    for id in &others {
        ensure_eq!(wanted(&store, id).await?, Some(false), "hints at {} of {}", id, id.tenant);
        tell(&store, id, ["b"]).await?;
    }
    tell_most(&store, &own, ["c"], 1, &["walk"]).await?;
    for stage in &mut stages {
        stage.reclaim().await?;
        let id = stage.claim.lane.clone();
        if id != own {
            let found = told(&store, &stage.claim).await?;
            ensure_eq!(found, plain(["b"]), "the records of {} of {}", id, id.tenant);
            ensure_eq!(
                wanted(&store, &walk(&id)).await?,
                Some(false),
                "hints beside {} of {}",
                id,
                id.tenant
            );
        }
    }
    Ok(())
}

/// Makes a lane anew, and says what it was told.
async fn anew(store: &Arc<dyn Store>, id: &LaneId) -> Result<Told, Failure> {
    store.ensure_lanes(&[LaneSeed { id: id.clone(), due: at(0) }]).await?;
    // What a lane was told before counts from its first hint on, if it is still there.
    store.hint(std::slice::from_ref(id)).await?;
    let claimed = claim(store, Some(&id.tenant), "w2", at(9_000), MANY).await?;
    let claimed = claimed.into_iter().find(|claimed| claimed.claim.lane == *id);
    let claimed = claimed.ok_or_else(|| Failure::new("a lane that was made anew could not be claimed"))?;
    told(store, &claimed.claim).await
}

/// The lanes of a partition that went take along what they were told.
pub async fn a_partition_that_went_takes_along_what_its_lanes_were_told(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    stage.set(&["p", "q"], MANY).await?;
    let (went, stays) = (lane(&stage.tenant, "p"), lane(&stage.tenant, "q"));
    for id in [&went, &stays] {
        tell(&store, id, ["a"]).await?;
    }
    stage.set(&["q"], MANY).await?;
    stage.set(&["p", "q"], MANY).await?;
    ensure_eq!(anew(&store, &went).await?, plain([]), "the records of a lane that went and came back");
    let kept = claim(&store, Some(&stage.tenant), "w3", at(18_000), MANY).await?;
    let kept = kept.into_iter().find(|claimed| claimed.claim.lane == stays);
    let kept = kept.ok_or_else(|| Failure::new("a lane that stayed could not be claimed"))?;
    ensure_eq!(told(&store, &kept.claim).await?, plain(["a"]), "the records of a lane that stayed");
    Ok(())
}

/// The lanes of a connection that ends take along what they were told, whether its records are kept or erased.
pub async fn a_connection_that_ends_takes_along_what_its_lanes_were_told(store: Arc<dyn Store>) -> Outcome {
    let tenant = "acme".into();
    for (connection, erase) in [("kept", false), ("erased", true)] {
        let connection = ConnectionId::from(connection);
        let id = LaneId { connection: connection.clone(), ..lane(&tenant, "p") };
        store.ensure_lanes(&[LaneSeed { id: id.clone(), due: at(0) }]).await?;
        tell(&store, &id, ["a"]).await?;
        store.retire_connection(&RetireConnection::new(&tenant, &connection).erase(erase)).await?;
        ensure_eq!(anew(&store, &id).await?, plain([]), "the records of a lane that was made again");
    }
    Ok(())
}
