//! What the plan of an account, or its person, does not allow.

use crate::support::{PORTAL, me};
use crate::{ALL, Product};
use acquaint::Finished;
use acquaint::{FieldLock, Manifest, Registry};

#[tokio::test]
async fn what_a_plan_lacks_is_left_out_and_named_and_the_others_run() {
    let product = Product::of(ALL, |builder| builder).await;
    let hubspot = &product.world.hubspot;
    hubspot.lack_scopes(
        PORTAL,
        &["crm.objects.custom.read", "crm.schemas.custom.read", "crm.objects.deals.read"],
    );
    let jane = product.contact("jane");
    let callback = crate::support::CALLBACK.parse().unwrap();
    let admin = me("admin");
    let begun = product.tenant.connect("crm", &admin).begin_at(&callback).await.unwrap();
    let query: std::collections::BTreeMap<_, _> = begun.url.query_pairs().into_owned().collect();
    assert!(query["scope"].contains("crm.objects.contacts.read"), "{query:?}");
    assert!(!query["scope"].contains("crm.objects.deals.read"), "it would keep the account from installing");
    assert!(query["optional_scope"].contains("crm.objects.deals.read"), "{query:?}");
    let back = product.world.visit(&begun.url);
    let finished = product.acquaint.finish_connect(&back, &admin).await.unwrap();
    let Finished::Narrowed { blocked, .. } = finished else { panic!("{finished:?}") };
    let blocked: Vec<&str> = blocked.iter().map(|stream| stream.as_str()).collect();
    assert_eq!(blocked, ["deals", "objects"]);

    let report = product.sync().await;
    let lacking: std::collections::BTreeMap<_, _> = report
        .lanes
        .iter()
        .filter(|lane| !lane.lacks.is_empty())
        .map(|lane| (lane.lane.stream.to_string(), lane.lacks.clone()))
        .collect();
    assert_eq!(lacking["deals"], ["crm.objects.deals.read"]);
    assert_eq!(lacking.keys().collect::<Vec<_>>(), ["deals", "objects"]);
    assert_eq!(report.pending, [] as [String; 0], "nothing waits for what is optional");
    report.into_result().unwrap();
    assert_eq!(product.role(jane).await.as_deref(), Some("Buyer"));
}

#[tokio::test]
async fn the_fields_that_a_manifest_can_name_come_with_their_options() {
    use acquaint_testkit::sandbox::hubspot::PropertyDefinition;
    let manifest = ALL.replace(
        "    deals: true",
        "    scopes: { add: [crm.schemas.contacts.read, crm.schemas.companies.read, crm.schemas.deals.read] }\n    deals: true",
    );
    let product = Product::of(&manifest, |builder| builder).await;
    let tier = PropertyDefinition::new("tier", "enumeration").option("gold", "Gold").option("tin", "Tin");
    product.world.hubspot.define_property(PORTAL, "companies", tier).unwrap();
    let connection = product.connect().await;
    let fields = product.tenant.fields(&connection.id).await.unwrap();
    let companies = fields.iter().find(|(stream, _)| stream.as_str() == "companies").unwrap().1;
    let tier = companies.iter().find(|field| field.name == "tier").unwrap();
    let options: Vec<_> = tier.options.iter().map(|option| (&*option.value, &*option.label)).collect();
    assert_eq!(options, [("gold", "Gold"), ("tin", "Tin")]);
    let lock = product.tenant.lock_fields().await.unwrap();
    assert_eq!(lock.of(&connection.connector, "companies").unwrap()["tier"], "enumeration");
    let objects = fields.iter().find(|(stream, _)| stream.as_str() == "objects").unwrap().1;
    let serial = objects.iter().find(|field| field.name == "serial").unwrap();
    assert_eq!(serial.partition.as_ref().unwrap().as_str(), product.machines);
}

#[tokio::test]
async fn a_lock_of_fields_finds_what_the_crm_does_not_have() {
    let with = |deals: &str, field: &str| {
        let scopes = "scopes: { add: [crm.schemas.contacts.read, crm.schemas.companies.read, crm.schemas.deals.read] }";
        ALL.replace("    deals: true", &format!("    {scopes}\n    deals: {deals}"))
            .replace("lifecyclestage", field)
    };
    let product = Product::of(&with("true", "lifecyclestage"), |builder| builder).await;
    product.connect().await;
    let lock = product.tenant.lock_fields().await.unwrap();
    let text = lock.to_text().unwrap();
    assert_eq!(FieldLock::parse(&text).unwrap(), lock);
    assert_eq!(
        product.tenant.lock_fields().await.unwrap().to_text().unwrap(),
        text,
        "the same fields, the same text"
    );

    let registry = Registry::bundled().unwrap();
    let check = |deals: &str, field: &str| {
        let manifest = Manifest::check(&with(deals, field), &registry).unwrap();
        manifest.check_fields(&lock, &registry)
    };
    assert_eq!(check("{ fields: { kind: dealstage } }", "lifecyclestage"), Ok(()));
    let problems = check("{ fields: { kind: delstage } }", "lifecyclstage").unwrap_err().problems;
    let found: Vec<_> = problems.iter().map(|one| (one.place.line, one.suggestion.as_deref())).collect();
    assert_eq!(found, [(8, Some("lifecyclestage")), (11, Some("dealstage"))], "{problems:?}");
}
