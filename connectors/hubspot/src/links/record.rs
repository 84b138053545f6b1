//! The links of one record, in one form however they were read: targets by id, the types of each sorted.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::record::RawRecord;
use acquaint_core::view::{Association, View, Views};
use acquaint_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::pair::{Pair, end};
use crate::model::{Id, LinkTo, LinkType};
use crate::object::ObjectKind;

/// Targets, with the types under which each is linked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Links(BTreeMap<String, BTreeSet<LinkType>>);

/// What is kept of them. HubSpot's answers do not say which types of records they are about.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    pair: String,
    #[serde(deserialize_with = "id")]
    from: String,
    to: Vec<Target>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Target {
    #[serde(deserialize_with = "id")]
    id: String,
    types: BTreeSet<LinkType>,
}

fn id<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    Id::deserialize(deserializer).map(|id| id.0)
}

impl Links {
    /// Adds what a page shows.
    pub(super) fn extend(&mut self, page: Vec<LinkTo>) {
        for link in page {
            self.0.entry(link.target().to_owned()).or_default().extend(link.association_types);
        }
    }

    pub(super) fn into_record(self, pair: &Pair, from: &str) -> Result<RawRecord> {
        let to = self.0.into_iter().map(|(id, types)| Target { id, types }).collect();
        let record = Record { pair: pair.key(), from: from.to_owned(), to };
        let raw = serde_json::to_vec(&record)
            .map_err(|error| Error::bug("links do not serialise").with_source(error))?;
        Ok(RawRecord::new(from, raw))
    }
}

/// The views of a record of links.
///
/// # Errors
/// `Malformed` if it is none.
pub(super) fn views(raw: &RawRecord) -> Result<Views> {
    let record: Record = raw.parse()?;
    let pair = Pair::parse(&record.pair).and_then(|pair| Some((pair.kinds()?, pair)));
    let Some(((from, to), pair)) = pair else {
        return Err(
            Error::malformed("these are links between types that are not known").with("record", &raw.key)
        );
    };
    let mut targets: BTreeMap<String, BTreeSet<LinkType>> = BTreeMap::new();
    for target in record.to {
        targets.entry(target.id).or_default().extend(target.types);
    }
    let view = |(id, types): (String, BTreeSet<LinkType>)| {
        let ends = (end(&pair.from, from, &record.from), end(&pair.to, to, &id));
        let mut link = Association::new(ends.0, ends.1);
        link.primary = types.iter().any(|link| is_primary(from, to, link));
        let labels: BTreeSet<String> = types
            .into_iter()
            .filter(|link| !is_primary(from, to, link))
            .filter_map(|link| link.label)
            .collect();
        link.labels = labels.into_iter().filter(|label| !label.trim().is_empty()).collect();
        View::Association(link)
    };
    Ok(targets.into_iter().map(view).collect())
}

/// Whether a type says that its target is the main one. Types are numbered for each direction:
/// <https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide>.
fn is_primary(from: ObjectKind, to: ObjectKind, link: &LinkType) -> bool {
    let number = match (from, to) {
        (ObjectKind::Contacts, ObjectKind::Companies) => Some(1),
        (ObjectKind::Deals, ObjectKind::Companies) => Some(5),
        _ => None,
    };
    link.category == "HUBSPOT_DEFINED"
        && match number {
            Some(number) => link.type_id == number,
            // For others the guide lists no number; a type of HubSpot's own with this label means the same.
            None => link.label.as_deref() == Some("Primary"),
        }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use acquaint_core::ErrorKind;
    use acquaint_core::view::EntityKind;
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{Batch, LinksOf};

    fn record(pair: &str, to: Value) -> RawRecord {
        let links: Vec<LinkTo> = serde_json::from_value(to).unwrap();
        let mut all = Links::default();
        all.extend(links);
        all.into_record(&Pair::parse(pair).unwrap(), "90110001").unwrap()
    }

    fn associations(raw: &RawRecord) -> Vec<Association> {
        let one = |view| match view {
            View::Association(link) => link,
            other => panic!("{other:?} is no association"),
        };
        views(raw).unwrap().into_iter().map(one).collect()
    }

    #[test]
    fn an_answer_becomes_one_record_with_one_link_per_target() {
        let payload = include_str!("../../tests/payloads/associations_batch.json");
        let mut batch: Batch<LinksOf> = serde_json::from_str(payload).unwrap();
        let mut links = Links::default();
        links.extend(batch.results.remove(0).to);
        let raw = links.into_record(&Pair::parse("contacts/companies").unwrap(), "90110001").unwrap();
        let expected = json!({"pair": "contacts/companies", "from": "90110001", "to": [
            {"id": "70020001", "types": [
                {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
                {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": null},
                {"category": "USER_DEFINED", "typeId": 28, "label": "Billing contact"},
            ]},
            {"id": "70020002", "types": [{"category": "HUBSPOT_DEFINED", "typeId": 279, "label": null}]},
        ]});
        assert_eq!(serde_json::from_slice::<Value>(&raw.raw).unwrap(), expected);
        let mut main = Association::contact_to_account("90110001", "70020001", true);
        main.labels = vec!["Billing contact".to_owned()];
        let other = Association::contact_to_account("90110001", "70020002", false);
        assert_eq!(associations(&raw), [main, other]);
    }

    #[test]
    fn the_form_is_the_same_whatever_the_order_and_the_pages() {
        let types = |ids: &[u64]| -> Vec<Value> {
            ids.iter().map(|id| json!({"category": "HUBSPOT_DEFINED", "typeId": id, "label": null})).collect()
        };
        let one = record(
            "deals/companies",
            json!([
                {"toObjectId": 7, "associationTypes": types(&[341, 5])}, {"toObjectId": "8", "associationTypes": []},
            ]),
        );
        let two = record(
            "deals/companies",
            json!([
                {"toObjectId": "8"}, {"toObjectId": "7", "associationTypes": types(&[5])},
                {"toObjectId": 7, "associationTypes": types(&[341, 5])},
            ]),
        );
        assert_eq!(one, two);
        let primary: Vec<bool> = associations(&one).iter().map(|link| link.primary).collect();
        assert_eq!(primary, [true, false]);
    }

    #[test]
    fn the_number_of_a_primary_link_depends_on_the_direction() {
        let link = |category: &str, number: u64, label: Option<&str>| {
            let types = json!([{"category": category, "typeId": number, "label": label}]);
            json!([{"toObjectId": 7, "associationTypes": types}])
        };
        for (pair, to, primary) in [
            ("contacts/companies", link("HUBSPOT_DEFINED", 1, Some("Primary")), true),
            ("contacts/companies", link("HUBSPOT_DEFINED", 5, None), false),
            ("contacts/companies", link("USER_DEFINED", 1, Some("Primary")), false),
            ("deals/companies", link("HUBSPOT_DEFINED", 5, None), true),
            ("deals/companies", link("HUBSPOT_DEFINED", 1, None), false),
            ("deals/contacts", link("HUBSPOT_DEFINED", 3, None), false),
            ("2-7/companies", link("HUBSPOT_DEFINED", 99, Some("Primary")), true),
        ] {
            assert_eq!(associations(&record(pair, to.clone()))[0].primary, primary, "{pair} {to}");
        }
    }

    #[test]
    fn a_record_of_a_made_up_type_stands_behind_its_type() {
        let link = associations(&record("2-3465404/companies", json!([{"toObjectId": 7}]))).remove(0);
        assert_eq!((link.from_kind, link.from.as_str()), (EntityKind::Object, "2-3465404/90110001"));
        assert_eq!((link.to_kind, link.to.as_str()), (EntityKind::Account, "7"));
    }

    #[test]
    fn a_record_without_links_has_no_view_and_nonsense_is_malformed() {
        assert!(views(&record("meetings/deals", json!([]))).unwrap().is_empty());
        for raw in ["{}", "[]", r#"{"pair": "contacts/tickets", "from": "1", "to": []}"#] {
            assert_eq!(views(&RawRecord::new("1", raw)).unwrap_err().kind(), ErrorKind::Malformed, "{raw}");
        }
    }
}
