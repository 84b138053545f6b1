//! A worker's life: it can end at a named point, before a verb of the store, or between a verb and its answer.
//! From then on the worker's own handle of the store answers nothing, so that nothing more is written.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use acquaint::core::env::Probe;
use acquaint::core::store::Store;
use acquaint::{Error, Result, async_trait};
use acquaint_testkit::Script;

use super::layer::Layer;

/// How a worker is to die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// When it has come to this many points.
    AtPoint(usize),
    /// Before the verb with this number has any effect.
    BeforeVerb(usize),
    /// After its effect, before the worker learns of it.
    AfterVerb(usize),
}

/// Whether a worker lives. Clones are the same life.
#[derive(Debug, Clone, Default)]
pub struct Life(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    dead: AtomicUsize,
    verbs: AtomicUsize,
    /// Number of the verb, and whether it takes effect.
    end: Mutex<Option<(usize, bool)>>,
}

impl Life {
    pub fn is_over(&self) -> bool {
        self.0.dead.load(Ordering::SeqCst) > 0
    }

    fn end(&self) {
        self.0.dead.store(1, Ordering::SeqCst);
    }

    /// Ends at the `nth` verb from now on, counted from 1.
    pub fn end_at_verb(&self, nth: usize, takes_effect: bool) {
        let number = self.0.verbs.load(Ordering::SeqCst) + nth;
        *self.0.end.lock().unwrap() = Some((number, takes_effect));
    }

    fn strikes(&self, after: bool) -> bool {
        let verbs = self.0.verbs.load(Ordering::SeqCst);
        *self.0.end.lock().unwrap() == Some((verbs, after))
    }

    fn check(&self) -> Result<()> {
        if self.is_over() { Err(Error::store("this process is dead")) } else { Ok(()) }
    }
}

/// The store as one worker reaches it.
#[derive(Debug)]
pub struct Mortal {
    pub under: Arc<dyn Store>,
    pub life: Life,
}

impl Layer for Mortal {
    fn under(&self) -> &dyn Store {
        &*self.under
    }

    fn enter(&self, _verb: &'static str) -> Result<()> {
        self.life.0.verbs.fetch_add(1, Ordering::SeqCst);
        if self.life.strikes(false) {
            self.life.end();
        }
        self.life.check()
    }

    fn leave(&self, _verb: &'static str) -> Result<()> {
        if self.life.strikes(true) {
            self.life.end();
        }
        self.life.check()
    }
}

/// The points that one worker comes to.
#[derive(Debug)]
pub struct Points {
    pub script: Script,
    pub life: Life,
    /// How often others get a turn at each point.
    pub turns: usize,
}

#[async_trait]
impl Probe for Points {
    async fn reach(&self, point: &'static str) -> Result<()> {
        self.life.check()?;
        for _ in 0..self.turns {
            tokio::task::yield_now().await;
        }
        let reached = self.script.reach(point).await;
        if reached.as_ref().is_err_and(Script::is_crash) {
            self.life.end();
        }
        reached
    }
}
