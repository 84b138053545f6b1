//! What comes over the wire, as far as it is looked at. Everything that HubSpot may leave out is optional.

use std::collections::BTreeSet;

use acquaint_core::view::Fields;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An id or paging cursor: text in most places, a number in some.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id(pub(crate) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Number(u64),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Text(text) => Self(text),
            Form::Number(number) => Self(number.to_string()),
        })
    }
}

impl Id {
    /// The id that `value` is.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok().filter(|id| !id.0.is_empty())
    }
}

/// A page of a list or of a search.
#[derive(Debug, Deserialize)]
pub(crate) struct RecordPage {
    pub(crate) results: Vec<Value>,
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Debug, Deserialize)]
struct Paging {
    #[serde(default)]
    next: Option<NextPage>,
}

#[derive(Debug, Deserialize)]
struct NextPage {
    after: Id,
}

impl RecordPage {
    /// The paging cursor of the next page.
    pub(crate) fn next(&self) -> Option<&str> {
        after(self.paging.as_ref())
    }
}

fn after(paging: Option<&Paging>) -> Option<&str> {
    paging?.next.as_ref().map(|next| next.after.0.as_str())
}

/// What a batch read answers, with 200 or 207.
#[derive(Debug, Deserialize)]
pub(crate) struct Batch<T> {
    #[serde(default = "Vec::new")]
    pub(crate) results: Vec<T>,
    #[serde(default = "Vec::new")]
    pub(crate) errors: Vec<BatchError>,
}

/// Why a batch does not answer for some of its inputs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchError {
    #[serde(default)]
    category: Option<String>,
    /// Text, though HubSpot's specification says an object.
    #[serde(default)]
    sub_category: Value,
    #[serde(default)]
    context: Value,
}

impl BatchError {
    /// Whether it says that there is nothing, and not that something failed.
    pub(crate) fn says_absent(&self) -> bool {
        self.category.as_deref() == Some("OBJECT_NOT_FOUND")
            || self.sub_category.as_str().is_some_and(|what| what.ends_with("NO_ASSOCIATIONS_FOUND"))
    }

    /// The inputs that it is about; none if it does not say.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        let named = ["ids", "id", "fromObjectId"].into_iter().filter_map(|name| self.context.get(name));
        named
            .flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice))
            .filter_map(Id::of)
            .map(|id| id.0)
            .collect()
    }
}

/// The links of one record to those of another type, or a page of them.
#[derive(Debug, Deserialize)]
pub(crate) struct LinksOf {
    from: Holder,
    #[serde(default)]
    pub(crate) to: Vec<LinkTo>,
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Debug, Deserialize)]
struct Holder {
    id: Id,
}

impl LinksOf {
    pub(crate) fn holder(&self) -> &str {
        &self.from.id.0
    }

    pub(crate) fn next(&self) -> Option<&str> {
        after(self.paging.as_ref())
    }
}

/// A link to one record, under all its types.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkTo {
    to_object_id: Id,
    #[serde(default)]
    pub(crate) association_types: Vec<LinkType>,
}

/// A type of link. A record's links keep it as it is here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkType {
    #[serde(default)]
    pub(crate) category: String,
    pub(crate) type_id: u64,
    #[serde(default)]
    pub(crate) label: Option<String>,
}

impl LinkTo {
    pub(crate) fn target(&self) -> &str {
        &self.to_object_id.0
    }
}

/// The account that a token opens.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountDetails {
    pub(crate) portal_id: Id,
    #[serde(default)]
    pub(crate) ui_domain: Option<String>,
}

/// All property definitions of a type; they are not paged.
#[derive(Debug, Deserialize)]
pub(crate) struct Definitions {
    pub(crate) results: Vec<Definition>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Definition {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) r#type: String,
    #[serde(default)]
    pub(crate) archived: bool,
    #[serde(default)]
    pub(crate) options: Vec<ValueOption>,
}

/// A value that an enumeration can have.
#[derive(Debug, Deserialize)]
pub(crate) struct ValueOption {
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) label: String,
}

/// All object types that an account has made up; they are not paged.
#[derive(Debug, Deserialize)]
pub(crate) struct Schemas {
    pub(crate) results: Vec<SchemaDefinition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchemaDefinition {
    pub(crate) object_type_id: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) fully_qualified_name: Option<String>,
    #[serde(default)]
    pub(crate) primary_display_property: Option<String>,
    #[serde(default)]
    pub(crate) labels: Option<SchemaLabels>,
    #[serde(default)]
    pub(crate) archived: bool,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct SchemaLabels {
    #[serde(default)]
    pub(crate) singular: Option<String>,
    #[serde(default)]
    pub(crate) plural: Option<String>,
}

/// An owner: <https://developers.hubspot.com/docs/api-reference/latest/crm/owners/guide>. The id is not that of the user.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Owner {
    pub(crate) id: Id,
    #[serde(default)]
    pub(crate) email: Option<String>,
    #[serde(default)]
    pub(crate) r#type: Option<String>,
    #[serde(default)]
    pub(crate) first_name: Option<String>,
    #[serde(default)]
    pub(crate) last_name: Option<String>,
    #[serde(default)]
    pub(crate) user_id: Option<Id>,
    #[serde(default)]
    pub(crate) user_id_including_inactive: Option<Id>,
    #[serde(default)]
    pub(crate) archived: bool,
}

/// A record as the view reads it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CrmRecord {
    pub(crate) id: Id,
    #[serde(default)]
    pub(crate) properties: Fields,
    #[serde(default)]
    pub(crate) created_at: Option<String>,
    /// What it is, if the account has made up its type.
    #[serde(default)]
    pub(crate) schema: Option<crate::objects::Schema>,
}

/// The value of a property as text. Empty and absent are the same to HubSpot.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The parts of a `;`-separated value.
pub(crate) fn parts(value: &str) -> impl Iterator<Item = &str> {
    value.split(';').map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_batch_that_lacks_some_records_is_an_answer_and_names_them() {
        let batch: Batch<Value> =
            serde_json::from_str(include_str!("../tests/payloads/batch_read_207.json")).unwrap();
        assert_eq!(batch.results.len(), 1);
        assert!(batch.errors[0].says_absent());
        assert_eq!(batch.errors[0].ids(), ["90119999".to_owned()].into());
    }

    #[test]
    fn associations_come_with_numbers_for_ids_and_pages_of_their_own() {
        let batch: Batch<LinksOf> =
            serde_json::from_str(include_str!("../tests/payloads/associations_batch.json")).unwrap();
        let [links] = batch.results.as_slice() else { unreachable!("one contact") };
        let to: Vec<_> = links.to.iter().map(|link| (link.target(), link.association_types.len())).collect();
        assert_eq!(to, [("70020001", 3), ("70020002", 1)]);
        assert_eq!((links.holder(), links.next()), ("90110001", Some("NzAwMjAwMDI%3D")));
    }

    #[test]
    fn pages_account_and_definitions_are_read_as_hubspot_shows_them() {
        let page: RecordPage =
            serde_json::from_str(include_str!("../tests/payloads/contacts_page.json")).unwrap();
        assert_eq!((page.results.len(), page.next()), (2, Some("90110003")));
        let last: RecordPage =
            serde_json::from_str(include_str!("../tests/payloads/archived_page.json")).unwrap();
        assert_eq!(last.next(), None);
        let account: AccountDetails =
            serde_json::from_str(include_str!("../tests/payloads/account_details.json")).unwrap();
        assert_eq!(
            (account.portal_id.0.as_str(), account.ui_domain.as_deref()),
            ("48120077", Some("app-eu1.hubspot.com"))
        );
        let fields: Definitions =
            serde_json::from_str(include_str!("../tests/payloads/properties_page.json")).unwrap();
        assert_eq!((&*fields.results[0].name, &*fields.results[0].r#type), ("region_code", "enumeration"));
    }
}
