//! The stream of links between records: a partition for each pair of types, and in it a record for each record of the side
//! that the links are read from, with all its links.

mod pair;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use acquaint_core::connector::{
    Context, Discovered, FetchRequest, LaneSpec, Page, Partition, RecordStream, SourceSettings, StreamKind,
    StreamSpec,
};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::ids::RecordKey;
use acquaint_core::record::{Change, RawRecord};
use acquaint_core::view::{EntityKind, Views};
use acquaint_core::{Error, ErrorKind, Result, async_trait};

use crate::client::{Api, Setup, next_page, unread};
use crate::cursor::NoCursor;
use crate::object::ObjectKind;
use crate::objects;
use crate::options::Options;
use crate::stream::Failed;

use self::pair::Pair;
pub(crate) use self::pair::canonical;
use self::record::Links;

/// The stream's name.
pub(crate) const STREAM: &str = "associations";

/// How records are read. Another number means that what older releases have read is read again.
const READING: u32 = 1;

#[derive(Debug)]
pub(crate) struct LinkStream {
    spec: StreamSpec,
    setup: Arc<Setup>,
}

impl LinkStream {
    pub(crate) fn new(setup: &Arc<Setup>) -> Self {
        let config = &setup.config;
        let lanes = vec![
            LaneSpec::head(config.head_every),
            LaneSpec::walk("reconcile", config.associations_every).sweeping(),
        ];
        let mut spec = StreamSpec::new(STREAM, StreamKind::Directory, lanes)
            .serves(EntityKind::Contact)
            .partitioned()
            .told();
        // Links are read with the scopes of both ends; those of the types that are optional come with these.
        for kind in [ObjectKind::Contacts, ObjectKind::Companies] {
            spec.scopes.extend(kind.describe().scopes);
        }
        spec.follows = pair::FROM.iter().map(|kind| kind.stream()).collect();
        spec.read_batch = config.association_batch_size;
        Self { spec, setup: Arc::clone(setup) }
    }

    /// The pairs of custom objects.
    async fn custom(&self, cx: &Context, options: &Options) -> Result<Vec<Pair>> {
        if !reads(cx, options, ObjectKind::Custom) {
            return Ok(Vec::new());
        }
        let all = objects::known(Api::new(cx, &self.setup)).await?;
        Ok(objects::asked(options, all).flat_map(|schema| Pair::custom(&schema.id)).collect())
    }
}

#[async_trait]
impl RecordStream for LinkStream {
    type Cursor = NoCursor;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    /// Never asked for: its partitions follow others.
    async fn fetch(&self, _cx: &Context, _request: FetchRequest<NoCursor>) -> Result<Page<NoCursor>> {
        Err(Error::unsupported().operation("fetch").with("stream", STREAM))
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        record::views(raw)
    }

    async fn partitions(&self, cx: &Context) -> Result<Vec<Partition>> {
        let options = Options::of(&cx.settings)?;
        let pairs = standard(cx, &options).into_iter().chain(self.custom(cx, &options).await?);
        Ok(pairs.map(|pair| pair.partition()).collect())
    }

    /// Where HubSpot does not say which custom objects there are, their links are kept as they are, and the others are read
    /// all the same. The stream of these objects reports it.
    async fn discover(&self, cx: &Context, _since: Option<StoredCursor>) -> Result<Discovered> {
        match self.partitions(cx).await {
            Err(error) if error.kind() == ErrorKind::Forbidden => {
                let pairs = standard(cx, &Options::of(&cx.settings)?);
                Ok(Discovered::changed(pairs.iter().map(Pair::partition).collect(), Vec::new()))
            }
            found => found.map(Discovered::all),
        }
    }

    async fn read(&self, cx: &Context, partition: &Partition, keys: &[RecordKey]) -> Result<Vec<Change>> {
        let pair = Pair::of(partition)?;
        let api = Api::new(cx, &self.setup);
        let keys: BTreeSet<&str> = keys.iter().map(RecordKey::as_str).collect();
        let ids: Vec<&str> = keys.iter().copied().filter(|key| key.parse::<u64>().is_ok()).collect();
        let mut all: BTreeMap<&str, Links> = keys.iter().map(|key| (*key, Links::default())).collect();
        for chunk in ids.chunks(self.setup.config.association_batch_size) {
            for lost in read(api, &pair, chunk, &mut all).await? {
                all.remove(lost.as_str());
            }
        }
        // What is left out is asked for again by itself; nothing at all is no answer.
        if let (true, Some(first)) = (all.is_empty(), keys.first()) {
            return Err(unread(first, keys.len())
                .operation("hubspot.associations")
                .with("partition", pair.key()));
        }
        all.into_iter().map(|(id, links)| links.into_record(&pair, id).map(Change::Full)).collect()
    }

    /// Which pairs are read is a matter of the partitions, and nothing else of the settings changes what is read.
    fn binding(&self, _settings: &SourceSettings) -> String {
        READING.to_string()
    }
}

/// The pairs of standard types. Links are read with the scopes of both ends.
fn standard(cx: &Context, options: &Options) -> Vec<Pair> {
    Pair::standard(|kind| reads(cx, options, kind))
}

fn reads(cx: &Context, options: &Options, kind: ObjectKind) -> bool {
    options.reads(kind) && kind.describe().scopes.iter().all(|scope| cx.may_hold(scope))
}

/// Reads all links of some records, page by page: HubSpot pages them for each record by itself. Returns the records of which
/// not all could be read; what is known of their links is worth nothing.
async fn read(
    api: Api<'_>,
    pair: &Pair,
    ids: &[&str],
    all: &mut BTreeMap<&str, Links>,
) -> Result<BTreeSet<String>> {
    let mut lost = BTreeSet::new();
    let mut open: Vec<(String, Option<String>)> = ids.iter().map(|id| ((*id).to_owned(), None)).collect();
    while !open.is_empty() {
        let batch = api.links(&pair.from, &pair.to, &open).await?;
        let failed = Failed::of(&batch.errors);
        let mut asked: BTreeMap<String, Option<String>> = std::mem::take(&mut open).into_iter().collect();
        for entry in batch.results {
            let Some(after) = asked.remove(entry.holder()) else { continue };
            match next_page(after.as_deref(), entry.next()) {
                Ok(Some(next)) => open.push((entry.holder().to_owned(), Some(next))),
                Ok(None) => {}
                // One that goes round must not keep the others from being read.
                Err(_) => drop(lost.insert(entry.holder().to_owned())),
            }
            if let Some(links) = all.get_mut(entry.holder()) {
                links.extend(entry.to);
            }
        }
        // Those without any link are left out of the answer, or named as lacking them; and those that are gone have none. But
        // one of which a page has come has another, or is changing while it is looked at.
        let unanswered = asked.into_iter().filter(|(id, after)| after.is_some() || failed.includes(id));
        lost.extend(unanswered.map(|(id, _)| id));
    }
    Ok(lost)
}
