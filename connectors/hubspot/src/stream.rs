//! A stream: companies, or contacts with their links to companies.

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

use crate::client::{Api, Setup};
use crate::cursor::CrmCursor;
use crate::object::ObjectKind;

const HEAD: &str = "head";
const ARCHIVED: &str = "archived";

#[derive(Debug)]
pub(crate) struct CrmStream {
    kind: ObjectKind,
    spec: StreamSpec,
    setup: Arc<Setup>,
}

impl CrmStream {
    pub(crate) fn new(kind: ObjectKind, setup: &Arc<Setup>) -> Self {
        let config = &setup.config;
        let lanes = vec![
            LaneSpec::head(config.head_every).baseline_every(config.baseline_every),
            LaneSpec::walk(ARCHIVED, config.archived_every),
        ];
        let mut spec = StreamSpec::new(kind.path(), StreamKind::Directory, lanes);
        // Associations are read with the scopes of both ends.
        spec.scopes = match kind {
            ObjectKind::Companies => vec!["crm.objects.companies.read"],
            ObjectKind::Contacts => vec!["crm.objects.contacts.read", "crm.objects.companies.read"],
        };
        spec.serves = match kind {
            ObjectKind::Companies => None,
            ObjectKind::Contacts => Some(EntityKind::Contact),
        };
        spec.lag = config.search_overlap;
        Self { kind, spec, setup: Arc::clone(setup) }
    }
}

#[async_trait]
impl RecordStream for CrmStream {
    type Cursor = CrmCursor;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    async fn fetch(&self, cx: &Context, request: FetchRequest<CrmCursor>) -> Result<Page<CrmCursor>> {
        let api = Api::new(cx, &self.setup);
        let began = request.began.timestamp_millis();
        match (request.lane.as_str(), request.cursor) {
            (HEAD, None) => baseline::page(api, self.kind, began, None).await,
            (HEAD, Some(CrmCursor::Listing { began, after })) => {
                baseline::page(api, self.kind, began, Some(&after)).await
            }
            (HEAD, Some(CrmCursor::Ready { watermark })) => {
                incremental::begin(api, self.kind, watermark, began).await
            }
            (HEAD, Some(CrmCursor::Searching { from, until, ids })) => {
                incremental::page(api, self.kind, from, until, ids).await
            }
            (ARCHIVED, None) => archived::page(api, self.kind, None).await,
            (ARCHIVED, Some(CrmCursor::Archived { after })) => {
                archived::page(api, self.kind, after.as_deref()).await
            }
            (HEAD | ARCHIVED, Some(_)) => {
                Err(Error::new(ErrorKind::CursorExpired, "the cursor belongs to another lane"))
            }
            (lane, _) => Err(Error::unsupported().operation("fetch").with("lane", lane)),
        }
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        crate::view::views(self.kind, raw)
    }

    async fn fields(&self, cx: &Context) -> Result<Vec<Field>> {
        let all = Api::new(cx, &self.setup).definitions(self.kind).await.map_err(|error| match error.kind() {
            ErrorKind::Forbidden => error.advise(
                "to discover fields, add crm.schemas.contacts.read and crm.schemas.companies.read to `scopes` in the \
                 HubSpot connector's configuration; records can be read without",
            ),
            _ => error,
        })?;
        let usable = all.into_iter().filter(|field| !field.archived && ObjectKind::is_field(&field.name));
        Ok(usable.map(|field| Field::new(field.name, field.label, field.r#type)).collect())
    }

    async fn read(&self, cx: &Context, _partition: &Partition, keys: &[RecordKey]) -> Result<Vec<Change>> {
        read::read(Api::new(cx, &self.setup), self.kind, keys).await
    }

    /// Only the further fields of this stream's own section: nothing else of the settings changes what is read.
    fn binding(&self, settings: &SourceSettings) -> String {
        self.kind.further(settings).join(",")
    }
}

/// What follows a page of a list that was asked for with `after`.
fn next_page(after: Option<&str>, next: Option<&str>) -> Result<Option<String>> {
    if next.is_some() && next == after {
        return Err(Error::new(ErrorKind::Unavailable, "HubSpot's next page is the one that it just gave"));
    }
    Ok(next.map(str::to_owned))
}

/// A page with what could not be read set aside.
fn page_with_gaps(changes: Vec<Change>, gaps: Vec<RecordKey>, next: Next<CrmCursor>) -> Page<CrmCursor> {
    let mut page = Page::new(changes, next);
    page.gaps = gaps;
    page
}
