//! Tenants under one revision, each with what it has filled in.

use acquaint::core::view::{Account, Colleague};
use acquaint::manifest::Problems;
use acquaint::{Acquaint, ErrorKind, Manifest, Tenant};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::{World, event, kept, told};

/// A company counts by what the tenant's field says.
fn slotted() -> Manifest {
    let text = "
acquaint: 1
name: own-fields
sources:
  product:
    connector: local
    accounts: { fields: { slot: fields, default: { stage: stage, seats: seats } } }
    contacts: { fields: { role: { slot: role_field, default: role } } }
    window: { past: { slot: past, default: 180d } }
match: { internal: { domains: { slot: own, default: from_users } } }
keep: { attendees: { some: { external: true, account.stage: customer } } }
output: { title: title, seats: main_account.seats }
";
    Manifest::parse(text).unwrap_or_else(|problems| panic!("{problems}"))
}

async fn fill(tenant: &Tenant) {
    let local = tenant.local("product");
    local.put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
    let account = |id: &str, name: &str, domain: &str| Account::new(id, name).domain(domain);
    local
        .put_accounts([
            account("1", "Globex", "globex.com")
                .field("stage", "customer")
                .field("tier", "lead")
                .field("seats", 40),
            account("2", "Initech", "initech.com")
                .field("stage", "lead")
                .field("tier", "customer")
                .field("chairs", 7),
        ])
        .await
        .unwrap();
    local
        .put_events([
            event("qbr", "QBR", &["jane@globex.com"], 3),
            event("demo", "Demo", &["bill@initech.com"], 4),
            event("both", "Both", &["jane@globex.com", "bill@initech.com"], 5),
        ])
        .await
        .unwrap();
    tenant.sync().await.unwrap().into_result().unwrap();
}

async fn sync(tenant: &Tenant) -> (u64, u64) {
    let report = tenant.sync().await.unwrap();
    assert!(report.pending.is_empty(), "{:?}", report.pending);
    (report.totals.decided, report.totals.changes)
}

async fn engine(world: &World, manifest: &Manifest) -> Acquaint {
    world.builder().manifest(manifest.clone()).build().await.unwrap()
}

/// What is stored of a tenant's meetings, without ids that are drawn anew.
async fn table(tenant: &Tenant) -> Vec<Value> {
    let mut rows = Vec::new();
    for meeting in tenant.meetings().all().await.unwrap() {
        let people: Vec<_> = meeting
            .attendees
            .iter()
            .map(|who| {
                (&who.email, &who.class, who.account.as_ref().map(|account| (&account.id, &account.fields)))
            })
            .collect();
        let decision = &meeting.decision;
        rows.push(json!([meeting.title, decision.kept, decision.because, meeting.content, people]));
    }
    rows
}

#[tokio::test]
async fn two_tenants_under_one_revision_each_go_by_their_own_fields() {
    let world = World::new();
    let acquaint = engine(&world, &slotted()).await;
    let (acme, other) = (acquaint.tenant("acme"), acquaint.tenant("other"));
    fill(&acme).await;
    other.set_slot("fields", json!({ "stage": "tier", "seats": "chairs" })).await.unwrap();
    fill(&other).await;
    assert_eq!(kept(&acme).await, ["QBR", "Both"]);
    assert_eq!(kept(&other).await, ["Demo", "Both"]);
    for tenant in [&acme, &other] {
        assert_eq!(tenant.revision_in_force().await.unwrap().unwrap().revision, *slotted().revision());
    }
    let demo = &other.meetings().kept().all().await.unwrap()[0];
    assert_eq!(demo.content["seats"], json!(7));
    // Explanations go by them too.
    let explained = other.explain(&demo.id).await.unwrap();
    assert!(explained.outcome == acquaint::Outcome::Kept && !explained.moved_since, "{explained:?}");
}

#[tokio::test]
async fn what_a_tenant_changes_is_decided_anew_for_that_tenant_alone() {
    let world = World::new();
    let acquaint = engine(&world, &slotted()).await;
    let (acme, other) = (acquaint.tenant("acme"), acquaint.tenant("other"));
    fill(&acme).await;
    fill(&other).await;
    let before = (table(&acme).await, acme.position().await.unwrap());
    let position = other.position().await.unwrap();
    other.set_slot("fields", json!({ "stage": "tier" })).await.unwrap();
    sync(&other).await;
    assert_eq!(kept(&other).await, ["Demo", "Both"]);
    let titles: Vec<_> =
        told(&other, position).await.iter().map(|entry| entry.content["title"].clone()).collect();
    assert!(titles.len() >= 2, "{titles:?}");
    assert_eq!(sync(&acme).await, (0, 0));
    assert_eq!((table(&acme).await, acme.position().await.unwrap()), before);
    // The same again is nothing, and nothing again is as it was.
    other.set_slot("fields", json!({ "stage": "tier" })).await.unwrap();
    assert_eq!(sync(&other).await, (0, 0));
    other.set_slot("fields", Value::Null).await.unwrap();
    sync(&other).await;
    assert_eq!(table(&other).await, before.0);
    assert!(other.slots().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_refused_with_its_place_and_nothing_changes() {
    let world = World::new();
    let tenant = world.tenant("acme", &slotted()).await;
    fill(&tenant).await;
    tenant.set_slot("past", "14d").await.unwrap();
    sync(&tenant).await;
    let before = (tenant.slots().await.unwrap(), table(&tenant).await, tenant.position().await.unwrap());
    for (slot, value, place) in [
        ("fields", json!({ "stage": ["tier"] }), "stage"),
        ("fields", json!({ "stag": "tier" }), "stag"),
        ("fields", json!("tier"), ""),
        ("role_field", json!(7), ""),
        ("past", json!("soon"), ""),
        ("own", json!(["us.example", "not a domain"]), "[1]"),
        ("feilds", json!({}), ""),
        ("feilds", json!(null), ""),
    ] {
        let error = tenant.set_slot(slot, value.clone()).await.expect_err(&value.to_string());
        assert_eq!((error.kind(), error.context("slot")), (ErrorKind::Invalid, Some(slot)), "{error}");
        let problems = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Problems>());
        let problem = &problems.expect("the problems are the source").problems[0];
        assert_eq!(problem.slot.as_ref().map(|slot| slot.path.as_str()), Some(place), "{error}");
    }
    // Of several, all or none.
    let several = Map::from_iter([("past".to_owned(), json!("7d")), ("fields".to_owned(), json!([]))]);
    assert!(tenant.set_slots(several).await.is_err());
    assert_eq!(sync(&tenant).await, (0, 0));
    let after = (tenant.slots().await.unwrap(), table(&tenant).await, tenant.position().await.unwrap());
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_plan_goes_by_the_slots_of_the_tenant() {
    let world = World::new();
    let acquaint = engine(&world, &slotted()).await;
    let (acme, other) = (acquaint.tenant("acme"), acquaint.tenant("other"));
    fill(&acme).await;
    other.set_slot("fields", json!({ "stage": "tier", "seats": "chairs" })).await.unwrap();
    fill(&other).await;
    let text = slotted().to_json().to_string();
    let next =
        Manifest::parse(&text.replace(r#""account.stage":"customer""#, r#""account.stage":"lead""#)).unwrap();
    assert_ne!(next.revision(), slotted().revision());
    for (tenant, gained, lost) in [(&acme, "Demo", "QBR"), (&other, "QBR", "Demo")] {
        let plan = tenant.plan(&next).await.unwrap();
        assert_eq!((plan.counts.gained, plan.counts.lost), (1, 1), "{plan}");
        let _ = tenant.apply(&next).as_planned(&plan.hash).run().await.unwrap();
        let kept = kept(tenant).await;
        assert!(
            kept.iter().any(|title| title == gained) && !kept.iter().any(|title| title == lost),
            "{kept:?}"
        );
    }
}

#[tokio::test]
async fn a_revision_that_a_tenants_slots_do_not_fit_leaves_that_tenant_with_the_former_one() {
    let world = World::new();
    let acquaint = engine(&world, &slotted()).await;
    let (acme, other) = (acquaint.tenant("acme"), acquaint.tenant("other"));
    fill(&acme).await;
    other.set_slot("role_field", "position").await.unwrap();
    fill(&other).await;
    // The slot is there still, and takes something else.
    let text = slotted().to_json().to_string();
    let text = text
        .replace(r#"{"default":"180d","slot":"past"}"#, r#"{"default":"180d","slot":"role_field"}"#)
        .replace(r#"{"default":"role","slot":"role_field"}"#, r#""role""#)
        .replace(r#""account.stage":"customer""#, r#""account.stage":"lead""#);
    let next = Manifest::parse(&text).unwrap();
    let error = other.plan(&next).await.unwrap_err();
    assert_eq!((error.kind(), error.context("slot")), (ErrorKind::Invalid, Some("role_field")), "{error}");
    assert_eq!(other.apply(&next).run().await.unwrap_err().kind(), ErrorKind::Invalid);
    let newer = engine(&world, &next).await;
    let (acme, other) = (newer.tenant(acme.id().clone()), newer.tenant(other.id().clone()));
    sync(&acme).await;
    sync(&other).await;
    assert_eq!(kept(&acme).await, ["Demo", "Both"]);
    assert_eq!(kept(&other).await, ["QBR", "Both"], "it goes on as it was");
    assert_eq!(other.revision_in_force().await.unwrap().unwrap().revision, *slotted().revision());
    // Until the value fits.
    other.set_slot("role_field", "30d").await.unwrap();
    sync(&other).await;
    assert_eq!(kept(&other).await, ["Demo", "Both"]);
}

#[tokio::test]
async fn what_another_process_fills_in_is_gone_by_at_once() {
    let world = World::new();
    let (one, other) = (engine(&world, &slotted()).await, engine(&world, &slotted()).await);
    fill(&one.tenant("acme")).await;
    sync(&other.tenant("acme")).await;
    one.tenant("acme").set_slot("fields", json!({ "stage": "tier" })).await.unwrap();
    sync(&other.tenant("acme")).await;
    assert_eq!(kept(&one.tenant("acme")).await, ["Demo", "Both"]);
    assert_eq!(sync(&one.tenant("acme")).await, (0, 0));
}

/// A slot and what is filled in, which may be wrong.
fn fillings() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let field = || select(vec!["stage", "tier", "seats", "chairs", "none"]);
    let one = prop_oneof![
        (field(), field()).prop_map(|(stage, seats)| ("fields", json!({ "stage": stage, "seats": seats }))),
        field().prop_map(|stage| ("fields", json!({ "stage": stage }))),
        field().prop_map(|field| ("role_field", json!(field))),
        select(vec!["soon", "1d", "400d"]).prop_map(|past| ("past", json!(past))),
        select(vec!["us.example", "globex.com", "not a domain"]).prop_map(|own| ("own", json!([own]))),
        select(vec!["fields", "role_field", "past", "own"]).prop_map(|slot| (slot, Value::Null)),
        select(vec!["fields", "own"]).prop_map(|slot| (slot, json!([1]))),
    ];
    prop::collection::vec(one, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn what_is_filled_in_step_by_step_is_what_a_fresh_engine_makes_of_it(steps in fillings()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let tenant = world.tenant("acme", &slotted()).await;
            fill(&tenant).await;
            let mut stands = Map::new();
            for (slot, value) in steps {
                let fits = slotted()
                    .with_slots(&Map::from_iter([(slot.to_owned(), value.clone())]), &acquaint::Registry::bundled().unwrap())
                    .is_ok();
                let done = tenant.set_slot(slot, value.clone()).await;
                prop_assert_eq!(done.is_ok(), fits, "{} {}", slot, value);
                if fits {
                    stands.insert(slot.to_owned(), value);
                    stands.retain(|_, value| !value.is_null());
                }
                sync(&tenant).await;
            }
            prop_assert_eq!(&tenant.slots().await.unwrap(), &stands);
            let fresh = World::new();
            let anew = fresh.tenant("acme", &slotted()).await;
            anew.set_slots(stands).await.unwrap();
            fill(&anew).await;
            prop_assert_eq!(table(&tenant).await, table(&anew).await);
            Ok(())
        })?;
    }
}
