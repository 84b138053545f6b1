//! What is read only where a manifest asks for it: deals, meetings, owners and custom objects, with their links.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use acquaint_core::ErrorKind;
use acquaint_core::connector::{Connector as _, LaneKind, Partition, Partitions, SourceSettings, StreamKind};
use acquaint_core::record::Gone;
use acquaint_core::view::{Colleague, EntityKind, View};
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::hubspot::{Link, PropertyDefinition};
use serde_json::{Value, json};
use support::mirror::Mirror;
use support::{ALL_SCOPES, PORTAL, SCOPES, World, options, settings};

fn world(value: Value) -> World {
    World::scoped(|_| {}, options(value), ALL_SCOPES)
}

fn asked(world: &World, settings: &SourceSettings) -> Vec<&'static str> {
    let streams = world.hubspot.streams().iter();
    streams.filter(|stream| stream.asked(settings)).map(|stream| stream.spec().name).collect()
}

#[test]
fn a_stream_is_asked_for_by_its_option() {
    let world = World::new();
    let always = ["companies", "contacts", "associations"];
    assert_eq!(asked(&world, &SourceSettings::default()), always);
    for (value, name) in [
        (json!({"deals": true}), "deals"),
        (json!({"meetings": {"fields": []}}), "meetings"),
        (json!({"owners": true}), "owners"),
        (json!({"objects": ["subscription"]}), "objects"),
    ] {
        let asked = asked(&world, &options(value));
        assert!(asked.contains(&name) && asked.len() == 4, "{asked:?}");
    }
}

#[test]
fn the_connector_checks_what_a_manifest_says() {
    let world = World::new();
    assert!(
        world.hubspot.check(&options(json!({"deals": {"fields": ["dealtype"]}, "owners": true}))).is_empty()
    );
    let error = world.hubspot.check(&options(json!({"dael": true}))).pop().unwrap();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[test]
fn a_binding_moves_with_what_is_read_and_with_nothing_else() {
    let world = World::new();
    let none = SourceSettings::default();
    let bindings = |settings: &SourceSettings| -> Vec<String> {
        world.hubspot.streams().iter().map(|stream| stream.binding(settings)).collect()
    };
    let moved = |settings: &SourceSettings| -> Vec<&str> {
        let streams = world.hubspot.streams().iter().map(|stream| stream.spec().name);
        let both = bindings(&none).into_iter().zip(bindings(settings));
        streams.zip(both).filter(|(_, (a, b))| a != b).map(|(name, _)| name).collect()
    };
    assert_eq!(moved(&settings("contacts", &["jobtitle"])), ["contacts"]);
    assert_eq!(moved(&settings("accounts", &["industry"])), ["companies"]);
    assert_eq!(moved(&options(json!({"deals": {"fields": ["dealtype"]}}))), ["deals"]);
    assert_eq!(moved(&options(json!({"meetings": true, "owners": true, "deals": true}))), [""; 0]);
    assert_eq!(moved(&options(json!({"objects": ["subscription"]}))), ["objects"]);
    let native = json!({"native": {"companies": {"lifecyclestage": ["customer"]}}});
    assert_eq!(moved(&options(native)), ["companies"]);
    let mut window = SourceSettings::default();
    window.window.past = 1;
    assert_eq!(moved(&window), [""; 0]);
}

#[test]
fn streams_declare_what_the_engine_needs_to_know() {
    let world = World::new();
    for stream in world.hubspot.streams() {
        let spec = stream.spec();
        let optional = matches!(spec.name, "deals" | "meetings" | "owners" | "objects");
        assert_eq!(spec.optional, optional, "{}", spec.name);
        assert_eq!(spec.told, spec.name != "owners", "{}", spec.name);
        assert_eq!(spec.partitioned, matches!(spec.name, "associations" | "objects"), "{}", spec.name);
        let directory = matches!(spec.name, "companies" | "contacts" | "associations" | "owners");
        assert_eq!(spec.kind == StreamKind::Directory, directory, "{}", spec.name);
        assert!(!spec.scopes.is_empty());
    }
    let links = world.stream("associations").spec();
    assert_eq!(links.follows, ["contacts", "deals", "meetings", "objects"]);
    assert_eq!((links.read_batch, links.lanes.len()), (1000, 2));
    assert!(links.lanes[0].sweeps && links.lanes[1].sweeps && links.lanes[1].kind == LaneKind::Walk);
    let contacts = world.stream("contacts").spec();
    let lanes: Vec<_> = contacts.lanes.iter().map(|lane| (lane.name, lane.kind, lane.sweeps)).collect();
    assert_eq!(
        lanes,
        [
            ("head", LaneKind::Incremental, true),
            ("trailing", LaneKind::Incremental, false),
            ("archived", LaneKind::Walk, false),
            ("reconcile", LaneKind::Reconcile, true),
        ]
    );
    assert_eq!(contacts.lanes[0].baseline_every, None);
    let owners = &world.stream("owners").spec().lanes[0];
    assert!(owners.kind == LaneKind::Walk && owners.on_demand && owners.sweeps && owners.name == "head");
}

#[tokio::test]
async fn deals_are_read_with_their_links_and_followed_like_contacts() {
    let world = world(json!({"deals": {"fields": ["dealtype"]}}));
    let (company, contact) = (world.company("acme"), world.contact("ann"));
    let made = [
        ("dealname", "Renewal"),
        ("dealstage", "contractsent"),
        ("amount", "1500"),
        ("dealtype", "existing"),
    ];
    let deal = world.sandbox.create(PORTAL, "deals", &made).unwrap();
    let end = ("deals", deal);
    world.sandbox.associate(PORTAL, end, ("companies", company), Link::Primary).unwrap();
    world.sandbox.associate(PORTAL, end, ("contacts", contact), Link::Unlabelled).unwrap();
    let mut deals = Mirror::baselined(&world, "deals").await;
    let views = deals.views(&world, "deals");
    let [View::Deal(read)] = views[&deal.to_string()].as_slice() else { panic!("{views:?}") };
    assert_eq!((read.name.as_deref(), read.stage.as_deref()), (Some("Renewal"), Some("contractsent")));
    assert_eq!((read.amount.as_deref(), &read.fields["dealtype"]), (Some("1500"), &json!("existing")));

    for (key, to, primary) in [
        ("deals/companies", (EntityKind::Account, company), true),
        ("deals/contacts", (EntityKind::Contact, contact), false),
    ] {
        let mut links = Mirror::of(world.partition("associations", key).await);
        links.follow(&world, "associations", &deals).await.unwrap();
        let links = links.links(&world).remove(&deal.to_string()).unwrap();
        let [link] = links.as_slice() else { panic!("{links:?}") };
        assert_eq!((link.from_kind, link.from.as_str()), (EntityKind::Deal, deal.to_string().as_str()));
        assert_eq!((link.to_kind, link.to.clone()), (to.0, to.1.to_string()));
        assert_eq!(link.primary, primary, "{key}");
    }

    world.wait(1000);
    world.sandbox.update(PORTAL, "deals", deal, &[("dealstage", "closedwon")]).unwrap();
    deals.run(&world, "deals", "head").await.unwrap();
    let views = deals.views(&world, "deals");
    let [View::Deal(read)] = views[&deal.to_string()].as_slice() else { panic!("{views:?}") };
    assert_eq!(read.stage.as_deref(), Some("closedwon"));
    world.sandbox.archive(PORTAL, "deals", deal).unwrap();
    deals.run(&world, "deals", "archived").await.unwrap();
    assert_eq!(deals.gone(deal), Some(&Gone::Archived));
}

#[tokio::test]
async fn meetings_are_read_and_their_bodies_only_if_asked_for() {
    for (value, body) in
        [(json!({"meetings": true}), false), (json!({"meetings": {"fields": ["hs_meeting_body"]}}), true)]
    {
        let world = world(value);
        let contact = world.contact("ann");
        let made = [
            ("hs_timestamp", "2026-10-14T08:00:00Z"),
            ("hs_meeting_title", "Renewal call"),
            ("hs_meeting_start_time", "2026-10-14T08:00:00Z"),
            ("hs_meeting_end_time", "2026-10-14T08:45:00Z"),
            ("hs_meeting_outcome", "SCHEDULED"),
            ("hs_meeting_body", "between us"),
        ];
        let meeting = world.sandbox.create(PORTAL, "meetings", &made).unwrap();
        world
            .sandbox
            .associate(PORTAL, ("meetings", meeting), ("contacts", contact), Link::Unlabelled)
            .unwrap();
        let meetings = Mirror::baselined(&world, "meetings").await;
        let views = meetings.views(&world, "meetings");
        let [View::LoggedMeeting(read)] = views[&meeting.to_string()].as_slice() else { panic!("{views:?}") };
        assert_eq!(read.title.as_deref(), Some("Renewal call"));
        assert_eq!(
            (read.start, read.end),
            ("2026-10-14T08:00:00Z".parse().ok(), "2026-10-14T08:45:00Z".parse().ok())
        );
        assert_eq!(read.fields.contains_key("hs_meeting_body"), body);
        let raw = meetings.entries[&meeting.to_string()].state.as_ref().unwrap();
        assert_eq!(String::from_utf8_lossy(&raw.raw).contains("between us"), body);
        let mut links = Mirror::of(world.partition("associations", "meetings/contacts").await);
        links.follow(&world, "associations", &meetings).await.unwrap();
        assert_eq!(links.links(&world)[&meeting.to_string()][0].to, contact.to_string());
    }
}

#[tokio::test]
async fn what_must_not_be_kept_of_a_meeting_is_not_even_asked_for() {
    let mut settings = options(json!({"meetings": {"fields": ["hs_meeting_body"]}}));
    settings.drop = ["title", "description", "location", "attachments"].map(str::to_owned).into();
    let world = World::scoped(|_| {}, settings.clone(), ALL_SCOPES);
    let made = [
        ("hs_timestamp", "2026-10-14T08:00:00Z"),
        ("hs_meeting_title", "between us"),
        ("hs_meeting_body", "between us"),
        ("hs_meeting_location", "between us"),
    ];
    world.sandbox.create(PORTAL, "meetings", &made).unwrap();
    let mut meetings = Mirror::baselined(&world, "meetings").await;
    world.wait(1000);
    meetings.run(&world, "meetings", "head").await.unwrap();
    for entry in meetings.entries.values() {
        assert!(!String::from_utf8_lossy(&entry.state.as_ref().unwrap().raw).contains("between us"));
    }
    for asked in world.tap.asked("meetings") {
        let asked = format!("{} {}", asked.path, asked.body);
        assert!(!asked.contains("hs_meeting_title") && !asked.contains("hs_meeting_body"), "{asked}");
    }
    let stream = world.stream("meetings");
    assert!(settings.drop.iter().all(|name| stream.spec().droppable.iter().any(|(known, _)| known == name)));
    let mut kept = settings.clone();
    kept.drop.clear();
    assert_ne!(stream.binding(&settings), stream.binding(&kept));
}

#[tokio::test]
async fn owners_are_those_who_are_there_and_those_who_have_left() {
    let world = World::scoped(|config| config.list_page = 2, options(json!({"owners": true})), ALL_SCOPES);
    let ids: Vec<u64> = ["rae", "sam", "tom", "una", "vic"]
        .map(|name| world.sandbox.add_owner(PORTAL, &format!("{name}@acme.example"), name, "Rep").unwrap())
        .into();
    world.sandbox.archive_owner(PORTAL, ids[1]).unwrap();
    let mut owners = Mirror::baselined(&world, "owners").await;
    let colleague = |owners: &Mirror, id: u64| -> Colleague {
        let views = owners.views(&world, "owners");
        let [View::Colleague(colleague)] = views[&id.to_string()].as_slice() else { panic!("{views:?}") };
        colleague.clone()
    };
    assert_eq!(owners.keys().len(), 5);
    let rae = colleague(&owners, ids[0]);
    assert_eq!((rae.name.as_deref(), rae.left), (Some("rae Rep"), false));
    assert_eq!(rae.emails, ["rae@acme.example"]);
    assert!(rae.user.is_some_and(|user| user != rae.id));
    let sam = colleague(&owners, ids[1]);
    assert!(sam.left && sam.user.is_some());

    // Nothing says when an owner changes, so that all are read each time.
    world.wait(6 * 3_600_000);
    world.sandbox.archive_owner(PORTAL, ids[0]).unwrap();
    owners.run(&world, "owners", "head").await.unwrap();
    assert!(colleague(&owners, ids[0]).left);
}

#[tokio::test]
async fn a_queue_is_nobody_and_a_user_of_its_own_is_told_apart() {
    let world = world(json!({"owners": true}));
    let page: Value = serde_json::from_str(include_str!("payloads/owners_page.json")).unwrap();
    let mut page = json!({"results": page["results"]});
    let mut queue = page["results"][0].clone();
    (queue["id"], queue["type"]) = (json!("41000002"), json!("QUEUE"));
    page["results"].as_array_mut().unwrap().push(queue);
    world.sandbox.inject(Fault::once("owners", http::Response::new(bytes::Bytes::from(page.to_string()))));
    let views = Mirror::baselined(&world, "owners").await.views(&world, "owners");
    assert!(views["41000002"].is_empty());
    let [View::Colleague(rae)] = views["41000001"].as_slice() else { panic!("{views:?}") };
    assert_eq!((rae.user.as_deref(), rae.name.as_deref()), (Some("7005555"), Some("Rae Rep")));
}

/// A portal with two custom objects.
fn custom(value: Value) -> (World, String, String) {
    let world = world(value);
    let subscription = world
        .sandbox
        .define_object(PORTAL, "subscription", ("Subscription", "Subscriptions"), "plan")
        .unwrap();
    let ship = world.sandbox.define_object(PORTAL, "ship", ("Ship", "Ships"), "name").unwrap();
    for name in ["seats", "berths"] {
        let kind = if name == "seats" { &subscription } else { &ship };
        world.sandbox.define_property(PORTAL, kind, PropertyDefinition::new(name, "number")).unwrap();
    }
    (world, subscription, ship)
}

#[tokio::test]
async fn custom_objects_are_partitions_by_type_whatever_the_manifest_calls_them() {
    for name in ["subscription", "p48120077_subscription", "by id"] {
        let (world, subscription, _) = custom(json!({"objects": []}));
        let name = if name == "by id" { subscription.as_str() } else { name };
        let mut cx = world.cx.clone();
        cx.settings = std::sync::Arc::new(options(json!({"objects": {name: {"fields": ["seats"]}}})));
        let partitions = world.stream("objects").partitions(&cx).await.unwrap();
        let [partition] = partitions.as_slice() else { panic!("{partitions:?}") };
        assert_eq!(
            (partition.key.as_str(), partition.label.as_str()),
            (subscription.as_str(), "Subscriptions")
        );
        assert_eq!(partition.follows, None);
        assert_eq!(partition.details["name"], "subscription");
        let fields = world.stream("objects").fields(&cx).await.unwrap();
        let seats = fields.iter().find(|field| field.name == "seats").unwrap();
        assert_eq!(seats.partition.as_ref().map(|key| key.as_str()), Some(subscription.as_str()));
        assert!(!fields.iter().any(|field| field.name == "berths"));
    }
}

#[tokio::test]
async fn records_of_a_custom_object_say_what_they_are_and_have_links() {
    let (world, subscription, ship) =
        custom(json!({"objects": {"subscription": {"fields": ["seats"]}, "ship": {"fields": ["berths"]}}}));
    let company = world.company("acme");
    let gold = world.sandbox.create(PORTAL, &subscription, &[("plan", "Gold"), ("seats", "5")]).unwrap();
    let vessel = world.sandbox.create(PORTAL, &ship, &[("name", "Ada"), ("berths", "9")]).unwrap();
    world.sandbox.associate(PORTAL, (&subscription, gold), ("companies", company), Link::Unlabelled).unwrap();
    let pair = world.partition("associations", &format!("{subscription}/companies")).await;
    let follows = pair.follows.clone().unwrap();
    assert_eq!((follows.0.as_str(), follows.1.as_str()), ("objects", subscription.as_str()));
    let mut links = Mirror::of(pair);
    links.told(&world, "associations", &[&gold.to_string()]).await.unwrap();
    let links = links.links(&world).remove(&gold.to_string()).unwrap();
    let [link] = links.as_slice() else { panic!("{links:?}") };
    assert_eq!(link.from, format!("{subscription}/{gold}"));
    assert_eq!((link.to_kind, &link.to), (EntityKind::Account, &company.to_string()));
    for (kind, id, expected) in
        [(&subscription, gold, ("subscription", "Gold", "seats")), (&ship, vessel, ("ship", "Ada", "berths"))]
    {
        let mut mirror = Mirror::of(world.partition("objects", kind).await);
        mirror.run(&world, "objects", "head").await.unwrap();
        let views = mirror.views(&world, "objects");
        let [View::Object(object)] = views[&id.to_string()].as_slice() else { panic!("{views:?}") };
        assert_eq!((object.r#type.as_str(), object.name.as_deref()), (expected.0, Some(expected.1)));
        assert!(object.fields.contains_key(expected.2));
        world.wait(1000);
        world.sandbox.update(PORTAL, kind, id, &[(expected.2, "7")]).unwrap();
        mirror.run(&world, "objects", "head").await.unwrap();
        let views = mirror.views(&world, "objects");
        let [View::Object(object)] = views[&id.to_string()].as_slice() else { panic!("{views:?}") };
        assert_eq!(object.fields[expected.2], "7");
        world.sandbox.archive(PORTAL, kind, id).unwrap();
        mirror.told(&world, "objects", &[&id.to_string()]).await.unwrap();
        assert_eq!(mirror.gone(id), Some(&Gone::Archived));
        world.sandbox.restore(PORTAL, kind, id).unwrap();
    }
}

#[tokio::test]
async fn a_custom_object_that_the_account_lacks_is_passed_over_and_an_error_if_there_is_no_other() {
    let (world, subscription, _) = custom(json!({"objects": ["subscription", "yacht"]}));
    let found = world.stream("objects").partitions(&world.cx).await.unwrap();
    let keys: Vec<&str> = found.iter().map(|partition| partition.key.as_str()).collect();
    assert_eq!(keys, [subscription.as_str()]);
    let fields = world.stream("objects").fields(&world.cx).await.unwrap();
    assert!(fields.iter().any(|field| field.name == "seats"));
    let pairs = world.stream("associations").partitions(&world.cx).await.unwrap();
    assert_eq!(pairs.len(), 3);

    let (world, ..) = custom(json!({"objects": ["dinghy", "yacht"]}));
    let error = world.stream("objects").partitions(&world.cx).await.unwrap_err();
    assert_eq!((error.kind(), error.context("object")), (ErrorKind::Invalid, Some("dinghy")));
    assert!(error.advice().unwrap().contains("ship"));
}

#[tokio::test]
async fn a_custom_object_whose_fields_are_not_shown_hides_those_of_no_other() {
    for status in [403, 404] {
        let (world, subscription, ship) = custom(json!({"objects": ["subscription", "ship"]}));
        let refuse = |kind: &str| {
            let refusal = http::Response::builder().status(status).body("{}".into()).unwrap();
            world.sandbox.inject(Fault::once(kind, refusal));
        };
        let objects = world.stream("objects");
        for (hidden, shown) in [(&subscription, "berths"), (&ship, "seats")] {
            refuse(hidden);
            let fields = objects.fields(&world.cx).await.unwrap();
            assert!(fields.iter().any(|field| field.name == shown), "{status}");
            assert!(fields.iter().all(|field| field.partition.as_ref().unwrap().as_str() != hidden));
        }
        refuse(&subscription);
        refuse(&ship);
        let error = objects.fields(&world.cx).await.unwrap_err();
        let kind = if status == 403 { ErrorKind::Forbidden } else { ErrorKind::NotFound };
        assert_eq!(error.kind(), kind);
        // Any other trouble may be over the next time.
        let broken = http::Response::builder().status(500).body("{}".into()).unwrap();
        world.sandbox.inject(Fault::once(subscription.as_str(), broken).times(5));
        assert_eq!(objects.fields(&world.cx).await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn links_are_read_where_custom_objects_may_not_be_and_those_of_these_are_kept() {
    let value = json!({"objects": ["subscription"], "deals": true});
    let (world, subscription, _) = custom(value);
    let links = world.stream("associations");
    let refused = |status: u16, body: &'static str| {
        let refusal = http::Response::builder().status(status).body(body.into()).unwrap();
        world.sandbox.inject(Fault::once("schemas", refusal));
    };
    let keys = |all: &[Partition]| all.iter().map(|one| one.key.to_string()).collect::<Vec<_>>();
    let standard = ["contacts/companies", "deals/companies", "deals/contacts"];
    let Partitions::All(all) = links.discover(&world.cx, None).await.unwrap().partitions else {
        panic!("everything is known")
    };
    assert!(keys(&all).starts_with(&standard.map(str::to_owned)));
    assert!(keys(&all).contains(&format!("{subscription}/companies")) && all.len() == 5);

    let scopes = include_str!("payloads/403_missing_scopes.json");
    refused(403, scopes);
    assert_eq!(world.stream("objects").partitions(&world.cx).await.unwrap_err().kind(), ErrorKind::Forbidden);
    refused(403, scopes);
    let Partitions::Changed { now, gone } = links.discover(&world.cx, None).await.unwrap().partitions else {
        panic!("what was not shown is taken for gone")
    };
    assert_eq!((keys(&now), gone), (standard.map(str::to_owned).to_vec(), vec![]));
    // Any other trouble is no reason to go on with a part.
    refused(404, "{}");
    assert!(links.discover(&world.cx, None).await.is_err());
}

#[tokio::test]
async fn no_links_are_looked_for_at_an_end_that_was_not_granted() {
    let value = json!({"deals": true, "meetings": true, "objects": ["subscription"]});
    let (world, ..) = custom(value);
    let mut cx = world.cx.clone();
    cx.scopes = Some(SCOPES.iter().map(|scope| (*scope).to_owned()).collect());
    world.sandbox.reset_requests();
    let pairs = world.stream("associations").partitions(&cx).await.unwrap();
    let keys: Vec<&str> = pairs.iter().map(|pair| pair.key.as_str()).collect();
    assert_eq!(keys, ["contacts/companies", "meetings/companies", "meetings/contacts"]);
    assert_eq!(world.requests(), 0, "custom objects are not asked for");
}

#[tokio::test]
async fn fields_come_with_the_values_that_they_can_have() {
    let world = world(json!({"deals": true}));
    let region = PropertyDefinition::new("region_code", "enumeration")
        .option("dach", "DACH")
        .option("nordics", "Nordics");
    world.sandbox.define_property(PORTAL, "deals", region).unwrap();
    let fields = world.stream("deals").fields(&world.cx).await.unwrap();
    let region = fields.iter().find(|field| field.name == "region_code").unwrap();
    let options: Vec<_> = region.options.iter().map(|one| (one.value.as_str(), one.label.as_str())).collect();
    assert_eq!(
        (options, region.r#type.as_str()),
        (vec![("dach", "DACH"), ("nordics", "Nordics")], "enumeration")
    );
    assert_eq!(region.partition, None);
    assert!(!fields.iter().any(|field| field.name == "hs_lastmodifieddate"));
}

#[tokio::test]
async fn every_version_of_the_api_gives_the_same() {
    let mut seen = Vec::new();
    for version in ["2026-03", "2026-09", "v3"] {
        let value = json!({"deals": true, "owners": true, "objects": ["subscription"]});
        let world =
            World::scoped(|config| config.api_version = version.to_owned(), options(value), ALL_SCOPES);
        let kind = world.sandbox.define_object(PORTAL, "subscription", ("S", "Ss"), "plan").unwrap();
        let (contact, company) = (world.contact("ann"), world.company("acme"));
        world
            .sandbox
            .associate(PORTAL, ("contacts", contact), ("companies", company), Link::Primary)
            .unwrap();
        world.sandbox.create(PORTAL, &kind, &[("plan", "Gold")]).unwrap();
        world.sandbox.add_owner(PORTAL, "rae@acme.example", "Rae", "Rep").unwrap();
        world.hubspot.identify(&world.cx).await.unwrap();
        let mut all = Vec::new();
        for stream in ["contacts", "companies", "deals", "owners"] {
            let mut mirror = Mirror::baselined(&world, stream).await;
            mirror.run(&world, stream, "head").await.unwrap();
            all.push(mirror.views(&world, stream));
            if stream == "contacts" {
                let mut links = Mirror::of(world.partition("associations", "contacts/companies").await);
                links.follow(&world, "associations", &mirror).await.unwrap();
                all.push(links.views(&world, "associations"));
            }
        }
        let mut objects = Mirror::of(world.partition("objects", &kind).await);
        objects.run(&world, "objects", "head").await.unwrap();
        all.push(objects.views(&world, "objects"));
        assert!(!world.stream("contacts").fields(&world.cx).await.unwrap().is_empty());
        seen.push(all);
    }
    assert!(seen.iter().all(|one| *one == seen[0]));
}
