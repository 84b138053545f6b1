//! The whole way of a meeting, from its copies to what was told.

use acquaint::core::view::{Account, Contact};
use acquaint::{Explanation, Outcome};
use serde_json::json;

use super::product::{CRM, Product};
use super::support::{ANA, BEN, at};
use super::{Local, event, globex, why};

/// The explanation of the meeting of this title.
async fn of(product: &Product, title: &str) -> Explanation {
    let meetings = product.tenant.meetings().all().await.unwrap();
    let id = &meetings.iter().find(|meeting| meeting.title == title).unwrap().id;
    product.tenant.explain(id).await.unwrap()
}

async fn both() -> Product {
    let product = Product::new(&[("calendar", ANA), ("calendar", BEN), ("crm", CRM)]).await;
    product.sync().await;
    product
}

#[tokio::test]
async fn each_copy_says_who_read_it_when_and_why_it_leads() {
    let product = both().await;
    let explained = of(&product, "Globex QBR").await;
    let [lead, other] = &explained.copies[..] else { panic!("{explained}") };
    assert_eq!((lead.calendar.as_str(), lead.account.as_str(), lead.leads), (ANA, ANA, true));
    assert_eq!(lead.because, "it is on the organiser's own calendar");
    assert_eq!((other.calendar.as_str(), other.leads), (BEN, false));
    assert_eq!(other.because, "the lead is on the organiser's own calendar");
    for copy in &explained.copies {
        assert_eq!(copy.seen, Some(at("2026-03-02T08:11:00Z")));
        assert!(copy.lanes.iter().any(|lane| lane.last_run.is_some() && lane.covers.is_some()), "{copy:?}");
        assert!(copy.stale.is_none() && !copy.told && !copy.private);
    }
    assert_eq!(serde_json::from_value::<Explanation>(json!(explained)).unwrap(), explained);
}

#[tokio::test]
async fn a_copy_that_is_read_no_more_says_why() {
    let product = both().await;
    product.world.google.oauth().revoke_account(BEN);
    product.sync().await;
    let explained = of(&product, "Globex QBR").await;
    let stale: Vec<Option<&str>> = explained.copies.iter().map(|copy| copy.stale.as_deref()).collect();
    assert_eq!(stale[0], None);
    assert!(stale[1].unwrap().starts_with("its connection must be authorised again ("), "{stale:?}");
    assert!(explained.to_string().contains("read no more: its connection must be authorised again"));
}

#[tokio::test]
async fn who_lost_is_named_with_the_reason() {
    let local = Local::new("{ all: [] }").await;
    let twin = Account::new("11", "Globex Twin").domain("globex.com");
    local.tenant.local("product").put_accounts([twin]).await.unwrap();
    local.put(event("QBR", &["hank@globex.com"])).await;
    local.sync().await;
    let explained = local.explain().await;
    let hank = explained.attendees.iter().find(|who| who.email == "hank@globex.com").unwrap();
    assert_eq!((hank.account.as_deref(), hank.external), (Some("Globex"), true));
    let [lost] = &hank.candidates[..] else { panic!("{hank:?}") };
    assert_eq!(
        (lost.kind.as_str(), lost.id.as_str(), lost.name.as_deref()),
        ("account", "11", Some("Globex Twin"))
    );
    assert_eq!(lost.source.as_ref().map(|source| source.as_str()), Some("product"));
    assert_eq!((lost.strategy.as_str(), lost.matched.as_deref()), ("domain", Some("domain:globex.com")));
    assert_eq!(lost.loss, "larger_id");
    assert_eq!(lost.because, "nothing tells them apart, and the other has the smaller id");
    assert!(explained.to_string().contains("not account 11 (Globex Twin) of product"), "{explained}");
}

#[tokio::test]
async fn what_a_source_that_comes_after_says_is_shown_among_the_losers() {
    let two = "sources:\n  crm: { connector: local }\n  product:";
    let manifest = super::LOCAL.replace("sources:\n  product:", two);
    let manifest = manifest.replace("match:", "match:\n  precedence: [product]");
    let local = Local::of(&format!("{manifest}keep: {{ all: [] }}\n")).await;
    let other = Account::new("9", "Globex elsewhere").domain("globex.com");
    local.tenant.local("crm").put_accounts([other]).await.unwrap();
    local.put(event("QBR", &["hank@globex.com"])).await;
    local.sync().await;
    let explained = local.explain().await;
    let hank = explained.attendees.iter().find(|who| who.email == "hank@globex.com").unwrap();
    let [lost] = &hank.candidates[..] else { panic!("{hank:?}") };
    assert_eq!((lost.name.as_deref(), lost.loss.as_str()), (Some("Globex elsewhere"), "precedence"));
    assert_eq!(lost.because, "what product says counts first");
}

#[tokio::test]
async fn an_address_is_shown_as_it_was_written_where_that_differs() {
    let local = Local::decided("{ all: [] }", event("QBR", &["Jane@Globex.COM", "bill@initech.com"])).await;
    let explained = local.explain().await;
    let written: Vec<_> =
        explained.attendees.iter().map(|who| (who.email.as_str(), who.written.as_deref())).collect();
    assert_eq!(
        written,
        [("ana@us.example", None), ("bill@initech.com", None), ("jane@globex.com", Some("Jane@Globex.COM"))]
    );
}

#[tokio::test]
async fn priority_names_every_rule_and_whether_it_held() {
    let rules = "{ all: [] }\npriority:\n  - { when: { title: { contains: QBR } }, add: 10 }\n  - { when: { all_day: true }, add: -3 }";
    let local = Local::decided(rules, event("QBR", &["jane@globex.com"])).await;
    let explained = local.explain().await;
    assert_eq!(explained.priority, 10);
    let rules: Vec<_> =
        explained.priorities.iter().map(|rule| (&*rule.rule, &*rule.demands, rule.adds, rule.held)).collect();
    assert_eq!(
        rules,
        [
            ("priority[0].when.title", "the title contains “qbr”", 10, true),
            ("priority[1].when.all_day", "it lasts whole days", -3, false)
        ]
    );
}

#[tokio::test]
async fn what_was_told_is_shown_beside_what_would_be_told_now() {
    let local = Local::decided("{ all: [] }", event("QBR", &["jane@globex.com"])).await;
    let explained = local.explain().await;
    assert_eq!(explained.content, json!({ "title": "QBR", "account": "Globex" }));
    let told = explained.told.unwrap();
    assert_eq!((told.revision, told.content.as_ref(), told.current), (1, Some(&explained.content), true));
    local.put(event("Review", &["jane@globex.com"])).await;
    let told = local.explain().await.told.unwrap();
    assert_eq!((told.revision, told.current), (1, false));
    assert_eq!(told.content.unwrap()["title"], "QBR");

    let dropped = Local::decided("{ title: Review }", event("QBR", &[])).await.explain().await;
    let told = dropped.told.unwrap();
    assert_eq!((told.revision, told.content, told.current), (0, None, true));
}

#[tokio::test]
async fn the_clause_that_dropped_it_is_said_in_words() {
    for (rule, demands, about) in [
        (
            "{ title: { not: { starts_with: Hold } } }",
            "the title does not begin with “hold”",
            Some("its title"),
        ),
        (
            "{ attendees: { some: { external: true, class: robot } } }",
            "for some attendee: is external; the class is “robot”",
            Some("who is in it"),
        ),
        (
            "{ any: [{ title: QBR }, { all_day: true }] }",
            "any of: the title is “QBR”; it lasts whole days",
            None,
        ),
    ] {
        let explained = Local::decided(rule, event("Hold: QBR", &["jane@globex.com"])).await.explain().await;
        let rule = explained.rule.unwrap();
        assert_eq!((rule.demands.as_str(), rule.about.as_deref()), (demands, about));
    }
}

#[tokio::test]
async fn fields_that_are_never_stored_are_named() {
    let product = Product::read().await;
    let explained = of(&product, "Globex QBR").await;
    assert_eq!(
        explained.withheld,
        ["the manifest has these never stored of events: attachments, description"]
    );
}

#[tokio::test]
async fn what_has_moved_is_named_with_cause_and_effect() {
    let local = Local::decided("{ start: { after: now } }", event("QBR", &["jane@globex.com"])).await;
    assert!(local.explain().await.moved.is_empty());
    let jane = Contact::new("7", "jane@globex.com");
    local.tenant.local("product").put_contacts([(jane, vec!["1".to_owned()])]).await.unwrap();
    local.tenant.local("product").put_accounts([globex().field("stage", "churned")]).await.unwrap();
    local.put(event("Review", &["jane@globex.com", "bill@initech.com"])).await;
    local.clock.set(at("2026-03-10T10:00:00Z"));
    let moved = local.explain().await.moved.join("\n");
    for sentence in [
        "some clause depends on the clock: it held until 2026-03-10 10:00 UTC",
        "the record 7 of contacts has changed",
        "the record 1 of accounts has changed",
        " of events has changed (2026-03-02 08:00 UTC)",
        "it was kept, and is dropped by `keep.start` now",
        "its title was \"QBR\"",
        "bill@initech.com has come",
        "the account of jane@globex.com was counted, and is not now",
        "its output is another",
    ] {
        assert!(moved.contains(sentence), "{sentence}: {moved}");
    }
}

#[tokio::test]
async fn a_decision_by_other_code_says_so() {
    use acquaint::registry::predicate_fn;
    use acquaint::{Acquaint, Manifest, Registry};
    use acquaint_testkit::MemoryStore;
    use std::sync::Arc;
    let store = Arc::new(MemoryStore::new());
    let text = "acquaint: 1\nname: own\nsources: { product: { connector: local } }\nkeep: { title: { call: vip } }\n";
    let mut explained = Vec::new();
    for version in [1, 2] {
        let registry = Registry::bundled().unwrap().predicate(predicate_fn("vip", version, |_, _| true));
        let manifest = Manifest::check(text, &registry).unwrap();
        let builder = Acquaint::builder().registry(registry).manifest(manifest).store(Arc::clone(&store));
        let tenant = builder.build().await.unwrap().tenant("acme");
        if version == 1 {
            tenant.local("product").put_events([event("QBR", &[])]).await.unwrap();
            let _ = tenant.sync().await.unwrap().into_result().unwrap();
        }
        let query = acquaint::WhyQuery::near(at("2026-03-10T10:00:00Z"));
        explained.push(why(&tenant, &query).await.remove(0));
    }
    let decided = explained.iter().map(|one| one.decided.clone().unwrap()).collect::<Vec<_>>();
    assert_eq!(decided[0].evaluator, decided[0].evaluator_now);
    assert_eq!(decided[1].evaluator, decided[0].evaluator);
    assert_ne!(decided[1].evaluator, decided[1].evaluator_now);
    assert_eq!(decided[1].revision, decided[1].in_force);
    assert_eq!(explained[1].outcome, Outcome::Kept);
    assert!(explained[1].moved[0].starts_with("it was decided by "), "{:?}", explained[1].moved);
    let text = explained[1].to_string();
    assert!(text.contains("it stands until something it was decided from changes"), "{text}");
}
