//! Sandboxes of Google Calendar and HubSpot on this machine, with the accounts of the example's people.

use std::sync::Arc;
use std::time::Duration;

use acquaint::core::env::{Clock, Entropy, SystemClock, SystemEntropy};
use acquaint::core::http::ReqwestTransport;
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig, SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use acquaint::hubspot::{HubSpot, HubSpotConfig};
use acquaint::{Builder, Error, Keys, OAuthApp, Result, ServiceAccountKey, Sqlite};
use acquaint_testkit::sandbox::google::{Courier, GoogleConfig, GoogleSandbox};
use acquaint_testkit::sandbox::hubspot::{HubSpotConfig as PortalConfig, HubSpotSandbox};
use acquaint_testkit::sandbox::oauth::{Client, Delegated, TEST_KEY, test_key_file};
use acquaint_testkit::sandbox::{Loopback, Sandbox};
use chrono::TimeDelta;
use chrono_tz::Tz;
use serde_json::json;
use url::Url;

use crate::session::{PEOPLE, Person};

const CLIENT: &str = "connect-axum.apps.example";
const SECRET: &str = "sandbox-secret";
const SERVICE: &str = "connect@product.iam.example";
const SERVICE_ID: &str = "114800000000000000001";

/// The tenants' customers, by tenant: portal, company and domain.
const CUSTOMERS: &[(&str, u64, &str, &str)] =
    &[("acme", 1001, "Initech", "initech.com"), ("globex", 2002, "Umbrella", "umbrella.com")];

/// Both sandboxes, serving.
#[derive(Debug)]
pub(crate) struct Sandboxes {
    pub(crate) google: Arc<GoogleSandbox>,
    pub(crate) hubspot: Arc<HubSpotSandbox>,
    google_server: Loopback,
    hubspot_server: Loopback,
    /// Brings what the calendar sandbox tells to this server.
    _courier: Courier,
}

impl Sandboxes {
    /// Everybody has a calendar with one customer meeting tomorrow; every tenant, a CRM that knows the customer.
    pub(crate) async fn start() -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        // Google itself would tell a server on this machine nothing.
        let mut config = GoogleConfig::default();
        config.http_callbacks = true;
        let google = Arc::new(GoogleSandbox::new(Arc::clone(&clock), config));
        let mut config = PortalConfig::default();
        (config.client_id, config.client_secret) = (CLIENT.to_owned(), SECRET.to_owned());
        let hubspot = Arc::new(HubSpotSandbox::new(Arc::clone(&clock), config));
        let broken = |error: &dyn std::fmt::Display| Error::bug(error.to_string());
        for (tenant, portal, company, domain) in CUSTOMERS {
            let mut people = PEOPLE.iter().filter(|person| person.tenant == *tenant).peekable();
            let admin = people.peek().map_or("", |person| person.user);
            hubspot.add_portal(*portal, &format!("{tenant}.example"), admin);
            let fields = [("name", *company), ("domain", *domain), ("lifecyclestage", "customer")];
            hubspot.create(*portal, "companies", &fields).map_err(|error| broken(&error))?;
            for Person { user, .. } in people {
                google.add_account(user, Tz::UTC);
                let (start, end) = (clock.now() + TimeDelta::days(1), clock.now() + TimeDelta::hours(25));
                let meeting = json!({
                    "summary": format!("{company} review with {user}"),
                    "start": { "dateTime": start.to_rfc3339() },
                    "end": { "dateTime": end.to_rfc3339() },
                    "attendees": [{ "email": user }, { "email": format!("buyer@{domain}") }],
                });
                google.insert_event(user, meeting).map_err(|error| broken(&error))?;
            }
        }
        let service = google.oauth().add_service_account(SERVICE, SERVICE_ID, TEST_KEY);
        service.map_err(|error| broken(&error))?;
        // The administrator of one tenant allows it.
        let domain = Delegated::Domain("globex.example".to_owned());
        google.oauth().delegate(SERVICE_ID, &[SCOPE_CALENDAR_LIST, SCOPE_EVENTS], domain);
        Ok(Self {
            _courier: Courier::start(Arc::clone(&google), Arc::new(ReqwestTransport::new()?)),
            google_server: serve(Arc::<GoogleSandbox>::clone(&google)).await?,
            hubspot_server: serve(Arc::<HubSpotSandbox>::clone(&hubspot)).await?,
            google,
            hubspot,
        })
    }

    /// What an engine needs for these; nothing of it outlives the process.
    pub(crate) async fn outfit(&self, builder: Builder) -> Result<Builder> {
        let mut key = [0; 32];
        SystemEntropy.fill(&mut key);
        let mut crm = HubSpotConfig::at(&url(&self.hubspot_server)?)?;
        // The sandbox's search shows every change at once.
        crm.search_overlap = Duration::ZERO;
        let calendar = GoogleCalendarConfig::at(&url(&self.google_server)?);
        Ok(builder
            .store(Sqlite::in_memory().await?)
            .keys(Keys::new("sandbox", key))
            .app("google-calendar", OAuthApp::new(CLIENT, SECRET))
            .app("hubspot", OAuthApp::new(CLIENT, SECRET))
            .service_account(
                "google-calendar",
                ServiceAccountKey::from_json(&test_key_file(SERVICE, SERVICE_ID))?,
            )
            .connector(GoogleCalendar::new(calendar))
            .connector(HubSpot::new(crm)?))
    }

    /// Registers the product with this redirect and no other, as somebody does in a developer console.
    pub(crate) fn register(&self, redirect: &Url) {
        for oauth in [self.google.oauth(), self.hubspot.oauth()] {
            oauth.add_client(Client::new(CLIENT, SECRET).redirect(redirect.as_str()));
        }
    }
}

async fn serve(sandbox: Arc<dyn Sandbox>) -> Result<Loopback> {
    Loopback::start(sandbox).await.map_err(Error::unavailable)
}

fn url(server: &Loopback) -> Result<Url> {
    Url::parse(&server.url()).map_err(|error| Error::bug("a sandbox has no address").with_source(error))
}
