//! Whether a tenant's meetings can be decided yet.

use acquaint_core::Result;
use acquaint_core::connector::{StreamKind, StreamSpec};
use acquaint_core::ids::TenantId;
use acquaint_core::store::{ConnectionStatus, LaneState, MeetingQuery};
use acquaint_core::view::EntityKind;

use crate::connect::lacks;
use crate::engine::Engine;

/// Why no meeting of a tenant is decided yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pending {
    /// Nothing is connected to a source that people are looked up in.
    NotConnected { source: String },
    /// Another revision of the manifest is in force.
    Superseded,
    /// A stream that people are looked up in has had no complete baseline under this revision.
    NoBaseline { source: String, stream: String },
    /// Nor can it have one: its person has not granted these scopes.
    Lacks { source: String, stream: String, missing: String },
}

impl std::fmt::Display for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotConnected { source } => write!(f, "nothing is connected to source `{source}`"),
            Self::Superseded => {
                f.write_str("another revision of the manifest is in force; build the engine with it")
            }
            Self::NoBaseline { source, stream } => {
                write!(f, "`{stream}` of source `{source}` has not been read completely yet")
            }
            Self::Lacks { source, stream, missing } => {
                write!(
                    f,
                    "`{stream}` of source `{source}` may not be read: its person has not granted {missing}"
                )
            }
        }
    }
}

/// What decisions wait for: every stream in which people and accounts are looked up must have had one
/// complete baseline, or the first decisions would be made against half a CRM.
pub(crate) async fn pending(engine: &Engine, tenant: &TenantId) -> Result<Vec<Pending>> {
    let mut pending = Vec::new();
    if super::in_force(engine, tenant).await?.is_none() {
        pending.push(Pending::Superseded);
    }
    let connections = engine.store.connections(tenant).await?;
    let lanes = engine.store.lanes(tenant).await?;
    for (name, source) in engine.manifest.sources() {
        let connector = engine.connector(&source.connector)?;
        let streams: Vec<_> = engine
            .reads(&**connector, source)
            .filter(|stream| looked_up(engine, stream.spec()) && !stream.spec().lanes.is_empty())
            .collect();
        if streams.is_empty() {
            continue;
        }
        let (ended, serving): (Vec<_>, Vec<_>) = connections
            .iter()
            .filter(|connection| connection.source == *name && connection.connector == source.connector)
            .partition(|connection| matches!(connection.status, ConnectionStatus::Disconnected { .. }));
        // What a connection that has ended once read stands as it is.
        if serving.is_empty() && ended.is_empty() && !decided(engine, tenant).await? {
            pending.push(Pending::NotConnected { source: name.to_string() });
        }
        for connection in serving {
            for stream in &streams {
                let spec = stream.spec();
                let binding = source.binding(*stream);
                // What hangs on a stream that nothing waits for is not waited for either.
                let awaited = |lane: &LaneState| {
                    let followed = lane.partition.follows.as_ref();
                    followed.and_then(|(stream, _)| connector.stream(stream.as_str())).is_none_or(
                        |followed| {
                            let spec = followed.spec();
                            let deals = spec.serves == Some(EntityKind::Deal);
                            looked_up(engine, spec) && (deals || !spec.optional)
                        },
                    )
                };
                let mut heads = lanes
                    .iter()
                    .filter(|lane| {
                        lane.id.connection == connection.id && lane.id.stream.as_str() == spec.name
                    })
                    .filter(|lane| awaited(lane))
                    .filter(|lane| spec.lanes.first().is_some_and(|head| head.name == lane.id.lane.as_str()))
                    .peekable();
                let read = |lane: &LaneState| {
                    lane.progress.baselines > 0 && lane.progress.binding.as_deref() == Some(&binding)
                };
                let discovered =
                    !spec.partitioned || crate::sync::is_discovered(source, &lanes, connection, spec);
                if discovered && heads.peek().is_some() && heads.all(read) {
                    continue;
                }
                let (source, stream_name) = (name.to_string(), spec.name.to_owned());
                let missing = lacks(engine, connection, *stream)?.join(" ");
                if spec.optional && !missing.is_empty() {
                    continue;
                }
                pending.push(if missing.is_empty() {
                    Pending::NoBaseline { source, stream: stream_name }
                } else {
                    Pending::Lacks { source, stream: stream_name, missing }
                });
            }
        }
    }
    Ok(pending)
}

/// Whether decisions look anything up in a stream. In deals only those of a manifest that names them do.
fn looked_up(engine: &Engine, spec: &StreamSpec) -> bool {
    let deals = spec.serves == Some(EntityKind::Deal) && engine.manifest.follows().deals();
    spec.kind == StreamKind::Directory || deals
}

/// Whether meetings have been decided under this revision. Then every source was connected and read, and one that has
/// no connection any more was erased on purpose.
async fn decided(engine: &Engine, tenant: &TenantId) -> Result<bool> {
    let mut first = MeetingQuery::default();
    first.limit = 1;
    let rows = engine.store.meetings(tenant, &first).await?;
    Ok(rows.iter().any(|row| row.meeting.decision.revision == *engine.manifest.revision()))
}
