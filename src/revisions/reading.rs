//! What a revision would have read that is not read now.

use std::sync::Arc;

use acquaint_core::Result;
use acquaint_core::connector::{Connector, PrivateEvents, StreamKind, StreamSpec};
use acquaint_core::ids::{SourceName, StreamName, TenantId};
use acquaint_core::store::{Connection, ConnectionStatus};
use acquaint_core::view::EntityKind;

use super::calls;
use super::plan::{PlannedFetch, PlannedPrivacy, PlannedScopes};
use crate::connect::Access;
use crate::engine::Engine;
use crate::manifest::{Source, Unfetched};

/// What changes about reading.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) unconnected: Vec<SourceName>,
    pub(super) fetches: Vec<PlannedFetch>,
    pub(super) scopes: Vec<PlannedScopes>,
    pub(super) ended: Vec<SourceName>,
    pub(super) privacy: Vec<PlannedPrivacy>,
    /// What is read and the mirror does not hold yet; `None` if it holds all.
    pub(super) unfetched: Option<Arc<Unfetched>>,
}

/// What changes from the manifest of one engine to that of another.
pub(super) async fn changes(current: &Engine, target: &Engine, tenant: &TenantId) -> Result<Changes> {
    let mut changes = Changes::default();
    let connections = target.store.connections(tenant).await?;
    let lanes = target.store.lanes(tenant).await?;
    let (now, then) = (current.manifest.privacy(), target.manifest.privacy());
    changes.privacy = then.beside(now);
    let let_in = now.dropped().filter(|name| !then.dropped().any(|dropped| dropped == *name));
    let private =
        now.private_events != then.private_events && then.private_events == PrivateEvents::AsTheyAre;
    let mut unfetched = Unfetched::default().with_events(let_in.map(str::to_owned), private);
    for (name, source) in target.manifest.sources() {
        let connector = &**target.connector(&source.connector)?;
        let serves = |connection: &&Connection| {
            let ended = matches!(connection.status, ConnectionStatus::Disconnected { .. });
            connection.source == *name && connection.connector == source.connector && !ended
        };
        let read: Vec<_> =
            target.reads(connector, source).filter(|stream| !stream.spec().lanes.is_empty()).collect();
        if !read.is_empty() {
            unfetched = lacking(unfetched, current.manifest.sources().get(name), name, source);
        }
        if !connections.iter().any(|one| one.source == *name && one.connector == source.connector) {
            unfetched = read.iter().fold(unfetched, |all, stream| never(all, connector, stream.spec()));
        }
        let mut serving = connections.iter().filter(serves).peekable();
        if serving.peek().is_none() && !read.is_empty() {
            changes.unconnected.push(name.clone());
        }
        for connection in serving {
            for stream in &read {
                let (spec, binding) = (stream.spec(), source.binding(*stream));
                let mut heads = lanes.iter().filter(|lane| {
                    lane.id.connection == connection.id
                        && lane.id.stream.as_str() == spec.name
                        && spec.lanes.first().is_some_and(|head| head.name == lane.id.lane.as_str())
                });
                let was_read = current
                    .source(connection)
                    .is_some_and(|source| current.read_stream(connector, source, spec.name).is_some())
                    && heads.clone().any(|lane| lane.progress.baselines > 0);
                if was_read && heads.all(|lane| lane.progress.binding.as_deref() == Some(&binding)) {
                    continue;
                }
                // Asked for otherwise, not only for more of each record: what is there may be something else.
                let now = current.source(connection).map(|now| (&now.settings.options, &now.settings.drop));
                if !was_read || now != Some((&source.settings.options, &source.settings.drop)) {
                    unfetched = never(unfetched, connector, spec);
                }
                let (records, calls) = calls::reading_once(&*target.store, connection, spec, &lanes).await?;
                changes.fetches.push(PlannedFetch {
                    source: name.clone(),
                    connection: connection.id.clone(),
                    stream: StreamName::from(spec.name),
                    anew: was_read,
                    records,
                    calls,
                });
            }
            let missing = Access::of(target, connection, source)?.missing;
            if missing.iter().any(|scope| !connection.missing.contains(scope)) {
                changes.scopes.push(PlannedScopes { connection: connection.id.clone(), scopes: missing });
            }
        }
    }
    changes.unfetched = (unfetched != Unfetched::default()).then(|| Arc::new(unfetched));
    changes.ended = current
        .manifest
        .sources()
        .keys()
        .filter(|name| !target.manifest.sources().contains_key(*name))
        .cloned()
        .collect();
    Ok(changes)
}

/// Adds the records of a stream in which people, accounts or deals are looked up.
fn never(all: Unfetched, connector: &dyn Connector, spec: &StreamSpec) -> Unfetched {
    match spec.serves {
        Some(kind) => all.with_all(kind),
        None if spec.kind != StreamKind::Directory => all,
        // Colleagues are where the connector says, or may be anywhere.
        None if connector.streams().iter().any(|one| one.spec().serves == Some(EntityKind::Colleague)) => {
            all.with_all(EntityKind::Account)
        }
        None => all.with_all(EntityKind::Account).with_all(EntityKind::Colleague),
    }
}

/// Adds the mapped fields of a source that are not asked for now. What the product pushes itself is there whole.
fn lacking(mut all: Unfetched, now: Option<&Source>, name: &SourceName, then: &Source) -> Unfetched {
    for (kind, section, fields) in [
        (EntityKind::Account, "accounts", &then.account_fields),
        (EntityKind::Contact, "contacts", &then.contact_fields),
        (EntityKind::Deal, "deals", &then.deal_fields),
    ] {
        let asked = now.filter(|now| now.connector == then.connector);
        let asked = asked.and_then(|now| now.settings.fields.get(section));
        for (ours, theirs) in fields {
            if !asked.is_some_and(|asked| asked.contains(theirs)) {
                all = all.with(name.clone(), kind, ours);
            }
        }
    }
    all
}
