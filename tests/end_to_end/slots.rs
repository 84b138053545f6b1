//! Tenants under one manifest, each with calendars, fields and a schedule of its own, against both sandboxes.

use std::collections::BTreeSet;

use acquaint::core::env::Clock as _;
use acquaint::{Acquaint, ErrorKind, Manifest, Sqlite, SyncOptions, Tenant};
use chrono::TimeDelta;
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::connect;
use super::support::{ANA, PORTAL, World, at, counts, meeting, since, table};

const MANIFEST: &str = "
acquaint: 1
name: own-settings
sources:
  calendar:
    connector: google-calendar
    calendars: { slot: calendars, default: { access: owner } }
    window: { past: { slot: past, default: 10d } }
    sync: { every: { slot: schedule, default: 4h } }
  crm:
    connector: hubspot
    sync: { every: { slot: schedule, default: 4h } }
    accounts: { fields: { stage: { slot: stage_field, default: lifecyclestage } } }
match:
  accounts: { stage: customer }
keep: { attendees: { some: { external: true, account: { exists: true } } } }
output: { title: title, stage: main_account.stage }
";

struct Fleet {
    world: World,
    acquaint: Acquaint,
    _folder: tempfile::TempDir,
}

impl Fleet {
    /// Ana has two calendars, and the CRM says of companies in two fields what they are.
    async fn new() -> Self {
        let world = World::on_loopback(at("2026-03-02T08:00:00Z")).await;
        world.fill();
        world.google.add_calendar(ANA, "deals", "Deals", Tz::UTC);
        let call = meeting("call", "Umbrella call", "2026-03-11T10:00:00Z", &[ANA, "ada@umbrella.com"]);
        world.google.insert_event("deals", call).unwrap();
        let acme =
            [("name", "Acme"), ("domain", "acme.com"), ("lifecyclestage", "lead"), ("city", "customer")];
        world.hubspot.create(PORTAL, "companies", &acme).unwrap();
        let visit = meeting("visit", "Acme visit", "2026-03-12T10:00:00Z", &[ANA, "wile@acme.com"]);
        world.google.insert_event(ANA, visit).unwrap();
        world.minutes(1);
        let (acquaint, folder) = Self::engine(&world).await;
        Self { world, acquaint, _folder: folder }
    }

    async fn engine(world: &World) -> (Acquaint, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let manifest = Manifest::parse(MANIFEST).unwrap_or_else(|problems| panic!("{problems}"));
        let builder = world.builder().manifest(manifest).store(Sqlite::at(folder.path().join("acquaint.db")));
        (builder.build().await.unwrap(), folder)
    }

    async fn tenant(acquaint: &Acquaint, name: &str) -> Tenant {
        let tenant = acquaint.tenant(name);
        connect(&tenant, "calendar", ANA).await;
        connect(&tenant, "crm", "admin@us.example").await;
        tenant
    }

    /// What an engine makes of it that has never known anything else.
    async fn afresh(&self, slots: &Map<String, Value>) -> Vec<String> {
        let (acquaint, _folder) = Self::engine(&self.world).await;
        acquaint.tenant("acme").set_slots(slots.clone()).await.unwrap();
        let tenant = Self::tenant(&acquaint, "acme").await;
        tenant.sync().await.unwrap().into_result().unwrap();
        table(&tenant).await
    }
}

async fn kept(tenant: &Tenant) -> BTreeSet<String> {
    tenant.meetings().kept().all().await.unwrap().into_iter().map(|meeting| meeting.title).collect()
}

async fn titles(tenant: &Tenant) -> BTreeSet<String> {
    tenant.meetings().all().await.unwrap().into_iter().map(|meeting| meeting.title).collect()
}

/// A minute later, what is due alone.
async fn tick(fleet: &Fleet, tenant: &Tenant) -> u64 {
    fleet.world.minutes(1);
    let report = tenant.sync_with(&SyncOptions::new().due_only()).await.unwrap();
    assert!(report.pending.is_empty(), "{:?}", report.pending);
    report.totals.requests
}

/// How long the lanes that keep up rest at most, in minutes.
async fn rest(fleet: &Fleet, tenant: &Tenant) -> i64 {
    let now = fleet.world.clock.now();
    let lanes = tenant.lanes().await.unwrap().into_iter();
    let heads = lanes.filter(|lane| lane.id.lane.as_str() == "head" && lane.progress.binding.is_some());
    heads.map(|lane| (lane.due - now).num_minutes()).max().unwrap()
}

#[tokio::test]
async fn tenants_under_one_revision_each_see_their_own_calendars_fields_and_schedules() {
    let fleet = Fleet::new().await;
    let acme = Fleet::tenant(&fleet.acquaint, "acme").await;
    let other = Fleet::tenant(&fleet.acquaint, "other").await;
    let own =
        json!({ "calendars": { "ids": ["deals", "primary"] }, "schedule": "30m", "stage_field": "city" });
    other.set_slots(own.as_object().unwrap().clone()).await.unwrap();
    let deals = json!({ "calendars": { "ids": ["deals"] } });
    let third = Fleet::tenant(&fleet.acquaint, "third").await;
    third.set_slots(deals.as_object().unwrap().clone()).await.unwrap();
    for tenant in [&acme, &other, &third] {
        tenant.sync().await.unwrap().into_result().unwrap();
    }
    assert!(kept(&acme).await.contains("Globex QBR") && !kept(&acme).await.contains("Acme visit"));
    assert_eq!(kept(&other).await, BTreeSet::from(["Acme visit".to_owned()]));
    assert!(titles(&other).await.contains("Umbrella call"));
    assert_eq!(titles(&third).await, BTreeSet::from(["Umbrella call".to_owned()]));
    assert!((200..=264).contains(&rest(&fleet, &acme).await), "{}", rest(&fleet, &acme).await);
    assert!((20..=33).contains(&rest(&fleet, &other).await), "{}", rest(&fleet, &other).await);
    let revision = fleet.acquaint.manifest().revision().clone();
    for tenant in [&acme, &other, &third] {
        assert_eq!(tenant.revision_in_force().await.unwrap().unwrap().revision, revision);
    }
}

#[tokio::test]
async fn what_is_filled_in_otherwise_is_read_and_decided_anew_for_that_tenant_at_once() {
    let fleet = Fleet::new().await;
    let acme = Fleet::tenant(&fleet.acquaint, "acme").await;
    let other = Fleet::tenant(&fleet.acquaint, "other").await;
    for tenant in [&acme, &other] {
        tenant.sync().await.unwrap().into_result().unwrap();
        // What first follows a baseline is done, too.
        tick(&fleet, tenant).await;
    }
    let before = (table(&acme).await, acme.position().await.unwrap());
    let mut slots = Map::new();
    for (slot, value) in [
        ("stage_field", json!("city")),
        ("calendars", json!({ "ids": ["deals"] })),
        ("calendars", json!({ "ids": ["deals", "primary"] })),
        ("past", json!("180d")),
        ("stage_field", Value::Null),
    ] {
        other.set_slot(slot, value.clone()).await.unwrap();
        slots.insert(slot.to_owned(), value.clone());
        slots.retain(|_, value| !value.is_null());
        // Hours before anything falls due.
        let requests = tick(&fleet, &other).await;
        assert!(requests > 0, "{slot}");
        assert_eq!(table(&other).await, fleet.afresh(&slots).await, "{slot}: {value}");
        assert_eq!(tick(&fleet, &other).await, 0, "{slot}: and that was all");
    }
    // A schedule reads no more than it says, from now on.
    other.set_slot("schedule", "10m").await.unwrap();
    tick(&fleet, &other).await;
    assert!(rest(&fleet, &other).await <= 11);
    assert_eq!(tick(&fleet, &other).await, 0);

    let asked = counts(&fleet.world);
    assert_eq!(tick(&fleet, &acme).await, 0);
    assert!(since(&fleet.world, &asked).values().all(|count| *count == 0));
    assert_eq!((table(&acme).await, acme.position().await.unwrap()), before);
}

#[tokio::test]
async fn a_setting_that_the_connector_does_not_take_is_refused_and_changes_nothing() {
    let fleet = Fleet::new().await;
    let acme = Fleet::tenant(&fleet.acquaint, "acme").await;
    acme.sync().await.unwrap().into_result().unwrap();
    tick(&fleet, &acme).await;
    let before = table(&acme).await;
    for value in
        [json!({ "access": "admin" }), json!({ "calendar": [] }), json!("all"), json!({ "ids": "x" })]
    {
        let error = acme.set_slot("calendars", value.clone()).await.expect_err(&value.to_string());
        assert_eq!((error.kind(), error.context("slot")), (ErrorKind::Invalid, Some("calendars")), "{error}");
    }
    assert!(acme.slots().await.unwrap().is_empty());
    assert_eq!(tick(&fleet, &acme).await, 0);
    assert_eq!(table(&acme).await, before);
    fleet.world.clock.set(fleet.world.clock.now() + TimeDelta::hours(5));
    assert!(acme.sync_with(&SyncOptions::new().due_only()).await.unwrap().totals.requests > 0);
}
