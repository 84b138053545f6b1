//! What is told, and what it costs.

use std::collections::BTreeMap;

use acquaint::ChangeKind::{Added, Changed, Removed};
use serde_json::json;

use super::Product;
use super::support::{ANA, BEN, PORTAL, contents, counts, feed, since, table, told};

#[tokio::test]
async fn a_sync_tells_only_what_changed_and_an_idle_one_tells_nothing() {
    let product = Product::connected().await;
    let Product { world, tenant, .. } = &product;

    let first = product.sync().await;
    let expected = [
        (Added, "Globex QBR"),
        (Added, "Globex planning"),
        (Added, "Globex weekly"),
        (Added, "Globex weekly"),
        (Added, "Globex weekly"),
        (Added, "Initech kick-off"),
        (Added, "Initech review"),
    ]
    .map(|(change, title)| (change, title.to_owned()));
    assert_eq!(told(tenant, 0).await, expected);
    assert_eq!(first.totals.changes, 7, "{first:?}");
    // Those of the next two weeks are decided before the rest is read, and again if somebody's copy came later.
    assert!((11..=22).contains(&first.totals.decided), "{first:?}");
    assert_eq!(tenant.meetings().all().await.unwrap().len(), 11);
    let qbr = tenant.meetings().kept().all().await.unwrap().remove(0);
    assert_eq!((qbr.title.as_str(), qbr.copies.len()), ("Globex QBR", 2));
    let jane = json!([{ "email": "jane@globex.com", "role": "CFO", "account": "Globex" }]);
    assert_eq!((&qbr.content["people"], &qbr.content["account"]), (&jane, &json!("Globex")));

    let before = tenant.position().await.unwrap();
    let time = |text: &str| json!({ "dateTime": text });
    world
        .google
        .move_event(ANA, "planning", time("2026-03-04T11:00:00Z"), time("2026-03-04T11:30:00Z"))
        .unwrap();
    world.google.remove_attendee(ANA, "review", "milton@initech.com").unwrap();
    world.google.cancel_event(BEN, "kickoff").unwrap();
    world.google.cancel_event(BEN, "weekly_20260317T150000Z").unwrap();
    world.company("Wayne", "wayne.com", "customer");
    let second = product.sync().await;
    let expected = [
        (Added, "Wayne follow-up"),
        (Added, "Wayne introduction"),
        (Changed, "Globex planning"),
        (Changed, "Initech review"),
        (Removed, "Globex weekly"),
        (Removed, "Initech kick-off"),
    ]
    .map(|(change, title)| (change, title.to_owned()));
    assert_eq!(told(tenant, before).await, expected);
    assert_eq!(second.totals.changes, 6);

    let (requests, before) = (counts(world), tenant.position().await.unwrap());
    let third = product.sync().await;
    assert_eq!((third.totals.changes, third.totals.decided, third.totals.changed), (0, 0, 0), "{third:?}");
    assert_eq!(tenant.position().await.unwrap(), before);
    let cheapest =
        [("calendarList.list", 2), ("events.list", 2), ("search companies", 1), ("search contacts", 1)];
    let cheapest: BTreeMap<String, u64> = cheapest.map(|(name, count)| (name.to_owned(), count)).into();
    assert_eq!(since(world, &requests), cheapest, "one listing for each calendar and object type");
    assert_eq!(third.totals.requests, 6);

    let kept = tenant.meetings().kept().all().await.unwrap();
    let kept: BTreeMap<_, _> = kept.into_iter().map(|meeting| (meeting.id, meeting.content)).collect();
    assert_eq!(contents(&feed(tenant).await), kept, "who follows the feed knows what is kept");
    assert_eq!(table(tenant).await, product.read_afresh().await);
}

#[tokio::test]
async fn a_changed_record_costs_one_change_for_each_meeting_that_it_is_in() {
    let product = Product::connected().await;
    let Product { world, tenant, .. } = &product;
    let _ = product.sync().await;
    let before = tenant.position().await.unwrap();
    let jane = *world.hubspot.records(PORTAL, "contacts").unwrap().keys().next().unwrap();

    world.hubspot.update(PORTAL, "contacts", jane, &[("jobtitle", "Director")]).unwrap();
    let report = product.sync().await;
    let five = ["Globex QBR", "Globex planning", "Globex weekly", "Globex weekly", "Globex weekly"];
    assert_eq!(told(tenant, before).await, five.map(|title| (Changed, title.to_owned())));
    assert_eq!(report.totals.decided, 6, "those and the one that is on hold");

    // What no output maps is mirrored, and told to nobody.
    let before = tenant.position().await.unwrap();
    world.hubspot.update(PORTAL, "contacts", jane, &[("phone", "+49 30 1")]).unwrap();
    let report = product.sync().await;
    assert_eq!((report.totals.decided, tenant.position().await.unwrap()), (0, before), "{report:?}");
}
