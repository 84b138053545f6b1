//! The connector itself: what it declares, and whose account a grant opens.

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::auth::AuthScheme;
use acquaint_core::connector::{
    AnyStream, Connector, ConnectorInfo, Context, Identity, Push, SourceSettings,
};
use acquaint_core::http::HttpPolicy;
use acquaint_core::oauth::{OAuth2, ServiceAccount};
use acquaint_core::{Error, Result, async_trait};

use crate::client::Api;
use crate::config::{GoogleCalendarConfig, RESETS};
use crate::error::error_table;
use crate::events::EventStream;
use crate::identity;
use crate::options::Options;
use crate::push::Channels;

/// The connector's id, as manifests name it.
pub const ID: &str = "google-calendar";

/// Reads the list of a person's calendars, and by it whose account it is.
pub const SCOPE_CALENDAR_LIST: &str = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";

/// Reads events. It does not reach the list of calendars.
pub const SCOPE_EVENTS: &str = "https://www.googleapis.com/auth/calendar.events.readonly";

/// Reads Google calendars.
#[derive(Debug)]
pub struct GoogleCalendar {
    info: ConnectorInfo,
    config: Arc<GoogleCalendarConfig>,
    streams: Vec<Box<dyn AnyStream>>,
    channels: Channels,
}

impl GoogleCalendar {
    /// A connector that calls the addresses of `config`. Access tokens go to the origin of its API alone.
    pub fn new(config: GoogleCalendarConfig) -> Self {
        let config = Arc::new(config);
        let mut http = HttpPolicy::new([&config.api_base], error_table());
        http.quotas = config.quotas();
        http.resets = Some(RESETS);
        let info = ConnectorInfo::new(ID, "Google Calendar", AuthScheme::OAuth2(oauth(&config)), http)
            .or_auth(service_account(&config));
        let streams: Vec<Box<dyn AnyStream>> = vec![Box::new(EventStream::new(Arc::clone(&config)))];
        let channels = Channels::new(config.api_base.clone());
        Self { info, config, streams, channels }
    }
}

impl Default for GoogleCalendar {
    /// The real Google.
    fn default() -> Self {
        Self::new(GoogleCalendarConfig::default())
    }
}

/// See <https://developers.google.com/identity/protocols/oauth2/web-server>.
fn oauth(config: &GoogleCalendarConfig) -> OAuth2 {
    let mut oauth = OAuth2::new(config.authorize_url.clone(), config.token_url.clone());
    oauth.revoke_url = Some(config.revoke_url.clone());
    // Without these two Google gives a refresh token only the first time that a person consents, so somebody
    // who connects again would be left without one. `include_granted_scopes` is left for asking for more: a token
    // should reach no further than what was asked for.
    oauth.authorize_params = pairs(&[("access_type", "offline"), ("prompt", "consent")]);
    oauth.incremental = Some(pairs(&[("include_granted_scopes", "true")]));
    // See <https://developers.google.com/workspace/calendar/api/auth>.
    let implies = |wide: &str, narrow: &[&str]| (wide.to_owned(), owned(narrow));
    oauth.implied_scopes = vec![
        implies("https://www.googleapis.com/auth/calendar", &[SCOPE_EVENTS, SCOPE_CALENDAR_LIST]),
        implies("https://www.googleapis.com/auth/calendar.readonly", &[SCOPE_EVENTS, SCOPE_CALENDAR_LIST]),
        implies("https://www.googleapis.com/auth/calendar.events", &[SCOPE_EVENTS]),
        implies("https://www.googleapis.com/auth/calendar.calendarlist", &[SCOPE_CALENDAR_LIST]),
    ];
    oauth.admin_codes = owned(&["admin_policy_enforced", "org_internal"]);
    // Half a year, by the same page.
    oauth.idle_life = Some(Duration::from_secs(180 * 24 * 60 * 60));
    oauth.token.revoked_codes = owned(&["admin_policy_enforced"]);
    oauth.token.operator_codes = owned(&["deleted_client", "org_internal", "redirect_uri_mismatch"]);
    oauth
}

/// See <https://developers.google.com/identity/protocols/oauth2/service-account>.
fn service_account(config: &GoogleCalendarConfig) -> ServiceAccount {
    let mut scheme = ServiceAccount::new(config.token_url.clone());
    // Also where another address stands in for Google's.
    scheme.audience = "https://oauth2.googleapis.com/token".to_owned();
    scheme
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[async_trait]
impl Connector for GoogleCalendar {
    fn info(&self) -> &ConnectorInfo {
        &self.info
    }

    fn streams(&self) -> &[Box<dyn AnyStream>] {
        &self.streams
    }

    async fn identify(&self, cx: &Context) -> Result<Identity> {
        identity::identify(Api::new(&cx.http, &self.config.api_base)).await
    }

    fn push(&self) -> Option<&dyn Push> {
        Some(&self.channels)
    }

    fn check(&self, settings: &SourceSettings) -> Vec<Error> {
        Options::mistakes(settings)
    }
}
