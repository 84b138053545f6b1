//! `explain`, `why` and `connection`: answers for whoever supports the product.

use std::io::Write;

use acquaint_core::Result;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Ended, open, unwritable};
use crate::{Audience, Builder, ConnectionStatus, Explanation, WhyQuery};

/// Says why a meeting was kept or dropped, clause by clause and attendee by attendee.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// Whose meeting.
    tenant: String,
    /// Its id.
    meeting: String,
    /// For whom: engineer, support or customer.
    #[arg(long = "for", value_name = "AUDIENCE", default_value = "engineer", conflicts_with = "json")]
    audience: Audience,
    /// Says it as JSON.
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn run(&self, builder: Builder, out: &mut dyn Write) -> Result<Ended> {
        let explained = open::block_on(async {
            let tenant = open::engine(builder).await?.tenant(self.tenant.as_str());
            tenant.explain(&self.meeting.as_str().into()).await
        })?;
        show(&[explained], self.json, self.audience, out)
    }
}

/// Says why a meeting is or is not there, for those who know only when it was and with whom.
#[derive(Debug, clap::Args)]
pub(super) struct Why {
    /// Whose meeting.
    tenant: String,
    /// About when it begins: 2026-03-01T09:00:00Z.
    #[arg(long)]
    near: DateTime<Utc>,
    /// On whose calendar: an address, or the provider's id of the calendar.
    #[arg(long, value_name = "ADDRESS")]
    calendar: Option<String>,
    /// Who is in it.
    #[arg(long, value_name = "ADDRESS")]
    with: Option<String>,
    /// For whom: engineer, support or customer.
    #[arg(long = "for", value_name = "AUDIENCE", default_value = "engineer", conflicts_with = "json")]
    audience: Audience,
    /// Says it as JSON.
    #[arg(long)]
    json: bool,
}

impl Why {
    pub(super) fn run(&self, builder: Builder, out: &mut dyn Write) -> Result<Ended> {
        let mut query = WhyQuery::near(self.near);
        query.calendar.clone_from(&self.calendar);
        query.address.clone_from(&self.with);
        let explained = open::block_on(async {
            open::engine(builder).await?.tenant(self.tenant.as_str()).why(&query).await
        })?;
        show(&explained, self.json, self.audience, out)
    }
}

/// Says how a connection stands: what it may read and reads, when, what fails, and what to do about it.
#[derive(Debug, clap::Args)]
pub(super) struct Connection {
    /// Whose connection.
    tenant: String,
    /// Its id.
    connection: String,
    /// For whom: engineer, support or customer.
    #[arg(long = "for", value_name = "AUDIENCE", default_value = "engineer", conflicts_with = "json")]
    audience: Audience,
    /// Says it as JSON.
    #[arg(long)]
    json: bool,
}

impl Connection {
    /// Ends badly if it does not work.
    pub(super) fn run(&self, builder: Builder, out: &mut dyn Write) -> Result<Ended> {
        let explained = open::block_on(async {
            let tenant = open::engine(builder).await?.tenant(self.tenant.as_str());
            tenant.explain_connection(&self.connection.as_str().into()).await
        })?;
        let works = !matches!(explained.status, ConnectionStatus::NeedsReauth { .. });
        let ended = if works { Ended::Well } else { Ended::Wrong };
        let text = if self.json { format!("{}\n", json!(explained)) } else { explained.tell(self.audience) };
        write!(out, "{text}").map(|()| ended).map_err(unwritable)
    }
}

fn show(explained: &[Explanation], json: bool, audience: Audience, out: &mut dyn Write) -> Result<Ended> {
    let mut lines = explained.iter().map(|one| {
        if json { writeln!(out, "{}", json!(one)) } else { writeln!(out, "{}", one.tell(audience)) }
    });
    lines.try_for_each(|line| line).map(|()| Ended::Well).map_err(unwritable)
}
