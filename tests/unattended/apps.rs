//! Apps of the product, apps of tenants, and secrets that are being rotated.

use std::sync::{Arc, Mutex};

use acquaint::core::ids::{ConnectorId, TenantId};
use acquaint::core::store::ConnectionStatus;
use acquaint::core::token::{Scope, TokenStore};
use acquaint::{AppSource, ErrorKind, Mirrored, OAuthApp, Result, Revocation, async_trait};
use acquaint_testkit::MemoryStore;
use acquaint_testkit::sandbox::oauth::Client;

use crate::support::{ANA, BEN, CALLBACK, CLIENT, SECRET, World};

const OWN: &str = "globex.apps.example";

fn own_client(world: &World, secret: &str) {
    world.google.oauth().add_client(Client::new(OWN, secret).redirect(CALLBACK));
}

#[tokio::test]
async fn a_tenants_own_app_is_used_for_it_from_consent_to_revocation() {
    let world = World::in_process();
    own_client(&world, "own+secret/=");
    let builder = world.builder().tenant_app("globex", "google-calendar", OAuthApp::new(OWN, "own+secret/="));
    let acquaint = builder.store(Arc::new(MemoryStore::new())).build().await.unwrap();
    let (acme, globex) = (acquaint.tenant("acme"), acquaint.tenant("globex"));
    world.connect(&acquaint, &acme, "calendar", ANA).await.unwrap();
    let theirs = world.connect(&acquaint, &globex, "calendar", BEN).await.unwrap();
    world.minutes(61);
    for tenant in [&acme, &globex] {
        tenant.sync().await.unwrap().into_result().unwrap();
    }
    // Without its own client its tenant gets nowhere, and nobody else notices.
    own_client(&world, "changed");
    world.minutes(61);
    let error = globex.sync().await.unwrap().into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured, "{error}");
    acme.sync().await.unwrap().into_result().unwrap();
    own_client(&world, "own+secret/=");
    world.minutes(61);
    globex.sync().await.unwrap().into_result().unwrap();
    let ended = globex.disconnect(&theirs.id, Mirrored::Keep).await.unwrap();
    assert!(matches!(ended.revocation, Revocation::Done), "{ended:?}");
}

/// Apps that tenants bring while the product runs.
#[derive(Debug, Default, Clone)]
struct Brought(Arc<Mutex<Vec<(TenantId, OAuthApp)>>>);

#[async_trait]
impl AppSource for Brought {
    async fn app(&self, tenant: &TenantId, _connector: &ConnectorId) -> Result<Option<OAuthApp>> {
        let apps = self.0.lock().unwrap();
        Ok(apps.iter().find(|(whose, _)| whose == tenant).map(|(_, app)| app.clone()))
    }
}

#[tokio::test]
async fn a_tenant_may_bring_its_app_while_the_product_runs() {
    let world = World::in_process();
    own_client(&world, "s");
    let brought = Brought::default();
    let builder = world.builder().app_source(brought.clone()).store(Arc::new(MemoryStore::new()));
    let acquaint = builder.build().await.unwrap();
    let globex = acquaint.tenant("globex");
    brought.0.lock().unwrap().push((globex.id().clone(), OAuthApp::new(OWN, "s")));
    let begun = globex.connect("calendar", &crate::support::me(ANA));
    let begun = begun.begin_at(&CALLBACK.parse().unwrap()).await.unwrap();
    assert!(begun.url.query().unwrap().contains(OWN), "{:?}", begun.url.query());
    world.connect(&acquaint, &globex, "calendar", ANA).await.unwrap();
}

#[tokio::test]
async fn a_grant_of_another_client_waits_for_that_client_and_is_never_condemned() {
    let world = World::in_process();
    own_client(&world, "s");
    let brought = Brought::default();
    let builder = world.builder().app_source(brought.clone()).store(Arc::new(MemoryStore::new()));
    let acquaint = builder.build().await.unwrap();
    let acme = acquaint.tenant("acme");
    let connection = world.connect(&acquaint, &acme, "calendar", ANA).await.unwrap();
    brought.0.lock().unwrap().push((acme.id().clone(), OAuthApp::new(OWN, "s")));
    world.minutes(61);
    let asked = world.google.oauth().calls().token_calls();
    let error = acme.sync().await.unwrap().into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured, "{error}");
    assert_eq!(world.google.oauth().calls().token_calls(), asked, "the wrong client is not even tried");
    assert_eq!(acme.connection(&connection.id).await.unwrap().status, ConnectionStatus::Active);
    brought.0.lock().unwrap().clear();
    acme.sync().await.unwrap().into_result().unwrap();
}

#[tokio::test]
async fn a_client_secret_is_rotated_without_any_connection_noticing() {
    let world = World::in_process();
    let client = |secret: &str| Client::new(CLIENT, secret).redirect(CALLBACK).installed();
    let app = OAuthApp::new(CLIENT, SECRET).also("the new one");
    let builder = world.builder().app("google-calendar", app).store(Arc::new(MemoryStore::new()));
    let acquaint = builder.build().await.unwrap();
    let acme = acquaint.tenant("acme");
    world.connect(&acquaint, &acme, "calendar", ANA).await.unwrap();
    for secret in [SECRET, "the new one", "the new one", SECRET] {
        world.google.oauth().add_client(client(secret));
        world.minutes(61);
        acme.sync().await.unwrap().into_result().unwrap();
    }
    // Nor does connecting, nor ending.
    world.google.oauth().add_client(client("the new one"));
    let ben = world.connect(&acquaint, &acme, "calendar", BEN).await.unwrap();
    let ended = acme.disconnect(&ben.id, Mirrored::Erase).await.unwrap();
    assert!(matches!(ended.revocation, Revocation::Done), "{ended:?}");
}

#[tokio::test]
async fn credentials_rest_in_a_store_of_the_products_own_if_it_has_one() {
    let world = World::in_process();
    let (store, vault) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
    let builder = world.builder().store(Arc::clone(&store)).token_store(Arc::clone(&vault));
    let acquaint = builder.build().await.unwrap();
    let acme = acquaint.tenant("acme");
    let connection = world.connect(&acquaint, &acme, "calendar", ANA).await.unwrap();
    world.minutes(61);
    acme.sync().await.unwrap().into_result().unwrap();
    let list = |store: Arc<MemoryStore>| async move { store.list(Scope::All, None, 10).await.unwrap().len() };
    assert_eq!((list(Arc::clone(&store)).await, list(Arc::clone(&vault)).await), (0, 1));
    let _ = acquaint.keep_grants_alive().await.unwrap();
    let ended = acme.disconnect(&connection.id, Mirrored::Keep).await.unwrap();
    assert!(matches!(ended.revocation, Revocation::Done), "{ended:?}");
    assert_eq!(list(vault).await, 0);
}
