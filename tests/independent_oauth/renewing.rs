//! Tokens are renewed at a provider that takes each refresh token once and ends the grant at the second time.

use std::collections::BTreeSet;
use std::time::Duration;

use acquaint::ErrorKind;
use acquaint::core::auth::GrantAuth;
use acquaint::core::env::Clock;
use acquaint::core::error::Blame;
use acquaint::core::token::GrantState;
use futures::future::join_all;

use crate::scene::{LIFE, Scene, tenant};
use crate::wire::{TOKEN, field};

for_each_client![
    a_refresh_token_is_rotated_at_every_renewal,
    a_token_that_the_provider_no_longer_takes_is_renewed_for_the_call,
    many_tasks_with_an_expired_token_make_one_call,
    two_processes_with_an_expired_token_make_one_call,
    a_wrong_client_secret_leaves_the_grant_as_it_is,
];

async fn a_refresh_token_is_rotated_at_every_renewal(scene: Scene) {
    let acquaint = scene.acquaint().await;
    let key = scene.connect(&acquaint).await;
    let (tokens, auth) = (scene.tokens(), scene.auth());
    let mut access = tokens.access(&key, &auth).await.unwrap();
    for round in 1..=5 {
        scene.pass(LIFE);
        assert!(!scene.accepts(&access.secret).await, "it has run out at the provider too");
        access = tokens.access(&key, &auth).await.unwrap();
        assert!(scene.accepts(&access.secret).await);
        assert_eq!(scene.wire.sent(TOKEN).len(), 1 + round);
    }
    let sent: BTreeSet<String> =
        scene.wire.sent(TOKEN).iter().filter_map(|request| field(request, "refresh_token")).collect();
    assert_eq!(sent.len(), 5, "each was sent once");
    // The engine goes on where another process left the credential.
    assert_eq!(tenant(&acquaint).sync().await.unwrap().into_result().unwrap().records, 1);
    assert_eq!(scene.wire.sent(TOKEN).len(), 6);
}

async fn a_token_that_the_provider_no_longer_takes_is_renewed_for_the_call(scene: Scene) {
    let acquaint = scene.acquaint().await;
    scene.connect(&acquaint).await;
    // The clocks differ: here the token is still good.
    scene.provider.advance(LIFE);
    let totals = tenant(&acquaint).sync().await.unwrap().into_result().unwrap();
    assert_eq!((totals.records, totals.requests), (1, 2), "refused, then repeated with a new token");
    assert_eq!(scene.wire.sent(TOKEN).len(), 2);
}

async fn many_tasks_with_an_expired_token_make_one_call(scene: Scene) {
    let acquaint = scene.acquaint().await;
    let key = scene.connect(&acquaint).await;
    let (tokens, auth) = (scene.tokens(), scene.auth());
    for round in 1..=2 {
        scene.pass(LIFE);
        let tasks = (0..64).map(|_| {
            let (tokens, key, auth) = (tokens.clone(), key.clone(), auth.clone());
            tokio::spawn(async move { tokens.access(&key, &auth).await.unwrap().secret.expose().to_owned() })
        });
        let had: BTreeSet<String> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(had.len(), 1);
        assert_eq!(scene.wire.sent(TOKEN).len(), 1 + round);
    }
}

async fn two_processes_with_an_expired_token_make_one_call(scene: Scene) {
    let acquaint = scene.acquaint().await;
    let key = scene.connect(&acquaint).await;
    scene.pass(LIFE);
    let process = || {
        let (tokens, key, auth) = (scene.tokens(), key.clone(), scene.auth());
        tokio::spawn(async move { tokens.access(&key, &auth).await.unwrap() })
    };
    let held = scene.wire.hold().await;
    let first = process();
    scene.wire.token_calls_reach(2).await;
    let second = process();
    // It has met the first one's lease as soon as it waits for less than a call may take.
    let soon = scene.clock.now() + chrono::TimeDelta::seconds(1);
    while scene.clock.next_wake().is_none_or(|wake| wake > soon) {
        tokio::task::yield_now().await;
    }
    drop(held);
    let first = first.await.unwrap();
    scene.clock.advance(Duration::from_secs(1));
    let second = second.await.unwrap();
    assert_eq!(first.secret.expose(), second.secret.expose());
    assert_eq!(scene.wire.sent(TOKEN).len(), 2);
    assert!(scene.accepts(&second.secret).await);
}

async fn a_wrong_client_secret_leaves_the_grant_as_it_is(scene: Scene) {
    let acquaint = scene.acquaint().await;
    let key = scene.connect(&acquaint).await;
    let tokens = scene.tokens();
    let wrong = GrantAuth::new(scene.scheme(), scene.client.wrong_app());
    scene.pass(LIFE);
    for _ in 0..2 {
        let error = tokens.access(&key, &wrong).await.unwrap_err();
        assert_eq!((error.kind(), error.blame()), (ErrorKind::Misconfigured, Blame::Operator), "{error}");
        assert_eq!(error.context("code"), Some("invalid_client"));
        assert!(!format!("{error:?}").contains("planted"), "{error:?}");
    }
    let error = tokens.revoke(&key, &wrong).await.unwrap_err();
    assert_eq!((error.kind(), error.context("code")), (ErrorKind::Misconfigured, Some("invalid_client")));
    assert_eq!(tokens.status(&key).await.unwrap().unwrap().state, GrantState::Live);
    // As soon as the operator has mended it, nobody needs to consent again.
    let access = tokens.access(&key, &scene.auth()).await.unwrap();
    assert!(scene.accepts(&access.secret).await);
}
