//! Links, and what happens at the seams between passes.

use acquaint::SyncOptions;
use acquaint::core::record::Gone;
use acquaint_testkit::sandbox::hubspot::Link;
use chrono::TimeDelta;

use crate::Product;
use crate::support::PORTAL;

#[tokio::test]
async fn links_are_read_with_their_contacts_and_cost_nothing_while_nothing_changes() {
    let product = Product::new().await;
    let globex = product.world.company("Globex", "globex.example", "customer");
    let contacts: Vec<u64> = (0..150).map(|number| product.contact(&format!("c{number}"))).collect();
    let pair = |contact: u64| (("contacts", contact), ("companies", globex));
    let (from, to) = pair(contacts[7]);
    product.world.hubspot.associate(PORTAL, from, to, Link::Primary).unwrap();
    product.connect().await;
    product.sync().await.into_result().unwrap();
    assert_eq!(
        product.world.hubspot.requests_to("associations contacts companies"),
        1,
        "150 contacts in one call"
    );
    assert_eq!(product.companies(contacts[7]).await, [(globex, true, vec![])]);
    assert_eq!(product.companies(contacts[8]).await, []);

    product.world.minutes(17);
    product.due().await;
    product.world.minutes(17);
    let idle = product.due().await;
    assert_eq!(idle.keys().filter(|call| call.starts_with("associations")).count(), 0, "{idle:?}");

    let (from, to) = pair(contacts[8]);
    product.world.hubspot.associate(PORTAL, from, to, Link::Unlabelled).unwrap();
    product.world.hubspot.update(PORTAL, "contacts", contacts[8], &[("jobtitle", "CFO")]).unwrap();
    product.world.minutes(17);
    let calls = product.due().await;
    assert_eq!(calls["associations contacts companies"], 1, "{calls:?}");
    assert_eq!(product.companies(contacts[8]).await, [(globex, false, vec![])]);
}

#[tokio::test]
async fn a_change_of_links_alone_is_seen_within_hours() {
    let product = Product::new().await;
    let (globex, jane) =
        (product.world.company("Globex", "globex.example", "customer"), product.contact("jane"));
    let (champion, _) =
        product.world.hubspot.define_label(PORTAL, "contacts", "companies", "Champion").unwrap();
    product.connect().await;
    product.sync().await.into_result().unwrap();
    let (from, to) = (("contacts", jane), ("companies", globex));
    product.world.hubspot.associate(PORTAL, from, to, Link::Type(champion)).unwrap();
    let mut waited = TimeDelta::zero();
    while product.companies(jane).await.is_empty() {
        product.world.minutes(17);
        waited += TimeDelta::minutes(17);
        assert!(waited < TimeDelta::hours(8), "not seen");
        product.due().await;
    }
    assert_eq!(product.companies(jane).await, [(globex, false, vec!["Champion".to_owned()])]);
}

#[tokio::test]
async fn a_record_that_changes_as_the_baseline_hands_over_comes() {
    // Whatever the instant between its first page and the first increment.
    for minute in 0..4 {
        let product = Product::new().await;
        let jane = product.contact("jane");
        product.connect().await;
        product.world.minutes(2);
        product.tenant.sync().await.unwrap().into_result().unwrap();
        product.world.clock.advance(std::time::Duration::from_millis(minute));
        product.world.hubspot.update(PORTAL, "contacts", jane, &[("jobtitle", "CFO")]).unwrap();
        product.world.minutes(17);
        product.due().await;
        assert_eq!(product.role(jane).await.as_deref(), Some("CFO"), "{minute} ms after the baseline");
    }
}

#[tokio::test]
async fn merges_name_the_survivor_and_its_links_are_read() {
    let product = Product::new().await;
    let globex = product.world.company("Globex", "globex.example", "customer");
    let (jane, double) = (product.contact("jane"), product.contact("double"));
    product
        .world
        .hubspot
        .associate(PORTAL, ("contacts", double), ("companies", globex), Link::Primary)
        .unwrap();
    product.connect().await;
    product.sync().await.into_result().unwrap();
    let survivor = product.world.hubspot.merge(PORTAL, "contacts", jane, double).unwrap();
    product.world.minutes(17);
    product.due().await;
    for old in [jane, double] {
        assert_eq!(product.gone("contacts", old).await, Some(Gone::MergedInto(survivor.to_string().into())));
        let links = product.records("associations", "contacts/companies").await;
        assert!(links[&old].gone.is_some(), "{:?}", links[&old]);
    }
    assert_eq!(product.companies(survivor).await, [(globex, true, vec![])]);
}

#[tokio::test]
async fn reconciling_finds_what_nothing_tells_of() {
    let product = Product::new().await;
    let (jane, mei) = (product.contact("jane"), product.contact("mei"));
    product.connect().await;
    product.sync().await.into_result().unwrap();
    product.world.hubspot.gdpr_delete(PORTAL, "contacts", jane).unwrap();
    product.world.minutes(17);
    product.due().await;
    assert_eq!(product.gone("contacts", jane).await, None, "nothing tells of it");
    product.world.minutes(8 * 24 * 60);
    let options = SyncOptions::new().due_only();
    let report = product.tenant.sync_with(&options).await.unwrap();
    let repaired = report
        .lanes
        .iter()
        .find(|lane| (lane.lane.stream.as_str(), lane.lane.lane.as_str()) == ("contacts", "reconcile"));
    assert_eq!(repaired.unwrap().swept, 1, "the report says what was missed");
    assert_eq!(product.gone("contacts", jane).await, Some(Gone::Unseen));
    assert_eq!(product.gone("contacts", mei).await, None);
}

#[tokio::test]
async fn what_search_shows_very_late_comes_within_hours() {
    let product = Product::new().await;
    product.connect().await;
    product.sync().await.into_result().unwrap();
    product.world.hubspot.set_index_lag(TimeDelta::minutes(40));
    // Just after the first baseline; then search is asked too early, and after that nobody asks for long.
    product.world.clock.advance(std::time::Duration::from_secs(1));
    let jane = product.contact("jane");
    product.world.minutes(7);
    product.sync().await.into_result().unwrap();
    product.world.minutes(130);
    for _ in 0..8 {
        product.world.minutes(17);
        product.due().await;
    }
    assert_eq!(product.role(jane).await.as_deref(), Some("Buyer"), "within some hours");
}
