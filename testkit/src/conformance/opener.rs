//! Stores that are opened more than once.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

/// A store as an [`Opener`] has opened it; closed when this and all clones of the store are dropped.
pub struct Opened<S: ?Sized> {
    /// The store.
    pub store: Arc<S>,
    _made: Box<dyn Any + Send>,
}

impl<S: fmt::Debug + ?Sized> fmt::Debug for Opened<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Opened").field(&self.store).finish()
    }
}

/// Opens the stores of one place, which is empty before the first.
pub struct Opener<S: ?Sized>(Box<dyn Fn() -> BoxFuture<'static, Opened<S>> + Send + Sync>);

impl<S: ?Sized + Send + Sync + 'static> Opener<S> {
    /// An opener that calls `open` each time; `store` finds the store in what was made.
    pub(super) fn calling<F, Fut>(open: F, store: fn(&Fut::Output) -> Arc<S>) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Send + 'static> + Send + 'static,
    {
        Self(Box::new(move || {
            let made = open();
            async move {
                let made = made.await;
                Opened { store: store(&made), _made: Box::new(made) }
            }
            .boxed()
        }))
    }

    /// Opens a store, beside those that are open.
    pub async fn open(&self) -> Opened<S> {
        (self.0)().await
    }
}

impl<S: ?Sized> fmt::Debug for Opener<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").finish_non_exhaustive()
    }
}
