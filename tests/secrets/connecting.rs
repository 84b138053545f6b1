//! All ways of connecting, and what may go wrong with each.

use std::sync::Arc;

use acquaint::core::error::Retry;
use acquaint::core::http::ReqwestTransport;
use acquaint::core::ids::ConnectorId;
use acquaint::core::oauth::ServiceAccountKey;
use acquaint::google_calendar::SCOPE_EVENTS;
use acquaint::hubspot::HubSpotConfig;
use acquaint::{Acquaint, Credential, ErrorKind, Initiator, Keys, OAuthApp, Tenant};
use acquaint_testkit::MemoryStore;
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::google::backend_error;
use acquaint_testkit::sandbox::oauth::{TEST_KEY, test_key_file};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::{Url, form_urlencoded};

use crate::own;
use crate::planted::{
    ANA, BEN, BLOT_KEY, CALLBACK, CLIENT, DESK_PASSWORD, DESK_WRONG, FOREIGN_SESSION, KEY, METER_KEY,
    METER_WRONG, OTHER_PORTAL, OWN_ACCOUNT_KEY, OWN_CLIENT, OWN_SECRET, PORTAL, PRIVATE_APP,
    PRIVATE_APP_WRONG, ROBOT, SHELF_KEY, SHELF_UNFIT, SHELF_WRONG, STAMP_KEY, WRONG_SECRET, me,
};
use crate::scene::{Scene, client};

pub(crate) async fn preflight(scene: &Scene, acquaint: &Acquaint) {
    let of_acme = acquaint::PreflightOptions::new().tenant("acme");
    scene.shown.value(&of_acme);
    for preflight in [acquaint.preflight().await, acquaint.preflight_with(&of_acme).await] {
        let preflight = scene.shown.good(preflight);
        scene.shown.display(&preflight);
        for check in &preflight.checks {
            scene.shown.value(check);
            scene.shown.value(&check.verdict);
            scene.shown.value(&check.what);
        }
        // The product's own address answers nobody here, and one of the two secrets is the former one.
        scene.shown.bad(preflight.into_result());
    }
    // A provider that only a stranger's certificate vouches for, called as a product calls it.
    let mut env = scene.env();
    env.http = Arc::new(ReqwestTransport::new().unwrap());
    let strict = scene.builder().store(MemoryStore::new()).keys(Keys::new("k", KEY)).env(env);
    let preflight = scene.shown.good(strict.build().await.unwrap().preflight().await);
    scene.shown.display(&preflight);
}

/// Through the browser, to Google and to HubSpot, as it should be and as it should not.
pub(crate) async fn with_consent(scene: &Scene, acquaint: &Acquaint) {
    let tenant = acquaint.tenant("acme");
    for way in scene.shown.good(tenant.connect("crm", &me(ANA)).ways().await) {
        scene.shown.value(&way);
    }
    let finish =
        async |request: &http::Request<()>, who: &Initiator| scene.finish(acquaint, request, who).await;

    let oauth = scene.google.oauth();
    oauth.deny_consent(true);
    let denied = scene.visit(&tenant, "calendar", ANA).await;
    assert_eq!(scene.shown.bad(finish(&denied, &me(ANA)).await).kind(), ErrorKind::Forbidden);
    oauth.deny_consent(false);
    oauth.untick_scopes([SCOPE_EVENTS]);
    let unticked = scene.visit(&tenant, "calendar", ANA).await;
    assert_eq!(scene.shown.bad(finish(&unticked, &me(ANA)).await).kind(), ErrorKind::Forbidden);
    oauth.untick_scopes(None::<String>);

    let foreign = scene.visit(&tenant, "calendar", ANA).await;
    let strangers = [me(BEN), Initiator::new(ANA, FOREIGN_SESSION)];
    strangers.iter().for_each(|stranger| scene.shown.value(stranger));
    for who in &strangers {
        assert_eq!(scene.shown.bad(finish(&foreign, who).await).kind(), ErrorKind::Invalid);
    }

    for source in ["calendar", "crm"] {
        // Codes of nobody's, and every part of the query spoilt.
        let good = scene.visit(&tenant, source, hint(source)).await;
        let mut fields: Vec<(String, String)> = query(&good);
        for (name, value) in &mut fields {
            if name == "code" {
                *value = format!("4/0wr0ng-{source}-c0de+of/nobody&=%");
                scene.heard.add("wrong code", value.as_bytes());
            }
        }
        let error = scene.shown.bad(finish(&callback(&fields), &me(ANA)).await);
        assert_eq!(error.kind(), ErrorKind::NeedsReauth, "{error}");
    }
    let good = scene.visit(&tenant, "calendar", ANA).await;
    let whole = query(&good);
    for left_out in ["code", "state"] {
        let part: Vec<_> = whole.iter().filter(|(name, _)| name != left_out).cloned().collect();
        assert_eq!(scene.shown.bad(finish(&callback(&part), &me(ANA)).await).kind(), ErrorKind::Invalid);
    }
    let twice = [whole.clone(), whole.clone()].concat();
    assert_eq!(scene.shown.bad(finish(&callback(&twice), &me(ANA)).await).kind(), ErrorKind::Invalid);
    // The provider puts what it was given where codes of errors stand.
    let state = whole.iter().find(|(name, _)| name == "state").unwrap().1.clone();
    let echoed = [("error".to_owned(), state.clone()), ("state".to_owned(), state)];
    scene.shown.bad(finish(&callback(&echoed), &me(ANA)).await);

    // An exchange whose answer is lost, one that cannot be read, and one whose account cannot be told.
    let lost = scene.visit(&tenant, "calendar", ANA).await;
    scene.google_server.lose_answer("/token");
    assert_eq!(scene.shown.bad(finish(&lost, &me(ANA)).await).kind(), ErrorKind::Unavailable);
    for body in
        [r#"{"access_token": "ya29.unfinished-business-of-a-token"#, r#"{"access_token": 7}"#, "<html>"]
    {
        let garbled = scene.visit(&tenant, "calendar", ANA).await;
        let mut answer = backend_error();
        *answer.status_mut() = http::StatusCode::OK;
        *answer.body_mut() = body.into();
        scene.google.inject(Fault::once("/token", answer).losing_the_reply());
        assert_eq!(scene.shown.bad(finish(&garbled, &me(ANA)).await).kind(), ErrorKind::Unavailable);
    }
    scene.heard.add("unreadable token", "ya29.unfinished-business-of-a-token");
    let unwell = scene.visit(&tenant, "calendar", ANA).await;
    scene.google.inject(Fault::once("/calendarList", backend_error()).times(9));
    assert_eq!(scene.shown.bad(finish(&unwell, &me(ANA)).await).kind(), ErrorKind::Unavailable);
    scene.google.inject(Fault::once("/nowhere", backend_error()));

    let connected = scene.connect(acquaint, "calendar", ANA).await;
    let again = scene.visit(&tenant, "calendar", ANA).await;
    scene.shown.good(finish(&again, &me(ANA)).await);
    assert_eq!(scene.shown.bad(finish(&again, &me(ANA)).await).kind(), ErrorKind::Invalid, "replayed");
    scene.connect(acquaint, "crm", &PORTAL.to_string()).await;
    let other = tenant.reconnect(&connected, &me(ANA)).account(BEN);
    scene.shown.value(&other);
    let other = scene.follow(&other.begin().await.unwrap().url);
    assert_eq!(scene.shown.bad(finish(&other, &me(ANA)).await).kind(), ErrorKind::Invalid, "another account");

    on_loopback(scene, &tenant).await;
    refused_client(scene).await;
}

fn hint(source: &str) -> &'static str {
    if source == "calendar" { ANA } else { "48120077" }
}

fn query(request: &http::Request<()>) -> Vec<(String, String)> {
    form_urlencoded::parse(request.uri().query().unwrap().as_bytes()).into_owned().collect()
}

fn callback(fields: &[(String, String)]) -> http::Request<()> {
    let mut url: Url = CALLBACK.parse().unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    http::Request::get(url.as_str()).body(()).unwrap()
}

/// A real browser would fetch this page; another one knocks first.
async fn on_loopback(scene: &Scene, tenant: &Tenant) {
    let (send, receive) = tokio::sync::oneshot::channel::<Url>();
    let connect =
        tenant.connect("calendar", &me(ANA)).account(ANA).on_loopback(|url| send.send(url.clone()).unwrap());
    let browse = async {
        let came_back = scene.follow(&receive.await.unwrap());
        let stray = came_back.uri().to_string().replace("state=", "state=stray-");
        scene.heard.fields(stray.split_once('?').unwrap().1.as_bytes());
        for url in [stray, came_back.uri().to_string()] {
            // The browser's own errors are not ours to show.
            let _ = client(false).get(url).send().await;
        }
    };
    let (connected, ()) = tokio::join!(connect, browse);
    scene.shown.good(connected);
}

/// A client that no provider knows, or whose secret is another's.
async fn refused_client(scene: &Scene) {
    for app in [OAuthApp::new(CLIENT, WRONG_SECRET), OAuthApp::new("nobody.apps.example", WRONG_SECRET)] {
        let builder =
            ["google-calendar", "hubspot"].into_iter().fold(scene.builder(), |builder, connector| {
                builder.app(ConnectorId::from(connector), app.clone()).tenant_app(
                    "acme",
                    connector,
                    app.clone(),
                )
            });
        scene.shown.value(&builder);
        let acquaint = builder.store(MemoryStore::new()).keys(Keys::new("k", KEY)).build().await.unwrap();
        let preflight = scene.shown.good(acquaint.preflight().await);
        scene.shown.display(&preflight);
        if app.client_id != CLIENT {
            continue;
        }
        let tenant = acquaint.tenant("acme");
        for source in ["calendar", "crm"] {
            let came_back = scene.visit(&tenant, source, hint(source)).await;
            let error = scene.shown.bad(scene.finish(&acquaint, &came_back, &me(ANA)).await);
            assert_eq!(error.kind(), ErrorKind::Misconfigured);
        }
    }
}

/// With what is handed over, and with keys.
pub(crate) async fn without_consent(scene: &Scene, acquaint: &Acquaint) {
    let tenant = acquaint.tenant("acme");
    let shown = &scene.shown;

    scene
        .hubspot
        .add_private_app_token(
            OTHER_PORTAL,
            PRIVATE_APP,
            &["crm.objects.companies.read", "crm.objects.contacts.read"],
        )
        .unwrap();
    for (token, kind) in [(PRIVATE_APP, None), (PRIVATE_APP_WRONG, Some(ErrorKind::NeedsReauth))] {
        hand_over(scene, &tenant, "crm", Credential::token(token), kind).await;
    }
    let unfit = Credential::token(PRIVATE_APP_WRONG).with("secret", WRONG_SECRET);
    hand_over(scene, &tenant, "crm", unfit, Some(ErrorKind::Invalid)).await;

    shown.good(tenant.connect("calendar", &me(BEN)).on_behalf_of(BEN).await);
    assert_eq!(
        shown.bad(tenant.connect("calendar", &me(ANA)).on_behalf_of(ANA).await).kind(),
        ErrorKind::Forbidden
    );
    shown.bad(tenant.connect("calendar", &me(ANA)).as_service_account().await);
    key_files(scene);

    let robot = |secret: &str| {
        Credential::default()
            .with("client_id", OWN_CLIENT)
            .with("client_secret", secret)
            .with("account_key", OWN_ACCOUNT_KEY)
    };
    let form = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic =
        |user: &str, password: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    scene.own.accept(basic(&form(OWN_CLIENT), &form(OWN_SECRET)));
    for (secret, kind) in [(OWN_SECRET, None), (WRONG_SECRET, Some(ErrorKind::NeedsReauth))] {
        shown.value(&robot(secret));
        let connected = tenant.connect("robot", &me(ANA)).with_client_credentials(robot(secret)).await;
        assert_eq!(shown.outcome_kind(connected), kind);
    }

    scene.own.accept(basic(ANA, DESK_PASSWORD));
    scene.own.accept(METER_KEY);
    scene.own.accept(format!("Token {SHELF_KEY}"));
    for path in ["/me", "/rows"] {
        let signature = own::signature(STAMP_KEY, path);
        scene.own.accept(signature);
    }
    let refused = Some(ErrorKind::NeedsReauth);
    for (source, credential, kind) in [
        ("desk", Credential::basic(ANA, DESK_PASSWORD), None),
        ("desk", Credential::basic(ANA, DESK_WRONG), refused),
        ("desk", Credential::token(DESK_PASSWORD), Some(ErrorKind::Invalid)),
        ("meter", Credential::token(METER_KEY), None),
        ("meter", Credential::token(METER_WRONG), refused),
        ("shelf", Credential::token(SHELF_KEY), None),
        ("shelf", Credential::token(SHELF_WRONG), refused),
        ("shelf", Credential::token(SHELF_UNFIT), Some(ErrorKind::Invalid)),
        ("stamp", Credential::token(STAMP_KEY), None),
        ("stamp", Credential::token(BLOT_KEY), refused),
        ("blot", Credential::token(BLOT_KEY), Some(ErrorKind::Malformed)),
    ] {
        hand_over(scene, &tenant, source, credential, kind).await;
    }
    // Ways that the connector does not offer.
    shown.bad(tenant.connect("desk", &me(ANA)).begin().await);
    shown.bad(tenant.connect("crm", &me(ANA)).on_behalf_of(ROBOT).await);
    shown.bad(HubSpotConfig::at(&"mailto:nobody@us.example".parse().unwrap()));
    assert_eq!(shown.bad(tenant.connect("nothing", &me(ANA)).begin().await).retry_verdict(), Retry::Never);
}

async fn hand_over(
    scene: &Scene,
    tenant: &Tenant,
    source: &str,
    credential: Credential,
    expected: Option<ErrorKind>,
) {
    scene.shown.value(&credential);
    let connected = tenant.connect(source, &me(ANA)).with_credential(credential).await;
    assert_eq!(scene.shown.outcome_kind(connected), expected, "{source}");
}

/// Key files that cannot be used, with the key in them.
fn key_files(scene: &Scene) {
    let whole = test_key_file(ROBOT, "1");
    let spoilt = [
        whole.replace("service_account", "authorized_user"),
        whole.replace("private_key\"", "public_key\""),
        whole.replace("client_email", "email"),
        whole.replace("-----END", "----END"),
        whole.replace("MII", "MI"),
        whole.replace(r"\n", r"\\n"),
        whole.replace("\": \"", "\": [\""),
        whole[..whole.len() / 2].to_owned(),
        TEST_KEY.to_owned(),
    ];
    for text in spoilt {
        scene.shown.bad(ServiceAccountKey::from_json(&text));
    }
    for lines in [TEST_KEY.replace('\n', ""), TEST_KEY.replace("PRIVATE", "ENCRYPTED PRIVATE")] {
        scene.shown.bad(acquaint::core::oauth::RsaKey::from_pem(&lines));
    }
    scene.shown.value(&acquaint::core::oauth::RsaKey::from_pem(TEST_KEY).unwrap());
    let path = scene.folder().join("key.json");
    scene.shown.bad(ServiceAccountKey::from_file(&path));
}
