//! The connector itself: what it declares, and whose account a grant opens.

use std::sync::Arc;

use acquaint_core::connector::{AnyStream, Connector, ConnectorInfo, Context, Identity, SourceSettings};
use acquaint_core::http::HttpPolicy;
use acquaint_core::oauth::{AuthScheme, OAuth2};
use acquaint_core::{Result, async_trait};

use crate::client::Api;
use crate::config::GoogleCalendarConfig;
use crate::error::error_table;
use crate::events::EventStream;
use crate::options::Options;

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
}

impl GoogleCalendar {
    /// A connector that calls the addresses of `config`. Access tokens go to the origin of its API alone.
    pub fn new(config: GoogleCalendarConfig) -> Self {
        let config = Arc::new(config);
        let info = ConnectorInfo::new(
            ID,
            "Google Calendar",
            AuthScheme::OAuth2(oauth(&config)),
            HttpPolicy::new([&config.api_base], error_table()),
        );
        let streams: Vec<Box<dyn AnyStream>> = vec![Box::new(EventStream::new(Arc::clone(&config)))];
        Self { info, config, streams }
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
    // who connects again would be left without one. `include_granted_scopes` is left out on purpose: a token
    // should reach no further than what was asked for with it.
    oauth.authorize_params =
        vec![("access_type".to_owned(), "offline".to_owned()), ("prompt".to_owned(), "consent".to_owned())];
    oauth.revoked_codes = vec!["admin_policy_enforced".to_owned()];
    oauth.operator_codes =
        ["deleted_client", "org_internal", "redirect_uri_mismatch"].map(str::to_owned).to_vec();
    oauth.base_scopes = vec![SCOPE_CALENDAR_LIST.to_owned()];
    oauth
}

#[async_trait]
impl Connector for GoogleCalendar {
    fn info(&self) -> &ConnectorInfo {
        &self.info
    }

    fn streams(&self) -> &[Box<dyn AnyStream>] {
        &self.streams
    }

    /// The id of a primary calendar is the address of the account.
    async fn identify(&self, cx: &Context) -> Result<Identity> {
        let primary = Api::new(&cx.http, &self.config.api_base).primary_calendar().await?;
        Ok(Identity::new(primary.id.clone(), primary.label().to_owned()).email(primary.id))
    }

    fn check(&self, settings: &SourceSettings) -> Result<()> {
        Options::of(settings).map(drop)
    }
}
