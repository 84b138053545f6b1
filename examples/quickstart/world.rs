//! The world around the engine: files, sandboxes, a browser.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use acquaint::core::env::Clock;
use acquaint_testkit::sandbox::crm_csv::{CompanyTable, ContactTable, load_companies, load_contacts};
use acquaint_testkit::sandbox::google::{GoogleConfig, GoogleSandbox};
use acquaint_testkit::sandbox::hubspot::{HubSpotConfig, HubSpotSandbox};
use acquaint_testkit::sandbox::ics::{self, IcsCalendar, IcsEvent, IcsUserType};
use acquaint_testkit::sandbox::oauth::Client;
use acquaint_testkit::sandbox::{Loopback, Sandbox};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use url::Url;

use crate::args::Args;
use crate::outcome::Failure;

pub(crate) const CLIENT_ID: &str = "quickstart.apps.example";
pub(crate) const CLIENT_SECRET: &str = "sandbox-secret";
pub(crate) const PORTAL: u64 = 48_120_077;

/// The files, read and checked.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) calendars: Vec<IcsCalendar>,
    pub(crate) companies: CompanyTable,
    pub(crate) contacts: ContactTable,
    pub(crate) internal: Vec<String>,
}

impl Input {
    pub(crate) fn read(args: &Args) -> Result<Self, Failure> {
        args.check_database()?;
        let mut calendars = Vec::new();
        if args.calendar.is_empty() {
            for (name, text) in
                [("ana.ics", include_str!("../data/ana.ics")), ("ben.ics", include_str!("../data/ben.ics"))]
            {
                calendars.push(ics::load(name, text).map_err(|error| Failure::Input(error.to_string()))?);
            }
        }
        for path in &args.calendar {
            let bytes = bytes(path)?;
            let name = path.display().to_string();
            calendars
                .push(ics::load_bytes(&name, &bytes).map_err(|error| Failure::Input(error.to_string()))?);
        }
        let (companies, contacts) = Self::crm(args)?;
        args.check_internal()?;
        Ok(Self { calendars, companies, contacts, internal: args.internal.clone() })
    }

    /// The caller's CRM if any of it is given, else the bundled one.
    fn crm(args: &Args) -> Result<(CompanyTable, ContactTable), Failure> {
        let refuse = |error: acquaint_testkit::sandbox::crm_csv::CsvError| Failure::Input(error.to_string());
        let own = args.companies.is_some() || args.contacts.is_some();
        let companies = match &args.companies {
            Some(path) => load_companies(&path.display().to_string(), &bytes(path)?),
            None if own => load_companies("no companies", b"Company name\n"),
            None => load_companies("companies.csv", include_bytes!("../data/companies.csv")),
        };
        let contacts = match &args.contacts {
            Some(path) => load_contacts(&path.display().to_string(), &bytes(path)?),
            None if own => load_contacts("no contacts", b"Email\n"),
            None => load_contacts("contacts.csv", include_bytes!("../data/contacts.csv")),
        };
        let (mut companies, mut contacts) = (companies.map_err(refuse)?, contacts.map_err(refuse)?);
        // A row that does not say when it was changed is as old as its file, so that a file that stays the same
        // has nothing new for a second run.
        let changed = age(args.companies.as_deref());
        companies.rows.iter_mut().for_each(|row| row.updated = row.updated.or(changed));
        let changed = age(args.contacts.as_deref());
        contacts.rows.iter_mut().for_each(|row| row.updated = row.updated.or(changed));
        Ok((companies, contacts))
    }

    /// From the first to the last start of an event in the files, series by their first occurrence.
    pub(crate) fn extent(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let mut extent: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
        for calendar in &self.calendars {
            for event in events(calendar) {
                let (start, end) = (event.start.instant(&calendar.zone), event.end.instant(&calendar.zone));
                let (from, to) = extent.unwrap_or((start, end));
                extent = Some((from.min(start), to.max(end)));
            }
        }
        extent
    }

    pub(crate) fn domain_of(&self, address: &str) -> Option<String> {
        address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase())
    }

    /// Whose calendar it is: its name if that is an address, else the address that is in most of its events,
    /// internal ones first.
    fn owner(&self, calendar: &IcsCalendar) -> String {
        if let Some(name) = calendar.name.as_deref().map(str::trim).filter(|name| is_address(name)) {
            return name.to_lowercase();
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for event in events(calendar) {
            let people = event.attendees.iter().chain(&event.organizer);
            for person in people.filter(|person| person.user_type == IcsUserType::Individual) {
                let address = person.address.to_lowercase();
                if is_address(&address) && !address.ends_with(".calendar.google.com") {
                    *counts.entry(address).or_default() += 1;
                }
            }
        }
        let internal = |address: &str| {
            self.domain_of(address).is_some_and(|domain| {
                self.internal.iter().any(|own| domain == *own || domain.ends_with(&format!(".{own}")))
            })
        };
        counts
            .into_iter()
            .max_by(|(a, m), (b, n)| (internal(a), m, b).cmp(&(internal(b), n, a)))
            .map_or_else(|| fallback_owner(calendar), |(address, _)| address)
    }
}

fn events(calendar: &IcsCalendar) -> impl Iterator<Item = &IcsEvent> {
    calendar.series.iter().flat_map(|series| series.master.iter().chain(&series.exceptions))
}

fn is_address(text: &str) -> bool {
    acquaint::matcher::Address::parse(text).is_ok() && !text.contains(' ')
}

/// A calendar in which nobody is named is given an owner of its own.
fn fallback_owner(calendar: &IcsCalendar) -> String {
    let stem = Path::new(&calendar.file).file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
    let mut name: String =
        stem.unwrap_or_default().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    name.truncate(40);
    let name = name.trim_matches('-');
    format!("{}@calendar.example", if name.is_empty() { "owner" } else { name })
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::Input(format!("{}: {error}", path.display())))
}

/// When a file was last written; the bundled ones when they were exported.
fn age(path: Option<&Path>) -> Option<DateTime<Utc>> {
    match path {
        Some(path) => std::fs::metadata(path).and_then(|file| file.modified()).ok().map(DateTime::from),
        None => DateTime::from_timestamp(EXPORTED, 0),
    }
}

/// 20 November 2026.
const EXPORTED: i64 = 1_795_132_800;

/// The sandboxes, running and loaded.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) google: Arc<GoogleSandbox>,
    pub(crate) hubspot: Arc<HubSpotSandbox>,
    pub(crate) google_url: Url,
    pub(crate) hubspot_url: Url,
    pub(crate) hubspot_client: (String, String),
    /// The calendars' owners, each once.
    pub(crate) owners: Vec<String>,
    /// Ids of all calendars.
    pub(crate) calendars: Vec<String>,
    pub(crate) warnings: Vec<String>,
    _servers: (Loopback, Loopback),
}

impl World {
    pub(crate) async fn start(input: &Input, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let mut config = GoogleConfig::default();
        // This server starts from the files, whatever an earlier run did to its own: sync tokens of that one are
        // as dead here as they would be after a restore at the provider.
        config.first_generation = clock.now().timestamp_micros().unsigned_abs();
        let google = Arc::new(GoogleSandbox::new(Arc::clone(&clock), config));
        google.oauth().add_client(Client::new(CLIENT_ID, CLIENT_SECRET).installed());
        let mut owners: Vec<String> = Vec::new();
        let mut calendars = Vec::new();
        let mut warnings: Vec<String> = Vec::new();
        for calendar in &input.calendars {
            let owner = input.owner(calendar);
            let zone: Tz = calendar.zone.name().parse().unwrap_or(Tz::UTC);
            let id = if owners.contains(&owner) {
                // A second file of one person is a further calendar of theirs.
                let id = format!("calendar-{}@group.calendar.google.com", calendars.len() + 1);
                google.add_calendar(&owner, &id, calendar.name.as_deref().unwrap_or("Calendar"), zone);
                id
            } else {
                google.add_account(&owner, zone);
                owners.push(owner.clone());
                owner.clone()
            };
            google
                .load_ics(&owner, &id, calendar)
                .map_err(|error| Failure::Input(format!("{}: {error}", calendar.file)))?;
            warnings.extend(calendar.warnings.iter().map(|warning| format!("{}:{warning}", calendar.file)));
            calendars.push(id);
        }
        let config = HubSpotConfig::default();
        let hubspot_client = (config.client_id.clone(), config.client_secret.clone());
        let hubspot = Arc::new(HubSpotSandbox::new(clock, config));
        hubspot.add_portal(PORTAL, "demo.example", "admin@demo.example");
        let report = hubspot
            .load(PORTAL, &input.companies, &input.contacts)
            .map_err(|error| Failure::Input(error.to_string()))?;
        warnings.extend(report.warnings.iter().map(ToString::to_string));

        let serve = |sandbox: Arc<dyn Sandbox>| async move {
            Loopback::start(sandbox)
                .await
                .map_err(|error| Failure::Input(format!("no port on this machine: {error}")))
        };
        let servers = (serve(google.clone()).await?, serve(hubspot.clone()).await?);
        let url = |server: &Loopback| {
            Url::parse(&server.url()).map_err(|error| Failure::Input(format!("no address: {error}")))
        };
        Ok(Self {
            google_url: url(&servers.0)?,
            hubspot_url: url(&servers.1)?,
            google,
            hubspot,
            hubspot_client,
            owners,
            calendars,
            warnings,
            _servers: servers,
        })
    }
}

/// Stands in for the person's browser.
pub(crate) fn browser() -> Result<reqwest::Client, Failure> {
    reqwest::Client::builder().build().map_err(|error| Failure::Input(format!("no HTTP client: {error}")))
}

/// Visits the consent page, which agrees at once and redirects.
pub(crate) fn visit(browser: &reqwest::Client, url: Url) {
    let request = browser.get(url);
    tokio::spawn(async move {
        if let Err(error) = request.send().await {
            eprintln!("the consent page could not be visited: {}", error.without_url());
        }
    });
}
