//! Which scopes are asked for, and what happens when the manifest comes to need others.

use acquaint::google_calendar::{SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use acquaint::{ErrorKind, Finished, Manifest, NoticeKind};

use crate::product::{
    ADMIN, COMPANIES, CONTACTS, Product, asked, callback, failed, memory, parameter, stores,
};
use crate::support::{ANA, BEN, MANIFEST, PORTAL, counts, me, since, table};

const SETTINGS: &str = "https://www.googleapis.com/auth/calendar.settings.readonly";
const READONLY: &str = "https://www.googleapis.com/auth/calendar.readonly";

/// A manifest that looks for accounts by their domains alone.
fn domains() -> String {
    MANIFEST.replace("\nkeep:", "\n  strategies: [domain]\nkeep:")
}

/// With a `scopes` section in the calendars' source.
fn with_scopes(scopes: &str) -> String {
    MANIFEST.replace("    calendars:", &format!("    scopes: {scopes}\n    calendars:"))
}

#[tokio::test]
async fn only_what_the_manifest_reads_is_asked_for() {
    let product = Product::new().await;
    assert_eq!(asked(&product.begin("crm", ADMIN).await), [COMPANIES, CONTACTS, "oauth"]);
    let calendar = product.begin("calendar", ANA).await;
    assert_eq!(asked(&calendar), [SCOPE_CALENDAR_LIST, SCOPE_EVENTS]);
    assert_eq!(parameter(&calendar, "include_granted_scopes"), None, "a token reaches no further");
    let product = Product::over(memory(), &domains()).await;
    assert_eq!(asked(&product.begin("crm", ADMIN).await), [COMPANIES, "oauth"]);
}

#[tokio::test]
async fn what_the_manifest_has_no_use_for_is_not_read() {
    let product = Product::over(memory(), &domains()).await;
    product.connect_all().await;
    for _ in 0..3 {
        product.sync_well().await;
        product.world.minutes(2 * 60);
    }
    let requests = product.world.hubspot.requests();
    assert!(requests.keys().all(|endpoint| !endpoint.contains("contacts")), "{requests:?}");
    assert!(product.titles().await.contains(&"Globex QBR".to_owned()), "accounts are found by domain");
    let crm = product.connection(&PORTAL.to_string()).await;
    let access = product.tenant.access(&crm.id).await.unwrap();
    assert_eq!(access.needed, [COMPANIES, "oauth"]);
    assert_eq!((access.missing, access.unneeded, access.blocked), (vec![], vec![], vec![]));
}

#[tokio::test]
async fn a_manifest_that_comes_to_need_more_says_so_and_goes_on_once_it_is_granted() {
    for store in stores().await {
        let mut product = Product::over(store, &domains()).await;
        product.connect_all().await;
        product.sync_well().await;
        let crm = product.connection(&PORTAL.to_string()).await;

        product.restart(MANIFEST, |builder| builder).await;
        let access = product.tenant.access(&crm.id).await.unwrap();
        assert_eq!(access.needed, [COMPANIES, CONTACTS, "oauth"]);
        let blocked = vec!["contacts".into(), "associations".into()];
        assert_eq!((access.missing, access.blocked), (vec![CONTACTS.to_owned()], blocked.clone()));
        let before = counts(&product.world);
        let told = product.tenant.notices(0, 100).await.unwrap().len();
        let report = product.sync().await;
        let lanes = failed(&report);
        assert!(!lanes.is_empty());
        // The product is told, and the connection says it.
        let news = product.tenant.notices(0, 100).await.unwrap().split_off(told);
        let lacks = NoticeKind::ScopesMissing { scopes: vec![CONTACTS.to_owned()], streams: blocked.clone() };
        let [entry] = &news[..] else { panic!("{news:?}") };
        assert_eq!((&entry.notice.connection, &entry.notice.kind), (&Some(crm.id.clone()), &lacks));
        assert_eq!(product.connection(&PORTAL.to_string()).await.missing, [CONTACTS]);
        for lane in lanes {
            assert_eq!(lane.error.as_ref().unwrap().context("missing"), Some(CONTACTS));
            assert_eq!(lane.lane.connection, crm.id);
            assert!(blocked.contains(&lane.lane.stream), "{}", lane.lane);
        }
        assert!(report.pending.iter().any(|why| why.contains(CONTACTS)), "{:?}", report.pending);

        let begun = product.tenant.reconnect(&crm, &me(ADMIN)).account(ADMIN).begin_at(&callback()).await;
        let begun = begun.unwrap();
        assert_eq!(asked(&begun.url), [COMPANIES, CONTACTS, "oauth"], "HubSpot cannot add to a grant");
        let Finished::Connected(whole) = product.consent(&begun.url, ADMIN).await.unwrap() else { panic!() };
        assert_eq!((&whole.id, whole.created), (&crm.id, crm.created));
        assert!(whole.missing.is_empty());
        product.sync_well().await;
        let access = product.tenant.access(&crm.id).await.unwrap();
        assert_eq!((access.missing, access.unneeded, access.blocked), (vec![], vec![], vec![]));
        for lane in product.tenant.lanes().await.unwrap() {
            let expected = u64::from(["head", "upcoming", "trailing"].contains(&lane.id.lane.as_str()));
            if !["partitions", "archived"].contains(&lane.id.lane.as_str()) {
                assert_eq!(lane.progress.baselines, expected, "no second baseline: {}", lane.id);
            }
        }
        // Two syncs, two calendars each: what was read before is not read again.
        let sent = since(&product.world, &before);
        // And a look for what search shows late.
        assert_eq!((sent["events.list"], sent["search companies"]), (4, 3), "{sent:?}");
        product.restart(MANIFEST, |builder| builder).await;
        product.sync_well().await;
        let notices = product.tenant.notices(0, 100).await.unwrap();
        let told = notices.iter().filter(|entry| entry.notice.kind == lacks).count();
        assert_eq!(told, 1, "{notices:?}");
        let afresh = Product::read(memory()).await;
        assert_eq!(table(&product.tenant).await, table(&afresh.tenant).await);
    }
}

#[tokio::test]
async fn a_provider_that_can_add_to_a_grant_is_asked_for_the_rest_alone() {
    for store in stores().await {
        let mut product = Product::read(store).await;
        let ana = product.connection(ANA).await;
        product.restart(&with_scopes(&format!("{{ add: ['{SETTINGS}'] }}")), |builder| builder).await;
        let access = product.tenant.access(&ana.id).await.unwrap();
        assert_eq!(access.needed, [SCOPE_CALENDAR_LIST, SCOPE_EVENTS, SETTINGS]);
        assert_eq!((access.missing, access.blocked), (vec![SETTINGS.to_owned()], vec![]));
        product.sync_well().await;

        let begun = product.tenant.reconnect(&ana, &me(ANA)).begin_at(&callback()).await.unwrap();
        assert_eq!(asked(&begun.url), [SETTINGS]);
        assert_eq!(parameter(&begun.url, "include_granted_scopes").as_deref(), Some("true"));
        assert_eq!(parameter(&begun.url, "login_hint").as_deref(), Some(ANA));
        let before = counts(&product.world);
        let Finished::Connected(whole) = product.consent(&begun.url, ANA).await.unwrap() else { panic!() };
        assert_eq!(whole.scopes.as_deref().unwrap(), [SCOPE_CALENDAR_LIST, SCOPE_EVENTS, SETTINGS]);
        assert_eq!((&whole.id, whole.created), (&ana.id, ana.created));
        product.sync_well().await;
        assert_eq!(since(&product.world, &before)["events.list"], 2, "one increment of each calendar");
        // What was added to is the grant itself, not only its first token.
        product.world.google.oauth().expire_access_tokens();
        product.sync_well().await;
        let access = product.tenant.access(&ana.id).await.unwrap();
        assert_eq!((access.missing, access.unneeded), (vec![], vec![]));

        // Somebody who connects for the first time is asked for everything at once.
        let begun = product.begin("calendar", BEN).await;
        assert_eq!(asked(&begun), [SCOPE_CALENDAR_LIST, SCOPE_EVENTS, SETTINGS]);
    }
}

#[tokio::test]
async fn what_is_withheld_of_the_rest_takes_nothing_away() {
    let mut product = Product::read(memory()).await;
    let other = "https://www.googleapis.com/auth/calendar.freebusy";
    product.restart(&with_scopes(&format!("{{ add: ['{SETTINGS}', '{other}'] }}")), |builder| builder).await;
    let ana = product.connection(ANA).await;
    product.world.google.oauth().untick_scopes([SETTINGS]);
    let Finished::Narrowed { connection, missing, blocked } = product.reconnect(&ana, ANA).await else {
        panic!()
    };
    assert_eq!((missing, blocked), (vec![SETTINGS.to_owned()], vec![]));
    assert_eq!(connection.scopes.unwrap(), [SCOPE_CALENDAR_LIST, SCOPE_EVENTS, other]);
    product.sync_well().await;
    let begun =
        product.tenant.reconnect(&product.connection(ANA).await, &me(ANA)).begin_at(&callback()).await;
    assert_eq!(asked(&begun.unwrap().url), [SETTINGS]);
}

#[tokio::test]
async fn a_stopped_connection_is_asked_for_everything() {
    let mut product = Product::read(memory()).await;
    product.restart(&with_scopes(&format!("{{ add: ['{SETTINGS}'] }}")), |builder| builder).await;
    product.world.google.oauth().revoke_account(ANA);
    assert!(product.sync().await.into_result().is_err());
    let begun =
        product.tenant.reconnect(&product.connection(ANA).await, &me(ANA)).begin_at(&callback()).await;
    assert_eq!(asked(&begun.unwrap().url), [SCOPE_CALENDAR_LIST, SCOPE_EVENTS, SETTINGS]);
}

#[tokio::test]
async fn exactly_what_the_manifest_says_is_asked_for() {
    let manifest = with_scopes(&format!("{{ exactly: ['{READONLY}'] }}"));
    let product = Product::over(memory(), &manifest).await;
    assert_eq!(asked(&product.begin("calendar", ANA).await), [READONLY]);
    let connection = product.connect("calendar", ANA).await;
    // It contains what the reading needs.
    let access = product.tenant.access(&connection.id).await.unwrap();
    assert_eq!((access.needed, access.missing), (vec![READONLY.to_owned()], vec![]));
    assert_eq!((access.unneeded, access.blocked), (vec![], vec![]));
    assert!(failed(&product.sync().await).is_empty());
    assert!(!product.tenant.lanes().await.unwrap().is_empty());
}

#[tokio::test]
async fn asking_for_less_than_the_reading_needs_is_refused_before_anybody_is_asked() {
    let product = Product::new().await;
    let too_little = with_scopes(&format!("{{ exactly: ['{SCOPE_CALENDAR_LIST}'] }}"));
    let builder = product.world.builder().manifest(Manifest::parse(&too_little).unwrap());
    let error = builder.store(std::sync::Arc::clone(&product.store)).build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let said = error.to_string();
    assert!(
        said.contains("source `calendar`") && said.contains(&format!("(missing: {SCOPE_EVENTS})")),
        "{said}"
    );
}

#[tokio::test]
async fn what_was_granted_and_is_needed_no_more_is_reported() {
    let mut product = Product::read(memory()).await;
    let crm = product.connection(&PORTAL.to_string()).await;
    product.restart(&domains(), |builder| builder).await;
    let access = product.tenant.access(&crm.id).await.unwrap();
    assert_eq!((access.unneeded, access.missing), (vec![CONTACTS.to_owned()], vec![]));
    assert_eq!(access.granted.unwrap(), [COMPANIES, CONTACTS, "oauth"]);
    let before = counts(&product.world);
    product.sync_well().await;
    let sent = since(&product.world, &before);
    assert!(sent.keys().all(|endpoint| !endpoint.contains("contacts")), "{sent:?}");
    // The next authorisation asks for it no more.
    let begun = product.tenant.reconnect(&crm, &me(ADMIN)).begin_at(&callback()).await.unwrap();
    assert_eq!(asked(&begun.url), [COMPANIES, "oauth"]);
    let unknown = product.tenant("other").access(&crm.id).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
}
