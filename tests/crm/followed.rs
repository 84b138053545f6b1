//! What is read because rules name it: deals, their links, and owners.

use acquaint::core::env::Clock;
use acquaint::core::view::{Attendee, CalendarEvent, EventTime};
use acquaint_testkit::sandbox::hubspot::Link;
use chrono::TimeDelta;
use serde_json::json;

use crate::Product;
use crate::support::PORTAL;

const RULES: &str = "
acquaint: 1
name: followed
sources:
  calendar: { connector: local }
  crm:
    connector: hubspot
    deals: { fields: { kind: dealtype } }
match: { strategies: [domain] }
output:
  owner: main_account.owner.name
  deals: { each: main_account.deals, take: { name: name, stage: stage, amount: amount, kind: kind } }
";

impl Product {
    /// A meeting with somebody at this domain.
    pub(crate) async fn meet(&self, domain: &str) {
        let start = self.world.clock.now() + TimeDelta::days(1);
        let (start, end) = (EventTime::At(start), EventTime::At(start + TimeDelta::hours(1)));
        let mut event = CalendarEvent::new("ana", "e1", start, end);
        event.attendees = vec![Attendee::new(format!("jane@{domain}"))];
        self.tenant.local("calendar").put_events([event]).await.unwrap();
    }

    pub(crate) async fn content(&self) -> serde_json::Value {
        self.tenant.meetings().all().await.unwrap().remove(0).content
    }

    fn streams(&self) -> Vec<String> {
        let mut requests: Vec<String> = self.world.hubspot.requests().into_keys().collect();
        requests.sort();
        requests
    }
}

#[tokio::test]
async fn rules_that_name_deals_and_owners_have_them_read_and_follow_them() {
    let product = Product::of(RULES, |builder| builder).await;
    let hubspot = &product.world.hubspot;
    let owner = hubspot.add_owner(PORTAL, "ana@us.example", "Ana", "Lima").unwrap().to_string();
    let values = [("name", "Globex"), ("domain", "globex.example"), ("hubspot_owner_id", &owner)];
    let company = hubspot.create(PORTAL, "companies", &values).unwrap();
    product.meet("globex.example").await;
    product.connect().await;
    product.sync().await.into_result().unwrap();
    assert_eq!(product.content().await, json!({ "owner": "Ana Lima", "deals": [] }));

    let values =
        [("dealname", "Renewal"), ("dealstage", "open"), ("amount", "1200"), ("dealtype", "newbusiness")];
    let deal = hubspot.create(PORTAL, "deals", &values).unwrap();
    hubspot.associate(PORTAL, ("deals", deal), ("companies", company), Link::Unlabelled).unwrap();
    product.world.minutes(10);
    product.sync().await.into_result().unwrap();
    product.sync().await.into_result().unwrap();
    let expected = json!([{ "name": "Renewal", "stage": "open", "amount": 1200, "kind": "newbusiness" }]);
    assert_eq!(product.content().await["deals"], expected);
}

#[tokio::test]
async fn rules_that_name_neither_have_neither_read() {
    let rules = RULES.replace("main_account.owner.name", "main_account.name");
    let rules: String = rules
        .lines()
        .filter(|line| !line.contains("main_account.deals"))
        .fold(String::new(), |text, line| text + line + "\n");
    let product = Product::of(&rules, |builder| builder).await;
    product.meet("globex.example").await;
    product.connect().await;
    product.sync().await.into_result().unwrap();
    let asked = product.streams();
    assert!(!asked.iter().any(|one| one.contains("deals") || one.contains("owners")), "{asked:?}");
    assert_eq!(product.tenant.meetings().all().await.unwrap().len(), 1);
}
