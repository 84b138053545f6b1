//! What is delivered fits the schema that the manifest states.

use acquaint::Manifest;
use acquaint::core::view::EventTime;
use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};

use super::{SOURCES, World, empty, review};

/// Why a value does not fit a schema, for the words that are used here.
fn misfit(schema: &Value, value: &Value, root: &Value) -> Option<String> {
    let wrong = |why: &str| Some(format!("{value} is not {why} of {schema}"));
    for (word, rule) in schema.as_object().expect("a schema is an object") {
        let fits = |schema: &Value| misfit(schema, value, root).is_none();
        let texts = || rule.as_array().unwrap().iter().map(|text| text.as_str().unwrap());
        let found = match word.as_str() {
            "$schema" | "title" | "$defs" | "description" => None,
            "$ref" => {
                misfit(root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(), value, root)
            }
            "anyOf" if rule.as_array().unwrap().iter().any(fits) => None,
            "not" if !fits(rule) => None,
            "type" if rule.is_string() && is(value, rule.as_str().unwrap()) => None,
            "type" if rule.is_array() && texts().any(|kind| is(value, kind)) => None,
            "const" if value == rule => None,
            "enum" if rule.as_array().unwrap().contains(value) => None,
            "minimum" if value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()) => None,
            "minItems"
                if value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()) =>
            {
                None
            }
            "maxItems"
                if value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()) =>
            {
                None
            }
            "format" if value.as_str().is_none_or(|text| formatted(text, rule.as_str().unwrap())) => None,
            "pattern" if value.as_str().is_none_or(|text| text.len() == 5 && &text[2..3] == ":") => None,
            "items" => value.as_array().into_iter().flatten().find_map(|item| misfit(rule, item, root)),
            "required" if value.as_object().is_none_or(|map| texts().all(|name| map.contains_key(name))) => {
                None
            }
            "properties" => value
                .as_object()
                .into_iter()
                .flatten()
                .find_map(|(name, value)| rule.get(name).and_then(|schema| misfit(schema, value, root))),
            "additionalProperties"
                if value
                    .as_object()
                    .is_none_or(|map| map.keys().all(|name| schema["properties"].get(name).is_some())) =>
            {
                None
            }
            _ => wrong(word),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => panic!("{kind}"),
    }
}

fn formatted(text: &str, format: &str) -> bool {
    match format {
        "date-time" => DateTime::parse_from_rfc3339(text).is_ok(),
        "date" => text.parse::<NaiveDate>().is_ok(),
        _ => panic!("{format}"),
    }
}

fn schema(output: &str) -> Value {
    Manifest::parse(&format!("{SOURCES}{output}")).unwrap().output_schema()
}

const EVERYTHING: &str = "
  title: title
  start: start
  starts_at: { from: start, zone: Europe/Berlin }
  day: { from: start, format: date }
  hour: { from: start, format: time }
  seconds: duration
  all_day: all_day
  status: status
  location: { from: location, missing: drop_field }
  place: { from: location, default: nowhere }
  name: { from: title, default: untitled, missing: drop_field }
  people: attendees
  accounts: accounts
  account: main_account
  account_name: main_account.name
  renewal: { from: main_account.renewal, zone: Europe/Berlin }
  seats: main_account.seats
  blank: main_account.blank
  vip: { from: main_account.vip, missing: drop_field }
  stage: { from: main_account.stage, values: { customer: { rank: 1 } }, default: other }
  kind: { value: meeting }
  priority: priority
  outside: { each: attendees, where: { external: true }, limit: 2, take: { email: email, role: contact.role } }
  guests: { each: attendees, where: { external: true }, take: { email: email, host: organiser }, missing: drop_field }
  host: { first: attendees, where: { organiser: true }, take: { email: email } }
";

#[tokio::test]
async fn what_is_delivered_fits_the_schema() {
    let indented = EVERYTHING.replace("\n  ", "\n      ");
    let in_sections = format!(
        "output:
  meeting:
    take:{indented}
  attendance:
    where: {{ class: {{ in: [internal, external] }} }}
    take:
      email: email
      name: name
      start: {{ from: meeting.start, format: time }}
      role: {{ from: contact.role, required: true, missing: drop_field }}
      account: {{ from: account.name, default: 7 }}
"
    );
    let mut day = empty();
    day.start = EventTime::Day("2026-03-10".parse().unwrap());
    day.end = EventTime::Day("2026-03-11".parse().unwrap());
    for output in [format!("output:{EVERYTHING}"), in_sections, String::new()] {
        let schema = schema(&output);
        let world = World::new(&output).await;
        for event in [review(), empty(), day.clone()] {
            world.put(event).await;
            world.sync().await;
        }
        let feed = world.tenant.changes(0, 100).await.unwrap();
        let told: Vec<_> = feed.iter().filter(|entry| !entry.content.is_null()).collect();
        assert!(told.len() >= 3, "{told:?}");
        for entry in told {
            let section = &schema["$defs"][&entry.section];
            assert_eq!(misfit(section, &entry.content, &schema), None);
            assert_eq!(misfit(&schema, &entry.content, &schema), None);
            // Whoever checks notices what is left out and what is too much.
            let mut more = entry.content.clone();
            more["more"] = json!(1);
            assert!(misfit(section, &more, &schema).is_some());
            assert!(misfit(section, &json!({}), &schema).is_some());
        }
    }
}

#[test]
fn a_schema_says_what_may_be_missing_and_what_may_not() {
    let schema = schema(&format!("output:{EVERYTHING}"));
    let meeting = &schema["$defs"]["meeting"];
    let required: Vec<&str> =
        meeting["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for (name, there) in
        [("title", true), ("location", false), ("vip", false), ("guests", false), ("host", true)]
    {
        assert_eq!(required.contains(&name), there, "{name}");
    }
    let of = |name: &str| {
        let mut of = meeting["properties"][name].clone();
        of.as_object_mut().unwrap().remove("description");
        of
    };
    assert_eq!(of("title"), json!({ "type": ["string", "null"] }));
    assert_eq!(of("location"), json!({ "type": "string" }));
    assert_eq!(of("seconds"), json!({ "type": "integer" }));
    assert_eq!(of("seats"), json!({}), "a field of the CRM may be anything");
    assert_eq!(of("stage"), json!({ "enum": [{ "rank": 1 }, "other"] }));
    assert_eq!(of("place"), json!({ "anyOf": [{ "type": "string" }, { "const": "nowhere" }] }));
    assert_eq!(of("kind"), json!({ "const": "meeting" }));
    assert_eq!(meeting["properties"]["starts_at"]["description"], "the start, in the time of Europe/Berlin");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["$defs"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_delivered_of_accounts_and_contacts_fits_the_schema() {
    let sections = "
output:
  account:
    take:
      name: name
      count: meeting_count
      since: first.start
      last: last.start
      next: { from: next.start, zone: Europe/Berlin, format: date, missing: drop_field }
      recent: { each: meetings, sort: title, take: { title: title, zone: zone } }
  contact:
    take: { role: { from: role, required: true }, first: { first: meetings, take: { start: start } } }
";
    let schema = Manifest::parse(&format!("{SOURCES}{sections}")).unwrap().output_schema();
    let account = &schema["$defs"]["account"]["properties"];
    assert_eq!(account["count"]["type"], "integer");
    assert_eq!(account["recent"]["maxItems"], 200);
    assert!(misfit(&account["since"], &Value::Null, &schema).is_some(), "there is always a first meeting");
    assert!(misfit(&account["last"], &Value::Null, &schema).is_none());
    let world = World::new(sections).await;
    for (id, start) in [("e1", "2026-02-01T10:00:00Z"), ("e2", "2026-03-05T10:00:00Z")] {
        let mut event = review();
        (event.id, event.uid) = (id.to_owned(), Some(format!("{id}@test")));
        let start: DateTime<chrono::Utc> = start.parse().unwrap();
        (event.start, event.end) = (EventTime::At(start), EventTime::At(start + chrono::TimeDelta::hours(1)));
        world.put(event).await;
        world.sync().await;
    }
    let told = world.tenant.changes(0, 100).await.unwrap();
    assert!(told.len() > 4);
    for entry in told {
        let own = &schema["$defs"][&entry.section];
        assert_eq!(misfit(own, &entry.content, &schema), None, "{}", entry.delivery_id());
        assert_eq!(misfit(&schema, &entry.content, &schema), None);
    }
}
