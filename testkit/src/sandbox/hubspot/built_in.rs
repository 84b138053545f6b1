//! The properties that HubSpot itself defines.

use super::definitions::ValueType;
use super::kinds::Kind;

/// The lifecycle stages every portal starts with: stored value and label.
pub(crate) const LIFECYCLE: &[(&str, &str)] = &[
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
];

/// What can become of a meeting: stored value and label
/// (<https://developers.hubspot.com/docs/api-reference/latest/crm/activities/meetings/guide>).
const OUTCOMES: &[(&str, &str)] = &[
    ("SCHEDULED", "Scheduled"),
    ("COMPLETED", "Completed"),
    ("RESCHEDULED", "Rescheduled"),
    ("NO_SHOW", "No Show"),
    ("CANCELED", "Canceled"),
];

/// The options of a built-in property: stored value and label. Most lists are the portal's own and left open here.
pub(super) fn options(name: &str) -> &'static [(&'static str, &'static str)] {
    match name {
        "lifecyclestage" => LIFECYCLE,
        "hs_meeting_outcome" => OUTCOMES,
        _ => &[],
    }
}

pub(super) type BuiltIn = (&'static str, &'static str, ValueType);

/// The properties of a type that HubSpot itself has, beside the two times.
pub(super) fn built_in(kind: &Kind) -> impl Iterator<Item = BuiltIn> {
    use ValueType::{DateTime, Enumeration, Number, Phone, Text};
    const EVERY: &[BuiltIn] = &[
        ("hs_object_id", "Record ID", Number),
        ("hs_merged_object_ids", "Merged Record IDs", Enumeration),
        ("hubspot_owner_id", "Owner", Enumeration),
    ];
    const CONTACT: &[BuiltIn] = &[
        ("address", "Street Address", Text),
        ("associatedcompanyid", "Primary Associated Company ID", Number),
        ("city", "City", Text),
        ("company", "Company Name", Text),
        ("country", "Country/Region", Text),
        ("email", "Email", Text),
        ("firstname", "First Name", Text),
        ("hs_additional_emails", "Additional email addresses", Enumeration),
        ("hs_calculated_merged_vids", "Merged vids with timestamps of a contact", Text),
        ("hs_lead_status", "Lead Status", Enumeration),
        ("industry", "Industry", Text),
        ("jobtitle", "Job Title", Text),
        ("lastname", "Last Name", Text),
        ("lifecyclestage", "Lifecycle Stage", Enumeration),
        ("mobilephone", "Mobile Phone Number", Phone),
        ("phone", "Phone Number", Phone),
        ("state", "State/Region", Text),
        ("website", "Website URL", Text),
        ("zip", "Postal Code", Text),
    ];
    const COMPANY: &[BuiltIn] = &[
        ("address", "Street Address", Text),
        ("annualrevenue", "Annual Revenue", Number),
        ("city", "City", Text),
        ("country", "Country/Region", Text),
        ("description", "Description", Text),
        ("domain", "Company Domain Name", Text),
        ("hs_additional_domains", "Additional Domains", Enumeration),
        ("hs_lead_status", "Lead Status", Enumeration),
        ("hs_parent_company_id", "Parent Company", Number),
        ("industry", "Industry", Enumeration),
        ("lifecyclestage", "Lifecycle Stage", Enumeration),
        ("name", "Company name", Text),
        ("numberofemployees", "Number of Employees", Number),
        ("phone", "Phone Number", Phone),
        ("state", "State/Region", Text),
        ("type", "Type", Enumeration),
        ("website", "Website URL", Text),
        ("zip", "Postal Code", Text),
    ];
    const DEAL: &[BuiltIn] = &[
        ("amount", "Amount", Number),
        ("closedate", "Close Date", DateTime),
        ("dealname", "Deal Name", Text),
        ("dealstage", "Deal Stage", Enumeration),
        ("pipeline", "Pipeline", Enumeration),
    ];
    const MEETING: &[BuiltIn] = &[
        ("hs_meeting_body", "Meeting Description", Text),
        ("hs_meeting_end_time", "End Time", DateTime),
        ("hs_meeting_external_url", "External URL", Text),
        ("hs_meeting_location", "Location", Text),
        ("hs_meeting_outcome", "Meeting Outcome", Enumeration),
        ("hs_meeting_start_time", "Start Time", DateTime),
        ("hs_meeting_title", "Meeting Name", Text),
        ("hs_timestamp", "Activity Date", DateTime),
    ];
    let own = match kind.id() {
        "0-1" => CONTACT,
        "0-2" => COMPANY,
        "0-3" => DEAL,
        "0-47" => MEETING,
        _ => &[],
    };
    EVERY.iter().chain(own).copied()
}
