//! One tenant's providers.

use std::sync::Arc;

use acquaint::core::env::{Clock, Env};
use acquaint::core::http::{HttpTransport, ReqwestTransport};
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use acquaint::hubspot::{HubSpot, HubSpotConfig};
use acquaint::{Acquaint, Builder, Connection, Initiator, Keys, Manifest, OAuthApp, Result, Tenant};
use acquaint_testkit::ManualClock;
use acquaint_testkit::sandbox::google::{GoogleConfig, GoogleSandbox, google_oauth};
use acquaint_testkit::sandbox::hubspot::{HubSpotConfig as PortalConfig, HubSpotSandbox};
use acquaint_testkit::sandbox::oauth::{Client, OAuthConfig};
use acquaint_testkit::sandbox::{InProcess, Loopback, Sandbox};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use url::Url;

pub(crate) const ANA: &str = "ana@us.example";
pub(crate) const BEN: &str = "ben@us.example";
pub(crate) const PORTAL: u64 = 48_120_077;
pub(crate) const CLIENT: &str = "product.apps.example";
pub(crate) const SECRET: &str = "planted-client-secret";
pub(crate) const CALLBACK: &str = "https://product.example/callback";

/// Sandboxes of a calendar provider and a CRM on one clock, which stands still unless a test moves it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) google: Arc<GoogleSandbox>,
    pub(crate) hubspot: Arc<HubSpotSandbox>,
    pub(crate) clock: ManualClock,
    pub(crate) google_url: Url,
    pub(crate) hubspot_url: Url,
    pub(crate) http: Arc<dyn HttpTransport>,
    /// Events per page.
    pub(crate) events_page: u16,
    /// CRM records per page.
    pub(crate) crm_page: usize,
    servers: Option<(Loopback, Loopback)>,
}

impl World {
    /// Without sockets.
    pub(crate) fn in_process() -> Self {
        Self::with_tokens("")
    }

    /// Without sockets; every code and token holds `mark`.
    pub(crate) fn with_tokens(mark: &str) -> Self {
        Self::at_clock(ManualClock::at(at("2026-03-02T08:00:00Z")), mark)
    }

    /// Without sockets; time passes when everybody waits for it.
    pub(crate) fn in_passing_time() -> Self {
        Self::at_clock(ManualClock::moving_itself(at("2026-03-02T08:00:00Z")), "")
    }

    fn at_clock(clock: ManualClock, mark: &str) -> Self {
        let (google, hubspot) = sandboxes(&clock, mark);
        let http = InProcess::new()
            .host("google.test", Arc::<GoogleSandbox>::clone(&google))
            .host("hubspot.test", Arc::<HubSpotSandbox>::clone(&hubspot));
        Self {
            google,
            hubspot,
            clock,
            google_url: "http://google.test".parse().unwrap(),
            hubspot_url: "http://hubspot.test".parse().unwrap(),
            http: Arc::new(http),
            events_page: 2500,
            crm_page: 100,
            servers: None,
        }
    }

    /// On ports of this machine, spoken to over real HTTP.
    pub(crate) async fn on_loopback(now: DateTime<Utc>) -> Self {
        let clock = ManualClock::at(now);
        let (google, hubspot) = sandboxes(&clock, "");
        let servers = (
            Loopback::start(Arc::<GoogleSandbox>::clone(&google)).await.unwrap(),
            Loopback::start(Arc::<HubSpotSandbox>::clone(&hubspot)).await.unwrap(),
        );
        Self {
            google_url: servers.0.url().parse().unwrap(),
            hubspot_url: servers.1.url().parse().unwrap(),
            google,
            hubspot,
            clock,
            http: Arc::new(transport()),
            events_page: 2500,
            crm_page: 100,
            servers: Some(servers),
        }
    }

    pub(crate) fn env(&self) -> Env {
        let mut env = Env::new(Arc::clone(&self.http));
        env.clock = Arc::new(self.clock.clone());
        env
    }

    /// Time passes.
    pub(crate) fn minutes(&self, minutes: i64) {
        self.clock.set(self.clock.now() + TimeDelta::minutes(minutes));
    }

    /// An engine for this world that still lacks a store.
    pub(crate) fn builder(&self) -> Builder {
        engine(&self.google_url, &self.hubspot_url, self.events_page, self.crm_page)
            .manifest(Manifest::parse(super::MANIFEST).unwrap())
            .env(self.env())
    }

    /// The consent page agrees at once; the callback is handed to the engine.
    pub(crate) async fn connect(
        &self,
        acquaint: &Acquaint,
        tenant: &Tenant,
        source: &str,
        account: &str,
    ) -> Result<Connection> {
        let callback: Url = CALLBACK.parse().unwrap();
        let begun = tenant.connect(source, &me(account)).account(account).begin_at(&callback).await?;
        acquaint
            .finish_connect(&self.visit(&begun.url), &me(account))
            .await
            .and_then(acquaint::Finished::into_result)
    }

    /// Opens a consent page, and gives the request that the browser then makes to the product.
    pub(crate) fn visit(&self, url: &Url) -> http::Request<()> {
        let sandbox: &dyn Sandbox =
            if url.origin() == self.google_url.origin() { &*self.google } else { &*self.hubspot };
        let page = http::Request::get(url.as_str()).body(Bytes::new()).unwrap();
        let answer = sandbox.handle(&page);
        assert_eq!(answer.status(), 302, "{}", String::from_utf8_lossy(answer.body()));
        http::Request::get(answer.headers()["location"].to_str().unwrap()).body(()).unwrap()
    }

    /// Some meetings with customers, with others and among themselves, and a CRM that knows some of them.
    pub(crate) fn fill(&self) {
        let event = |calendar: &str, event: Value| drop(self.google.insert_event(calendar, event).unwrap());
        event(ANA, meeting("qbr", "Globex QBR", "2026-03-03T10:00:00Z", &[ANA, BEN, "jane@globex.com"]));
        event(ANA, meeting("planning", "Globex planning", "2026-03-04T10:00:00Z", &[ANA, "jane@globex.com"]));
        let people = [ANA, "bill@initech.com", "milton@initech.com"];
        event(ANA, meeting("review", "Initech review", "2026-03-05T10:00:00Z", &people));
        event(ANA, meeting("intro", "Wayne introduction", "2026-02-10T10:00:00Z", &[ANA, "bruce@wayne.com"]));
        event(
            ANA,
            meeting("followup", "Wayne follow-up", "2026-02-17T10:00:00Z", &[ANA, BEN, "bruce@wayne.com"]),
        );
        event(ANA, meeting("hold1", "Hold: Globex", "2026-03-09T10:00:00Z", &[ANA, "jane@globex.com"]));
        event(ANA, meeting("lunch", "Team lunch", "2026-03-06T12:00:00Z", &[ANA, BEN]));
        event(
            BEN,
            meeting("kickoff", "Initech kick-off", "2026-03-06T10:00:00Z", &[BEN, "bill@initech.com"]),
        );
        let mut weekly =
            meeting("weekly", "Globex weekly", "2026-03-10T15:00:00Z", &[BEN, "jane@globex.com"]);
        weekly["start"]["timeZone"] = "UTC".into();
        weekly["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=3"]);
        event(BEN, weekly);

        let globex = self.company("Globex", "globex.com", "customer");
        self.company("Initech", "initech.com", "customer");
        self.company("Umbrella", "umbrella.com", "lead");
        let jane = [("email", "jane@globex.com"), ("firstname", "Jane"), ("jobtitle", "CFO")];
        let jane = self.hubspot.create(PORTAL, "contacts", &jane).unwrap();
        let link = acquaint_testkit::sandbox::hubspot::Link::Primary;
        self.hubspot.associate(PORTAL, ("contacts", jane), ("companies", globex), link).unwrap();
        self.minutes(1);
    }

    pub(crate) fn company(&self, name: &str, domain: &str, stage: &str) -> u64 {
        let fields = [("name", name), ("domain", domain), ("lifecyclestage", stage)];
        self.hubspot.create(PORTAL, "companies", &fields).unwrap()
    }
}

/// Connectors, apps and keys for sandboxes at these addresses.
pub(crate) fn engine(google: &Url, hubspot: &Url, events_page: u16, crm_page: usize) -> Builder {
    let mut crm = HubSpotConfig::at(hubspot).unwrap();
    // The sandbox's search shows every change at once.
    crm.search_overlap = std::time::Duration::ZERO;
    (crm.list_page, crm.search_page) = (crm_page, crm_page);
    Acquaint::builder()
        .keys(Keys::new("test", [7; 32]))
        .app("google-calendar", OAuthApp::new(CLIENT, SECRET))
        .app("hubspot", OAuthApp::new(CLIENT, SECRET))
        .connector(GoogleCalendar::new(GoogleCalendarConfig::at(google).page_size(events_page)))
        .connector(HubSpot::new(crm).unwrap())
}

/// Like the engine's own, whatever proxies the machine has.
pub(crate) fn transport() -> ReqwestTransport {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    ReqwestTransport::from_client(client.build().unwrap())
}

fn sandboxes(clock: &ManualClock, mark: &str) -> (Arc<GoogleSandbox>, Arc<HubSpotSandbox>) {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let marked = |mut config: OAuthConfig| {
        for prefix in [&mut config.access_prefix, &mut config.refresh_prefix, &mut config.code_prefix] {
            prefix.push_str(mark);
        }
        config
    };
    let google =
        GoogleSandbox::with_oauth(Arc::clone(&clock), GoogleConfig::default(), marked(google_oauth()));
    google.oauth().add_client(Client::new(CLIENT, SECRET).redirect(CALLBACK).installed());
    google.add_account(ANA, Tz::UTC);
    google.add_account(BEN, Tz::UTC);
    let mut config = PortalConfig::default();
    (config.client_id, config.client_secret) = (CLIENT.to_owned(), SECRET.to_owned());
    config.redirect_uris = vec![CALLBACK.to_owned()];
    config.oauth = marked(config.oauth);
    let hubspot = HubSpotSandbox::new(clock, config);
    hubspot.add_portal(PORTAL, "us.example", "admin@us.example");
    (Arc::new(google), Arc::new(hubspot))
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A user of the product in a session of theirs.
pub(crate) fn me(user: &str) -> Initiator {
    Initiator::new(user, format!("planted-session of {user}"))
}

/// Half an hour, as the API takes it.
pub(crate) fn meeting(id: &str, title: &str, start: &str, people: &[&str]) -> Value {
    let people: Vec<Value> = people.iter().map(|email| json!({ "email": email })).collect();
    json!({
        "id": id,
        "summary": title,
        "start": { "dateTime": start },
        "end": { "dateTime": (at(start) + TimeDelta::minutes(30)).to_rfc3339() },
        "attendees": people,
    })
}
