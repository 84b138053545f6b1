//! A tenant whose provider hangs, beside others.

use std::sync::Arc;
use std::time::Duration;

use acquaint::core::auth::GrantAuth;
use acquaint::core::env::{Clock, Env, NoProbe, SystemEntropy};
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint::core::token::{GrantKey, TokenManager};
use acquaint::{ErrorKind, Keys, async_trait};
use acquaint_testkit::MemoryStore;
use acquaint_testkit::sandbox::oauth::{OAuthServer, RefreshPolicy};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::provider;

/// How long after the beginning it is when everybody asks: tokens from then have expired.
const LATER: Duration = Duration::from_secs(7200);

const TENANTS: u64 = 12;

/// Tokio's time.
#[derive(Debug)]
struct Time(Instant);

#[async_trait]
impl Clock for Time {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::from_std(self.0.elapsed()).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Every tenant has a provider of its own: `hangs.example` never answers, `N.example` does after N seconds.
#[derive(Debug)]
struct Providers {
    server: OAuthServer,
    hanging: Semaphore,
}

#[async_trait]
impl HttpTransport for Providers {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let host = request.uri().host().unwrap();
        let name = host.strip_suffix(".example").unwrap();
        if name == "hangs" {
            self.hanging.add_permits(1);
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_secs(name.parse().unwrap())).await;
        let form = std::str::from_utf8(request.body()).unwrap();
        let (status, body) = provider::worded(&self.server.token(form, None));
        Ok(http::Response::builder().status(status).body(Bytes::from(body.to_string())).unwrap())
    }
}

fn tenant(name: &str) -> (GrantKey, GrantAuth) {
    (provider::grant(name, "g1"), provider::auth(&format!("https://{name}.example")))
}

#[tokio::test(start_paused = true)]
async fn a_tenant_whose_token_endpoint_hangs_delays_no_other() {
    let clock = Arc::new(Time(Instant::now()));
    let server = provider::server(clock.clone(), RefreshPolicy::Rotating, TimeDelta::hours(1));
    let providers = Arc::new(Providers { server, hanging: Semaphore::new(0) });
    let env = Env {
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        http: providers.clone(),
        probe: Arc::new(NoProbe),
    };
    let store = Arc::new(MemoryStore::new());
    let process = || TokenManager::new(store.clone(), Arc::new(Keys::new("k1", [7; 32])), env.clone());
    let (tokens, other) = (process(), process());

    let authorise = async |name: &str| {
        let authorised = provider::authorise(&providers.server, name, clock.now());
        tokens.save_new(&tenant(name).0, authorised).await.unwrap();
    };
    for name in ["hangs".to_owned()].into_iter().chain((1..=TENANTS).map(|delay| delay.to_string())) {
        authorise(&name).await;
    }
    tokio::time::advance(LATER).await;
    authorise("fresh").await;

    let mut stuck = JoinSet::new();
    for manager in [&tokens, &other] {
        for _ in 0..32 {
            let (manager, (key, auth)) = (manager.clone(), tenant("hangs"));
            stuck.spawn(async move { manager.access(&key, &auth).await });
        }
    }
    providers.hanging.acquire().await.unwrap().forget();

    let start = Instant::now();
    let mut asked = JoinSet::new();
    for delay in (0..=TENANTS).flat_map(|delay| [delay; 4]) {
        let name = if delay == 0 { "fresh".to_owned() } else { delay.to_string() };
        let (manager, (key, auth)) = (tokens.clone(), tenant(&name));
        asked.spawn(async move { (delay, manager.access(&key, &auth).await, start.elapsed()) });
    }
    while let Some(outcome) = asked.join_next().await {
        let (delay, outcome, took) = outcome.unwrap();
        assert!(provider::accepts(&providers.server, outcome.unwrap().secret.expose()));
        assert_eq!(took, Duration::from_secs(delay));
    }
    assert_eq!(providers.server.calls().refreshes, TENANTS);
    assert!(stuck.try_join_next().is_none(), "the hanging one still hangs");

    while let Some(outcome) = stuck.join_next().await {
        assert_eq!(outcome.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
    }
}
