//! Whatever two tenants do in whatever order, each ends as if it were alone.

use std::sync::Arc;

use acquaint::core::env::Env;
use acquaint::core::view::{Account, Attendee, CalendarEvent, Colleague, Contact, EventTime};
use acquaint::{Acquaint, Manifest, Tenant};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::{ManualClock, MemoryStore};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{at, feed, table};

const MANIFEST: &str = "
acquaint: 1
name: local
sources:
  product: { connector: local, accounts: { fields: { stage: stage } } }
match:
  internal: { domains: { slot: internal_domains, default: from_users } }
  accounts: { stage: customer }
keep:
  attendees: { some: { external: true, account: { exists: true } } }
output:
  title: title
  account: main_account.name
  people: { each: attendees, take: { email: email, external: external } }
";

/// Something that a tenant does; the numbers name records, the same ones in every tenant.
#[derive(Debug, Clone)]
enum Deed {
    Account(u8, bool),
    NoAccount(u8),
    Contact(u8, u8),
    NoContact(u8),
    Event(u8, u8, u8),
    NoEvent(u8),
    User(u8),
    Internal(u8),
    Sync,
}

fn deed() -> impl Strategy<Value = Deed> {
    let n = || 0..3_u8;
    prop_oneof![
        (n(), any::<bool>()).prop_map(|(id, customer)| Deed::Account(id, customer)),
        n().prop_map(Deed::NoAccount),
        (n(), n()).prop_map(|(id, account)| Deed::Contact(id, account)),
        n().prop_map(Deed::NoContact),
        (n(), n(), n()).prop_map(|(id, who, other)| Deed::Event(id, who, other)),
        n().prop_map(Deed::NoEvent),
        n().prop_map(Deed::User),
        n().prop_map(Deed::Internal),
        Just(Deed::Sync),
    ]
}

fn engine() -> impl Future<Output = Acquaint> {
    let mut env = Env::new(Arc::new(InProcess::new()));
    env.clock = Arc::new(ManualClock::at(at("2026-03-02T08:00:00Z")));
    let builder = Acquaint::builder().manifest(Manifest::parse(MANIFEST).unwrap());
    let builder = builder.store(Arc::new(MemoryStore::new())).env(env);
    async move { builder.build().await.unwrap() }
}

async fn perform(tenant: &Tenant, deed: &Deed) {
    // What records say differs between tenants, and nothing else does.
    let word = tenant.id().as_str();
    let local = tenant.local("product");
    let address = |n: &u8| format!("p{n}@d{n}.example");
    match deed {
        Deed::Account(id, customer) => {
            let account =
                Account::new(id.to_string(), format!("{word} {id}")).domain(format!("d{id}.example"));
            let stage = if *customer { "customer" } else { "lead" };
            local.put_accounts([account.field("stage", stage)]).await
        }
        Deed::NoAccount(id) => local.remove_accounts([id.to_string()]).await,
        Deed::Contact(id, account) => {
            local.put_contacts([(Contact::new(id.to_string(), address(id)), vec![account.to_string()])]).await
        }
        Deed::NoContact(id) => local.remove_contacts([id.to_string()]).await,
        Deed::Event(id, who, other) => {
            let (start, end) = (at("2026-03-03T10:00:00Z"), at("2026-03-03T10:30:00Z"));
            let mut event = CalendarEvent::new("c", id.to_string(), EventTime::At(start), EventTime::At(end));
            event.title = Some(format!("{word} {id} {who}"));
            event.attendees = [who, other].map(|n| Attendee::new(address(n))).into();
            local.put_events([event]).await
        }
        Deed::NoEvent(id) => local.remove_events([("c", id.to_string().as_str())]).await,
        Deed::User(n) => local.put_users([Colleague::new(n.to_string(), address(n))]).await,
        Deed::Internal(n) => tenant.set_slot("internal_domains", json!([format!("d{n}.example")])).await,
        Deed::Sync => tenant.sync().await.and_then(|report| report.into_result().map(|_| ())),
    }
    .unwrap();
}

/// Everything that a tenant has in the end, without ids that are drawn.
async fn outcome(tenant: &Tenant) -> String {
    perform(tenant, &Deed::Sync).await;
    let feed = feed(tenant).await;
    let feed: Vec<_> =
        feed.iter().map(|entry| (entry.position, entry.revision, entry.change, &entry.content)).collect();
    format!("{:?} {feed:?}", table(tenant).await)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tenant_ends_as_if_it_were_alone(deeds in prop::collection::vec((0..2_usize, deed()), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let shared = engine().await;
            let tenants = ["alpha", "bravo"].map(|name| shared.tenant(name));
            for (which, deed) in &deeds {
                perform(&tenants[*which], deed).await;
            }
            for (which, tenant) in tenants.iter().enumerate() {
                let alone = engine().await.tenant(tenant.id().as_str());
                for (_, deed) in deeds.iter().filter(|(whose, _)| *whose == which) {
                    perform(&alone, deed).await;
                }
                assert_eq!(outcome(tenant).await, outcome(&alone).await);
            }
        });
    }
}
