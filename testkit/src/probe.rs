//! A script for the points that work passes: crash here, do something else there.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acquaint_core::env::Probe;
use acquaint_core::{Error, ErrorKind, Result, async_trait};
use futures::future::BoxFuture;

/// Says what happens at the named points. Clones are the same script.
///
/// After a crash every point errs, as nothing runs on in a dead process, until [`Script::revive`].
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    reached: Vec<&'static str>,
    counts: BTreeMap<&'static str, usize>,
    crashes: Vec<(Place, usize)>,
    work: Vec<(Place, usize, Work)>,
    crashed: Option<&'static str>,
}

type Work = Box<dyn FnOnce() -> BoxFuture<'static, Result<()>> + Send>;

#[derive(Clone, PartialEq)]
enum Place {
    Any,
    Named(String),
}

impl Script {
    /// A script that only takes notes.
    pub fn new() -> Self {
        Self::default()
    }

    /// A script that crashes the work when it comes to `point` for the `nth` time, counted from 1.
    pub fn crash_at(point: &str, nth: usize) -> Self {
        let script = Self::new();
        script.crash_when(point, nth);
        script
    }

    /// A script that crashes the work at the `nth` point that it comes to, counted from 1.
    pub fn crash_at_any(nth: usize) -> Self {
        let script = Self::new();
        script.inner().crashes.push((Place::Any, nth));
        script
    }

    /// Crashes the work when `point` is reached for the `nth` time from now on, counted from 1.
    pub fn crash_when(&self, point: &str, nth: usize) {
        let mut inner = self.inner();
        let nth = nth + inner.count(point);
        inner.crashes.push((Place::Named(point.to_owned()), nth));
    }

    /// Crashes the work at the `nth` point that is reached from now on, counted from 1.
    pub fn crash_when_any(&self, nth: usize) {
        let mut inner = self.inner();
        let nth = nth + inner.reached.len();
        inner.crashes.push((Place::Any, nth));
    }

    /// Does `work` when `point` is reached for the `nth` time from now on, counted from 1, before whoever
    /// reached it goes on. Its error ends the work at the point.
    pub fn interleave<W, F>(&self, point: &str, nth: usize, work: W)
    where
        W: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let mut inner = self.inner();
        let nth = nth + inner.count(point);
        inner.work.push((Place::Named(point.to_owned()), nth, Box::new(|| Box::pin(work()))));
    }

    /// The points reached so far, in order, those at which the work crashed included.
    pub fn reached(&self) -> Vec<&'static str> {
        self.inner().reached.clone()
    }

    /// The point at which the work crashed, unless it was revived.
    pub fn crashed(&self) -> Option<&'static str> {
        self.inner().crashed
    }

    /// Lets work run again after a crash. Counts go on; the crash that happened does not come back.
    pub fn revive(&self) {
        self.inner().crashed = None;
    }

    /// Whether an error, or one that caused it, is a crash by a script.
    pub fn is_crash(error: &Error) -> bool {
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = next {
            if error.downcast_ref::<Error>().is_some_and(|error| error.context(CRASH).is_some()) {
                return true;
            }
            next = error.source();
        }
        false
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a point: a crash, or work to be done there.
    fn pass(&self, point: &'static str) -> Result<Vec<Work>> {
        let mut inner = self.inner();
        if inner.crashed.is_some() {
            return Err(crash(point));
        }
        inner.reached.push(point);
        *inner.counts.entry(point).or_default() += 1;
        let (total, count) = (inner.reached.len(), inner.count(point));
        let here = |place: &Place, nth: usize| match place {
            Place::Any => nth == total,
            Place::Named(name) => name == point && nth == count,
        };
        if inner.crashes.iter().any(|(place, nth)| here(place, *nth)) {
            inner.crashed = Some(point);
            return Err(crash(point));
        }
        let work = inner.work.extract_if(.., |(place, nth, _)| here(place, *nth));
        Ok(work.map(|(_, _, work)| work).collect())
    }
}

impl Inner {
    fn count(&self, point: &str) -> usize {
        self.counts.get(point).copied().unwrap_or(0)
    }
}

const CRASH: &str = "crashed_at";

fn crash(point: &'static str) -> Error {
    Error::new(ErrorKind::Bug, "the script of this test crashed the work").with(CRASH, point)
}

#[async_trait]
impl Probe for Script {
    async fn reach(&self, point: &'static str) -> Result<()> {
        // Work may reach points itself, so nothing is locked while it runs.
        for work in self.pass(point)? {
            work().await?;
        }
        Ok(())
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        f.debug_struct("Script")
            .field("reached", &inner.reached)
            .field("crashed", &inner.crashed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    async fn run(script: &Script, points: &[&'static str]) -> Result<()> {
        for point in points {
            script.reach(point).await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn work_crashes_at_the_named_reach_of_a_point() {
        let script = Script::crash_at("commit", 2);
        let error = run(&script, &["fetch", "commit", "fetch", "commit", "never"]).await.unwrap_err();
        assert!(Script::is_crash(&error));
        assert!(Script::is_crash(&Error::store(error)));
        assert!(!Script::is_crash(&Error::fenced()));
        assert_eq!(script.reached(), ["fetch", "commit", "fetch", "commit"]);
        assert_eq!(script.crashed(), Some("commit"));
    }

    #[tokio::test]
    async fn work_crashes_at_every_point_in_turn() {
        for nth in 1..=3 {
            let script = Script::crash_at_any(nth);
            run(&script, &["a", "b", "c"]).await.unwrap_err();
            assert_eq!(script.reached().len(), nth);
        }
        run(&Script::crash_at_any(4), &["a", "b", "c"]).await.unwrap();
    }

    #[tokio::test]
    async fn nothing_runs_after_a_crash_until_it_is_revived() {
        let script = Script::crash_at("a", 1);
        run(&script, &["a"]).await.unwrap_err();
        run(&script, &["b"]).await.unwrap_err();
        script.revive();
        run(&script, &["a", "b"]).await.unwrap();
        script.crash_when("a", 1);
        run(&script, &["b", "a"]).await.unwrap_err();
        assert_eq!(script.reached(), ["a", "a", "b", "b", "a"]);
        script.revive();
        script.crash_when_any(2);
        run(&script, &["b"]).await.unwrap();
        run(&script, &["b"]).await.unwrap_err();
    }

    #[tokio::test]
    async fn work_is_interleaved_at_a_point_once() {
        let script = Script::new();
        let other = script.clone();
        script.interleave("outer", 2, move || async move { other.reach("inner").await });
        run(&script, &["outer", "outer", "outer"]).await.unwrap();
        assert_eq!(script.reached(), ["outer", "outer", "inner", "outer"]);
        script.interleave("outer", 1, || async { Err(Error::fenced()) });
        assert_eq!(run(&script, &["outer"]).await.unwrap_err().kind(), ErrorKind::Fenced);
    }
}
