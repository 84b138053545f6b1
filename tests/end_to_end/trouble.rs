//! Tokens that end, grants that are revoked, providers that ask to slow down.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use acquaint::ChangeKind::{Added, Changed};
use acquaint::core::env::Clock;
use acquaint::core::error::{Blame, Retry};
use acquaint::core::store::{ConnectionStatus, LaneState};
use acquaint::{ErrorKind, LaneReport, Progress, SyncOptions, SyncReport};
use acquaint_testkit::Script;
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::google::rate_limited;
use chrono::TimeDelta;
use serde_json::json;

use super::support::{ANA, BEN, CALLBACK, World, at, counts, me, meeting, since, table, told};
use super::{Product, connect};

fn failed(report: &SyncReport) -> Vec<&LaneReport> {
    report.lanes.iter().filter(|lane| lane.error.is_some()).collect()
}

#[tokio::test]
async fn an_access_token_that_ends_in_the_middle_of_a_sync_is_renewed_once() {
    let mut world = World::on_loopback(at("2026-03-02T08:00:00Z")).await;
    world.fill();
    world.events_page = 2;
    let product = Product::of(world, |builder| builder.concurrency(1)).await;
    let Product { world, tenant, .. } = &product;

    // With the second page of the first calendar in, everybody's token of the calendar provider ends.
    let (google, pages) = (Arc::clone(&world.google), AtomicUsize::new(0));
    let options = SyncOptions::new().on_progress(move |progress| {
        if matches!(progress, Progress::Page { lane, .. } if lane.stream.as_str() == "events")
            && pages.fetch_add(1, Ordering::Relaxed) == 1
        {
            google.oauth().expire_access_tokens();
        }
    });
    let (before, requests) = (world.google.oauth().calls(), counts(world));
    let _ = product.sync_with(&options).await;
    let calls = world.google.oauth().calls();
    assert_eq!(
        (calls.refreshes - before.refreshes, calls.refused - before.refused),
        (2, 0),
        "one for each grant"
    );

    // Each has seven events, so that four pages of two are read of each calendar, those of the next two weeks before,
    // and no page twice but for the one refusal that each grant met, there or at the list of calendars.
    let lists = since(world, &requests)["events.list"];
    assert!((9 + 4..=10 + 5).contains(&lists), "{lists}");
    assert_eq!(table(tenant).await, product.read_afresh().await);
}

#[tokio::test]
async fn a_revoked_grant_stops_its_connection_alone_until_it_is_made_again() {
    let product = Product::connected().await;
    let Product { world, tenant, .. } = &product;
    let _ = product.sync().await;
    let known = product.connection(BEN).await;
    let heads = async || -> Vec<LaneState> {
        let lanes = tenant.lanes().await.unwrap().into_iter();
        lanes.filter(|lane| lane.id.connection == known.id && lane.id.lane.as_str() == "head").collect()
    };
    let stood = heads().await.remove(0);

    world.google.oauth().revoke_account(BEN);
    world.google.patch_event(ANA, "planning", json!({ "summary": "Globex plans" })).unwrap();
    world.company("Wayne", "wayne.com", "customer");
    let only_bens = meeting("only", "Initech demo", "2026-03-13T10:00:00Z", &[BEN, "bill@initech.com"]);
    world.google.insert_event(BEN, only_bens).unwrap();
    let (calls, before) = (world.google.oauth().calls(), tenant.position().await.unwrap());
    world.minutes(1);
    let report = tenant.sync().await.unwrap();
    let lanes = failed(&report);
    assert!(!lanes.is_empty());
    for lane in lanes {
        let error = lane.error.as_ref().unwrap();
        assert_eq!((error.kind(), error.blame()), (ErrorKind::NeedsReauth, Blame::Tenant), "{error}");
        assert_eq!(lane.lane.connection, known.id);
        assert!(error.to_string().contains("connect again"), "{error}");
    }
    assert_eq!(report.into_result().unwrap_err().kind(), ErrorKind::NeedsReauth);
    assert_eq!(world.google.oauth().calls().refused - calls.refused, 1, "the provider is asked once");
    let others = [(Added, "Wayne follow-up"), (Added, "Wayne introduction"), (Changed, "Globex plans")];
    assert_eq!(told(tenant, before).await, others.map(|(change, title)| (change, title.to_owned())));
    let stopped = product.connection(BEN).await;
    assert!(matches!(stopped.status, ConnectionStatus::NeedsReauth { .. }), "{stopped:?}");

    // A day of syncs sends nothing on Ben's behalf.
    for _ in 0..4 {
        world.minutes(6 * 60);
        let (requests, calls) = (counts(world), world.google.oauth().calls());
        let report = tenant.sync().await.unwrap();
        assert!(failed(&report).is_empty(), "{report:?}");
        assert_eq!(
            (report.stopped.len(), &report.stopped[0].connection),
            (1, &known.id),
            "but it is not forgotten"
        );
        let sent = since(world, &requests);
        assert_eq!((sent["events.list"], sent["calendarList.list"]), (1, 1), "Ana's alone");
        assert_eq!(world.google.oauth().calls().refused, calls.refused);
    }
    assert!(!product.titles().await.contains(&"Initech demo".to_owned()));
    assert!(product.titles().await.contains(&"Initech kick-off".to_owned()), "what was read stays");

    let again = connect(tenant, "calendar", BEN).await;
    assert_eq!((&again.id, &again.status), (&known.id, &ConnectionStatus::Active));
    assert_ne!(again.grant, known.grant);
    assert_eq!(heads().await[0].progress.cursor, stood.progress.cursor);
    let before = tenant.position().await.unwrap();
    let _ = product.sync().await;
    assert_eq!(told(tenant, before).await, [(Added, "Initech demo".to_owned())]);
    assert_eq!(heads().await[0].progress.baselines, 1, "it goes on from where it stood");
    assert_eq!(table(tenant).await, product.read_afresh().await);
}

#[tokio::test]
async fn who_authorises_again_while_a_sync_finds_the_old_grant_dead_need_not_do_it_twice() {
    let world = World::on_loopback(at("2026-03-02T08:00:00Z")).await;
    world.fill();
    let script = Script::new();
    let mut env = world.env();
    env.probe = Arc::new(script.clone());
    let product = Product::of(world, |builder| builder.env(env)).await;
    let Product { world, tenant, acquaint, .. } = &product;
    let _ = product.sync().await;

    world.google.oauth().revoke_account(BEN);
    let begun =
        tenant.connect("calendar", &me(BEN)).account(BEN).begin_at(&CALLBACK.parse().unwrap()).await.unwrap();
    let (acquaint, came_back) = (acquaint.clone(), world.visit(&begun.url));
    script.interleave("token.answered", 1, move || async move {
        acquaint
            .finish_connect(&came_back, &me(BEN))
            .await
            .and_then(acquaint::Finished::into_result)
            .map(drop)
    });
    world.minutes(1);
    let report = tenant.sync().await.unwrap();
    assert!(failed(&report).iter().all(|lane| lane.error.as_ref().unwrap().kind() == ErrorKind::NeedsReauth));
    assert!(script.reached().contains(&"token.answered"));
    assert_eq!(product.connection(BEN).await.status, ConnectionStatus::Active);
    world.google.patch_event(BEN, "kickoff", json!({ "summary": "Initech kick-off II" })).unwrap();
    let before = tenant.position().await.unwrap();
    let _ = product.sync().await;
    assert_eq!(told(tenant, before).await, [(Changed, "Initech kick-off II".to_owned())]);
}

#[tokio::test]
async fn a_lane_that_is_asked_to_wait_for_long_is_parked_and_the_report_says_so() {
    let product = Product::connected().await;
    let Product { world, tenant, .. } = &product;
    let _ = product.sync().await;

    let mut refusal = rate_limited(429);
    refusal.headers_mut().insert("retry-after", http::HeaderValue::from_static("3600"));
    world.google.inject(Fault::once(format!("/calendars/{ANA}/events"), refusal));
    world.google.patch_event(ANA, "planning", json!({ "summary": "Globex plans" })).unwrap();
    world.google.patch_event(BEN, "kickoff", json!({ "summary": "Initech kick-off II" })).unwrap();
    let before = tenant.position().await.unwrap();
    world.minutes(1);
    let report = tenant.sync().await.unwrap();
    let until = world.clock.now() + TimeDelta::hours(1);
    let lanes = failed(&report);
    let refused = lanes.iter().find(|lane| lane.lane.partition.as_str() == ANA).unwrap();
    for lane in &lanes {
        assert_eq!(
            lane.lane.connection, refused.lane.connection,
            "the account's other lane may come after it"
        );
        let error = lane.error.as_ref().unwrap();
        let verdict = (error.kind(), error.retry_verdict());
        assert_eq!(verdict, (ErrorKind::RateLimited, Retry::At(until)), "{error}");
    }
    assert_eq!(told(tenant, before).await, [(Changed, "Initech kick-off II".to_owned())], "the others go on");

    let lane = tenant.lanes().await.unwrap().into_iter().find(|lane| lane.id == refused.lane).unwrap();
    assert!(lane.not_before >= until && lane.due >= until, "{lane:?}");
    assert_eq!(lane.progress.error.unwrap().kind, "RateLimited");
    assert_eq!(product.connection(ANA).await.status, ConnectionStatus::Active, "nobody has to authorise");

    let requests = counts(world);
    world.minutes(1);
    let report = tenant.sync().await.unwrap();
    assert!(failed(&report).iter().all(|lane| lane.lane.connection == refused.lane.connection), "{report:?}");
    let asked = since(world, &requests);
    assert_eq!(
        (asked["events.list"], asked["calendarList.list"]),
        (1, 1),
        "Ana's account is left alone, though a sync is asked for"
    );
    world.minutes(60);
    let before = tenant.position().await.unwrap();
    let _ = product.sync().await;
    assert_eq!(told(tenant, before).await, [(Changed, "Globex plans".to_owned())]);
    assert_eq!(table(tenant).await, product.read_afresh().await);
}
