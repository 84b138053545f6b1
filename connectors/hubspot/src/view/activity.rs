//! Meetings as the CRM has logged them:
//! <https://developers.hubspot.com/docs/api-reference/latest/crm/activities/meetings/guide>.

use acquaint_core::view::LoggedMeeting;

use super::OWNER;
use crate::model::CrmRecord;
use crate::object::ObjectKind;

pub(super) fn meeting(record: CrmRecord) -> LoggedMeeting {
    let mut meeting = LoggedMeeting::default();
    meeting.title = record.property("hs_meeting_title");
    // `hs_timestamp` is when it shows in the timeline, which is its start unless somebody says otherwise.
    meeting.start = record.instant("hs_meeting_start_time").or_else(|| record.instant("hs_timestamp"));
    meeting.end = record.instant("hs_meeting_end_time");
    meeting.outcome = record.property("hs_meeting_outcome");
    meeting.location = record.property("hs_meeting_location");
    meeting.url = record.property("hs_meeting_external_url");
    meeting.owner = record.property(OWNER);
    meeting.merged = record.merged();
    meeting.created = record.created(ObjectKind::Meetings);
    meeting.fields = record.fields();
    meeting.id = record.id.0;
    meeting
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use acquaint_core::record::RawRecord;
    use acquaint_core::view::View;
    use serde_json::json;

    use super::super::views;
    use super::*;
    use crate::record::instant;

    fn read(raw: &str) -> LoggedMeeting {
        let views = views(ObjectKind::Meetings, &RawRecord::new("1", raw.to_owned())).unwrap();
        let [View::LoggedMeeting(meeting)] = views.as_slice() else { panic!("{views:?}") };
        meeting.clone()
    }

    #[test]
    fn a_meeting_has_its_times_its_outcome_and_where_it_is() {
        let meeting = read(include_str!("../../tests/payloads/meeting_record.json"));
        assert_eq!(meeting.title.as_deref(), Some("Renewal call: Harbour Foods"));
        assert_eq!(meeting.start, instant("2026-10-14T08:00:00Z"));
        assert_eq!(meeting.end, instant("2026-10-14T08:45:00Z"));
        assert_eq!(meeting.created, instant("2026-10-02T09:14:30.000Z"));
        assert_eq!(
            (meeting.outcome.as_deref(), meeting.owner.as_deref()),
            (Some("SCHEDULED"), Some("41000001"))
        );
        assert!(meeting.url.unwrap().contains("google.com/calendar"));
    }

    #[test]
    fn a_meeting_without_a_start_begins_where_the_timeline_shows_it() {
        let raw =
            json!({"id": 1, "properties": {"hs_timestamp": "1791531600000", "hs_meeting_location": "Kiel"}});
        let meeting = read(&raw.to_string());
        assert_eq!(meeting.start, instant("2026-10-09T07:40:00Z"));
        assert_eq!(meeting.location.as_deref(), Some("Kiel"));
    }
}
