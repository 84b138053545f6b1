//! Credentials at rest in SQLite: whatever was altered, moved or sealed with another key is noticed before
//! anything is done with it, and stays as it was found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use acquaint::core::auth::GrantAuth;
use acquaint::core::env::{Entropy, Env, SystemEntropy};
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint::core::oauth::OAuth2;
use acquaint::core::token::{
    Expected, Expiry, GrantKey, Saved, Scope, Sealed, TokenManager, TokenSet, TokenStore, Versioned,
};
use acquaint::{Error, ErrorKind, Keys, OAuthApp, Sqlite, async_trait};
use acquaint_testkit::{ManualClock, SeededEntropy};
use chrono::{DateTime, TimeDelta};
use url::Url;

const KEY: [u8; 32] = [7; 32];

/// Counts the calls that should not be made.
#[derive(Debug, Default)]
struct Nowhere(AtomicUsize);

#[async_trait]
impl HttpTransport for Nowhere {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(TransportError::Connect)
    }
}

struct World {
    store: Arc<Sqlite>,
    network: Arc<Nowhere>,
    env: Env,
    auth: GrantAuth,
    _folder: tempfile::TempDir,
}

impl World {
    /// With a credential of each of these grants: one that has expired, so that whoever can read it renews it.
    async fn with(grants: &[GrantKey]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Sqlite::at(folder.path().join("acquaint.db")).open().await.unwrap());
        let network = Arc::new(Nowhere::default());
        let mut env = Env::new(network.clone());
        env.clock = Arc::new(ManualClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap()));
        env.entropy = Arc::new(SystemEntropy);
        let url = |path: &str| Url::parse(&format!("https://id.example/{path}")).unwrap();
        let mut scheme = OAuth2::new(url("authorize"), url("token"));
        scheme.revoke_url = Some(url("revoke"));
        let auth = GrantAuth::new(scheme, OAuthApp::new("client-1", "planted-secret"));
        let world = Self { store, network, env, auth, _folder: folder };
        for key in grants {
            world.manager(keys()).save_new(key, world.tokens()).await.unwrap();
        }
        world
    }

    fn tokens(&self) -> TokenSet {
        let mut tokens = TokenSet::new("planted-access", self.env.clock.now() - TimeDelta::hours(2));
        tokens.refresh = Some("planted-refresh".into());
        tokens.expiry = Expiry::At(self.env.clock.now() - TimeDelta::hours(1));
        tokens.extra.insert("hub_id".to_owned(), "42".to_owned());
        tokens
    }

    fn manager(&self, keys: Keys) -> TokenManager {
        TokenManager::new(self.store.clone(), Arc::new(keys), self.env.clone())
    }

    async fn row(&self, key: &GrantKey) -> Versioned<Sealed> {
        self.store.load(key).await.unwrap().unwrap()
    }

    /// Puts these bytes in the grant's place.
    async fn put(&self, key: &GrantKey, bytes: &[u8]) -> Versioned<Sealed> {
        let value = Sealed::from_bytes(bytes);
        let expected = Expected::Version(self.row(key).await.version);
        let Saved::Stored(version) = self.store.save(key, &value, expected).await.unwrap() else { panic!() };
        Versioned { value, version }
    }

    /// Nobody who has these keys gets anything out of the credential, or changes it.
    async fn assert_sealed(&self, key: &GrantKey, keys: Keys, what: &str) {
        let before = self.row(key).await;
        let tokens = self.manager(keys.clone());
        let errors = [
            tokens.access(key, &self.auth).await.err(),
            tokens.status(key).await.err(),
            tokens.revoke(key, &self.auth).await.err(),
            tokens.save_new(key, self.tokens()).await.err(),
            self.reseal(key, keys).await,
        ];
        for (verb, error) in ["access", "status", "revoke", "save_new", "reseal"].iter().zip(errors) {
            let error = error.unwrap_or_else(|| panic!("{what}: {verb} notices nothing"));
            assert_eq!(error.kind(), ErrorKind::Sealed, "{what}: {verb}: {error:?}");
            assert!(!format!("{error:?}").contains("planted"), "{what}: {verb}: {error:?}");
        }
        assert_eq!(self.row(key).await, before, "{what}");
        assert_eq!(self.network.0.load(Ordering::SeqCst), 0, "{what}: a call was made");
    }

    /// What sealing everything anew says of the grant.
    async fn reseal(&self, key: &GrantKey, keys: Keys) -> Option<Error> {
        let report = self.manager(keys).reseal(Scope::Tenant(key.tenant.clone())).await.unwrap();
        report.failed.into_iter().find(|(failed, _)| failed == key).map(|(_, error)| error)
    }

    /// The credential is whole, and its token is tried.
    async fn assert_opens(&self, key: &GrantKey) {
        let tokens = self.manager(keys());
        assert!(tokens.status(key).await.unwrap().unwrap().renewable);
        assert_eq!(tokens.access(key, &self.auth).await.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(self.network.0.swap(0, Ordering::SeqCst), 1);
    }
}

fn keys() -> Keys {
    Keys::new("k1", KEY)
}

/// The key is retired: everything is to be sealed anew with the next one.
fn rotated() -> Keys {
    Keys::new("next", [9; 32]).retired("k1", KEY)
}

fn grant(tenant: &str, grant: &str) -> GrantKey {
    GrantKey { tenant: tenant.into(), grant: grant.into() }
}

#[tokio::test]
async fn every_altered_byte_of_a_credential_is_noticed_and_left_alone() {
    let key = grant("acme", "g1");
    let world = World::with(std::slice::from_ref(&key)).await;
    let whole = world.row(&key).await.value;
    let whole = whole.as_bytes();
    assert!(whole.len() > 300, "{}", whole.len());
    let entropy = SeededEntropy::new(1);
    for byte in 0..whole.len() {
        let mut drawn = [0];
        entropy.fill(&mut drawn);
        let bits = if byte < 64 { 0..8 } else { drawn[0] % 8..drawn[0] % 8 + 1 };
        for bit in bits {
            let mut altered = whole.to_vec();
            altered[byte] ^= 1 << bit;
            world.put(&key, &altered).await;
            world.assert_sealed(&key, rotated(), &format!("bit {bit} of byte {byte}")).await;
        }
    }
    world.put(&key, whole).await;
    world.assert_opens(&key).await;
}

#[tokio::test]
async fn a_credential_that_was_cut_short_or_emptied_is_noticed_and_left_alone() {
    let key = grant("acme", "g1");
    let world = World::with(std::slice::from_ref(&key)).await;
    let whole = world.row(&key).await.value;
    let whole = whole.as_bytes();
    for length in (0..80).chain([whole.len() - 17, whole.len() - 16, whole.len() - 1]) {
        world.put(&key, &whole[..length]).await;
        world.assert_sealed(&key, rotated(), &format!("{length} bytes of {}", whole.len())).await;
    }
    world.put(&key, &[whole, &[0]].concat()).await;
    world.assert_sealed(&key, rotated(), "a byte too many").await;
    world.put(&key, whole).await;
    world.assert_opens(&key).await;
}

#[tokio::test]
async fn credentials_that_changed_places_are_noticed_and_left_alone() {
    let (acme, globex, second) = (grant("acme", "g1"), grant("globex", "g1"), grant("acme", "g2"));
    for (one, other) in [(&acme, &globex), (&acme, &second)] {
        let world = World::with(&[one.clone(), other.clone()]).await;
        let (first, last) = (world.row(one).await.value, world.row(other).await.value);
        world.put(one, last.as_bytes()).await;
        world.put(other, first.as_bytes()).await;
        for key in [one, other] {
            world
                .assert_sealed(key, rotated(), &format!("{key}, after {one} and {other} were swapped"))
                .await;
        }
        world.put(one, first.as_bytes()).await;
        world.put(other, last.as_bytes()).await;
        world.assert_opens(one).await;
        world.assert_opens(other).await;
    }
}

#[tokio::test]
async fn a_wrong_key_opens_nothing_and_spoils_nothing() {
    let key = grant("acme", "g1");
    let world = World::with(std::slice::from_ref(&key)).await;
    let mut nearly = KEY;
    nearly[31] ^= 1;
    for (what, keys) in [
        ("a key of another name", Keys::new("k2", KEY)),
        ("another key of the same name", Keys::new("k1", [8; 32])),
        ("a key that differs by one bit", Keys::new("k1", nearly)),
        ("a retired key that is another", Keys::new("k2", [9; 32]).retired("k1", [8; 32])),
        ("a retired key of another name", Keys::new("k2", [9; 32]).retired("k0", KEY)),
    ] {
        world.assert_sealed(&key, keys, what).await;
    }
    world.assert_opens(&key).await;
}
