//! Items that gather meetings: what gathers which, and what is to be looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use acquaint_core::ids::MeetingId;
use acquaint_core::meeting::Meeting;
use acquaint_core::store::{
    Contribution, FeedEntry, GatherQuery, GatheredCommit, GatheredQuery, GatheredRow, Gathering, ItemKey,
    Offer,
};
use chrono::{DateTime, Utc};

use super::answers::Meetings;
use super::state::Tenant;

#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) by_meeting: BTreeMap<MeetingId, BTreeSet<ItemKey>>,
    pub(crate) rows: BTreeMap<ItemKey, GatheredRow>,
    /// What is to be looked at, and whether because another revision has decided.
    pub(crate) noted: BTreeMap<ItemKey, bool>,
}

impl Gathered {
    /// Takes over what gathers a meeting from now on.
    pub(crate) fn contribute(&mut self, meeting: &MeetingId, contribution: &Contribution) {
        let now: BTreeSet<ItemKey> = contribution.items.iter().cloned().collect();
        let before = if now.is_empty() {
            self.by_meeting.remove(meeting)
        } else {
            self.by_meeting.insert(meeting.clone(), now.clone())
        };
        let before = before.unwrap_or_default();
        let concerned: Vec<&ItemKey> = if contribution.changed {
            before.union(&now).collect()
        } else {
            before.symmetric_difference(&now).collect()
        };
        for item in concerned {
            *self.noted.entry(item.clone()).or_default() |= contribution.moved;
        }
    }

    fn gathering(&self, item: &ItemKey, meetings: &Meetings, query: &GatherQuery) -> Gathering {
        let row = self.rows.get(item).cloned().unwrap_or_else(|| GatheredRow::new(item.clone()));
        let ids = self.by_meeting.iter().filter(|(_, items)| items.contains(item)).map(|(id, _)| id);
        let mut found: Vec<&Meeting> =
            ids.filter_map(|id| meetings.row(id)).map(|row| &row.meeting).collect();
        found.sort_by_key(|meeting| (meeting.start.instant(), &meeting.id));
        let begun = found.partition_point(|meeting| meeting.start.instant() <= query.now);
        let (past, ahead) = found.split_at(begun);
        let mut gathering = Gathering::new(row);
        gathering.moved = self.noted.get(item).copied().unwrap_or_default();
        gathering.count = u64::try_from(found.len()).unwrap_or(u64::MAX);
        gathering.first = found.first().map(|meeting| (*meeting).clone());
        gathering.latest = found.last().map(|meeting| (*meeting).clone());
        let past = past.iter().skip(past.len().saturating_sub(query.around));
        gathering.past = past.map(|meeting| (*meeting).clone()).collect();
        gathering.ahead = ahead.iter().take(query.around).map(|meeting| (*meeting).clone()).collect();
        gathering
    }

    /// The items whose rows hold no longer, the longest overdue first.
    fn run_out(&self, now: DateTime<Utc>) -> Vec<&ItemKey> {
        let mut found: Vec<(DateTime<Utc>, &ItemKey)> = self
            .rows
            .values()
            .filter_map(|row| Some((row.valid_until?, &row.item)))
            .filter(|(until, _)| *until <= now)
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, item)| item).collect()
    }

    /// Whether there is an item to be looked at.
    pub(crate) fn waits(&self, now: DateTime<Utc>) -> bool {
        !self.noted.is_empty() || !self.run_out(now).is_empty()
    }

    pub(crate) fn batch(&self, meetings: &Meetings, query: &GatherQuery) -> Vec<Gathering> {
        let overdue = self.run_out(query.now).into_iter().filter(|item| !self.noted.contains_key(item));
        let items = self.noted.keys().chain(overdue).take(query.limit);
        items.map(|item| self.gathering(item, meetings, query)).collect()
    }

    pub(crate) fn query(&self, query: &GatheredQuery) -> Vec<GatheredRow> {
        let after = ItemKey::new(query.section.clone(), query.after.clone().unwrap_or_default());
        let from = if query.after.is_some() { Bound::Excluded(after) } else { Bound::Included(after) };
        let rows = self.rows.range((from, Bound::Unbounded)).map(|(_, row)| row);
        rows.take_while(|row| row.item.section == query.section)
            .filter(|row| row.announced.is_some() || !row.incomplete.is_empty())
            .take(query.limit)
            .cloned()
            .collect()
    }
}

impl Tenant {
    pub(crate) fn commit_gathered(&mut self, commit: &GatheredCommit<'_>) {
        self.join.lease_until = Some(commit.lease_until);
        let destinations =
            self.state.in_force.as_ref().map(|known| known.destinations.clone()).unwrap_or_default();
        let first = self.state.synced.is_none();
        for write in commit.writes {
            let mut row = write.row.clone();
            let position = self.feed.last().map_or(0, |entry| entry.position) + 1;
            let told = write.told(position);
            if let Some(told) = &told {
                row.revision = position;
                self.feed.push(FeedEntry::gathered(told, commit.now));
            }
            let offer = |told, backfill| Offer::gathering(&told, backfill, commit.now);
            let stands = write.standing(row.revision).map(|told| offer(told, true));
            let told = told.map(|told| offer(told, write.backfill || first));
            self.outbox.fill(&destinations, told.as_slice(), stands.as_slice());
            self.gathered.noted.remove(&row.item);
            if row.is_empty() {
                self.gathered.rows.remove(&row.item);
            } else {
                self.gathered.rows.insert(row.item.clone(), row);
            }
        }
    }
}
