//! Keys that can be destroyed: what is gone with a tenant's key, what is not, and what a folder of keys bears.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use acquaint_core::ErrorKind;
use acquaint_core::keys::{DataKey, KeyFolder, KeyId, KeyProvider, Keys};
use acquaint_core::token::{Expected, GrantKey, Scope, TokenManager, TokenStore};
use support::{MemoryTokenStore, Style, World};
use tempfile::TempDir;

fn master() -> Keys {
    Keys::new("m1", [65; 32])
}

fn rotated() -> Keys {
    Keys::new("m2", [66; 32]).retired("m1", [65; 32])
}

fn open(home: &TempDir, master: Keys) -> KeyFolder {
    KeyFolder::at(home.path().join("keys"), master).unwrap()
}

/// The files of keys, without the lock.
fn files(home: &TempDir) -> Vec<PathBuf> {
    let all = fs::read_dir(home.path().join("keys")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = all.filter(|path| path.file_name().unwrap() != "lock").collect();
    files.sort();
    files
}

fn contents(home: &TempDir) -> Vec<(PathBuf, Vec<u8>)> {
    files(home).into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

async fn id(keys: &KeyFolder, tenant: &str) -> KeyId {
    keys.current(&tenant.into()).await.unwrap()
}

fn manager(world: &World, store: &Arc<MemoryTokenStore>, keys: &KeyFolder) -> TokenManager {
    TokenManager::new(store.clone(), Arc::new(keys.clone()), world.env.clone())
}

async fn rows_of(store: &MemoryTokenStore) -> Arc<MemoryTokenStore> {
    let copy = Arc::new(MemoryTokenStore::default());
    for key in store.list(Scope::All, None, 100).await.unwrap() {
        let row = store.load(&key).await.unwrap().unwrap();
        let _ = copy.save(&key, &row.value, Expected::Absent).await.unwrap();
    }
    copy
}

#[tokio::test(start_paused = true)]
async fn a_destroyed_tenants_credentials_open_nowhere_and_others_live_on() {
    let home = TempDir::new().unwrap();
    let world = World::new(Style::Omits);
    let keys = open(&home, master());
    let tokens = manager(&world, &world.store, &keys);
    let grants = |tenant: &str| ["g1", "g2"].map(|g| GrantKey { tenant: tenant.into(), grant: g.into() });
    for key in grants("acme").iter().chain(&grants("globex")) {
        tokens.save_new(key, world.authorised()).await.unwrap();
    }
    let backup = rows_of(&world.store).await;

    keys.destroy(&"acme".into()).await.unwrap();
    // The one that had them open may hold a data key for this long.
    tokio::time::advance(Duration::from_secs(15 * 60)).await;
    let elsewhere = open(&home, master());
    for tokens in [&tokens, &manager(&world, &world.store, &elsewhere), &manager(&world, &backup, &elsewhere)]
    {
        for key in &grants("acme") {
            let error = tokens.access(key, &world.auth).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Sealed);
            assert!(error.to_string().contains("destroyed") && error.advice().is_some(), "{error}");
        }
        for key in &grants("globex") {
            tokens.access(key, &world.auth).await.unwrap();
        }
    }

    let [back, _] = grants("acme");
    tokens.forget(&back).await.unwrap();
    tokens.save_new(&back, world.authorised()).await.unwrap();
    tokens.access(&back, &world.auth).await.unwrap();
    let error = manager(&world, &backup, &keys).access(&back, &world.auth).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sealed, "a tenant that comes back brings nothing back");
}

#[tokio::test]
async fn a_key_that_another_process_destroyed_wraps_nothing_more() {
    let home = TempDir::new().unwrap();
    let (one, other) = (open(&home, master()), open(&home, master()));
    let (acme, data) = ("acme".into(), DataKey::new([9; 32]));
    let before = id(&one, "acme").await;
    other.destroy(&acme).await.unwrap();
    let after = id(&other, "acme").await;
    assert_ne!(after, before);
    assert_eq!(id(&one, "acme").await, after);
    assert_eq!(one.wrap(&acme, &data).await.unwrap().by, after);
}

#[tokio::test]
async fn destroying_leaves_no_byte_of_the_key_in_its_file() {
    let home = TempDir::new().unwrap();
    let keys = open(&home, master());
    id(&keys, "acme").await;
    let [file] = files(&home).try_into().unwrap();
    // Another name for the same bytes shows what becomes of them.
    let bytes = home.path().join("bytes");
    fs::hard_link(&file, &bytes).unwrap();
    let leftover = file.with_extension("new");
    fs::copy(&file, &leftover).unwrap();
    let wrapped = text(&bytes);
    keys.destroy(&"acme".into()).await.unwrap();
    assert!(files(&home).is_empty());
    assert!(!text(&bytes).contains(&wrapped[20..40]), "{}", text(&bytes));
    keys.destroy(&"acme".into()).await.unwrap();
}

#[tokio::test]
async fn a_destruction_that_was_interrupted_is_one() {
    let home = TempDir::new().unwrap();
    let keys = open(&home, master());
    let data = DataKey::new([9; 32]);
    let wrapped = keys.wrap(&"acme".into(), &data).await.unwrap();
    let [file] = files(&home).try_into().unwrap();
    let bytes = home.path().join("bytes");
    fs::hard_link(&file, &bytes).unwrap();
    keys.destroy(&"acme".into()).await.unwrap();
    // As after a crash between overwriting and removing.
    fs::rename(&bytes, &file).unwrap();
    let keys = open(&home, master());
    assert_eq!(keys.unwrap(&"acme".into(), &wrapped).await.unwrap_err().kind(), ErrorKind::Sealed);
    assert_eq!(keys.rewrap().await.unwrap(), 0);
    assert!(files(&home).is_empty(), "what was left is removed");
    assert_ne!(id(&keys, "acme").await, wrapped.by);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_begin_at_once_end_with_one_key() {
    for round in 0..5 {
        let home = TempDir::new().unwrap();
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let keys = open(&home, master());
                tokio::spawn(async move { id(&keys, "acme").await })
            })
            .collect();
        let mut ids = Vec::new();
        for task in tasks {
            ids.push(task.await.unwrap());
        }
        ids.dedup();
        assert_eq!(ids.len(), 1, "round {round}");
        assert_eq!(files(&home).len(), 1);
    }
}

#[tokio::test]
async fn the_master_key_rotates_and_the_tenants_keys_stay() {
    let home = TempDir::new().unwrap();
    let old = open(&home, master());
    let data = DataKey::new([9; 32]);
    let mut wrapped = Vec::new();
    for tenant in ["acme", "globex", "initech"] {
        wrapped.push((tenant.into(), old.wrap(&tenant.into(), &data).await.unwrap()));
    }
    let new = open(&home, rotated());
    new.destroy(&"initech".into()).await.unwrap();
    assert_eq!(new.rewrap().await.unwrap(), 2);
    assert_eq!(new.rewrap().await.unwrap(), 0);
    let without = open(&home, Keys::new("m2", [66; 32]));
    for (tenant, wrapped) in &wrapped[..2] {
        assert_eq!(without.unwrap(tenant, wrapped).await.unwrap(), data);
        assert_eq!(without.current(tenant).await.unwrap(), wrapped.by, "nothing is stale");
    }
    let (initech, gone) = &wrapped[2];
    assert_eq!(without.unwrap(initech, gone).await.unwrap_err().kind(), ErrorKind::Sealed);
}

#[tokio::test]
async fn a_rotation_overwrites_what_the_retired_master_opens() {
    let home = TempDir::new().unwrap();
    id(&open(&home, master()), "acme").await;
    let [file] = files(&home).try_into().unwrap();
    let bytes = home.path().join("bytes");
    fs::hard_link(&file, &bytes).unwrap();
    assert_eq!(open(&home, rotated()).rewrap().await.unwrap(), 1);
    assert!(text(&bytes).starts_with("destroyed"));
    assert!(text(&file).contains("m2"));
}

#[tokio::test]
async fn a_rotation_passes_over_what_it_cannot_open_and_says_so() {
    let home = TempDir::new().unwrap();
    let old = open(&home, master());
    for tenant in ["acme", "globex", "initech"] {
        id(&old, tenant).await;
    }
    let damaged = files(&home).remove(0);
    fs::write(&damaged, "{").unwrap();
    let new = open(&home, rotated());
    let error = new.rewrap().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sealed);
    assert_eq!((error.context("failed"), error.context("rewrapped")), (Some("1"), Some("2")), "{error}");
    assert_eq!(text(&damaged), "{");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rotation_resurrects_nothing_that_is_destroyed_meanwhile() {
    let home = TempDir::new().unwrap();
    let old = open(&home, master());
    let tenants: Vec<String> = (0..20).map(|n| format!("tenant-{n}")).collect();
    for tenant in &tenants {
        id(&old, tenant).await;
    }
    let rotations = [open(&home, rotated()), open(&home, rotated())].map(|keys| {
        tokio::spawn(async move {
            keys.rewrap().await.unwrap();
        })
    });
    let destroyer = open(&home, rotated());
    for tenant in tenants.iter().rev() {
        destroyer.destroy(&tenant.as_str().into()).await.unwrap();
    }
    for rotation in rotations {
        rotation.await.unwrap();
    }
    assert!(files(&home).is_empty());
}

#[tokio::test]
async fn a_wrong_master_is_a_typed_error_and_writes_nothing() {
    let home = TempDir::new().unwrap();
    // Both begin with an empty folder, so neither can tell yet.
    let keys = open(&home, master());
    let mut wrong = vec![open(&home, Keys::new("m1", [1; 32])), open(&home, Keys::new("other", [1; 32]))];
    wrong.push(open(&home, Keys::plaintext()));
    let data = DataKey::new([9; 32]);
    let wrapped = keys.wrap(&"acme".into(), &data).await.unwrap();
    let before = contents(&home);
    for wrong in wrong {
        let mut errors = Vec::new();
        for tenant in ["acme", "globex"] {
            errors.push(wrong.current(&tenant.into()).await.unwrap_err());
            errors.push(wrong.wrap(&tenant.into(), &data).await.unwrap_err());
        }
        errors.push(wrong.unwrap(&"acme".into(), &wrapped).await.unwrap_err());
        errors.push(wrong.rewrap().await.unwrap_err());
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Sealed, "{error}");
        }
        assert_eq!(contents(&home), before);
    }
    let error = KeyFolder::at(home.path().join("keys"), Keys::new("other", [1; 32])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sealed);
    assert_eq!(contents(&home), before);
    assert_eq!(keys.unwrap(&"acme".into(), &wrapped).await.unwrap(), data);
}

#[tokio::test]
async fn every_flipped_bit_and_every_cut_of_a_key_file_is_noticed() {
    // Without a master key the key's own id still tells.
    for (master, bits) in [(master(), 8), (Keys::plaintext(), 1)] {
        let home = TempDir::new().unwrap();
        let keys = open(&home, master);
        let acme = "acme".into();
        let wrapped = keys.wrap(&acme, &DataKey::new([9; 32])).await.unwrap();
        let [(file, bytes)] = contents(&home).try_into().unwrap();
        let mut damages: Vec<Vec<u8>> = (0..bytes.len()).map(|length| bytes[..length].to_vec()).collect();
        for index in 0..bytes.len() {
            damages.extend((0..bits).map(|bit| {
                let mut damaged = bytes.clone();
                damaged[index] ^= 1 << bit;
                damaged
            }));
        }
        for (index, damaged) in damages.into_iter().enumerate() {
            fs::write(&file, &damaged).unwrap();
            let error = match index % 2 {
                0 => keys.unwrap(&acme, &wrapped).await.unwrap_err(),
                _ => keys.current(&acme).await.unwrap_err(),
            };
            assert_eq!(error.kind(), ErrorKind::Sealed, "{}", String::from_utf8_lossy(&damaged));
            assert_eq!(contents(&home), [(file.clone(), damaged)]);
        }
    }
}

#[tokio::test]
async fn a_key_file_serves_no_other_tenant() {
    let home = TempDir::new().unwrap();
    let keys = open(&home, master());
    id(&keys, "acme").await;
    let [acme] = files(&home).try_into().unwrap();
    id(&keys, "globex").await;
    let globex = files(&home).into_iter().find(|file| *file != acme).unwrap();
    fs::copy(&acme, &globex).unwrap();
    assert_eq!(keys.current(&"globex".into()).await.unwrap_err().kind(), ErrorKind::Sealed);
}

#[tokio::test]
async fn any_tenant_id_is_safe() {
    let home = TempDir::new().unwrap();
    let keys = open(&home, master());
    let long = "x".repeat(10_000);
    let tenants = ["", ".", "../../etc/passwd", "a/b", "a\0b", "LOCK", "lock", "ÄÖ\u{202e}", "A", "a", &long];
    let mut ids = std::collections::BTreeSet::new();
    for tenant in tenants {
        ids.insert(id(&keys, tenant).await);
    }
    assert_eq!(ids.len(), tenants.len());
    assert_eq!(files(&home).len(), tenants.len());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_folder_that_is_gone_destroys_nothing_and_makes_nothing() {
    let home = TempDir::new().unwrap();
    let keys = open(&home, master());
    let wrapped = keys.wrap(&"acme".into(), &DataKey::new([9; 32])).await.unwrap();
    // As if its volume were not mounted.
    let folder = home.path().join("keys");
    fs::rename(&folder, home.path().join("away")).unwrap();
    fs::create_dir(&folder).unwrap();
    let errors = [
        keys.unwrap(&"acme".into(), &wrapped).await.unwrap_err(),
        keys.current(&"acme".into()).await.unwrap_err(),
        keys.destroy(&"acme".into()).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.is_transient() && error.to_string().contains("mounted"), "{error}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    let nowhere = KeyFolder::at(home.path().join("missing/keys"), master()).unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::Misconfigured);
}

#[tokio::test]
async fn debug_shows_no_key() {
    let home = TempDir::new().unwrap();
    let keys = open(&home, master());
    id(&keys, "acme").await;
    let shown = format!("{keys:?}");
    assert!(shown.contains("m1"), "{shown}");
    assert!(!shown.contains("65") && !shown.contains("AAAA"), "{shown}");
}

#[cfg(unix)]
#[tokio::test]
async fn files_and_folder_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = TempDir::new().unwrap();
    id(&open(&home, master()), "acme").await;
    open(&home, rotated()).rewrap().await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = home.path().join("keys");
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("lock")), 0o600);
    let [file] = files(&home).try_into().unwrap();
    assert_eq!(mode(&file), 0o600);
}

#[tokio::test(start_paused = true)]
async fn what_was_sealed_before_there_was_a_folder_moves_into_it() {
    let home = TempDir::new().unwrap();
    let world = World::new(Style::Omits);
    let key = GrantKey { tenant: "acme".into(), grant: "g1".into() };
    world.process().save_new(&key, world.authorised()).await.unwrap();

    let moving = open(&home, master()).retired(world.keys.clone());
    let tokens = manager(&world, &world.store, &moving);
    assert!(tokens.status(&key).await.unwrap().is_some());
    let moved = tokens.reseal(Scope::All).await.unwrap();
    assert_eq!((moved.resealed, moved.failed.len()), (1, 0));

    let tokens = manager(&world, &world.store, &open(&home, master()));
    assert!(tokens.status(&key).await.unwrap().is_some());
    assert_eq!(tokens.destroy(&"acme".into()).await.unwrap(), 1);
    assert!(tokens.status(&key).await.unwrap().is_none());
}
