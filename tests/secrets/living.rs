//! What follows once accounts are connected: reading, renewing, and every way in which that fails.

use acquaint::core::auth::{AuthScheme, Carry, GrantAuth};
use acquaint::core::http::{Authenticator, Request, Stamp};
use acquaint::core::store::Store;
use acquaint::core::token::TokenStore;
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig, SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use acquaint::{
    Acquaint, Audience, Connection, Connector, ErrorKind, Keys, Manifest, OAuthApp, Tenant, WhyQuery,
};
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::google::{backend_error, rate_limited};
use acquaint_testkit::sandbox::oauth::{Client, Delegated};
use serde_json::json;

use crate::own;
use crate::planted::{
    ANA, BEN, CALLBACK, CLIENT, GOOGLE_SECRET, GOOGLE_SECRET_BEFORE, HUBSPOT_SECRET, PORTAL, PRIVATE_APP,
    ROBOT_ID, WRONG_SECRET,
};
use crate::scene::{Scene, at, grant};

/// Everything is read, decided and explained.
pub(crate) async fn reads(scene: &Scene, acquaint: &Acquaint) {
    let (tenant, shown) = (acquaint.tenant("acme"), &scene.shown);
    scene.fill();
    shown.value(&tenant);
    works(scene, &tenant).await;
    let meetings = shown.good(tenant.meetings().all().await);
    assert!(!meetings.is_empty());
    for meeting in meetings {
        shown.json(&meeting);
        shown.json(&acquaint.manifest().judge(&meeting, at("2026-03-03T10:00:00Z")));
        let explanation = shown.good(tenant.explain(&meeting.id).await);
        shown.json(&explanation);
        shown.json(&explanation.outcome);
        explanation.clauses.iter().for_each(|clause| shown.json(clause));
        explanation.attendees.iter().for_each(|attendee| shown.json(attendee));
        Audience::ALL.iter().for_each(|audience| shown.display(&explanation.tell(*audience)));
    }
    revisions(scene, &acquaint.manifest(), &tenant).await;
    let near = WhyQuery::near(at("2026-03-03T10:00:00Z")).with_address("jane@globex.com");
    shown.value(&near);
    for explanation in shown.good(tenant.why(&near).await) {
        shown.json(&explanation);
    }
    for entry in shown.good(tenant.changes(0, 100).await) {
        shown.json(&entry);
        shown.json(&entry.change);
    }
    scene.look_at_files("after the first sync");
}

/// Tokens run out and are renewed, or are not.
pub(crate) async fn renews(scene: &Scene, acquaint: &Acquaint) {
    let tenant = acquaint.tenant("acme");
    let refreshes = || scene.hubspot.oauth().calls().refreshes + scene.google.oauth().calls().refreshes;
    // With rotation.
    for _ in 0..3 {
        let before = refreshes();
        scene.minutes(61);
        works(scene, &tenant).await;
        assert!(refreshes() >= before + 2, "both were renewed");
    }
    // Refused although they should live: the provider's doing.
    scene.google.oauth().expire_access_tokens();
    scene.hubspot.oauth().expire_access_tokens();
    works(scene, &tenant).await;

    // The provider is unwell, in each of its ways.
    for (fault, kind) in
        [(backend_error(), ErrorKind::Unavailable), (rate_limited(429), ErrorKind::RateLimited)]
    {
        scene.minutes(61);
        scene.google.inject(Fault::once("/token", fault));
        fails(scene, &tenant, kind).await;
    }
    let mut echo = backend_error();
    *echo.status_mut() = http::StatusCode::BAD_REQUEST;
    let body = json!({ "error": HUBSPOT_SECRET, "status": GOOGLE_SECRET_BEFORE, "message": WRONG_SECRET })
        .to_string();
    *echo.body_mut() = body.into();
    scene.minutes(61);
    scene.google.inject(Fault::once("/token", echo).times(2));
    fails(scene, &tenant, ErrorKind::Misconfigured).await;
    scene.minutes(61);
    scene.sync(&tenant).await;

    // Refused for the product's own sake.
    scene.minutes(61);
    scene.google.oauth().add_client(Client::new(CLIENT, WRONG_SECRET).redirect(CALLBACK).installed());
    fails(scene, &tenant, ErrorKind::Misconfigured).await;
    scene.google.oauth().add_client(Client::new(CLIENT, GOOGLE_SECRET).redirect(CALLBACK).installed());
    scene.google.oauth().undelegate(ROBOT_ID);
    scene.minutes(61);
    fails(scene, &tenant, ErrorKind::Forbidden).await;
    scene.google.oauth().delegate(
        ROBOT_ID,
        &[SCOPE_EVENTS, SCOPE_CALENDAR_LIST],
        Delegated::Accounts([BEN.to_owned()].into()),
    );
    scene.minutes(61);
    works(scene, &tenant).await;

    // A private app's token is taken back.
    assert!(scene.hubspot.revoke_private_app_token(PRIVATE_APP));
    fails(scene, &tenant, ErrorKind::NeedsReauth).await;

    // An answer is lost that had brought the next refresh token; the old one is a replay then.
    scene.minutes(61);
    scene.hubspot_server.lose_answer("/oauth/2026-03/token");
    fails(scene, &tenant, ErrorKind::Unavailable).await;
    scene.minutes(61);
    fails(scene, &tenant, ErrorKind::NeedsReauth).await;
    assert_eq!(scene.hubspot.oauth().calls().reuses, 1, "{:?}", scene.hubspot.requests());
    scene.connect(acquaint, "crm", &PORTAL.to_string()).await;

    // A grant is revoked.
    assert!(scene.google.oauth().revoke_account(ANA) > 0);
    fails(scene, &tenant, ErrorKind::NeedsReauth).await;
    scene.connect(acquaint, "calendar", ANA).await;
    scene.sync(&tenant).await;
    scene.look_at_files("after the renewals");
}

fn grant_auth(scheme: AuthScheme) -> Option<GrantAuth> {
    match scheme {
        AuthScheme::OAuth2(scheme) => Some(GrantAuth::new(scheme, OAuthApp::new(CLIENT, GOOGLE_SECRET))),
        AuthScheme::ClientCredentials(scheme) => Some(GrantAuth::ClientCredentials { scheme, app: None }),
        AuthScheme::Fixed(scheme) => Some(GrantAuth::Fixed { scheme, app: None }),
        _ => None,
    }
}

async fn works(scene: &Scene, tenant: &Tenant) {
    let error = scene.sync(tenant).await;
    assert!(error.is_none(), "{error:?}");
}

async fn fails(scene: &Scene, tenant: &Tenant, kind: ErrorKind) {
    let error = scene.sync(tenant).await.expect("something failed");
    assert_eq!(error.kind(), kind, "{error}");
}

/// Upkeep, with grants that can be renewed and one that cannot.
pub(crate) async fn kept_alive(scene: &Scene, acquaint: &Acquaint) {
    let shown = &scene.shown;
    scene.minutes(8 * 24 * 60);
    let upkeep = shown.good(acquaint.keep_grants_alive().await);
    assert!(upkeep.renewed >= 2, "{upkeep:?}");
    scene.google.oauth().revoke_account(ANA);
    scene.hubspot_server.down(true);
    scene.minutes(8 * 24 * 60);
    let upkeep = shown.good(acquaint.keep_grants_alive().await);
    assert!(upkeep.failed.len() >= 2, "{upkeep:?}");
    upkeep.failed.iter().for_each(|(_, _, error)| shown.error(error));
    scene.hubspot_server.down(false);
    scene.connect(acquaint, "calendar", ANA).await;
    scene.minutes(61);
}

/// The credentials of one database as the layer below the engine shows them.
pub(crate) async fn held(scene: &Scene, file: &str, keys: Keys, connections: &[Connection]) {
    let shown = &scene.shown;
    let tokens = scene.tokens(file, keys).await;
    shown.value(&tokens);
    let google = GoogleCalendar::new(GoogleCalendarConfig::at(&scene.google_server.url()));
    let mut connectors: Vec<Box<dyn Connector>> = vec![Box::new(google)];
    connectors.extend(own::connectors(&scene.own_server.url()).into_iter().map(|own| Box::new(own) as _));
    let mut carried = 0;
    for connection in connections {
        let key = grant(connection);
        shown.json(&key);
        let status = shown.good(tokens.status(&key).await).expect("it is there");
        shown.value(&status);
        shown.json(&status.state);
        shown.json(&status.expiry);
        let connector = connectors.iter().find(|connector| connector.info().id == connection.connector);
        let Some(scheme) = connector.and_then(|connector| connector.info().scheme(connection.auth)) else {
            continue;
        };
        shown.value(scheme);
        let Some(auth) = grant_auth(scheme.clone()) else { continue };
        shown.value(&auth);
        let access = shown.good(tokens.access(&key, &auth).await);
        shown.value(&access);
        shown.value(&access.secret);
        shown.value(&access.stamp);
        scene.heard.add("access token", access.secret.expose());
        let authenticator = tokens.authenticator(key.clone(), auth.clone());
        shown.value(&authenticator);
        let mut request = Request::default();
        *request.uri_mut() = "https://api.example/me".parse().unwrap();
        if shown.outcome(authenticator.authenticate(&mut request).await).is_some() {
            carried += 1;
        }
        // A key that a provider wants in the address is in it.
        if !matches!(scheme.carry(), Carry::Query { .. }) {
            shown.value(&request);
        }
        shown.outcome(authenticator.refused(Stamp(1)).await);
    }
    assert!(carried >= 6, "{carried}");

    let store = scene.sqlite(file).await;
    shown.value(&store);
    for key in store.list(acquaint::core::token::Scope::All, None, 100).await.unwrap() {
        let found = shown.good(store.load(&key).await).unwrap();
        shown.value(&found.value);
    }
    let tenant = "acme".into();
    shown.json(&shown.good(Store::tenant(&store, &tenant).await).unwrap());
    for row in store.meetings(&tenant, &acquaint::core::store::MeetingQuery::default()).await.unwrap() {
        shown.json(&row);
    }
}

/// What is in force is planned and applied again.
async fn revisions(scene: &Scene, manifest: &Manifest, tenant: &Tenant) {
    let shown = &scene.shown;
    let mut content = manifest.to_json().clone();
    content["keep"] = json!({ "title": "something else" });
    let other = Manifest::parse(&content.to_string()).unwrap();
    let differences = manifest.differences(&other);
    assert!(!differences.is_empty());
    differences.iter().for_each(|difference| shown.json(difference));
    let plan = shown.good(tenant.plan(&other).await);
    shown.json(&plan);
    shown.display(&plan);
    assert!(!plan.meetings.is_empty());
    plan.meetings.iter().for_each(|planned| shown.json(planned));
    let plan = shown.good(tenant.plan(manifest).await);
    let apply = tenant.apply(manifest).as_planned(&plan.hash);
    shown.value(&apply);
    shown.value(&shown.good(apply.run().await));
    shown.json(&shown.good(tenant.revision_in_force().await).unwrap());
    shown.good(tenant.revisions(10).await).iter().for_each(|revision| shown.json(revision));
}
