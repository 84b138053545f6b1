//! The definitions of properties: which names a type has, and what kind of value each holds.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::built_in::{built_in, options};
use super::kinds::Kind;
use super::property::PropertyDefinition;
use super::record::{is_system, stamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    Text,
    Number,
    Date,
    DateTime,
    Enumeration,
    Bool,
    Phone,
    Json,
    Coordinates,
}

impl ValueType {
    const ALL: [Self; 9] = [
        Self::Text,
        Self::Number,
        Self::Date,
        Self::DateTime,
        Self::Enumeration,
        Self::Bool,
        Self::Phone,
        Self::Json,
        Self::Coordinates,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Enumeration => "enumeration",
            Self::Bool => "bool",
            Self::Phone => "phone_number",
            Self::Json => "json",
            Self::Coordinates => "object_coordinates",
        }
    }

    /// How a property of the type is shown unless something else is said.
    fn field(self) -> &'static str {
        match self {
            Self::Text | Self::Json | Self::Coordinates => "text",
            Self::Number => "number",
            Self::Date | Self::DateTime => "date",
            Self::Enumeration => "select",
            Self::Bool => "booleancheckbox",
            Self::Phone => "phonenumber",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a portal has defined, by type; what HubSpot defines is the same in every portal, until a portal changes it.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    custom: BTreeMap<Kind, BTreeMap<String, Custom>>,
}

#[derive(Debug)]
pub(super) struct Custom {
    pub(super) definition: PropertyDefinition,
    pub(super) value: ValueType,
    /// A property of HubSpot's own that the portal has changed.
    pub(super) hubspot: bool,
    pub(super) archived: Option<DateTime<Utc>>,
    pub(super) created: DateTime<Utc>,
    pub(super) updated: DateTime<Utc>,
}

impl Definitions {
    /// What kind of value a property holds; `None` for a name that the type does not have (any more).
    pub(super) fn value_type(&self, kind: &Kind, name: &str) -> Option<ValueType> {
        if name == kind.created() || name == kind.modified() {
            return Some(ValueType::DateTime);
        }
        if let Some(custom) = self.custom(kind, name) {
            return custom.archived.is_none().then_some(custom.value);
        }
        built_in(kind).find(|(known, ..)| *known == name).map(|(_, _, value)| value)
    }

    /// What the portal itself has defined or changed, archived or not.
    pub(super) fn custom(&self, kind: &Kind, name: &str) -> Option<&Custom> {
        self.custom.get(kind)?.get(name)
    }

    pub(super) fn custom_mut(&mut self, kind: &Kind, name: &str) -> Option<&mut Custom> {
        self.custom.get_mut(kind)?.get_mut(name)
    }

    pub(super) fn remove(&mut self, kind: &Kind, name: &str) -> Option<Custom> {
        self.custom.get_mut(kind)?.remove(name)
    }

    /// Defines a property, in the place of one of the same name.
    pub(super) fn put(
        &mut self,
        kind: &Kind,
        definition: PropertyDefinition,
        value: ValueType,
        now: DateTime<Utc>,
    ) {
        let hubspot = built_in(kind).any(|(known, ..)| known == definition.name);
        let all = self.custom.entry(kind.clone()).or_default();
        let created = all.get(&definition.name).map_or(now, |custom| custom.created);
        let name = definition.name.clone();
        all.insert(name, Custom { definition, value, hubspot, archived: None, created, updated: now });
    }

    /// Defines those of `names` that the type does not have, as text.
    pub(super) fn ensure<'a>(
        &mut self,
        kind: &Kind,
        names: impl IntoIterator<Item = &'a String>,
        now: DateTime<Utc>,
    ) {
        for name in names {
            if self.value_type(kind, name).is_none() && self.custom(kind, name).is_none() {
                self.put(kind, PropertyDefinition::new(name.as_str(), "string"), ValueType::Text, now);
            }
        }
    }

    /// All definitions of a type, as the properties endpoint lists them.
    pub(super) fn list(&self, kind: &Kind, archived: bool, sensitive: bool) -> Vec<Value> {
        let mut all = Vec::new();
        if !archived && !sensitive {
            let times = [(kind.created(), "Create Date"), (kind.modified(), "Last Modified Date")];
            all.extend(times.map(|(name, label)| native(kind, name, label, ValueType::DateTime)));
            let unchanged = built_in(kind).filter(|(name, ..)| self.custom(kind, name).is_none());
            all.extend(unchanged.map(|(name, label, value)| native(kind, name, label, value)));
        }
        for custom in self.custom.get(kind).into_iter().flat_map(BTreeMap::values) {
            if custom.archived.is_some() == archived && custom.definition.sensitive == sensitive {
                all.push(custom.json(kind));
            }
        }
        all
    }

    /// One definition, whatever its sensitivity.
    pub(super) fn one(&self, kind: &Kind, name: &str, archived: bool) -> Option<Value> {
        match self.custom(kind, name) {
            Some(custom) => (custom.archived.is_some() == archived).then(|| custom.json(kind)),
            None => self.list(kind, archived, false).into_iter().find(|entry| entry["name"] == name),
        }
    }
}

impl Custom {
    fn json(&self, kind: &Kind) -> Value {
        let own = &self.definition;
        let options: Vec<Value> = (own.options.iter().enumerate())
            .map(|(order, option)| {
                json!({
                    "label": option.label,
                    "value": option.value,
                    "displayOrder": order,
                    "hidden": option.hidden,
                })
            })
            .collect();
        let mut entry = entry(kind, &own.name, &own.label, self.value, self.hubspot, options);
        entry["description"] = json!(own.description);
        entry["calculated"] = json!(own.calculated);
        entry["hasUniqueValue"] = json!(own.unique || entry["hasUniqueValue"] == true);
        entry["hidden"] = json!(own.hidden);
        entry["archived"] = json!(self.archived.is_some());
        entry["createdAt"] = json!(stamp(self.created));
        entry["updatedAt"] = json!(stamp(self.updated));
        if let Some(group) = &own.group {
            entry["groupName"] = json!(group);
        }
        if let Some(field) = &own.field_type {
            entry["fieldType"] = json!(field);
        }
        if own.calculated {
            entry["modificationMetadata"]["readOnlyValue"] = json!(true);
        }
        if own.sensitive {
            entry["dataSensitivity"] = json!("sensitive");
        }
        if let Some(at) = self.archived {
            entry["archivedAt"] = json!(stamp(at));
        }
        entry
    }
}

/// A definition of HubSpot's own.
fn native(kind: &Kind, name: &str, label: &str, value: ValueType) -> Value {
    let options = options(name).iter().enumerate();
    let options = options.map(
        |(order, (value, label))| json!({"label": label, "value": value, "displayOrder": order, "hidden": false}),
    );
    entry(kind, name, label, value, true, options.collect())
}

fn entry(
    kind: &Kind,
    name: &str,
    label: &str,
    value: ValueType,
    hubspot: bool,
    options: Vec<Value>,
) -> Value {
    let owner = name == "hubspot_owner_id";
    let read_only = is_system(kind, name);
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
        "hubspotDefined": hubspot,
        "archived": false,
        "modificationMetadata": {
            "archivable": !hubspot,
            "readOnlyDefinition": hubspot,
            "readOnlyValue": read_only,
        },
        "formField": !read_only,
        "dataSensitivity": "non_sensitive",
    });
    if owner {
        entry["referencedObjectType"] = json!("OWNER");
    }
    entry
}
