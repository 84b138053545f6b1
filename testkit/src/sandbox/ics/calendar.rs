//! A loaded calendar: its series, and when they take place.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

use super::error::IcsWarning;
use super::event::{IcsEvent, IcsStatus};
use super::time::Moment;
use super::zone::Zone;

/// What a file held.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IcsCalendar {
    /// The name under which it was loaded.
    pub file: String,
    /// X-WR-CALNAME, else NAME.
    pub name: Option<String>,
    /// The zone of clock times that name none, and of days: X-WR-TIMEZONE, else UTC.
    pub zone: Zone,
    /// Single events and series, in the order of the file.
    pub series: Vec<IcsSeries>,
    /// What was odd.
    pub warnings: Vec<IcsWarning>,
}

/// All events of one UID.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IcsSeries {
    /// The UID.
    pub uid: String,
    /// The single event or the master; absent if the file holds only occurrences of a series.
    pub master: Option<IcsEvent>,
    /// Changed occurrences.
    pub exceptions: Vec<IcsEvent>,
}

/// One event that takes place.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IcsOccurrence<'a> {
    /// What describes it: a single event, a master, or a changed occurrence.
    pub event: &'a IcsEvent,
    /// When it starts.
    pub start: Moment,
    /// When it ends, exclusive.
    pub end: Moment,
    /// The start that the rule gave it, for an occurrence of a series.
    pub original_start: Option<Moment>,
}

impl IcsCalendar {
    /// How many events the file held.
    pub fn events(&self) -> usize {
        self.series.iter().map(|series| usize::from(series.master.is_some()) + series.exceptions.len()).sum()
    }

    /// What takes place between `from` and `until` (exclusive), by start; at most `limit` of each series.
    /// Cancelled events do not take place.
    pub fn occurrences(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: usize,
    ) -> Vec<IcsOccurrence<'_>> {
        let mut found = Vec::new();
        for series in &self.series {
            series.occurrences(&self.zone, from, until, limit, &mut found);
        }
        found.sort_by_key(|occurrence| occurrence.start.instant(&self.zone));
        found
    }
}

impl IcsSeries {
    fn occurrences<'a>(
        &'a self,
        day_zone: &Zone,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: usize,
        found: &mut Vec<IcsOccurrence<'a>>,
    ) {
        let mut keep = |occurrence: IcsOccurrence<'a>| {
            let (start, end) = (occurrence.start.instant(day_zone), occurrence.end.instant(day_zone));
            let begins_before_end = start < until && (end > from || (start == end && start >= from));
            if begins_before_end && occurrence.event.status != IcsStatus::Cancelled {
                found.push(occurrence);
            }
        };
        if let Some(master) = &self.master {
            // A day covers every zone's clock.
            let margin = Duration::days(2);
            let early = wall_of(from, -(margin + master.duration().max(Duration::zero())));
            let late = wall_of(until, margin);
            for (wall, length) in master.recurrence.slots(&master.start, early, late, limit).walls {
                if self.exceptions.iter().any(|exception| exception.replaces(master, wall)) {
                    continue;
                }
                let (start, end) = master.span_at(wall, length);
                let original_start = (!master.recurrence.is_empty()).then(|| start.clone());
                keep(IcsOccurrence { event: master, start, end, original_start });
            }
        }
        for exception in &self.exceptions {
            keep(IcsOccurrence {
                event: exception,
                start: exception.start.clone(),
                end: exception.end.clone(),
                original_start: exception.recurrence_id.clone(),
            });
        }
    }
}

impl IcsEvent {
    /// Whether this changed occurrence stands in for the one that `master` has at `wall`.
    pub(super) fn replaces(&self, master: &IcsEvent, wall: NaiveDateTime) -> bool {
        self.slot_of(master) == Some(wall)
    }

    /// The clock time, on the master's clock, of the occurrence that this one changes.
    pub fn slot_of(&self, master: &IcsEvent) -> Option<NaiveDateTime> {
        let slot = self.recurrence_id.as_ref()?;
        Some(match (slot, &master.start) {
            (Moment::Time { wall, zone }, Moment::Time { zone: target, .. }) => {
                target.to_wall(zone.to_utc(*wall))
            }
            // A day names the occurrence of that day.
            (Moment::Day(day), Moment::Time { wall, .. }) => day.and_time(wall.time()),
            (slot, Moment::Day(_)) => slot.wall().date().and_time(chrono::NaiveTime::MIN),
        })
    }
}

fn wall_of(at: DateTime<Utc>, by: Duration) -> NaiveDateTime {
    at.naive_utc().checked_add_signed(by).unwrap_or(at.naive_utc())
}
