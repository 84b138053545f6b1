//! Contacts.

use acquaint_core::view::Contact;

use super::{OWNER, STAGE};
use crate::model::CrmRecord;
use crate::object::ObjectKind;

pub(super) fn contact(record: CrmRecord) -> Contact {
    let mut contact = Contact::default();
    let names = ["firstname", "lastname"].into_iter().filter_map(|name| record.property(name));
    let name = names.collect::<Vec<_>>().join(" ");
    contact.name = Some(name).filter(|name| !name.is_empty());
    contact.emails = record.list("email", "hs_additional_emails");
    contact.stage = record.property(STAGE);
    contact.owner = record.property(OWNER);
    contact.merged = record.merged();
    contact.created = record.created(ObjectKind::Contacts);
    contact.fields = record.fields();
    contact.id = record.id.0;
    contact
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use acquaint_core::record::RawRecord;
    use acquaint_core::view::View;
    use serde_json::{Value, json};

    use super::super::tests::first;
    use super::super::views;
    use super::*;
    use crate::record::instant;

    fn contact_of(raw: &RawRecord) -> Contact {
        match views(ObjectKind::Contacts, raw).unwrap().as_slice() {
            [View::Contact(contact)] => contact.clone(),
            other => panic!("{other:?} is not one contact"),
        }
    }

    #[test]
    fn a_contact_has_its_name_and_addresses() {
        let contact = contact_of(&first(include_str!("../../tests/payloads/contacts_page.json")));
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
    }

    #[test]
    fn a_contact_without_address_or_last_name_is_a_contact_still() {
        let page: Value =
            serde_json::from_str(include_str!("../../tests/payloads/contacts_page.json")).unwrap();
        let contact = contact_of(&RawRecord::new("2", page["results"][1].to_string()));
        assert_eq!((contact.name.as_deref(), contact.emails.len()), (Some("Sam"), 0));
        let nobody = contact_of(&RawRecord::new("3", json!({"id": 3, "properties": {}}).to_string()));
        assert_eq!((nobody.id.as_str(), nobody.name), ("3", None));
    }

    #[test]
    fn a_merge_names_every_record_that_it_took_in_once() {
        let contact = contact_of(&first(include_str!("../../tests/payloads/merged_contact.json")));
        assert_eq!(contact.merged, ["90110001", "90110002"]);
        let both = json!({"id": "9", "properties": {
            "hs_merged_object_ids": "4; 5;9", "hs_calculated_merged_vids": "5:1791000104000;6:1791000104000",
        }});
        assert_eq!(contact_of(&RawRecord::new("9", both.to_string())).merged, ["4", "5", "6"]);
    }

    #[test]
    fn a_contact_says_how_far_it_has_come_and_whose_it_is() {
        let raw =
            json!({"id": "1", "properties": {"lifecyclestage": "lead", "hubspot_owner_id": "41000001"}});
        let contact = contact_of(&RawRecord::new("1", raw.to_string()));
        assert_eq!((contact.stage.as_deref(), contact.owner.as_deref()), (Some("lead"), Some("41000001")));
        assert_eq!(contact.fields["lifecyclestage"], "lead", "and it can be mapped");
    }
}
