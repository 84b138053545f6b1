//! Calendars come, go and change hands.

use acquaint_testkit::sandbox::google::AccessRole;
use chrono_tz::Tz;

use crate::support::{ANA, BEN};
use crate::{Product, TEAM};

const ROOM: &str = "c_room@group.calendar.google.com";

#[tokio::test]
async fn an_idle_look_at_the_list_is_one_request_and_asks_only_for_what_has_changed() {
    let product = Product::new().await;
    product.connect(ANA).await;
    product.sync_well().await;
    let tokens = product.network.sent("calendarList?maxResults=250&showHidden=true&syncToken=");
    for looks in 1..4 {
        product.sync_well().await;
        let sent = product.network.sent("calendarList?maxResults=250&showHidden=true&syncToken=");
        assert_eq!(sent, tokens + looks);
    }
    // Whoever connects is asked for, and the first look is at everything.
    assert_eq!(product.network.sent("/calendarList"), 1 + 1 + 3);
}

#[tokio::test]
async fn a_calendar_that_appears_is_read_and_one_that_vanishes_is_withdrawn() {
    let product = Product::new().await;
    product.connect(ANA).await;
    product.insert(ANA, "first", "2026-03-03T10:00:00Z");
    product.sync_well().await;

    product.world.google.add_calendar(ANA, TEAM, "Team", Tz::UTC);
    product.world.google.add_calendar(ANA, ROOM, "Room", Tz::UTC);
    product.insert(TEAM, "second", "2026-03-03T11:00:00Z");
    product.insert(ROOM, "third", "2026-03-03T12:00:00Z");
    product.sync_well().await;
    let all = [format!("first on {ANA}"), format!("second on {TEAM}"), format!("third on {ROOM}")];
    assert_eq!(product.titles().await, all);

    product.world.google.delete_calendar(TEAM).unwrap();
    product.world.google.unshare_calendar(ROOM, ANA);
    product.sync_well().await;
    assert_eq!(product.titles().await, all[..1]);
    assert!(product.lane(ANA, TEAM, "head").await.is_none(), "nothing is read for it any more");
    product.sync_well().await;
    assert_eq!(product.network.sent("calendarList?maxResults=250&showHidden=true&syncToken="), 3);
}

#[tokio::test]
async fn a_calendar_that_changes_hands_is_read_as_it_may_be() {
    let product = Product::new().await;
    product.connect(ANA).await;
    product.world.google.add_calendar(BEN, TEAM, "Team", Tz::UTC);
    product.world.google.share_calendar(TEAM, ANA, AccessRole::Writer).unwrap();
    product.insert(TEAM, "first", "2026-03-03T10:00:00Z");
    product.sync_well().await;
    let placed = product.lane(ANA, TEAM, "head").await.unwrap().partition.placement;
    // No token tells of it, so it is known within a day.
    product.world.google.share_calendar(TEAM, ANA, AccessRole::Reader).unwrap();
    product.world.minutes(24 * 60);
    product.sync_well().await;
    let after = product.lane(ANA, TEAM, "head").await.unwrap().partition.placement;
    assert!(after < placed, "{after:?} after {placed:?}");
    assert_eq!(product.titles().await, [format!("first on {TEAM}")]);
    // What this one may see of it is no longer chosen.
    product.world.google.share_calendar(TEAM, ANA, AccessRole::FreeBusyReader).unwrap();
    product.world.minutes(24 * 60);
    product.sync_well().await;
    assert_eq!(product.titles().await, [""; 0]);
}

#[tokio::test]
async fn a_list_whose_token_has_expired_is_looked_at_whole_in_the_same_run() {
    let product = Product::new().await;
    product.connect(ANA).await;
    product.world.google.add_calendar(ANA, TEAM, "Team", Tz::UTC);
    product.insert(TEAM, "first", "2026-03-03T10:00:00Z");
    product.sync_well().await;
    product.world.google.delete_calendar(TEAM).unwrap();
    product.world.google.add_calendar(ANA, ROOM, "Room", Tz::UTC);
    product.insert(ROOM, "second", "2026-03-03T10:00:00Z");
    product.world.google.expire_sync_tokens();
    let before = product.network.sent("/calendarList?");
    product.sync_well().await;
    assert_eq!(product.network.sent("/calendarList?"), before + 2, "the dead token, then everything");
    assert_eq!(product.titles().await, [format!("second on {ROOM}")]);
}

#[tokio::test]
async fn everything_on_the_list_is_looked_at_once_a_day_for_what_no_token_tells() {
    let product = Product::new().await;
    product.connect(ANA).await;
    product.sync_well().await;
    let whole = |product: &Product| {
        product.network.sent("/calendarList?")
            - product.network.sent("calendarList?maxResults=250&showHidden=true&syncToken=")
    };
    assert_eq!(whole(&product), 1);
    product.world.minutes(23 * 60);
    product.sync_well().await;
    assert_eq!(whole(&product), 1);
    product.world.minutes(60);
    product.sync_well().await;
    assert_eq!(whole(&product), 2);
}

#[tokio::test]
async fn a_list_that_fails_leaves_the_known_calendars_as_they_are() {
    let product = Product::new().await;
    product.connect(ANA).await;
    product.insert(ANA, "first", "2026-03-03T10:00:00Z");
    product.sync_well().await;
    let broken = http::Response::builder().status(400).body(bytes::Bytes::new()).unwrap();
    product.network.fail("/calendarList?", crate::network::Answer::Says(broken));
    let report = product.sync().await;
    assert!(report.lanes.iter().any(|lane| lane.error.is_some()));
    assert_eq!(product.titles().await, [format!("first on {ANA}")]);
    product.network.heal();
    product.world.minutes(60);
    product.sync_well().await;
    assert_eq!(product.titles().await, [format!("first on {ANA}")]);
}
