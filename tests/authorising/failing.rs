//! A store of which one verb fails, before or after it took effect: as often as a process may die.

use std::sync::{Arc, Mutex};

use acquaint::core::store::Store;
use acquaint::{Error, Result};

use crate::layer::{Layer, Over};

/// Which verb fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The nth of this name from now on, counted from 1.
    Named(&'static str, usize),
    /// The nth of all from now on.
    Nth(usize),
}

#[derive(Debug, Default)]
struct Plan {
    fails: Option<(Which, bool)>,
    seen: usize,
    /// Whether the verb that is under way fails once it took effect.
    afterwards: bool,
    struck: bool,
}

/// Plans what fails. Clones are the same plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures(Arc<Mutex<Plan>>);

#[derive(Debug)]
struct Failing {
    under: Arc<dyn Store>,
    failures: Failures,
}

impl Failures {
    /// A store over `under` that fails as is planned.
    pub(crate) fn over(&self, under: Arc<dyn Store>) -> Arc<dyn Store> {
        Over::store(Failing { under, failures: self.clone() })
    }

    /// From now on, once: before the verb does anything, or after it took effect.
    pub(crate) fn plan(&self, which: Which, after_effect: bool) {
        *self.0.lock().unwrap() = Plan { fails: Some((which, after_effect)), ..Plan::default() };
    }

    /// Whether it has failed; it does so no more.
    pub(crate) fn end(&self) -> bool {
        std::mem::take(&mut *self.0.lock().unwrap()).struck
    }
}

fn failure() -> Error {
    Error::store("the database went away")
}

impl Layer for Failing {
    fn under(&self) -> &dyn Store {
        &*self.under
    }

    fn enter(&self, verb: &'static str) -> Result<()> {
        let mut plan = self.failures.0.lock().unwrap();
        let Some((which, after_effect)) = plan.fails else { return Ok(()) };
        let (counts, nth) = match which {
            Which::Named(name, nth) => (name == verb, nth),
            Which::Nth(nth) => (true, nth),
        };
        plan.seen += usize::from(counts);
        if !counts || plan.seen != nth {
            return Ok(());
        }
        plan.struck = true;
        plan.afterwards = after_effect;
        if after_effect { Ok(()) } else { Err(failure()) }
    }

    fn leave(&self, _: &'static str) -> Result<()> {
        if std::mem::take(&mut self.failures.0.lock().unwrap().afterwards) { Err(failure()) } else { Ok(()) }
    }
}
