//! The stream of owners: the people of the account that records name as theirs.
//!
//! An owner's last-modified time does not move when its user changes, so that all are read each time:
//! <https://developers.hubspot.com/docs/api-reference/latest/crm/owners/guide>.

use std::sync::Arc;

use acquaint_core::connector::{
    Context, FetchRequest, LaneSpec, Next, Page, RecordStream, SourceSettings, StreamKind, StreamSpec,
};
use acquaint_core::record::{Change, RawRecord};
use acquaint_core::view::{Colleague, EntityKind, View, Views};
use acquaint_core::{Error, Result, async_trait};

use crate::client::{Api, Setup, next_page};
use crate::cursor::OwnersCursor;
use crate::model::Owner;
use crate::options::Options;
use crate::record::rows;

const HEAD: &str = "head";

/// How records are read. Another number means that what older releases have read is read again.
const READING: u32 = 1;

#[derive(Debug)]
pub(crate) struct OwnerStream {
    spec: StreamSpec,
    setup: Arc<Setup>,
}

impl OwnerStream {
    pub(crate) fn new(setup: &Arc<Setup>) -> Self {
        let mut head = LaneSpec::walk(HEAD, setup.config.owners_every).sweeping();
        head.on_demand = true;
        let spec = StreamSpec::new("owners", StreamKind::Directory, vec![head])
            .serves(EntityKind::Colleague)
            .optional()
            .scope("crm.objects.owners.read");
        Self { spec, setup: Arc::clone(setup) }
    }
}

#[async_trait]
impl RecordStream for OwnerStream {
    type Cursor = OwnersCursor;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    /// Those who are there first, then those who have left: what these looked after still names them.
    async fn fetch(&self, cx: &Context, request: FetchRequest<OwnersCursor>) -> Result<Page<OwnersCursor>> {
        if request.lane.as_str() != HEAD {
            return Err(Error::unsupported().operation("fetch").with("lane", request.lane));
        }
        let OwnersCursor { left, after } = request.cursor.unwrap_or_default();
        let page = Api::new(cx, &self.setup).owners(left, after.as_deref()).await?;
        let next = next_page(after.as_deref(), page.next())?;
        let (rows, mut changes) = rows(page.results, "owners");
        for mut row in rows {
            // Each list says of itself what it holds, and an entry of the other would otherwise end up on the wrong side.
            row.object.entry("archived").or_insert(left.into());
            let raw = serde_json::to_vec(&row.object)
                .map_err(|error| Error::bug("an owner does not serialise").with_source(error))?;
            changes.push(Change::Full(RawRecord::new(row.id, raw)));
        }
        let next = match next {
            Some(after) => Next::More(OwnersCursor { left, after: Some(after) }),
            None if !left => Next::More(OwnersCursor { left: true, after: None }),
            None => Next::Done(OwnersCursor::default()),
        };
        Ok(Page::new(changes, next))
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        view(raw)
    }

    fn asked(&self, settings: &SourceSettings) -> bool {
        Options::of(settings).is_ok_and(|options| options.reads_owners())
    }

    fn binding(&self, _settings: &SourceSettings) -> String {
        READING.to_string()
    }
}

/// The view of an owner; a queue is nobody.
fn view(raw: &RawRecord) -> Result<Views> {
    let owner: Owner = raw.parse()?;
    if owner.r#type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("QUEUE")) {
        return Ok(Vec::new());
    }
    let names = [owner.first_name, owner.last_name].into_iter().flatten();
    let names: Vec<String> = names.filter(|name| !name.trim().is_empty()).collect();
    let mut colleague = Colleague::default();
    colleague.id = owner.id.0;
    colleague.name = Some(names.join(" ")).filter(|name| !name.is_empty());
    colleague.emails = owner.email.into_iter().filter(|email| !email.trim().is_empty()).collect();
    // Those who have left have no user any more, but once had one.
    colleague.user = owner.user_id.or(owner.user_id_including_inactive).map(|id| id.0);
    colleague.left = owner.archived;
    Ok(vec![View::Colleague(colleague)])
}
