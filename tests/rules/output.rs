//! What a destination gets.

use acquaint::ChangeKind;
use acquaint::core::view::{Contact, EventTime};
use serde_json::json;

use super::{World, at, content, empty, review};

#[tokio::test]
async fn values_keep_their_type_and_what_is_missing_is_null() {
    let content = content(
        "
output:
  title: title
  start: start
  end: end
  seconds: duration
  all_day: all_day
  status: status
  kind: kind
  private: private
  location: location
  organiser: organiser
  conference: conference
  people: attendees
  accounts: accounts
  account: main_account
  name: main_account.name
  seats: main_account.seats
  size: main_account.size
  vip: main_account.vip
  blank: main_account.blank
  nothing: main_account.none
",
    )
    .await;
    let expected = json!({
        "title": "Quarterly Review",
        "start": "2026-03-10T10:00:00Z",
        "end": "2026-03-10T10:30:00Z",
        "seconds": 1800,
        "all_day": false,
        "status": "confirmed",
        "kind": "default",
        "private": false,
        "location": null,
        "organiser": "ana@us.example",
        "conference": "https://meet.example/abc",
        "people": ["ana@us.example", "bill@initech.com", "jane@globex.com", "who@elsewhere.test"],
        "accounts": [
            { "source": "product", "id": "1", "name": "Globex" },
            { "source": "product", "id": "2", "name": "Initech" },
        ],
        "account": { "source": "product", "id": "1", "name": "Globex" },
        "name": "Globex",
        "seats": 50,
        "size": " 250 ",
        "vip": true,
        "blank": null,
        "nothing": null,
    });
    assert_eq!(content, expected);
}

#[tokio::test]
async fn a_table_exchanges_values_and_a_default_stands_in() {
    let content = content(
        "
output:
  stage: { from: main_account.stage, values: { customer: Kunde }, default: Interessent }
  seats: { from: main_account.seats, values: { '50': fifty }, default: other }
  vip: { from: main_account.vip, values: { true: { rank: 1 } } }
  kind: { from: kind, values: { DEFAULT: 1 } }
  unlisted: { from: title, values: { QBR: 1 } }
  unlisted_default: { from: title, values: { QBR: 1 }, default: [2, { three: ~ }] }
  missing: { from: location, values: { '': 1 } }
  missing_default: { from: location, default: nowhere }
  present: { from: title, default: nowhere }
  null_in_table: { from: kind, values: { default: ~ }, default: 1 }
",
    )
    .await;
    let expected = json!({
        "stage": "Kunde",
        "seats": "fifty",
        "vip": { "rank": 1 },
        "kind": 1,
        "unlisted": null,
        "unlisted_default": [2, { "three": null }],
        "missing": null,
        "missing_default": "nowhere",
        "present": "Quarterly Review",
        "null_in_table": null,
    });
    assert_eq!(content, expected);
}

#[tokio::test]
async fn a_list_takes_what_is_asked_of_whom_is_asked() {
    let sections = "
output:
  everybody: { each: attendees, take: { who: email } }
  outside:
    each: attendees
    where: { external: true, not: { response: declined } }
    take:
      who: email
      role: contact.role
      account: account.name
      stage: { from: account.stage, values: { customer: 1 }, default: 0 }
  accounts: { each: accounts, where: { stage: { exists: true } }, take: { name: name, seats: seats } }
  nobody: { each: attendees, where: { class: robot }, take: { who: email } }
";
    let expected = json!({
        "everybody": [
            { "who": "ana@us.example" },
            { "who": "bill@initech.com" },
            { "who": "jane@globex.com" },
            { "who": "who@elsewhere.test" },
        ],
        "outside": [
            { "who": "jane@globex.com", "role": "CFO", "account": "Globex", "stage": 1 },
            { "who": "who@elsewhere.test", "role": null, "account": null, "stage": 0 },
        ],
        "accounts": [{ "name": "Globex", "seats": 50 }, { "name": "Initech", "seats": null }],
        "nobody": [],
    });
    assert_eq!(content(sections).await, expected);

    let world = World::new(sections).await;
    world.put(empty()).await;
    world.sync().await;
    let nobody = json!({ "everybody": [], "outside": [], "accounts": [], "nobody": [] });
    assert_eq!(world.meeting().await.content, nobody);
}

#[tokio::test]
async fn an_account_that_does_not_count_stays_out_of_the_output_and_in_sight() {
    let sections = "
match: { accounts: { stage: customer } }
output:
  accounts: { each: accounts, take: { name: name } }
  people: { each: attendees, where: { account: { exists: true } }, take: { account: account.name } }
";
    let world = World::new(sections).await;
    world.put(review()).await;
    world.sync().await;
    let meeting = world.meeting().await;
    let expected = json!({ "accounts": [{ "name": "Globex" }], "people": [{ "account": "Globex" }] });
    assert_eq!(meeting.content, expected);
    let bill = meeting.attendees.iter().find(|who| who.email == "bill@initech.com").unwrap();
    assert_eq!(bill.account.as_ref().unwrap().name.as_deref(), Some("Initech"));
    assert!(!bill.account_counts && bill.counted_account().is_none());
}

#[tokio::test]
async fn without_an_output_section_the_usual_is_delivered() {
    let expected = json!({
        "title": "Quarterly Review",
        "starts_at": "2026-03-10T10:00:00Z",
        "ends_at": "2026-03-10T10:30:00Z",
        "account": "Globex",
        "people": [
            { "email": "bill@initech.com", "name": null, "account": "Initech" },
            { "email": "jane@globex.com", "name": "Jane Roe", "account": "Globex" },
            { "email": "who@elsewhere.test", "name": null, "account": null },
        ],
    });
    assert_eq!(content("").await, expected);
}

#[tokio::test]
async fn a_point_in_time_is_written_in_the_time_of_a_zone() {
    let sections = "
output:
  berlin: { from: start, zone: Europe/Berlin }
  day: { from: start, zone: Asia/Tokyo, format: date }
  hour: { from: start, zone: America/New_York, format: time }
  utc: { from: end, format: rfc3339 }
  since: { from: main_account.since, zone: Europe/Berlin }
  renewal: { from: main_account.renewal, zone: Europe/Berlin }
  renewal_hour: { from: main_account.renewal, zone: Europe/Berlin, format: time }
  no_time: { from: main_account.stage, zone: Europe/Berlin, default: unknown }
  season: { from: start, zone: Europe/Berlin, format: date, values: { '2026-07-10': summer }, default: winter }
";
    let world = World::new(sections).await;
    let mut event = review();
    // In March the clocks of New York have been put forward, and those of Berlin have not.
    let expected = [
        ("2026-03-10T23:30:00Z", "2026-03-11T00:30:00+01:00", "2026-03-11", "19:30", "winter"),
        ("2026-07-10T09:05:00Z", "2026-07-10T11:05:00+02:00", "2026-07-10", "05:05", "summer"),
    ];
    for (start, berlin, day, hour, season) in expected {
        event.start = EventTime::At(at(start));
        event.end = event.start;
        world.put(event.clone()).await;
        world.sync().await;
        let expected = json!({
            "berlin": berlin,
            "day": day,
            "hour": hour,
            "utc": start,
            "since": "2024-05-01T12:00:00+02:00",
            "renewal": "2026-06-01",
            "renewal_hour": null,
            "no_time": "unknown",
            "season": season,
        });
        assert_eq!(world.meeting().await.content, expected);
    }
}

#[tokio::test]
async fn a_whole_day_is_the_same_day_in_every_zone() {
    let sections = "
output:
  start: { from: start, zone: Pacific/Auckland }
  day: { from: start, zone: America/Los_Angeles, format: date }
  hour: { from: start, zone: Europe/Berlin, format: time, missing: drop_field }
";
    let world = World::new(sections).await;
    let mut event = review();
    event.start = EventTime::Day("2026-03-10".parse().unwrap());
    event.end = EventTime::Day("2026-03-11".parse().unwrap());
    world.put(event).await;
    world.sync().await;
    assert_eq!(world.meeting().await.content, json!({ "start": "2026-03-10", "day": "2026-03-10" }));
}

#[tokio::test]
async fn a_constant_is_what_it_is() {
    let sections = "
output:
  source: { value: calendar }
  version: { value: 2 }
  nothing: { value: ~ }
  list: { value: [1, { two: 3 }] }
  people: { each: attendees, where: { email: jane@globex.com }, take: { kind: { value: guest } } }
";
    let expected = json!({
        "source": "calendar",
        "version": 2,
        "nothing": null,
        "list": [1, { "two": 3 }],
        "people": [{ "kind": "guest" }],
    });
    assert_eq!(content(sections).await, expected);
}

#[tokio::test]
async fn a_field_that_is_missing_may_be_left_out() {
    let sections = "
output:
  location: { from: location, missing: drop_field }
  title: { from: title, missing: drop_field }
  robots: { each: attendees, where: { class: robot }, take: { email: email }, missing: drop_field }
  people:
    each: attendees
    where: { external: true }
    take: { email: email, role: { from: contact.role, required: true, missing: drop_field } }
";
    let expected = json!({
        "title": "Quarterly Review",
        "people": [
            { "email": "bill@initech.com" },
            { "email": "jane@globex.com", "role": "CFO" },
            { "email": "who@elsewhere.test" },
        ],
    });
    assert_eq!(content(sections).await, expected);
}

#[tokio::test]
async fn a_required_field_that_is_missing_drops_its_item() {
    let sections = "
priority: [{ when: { title: { exists: true } }, add: 7 }]
output:
  people:
    each: attendees
    take: { email: email, role: { from: contact.role, required: true } }
  location: { from: location, required: true }
";
    let world = World::new(sections).await;
    world.put(review()).await;
    assert_eq!(world.sync().await, 0, "nothing is told of a meeting that is not kept");
    let meeting = world.meeting().await;
    assert_eq!((meeting.decision.kept, meeting.decision.priority), (false, 0));
    assert_eq!(meeting.decision.because.as_deref(), Some("output.location"));
    let why = world.tenant.explain(&meeting.id).await.unwrap().to_string();
    assert!(
        why.starts_with("\"Quarterly Review\" is dropped: `output.location` is required, and missing."),
        "{why}"
    );

    let mut event = review();
    event.location = Some("Berlin".to_owned());
    world.put(event).await;
    assert_eq!(world.sync().await, 1);
    let meeting = world.meeting().await;
    assert_eq!((meeting.decision.kept, meeting.decision.priority), (true, 7));
    let expected = json!({ "location": "Berlin", "people": [{ "email": "jane@globex.com", "role": "CFO" }] });
    assert_eq!(meeting.content, expected);
}

#[tokio::test]
async fn a_list_that_is_required_needs_an_element() {
    let list = |place: &str| {
        format!(
            "output: {{ robots: {{ each: attendees, where: {{ class: {place} }}, take: {{ email: email }}, required: true }} }}\n"
        )
    };
    for (class, kept) in [("robot", false), ("external", true)] {
        let world = World::new(&list(class)).await;
        world.put(review()).await;
        world.sync().await;
        assert_eq!(world.kept().await, kept, "{class}");
    }
}

#[tokio::test]
async fn a_refused_meeting_is_kept_and_not_told_until_what_it_lacks_is_there() {
    let sections = "
output:
  title: title
  people:
    each: attendees
    where: { email: jane@globex.com }
    take: { role: { from: contact.role, missing: refuse } }
  location: { from: location, missing: refuse }
";
    let world = World::new(sections).await;
    world.put(review()).await;
    assert_eq!(world.sync().await, 0);
    let meeting = world.meeting().await;
    assert!(meeting.decision.kept);
    assert_eq!(meeting.decision.incomplete, ["output.location"]);
    let listed = world.tenant.meetings().incomplete().all().await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&meeting));
    let why = world.tenant.explain(&meeting.id).await.unwrap();
    assert_eq!(why.incomplete, ["output.location"]);
    assert_eq!(
        why.sentence,
        "\"Quarterly Review\" is kept, and not told of while `output.location` is missing."
    );

    let mut event = review();
    event.location = Some("Berlin".to_owned());
    world.put(event.clone()).await;
    assert_eq!(world.sync().await, 1);
    assert!(world.tenant.meetings().incomplete().all().await.unwrap().is_empty());

    // What was told stands while something is missing, and is withdrawn if the meeting goes.
    let jane = Contact::new("7", "jane@globex.com");
    world.tenant.local("product").put_contacts([(jane, vec!["1".to_owned()])]).await.unwrap();
    event.title = Some("Other".to_owned());
    world.put(event.clone()).await;
    assert_eq!(world.sync().await, 0);
    assert_eq!(world.meeting().await.decision.incomplete, ["output.people.role"]);
    world.tenant.local("product").remove_events([("ana", "e1")]).await.unwrap();
    assert_eq!(world.sync().await, 1);
    let feed = world.tenant.changes(0, 10).await.unwrap();
    let told: Vec<_> = feed.iter().map(|entry| (entry.change, entry.revision)).collect();
    assert_eq!(told, [(ChangeKind::Added, 1), (ChangeKind::Removed, 2)]);
}

#[tokio::test]
async fn an_element_that_is_dropped_refuses_nothing() {
    let sections = "
output:
  people:
    each: attendees
    take:
      account: { from: account.name, missing: refuse }
      role: { from: contact.role, missing: drop_item }
";
    let world = World::new(sections).await;
    world.put(review()).await;
    assert_eq!(world.sync().await, 1);
    assert_eq!(world.meeting().await.content, json!({ "people": [{ "account": "Globex", "role": "CFO" }] }));
}

#[tokio::test]
async fn a_list_may_be_cut_and_its_first_element_stand_alone() {
    let sections = "
output:
  two: { each: attendees, where: { external: true }, limit: 2, take: { email: email } }
  with_role: { each: attendees, limit: 1, take: { role: { from: contact.role, required: true } } }
  first: { first: attendees, where: { external: true }, take: { email: email, meeting: meeting.title } }
  account: { first: accounts, where: { stage: lead }, take: { name: name } }
  nobody: { first: attendees, where: { class: robot }, take: { email: email } }
";
    let expected = json!({
        "two": [{ "email": "bill@initech.com" }, { "email": "jane@globex.com" }],
        "with_role": [{ "role": "CFO" }],
        "first": { "email": "bill@initech.com", "meeting": "Quarterly Review" },
        "account": { "name": "Initech" },
        "nobody": null,
    });
    assert_eq!(content(sections).await, expected);
}

#[tokio::test]
async fn a_list_may_stand_in_an_element() {
    let sections = "
output:
  people:
    each: attendees
    where: { email: jane@globex.com }
    take:
      email: email
      start: { from: meeting.start, zone: Europe/Berlin, format: time }
      accounts: { each: meeting.accounts, take: { name: name, title: meeting.title } }
";
    let title = "Quarterly Review";
    let accounts = json!([{ "name": "Globex", "title": title }, { "name": "Initech", "title": title }]);
    let expected =
        json!({ "people": [{ "email": "jane@globex.com", "start": "11:00", "accounts": accounts }] });
    assert_eq!(content(sections).await, expected);
}
