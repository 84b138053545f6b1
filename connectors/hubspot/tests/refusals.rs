//! What the connector makes of refusals, of answers in part, and of answers that are none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use acquaint_core::ErrorKind;
use acquaint_core::connector::{PassKind, SourceSettings};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::error::Retry;
use acquaint_core::record::{Change, Gone};
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::hubspot::{Link, Trouble};
use chrono::TimeDelta;
use serde_json::{Value, json};
use support::mirror::Mirror;
use support::{PORTAL, World, fetch, start};

const BASELINE: PassKind = PassKind::Baseline;
const INCREMENTAL: PassKind = PassKind::Incremental;

async fn baselined(world: &World, stream: &str) -> Mirror {
    Mirror::baselined(world, stream).await
}

/// A batch that was answered in part.
fn partial(body: serde_json::Value) -> http::Response<bytes::Bytes> {
    let mut response = http::Response::new(bytes::Bytes::from(body.to_string()));
    *response.status_mut() = http::StatusCode::MULTI_STATUS;
    response
}

fn stored(state: serde_json::Value) -> StoredCursor {
    StoredCursor { kind: "hubspot.crm".into(), version: 2, state }
}

#[tokio::test]
async fn a_stream_without_its_scope_is_forbidden_and_the_other_goes_on() {
    let world = World::scoped(|_| {}, SourceSettings::default(), &["oauth", "crm.objects.companies.read"]);
    world.company("acme");
    let refused = Mirror::default().run(&world, "contacts", "head").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
    assert_eq!(baselined(&world, "companies").await.entries.len(), 1);
}

#[tokio::test]
async fn a_daily_quota_parks_the_call_and_a_burst_only_delays_it() {
    let world = World::new();
    world.company("acme");
    world.sandbox.inject(Fault::once("companies", Trouble::DailyLimit.response()));
    let error = Mirror::default().run(&world, "companies", "head").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
    assert_eq!(error.retry_verdict(), Retry::At(start() + TimeDelta::hours(1)));

    for (trouble, least) in [(Trouble::TenSecondlyLimit, 10), (Trouble::SearchLimit, 1), (Trouble::Locked, 2)]
    {
        let before = world.cx.env.now();
        world.sandbox.inject(Fault::once("companies", trouble.response()));
        baselined(&world, "companies").await;
        assert!(world.cx.env.now() - before >= TimeDelta::seconds(least), "{trouble:?}");
    }
    world.sandbox.inject(Fault::once("companies", Trouble::Migrating(7200).response()));
    let error = Mirror::default().run(&world, "companies", "head").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        matches!(error.retry_verdict(), Retry::At(at) if at > world.cx.env.now() + TimeDelta::minutes(100))
    );
}

#[tokio::test]
async fn a_dead_paging_cursor_asks_for_a_baseline() {
    let world = World::new();
    world.company("acme");
    for (lane, state) in [
        ("head", serde_json::json!({"stage": "listing", "began": 1, "after": "no number"})),
        ("archived", serde_json::json!({"stage": "archived", "after": "no number"})),
        ("archived", serde_json::json!({"stage": "ready", "watermark": 1})),
    ] {
        let cursor = stored(state);
        let error = fetch(&world, "companies", lane, BASELINE, Some(cursor), start()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CursorExpired, "{lane}");
    }
}

#[tokio::test]
async fn discovering_fields_without_its_scope_says_which_one_is_missing() {
    let world = World::new();
    let error = world.stream("companies").fields(&world.cx).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(error.advice().unwrap().contains("crm.schemas.companies.read"));
}

#[tokio::test]
async fn a_list_that_goes_round_in_circles_is_stopped() {
    let world = World::new();
    world.company("acme");
    let page = serde_json::json!({"results": [], "paging": {"next": {"after": "5"}}}).to_string();
    let circle = http::Response::new(bytes::Bytes::from(page));
    world.sandbox.inject(Fault::once("companies", circle).times(2));
    let error = Mirror::default().run(&world, "companies", "head").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_row_that_is_no_record_is_set_aside_and_the_page_goes_on() {
    let world = World::new();
    let page =
        serde_json::json!({"results": ["what", {"id": "7", "properties": {"name": "Acme"}}, {"id": null}]});
    world.sandbox.inject(Fault::once("companies", http::Response::new(bytes::Bytes::from(page.to_string()))));
    let page = fetch(&world, "companies", "head", BASELINE, None, start()).await.unwrap();
    let [Change::Full(record), Change::Rejected { .. }, Change::Rejected { .. }] = page.changes.as_slice()
    else {
        panic!("{:?}", page.changes)
    };
    assert_eq!(record.key.as_str(), "7");
}

#[tokio::test]
async fn a_list_that_ignores_what_was_asked_empties_and_revives_nothing() {
    let world = World::new();
    let live = world.contact("ann");
    let mut mirror = baselined(&world, "contacts").await;
    let page = |archived: bool| {
        let record = serde_json::json!({"id": live.to_string(), "properties": {}, "archived": archived});
        http::Response::new(bytes::Bytes::from(serde_json::json!({"results": [record]}).to_string()))
    };
    world.sandbox.inject(Fault::once("archived=true", page(false)));
    mirror.run(&world, "contacts", "archived").await.unwrap();
    assert!(mirror.gone(live).is_none());
    world.sandbox.inject(Fault::once("contacts", page(true)));
    mirror.run(&world, "contacts", "reconcile").await.unwrap();
    assert_eq!(mirror.gone(live), Some(&Gone::Unseen));
}

#[tokio::test]
async fn a_batch_that_fails_for_some_leaves_gaps_and_no_half_records() {
    let world = World::with(|config| config.search_body_limit = 300, SourceSettings::default());
    world.wait(60_000);
    let (ann, bob) = (world.contact("ann"), world.contact("bob"));
    let answer = serde_json::json!({"status": "COMPLETE",
    "results": [{"id": bob.to_string(), "properties": {"firstname": "bob"}}],
    "numErrors": 1, "errors": [
        {"status": "error", "category": "INTERNAL_ERROR", "context": {"ids": [ann.to_string()]}},
    ]});
    world.sandbox.inject(Fault::once("batch/read", partial(answer)));
    let cursor = stored(serde_json::json!({"stage": "ready", "watermark": start().timestamp_millis()}));
    let page =
        fetch(&world, "contacts", "head", INCREMENTAL, Some(cursor), world.cx.env.now()).await.unwrap();
    assert_eq!(page.gaps, [ann.to_string().as_str().into()]);
    let keys: Vec<String> = page.changes.iter().map(|change| change.key().to_string()).collect();
    assert_eq!(keys, [bob.to_string()]);
}

/// A batch that was answered for some, with what went wrong for the others.
fn failed(results: Value, context: Value) -> http::Response<bytes::Bytes> {
    let error = json!({"status": "error", "category": "INTERNAL_ERROR", "context": context});
    partial(json!({"status": "COMPLETE", "results": results, "numErrors": 1, "errors": [error]}))
}

fn keys(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| change.key().to_string()).collect()
}

#[tokio::test]
async fn links_that_could_not_be_read_are_left_out_and_the_others_come() {
    let world = World::new();
    let [ann, bob] = ["ann", "bob"].map(|name| world.contact(name).to_string());
    let pair = world.partition("associations", "contacts/companies").await;
    let both = [ann.as_str(), bob.as_str()];
    world.sandbox.inject(Fault::once("associations", failed(json!([]), json!({"fromObjectId": [ann]}))));
    let read = world.read_of("associations", &pair, &both).await.unwrap();
    assert_eq!(keys(&read), [bob.as_str()]);
    // What HubSpot says is not there has no links, and is a record that says so.
    let read = world.read_of("associations", &pair, &["999999", "nonsense"]).await.unwrap();
    assert!(read.iter().all(|change| matches!(change, Change::Full(_))) && read.len() == 2);
}

#[tokio::test]
async fn links_of_which_a_page_is_lost_are_left_out() {
    let world = World::new();
    world.sandbox.configure(|config| config.association_page = 1);
    let [ann, bob] = ["ann", "bob"].map(|name| world.contact(name));
    for name in ["acme", "globex"] {
        let company = ("companies", world.company(name));
        world.sandbox.associate(PORTAL, ("contacts", ann), company, Link::Unlabelled).unwrap();
    }
    let pair = world.partition("associations", "contacts/companies").await;
    let (ann, bob) = (ann.to_string(), bob.to_string());
    let paged = |after: &str| json!([{"from": {"id": ann}, "to": [], "paging": {"next": {"after": after}}}]);
    let whole = |results: Value| http::Response::new(json!({"results": results}).to_string().into());
    for second in [
        whole(json!([])),
        failed(json!([]), json!({"fromObjectId": [ann]})),
        partial(
            json!({"results": [], "errors": [{"category": "OBJECT_NOT_FOUND", "context": {"id": [ann]}}]}),
        ),
    ] {
        world.sandbox.inject(Fault::once("associations", second).after(1));
        let read = world.read_of("associations", &pair, &[&ann, &bob]).await.unwrap();
        assert_eq!(keys(&read), [bob.as_str()]);
    }
    // Nor does one whose pages go round keep the others from being read.
    world.sandbox.inject(Fault::once("associations", whole(paged("1"))).times(2));
    let read = world.read_of("associations", &pair, &[&ann, &bob]).await.unwrap();
    assert_eq!(keys(&read), [bob.as_str()]);
    let read = world.read_of("associations", &pair, &[&ann, &bob]).await.unwrap();
    assert_eq!(read.len(), 2);
}

#[tokio::test]
async fn records_that_could_not_be_read_are_left_out_and_the_others_come() {
    let world = World::new();
    let [ann, bob] = ["ann", "bob"].map(|name| world.contact(name).to_string());
    let found = json!([{"id": bob, "properties": {"firstname": "bob"}}]);
    world.sandbox.inject(Fault::once("batch/read", failed(found, json!({"ids": [ann]}))));
    let read = world.read("contacts", &[&ann, &bob]).await.unwrap();
    assert_eq!(keys(&read), [bob.as_str()]);
}

#[tokio::test]
async fn when_nothing_could_be_read_the_error_names_one_record_and_how_many_there_were() {
    let world = World::new();
    let ids: Vec<String> = (0..90).map(|index| world.contact(&format!("c{index}")).to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let pair = world.partition("associations", "contacts/companies").await;
    let links = world.read_of("associations", &pair, &ids);
    world.sandbox.inject(Fault::once("associations", failed(json!([]), json!({}))));
    let links = links.await.unwrap_err();
    world.sandbox.inject(Fault::once("batch/read", failed(json!([]), json!({}))));
    let records = world.read("contacts", &ids).await.unwrap_err();
    for error in [links, records] {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!((error.context("record"), error.context("records")), (Some(ids[0]), Some("90")));
    }
    // A call that fails as a whole says why.
    let refusal =
        || Fault::once("contacts", http::Response::builder().status(403).body("{}".into()).unwrap());
    world.sandbox.inject(refusal());
    assert_eq!(world.read("contacts", &ids).await.unwrap_err().kind(), ErrorKind::Forbidden);
    world.sandbox.inject(refusal());
    let refused = world.read_of("associations", &pair, &ids).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn a_watermark_from_before_hubspot_still_makes_a_sane_window() {
    let world = World::new();
    world.company("acme");
    let state = serde_json::json!({"stage": "ready", "watermark": 0});
    let cursor = stored(state);
    let page = fetch(&world, "companies", "head", INCREMENTAL, Some(cursor), start()).await.unwrap();
    assert!(matches!(page.changes.as_slice(), [Change::Full(_)]));
}
