//! The command line.

use std::path::{Path, PathBuf};

use crate::outcome::Failure;

/// Calendars and a CRM go in, explained customer meetings come out: on bundled data, or on your own.
#[derive(Debug, clap::Parser)]
#[command(name = "quickstart")]
pub(crate) struct Args {
    /// A calendar as an iCalendar file, as Google, Outlook and Apple export them. Repeat for several people.
    #[arg(long, value_name = "FILE.ics")]
    pub(crate) calendar: Vec<PathBuf>,
    /// Companies as HubSpot exports them.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) companies: Option<PathBuf>,
    /// Contacts as HubSpot exports them.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) contacts: Option<PathBuf>,
    /// A domain of your own: its people are internal. Repeat for several. The calendars' owners' always count.
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) internal: Vec<String>,
    /// Rules of your own instead of the bundled ones.
    #[arg(long, value_name = "FILE.yaml")]
    pub(crate) manifest: Option<PathBuf>,
    /// Keep the database here; a second run goes on where it stands.
    #[arg(long, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// Write the result as one JSON object to standard output, and nothing else there.
    #[arg(long)]
    pub(crate) json: bool,
    /// Connect the real Google Calendar and HubSpot instead of sandboxes. Reads GOOGLE_CLIENT_ID,
    /// GOOGLE_CLIENT_SECRET, HUBSPOT_CLIENT_ID, HUBSPOT_CLIENT_SECRET, and ACQUAINT_KEY if there is one.
    #[arg(long, conflicts_with_all = ["calendar", "companies", "contacts", "json"])]
    pub(crate) live: bool,
    /// Where HubSpot sends the person back to: register http://127.0.0.1:PORT/callback as redirect there.
    #[arg(long, value_name = "PORT", default_value_t = 8765, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) hubspot_port: u16,
    /// Visit the addresses that `--live` prints, for consent pages that agree by themselves.
    #[arg(long, hide = true, requires = "live")]
    pub(crate) visit: bool,
    /// Serve the sandboxes alone and print the variables with which `--live` connects to them.
    #[arg(long, hide = true, conflicts_with_all = ["live", "database", "manifest", "json"])]
    pub(crate) serve: bool,
}

impl Args {
    /// The database can be made where it is to be.
    pub(crate) fn check_database(&self) -> Result<(), Failure> {
        let folder = self.database.as_deref().and_then(Path::parent);
        match folder.filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
            Some(folder) => Err(Failure::Input(format!("--database: {} is not a folder", folder.display()))),
            None => Ok(()),
        }
    }

    /// The domains are some.
    pub(crate) fn check_internal(&self) -> Result<(), Failure> {
        for domain in &self.internal {
            acquaint::matcher::domain::normalise(domain)
                .map_err(|error| Failure::Input(format!("--internal {domain}: {error}")))?;
        }
        Ok(())
    }
}
