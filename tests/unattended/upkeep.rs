//! What grants need from time to time.

use std::sync::Arc;

use acquaint::core::ids::GrantId;
use acquaint::core::keys::{KeyFolder, KeyProvider};
use acquaint::core::store::ConnectionStatus;
use acquaint::core::token::{Expected, GrantKey, Scope, TokenManager, TokenSet, TokenStore};
use acquaint::{Acquaint, ErrorKind, Keys, NoticeKind, Tenant};
use acquaint_testkit::MemoryStore;

use crate::support::{ANA, BEN, World};

const DAY: i64 = 24 * 60;

async fn connected(world: &World, store: &Arc<MemoryStore>, keys: impl KeyProvider) -> (Acquaint, Tenant) {
    let acquaint = world.builder().keys(keys).store(Arc::clone(store)).build().await.unwrap();
    let tenant = acquaint.tenant("acme");
    world.connect(&acquaint, &tenant, "calendar", ANA).await.unwrap();
    world.connect(&acquaint, &tenant, "crm", ANA).await.unwrap();
    (acquaint, tenant)
}

fn keys() -> Keys {
    Keys::new("test", [7; 32])
}

#[tokio::test]
async fn a_grant_that_rests_is_renewed_before_it_ends_for_want_of_use() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    let (acquaint, _) = connected(&world, &store, keys()).await;
    let calls = || (world.google.oauth().calls().token_calls(), world.hubspot.oauth().calls().token_calls());
    let before = calls();
    world.minutes(6 * DAY);
    let upkeep = acquaint.keep_grants_alive().await.unwrap();
    assert_eq!((upkeep.renewed, upkeep.fresh, calls()), (0, 2, before), "{upkeep:?}");
    world.minutes(DAY + 1);
    let upkeep = acquaint.keep_grants_alive().await.unwrap();
    assert_eq!((upkeep.renewed, upkeep.failed.len()), (2, 0), "{upkeep:?}");
    assert_eq!(calls(), (before.0 + 1, before.1 + 1));
    assert_eq!(acquaint.keep_grants_alive().await.unwrap().renewed, 0);
}

#[tokio::test]
async fn a_grant_that_died_while_it_rested_is_told_of_once() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    let (acquaint, tenant) = connected(&world, &store, keys()).await;
    world.google.oauth().revoke_account(ANA);
    for _ in 0..3 {
        world.minutes(8 * DAY);
        let _ = acquaint.keep_grants_alive().await.unwrap();
    }
    let notices = tenant.notices(0, 100).await.unwrap();
    let told = notices.iter().filter(|entry| matches!(entry.notice.kind, NoticeKind::NeedsReauth { .. }));
    assert_eq!(told.count(), 1, "{notices:?}");
    let stopped = tenant.connections().await.unwrap();
    let stopped = stopped.iter().filter(|one| matches!(one.status, ConnectionStatus::NeedsReauth { .. }));
    assert_eq!(stopped.count(), 1);
}

#[tokio::test]
async fn what_a_crash_left_while_connecting_is_removed_in_time_and_nothing_else() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    let (acquaint, tenant) = connected(&world, &store, keys()).await;
    let manager = TokenManager::new(store.clone(), Arc::new(keys()), world.env());
    let orphan = GrantKey { tenant: tenant.id().clone(), grant: GrantId::from("grant_orphan") };
    manager.save_new(&orphan, TokenSet::new("planted", world.env().now())).await.unwrap();
    // One that cannot be opened might be somebody's.
    let foreign = GrantKey { tenant: tenant.id().clone(), grant: GrantId::from("grant_foreign") };
    let sealed = store.load(&orphan).await.unwrap().unwrap().value;
    store.save(&foreign, &sealed, Expected::Absent).await.unwrap();

    world.minutes(59);
    assert_eq!(acquaint.keep_grants_alive().await.unwrap().removed, 0);
    world.minutes(2);
    assert_eq!(acquaint.keep_grants_alive().await.unwrap().removed, 1);
    assert!(store.load(&orphan).await.unwrap().is_none());
    assert_eq!(store.list(Scope::All, None, 10).await.unwrap().len(), 3);
    tenant.sync().await.unwrap().into_result().unwrap();
}

#[tokio::test]
async fn a_sealing_key_is_rotated_under_way_and_the_old_one_can_go() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    let (_, tenant) = connected(&world, &store, Keys::new("old", [1; 32])).await;
    let both = Keys::new("new", [2; 32]).retired("old", [1; 32]);
    let acquaint = world.builder().keys(both).store(Arc::clone(&store)).build().await.unwrap();
    // Cut short at the first chance, and again.
    for _ in 0..2 {
        let mut reseal = Box::pin(acquaint.reseal());
        let _ = futures::poll!(&mut reseal);
    }
    world.minutes(61);
    acquaint.tenant("acme").sync().await.unwrap().into_result().unwrap();
    let resealed = acquaint.reseal().await.unwrap();
    assert!(resealed.failed.is_empty(), "{resealed:?}");
    let again = acquaint.reseal().await.unwrap();
    assert_eq!((again.resealed, again.current), (0, 2), "{again:?}");

    let new =
        world.builder().keys(Keys::new("new", [2; 32])).store(Arc::clone(&store)).build().await.unwrap();
    new.tenant("acme").sync().await.unwrap().into_result().unwrap();
    let old =
        world.builder().keys(Keys::new("old", [1; 32])).store(Arc::clone(&store)).build().await.unwrap();
    let error = old.tenant("acme").sync().await.unwrap().into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sealed, "{error}");
    for connection in tenant.connections().await.unwrap() {
        assert_eq!(connection.status, ConnectionStatus::Active, "a wrong key condemns nothing");
    }
}

#[tokio::test]
async fn destroyed_credentials_open_nowhere_again_and_others_live_on() {
    let folder = tempfile::tempdir().unwrap();
    let keys = || KeyFolder::at(folder.path().join("keys"), keys()).unwrap();
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    let (acquaint, acme) = connected(&world, &store, keys()).await;
    let globex = acquaint.tenant("globex");
    world.connect(&acquaint, &globex, "calendar", BEN).await.unwrap();
    // A backup from before.
    let mut backup = Vec::new();
    for key in store.list(Scope::All, None, 10).await.unwrap() {
        backup.push((key.clone(), store.load(&key).await.unwrap().unwrap().value));
    }
    assert_eq!(acme.destroy_credentials().await.unwrap(), 2);
    assert_eq!(store.list(Scope::Tenant(acme.id().clone()), None, 10).await.unwrap(), []);

    let restored = Arc::new(MemoryStore::new());
    for (key, value) in &backup {
        restored.save(key, value, Expected::Absent).await.unwrap();
    }
    for env in [world.env(), world.env()] {
        let manager = TokenManager::new(restored.clone(), Arc::new(keys()), env);
        for (key, _) in &backup {
            let status = manager.status(key).await;
            assert_eq!(status.is_ok(), key.tenant == *globex.id(), "{key}: {status:?}");
            assert!(status.is_ok() || status.unwrap_err().kind() == ErrorKind::Sealed);
        }
    }
    globex.sync().await.unwrap().into_result().unwrap();
    // The tenant may come back.
    world.connect(&acquaint, &acme, "calendar", ANA).await.unwrap();
    acme.sync().await.unwrap().into_result().ok();
}

#[tokio::test]
async fn keys_that_serve_everybody_destroy_nothing() {
    let (world, store) = (World::in_process(), Arc::new(MemoryStore::new()));
    let (_, tenant) = connected(&world, &store, keys()).await;
    assert_eq!(tenant.destroy_credentials().await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(store.list(Scope::All, None, 10).await.unwrap().len(), 2);
}
