//! The fields that answers may have (from the API's discovery document).

/// The shape of what a method answers with, if with anything.
pub(super) fn answer_of(method: &str) -> Option<&'static str> {
    Some(match method {
        "acl.get" | "acl.insert" | "acl.patch" | "acl.update" => "AclRule",
        "acl.list" => "Acl",
        "acl.watch" | "calendarList.watch" | "events.watch" | "settings.watch" => "Channel",
        "calendarList.get" | "calendarList.insert" | "calendarList.patch" | "calendarList.update" => {
            "CalendarListEntry"
        }
        "calendarList.list" => "CalendarList",
        "calendars.get" | "calendars.insert" | "calendars.patch" | "calendars.update" => "Calendar",
        "colors.get" => "Colors",
        "events.get" | "events.import" | "events.insert" | "events.move" | "events.patch"
        | "events.update" => "Event",
        "events.instances" | "events.list" => "Events",
        "freebusy.query" => "FreeBusyResponse",
        "settings.get" => "Setting",
        "settings.list" => "Settings",
        _ => return None,
    })
}

/// What a field of a shape holds: `Some("")` a plain value, `Some("Name")` a shape or a list of it, `Some("*…")` a
/// map with values of the rest; `None` if there is no such field.
pub(super) fn field(shape: &str, name: &str) -> Option<&'static str> {
    let fields = SHAPES.iter().find(|(known, _)| *known == shape).map(|(_, fields)| *fields)?;
    fields.split(' ').find_map(|field| match field.split_once(':') {
        Some((known, holds)) => (known == name).then_some(holds),
        None => (field == name).then_some(""),
    })
}

/// Shapes and their fields, `name` or `name:Shape`.
const SHAPES: &[(&str, &str)] = &[
    ("Acl", "etag items:AclRule kind nextPageToken nextSyncToken"),
    ("AclRule", "etag id kind role scope:AclRule.scope"),
    ("AclRule.scope", "type value"),
    (
        "Calendar",
        "autoAcceptInvitations conferenceProperties:ConferenceProperties dataOwner description etag id \
         kind labelProperties:LabelProperties location summary timeZone \
         workingHours:Calendar.workingHours",
    ),
    ("Calendar.workingHours", "availableTimes:Calendar.workingHours.availableTimes workingHoursEnabled"),
    ("Calendar.workingHours.availableTimes", "dayOfWeek periodEnd periodStart"),
    ("CalendarList", "etag items:CalendarListEntry kind nextPageToken nextSyncToken"),
    (
        "CalendarListEntry",
        "accessRole autoAcceptInvitations backgroundColor colorId \
         conferenceProperties:ConferenceProperties dataOwner defaultReminders:EventReminder deleted \
         description etag foregroundColor hidden id kind location \
         notificationSettings:CalendarListEntry.notificationSettings primary selected summary \
         summaryOverride timeZone",
    ),
    ("CalendarListEntry.notificationSettings", "notifications:CalendarNotification"),
    ("CalendarNotification", "method type"),
    ("Channel", "address expiration id kind params:* payload resourceId resourceUri token type"),
    ("ColorDefinition", "background foreground"),
    ("Colors", "calendar:*ColorDefinition event:*ColorDefinition kind updated"),
    (
        "ConferenceData",
        "conferenceId conferenceSolution:ConferenceSolution createRequest:CreateConferenceRequest \
         entryPoints:EntryPoint notes parameters:ConferenceParameters signature",
    ),
    ("ConferenceParameters", "addOnParameters:ConferenceParametersAddOnParameters"),
    ("ConferenceParametersAddOnParameters", "parameters:*"),
    ("ConferenceProperties", "allowedConferenceSolutionTypes"),
    ("ConferenceRequestStatus", "statusCode"),
    ("ConferenceSolution", "iconUri key:ConferenceSolutionKey name"),
    ("ConferenceSolutionKey", "type"),
    (
        "CreateConferenceRequest",
        "conferenceSolutionKey:ConferenceSolutionKey requestId status:ConferenceRequestStatus",
    ),
    (
        "EntryPoint",
        "accessCode entryPointFeatures entryPointType label meetingCode passcode password pin regionCode \
         uri",
    ),
    ("Error", "domain reason"),
    (
        "Event",
        "anyoneCanAddSelf attachments:EventAttachment attendees:EventAttendee attendeesOmitted \
         birthdayProperties:EventBirthdayProperties colorId conferenceData:ConferenceData created \
         creator:Event.creator description end:EventDateTime endTimeUnspecified etag eventLabelId \
         eventType extendedProperties:Event.extendedProperties \
         focusTimeProperties:EventFocusTimeProperties gadget:Event.gadget guestsCanInviteOthers \
         guestsCanModify guestsCanSeeOtherGuests hangoutLink htmlLink iCalUID id kind location locked \
         organizer:Event.organizer originalStartTime:EventDateTime \
         outOfOfficeProperties:EventOutOfOfficeProperties privateCopy recurrence recurringEventId \
         reminders:Event.reminders sequence source:Event.source start:EventDateTime status summary \
         transparency updated visibility workingLocationProperties:EventWorkingLocationProperties",
    ),
    ("Event.creator", "displayName email id self"),
    ("Event.extendedProperties", "private:* shared:*"),
    ("Event.gadget", "display height iconLink link preferences:* title type width"),
    ("Event.organizer", "displayName email id self"),
    ("Event.reminders", "overrides:EventReminder useDefault"),
    ("Event.source", "title url"),
    ("EventAttachment", "fileId fileUrl iconLink mimeType title"),
    (
        "EventAttendee",
        "additionalGuests asyncOperation comment displayName email id optional organizer resource \
         responseStatus self",
    ),
    ("EventBirthdayProperties", "contact customTypeName type"),
    ("EventDateTime", "date dateTime timeZone"),
    ("EventFocusTimeProperties", "autoDeclineMode chatStatus declineMessage"),
    ("EventLabel", "backgroundColor id name"),
    ("EventOutOfOfficeProperties", "autoDeclineMode declineMessage"),
    ("EventReminder", "method minutes"),
    (
        "EventWorkingLocationProperties",
        "customLocation:EventWorkingLocationProperties.customLocation homeOffice \
         officeLocation:EventWorkingLocationProperties.officeLocation type",
    ),
    ("EventWorkingLocationProperties.customLocation", "label"),
    ("EventWorkingLocationProperties.officeLocation", "buildingId deskId floorId floorSectionId label"),
    (
        "Events",
        "accessRole defaultReminders:EventReminder description etag items:Event kind nextPageToken \
         nextSyncToken summary timeZone updated",
    ),
    ("FreeBusyCalendar", "busy:TimePeriod errors:Error"),
    ("FreeBusyGroup", "calendars errors:Error"),
    ("FreeBusyResponse", "calendars:*FreeBusyCalendar groups:*FreeBusyGroup kind timeMax timeMin"),
    ("LabelProperties", "eventLabels:EventLabel"),
    ("Setting", "etag id kind value"),
    ("Settings", "etag items:Setting kind nextPageToken nextSyncToken"),
    ("TimePeriod", "end start"),
];
