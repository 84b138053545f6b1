//! What connectors for these providers would declare. The bodies in the tests are those of the providers' public
//! documentation, with invented values.

use acquaint_core::auth::{Carry, GrantAuth};
use acquaint_core::oauth::{ClientAuth, OAuth2, OAuthApp};
use http::header::AUTHORIZATION;
use serde_json::{Map, Value};

use crate::support::{Wired, url};

pub(crate) type Declare = fn(&mut OAuth2);

/// A world in which this provider's app is registered.
pub(crate) fn world(declare: Declare) -> Wired {
    let mut scheme = OAuth2::new(url("https://id.example/authorize"), url("https://id.example/token"));
    declare(&mut scheme);
    Wired::new(GrantAuth::new(scheme, OAuthApp::new("client-1", "planted-secret")))
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// <https://developers.google.com/identity/protocols/oauth2/web-server>
pub(crate) fn google(scheme: &mut OAuth2) {
    scheme.token.revoked_codes = owned(&["admin_policy_enforced"]);
    scheme.token.client_codes = owned(&["deleted_client", "disabled_client"]);
}

/// <https://developers.hubspot.com/docs/api-reference/latest/authentication/manage-oauth-tokens>
pub(crate) fn hubspot(scheme: &mut OAuth2) {
    scheme.token.revoked_codes = owned(&["BAD_REFRESH_TOKEN", "BAD_HUB", "BAD_AUTH_CODE"]);
    scheme.token.client_codes = owned(&["BAD_CLIENT_ID", "BAD_CLIENT_SECRET"]);
    scheme.token.operator_codes = owned(&["BAD_REDIRECT_URI", "BAD_SCOPES"]);
}

/// <https://docs.slack.dev/authentication/installing-with-oauth>: everything is a 200, and what a user granted is
/// nested.
pub(crate) fn slack(scheme: &mut OAuth2) {
    scheme.scope_separator = ",".into();
    scheme.token.revoked_codes =
        owned(&["invalid_refresh_token", "invalid_auth", "token_revoked", "account_inactive"]);
    scheme.token.client_codes = owned(&["invalid_client_id", "bad_client_secret"]);
    scheme.token.reply = |mut answer| {
        if let Some(Value::Object(user)) = answer.remove("authed_user") {
            let bot = answer.contains_key("access_token");
            for (name, value) in user {
                let name = if bot || name == "id" { format!("user_{name}") } else { name };
                answer.insert(name, value);
            }
        }
        if let Some(Value::Object(mut team)) = answer.remove("team") {
            answer.extend(team.remove("id").map(|id| ("team_id".to_owned(), id)));
        }
        let unwell = ["internal_error", "fatal_error", "service_unavailable", "ratelimited"];
        rename(&mut answer, &unwell, "temporarily_unavailable");
        answer
    };
}

/// <https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_flow_errors.htm>
pub(crate) fn salesforce(scheme: &mut OAuth2) {
    scheme.token.revoked_codes = owned(&["inactive_user", "inactive_org"]);
    scheme.token.client_codes = owned(&["invalid_client_id", "invalid_client_credentials"]);
    scheme.revoke_url = Some(url("https://id.example/revoke"));
}

/// <https://www.zoho.com/crm/developer/docs/api/v8/refresh.html>: errors are 200s too.
pub(crate) fn zoho(scheme: &mut OAuth2) {
    scheme.scope_separator = ",".into();
    scheme.carry = Carry::Header { name: AUTHORIZATION, prefix: "Zoho-oauthtoken ".into() };
    scheme.callback_fields = owned(&["location", "accounts-server"]);
    scheme.token.revoked_codes = owned(&["invalid_code"]);
    scheme.token.client_codes = owned(&["invalid_client_secret"]);
    scheme.token.reply = |mut answer| {
        rename(&mut answer, &["Access Denied", "general_error"], "slow_down");
        answer
    };
}

/// <https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_158081952044.html>
pub(crate) fn netsuite(scheme: &mut OAuth2) {
    scheme.token.client_auth = ClientAuth::Basic;
}

/// <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow>
pub(crate) fn microsoft(scheme: &mut OAuth2) {
    scheme.token.revoked_codes = owned(&["interaction_required", "consent_required"]);
}

/// <https://pipedrive.readme.io/docs/marketplace-oauth-authorization>
pub(crate) fn pipedrive(scheme: &mut OAuth2) {
    scheme.pkce = false;
    scheme.token.client_auth = ClientAuth::Basic;
}

/// <https://developer.calendly.com/how-to-access-calendly-data-on-behalf-of-authenticated-users> and
/// <https://developer.close.com/topics/authentication-oauth2/>: as the standard says.
pub(crate) fn plain(_: &mut OAuth2) {}

/// <https://developers.zoom.us/docs/integrations/oauth/>: what happened is a number within the text.
pub(crate) fn zoom(scheme: &mut OAuth2) {
    scheme.token.client_auth = ClientAuth::Basic;
    scheme.token.revoked_codes = owned(&["4733", "4735", "4741"]);
    scheme.token.client_codes = owned(&["4702", "4704"]);
    scheme.token.reply = |mut answer| {
        let text =
            ["reason", "message", "error_description"].iter().find_map(|name| answer.get(*name)?.as_str());
        let code = text.and_then(|text| {
            let numbers = text.split(|c: char| !c.is_ascii_digit());
            numbers.into_iter().find(|number| number.len() == 4 && number.starts_with("47")).map(String::from)
        });
        answer.extend(code.map(|code| ("status".to_owned(), code.into())));
        answer
    };
}

/// Puts the standard's word in place of these.
fn rename(answer: &mut Map<String, Value>, words: &[&str], standard: &str) {
    if let Some(Value::String(error)) = answer.get_mut("error")
        && words.contains(&error.as_str())
    {
        standard.clone_into(error);
    }
}
