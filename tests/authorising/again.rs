//! Authorising an account again: what it keeps, and what it lifts.

use acquaint::ChangeKind::Added;
use acquaint::core::error::Blame;
use acquaint::core::store::{ConnectionStatus, LaneState};
use acquaint::{ErrorKind, Finished, NoticeKind};
use chrono::DateTime;

use crate::failing::{Failures, Which};
use crate::product::{ADMIN, Product, assert_refused, memory, stores};
use crate::support::{ANA, BEN, PORTAL, counts, meeting, since, table, told};

async fn heads(product: &Product, account: &str) -> Vec<LaneState> {
    let connection = product.connection(account).await;
    let lanes = product.tenant.lanes().await.unwrap().into_iter();
    let heads: Vec<_> =
        lanes.filter(|lane| lane.id.connection == connection.id && lane.id.lane.as_str() == "head").collect();
    assert!(!heads.is_empty());
    heads
}

#[tokio::test]
async fn a_revoked_grant_that_is_given_again_goes_on_from_where_it_stood() {
    for store in stores().await {
        let product = Product::read(store).await;
        let portal = PORTAL.to_string();
        let stood = [heads(&product, ANA).await, heads(&product, &portal).await];
        let (ana, crm) = (product.connection(ANA).await, product.connection(&portal).await);
        product.world.google.oauth().revoke_account(ANA);
        product.world.hubspot.oauth().revoke_account(&portal);
        product.world.hubspot.oauth().expire_access_tokens();
        let _ = product.sync().await;
        // Days pass, lanes are put off, and things happen at the providers.
        for _ in 0..3 {
            product.world.minutes(26 * 60);
            let _ = product.sync().await;
        }
        let only = meeting("only", "Initech demo", "2026-03-13T10:00:00Z", &[ANA, "bill@initech.com"]);
        product.world.google.insert_event(ANA, only).unwrap();
        let (before, meetings) = (product.tenant.position().await.unwrap(), table(&product.tenant).await);
        assert!(!meetings.is_empty());
        let requests = counts(&product.world);

        for (old, account) in [(&ana, ANA), (&crm, ADMIN)] {
            let stopped = product.tenant.connection(&old.id).await.unwrap();
            assert!(matches!(stopped.status, ConnectionStatus::NeedsReauth { .. }));
            let Finished::Connected(again) = product.reconnect(&stopped, account).await else { panic!() };
            assert_eq!((&again.id, again.created, &again.user), (&old.id, old.created, &old.user));
            assert_eq!(again.status, ConnectionStatus::Active);
            assert_ne!(again.grant, old.grant);
            assert_eq!(product.notices().await.last(), Some(&(old.id.clone(), NoticeKind::Connected)));
        }
        assert_eq!(product.grants().await.len(), 3, "the old credentials are gone");
        for (stood, account) in stood.iter().zip([ANA, &portal]) {
            for (was, is) in stood.iter().zip(heads(&product, account).await) {
                assert_eq!((&was.id, &was.progress.cursor), (&is.id, &is.progress.cursor));
                assert!(
                    is.wanted && is.not_before == DateTime::<chrono::Utc>::MIN_UTC,
                    "nothing holds it back"
                );
            }
        }
        product.sync_well().await;
        assert_eq!(told(&product.tenant, before).await, [(Added, "Initech demo".to_owned())]);
        for account in [ANA, &portal] {
            assert!(heads(&product, account).await.iter().all(|lane| lane.progress.baselines == 1));
        }
        let sent = since(&product.world, &requests);
        assert_eq!(sent["events.list"], 2, "one increment of each calendar: {sent:?}");
    }
}

#[tokio::test]
async fn a_refresh_token_survives_an_authorisation_that_brings_none() {
    for store in stores().await {
        let product = Product::read(store).await;
        let ana = product.connection(ANA).await;
        // Google gives one only at the first consent, or if it is forced to ask: as for an app that does not.
        let again = product.tenant.reconnect(&ana, &crate::support::me(ANA));
        let mut url = again.begin_at(&crate::product::callback()).await.unwrap().url;
        let pairs: Vec<_> = url.query_pairs().into_owned().filter(|(name, _)| name != "prompt").collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        product.world.google.oauth().add_client(
            acquaint_testkit::sandbox::oauth::Client::new(crate::support::CLIENT, crate::support::SECRET)
                .redirect(crate::support::CALLBACK),
        );
        let finished = product.consent(&url, ANA).await.unwrap();
        let Finished::Connected(again) = finished else { panic!("{finished:?}") };
        assert_ne!(again.grant, ana.grant);
        let refreshes = product.world.google.oauth().calls().refreshes;
        product.world.minutes(2 * 60);
        product.sync_well().await;
        assert_eq!(product.world.google.oauth().calls().refreshes, refreshes + 2, "Ana's and Ben's");
        assert_eq!(product.connection(ANA).await.status, ConnectionStatus::Active);
    }
}

#[tokio::test]
async fn another_account_changes_nothing_of_a_stopped_connection() {
    let product = Product::read(memory()).await;
    product.world.google.oauth().revoke_account(ANA);
    let _ = product.sync().await;
    let (ana, grants) = (product.connection(ANA).await, product.grants().await);
    let before = (product.tenant.connections().await.unwrap(), product.tenant.lanes().await.unwrap());
    let (meetings, notices) = (table(&product.tenant).await, product.notices().await);
    let finished = product.reconnect(&ana, BEN).await;
    assert!(matches!(finished, Finished::OtherAccount { .. }), "{finished:?}");
    assert_refused(finished, ErrorKind::Invalid, Blame::Caller, BEN);
    let after = (product.tenant.connections().await.unwrap(), product.tenant.lanes().await.unwrap());
    assert_eq!(after, before);
    assert_eq!((product.grants().await, product.notices().await), (grants, notices));
    assert_eq!(table(&product.tenant).await, meetings);
    // Ben's own connection works on.
    let report = product.sync().await;
    assert_eq!((crate::product::failed(&report).len(), report.stopped.len()), (0, 1));
}

#[tokio::test]
async fn an_authorisation_that_a_failing_store_cuts_short_leaves_a_connection_that_works() {
    for after_effect in [false, true] {
        let mut nth = 1;
        loop {
            let failures = Failures::default();
            let product = Product::read(failures.over(memory())).await;
            let ana = product.connection(ANA).await;
            let again = product.begin("calendar", ANA).await;
            let came_back = product.world.visit(&again);
            failures.plan(Which::Nth(nth), after_effect);
            let finished = product.finish(&came_back, ANA).await;
            let case = format!("{after_effect} {nth}: {finished:?}");
            if !failures.end() {
                assert!(matches!(finished, Ok(Finished::Connected(_))), "{case}");
                break;
            }
            // Old or new, the credential that the connection points to is there.
            let connection = product.connection(ANA).await;
            assert_eq!((&connection.id, &connection.status), (&ana.id, &ConnectionStatus::Active), "{case}");
            let grant = connection.grant.unwrap();
            assert!(product.grants().await.iter().any(|key| key.grant == grant), "{case}");
            product.world.google.oauth().expire_access_tokens();
            product.sync_well().await;
            // What was left over is cleared away in time.
            product.world.minutes(2 * 60);
            let _ = product.acquaint.keep_grants_alive().await.unwrap();
            assert_eq!(product.grants().await.len(), 3, "{case}");
            product.sync_well().await;
            nth += 1;
        }
        assert!(nth > 8, "{nth}");
    }
}
