//! One account at a provider, connected by several tenants, or for several sources.

use acquaint::core::store::ConnectionStatus;
use acquaint::{Connection, ErrorKind, Finished, Mirrored, NoticeKind, Revocation, SharedAccounts, Tenant};
use acquaint_testkit::sandbox::oauth::OAuthCalls;
use tokio::sync::Barrier;

use crate::product::{ADMIN, Product, begin, connection, notices, stores};
use crate::support::{ANA, BEN, MANIFEST, PORTAL, me, table};

async fn product(store: std::sync::Arc<dyn acquaint::Store>, policy: SharedAccounts) -> Product {
    let share = |builder: acquaint::Builder| {
        builder.shared_accounts("google-calendar", policy).shared_accounts("hubspot", policy)
    };
    Product::of(store, MANIFEST, share).await
}

fn calls(product: &Product) -> [OAuthCalls; 2] {
    [product.world.google.oauth().calls(), product.world.hubspot.oauth().calls()]
}

fn revocations(product: &Product) -> u64 {
    calls(product).iter().map(|calls| calls.revocations).sum()
}

async fn connect_both(product: &Product, tenant: &Tenant) {
    product.connect_as(tenant, "calendar", ANA).await;
    product.connect_as(tenant, "crm", ADMIN).await;
}

async fn sync_well(product: &Product, tenant: &Tenant) {
    product.world.minutes(1);
    let _ = tenant.sync().await.unwrap().into_result().unwrap();
}

async fn end(tenant: &Tenant, connection: &Connection) -> Revocation {
    tenant.disconnect(&connection.id, Mirrored::Keep).await.unwrap().revocation
}

#[tokio::test]
async fn tenants_share_an_account_and_the_last_to_leave_revokes() {
    for store in stores().await {
        let product = product(store, SharedAccounts::Share).await;
        let (one, two) = (product.tenant("one"), product.tenant("two"));
        for tenant in [&one, &two] {
            connect_both(&product, tenant).await;
        }
        for tenant in [&one, &two] {
            sync_well(&product, tenant).await;
        }
        assert_eq!(table(&one).await, table(&two).await);
        assert_eq!(product.grants().await.len(), 4, "each has its own");

        for account in [ANA, &PORTAL.to_string()] {
            let revocation = end(&one, &connection(&one, account).await).await;
            assert!(matches!(revocation, Revocation::Shared), "{revocation:?}");
        }
        assert_eq!((revocations(&product), product.grants().await.len()), (0, 2));
        for oauth in [product.world.google.oauth(), product.world.hubspot.oauth()] {
            oauth.expire_access_tokens();
        }
        sync_well(&product, &two).await;
        for (account, before) in [(ANA, 0), (&PORTAL.to_string(), 1)] {
            let revocation = end(&two, &connection(&two, account).await).await;
            assert!(matches!(revocation, Revocation::Done), "{revocation:?}");
            assert_eq!(revocations(&product), before + 1);
        }
        assert_eq!(product.grants().await, []);
    }
}

#[tokio::test]
async fn a_connection_that_works_no_more_keeps_no_grant_alive() {
    for store in stores().await {
        let product = product(store, SharedAccounts::Share).await;
        let (one, two) = (product.tenant("one"), product.tenant("two"));
        connect_both(&product, &one).await;
        product.world.hubspot.oauth().revoke_account(&PORTAL.to_string());
        product.world.hubspot.oauth().expire_access_tokens();
        product.world.minutes(1);
        let _ = one.sync().await.unwrap();
        let dead = connection(&one, &PORTAL.to_string()).await;
        assert!(matches!(dead.status, ConnectionStatus::NeedsReauth { .. }));

        let crm = product.connect_as(&two, "crm", ADMIN).await;
        let revocation = end(&two, &crm).await;
        assert!(matches!(revocation, Revocation::Done), "{revocation:?}");
        assert_eq!(revocations(&product), 1);
        assert!(matches!(end(&one, &dead).await, Revocation::NotNeeded));
    }
}

#[tokio::test]
async fn the_second_is_refused_until_the_first_has_left() {
    for store in stores().await {
        let product = product(store, SharedAccounts::Refuse).await;
        let (one, two) = (product.tenant("one"), product.tenant("two"));
        connect_both(&product, &one).await;
        sync_well(&product, &one).await;
        let finished = product.consent(&begin(&two, "calendar", ANA).await, ANA).await.unwrap();
        assert_eq!(finished, Finished::Taken);
        assert_eq!((two.connections().await.unwrap(), notices(&two).await), (vec![], vec![]));
        // Who has it may authorise it again; other accounts are free.
        product.connect_as(&one, "calendar", ANA).await;
        product.connect_as(&two, "calendar", BEN).await;
        sync_well(&product, &one).await;

        let _ = end(&one, &connection(&one, ANA).await).await;
        product.connect_as(&two, "calendar", ANA).await;
        let finished = product.consent(&begin(&one, "calendar", ANA).await, ANA).await.unwrap();
        assert_eq!(finished, Finished::Taken, "now it is the other way about");
    }
}

#[tokio::test]
async fn of_two_at_once_one_is_refused() {
    for store in stores().await {
        let product = product(store, SharedAccounts::Refuse).await;
        let tenants = [product.tenant("one"), product.tenant("two")];
        let mut came_back = Vec::new();
        for tenant in &tenants {
            came_back.push(product.world.visit(&begin(tenant, "calendar", ANA).await));
        }
        let (start, who) = (Barrier::new(2), me(ANA));
        let finish = async |request: &http::Request<()>| {
            start.wait().await;
            product.acquaint.finish_connect(request, &who).await.unwrap()
        };
        let (one, two) = tokio::join!(finish(&came_back[0]), finish(&came_back[1]));
        let winner = match (&one, &two) {
            (Finished::Connected(connection), Finished::Taken)
            | (Finished::Taken, Finished::Connected(connection)) => connection,
            other => panic!("{other:?}"),
        };
        let grants = product.grants().await;
        assert_eq!((grants.len(), Some(&grants[0].grant)), (1, winner.grant.as_ref()));
        assert_eq!(grants[0].tenant, winner.tenant);
        let mut connections = Vec::new();
        for tenant in &tenants {
            connections.extend(tenant.connections().await.unwrap());
        }
        assert_eq!(connections, std::slice::from_ref(winner));
    }
}

#[tokio::test]
async fn the_second_takes_over_and_the_first_is_told() {
    for store in stores().await {
        let product = product(store, SharedAccounts::Supersede).await;
        let (one, two) = (product.tenant("one"), product.tenant("two"));
        connect_both(&product, &one).await;
        sync_well(&product, &one).await;
        let (before, ana) = (table(&one).await, connection(&one, ANA).await);
        product.connect_as(&two, "calendar", ANA).await;

        let stopped = connection(&one, ANA).await;
        let ConnectionStatus::NeedsReauth { reason } = stopped.status.clone() else { panic!("{stopped:?}") };
        assert!(reason.contains("connected elsewhere") && !reason.contains("two"), "{reason}");
        assert_eq!(notices(&one).await.last(), Some(&(ana.id.clone(), NoticeKind::NeedsReauth { reason })));
        let events = product.world.google.requests().get("events.list").copied();
        product.world.minutes(1);
        let report = one.sync().await.unwrap();
        assert_eq!(report.stopped.len(), 1);
        assert_eq!(report.into_result().unwrap_err().kind(), ErrorKind::NeedsReauth);
        assert_eq!(product.world.google.requests().get("events.list").copied(), events, "nothing is read");
        assert_eq!(table(&one).await, before);
        assert_eq!(connection(&one, &PORTAL.to_string()).await.status, ConnectionStatus::Active);

        // It takes over in turn, and goes on from where it stood.
        let again = product.connect_as(&one, "calendar", ANA).await;
        assert_eq!((&again.id, &again.status), (&ana.id, &ConnectionStatus::Active));
        assert!(matches!(connection(&two, ANA).await.status, ConnectionStatus::NeedsReauth { .. }));
        sync_well(&product, &one).await;
        assert_eq!(table(&one).await, before);
    }
}

#[tokio::test]
async fn one_account_serves_several_sources_of_a_tenant() {
    let second = MANIFEST.replace(
        "  crm:\n",
        "  archive:\n    connector: google-calendar\n    calendars: { access: owner }\n    window: { past: 365d, future: 30d }\n  crm:\n",
    );
    for (store, policy) in stores().await.into_iter().zip([SharedAccounts::Share, SharedAccounts::Refuse]) {
        let mut product = product(store, policy).await;
        let share = |builder: acquaint::Builder| builder.shared_accounts("google-calendar", policy);
        product.restart(&second, share).await;
        let calendar = product.connect("calendar", ANA).await;
        let archive = product.connect("archive", ANA).await;
        product.connect("crm", ADMIN).await;
        assert_ne!((&calendar.id, &calendar.grant), (&archive.id, &archive.grant));
        product.sync_well().await;
        let (titles, grants) = (product.titles().await, product.grants().await.len());
        assert!(!titles.is_empty());

        let ended = product.tenant.disconnect(&calendar.id, Mirrored::Erase).await.unwrap();
        assert!(matches!(ended.revocation, Revocation::Shared), "{ended:?}");
        assert_eq!((revocations(&product), product.grants().await.len()), (0, grants - 1));
        product.sync_well().await;
        let left = product.titles().await;
        assert!(left.contains(&"Globex QBR".to_owned()), "the other source tells of it: {left:?}");
        let revocation = end(&product.tenant, &archive).await;
        assert!(matches!(revocation, Revocation::Done), "{revocation:?}");
    }
}
