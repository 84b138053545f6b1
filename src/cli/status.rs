//! `status`: how a tenant stands.

use std::io::Write;

use acquaint_core::Result;

use super::{Ended, open, unwritable};
use crate::{Builder, Connection, ConnectionStatus};

/// Says how a tenant stands: what is in force, its connections, and what was read when.
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    /// Which.
    tenant: String,
}

impl Status {
    /// Ends badly if a connection does not work.
    pub(super) fn run(&self, builder: Builder, out: &mut dyn Write) -> Result<Ended> {
        let (in_force, connections, lanes, position) = open::block_on(async {
            let tenant = open::engine(builder).await?.tenant(self.tenant.as_str());
            let (in_force, connections) = (tenant.revision_in_force().await?, tenant.connections().await?);
            Ok((in_force, connections, tenant.lanes().await?, tenant.position().await?))
        })?;
        let mut ended = Ended::Well;
        let mut lines = vec![match in_force {
            Some(known) => {
                let held = if known.held { ", applied to this tenant" } else { "" };
                let since = known.since.format("%Y-%m-%d %H:%M:%S UTC");
                format!("{} is in force since {since}{held}", known.revision)
            }
            None => "nothing is in force yet".to_owned(),
        }];
        lines.push(format!("{position} changes announced"));
        for connection in connections {
            let works = !matches!(connection.status, ConnectionStatus::NeedsReauth { .. });
            ended = ended.max(if works { Ended::Well } else { Ended::Wrong });
            let label = if connection.label.is_empty() { &connection.account } else { &connection.label };
            let Connection { source, id, status, .. } = &connection;
            lines.push(format!("{source} ({label}, {id}): {status}"));
            let own = lanes.iter().filter(|lane| lane.id.connection == connection.id);
            for lane in own.filter(|lane| lane.progress.baselines > 0 || lane.progress.error.is_some()) {
                let place = if lane.partition.label.is_empty() {
                    lane.id.partition.as_str()
                } else {
                    &lane.partition.label
                };
                let covers = lane.progress.covers.map_or_else(
                    || "not read yet".to_owned(),
                    |covers| format!("certain up to {}", covers.format("%Y-%m-%d %H:%M:%S UTC")),
                );
                let error = lane.progress.error.as_ref();
                let error = error.map(|error| format!("; {}", error.message)).unwrap_or_default();
                lines.push(format!("  {} {} {place}: {covers}{error}", lane.id.stream, lane.id.lane));
            }
        }
        lines.iter().try_for_each(|line| writeln!(out, "{line}")).map(|()| ended).map_err(unwritable)
    }
}
