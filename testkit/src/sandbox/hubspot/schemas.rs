//! Custom objects: the types that a portal defines itself
//! (<https://developers.hubspot.com/docs/api-reference/latest/crm/objects/schemas/guide>).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::HubSpotSandbox;
use super::error::CrmError;
use super::kinds::Kind;
use super::portal::Portal;
use super::property::PropertyDefinition;
use super::record::stamp;
use super::reply::Reply;
use super::server::Cx;

/// The number of the first custom type. Numbers are never given twice, whatever the portal.
const FIRST_TYPE: u64 = 34_654_041;

/// The built-in types with which every custom object can be associated.
const ASSOCIATED: &[&str] = &["0-1", "0-2", "0-3", "0-5", "0-47"];

#[derive(Debug, Clone)]
pub(super) struct Schema {
    name: String,
    singular: String,
    plural: String,
    primary: String,
    created: DateTime<Utc>,
    updated: DateTime<Utc>,
    archived: bool,
}

/// The custom types of a portal.
#[derive(Debug, Default)]
pub(super) struct Schemas(BTreeMap<Kind, Schema>);

fn qualified(portal: u64, name: &str) -> String {
    format!("p{portal}_{name}")
}

impl Schemas {
    fn live(&self) -> impl Iterator<Item = (&Kind, &Schema)> {
        self.0.iter().filter(|(_, schema)| !schema.archived)
    }
}

impl Portal {
    /// The type that a path or call means: by name, id, qualified name (`p48120077_policies`) or the bare name of a
    /// custom object.
    pub(super) fn kind(&self, text: &str) -> Option<Kind> {
        let Some(kind) = Kind::parse(text) else {
            let mut live = self.schemas.live();
            let found =
                live.find(|(_, schema)| schema.name == text || qualified(self.id, &schema.name) == text);
            return found.map(|(kind, _)| kind.clone());
        };
        let known = match self.schemas.0.get(&kind) {
            Some(schema) => !schema.archived,
            // A type may have records before anybody has described it.
            None => !kind.is_custom() || self.objects.contains_key(&kind),
        };
        known.then_some(kind)
    }

    /// The custom type of this qualified name, which no other portal has.
    pub(super) fn qualified_kind(&self, text: &str) -> Option<Kind> {
        let mut live = self.schemas.live();
        live.find(|(_, schema)| qualified(self.id, &schema.name) == text).map(|(kind, _)| kind.clone())
    }

    /// As [`Self::kind`], for people: any id of a custom type will do.
    pub(super) fn kind_of(&self, text: &str) -> Result<Kind, CrmError> {
        let unknown = || CrmError::UnknownType(text.to_owned());
        let archived = |kind: &Kind| self.schemas.0.get(kind).is_some_and(|schema| schema.archived);
        self.kind(text).or_else(|| Kind::parse(text).filter(|kind| !archived(kind))).ok_or_else(unknown)
    }

    /// Whether `text` is the bare name of a custom object, which HubSpot takes for reading alone.
    pub(super) fn is_bare_name(&self, text: &str) -> bool {
        self.schemas.live().any(|(_, schema)| schema.name == text)
    }

    /// How lists name a type: custom ones by their qualified name.
    pub(super) fn list_name(&self, kind: &Kind) -> String {
        match self.schemas.0.get(kind) {
            Some(schema) => qualified(self.id, &schema.name),
            None => kind.plural().to_owned(),
        }
    }

    /// How types of association name a type.
    pub(super) fn link_name(&self, kind: &Kind) -> String {
        self.schemas.0.get(kind).map_or_else(|| kind.in_label().to_owned(), |schema| schema.name.clone())
    }

    fn define_object(
        &mut self,
        kind: &Kind,
        name: &str,
        labels: (&str, &str),
        primary: &str,
        now: DateTime<Utc>,
    ) -> Result<(), CrmError> {
        if Kind::parse(name).is_some() || self.schemas.live().any(|(_, schema)| schema.name == name) {
            return Err(CrmError::TypeTaken(name.to_owned()));
        }
        let schema = Schema {
            name: name.to_owned(),
            singular: labels.0.to_owned(),
            plural: labels.1.to_owned(),
            primary: primary.to_owned(),
            created: now,
            updated: now,
            archived: false,
        };
        self.schemas.0.insert(kind.clone(), schema);
        let property = PropertyDefinition::new(primary, "string");
        let value = property.value()?;
        self.definitions.put(kind, property, value, now);
        let built_in = ASSOCIATED.iter().filter_map(|id| Kind::parse(id));
        let others: Vec<Kind> = built_in.chain(self.schemas.live().map(|(other, _)| other.clone())).collect();
        for other in others {
            self.define_plain_link(kind, &other);
        }
        Ok(())
    }

    fn schema_json(&self, kind: &Kind, schema: &Schema) -> Value {
        let associations: Vec<Value> = (self.labels.iter())
            .filter(|((from, to), _)| from == kind || to == kind)
            .flat_map(|((from, to), types)| {
                types.iter().filter(|link| link.label.is_none()).map(move |link| {
                    json!({
                        "fromObjectTypeId": from.id(),
                        "toObjectTypeId": to.id(),
                        "name": link.name,
                        "id": link.id.to_string(),
                        "cardinality": "ONE_TO_MANY",
                        "inverseCardinality": "ONE_TO_MANY",
                    })
                })
            })
            .collect();
        json!({
            "id": kind.id().trim_start_matches("2-"),
            "objectTypeId": kind.id(),
            "name": schema.name,
            "fullyQualifiedName": qualified(self.id, &schema.name),
            "labels": {"singular": schema.singular, "plural": schema.plural},
            "primaryDisplayProperty": schema.primary,
            "secondaryDisplayProperties": [],
            "requiredProperties": [schema.primary],
            "searchableProperties": [schema.primary],
            "properties": self.definitions.list(kind, false, false),
            "associations": associations,
            "metaType": "PORTAL_SPECIFIC",
            "archived": schema.archived,
            "createdAt": stamp(schema.created),
            "updatedAt": stamp(schema.updated),
        })
    }
}

const SCOPE: &str = "crm.schemas.custom.read";

pub(super) fn list(cx: &Cx<'_>) -> Result<Reply, Reply> {
    cx.need(SCOPE)?;
    let archived = cx.params.flag("archived");
    let all = cx.portal.schemas.0.iter().filter(|(_, schema)| schema.archived == archived);
    let results: Vec<Value> = all.map(|(kind, schema)| cx.portal.schema_json(kind, schema)).collect();
    Ok(Reply::ok(json!({"results": results})))
}

pub(super) fn one(cx: &Cx<'_>, text: &str) -> Result<Reply, Reply> {
    cx.need(SCOPE)?;
    let kind = cx.portal.kind(text).ok_or_else(Reply::not_found)?;
    let schema = cx.portal.schemas.0.get(&kind).ok_or_else(Reply::not_found)?;
    Ok(Reply::ok(cx.portal.schema_json(&kind, schema)))
}

impl HubSpotSandbox {
    /// Defines a custom object and gives its type id (`2-…`). `labels` are its singular and plural; the primary
    /// display property is made as text, others by [`Self::define_property`]. Its records can be associated with
    /// contacts, companies, deals, tickets, meetings and other custom objects.
    ///
    /// # Errors
    /// If the portal does not exist or has an object of that name.
    pub fn define_object(
        &self,
        portal: u64,
        name: &str,
        labels: (&str, &str),
        primary_display_property: &str,
    ) -> Result<String, CrmError> {
        let number = {
            let mut state = self.state();
            state.types_made += 1;
            FIRST_TYPE + state.types_made - 1
        };
        let kind = Kind::custom(number);
        self.change(portal, |portal, rules| {
            portal.define_object(&kind, name, labels, primary_display_property, rules.now)
        })?;
        Ok(kind.id().to_owned())
    }

    /// Gives a custom object other labels.
    ///
    /// # Errors
    /// If the portal has no such custom object.
    pub fn relabel_object(&self, portal: u64, kind: &str, labels: (&str, &str)) -> Result<(), CrmError> {
        self.change_schema(portal, kind, |schema| {
            labels.0.clone_into(&mut schema.singular);
            labels.1.clone_into(&mut schema.plural);
        })
    }

    /// Deletes a custom object: its type is unknown from now on, and its schema archived.
    ///
    /// # Errors
    /// If the portal has no such custom object.
    pub fn archive_object(&self, portal: u64, kind: &str) -> Result<(), CrmError> {
        self.change_schema(portal, kind, |schema| schema.archived = true)
    }

    fn change_schema(
        &self,
        portal: u64,
        kind: &str,
        change: impl FnOnce(&mut Schema),
    ) -> Result<(), CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            let unknown = || CrmError::UnknownType(kind.id().to_owned());
            let schema = portal.schemas.0.get_mut(&kind).ok_or_else(unknown)?;
            change(schema);
            schema.updated = rules.now;
            Ok(())
        })
    }
}
