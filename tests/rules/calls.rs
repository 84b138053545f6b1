//! `call`: what a product has registered.

use std::sync::Mutex;

use acquaint::matcher::Reason;
use acquaint::matcher::strategy::{self, Answer};
use acquaint::registry::{predicate_fn, transform_fn};
use serde_json::json;

use super::*;

/// Values and settings, in the order in which a predicate saw them.
type Seen = Arc<Mutex<Vec<(Value, Value)>>>;

/// A predicate that passes whatever it sees.
fn watcher() -> (Registry, Seen) {
    let seen = Seen::default();
    let into = Arc::clone(&seen);
    let watch = predicate_fn("watch", 1, move |value, settings| {
        into.lock().unwrap().push((value.clone(), settings.clone()));
        true
    });
    (Registry::bundled().unwrap().predicate(watch), seen)
}

/// What `keep` shows the predicate.
async fn watched(keep: &str) -> Vec<(Value, Value)> {
    let (registry, seen) = watcher();
    let world = World::with(registry, &format!("keep: {{ {keep} }}\n")).await;
    world.put(review()).await;
    world.sync().await;
    assert!(world.kept().await, "{keep}");
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[tokio::test]
async fn a_predicate_sees_the_field_and_its_settings() {
    let rules = [
        ("title: { call: watch }", json!("Quarterly Review"), Value::Null),
        ("duration: { call: { watch: 7 } }", json!(1800), json!(7)),
        ("location: { call: { watch: { a: [1] } } }", Value::Null, json!({ "a": [1] })),
        ("private: { call: watch }", json!(false), Value::Null),
        ("start: { call: watch }", json!("2026-03-10T10:00:00Z"), Value::Null),
        ("main_account.seats: { call: watch }", json!(50), Value::Null),
    ];
    for (rule, value, settings) in rules {
        assert_eq!(watched(rule).await.first(), Some(&(value, settings)), "{rule}");
    }
}

#[tokio::test]
async fn a_predicate_sees_records_and_people_whole() {
    let seen = watched("main_account: { call: watch }, attendees: { call: watch }").await;
    assert_eq!((&seen[0].0["name"], &seen[0].0["fields"]["seats"]), (&json!("Globex"), &json!(50)));
    let emails: Vec<&Value> = seen[1].0.as_array().unwrap().iter().map(|who| &who["email"]).collect();
    assert!(emails.contains(&&json!("jane@globex.com")), "{emails:?}");
}

#[tokio::test]
async fn a_predicate_decides_and_is_named_by_the_decision() {
    for (seats, kept) in [(50, true), (51, false)] {
        let big = predicate_fn("big", 3, |account, settings| {
            account["fields"]["seats"].as_f64() >= settings["seats"].as_f64()
        });
        let registry = Registry::bundled().unwrap().predicate(big);
        let keep = format!("keep: {{ main_account: {{ call: {{ big: {{ seats: {seats} }} }} }} }}\n");
        let world = World::with(registry, &keep).await;
        world.put(review()).await;
        world.sync().await;
        let decision = world.meeting().await.decision;
        let because = if kept { None } else { Some("keep.main_account") };
        assert_eq!((decision.kept, decision.because.as_deref()), (kept, because));
        assert!(decision.evaluator.ends_with(" big:3"), "{}", decision.evaluator);
    }
}

#[tokio::test]
async fn a_transform_changes_what_is_delivered_and_is_not_asked_of_nothing() {
    let shorten = transform_fn("shorten", 1, |value, length| {
        let length = usize::try_from(length.as_u64().unwrap()).unwrap();
        value.as_str().unwrap().chars().take(length).collect::<String>().into()
    });
    let registry = Registry::bundled().unwrap().transform(shorten);
    let output = "output:
  short: { from: title, call: { shorten: 9 } }
  none: { from: location, call: { shorten: 9 } }
  table: { from: main_account.stage, values: { customer: Customer }, call: { shorten: 4 } }
  people: { each: attendees, where: { email: jane@globex.com }, take: { who: { from: name, call: { shorten: 4 } } } }
";
    let world = World::with(registry, output).await;
    world.put(review()).await;
    world.sync().await;
    let expected =
        json!({ "short": "Quarterly", "none": null, "table": "Cust", "people": [{ "who": "Jane" }] });
    assert_eq!(world.meeting().await.content, expected);
}

#[tokio::test]
async fn a_strategy_of_the_product_is_named_like_any_other() {
    let nobody = strategy::from_fn("nobody", 1, |_, _| {
        Answer::Stop(Reason::Other("nobody counts here".into()).into())
    });
    let registry = Registry::bundled().unwrap().strategy(nobody);
    let world =
        World::with(registry, "match: { strategies: [nobody, email, contact_account, domain] }\n").await;
    world.put(review()).await;
    world.sync().await;
    let meeting = world.meeting().await;
    assert!(meeting.attendees.iter().all(|who| who.contact.is_none()), "{:?}", meeting.attendees);
    assert!(meeting.decision.evaluator.contains("nobody:1"), "{}", meeting.decision.evaluator);
}
