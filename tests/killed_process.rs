//! A process that is killed at any point of its work and started again ends where an undisturbed one does.
//!
//! The providers run here and the killed process reads them over sockets, so that they remember what it had asked
//! for. It says every point that its work reaches and waits for leave to go on; at the point where it is to die it
//! gets none, or gets it an instant before it is killed.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "killed_process/child.rs"]
mod child;
#[path = "killed_process/provider.rs"]
mod provider;
mod support;

use std::collections::BTreeMap;

use acquaint::{ChangeKind, FeedEntry};
use futures::StreamExt;

use child::{Died, Fate};
use provider::{Provider, STAGES};
use support::{contents, feed, table};

/// Runs that go on side by side, each with providers and a database of its own.
const AT_A_TIME: usize = 3;

/// What a run came to: meetings, and the feed without ids.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    meetings: Vec<String>,
    told: Vec<String>,
}

/// All stages, dying in one of them as `fate` says and then going on; the points that every stage reached, and whether it
/// died.
async fn run(stage: usize, fate: Option<Fate>) -> (Outcome, Vec<Vec<String>>, bool) {
    let provider = Provider::new().await;
    let mut reached = Vec::new();
    let mut position = 0;
    let mut killed = false;
    for at in 0..STAGES {
        provider.stage(at);
        if let Some(fate) = fate.as_ref().filter(|_| at == stage) {
            killed = child::sync(&provider, Some(fate)).await.1 == Died::Killed;
            provider.minutes(5);
        }
        let (points, died) = child::sync(&provider, None).await;
        assert_eq!(died, Died::Itself);
        reached.push(points);
        let feed = feed(&provider.tenant().await).await;
        // Nothing ever appears behind a position that was read.
        assert!(feed.len() > position, "stage {at} tells something");
        position = feed.len();
    }
    (outcome(&provider).await, reached, killed)
}

async fn outcome(provider: &Provider) -> Outcome {
    let tenant = provider.tenant().await;
    let feed = feed(&tenant).await;
    assert_unbroken(&feed);
    let kept = tenant.meetings().kept().all().await.unwrap();
    let kept: BTreeMap<_, _> = kept.into_iter().map(|meeting| (meeting.id, meeting.content)).collect();
    assert_eq!(contents(&feed), kept, "who follows the feed knows what is kept");
    let mut told: Vec<String> =
        feed.iter().map(|entry| format!("{:?} {} {}", entry.change, entry.revision, entry.content)).collect();
    told.sort();
    Outcome { meetings: table(&tenant).await, told }
}

/// Positions and revisions count without a gap, and no meeting is told twice as the same.
fn assert_unbroken(feed: &[FeedEntry]) {
    let mut last: BTreeMap<&str, &FeedEntry> = BTreeMap::new();
    for (entry, position) in feed.iter().zip(1..) {
        assert_eq!(entry.position, position);
        let before = last.insert(entry.meeting.as_str(), entry);
        assert_eq!(entry.revision, before.map_or(1, |before| before.revision + 1));
        let known = before.filter(|before| before.change != ChangeKind::Removed);
        assert_eq!(known.is_none(), entry.change == ChangeKind::Added, "{entry:?}");
        assert!(known.is_none_or(|known| known.content != entry.content), "{entry:?}");
    }
}

#[tokio::test]
async fn a_process_killed_anywhere_and_started_again_ends_where_an_undisturbed_one_does() {
    if child::is_child() {
        return;
    }
    let (undisturbed, reached, _) = run(0, None).await;
    assert!(undisturbed.meetings.len() > 200 && undisturbed.told.len() > 30, "{undisturbed:#?}");
    let fates = fates(&reached);
    assert!((14..=24).contains(&fates.len()), "{fates:?}");
    let count = fates.len();
    let runs =
        fates.into_iter().map(async |(stage, fate)| (run(stage, Some(fate.clone())).await, stage, fate));
    let mut runs = futures::stream::iter(runs).buffer_unordered(AT_A_TIME);
    let mut died = 0;
    while let Some(((outcome, _, killed), stage, fate)) = runs.next().await {
        // How often a point is reached depends on which lane was quicker, so that the last time may not come.
        assert!(killed || fate.nth > 1, "stage {stage} does not reach {fate:?}");
        died += usize::from(killed);
        assert_eq!(outcome, undisturbed, "killed in stage {stage}: {fate:?}");
    }
    assert!(died + count / 4 >= count, "of {count} only {died} died");
}

#[tokio::test]
async fn a_process_that_is_killed_again_and_again_gets_there_too() {
    if child::is_child() {
        return;
    }
    let (undisturbed, ..) = run(0, None).await;
    let provider = Provider::new().await;
    let mut deaths = 0;
    for at in 0..STAGES {
        provider.stage(at);
        // Every life looks at all lanes once more, so that it must be a little longer than that to get anywhere.
        while child::sync(&provider, Some(&Fate::after(5 + 3 * deaths))).await.1 == Died::Killed {
            deaths += 1;
            assert!(deaths < 40, "it gets nowhere");
            provider.minutes(2);
        }
    }
    assert!(deaths >= 6, "{deaths}");
    assert_eq!(outcome(&provider).await, undisturbed);
}

/// The first, a middle and the last reach of every point that an undisturbed run passes, each in one of the
/// stages that pass it, killed by turns at the point and an instant after it.
fn fates(reached: &[Vec<String>]) -> Vec<(usize, Fate)> {
    let mut places: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for (stage, points) in reached.iter().enumerate() {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for point in points {
            let count = counts.entry(point).or_default();
            *count += 1;
            places.entry(point).or_default().push((stage, *count));
        }
    }
    for point in [
        "partitions.set",
        "page.committed",
        "sweep.batch",
        "join.decided",
        "join.committed",
        "token.answered",
    ] {
        assert!(places.contains_key(point), "{point} is not reached");
    }
    let mut fates = Vec::new();
    for (point, places) in places {
        let mut picked = vec![places[0], places[places.len() / 2], places[places.len() - 1]];
        picked.dedup();
        // What is reached seldom is worth one death, the last, at which there is something to sweep.
        if !["page.fetched", "page.committed", "join.decided", "join.committed"].contains(&point) {
            picked.drain(..picked.len() - 1);
        }
        for (stage, nth) in picked {
            fates.push((stage, Fate::at(point, nth, fates.len() % 2 == 0)));
        }
    }
    fates
}
