//! One run of a lane: from a claim to its release.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use acquaint_core::connector::{
    AnyStream, Context, FetchRequest, LaneSpec, Next, PassKind, StreamKind, StreamSpec, TimeRange,
};
use acquaint_core::error::Retry;
use acquaint_core::ids::{LaneName, RecordKey, Seq};
use acquaint_core::record::Change;
use acquaint_core::store::{
    ClaimedLane, Connection, ConnectionStatus, LaneClaim, LaneError, LaneId, LaneProgress, PageCommit,
    RecordWrite, Release, RetireConnection,
};
use acquaint_core::{Error, ErrorKind, Result};
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;

use super::discover::{self, DISCOVERY};
use super::due::Due;
use super::joins::Joins;
use super::lease::keeping;
use super::readers::{Role, wake_others};
use super::report::{LaneReport, Progress};
use super::subscribe::{self, PUSH};
use super::told::{self, TOLD};
use super::writes::{Writer, complete_patches};
use super::{SyncOptions, follow, standby, sweep};
use crate::connect::{lacks, lacks_error, stop};
use crate::engine::Engine;
use crate::manifest::Source;

/// So many failures in a row are no passing matter.
pub(super) const PERSISTENT: u32 = 3;

/// A claimed lane with everything that working on it needs.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) engine: &'a Engine,
    pub(super) options: &'a SyncOptions,
    pub(super) claim: LaneClaim,
    pub(super) connection: Connection,
    pub(super) source: &'a Source,
    pub(super) role: Role,
    pub(super) joins: &'a Joins<'a>,
    pub(super) stream: &'a dyn AnyStream,
    pub(super) cx: Context,
    pub(super) state: ClaimedLane,
    pub(super) report: LaneReport,
    /// The newest mirror commit that this run knows of.
    pub(super) seq: Seq,
    pub(super) version: u64,
    pub(super) progress: LaneProgress,
    /// Whether it has gone on with a pass that began under another claim.
    pub(super) went_on: bool,
}

/// What all lanes of one sync share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) engine: &'a Engine,
    pub(super) options: &'a SyncOptions,
    pub(super) joins: &'a Joins<'a>,
}

/// Runs a claimed lane and gives it back, whatever happens but a crash. Errs only if the store does.
pub(super) async fn run(
    shared: Shared<'_>,
    connections: &[Connection],
    claimed: ClaimedLane,
    role: Role,
) -> Result<(LaneReport, u64, u64)> {
    let Shared { engine, options, joins } = shared;
    let id = claimed.claim.lane.clone();
    let known = connections.iter().find(|connection| connection.id == id.connection);
    if known.is_none_or(|known| matches!(known.status, ConnectionStatus::Disconnected { .. })) {
        // A sync that had begun before it was disconnected has made the lane anew.
        engine.store.retire_connection(&RetireConnection::new(&id.tenant, &id.connection)).await?;
        return Ok((LaneReport::new(id), 0, 0));
    }
    let serving = known
        .filter(|connection| connection.status == ConnectionStatus::Active)
        .and_then(|connection| Some((connection, engine.source(connection)?)));
    let pushes = id.lane.as_str() == PUSH;
    if let Role::StandsBy { relieved } = role
        && !(pushes && serving.is_some())
    {
        let report = standby::stand_by(engine, &claimed, relieved).await?;
        return Ok((report, 0, 0));
    }
    let Some((connection, source)) = serving else {
        // Its source has gone from the manifest, or it must be authorised again: the mirror stays, nothing is read.
        park(engine, &claimed, TimeDelta::days(1)).await?;
        return Ok((LaneReport::new(id), 0, 0));
    };
    match readable(engine, connection, id.stream.as_str())? {
        Readable::Yes => {}
        Readable::NotRead => {
            park(engine, &claimed, TimeDelta::days(1)).await?;
            return Ok((LaneReport::new(id), 0, 0));
        }
        Readable::Lacks { missing, optional } => {
            park(engine, &claimed, TimeDelta::days(1)).await?;
            let mut report = LaneReport::new(id);
            if optional {
                report.lacks = missing;
            } else {
                report.error = Some(lacks_error(&missing));
            }
            return Ok((report, 0, 0));
        }
    }
    let ready = async {
        let connector = engine.connector(&connection.connector)?;
        let cx = engine.context_of(&**connector, connection, source).await?;
        Ok((Arc::clone(connector), cx))
    };
    let (connector, cx) = match ready.await {
        Ok(ready) => ready,
        Err(error) => {
            park(engine, &claimed, TimeDelta::minutes(5)).await?;
            let mut report = LaneReport::new(id);
            report.error = Some(error);
            return Ok((report, 0, 0));
        }
    };
    let Some(stream) = connector.stream(id.stream.as_str()) else {
        // An older release of the connector had it.
        park(engine, &claimed, TimeDelta::days(1)).await?;
        return Ok((LaneReport::new(id), 0, 0));
    };
    let stats = Arc::clone(cx.http.stats());
    let mut run = Run {
        engine,
        options,
        claim: claimed.claim.clone(),
        connection: connection.clone(),
        source,
        role,
        joins,
        stream,
        cx,
        report: LaneReport::new(id),
        seq: claimed.seq,
        version: claimed.state.version,
        progress: claimed.state.progress.clone(),
        went_on: false,
        state: claimed,
    };
    // A connector that panics has failed, and has failed this lane alone.
    let result = AssertUnwindSafe(run.work()).catch_unwind().await;
    let result = result.unwrap_or_else(|_| Err(Error::bug("the connector panicked")));
    match run.release(result).await {
        Ok(()) => {
            run.lead().await?;
            follow::wake(&run).await?;
        }
        Err(error) if error.kind() == ErrorKind::Fenced => run.report.fenced = true,
        Err(error) => return Err(error),
    }
    Ok((run.report, stats.requests(), stats.received()))
}

/// Whether a stream of a connection is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Readable {
    Yes,
    /// The manifest has no use for it, or the connector no longer has it.
    NotRead,
    /// These scopes are missing.
    Lacks {
        missing: Vec<&'static str>,
        optional: bool,
    },
}

pub(super) fn readable(engine: &Engine, connection: &Connection, stream: &str) -> Result<Readable> {
    let connector = engine.connector(&connection.connector)?;
    let Some(source) = engine.source(connection) else { return Ok(Readable::NotRead) };
    let Some(stream) = engine.read_stream(&**connector, source, stream) else {
        return Ok(Readable::NotRead);
    };
    let missing = lacks(engine, connection, stream)?;
    let optional = stream.spec().optional;
    Ok(if missing.is_empty() { Readable::Yes } else { Readable::Lacks { missing, optional } })
}

pub(super) async fn park(engine: &Engine, claimed: &ClaimedLane, after: TimeDelta) -> Result<()> {
    let due = engine.env.now() + after;
    let release = Release { due, not_before: DateTime::<Utc>::MIN_UTC, hints_done: true };
    match engine.store.release_lane(&claimed.claim, &release).await {
        Err(error) if error.kind() == ErrorKind::Fenced => Ok(()),
        other => other,
    }
}

impl Run<'_> {
    pub(super) fn spec(&self) -> &StreamSpec {
        self.stream.spec()
    }

    /// Returns when the lane next falls due.
    async fn work(&mut self) -> Result<Due> {
        if self.claim.lane.lane.as_str() == DISCOVERY {
            return discover::run(self).await;
        }
        if self.claim.lane.lane.as_str() == PUSH {
            let reads = self.role == Role::Reads;
            return subscribe::run(self, reads).await;
        }
        if self.claim.lane.lane.as_str() == TOLD {
            return told::run(self).await;
        }
        let name = self.claim.lane.lane.as_str();
        let Some(lane) = self.spec().lane(name).cloned() else {
            return Ok(Due::at(self.engine.env.now() + TimeDelta::days(1)));
        };
        // A sweep that a crash cut short, or that somebody has now agreed to.
        sweep::finish(self).await?;
        let due = match self.state.state.partition.follows.clone() {
            Some(place) => follow::pass(self, &lane, &place).await?,
            None => self.pass(&lane).await?,
        };
        sweep::finish(self).await?;
        Ok(due)
    }

    /// One pass, page by page.
    async fn pass(&mut self, lane: &LaneSpec) -> Result<Due> {
        let binding = self.source.binding(self.stream);
        self.begin(lane, &binding);
        let mut restarted = false;
        loop {
            let Some(pass) = self.progress.pass.clone() else {
                return Err(Error::bug("a pass ended without being noticed"));
            };
            let request = FetchRequest::new(
                pass.kind,
                self.progress.cursor.clone(),
                self.state.state.partition.clone(),
                LaneName::from(lane.name),
                pass.window,
                pass.began,
            );
            let fetch = self.stream.fetch(&self.cx, request);
            let page = match keeping(self.engine, &self.claim, fetch).await {
                Err(error) if error.kind() == ErrorKind::CursorExpired && !restarted => {
                    // Exactly one baseline: a second expiry in the same run is a failure like any other.
                    restarted = true;
                    tracing::info!(lane = %self.claim.lane, "the cursor has expired; a baseline follows");
                    self.restart();
                    continue;
                }
                other => other?,
            };
            self.engine.env.reach("page.fetched").await?;
            let now = self.engine.env.now();
            let mut changes = page.changes;
            let mut gaps = page.gaps;
            let place = (&self.claim.lane.connection, &self.claim.lane.stream, &self.claim.lane.partition);
            let (store, private) = (&*self.engine.store, self.spec().private.as_ref());
            let tenant = &self.claim.lane.tenant;
            gaps.extend(complete_patches(store, tenant, place, private, &mut changes).await?);
            let unread = self.close_gaps(&gaps, &mut changes, pass.kind).await?;
            let records = u64::try_from(changes.len()).unwrap_or(u64::MAX);
            let writes = self.writes(changes)?;
            let mut unread_in_pass = unread;
            if let Some(pass) = &mut self.progress.pass {
                pass.pages += 1;
                pass.gaps |= unread;
                pass.bound = page.window.or(pass.bound);
                unread_in_pass = pass.gaps;
            }
            let (cursor, done, wait) = match page.next {
                Next::More(cursor) => (cursor, false, None),
                Next::Done(cursor) => (cursor, true, None),
                Next::Wait { cursor, until } => (cursor, false, Some(until)),
            };
            self.progress.cursor = Some(cursor);
            if done {
                self.complete(lane, page.covers, now);
            }
            self.commit(&writes, page.window, now).await?;
            self.engine.env.reach("page.committed").await?;
            self.report.pages += 1;
            self.report.records += records;
            self.options.tell(&Progress::Page { lane: self.claim.lane.clone(), records });
            if !done {
                self.joins.if_due().await?;
            }
            if let Some(until) = wait {
                return Ok(Due::not_before(until));
            }
            if !done && self.options.turn_is_over(now) {
                return Ok(Due::again(now));
            }
            if done && unread_in_pass {
                return Err(Error::new(ErrorKind::Unavailable, "some records could not be read"));
            }
            if done {
                if pass.kind == PassKind::Baseline && lane.sweeps {
                    self.relieve_others().await?;
                }
                return Ok(self.next_due(lane, now));
            }
        }
    }

    /// Reads what a page could not give. Returns whether something is still missing, which only a baseline may
    /// leave behind: an increment that moved on would never see it again.
    async fn close_gaps(
        &self,
        gaps: &[RecordKey],
        changes: &mut Vec<Change>,
        pass: PassKind,
    ) -> Result<bool> {
        if gaps.is_empty() {
            return Ok(false);
        }
        let read = self.stream.read(&self.cx, &self.state.state.partition, gaps);
        match keeping(self.engine, &self.claim, read).await {
            Ok(found) => {
                let complete = gaps.iter().all(|key| found.iter().any(|change| change.key() == key));
                changes.extend(found);
                if complete || pass == PassKind::Baseline {
                    return Ok(!complete);
                }
                Err(Error::new(ErrorKind::Unavailable, "some records could not be read")
                    .with("records", gaps.len()))
            }
            Err(error) if pass == PassKind::Baseline && error.kind() != ErrorKind::Fenced => Ok(true),
            Err(error) => Err(error),
        }
    }

    pub(super) fn writes(&mut self, changes: Vec<Change>) -> Result<Vec<RecordWrite>> {
        let rejected = changes.iter().filter(|change| matches!(change, Change::Rejected { .. })).count();
        self.report.rejected += u64::try_from(rejected).unwrap_or(u64::MAX);
        let writer = Writer::new(self.engine, &self.connection.id, self.stream);
        changes.into_iter().map(|change| writer.write(change)).collect()
    }

    /// Records, dirty keys and progress together.
    pub(super) async fn commit(
        &mut self,
        writes: &[RecordWrite],
        window: Option<TimeRange>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.commit_settling(writes, &[], window, now).await
    }

    /// As [`Run::commit`]; what was told of `settled` is dealt with.
    pub(super) async fn commit_settling(
        &mut self,
        writes: &[RecordWrite],
        settled: &[RecordKey],
        window: Option<TimeRange>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let committed = self
            .engine
            .store
            .commit_page(&PageCommit {
                claim: &self.claim,
                expected: self.version,
                progress: &self.progress,
                writes,
                settled,
                window,
                now,
                lease_until: now + self.engine.lease,
            })
            .await?;
        self.version = committed.version;
        self.seq = self.seq.max(committed.seq);
        self.report.changed += u64::try_from(committed.changed).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Gives the claim back: on schedule after a success, with a back-off after a failure.
    async fn release(&mut self, result: Result<Due>) -> Result<()> {
        let now = self.engine.env.now();
        let release = match result {
            Ok(due) => {
                // What was told since a pass began may be behind what the pass has read.
                let answered = !due.unfinished && !self.went_on;
                Release { due: due.at, not_before: due.not_before, hints_done: answered }
            }
            Err(error) if error.kind() == ErrorKind::Fenced => return Err(error),
            Err(error) => {
                let release = self.failed(&error, now).await?;
                // A calendar that is gone is no failure: the next discovery retires it. One that is listed and
                // still not found is.
                let discovery = self.claim.lane.lane.as_str() == DISCOVERY;
                let vanished = error.kind() == ErrorKind::NotFound && self.spec().partitioned && !discovery;
                if !vanished || self.progress.failures >= PERSISTENT {
                    self.report.error = Some(error);
                }
                release
            }
        };
        self.engine.store.release_lane(&self.claim, &release).await
    }

    async fn failed(&mut self, error: &Error, now: DateTime<Utc>) -> Result<Release> {
        tracing::warn!(lane = %self.claim.lane, %error, "a lane failed");
        if error.kind() == ErrorKind::NeedsReauth {
            let reason = match error.context("code") {
                Some(code) => format!("{} ({code})", error.message()),
                None => error.message().to_owned(),
            };
            let (tenant, grant) = (&self.claim.lane.tenant, self.connection.grant.as_ref());
            stop(self.engine, tenant, &self.connection.id, grant, &reason).await?;
        }
        // The pass that failed goes on from its last committed page; only the failure is noted.
        self.progress = self.latest().await?;
        self.progress.failures = self.progress.failures.saturating_add(1);
        self.progress.error = Some(LaneError::new(error.kind(), error.to_string(), now));
        let doublings = self.progress.failures.min(7);
        self.commit(&[], None, now).await?;
        if self.progress.failures == PERSISTENT && self.shares() {
            self.wake_others().await?;
        }
        let back_off = TimeDelta::seconds(15 << doublings);
        // Between half and the whole, so that lanes that failed together do not come back together.
        #[expect(clippy::cast_possible_truncation, reason = "an hour in milliseconds is far below 2^31")]
        let jitter = (self.engine.env.fraction() * 1_000.0) as i32;
        let mut until = now + back_off / 2 + back_off / 2 / 1_000 * jitter;
        if let Retry::At(at) = error.retry_verdict() {
            until = until.max(at);
        }
        Ok(Release { due: until, not_before: until, hints_done: false })
    }

    /// After a lane that leads, whatever came of it: decides on what it has read, and lets the others begin.
    async fn lead(&self) -> Result<()> {
        if self.spec().kind == StreamKind::Directory {
            self.joins.reconsider();
        }
        let leads = self.spec().lane(self.claim.lane.lane.as_str()).is_some_and(|lane| lane.leads);
        if !leads {
            return Ok(());
        }
        if self.report.changed > 0 {
            self.joins.early().await?;
        }
        self.engine.env.reach("lane.led").await?;
        let behind = self.spec().lanes.iter().filter(|lane| !lane.leads && lane.on_demand);
        let behind = behind.map(|lane| LaneId { lane: LaneName::from(lane.name), ..self.claim.lane.clone() });
        self.engine.store.want(&behind.collect::<Vec<_>>()).await
    }

    /// Whether other connections may see this partition too.
    fn shares(&self) -> bool {
        self.state.state.partition.placement.is_some()
    }

    /// What others hold of this partition is not needed any more.
    async fn relieve_others(&self) -> Result<()> {
        if self.shares() { self.wake_others().await } else { Ok(()) }
    }

    async fn wake_others(&self) -> Result<()> {
        let LaneId { tenant, connection, stream, partition, .. } = &self.claim.lane;
        wake_others(self.engine, tenant, connection, Some((stream, partition))).await
    }

    /// The lane's progress as last committed.
    async fn latest(&mut self) -> Result<LaneProgress> {
        let lanes = self.engine.store.lanes(&self.claim.lane.tenant).await?;
        let lane = lanes.into_iter().find(|lane| lane.id == self.claim.lane).ok_or_else(Error::fenced)?;
        self.version = lane.version;
        Ok(lane.progress)
    }
}
