//! Credentials that a tenant hands over.

use std::sync::Arc;

use acquaint::core::auth::AuthKind;
use acquaint::core::store::ConnectionStatus;
use acquaint::core::token::{Scope, TokenStore};
use acquaint::{Credential, ErrorKind, Mirrored, Revocation, Tenant};
use acquaint_testkit::MemoryStore;

use crate::support::{ANA, MANIFEST, PORTAL, World, me};
use acquaint::Manifest;

const TOKEN: &str = "pat-na1-11111111-2222-3333-4444-555555555555";
const SCOPES: &[&str] = &["crm.objects.companies.read", "crm.objects.contacts.read"];

async fn tenant(world: &World, store: &Arc<MemoryStore>) -> Tenant {
    let builder = world.builder().manifest(Manifest::parse(MANIFEST).unwrap());
    builder.store(Arc::clone(store)).build().await.unwrap().tenant("acme")
}

#[tokio::test]
async fn a_private_apps_token_connects_without_a_person_until_it_is_revoked() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    world.fill();
    world.hubspot.add_private_app_token(PORTAL, TOKEN, SCOPES).unwrap();
    let acme = tenant(&world, &store).await;
    let crm = acme.connect("crm", &me(ANA));
    let connection = crm.with_credential(Credential::token(format!(" {TOKEN}\n"))).await.unwrap();
    assert_eq!(connection.auth, AuthKind::Fixed);
    assert_eq!(connection.account, PORTAL.to_string());
    let totals = acme.sync().await.unwrap().into_result().unwrap();
    assert!(totals.records >= 4, "{totals:?}");
    assert_eq!(world.hubspot.oauth().calls().token_calls(), 0, "there is nothing to exchange");

    assert!(world.hubspot.revoke_private_app_token(TOKEN));
    let error = acme.sync().await.unwrap().into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NeedsReauth, "{error}");
    let stopped = acme.connection(&connection.id).await.unwrap();
    assert!(matches!(stopped.status, ConnectionStatus::NeedsReauth { .. }));
    world.hubspot.reset_requests();
    assert!(acme.sync().await.unwrap().into_result().is_err());
    assert_eq!(world.hubspot.requests().len(), 0, "nothing is sent for a dead credential");

    // Another token of the same account mends the connection.
    let renewed = "pat-na1-99999999-2222-3333-4444-555555555555";
    world.hubspot.add_private_app_token(PORTAL, renewed, SCOPES).unwrap();
    let again = acme.reconnect(&stopped, &me(ANA)).with_credential(Credential::token(renewed)).await.unwrap();
    assert_eq!((again.id, again.status), (connection.id, ConnectionStatus::Active));
    assert_eq!(store.list(Scope::All, None, 10).await.unwrap().len(), 1);
    let totals = acme.sync().await.unwrap().into_result().unwrap();
    assert_eq!(totals.changed, 0, "cursors and mirror were kept: {totals:?}");
}

#[tokio::test]
async fn a_credential_that_does_not_work_is_not_kept() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    let acme = tenant(&world, &store).await;
    let cases = [
        (Credential::token(TOKEN), ErrorKind::NeedsReauth),
        (Credential::token("  "), ErrorKind::Invalid),
        (Credential::default(), ErrorKind::Invalid),
        (Credential::basic("user", "planted-password"), ErrorKind::Invalid),
    ];
    for (credential, kind) in cases {
        let error = acme.connect("crm", &me(ANA)).with_credential(credential).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let shown = format!("{error:?}");
        assert!(!shown.contains("planted") && !shown.contains(TOKEN), "{shown}");
    }
    assert_eq!(acme.connections().await.unwrap(), []);
    assert_eq!(store.list(Scope::All, None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_connector_that_takes_no_credential_says_what_it_takes() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    let acme = tenant(&world, &store).await;
    let error = acme.connect("calendar", &me(ANA)).with_credential(Credential::token("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("oauth2, service_account"), "{error}");
}

#[tokio::test]
async fn a_source_says_how_it_may_be_connected_and_what_must_be_handed_over() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    let acme = tenant(&world, &store).await;
    let ways = acme.connect("crm", &me(ANA)).ways().await.unwrap();
    let kinds: Vec<_> = ways.iter().map(|way| (way.kind, way.ready)).collect();
    assert_eq!(kinds, [(AuthKind::OAuth2, true), (AuthKind::Fixed, true)]);
    assert_eq!(ways[1].fields.len(), 1);
    assert_eq!(ways[1].fields[0].label, "Private app access token");
    let ways = acme.connect("calendar", &me(ANA)).ways().await.unwrap();
    let kinds: Vec<_> = ways.iter().map(|way| (way.kind, way.ready)).collect();
    // No service account is registered.
    assert_eq!(kinds, [(AuthKind::OAuth2, true), (AuthKind::ServiceAccount, false)]);
}

#[tokio::test]
async fn what_was_handed_over_cannot_be_revoked_and_is_removed_all_the_same() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    world.hubspot.add_private_app_token(PORTAL, TOKEN, SCOPES).unwrap();
    let acme = tenant(&world, &store).await;
    let connection = acme.connect("crm", &me(ANA)).with_credential(Credential::token(TOKEN)).await.unwrap();
    let ended = acme.disconnect(&connection.id, Mirrored::Keep).await.unwrap();
    assert!(matches!(ended.revocation, Revocation::NotOffered), "{ended:?}");
    assert_eq!(store.list(Scope::All, None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn another_accounts_token_does_not_take_a_connection_over() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    world.hubspot.add_portal(7, "other.example", "admin@other.example");
    world.hubspot.add_private_app_token(PORTAL, TOKEN, SCOPES).unwrap();
    world.hubspot.add_private_app_token(7, "pat-other", SCOPES).unwrap();
    let acme = tenant(&world, &store).await;
    let connection = acme.connect("crm", &me(ANA)).with_credential(Credential::token(TOKEN)).await.unwrap();
    let other = acme.reconnect(&connection, &me(ANA)).with_credential(Credential::token("pat-other"));
    let error = other.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert_eq!(acme.connections().await.unwrap(), [connection]);
    assert_eq!(store.list(Scope::All, None, 10).await.unwrap().len(), 1);
}
