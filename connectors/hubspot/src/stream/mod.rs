//! The stream of one object type.

mod absent;
mod archived;
mod baseline;
mod fill;
mod incremental;
mod read;

use std::sync::Arc;

use acquaint_core::connector::{
    Context, FetchRequest, Field, LaneSpec, Next, Page, Partition, RecordStream, SourceSettings, StreamKind,
    StreamSpec,
};
use acquaint_core::ids::RecordKey;
use acquaint_core::record::{Change, RawRecord};
use acquaint_core::view::{EntityKind, Views};
use acquaint_core::{Error, ErrorKind, Result, async_trait};
use serde_json::json;

use self::incremental::Began;
use crate::client::{Api, Setup};
use crate::cursor::CrmCursor;
use crate::object::ObjectKind;
use crate::options::Options;
use crate::reading::Reading;

pub(crate) use self::fill::Failed;

const HEAD: &str = "head";
const TRAILING: &str = "trailing";
const ARCHIVED: &str = "archived";
const RECONCILE: &str = "reconcile";

/// How records are read. Another number means that what older releases have read is read again.
const READING: u32 = 2;

#[derive(Debug)]
pub(crate) struct ObjectStream {
    kind: ObjectKind,
    spec: StreamSpec,
    setup: Arc<Setup>,
}

impl ObjectStream {
    pub(crate) fn new(kind: ObjectKind, setup: &Arc<Setup>) -> Self {
        let config = &setup.config;
        let lanes = vec![
            LaneSpec::head(config.head_every),
            LaneSpec::trailing(config.trailing_every),
            LaneSpec::walk(ARCHIVED, config.archived_every),
            LaneSpec::reconcile(config.baseline_every),
        ];
        let directory = matches!(kind, ObjectKind::Companies | ObjectKind::Contacts);
        let stream_kind = if directory { StreamKind::Directory } else { StreamKind::Other };
        let mut spec = StreamSpec::new(kind.stream(), stream_kind, lanes).told();
        spec.scopes = kind.describe().scopes.to_vec();
        spec.serves = match kind {
            ObjectKind::Contacts => Some(EntityKind::Contact),
            ObjectKind::Deals => Some(EntityKind::Deal),
            _ => None,
        };
        spec.section = match kind {
            ObjectKind::Companies => Some("accounts"),
            ObjectKind::Contacts => Some("contacts"),
            ObjectKind::Deals => Some("deals"),
            ObjectKind::Meetings | ObjectKind::Custom => None,
        };
        spec.lag = config.search_overlap;
        spec.read_batch = config.batch_size;
        spec.page = Some(config.list_page);
        spec.optional = !directory;
        spec.partitioned = kind == ObjectKind::Custom;
        let droppable = kind.describe().droppable.iter();
        spec.droppable = droppable.map(|(name, pointers)| (*name, pointers.to_vec())).collect();
        Self { kind, spec, setup: Arc::clone(setup) }
    }

    async fn fields_of(&self, api: Api<'_>, object: &str) -> Result<Vec<Field>> {
        let all = api.definitions(object).await.map_err(|error| match error.kind() {
            ErrorKind::Forbidden => error.advise(format!(
                "to discover fields, add {} to `scopes` in the HubSpot connector's configuration; records can be read \
                 without",
                self.kind.describe().schema_scope
            )),
            _ => error,
        })?;
        let usable = all.into_iter().filter(|field| !field.archived && ObjectKind::is_field(&field.name));
        Ok(usable
            .map(|definition| {
                let field = Field::new(definition.name, definition.label, definition.r#type);
                definition
                    .options
                    .into_iter()
                    .fold(field, |field, option| field.option(option.value, option.label))
            })
            .collect())
    }
}

#[async_trait]
impl RecordStream for ObjectStream {
    type Cursor = CrmCursor;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    async fn fetch(&self, cx: &Context, request: FetchRequest<CrmCursor>) -> Result<Page<CrmCursor>> {
        let reading = Reading::new(Api::new(cx, &self.setup), self.kind, &request.partition)?;
        let began = request.began.timestamp_millis();
        let config = &self.setup.config;
        match (request.lane.as_str(), request.cursor) {
            (HEAD, Some(CrmCursor::Ready { watermark })) => {
                incremental::begin(&reading, watermark, began, config.search_overlap).await
            }
            (HEAD | RECONCILE, None) => baseline::begin(&reading, began).await,
            (HEAD | RECONCILE, Some(CrmCursor::Listing { began, after })) => {
                baseline::listed(&reading, Began::There(began), Some(&after)).await
            }
            (HEAD | RECONCILE, Some(CrmCursor::Selecting { began, ids })) => {
                baseline::selected(&reading, Began::There(began), ids).await
            }
            (lane @ (HEAD | TRAILING), Some(CrmCursor::Searching { from, until, ids })) => {
                let overlap = if lane == HEAD { config.search_overlap } else { config.trailing_overlap };
                incremental::page(&reading, from, Began::There(until), ids, overlap).await
            }
            // It looks again at what the first lane has read, so that there is nothing for it to read yet.
            (TRAILING, None) => {
                let watermark = reading.api.theirs(began);
                Ok(Page::new(Vec::new(), Next::Done(CrmCursor::Ready { watermark })))
            }
            (TRAILING, Some(CrmCursor::Ready { watermark })) => {
                incremental::begin(&reading, watermark, began, config.trailing_overlap).await
            }
            (ARCHIVED, None) => archived::page(&reading, None).await,
            (ARCHIVED, Some(CrmCursor::Archived { after })) => {
                archived::page(&reading, after.as_deref()).await
            }
            (HEAD | TRAILING | ARCHIVED | RECONCILE, Some(_)) => {
                Err(Error::new(ErrorKind::CursorExpired, "the cursor belongs to another lane"))
            }
            (lane, _) => Err(Error::unsupported().operation("fetch").with("lane", lane)),
        }
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        crate::view::views(self.kind, raw)
    }

    async fn partitions(&self, cx: &Context) -> Result<Vec<Partition>> {
        match self.kind {
            ObjectKind::Custom => crate::objects::partitions(Api::new(cx, &self.setup)).await,
            _ => Ok(vec![Partition::whole()]),
        }
    }

    async fn fields(&self, cx: &Context) -> Result<Vec<Field>> {
        let api = Api::new(cx, &self.setup);
        if self.kind != ObjectKind::Custom {
            return self.fields_of(api, self.kind.stream()).await;
        }
        let (mut all, mut refused) = (Vec::new(), None);
        for partition in crate::objects::partitions(api).await? {
            match self.fields_of(api, partition.key.as_str()).await {
                Ok(fields) => all.extend(fields.into_iter().map(|field| field.of(partition.key.clone()))),
                // That one type may not be looked at, or is gone, says nothing of the others.
                Err(error) if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NotFound) => {
                    tracing::warn!(object = %partition.key, %error, "the fields of a custom object are not known");
                    refused = refused.or(Some(error));
                }
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(error) if all.is_empty() => Err(error),
            _ => Ok(all),
        }
    }

    async fn read(&self, cx: &Context, partition: &Partition, keys: &[RecordKey]) -> Result<Vec<Change>> {
        let reading = Reading::new(Api::new(cx, &self.setup), self.kind, partition)?;
        read::read(&reading, keys).await
    }

    fn asked(&self, settings: &SourceSettings) -> bool {
        Options::of(settings).is_ok_and(|options| options.reads(self.kind))
    }

    /// What changes what is read: the fields of this type, what of it is selected, and what must not be kept.
    fn binding(&self, settings: &SourceSettings) -> String {
        let Ok(options) = Options::of(settings) else { return String::new() };
        let selection = options.selection(self.kind).filters();
        let dropped: Vec<&str> = self.kind.dropped(&settings.drop).collect();
        json!([READING, options.further(settings, self.kind), selection, dropped]).to_string()
    }
}

/// A page with what could not be read set aside.
fn page_with_gaps(filled: fill::Filled, next: Next<CrmCursor>) -> Page<CrmCursor> {
    let mut page = Page::new(filled.changes, next);
    page.gaps = filled.gaps;
    page
}
