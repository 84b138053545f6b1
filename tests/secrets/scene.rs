//! Providers over real HTTP and TLS, and a product with its store in a file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint::core::env::{Clock, Env};
use acquaint::core::http::{HttpTransport, ReqwestTransport};
use acquaint::core::keys::KeyProvider;
use acquaint::core::token::{GrantKey, TokenManager};
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig, SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use acquaint::hubspot::{HubSpot, HubSpotConfig};
use acquaint::{
    Acquaint, Audience, Begun, Builder, Connection, Error, Finished, Manifest, OAuthApp, Result,
    ServiceAccountKey, Sqlite, Tenant, async_trait,
};
use acquaint_testkit::ManualClock;
use acquaint_testkit::sandbox::Sandbox;
use acquaint_testkit::sandbox::google::{GoogleConfig, GoogleSandbox, google_oauth};
use acquaint_testkit::sandbox::hubspot::{HubSpotConfig as PortalConfig, HubSpotSandbox};
use acquaint_testkit::sandbox::oauth::{Client, Delegated, RefreshPolicy, TEST_KEY};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::json;
use tempfile::TempDir;
use url::Url;

use crate::keys::Witness;
use crate::own::{self, Own};
use crate::planted::{
    ANA, BEN, CALLBACK, CLIENT, GOOGLE_SECRET, GOOGLE_SECRET_BEFORE, HUBSPOT_SECRET, OTHER_PORTAL, PORTAL,
    ROBOT, ROBOT_ID, key_file, me, plant,
};
use crate::server::{AUTHORITY, Heard, Http, Server};
use crate::shown::Shown;

const MANIFEST: &str = "
acquaint: 1
name: secrets
sources:
  calendar: { connector: google-calendar, calendars: { access: owner } }
  crm: { connector: hubspot, accounts: { fields: { stage: lifecyclestage } } }
  robot: { connector: robot }
  desk: { connector: desk }
  meter: { connector: meter }
  shelf: { connector: shelf }
  stamp: { connector: stamp }
  blot: { connector: blot }
match:
  accounts: { stage: customer }
keep:
  all:
    - attendees: { some: { external: true, account: { exists: true } } }
output:
  title: title
  account: main_account.name
";

#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) google: Arc<GoogleSandbox>,
    pub(crate) hubspot: Arc<HubSpotSandbox>,
    pub(crate) own: Arc<Own>,
    pub(crate) google_server: Server,
    pub(crate) hubspot_server: Server,
    pub(crate) own_server: Server,
    pub(crate) clock: ManualClock,
    pub(crate) heard: Heard,
    pub(crate) shown: Arc<Shown>,
    /// Addresses of consent pages, which hold a `state` each.
    consent_pages: Mutex<Vec<Url>>,
    folder: TempDir,
    http: Arc<dyn HttpTransport>,
}

impl Scene {
    /// HTTP/1.1 to HubSpot, HTTP/2 to the others.
    pub(crate) async fn start() -> Self {
        let clock = ManualClock::at(at("2026-03-02T08:00:00Z"));
        let time: Arc<dyn Clock> = Arc::new(clock.clone());
        let google = GoogleSandbox::with_oauth(Arc::clone(&time), GoogleConfig::default(), google_oauth());
        google.oauth().add_client(Client::new(CLIENT, GOOGLE_SECRET).redirect(CALLBACK).installed());
        google.oauth().add_service_account(ROBOT, ROBOT_ID, TEST_KEY).unwrap();
        google.oauth().delegate(
            ROBOT_ID,
            &[SCOPE_EVENTS, SCOPE_CALENDAR_LIST],
            Delegated::Accounts([BEN.to_owned()].into()),
        );
        google.add_account(ANA, Tz::UTC);
        google.add_account(BEN, Tz::UTC);
        let mut config = PortalConfig::default();
        (config.client_id, config.client_secret) = (CLIENT.to_owned(), HUBSPOT_SECRET.to_owned());
        config.redirect_uris = vec![CALLBACK.to_owned()];
        config.oauth.refresh_policy = RefreshPolicy::Rotating;
        config.oauth.seed = 1;
        let hubspot = HubSpotSandbox::new(time, config);
        for portal in [PORTAL, OTHER_PORTAL] {
            hubspot.add_portal(portal, "us.example", "admin@us.example");
        }
        let (google, hubspot, own) = (Arc::new(google), Arc::new(hubspot), Arc::new(Own::default()));
        let heard = Heard::default();
        plant(&heard);
        Self {
            google_server: Server::start(Arc::<GoogleSandbox>::clone(&google), Http::Two, heard.clone())
                .await,
            hubspot_server: Server::start(Arc::<HubSpotSandbox>::clone(&hubspot), Http::One, heard.clone())
                .await,
            own_server: Server::start(Arc::<Own>::clone(&own), Http::Two, heard.clone()).await,
            google,
            hubspot,
            own,
            clock,
            heard,
            shown: Arc::default(),
            consent_pages: Mutex::default(),
            folder: tempfile::tempdir().unwrap(),
            http: Arc::new(ReqwestTransport::from_client(client(false))),
        }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub(crate) fn env(&self) -> Env {
        let mut env = Env::new(Arc::clone(&self.http));
        env.clock = Arc::new(ShortSleeps(self.clock.clone()));
        env
    }

    /// A provider of keys that the searcher is told of.
    pub(crate) fn witness(&self, keys: impl KeyProvider) -> Witness {
        Witness { inner: Arc::new(keys), heard: self.heard.clone(), shown: Arc::clone(&self.shown) }
    }

    /// An engine that lacks a store and keys.
    pub(crate) fn builder(&self) -> Builder {
        let mut crm = HubSpotConfig::at(&self.hubspot_server.url()).unwrap();
        crm.search_overlap = Duration::ZERO;
        let builder = Acquaint::builder()
            .manifest(Manifest::parse(MANIFEST).unwrap())
            .env(self.env())
            // A third of it is more than anybody sleeps here.
            .lease(Duration::from_secs(600))
            .public_url("https://product.example/")
            .app("google-calendar", OAuthApp::new(CLIENT, GOOGLE_SECRET_BEFORE).also(GOOGLE_SECRET))
            .app("hubspot", OAuthApp::new(CLIENT, HUBSPOT_SECRET))
            .service_account("google-calendar", ServiceAccountKey::from_json(&key_file()).unwrap())
            .connector(GoogleCalendar::new(GoogleCalendarConfig::at(&self.google_server.url())))
            .connector(HubSpot::new(crm).unwrap());
        own::connectors(&self.own_server.url()).into_iter().fold(builder, Builder::connector)
    }

    pub(crate) async fn sqlite(&self, file: &str) -> Sqlite {
        Sqlite::at(self.folder().join(file)).open().await.unwrap()
    }

    /// An engine over a database file.
    pub(crate) async fn open(&self, file: &str, keys: impl KeyProvider) -> Acquaint {
        let builder = self.builder().store(Sqlite::at(self.folder().join(file))).keys(self.witness(keys));
        self.shown.value(&builder);
        let acquaint = builder.build().await.unwrap();
        self.shown.value(&acquaint);
        acquaint
    }

    /// The credentials in a database file, as another process sees them.
    pub(crate) async fn tokens(&self, file: &str, keys: impl KeyProvider) -> TokenManager {
        let store = Arc::new(self.sqlite(file).await);
        TokenManager::new(store, Arc::new(self.witness(keys)), self.env())
    }

    pub(crate) fn consent_pages(&self) -> Vec<Url> {
        self.consent_pages.lock().unwrap().clone()
    }

    /// Begins to connect; gives the request with which the person comes back.
    pub(crate) async fn visit(&self, tenant: &Tenant, source: &str, hint: &str) -> http::Request<()> {
        let connect = tenant.connect(source, &me(ANA)).account(hint);
        self.shown.value(&connect);
        let begun: Begun = self.shown.good(connect.begin().await);
        self.follow(&begun.url)
    }

    /// Opens a consent page as a browser does, behind the product's back.
    pub(crate) fn follow(&self, url: &Url) -> http::Request<()> {
        self.consent_pages.lock().unwrap().push(url.clone());
        let at_google = url.origin() == self.google_server.url().origin();
        let sandbox: &dyn Sandbox = if at_google { &*self.google } else { &*self.hubspot };
        self.heard.fields(url.query().unwrap().as_bytes());
        let answer = sandbox.handle(&http::Request::get(url.as_str()).body(Bytes::new()).unwrap());
        assert_eq!(answer.status(), 302, "{}", String::from_utf8_lossy(answer.body()));
        self.heard.answer(&answer);
        http::Request::get(answer.headers()["location"].to_str().unwrap()).body(()).unwrap()
    }

    /// Finishes an authorisation in a session.
    pub(crate) async fn finish(
        &self,
        acquaint: &Acquaint,
        request: &http::Request<()>,
        who: &acquaint::Initiator,
    ) -> Result<Connection> {
        let finished = acquaint.finish_connect(request, who).await;
        if let Ok(finished) = &finished {
            self.shown.value(finished);
        }
        finished.and_then(Finished::into_result)
    }

    /// The person consents, and there is a connection.
    pub(crate) async fn connect(&self, acquaint: &Acquaint, source: &str, hint: &str) -> Connection {
        let tenant = acquaint.tenant("acme");
        let came_back = self.visit(&tenant, source, hint).await;
        let connection = self.shown.good(self.finish(acquaint, &came_back, &me(ANA)).await);
        self.shown.json(&connection);
        connection
    }

    /// Reads all that is due; gives the first failure.
    pub(crate) async fn sync(&self, tenant: &Tenant) -> Option<Error> {
        let report = tenant.sync().await.unwrap();
        self.shown.value(&report);
        self.shown.value(&report.totals);
        report.lanes.iter().for_each(|lane| {
            self.shown.value(lane);
            if let Some(error) = &lane.error {
                self.shown.error(error);
            }
        });
        report.stopped.iter().for_each(|stopped| self.shown.value(stopped));
        report.waiting.iter().for_each(|waiting| self.shown.value(waiting));
        for lane in tenant.lanes().await.unwrap() {
            self.shown.value(&lane);
            self.shown.json(&lane.id);
            self.shown.json(&lane.progress);
            self.shown.value(&lane.progress.error);
        }
        for connection in tenant.connections().await.unwrap() {
            self.shown.json(&connection);
            self.shown.json(&connection.status);
            self.shown.outcome(tenant.access(&connection.id).await);
            if let Some(explained) = self.shown.outcome(tenant.explain_connection(&connection.id).await) {
                self.shown.json(&explained);
                Audience::ALL.iter().for_each(|audience| self.shown.display(&explained.tell(*audience)));
            }
        }
        for notice in tenant.notices(0, 1000).await.unwrap() {
            self.shown.json(&notice);
            self.shown.json(&notice.notice);
            self.shown.json(&notice.notice.kind);
        }
        let error = report.into_result().err();
        error.iter().for_each(|error| self.shown.error(error));
        error
    }

    /// Time passes.
    pub(crate) fn minutes(&self, minutes: i64) {
        self.clock.set(self.clock.now() + TimeDelta::minutes(minutes));
    }

    /// Some meetings and a customer.
    pub(crate) fn fill(&self) {
        for (calendar, id, title) in [(ANA, "qbr", "Globex QBR"), (BEN, "intro", "Globex introduction")] {
            let event = json!({
                "id": id,
                "summary": title,
                "start": { "dateTime": "2026-03-03T10:00:00Z" },
                "end": { "dateTime": "2026-03-03T10:30:00Z" },
                "attendees": [{ "email": calendar }, { "email": "jane@globex.com" }],
            });
            self.google.insert_event(calendar, event).unwrap();
        }
        let fields = [("name", "Globex"), ("domain", "globex.com"), ("lifecyclestage", "customer")];
        self.hubspot.create(PORTAL, "companies", &fields).unwrap();
    }

    /// What is on the disk now.
    pub(crate) fn look_at_files(&self, when: &str) {
        self.shown.files(when, self.folder.path());
    }

    /// Waits until nobody has a database open, as the absence of its log tells.
    pub(crate) async fn closed(&self) {
        let open = || {
            let files = std::fs::read_dir(self.folder.path()).unwrap();
            files
                .filter_map(|file| file.unwrap().file_name().into_string().ok())
                .find_map(|name| name.strip_suffix("-wal").map(str::to_owned))
        };
        let wait = async {
            while let Some(file) = open() {
                tokio::time::sleep(Duration::from_millis(100)).await;
                // Two that close at the same time may each leave the log to the other: then somebody must close it alone.
                if open().as_ref() == Some(&file) {
                    drop(self.sqlite(&file).await);
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait).await.expect("the databases are closed");
    }
}

pub(crate) fn grant(connection: &Connection) -> GrantKey {
    GrantKey { tenant: connection.tenant.clone(), grant: connection.grant.clone().unwrap() }
}

/// A client that trusts the sandboxes, whatever proxies the machine has.
pub(crate) fn client(verbose: bool) -> reqwest::Client {
    let authority = reqwest::Certificate::from_pem(AUTHORITY).unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connection_verbose(verbose)
        .tls_certs_only([authority]);
    client.build().unwrap()
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Whoever waits before trying again waits no time; time-outs and leases wait for the test.
#[derive(Debug)]
struct ShortSleeps(ManualClock);

#[async_trait]
impl Clock for ShortSleeps {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        if duration < Duration::from_secs(30) {
            self.0.advance(duration);
            tokio::task::yield_now().await;
        } else {
            self.0.sleep(duration).await;
        }
    }
}
