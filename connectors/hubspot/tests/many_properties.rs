//! More properties than fit into a URL, a search or a batch: read in parts, and never kept by half.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use acquaint_core::record::{Gone, Version};
use support::mirror::Mirror;
use support::truth::truth;
use support::{PORTAL, World, settings};

async fn baselined(world: &World, stream: &str) -> Mirror {
    Mirror::baselined(world, stream).await
}

/// A world whose manifest asks for 1,500 properties of a company, and one that has some.
fn wide() -> (World, Vec<String>, u64) {
    let names: Vec<String> = (0..1500).map(|index| format!("custom_property_{index:04}")).collect();
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::with(|_| {}, settings("accounts", &asked));
    let id = world.company("acme");
    let values = [(asked[3], "three"), (asked[700], "middle"), (asked[1499], "last")];
    world.sandbox.update(PORTAL, "companies", id, &values).unwrap();
    (world, names, id)
}

#[tokio::test]
async fn more_properties_than_fit_anywhere_are_asked_for_in_parts_and_make_one_record() {
    let (world, names, _) = wide();
    let mut mirror = baselined(&world, "companies").await;
    let further = [names[3].as_str(), names[700].as_str(), names[1499].as_str()];
    assert_eq!(mirror.views(&world, "companies"), truth(&world, "companies", &further));
    world.wait(5);
    mirror.entries.clear();
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!(mirror.views(&world, "companies"), truth(&world, "companies", &further));
    for asked in world.tap.asked("/crm/") {
        assert!(asked.path.len() <= 6000);
        let properties = asked.body["properties"].as_array().map_or(0, Vec::len);
        assert!(properties <= 500 + 2, "{properties}");
        assert!(!asked.path.contains("search") || asked.body.to_string().chars().count() <= 3000);
    }
}

#[tokio::test]
async fn a_record_that_vanishes_between_two_parts_is_gone_and_never_half_a_record() {
    let (world, _, id) = wide();
    let other = world.company("globex");
    let sandbox = Arc::clone(&world.sandbox);
    world.tap.before("batch/read", 1, move || sandbox.archive(PORTAL, "companies", id).unwrap());
    let mirror = baselined(&world, "companies").await;
    assert_eq!((mirror.keys(), mirror.gone(id)), (vec![other.to_string()], Some(&Gone::Archived)));
}

#[tokio::test]
async fn a_record_that_changes_between_two_parts_is_no_newer_than_the_first_and_comes_again() {
    let (world, names, id) = wide();
    let before = world.sandbox.record(PORTAL, "companies", id).unwrap().unwrap().updated_at;
    let (sandbox, clock) = (Arc::clone(&world.sandbox), world.clock.clone());
    let (early, late) = (names[3].clone(), names[1499].clone());
    world.tap.before("batch/read", 1, move || {
        clock.advance(std::time::Duration::from_secs(1));
        sandbox.update(PORTAL, "companies", id, &[(&early, "new"), (&late, "new")]).unwrap();
    });
    let mut mirror = baselined(&world, "companies").await;
    assert_eq!(mirror.entries[&id.to_string()].version, Some(Version::from(before)));
    world.wait(5);
    mirror.run(&world, "companies", "head").await.unwrap();
    let further = [names[3].as_str(), names[700].as_str(), names[1499].as_str()];
    assert_eq!(mirror.views(&world, "companies"), truth(&world, "companies", &further));
}
