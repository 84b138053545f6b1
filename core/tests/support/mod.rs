//! What the tests of this crate share: a clock on Tokio's paused time, a token store in memory, and a provider
//! whose token endpoint is strict.
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod log;
mod provider;
mod store;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use acquaint_core::async_trait;
use acquaint_core::auth::GrantAuth;
use acquaint_core::env::{Clock, Entropy, Env, NoProbe};
use acquaint_core::http::HttpTransport;
use acquaint_core::keys::Keys;
use acquaint_core::oauth::{OAuth2, OAuth2Client, OAuthApp};
use acquaint_core::token::{Expiry, GrantKey, TokenManager, TokenSet};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use url::Url;

pub use log::Log;
pub use provider::{Provider, Step, Style};
pub use store::MemoryTokenStore;
pub use wire::{Reply, Wire, Wired, form, key, url};

/// Runs with Tokio's clock, so with paused time an hour takes no time.
#[derive(Debug)]
pub struct TestClock {
    began: Instant,
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        start + TimeDelta::from_std(self.began.elapsed()).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Never the same twice, always the same in the next run.
#[derive(Debug, Default)]
pub struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let mixed = count.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }
}

pub fn env(http: Arc<dyn HttpTransport>) -> Env {
    Env {
        clock: Arc::new(TestClock { began: Instant::now() }),
        entropy: Arc::new(Counting::default()),
        http,
        probe: Arc::new(NoProbe),
    }
}

pub fn auth() -> GrantAuth {
    GrantAuth::OAuth2(client())
}

pub fn client() -> OAuth2Client {
    let url = |text: &str| Url::parse(text).unwrap();
    let mut scheme = OAuth2::new(url("https://id.example/authorize"), url("https://id.example/token"));
    scheme.revoke_url = Some(url("https://id.example/revoke"));
    scheme.token.revoked_codes = vec!["BAD_REFRESH_TOKEN".into(), "BAD_HUB".into()];
    scheme.token.operator_codes = vec!["BAD_CLIENT_ID".into(), "BAD_CLIENT_SECRET".into()];
    OAuth2Client::new(scheme, OAuthApp::new("client-1", "planted-client-secret"))
}

pub fn grant(name: &str) -> GrantKey {
    GrantKey { tenant: "acme".into(), grant: name.into() }
}

/// One provider, one store, and as many processes as are asked for.
pub struct World {
    pub provider: Arc<Provider>,
    pub store: Arc<MemoryTokenStore>,
    pub env: Env,
    pub keys: Keys,
    pub auth: GrantAuth,
}

impl World {
    pub fn new(style: Style) -> Self {
        let provider = Arc::new(Provider::new(style));
        let env = env(provider.clone());
        Self { provider, store: Arc::default(), env, keys: Keys::new("k1", [7; 32]), auth: auth() }
    }

    /// A process of its own: it shares the store and the provider with the others, and nothing else.
    pub fn process(&self) -> TokenManager {
        TokenManager::new(self.store.clone(), Arc::new(self.keys.clone()), self.env.clone())
    }

    /// The tokens of an authorisation that was just made, good for an hour.
    pub fn authorised(&self) -> TokenSet {
        let (access, refresh) = self.provider.authorise();
        let mut tokens = TokenSet::new(access, self.env.now());
        tokens.refresh = Some(refresh.into());
        tokens.expiry = Expiry::At(self.env.now() + TimeDelta::hours(1));
        tokens
    }

    /// A process whose one grant, `g1`, has an access token that has expired.
    pub async fn expired(&self) -> (TokenManager, GrantKey) {
        let (tokens, key) = (self.process(), grant("g1"));
        tokens.save_new(&key, self.authorised()).await.unwrap();
        tokio::time::advance(Duration::from_secs(3601)).await;
        (tokens, key)
    }
}
