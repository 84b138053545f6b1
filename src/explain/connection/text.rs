//! How a connection stands, in words.

use std::fmt;

use acquaint_core::store::ConnectionStatus;
use chrono::{DateTime, Utc};

use super::super::audience::Audience;
use super::super::lane::LaneExplained;
use super::super::words::{count, list, time, word};
use super::{ConnectionExplained, PartitionExplained, Reads, StreamExplained};

/// The answer in one sentence.
pub(super) fn sentence(explained: &ConnectionExplained) -> String {
    let what = format!("The connection of {} to `{}`", explained.account, explained.source);
    match &explained.status {
        ConnectionStatus::NeedsReauth { reason } => {
            return format!("{what} reads nothing: it must be authorised again ({reason}).");
        }
        ConnectionStatus::Disconnected { since } => {
            return format!("{what} was ended, {}.", time(*since));
        }
        _ => {}
    }
    if !explained.in_manifest {
        return format!("{what} reads nothing: the manifest in force has no such source any more.");
    }
    let failing = explained.failing().count();
    if failing > 0 {
        return format!(
            "{what} is active, and {} not succeed.",
            match failing {
                1 => "1 lane does".to_owned(),
                many => format!("{many} lanes do"),
            }
        );
    }
    let blocked = explained.blocked();
    if !blocked.is_empty() {
        return format!("{what} is active, and may not read {}.", list(&blocked));
    }
    match (explained.waiting(), explained.covers()) {
        (0, Some(covers)) => format!("{what} is active, and everything is read up to {}.", time(covers)),
        (0, None) => format!("{what} is active."),
        (waiting, _) => {
            format!(
                "{what} is active, and {} not been read completely yet.",
                match waiting {
                    1 => "1 partition has".to_owned(),
                    many => format!("{many} partitions have"),
                }
            )
        }
    }
}

/// What to do about it.
pub(super) fn next(explained: &ConnectionExplained) -> Vec<String> {
    match explained.status {
        ConnectionStatus::NeedsReauth { .. } => {
            return vec!["have its person authorise it again (`Tenant::reconnect`)".to_owned()];
        }
        ConnectionStatus::Disconnected { .. } => {
            return vec!["nothing, unless it is to be connected again".to_owned()];
        }
        _ => {}
    }
    if !explained.in_manifest {
        return vec![format!(
            "apply a manifest that has the source `{}`, or disconnect the connection",
            explained.source
        )];
    }
    let mut next = Vec::new();
    let missing = explained.access.iter().flat_map(|access| &access.missing).cloned().collect::<Vec<_>>();
    if !missing.is_empty() {
        next.push(format!("have its person grant {} (`Tenant::reconnect`)", list(&missing)));
    }
    if explained.lanes().any(|lane| lane.held_sweep.is_some()) {
        next.push(
            "look whether so many records have really gone, and agree to it (`SyncOptions::acknowledge_sweeps`)"
                .to_owned(),
        );
    }
    if let Some(again) = explained.failing().map(|lane| lane.again).min() {
        next.push(format!("look at the failure; it is tried again {}", time(again)));
    }
    if explained.streams.iter().any(|stream| stream.reads == Reads::NothingFound) {
        next.push(
            "sync; if nothing is found then, look at what the manifest chooses of the account".to_owned(),
        );
    }
    next
}

impl ConnectionExplained {
    fn lanes(&self) -> impl Iterator<Item = &LaneExplained> {
        self.streams.iter().flat_map(|stream| {
            stream.looks.iter().chain(stream.partitions.iter().flat_map(|partition| &partition.lanes))
        })
    }

    fn failing(&self) -> impl Iterator<Item = &LaneExplained> {
        self.lanes().filter(|lane| lane.failing.is_some())
    }

    /// The streams that are not read for want of a scope.
    fn blocked(&self) -> Vec<&str> {
        let blocked = self.streams.iter().filter(|stream| matches!(stream.reads, Reads::Lacks { .. }));
        blocked.map(|stream| stream.stream.as_str()).collect()
    }

    fn read(&self) -> impl Iterator<Item = &PartitionExplained> {
        self.streams.iter().flat_map(|stream| &stream.partitions).filter(|one| one.reads == Reads::Yes)
    }

    /// Partitions that are read and not yet completely.
    fn waiting(&self) -> usize {
        let unfound = self.streams.iter().filter(|stream| stream.reads == Reads::NothingFound).count();
        unfound + self.read().filter(|partition| !partition.complete).count()
    }

    /// Up to when all that is read is certain.
    fn covers(&self) -> Option<DateTime<Utc>> {
        self.read().filter_map(|partition| partition.covers).min()
    }

    /// Says it to a reader, in text that ends with a new line.
    pub fn tell(&self, audience: Audience) -> String {
        match audience {
            Audience::Engineer => self.to_string(),
            Audience::Support => {
                let mut lines = vec![self.sentence.clone()];
                lines.push(format!("{} made it on {}.", self.made_by, self.made.format("%Y-%m-%d")));
                let other = self.streams.iter().flat_map(|stream| &stream.partitions);
                lines.extend(other.filter_map(|partition| match &partition.reads {
                    Reads::StandsBy { account, .. } => {
                        Some(format!("{} is read by the connection of {account}.", called(partition)))
                    }
                    _ => None,
                }));
                for lane in self.failing() {
                    let message = lane.failing.as_ref().map(|failure| failure.message.as_str());
                    lines.push(format!("It fails: {}.", message.unwrap_or_default()));
                }
                lines.extend(
                    self.access.iter().flat_map(|access| &access.limits).map(|limit| format!("{limit}.")),
                );
                match self.next.as_slice() {
                    [] => lines.push("Next: nothing.".to_owned()),
                    next => lines.extend(next.iter().map(|next| format!("Next: {next}."))),
                }
                // What several lanes say alike is said once.
                lines.dedup();
                lines.join("\n") + "\n"
            }
            Audience::Customer => self.plainly() + "\n",
        }
    }

    fn plainly(&self) -> String {
        let account = &self.account;
        match self.status {
            ConnectionStatus::NeedsReauth { .. } => {
                return format!("We may no longer read {account}. Please connect it again.");
            }
            ConnectionStatus::Disconnected { .. } => return format!("{account} is disconnected."),
            _ if !self.in_manifest => return format!("{account} is connected, and not used any more."),
            _ => {}
        }
        if !self.blocked().is_empty() {
            return format!(
                "{account} is connected, but we were not permitted to read all that we need. Please connect it again and permit that."
            );
        }
        if self.failing().count() > 0 {
            return format!(
                "{account} is connected, but reading it fails at the moment. We try again by ourselves."
            );
        }
        match (self.waiting(), self.covers()) {
            (0, Some(covers)) => format!("{account} is connected and up to date, as of {}.", time(covers)),
            (0, None) => format!("{account} is connected."),
            _ => format!("{account} is connected, and we are still reading it. Please look again later."),
        }
    }
}

/// What a partition is called.
fn called(partition: &PartitionExplained) -> &str {
    match (partition.label.as_str(), partition.partition.as_str()) {
        ("", "") => "all of it",
        ("", key) => key,
        (label, _) => label,
    }
}

impl fmt::Display for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("read"),
            Self::Pushed => f.write_str("pushed by the product"),
            Self::NothingFound => f.write_str("not read: nothing has been found yet, or nothing was chosen"),
            Self::StandsBy { reader, account } => {
                write!(f, "not read: the connection {reader} of {account} reads it")
            }
            Self::Lacks { scopes } => {
                write!(f, "not read: its person has not granted {}", scopes.join(" "))
            }
            Self::NotUsed => f.write_str("not read: the manifest in force has no use for it"),
            Self::SourceGone => f.write_str("not read: the manifest in force has no such source"),
            Self::NeedsReauth => f.write_str("not read: the connection must be authorised again"),
            Self::Disconnected => f.write_str("not read: the connection was ended"),
        }
    }
}

impl fmt::Display for ConnectionExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.sentence)?;
        writeln!(f, "  connection {}, by {}", self.connection, self.connector)?;
        writeln!(f, "  made by {}, {}; {}", self.made_by, time(self.made), self.status)?;
        if let Some(access) = &self.access {
            if let Some(granted) = &access.granted {
                writeln!(f, "  granted: {}", granted.join(" "))?;
            }
            for (what, scopes) in
                [("needed", &access.needed), ("missing", &access.missing), ("not needed", &access.unneeded)]
            {
                if !scopes.is_empty() {
                    writeln!(f, "  {what}: {}", scopes.join(" "))?;
                }
            }
            access.limits.iter().try_for_each(|limit| writeln!(f, "  {limit}"))?;
        }
        self.streams.iter().try_for_each(|stream| shown(f, stream))?;
        for known in &self.subscriptions {
            let place = if known.partition.as_str().is_empty() {
                format!("which {} there are", known.stream)
            } else {
                format!("{} of {}", known.stream, known.partition)
            };
            write!(f, "  tells of {place}: {}", word(&known.status))?;
            match known.expires {
                Some(expires) => writeln!(f, ", until {}", time(expires))?,
                None => writeln!(f)?,
            }
        }
        for quota in &self.quotas {
            write!(f, "  quota {}: {} of {}", quota.name, quota.left, count_of(quota.limit))?;
            if quota.left == 0 { writeln!(f, ", room {}", time(quota.room_at))? } else { writeln!(f)? }
        }
        self.next.iter().try_for_each(|next| writeln!(f, "  next: {next}"))
    }
}

fn count_of(limit: u32) -> String {
    format!("{} left", count(usize::try_from(limit).unwrap_or(usize::MAX), "call"))
}

fn shown(f: &mut fmt::Formatter<'_>, stream: &StreamExplained) -> fmt::Result {
    let optional = if stream.optional { " (optional)" } else { "" };
    writeln!(f, "  {}{optional}: {}", stream.stream, stream.reads)?;
    if let Some(looks) = &stream.looks {
        writeln!(f, "    {looks}")?;
    }
    for broken in &stream.problems {
        let place = broken.record.partition.as_str();
        let on = if place.is_empty() { String::new() } else { format!(" of {place}") };
        writeln!(f, "    not understood{on}: {broken}")?;
    }
    if stream.more_problems {
        writeln!(f, "    … and more that are not understood")?;
    }
    for partition in &stream.partitions {
        let complete = match (partition.complete, partition.covers) {
            (true, Some(covers)) => format!("complete, certain up to {}", time(covers)),
            (true, None) => "complete".to_owned(),
            (false, _) => "not read completely under the manifest in force".to_owned(),
        };
        writeln!(f, "    {}: {}; {complete}", called(partition), partition.reads)?;
        partition.lanes.iter().try_for_each(|lane| writeln!(f, "      {lane}"))?;
    }
    Ok(())
}
