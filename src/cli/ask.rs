//! `explain` and `why`: answers for whoever supports the product.

use std::io::Write;

use acquaint_core::Result;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Ended, open, unwritable};
use crate::{Builder, Explanation, WhyQuery};

/// Says why a meeting was kept or dropped, clause by clause and attendee by attendee.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// Whose meeting.
    tenant: String,
    /// Its id.
    meeting: String,
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
        show(&[explained], self.json, out)
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
        show(&explained, self.json, out)
    }
}

fn show(explained: &[Explanation], json: bool, out: &mut dyn Write) -> Result<Ended> {
    let mut lines = explained
        .iter()
        .map(|one| if json { writeln!(out, "{}", json!(one)) } else { writeln!(out, "{one}") });
    lines.try_for_each(|line| line).map(|()| Ended::Well).map_err(unwritable)
}
