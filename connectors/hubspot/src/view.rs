//! What a record says. Pure: the same bytes always give the same views.

use acquaint_core::Result;
use acquaint_core::record::RawRecord;
use acquaint_core::view::{Account, Association, Contact, Fields, View, Views};
use chrono::{DateTime, Utc};

use crate::associations::Links;
use crate::model::{CrmRecord, parts, text};
use crate::object::ObjectKind;
use crate::record::{instant, merged};

/// The views of a record of `kind`.
///
/// # Errors
/// `Malformed` if it is no JSON object with an id.
pub(crate) fn views(kind: ObjectKind, raw: &RawRecord) -> Result<Views> {
    let record: CrmRecord = raw.parse()?;
    Ok(match kind {
        ObjectKind::Companies => vec![View::Account(account(record))],
        ObjectKind::Contacts => contact(record),
    })
}

fn account(record: CrmRecord) -> Account {
    let mut account = Account::default();
    account.name = record.property("name");
    account.domains = record.list("domain", "hs_additional_domains");
    account.parent = record.property("hs_parent_company_id");
    account.merged = record.merged();
    account.created = record.created();
    account.fields = record.fields();
    account.id = record.id.0;
    account
}

fn contact(record: CrmRecord) -> Views {
    let mut contact = Contact::default();
    let names = ["firstname", "lastname"].into_iter().filter_map(|name| record.property(name));
    let name = names.collect::<Vec<_>>().join(" ");
    contact.name = Some(name).filter(|name| !name.is_empty());
    contact.emails = record.list("email", "hs_additional_emails");
    contact.merged = record.merged();
    contact.created = record.created();
    contact.fields = record.fields();
    let links = Links::of(&record.associations);
    contact.id.clone_from(&record.id.0);
    let mut views = vec![View::Contact(contact)];
    views.extend(links.iter().map(|(company, primary)| {
        View::Association(Association::contact_to_account(record.id.0.as_str(), company, primary))
    }));
    views
}

impl CrmRecord {
    fn property(&self, name: &str) -> Option<String> {
        self.properties.get(name).and_then(text)
    }

    /// A main value and the further ones, each once.
    fn list(&self, main: &str, further: &str) -> Vec<String> {
        let mut values = Vec::new();
        let further = self.property(further).unwrap_or_default();
        for value in self.property(main).into_iter().chain(parts(&further).map(str::to_owned)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    fn merged(&self) -> Vec<String> {
        merged(&self.id.0, |name| self.property(name))
    }

    fn created(&self) -> Option<DateTime<Utc>> {
        self.property("createdate").or_else(|| self.created_at.clone()).and_then(|at| instant(&at))
    }

    fn fields(&self) -> Fields {
        let own = self.properties.iter().filter(|(name, _)| ObjectKind::is_field(name));
        own.filter_map(|(name, value)| Some((name.clone(), text(value)?.into()))).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use acquaint_core::ErrorKind;
    use serde_json::{Value, json};

    use super::*;

    fn first(payload: &str) -> RawRecord {
        let page: Value = serde_json::from_str(payload).unwrap();
        let record = page.pointer("/results/0").unwrap_or(&page);
        RawRecord::new("1", record.to_string())
    }

    fn contact_of(raw: &RawRecord) -> (Contact, Vec<Association>) {
        let mut views = views(ObjectKind::Contacts, raw).unwrap().into_iter();
        let Some(View::Contact(contact)) = views.next() else { panic!("no contact comes first") };
        let links = views.map(|view| match view {
            View::Association(link) => link,
            other => panic!("{other:?} is no association"),
        });
        (contact, links.collect())
    }

    fn account_of(raw: &RawRecord) -> Account {
        match views(ObjectKind::Companies, raw).unwrap().as_slice() {
            [View::Account(account)] => account.clone(),
            other => panic!("{other:?} is not one account"),
        }
    }

    #[test]
    fn a_contact_has_its_name_addresses_and_one_link_per_company() {
        let (contact, links) = contact_of(&first(include_str!("../tests/payloads/contacts_page.json")));
        let mut expected = Contact::new("90110001", "l.okafor@harbourfoods-demo.example")
            .email("lara@harbour-old.example")
            .email("lokafor@harbour-old.example")
            .name("Lara Okafor")
            .field("createdate", "2026-03-04T10:11:12.345Z")
            .field("email", "l.okafor@harbourfoods-demo.example")
            .field("firstname", "Lara")
            .field("hs_additional_emails", "lara@harbour-old.example;lokafor@harbour-old.example")
            .field("lastname", "Okafor");
        expected.created = instant("2026-03-04T10:11:12.345Z");
        assert_eq!(contact, expected);
        assert_eq!(
            links,
            [
                Association::contact_to_account("90110001", "70020001", true),
                Association::contact_to_account("90110001", "70020002", false),
            ]
        );
    }

    #[test]
    fn a_contact_without_address_or_last_name_is_a_contact_still() {
        let page: Value = serde_json::from_str(include_str!("../tests/payloads/contacts_page.json")).unwrap();
        let (contact, links) = contact_of(&RawRecord::new("2", page["results"][1].to_string()));
        assert_eq!((contact.name.as_deref(), contact.emails.len(), links.len()), (Some("Sam"), 0, 0));
        let (nobody, _) = contact_of(&RawRecord::new("3", json!({"id": 3, "properties": {}}).to_string()));
        assert_eq!((nobody.id.as_str(), nobody.name), ("3", None));
    }

    #[test]
    fn a_merge_names_every_record_that_it_took_in_once() {
        let (contact, _) = contact_of(&first(include_str!("../tests/payloads/merged_contact.json")));
        assert_eq!(contact.merged, ["90110001", "90110002"]);
        let both = json!({"id": "9", "properties": {
            "hs_merged_object_ids": "4; 5;9", "hs_calculated_merged_vids": "5:1791000104000;6:1791000104000",
        }});
        assert_eq!(contact_of(&RawRecord::new("9", both.to_string())).0.merged, ["4", "5", "6"]);
    }

    #[test]
    fn an_account_has_its_domains_and_its_parent() {
        let account = account_of(&first(include_str!("../tests/payloads/companies_search.json")));
        let mut expected = Account::new("70020001", "Harbour Foods")
            .domain("harbourfoods-demo.example")
            .domain("harbour-old.example")
            .domain("harbourfoods.example")
            .parent("70020099")
            .field("createdate", "2025-01-20T08:00:00.000Z")
            .field("domain", "harbourfoods-demo.example")
            .field("hs_additional_domains", "harbour-old.example;harbourfoods.example")
            .field("hs_parent_company_id", "70020099")
            .field("name", "Harbour Foods");
        expected.created = instant("2025-01-20T08:00:00.000Z");
        assert_eq!(account, expected);
    }

    #[test]
    fn fields_are_what_was_asked_for_and_nothing_that_moves_by_itself() {
        let raw = json!({"id": "1", "properties": {
            "name": "A", "domain": "a.example", "hs_lastmodifieddate": "2026-01-01T00:00:00Z", "hs_object_id": "1",
            "lifecyclestage": "customer", "industry": null, "type": "", "seats": "50",
        }});
        let account = account_of(&RawRecord::new("1", raw.to_string()));
        let expected = Account::new("1", "A")
            .domain("a.example")
            .field("domain", "a.example")
            .field("name", "A")
            .field("lifecyclestage", "customer")
            .field("seats", "50");
        assert_eq!(account, expected);
    }

    #[test]
    fn null_missing_and_empty_properties_are_the_same() {
        let [null, empty, missing] =
            [json!({"name": null, "domain": null}), json!({"name": " ", "domain": ""}), json!({})].map(
                |properties| {
                    account_of(&RawRecord::new("1", json!({"id": "1", "properties": properties}).to_string()))
                },
            );
        assert_eq!(null, empty);
        assert_eq!(empty, missing);
    }

    #[test]
    fn a_record_without_an_id_is_malformed() {
        for raw in ["{}", "[]", "nothing", r#"{"id": null}"#] {
            let error = views(ObjectKind::Companies, &RawRecord::new("1", raw)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Malformed, "{raw}");
        }
    }
}
