//! Two tenants in one store, alike down to their ids: neither ever sees or touches what is the other's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "tenancy/alone.rs"]
mod alone;
mod support;
#[path = "tenancy/twins.rs"]
mod twins;
#[path = "tenancy/watched.rs"]
mod watched;

use std::sync::Arc;

use acquaint::core::store::{ConnectionStatus, Store};
use acquaint::core::view::{Account, Attendee, CalendarEvent, Contact, EventTime};
use acquaint::{ErrorKind, Manifest, Sqlite, SyncOptions, Tenant, WhyQuery};

use acquaint_testkit::MemoryStore;
use serde_json::json;

use support::{ANA, BEN, at, me, table};
use twins::{Twins, WORDS};

/// Everything that the public calls of a tenant show, with the name of each call.
async fn everything(tenant: &Tenant) -> Vec<(&'static str, String)> {
    let mut shown = Vec::new();
    let mut show = |name, text: String| shown.push((name, text));
    show("connections", format!("{:?}", tenant.connections().await.unwrap()));
    show("lanes", format!("{:?}", tenant.lanes().await.unwrap()));
    let meetings = tenant.meetings().all().await.unwrap();
    show("meetings", format!("{meetings:?}"));
    show("kept", format!("{:?}", tenant.meetings().kept().all().await.unwrap()));
    show("dropped", format!("{:?}", tenant.meetings().dropped().all().await.unwrap()));
    let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
    show("range", format!("{:?}", tenant.meetings().from(from).to(to).all().await.unwrap()));
    for meeting in &meetings {
        show("meeting", format!("{:?}", tenant.meeting(&meeting.id).await.unwrap().unwrap()));
        let explanation = tenant.explain(&meeting.id).await.unwrap();
        show("explain", format!("{explanation} {explanation:?}"));
    }
    show("changes", format!("{:?}", tenant.changes(0, 1_000).await.unwrap()));
    for near in ["2026-03-03T10:00:00Z", "2026-03-05T10:00:00Z", "2030-01-01T00:00:00Z"] {
        for query in [WhyQuery::near(at(near)), WhyQuery::near(at(near)).on_calendar(ANA).with_address(BEN)] {
            let found = tenant.why(&query).await.unwrap();
            let text: Vec<String> = found.iter().map(ToString::to_string).collect();
            show("why", format!("{text:?} {found:?}"));
        }
    }
    show("revisions", format!("{:?}", tenant.revisions(10).await.unwrap()));
    if let Some(in_force) = tenant.revision_in_force().await.unwrap() {
        let mut content = tenant.manifest(&in_force.revision).await.unwrap().to_json().clone();
        content["keep"] = json!({ "title": "something else" });
        let plan = tenant.plan(&Manifest::parse(&content.to_string()).unwrap()).await.unwrap();
        show("plan", format!("{plan} {plan:?}"));
    }
    shown
}

/// Looks at one tenant through every call: its own word is there, the other's is not.
async fn assert_apart(twins: &Twins, which: usize) {
    let (own, other) = (WORDS[which], WORDS[1 - which]);
    let shown = everything(&twins.act(which)).await;
    for (call, text) in &shown {
        assert!(!text.contains(other) && !text.contains(&format!("tenant-{}", 1 - which)), "{call}: {text}");
    }
    for telling in ["meetings", "kept", "dropped", "range", "meeting", "explain", "changes", "why", "plan"] {
        assert!(shown.iter().any(|(call, text)| *call == telling && text.contains(own)), "{telling}");
    }
}

async fn tables(twins: &Twins) -> [Vec<String>; 2] {
    [table(&twins.act(0)).await, table(&twins.act(1)).await]
}

async fn neither_sees_the_other(store: Arc<dyn Store>) {
    let twins = Twins::new(store).await;
    twins.connect(0).await;
    twins.connect(1).await;
    assert_ids_are_equal(&twins).await;
    for which in [0, 1] {
        assert_apart(&twins, which).await;
    }

    // Whatever one of them does leaves the other as it was.
    for which in [0, 1] {
        let other = 1 - which;
        let before = (everything(&twins.act(other)).await, twins.act(other).position().await.unwrap());
        act(&twins, which).await;
        assert_apart(&twins, which).await;
        let after = (everything(&twins.act(other)).await, twins.act(other).position().await.unwrap());
        assert_eq!(before, after);
    }
    let [first, second] = tables(&twins).await;
    assert_eq!(first.len(), second.len());
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(first.replace(WORDS[0], WORDS[1]), *second, "they did the same");
    }

    let (verbs, foreign) = twins.store.notes();
    assert!(verbs > 200, "{verbs}");
    assert_eq!(foreign, Vec::<String>::new());
}

/// All calls that change something, of one of the two.
async fn act(twins: &Twins, which: usize) {
    let (world, word, tenant) = (&twins.worlds[which], WORDS[which], twins.act(which));
    let title = |title: &str| format!("{title} {word}");
    tenant.set_slot("internal_domains", json!(["us.example", format!("{word}.example")])).await.unwrap();
    let local = tenant.local("own");
    let own = Account::new("1", title("Initech")).domain("initech.com").field("stage", "customer");
    local.put_accounts([own]).await.unwrap();
    local.put_contacts([(Contact::new("1", "bill@initech.com"), vec!["1".to_owned()])]).await.unwrap();
    let start = EventTime::At(at("2026-03-06T10:00:00Z"));
    let mut event = CalendarEvent::new("own", "1", start, EventTime::At(at("2026-03-06T10:30:00Z")));
    event.title = Some(title("Demo"));
    event.attendees = vec![Attendee::new("bill@initech.com")];
    local
        .put_events([event.clone(), {
            event.id = "2".to_owned();
            event
        }])
        .await
        .unwrap();
    local.remove_events([("own", "2")]).await.unwrap();

    // An increment, a cancellation, and a baseline with a sweep.
    world.google.patch_event(ANA, "planning", json!({ "summary": title("Plans") })).unwrap();
    world.google.cancel_event(ANA, "gone1").unwrap();
    world.google.expire_sync_tokens();
    let report = tenant.sync_with(&SyncOptions::new().acknowledge_sweeps()).await.unwrap();
    assert!(!format!("{report:?}").contains(&format!("tenant-{}", 1 - which)));
    let _ = report.into_result().unwrap();

    // A grant that ends and is given again.
    world.google.oauth().revoke_account(BEN);
    assert_eq!(tenant.sync().await.unwrap().into_result().unwrap_err().kind(), ErrorKind::NeedsReauth);
    let stopped = tenant.connections().await.unwrap();
    assert_eq!(stopped.iter().filter(|one| one.status != ConnectionStatus::Active).count(), 1);
    world.connect(&twins.acquaint, &tenant, "calendar", BEN).await.unwrap();
    let _ = tenant.sync().await.unwrap().into_result().unwrap();
}

/// Else the tests would prove less than they seem to.
async fn assert_ids_are_equal(twins: &Twins) {
    let mut ids = Vec::new();
    for which in [0, 1] {
        let tenant = twins.act(which);
        let connections = tenant.connections().await.unwrap();
        let connections: Vec<_> =
            connections.into_iter().map(|one| (one.id, one.grant, one.account)).collect();
        let meetings = tenant.meetings().all().await.unwrap();
        let meetings: Vec<_> = meetings.into_iter().map(|one| (one.id, one.identity, one.copies)).collect();
        assert_eq!((connections.len(), meetings.len()), (3, 4));
        ids.push((connections, meetings));
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn tenants_with_equal_ids_never_see_each_other_in_memory() {
    neither_sees_the_other(Arc::new(MemoryStore::new())).await;
}

#[tokio::test]
async fn tenants_with_equal_ids_never_see_each_other_in_sqlite() {
    neither_sees_the_other(Arc::new(Sqlite::in_memory().await.unwrap())).await;
}

#[tokio::test]
async fn an_id_of_another_tenant_is_unknown() {
    let twins = Twins::new(Arc::new(MemoryStore::new())).await;
    twins.connect(0).await;
    let meetings = twins.act(0).meetings().all().await.unwrap();
    let other = twins.act(1);
    for meeting in meetings {
        assert_eq!(other.meeting(&meeting.id).await.unwrap(), None);
        assert_eq!(other.explain(&meeting.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
    for (call, text) in everything(&other).await {
        assert!(!text.contains(WORDS[0]), "{call}: {text}");
    }
    assert_eq!(twins.store.notes().1, Vec::<String>::new());
}

#[tokio::test]
async fn an_authorisation_ends_with_the_tenant_that_began_it() {
    let twins = Twins::new(Arc::new(MemoryStore::new())).await;
    let (first, second) = (twins.begun(0).await, twins.begun(1).await);
    // One person, one session, two tenants; the later one comes back first.
    for (which, request) in [(1, second), (0, first)] {
        let tenant = twins.act(which);
        let connection = twins
            .acquaint
            .finish_connect(&request, &me(ANA))
            .await
            .and_then(acquaint::Finished::into_result)
            .unwrap();
        assert_eq!(&connection.tenant, tenant.id());
        assert_eq!(tenant.connections().await.unwrap(), [connection]);
    }
    assert_eq!(twins.store.notes().1, Vec::<String>::new());
}
