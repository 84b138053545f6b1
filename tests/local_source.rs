//! The whole engine on records that the product pushes itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use acquaint::core::env::Env;
use acquaint::core::view::{Account, Attendee, CalendarEvent, Colleague, Contact, EventTime};
use acquaint::{Acquaint, ChangeKind, Manifest, Tenant};
use acquaint_testkit::MemoryStore;
use acquaint_testkit::sandbox::InProcess;
use chrono::{DateTime, Utc};

const MANIFEST: &str = "
acquaint: 1
name: local
sources:
  product:
    connector: local
    accounts: { fields: { stage: stage } }
    contacts: { fields: { role: role } }
match:
  accounts: { stage: customer }
keep:
  all:
    - attendees: { some: { external: true, account: { exists: true } } }
    - title: { not: { matches: '(?i)^(hold|blocked)' } }
    - duration: { at_least: 10m }
output:
  title: title
  account: main_account.name
  people: { each: attendees, where: { external: true }, take: { email: email, role: contact.role } }
";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn event(id: &str, title: &str, people: &[&str]) -> CalendarEvent {
    let mut event = CalendarEvent::new(
        "ana",
        id,
        EventTime::At(at("2026-03-02T10:00:00Z")),
        EventTime::At(at("2026-03-02T10:30:00Z")),
    );
    event.uid = Some(format!("{id}@test"));
    event.title = Some(title.to_owned());
    event.attendees = people.iter().map(|email| Attendee::new(*email)).collect();
    event
}

async fn tenant() -> Tenant {
    let acquaint = Acquaint::builder()
        .manifest(Manifest::parse(MANIFEST).unwrap())
        .store(Arc::new(MemoryStore::new()))
        .env(Env::new(Arc::new(InProcess::new())))
        .build()
        .await
        .unwrap();
    acquaint.tenant("acme")
}

async fn sync(tenant: &Tenant) -> u64 {
    tenant.sync().await.unwrap().into_result().unwrap().changes
}

#[tokio::test]
async fn a_company_added_today_finds_the_meetings_of_last_month() {
    let tenant = tenant().await;
    let local = tenant.local("product");
    local.put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
    local.put_events([event("e1", "QBR", &["ana@us.example", "jane@globex.com"])]).await.unwrap();
    assert_eq!(sync(&tenant).await, 0);
    assert!(tenant.meetings().kept().all().await.unwrap().is_empty());
    assert_eq!(tenant.meetings().dropped().all().await.unwrap().len(), 1);

    local
        .put_accounts([Account::new("1", "Globex").domain("globex.com").field("stage", "customer")])
        .await
        .unwrap();
    assert_eq!(sync(&tenant).await, 1);
    let kept = tenant.meetings().kept().all().await.unwrap();
    assert_eq!(kept[0].main_account().unwrap().name.as_deref(), Some("Globex"));
    assert_eq!(
        kept[0].content,
        serde_json::json!({
            "title": "QBR",
            "account": "Globex",
            "people": [{ "email": "jane@globex.com", "role": null }],
        })
    );
    assert_eq!(sync(&tenant).await, 0, "nothing changed, so nothing is told");
}

#[tokio::test]
async fn a_change_is_told_once_and_a_loss_too() {
    let tenant = tenant().await;
    let local = tenant.local("product");
    local.put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
    let globex = Account::new("1", "Globex").domain("globex.com").field("stage", "customer");
    local.put_accounts([globex.clone()]).await.unwrap();
    local.put_events([event("e1", "QBR", &["ana@us.example", "jane@globex.com"])]).await.unwrap();
    assert_eq!(sync(&tenant).await, 1);

    local
        .put_contacts([(Contact::new("7", "Jane@Globex.com").field("role", "CFO"), vec!["1".to_owned()])])
        .await
        .unwrap();
    assert_eq!(sync(&tenant).await, 1);
    local.put_accounts([globex.field("stage", "lead")]).await.unwrap();
    assert_eq!(sync(&tenant).await, 1);
    local.remove_events([("ana", "e1")]).await.unwrap();
    assert_eq!(sync(&tenant).await, 0, "it had been withdrawn already");

    let feed = tenant.changes(0, 100).await.unwrap();
    let told: Vec<_> = feed.iter().map(|entry| (entry.position, entry.revision, entry.change)).collect();
    assert_eq!(told, [(1, 1, ChangeKind::Added), (2, 2, ChangeKind::Changed), (3, 3, ChangeKind::Removed)]);
    assert!(tenant.meetings().all().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_explanation_names_the_clause_and_the_way_to_the_account() {
    let tenant = tenant().await;
    let local = tenant.local("product");
    local.put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
    let globex = Account::new("1", "Globex").domain("globex.com").field("stage", "customer");
    local.put_accounts([globex]).await.unwrap();
    local.put_events([event("e1", "Hold: QBR", &["jane@globex.com"])]).await.unwrap();
    sync(&tenant).await;
    let dropped = tenant.meetings().dropped().all().await.unwrap();
    let explanation = tenant.explain(&dropped[0].id).await.unwrap();
    let text = explanation.to_string();
    assert!(text.contains("dropped by clause `keep.all[1].title`"), "{text}");
    assert!(text.contains("Hold: QBR"), "{text}");
    assert!(text.contains("domain: found by domain:globex.com"), "{text}");
}
