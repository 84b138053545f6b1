//! Looking whether everything is set up.

use std::sync::Arc;

use acquaint::core::env::Env;
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint::{
    Builder, ErrorKind, Manifest, OAuthApp, Preflight, PreflightOptions, ServiceAccountKey, Verdict, What,
    async_trait,
};
use acquaint_testkit::MemoryStore;
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::google::backend_error;
use acquaint_testkit::sandbox::oauth::{Client, TEST_KEY, test_key_file};

use crate::support::{CALLBACK, CLIENT, MANIFEST, SECRET, World};

/// Answers at the product's own address; everything else goes on.
#[derive(Debug)]
struct WithProduct(Arc<dyn HttpTransport>);

#[async_trait]
impl HttpTransport for WithProduct {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        match request.uri().host() {
            Some("product.example") => {
                Ok(http::Response::builder().status(404).body(bytes::Bytes::new()).unwrap())
            }
            Some("nobody.example") => Err(TransportError::Connect),
            _ => self.0.send(request).await,
        }
    }
}

fn builder(world: &World) -> Builder {
    let mut env: Env = world.env();
    env.http = Arc::new(WithProduct(Arc::clone(&world.http)));
    let builder = world.builder().env(env).manifest(Manifest::parse(MANIFEST).unwrap());
    builder.public_url("https://product.example").store(Arc::new(MemoryStore::new()))
}

async fn look(builder: Builder) -> Preflight {
    builder.build().await.unwrap().preflight().await.unwrap()
}

/// What is wrong, as connector and thing, with the advice.
fn wrong(preflight: &Preflight) -> Vec<(String, What, String)> {
    let one = |check: &acquaint::Check| match &check.verdict {
        Verdict::Wrong { fix, .. } => {
            let whose = check.connector.as_ref().map_or_else(String::new, ToString::to_string);
            Some((whose, check.what, fix.clone()))
        }
        _ => None,
    };
    preflight.checks.iter().filter_map(one).collect()
}

fn only(preflight: &Preflight, connector: &str, what: What, advice: &str) {
    let wrong = wrong(preflight);
    let [(whose, thing, fix)] = &wrong[..] else { panic!("{wrong:?}\n{preflight}") };
    assert_eq!((whose.as_str(), *thing), (connector, what), "{preflight}");
    assert!(fix.contains(advice), "{fix}");
}

#[tokio::test]
async fn a_good_set_up_is_fine_in_every_point() {
    let world = World::in_process();
    let preflight = look(builder(&world)).await;
    for check in &preflight.checks {
        assert!(matches!(check.verdict, Verdict::Fine), "{preflight}");
    }
    // Keys, address, and for each of two providers registration, id, secret, redirect and scopes.
    assert_eq!(preflight.checks.len(), 2 + 2 * 5, "{preflight}");
    assert!(preflight.to_string().contains("fine     google-calendar: redirect"), "{preflight}");
    preflight.into_result().unwrap();
    assert_eq!(world.google.oauth().accounts().len(), 2, "nobody was asked anything");
}

#[tokio::test]
async fn a_wrong_secret_is_named_and_the_other_one_too() {
    let world = World::in_process();
    let app = OAuthApp::new(CLIENT, "planted-wrong");
    only(
        &look(builder(&world).app("google-calendar", app)).await,
        "google-calendar",
        What::ClientSecret,
        "secret",
    );
    let app = OAuthApp::new(CLIENT, SECRET).also("planted-wrong");
    let preflight = look(builder(&world).app("hubspot", app)).await;
    only(&preflight, "hubspot", What::OtherSecret, "secret");
    let shown = format!("{preflight} {preflight:?}");
    assert!(!shown.contains("planted"), "{shown}");
    let error = preflight.into_result().unwrap_err();
    assert_eq!((error.kind(), error.context("connector")), (ErrorKind::Misconfigured, Some("hubspot")));
}

#[tokio::test]
async fn a_wrong_client_id_is_named() {
    let world = World::in_process();
    for connector in ["google-calendar", "hubspot"] {
        let preflight = look(builder(&world).app(connector, OAuthApp::new("unknown", SECRET))).await;
        let wrong = wrong(&preflight);
        assert!(wrong.iter().any(|(_, what, _)| *what == What::ClientId), "{preflight}");
        assert!(wrong.iter().all(|(whose, _, _)| whose == connector), "{preflight}");
    }
}

#[tokio::test]
async fn a_redirect_that_is_not_registered_is_named_with_the_one_to_register() {
    let world = World::in_process();
    let client = Client::new(CLIENT, SECRET).redirect("https://other.example/callback");
    world.google.oauth().add_client(client);
    only(&look(builder(&world)).await, "google-calendar", What::Redirect, CALLBACK);
}

#[tokio::test]
async fn scopes_that_the_app_may_not_ask_for_are_named() {
    let world = World::in_process();
    let client = Client::new(CLIENT, SECRET).redirect(CALLBACK).scope("openid");
    world.google.oauth().add_client(client);
    only(&look(builder(&world)).await, "google-calendar", What::Scopes, "calendar.events.readonly");
}

#[tokio::test]
async fn an_address_that_cannot_be_reached_or_is_not_safe_is_named() {
    let world = World::in_process();
    let preflight = look(builder(&world).public_url("https://nobody.example/")).await;
    assert!(wrong(&preflight).iter().any(|(_, what, _)| *what == What::PublicUrl), "{preflight}");
    let preflight = look(builder(&world).public_url("http://product.example/")).await;
    let insecure = wrong(&preflight);
    let insecure = insecure.iter().find(|(_, what, _)| *what == What::PublicUrl);
    assert!(insecure.is_some_and(|(_, _, fix)| fix.contains("https")), "{preflight}");
    for address in ["product.example", "ftp://product.example/", "https://product.example/?x=1"] {
        let error = builder(&world).public_url(address).build().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misconfigured, "{address}");
    }
}

#[tokio::test]
async fn what_is_not_registered_here_is_named() {
    let world = World::in_process();
    let bare = acquaint::Acquaint::builder()
        .manifest(
            Manifest::parse("{ acquaint: 1, name: a, sources: { c: { connector: google-calendar } } }")
                .unwrap(),
        )
        .store(Arc::new(MemoryStore::new()))
        .env(world.env());
    let preflight = look(bare).await;
    let wrong = wrong(&preflight);
    let whats: Vec<What> = wrong.iter().map(|(_, what, _)| *what).collect();
    assert_eq!(whats, [What::Keys, What::Registration], "{preflight}");
    assert!(wrong[0].2.contains(".keys(") && wrong[1].2.contains(".app("), "{wrong:?}");
}

#[tokio::test]
async fn a_provider_that_is_down_is_no_fault_of_the_set_up() {
    let world = World::in_process();
    world.google.inject(Fault::once("", backend_error()).times(50));
    let preflight = look(builder(&world)).await;
    assert_eq!(wrong(&preflight), [], "{preflight}");
    let unknown = preflight.checks.iter().filter(|check| matches!(check.verdict, Verdict::Unknown { .. }));
    assert!(unknown.count() >= 2, "{preflight}");
    preflight.into_result().unwrap();
}

#[tokio::test]
async fn a_service_account_is_tried_on_nobodys_behalf() {
    let world = World::in_process();
    let file = test_key_file("sync@product.iam.gserviceaccount.com", "42");
    let key = ServiceAccountKey::from_json(&file).unwrap();
    let with_account = || builder(&world).service_account("google-calendar", key.clone());
    only(&look(with_account()).await, "google-calendar", What::Account, "account's key");
    let oauth = world.google.oauth();
    oauth.add_service_account("sync@product.iam.gserviceaccount.com", "42", TEST_KEY).unwrap();
    look(with_account()).await.into_result().unwrap();
}

#[tokio::test]
async fn a_program_looks_with_the_redirect_that_it_will_use() {
    let world = World::in_process();
    let redirect: url::Url = "https://elsewhere.example/callback".parse().unwrap();
    let options = PreflightOptions::new().redirect("google-calendar", redirect.clone());
    let acquaint = builder(&world).build().await.unwrap();
    let preflight = acquaint.preflight_with(&options).await.unwrap();
    only(&preflight, "google-calendar", What::Redirect, redirect.as_str());
    world.google.oauth().add_client(Client::new(CLIENT, SECRET).redirect(redirect.as_str()));
    acquaint.preflight_with(&options).await.unwrap().into_result().unwrap();
}
