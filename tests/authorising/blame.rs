//! Trouble that is nobody's at the tenant: connections stay as they are, the product is told nothing, and all is
//! well again with its cause gone.

use acquaint::core::error::Blame;
use acquaint::core::http::TransportError;
use acquaint::core::store::ConnectionStatus;
use acquaint::{ErrorKind, OAuthApp, SyncReport};
use acquaint_testkit::sandbox::google::rate_limited;
use acquaint_testkit::sandbox::oauth::Client;
use serde_json::json;

use crate::network::{Answer, page};
use crate::product::{Product, failed, memory, stores};
use crate::support::{ANA, CALLBACK, CLIENT, MANIFEST, SECRET, counts, since, table};

/// Nobody has to do anything, and nobody was told to.
async fn assert_nobody_is_blamed(product: &Product, notices: usize) {
    for connection in product.tenant.connections().await.unwrap() {
        assert_eq!(connection.status, ConnectionStatus::Active);
    }
    assert_eq!(product.notices().await.len(), notices);
}

/// Every lane that failed failed like this; there were some.
#[track_caller]
fn assert_failed(report: &SyncReport, kind: ErrorKind, blame: Blame) {
    let failed = failed(report);
    assert!(!failed.is_empty() && report.stopped.is_empty(), "{report:?}");
    for lane in failed {
        let error = lane.error.as_ref().unwrap();
        assert_eq!((error.kind(), error.blame()), (kind, blame), "{error}");
    }
}

/// A change that shows whether the calendar of Ana is read.
fn rename(product: &Product, title: &str) {
    product.world.google.patch_event(ANA, "planning", json!({ "summary": title })).unwrap();
}

#[tokio::test]
async fn a_client_secret_that_the_provider_changed_is_the_operators_and_heals() {
    for store in stores().await {
        let product = Product::read(store).await;
        let (world, notices) = (&product.world, product.notices().await.len());
        let registered = |secret: &str| {
            let client = Client::new(CLIENT, secret).redirect(CALLBACK).installed();
            world.google.oauth().add_client(client.clone());
            world.hubspot.oauth().add_client(client);
        };
        registered("another secret");
        for oauth in [world.google.oauth(), world.hubspot.oauth()] {
            oauth.expire_access_tokens();
        }
        rename(&product, "Globex plans");
        for _ in 0..3 {
            let report = product.sync().await;
            assert_failed(&report, ErrorKind::Misconfigured, Blame::Operator);
            let lanes = failed(&report);
            let mut failed: Vec<_> = lanes.iter().map(|lane| &lane.lane.connection).collect();
            failed.sort();
            failed.dedup();
            assert_eq!(failed.len(), 3, "all connections fail");
            for lane in &lanes {
                let error = lane.error.as_ref().unwrap();
                let expected = ["invalid_client", "BAD_CLIENT_SECRET"];
                assert!(expected.contains(&error.context("code").unwrap()), "{error}");
            }
            assert_nobody_is_blamed(&product, notices).await;
            world.minutes(30);
        }
        registered(SECRET);
        product.sync_well().await;
        assert!(product.titles().await.contains(&"Globex plans".to_owned()));
        assert_nobody_is_blamed(&product, notices).await;
    }
}

#[tokio::test]
async fn a_second_secret_carries_a_rotation_through() {
    let mut product = Product::read(memory()).await;
    let both = OAuthApp::new(CLIENT, SECRET).also("another secret");
    let apps = |builder: acquaint::Builder| builder.app("google-calendar", both.clone()).app("hubspot", both);
    product.restart(MANIFEST, apps).await;
    for secret in [SECRET, "another secret", SECRET] {
        let client = Client::new(CLIENT, secret).redirect(CALLBACK).installed();
        product.world.google.oauth().add_client(client.clone());
        product.world.hubspot.oauth().add_client(client);
        product.world.minutes(2 * 60);
        product.sync_well().await;
    }
}

#[tokio::test]
async fn a_client_id_that_is_not_the_grants_is_the_operators_and_nobody_is_called() {
    for store in stores().await {
        let mut product = Product::read(store).await;
        let notices = product.notices().await.len();
        // It is a client that the provider knows, with its own secret.
        let other = Client::new("another client", "its secret").redirect(CALLBACK);
        product.world.google.oauth().add_client(other.clone());
        product.world.hubspot.oauth().add_client(other);
        let app = || OAuthApp::new("another client", "its secret");
        product
            .restart(MANIFEST, |builder| builder.app("google-calendar", app()).app("hubspot", app()))
            .await;
        product.world.minutes(2 * 60);
        rename(&product, "Globex plans");
        let before = counts(&product.world);
        for _ in 0..3 {
            let report = product.sync().await;
            assert_failed(&report, ErrorKind::Misconfigured, Blame::Operator);
            let error = report.into_result().unwrap_err();
            assert!(error.advice().unwrap().contains("register the former app"), "{error}");
            assert_nobody_is_blamed(&product, notices).await;
            product.world.minutes(60);
        }
        assert_eq!(since(&product.world, &before), [].into(), "the grant would be condemned for it");

        product.restart(MANIFEST, |builder| builder).await;
        product.sync_well().await;
        assert!(product.titles().await.contains(&"Globex plans".to_owned()));
        assert_nobody_is_blamed(&product, notices).await;
    }
}

#[tokio::test]
async fn an_unwell_provider_or_network_blames_nobody() {
    use TransportError::{Broken, Connect, Timeout};

    let mut answers: Vec<Answer> = [200, 429, 500, 502, 503].map(|status| Answer::Says(page(status))).into();
    answers.extend([Connect, Timeout, Broken].map(Answer::Fails));
    answers.push(Answer::Says(rate_limited(429)));
    // The token endpoints alone, one provider's API, and everything.
    for (answer, part) in
        answers.iter().flat_map(|answer| ["token", "calendar/v3", ""].map(|part| (answer, part)))
    {
        let product = Product::read(memory()).await;
        let (notices, meetings) = (product.notices().await.len(), table(&product.tenant).await);
        product.network.fail(part, answer.clone());
        for oauth in [product.world.google.oauth(), product.world.hubspot.oauth()] {
            oauth.expire_access_tokens();
        }
        rename(&product, "Globex plans");
        let mut failures = 0;
        for _ in 0..3 {
            let report = product.sync_in_a_hurry().await;
            assert!(report.stopped.is_empty());
            for lane in failed(&report) {
                let error = lane.error.as_ref().unwrap();
                assert_eq!(error.blame(), Blame::Provider, "{answer:?} at `{part}`: {error}");
                failures += 1;
            }
            assert_nobody_is_blamed(&product, notices).await;
        }
        assert!(failures > 0, "{answer:?} at `{part}`");
        assert_eq!(table(&product.tenant).await, meetings, "nothing is lost");

        product.network.heal();
        product.world.minutes(24 * 60);
        product.sync_well().await;
        assert!(product.titles().await.contains(&"Globex plans".to_owned()));
        assert_nobody_is_blamed(&product, notices).await;
    }
}
