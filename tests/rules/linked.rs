//! What hangs on accounts and contacts: who looks after them, and their deals.

use acquaint::core::view::{Account, Attendee, Colleague, Contact, Deal, EntityKind};
use acquaint::{Manifest, Registry};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{World, at, empty, globex, now, review};

/// Globex and its Jane are looked after by Ana and by somebody whom nobody has named.
async fn owned(sections: &str) -> World {
    let world = World::new(sections).await;
    let mut account = globex();
    account.owner = Some("ana".to_owned());
    let mut jane = Contact::new("7", "jane@globex.com").field("role", "CFO");
    jane.owner = Some("ben".to_owned());
    let local = world.tenant.local("product");
    local.put_accounts([account]).await.unwrap();
    local.put_contacts([(jane, vec!["1".to_owned()])]).await.unwrap();
    world.put(review()).await;
    world.sync().await;
    world
}

fn deal(id: &str, stage: &str, amount: &str, days: i64) -> Deal {
    let mut deal = Deal::new(id, format!("Deal {id}")).field("dealtype", "new");
    deal.stage = Some(stage.to_owned());
    deal.amount = Some(amount.to_owned());
    deal.closes = Some(now() + TimeDelta::days(days));
    deal.created = Some(now() - TimeDelta::days(100) + TimeDelta::days(days));
    deal
}

fn of_globex() -> Vec<(EntityKind, String)> {
    vec![(EntityKind::Account, "1".to_owned()), (EntityKind::Contact, "7".to_owned())]
}

/// A world with deals of Globex and of its Jane.
async fn dealing(sections: &str, deals: Vec<Deal>) -> World {
    let world = World::new(sections).await;
    put(&world, deals).await;
    world.put(review()).await;
    world.sync().await;
    world
}

async fn put(world: &World, deals: Vec<Deal>) {
    let deals = deals.into_iter().map(|deal| (deal, of_globex()));
    world.tenant.local("product").put_deals(deals).await.unwrap();
}

async fn content(world: &World) -> Value {
    world.meeting().await.content
}

async fn decided(world: &World) -> u64 {
    world.tenant.sync().await.unwrap().into_result().unwrap().decided
}

#[tokio::test]
async fn an_owner_is_the_colleague_whom_the_record_names() {
    let world = owned(
        "
keep: { main_account.owner.email: ANA@us.example, accounts: { some: { owner: { exists: true }, owner.id: ana } } }
output:
  whose: main_account.owner
  people: { each: attendees, where: { external: true }, take: { account: account.owner.email, contact: contact.owner.id } }
",
    )
    .await;
    assert!(world.kept().await);
    let expected = json!({
        "whose": { "id": "ana", "name": null, "email": "ana@us.example" },
        "people": [
            { "account": null, "contact": null },
            { "account": "ana@us.example", "contact": "ben" },
            { "account": null, "contact": null },
        ],
    });
    assert_eq!(content(&world).await, expected);
}

#[tokio::test]
async fn a_colleague_who_is_named_or_renamed_later_is_known_by_then() {
    let world =
        owned("output: { name: main_account.owner.name, of_jane: { from: main_account.owner.id } }\n").await;
    assert_eq!(content(&world).await, json!({ "name": null, "of_jane": "ana" }));
    let mut ana = Colleague::new("ana", "ana@us.example");
    for name in ["Ana Lima", "Ana Silva"] {
        ana.name = Some(name.to_owned());
        world.tenant.local("product").put_users([ana.clone()]).await.unwrap();
        assert_eq!(world.sync().await, 1);
        assert_eq!(content(&world).await["name"], name);
    }
    // Who looks at nobody's name is not concerned.
    let mut other = empty();
    (other.id, other.uid) = ("e2".to_owned(), Some("e2@test".to_owned()));
    world.put(other.clone()).await;
    world.sync().await;
    ana.name = Some("Ana Costa".to_owned());
    world.tenant.local("product").put_users([ana]).await.unwrap();
    assert_eq!(decided(&world).await, 1);
    world.tenant.local("product").remove_events([("ana", "e2")]).await.unwrap();
    world.tenant.local("product").remove_users(["ana"]).await.unwrap();
    world.sync().await;
    assert_eq!(content(&world).await, json!({ "name": null, "of_jane": "ana" }));
}

#[tokio::test]
async fn an_owner_whom_nobody_has_named_yet_is_found_when_somebody_does() {
    let owner = "output: { people: { each: attendees, where: { contact: { exists: true } }, take: { owner: contact.owner.email } } }\n";
    let world = owned(owner).await;
    assert_eq!(content(&world).await["people"], json!([{ "owner": null }]));
    world.tenant.local("product").put_users([Colleague::new("ben", "Ben@Us.example")]).await.unwrap();
    assert_eq!(world.sync().await, 1);
    assert_eq!(content(&world).await["people"], json!([{ "owner": "ben@us.example" }]));
}

#[tokio::test]
async fn deals_are_asked_like_any_list() {
    let deals =
        || vec![deal("1", "open", "1000.50", 10), deal("2", "won", "20", -40), deal("3", "lost", "", 5)];
    let holding = [
        "main_account.deals: { exists: true, count: 3 }",
        "main_account.deals: { some: { stage: open, amount: { at_least: 1000 }, closes: { within: 30d } } }",
        "main_account.deals: { some: { stage: WON, amount: 20 } }",
        "main_account.deals: { some: { kind: new } }",
        "main_account.deals: { every: { any: [{ amount: { at_most: 2000 } }, { amount: { exists: false } }, { stage: lost }] } }",
        "main_account.deals: { none: { stage: other } }",
        "main_account.deals: { count: { at_least: 2, at_most: 3 } }",
        "main_account.deals: { some: { closes: { before: now } } }",
        "accounts: { some: { deals: { some: { stage: won } } } }",
        "accounts: { some: { deals: { count: 0 } } }",
        "attendees: { some: { account.deals: { some: { name: Deal 1 } }, contact.deals: { count: 3 } } }",
    ];
    let failing = [
        "main_account.deals: { some: { stage: open, amount: { at_least: 1001 } } }",
        "main_account.deals: { some: { stage: won, closes: { within: 30d } } }",
        "main_account.deals: { every: { stage: { in: [open, won] } } }",
        "main_account.deals: { none: { amount: 1000.5 } }",
        "main_account.deals: { count: { at_most: 2 } }",
        "attendees: { every: { contact.deals: { exists: true } } }",
    ];
    for (rules, expected) in [(holding.as_slice(), true), (failing.as_slice(), false)] {
        for rule in rules {
            let world = dealing(&format!("keep: {{ {rule} }}\n"), deals()).await;
            assert_eq!(world.kept().await, expected, "{rule}");
        }
    }
}

#[tokio::test]
async fn a_day_on_which_a_deal_closes_comes_nearer_by_itself() {
    let rule = "keep: { main_account.deals: { some: { closes: { within: 5d } } } }\n";
    let world = dealing(rule, vec![deal("1", "open", "1", 20)]).await;
    assert!(!world.kept().await);
    world.clock.set(at("2026-03-16T00:00:01Z"));
    world.sync().await;
    assert!(world.kept().await);
    world.clock.set(at("2026-03-27T00:00:00Z"));
    world.sync().await;
    assert!(!world.kept().await);
}

const LISTED: &str = "
output:
  deals:
    each: main_account.deals
    where: { stage: { not: lost } }
    take: { id: id, name: name, amount: amount, closes: closes, kind: kind, owner: owner.email }
";

#[tokio::test]
async fn output_lists_deals_the_newest_first() {
    let mut first = deal("1", "open", "1000", 10);
    first.owner = Some("ana".to_owned());
    let deals =
        vec![first, deal("2", "won", "n/a", 20), deal("3", "lost", "1", 15), deal("4", "open", "0.5", 12)];
    let world = dealing(LISTED, deals).await;
    let row = |id: &str, amount: Value, closes: &str, owner: Value| json!({ "id": id, "name": format!("Deal {id}"), "amount": amount, "closes": closes, "kind": "new", "owner": owner });
    let expected = json!([
        row("2", json!("n/a"), "2026-03-21T00:00:00Z", Value::Null),
        row("4", json!(0.5), "2026-03-13T00:00:00Z", Value::Null),
        row("1", json!(1000), "2026-03-11T00:00:00Z", json!("ana@us.example")),
    ]);
    assert_eq!(content(&world).await["deals"], expected);
}

#[tokio::test]
async fn a_deal_touches_the_meetings_of_its_account_alone() {
    let world =
        dealing("output: { deals: { each: main_account.deals, take: { id: id } } }\n", Vec::new()).await;
    let mut other = empty();
    (other.id, other.uid) = ("e2".to_owned(), Some("e2@test".to_owned()));
    other.attendees = vec![Attendee::new("bill@initech.com")];
    world.put(other).await;
    world.sync().await;
    let local = world.tenant.local("product");

    put(&world, vec![deal("1", "open", "1", 1)]).await;
    assert_eq!(decided(&world).await, 1, "one that was looked for and not found");
    put(&world, vec![deal("1", "won", "1", 1)]).await;
    assert_eq!(decided(&world).await, 1, "one that was read");
    local.put_deals([(deal("1", "won", "1", 1), vec![(EntityKind::Account, "2".to_owned())])]).await.unwrap();
    assert_eq!(decided(&world).await, 2, "one that moved to another account, which both meetings are with");
    local.remove_deals(["1"]).await.unwrap();
    assert_eq!(decided(&world).await, 2);
    local
        .put_deals([(deal("9", "won", "1", 1), vec![(EntityKind::Account, "99".to_owned())])])
        .await
        .unwrap();
    assert_eq!(decided(&world).await, 0, "one of nobody");
}

#[tokio::test]
async fn a_manifest_that_names_no_deals_looks_for_none() {
    let world =
        dealing("output: { owner: main_account.owner.email }\n", vec![deal("1", "open", "1", 1)]).await;
    let meeting = world.meeting().await;
    assert!(meeting.accounts.iter().all(|account| account.deals.is_empty()));
    put(&world, vec![deal("1", "won", "2", 2), deal("2", "won", "2", 2)]).await;
    assert_eq!(decided(&world).await, 0);
    let world = dealing("output: { title: title }\n", Vec::new()).await;
    assert!(world.meeting().await.accounts.iter().all(|account| account.owner.is_none()));
}

#[tokio::test]
async fn of_very_many_deals_the_newest_are_kept_and_it_is_said() {
    let many: Vec<Deal> = (0..130).map(|day| deal(&format!("{}", 500 + day), "open", "1", day)).collect();
    let world = dealing("output: { deals: { each: main_account.deals, take: { id: id } } }\n", many).await;
    let meeting = world.meeting().await;
    let main = meeting.main_account().unwrap();
    assert_eq!((main.deals.len(), main.deals_cut), (acquaint::core::meeting::MOST_DEALS, true));
    assert_eq!((&*main.deals[0].id, &*main.deals[99].id), ("629", "530"));
    assert!(!meeting.accounts[1].deals_cut);
}

#[tokio::test]
async fn what_was_merged_keeps_its_deals() {
    let world =
        dealing("output: { deals: { each: main_account.deals, take: { id: id } } }\n", Vec::new()).await;
    let local = world.tenant.local("product");
    let ids = |ids: &[&str]| json!(ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>());
    local
        .put_deals([(deal("5", "open", "1", 1), vec![(EntityKind::Account, "old".to_owned())])])
        .await
        .unwrap();
    world.sync().await;
    assert_eq!(content(&world).await["deals"], ids(&[]));
    let mut account: Account = globex();
    account.merged = vec!["old".to_owned()];
    local.put_accounts([account]).await.unwrap();
    world.sync().await;
    assert_eq!(content(&world).await["deals"], ids(&["5"]), "the link names an account that was merged");
    // The link is still that of the deal that was merged.
    let mut survivor = deal("6", "open", "1", 1);
    survivor.merged = vec!["4".to_owned()];
    let link = (EntityKind::Account, "1".to_owned());
    local.put_deals([(deal("4", "open", "1", 1), vec![link.clone()]), (survivor, Vec::new())]).await.unwrap();
    world.sync().await;
    assert_eq!(content(&world).await["deals"], ids(&["5", "4"]), "the record itself comes first");
}

#[tokio::test]
async fn attendees_carry_the_deals_of_their_account_only_where_rules_name_them() {
    let deals = || vec![deal("1", "open", "1", 1)];
    let with = async |sections: &str| {
        let meeting = dealing(sections, deals()).await.meeting().await;
        let who = meeting.attendees.iter().find(|who| who.email == "jane@globex.com").unwrap();
        (meeting.accounts[0].deals.len(), who.account.as_ref().unwrap().deals.len())
    };
    assert_eq!(with("keep: { main_account.deals: { exists: true } }\n").await, (1, 0));
    assert_eq!(with("match: { accounts: { deals: { some: { stage: open } } } }\n").await, (1, 0));
    assert_eq!(with("keep: { attendees: { some: { account.deals: { exists: true } } } }\n").await, (1, 1));
}

#[tokio::test]
async fn an_account_counts_by_its_owner_and_its_deals() {
    let rule = "match: { accounts: { deals: { some: { amount: { at_least: 5 } } } } }\nkeep: { accounts: { count: 1 } }\n";
    let world = dealing(rule, vec![deal("1", "open", "4", 1)]).await;
    assert!(!world.kept().await);
    put(&world, vec![deal("1", "open", "5", 1)]).await;
    world.sync().await;
    assert!(world.kept().await);
}

#[tokio::test]
async fn a_deal_hangs_on_accounts_and_contacts_alone() {
    let world = World::new("").await;
    let link = (EntityKind::Meeting, "1".to_owned());
    let error =
        world.tenant.local("product").put_deals([(deal("1", "a", "1", 1), vec![link])]).await.unwrap_err();
    assert!(error.to_string().contains("accounts and contacts alone"), "{error}");
}

#[test]
fn tests_that_make_no_sense_for_a_field_of_a_deal_are_refused() {
    let registry = Registry::bundled().unwrap();
    let wrong = |test: &str| {
        let rule = format!("keep: {{ main_account.deals: {{ some: {{ {test} }} }} }}\n");
        Manifest::check(&format!("{}{rule}", super::SOURCES), &registry).unwrap_err().to_string()
    };
    assert!(wrong("amount: { contains: 1 }").contains("it takes is, in, exists, at_least, at_most"));
    assert!(wrong("amount: much").contains("expected a number"));
    assert!(wrong("closes: { at_least: 1 }").contains("it takes exists, before, after, within"));
    assert!(wrong("stag: won").contains("did you mean `stage`?"));
    assert!(wrong("owner.emial: a").contains("did you mean `email`?"));
}
