//! Through the engine, from the person's consent to the first record.

use acquaint::ErrorKind;
use acquaint::core::error::Blame;
use acquaint::core::store::ConnectionStatus;

use crate::browser::{Browser, Person};
use crate::scene::{ANA, Client, Scene, finish, me, tenant};
use crate::wire::{TOKEN, field};

for_each_client![
    a_person_who_consents_is_connected,
    a_person_who_cancels_is_not_connected,
    a_callback_works_once,
    a_scope_that_was_not_granted_is_named,
    a_wrong_client_secret_is_the_operators_to_mend,
    a_request_that_the_provider_refuses_is_the_operators_to_mend,
    a_redirect_says_whose_it_is_and_another_providers_is_refused,
];

async fn a_person_who_consents_is_connected(scene: Scene) {
    let acquaint = scene.acquaint().await;
    scene.connect(&acquaint).await;
    let connection = tenant(&acquaint).connections().await.unwrap().remove(0);
    assert_eq!((connection.account.as_str(), connection.email.as_deref()), (ANA, Some(ANA)));
    assert_eq!(connection.status, ConnectionStatus::Active);

    let totals = tenant(&acquaint).sync().await.unwrap().into_result().unwrap();
    assert_eq!((totals.records, totals.changed), (1, 1));

    let exchanges = scene.wire.sent(TOKEN);
    assert_eq!(exchanges.len(), 1, "the token is new, so nothing is renewed");
    assert!(field(&exchanges[0], "code_verifier").is_some());
}

async fn a_person_who_cancels_is_not_connected(scene: Scene) {
    let acquaint = scene.acquaint().await;
    for person in [Person::CancelsAtLogin, Person::CancelsAtConsent] {
        let came_back = scene.visit(&acquaint, person).await;
        let error = finish(&acquaint, &came_back).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.blame()),
            (ErrorKind::Forbidden, Blame::Tenant),
            "{person:?}: {error}"
        );
        assert_eq!(error.context("reason"), Some("access_denied"));
    }
    assert_eq!(scene.wire.count(), 0);
    scene.assert_nothing_is_kept(&acquaint).await;
    // It is not held against them.
    scene.connect(&acquaint).await;
}

async fn a_callback_works_once(scene: Scene) {
    let acquaint = scene.acquaint().await;
    let came_back = scene.visit(&acquaint, Person::Consents).await;
    finish(&acquaint, &came_back).await.unwrap();
    let error = finish(&acquaint, &came_back).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    // A code that is sent twice costs the grant, so it matters that it was not.
    assert_eq!(scene.wire.sent(TOKEN).len(), 1);
    assert_eq!(tenant(&acquaint).sync().await.unwrap().into_result().unwrap().records, 1);
}

async fn a_scope_that_was_not_granted_is_named(scene: Scene) {
    // The provider has never heard of it and says nothing but what it granted instead.
    let acquaint = scene.acquaint_with(scene.client.app(), scene.scheme(), "calendar.read").await;
    let came_back = scene.visit(&acquaint, Person::Consents).await;
    let error = finish(&acquaint, &came_back).await.unwrap_err();
    assert_eq!((error.kind(), error.context("missing")), (ErrorKind::Forbidden, Some("calendar.read")));
    scene.assert_nothing_is_kept(&acquaint).await;
}

async fn a_wrong_client_secret_is_the_operators_to_mend(scene: Scene) {
    let acquaint = scene.acquaint_with(scene.client.wrong_app(), scene.scheme(), "email").await;
    let came_back = scene.visit(&acquaint, Person::Consents).await;
    let error = finish(&acquaint, &came_back).await.unwrap_err();
    assert_eq!((error.kind(), error.blame()), (ErrorKind::Misconfigured, Blame::Operator), "{error}");
    assert_eq!(error.context("code"), Some("invalid_client"));
    assert!(!format!("{error:?}").contains("planted"), "{error:?}");
    scene.assert_nothing_is_kept(&acquaint).await;
}

async fn a_request_that_the_provider_refuses_is_the_operators_to_mend(scene: Scene) {
    let mut without_pkce = scene.scheme();
    without_pkce.pkce = false;
    // A scope of the provider's that is not for this client.
    let beyond = scene.acquaint_with(scene.client.app(), scene.scheme(), "profile").await;
    let without_pkce = scene.acquaint_with(scene.client.app(), without_pkce, "email").await;
    for (acquaint, reason) in [(without_pkce, "invalid_request"), (beyond, "invalid_scope")] {
        let came_back = scene.visit(&acquaint, Person::Consents).await;
        let error = finish(&acquaint, &came_back).await.unwrap_err();
        assert_eq!((error.kind(), error.blame()), (ErrorKind::Misconfigured, Blame::Operator), "{error}");
        assert_eq!(error.context("reason"), Some(reason));
        scene.assert_nothing_is_kept(&acquaint).await;
    }
    assert_eq!(scene.wire.count(), 0);
}

async fn a_redirect_says_whose_it_is_and_another_providers_is_refused(scene: Scene) {
    // This provider names itself: https://www.rfc-editor.org/rfc/rfc9207.
    let name = scene.provider.at("/").as_str().trim_end_matches('/').to_owned();
    let mut scheme = scene.scheme();
    scheme.issuer = Some("https://another.example".into());
    let acquaint = scene.acquaint_with(scene.client.app(), scheme.clone(), "email").await;
    let came_back = scene.visit(&acquaint, Person::Consents).await;
    let error = finish(&acquaint, &came_back).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert_eq!(scene.wire.count(), 0, "its code goes nowhere");
    scene.assert_nothing_is_kept(&acquaint).await;

    scheme.issuer = Some(name.clone());
    scheme.callback_fields = vec!["iss".into()];
    let acquaint = scene.acquaint_with(scene.client.app(), scheme, "email").await;
    let key = scene.connect(&acquaint).await;
    let kept = scene.tokens().status(&key).await.unwrap().unwrap().extra;
    assert_eq!(kept.get("iss"), Some(&name));
}

/// An installed program takes whatever port is free; the provider has to allow that (RFC 8252 section 7.3).
#[tokio::test]
async fn an_installed_program_is_connected_on_a_port_of_the_machine() {
    let Some(scene) = Scene::start(Client::Public) else { return };
    let acquaint = scene.acquaint().await;
    let person = |url: &url::Url| {
        let url = url.clone();
        tokio::spawn(async move {
            let landed = Browser::new().visit(&url, ANA, Person::Consents).await;
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            // What answers nothing that was begun ends nothing.
            let mut forged = landed.clone();
            forged.set_query(Some("code=guessed&state=guessed"));
            client.get(forged).send().await.unwrap();
            client.get(landed).send().await.unwrap().text().await.unwrap()
        });
    };
    let connection = tenant(&acquaint).connect("people", &me()).on_loopback(person).await.unwrap();
    assert_eq!(connection.email.as_deref(), Some(ANA));
}
