//! Grants that nobody uses are renewed before they lapse.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::ErrorKind;
use acquaint_core::auth::{Carry, Credential, Fixed, GrantAuth};
use acquaint_core::oauth::{ClientCredentials, OAuthApp};
use acquaint_core::token::{Expiry, GrantState, TokenManager};
use chrono::TimeDelta;
use support::{Step, Style, Wired, World, grant, key, url};
use tokio::task::JoinSet;
use tokio::time::advance;

const DAY: Duration = Duration::from_secs(86_400);

fn days(days: i64) -> TimeDelta {
    TimeDelta::days(days)
}

async fn keep_alive(world: &World, tokens: &TokenManager, idle: TimeDelta) -> acquaint_core::Result<bool> {
    tokens.keep_alive(&grant("g1"), &world.auth, idle).await
}

#[tokio::test(start_paused = true)]
async fn only_what_is_idle_that_long_is_renewed() {
    let world = World::new(Style::Rotates);
    let (tokens, _) = world.expired().await;
    advance(DAY * 6).await;
    assert!(!keep_alive(&world, &tokens, days(7)).await.unwrap());
    assert_eq!(world.provider.calls(), 0);
    advance(DAY).await;
    assert!(keep_alive(&world, &tokens, days(7)).await.unwrap());
    assert!(!keep_alive(&world, &tokens, days(7)).await.unwrap(), "it is in use again");
    assert_eq!(world.provider.calls(), 1);
    advance(DAY * 5).await;
    // Using it is as good.
    tokens.access(&grant("g1"), &world.auth).await.unwrap();
    advance(DAY * 5).await;
    assert!(!keep_alive(&world, &tokens, days(7)).await.unwrap());
    assert_eq!(world.provider.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_access_token_that_still_works_does_not_keep_the_refresh_token_alive() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = (world.process(), grant("g1"));
    let mut set = world.authorised();
    set.expiry = Expiry::Unknown;
    tokens.save_new(&key, set).await.unwrap();
    advance(DAY * 30).await;
    tokens.access(&key, &world.auth).await.unwrap();
    assert_eq!(world.provider.calls(), 0);
    assert!(keep_alive(&world, &tokens, days(30)).await.unwrap());
    let live = tokens.access(&key, &world.auth).await.unwrap();
    assert_eq!((live.secret.expose(), world.provider.calls()), (&*world.provider.newest(), 1));
}

#[tokio::test(start_paused = true)]
async fn what_needs_no_person_is_left_alone() {
    let own = Credential::default().with("client_id", "own").with("client_secret", "s");
    let mut scheme = ClientCredentials::new(url("https://id.example/token"));
    scheme.own_client = true;
    let minted = GrantAuth::ClientCredentials { scheme, app: None };
    let app = Some(OAuthApp::new("client-1", "s"));
    let fixed = GrantAuth::Fixed { scheme: Fixed::token("API key", Carry::Bearer), app };
    for (auth, credential, calls) in [(minted, own, 1), (fixed, Credential::token("key"), 0)] {
        let world = Wired::new(auth);
        world.connect(&credential, None, &[]).await;
        advance(DAY * 400).await;
        let saves = world.store.saves();
        assert!(!world.process().keep_alive(&key(), &world.auth, TimeDelta::zero()).await.unwrap());
        assert_eq!((world.wire.forms().len(), world.store.saves()), (calls, saves));
    }
    let world = World::new(Style::Rotates);
    let mut set = world.authorised();
    set.refresh = None;
    world.process().save_new(&grant("g1"), set).await.unwrap();
    advance(DAY * 400).await;
    assert!(!keep_alive(&world, &world.process(), days(1)).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn it_counts_as_a_renewal_among_tasks_and_processes() {
    let world = Arc::new(World::new(Style::Rotates));
    world.expired().await;
    advance(DAY).await;
    world.provider.then([Step::Slow(Duration::from_secs(5))]);
    let mut tasks = JoinSet::new();
    for index in 0..60 {
        let (world, tokens) = (Arc::clone(&world), world.process());
        tasks.spawn(async move {
            if index % 2 == 0 {
                keep_alive(&world, &tokens, days(1)).await.unwrap();
            } else {
                let live = tokens.access(&grant("g1"), &world.auth).await.unwrap();
                assert_eq!(live.secret.expose(), world.provider.newest());
            }
        });
    }
    tasks.join_all().await;
    assert_eq!((world.provider.calls(), world.provider.most_open()), (1, 1));
    assert!(!world.provider.is_revoked());
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_waited_for_as_with_any_renewal() {
    let world = World::new(Style::Omits);
    let (tokens, _) = world.expired().await;
    advance(DAY).await;
    world.provider.then([Step::Lost(Duration::from_secs(1), acquaint_core::http::TransportError::Broken)]);
    let error = keep_alive(&world, &tokens, days(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(!keep_alive(&world, &tokens, days(1)).await.unwrap(), "it may still be answered");
    assert_eq!(world.provider.calls(), 1);
    advance(Duration::from_secs(90)).await;
    assert!(keep_alive(&world, &tokens, days(1)).await.unwrap());
    assert_eq!(world.provider.most_open(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_has_lapsed_says_so_and_is_not_asked_about_again() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    advance(DAY).await;
    world.provider.revoke_grant();
    for _ in 0..3 {
        let error = keep_alive(&world, &tokens, days(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NeedsReauth);
    }
    assert_eq!(world.provider.calls(), 1);
    let state = tokens.status(&key).await.unwrap().unwrap().state;
    assert!(matches!(state, GrantState::NeedsReauth { .. }));
    let error = tokens.keep_alive(&grant("none"), &world.auth, days(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
