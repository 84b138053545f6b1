//! From a person's consent to a connection, and everything that may go wrong on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "connecting/log.rs"]
mod log;
mod support;

use std::sync::Arc;

use acquaint::core::error::Blame;
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint::core::store::ConnectionStatus;
use acquaint::core::token::{Scope, TokenStore};
use acquaint::google_calendar::SCOPE_EVENTS;
use acquaint::{
    Acquaint, Begun, Error, ErrorKind, Finished, Initiator, Keys, Manifest, OAuthApp, Sqlite, Tenant,
    async_trait,
};
use acquaint_testkit::MemoryStore;
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::google::backend_error;
use support::{ANA, BEN, CALLBACK, CLIENT, MANIFEST, SECRET, World, me};
use tokio::sync::Barrier;
use url::Url;

/// A product with a callback of its own.
struct Product {
    world: World,
    acquaint: Acquaint,
    tenant: Tenant,
    store: Arc<MemoryStore>,
}

impl Product {
    async fn new() -> Self {
        let world = World::with_tokens("planted-");
        let store = Arc::new(MemoryStore::new());
        let acquaint = world.builder().store(Arc::clone(&store)).build().await.unwrap();
        let tenant = acquaint.tenant("acme");
        Self { world, acquaint, tenant, store }
    }

    async fn begin(&self) -> Begun {
        self.tenant.connect("calendar", &me(ANA)).account(ANA).begin_at(&callback()).await.unwrap()
    }

    async fn finish(&self, request: &http::Request<()>, who: &Initiator) -> Result<(), Error> {
        self.acquaint.finish_connect(request, who).await.and_then(Finished::into_result).map(drop)
    }

    /// Nothing came of it: no connection, no credential.
    async fn assert_nothing_is_kept(&self) {
        assert_eq!(self.tenant.connections().await.unwrap(), []);
        assert_eq!(self.store.list(Scope::All, None, 10).await.unwrap(), []);
    }
}

fn callback() -> Url {
    CALLBACK.parse().unwrap()
}

/// A request to the product's callback with this query.
fn request(query: &str) -> http::Request<()> {
    http::Request::get(format!("{CALLBACK}?{query}")).body(()).unwrap()
}

#[tokio::test]
async fn an_authorisation_is_finished_once() {
    let product = Product::new().await;
    let begun = product.begin().await;
    let came_back = product.world.visit(&begun.url);
    product.finish(&came_back, &me(ANA)).await.unwrap();
    let connection = product.tenant.connections().await.unwrap().remove(0);
    assert_eq!((connection.email.as_deref(), &connection.status), (Some(ANA), &ConnectionStatus::Active));
    assert_eq!((connection.tenant.as_str(), connection.user.as_str()), ("acme", ANA));

    let calls = product.world.google.oauth().calls().token_calls();
    let error = product.finish(&came_back, &me(ANA)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("begin connecting again"), "{error}");
    assert_eq!(product.world.google.oauth().calls().token_calls(), calls, "the code was sent once");
    assert_eq!(product.tenant.connections().await.unwrap(), [connection]);
}

#[tokio::test]
async fn an_authorisation_runs_out() {
    let product = Product::new().await;
    let begun = product.begin().await;
    product.world.minutes(15);
    let came_back = product.world.visit(&begun.url);
    let error = product.finish(&came_back, &me(ANA)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(product.world.google.oauth().calls().token_calls(), 0);
    product.assert_nothing_is_kept().await;
}

#[tokio::test]
async fn an_authorisation_is_finished_only_by_the_user_and_session_that_began_it() {
    let session = format!("planted-session of {ANA}");
    let strangers = [me(BEN), Initiator::new(ANA, "another session"), Initiator::new(BEN, session)];
    for stranger in strangers {
        let product = Product::new().await;
        let begun = product.begin().await;
        let came_back = product.world.visit(&begun.url);
        let error = product.finish(&came_back, &stranger).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{stranger:?}");
        assert!(error.to_string().contains("another session"), "{error}");
        assert_eq!(product.world.google.oauth().calls().token_calls(), 0);
        product.assert_nothing_is_kept().await;
        // What a stranger has seen is burnt, also for who began it.
        assert_eq!(product.finish(&came_back, &me(ANA)).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn a_callback_that_nothing_led_to_is_refused() {
    let product = Product::new().await;
    let begun = product.begin().await;
    for query in
        ["code=4/0a&state=never-given-out", "error=access_denied&state=never-given-out", "code=4/0a", ""]
    {
        let error = product.finish(&request(query), &me(ANA)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{query}: {error}");
    }
    assert_eq!(product.world.google.oauth().calls().token_calls(), 0);
    // None of it harms the authorisation that is under way.
    product.finish(&product.world.visit(&begun.url), &me(ANA)).await.unwrap();
}

#[tokio::test]
async fn a_refusal_by_the_person_says_so() {
    let product = Product::new().await;
    product.world.google.oauth().deny_consent(true);
    let begun = product.begin().await;
    let came_back = product.world.visit(&begun.url);
    let error = product.finish(&came_back, &me(ANA)).await.unwrap_err();
    assert_eq!((error.kind(), error.blame()), (ErrorKind::Forbidden, Blame::Tenant));
    assert_eq!(error.context("reason"), Some("access_denied"));
    product.assert_nothing_is_kept().await;

    product.world.google.oauth().deny_consent(false);
    let begun = product.begin().await;
    product.finish(&product.world.visit(&begun.url), &me(ANA)).await.unwrap();
}

#[tokio::test]
async fn unticked_permissions_are_named_at_once() {
    let product = Product::new().await;
    product.world.google.oauth().untick_scopes([SCOPE_EVENTS]);
    let begun = product.begin().await;
    let error = product.finish(&product.world.visit(&begun.url), &me(ANA)).await.unwrap_err();
    assert_eq!((error.kind(), error.context("missing")), (ErrorKind::Forbidden, Some(SCOPE_EVENTS)));
    assert!(error.to_string().contains("leave all permissions ticked"), "{error}");
    product.assert_nothing_is_kept().await;
}

#[tokio::test]
async fn a_wrong_client_secret_is_the_operators_to_mend() {
    let product = Product::new().await;
    let store = Arc::new(MemoryStore::new());
    let builder =
        product.world.builder().app("google-calendar", OAuthApp::new(CLIENT, "planted-wrong-secret"));
    let acquaint = builder.store(Arc::clone(&store)).build().await.unwrap();
    let tenant = acquaint.tenant("acme");
    let begun = tenant.connect("calendar", &me(ANA)).begin_at(&callback()).await.unwrap();
    let error = acquaint
        .finish_connect(&product.world.visit(&begun.url), &me(ANA))
        .await
        .and_then(Finished::into_result)
        .unwrap_err();
    assert_eq!((error.kind(), error.blame()), (ErrorKind::Misconfigured, Blame::Operator));
    assert_eq!(error.context("code"), Some("invalid_client"));
    assert!(!format!("{error:?}").contains("planted"), "{error:?}");
}

#[tokio::test]
async fn an_account_that_cannot_be_told_leaves_no_credential_behind() {
    let product = Product::new().await;
    let mut gone = backend_error();
    *gone.status_mut() = http::StatusCode::FORBIDDEN;
    product.world.google.inject(Fault::once("/calendarList/primary", gone));
    let begun = product.begin().await;
    let error = product.finish(&product.world.visit(&begun.url), &me(ANA)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    product.assert_nothing_is_kept().await;
}

#[tokio::test]
async fn an_account_connected_again_keeps_its_connection_and_one_credential() {
    let product = Product::new().await;
    let mut kept = Vec::new();
    for _ in 0..2 {
        let begun = product.begin().await;
        product.finish(&product.world.visit(&begun.url), &me(ANA)).await.unwrap();
        let connection = product.tenant.connections().await.unwrap().remove(0);
        let grants = product.store.list(Scope::All, None, 10).await.unwrap();
        assert_eq!(
            grants.iter().map(|key| Some(&key.grant)).collect::<Vec<_>>(),
            [connection.grant.as_ref()]
        );
        kept.push((connection.id, connection.created));
    }
    assert_eq!(kept[0], kept[1]);
}

#[tokio::test]
async fn an_account_connected_twice_at_once_makes_one_connection() {
    let world = World::in_process();
    let mut env = world.env();
    env.http = Arc::new(Together { inner: Arc::clone(&world.http), both: Barrier::new(2) });
    let store = Sqlite::in_memory().await.unwrap();
    let acquaint = world.builder().env(env).store(store.clone()).build().await.unwrap();
    let tenant = acquaint.tenant("acme");
    let mut came_back = Vec::new();
    for _ in 0..2 {
        let begun = tenant.connect("calendar", &me(ANA)).account(ANA).begin_at(&callback()).await.unwrap();
        came_back.push(world.visit(&begun.url));
    }
    let who = me(ANA);
    let (first, second) = tokio::join!(
        acquaint.finish_connect(&came_back[0], &who),
        acquaint.finish_connect(&came_back[1], &who)
    );
    let connections = tenant.connections().await.unwrap();
    assert_eq!(connections.len(), 1, "{first:?} {second:?}");
    // Whichever came last, its credential is there, and no other.
    let grants = store.list(Scope::All, None, 10).await.unwrap();
    assert_eq!(grants.len(), 1, "{grants:?}");
    assert_eq!(connections[0].grant.as_ref(), Some(&grants[0].grant));
}

/// Lets two questions whose account it is be answered at the same time.
#[derive(Debug)]
struct Together {
    inner: Arc<dyn HttpTransport>,
    both: Barrier,
}

#[async_trait]
impl HttpTransport for Together {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.uri().path().ends_with("/calendarList/primary") {
            self.both.wait().await;
        }
        self.inner.send(request).await
    }
}

#[tokio::test]
async fn what_is_missing_for_connecting_is_named() {
    let world = World::in_process();
    let bare = || {
        Acquaint::builder()
            .manifest(Manifest::parse(&MANIFEST.replace("privacy:", "  x: title\nprivacy:")).unwrap())
            .store(Arc::new(MemoryStore::new()))
            .env(world.env())
    };
    let begin = async |acquaint: Acquaint, source: &str| {
        acquaint.tenant("acme").connect(source, &me(ANA)).begin_at(&callback()).await.unwrap_err()
    };
    let app = || OAuthApp::new(CLIENT, SECRET);

    let error = begin(bare().app("google-calendar", app()).build().await.unwrap(), "calendar").await;
    assert_eq!((error.kind(), error.blame()), (ErrorKind::Misconfigured, Blame::Operator));
    assert!(error.to_string().contains(".keys("), "{error}");

    let keys = Keys::new("test", [7; 32]);
    let error = begin(bare().keys(keys.clone()).build().await.unwrap(), "calendar").await;
    assert_eq!(
        (error.kind(), error.context("connector")),
        (ErrorKind::Misconfigured, Some("google-calendar"))
    );
    assert!(error.to_string().contains(".app("), "{error}");

    let error =
        begin(bare().keys(keys).app("google-calendar", app()).build().await.unwrap(), "calender").await;
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("calendar, crm"), "{error}");
}

#[tokio::test]
async fn no_secret_is_ever_shown() {
    let log = log::Log::install();
    let product = Product::new().await;
    let Product { world, acquaint, tenant, .. } = &product;
    let mut shown = vec![format!("{acquaint:?} {tenant:?} {:?}", me(ANA))];
    let mut secrets = vec!["planted".to_owned(), "0707070707".to_owned(), "7, 7, 7, 7".to_owned()];
    let show = |error: Error| format!("{error} {error:?}");

    // All the ways in which it can go, one after the other.
    for way in ["denied", "unticked", "stranger", "twice", "wrong", "lost", "unwell", "well"] {
        let oauth = world.google.oauth();
        oauth.deny_consent(way == "denied");
        oauth.untick_scopes((way == "unticked").then_some(SCOPE_EVENTS));
        let connect = tenant.connect("calendar", &me(ANA)).account(ANA);
        let begun = connect.begin_at(&callback()).await.unwrap();
        for name in ["state", "code_challenge"] {
            let pair = begun.url.query_pairs().find(|(key, _)| key == name).unwrap();
            secrets.push(pair.1.into_owned());
        }
        shown.push(format!("{connect:?} {begun:?}"));
        let mut came_back = world.visit(&begun.url);
        let query = came_back.uri().query().unwrap();
        secrets.extend(query.split('&').filter_map(|pair| pair.strip_prefix("code=")).map(str::to_owned));
        match way {
            "wrong" => came_back = request(&query.replace("planted", "planted-wrong")),
            "lost" => world.google.inject(Fault::once("/token", backend_error()).losing_the_reply()),
            "unwell" => world.google.inject(Fault::once("/calendarList", backend_error()).times(9)),
            _ => {}
        }
        let who = if way == "stranger" { me(BEN) } else { me(ANA) };
        let outcome = tokio::select! {
            outcome = acquaint.finish_connect(&came_back, &who) => outcome.and_then(Finished::into_result),
            () = time_flies(world) => unreachable!("time does not end"),
        };
        assert_eq!(outcome.is_ok(), matches!(way, "twice" | "well"), "{way}: {outcome:?}");
        shown.push(outcome.map_or_else(show, |connection| format!("{connection:?}")));
        if way == "twice" {
            shown.push(show(
                acquaint.finish_connect(&came_back, &who).await.and_then(Finished::into_result).unwrap_err(),
            ));
        }
    }
    // And of what follows.
    world.google.oauth().revoke_account(ANA);
    let report = tenant.sync().await.unwrap();
    shown.push(format!("{report:?}"));
    shown.push(show(report.into_result().unwrap_err()));
    shown.push(format!("{:?} {:?}", tenant.connections().await.unwrap(), tenant.lanes().await.unwrap()));

    let log = log.lines();
    assert!(log.iter().any(|line| line.contains("a lane failed")), "the log is recorded: {log:?}");
    for text in shown.iter().chain(&log) {
        for secret in &secrets {
            assert!(!text.contains(secret), "`{secret}` is shown: {text}");
        }
    }
}

/// Lets time pass for who waits before trying again.
async fn time_flies(world: &World) {
    loop {
        tokio::task::yield_now().await;
        world.clock.advance_to_next_wake();
    }
}
