//! What a manifest has HubSpot select: nothing else reaches the mirror, and what leaves the selection leaves it too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use acquaint_core::ErrorKind;
use acquaint_core::connector::Connector as _;
use acquaint_core::record::Gone;
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::hubspot::SearchOrder;
use serde_json::{Value, json};
use support::mirror::Mirror;
use support::{PORTAL, SCOPES, World, options};

fn world(companies: Value) -> World {
    World::scoped(
        |config| config.search_page = 3,
        options(json!({"native": {"companies": companies}})),
        SCOPES,
    )
}

fn staged(world: &World, name: &str, stage: &str) -> u64 {
    let values = [("name", name), ("lifecyclestage", stage)];
    world.sandbox.create(PORTAL, "companies", &values).unwrap()
}

fn keys(ids: &[u64]) -> Vec<String> {
    let mut keys: Vec<String> = ids.iter().map(u64::to_string).collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn a_baseline_asks_search_for_what_is_selected_and_never_lists() {
    let world = world(json!({"lifecyclestage": ["customer", "opportunity"]}));
    world.sandbox.shuffle_search(SearchOrder::ShuffledEachRequest(3));
    let selected: Vec<u64> = (0..20)
        .filter_map(|index| {
            let stage = ["customer", "lead", "opportunity", "subscriber"][index % 4];
            let id = staged(&world, &format!("c{index}"), stage);
            (index % 2 == 0).then_some(id)
        })
        .collect();
    let mirror = Mirror::baselined(&world, "companies").await;
    assert_eq!(mirror.keys(), keys(&selected));
    assert_eq!(world.sandbox.requests_to("list companies"), 0);
    assert!(mirror.covers.unwrap() < support::start(), "search may lag");
}

#[tokio::test]
async fn a_record_that_leaves_the_selection_goes_and_one_that_enters_comes() {
    let world = world(json!({"lifecyclestage": ["customer"]}));
    let (stays, leaves, enters) =
        (staged(&world, "a", "customer"), staged(&world, "b", "customer"), staged(&world, "c", "lead"));
    let mut mirror = Mirror::baselined(&world, "companies").await;
    assert_eq!(mirror.keys(), keys(&[stays, leaves]));
    world.wait(600_000);
    world.sandbox.update(PORTAL, "companies", leaves, &[("lifecyclestage", "evangelist")]).unwrap();
    world.sandbox.update(PORTAL, "companies", enters, &[("lifecyclestage", "customer")]).unwrap();
    world.wait(5);
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!((mirror.keys(), mirror.gone(leaves)), (keys(&[stays, enters]), Some(&Gone::Deselected)));
    // Likewise by being told, and by the complete pass.
    world.wait(5);
    world.sandbox.update(PORTAL, "companies", leaves, &[("lifecyclestage", "customer")]).unwrap();
    world.sandbox.update(PORTAL, "companies", enters, &[("lifecyclestage", "")]).unwrap();
    mirror.told(&world, "companies", &[&leaves.to_string(), &enters.to_string()]).await.unwrap();
    assert_eq!((mirror.keys(), mirror.gone(enters)), (keys(&[stays, leaves]), Some(&Gone::Deselected)));
    world.wait(5);
    world.sandbox.update(PORTAL, "companies", stays, &[("lifecyclestage", "lead")]).unwrap();
    mirror.run(&world, "companies", "reconcile").await.unwrap();
    assert_eq!((mirror.keys(), mirror.gone(stays)), (keys(&[leaves]), Some(&Gone::Unseen)));
}

#[tokio::test]
async fn a_property_that_is_present_or_absent_selects_too_and_is_always_asked_for() {
    for (word, expected) in [("present", 1), ("absent", 2)] {
        let world = world(json!({"region_code": word}));
        let with =
            world.sandbox.create(PORTAL, "companies", &[("name", "a"), ("region_code", "dach")]).unwrap();
        let others = [staged(&world, "b", "lead"), staged(&world, "c", "lead")];
        let mut mirror = Mirror::baselined(&world, "companies").await;
        assert_eq!(mirror.keys().len(), expected, "{word}");
        world.wait(5);
        world.sandbox.update(PORTAL, "companies", with, &[("region_code", "")]).unwrap();
        world.sandbox.update(PORTAL, "companies", others[0], &[("region_code", "dach")]).unwrap();
        world.wait(5);
        mirror.run(&world, "companies", "head").await.unwrap();
        let expected = if word == "present" { vec![others[0]] } else { vec![with, others[1]] };
        assert_eq!(mirror.keys(), keys(&expected), "{word}");
    }
}

#[tokio::test]
async fn what_does_not_fit_into_a_search_is_still_selected() {
    let value = json!({"native": {"companies": {"lifecyclestage": ["customer"]}}});
    let world = World::scoped(|config| config.search_body_limit = 300, options(value), SCOPES);
    let (stays, _) = (staged(&world, "a", "customer"), staged(&world, "b", "lead"));
    let mut mirror = Mirror::baselined(&world, "companies").await;
    assert_eq!(mirror.keys(), keys(&[stays]));
    world.wait(5);
    world.sandbox.update(PORTAL, "companies", stays, &[("lifecyclestage", "other")]).unwrap();
    world.wait(5);
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!(mirror.gone(stays), Some(&Gone::Deselected));
}

#[tokio::test]
async fn a_selection_goes_on_where_it_was_interrupted() {
    let world = world(json!({"lifecyclestage": ["customer"]}));
    let ids: Vec<u64> = (0..7).map(|index| staged(&world, &format!("c{index}"), "customer")).collect();
    let mut mirror = Mirror::default();
    assert!(!mirror.page(&world, "companies", "head").await.unwrap());
    let broken = http::Response::builder().status(400).body(bytes::Bytes::from("{}")).unwrap();
    world.sandbox.inject(Fault::once("search", broken));
    mirror.page(&world, "companies", "head").await.unwrap_err();
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!(mirror.keys(), keys(&ids));
}

#[tokio::test]
async fn contacts_are_selected_apart_from_companies() {
    let value = json!({"native": {"contacts": {"email": "present"}}});
    let world = World::scoped(|_| {}, options(value), SCOPES);
    let ann = world.contact("ann");
    world.sandbox.create(PORTAL, "contacts", &[("firstname", "nobody")]).unwrap();
    let company = staged(&world, "a", "lead");
    assert_eq!(Mirror::baselined(&world, "contacts").await.keys(), keys(&[ann]));
    assert_eq!(Mirror::baselined(&world, "companies").await.keys(), keys(&[company]));
    assert_eq!(world.sandbox.requests_to("list companies"), 1);
}

#[test]
fn more_values_than_a_search_takes_are_refused_before_anything_is_read() {
    let world = World::new();
    let with = |count: usize| {
        let values: Vec<String> = (0..count).map(|index| format!("{index:08}")).collect();
        options(json!({"native": {"contacts": {"region_code": values}}}))
    };
    assert!(world.hubspot.check(&with(200)).is_empty());
    let error = world.hubspot.check(&with(300)).pop().unwrap();
    assert_eq!((error.kind(), error.context("type")), (ErrorKind::Invalid, Some("contacts")));
    assert!(error.to_string().contains("native") && error.advice().is_some());
    assert!(error.to_string().len() < 300, "the values are not repeated: {error}");
}

#[tokio::test]
async fn the_longest_selection_that_is_allowed_fits_into_every_search() {
    let values: Vec<String> = (0..200).map(|index| format!("{index:08}")).collect();
    let settings = options(json!({"native": {"companies": {"region_code": values}}}));
    let world = World::scoped(|config| config.search_page = 2, settings.clone(), SCOPES);
    assert!(world.hubspot.check(&settings).is_empty());
    let ids: Vec<u64> = (0..7)
        .map(|index| {
            let region = format!("{index:08}");
            world.sandbox.create(PORTAL, "companies", &[("region_code", &region)]).unwrap()
        })
        .collect();
    assert_eq!(Mirror::baselined(&world, "companies").await.keys(), keys(&ids));
    let longest = world.tap.asked("search").iter().map(|asked| asked.body.to_string().len()).max();
    assert!(longest.is_some_and(|longest| (2_000..=3_000).contains(&longest)), "{longest:?}");
}
