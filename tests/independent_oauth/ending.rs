//! A grant ends: it is revoked, runs out, or somebody else has used its refresh token.

use acquaint::ErrorKind;
use acquaint::core::oauth;
use acquaint::core::store::ConnectionStatus;
use acquaint::core::token::{GrantKey, GrantState, ReauthReason};

use crate::scene::{LIFE, Scene, tenant};
use crate::wire::{TOKEN, field};

for_each_client![
    a_refresh_token_used_behind_our_back_ends_the_grant_once,
    a_refresh_token_that_has_run_out_ends_the_grant_once,
    a_revoked_grant_is_dead_at_the_provider,
    a_revoked_access_token_is_dead_and_the_grant_is_not,
];

/// The engine asks the person once and leaves the provider alone from then on, until they have consented again.
async fn assert_ends_once(scene: &Scene, acquaint: &acquaint::Acquaint, key: &GrantKey) {
    let calls = scene.wire.sent(TOKEN).len();
    let report = tenant(acquaint).sync().await.unwrap();
    assert_eq!(report.stopped, [], "it was not known before");
    let error = report.into_result().unwrap_err();
    assert_eq!(
        (error.kind(), error.context("code")),
        (ErrorKind::NeedsReauth, Some("invalid_grant")),
        "{error}"
    );
    assert_eq!(scene.wire.sent(TOKEN).len(), calls + 1);
    let connection = tenant(acquaint).connections().await.unwrap().remove(0);
    assert!(matches!(connection.status, ConnectionStatus::NeedsReauth { .. }));

    let before = scene.wire.count();
    let (tokens, auth) = (scene.tokens(), scene.auth());
    let status = tokens.status(key).await.unwrap().unwrap();
    assert!(
        matches!(&status.state, GrantState::NeedsReauth { reason: ReauthReason::Revoked { code }, .. } if code == "invalid_grant"),
        "{:?}",
        status.state
    );
    for _ in 0..3 {
        scene.pass(LIFE);
        assert_eq!(tokens.access(key, &auth).await.unwrap_err().kind(), ErrorKind::NeedsReauth);
        let report = tenant(acquaint).sync().await.unwrap();
        assert_eq!(report.stopped.len(), 1);
        assert_eq!(report.into_result().unwrap_err().kind(), ErrorKind::NeedsReauth);
    }
    assert_eq!(scene.wire.count(), before, "nothing is sent for a grant that has ended");

    scene.connect(acquaint).await;
    assert_eq!(tenant(acquaint).connections().await.unwrap().len(), 1);
    assert_eq!(tenant(acquaint).sync().await.unwrap().into_result().unwrap().records, 1);
}

async fn a_refresh_token_used_behind_our_back_ends_the_grant_once(scene: Scene) {
    let acquaint = scene.acquaint().await;
    let key = scene.connect(&acquaint).await;
    let (tokens, auth) = (scene.tokens(), scene.auth());
    for _ in 0..2 {
        scene.pass(LIFE);
        tokens.access(&key, &auth).await.unwrap();
    }
    let access = tokens.access(&key, &auth).await.unwrap();
    assert!(scene.accepts(&access.secret).await);

    let consumed = scene.wire.sent(TOKEN).into_iter().find(|sent| field(sent, "refresh_token").is_some());
    let answer = scene.wire.again(consumed.unwrap()).await;
    assert_eq!(answer.status(), 400);
    assert!(String::from_utf8_lossy(answer.body()).contains("invalid_grant"));
    assert!(!scene.accepts(&access.secret).await, "the provider takes all of it for stolen");
    assert_ends_once(&scene, &acquaint, &key).await;
}

async fn a_refresh_token_that_has_run_out_ends_the_grant_once(scene: Scene) {
    let acquaint = scene.acquaint().await;
    let key = scene.connect(&acquaint).await;
    scene.pass(15 * 86_400);
    assert_ends_once(&scene, &acquaint, &key).await;
}

async fn a_revoked_grant_is_dead_at_the_provider(scene: Scene) {
    let acquaint = scene.acquaint().await;
    let key = scene.connect(&acquaint).await;
    let (tokens, auth) = (scene.tokens(), scene.auth());
    scene.pass(LIFE);
    let access = tokens.access(&key, &auth).await.unwrap();
    assert!(scene.accepts(&access.secret).await);

    tokens.revoke(&key, &auth).await.unwrap();
    assert!(!scene.accepts(&access.secret).await);
    // A grant that the provider no longer knows counts as revoked.
    tokens.revoke(&key, &auth).await.unwrap();
    assert_ends_once(&scene, &acquaint, &key).await;
}

async fn a_revoked_access_token_is_dead_and_the_grant_is_not(scene: Scene) {
    let acquaint = scene.acquaint().await;
    let key = scene.connect(&acquaint).await;
    let (tokens, auth) = (scene.tokens(), scene.auth());
    let access = tokens.access(&key, &auth).await.unwrap();
    oauth::revoke(&scene.env(), &scene.oauth2(), &access.secret).await.unwrap();
    assert!(!scene.accepts(&access.secret).await);
    // What the provider still honours is used: the next call renews the token.
    assert_eq!(tenant(&acquaint).sync().await.unwrap().into_result().unwrap().records, 1);
    assert_eq!(scene.wire.sent(TOKEN).len(), 2);
}
