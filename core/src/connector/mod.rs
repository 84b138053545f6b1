//! What a connector is: the code for one provider.
//!
//! An author implements [`Connector`] once and [`RecordStream`] for each collection. The engine owns
//! everything else: checkpoints, retries, refreshing, duplicates, deletions, schedules.

mod erased;
mod page;
mod private;
mod push;
mod settings;
mod spec;
mod stream;

pub use erased::AnyStream;
pub use page::{FetchRequest, Next, Page, PassKind};
pub use private::PrivateRecords;
pub use push::{Hint, KeyHint, Order, Proof, Push, Route, Subscribed, Subscription, Told, Topic};
pub use settings::{PrivateEvents, SourceSettings, TimeRange, Window};
pub use spec::{ConnectorInfo, Identity, LaneKind, LaneSpec, StreamKind, StreamSpec};
pub use stream::{Context, Discovered, Field, FieldOption, Partition, Partitions, RecordStream};

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::{Error, Result};

/// The code for one provider. Holds no credentials: the product registers an [`crate::oauth::OAuthApp`]
/// beside it.
#[async_trait]
pub trait Connector: Debug + Send + Sync + 'static {
    /// Who it is and what it declares. Cheap.
    fn info(&self) -> &ConnectorInfo;

    /// Its streams. Cheap.
    fn streams(&self) -> &[Box<dyn AnyStream>];

    /// Whose account a grant opens. A request or two.
    ///
    /// # Errors
    /// As any call to the provider.
    async fn identify(&self, cx: &Context) -> Result<Identity>;

    /// How the provider's notifications are asked for and understood, if it sends any. Cheap.
    fn push(&self) -> Option<&dyn Push> {
        None
    }

    /// Whether it knows the settings that a source of the manifest has. Cheap.
    ///
    /// # Errors
    /// `Invalid`, naming the setting and what it takes. By default a connector has no settings of its own.
    fn check(&self, settings: &SourceSettings) -> Result<()> {
        match settings.options.keys().next() {
            None => Ok(()),
            Some(option) => Err(Error::invalid("this connector has no such setting").with("setting", option)),
        }
    }
}

impl dyn Connector {
    /// The stream with this name.
    pub fn stream(&self, name: &str) -> Option<&dyn AnyStream> {
        self.streams().iter().find(|stream| stream.spec().name == name).map(AsRef::as_ref)
    }
}
