//! `some`, `every` and `none` of attendees and accounts.

use acquaint::core::view::{Account, Contact};
use serde_json::{Value, json};

use super::{World, content, empty, judge, review};

#[tokio::test]
async fn some_every_and_none_of_the_people_there() {
    judge(
        &review(),
        &[
            "attendees: { exists: true }",
            "attendees: { some: { external: true } }",
            "attendees: { some: { external: true, response: declined } }",
            "attendees: { some: { account: { exists: true }, account.seats: { at_least: 50 } } }",
            "attendees: { every: { email: { contains: '@' } } }",
            "attendees: { every: { any: [{ external: true }, { organiser: true }] } }",
            "attendees: { none: { class: resource } }",
            "attendees: { none: { external: false, response: declined } }",
            "attendees: { not: { every: { external: true } } }",
            "attendees: { some: { external: true }, none: { class: robot } }",
            "attendees: { every: { email: { exists: true } } }",
        ],
        &[
            "attendees: { exists: false }",
            "attendees: { some: { external: false, response: declined } }",
            "attendees: { every: { external: true } }",
            "attendees: { none: { response: declined } }",
            "attendees: { not: { some: { external: true } } }",
            "attendees: { some: { external: true }, none: { external: true } }",
            "attendees: { none: { email: { exists: true } } }",
        ],
    )
    .await;
}

#[tokio::test]
async fn of_nobody_everything_is_true_but_that_somebody_is_there() {
    for list in ["attendees", "accounts"] {
        let rule = |test: &str| -> &str { format!("{list}: {{ {test} }}").leak() };
        judge(
            &empty(),
            &[
                rule("exists: false"),
                rule("every: { name: { exists: true } }"),
                rule("none: { name: { exists: true } }"),
                rule("every: { not: { name: { exists: true } } }"),
                rule("none: { all: [] }"),
                rule("not: { some: { all: [] } }"),
            ],
            &[rule("exists: true"), rule("some: { all: [] }"), rule("some: { name: { exists: false } }")],
        )
        .await;
    }
}

#[tokio::test]
async fn everything_about_a_person_can_be_asked() {
    let some = |test: &str| -> &'static str { format!("attendees: {{ some: {{ {test} }} }}").leak() };
    judge(
        &review(),
        &[
            some("email: jane@globex.com"),
            some("domain: globex.com, external: true, class: external"),
            some("name: jane roe, contact.role: cfo"),
            some("email: ana@us.example, class: internal, external: false, organiser: true, response: accepted"),
            some("email: bill@initech.com, response: declined, optional: false"),
            some("optional: true, response: needs_action, account: { exists: false }, contact: { exists: false }"),
            some("strategy: domain, account.name: Initech, contact: { exists: false }"),
            some("strategy: contact_account, contact: { exists: true }, contact.id: '7', account.id: '1'"),
            some("account.source: product, account.domain: initech.com, account.stage: lead"),
            some("not: { strategy: { exists: true } }, external: true"),
        ],
        &[
            some("ambiguous: true"),
            some("email: bill@initech.com, contact.role: { exists: true }"),
            some("name: { exists: true }, email: who@elsewhere.test"),
            some("class: robot"),
            some("organiser: true, external: true"),
        ],
    )
    .await;
}

#[tokio::test]
async fn accounts_are_asked_by_their_own_fields() {
    judge(
        &review(),
        &[
            "accounts: { some: { stage: customer, seats: { at_least: 50 } } }",
            "accounts: { some: { name: initech, domain: initech.com, id: '2' } }",
            "accounts: { every: { stage: { in: [customer, lead] } } }",
            "accounts: { none: { stage: churned } }",
        ],
        &[
            "accounts: { some: { stage: customer, name: initech } }",
            "accounts: { every: { seats: { exists: true } } }",
            "accounts: { none: { stage: customer } }",
        ],
    )
    .await;
}

#[tokio::test]
async fn rules_nest() {
    let (yes, no) = ("{ title: { starts_with: q } }", "{ title: { starts_with: x } }");
    let rule = |text: &str| -> &str { text.replace("YES", yes).replace("NO", no).leak() };
    judge(
        &review(),
        &[
            rule("all: [YES, YES]"),
            rule("all: []"),
            rule("any: [NO, YES]"),
            rule("any: [{ all: [YES, NO] }, { all: [YES, YES] }]"),
            rule("all: [{ any: [NO, YES] }, { not: NO }]"),
            rule("not: { not: YES }"),
            rule("not: { all: [YES, NO] }"),
            rule("not: { any: [NO, { not: YES }] }"),
            rule("all: [YES], any: [YES], not: NO"),
            rule("not: { all: [YES], any: [NO] }"),
        ],
        &[
            rule("all: [YES, NO]"),
            rule("any: [NO, NO]"),
            rule("any: []"),
            rule("any: [{ all: [YES, NO] }, { not: YES }]"),
            rule("not: { any: [NO, YES] }"),
            rule("not: { all: [] }"),
            rule("all: [YES], any: [YES], not: YES"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_list_can_be_counted() {
    judge(
        &review(),
        &[
            "attendees: { count: 4 }",
            "attendees: { count: { at_least: 4, at_most: 4 } }",
            "attendees: { count: { at_most: 20 }, some: { external: true } }",
            "accounts: { count: { at_least: 1 } }",
        ],
        &["attendees: { count: 3 }", "attendees: { count: { at_least: 5 } }", "accounts: { count: 0 }"],
    )
    .await;
    judge(
        &empty(),
        &["attendees: { count: 0 }", "accounts: { count: { at_most: 0 } }"],
        &["accounts: { count: 1 }"],
    )
    .await;
}

/// The addresses of a list of the review's attendees in an order.
async fn sorted(more: &str) -> Vec<String> {
    let output = format!("output: {{ people: {{ each: attendees, {more}, take: {{ email: email }} }} }}\n");
    let content = content(&output).await;
    let people = content["people"].as_array().unwrap().iter();
    people.map(|who| who["email"].as_str().unwrap().split('@').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lists_are_sorted_with_what_is_missing_last_and_ties_as_they_are() {
    assert_eq!(sorted("sort: domain").await, ["who", "jane", "bill", "ana"]);
    assert_eq!(sorted("sort: { by: domain, descending: true }").await, ["ana", "bill", "jane", "who"]);
    // Only Jane has a name; the others stay in the order of their addresses, either way.
    assert_eq!(sorted("sort: name").await, ["jane", "ana", "bill", "who"]);
    assert_eq!(sorted("sort: { by: name, descending: true }").await, ["jane", "ana", "bill", "who"]);
    assert_eq!(sorted("sort: external").await, ["ana", "bill", "jane", "who"]);
    assert_eq!(sorted("sort: { by: external, descending: true }").await, ["bill", "jane", "who", "ana"]);
    // The limit comes behind the order, and the rule before it.
    let some = "where: { external: true }, sort: { by: email, descending: true }, limit: 2";
    assert_eq!(sorted(some).await, ["who", "jane"]);
    let first = "output: { who: { first: attendees, sort: { by: email, descending: true }, take: { email: email } } }\n";
    assert_eq!(content(first).await, json!({ "who": { "email": "who@elsewhere.test" } }));
}

#[tokio::test]
async fn what_the_crm_hands_over_as_text_is_sorted_as_what_it_is() {
    let world =
        World::new("output: { of: { each: accounts, sort: { by: size }, take: { size: size } } }\n").await;
    let sizes = ["9", " 10 ", "-3", "1e2", "big", "Able", "", "2.5"];
    let mut event = review();
    event.attendees.clear();
    let local = world.tenant.local("product");
    for (number, size) in sizes.iter().enumerate() {
        let account = Account::new(format!("s{number}"), format!("S{number}")).field("size", *size);
        local.put_accounts([account]).await.unwrap();
        let email = format!("p{number}@sized.test");
        let contact = Contact::new(format!("p{number}"), &email);
        local.put_contacts([(contact, vec![format!("s{number}")])]).await.unwrap();
        event.attendees.push(acquaint::core::view::Attendee::new(email));
    }
    world.put(event).await;
    world.sync().await;
    let content = world.meeting().await.content;
    let found: Vec<&Value> = content["of"].as_array().unwrap().iter().map(|of| &of["size"]).collect();
    let expected = ["-3", "2.5", "9", " 10 ", "1e2", "Able", "big"].map(|size| json!(size));
    assert_eq!(found[..7], expected.each_ref()[..]);
    assert_eq!(found[7], &Value::Null);
}
