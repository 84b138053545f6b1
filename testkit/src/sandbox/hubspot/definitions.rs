//! The definitions of properties: which names a type has, and what kind of value each holds.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::kinds::Kind;
use super::record::{is_system, stamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    Text,
    Number,
    Date,
    DateTime,
    Enumeration,
    Phone,
}

impl ValueType {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Enumeration => "enumeration",
            Self::Phone => "phone_number",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date | Self::DateTime => "date",
            Self::Enumeration => "select",
            Self::Phone => "phonenumber",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        let all = [Self::Text, Self::Number, Self::Date, Self::DateTime, Self::Enumeration, Self::Phone];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

/// Custom definitions by type; the built-in ones are the same in every portal.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    custom: BTreeMap<Kind, BTreeMap<String, Custom>>,
}

#[derive(Debug)]
struct Custom {
    label: String,
    value: ValueType,
    created: DateTime<Utc>,
}

impl Definitions {
    /// What kind of value a property holds; `None` for a name that the type does not have.
    pub(super) fn value_type(&self, kind: &Kind, name: &str) -> Option<ValueType> {
        if name == kind.created() || name == kind.modified() {
            return Some(ValueType::DateTime);
        }
        (built_in(kind).find(|(known, ..)| *known == name).map(|(_, _, value)| value))
            .or_else(|| Some(self.custom.get(kind)?.get(name)?.value))
    }

    /// Defines a custom property, unless the type has one of that name. Says whether it is new.
    pub(super) fn define(
        &mut self,
        kind: &Kind,
        name: &str,
        label: &str,
        value: ValueType,
        now: DateTime<Utc>,
    ) -> bool {
        if self.value_type(kind, name).is_some() {
            return false;
        }
        let custom = Custom { label: label.to_owned(), value, created: now };
        self.custom.entry(kind.clone()).or_default().insert(name.to_owned(), custom);
        true
    }

    /// Defines those of `names` that the type does not have, as text.
    pub(super) fn ensure<'a>(
        &mut self,
        kind: &Kind,
        names: impl IntoIterator<Item = &'a String>,
        now: DateTime<Utc>,
    ) {
        for name in names {
            self.define(kind, name, name, ValueType::Text, now);
        }
    }

    /// All definitions of a type, as the properties endpoint lists them.
    pub(super) fn list(&self, kind: &Kind) -> Vec<Value> {
        let times = [(kind.created(), "Create Date"), (kind.modified(), "Last Modified Date")];
        let mut all: Vec<Value> = times
            .map(|(name, label)| entry(kind, name, label, ValueType::DateTime, None))
            .into_iter()
            .chain(built_in(kind).map(|(name, label, value)| entry(kind, name, label, value, None)))
            .collect();
        for (name, custom) in self.custom.get(kind).into_iter().flatten() {
            all.push(entry(kind, name, &custom.label, custom.value, Some(custom.created)));
        }
        all
    }

    /// One definition of [`Self::list`].
    pub(super) fn one(&self, kind: &Kind, name: &str) -> Option<Value> {
        self.list(kind).into_iter().find(|entry| entry["name"] == name)
    }
}

fn entry(kind: &Kind, name: &str, label: &str, value: ValueType, created: Option<DateTime<Utc>>) -> Value {
    let owner = name == "hubspot_owner_id";
    let read_only = is_system(kind, name);
    let options: Vec<Value> = match name {
        "lifecyclestage" => LIFECYCLE.iter().enumerate().map(option).collect(),
        _ => Vec::new(),
    };
    let mut entry = json!({
        "name": name,
        "label": label,
        "type": value.name(),
        "fieldType": value.field(),
        "description": "",
        "groupName": format!("{}information", kind.singular()),
        "options": options,
        "displayOrder": -1,
        "calculated": false,
        "externalOptions": owner,
        "hasUniqueValue": name == "email" && *kind == Kind::CONTACT,
        "hidden": false,
        "hubspotDefined": created.is_none(),
        "modificationMetadata": {
            "archivable": created.is_some(),
            "readOnlyDefinition": created.is_none(),
            "readOnlyValue": read_only,
        },
        "formField": !read_only,
        "dataSensitivity": "non_sensitive",
    });
    if owner {
        entry["referencedObjectType"] = json!("OWNER");
    }
    if let Some(created) = created {
        entry["createdAt"] = json!(stamp(created));
        entry["updatedAt"] = json!(stamp(created));
    }
    entry
}

fn option((order, (value, label)): (usize, &(&str, &str))) -> Value {
    json!({"label": label, "value": value, "displayOrder": order, "hidden": false})
}

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

type BuiltIn = (&'static str, &'static str, ValueType);

fn built_in(kind: &Kind) -> impl Iterator<Item = BuiltIn> {
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
