//! Renewing tokens: one call, nothing lost, nothing sent twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use acquaint_core::env::{Env, Probe};
use acquaint_core::error::Retry;
use acquaint_core::http::{Authenticator as _, Request, TransportError};
use acquaint_core::token::{Expiry, GrantState, ReauthReason, TokenManager, TokenSet};
use acquaint_core::{Error, ErrorKind, Result, async_trait};
use support::{Step, Style, World, grant};
use tokio::task::JoinSet;
use tokio::time::advance;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn reason(tokens: &TokenManager) -> Option<ReauthReason> {
    match tokens.status(&grant("g1")).await.unwrap().unwrap().state {
        GrantState::NeedsReauth { reason, .. } => Some(reason),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn many_tasks_with_an_expired_token_make_one_call() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let (tokens, key, auth) = (tokens.clone(), key.clone(), world.auth.clone());
        tasks.spawn(async move { tokens.access(&key, &auth).await.unwrap().secret.expose().to_owned() });
    }
    let had: BTreeSet<String> = tasks.join_all().await.into_iter().collect();
    assert_eq!(had, BTreeSet::from([world.provider.newest()]));
    assert_eq!(world.provider.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn many_tasks_in_many_processes_make_one_call() {
    for style in [Style::Rotates, Style::Omits] {
        let world = World::new(style);
        world.expired().await;
        world.provider.then([Step::Slow(seconds(5))]);
        let mut tasks = JoinSet::new();
        for _ in 0..4 {
            let tokens = world.process();
            for _ in 0..16 {
                let (tokens, auth) = (tokens.clone(), world.auth.clone());
                tasks.spawn(async move { tokens.access(&grant("g1"), &auth).await.unwrap().stamp.0 });
            }
        }
        let stamps: BTreeSet<u64> = tasks.join_all().await.into_iter().collect();
        assert_eq!(stamps.len(), 1);
        assert_eq!(world.provider.calls(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_loses_no_rotated_token() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    world.provider.then([Step::Slow(seconds(5))]);
    let access = tokens.access(&key, &world.auth);
    assert!(tokio::time::timeout(seconds(1), access).await.is_err());
    tokio::time::sleep(seconds(10)).await;
    let live = world.process().access(&key, &world.auth).await.unwrap();
    assert_eq!(live.secret.expose(), world.provider.newest());
    assert_eq!(world.provider.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_is_left_out_stays() {
    for style in [Style::Omits, Style::Null, Style::Empty] {
        let world = World::new(style);
        let (tokens, key) = world.expired().await;
        for _ in 0..3 {
            tokens.access(&key, &world.auth).await.unwrap();
            advance(seconds(3601)).await;
        }
        let sent = world.provider.forms();
        assert!(sent.iter().all(|(_, form)| form["refresh_token"] == "planted-refresh-1"), "{style:?}");
        assert_eq!(sent.len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn rotated_tokens_follow_each_other() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    for _ in 0..5 {
        let live = tokens.access(&key, &world.auth).await.unwrap();
        assert_eq!(live.secret.expose(), world.provider.newest());
        advance(seconds(3601)).await;
    }
    assert!(!world.provider.is_revoked());
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_expires() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = (world.process(), grant("g1"));
    tokens.save_new(&key, world.authorised()).await.unwrap();
    advance(seconds(3299)).await;
    tokens.access(&key, &world.auth).await.unwrap();
    assert_eq!(world.provider.calls(), 0);
    advance(seconds(2)).await;
    let live = tokens.access(&key, &world.auth).await.unwrap();
    assert_eq!(world.provider.calls(), 1);
    assert_eq!(live.secret.expose(), world.provider.newest());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_still_works_is_used_while_renewing_it_fails_or_lasts() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = (world.process(), grant("g1"));
    tokens.save_new(&key, world.authorised()).await.unwrap();
    let first = world.provider.newest();
    advance(seconds(3301)).await;
    world.provider.then([Step::Answer(503, "text/html", "<html>"), Step::Slow(seconds(20))]);
    assert_eq!(tokens.access(&key, &world.auth).await.unwrap().secret.expose(), first);
    advance(seconds(2)).await;
    let (slow, auth) = (tokens.clone(), world.auth.clone());
    let renewing = tokio::spawn(async move { slow.access(&grant("g1"), &auth).await });
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(world.process().access(&key, &world.auth).await.unwrap().secret.expose(), first);
    assert_ne!(renewing.await.unwrap().unwrap().secret.expose(), first);
    assert_eq!(world.provider.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn how_early_a_token_is_renewed_can_be_chosen() {
    for (ahead, due) in [(600, 3_000), (60, 3_540), (86_400, 2_880), (0, 3_600)] {
        let world = World::new(Style::Rotates);
        let tokens = world.process().renew_ahead(seconds(ahead));
        let key = grant("g1");
        tokens.save_new(&key, world.authorised()).await.unwrap();
        advance(seconds(due - 1)).await;
        tokens.access(&key, &world.auth).await.unwrap();
        assert_eq!(world.provider.calls(), 0, "{ahead}");
        advance(seconds(1)).await;
        tokens.access(&key, &world.auth).await.unwrap();
        assert_eq!(world.provider.calls(), 1, "{ahead}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_never_expires_is_never_renewed() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = (world.process(), grant("g1"));
    for expiry in [Expiry::Never, Expiry::Unknown] {
        let mut set = world.authorised();
        set.expiry = expiry;
        tokens.save_new(&key, set).await.unwrap();
        advance(seconds(400 * 86_400)).await;
        tokens.access(&key, &world.auth).await.unwrap();
    }
    assert_eq!(world.provider.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn reading_a_live_token_writes_nothing() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = (world.process(), grant("g1"));
    tokens.save_new(&key, world.authorised()).await.unwrap();
    let saves = world.store.saves();
    for _ in 0..1000 {
        tokens.access(&key, &world.auth).await.unwrap();
    }
    assert_eq!(world.store.saves(), saves);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once_per_stamp() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = (world.process(), grant("g1"));
    tokens.save_new(&key, world.authorised()).await.unwrap();
    let stamp = tokens.access(&key, &world.auth).await.unwrap().stamp;
    let mut tasks = JoinSet::new();
    for _ in 0..32 {
        let (tokens, key, auth) = (tokens.clone(), key.clone(), world.auth.clone());
        tasks.spawn(async move { tokens.refused(&key, &auth, stamp).await.unwrap() });
    }
    assert!(tasks.join_all().await.into_iter().all(|again| again));
    assert!(world.process().refused(&key, &world.auth, stamp).await.unwrap());
    assert_eq!(world.provider.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_straight_after_stops() {
    let world = World::new(Style::Rotates);
    let bearer = world.process().authenticator(grant("g1"), world.auth.clone());
    world.process().save_new(&grant("g1"), world.authorised()).await.unwrap();
    for (wait, calls) in [(0, 1), (30, 1), (60, 2)] {
        advance(seconds(wait)).await;
        let mut request = Request::default();
        let stamp = bearer.authenticate(&mut request).await.unwrap();
        bearer.refused(stamp).await.unwrap();
        let stamp = bearer.authenticate(&mut request).await.unwrap();
        assert!(!bearer.refused(stamp).await.unwrap());
        assert_eq!(world.provider.calls(), calls);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_carries_the_token_as_a_sensitive_header() {
    let world = World::new(Style::Rotates);
    world.process().save_new(&grant("g1"), world.authorised()).await.unwrap();
    let bearer = world.process().authenticator(grant("g1"), world.auth.clone());
    let mut request = Request::default();
    bearer.authenticate(&mut request).await.unwrap();
    let header = &request.headers()["authorization"];
    assert_eq!(header.to_str().unwrap(), "Bearer planted-access-1");
    assert!(header.is_sensitive());
    assert!(!format!("{request:?} {bearer:?}").contains("planted"));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_slower_than_the_lease_is_given_up_and_asked_once_more() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    world.provider.then([Step::Slow(seconds(1000))]);
    let error = tokens.access(&key, &world.auth).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let Retry::At(at) = error.retry_verdict() else { panic!("{error:?}") };
    assert!(at > world.env.now(), "the lease must outlive the call");
    // Whoever asks in the meantime waits for the lease, and only then sends the token again.
    let live = world.process().access(&key, &world.auth).await.unwrap();
    assert!(world.env.now() >= at);
    assert_eq!(live.secret.expose(), world.provider.newest());
    assert_eq!((world.provider.calls(), world.provider.most_open()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_costs_one_retry_and_one_request_to_authorise_again() {
    for lost in [
        Step::Lost(seconds(1), TransportError::Broken),
        Step::Lost(seconds(1), TransportError::TooLarge),
        Step::Lost(seconds(1000), TransportError::Timeout),
        Step::Answer(200, "application/json", "{\"access_tok"),
        // A gateway that gave up on a server which did not.
        Step::Answer(500, "text/html", "<html>"),
        Step::Answer(502, "text/html", "<html>"),
        Step::Answer(504, "text/html", "<html>"),
    ] {
        let world = World::new(Style::Rotates);
        let (tokens, key) = world.expired().await;
        world.provider.then([lost.clone()]);
        tokens.access(&key, &world.auth).await.unwrap_err();
        if matches!(lost, Step::Answer(..)) {
            world.provider.revoke_grant();
        }
        advance(seconds(100)).await;
        for _ in 0..5 {
            let error = world.process().access(&key, &world.auth).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NeedsReauth);
            advance(seconds(1000)).await;
        }
        let code = "invalid_grant".to_owned();
        assert_eq!(reason(&tokens).await, Some(ReauthReason::ReplyLost { code }), "{lost:?}");
        assert_eq!((world.provider.calls(), world.provider.most_open()), (2, 1), "{lost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn lost_answers_condemn_no_grant_that_the_provider_still_accepts() {
    let world = World::new(Style::Omits);
    let (tokens, key) = world.expired().await;
    world.provider.then(vec![Step::Lost(seconds(1), TransportError::Broken); 5]);
    for calls in 1..=5 {
        let error = tokens.access(&key, &world.auth).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(world.provider.calls(), calls);
        advance(seconds(100)).await;
    }
    let live = tokens.access(&key, &world.auth).await.unwrap();
    assert_eq!(live.secret.expose(), world.provider.newest());
}

/// Crashes, or holds up, one process at a named point.
#[derive(Debug)]
struct At(&'static str, Option<Duration>);

#[async_trait]
impl Probe for At {
    async fn reach(&self, point: &'static str) -> Result<()> {
        if point != self.0 {
            return Ok(());
        }
        match self.1 {
            Some(delay) => tokio::time::sleep(delay).await,
            None => return Err(Error::bug("crashed")),
        }
        Ok(())
    }
}

fn process_with(world: &World, probe: At) -> TokenManager {
    let env = Env { probe: Arc::new(probe), ..world.env.clone() };
    TokenManager::new(world.store.clone(), Arc::new(world.keys.clone()), env)
}

#[tokio::test(start_paused = true)]
async fn a_crash_before_the_call_costs_nothing_but_time() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    process_with(&world, At("token.leased", None)).access(&key, &world.auth).await.unwrap_err();
    let live = tokens.access(&key, &world.auth).await.unwrap();
    assert_eq!(live.secret.expose(), world.provider.newest());
    assert_eq!(world.provider.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_crash_after_the_answer_leaves_a_usable_grant_or_a_reason() {
    for style in [Style::Rotates, Style::Omits] {
        let world = World::new(style);
        let (tokens, key) = world.expired().await;
        process_with(&world, At("token.answered", None)).access(&key, &world.auth).await.unwrap_err();
        let outcome = tokens.access(&key, &world.auth).await;
        if style == Style::Omits {
            assert_eq!(outcome.unwrap().secret.expose(), world.provider.newest());
        } else {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::NeedsReauth);
            assert!(matches!(reason(&tokens).await, Some(ReauthReason::ReplyLost { .. })));
        }
        assert_eq!(world.provider.calls(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_after_saving_loses_nothing() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    process_with(&world, At("token.saved", None)).access(&key, &world.auth).await.unwrap_err();
    let live = tokens.access(&key, &world.auth).await.unwrap();
    assert_eq!(live.secret.expose(), world.provider.newest());
    assert_eq!(world.provider.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_worth_more_than_a_verdict_reached_without_it() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    let late = process_with(&world, At("token.answered", Some(seconds(200))));
    let auth = world.auth.clone();
    let answer = tokio::spawn(async move { late.access(&grant("g1"), &auth).await });
    tokio::time::sleep(seconds(1)).await;
    let error = tokens.access(&key, &world.auth).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NeedsReauth);
    let live = answer.await.unwrap().unwrap();
    assert_eq!(tokens.access(&key, &world.auth).await.unwrap().stamp, live.stamp);
    assert_eq!(world.provider.most_open(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rotated_token_outlasts_a_store_that_fails_for_a_while() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    // The first save takes the lease, the second keeps the outcome.
    world.store.refuse_saves(1, 10);
    let live = tokens.access(&key, &world.auth).await.unwrap();
    assert_eq!(live.secret.expose(), world.provider.newest());
    assert_eq!(world.process().access(&key, &world.auth).await.unwrap().stamp, live.stamp);
    assert_eq!(world.provider.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_could_not_be_saved_is_given_to_nobody() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    world.store.refuse_saves(1, 1000);
    let error = tokens.access(&key, &world.auth).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
}

#[tokio::test(start_paused = true)]
async fn a_save_of_doubtful_outcome_is_recognised() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    world.store.doubt_save(1);
    let saves = world.store.saves();
    let live = tokens.access(&key, &world.auth).await.unwrap();
    assert_eq!(live.secret.expose(), world.provider.newest());
    assert_eq!(world.store.saves(), saves + 2);
    assert_eq!(world.provider.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_renewal_of_one_grant_holds_up_no_other() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    let mut other = TokenSet::new("other", world.env.now());
    other.expiry = Expiry::Never;
    tokens.save_new(&grant("g2"), other).await.unwrap();
    world.provider.then([Step::Slow(seconds(20))]);
    let before = world.env.now();
    let (one, two) =
        tokio::join!(async { (tokens.access(&key, &world.auth).await.unwrap(), world.env.now()) }, async {
            (tokens.access(&grant("g2"), &world.auth).await.unwrap(), world.env.now())
        },);
    assert!(one.1 - before >= chrono::TimeDelta::seconds(20));
    assert_eq!(two.1, before);
}

#[tokio::test(start_paused = true)]
async fn a_grant_forgotten_while_it_is_renewed_stays_forgotten() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    world.provider.then([Step::Slow(seconds(5))]);
    let (renewing, auth) = (tokens.clone(), world.auth.clone());
    let outcome = tokio::spawn(async move { renewing.access(&grant("g1"), &auth).await });
    tokio::time::sleep(seconds(1)).await;
    assert!(tokens.forget(&key).await.unwrap());
    assert_eq!(outcome.await.unwrap().unwrap_err().kind(), ErrorKind::NotFound);
    assert!(tokens.status(&key).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_new_authorisation_beats_a_renewal_under_way() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    world.provider.then([Step::Slow(seconds(5))]);
    let (renewing, auth) = (tokens.clone(), world.auth.clone());
    let outcome = tokio::spawn(async move { renewing.access(&grant("g1"), &auth).await });
    tokio::time::sleep(seconds(1)).await;
    let mut new = world.authorised();
    new.access = "new".into();
    tokens.save_new(&key, new).await.unwrap();
    assert_eq!(outcome.await.unwrap().unwrap().secret.expose(), "new");
    assert_eq!(tokens.access(&key, &world.auth).await.unwrap().secret.expose(), "new");
}
