//! What webhooks tell, to whom, and how they are signed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use acquaint_testkit::sandbox::hubspot::{
    Delivery, HubSpotConfig, Link, PropertyDefinition, Subscription, WebhookError,
};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use http::Method;
use hubspot_support::{OTHER, PORTAL, World, world_with};
use serde_json::{Value, json};

const TARGET: &str = "https://hooks.app.example/hubspot?tenant=a%3Ab&x=%20y";

/// A world whose app is subscribed to `events`: a type, and after a space its property.
fn listening(events: &[&str], change: impl FnOnce(&mut HubSpotConfig)) -> World {
    let world = world_with(change);
    world.hubspot.set_webhook_target(TARGET).unwrap();
    for event in events {
        let subscription = match event.split_once(' ') {
            Some((event, property)) => Subscription::new(event).property(property),
            None => Subscription::new(*event),
        };
        world.hubspot.subscribe(subscription).unwrap();
    }
    world
}

impl World {
    /// Takes everything that is due, as accepted by the receiver.
    fn told(&self) -> Vec<Value> {
        let mut all = Vec::new();
        while let Some(delivery) = self.hubspot.next_delivery() {
            all.extend(events(&delivery));
            self.hubspot.answer_delivery(&delivery, Some(204));
        }
        all
    }
}

fn events(delivery: &Delivery) -> Vec<Value> {
    serde_json::from_slice(delivery.request.body()).unwrap()
}

/// The type of each event and the record it is about.
fn brief(events: &[Value]) -> Vec<(String, u64)> {
    let about = |event: &Value| event["objectId"].as_u64().or(event["fromObjectId"].as_u64()).unwrap();
    events
        .iter()
        .map(|event| (event["subscriptionType"].as_str().unwrap().to_owned(), about(event)))
        .collect()
}

fn one(event: &str, id: u64) -> (String, u64) {
    (event.to_owned(), id)
}

fn header<'a>(delivery: &'a Delivery, name: &str) -> &'a str {
    delivery.request.headers()[name].to_str().unwrap()
}

#[test]
fn each_subscription_is_told_of_what_it_asked_for_and_of_nothing_else() {
    let world = listening(
        &["contact.creation", "contact.propertyChange email", "contact.restore", "company.deletion"],
        |_| {},
    );
    let contact = world.contact("a@x.example");
    let company = world.company("X", "x.example");
    world.hubspot.update(PORTAL, "contacts", contact, &[("email", "b@x.example"), ("city", "Oslo")]).unwrap();
    world.hubspot.update(PORTAL, "contacts", contact, &[("email", "b@x.example")]).unwrap();
    world.hubspot.archive(PORTAL, "contacts", contact).unwrap();
    world.hubspot.restore(PORTAL, "contacts", contact).unwrap();
    world.hubspot.archive(PORTAL, "companies", company).unwrap();
    let told = world.told();
    assert_eq!(
        brief(&told),
        [
            one("contact.creation", contact),
            one("contact.propertyChange", contact),
            one("contact.propertyChange", contact),
            one("contact.restore", contact),
            one("company.deletion", company),
        ]
    );
    assert_eq!(
        told[2],
        json!({
            "eventId": told[2]["eventId"],
            "subscriptionId": 2_200_002,
            "portalId": PORTAL,
            "appId": 3_300_112,
            "occurredAt": 1_791_619_200_000_u64,
            "subscriptionType": "contact.propertyChange",
            "attemptNumber": 0,
            "objectId": contact,
            "propertyName": "email",
            "propertyValue": "b@x.example",
            "changeSource": "CRM_UI",
            "sourceId": told[0]["sourceId"],
        })
    );
    assert_eq!(told[0]["changeFlag"], "NEW");
    assert!(world.hubspot.next_delivery().is_none());
    assert_eq!(world.hubspot.undelivered(), 0);
}

#[test]
fn a_deleted_contact_is_told_once_for_each_subscription() {
    let world = listening(&["contact.deletion", "contact.deletion", "contact.privacyDeletion"], |_| {});
    let (first, second) = (world.contact("a@x.example"), world.contact("b@x.example"));
    world.hubspot.archive(PORTAL, "contacts", first).unwrap();
    assert_eq!(brief(&world.told()), [one("contact.deletion", first), one("contact.deletion", first)]);
    world.hubspot.gdpr_delete(PORTAL, "contacts", second).unwrap();
    // An erasure is an ordinary deletion as well.
    let told = world.told();
    assert_eq!(
        brief(&told),
        [
            one("contact.deletion", second),
            one("contact.deletion", second),
            one("contact.privacyDeletion", second)
        ]
    );
    assert!(told.iter().all(|event| event["changeFlag"] == "DELETED"));
}

#[test]
fn a_merge_names_the_new_record_and_the_old_ones() {
    let world = listening(&["contact.merge", "contact.deletion"], |_| {});
    let (first, second) = (world.contact("a@x.example"), world.contact("b@x.example"));
    world.hubspot.update(PORTAL, "contacts", second, &[("city", "Oslo")]).unwrap();
    let new = world.hubspot.merge(PORTAL, "contacts", first, second).unwrap();
    let told = world.told();
    assert_eq!(brief(&told), [one("contact.merge", new)]);
    assert_eq!((&told[0]["primaryObjectId"], &told[0]["newObjectId"]), (&json!(first), &json!(new)));
    assert_eq!(
        (&told[0]["mergedObjectIds"], &told[0]["numberOfPropertiesMoved"]),
        (&json!([second]), &json!(1))
    );
}

#[test]
fn an_association_is_told_in_each_direction_that_is_subscribed() {
    let world = listening(&["contact.associationChange", "company.associationChange"], |_| {});
    world.hubspot.subscribe(Subscription::new("object.associationChange").object("0-2")).unwrap();
    let (contact, company) = (world.contact("a@x.example"), world.company("X", "x.example"));
    world.hubspot.associate(PORTAL, ("contacts", contact), ("companies", company), Link::Primary).unwrap();
    let told = world.told();
    let of = |name: &str| -> Vec<&Value> {
        told.iter().filter(|event| event["subscriptionType"] == name).collect()
    };
    let mine = of("contact.associationChange");
    // Once for the association and once for its being the primary one.
    assert_eq!(mine.len(), 2);
    assert_eq!(mine[1]["associationType"], "CONTACT_TO_COMPANY");
    assert_eq!((&mine[1]["fromObjectId"], &mine[1]["toObjectId"]), (&json!(contact), &json!(company)));
    assert_eq!(
        (&mine[0]["isPrimaryAssociation"], &mine[1]["isPrimaryAssociation"]),
        (&json!(false), &json!(true))
    );
    assert_eq!((&mine[1]["associationRemoved"], &mine[1]["objectId"]), (&json!(false), &Value::Null));
    let theirs = of("company.associationChange");
    assert_eq!(theirs[1]["associationType"], "COMPANY_TO_CONTACT");
    assert_eq!(theirs[1]["fromObjectId"], company);
    let generic = of("object.associationChange");
    assert_eq!(
        (&generic[1]["fromObjectTypeId"], &generic[1]["toObjectTypeId"]),
        (&json!("0-2"), &json!("0-1"))
    );
    assert_eq!(
        (&generic[1]["associationTypeId"], &generic[1]["associationCategory"]),
        (&json!(2), &json!("HUBSPOT_DEFINED"))
    );
    world
        .hubspot
        .dissociate(PORTAL, ("contacts", contact), ("companies", company), Link::Unlabelled)
        .unwrap();
    let removed = world.told();
    assert!(removed.len() == 6 && removed.iter().all(|event| event["associationRemoved"] == true));
}

#[test]
fn generic_events_carry_the_type_of_custom_objects_and_meetings() {
    let world = listening(&[], |_| {});
    let policy = world.hubspot.define_object(PORTAL, "policies", ("P", "Ps"), "number").unwrap();
    let subscribe = |subscription| world.hubspot.subscribe(subscription).unwrap();
    subscribe(Subscription::new("object.creation").object(&policy));
    subscribe(Subscription::new("object.propertyChange").object("meeting").property("hs_meeting_title"));
    let id = world.hubspot.create(PORTAL, "policies", &[("number", "P-1")]).unwrap();
    let meeting = world.hubspot.create(PORTAL, "meetings", &[("hs_meeting_title", "Renewal")]).unwrap();
    let told = world.told();
    assert_eq!(brief(&told), [one("object.creation", id), one("object.propertyChange", meeting)]);
    assert_eq!((&told[0]["objectTypeId"], &told[1]["objectTypeId"]), (&json!(policy), &json!("0-47")));
    assert_eq!((&told[1]["propertyValue"], &told[1]["isSensitive"]), (&json!("Renewal"), &json!(false)));
}

#[test]
fn a_sensitive_value_is_not_told() {
    let world = listening(&[], |_| {});
    let property = PropertyDefinition::new("diagnosis", "string").sensitive();
    world.hubspot.define_property(PORTAL, "contacts", property).unwrap();
    let changes = Subscription::new("object.propertyChange").object("contact").property("diagnosis");
    world.hubspot.subscribe(changes).unwrap();
    world.hubspot.create(PORTAL, "contacts", &[("diagnosis", "none of yours")]).unwrap();
    let told = world.told();
    assert_eq!((&told[0]["propertyValue"], &told[0]["isSensitive"]), (&json!("REDACTED"), &json!(true)));
    let hidden = world.get("/crm/v3/properties/contacts").body;
    assert!(hidden["results"].as_array().unwrap().iter().all(|one| one["name"] != "diagnosis"));
    let shown = world.get("/crm/v3/properties/contacts?dataSensitivity=sensitive").body;
    assert_eq!(shown["results"][0]["name"], "diagnosis");
}

#[test]
fn whoever_installs_again_is_told_again() {
    let world = listening(&["contact.creation"], |_| {});
    world.hubspot.uninstall(PORTAL);
    world.contact("a@x.example");
    let query = "client_id=aaaaaaaa-0000-4000-8000-000000000001&redirect_uri=https://app.example/callback&scope=oauth";
    let answer = world.send(Method::GET, &format!("/oauth/authorize?{query}"), None, "");
    let back: url::Url = answer.headers["location"].to_str().unwrap().parse().unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://app.example/callback"),
        ("client_id", "aaaaaaaa-0000-4000-8000-000000000001"),
        ("client_secret", "hubspot-sandbox-secret"),
    ];
    assert_eq!(world.form("/oauth/2026-03/token", &fields).status, 200);
    let heard = world.contact("b@x.example");
    assert_eq!(brief(&world.told()), [one("contact.creation", heard)]);
}

#[test]
fn a_change_by_an_app_says_so() {
    let world = listening(&["contact.creation"], |_| {});
    let made = world.post("/crm/v3/objects/contacts", &json!({"properties": {"email": "a@x.example"}}));
    assert_eq!(made.status, 201);
    let told = world.told();
    assert_eq!((&told[0]["changeSource"], &told[0]["sourceId"]), (&json!("INTEGRATION"), &json!("3300112")));
}

#[test]
fn a_delivery_is_signed_afresh_in_each_attempt() {
    let world = listening(&["contact.creation"], |_| {});
    world.contact("a@x.example");
    let signed = |delivery: &Delivery, uri: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"hubspot-sandbox-secret");
        let body = std::str::from_utf8(delivery.request.body()).unwrap();
        let message = format!("POST{uri}{body}{}", header(delivery, "x-hubspot-request-timestamp"));
        STANDARD.encode(hmac::sign(&key, message.as_bytes()))
    };
    let first = world.hubspot.next_delivery().unwrap();
    assert_eq!(first.request.uri(), TARGET);
    assert_eq!(header(&first, "x-hubspot-request-timestamp"), "1791619200000");
    let decoded = "https://hooks.app.example/hubspot?tenant=a:b&x=%20y";
    assert_eq!(header(&first, "x-hubspot-signature-v3"), signed(&first, decoded));
    assert_eq!(header(&first, "x-hubspot-signature-version"), "v1");
    world.hubspot.answer_delivery(&first, Some(500));
    assert!(world.hubspot.next_delivery().is_none());
    world.forward(Duration::hours(1));
    world.hubspot.configure(|config| config.webhooks.signs_decoded_uri = false);
    let second = world.hubspot.next_delivery().unwrap();
    assert_eq!((second.number, second.attempt), (first.number, 1));
    assert_eq!(header(&second, "x-hubspot-request-timestamp"), "1791622800000");
    assert_eq!(header(&second, "x-hubspot-signature-v3"), signed(&second, TARGET));
    let (one, other) = (&events(&first)[0], &events(&second)[0]);
    assert_eq!((&other["attemptNumber"], &one["eventId"]), (&json!(1), &other["eventId"]));
}

#[test]
fn a_delivery_that_always_fails_is_tried_eleven_times_within_a_day() {
    let world = listening(&["contact.creation"], |_| {});
    world.contact("a@x.example");
    let mut attempts = Vec::new();
    for minute in 0..=24 * 60 + 1 {
        if let Some(delivery) = world.hubspot.next_delivery() {
            attempts.push(minute);
            // 4xx, 5xx, no connection, no answer in time: all the same.
            match delivery.attempt % 4 {
                0 => world.hubspot.answer_delivery(&delivery, Some(404)),
                1 => world.hubspot.answer_delivery(&delivery, Some(503)),
                2 => world.hubspot.answer_delivery(&delivery, None),
                _ => assert!(
                    world.hubspot.next_delivery_at().unwrap() <= world.clock_now() + Duration::seconds(5)
                ),
            }
        }
        world.forward(Duration::minutes(1));
    }
    assert_eq!(attempts.len(), 11, "{attempts:?}");
    assert!(attempts.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!((world.hubspot.undelivered(), world.hubspot.next_delivery_at()), (0, None));
}

#[test]
fn a_batch_holds_a_hundred_events_and_may_mix_portals() {
    let world = listening(&["contact.creation"], |_| {});
    for n in 0..120 {
        let portal = if n % 2 == 0 { PORTAL } else { OTHER };
        world.hubspot.create(portal, "contacts", &[("email", &format!("{n}@x.example"))]).unwrap();
    }
    let sizes = |world: &World| -> Vec<usize> {
        std::iter::from_fn(|| world.hubspot.next_delivery()).map(|delivery| events(&delivery).len()).collect()
    };
    assert_eq!(sizes(&world), [100, 20]);
    world.hubspot.drop_deliveries();
    world.hubspot.configure(|config| config.webhooks.mixes_portals = false);
    for portal in [PORTAL, OTHER, PORTAL] {
        world.hubspot.create(portal, "contacts", &[]).unwrap();
    }
    assert_eq!(sizes(&world), [2, 1]);
}

#[test]
fn events_may_come_late_twice_and_in_any_order() {
    let world = listening(&["contact.creation"], |config| {
        config.webhooks.delay = Duration::minutes(2);
        config.webhooks.repeats = true;
        config.webhooks.shuffle = Some(7);
        config.webhooks.unique_event_ids = false;
    });
    let ids: Vec<u64> = (0..20).map(|n| world.contact(&format!("{n}@x.example"))).collect();
    assert!(world.told().is_empty());
    world.forward(Duration::minutes(2));
    let told = world.told();
    let mut about: Vec<u64> = told.iter().map(|event| event["objectId"].as_u64().unwrap()).collect();
    let twice: Vec<u64> = ids.iter().flat_map(|id| [*id, *id]).collect();
    assert_ne!(about, twice);
    about.sort_unstable();
    assert_eq!(about, twice);
    let numbers: std::collections::BTreeSet<u64> =
        told.iter().map(|e| e["eventId"].as_u64().unwrap()).collect();
    assert_eq!(numbers.len(), 3);
}

#[test]
fn what_happens_while_webhooks_are_off_is_never_told() {
    let world = listening(&["contact.creation"], |config| config.webhooks.enabled = false);
    world.contact("a@x.example");
    world.hubspot.configure(|config| config.webhooks.enabled = true);
    let heard = world.contact("b@x.example");
    assert_eq!(brief(&world.told()), [one("contact.creation", heard)]);
    world.hubspot.uninstall(PORTAL);
    world.contact("c@x.example");
    assert!(world.told().is_empty());
    let id = *world.hubspot.subscriptions().keys().next().unwrap();
    assert!(world.hubspot.unsubscribe(id) && !world.hubspot.unsubscribe(id));
    world.hubspot.create(OTHER, "contacts", &[]).unwrap();
    assert!(world.told().is_empty());
}

#[test]
fn settings_that_hubspot_has_not_are_refused() {
    let world = listening(&[], |_| {});
    let refused = |subscription: Subscription| world.hubspot.subscribe(subscription).unwrap_err();
    for name in
        ["contact", "contact.explosion", "meeting.creation", "company.privacyDeletion", "contact.install"]
    {
        assert_eq!(refused(Subscription::new(name)), WebhookError::UnknownEvent(name.to_owned()));
    }
    let changes = Subscription::new("contact.propertyChange");
    assert!(matches!(refused(changes.clone()), WebhookError::Property(_)));
    assert!(matches!(
        refused(Subscription::new("contact.creation").property("email")),
        WebhookError::Property(_)
    ));
    assert!(matches!(refused(changes.property("hs_lastmodifieddate")), WebhookError::DeafProperty(_)));
    assert_eq!(refused(Subscription::new("object.creation")), WebhookError::Object);
    assert_eq!(refused(Subscription::new("object.creation").object("policies")), WebhookError::Object);
    for target in ["hooks.app.example", "http://hooks.app.example/", "https://"] {
        assert!(world.hubspot.set_webhook_target(target).is_err(), "{target}");
    }
}
