//! The parameters of `events.list`. <https://developers.google.com/workspace/calendar/api/v3/reference/events/list>.

use acquaint_core::connector::TimeRange;
use chrono::{DateTime, Datelike as _, SecondsFormat, TimeDelta, Utc};

use super::cursor::{EventsCursor, Position};
use super::fields;

/// The parameters for the page at a cursor.
///
/// Deleted events come with every increment whether asked for or not, and asking only then would make the
/// parameters differ from those that the sync token was given out for: `showDeleted` is never sent.
pub(super) fn list(cursor: &EventsCursor) -> Vec<(&'static str, String)> {
    let mut query = vec![("singleEvents", "true".to_owned()), ("maxResults", cursor.page_size.to_string())];
    query.extend(cursor.fields.as_deref().map(|event| ("fields", fields::of_list(event))));
    match &cursor.position {
        Position::Start | Position::Unsynced { .. } => query.extend(bounds(cursor.window)),
        Position::Baseline { page, .. } => {
            query.extend(bounds(cursor.window));
            query.push(("pageToken", page.clone()));
        }
        Position::Synced { token } => query.push(("syncToken", token.clone())),
        Position::Increment { token, page, .. } => {
            query.push(("syncToken", token.clone()));
            query.push(("pageToken", page.clone()));
        }
    }
    query
}

/// A day more on either side than is kept: where a whole day begins and ends is for Google a matter of the
/// calendar's time zone, and its bounds leave out what only touches them. What lies in the margin is left out
/// by the one rule that increments follow too.
fn bounds(window: TimeRange) -> impl Iterator<Item = (&'static str, String)> {
    let from = window.from.checked_sub_signed(TimeDelta::days(1)).and_then(whole_seconds);
    let to = window.to.checked_add_signed(TimeDelta::days(1)).and_then(whole_seconds);
    [("timeMin", from), ("timeMax", to)].into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// `None` beyond the years that RFC 3339 can write, where a bound keeps out nothing.
fn whole_seconds(at: DateTime<Utc>) -> Option<String> {
    (1..=9999).contains(&at.year()).then(|| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
