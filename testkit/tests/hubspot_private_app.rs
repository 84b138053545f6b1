//! Tokens of private apps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use acquaint_testkit::sandbox::hubspot::CrmError;
use chrono::Duration;
use http::Method;
use hubspot_support::{OTHER, PORTAL, world};
use serde_json::json;

const TOKEN: &str = "pat-na1-11111111-2222-4333-8444-555555555555";
const CONTACTS: &str = "/crm/objects/2026-03/contacts";

#[test]
fn a_private_app_reads_its_own_portal_and_only_what_its_scopes_open() {
    let world = world();
    world.hubspot.add_private_app_token(OTHER, TOKEN, &["crm.objects.contacts.read"]).unwrap();
    let get = |path: &str| world.send(Method::GET, path, Some(TOKEN), "");
    assert_eq!(get("/account-info/2026-03/details").body["portalId"], OTHER);
    assert_eq!(get(CONTACTS).status, 200);
    let closed = get("/crm/objects/2026-03/companies");
    assert_eq!((closed.status, &closed.body["category"]), (403, &json!("MISSING_SCOPES")));
    world.forward(Duration::days(400));
    assert_eq!(get(CONTACTS).status, 200);
    let scopes = ["crm.objects.contacts.read", "crm.objects.companies.read"];
    world.hubspot.add_private_app_token(OTHER, TOKEN, &scopes).unwrap();
    assert_eq!(get("/crm/objects/2026-03/companies").status, 200);
}

#[test]
fn a_revoked_private_app_token_is_refused_and_no_other_is() {
    let world = world();
    let scopes = ["crm.objects.contacts.read"];
    world.hubspot.add_private_app_token(PORTAL, TOKEN, &scopes).unwrap();
    let kept = world.hubspot.static_token(PORTAL, &scopes).unwrap();
    let get = |token: &str| world.send(Method::GET, CONTACTS, Some(token), "");
    assert_eq!(get(TOKEN).status, 200);
    assert!(world.hubspot.revoke_private_app_token(TOKEN));
    assert!(!world.hubspot.revoke_private_app_token(TOKEN));
    let refused = get(TOKEN);
    assert_eq!(refused.status, 401);
    assert_eq!(refused.body["status"], "error");
    assert_eq!(refused.body["category"], "INVALID_AUTHENTICATION");
    assert!(refused.body["message"].is_string() && refused.body["correlationId"].is_string());
    assert_eq!(get(&kept).status, 200);
    // A new one is never one that somebody holds already.
    assert!(world.hubspot.revoke_private_app_token(&world.token));
    assert_ne!(world.hubspot.static_token(PORTAL, &scopes).unwrap(), kept);
}

#[test]
fn a_private_app_needs_a_portal_that_is_there() {
    let world = world();
    let add = |portal| world.hubspot.add_private_app_token(portal, TOKEN, &[]);
    assert_eq!(add(1), Err(CrmError::UnknownPortal(1)));
    world.hubspot.close_portal(PORTAL).unwrap();
    assert_eq!(add(PORTAL), Err(CrmError::UnknownPortal(PORTAL)));
}
