//! One calendar with the whole history of its events, so that any earlier moment can be shown again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::access::Rules;
use super::event::Event;
use super::instance_ids::{instance_id, instance_parts, instance_slot};
use crate::sandbox::ics::Zone;

/// How many occurrences of one series a list shows at most.
const OCCURRENCES: usize = 20_000;

/// A calendar.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) description: Option<String>,
    pub(super) location: Option<String>,
    pub(super) zone: Tz,
    /// The address of its account.
    pub(super) owner: String,
    /// Sync tokens of an earlier generation are dead.
    pub(super) generation: u64,
    pub(super) updated: DateTime<Utc>,
    /// Who may do what.
    pub(super) rules: Rules,
    /// The revision at which an event changed last.
    pub(super) events_changed: u64,
    /// The revision at which its title, zone and the like changed last.
    pub(super) properties_changed: u64,
    pub(super) withholds_tokens: bool,
    pub(super) refuses_push: bool,
    /// All versions of each event, oldest first.
    history: BTreeMap<String, Vec<Arc<Event>>>,
    /// Event ids in the order in which they came.
    order: Vec<String>,
    /// The changed occurrences of each series.
    exceptions: BTreeMap<String, BTreeSet<String>>,
}

/// A stretch of time; open where there is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// Events end after this.
    pub(super) from: Option<DateTime<Utc>>,
    /// Events start before this.
    pub(super) until: Option<DateTime<Utc>>,
}

impl Window {
    pub(super) fn holds(&self, event: &Event, zone: &Zone) -> bool {
        let (start, end) = (event.start.instant(zone), event.end.instant(zone));
        // An event without length lies where it starts.
        let after = self.from.is_none_or(|from| end > from || (start == end && start >= from));
        after && self.until.is_none_or(|until| start < until)
    }
}

impl Calendar {
    pub(super) fn new(id: &str, summary: &str, zone: Tz, owner: &str, now: DateTime<Utc>) -> Self {
        Self {
            id: id.to_owned(),
            summary: summary.to_owned(),
            description: None,
            location: None,
            zone,
            owner: owner.to_owned(),
            generation: 0,
            updated: now,
            rules: Rules::default(),
            events_changed: 0,
            properties_changed: 0,
            withholds_tokens: false,
            refuses_push: false,
            history: BTreeMap::new(),
            order: Vec::new(),
            exceptions: BTreeMap::new(),
        }
    }

    pub(super) fn zone(&self) -> Zone {
        self.zone.into()
    }

    /// Stores a new version.
    pub(super) fn put(&mut self, event: Event) {
        self.updated = event.updated;
        self.events_changed = self.events_changed.max(event.revision);
        if let Some(master) = &event.recurring_event_id {
            self.exceptions.entry(master.clone()).or_default().insert(event.id.clone());
        }
        let versions = self.history.entry(event.id.clone()).or_insert_with(|| {
            self.order.push(event.id.clone());
            Vec::new()
        });
        versions.push(Arc::new(event));
    }

    /// An event as it was at `revision`, cancelled or not.
    pub(super) fn at(&self, id: &str, revision: u64) -> Option<&Arc<Event>> {
        let versions = self.history.get(id)?;
        let count = versions.partition_point(|version| version.revision <= revision);
        versions.get(count.checked_sub(1)?).filter(|event| !event.gone)
    }

    /// The newest version of an event, cancelled or not.
    pub(super) fn get(&self, id: &str) -> Option<&Arc<Event>> {
        self.at(id, u64::MAX)
    }

    /// An event, or an unchanged occurrence of a live series.
    pub(super) fn find(&self, id: &str) -> Option<Arc<Event>> {
        if let Some(event) = self.get(id) {
            return Some(Arc::clone(event));
        }
        instance_parts(id).find_map(|(master, stamp, open)| {
            let master = self.get(&master).filter(|one| one.is_master() && !one.cancelled)?;
            let wall = instance_slot(&stamp, &master.start)?;
            let recurs = open != master.opaque && master.recurrence.contains(&master.start, wall);
            recurs.then(|| Arc::new(master.instance(wall, &self.zone())))
        })
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str)
    }

    /// Ids of what changed after one revision, up to another.
    pub(super) fn changed(&self, after: u64, upto: u64) -> impl Iterator<Item = &Arc<Event>> {
        self.ids().filter_map(move |id| self.at(id, upto)).filter(move |event| event.revision > after)
    }

    /// The changed occurrences of a series at a revision, cancelled ones included.
    pub(super) fn exceptions_at<'a>(
        &'a self,
        master: &str,
        revision: u64,
    ) -> impl Iterator<Item = &'a Arc<Event>> + use<'a> {
        let ids = self.exceptions.get(master).into_iter().flatten();
        ids.filter_map(move |id| self.at(id, revision))
    }

    /// Whether a series is live at a revision.
    pub(super) fn has_live_master(&self, id: &str, revision: u64) -> bool {
        self.at(id, revision).is_some_and(|master| !master.cancelled)
    }

    /// The occurrences of a series in a window at a revision: changed ones by their own time or their slot,
    /// cancelled ones included.
    pub(super) fn occurrences(&self, master: &Event, revision: u64, window: Window) -> Vec<Arc<Event>> {
        let zone = self.zone();
        let mut found: BTreeMap<NaiveDateTime, Arc<Event>> = BTreeMap::new();
        let mut changed: BTreeMap<&str, &Arc<Event>> =
            self.exceptions_at(&master.id, revision).map(|event| (event.id.as_str(), event)).collect();
        if !master.cancelled {
            // Days are on nobody's clock, and windows are in UTC: look two days around and then exactly.
            let margin = Duration::days(2);
            let first = master.start.wall();
            let from = window.from.map_or(first, |from| {
                let early = from.naive_utc().checked_sub_signed(margin + master.duration(&zone));
                early.map_or(first, |early| early.max(first))
            });
            let until = window.until.and_then(|until| until.naive_utc().checked_add_signed(margin));
            let until = until.unwrap_or(NaiveDateTime::MAX);
            for (wall, length) in master.recurrence.slots(&master.start, from, until, OCCURRENCES).walls {
                let start = master.start.at_wall(wall);
                if let Some(event) = changed.remove(instance_id(master, &start).as_str()) {
                    found.insert(wall, Arc::clone(event));
                    continue;
                }
                let mut instance = master.instance(wall, &zone);
                if let Some(length) = length {
                    instance.end = instance.start.plus(length);
                }
                if window.holds(&instance, &zone) {
                    found.insert(wall, Arc::new(instance));
                }
            }
        }
        found
            .into_values()
            .chain(changed.into_values().cloned())
            .filter(|event| event.cancelled || window.holds(event, &zone))
            .collect()
    }

    /// What takes place in a window: single events and occurrences, by start.
    pub(super) fn between(&self, window: Window) -> Vec<Arc<Event>> {
        let zone = self.zone();
        let mut found = Vec::new();
        for event in self.ids().filter_map(|id| self.get(id)) {
            match &event.recurring_event_id {
                Some(master) if self.get(master).is_some() => {}
                None if event.is_master() => found.extend(self.occurrences(event, u64::MAX, window)),
                _ => found.push(Arc::clone(event)),
            }
        }
        found.retain(|event| !event.cancelled && window.holds(event, &zone));
        found.sort_by_key(|event| event.start.instant(&zone));
        found
    }

    /// How the calendar is named as an organiser.
    pub(super) fn as_organizer(&self) -> Value {
        let mut organizer = json!({ "email": self.id });
        if self.owner != self.id {
            organizer["displayName"] = self.summary.clone().into();
        }
        organizer
    }

    /// Whether any occurrence of a series lies in a window.
    pub(super) fn occurs_in(&self, master: &Event, revision: u64, window: Window) -> bool {
        window == Window::default()
            || self.occurrences(master, revision, window).iter().any(|event| !event.cancelled)
    }
}
