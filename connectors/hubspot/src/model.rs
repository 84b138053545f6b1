//! What comes over the wire, as far as it is looked at. Everything that HubSpot may leave out is optional.

use std::collections::BTreeSet;

use acquaint_core::view::Fields;
use serde::{Deserialize, Deserializer};
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
    #[serde(default)]
    context: Value,
}

impl BatchError {
    /// Whether it says that there is nothing, and not that something failed.
    pub(crate) fn says_absent(&self) -> bool {
        self.category.as_deref() == Some("OBJECT_NOT_FOUND")
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

/// The companies of one contact, or a page of them.
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
    pub(crate) fn contact(&self) -> &str {
        &self.from.id.0
    }

    pub(crate) fn next(&self) -> Option<&str> {
        after(self.paging.as_ref())
    }
}

/// A link to one company, under all its types.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkTo {
    to_object_id: Id,
    #[serde(default)]
    association_types: Vec<LinkType>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkType {
    #[serde(default)]
    category: String,
    type_id: u64,
}

impl LinkTo {
    pub(crate) fn company(&self) -> &str {
        &self.to_object_id.0
    }

    /// Type 1 of those that HubSpot defines; see
    /// <https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide>.
    pub(crate) fn is_primary(&self) -> bool {
        self.association_types.iter().any(|link| link.category == "HUBSPOT_DEFINED" && link.type_id == 1)
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
    #[serde(default)]
    pub(crate) associations: Value,
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
        let to: Vec<_> = links.to.iter().map(|link| (link.company(), link.is_primary())).collect();
        assert_eq!(to, [("70020001", true), ("70020002", false)]);
        assert_eq!((links.contact(), links.next()), ("90110001", Some("NzAwMjAwMDI%3D")));
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
