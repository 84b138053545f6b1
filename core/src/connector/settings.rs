//! What a source of the manifest asks of a connector.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::view::EntityKind;

/// What a source of the manifest asks of its connector. The same settings always give the same reads, so a
/// change of them resets the cursors that are bound to them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SourceSettings {
    /// How far back and ahead events are read.
    pub window: Window,
    /// By section of the manifest (`accounts`, `contacts`, `deals`): the provider's names of further fields to read,
    /// sorted.
    pub fields: BTreeMap<String, Vec<String>>,
    /// The connector's own settings, as the manifest gives them.
    pub options: Map<String, Value>,
    /// What must not reach the mirror, by the names that [`super::StreamSpec::droppable`] declares.
    pub drop: Vec<String>,
    /// What of private events may reach the mirror. The engine sees to it.
    pub private_events: PrivateEvents,
    /// What rules and output follow from accounts and contacts: deals, and the colleagues who look after them. A
    /// connector that has these reads them, whether or not its own settings ask for them.
    pub follow: BTreeSet<EntityKind>,
}

impl SourceSettings {
    /// The connector's own settings as a type of its own, which should deny unknown fields.
    ///
    /// # Errors
    /// `Invalid` with the path of the setting that does not fit, as `setting`, for instance `calendars.access`.
    pub fn options_as<T: DeserializeOwned>(&self) -> Result<T> {
        serde_path_to_error::deserialize(Value::Object(self.options.clone())).map_err(|error| {
            let path = error.path().to_string();
            Error::invalid(format!("this setting is not usable: {}", error.inner())).with("setting", path)
        })
    }

    /// The further fields asked for in a section.
    pub fn fields_of(&self, section: &str) -> &[String] {
        self.fields.get(section).map_or(&[], Vec::as_slice)
    }
}

/// What of events that their calendar calls private may reach the mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PrivateEvents {
    /// All that the calendar shows. Of a meeting whose copies are all private only the times are used.
    #[default]
    AsTheyAre,
    /// When they are, and what [`super::PrivateRecords::stays`] names besides.
    BusyOnly,
}

impl PrivateEvents {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::AsTheyAre, Self::BusyOnly];

    /// Its word, as manifests write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AsTheyAre => "as_they_are",
            Self::BusyOnly => "busy_only",
        }
    }
}

/// How far back and ahead of the present events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Back, in seconds.
    pub past: i64,
    /// Ahead, in seconds.
    pub future: i64,
}

impl Default for Window {
    fn default() -> Self {
        const DAY: i64 = 86_400;
        Self { past: 180 * DAY, future: 365 * DAY }
    }
}

impl Window {
    /// The window as seen from `now`.
    pub fn at(self, now: DateTime<Utc>) -> TimeRange {
        let shift = |seconds: i64| TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX);
        TimeRange {
            from: now.checked_sub_signed(shift(self.past)).unwrap_or(DateTime::<Utc>::MIN_UTC),
            to: now.checked_add_signed(shift(self.future)).unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }
}

/// A span of time: from an instant, inclusive, to an instant, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// Begin, inclusive.
    pub from: DateTime<Utc>,
    /// End, exclusive.
    pub to: DateTime<Utc>,
}

impl TimeRange {
    /// Whether something that lasts from `start` to `end` overlaps it: it ends after the range begins and
    /// begins before the range ends. What lasts no time counts at its instant.
    pub fn overlaps(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> bool {
        (end > self.from || (start == end && start >= self.from)) && start < self.to
    }
}
