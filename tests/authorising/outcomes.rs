//! How an authorisation ends, and what is kept of it.

use acquaint::core::error::Blame;
use acquaint::core::store::ConnectionStatus;
use acquaint::google_calendar::{SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use acquaint::{Error, ErrorKind, Finished, Initiator, NoticeKind, SharedAccounts};
use url::Url;

use crate::product::{
    COMPANIES, CONTACTS, Product, assert_refused, begin, callback, memory, parameter, request,
};
use crate::support::{ANA, BEN, MANIFEST, me};

/// The redirect with which a provider refuses.
fn refusal(begun: &Url, code: &str) -> http::Request<()> {
    request(&format!("error={code}&error_description=words&state={}", parameter(begun, "state").unwrap()))
}

#[tokio::test]
async fn consent_makes_a_connection() {
    let product = Product::new().await;
    let connection = product.connect("calendar", ANA).await;
    assert_eq!((connection.email.as_deref(), connection.account.as_str()), (Some(ANA), ANA));
    assert_eq!((connection.user.as_str(), connection.source.as_str()), (ANA, "calendar"));
    assert_eq!(connection.status, ConnectionStatus::Active);
    let granted = connection.scopes.as_deref().unwrap();
    assert_eq!(granted, [SCOPE_CALENDAR_LIST, SCOPE_EVENTS]);
    assert_eq!(product.tenant.connections().await.unwrap(), std::slice::from_ref(&connection));
    assert_eq!(product.grants().await.len(), 1);
    assert_eq!(product.notices().await, [(connection.id, NoticeKind::Connected)]);
}

#[tokio::test]
async fn scopes_without_which_nothing_can_be_read_are_asked_for_again() {
    let product = Product::new().await;
    for (source, account, unticked) in
        [("calendar", ANA, vec![SCOPE_EVENTS]), ("crm", ANA, vec![COMPANIES, CONTACTS])]
    {
        product.world.google.oauth().untick_scopes(unticked.clone());
        product.world.hubspot.oauth().untick_scopes(unticked.clone());
        let finished = product.consent(&product.begin(source, account).await, account).await.unwrap();
        let missing: Vec<String> = unticked.iter().map(|scope| (*scope).to_owned()).collect();
        assert_eq!(finished, Finished::Unticked { missing });
        assert_refused(finished, ErrorKind::Forbidden, Blame::Tenant, &unticked.join(" "));
        product.assert_nothing_is_kept().await;
    }
}

#[tokio::test]
async fn a_person_may_refuse() {
    let product = Product::new().await;
    product.world.google.oauth().deny_consent(true);
    let finished = product.consent(&product.begin("calendar", ANA).await, ANA).await.unwrap();
    assert_eq!(finished, Finished::Denied { code: "access_denied".to_owned() });
    assert_refused(finished, ErrorKind::Forbidden, Blame::Tenant, "access_denied");
    assert_eq!(product.world.google.oauth().calls().token_calls(), 0);
    product.assert_nothing_is_kept().await;
}

#[tokio::test]
async fn what_an_administrator_blocks_is_not_the_persons_refusal() {
    let product = Product::new().await;
    for code in ["admin_policy_enforced", "org_internal"] {
        let begun = product.begin("calendar", ANA).await;
        let finished = product.finish(&refusal(&begun, code), ANA).await.unwrap();
        assert_eq!(finished, Finished::AdminBlocked { code: code.to_owned() });
        assert_refused(finished, ErrorKind::Forbidden, Blame::Tenant, "ask the administrator");
        product.assert_nothing_is_kept().await;
    }
    // Of a provider that has no such code it is a refusal like any other.
    let begun = product.begin("crm", ANA).await;
    let finished = product.finish(&refusal(&begun, "admin_policy_enforced"), ANA).await.unwrap();
    assert_eq!(finished, Finished::Denied { code: "admin_policy_enforced".to_owned() });
}

#[tokio::test]
async fn a_wrong_request_is_the_operators_and_an_unwell_provider_nobodys() {
    let product = Product::new().await;
    for (code, kind, blame) in [
        ("invalid_scope", ErrorKind::Misconfigured, Blame::Operator),
        ("invalid_request", ErrorKind::Misconfigured, Blame::Operator),
        ("unauthorized_client", ErrorKind::Misconfigured, Blame::Operator),
        ("unsupported_response_type", ErrorKind::Misconfigured, Blame::Operator),
        ("server_error", ErrorKind::Unavailable, Blame::Provider),
        ("temporarily_unavailable", ErrorKind::Unavailable, Blame::Provider),
    ] {
        let begun = product.begin("calendar", ANA).await;
        let error = product.finish(&refusal(&begun, code), ANA).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.blame(), error.context("reason")),
            (kind, blame, Some(code)),
            "{error}"
        );
        assert!(error.advice().is_some(), "{error}");
        product.assert_nothing_is_kept().await;
        // It has ended with that.
        let finished = product.finish(&refusal(&begun, code), ANA).await.unwrap();
        assert_eq!(finished, Finished::Replayed);
    }
}

#[tokio::test]
async fn another_account_does_not_take_a_connections_place() {
    let product = Product::new().await;
    let connection = product.connect("calendar", ANA).await;
    let (grants, notices) = (product.grants().await, product.notices().await);
    let again = product.tenant.reconnect(&connection, &me(ANA)).account(BEN);
    let begun = again.begin_at(&callback()).await.unwrap();
    let finished = product.consent(&begun.url, ANA).await.unwrap();
    let expected = connection.label.clone();
    assert!(!expected.is_empty());
    assert_eq!(finished, Finished::OtherAccount { expected, got: BEN.to_owned() });
    assert_refused(finished, ErrorKind::Invalid, Blame::Caller, "choose the connected account");
    assert_eq!(product.tenant.connections().await.unwrap(), [connection]);
    assert_eq!((product.grants().await, product.notices().await), (grants, notices));
    let _ = product.sync().await.into_result().unwrap();
}

#[tokio::test]
async fn an_account_that_may_be_connected_once_is_taken() {
    let once =
        |builder: acquaint::Builder| builder.shared_accounts("google-calendar", SharedAccounts::Refuse);
    let product = Product::of(memory(), MANIFEST, once).await;
    product.connect("calendar", ANA).await;
    let other = product.tenant("other");
    let finished = product.consent(&begin(&other, "calendar", ANA).await, ANA).await.unwrap();
    assert_eq!(finished, Finished::Taken);
    assert_refused(finished, ErrorKind::Conflict, Blame::Caller, "disconnect it there first");
    assert_eq!((other.connections().await.unwrap(), other.notices(0, 10).await.unwrap()), (vec![], vec![]));
    assert_eq!(product.grants().await.len(), 1);
}

#[tokio::test]
async fn a_callback_that_was_handled_says_so_and_changes_nothing() {
    let product = Product::new().await;
    let begun = product.begin("calendar", ANA).await;
    let came_back = product.world.visit(&begun);
    assert!(matches!(product.finish(&came_back, ANA).await.unwrap(), Finished::Connected(_)));
    let before = (product.tenant.connections().await.unwrap(), product.grants().await);
    let finished = product.finish(&came_back, ANA).await.unwrap();
    assert_eq!(finished, Finished::Replayed);
    assert_refused(finished, ErrorKind::Invalid, Blame::Caller, "look at the connections");
    assert_eq!((product.tenant.connections().await.unwrap(), product.grants().await), before);
    assert_eq!(product.notices().await.len(), 1);
    assert_eq!(product.world.google.oauth().calls().token_calls(), 1, "the code is sent once");
}

#[tokio::test]
async fn what_is_not_under_way_cannot_be_finished() {
    let product = Product::new().await;
    let expired = product.begin("calendar", ANA).await;
    let came_back = product.world.visit(&expired);
    product.world.minutes(15);
    for request in [
        came_back,
        request("code=4/0a&state=never-given-out"),
        request("error=access_denied&state=never-given-out"),
        request("error=access_denied"),
    ] {
        let finished = product.finish(&request, ANA).await.unwrap();
        assert_eq!(finished, Finished::NotUnderWay, "{request:?}");
        assert_refused(finished, ErrorKind::Invalid, Blame::Caller, "begin connecting again");
    }
    // What is no answer at all is no outcome.
    let ends = |result: Result<Finished, Error>| result.unwrap_err().kind();
    for query in ["", "code=4/0a", "state=never-given-out", "code=a&code=b&state=c"] {
        assert_eq!(ends(product.finish(&request(query), ANA).await), ErrorKind::Invalid, "{query}");
    }
    assert_eq!(product.world.google.oauth().calls().token_calls(), 0);
    product.assert_nothing_is_kept().await;
}

#[tokio::test]
async fn another_session_ends_an_authorisation_for_both() {
    let product = Product::new().await;
    for stranger in [me(BEN), Initiator::new(ANA, "another session")] {
        for refused in [false, true] {
            let begun = product.begin("calendar", ANA).await;
            let came_back =
                if refused { refusal(&begun, "access_denied") } else { product.world.visit(&begun) };
            let finished = product.acquaint.finish_connect(&came_back, &stranger).await.unwrap();
            assert_eq!(finished, Finished::ForeignSession);
            assert_refused(finished, ErrorKind::Invalid, Blame::Caller, "the session that began it");
            assert_eq!(product.finish(&came_back, ANA).await.unwrap(), Finished::Replayed);
        }
    }
    assert_eq!(product.world.google.oauth().calls().token_calls(), 0);
    product.assert_nothing_is_kept().await;
}
