//! The erased form of a stream, in which cursors are opaque.

use std::fmt::Debug;

use async_trait::async_trait;

use super::page::{FetchRequest, Page};
use super::settings::SourceSettings;
use super::spec::StreamSpec;
use super::stream::{Context, Discovered, Field, Partition, RecordStream};
use crate::cursor::StoredCursor;
use crate::error::Result;
use crate::ids::RecordKey;
use crate::record::{Change, RawRecord};
use crate::view::Views;

mod sealed {
    pub trait Sealed {}
    impl<T: super::RecordStream> Sealed for T {}
}

/// A [`RecordStream`] whose cursor type is hidden. Implemented for every `RecordStream`, and for nothing else.
#[async_trait]
pub trait AnyStream: sealed::Sealed + Debug + Send + Sync + 'static {
    /// See [`RecordStream::spec`].
    fn spec(&self) -> &StreamSpec;
    /// See [`RecordStream::fetch`].
    async fn fetch(&self, cx: &Context, request: FetchRequest<StoredCursor>) -> Result<Page<StoredCursor>>;
    /// See [`RecordStream::view`].
    fn view(&self, raw: &RawRecord) -> Result<Views>;
    /// See [`RecordStream::partitions`].
    async fn partitions(&self, cx: &Context) -> Result<Vec<Partition>>;
    /// See [`RecordStream::discover`].
    async fn discover(&self, cx: &Context, since: Option<StoredCursor>) -> Result<Discovered>;
    /// See [`RecordStream::fields`].
    async fn fields(&self, cx: &Context) -> Result<Vec<Field>>;
    /// See [`RecordStream::read`].
    async fn read(&self, cx: &Context, partition: &Partition, keys: &[RecordKey]) -> Result<Vec<Change>>;
    /// See [`RecordStream::asked`].
    fn asked(&self, settings: &SourceSettings) -> bool;
    /// See [`RecordStream::binding`].
    fn binding(&self, settings: &SourceSettings) -> String;
}

#[async_trait]
impl<T: RecordStream> AnyStream for T {
    fn spec(&self) -> &StreamSpec {
        RecordStream::spec(self)
    }

    async fn fetch(&self, cx: &Context, request: FetchRequest<StoredCursor>) -> Result<Page<StoredCursor>> {
        let request = request.try_map(StoredCursor::load::<T::Cursor>)?;
        let page = RecordStream::fetch(self, cx, request).await?;
        page.try_map(|cursor| StoredCursor::store(&cursor))
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        RecordStream::view(self, raw)
    }

    async fn partitions(&self, cx: &Context) -> Result<Vec<Partition>> {
        RecordStream::partitions(self, cx).await
    }

    async fn discover(&self, cx: &Context, since: Option<StoredCursor>) -> Result<Discovered> {
        RecordStream::discover(self, cx, since).await
    }

    async fn fields(&self, cx: &Context) -> Result<Vec<Field>> {
        RecordStream::fields(self, cx).await
    }

    async fn read(&self, cx: &Context, partition: &Partition, keys: &[RecordKey]) -> Result<Vec<Change>> {
        RecordStream::read(self, cx, partition, keys).await
    }

    fn asked(&self, settings: &SourceSettings) -> bool {
        RecordStream::asked(self, settings)
    }

    fn binding(&self, settings: &SourceSettings) -> String {
        RecordStream::binding(self, settings)
    }
}
