//! Accounts with hosts of their own: where the credential goes, and where it never does.

use std::time::Duration;

use acquaint_core::ErrorKind;
use acquaint_core::auth::GrantAuth;
use acquaint_core::env::SystemEntropy;
use acquaint_core::oauth::{Ask, ParsedCallback, authorize, exchange};
use serde_json::json;
use tokio::time::advance;

use crate::providers::{Declare, salesforce, slack, world, zoho};
use crate::support::{Reply, Wired, key, url};

/// A grant that was just given, with what the redirect and the token endpoint said.
async fn connected(declare: Declare, redirect: &str, body: serde_json::Value) -> Wired {
    let world = world(declare);
    let GrantAuth::OAuth2(client) = &world.auth else { panic!() };
    let ParsedCallback::Granted { code, extra, .. } = ParsedCallback::parse(redirect).unwrap() else {
        panic!("{redirect}")
    };
    world.wire.tokens([Reply::Json(200, body)]);
    let callback = url("https://product.example/callback");
    let mut tokens = exchange(&world.env, client, &callback, &code, None).await.unwrap();
    tokens.extra.extend(extra.into_iter().filter(|(name, _)| client.scheme.callback_fields.contains(name)));
    world.keep(tokens).await;
    world
}

async fn salesforces() -> Wired {
    let body = json!({
        "access_token": "planted-1", "refresh_token": "planted-r", "issued_at": "1795867200123",
        "instance_url": "https://acme.my.salesforce.com",
    });
    let mut world = connected(salesforce, "code=c&state=s", body).await;
    world.policy.origins.clear();
    world.policy.domains = vec!["my.salesforce.com".into()];
    world
}

#[tokio::test(start_paused = true)]
async fn an_accounts_own_host_is_told_with_its_tokens_and_may_move() {
    let world = salesforces().await;
    let client = world.client();
    let ask = async || {
        let base = url(&client.granted().await.unwrap()["instance_url"]);
        client.get(base.join("/services/data/v66.0/query?q=SELECT").unwrap()).send().await.unwrap();
    };
    ask().await;
    // Nobody said when the token expires, so a refusal has it renewed; the account has moved meanwhile.
    advance(Duration::from_secs(30 * 86_400)).await;
    world.wire.api([Reply::Json(401, json!([{ "errorCode": "INVALID_SESSION_ID" }]))]);
    let moved = json!({ "access_token": "planted-2", "instance_url": "https://acme2.my.salesforce.com" });
    world.wire.tokens([Reply::Json(200, moved)]);
    ask().await;
    ask().await;
    let sent: Vec<(String, String)> = std::iter::zip(world.wire.api_requests(), world.wire.authorizations())
        .map(|(request, token)| (request.uri().host().unwrap().to_owned(), token))
        .collect();
    let call = |host: &str, token: &str| (format!("{host}.my.salesforce.com"), format!("Bearer {token}"));
    let expected = [
        call("acme", "planted-1"),
        call("acme", "planted-1"),
        call("acme", "planted-2"),
        call("acme2", "planted-2"),
    ];
    assert_eq!(sent, expected);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_only_looks_like_one_is_sent_nothing() {
    let world = salesforces().await;
    let client = world.client();
    for elsewhere in [
        "https://evil-my.salesforce.com/",
        "https://evilmy.salesforce.com/",
        "https://my.salesforce.com/",
        "https://salesforce.com/",
        "https://acme.my.salesforce.com.evil.example/",
        "https://acme.my.salesforce.com@evil.example/",
        "https://evil.example/acme.my.salesforce.com",
        "https://evil.example\\.my.salesforce.com/",
        "https://evil.example#.my.salesforce.com",
        "https://acme.my.salesforce.com:8443/",
        "https://acme.my.salesforce.com:80/",
        "https://acme.my.salesforce.com./",
        "http://acme.my.salesforce.com/",
        "http://acme.my.salesforce.com:443/",
        "ftp://acme.my.salesforce.com/",
        "https://[::1]/",
    ] {
        let error = client.get(url(elsewhere)).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{elsewhere}");
        assert!(!error.is_transient());
    }
    assert!(world.wire.api_requests().is_empty());
    for account in [
        "https://acme.my.salesforce.com/",
        "https://acme.my.salesforce.com:443/",
        "https://ACME.My.Salesforce.COM/",
        "https://acme--dev.sandbox.my.salesforce.com/",
    ] {
        client.get(url(account)).send().await.unwrap();
    }
    assert_eq!(world.wire.api_requests().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_the_redirect_said_stays_with_the_grant() {
    let redirect = "state=s&code=c&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu&x=planted";
    let body = json!({
        "access_token": "1000.a", "refresh_token": "1000.r", "api_domain": "https://www.zohoapis.eu",
        "expires_in": 3600,
    });
    let mut world = connected(zoho, redirect, body).await;
    world.policy.domains = vec!["zohoapis.eu".into()];
    advance(Duration::from_secs(3600)).await;
    let client = world.client();
    let granted = client.granted().await.unwrap();
    client.get(url(&granted["api_domain"]).join("/crm/v8/Accounts").unwrap()).send().await.unwrap();
    let after = client.granted().await.unwrap();
    assert_eq!(world.wire.forms().len(), 2, "it was renewed in between");
    let said = [
        ("accounts-server", "https://accounts.zoho.eu"),
        ("api_domain", "https://www.zohoapis.eu"),
        ("location", "eu"),
    ];
    assert_eq!(after, said.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!(world.wire.authorizations(), ["Zoho-oauthtoken planted-minted-1"]);
    assert_eq!(world.process().status(&key()).await.unwrap().unwrap().extra, after);
}

#[test]
fn scopes_are_asked_for_with_the_providers_separator() {
    for declare in [slack as Declare, zoho] {
        let world = world(declare);
        let GrantAuth::OAuth2(client) = &world.auth else { panic!() };
        let scopes = ["users:read", "users:read.email"].map(String::from);
        let asked =
            authorize(client, &url("https://product.example/callback"), Ask::new(&scopes), &SystemEntropy);
        let (_, scope) = asked.url.query_pairs().find(|(name, _)| name == "scope").unwrap();
        assert_eq!(scope, "users:read,users:read.email");
    }
}
