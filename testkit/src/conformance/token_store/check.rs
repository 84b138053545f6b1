//! One check, and what it is run on.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use acquaint_core::store::Store;
use acquaint_core::token::TokenStore;
use futures::future::BoxFuture;

use super::super::opener;
use super::Outcome;

/// What a maker of stores may give: a store, or a store and whatever must live as long, such as a directory.
pub trait Subject {
    /// The store.
    fn store(&self) -> Arc<dyn TokenStore>;
}

impl<S: TokenStore> Subject for Arc<S> {
    fn store(&self) -> Arc<dyn TokenStore> {
        self.clone()
    }
}

impl Subject for Arc<dyn TokenStore> {
    fn store(&self) -> Arc<dyn TokenStore> {
        self.clone()
    }
}

impl Subject for Arc<dyn Store> {
    fn store(&self) -> Arc<dyn TokenStore> {
        self.clone()
    }
}

impl<S: Subject, G> Subject for (S, G) {
    fn store(&self) -> Arc<dyn TokenStore> {
        self.0.store()
    }
}

/// Opens the stores of one place, which is empty before the first.
pub type Opener = opener::Opener<dyn TokenStore>;

impl Opener {
    /// An opener that calls `open` each time.
    pub fn new<F, Fut>(open: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Subject + Send + 'static> + Send + 'static,
    {
        Self::calling(open, Subject::store)
    }
}

/// One check of the suite.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Check {
    /// The promise, as a name.
    pub name: &'static str,
    pub(super) run: Run,
}

#[derive(Clone, Copy)]
pub(super) enum Run {
    Fresh(fn(Arc<dyn TokenStore>) -> BoxFuture<'static, Outcome>),
    Reopening(fn(Opener) -> BoxFuture<'static, Outcome>),
}

impl Check {
    /// Whether the check opens the store more than once.
    pub fn reopens(&self) -> bool {
        matches!(self.run, Run::Reopening(_))
    }

    /// Runs the check on an empty place.
    ///
    /// # Errors
    /// What was otherwise than promised.
    pub async fn run(&self, opener: Opener) -> Outcome {
        match self.run {
            Run::Fresh(run) => {
                let opened = opener.open().await;
                run(opened.store.clone()).await
            }
            Run::Reopening(run) => run(opener).await,
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.name).finish()
    }
}
