//! How connections stand.

use acquaint::core::store::SubscriptionStatus;
use acquaint::{
    Audience, ConnectionExplained, ConnectionStatus, ErrorKind, Manifest, Mirrored, PartitionExplained,
    Reads, StreamExplained, SweepGuard,
};
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::google::AccessRole;
use bytes::Bytes;
use chrono_tz::Tz;

use super::product::{CRM, Product};
use super::support::{ANA, BEN, MANIFEST, at};

const PROJECTS: &str = "projects@group.calendar.google.com";

fn stream<'a>(explained: &'a ConnectionExplained, name: &str) -> &'a StreamExplained {
    explained.streams.iter().find(|stream| stream.stream.as_str() == name).unwrap()
}

fn calendar<'a>(explained: &'a ConnectionExplained, key: &str) -> &'a PartitionExplained {
    let partitions = &stream(explained, "events").partitions;
    partitions.iter().find(|one| one.partition.as_str() == key).unwrap_or_else(|| panic!("{explained}"))
}

#[tokio::test]
async fn a_connection_that_works_says_what_is_read_and_up_to_when() {
    let product = Product::read().await;
    let ana = product.explain_connection(ANA).await;
    assert_eq!((ana.account.as_str(), ana.made_by.as_str()), (ANA, ANA));
    assert_eq!(
        (&ana.status, ana.made, ana.in_manifest),
        (&ConnectionStatus::Active, at("2026-03-02T08:01:00Z"), true)
    );
    assert!(ana.next.is_empty(), "{ana}");
    let own = calendar(&ana, ANA);
    assert_eq!((&own.reads, own.complete, own.label.as_str()), (&Reads::Yes, true, ANA));
    assert!(own.covers.is_some() && own.lanes.iter().any(|lane| lane.last_run.is_some()));
    assert!(stream(&ana, "events").looks.as_ref().unwrap().last_run.is_some());
    assert!(ana.access.unwrap().missing.is_empty());
    assert!(ana.sentence.starts_with(
        "The connection of ana@us.example to `calendar` is active, and everything is read up to"
    ));
    let connections = product.tenant.connections().await.unwrap();
    let crm = connections.iter().find(|known| known.source.as_str() == "crm").unwrap();
    let crm = product.tenant.explain_connection(&crm.id).await.unwrap();
    assert_eq!(crm.quotas.len(), product.tenant.quotas(&crm.connection).await.unwrap().len());
}

#[tokio::test]
async fn what_was_never_read_waits() {
    let product = Product::new(&[("calendar", ANA), ("crm", CRM)]).await;
    let ana = product.explain_connection(ANA).await;
    assert_eq!(stream(&ana, "events").reads, Reads::NothingFound);
    assert!(ana.sentence.ends_with("1 partition has not been read completely yet."), "{}", ana.sentence);
    assert_eq!(
        ana.tell(Audience::Customer),
        "ana@us.example is connected, and we are still reading it. Please look again later.\n"
    );
}

#[tokio::test]
async fn a_dead_token_says_what_to_do() {
    let product = Product::read().await;
    product.world.google.oauth().revoke_account(ANA);
    product.sync().await;
    let ana = product.explain_connection(ANA).await;
    assert!(matches!(ana.status, ConnectionStatus::NeedsReauth { .. }));
    assert_eq!(stream(&ana, "events").reads, Reads::NeedsReauth);
    assert_eq!(calendar(&ana, ANA).reads, Reads::NeedsReauth);
    assert_eq!(ana.next, ["have its person authorise it again (`Tenant::reconnect`)"]);
    assert_eq!(
        ana.tell(Audience::Customer),
        "We may no longer read ana@us.example. Please connect it again.\n"
    );
}

#[tokio::test]
async fn a_connection_that_was_ended_says_when_and_one_that_was_erased_is_not_there() {
    let product = Product::read().await;
    let id = product.connection(ANA).await.id;
    let _ = product.tenant.disconnect(&id, Mirrored::Keep).await.unwrap();
    let ana = product.explain_connection(ANA).await;
    assert_eq!(
        ana.sentence,
        "The connection of ana@us.example to `calendar` was ended, 2026-03-02 08:11 UTC."
    );
    assert_eq!(stream(&ana, "events").reads, Reads::Disconnected);
    let _ = product.tenant.disconnect(&id, Mirrored::Erase).await.unwrap();
    let error = product.tenant.explain_connection(&id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_calendar_that_another_connection_reads_names_it() {
    let product = Product::new(&[("calendar", ANA), ("calendar", BEN), ("crm", CRM)]).await;
    product.world.google.add_calendar(BEN, PROJECTS, "Projects", Tz::UTC);
    product.world.google.share_calendar(PROJECTS, ANA, AccessRole::Owner).unwrap();
    product.sync().await;
    product.sync().await;
    let (ana, ben) = (product.explain_connection(ANA).await, product.explain_connection(BEN).await);
    let reads = [&calendar(&ana, PROJECTS).reads, &calendar(&ben, PROJECTS).reads];
    let by = |one: &ConnectionExplained| Reads::StandsBy {
        reader: one.connection.clone(),
        account: one.account.clone(),
    };
    assert!(reads == [&Reads::Yes, &by(&ana)] || reads == [&by(&ben), &Reads::Yes], "{reads:?}");
    let standing = if *reads[0] == Reads::Yes { &ben } else { &ana };
    assert!(standing.tell(Audience::Support).contains("Projects is read by the connection of "));
}

#[tokio::test]
async fn a_source_that_has_gone_from_the_manifest_is_named() {
    let mut product = Product::read().await;
    product.restart(&MANIFEST.replace("  calendar:\n", "  other:\n"), |builder| builder).await;
    product.sync().await;
    let ana = product.explain_connection(ANA).await;
    assert_eq!((ana.in_manifest, &ana.access), (false, &None));
    assert_eq!(stream(&ana, "events").reads, Reads::SourceGone);
    assert!(ana.next[0].contains("a manifest that has the source `calendar`"), "{ana}");
}

#[tokio::test]
async fn a_stream_that_lacks_a_scope_or_has_no_use_says_so() {
    let domains = MANIFEST.replace("\nkeep:", "\n  strategies: [domain]\nkeep:");
    let mut product = Product::new(&[]).await;
    product.restart(&domains, |builder| builder).await;
    product.connect("calendar", ANA).await;
    product.connect("crm", CRM).await;
    product.sync().await;
    let id = async |product: &Product| {
        let connections = product.tenant.connections().await.unwrap();
        connections.into_iter().find(|known| known.source.as_str() == "crm").unwrap().id
    };
    let crm = product.tenant.explain_connection(&id(&product).await).await.unwrap();
    assert_eq!(stream(&crm, "contacts").reads, Reads::NotUsed);

    product.restart(MANIFEST, |builder| builder).await;
    product.sync().await;
    let crm = product.tenant.explain_connection(&id(&product).await).await.unwrap();
    let scopes = vec!["crm.objects.contacts.read".to_owned()];
    assert_eq!(stream(&crm, "contacts").reads, Reads::Lacks { scopes });
    assert_eq!(crm.next, ["have its person grant crm.objects.contacts.read (`Tenant::reconnect`)"]);
    assert!(crm.sentence.contains("may not read "), "{}", crm.sentence);
    assert!(crm.tell(Audience::Customer).contains("we were not permitted to read all that we need"));
}

#[tokio::test]
async fn settings_that_have_changed_since_it_was_read_are_seen() {
    let product = Product::read().await;
    let wider = Manifest::parse(&MANIFEST.replace("future: 365d", "future: 400d")).unwrap();
    let _ = product.tenant.apply(&wider).run().await.unwrap();
    let ana = product.explain_connection(ANA).await;
    assert!(!calendar(&ana, ANA).complete, "{ana}");
    product.sync().await;
    assert!(calendar(&product.explain_connection(ANA).await, ANA).complete);
}

#[tokio::test]
async fn a_failure_says_what_failed_and_when_it_is_tried_again() {
    let product = Product::read().await;
    let refused = http::Response::builder().status(403).body(Bytes::new()).unwrap();
    product.world.google.inject(Fault::once("/events", refused));
    product.sync().await;
    let ana = product.explain_connection(ANA).await;
    let lanes = &calendar(&ana, ANA).lanes;
    let failing = lanes.iter().find(|lane| lane.failing.is_some()).unwrap_or_else(|| panic!("{ana}"));
    let failure = failing.failing.as_ref().unwrap();
    assert_eq!((failure.times, failure.message.is_empty()), (1, false));
    assert!(failing.again > failure.at);
    assert!(ana.sentence.ends_with("1 lane does not succeed."), "{}", ana.sentence);
    assert!(ana.next[0].starts_with("look at the failure; it is tried again 2026-03-02"), "{:?}", ana.next);
    assert!(ana.tell(Audience::Support).contains(&failure.message));
    let customer = ana.tell(Audience::Customer);
    assert_eq!(
        customer,
        "ana@us.example is connected, but reading it fails at the moment. We try again by ourselves.\n"
    );
}

#[tokio::test]
async fn a_held_sweep_says_how_much_it_would_remove() {
    let mut product = Product::read().await;
    let mut guard = SweepGuard::default();
    (guard.at_least, guard.share) = (3, 0.4);
    product.restart(MANIFEST, |builder| builder.sweep_guard(guard)).await;
    for gone in ["qbr", "planning", "review", "intro", "hold1"] {
        product.world.google.cancel_event(ANA, gone).unwrap();
    }
    product.world.google.expire_sync_tokens();
    product.sync().await;
    let ana = product.explain_connection(ANA).await;
    assert!(calendar(&ana, ANA).lanes.iter().any(|lane| lane.held_sweep == Some(5)), "{ana}");
    assert!(ana.next[0].contains("acknowledge_sweeps"), "{:?}", ana.next);
}

#[tokio::test]
async fn what_the_provider_was_asked_to_tell_is_shown() {
    let mut product = Product::new(&[]).await;
    product.restart(MANIFEST, |builder| builder.public_url("https://product.example/")).await;
    product.connect("calendar", ANA).await;
    product.connect("crm", CRM).await;
    product.sync().await;
    let ana = product.explain_connection(ANA).await;
    let own = ana.subscriptions.iter().find(|known| known.partition.as_str() == ANA).unwrap();
    assert_eq!((own.status, own.expires.is_some()), (SubscriptionStatus::Live, true));
    // So the copies on that calendar are read when they change.
    let meetings = product.tenant.meetings().kept().all().await.unwrap();
    let explained = product.tenant.explain(&meetings[0].id).await.unwrap();
    assert!(explained.copies[0].told);
    assert!(explained.to_string().contains("by schedule, and when the provider tells of a change"));
}
