//! What connectors and streams declare about themselves.

use std::sync::Arc;
use std::time::Duration;

use crate::auth::{AuthKind, AuthScheme};
use crate::http::HttpPolicy;
use crate::ids::ConnectorId;
use crate::view::EntityKind;

use super::private::PrivateRecords;

/// What a connector declares.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConnectorInfo {
    /// Its id, as manifests name it.
    pub id: ConnectorId,
    /// The provider's name for people.
    pub name: String,
    /// How its requests may be authorised: one scheme of a kind, the usual one first.
    pub auth: Vec<AuthScheme>,
    /// Hosts, error table and patience.
    pub http: Arc<HttpPolicy>,
}

impl ConnectorInfo {
    /// Declares a connector with its usual scheme.
    pub fn new(
        id: impl Into<ConnectorId>,
        name: impl Into<String>,
        auth: AuthScheme,
        http: HttpPolicy,
    ) -> Self {
        Self { id: id.into(), name: name.into(), auth: vec![auth], http: Arc::new(http) }
    }

    /// Adds another scheme, in place of one of the same kind.
    #[must_use]
    pub fn or_auth(mut self, scheme: impl Into<AuthScheme>) -> Self {
        let scheme = scheme.into();
        self.auth.retain(|known| known.kind() != scheme.kind());
        self.auth.push(scheme);
        self
    }

    /// The scheme of a kind.
    pub fn scheme(&self, kind: AuthKind) -> Option<&AuthScheme> {
        self.auth.iter().find(|scheme| scheme.kind() == kind)
    }
}

/// Whose account a grant opens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The provider's stable id of the account.
    pub account: String,
    /// The account's address, if it is one person's.
    pub email: Option<String>,
    /// For people: what the account is called.
    pub label: String,
}

impl Identity {
    /// An account without an address.
    pub fn new(account: impl Into<String>, label: impl Into<String>) -> Self {
        Self { account: account.into(), email: None, label: label.into() }
    }

    /// Sets the address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }
}

/// What a stream's records are, as far as the engine cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamKind {
    /// Calendar events.
    Events,
    /// What decisions look people and accounts up in: no decision is made before one complete baseline.
    Directory,
    /// Anything else.
    Other,
}

/// What a stream declares.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StreamSpec {
    /// Its name, unique within the connector.
    pub name: &'static str,
    /// What its records are.
    pub kind: StreamKind,
    /// Its lanes. The first is the one that runs baselines.
    pub lanes: Vec<LaneSpec>,
    /// Whether [`super::RecordStream::partitions`] must be asked; otherwise there is one partition, the whole.
    pub partitioned: bool,
    /// Time between two looks at all partitions, where in between only what has changed is asked for.
    pub relist_every: Duration,
    /// Whether the provider sends notifications of changes in its partitions: see [`super::Push`].
    pub pushed: bool,
    /// Whether the provider's notifications name its records: see [`super::Told`].
    pub told: bool,
    /// Scopes without which it cannot be read.
    pub scopes: Vec<&'static str>,
    /// Scopes without which less of it is read, each with what is missing then, as a sentence.
    pub wider_scopes: Vec<(&'static str, &'static str)>,
    /// What its records serve as, if they serve nothing else: a manifest that looks for no contacts reads no stream
    /// of contacts and asks for none of its scopes, and only one that names deals waits for a stream of deals.
    /// `None` for what is always read.
    pub serves: Option<EntityKind>,
    /// Names that `privacy.drop` may use, each with the JSON pointers that it removes from a record.
    pub droppable: Vec<(&'static str, Vec<&'static str>)>,
    /// How its private records are told and what stays of one where a manifest keeps only their times
    /// ([`super::PrivateEvents::BusyOnly`]); `None` if it has none, or cannot tell them.
    pub private: Option<PrivateRecords>,
    /// How long after a change the provider may still answer without it.
    pub lag: Duration,
    /// Whether it is read where its scopes were granted and left out where they were not, and nothing waits for it.
    pub optional: bool,
    /// How many records [`super::RecordStream::read`] reads best at a time.
    pub read_batch: usize,
    /// How many records a full page of a baseline holds; `None` if that cannot be said. Plans tell by it what reading costs.
    pub page: Option<usize>,
    /// The streams that its partitions follow: see [`super::Partition::following`].
    pub follows: Vec<&'static str>,
    /// The section of the manifest (`accounts`, `contacts`, `deals`) whose mapped fields are fields of its records, if
    /// [`super::RecordStream::fields`] tells all that there are.
    pub section: Option<&'static str>,
}

impl StreamSpec {
    /// A stream of one partition, read by `lanes`.
    pub fn new(name: &'static str, kind: StreamKind, lanes: Vec<LaneSpec>) -> Self {
        Self {
            name,
            kind,
            lanes,
            partitioned: false,
            relist_every: Duration::from_secs(24 * 60 * 60),
            pushed: false,
            told: false,
            scopes: Vec::new(),
            wider_scopes: Vec::new(),
            serves: None,
            droppable: Vec::new(),
            private: None,
            lag: Duration::ZERO,
            optional: false,
            read_batch: 100,
            page: None,
            follows: Vec::new(),
            section: None,
        }
    }

    /// Says that partitions must be discovered.
    #[must_use]
    pub fn partitioned(mut self) -> Self {
        self.partitioned = true;
        self
    }

    /// Says that the provider sends notifications of changes.
    #[must_use]
    pub fn pushed(mut self) -> Self {
        self.pushed = true;
        self
    }

    /// Says that the provider's notifications name its records.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.told = true;
        self
    }

    /// Says what its records serve as.
    #[must_use]
    pub fn serves(mut self, kind: EntityKind) -> Self {
        self.serves = Some(kind);
        self
    }

    /// Adds a scope.
    #[must_use]
    pub fn scope(mut self, scope: &'static str) -> Self {
        self.scopes.push(scope);
        self
    }

    /// Says that it is left out where its scopes were not granted, and that nothing waits for it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Says how many records a full page of a baseline holds.
    #[must_use]
    pub fn page(mut self, records: usize) -> Self {
        self.page = Some(records);
        self
    }

    /// Says which section of the manifest maps fields of its records, all of which it can tell.
    #[must_use]
    pub fn mapped_by(mut self, section: &'static str) -> Self {
        self.section = Some(section);
        self
    }

    /// Adds a stream that its partitions follow.
    #[must_use]
    pub fn follows(mut self, stream: &'static str) -> Self {
        self.follows.push(stream);
        self
    }

    /// Adds a scope without which less is read. `lack` says what is missing then, as a sentence.
    #[must_use]
    pub fn wider_scope(mut self, scope: &'static str, lack: &'static str) -> Self {
        self.wider_scopes.push((scope, lack));
        self
    }

    /// Adds a name that `privacy.drop` may use.
    #[must_use]
    pub fn droppable(mut self, name: &'static str, pointers: &[&'static str]) -> Self {
        self.droppable.push((name, pointers.to_vec()));
        self
    }

    /// Says how its private records are told, and what stays of one.
    #[must_use]
    pub fn private(mut self, private: PrivateRecords) -> Self {
        self.private = Some(private);
        self
    }

    /// The lane with this name.
    pub fn lane(&self, name: &str) -> Option<&LaneSpec> {
        self.lanes.iter().find(|lane| lane.name == name)
    }
}

/// How a lane reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LaneKind {
    /// One baseline, then from cursor to cursor.
    Incremental,
    /// From beginning to end each time, without a cursor of its own in between.
    Walk,
    /// From beginning to end each time, as often as the manifest asks for baselines, while the first lane goes on from
    /// cursor to cursor and runs no baseline but its first. It finds what the other lanes have missed.
    Reconcile,
    /// From beginning to end once, when its partition is new.
    Once,
}

/// What a lane declares.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LaneSpec {
    /// Its name, unique within the stream.
    pub name: &'static str,
    /// How it reads.
    pub kind: LaneKind,
    /// Time between two runs, unless the manifest says otherwise.
    pub every: Duration,
    /// Time between two complete baselines; `None` runs one only when there must be one.
    pub baseline_every: Option<Duration>,
    /// Whether what a complete baseline has not seen is gone.
    pub sweeps: bool,
    /// Whether "sync now" runs it even when it is not due.
    pub on_demand: bool,
    /// Whether the other lanes of a new partition wait until it has run, and decisions are made before they begin.
    pub leads: bool,
}

impl LaneSpec {
    /// The lane that keeps up with changes: it sweeps after a baseline and runs whenever a sync is asked for.
    pub fn head(every: Duration) -> Self {
        Self {
            name: "head",
            kind: LaneKind::Incremental,
            every,
            baseline_every: None,
            sweeps: true,
            on_demand: true,
            leads: false,
        }
    }

    /// A lane that walks from beginning to end every so often, sweeps nothing and keeps to its schedule.
    pub fn walk(name: &'static str, every: Duration) -> Self {
        Self {
            name,
            kind: LaneKind::Walk,
            every,
            baseline_every: None,
            sweeps: false,
            on_demand: false,
            leads: false,
        }
    }

    /// A lane that looks, every so often, again at what the first one has read: for what the provider shows late. It has
    /// a cursor of its own, which begins where it is made.
    pub fn trailing(every: Duration) -> Self {
        Self { kind: LaneKind::Incremental, ..Self::walk("trailing", every) }
    }

    /// A lane that reads everything every so often, and sweeps.
    pub fn reconcile(every: Duration) -> Self {
        Self { kind: LaneKind::Reconcile, sweeps: true, ..Self::walk("reconcile", every) }
    }

    /// Says that what it has not seen from beginning to end is gone.
    #[must_use]
    pub fn sweeping(mut self) -> Self {
        self.sweeps = true;
        self
    }

    /// A lane that reads what matters most of a new partition, before the others read the rest.
    pub fn lead(name: &'static str) -> Self {
        Self { kind: LaneKind::Once, leads: true, ..Self::walk(name, Duration::ZERO) }
    }

    /// Sets the time between two complete baselines.
    #[must_use]
    pub fn baseline_every(mut self, every: Duration) -> Self {
        self.baseline_every = Some(every);
        self
    }
}
