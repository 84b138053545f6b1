//! What goes when it is gone, and what stays when it only seems so.

use acquaint::ChangeKind::{Changed, Removed};
use acquaint::core::ids::PartitionKey;
use acquaint::{SweepGuard, SyncOptions};
use chrono_tz::Tz;
use serde_json::json;

use super::Product;
use super::support::{ANA, BEN, World, at, counts, meeting, since, table, told};

/// Baselines of the calendars' head lanes so far.
async fn baselines(product: &Product) -> Vec<u64> {
    let lanes = product.tenant.lanes().await.unwrap();
    let heads =
        lanes.iter().filter(|lane| lane.id.stream.as_str() == "events" && lane.id.lane.as_str() == "head");
    heads.map(|lane| lane.progress.baselines).collect()
}

#[tokio::test]
async fn an_expired_sync_token_leads_to_one_baseline_and_the_providers_truth() {
    let product = Product::connected().await;
    let Product { world, tenant, .. } = &product;
    let _ = product.sync().await;
    assert_eq!(baselines(&product).await, [1, 1]);

    let before = tenant.position().await.unwrap();
    world.google.cancel_event(ANA, "planning").unwrap();
    world.google.cancel_event(BEN, "weekly").unwrap();
    world.google.patch_event(ANA, "qbr", json!({ "summary": "Globex QBR II" })).unwrap();
    world.google.expire_sync_tokens();
    let requests = counts(world);
    let report = product.sync().await;
    assert_eq!(baselines(&product).await, [2, 2]);
    assert_eq!(since(world, &requests)["events.list"], 4, "a refusal and a page for each calendar");
    assert_eq!(report.lanes.iter().map(|lane| lane.swept).sum::<u64>(), 4);
    let expected = [
        (Changed, "Globex QBR II"),
        (Removed, "Globex planning"),
        (Removed, "Globex weekly"),
        (Removed, "Globex weekly"),
        (Removed, "Globex weekly"),
    ]
    .map(|(change, title)| (change, title.to_owned()));
    assert_eq!(told(tenant, before).await, expected);
    assert_eq!(table(tenant).await, product.read_afresh().await);

    let report = product.sync().await;
    assert_eq!((baselines(&product).await, report.totals.changes), (vec![2, 2], 0));
}

#[tokio::test]
async fn a_calendar_that_disappears_takes_its_copies_along_and_no_others() {
    const PROJECTS: &str = "projects@group.calendar.google.com";
    let world = World::on_loopback(at("2026-03-02T08:00:00Z")).await;
    world.fill();
    world.google.add_calendar(ANA, PROJECTS, "Projects", Tz::UTC);
    let alone = meeting("alone", "Globex site visit", "2026-03-11T10:00:00Z", &["jane@globex.com"]);
    let shared = meeting("shared", "Initech steering", "2026-03-12T10:00:00Z", &[BEN, "bill@initech.com"]);
    for event in [alone, shared] {
        world.google.insert_event(PROJECTS, event).unwrap();
    }
    let product = Product::of(world, |builder| builder).await;
    let Product { world, tenant, .. } = &product;
    let _ = product.sync().await;
    let copies = async || {
        let meetings = tenant.meetings().all().await.unwrap();
        let shared = meetings.into_iter().find(|meeting| meeting.title == "Initech steering").unwrap();
        (shared.id, shared.copies.into_iter().map(|copy| copy.partition).collect::<Vec<_>>())
    };
    let (id, partitions) = copies().await;
    assert_eq!(
        partitions,
        [PartitionKey::from(PROJECTS), PartitionKey::from(BEN)],
        "the organiser's copy leads"
    );
    assert!(product.titles().await.contains(&"Globex site visit".to_owned()));

    let before = tenant.position().await.unwrap();
    world.google.unshare_calendar(PROJECTS, ANA);
    let _ = product.sync().await;
    assert_eq!(told(tenant, before).await, [(Removed, "Globex site visit".to_owned())]);
    assert_eq!(copies().await, (id, vec![PartitionKey::from(BEN)]));
    let lanes = tenant.lanes().await.unwrap();
    assert!(lanes.iter().all(|lane| lane.id.partition.as_str() != PROJECTS), "nobody looks there any more");
    assert_eq!(table(tenant).await, product.read_afresh().await);
}

#[tokio::test]
async fn a_held_sweep_keeps_the_records_until_somebody_agrees() {
    let world = World::on_loopback(at("2026-03-02T08:00:00Z")).await;
    world.fill();
    let mut guard = SweepGuard::default();
    (guard.at_least, guard.share) = (3, 0.4);
    let product = Product::of(world, |builder| builder.sweep_guard(guard)).await;
    let Product { world, tenant, .. } = &product;
    let _ = product.sync().await;
    let (titles, before) = (product.titles().await, tenant.position().await.unwrap());

    // Ana's calendar answers with next to nothing; of Ben's one of seven is gone, which is nothing unusual.
    let _ = (world.google.cancel_event(BEN, "kickoff"), world.google.expire_sync_tokens());
    for gone in ["planning", "review", "intro", "hold1"] {
        world.google.cancel_event(ANA, gone).unwrap();
    }
    let report = product.sync().await;
    let held: Vec<Option<u64>> =
        report.lanes.iter().map(|lane| lane.sweep_held).filter(Option::is_some).collect();
    assert_eq!(held, [Some(4)]);
    assert_eq!(told(tenant, before).await, [(Removed, "Initech kick-off".to_owned())]);
    assert_eq!(product.titles().await.len(), titles.len() - 1, "nothing of Ana's is deleted");

    // Increments go on meanwhile.
    let before = tenant.position().await.unwrap();
    world.google.patch_event(ANA, "qbr", json!({ "summary": "Globex QBR II" })).unwrap();
    let report = product.sync().await;
    assert_eq!(told(tenant, before).await, [(Changed, "Globex QBR II".to_owned())]);
    assert!(report.lanes.iter().any(|lane| lane.sweep_held == Some(4)), "and the report still says so");

    let report = product.sync_with(&SyncOptions::new().acknowledge_sweeps()).await;
    assert_eq!(report.lanes.iter().map(|lane| lane.swept).sum::<u64>(), 4);
    assert!(report.lanes.iter().all(|lane| lane.sweep_held.is_none()));
    assert_eq!(table(tenant).await, product.read_afresh().await);
}
