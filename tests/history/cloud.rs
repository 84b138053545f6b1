//! Google Calendar and HubSpot in process, connected through real consent, and what is true in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint::core::connector::{Connector, TimeRange};
use acquaint::core::env::Clock;
use acquaint::core::record::RawRecord;
use acquaint::core::view::{Account, Association, CalendarEvent, Contact, View, Views};
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use acquaint::hubspot::{HubSpot, HubSpotConfig};
use acquaint::{Acquaint, Initiator, OAuthApp};
use acquaint_testkit::sandbox::google::{GoogleConfig, GoogleSandbox, backend_error};
use acquaint_testkit::sandbox::hubspot::{
    CrmRecord, HubSpotConfig as SandboxConfig, HubSpotSandbox, Trouble,
};
use acquaint_testkit::sandbox::oauth::Client;
use acquaint_testkit::sandbox::{Fault, InProcess, Sandbox};
use bytes::Bytes;
use chrono::TimeDelta;
use chrono_tz::Tz;
use serde_json::Value;
use url::Url;

use super::pools::USERS;

pub const PORTAL: u64 = 48_120_077;
/// The fields that the cloud manifests map.
pub const ACCOUNT_FIELDS: [&str; 3] = ["lifecyclestage", "seats", "renewal"];
pub const CONTACT_FIELDS: [&str; 1] = ["jobtitle"];
pub const TEAM: &str = "team@group.calendar.google.com";
const GOOGLE: &str = "https://google.test";
const HUBSPOT: &str = "https://hubspot.test";
const REDIRECT: &str = "https://product.test/callback";

/// Both providers.
#[derive(Debug)]
pub struct Cloud {
    pub google: Arc<GoogleSandbox>,
    pub hubspot: Arc<HubSpotSandbox>,
    calendar_views: GoogleCalendar,
    crm_views: HubSpot,
}

impl Cloud {
    /// Two users with a calendar each, a further calendar of the first, and an empty portal.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let google = Arc::new(GoogleSandbox::new(Arc::clone(&clock), GoogleConfig::default()));
        google.oauth().add_client(Client::new("client", "secret").redirect(REDIRECT));
        for user in USERS {
            google.add_account(user, Tz::UTC);
        }
        google.add_calendar(USERS[0], TEAM, "Team", Tz::UTC);
        let mut config = SandboxConfig::default();
        config.redirect_uris = vec![REDIRECT.to_owned()];
        let hubspot = Arc::new(HubSpotSandbox::new(clock, config));
        hubspot.add_portal(PORTAL, "us.example", "admin@us.example");
        Self { google, hubspot, calendar_views: calendar_connector(), crm_views: crm_connector() }
    }

    pub fn network(&self) -> InProcess {
        InProcess::new()
            .host("google.test", Arc::clone(&self.google) as Arc<dyn Sandbox>)
            .host("hubspot.test", Arc::clone(&self.hubspot) as Arc<dyn Sandbox>)
    }

    /// The calendars that are edited.
    pub fn calendars(&self) -> Vec<String> {
        USERS.iter().map(|user| (*user).to_owned()).chain([TEAM.to_owned()]).collect()
    }

    /// Everybody consents.
    pub async fn connect(&self, acquaint: &Acquaint, tenant: &str) {
        let redirect = Url::parse(REDIRECT).unwrap();
        for (source, who, sandbox) in [
            ("calendar", USERS[0], &*self.google as &dyn Sandbox),
            ("calendar", USERS[1], &*self.google),
            ("crm", "admin@us.example", &*self.hubspot),
        ] {
            let me = Initiator::new(who, format!("session of {who}"));
            let begun =
                acquaint.tenant(tenant).connect(source, &me).account(who).begin_at(&redirect).await.unwrap();
            let visit = http::Request::get(begun.url.as_str()).body(Bytes::new()).unwrap();
            let answer = sandbox.handle(&visit);
            let back = answer.headers()[http::header::LOCATION].to_str().unwrap();
            let request = http::Request::get(back).body(()).unwrap();
            acquaint.finish_connect(&request, &me).await.and_then(acquaint::Finished::into_result).unwrap();
        }
    }

    /// The next calls to one of the providers fail.
    pub fn trouble(&self, crm: bool, times: usize) {
        if crm {
            self.hubspot.inject(Fault::once("/crm/", Trouble::ServerError(503).response()).times(times));
        } else {
            self.google.inject(Fault::once("/calendar/v3/", backend_error()).times(times));
        }
    }

    /// The views of a record as the mirror holds it.
    pub fn views(&self, stream: &str, key: &str, raw: &Bytes) -> Views {
        let connector: &dyn Connector =
            if stream == "events" { &self.calendar_views } else { &self.crm_views };
        connector.stream(stream).unwrap().view(&RawRecord::new(key, raw.clone())).unwrap()
    }

    /// The events of a calendar that overlap a window, as Google shows them to its owner.
    pub fn events(&self, calendar: &str, window: TimeRange) -> BTreeMap<String, Value> {
        let day = TimeDelta::days(1);
        let events = self.google.events(calendar, window.from - day, window.to + day);
        let inside = |event: &Value| {
            let event = self.event(calendar, event);
            window.overlaps(event.start.instant(), event.end.instant())
        };
        let inside = events.into_iter().filter(inside);
        inside.map(|event| (event["id"].as_str().unwrap().to_owned(), event)).collect()
    }

    fn event(&self, calendar: &str, event: &Value) -> CalendarEvent {
        let raw = Bytes::from(serde_json::json!({ "calendar": calendar, "event": event }).to_string());
        match self.views("events", "truth", &raw).pop() {
            Some(View::Event(event)) => *event,
            other => panic!("not an event: {other:?}"),
        }
    }

    /// What the views of all companies or contacts ought to be.
    pub fn crm(&self, stream: &str) -> BTreeMap<String, Views> {
        let records = self.hubspot.records(PORTAL, stream).unwrap();
        let view = |record: &CrmRecord| match stream {
            "companies" => View::Account(account(record)),
            _ => View::Contact(contact(record)),
        };
        records.into_iter().map(|(id, record)| (id.to_string(), vec![view(&record)])).collect()
    }

    /// What the views of the links of all contacts that have some ought to be.
    pub fn links(&self) -> BTreeMap<String, Views> {
        let mut truth: BTreeMap<String, BTreeMap<String, View>> = BTreeMap::new();
        for ((from, to), types) in self.hubspot.associations(PORTAL, "contacts", "companies").unwrap() {
            let (from, to) = (from.to_string(), to.to_string());
            let link = Association::contact_to_account(&from, &to, types.contains(&1));
            truth.entry(from).or_default().insert(to, View::Association(link));
        }
        truth.into_iter().map(|(from, links)| (from, links.into_values().collect())).collect()
    }
}

/// The apps of an engine.
pub fn apps() -> [(&'static str, OAuthApp); 2] {
    let sandbox = SandboxConfig::default();
    [
        ("google-calendar", OAuthApp::new("client", "secret")),
        ("hubspot", OAuthApp::new(sandbox.client_id, sandbox.client_secret)),
    ]
}

/// With pages so small that passes have several.
pub fn calendar_connector() -> GoogleCalendar {
    GoogleCalendar::new(GoogleCalendarConfig::at(&Url::parse(GOOGLE).unwrap()).page_size(2))
}

/// As [`calendar_connector`].
pub fn crm_connector() -> HubSpot {
    let mut config = HubSpotConfig::at(&Url::parse(HUBSPOT).unwrap()).unwrap();
    config.list_page = 2;
    config.search_page = 2;
    config.batch_size = 2;
    config.association_batch_size = 2;
    HubSpot::new(config).unwrap()
}

fn list(record: &CrmRecord, names: &[&str]) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in
        names.iter().filter_map(|name| record.properties.get(*name)).flat_map(|value| value.split(';'))
    {
        let value = value.trim().to_owned();
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

fn fields(record: &CrmRecord, names: &[&str]) -> acquaint::core::view::Fields {
    let found = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), record.properties.get(*name)?.clone().into())));
    found.collect()
}

fn account(record: &CrmRecord) -> Account {
    let mut account = Account::default();
    account.id = record.id.to_string();
    account.name = record.properties.get("name").cloned();
    account.domains = list(record, &["domain", "hs_additional_domains"]);
    account.parent = record.properties.get("hs_parent_company_id").cloned();
    account.stage = record.properties.get("lifecyclestage").cloned();
    account.owner = record.properties.get("hubspot_owner_id").cloned();
    account.merged = list(record, &["hs_merged_object_ids"]);
    account.created = Some(record.created_at);
    account.fields = fields(record, &ACCOUNT_FIELDS);
    account
}

fn contact(record: &CrmRecord) -> Contact {
    let mut contact = Contact::default();
    contact.id = record.id.to_string();
    let names = ["firstname", "lastname"].iter().filter_map(|name| record.properties.get(*name).cloned());
    contact.name = Some(names.collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty());
    contact.emails = list(record, &["email", "hs_additional_emails"]);
    contact.stage = record.properties.get("lifecyclestage").cloned();
    contact.owner = record.properties.get("hubspot_owner_id").cloned();
    contact.merged = list(record, &["hs_merged_object_ids"]);
    contact.created = Some(record.created_at);
    contact.fields = fields(record, &CONTACT_FIELDS);
    contact
}
