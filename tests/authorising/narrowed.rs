//! A person grants less than was asked for: what can be read is read.

use acquaint::core::ids::StreamName;
use acquaint::core::store::ConnectionStatus;
use acquaint::{Connection, ErrorKind, Finished, NoticeKind, Outcome, SyncReport, Tenant, WhyQuery};

use crate::product::{ADMIN, COMPANIES, CONTACTS, Product, asked, callback, failed};
use crate::support::{ANA, BEN, PORTAL, at, counts, me, since, table};

/// What is read with the scope of contacts.
const BLOCKED: [&str; 2] = ["contacts", "associations"];

/// Calendars are connected, and the CRM without contacts.
async fn narrowed() -> (Product, Connection) {
    let product = Product::new().await;
    product.connect("calendar", ANA).await;
    product.connect("calendar", BEN).await;
    product.world.hubspot.oauth().untick_scopes([CONTACTS]);
    let finished = product.consent(&product.begin("crm", ADMIN).await, ADMIN).await.unwrap();
    product.world.hubspot.oauth().untick_scopes([""; 0]);
    let Finished::Narrowed { connection, missing, blocked } = finished.clone() else {
        panic!("{finished:?}")
    };
    assert_eq!(missing, [CONTACTS]);
    assert_eq!(blocked, BLOCKED.map(StreamName::from));
    assert_eq!(finished.into_result().unwrap(), connection, "it is connected");
    (product, connection)
}

/// The streams that were not read, for lack of one scope.
fn blocked(report: &SyncReport) -> Vec<String> {
    let mut streams = Vec::new();
    for lane in failed(report) {
        let error = lane.error.as_ref().unwrap();
        assert_eq!((error.kind(), error.context("missing")), (ErrorKind::Forbidden, Some(CONTACTS)));
        assert!(error.to_string().contains("reconnect"), "{error}");
        streams.push(lane.lane.stream.to_string());
    }
    streams.sort();
    streams.dedup();
    streams.reverse();
    streams
}

async fn baselines(tenant: &Tenant, stream: &str) -> Option<u64> {
    let lanes = tenant.lanes().await.unwrap();
    let head =
        |id: &acquaint::core::store::LaneId| id.stream.as_str() == stream && id.lane.as_str() == "head";
    lanes.into_iter().find(|lane| head(&lane.id)).map(|lane| lane.progress.baselines)
}

#[tokio::test]
async fn the_rest_is_read_and_what_is_not_is_named_everywhere() {
    let (product, connection) = narrowed().await;
    let missing = NoticeKind::ScopesMissing {
        scopes: vec![CONTACTS.to_owned()],
        streams: BLOCKED.map(StreamName::from).to_vec(),
    };
    let own: Vec<NoticeKind> = product
        .notices()
        .await
        .into_iter()
        .filter(|(id, _)| *id == connection.id)
        .map(|(_, kind)| kind)
        .collect();
    assert_eq!(own, [NoticeKind::Connected, missing]);
    let access = product.tenant.access(&connection.id).await.unwrap();
    assert_eq!(
        (access.missing, access.blocked),
        (vec![CONTACTS.to_owned()], BLOCKED.map(StreamName::from).to_vec())
    );

    for _ in 0..3 {
        let report = product.sync().await;
        assert_eq!(blocked(&report), BLOCKED);
        assert!(report.stopped.is_empty());
        assert_eq!(report.pending.len(), 2, "{:?}", report.pending);
        assert!(report.pending.iter().all(|pending| pending.contains(CONTACTS)), "{:?}", report.pending);
        let error = report.into_result().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        let lane = error.context("lane").unwrap();
        assert!(BLOCKED.iter().any(|stream| lane.contains(stream)), "{error}");
    }
    assert_eq!(baselines(&product.tenant, "companies").await, Some(1));
    assert_eq!(baselines(&product.tenant, "contacts").await, Some(0));
    let requests = product.world.hubspot.requests();
    assert!(requests.contains_key("list companies"), "{requests:?}");
    assert!(requests.keys().all(|endpoint| !endpoint.contains("contacts")), "{requests:?}");
    assert_eq!(product.notices().await.len(), 4, "nobody is told twice");
    assert_eq!(product.connection(&PORTAL.to_string()).await.status, ConnectionStatus::Active);

    // A decision would be made against half a CRM; whoever misses the meeting learns what it waits for.
    let why = product.tenant.why(&WhyQuery::near(at("2026-03-03T10:00:00Z"))).await.unwrap();
    let because = why.iter().find_map(|one| match &one.outcome {
        Outcome::Pending { because } => Some(because.join(" ")),
        _ => None,
    });
    assert!(because.as_ref().is_some_and(|because| because.contains(CONTACTS)), "{why:?}");
}

#[tokio::test]
async fn who_grants_the_rest_later_goes_on_from_what_was_read() {
    let (product, connection) = narrowed().await;
    let _ = product.sync().await;
    let again = product.tenant.reconnect(&connection, &me(ADMIN));
    let begun = again.begin_at(&callback()).await.unwrap();
    // HubSpot cannot add to a grant: everything is asked for anew.
    assert_eq!(asked(&begun.url), [COMPANIES, CONTACTS, "oauth"]);
    let before = counts(&product.world);
    let Finished::Connected(whole) = product.consent(&begun.url, ADMIN).await.unwrap() else { panic!() };
    assert_eq!((&whole.id, whole.created), (&connection.id, connection.created));
    product.sync_well().await;
    let sent = since(&product.world, &before);
    // Both kinds are listed once for the archived ones, and contacts once for all others. What has changed is searched
    // twice: once for what is shown late.
    let lists = ["list companies", "list contacts", "search companies"].map(|endpoint| sent[endpoint]);
    assert_eq!(lists, [1, 2, 2], "{sent:?}");
    assert_eq!(baselines(&product.tenant, "companies").await, Some(1));
    let notices = product.notices().await;
    assert_eq!(notices.last(), Some(&(connection.id, NoticeKind::Connected)));

    let afresh = Product::read(crate::product::memory()).await;
    assert_eq!(table(&product.tenant).await, table(&afresh.tenant).await);
}

#[tokio::test]
async fn who_grants_less_the_second_time_is_read_no_further() {
    let product = Product::read(crate::product::memory()).await;
    let crm = product.connection(&PORTAL.to_string()).await;
    product.world.hubspot.oauth().untick_scopes([CONTACTS]);
    let finished = product.reconnect(&crm, ADMIN).await;
    assert!(matches!(finished, Finished::Narrowed { .. }), "{finished:?}");
    let before = counts(&product.world);
    let (meetings, report) = (table(&product.tenant).await, product.sync().await);
    assert_eq!(blocked(&report), BLOCKED);
    let sent = since(&product.world, &before);
    assert!(sent.keys().all(|endpoint| !endpoint.contains("contacts")), "{sent:?}");
    assert!(sent.contains_key("search companies"), "{sent:?}");
    // What was read stands.
    assert_eq!((table(&product.tenant).await, report.pending), (meetings, vec![]));
}

#[tokio::test]
async fn a_calendar_that_may_not_be_read_is_named_to_who_misses_a_meeting() {
    use acquaint::core::store::{Put, PutConnection};
    use acquaint::google_calendar::{SCOPE_CALENDAR_LIST, SCOPE_EVENTS};

    // The state after a release that reads with one scope more than the one that connected.
    let read = Product::read(crate::product::memory()).await;
    let unread = Product::new().await;
    unread.connect_all().await;
    for product in [&read, &unread] {
        let mut connection = product.connection(ANA).await;
        connection.scopes = Some(vec![SCOPE_CALENDAR_LIST.to_owned()]);
        let put = product.store.put_connection(&PutConnection::new(&connection)).await.unwrap();
        assert!(matches!(put, Put::Stored(_)));
        let report = product.sync().await;
        assert!(!failed(&report).is_empty());
        for lane in failed(&report) {
            assert_eq!(lane.lane.connection, connection.id);
            assert_eq!(lane.error.as_ref().unwrap().context("missing"), Some(SCOPE_EVENTS));
        }
        let missed = WhyQuery::near(at("2026-03-20T10:00:00Z")).on_calendar(ANA);
        let why = product.tenant.why(&missed).await.unwrap();
        assert!(why.iter().any(|one| one.sentence.contains(SCOPE_EVENTS)), "{why:?}");
    }
}
