//! What a revision would change of the items of accounts and contacts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use acquaint_core::Result;
use acquaint_core::ids::TenantId;
use acquaint_core::meeting::Meeting;
use acquaint_core::store::{Announce, GatheredQuery, GatheredRow, GatheredWrite, Gathering, ItemKey, Store};
use chrono::{DateTime, Utc};

use crate::join::look;
use crate::manifest::{AROUND, Output, SECTIONS_THAT_GATHER};

/// The most meetings that are held at once, whatever number of items they are of.
const MOST: usize = 20_000;

/// Stored items fetched at a time.
const PAGE: usize = 500;

/// The items that meetings would make, as far as they have been gone through.
#[derive(Debug)]
pub(super) struct PlannedItems {
    now: DateTime<Utc>,
    around: usize,
    found: BTreeMap<ItemKey, Gathering>,
    held: usize,
    /// Whether it cannot be told what becomes of items.
    pub(super) uncounted: bool,
}

impl PlannedItems {
    /// None yet. Nothing can be told of them where something is `unfetched`, if there are any.
    pub(super) fn new(output: &Output, now: DateTime<Utc>, unfetched: bool) -> Self {
        let around = if output.lists_meetings() { AROUND } else { 1 };
        let uncounted = unfetched && output.gathers_meetings();
        Self { now, around, found: BTreeMap::new(), held: 0, uncounted }
    }

    /// A meeting of which it cannot be told whether it is kept.
    pub(super) fn unknown(&mut self, output: &Output) {
        self.uncounted |= output.gathers_meetings();
    }

    /// A meeting as it would be.
    pub(super) fn add(&mut self, meeting: &Meeting, output: &Output) {
        if self.uncounted {
            return;
        }
        for item in output.gathered_by(meeting) {
            let gathering = self
                .found
                .entry(item)
                .or_insert_with_key(|item| Gathering::new(GatheredRow::new(item.clone())));
            let before = size(gathering);
            gather(gathering, meeting, self.now, self.around);
            self.held += size(gathering) - before.min(size(gathering));
        }
        if self.held > MOST {
            self.uncounted = true;
            self.found.clear();
        }
    }

    /// What would be told, in order of section and key, and nothing if that cannot be told.
    pub(super) async fn told(
        mut self,
        store: &dyn Store,
        tenant: &TenantId,
        output: &Output,
    ) -> Result<Vec<GatheredWrite>> {
        if self.uncounted {
            return Ok(Vec::new());
        }
        for section in SECTIONS_THAT_GATHER {
            let mut query = GatheredQuery::of(section, PAGE);
            loop {
                let page = store.gathered(tenant, &query).await?;
                let Some(last) = page.last() else { break };
                query.after = Some(last.item.key.clone());
                for row in page {
                    match self.found.entry(row.item.clone()) {
                        Entry::Occupied(mut found) => found.get_mut().row = row,
                        Entry::Vacant(none) => drop(none.insert(Gathering::new(row))),
                    }
                }
            }
        }
        let looked_at = self.found.into_values().map(|found| look(output, found, self.now, Announce::All));
        Ok(looked_at.filter(|write| write.change.is_some()).collect())
    }
}

fn size(gathering: &Gathering) -> usize {
    let Gathering { first, latest, past, ahead, .. } = gathering;
    past.len() + ahead.len() + usize::from(first.is_some()) + usize::from(latest.is_some())
}

/// Adds a meeting as a store would hand it over, whatever came before it.
fn gather(gathering: &mut Gathering, meeting: &Meeting, now: DateTime<Utc>, around: usize) {
    let place = |meeting: &Meeting| (meeting.start.instant(), meeting.id.clone());
    let own = place(meeting);
    gathering.count += 1;
    if gathering.first.as_ref().is_none_or(|first| own < place(first)) {
        gathering.first = Some(meeting.clone());
    }
    if gathering.latest.as_ref().is_none_or(|latest| own > place(latest)) {
        gathering.latest = Some(meeting.clone());
    }
    let begun = meeting.start.instant() <= now;
    let side = if begun { &mut gathering.past } else { &mut gathering.ahead };
    let at = side.partition_point(|known| place(known) < own);
    side.insert(at, meeting.clone());
    if side.len() > around {
        if begun { drop(side.remove(0)) } else { drop(side.pop()) }
    }
}
