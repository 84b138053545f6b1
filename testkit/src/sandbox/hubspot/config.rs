//! What can be set about the sandbox.

use std::fmt;

use chrono::Duration;

use super::webhook_config::WebhookConfig;
use crate::sandbox::oauth::{OAuthConfig, RefreshPolicy};

/// The registered app, its limits, and the points on which HubSpot's documentation leaves room.
#[derive(Clone)]
#[non_exhaustive]
pub struct HubSpotConfig {
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret. A sandbox secret protects nothing.
    pub client_secret: String,
    /// The app's number, as introspection shows it.
    pub app_id: u64,
    /// Redirect URIs that the app may use. Those on a loopback address are always accepted.
    pub redirect_uris: Vec<String>,
    /// Scopes that the app may ask for; with an empty list any are accepted.
    pub scopes: Vec<String>,
    /// The habits of the authorisation server. Default: access tokens of 30 minutes, refresh tokens that stay
    /// and are repeated, a revocation that leaves access tokens alone.
    pub oauth: OAuthConfig,
    /// Whether the token endpoint says of which account and scopes its tokens are; else introspection alone does.
    /// Default: yes.
    pub token_reply_tells_account: bool,
    /// Whether calls above the limits are refused with 429. Default: no; the headers count either way.
    pub enforce_limits: bool,
    /// Calls per portal within ten seconds, searches not counted. Default: 110.
    pub burst_limit: usize,
    /// Searches per portal within a second. Default: 5.
    pub search_limit: usize,
    /// Calls per portal in a day of its own, searches included. Default: no limit, as for apps that are installed by
    /// OAuth.
    pub daily_limit: Option<usize>,
    /// How many results one search can page through; beyond it comes 400. Default: 10,000.
    pub search_results: usize,
    /// How long after a change search still shows the record as it was before. Default: none.
    pub index_lag: Duration,
    /// Whether a change of associations moves the last-modified property of both records, and the primary
    /// company shows in the contact's `associatedcompanyid`. Default: no.
    pub associations_touch_records: bool,
    /// Whether restoring an archived record moves its last-modified property. Default: yes.
    pub restore_touches_record: bool,
    /// Whether an asked-for, empty property comes as `null`; else it is left out. Default: `null`.
    pub empty_as_null: bool,
    /// Whether a batch read by the id of a merged-away record gives the survivor, as a single read always
    /// does; else the id is reported missing. Default: yes.
    pub batch_read_follows_merges: bool,
    /// Whether a batch read of associations answers 207 with an error for each input that has none; else it
    /// leaves them out in silence. Either way `results` does not hold them. Default: yes.
    pub report_lacking_associations: bool,
    /// How many targets one page of associations shows in a batch read, and in a list's `associations`.
    /// Default: 500.
    pub association_page: usize,
    /// How webhooks are sent.
    pub webhooks: WebhookConfig,
    /// The longest path and query that is answered; above it comes 414. Default: 16,384 bytes.
    pub uri_limit: usize,
}

impl Default for HubSpotConfig {
    fn default() -> Self {
        Self {
            client_id: "aaaaaaaa-0000-4000-8000-000000000001".to_owned(),
            client_secret: "hubspot-sandbox-secret".to_owned(),
            app_id: 3_300_112,
            redirect_uris: Vec::new(),
            scopes: Vec::new(),
            oauth: OAuthConfig {
                access_lifetime: Duration::minutes(30),
                refresh_policy: RefreshPolicy::KeptRepeated,
                revoke_ends_access: false,
                access_prefix: "C".to_owned(),
                refresh_prefix: "na1-".to_owned(),
                ..OAuthConfig::default()
            },
            token_reply_tells_account: true,
            enforce_limits: false,
            burst_limit: 110,
            search_limit: 5,
            daily_limit: None,
            search_results: 10_000,
            index_lag: Duration::zero(),
            associations_touch_records: false,
            restore_touches_record: true,
            empty_as_null: true,
            batch_read_follows_merges: true,
            report_lacking_associations: true,
            association_page: 500,
            webhooks: WebhookConfig::default(),
            uri_limit: 16_384,
        }
    }
}

impl fmt::Debug for HubSpotConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the secret, as every Debug here.
        f.debug_struct("HubSpotConfig")
            .field("client_id", &self.client_id)
            .field("enforce_limits", &self.enforce_limits)
            .field("index_lag", &self.index_lag)
            .finish_non_exhaustive()
    }
}
