//! What a revision would have to read first.

use acquaint::{Applied, Manifest, PlannedChange};
use serde_json::json;

use crate::Product;
use crate::support::PORTAL;

fn rules(mapped: &str, keep: &str) -> String {
    format!(
        "acquaint: 1\nname: planned\nsources:\n  calendar: {{ connector: local }}\n  crm: {{ connector: hubspot{mapped} }}\nmatch: {{ strategies: [domain] }}\nkeep:\n  all:\n    - attendees: {{ some: {{ external: true }} }}\n{keep}output: {{ title: title, account: main_account.name }}\n"
    )
}

#[tokio::test]
async fn what_a_field_that_was_never_read_decides_is_unknown_until_it_is_fetched() {
    let product = Product::of(&rules("", ""), |builder| builder).await;
    let hubspot = &product.world.hubspot;
    let values = [("name", "Globex"), ("domain", "globex.example"), ("lifecyclestage", "customer")];
    hubspot.create(PORTAL, "companies", &values).unwrap();
    product.meet("globex.example").await;
    product.connect().await;
    product.sync().await.into_result().unwrap();
    assert_eq!(product.content().await["account"], json!("Globex"));

    let mapped = ", accounts: { fields: { stage: lifecyclestage } }";
    let stage = Manifest::parse(&rules(mapped, "    - main_account.stage: customer\n")).unwrap();
    let calls = hubspot.requests();
    let plan = product.tenant.plan(&stage).await.unwrap();
    let unknown = PlannedChange::Unknown { because: "keep.all[1].main_account.stage".to_owned() };
    assert_eq!(plan.meetings.iter().map(|planned| &planned.change).collect::<Vec<_>>(), [&unknown], "{plan}");
    assert_eq!((plan.counts.unknown, plan.counts.lost, plan.deliveries.all), (1, 0, 0));
    let fetches: Vec<_> = plan.fetches.iter().map(|fetch| (fetch.stream.as_str(), fetch.anew)).collect();
    assert_eq!(fetches, [("companies", true)]);

    let applied = product.tenant.apply(&stage).as_planned(&plan.hash).run().await.unwrap();
    let Applied::Done { decided, pending, .. } = applied else { panic!("{applied:?}") };
    assert_eq!((decided, pending.len()), (0, 1), "{pending:?}");
    assert_eq!(hubspot.requests(), calls, "neither a plan nor its application asks the provider");
    product.sync().await.into_result().unwrap();
    assert_eq!(product.tenant.meetings().kept().all().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_plan_names_the_scopes_that_somebody_must_grant_first() {
    let product = Product::of(&rules("", ""), |builder| builder).await;
    product.connect().await;
    product.sync().await.into_result().unwrap();
    let text = rules("", "").replace("strategies: [domain]", "strategies: [email, domain]");
    let contacts = Manifest::parse(&text).unwrap();
    let plan = product.tenant.plan(&contacts).await.unwrap();
    let scopes: Vec<_> = plan.scopes.iter().flat_map(|lack| &lack.scopes).map(String::as_str).collect();
    assert_eq!(scopes, ["crm.objects.contacts.read"], "{plan}");
    assert!(plan.fetches.iter().any(|fetch| fetch.stream.as_str() == "contacts" && !fetch.anew), "{plan}");
}

#[tokio::test]
async fn what_a_crm_that_was_never_read_decides_is_unknown_until_it_is_fetched() {
    let without = |keep: &str| {
        let text = rules("", keep);
        let (before, rest) = text.split_once("  crm:").unwrap();
        Manifest::parse(&format!("{before}{}", rest.split_once('\n').unwrap().1))
            .unwrap()
            .to_json()
            .to_string()
    };
    let product = Product::of(&without(""), |builder| builder).await;
    let hubspot = &product.world.hubspot;
    let values = [("name", "Globex"), ("domain", "globex.example")];
    hubspot.create(PORTAL, "companies", &values).unwrap();
    product.meet("globex.example").await;
    product.sync().await.into_result().unwrap();
    assert_eq!(product.content().await["account"], json!(null));

    for (keep, unknown) in [
        ("    - main_account.name: Globex\n", Some("keep.all[1].main_account.name")),
        ("    - accounts: { none: { name: Globex } }\n", Some("keep.all[1].accounts")),
        ("", Some("output")),
        ("    - title: nothing of the kind\n", None),
    ] {
        let plan = product.tenant.plan(&Manifest::parse(&rules("", keep)).unwrap()).await.unwrap();
        let unknown = unknown.map(|because| PlannedChange::Unknown { because: because.to_owned() });
        let found = plan.meetings.iter().map(|planned| &planned.change);
        let found = found.filter(|change| matches!(change, PlannedChange::Unknown { .. }));
        assert_eq!(found.cloned().collect::<Vec<_>>(), Vec::from_iter(unknown), "{keep}{plan}");
        assert_eq!(plan.unconnected.len(), 1, "{plan}");
    }

    let next = Manifest::parse(&rules("", "    - main_account.name: Globex\n")).unwrap();
    let applied = product.tenant.apply(&next).run().await.unwrap();
    assert!(matches!(applied, Applied::Done { .. }), "{applied:?}");
    product.connect().await;
    product.sync().await.into_result().unwrap();
    assert_eq!(product.content().await["account"], json!("Globex"));
    // Deals of it are read by nobody yet; the account is known.
    let text = rules("", "    - main_account.deals: { count: 0 }\n").replace("[domain]", "[email, domain]");
    let plan = product.tenant.plan(&Manifest::parse(&text).unwrap()).await.unwrap();
    assert_eq!(plan.counts.unknown, 1, "{plan}");
}

#[tokio::test]
async fn a_plan_tells_how_many_calls_it_takes_to_read_a_stream_anew() {
    let product = Product::of(&rules("", ""), |builder| builder).await;
    let hubspot = &product.world.hubspot;
    for n in 0..250 {
        let (name, domain) = (format!("Company {n}"), format!("company{n}.example"));
        hubspot.create(PORTAL, "companies", &[("name", &name), ("domain", &domain)]).unwrap();
    }
    product.connect().await;
    product.sync().await.into_result().unwrap();
    let mapped = ", accounts: { fields: { stage: lifecyclestage } }";
    let next = Manifest::parse(&rules(mapped, "")).unwrap();
    let plan = product.tenant.plan(&next).await.unwrap();
    let costs: Vec<_> = plan.fetches.iter().map(|fetch| (fetch.records, fetch.calls)).collect();
    assert_eq!(costs, [(250, Some(3))], "{plan}");
    assert!(plan.to_string().contains("about 3 calls for 250 records"), "{plan}");

    let lists = || {
        hubspot.requests().into_iter().filter(|(call, _)| call.contains("list")).map(|(_, n)| n).sum::<u64>()
    };
    let before = lists();
    let _ = product.tenant.apply(&next).run().await.unwrap();
    product.sync().await.into_result().unwrap();
    assert_eq!(lists() - before, 3, "{:?}", hubspot.requests());

    // Nothing is known of what was never read.
    let text = rules("", "").replace("strategies: [domain]", "strategies: [email, domain]");
    let plan = product.tenant.plan(&Manifest::parse(&text).unwrap()).await.unwrap();
    let contacts = plan.fetches.iter().find(|fetch| fetch.stream.as_str() == "contacts").unwrap();
    assert_eq!((contacts.records, contacts.calls), (0, None), "{plan}");
}
