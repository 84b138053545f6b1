//! The whole OAuth flow against an authorization server by other hands, which knows nothing of this project:
//! [oidc-provider](https://github.com/panva/node-oidc-provider), in `tests/independent_oauth/server`.
//!
//! It needs Node.js and the server's packages. Without them every test here says so and passes, unless
//! `ACQUAINT_REQUIRE_SERVERS=1` is set. `CONTRIBUTING.md` says how to run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

/// Makes of each function a test for each way in which a client proves itself.
macro_rules! for_each_client {
    ($($name:ident),* $(,)?) => {
        for_each_client! { @ client_secret_basic, Basic, $($name),* }
        for_each_client! { @ client_secret_post, Post, $($name),* }
        for_each_client! { @ public_client, Public, $($name),* }
    };
    (@ $module:ident, $client:ident, $($name:ident),*) => {
        mod $module {
            $(#[tokio::test]
            async fn $name() {
                if let Some(scene) = crate::scene::Scene::start(crate::scene::Client::$client) {
                    super::$name(scene).await;
                }
            })*
        }
    };
}

#[path = "independent_oauth/browser.rs"]
mod browser;
#[path = "independent_oauth/connecting.rs"]
mod connecting;
#[path = "independent_oauth/ending.rs"]
mod ending;
#[path = "independent_oauth/exchanging.rs"]
mod exchanging;
#[path = "independent_oauth/people.rs"]
mod people;
#[path = "independent_oauth/provider.rs"]
mod provider;
#[path = "independent_oauth/renewing.rs"]
mod renewing;
#[path = "independent_oauth/scene.rs"]
mod scene;
#[path = "independent_oauth/wire.rs"]
mod wire;
