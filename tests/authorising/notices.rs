//! What the product is told, and how often: a grant that ends, and what begins and ends on purpose.

use acquaint::core::ids::StreamName;
use acquaint::core::store::ConnectionStatus;
use acquaint::{Connection, ErrorKind, Finished, Mirrored, NoticeKind, SyncReport};

use crate::failing::{Failures, Which};
use crate::product::{ADMIN, CONTACTS, Product, engine, failed, memory, notices, stores};
use crate::support::{ANA, BEN, MANIFEST, PORTAL, World, counts, me, since};

fn reasons(told: &[(acquaint::core::ids::ConnectionId, NoticeKind)], of: &Connection) -> Vec<String> {
    let of_it = told.iter().filter(|(id, _)| *id == of.id);
    of_it
        .filter_map(|(_, kind)| match kind {
            NoticeKind::NeedsReauth { reason } => Some(reason.clone()),
            _ => None,
        })
        .collect()
}

fn calls(world: &World) -> u64 {
    world.google.oauth().calls().token_calls() + world.hubspot.oauth().calls().token_calls()
}

#[tokio::test]
async fn a_grant_that_ends_is_told_once_however_many_see_it() {
    for store in stores().await {
        let product = Product::read(store).await;
        let crm = product.connection(&PORTAL.to_string()).await;
        let told = product.notices().await.len();
        // The CRM is read by several lanes, and so is the calendar, by two processes at once.
        product.world.hubspot.oauth().revoke_account(&PORTAL.to_string());
        product.world.google.oauth().revoke_account(ANA);
        product.world.hubspot.oauth().expire_access_tokens();
        let other = engine(&product.world, &product.store, MANIFEST, |builder| builder).await.tenant("acme");
        product.world.minutes(1);
        let (one, two) = product.hurried(async { tokio::join!(product.tenant.sync(), other.sync()) }).await;
        let (one, two) = (one.unwrap(), two.unwrap());
        // Who fails may have been overtaken while it waited.
        let overtaken = |report: &SyncReport| report.lanes.iter().filter(|lane| lane.fenced).count();
        let failures = failed(&one).len() + failed(&two).len() + overtaken(&one) + overtaken(&two);
        assert!(failures >= 2, "{one:?} {two:?}");
        let (ana, crm) = (product.connection(ANA).await, product.connection(crm.account.as_str()).await);
        let notices = product.notices().await;
        assert_eq!(notices.len(), told + 2, "{notices:?}");
        for (stopped, code) in [(&ana, "invalid_grant"), (&crm, "BAD_REFRESH_TOKEN")] {
            let reasons = reasons(&notices, stopped);
            assert_eq!(reasons.len(), 1, "{notices:?}");
            assert!(reasons[0].contains(code), "{reasons:?}");
            let reason = reasons[0].clone();
            assert_eq!(stopped.status, ConnectionStatus::NeedsReauth { reason });
        }

        // From then on nothing is sent on their behalf, by either process, however long it lasts.
        for tenant in [&product.tenant, &other, &product.tenant] {
            product.world.minutes(26 * 60);
            let (requests, tokens) = (counts(&product.world), calls(&product.world));
            let report = tenant.sync().await.unwrap();
            assert!(failed(&report).is_empty(), "{report:?}");
            assert_eq!(report.stopped.len(), 2);
            assert_eq!(report.into_result().unwrap_err().kind(), ErrorKind::NeedsReauth);
            let sent = since(&product.world, &requests);
            let expected = [("calendarList.list", 1), ("events.list", 1), ("oauth.token", 1)];
            assert_eq!(sent, expected.map(|(name, count)| (name.to_owned(), count)).into(), "Ben's alone");
            assert_eq!(calls(&product.world), tokens + 1);
        }
        assert_eq!(product.notices().await.len(), told + 2);
        let upkeep = product.acquaint.keep_grants_alive().await.unwrap();
        assert_eq!((upkeep.failed.len(), upkeep.renewed + upkeep.fresh), (0, 1), "{upkeep:?}");
    }
}

#[tokio::test]
async fn a_grant_that_ends_while_nobody_reads_is_told_by_the_upkeep() {
    let product = Product::read(memory()).await;
    product.world.google.oauth().revoke_account(BEN);
    product.world.minutes(8 * 24 * 60);
    let ben = product.connection(BEN).await;
    for round in 0..2 {
        let upkeep = product.acquaint.keep_grants_alive().await.unwrap();
        assert_eq!(upkeep.failed.len(), usize::from(round == 0), "{upkeep:?}");
        assert_eq!(reasons(&product.notices().await, &ben).len(), 1);
    }
}

#[tokio::test]
async fn a_stop_that_was_cut_short_is_told_by_the_next_sync_without_a_call() {
    for after_effect in [false, true] {
        let failures = Failures::default();
        let product = Product::read(failures.over(memory())).await;
        let (ana, told) = (product.connection(ANA).await, product.notices().await.len());
        product.world.google.oauth().revoke_account(ANA);
        failures.plan(Which::Named("put_connection", 1), after_effect);
        product.world.minutes(1);
        let error = product.tenant.sync().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        assert!(failures.end());
        // The credential is known to be dead, though nobody may have noted it in the connection.
        assert_eq!(product.notices().await.len(), told + usize::from(after_effect));
        let tokens = calls(&product.world);
        let _ = product.sync_in_a_hurry().await;
        assert_eq!(reasons(&product.notices().await, &ana).len(), 1);
        assert_eq!(product.notices().await.len(), told + 1);
        assert_eq!(calls(&product.world), tokens);
    }
}

#[tokio::test]
async fn what_begins_and_ends_is_told_in_order_and_to_its_tenant_alone() {
    for store in stores().await {
        let product = Product::over(store, MANIFEST).await;
        let ana = product.connect("calendar", ANA).await;
        product.world.hubspot.oauth().untick_scopes([CONTACTS]);
        let finished = product.consent(&product.begin("crm", ADMIN).await, ADMIN).await.unwrap();
        let Finished::Narrowed { connection: crm, .. } = finished else { panic!("{finished:?}") };
        product.world.hubspot.oauth().untick_scopes([""; 0]);
        assert!(matches!(product.reconnect(&crm, ADMIN).await, Finished::Connected(_)));
        let _ = product.tenant.disconnect(&ana.id, Mirrored::Keep).await.unwrap();
        let again = product.connect("calendar", ANA).await;
        assert_eq!(again.id, ana.id);
        let _ = product.tenant.disconnect(&ana.id, Mirrored::Erase).await.unwrap();

        let streams = ["contacts", "associations"].map(StreamName::from).to_vec();
        let scopes = vec![CONTACTS.to_owned()];
        let expected = [
            (&ana, NoticeKind::Connected),
            (&crm, NoticeKind::Connected),
            (&crm, NoticeKind::ScopesMissing { scopes, streams }),
            (&crm, NoticeKind::Connected),
            (&ana, NoticeKind::Disconnected),
            (&ana, NoticeKind::Connected),
            (&ana, NoticeKind::Disconnected),
        ];
        let told = product.tenant.notices(0, 100).await.unwrap();
        assert_eq!(told.iter().map(|entry| entry.position).collect::<Vec<_>>(), (1..=7).collect::<Vec<_>>());
        for (entry, (connection, kind)) in told.iter().zip(&expected) {
            assert_eq!((&entry.notice.connection, &entry.notice.kind), (&Some(connection.id.clone()), kind));
            assert_eq!(entry.notice.at, product.world.env().now());
        }
        assert_eq!(told.len(), expected.len());
        // In pages, each once.
        let mut paged = Vec::new();
        loop {
            let after = paged.last().map_or(0, |entry: &acquaint::NoticeEntry| entry.position);
            let page = product.tenant.notices(after, 2).await.unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, told);

        let other = product.tenant("other");
        assert_eq!(notices(&other).await, []);
        let own = product.connect_as(&other, "calendar", BEN).await;
        let first = other.notices(0, 10).await.unwrap();
        assert_eq!(
            (first.len(), first[0].position, &first[0].notice.connection),
            (1, 1, &Some(own.id.clone()))
        );
        assert_eq!(product.tenant.notices(0, 100).await.unwrap(), told);
    }
}

#[tokio::test]
async fn a_callback_in_another_session_is_told_to_nobody() {
    let product = Product::new().await;
    let begun = product.begin("calendar", ANA).await;
    let came_back = product.world.visit(&begun);
    let finished = product.acquaint.finish_connect(&came_back, &me(BEN)).await.unwrap();
    assert_eq!(finished, Finished::ForeignSession);
    product.assert_nothing_is_kept().await;
    let report: SyncReport = product.sync().await;
    assert_eq!((report.lanes.len(), report.stopped.len()), (0, 0));
}
