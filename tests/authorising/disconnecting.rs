//! The end of a connection: what stays, what goes, and what the provider is told.

use std::sync::Arc;

use acquaint::ChangeKind::Removed;
use acquaint::core::http::TransportError;
use acquaint::core::ids::{ConnectionId, StreamName};
use acquaint::core::store::{ConnectionStatus, RecordQuery};
use acquaint::{
    Connection, Credential, ErrorKind, Mirrored, NoticeKind, Outcome, Revocation, Tenant, WhyQuery,
};
use acquaint_testkit::Script;
use serde_json::json;

use crate::failing::{Failures, Which};
use crate::network::{Answer, page};
use crate::product::{ADMIN, COMPANIES, CONTACTS, Product, memory, notices, stores};
use crate::support::{ANA, BEN, MANIFEST, PORTAL, at, counts, me, since, table, told};

fn revocations(product: &Product) -> u64 {
    product.world.google.oauth().calls().revocations + product.world.hubspot.oauth().calls().revocations
}

/// How many records are mirrored of a connection's calendars, live or not.
async fn mirrored(product: &Product, connection: &Connection) -> usize {
    let partition = connection.email.clone().unwrap().into();
    let query = RecordQuery {
        tenant: &connection.tenant,
        connection: &connection.id,
        stream: &StreamName::from("events"),
        partition: &partition,
        after: None,
        limit: 1000,
    };
    product.store.scan(&query).await.unwrap().len()
}

async fn lanes_of(tenant: &Tenant, id: &ConnectionId) -> usize {
    tenant.lanes().await.unwrap().iter().filter(|lane| lane.id.connection == *id).count()
}

/// Only Ben's calendar tells of these.
const BENS: [&str; 4] = ["Globex weekly", "Globex weekly", "Globex weekly", "Initech kick-off"];

#[tokio::test]
async fn what_is_kept_stays_as_it_is_and_connecting_again_goes_on_from_it() {
    for store in stores().await {
        let product = Product::read(store).await;
        let (ben, before) = (product.connection(BEN).await, product.tenant.position().await.unwrap());
        let (meetings, records) = (table(&product.tenant).await, mirrored(&product, &ben).await);
        assert!(records > 0);
        let ended = product.tenant.disconnect(&ben.id, Mirrored::Keep).await.unwrap();
        assert!(matches!(ended.revocation, Revocation::Done), "{ended:?}");
        assert_eq!((ended.erased, revocations(&product)), (0, 1));
        let known = product.connection(BEN).await;
        assert_eq!(known.status, ConnectionStatus::Disconnected { since: product.world.env().now() });
        assert_eq!((known.grant, product.grants().await.len()), (None, 2));
        assert_eq!(product.notices().await.last(), Some(&(ben.id.clone(), NoticeKind::Disconnected)));

        // Nothing is read any more, and nothing is lost.
        product
            .world
            .google
            .patch_event(BEN, "kickoff", json!({ "summary": "Initech kick-off II" }))
            .unwrap();
        for _ in 0..3 {
            let requests = counts(&product.world);
            product.sync_well().await;
            let sent = since(&product.world, &requests);
            assert_eq!((sent["events.list"], sent["calendarList.list"]), (1, 1), "Ana's alone");
            product.world.minutes(12 * 60);
        }
        assert_eq!((table(&product.tenant).await, mirrored(&product, &ben).await), (meetings, records));
        assert_eq!(told(&product.tenant, before).await, []);
        let query = WhyQuery::near(at("2026-03-20T10:00:00Z")).on_calendar(BEN);
        let why = product.tenant.why(&query).await.unwrap();
        assert!(why.iter().any(|one| one.sentence.contains("was disconnected on 2026-03-02")), "{why:?}");
        assert!(matches!(why[0].outcome, Outcome::Absent { .. }));

        let again = product.connect("calendar", BEN).await;
        assert_eq!((&again.id, again.created), (&ben.id, ben.created));
        product.sync_well().await;
        let news = told(&product.tenant, before).await;
        assert_eq!(news, [(acquaint::ChangeKind::Changed, "Initech kick-off II".to_owned())]);
    }
}

#[tokio::test]
async fn what_is_erased_goes_and_what_a_colleague_tells_of_stays() {
    for store in stores().await {
        let product = Product::read(store).await;
        let (ben, before) = (product.connection(BEN).await, product.tenant.position().await.unwrap());
        let (all, records) = (product.titles().await, mirrored(&product, &ben).await);
        let other = product.tenant("other");
        product.connect_as(&other, "calendar", BEN).await;
        product.connect_as(&other, "crm", ADMIN).await;
        let _ = other.sync().await.unwrap().into_result().unwrap();
        let elsewhere = (table(&other).await, notices(&other).await);
        assert!(!elsewhere.0.is_empty());

        let ended = product.tenant.disconnect(&ben.id, Mirrored::Erase).await.unwrap();
        assert!(matches!(ended.revocation, Revocation::Shared), "{ended:?}");
        assert_eq!(ended.erased, records as u64);
        assert_eq!(product.tenant.connection(&ben.id).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!((mirrored(&product, &ben).await, lanes_of(&product.tenant, &ben.id).await), (0, 0));

        product.sync_well().await;
        assert_eq!(told(&product.tenant, before).await, BENS.map(|title| (Removed, title.to_owned())));
        let rest: Vec<String> = all.into_iter().filter(|title| !BENS.contains(&title.as_str())).collect();
        assert!(rest.contains(&"Globex QBR".to_owned()), "Ana's copy tells of it");
        assert_eq!(product.titles().await, rest);
        for meeting in product.tenant.meetings().all().await.unwrap() {
            assert!(meeting.copies.iter().all(|copy| copy.connection != ben.id), "{meeting:?}");
        }
        assert_eq!((table(&other).await, notices(&other).await), elsewhere);
        let _ = other.sync().await.unwrap().into_result().unwrap();
        assert_eq!((table(&other).await, notices(&other).await), elsewhere);

        // Once more is no such connection; connecting anew begins from nothing.
        let error = product.tenant.disconnect(&ben.id, Mirrored::Erase).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        product.connect("calendar", BEN).await;
        product.sync_well().await;
        let afresh = Product::read(memory()).await;
        assert_eq!(table(&product.tenant).await, table(&afresh.tenant).await);
    }
}

#[tokio::test]
async fn what_was_kept_can_be_erased_later() {
    let product = Product::read(memory()).await;
    let ben = product.connection(BEN).await;
    let _ = product.tenant.disconnect(&ben.id, Mirrored::Keep).await.unwrap();
    let (calls, told) = (product.network.sent("revoke"), product.notices().await.len());
    let ended = product.tenant.disconnect(&ben.id, Mirrored::Erase).await.unwrap();
    assert!(matches!(ended.revocation, Revocation::NotNeeded) && ended.erased > 0, "{ended:?}");
    assert_eq!((product.network.sent("revoke"), product.notices().await.len()), (calls, told));
    product.sync_well().await;
    let left = product.titles().await;
    assert!(BENS.iter().all(|title| !left.contains(&(*title).to_owned())), "{left:?}");
}

#[tokio::test]
async fn a_tenant_that_ends_everything_has_nothing_left() {
    for store in stores().await {
        let product = Product::read(store).await;
        for connection in product.tenant.connections().await.unwrap() {
            let _ = product.tenant.disconnect(&connection.id, Mirrored::Erase).await.unwrap();
        }
        assert_eq!((product.tenant.connections().await.unwrap(), product.grants().await), (vec![], vec![]));
        assert_eq!(product.tenant.lanes().await.unwrap(), []);
        product.world.minutes(1);
        let _ = product.tenant.sync().await.unwrap();
        assert_eq!(product.titles().await, Vec::<String>::new());
        assert_eq!(table(&product.tenant).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_crm_that_is_kept_goes_on_telling_who_is_who() {
    let product = Product::read(memory()).await;
    let (crm, before) =
        (product.connection(&PORTAL.to_string()).await, product.tenant.position().await.unwrap());
    let _ = product.tenant.disconnect(&crm.id, Mirrored::Keep).await.unwrap();
    product.world.google.cancel_event(ANA, "planning").unwrap();
    product.world.google.patch_event(ANA, "review", json!({ "summary": "Initech plans" })).unwrap();
    product.sync_well().await;
    let changed = (acquaint::ChangeKind::Changed, "Initech plans".to_owned());
    assert_eq!(told(&product.tenant, before).await, [changed, (Removed, "Globex planning".to_owned())]);
}

#[tokio::test]
async fn whoever_reads_when_it_ends_writes_nothing_any_more() {
    for point in ["partitions.fetched", "page.fetched", "page.committed", "join.decided"] {
        for mirrored_as in [Mirrored::Keep, Mirrored::Erase] {
            let script = Script::new();
            let mut product = Product::over(memory(), MANIFEST).await;
            let mut env = product.world.env();
            env.probe = Arc::new(script.clone());
            product.restart(MANIFEST, |builder| builder.env(env).concurrency(1)).await;
            product.connect_all().await;
            let ben = product.connection(BEN).await;
            let (tenant, id) = (product.tenant.clone(), ben.id.clone());
            script.interleave(point, 1, move || async move {
                tenant.disconnect(&id, mirrored_as).await.map(drop)
            });
            product.world.minutes(1);
            let report = product.hurried(product.tenant.sync()).await.unwrap();
            assert!(script.reached().contains(&point));
            assert!(report.lanes.iter().all(|lane| lane.error.is_none()), "{point}: {report:?}");
            let records = mirrored(&product, &ben).await;
            for _ in 0..2 {
                let _ = product.sync_in_a_hurry().await.into_result().unwrap();
                assert_eq!(mirrored(&product, &ben).await, records, "{point}");
            }
            assert_eq!(lanes_of(&product.tenant, &ben.id).await, 0, "{point}");
            let known = product.tenant.connections().await.unwrap().into_iter().find(|one| one.id == ben.id);
            if mirrored_as == Mirrored::Erase {
                assert_eq!((known, records), (None, 0), "{point}");
                let left = product.titles().await;
                assert!(BENS.iter().all(|title| !left.contains(&(*title).to_owned())), "{point}: {left:?}");
            } else {
                assert!(matches!(known.unwrap().status, ConnectionStatus::Disconnected { .. }), "{point}");
            }
        }
    }
}

#[tokio::test]
async fn a_lane_that_an_older_sync_makes_anew_goes_again() {
    // A sync that has looked at the connections before one is erased, and makes its lanes after.
    let failures = Failures::default();
    let product = Product::read(failures.over(memory())).await;
    let ben = product.connection(BEN).await;
    let lanes = product.tenant.lanes().await.unwrap();
    let seeds: Vec<_> = lanes
        .into_iter()
        .filter(|lane| lane.id.connection == ben.id)
        .map(|lane| acquaint::core::store::LaneSeed { id: lane.id, due: lane.due })
        .collect();
    for mirrored_as in [Mirrored::Keep, Mirrored::Erase] {
        let _ = product.tenant.disconnect(&ben.id, mirrored_as).await.unwrap();
        product.store.ensure_lanes(&seeds).await.unwrap();
        product.world.minutes(26 * 60);
        let requests = counts(&product.world);
        product.sync_well().await;
        assert_eq!(since(&product.world, &requests)["events.list"], 1, "Ana's alone");
        assert_eq!(lanes_of(&product.tenant, &ben.id).await, 0);
    }
}

#[tokio::test]
async fn a_provider_that_is_down_keeps_nobody_from_leaving() {
    for answer in [
        Answer::Fails(TransportError::Connect),
        Answer::Fails(TransportError::Timeout),
        Answer::Says(page(503)),
        Answer::Says(page(200)),
    ] {
        let taken = matches!(&answer, Answer::Says(page) if page.status() == 200);
        let product = Product::read(memory()).await;
        product.network.fail("", answer);
        for connection in product.tenant.connections().await.unwrap() {
            let ended =
                product.hurried(product.tenant.disconnect(&connection.id, Mirrored::Keep)).await.unwrap();
            match ended.revocation {
                // A success is one, whatever stands in it (RFC 7009 section 2.2).
                Revocation::Done => assert!(taken),
                Revocation::Failed(error) => {
                    assert!(!taken);
                    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(product.grants().await, [], "here it is gone all the same");
        product.network.heal();
        let requests = counts(&product.world);
        let _ = product.sync().await;
        assert_eq!(since(&product.world, &requests), [].into());
    }
}

#[tokio::test]
async fn a_wrong_secret_keeps_nobody_from_leaving() {
    let product = Product::read(memory()).await;
    let client = acquaint_testkit::sandbox::oauth::Client::new("another", "secret");
    product.world.hubspot.oauth().add_client(client);
    product.world.hubspot.configure(|config| config.client_secret = "another secret".to_owned());
    let crm = product.connection(&PORTAL.to_string()).await;
    let ended = product.tenant.disconnect(&crm.id, Mirrored::Keep).await.unwrap();
    let Revocation::Failed(error) = ended.revocation else { panic!("{ended:?}") };
    assert_eq!(error.kind(), ErrorKind::Misconfigured, "{error}");
    assert_eq!(product.grants().await.len(), 2);
}

#[tokio::test]
async fn a_dead_grant_needs_no_call() {
    let product = Product::read(memory()).await;
    product.world.google.oauth().revoke_account(ANA);
    let _ = product.sync().await;
    let ana = product.connection(ANA).await;
    assert!(matches!(ana.status, ConnectionStatus::NeedsReauth { .. }));
    let requests = counts(&product.world);
    let ended = product.tenant.disconnect(&ana.id, Mirrored::Keep).await.unwrap();
    assert!(matches!(ended.revocation, Revocation::NotNeeded), "{ended:?}");
    assert_eq!(since(&product.world, &requests), [].into());
    assert_eq!(product.grants().await.len(), 2);
    // One that nobody knew to be dead: the provider's word that it knows no such grant is as good.
    product.world.google.oauth().revoke_account(BEN);
    let ben = product.connection(BEN).await;
    let ended = product.tenant.disconnect(&ben.id, Mirrored::Keep).await.unwrap();
    assert!(matches!(ended.revocation, Revocation::Done), "{ended:?}");
}

#[tokio::test]
async fn a_private_apps_token_is_the_persons_to_take_back() {
    let product = Product::new().await;
    let token = product.world.hubspot.static_token(PORTAL, &[COMPANIES, CONTACTS]).unwrap();
    let connect = product.tenant.connect("crm", &me(ADMIN));
    let crm = connect.with_credential(Credential::token(token)).await.unwrap();
    assert_eq!((product.grants().await.len(), crm.scopes), (1, None));
    let requests = counts(&product.world);
    let ended = product.tenant.disconnect(&crm.id, Mirrored::Erase).await.unwrap();
    assert!(matches!(ended.revocation, Revocation::NotOffered), "{ended:?}");
    assert_eq!(since(&product.world, &requests), [].into());
    assert_eq!(product.grants().await, []);
}

#[tokio::test]
async fn what_a_crash_cuts_short_is_completed_by_doing_it_again() {
    for (mirrored_as, after_effect) in
        [(Mirrored::Keep, false), (Mirrored::Keep, true), (Mirrored::Erase, false), (Mirrored::Erase, true)]
    {
        let mut nth = 1;
        loop {
            let failures = Failures::default();
            let product = Product::read(failures.over(memory())).await;
            let (ben, told) = (product.connection(BEN).await, product.notices().await.len());
            let records = mirrored(&product, &ben).await;
            failures.plan(Which::Nth(nth), after_effect);
            let first = product.tenant.disconnect(&ben.id, mirrored_as).await;
            if !failures.end() {
                let _ = first.unwrap();
                break;
            }
            // Where the connection itself had gone there is nothing left to do.
            if product.tenant.connection(&ben.id).await.is_ok() {
                let _ = product.tenant.disconnect(&ben.id, mirrored_as).await.unwrap();
            }
            let case = format!("{mirrored_as:?} {after_effect} {nth}");
            assert_eq!(revocations(&product), 1, "{case}");
            assert_eq!(product.grants().await.len(), 2, "{case}");
            assert_eq!(product.notices().await.len(), told + 1, "{case}");
            assert_eq!(lanes_of(&product.tenant, &ben.id).await, 0, "{case}");
            let left = if mirrored_as == Mirrored::Keep { records } else { 0 };
            assert_eq!(mirrored(&product, &ben).await, left, "{case}");
            let requests = counts(&product.world);
            product.sync_well().await;
            assert_eq!(since(&product.world, &requests)["events.list"], 1, "{case}");
            let kept = product.titles().await.contains(&"Initech kick-off".to_owned());
            assert_eq!(kept, mirrored_as == Mirrored::Keep, "{case}");
            nth += 1;
        }
        assert!(nth > 6, "{nth}");
    }
}

#[tokio::test]
async fn nobody_ends_what_is_not_theirs() {
    let product = Product::read(memory()).await;
    let ana = product.connection(ANA).await;
    let before = product.tenant.connections().await.unwrap();
    let other = product.tenant("other");
    for (tenant, id) in [(&other, ana.id.clone()), (&product.tenant, ConnectionId::from("conn_none"))] {
        let error = tenant.disconnect(&id, Mirrored::Erase).await.unwrap_err();
        assert_eq!((error.kind(), error.context("connection")), (ErrorKind::NotFound, Some(id.as_str())));
    }
    assert_eq!(product.tenant.connections().await.unwrap(), before);
    product.sync_well().await;
}
