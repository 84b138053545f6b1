//! Several CRMs, of which some come before others.

use std::sync::Arc;

use acquaint::core::env::Env;
use acquaint::core::view::{Account, Attendee, Colleague, Contact};
use acquaint::{Acquaint, Manifest, Meeting, Registry, Tenant};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::{ManualClock, MemoryStore};

use super::{empty, now};

const THREE: &str = "
acquaint: 1
name: three
sources:
  calendar: { connector: local }
  crm: { connector: local }
  billing: { connector: local }
  support: { connector: local }
";

async fn tenant(matching: &str) -> Tenant {
    let text = format!("{THREE}match: {matching}\n");
    let registry = Registry::bundled().unwrap();
    let manifest = Manifest::check(&text, &registry).unwrap_or_else(|problems| panic!("{problems}"));
    let mut env = Env::new(Arc::new(InProcess::new()));
    env.clock = Arc::new(ManualClock::at(now()));
    let builder =
        Acquaint::builder().registry(registry).manifest(manifest).store(MemoryStore::new()).env(env);
    let tenant = builder.build().await.unwrap().tenant("acme");
    tenant.local("calendar").put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
    let mut event = empty();
    event.attendees = ["ana@us.example", "jane@globex.com"].map(Attendee::new).to_vec();
    tenant.local("calendar").put_events([event]).await.unwrap();
    // So that each has a connection.
    for source in ["crm", "billing", "support"] {
        tenant.local(source).put_accounts([Account::new("0", "Nobody")]).await.unwrap();
    }
    tenant
}

async fn account(tenant: &Tenant, source: &str, domain: &str) {
    let account = Account::new("1", format!("Globex of {source}")).domain(domain);
    tenant.local(source).put_accounts([account]).await.unwrap();
}

async fn contact(tenant: &Tenant, source: &str) {
    let jane = Contact::new("7", "jane@globex.com").name(format!("Jane of {source}"));
    tenant.local(source).put_contacts([(jane, Vec::new())]).await.unwrap();
}

async fn meeting(tenant: &Tenant) -> Meeting {
    tenant.sync().await.unwrap().into_result().unwrap();
    tenant.meetings().all().await.unwrap().remove(0)
}

/// The account and the contact of Jane.
async fn jane(tenant: &Tenant) -> (Option<String>, Option<String>) {
    let meeting = meeting(tenant).await;
    let who = meeting.attendees.into_iter().find(|who| who.email == "jane@globex.com").unwrap();
    (who.account.and_then(|account| account.name), who.contact.and_then(|contact| contact.name))
}

fn is(account: Option<&str>, contact: Option<&str>) -> (Option<String>, Option<String>) {
    (account.map(str::to_owned), contact.map(str::to_owned))
}

#[tokio::test]
async fn the_first_source_that_knows_an_account_wins_and_then_the_first_that_knows_a_contact() {
    let tenant = tenant("{ precedence: [crm, billing] }").await;
    assert_eq!(jane(&tenant).await, is(None, None));
    contact(&tenant, "support").await;
    assert_eq!(jane(&tenant).await, is(None, Some("Jane of support")), "what is not named comes after");
    contact(&tenant, "billing").await;
    assert_eq!(jane(&tenant).await, is(None, Some("Jane of billing")));
    contact(&tenant, "crm").await;
    assert_eq!(jane(&tenant).await, is(None, Some("Jane of crm")));
    account(&tenant, "support", "globex.com").await;
    assert_eq!(jane(&tenant).await, is(Some("Globex of support"), Some("Jane of support")));
    account(&tenant, "billing", "globex.com").await;
    assert_eq!(jane(&tenant).await, is(Some("Globex of billing"), Some("Jane of billing")));
    account(&tenant, "crm", "globex.com").await;
    assert_eq!(jane(&tenant).await, is(Some("Globex of crm"), Some("Jane of crm")));
    tenant.local("crm").remove_accounts(["1"]).await.unwrap();
    assert_eq!(
        jane(&tenant).await,
        is(Some("Globex of billing"), Some("Jane of billing")),
        "its word counts again"
    );
}

#[tokio::test]
async fn the_order_is_that_of_the_manifest() {
    for (order, expected) in
        [("[billing, crm]", "billing"), ("[crm, billing]", "crm"), ("support", "support")]
    {
        let tenant = tenant(&format!("{{ precedence: {order} }}")).await;
        for source in ["crm", "billing", "support"] {
            account(&tenant, source, "globex.com").await;
        }
        let found = meeting(&tenant).await;
        assert_eq!(found.main_account().unwrap().source.as_str(), expected);
        assert!(!found.attendees.iter().any(|who| who.ambiguous), "others are not among the candidates");
    }
}

#[tokio::test]
async fn without_a_precedence_all_sources_are_looked_at_together() {
    let tenant = tenant("{ accounts: { name: { exists: true } } }").await;
    account(&tenant, "crm", "globex.com").await;
    account(&tenant, "billing", "globex.com").await;
    let found = meeting(&tenant).await;
    let who = found.attendees.iter().find(|who| who.email == "jane@globex.com").unwrap();
    assert!(who.ambiguous);
}

#[tokio::test]
async fn who_is_of_the_tenants_own_company_somewhere_is_internal_unless_an_earlier_source_knows_better() {
    let domains = "internal: { domains: [us.example] }";
    for (order, external) in [("[billing]", false), ("[crm]", true)] {
        let tenant = tenant(&format!("{{ {domains}, precedence: {order} }}")).await;
        account(&tenant, "crm", "globex.com").await;
        let mut own = Account::new("1", "Us").domain("globex.com").domain("us.example");
        own.parent = None;
        tenant.local("billing").put_accounts([own]).await.unwrap();
        let found = meeting(&tenant).await;
        let who = found.attendees.iter().find(|who| who.email == "jane@globex.com").unwrap();
        assert_eq!(who.external, external, "{order}: {who:?}");
    }
}

#[tokio::test]
async fn an_explanation_keeps_what_the_sources_say_whose_word_does_not_count() {
    let tenant = tenant("{ precedence: [crm, billing] }").await;
    account(&tenant, "crm", "globex.com").await;
    account(&tenant, "billing", "globex.com").await;
    let found = meeting(&tenant).await;
    let explained = tenant.explain(&found.id).await.unwrap();
    assert!(!explained.moved_since);
    let who = explained.attendees.iter().find(|who| who.email == "jane@globex.com").unwrap();
    let says = |start: &str| who.steps.iter().any(|step| step.starts_with(start));
    assert!(says("in crm: domain: found by domain:globex.com"), "{:#?}", who.steps);
    assert!(says("in billing, which does not count: domain: found by domain:globex.com"), "{:#?}", who.steps);
    assert!(says("in other sources, which does not count: domain: not mine"), "{:#?}", who.steps);
}

#[test]
fn a_precedence_names_sources_that_hold_somebody_once_each() {
    let sources = "acquaint: 1\nname: p\nsources: { calendar: { connector: google-calendar }, crm: { connector: hubspot } }\n";
    let wrong = |order: &str| {
        let text = format!("{sources}match: {{ precedence: {order} }}\n");
        let problems = Manifest::check(&text, &Registry::bundled().unwrap()).unwrap_err().problems;
        (problems[0].message.clone(), problems[0].suggestion.clone())
    };
    assert_eq!(
        wrong("[cmr]"),
        ("there is no source `cmr`; there are calendar, crm".to_owned(), Some("crm".to_owned()))
    );
    assert!(wrong("[crm, crm]").0.contains("named twice"));
    assert!(wrong("[crm, calendar]").0.contains("neither accounts nor contacts; name one that does: crm"));
    assert!(wrong("7").0.contains("must be text"));
}
