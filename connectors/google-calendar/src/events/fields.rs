//! Partial responses: what `privacy.drop` names is not even asked for.
//! <https://developers.google.com/workspace/calendar/api/guides/performance#partial-response>.
//!
//! Google can be told what to send and not what to leave out. So nothing is said unless something is dropped: the
//! list below would also keep out what Google adds tomorrow.

use acquaint_core::connector::{SourceSettings, StreamSpec};

/// Every field of an event, by the API's discovery document.
const ALL: [&str; 44] = [
    "anyoneCanAddSelf",
    "attachments",
    "attendees",
    "attendeesOmitted",
    "birthdayProperties",
    "colorId",
    "conferenceData",
    "created",
    "creator",
    "description",
    "end",
    "endTimeUnspecified",
    "etag",
    "eventLabelId",
    "eventType",
    "extendedProperties",
    "focusTimeProperties",
    "gadget",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "hangoutLink",
    "htmlLink",
    "iCalUID",
    "id",
    "kind",
    "location",
    "locked",
    "organizer",
    "originalStartTime",
    "outOfOfficeProperties",
    "privateCopy",
    "recurrence",
    "recurringEventId",
    "reminders",
    "sequence",
    "source",
    "start",
    "status",
    "summary",
    "transparency",
    "updated",
    "visibility",
    "workingLocationProperties",
];

/// The fields of an event without those that are dropped; `None` if none is.
pub(super) fn of_event(spec: &StreamSpec, settings: &SourceSettings) -> Option<String> {
    let dropped = |field: &&str| {
        let by = |name: &String| {
            let names = spec.droppable.iter().filter(|(known, _)| known == name);
            names
                .flat_map(|(_, pointers)| pointers.iter())
                .any(|at| at.strip_prefix("/event/") == Some(*field))
        };
        settings.drop.iter().any(by)
    };
    let kept: Vec<&str> = ALL.iter().filter(|field| !dropped(field)).copied().collect();
    (kept.len() < ALL.len()).then(|| kept.join(","))
}

/// The parameter `fields` of a list whose events have these fields. `kind` tells a page without events from an answer
/// that is no page.
pub(super) fn of_list(event: &str) -> String {
    format!("kind,nextPageToken,nextSyncToken,items({event})")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_table_is_that_of_the_discovery_document() {
        let documented: Vec<&str> = include_str!("../../tests/payloads/event_fields.txt").lines().collect();
        assert_eq!(documented, ALL);
    }
}
