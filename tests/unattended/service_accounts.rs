//! Service accounts that an administrator has entrusted with a domain's calendars.

use std::sync::Arc;

use acquaint::core::auth::AuthKind;
use acquaint::core::error::Blame;
use acquaint::core::store::ConnectionStatus;
use acquaint::google_calendar::{SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use acquaint::{Builder, ErrorKind, ServiceAccountKey, Tenant};
use acquaint_testkit::MemoryStore;
use acquaint_testkit::sandbox::oauth::{Delegated, TEST_KEY, test_key_file};

use crate::support::{ANA, BEN, World, me};

const ROBOT: &str = "sync@product.iam.gserviceaccount.com";
const CLIENT: &str = "100000000000000000042";

/// Calendars alone.
const MANIFEST: &str = "
acquaint: 1
name: calendars
sources: { calendar: { connector: google-calendar } }
";

fn builder(world: &World) -> Builder {
    let key = ServiceAccountKey::from_json(&test_key_file(ROBOT, CLIENT)).unwrap();
    let manifest = acquaint::Manifest::parse(MANIFEST).unwrap();
    world.builder().manifest(manifest).service_account("google-calendar", key)
}

async fn tenant(world: &World) -> Tenant {
    builder(world).store(Arc::new(MemoryStore::new())).build().await.unwrap().tenant("acme")
}

fn allowed(world: &World) {
    let oauth = world.google.oauth();
    oauth.add_service_account(ROBOT, CLIENT, TEST_KEY).unwrap();
    oauth.delegate(CLIENT, &[SCOPE_EVENTS, SCOPE_CALENDAR_LIST], Delegated::Domain("us.example".into()));
}

#[tokio::test]
async fn a_service_account_reads_the_calendars_of_the_users_it_was_entrusted_with() {
    let world = World::in_process();
    world.fill();
    allowed(&world);
    let acme = tenant(&world).await;
    for who in [ANA, BEN] {
        let connection = acme.connect("calendar", &me(who)).on_behalf_of(who).await.unwrap();
        assert_eq!((connection.auth, connection.email.as_deref()), (AuthKind::ServiceAccount, Some(who)));
    }
    let totals = acme.sync().await.unwrap().into_result().unwrap();
    assert!(totals.decided >= 9, "{totals:?}");
    let asked = world.google.oauth().calls().token_calls();
    assert_eq!(asked, 2, "one assertion for each user");

    // An hour later the tokens are over, and new ones are had without anybody.
    world.minutes(61);
    acme.sync().await.unwrap().into_result().unwrap();
    assert_eq!(world.google.oauth().calls().token_calls(), asked + 2);
}

#[tokio::test]
async fn an_administrator_who_has_not_allowed_it_is_told_what_to_allow() {
    let world = World::in_process();
    world.google.oauth().add_service_account(ROBOT, CLIENT, TEST_KEY).unwrap();
    let acme = tenant(&world).await;
    let error = acme.connect("calendar", &me(ANA)).on_behalf_of(ANA).await.unwrap_err();
    assert_eq!((error.kind(), error.blame()), (ErrorKind::Forbidden, Blame::Tenant), "{error}");
    assert!(error.to_string().contains("administrator"), "{error}");
    assert_eq!(acme.connections().await.unwrap(), []);

    allowed(&world);
    let stranger = acme.connect("calendar", &me(ANA)).on_behalf_of("nobody@us.example").await.unwrap_err();
    assert_eq!(stranger.kind(), ErrorKind::Forbidden, "{stranger}");
    acme.connect("calendar", &me(ANA)).on_behalf_of(ANA).await.unwrap();
}

#[tokio::test]
async fn trust_that_is_withdrawn_and_given_again_mends_itself() {
    let world = World::in_process();
    world.fill();
    allowed(&world);
    let acme = tenant(&world).await;
    let connection = acme.connect("calendar", &me(ANA)).on_behalf_of(ANA).await.unwrap();
    acme.sync().await.unwrap().into_result().unwrap();
    world.google.oauth().undelegate(CLIENT);
    world.minutes(61);
    let error = acme.sync().await.unwrap().into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    let connection = acme.connection(&connection.id).await.unwrap();
    assert_eq!(connection.status, ConnectionStatus::Active, "no person could authorise it again");
    allowed(&world);
    world.minutes(61);
    acme.sync().await.unwrap().into_result().unwrap();
}

#[tokio::test]
async fn without_a_service_account_connecting_says_how_to_register_one() {
    let world = World::in_process();
    let manifest = acquaint::Manifest::parse(MANIFEST).unwrap();
    let builder = world.builder().manifest(manifest).store(Arc::new(MemoryStore::new()));
    let acme = builder.build().await.unwrap().tenant("acme");
    let error = acme.connect("calendar", &me(ANA)).on_behalf_of(ANA).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
    assert!(error.to_string().contains(".service_account("), "{error}");
}

#[tokio::test]
async fn a_tenants_own_service_account_is_its_alone() {
    let world = World::in_process();
    allowed(&world);
    let own = "sync@acme.iam.gserviceaccount.com";
    world.google.oauth().add_service_account(own, "7", TEST_KEY).unwrap();
    let key = ServiceAccountKey::from_json(&test_key_file(own, "7")).unwrap();
    let builder = builder(&world).tenant_service_account("acme", "google-calendar", key);
    let acquaint = builder.store(Arc::new(MemoryStore::new())).build().await.unwrap();
    // It was entrusted with nothing; the product's was.
    let connect = |tenant: &str| acquaint.tenant(tenant).connect("calendar", &me(ANA)).on_behalf_of(ANA);
    assert_eq!(connect("acme").await.unwrap_err().kind(), ErrorKind::Forbidden);
    connect("globex").await.unwrap();
}
