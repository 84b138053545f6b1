//! Whose account a grant opens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_core::ErrorKind;
use acquaint_core::auth::AuthScheme;
use acquaint_core::connector::Connector as _;
use acquaint_core::http::{Authenticator, HttpClient, Request, Stamp};
use acquaint_hubspot::{HubSpot, HubSpotConfig};
use acquaint_testkit::sandbox::Fault;
use support::{Bearer, PORTAL, SCOPES, World};

/// A credential that came with more than a token.
#[derive(Debug)]
struct Granted(Bearer, BTreeMap<String, String>);

#[acquaint_core::async_trait]
impl Authenticator for Granted {
    async fn authenticate(&self, request: &mut Request) -> acquaint_core::Result<Stamp> {
        self.0.authenticate(request).await
    }

    async fn refused(&self, stamp: Stamp) -> acquaint_core::Result<bool> {
        self.0.refused(stamp).await
    }

    async fn extra(&self) -> acquaint_core::Result<BTreeMap<String, String>> {
        Ok(self.1.clone())
    }
}

#[tokio::test]
async fn identify_does_without_the_account_where_the_token_came_with_its_number() {
    let world = World::new();
    let forbidden = || {
        let body = r#"{"status": "error", "category": "MISSING_SCOPES"}"#;
        http::Response::builder().status(403).body(bytes::Bytes::from(body)).unwrap()
    };
    let portal = PORTAL.to_string();
    for (granted, allowed, label) in [
        (vec![], true, Some(format!("app.hubspot.com/{PORTAL}"))),
        (
            vec![("hub_id", portal.as_str()), ("hub_domain", "acme.example")],
            true,
            Some(format!("acme.example ({PORTAL})")),
        ),
        (
            vec![("hub_id", portal.as_str()), ("hub_domain", "acme.example")],
            false,
            Some(format!("acme.example ({PORTAL})")),
        ),
        (vec![("hub_id", portal.as_str())], false, Some(portal.clone())),
        (vec![("hub_id", "")], false, None),
        (vec![], false, None),
    ] {
        let granted = granted.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let token = world.sandbox.static_token(PORTAL, SCOPES).unwrap();
        let auth = Arc::new(Granted(Bearer(token), granted));
        let mut cx = world.cx.clone();
        cx.http = HttpClient::new(cx.env.clone(), auth, Arc::clone(&world.hubspot.info().http));
        if !allowed {
            world.sandbox.inject(Fault::once("account-info", forbidden()));
        }
        let identity = world.hubspot.identify(&cx).await;
        let told = identity.as_ref().ok().map(|identity| (identity.account.clone(), identity.label.clone()));
        assert_eq!(told, label.map(|label| (portal.clone(), label)));
        if let Err(error) = identity {
            assert_eq!(error.kind(), ErrorKind::Forbidden);
        }
    }
}

#[tokio::test]
async fn identify_names_the_portal() {
    let world = World::new();
    let identity = world.hubspot.identify(&world.cx).await.unwrap();
    assert_eq!(identity.account, PORTAL.to_string());
    assert_eq!(identity.label, format!("app.hubspot.com/{PORTAL}"));
}

#[test]
fn consent_is_asked_for_as_hubspot_documents_it() {
    for (config, host, version) in [
        (HubSpotConfig::default(), "https://app.hubspot.com/oauth/authorize", "2026-03"),
        (HubSpotConfig::in_region("eu1").unwrap(), "https://app-eu1.hubspot.com/oauth/authorize", "2026-03"),
    ] {
        let api = config.api_base.clone();
        let hubspot = HubSpot::new(config).unwrap();
        let AuthScheme::OAuth2(scheme) = &hubspot.info().auth[0] else { panic!("no OAuth") };
        assert_eq!(scheme.authorize_url.as_str(), host);
        let token = format!("{api}oauth/{version}/token");
        assert_eq!(scheme.token.url.as_str(), token);
        assert_eq!(scheme.revoke_url.as_ref().unwrap().as_str(), format!("{token}/revoke"));
        assert_eq!(scheme.introspect_url.as_ref().unwrap().as_str(), format!("{token}/introspect"));
        assert_eq!((scheme.optional_scopes.as_deref(), scheme.pkce), (Some("optional_scope"), false));
        assert_eq!(scheme.base_scopes, ["oauth"]);
    }
}
