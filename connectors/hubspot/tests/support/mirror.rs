//! A mirror, as simple as can be: it applies changes as an engine does.

use std::collections::BTreeMap;

use acquaint_core::Result;
use acquaint_core::connector::{Next, Partition, PassKind};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::record::{Change, Gone, RawRecord, Version};
use acquaint_core::view::{Association, View, Views};
use chrono::{DateTime, Utc};

use super::{World, fetch_of};

/// What is known of one key.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) version: Option<Version>,
    pub(crate) state: std::result::Result<RawRecord, Gone>,
    touched: u64,
}

/// A pass that is under way.
#[derive(Debug, Clone)]
struct Pass {
    kind: PassKind,
    cursor: Option<StoredCursor>,
    began: DateTime<Utc>,
    serial: u64,
    gaps: bool,
}

/// The mirror of one partition of a stream.
#[derive(Debug)]
pub(crate) struct Mirror {
    partition: Partition,
    pub(crate) entries: BTreeMap<String, Entry>,
    pub(crate) covers: Option<DateTime<Utc>>,
    /// Where each lane stands.
    pub(crate) cursors: BTreeMap<String, StoredCursor>,
    passes: BTreeMap<String, Pass>,
    serial: u64,
    pub(crate) pages: usize,
}

impl Default for Mirror {
    fn default() -> Self {
        Self::of(Partition::whole())
    }
}

impl Mirror {
    pub(crate) fn of(partition: Partition) -> Self {
        Self {
            partition,
            entries: BTreeMap::new(),
            covers: None,
            cursors: BTreeMap::new(),
            passes: BTreeMap::new(),
            serial: 0,
            pages: 0,
        }
    }

    /// Applies changes as an engine does: unless what is stored is newer.
    pub(crate) fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            let key = change.key().as_str().to_owned();
            let (version, state) = match change {
                Change::Full(record) => (record.version, Ok(record)),
                Change::Tombstone { gone, version, .. } => (version, Err(gone)),
                other => panic!("{other:?} was not expected"),
            };
            let old = self.entries.get_mut(&key);
            if let Some(old) = old
                && old.version.zip(version).is_some_and(|(old, new)| old > new)
            {
                old.touched = self.serial;
                continue;
            }
            self.entries.insert(key, Entry { version, state, touched: self.serial });
        }
    }

    /// Begins a pass of a lane unless one is under way, and reads one page. Says whether the pass is over.
    pub(crate) async fn page(&mut self, world: &World, stream: &str, lane: &str) -> Result<bool> {
        if !self.passes.contains_key(lane) {
            // These begin anew each time.
            let cursor =
                self.cursors.get(lane).filter(|_| !matches!(lane, "reconcile" | "archived")).cloned();
            let complete = cursor.is_none();
            let kind = if complete { PassKind::Baseline } else { PassKind::Incremental };
            self.serial += 1;
            let (began, serial) = (world.cx.env.now(), self.serial);
            self.passes.insert(lane.to_owned(), Pass { kind, cursor, began, serial, gaps: false });
        }
        let mut pass = self.passes.remove(lane).unwrap();
        let fetched =
            fetch_of(world, stream, &self.partition, lane, pass.kind, pass.cursor.clone(), pass.began).await;
        let page = match fetched {
            Ok(page) => page,
            Err(error) => {
                self.passes.insert(lane.to_owned(), pass);
                return Err(error);
            }
        };
        self.pages += 1;
        assert!(self.pages < 100_000, "the pass does not end");
        pass.gaps |= !page.gaps.is_empty();
        self.apply(page.changes);
        match page.next {
            Next::More(cursor) => {
                pass.cursor = Some(cursor);
                self.passes.insert(lane.to_owned(), pass);
                Ok(false)
            }
            Next::Done(cursor) => {
                let sweeps = world.stream(stream).spec().lane(lane).unwrap().sweeps;
                if pass.kind == PassKind::Baseline && sweeps && !pass.gaps {
                    let unseen = self
                        .entries
                        .values_mut()
                        .filter(|one| one.touched < pass.serial && one.state.is_ok());
                    unseen.for_each(|entry| entry.state = Err(Gone::Unseen));
                }
                if lane == "head" {
                    self.covers = page.covers;
                }
                self.cursors.insert(lane.to_owned(), cursor);
                Ok(true)
            }
            Next::Wait { .. } => panic!("nothing waits here"),
        }
    }

    /// Finishes the lane's pass, beginning one unless one is under way.
    pub(crate) async fn run(&mut self, world: &World, stream: &str, lane: &str) -> Result<()> {
        while !self.page(world, stream, lane).await? {}
        Ok(())
    }

    /// Finishes whatever the lane has under way, then runs a pass.
    pub(crate) async fn finish_and_run(&mut self, world: &World, stream: &str, lane: &str) -> Result<()> {
        if self.passes.contains_key(lane) {
            self.run(world, stream, lane).await?;
        }
        self.run(world, stream, lane).await
    }

    /// A mirror after the first pass of the first lane.
    pub(crate) async fn baselined(world: &World, stream: &str) -> Self {
        let mut mirror = Self::default();
        mirror.run(world, stream, "head").await.unwrap();
        mirror
    }

    /// Reads the records that a provider has told of.
    pub(crate) async fn told(&mut self, world: &World, stream: &str, keys: &[&str]) -> Result<()> {
        let changes = world.read_of(stream, &self.partition, keys).await?;
        self.serial += 1;
        self.apply(changes);
        Ok(())
    }

    /// Reads, for a stream that follows another, all that hangs on the records of that one.
    pub(crate) async fn follow(&mut self, world: &World, stream: &str, followed: &Self) -> Result<()> {
        let keys = followed.keys();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.entries.clear();
        self.told(world, stream, &keys).await
    }

    /// The keys of live records.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.entries.iter().filter(|(_, entry)| entry.state.is_ok()).map(|(key, _)| key.clone()).collect()
    }

    /// The views of every live record.
    pub(crate) fn views(&self, world: &World, stream: &str) -> BTreeMap<String, Views> {
        let live = self.entries.iter().filter_map(|(key, entry)| Some((key, entry.state.as_ref().ok()?)));
        live.map(|(key, raw)| (key.clone(), world.stream(stream).view(raw).unwrap())).collect()
    }

    /// The links of every live record.
    pub(crate) fn links(&self, world: &World) -> BTreeMap<String, Vec<Association>> {
        let link = |view| match view {
            View::Association(link) => link,
            other => panic!("{other:?} is no link"),
        };
        let all = self.views(world, "associations").into_iter();
        all.map(|(key, views)| (key, views.into_iter().map(link).collect())).collect()
    }

    pub(crate) fn gone(&self, key: u64) -> Option<&Gone> {
        self.entries.get(&key.to_string())?.state.as_ref().err()
    }
}
