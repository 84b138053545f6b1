//! The command line.

use std::path::PathBuf;

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
}
