//! Notifications: which are believed, and what they tell.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use acquaint_core::ErrorKind;
use acquaint_core::connector::{Connector as _, KeyHint, Push, Route, SourceSettings, Told};
use acquaint_core::record::Gone;
use acquaint_core::secret::Secret;
use acquaint_hubspot::{HubSpot, HubSpotConfig, webhook_subscriptions, webhooks_file};
use acquaint_testkit::sandbox::hubspot::{Link, Subscription};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use support::mirror::Mirror;
use support::truth::{true_links, truth};
use support::{ALL_SCOPES, PORTAL, World, options, settings};
use url::Url;

const VECTORS: &str = include_str!("payloads/signature_vectors.json");

fn hubspot(change: impl FnOnce(&mut HubSpotConfig)) -> HubSpot {
    let mut config = HubSpotConfig::default();
    change(&mut config);
    HubSpot::new(config).unwrap()
}

fn route(hubspot: &HubSpot, method: &str, body: &str) -> Route {
    let request =
        Request::builder().method(method).uri("/hubspot").body(Bytes::from(body.to_owned())).unwrap();
    hubspot.push().unwrap().route(&request)
}

fn told(body: &Value) -> Vec<Told> {
    match route(&hubspot(|_| {}), "POST", &body.to_string()) {
        Route::Accounts(told) => told,
        other => panic!("{other:?}"),
    }
}

/// Account, stream, partition and keys, an erased one with a cross.
fn brief(told: &[Told]) -> Vec<String> {
    let key = |hint: &KeyHint| match &hint.gone {
        Some(Gone::Erased) => format!("{}†", hint.key),
        None => hint.key.to_string(),
        other => panic!("{other:?}"),
    };
    let line = |told: &Told| {
        let keys: Vec<String> = told.keys.iter().map(key).collect();
        format!("{} {}[{}] {}", told.account, told.stream, told.partition, keys.join(" "))
    };
    told.iter().map(line).collect()
}

fn event(kind: &str, rest: Value) -> Value {
    let mut event =
        json!({"eventId": 1, "subscriptionId": 2, "portalId": 7, "appId": 3, "subscriptionType": kind});
    event.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    event
}

#[test]
fn classic_events_name_records_and_links() {
    let events = serde_json::from_str(include_str!("payloads/webhook_classic.json")).unwrap();
    assert_eq!(
        brief(&told(&events)),
        [
            "48120077 associations[contacts/companies] 90110001",
            "48120077 contacts[] 90110001 90110002 90110555† 90110777 90110900",
        ]
    );
}

#[test]
fn generic_events_say_by_id_which_type_they_are_about() {
    let events = serde_json::from_str(include_str!("payloads/webhook_generic.json")).unwrap();
    assert_eq!(
        brief(&told(&events)),
        ["48120077 contacts[] 90110001", "48120077 objects[2-3465404] 5512001"]
    );
    for (id, expected) in
        [("0-2", "companies[]"), ("0-3", "deals[]"), ("0-47", "meetings[]"), ("2-9", "objects[2-9]")]
    {
        let one = event("object.restore", json!({"objectId": 5, "objectTypeId": id}));
        assert_eq!(brief(&told(&json!([one]))), [format!("7 {expected} 5")]);
    }
}

#[test]
fn a_link_is_told_to_the_side_that_it_is_read_from() {
    let classic = |name: &str| {
        event(
            "contact.associationChange",
            json!({"associationType": name, "fromObjectId": 1, "toObjectId": 2}),
        )
    };
    let generic = |from: &str, to: &str| {
        let ends =
            json!({"fromObjectId": 1, "toObjectId": 2, "fromObjectTypeId": from, "toObjectTypeId": to});
        event("object.associationChange", ends)
    };
    for (one, expected) in [
        (classic("CONTACT_TO_COMPANY"), Some("contacts/companies] 1")),
        (classic("COMPANY_TO_CONTACT"), Some("contacts/companies] 2")),
        (classic("DEAL_TO_CONTACT"), Some("deals/contacts] 1")),
        (classic("CONTACT_TO_DEAL"), Some("deals/contacts] 2")),
        (classic("CONTACT_TO_TICKET"), None),
        (classic("nothing"), None),
        (generic("0-2", "0-1"), Some("contacts/companies] 2")),
        (generic("0-47", "0-3"), Some("meetings/deals] 1")),
        (generic("0-1", "2-34"), Some("2-34/contacts] 2")),
        (generic("2-34", "2-35"), None),
        (generic("0-2", "0-2"), None),
    ] {
        let expected: Vec<String> = expected.into_iter().map(|end| format!("7 associations[{end}")).collect();
        assert_eq!(brief(&told(&json!([one.clone()]))), expected, "{one}");
    }
}

#[test]
fn events_of_several_accounts_are_kept_apart_and_repeats_are_one() {
    let of = |portal: u64, id: u64| {
        let mut one = event("contact.propertyChange", json!({"objectId": id, "propertyName": "email"}));
        one["portalId"] = json!(portal);
        one
    };
    let all = json!([of(1, 5), of(2, 5), of(1, 5), of(1, 6), of(2, 5)]);
    assert_eq!(brief(&told(&all)), ["1 contacts[] 5 6", "2 contacts[] 5"]);
}

#[test]
fn that_a_record_was_erased_is_told_in_whatever_order() {
    let (deleted, erased) = (
        event("contact.deletion", json!({"objectId": 5})),
        event("contact.privacyDeletion", json!({"objectId": 5})),
    );
    for all in [json!([deleted, erased]), json!([erased, deleted])] {
        assert_eq!(brief(&told(&all)), ["7 contacts[] 5†"]);
    }
}

#[test]
fn a_merge_tells_of_every_record_that_took_part() {
    let ids = json!({"objectId": 9, "primaryObjectId": 1, "mergedObjectIds": [2, 3], "newObjectId": 9,
        "objectTypeId": "0-2"});
    assert_eq!(brief(&told(&json!([event("object.merge", ids)]))), ["7 companies[] 1 2 3 9"]);
}

#[test]
fn what_means_nothing_is_passed_over_and_the_rest_is_told() {
    let all = json!([
        event("conversation.creation", json!({"objectId": 5})),
        event("ticket.creation", json!({"objectId": 5})),
        event("object.creation", json!({"objectId": 5, "objectTypeId": "0-5"})),
        event("object.creation", json!({"objectId": 5})),
        event("contact.somethingNew", json!({"objectId": 5})),
        event("contact.creation", json!({"objectId": null})),
        event("contact.creation", json!({"objectId": "../5"})),
        event("contact.creation", json!({"portalId": null, "objectId": 5})),
        event("contact.creation", json!({})),
        event("contactcreation", json!({"objectId": 5})),
        7,
        null,
        "text",
        [],
        {},
        event("contact.creation", json!({"objectId": 6})),
    ]);
    assert_eq!(brief(&told(&all)), ["7 contacts[] 6"]);
    assert!(told(&json!([])).is_empty());
}

#[test]
fn only_what_hubspot_never_sends_is_answered_with_an_error() {
    let status = |method: &str, body: &str| match route(&hubspot(|_| {}), method, body) {
        Route::Answer(response) => response.status(),
        other => panic!("{other:?}"),
    };
    assert_eq!(status("GET", "[]"), StatusCode::METHOD_NOT_ALLOWED);
    for junk in ["", "{}", "[", "null", "<html>", "\u{feff}[]"] {
        assert_eq!(status("POST", junk), StatusCode::BAD_REQUEST, "{junk}");
    }
    let many: Vec<Value> = (0..501).map(|id| event("contact.creation", json!({"objectId": id}))).collect();
    assert_eq!(status("POST", &json!(many).to_string()), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(told(&json!(many[1..]))[0].keys.len(), 500);
}

/// A request with headers, its secret and when it was sent.
struct Sent {
    request: Request<Bytes>,
    address: Url,
    secret: Secret,
    at: DateTime<Utc>,
}

impl Sent {
    /// The vector `vector`, with the signature in one of its members.
    fn of(vector: &Value, url: &str, signature: &str) -> Self {
        let text = |name: &str| vector[name].as_str().unwrap();
        let timestamp = vector["timestamp"].as_str().unwrap_or("0");
        let request = Request::builder()
            .method(text("method"))
            .uri(text(url))
            .header("X-HubSpot-Signature-v3", text(signature))
            .header("X-HubSpot-Request-Timestamp", timestamp)
            .body(Bytes::from(text("body").to_owned()))
            .unwrap();
        Self {
            request,
            address: text(url).parse().unwrap(),
            secret: Secret::new(text("secret")),
            at: DateTime::from_timestamp_millis(timestamp.parse().unwrap()).unwrap(),
        }
    }

    fn ours() -> Self {
        Self::of(&serde_json::from_str(VECTORS).unwrap(), "url", "x_hubspot_signature_v3")
    }

    fn header(&mut self, name: &'static str, value: Option<&str>) {
        match value {
            Some(value) => drop(self.request.headers_mut().insert(name, value.parse().unwrap())),
            None => drop(self.request.headers_mut().remove(name)),
        }
    }

    fn signed_by(&self, hubspot: &HubSpot) -> bool {
        let push: &dyn Push = hubspot.push().unwrap();
        match push.signed(&self.request, &self.address, &self.secret, self.at) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Forbidden);
                assert!(!format!("{error:?}").contains(self.secret.expose()));
                false
            }
        }
    }

    fn signed(&self) -> bool {
        self.signed_by(&hubspot(|_| {}))
    }
}

#[test]
fn the_published_signatures_hold() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    assert!(Sent::ours().signed());
    let mut published = 0;
    for vector in
        vectors["published_vectors"].as_array().unwrap().iter().filter(|one| one.get("v3").is_some())
    {
        assert!(Sent::of(vector, "url", "v3").signed(), "{}", vector["source"]);
        published += 1;
    }
    assert_eq!(published, 2);
}

#[test]
fn a_query_is_signed_as_it_is_sent_or_as_hubspot_says_that_it_is_decoded() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let mut sent = Sent::of(&vectors, "url_with_query_raw", "x_hubspot_signature_v3_query");
    assert!(sent.signed());
    // The address that HubSpot was given counts, and the query as it came.
    sent.address = vectors["url"].as_str().unwrap().parse().unwrap();
    *sent.request.uri_mut() = "/anything?tenant=a%3Ab&x=%20y".parse().unwrap();
    assert!(sent.signed());
    *sent.request.uri_mut() = "/anything?tenant=b&x=%20y".parse().unwrap();
    assert!(!sent.signed());
}

#[test]
fn what_the_request_says_of_its_own_address_is_not_believed() {
    let mut sent = Sent::ours();
    *sent.request.uri_mut() = "http://127.0.0.1:8080/other/path".parse().unwrap();
    sent.header("host", Some("attacker.example"));
    assert!(sent.signed());
    sent.address = "https://attacker.example/hubspot/v1/events".parse().unwrap();
    assert!(!sent.signed());
}

#[test]
fn any_other_request_is_refused() {
    let mut other = Sent::ours();
    *other.request.body_mut() = Bytes::from(format!("{} ", str::from_utf8(other.request.body()).unwrap()));
    assert!(!other.signed(), "a body that was written anew");
    let mut other = Sent::ours();
    *other.request.method_mut() = http::Method::PUT;
    assert!(!other.signed(), "another method");
    let mut other = Sent::ours();
    other.secret = Secret::new("0000aaaa-11bb-22cc-33dd-444444eeeeef");
    assert!(!other.signed(), "another app");
    for (header, value) in [
        ("x-hubspot-signature-v3", None),
        ("x-hubspot-signature-v3", Some("")),
        ("x-hubspot-signature-v3", Some("SmwEUnEZESIrh91il8SPGgN8CQqwV0gNGf5PrUjUptU")),
        ("x-hubspot-signature-v3", Some("smwEUnEZESIrh91il8SPGgN8CQqwV0gNGf5PrUjUptU=")),
        ("x-hubspot-request-timestamp", None),
        ("x-hubspot-request-timestamp", Some("1791000100501")),
        ("x-hubspot-request-timestamp", Some("1791000100")),
        ("x-hubspot-request-timestamp", Some("soon")),
    ] {
        let mut other = Sent::ours();
        other.header(header, value);
        assert!(!other.signed(), "{header}: {value:?}");
    }
}

#[test]
fn a_signature_holds_for_five_minutes_either_way() {
    for (millis, holds) in [(0, true), (300_000, true), (300_001, false), (-300_000, true), (-300_001, false)]
    {
        let mut sent = Sent::ours();
        sent.at += TimeDelta::milliseconds(millis);
        assert_eq!(sent.signed(), holds, "{millis}");
    }
    let mut sent = Sent::ours();
    for far in [i64::MIN, i64::MAX] {
        sent.header("x-hubspot-request-timestamp", Some(&far.to_string()));
        assert!(!sent.signed());
    }
}

#[test]
fn older_signatures_count_only_where_that_is_said() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let text = |name: &str| vectors[name].as_str().unwrap();
    let lenient = hubspot(|config| config.accept_signatures_before_v3 = true);
    for (version, signature) in
        [("v1", text("x_hubspot_signature_v1")), ("v2", text("x_hubspot_signature_v2"))]
    {
        let mut sent = Sent::ours();
        sent.header("x-hubspot-signature-v3", None);
        sent.header("x-hubspot-signature", Some(signature));
        sent.header("x-hubspot-signature-version", Some(version));
        assert!(!sent.signed(), "{version}");
        assert!(sent.signed_by(&lenient), "{version}");
        // One of the third version that does not hold is not saved by another that does.
        sent.header("x-hubspot-signature-v3", Some("nothing"));
        assert!(!sent.signed_by(&lenient), "{version}");
        sent.header("x-hubspot-signature-v3", None);
        *sent.request.body_mut() = Bytes::from_static(b"[]");
        assert!(!sent.signed_by(&lenient), "{version}");
    }
}

#[test]
fn an_app_subscribes_to_what_is_read() {
    let mut one = settings("contacts", &["jobtitle", "lastmodifieddate"]);
    one.options = options(json!({"deals": {"fields": ["dealtype"]}})).options;
    let other = options(json!({"objects": ["2-34", "subscription"]}));
    let all = webhook_subscriptions([&one, &other]).unwrap();
    let shown: Vec<String> = all
        .iter()
        .map(|one| format!("{} {} {}", one.object, one.event, one.property.as_deref().unwrap_or_default()))
        .collect();
    for there in [
        "contact object.creation ",
        "contact object.associationChange ",
        "contact contact.privacyDeletion ",
        "contact object.propertyChange email",
        "contact object.propertyChange jobtitle",
        "company object.propertyChange lifecyclestage",
        "deal object.merge ",
        "deal object.propertyChange dealtype",
        "2-34 object.restore ",
    ] {
        assert!(shown.iter().any(|one| one == there), "{there}");
    }
    for absent in ["meeting", "lastmodifieddate", "hs_object_id", "subscription object", "deal contact."] {
        assert!(!shown.iter().any(|one| one.contains(absent)), "{absent}");
    }
    let target = "https://app.example/hooks/hubspot".parse().unwrap();
    let file = webhooks_file(&all, &target);
    assert_eq!((&file["type"], &file["uid"]), (&json!("webhooks"), &json!("webhooks")));
    assert_eq!(file["config"]["settings"]["targetUrl"], "https://app.example/hooks/hubspot");
    let subscriptions = &file["config"]["subscriptions"];
    let generic = subscriptions["crmObjects"].as_array().unwrap();
    let change = json!({"subscriptionType": "object.propertyChange", "objectType": "deal",
        "propertyName": "dealtype", "active": true});
    assert!(generic.contains(&change));
    assert_eq!(
        subscriptions["hubEvents"],
        json!([{"subscriptionType": "contact.privacyDeletion", "active": true}])
    );
    assert_eq!(generic.len() + 1, all.len());
}

#[test]
fn more_subscriptions_than_hubspot_allows_are_refused_beforehand() {
    let names: Vec<String> = (0..1_000).map(|index| format!("custom_{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let error = webhook_subscriptions([&settings("contacts", &names)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.advice().is_some());
}

/// Hands every notification that waits to mirrors of the streams.
async fn deliver(
    world: &World,
    mirrors: &mut BTreeMap<&'static str, Mirror>,
    address: &Url,
    secret: &Secret,
) {
    let push: &dyn Push = world.hubspot.push().unwrap();
    while let Some(delivery) = world.sandbox.next_delivery() {
        let now = world.cx.env.now();
        push.signed(&delivery.request, address, secret, now).unwrap();
        let Route::Accounts(all) = push.route(&delivery.request) else { panic!("no account is told") };
        for told in all {
            assert_eq!(told.account, PORTAL.to_string());
            let keys: Vec<&str> = told.keys.iter().map(|hint| hint.key.as_str()).collect();
            let (stream, mirror) =
                mirrors.iter_mut().find(|(stream, _)| **stream == told.stream.as_str()).unwrap();
            mirror.told(world, stream, &keys).await.unwrap();
        }
        world.sandbox.answer_delivery(&delivery, Some(204));
    }
}

#[tokio::test]
async fn whoever_only_listens_ends_up_with_what_is_there() {
    let world = World::scoped(|_| {}, SourceSettings::default(), ALL_SCOPES);
    let address: Url = "https://hooks.app.example/hubspot?tenant=a%3Ab&x=%20y".parse().unwrap();
    let secret = Secret::new("hubspot-sandbox-secret");
    world.sandbox.configure(|config| {
        config.webhooks.repeats = true;
        config.webhooks.shuffle = Some(7);
    });
    world.sandbox.set_webhook_target(address.as_str()).unwrap();
    for one in webhook_subscriptions([&*world.cx.settings]).unwrap() {
        let mut subscription = Subscription::new(&one.event);
        if one.event.starts_with("object.") {
            subscription = subscription.object(&one.object);
        }
        if let Some(property) = one.property {
            subscription = subscription.property(property);
        }
        world.sandbox.subscribe(subscription).unwrap();
    }
    let pair = world.partition("associations", "contacts/companies").await;
    let mut mirrors = BTreeMap::from([
        ("contacts", Mirror::default()),
        ("companies", Mirror::default()),
        ("associations", Mirror::of(pair)),
    ]);
    let companies = ["acme", "globex"].map(|name| world.company(name));
    let contacts = ["ann", "bob", "cid", "dee", "eve"].map(|name| world.contact(name));
    deliver(&world, &mut mirrors, &address, &secret).await;
    for (index, contact) in contacts.iter().enumerate() {
        let company = ("companies", companies[index % 2]);
        world.sandbox.associate(PORTAL, ("contacts", *contact), company, Link::Primary).unwrap();
        world.wait(5);
    }
    world.sandbox.update(PORTAL, "contacts", contacts[0], &[("firstname", "Anna")]).unwrap();
    world.sandbox.archive(PORTAL, "contacts", contacts[1]).unwrap();
    world.wait(5);
    deliver(&world, &mut mirrors, &address, &secret).await;
    let survivor = world.sandbox.merge(PORTAL, "contacts", contacts[2], contacts[3]).unwrap();
    world.wait(5);
    world.sandbox.restore(PORTAL, "contacts", contacts[1]).unwrap();
    world.sandbox.gdpr_delete(PORTAL, "contacts", contacts[4]).unwrap();
    world.wait(5);
    world
        .sandbox
        .dissociate(PORTAL, ("contacts", contacts[0]), ("companies", companies[0]), Link::Unlabelled)
        .unwrap();
    deliver(&world, &mut mirrors, &address, &secret).await;

    for stream in ["contacts", "companies"] {
        assert_eq!(mirrors[stream].views(&world, stream), truth(&world, stream, &[]), "{stream}");
    }
    let into = Gone::MergedInto(survivor.to_string().as_str().into());
    assert_eq!(mirrors["contacts"].gone(contacts[2]), Some(&into));
    let links = mirrors["associations"].links(&world);
    let ann = contacts[0].to_string();
    assert!(links[&ann].is_empty() && true_links(&world)[&ann].is_empty());
}
