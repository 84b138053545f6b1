//! Erasing one tenant by destroying its key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint_core::ids::TenantId;
use acquaint_core::keys::{DataKey, KeyId, KeyProvider, Keys, WrappedKey};
use acquaint_core::token::{Expected, GrantKey, TokenManager, TokenStore as _};
use acquaint_core::{Error, ErrorKind, Result, async_trait};
use support::{MemoryTokenStore, Step, Style, World};
use tokio::time::advance;

/// The data keys that a wrapping key holds; `None` once it is destroyed.
type Held = Option<Vec<DataKey>>;

/// A key-management service with a key for each tenant: what is destroyed stays destroyed, and the tenant's next
/// key is another one.
#[derive(Debug, Default)]
struct Service {
    held: Mutex<BTreeMap<(TenantId, KeyId), Held>>,
    down: Mutex<bool>,
}

impl Service {
    fn current_of(&self, tenant: &TenantId) -> KeyId {
        let held = self.held.lock().unwrap();
        let destroyed = held.iter().filter(|((of, _), keys)| of == tenant && keys.is_none()).count();
        KeyId::new(format!("{tenant}-{destroyed}"))
    }

    fn reach(&self) -> Result<()> {
        if *self.down.lock().unwrap() { Err(ErrorKind::Unavailable.into()) } else { Ok(()) }
    }
}

#[async_trait]
impl KeyProvider for Service {
    async fn current(&self, tenant: &TenantId) -> Result<KeyId> {
        Ok(self.current_of(tenant))
    }

    async fn wrap(&self, tenant: &TenantId, key: &DataKey) -> Result<WrappedKey> {
        self.reach()?;
        let by = self.current_of(tenant);
        let mut held = self.held.lock().unwrap();
        let keys = held.entry((tenant.clone(), by.clone())).or_insert_with(|| Some(Vec::new()));
        let keys = keys.as_mut().unwrap();
        keys.push(key.clone());
        Ok(WrappedKey { by, bytes: vec![u8::try_from(keys.len() - 1).unwrap()] })
    }

    async fn unwrap(&self, tenant: &TenantId, wrapped: &WrappedKey) -> Result<DataKey> {
        self.reach()?;
        let held = self.held.lock().unwrap();
        let keys = held.get(&(tenant.clone(), wrapped.by.clone())).and_then(Option::as_ref);
        let key = keys.and_then(|keys| keys.get(usize::from(*wrapped.bytes.first()?)));
        key.cloned().ok_or_else(|| Error::new(ErrorKind::Sealed, "this key was destroyed"))
    }

    async fn destroy(&self, tenant: &TenantId) -> Result<()> {
        self.reach()?;
        let mut held = self.held.lock().unwrap();
        held.iter_mut().filter(|((of, _), _)| of == tenant).for_each(|(_, keys)| *keys = None);
        Ok(())
    }
}

fn grant(tenant: &str, index: usize) -> GrantKey {
    GrantKey { tenant: tenant.into(), grant: format!("g{index:03}").into() }
}

fn process(world: &World, store: &Arc<MemoryTokenStore>, keys: &Arc<Service>) -> TokenManager {
    TokenManager::new(store.clone(), keys.clone(), world.env.clone())
}

/// Two tenants with 150 grants each, and a copy of the store as a backup has it.
async fn two_tenants() -> (World, Arc<Service>, Arc<MemoryTokenStore>) {
    let (world, keys) = (World::new(Style::Rotates), Arc::default());
    let backup = Arc::new(MemoryTokenStore::default());
    let tokens = process(&world, &world.store, &keys);
    for tenant in ["acme", "globex"] {
        for index in 0..150 {
            let key = grant(tenant, index);
            tokens.save_new(&key, world.authorised()).await.unwrap();
            let row = world.store.load(&key).await.unwrap().unwrap();
            backup.save(&key, &row.value, Expected::Absent).await.unwrap();
        }
    }
    (world, keys, backup)
}

#[tokio::test(start_paused = true)]
async fn a_destroyed_tenant_cannot_be_read_from_any_copy_and_the_others_can() {
    let (world, keys, backup) = two_tenants().await;
    let tokens = process(&world, &world.store, &keys);
    let other_process = process(&world, &backup, &keys);
    for process in [&tokens, &other_process] {
        process.access(&grant("acme", 0), &world.auth).await.unwrap();
    }

    assert_eq!(tokens.destroy(&"acme".into()).await.unwrap(), 150);
    assert_eq!(tokens.access(&grant("acme", 0), &world.auth).await.unwrap_err().kind(), ErrorKind::NotFound);
    let restored = process(&world, &backup, &keys);
    for index in [0, 149] {
        let error = restored.access(&grant("acme", index), &world.auth).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Sealed);
        tokens.access(&grant("globex", index), &world.auth).await.unwrap();
        restored.access(&grant("globex", index), &world.auth).await.unwrap();
    }
    let row = backup.load(&grant("acme", 0)).await.unwrap().unwrap();
    world.store.save(&grant("acme", 0), &row.value, Expected::Absent).await.unwrap();
    let error = tokens.access(&grant("acme", 0), &world.auth).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sealed, "the process that destroyed it knows it no more either");
    // A process that had unwrapped the key forgets it after a quarter of an hour.
    advance(Duration::from_secs(15 * 60)).await;
    let error = other_process.access(&grant("acme", 0), &world.auth).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sealed);
    assert_eq!(tokens.destroy(&"acme".into()).await.unwrap(), 1);
    assert_eq!(tokens.destroy(&"acme".into()).await.unwrap(), 0, "destroying again is no error");
}

#[tokio::test(start_paused = true)]
async fn a_destroyed_tenant_may_come_back_and_finds_nothing_of_its_past() {
    let (world, keys, backup) = two_tenants().await;
    let tokens = process(&world, &world.store, &keys);
    tokens.destroy(&"acme".into()).await.unwrap();
    tokens.save_new(&grant("acme", 0), world.authorised()).await.unwrap();
    process(&world, &world.store, &keys).access(&grant("acme", 0), &world.auth).await.unwrap();
    let error = process(&world, &backup, &keys).access(&grant("acme", 0), &world.auth).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sealed);
}

#[tokio::test(start_paused = true)]
async fn where_the_key_cannot_be_destroyed_nothing_is_removed() {
    let (world, keys, _) = two_tenants().await;
    let tokens = process(&world, &world.store, &keys);
    *keys.down.lock().unwrap() = true;
    assert_eq!(tokens.destroy(&"acme".into()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    *keys.down.lock().unwrap() = false;
    tokens.access(&grant("acme", 149), &world.auth).await.unwrap();

    let one_for_all = Arc::new(Keys::new("k1", [7; 32]));
    let shared = TokenManager::new(world.store.clone(), one_for_all, world.env.clone());
    let error = shared.destroy(&"acme".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.advice().unwrap().contains("key for each tenant"), "{error}");
    tokens.access(&grant("acme", 0), &world.auth).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_renewal_under_way_brings_nothing_back() {
    let (world, keys, _) = two_tenants().await;
    let tokens = process(&world, &world.store, &keys);
    advance(Duration::from_secs(3601)).await;
    world.provider.then([Step::Slow(Duration::from_secs(10))]);
    // The provider knows the refresh token that was given last.
    let key = grant("globex", 149);
    let renewal = {
        let (tokens, key, auth) = (tokens.clone(), key.clone(), world.auth.clone());
        tokio::spawn(async move { tokens.access(&key, &auth).await.map(|_| ()) })
    };
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(world.provider.calls(), 1);
    assert_eq!(tokens.destroy(&"globex".into()).await.unwrap(), 150);
    assert_eq!(renewal.await.unwrap().unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!world.provider.is_revoked(), "it was answered");
    assert!(world.store.load(&key).await.unwrap().is_none());
}
