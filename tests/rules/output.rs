//! What a destination gets.

use serde_json::json;

use super::{World, content, empty, review};

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
