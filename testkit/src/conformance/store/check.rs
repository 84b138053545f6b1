//! What a check is, and what it is run on.

use std::fmt;
use std::sync::Arc;

use acquaint_core::store::Store;
use futures::future::BoxFuture;

use super::{Opener, Outcome};

/// One check of the suite.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Check {
    /// The promise, as a name.
    pub name: &'static str,
    pub(super) run: fn(Arc<dyn Store>) -> BoxFuture<'static, Outcome>,
}

impl Check {
    /// Runs the check on an empty store.
    ///
    /// # Errors
    /// What was otherwise than promised.
    pub async fn run(&self, store: Arc<dyn Store>) -> Outcome {
        (self.run)(store).await
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.name).finish()
    }
}

/// One check that opens the store more than once.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ReopeningCheck {
    /// The promise, as a name.
    pub name: &'static str,
    pub(super) run: fn(Opener) -> BoxFuture<'static, Outcome>,
}

impl ReopeningCheck {
    /// Runs the check on an empty place.
    ///
    /// # Errors
    /// What was otherwise than promised.
    pub async fn run(&self, opener: Opener) -> Outcome {
        (self.run)(opener).await
    }
}

impl fmt::Debug for ReopeningCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReopeningCheck").field(&self.name).finish()
    }
}

/// What a maker of stores may give: a store, or a store and whatever must live as long, such as a directory.
pub trait Subject {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;
}

impl<S: Store> Subject for Arc<S> {
    fn store(&self) -> Arc<dyn Store> {
        self.clone()
    }
}

impl Subject for Arc<dyn Store> {
    fn store(&self) -> Arc<dyn Store> {
        self.clone()
    }
}

impl<S: Subject, G> Subject for (S, G) {
    fn store(&self) -> Arc<dyn Store> {
        self.0.store()
    }
}
