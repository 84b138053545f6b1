//! Public values that a run does not hand to anybody by itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint::core::auth::{Carry, Fixed, GrantAuth, Signing};
use acquaint::core::connector::{Connector, Context, Proof, SourceSettings, Topic};
use acquaint::core::env::SystemEntropy;
use acquaint::core::http::{
    Anonymous, HttpClient, HttpTransport, QuotaKeeper, QuotaKeys, Request, ReqwestTransport, TransportError,
};
use acquaint::core::ids::TenantId;
use acquaint::core::keys::{DataKey, KeyProvider};
use acquaint::core::oauth::{
    Ask, Assertion, ClientCredentials, OAuth2, OAuth2Client, ParsedCallback, ServiceAccount,
    ServiceAccountKey, authorize, exchange, introspect, probe_grant, probe_page, probe_secrets, revoke,
};
use acquaint::core::seal::{Binding, Sealer};
use acquaint::core::secret::Secret;
use acquaint::core::store::{
    ClaimLanes, ClaimedLane, LaneId, RecordQuery, Release, Store, Subscription, TakenTicket,
};
use acquaint::core::token::TokenSet;
use acquaint::google_calendar::GoogleCalendar;
use acquaint::{Acquaint, Keys, ManifestFile, OAuthApp, Refreshed, SyncOptions, WorkOptions, Worked};
use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::own;
use crate::planted::{
    ANA, CALLBACK, CLIENT, DESK_PASSWORD, GOOGLE_SECRET, GOOGLE_SECRET_BEFORE, HUBSPOT_SECRET, KEY,
    METER_KEY, METER_WRONG, PORTAL, PUSH_SECRET, SHELF_KEY, SHELF_WRONG, WRONG_KEY, key_file, me,
};
use crate::scene::Scene;

/// The parts of which authorising is made, one by one.
pub(crate) async fn of_oauth(scene: &Scene) {
    let (shown, env) = (&scene.shown, scene.env());
    shown.value(&env);
    let at = |path: &str| scene.google_server.url().join(path).unwrap();
    let mut scheme = OAuth2::new(at("/o/oauth2/v2/auth"), at("/token"));
    scheme.revoke_url = Some(at("/revoke"));
    let app = OAuthApp::new(CLIENT, GOOGLE_SECRET_BEFORE).also(GOOGLE_SECRET);
    let client = OAuth2Client::new(scheme, app.clone());
    shown.value(&client);
    shown.value(&client.scheme.token);
    shown.value(&app);
    shown.value(&client.scheme);

    let callback: Url = CALLBACK.parse().unwrap();
    let scopes = ["openid".to_owned()];
    let ask = Ask::new(&scopes);
    shown.value(&ask);
    let begun = authorize(&client, &callback, ask, &SystemEntropy);
    shown.value(&begun);
    shown.value(&begun.state);
    let came_back = scene.follow(&begun.url);
    let parsed = ParsedCallback::parse(came_back.uri().query().unwrap());
    let ParsedCallback::Granted { code, .. } = shown.good(parsed) else { panic!("it was granted") };
    let tokens = exchange(&env, &client, &callback, &code, begun.verifier.as_ref()).await;
    let tokens = shown.good(tokens);
    let twice = exchange(&env, &client, &callback, &code, begun.verifier.as_ref()).await;
    shown.bad(twice);
    shown.good(revoke(&env, &client, &tokens.access).await);
    probe_secrets(&env, &client, &callback).await.iter().for_each(|probed| shown.value(probed));
    shown.value(&probe_page(&env, &client, &callback, &scopes).await);
    let auth = GrantAuth::OAuth2(client);
    shown.value(&auth);
    of_introspection(scene).await;
    shown.value(&probe_grant(&env, &auth, tokens.clone()).await);

    let mut set = TokenSet::new(SHELF_KEY, env.now());
    set.refresh = Some(METER_KEY.into());
    set.named = BTreeMap::from([("password".to_owned(), Secret::new(DESK_PASSWORD))]);
    set.extra = BTreeMap::from([("session".to_owned(), crate::planted::session(ANA))]);
    shown.value(&set);
    shown.value(&Signing::new(&set, Some(&app), &env));
    let header = Carry::Header { name: http::header::COOKIE, prefix: "Session ".into() };
    for carry in [Carry::Bearer, Carry::Basic, Carry::Query { name: "key".into() }, header] {
        shown.value(&Fixed::token("API key", carry.clone()));
        shown.value(&carry);
    }
    shown.value(&ClientCredentials::new(at("/token")));
    shown.value(&ServiceAccount::new(at("/token")));
    let robot = shown.good(ServiceAccountKey::from_json(&key_file()));
    let claims = Assertion::new("https://oauth2.googleapis.com/token").subject(ANA);
    shown.value(&claims);
    let assertion = shown.good(robot.assertion(&claims, env.now()).await);
    scene.heard.assertion(assertion.expose());
}

/// What a provider says of a token, which it repeats.
async fn of_introspection(scene: &Scene) {
    let (shown, env) = (&scene.shown, scene.env());
    let at = |path: &str| scene.hubspot_server.url().join(path).unwrap();
    let mut scheme = OAuth2::new(at("/oauth/authorize"), at("/oauth/2026-03/token"));
    scheme.introspect_url = Some(at("/oauth/2026-03/token/introspect"));
    let app = OAuthApp::new(CLIENT, HUBSPOT_SECRET);
    let token = scene.hubspot.access_token(PORTAL, &["oauth"]).unwrap();
    scene.heard.add("access token", &token);
    let client = OAuth2Client::new(scheme, app);
    let said = shown.good(introspect(&env, &client, &Secret::new(token)).await);
    assert!(said.active && said.fields.contains_key("hub_id"), "{said:?}");
    shown.good(introspect(&env, &client, &Secret::new(METER_WRONG)).await);
}

/// What connectors and stores are given.
pub(crate) async fn of_core(scene: &Scene, acquaint: &Acquaint, file: &str) {
    let (shown, env) = (&scene.shown, scene.env());
    let connector = own::connectors(&scene.own_server.url()).remove(2);
    shown.value(&connector);
    shown.value(&connector.info().http);
    shown.value(&connector.info().auth);
    let http = HttpClient::new(env.clone(), Arc::new(Anonymous), connector.info().http.clone());
    shown.value(&http);
    let mut url = scene.own_server.url();
    url.query_pairs_mut().append_pair("api_key", METER_WRONG);
    let header = http::HeaderValue::from_static(SHELF_KEY);
    let call = http.post(url.clone()).json(DESK_PASSWORD).header(http::header::COOKIE, header);
    shown.value(&call);
    shown.bad(call.send().await);
    shown.bad(
        http.get("https://elsewhere.example/".parse().unwrap()).query([("api_key", METER_KEY)]).send().await,
    );
    shown.value(http.stats());
    shown.value(&Context::new(http.clone(), env.clone(), SourceSettings::default().into()));
    shown.value(&ReqwestTransport::new().unwrap());

    // An authorisation under way, as it rests.
    let tenant = acquaint.tenant("acme");
    let begun = shown.good(tenant.connect("calendar", &me(ANA)).begin().await);
    let state = begun.url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    scene.heard.add("state", &state);
    let digest: String = Sha256::digest(&state).iter().map(|byte| format!("{byte:02x}")).collect();
    let store = scene.sqlite(file).await;
    let taken = shown.good(store.take_ticket(&digest, env.now()).await);
    let TakenTicket::Taken(ticket) = taken else { panic!("it is under way") };
    shown.value(&ticket);

    // Without any protection a wrapped key is the key.
    for keys in [Keys::new("k", KEY), Keys::plaintext()] {
        shown.value(&keys);
        let key = DataKey::new(WRONG_KEY);
        shown.value(&key);
        shown.value(&shown.good(keys.wrap(&"acme".into(), &key).await));
        shown.json(&shown.good(keys.current(&"acme".into()).await));
        let sealer = Sealer::new(Arc::new(keys), &env);
        shown.value(&sealer);
        let binding = Binding::new(&"acme".into(), "test", &["one"]);
        shown.value(&binding);
        let sealed = shown.good(sealer.seal(&binding, DESK_PASSWORD.as_bytes()).await);
        shown.bad(sealer.open(&Binding::new(&"other".into(), "test", &["one"]), &sealed).await.map(drop));
    }
}

/// What a product asks with, and what little else it gets.
pub(crate) async fn of_the_product(scene: &Scene, acquaint: &Acquaint) {
    let shown = &scene.shown;
    let tenant = acquaint.tenant("acme");
    shown.value(&acquaint.manifest());
    shown.value(&ManifestFile::at("meetings.yaml"));
    shown.value(&Refreshed::Unchanged);
    let registry = shown.good(acquaint::Registry::bundled());
    let text = "acquaint: 1\nname: incomplete\n";
    let problems = acquaint::Manifest::check(text, &registry).unwrap_err();
    shown.value(&problems.diagnosis("meetings.yaml", text));
    let told = http::Request::post("https://product.example/push/google-calendar")
        .header("x-goog-channel-id", "none")
        .header("x-goog-channel-token", PUSH_SECRET)
        .body(bytes::Bytes::from_static(PUSH_SECRET.as_bytes()))
        .unwrap();
    shown.value(acquaint.receive(told).await.body());
    shown.value(&acquaint.received());
    acquaint.manifest().sources().values().for_each(|source| shown.value(source));
    shown.value(&tenant.meetings());
    shown.value(&tenant.local("calendar"));
    shown.bad(tenant.set_slot("none", METER_WRONG).await);
    let seen = Arc::clone(shown);
    shown.value(&WorkOptions::new());
    shown.value(&Worked::default());
    let options = SyncOptions::new().on_progress(move |progress| seen.value(progress));
    shown.value(&options);
    let _ = shown.good(tenant.sync_with(&options).await);
    for connection in tenant.connections().await.unwrap() {
        shown.json(&connection.auth);
        shown.value(&QuotaKeys::new(connection.connector.clone(), CLIENT, connection.account));
        shown.good(tenant.quotas(&connection.id).await).iter().for_each(|left| shown.value(left));
        let records = tenant.records(&connection.id, "companies");
        shown.value(&records);
        shown.good(records.page(10).await).iter().for_each(|record| shown.value(record));
    }
    shown.value(&QuotaKeeper::new().share(0.5));
    for quota in &GoogleCalendar::default().info().http.quotas {
        shown.value(quota);
        shown.value(&quota.scope);
        shown.value(&quota.limit);
    }

    // An answer that repeats what it was sent, judged alone.
    let connector = own::connectors(&scene.own_server.url()).remove(0);
    let errors = &connector.info().http.errors;
    shown.value(errors);
    let answer = http::Response::builder().status(401);
    let body = format!(r#"{{"error":{{"code":"{SHELF_WRONG}"}}}}"#);
    let refusal = errors.judge(&answer.body(body.into()).unwrap());
    shown.value(&refusal);
    shown.error(&refusal.into_error(None));

    // Nobody answers there, and no such thing can be sent.
    let http = ReqwestTransport::from_client(crate::scene::client(false));
    for address in ["https://127.0.0.1:1/?api_key=", "ftp://127.0.0.1/?api_key="] {
        let mut request = Request::default();
        *request.uri_mut() = format!("{address}{METER_WRONG}").parse().unwrap();
        let error: TransportError = http.send(request).await.unwrap_err();
        shown.value(&error);
        shown.source(&error);
    }
}

/// What the store has of lanes and records.
pub(crate) async fn of_the_store(scene: &Scene, file: &str) {
    let (shown, store, tenant) = (&scene.shown, scene.sqlite(file).await, TenantId::from("acme"));
    for connection in store.connections(&tenant).await.unwrap() {
        shown.json(&connection);
    }
    let lanes = store.lanes(&tenant).await.unwrap();
    assert!(!lanes.is_empty());
    for lane in lanes {
        let LaneId { connection, stream, partition, .. } = &lane.id;
        let query = RecordQuery { tenant: &tenant, connection, stream, partition, after: None, limit: 100 };
        for record in store.scan(&query).await.unwrap() {
            shown.value(&record);
        }
    }
}

/// What the store has of a subscription: enough to know its secret again.
pub(crate) async fn of_a_subscription(scene: &Scene, file: &str) {
    let (shown, store, tenant) = (&scene.shown, scene.sqlite(file).await, TenantId::from("acme"));
    let (worker, now) = ("visitor".into(), scene.env().now());
    // By then every lane is due.
    let then = now + TimeDelta::days(400);
    let request = ClaimLanes {
        tenant: Some(&tenant),
        worker: &worker,
        now: then,
        due_by: then,
        lease: Duration::from_secs(60),
        limit: 1,
        each: usize::MAX,
    };
    let ClaimedLane { claim, state, .. } = store.claim_lanes(&request).await.unwrap().remove(0);
    let LaneId { connection, stream, partition, .. } = state.id;
    let topic = Topic { stream, partition };
    let proof = Proof::of(&Secret::new(PUSH_SECRET));
    let subscription = Subscription::new("s1", tenant.clone(), connection, topic, proof, now);
    store.put_subscription(&claim, &subscription).await.unwrap();
    let stored = shown.good(store.subscription("s1").await).unwrap();
    assert!(stored.proof.fits(PUSH_SECRET));
    shown.json(&stored);
    shown.json(&stored.status);
    shown.value(&stored.seen());
    scene.look_at_files("with a subscription");

    store.remove_subscription(&tenant, "s1").await.unwrap();
    let release = Release { due: state.due, not_before: state.not_before, hints_done: false };
    store.release_lane(&claim, &release).await.unwrap();
}
