//! Companies, as accounts.

use acquaint_core::view::Account;

use super::{OWNER, STAGE};
use crate::model::CrmRecord;
use crate::object::ObjectKind;

pub(super) fn account(record: CrmRecord) -> Account {
    let mut account = Account::default();
    account.name = record.property("name");
    account.domains = record.list("domain", "hs_additional_domains");
    account.parent = record.property("hs_parent_company_id");
    account.stage = record.property(STAGE);
    account.owner = record.property(OWNER);
    account.merged = record.merged();
    account.created = record.created(ObjectKind::Companies);
    account.fields = record.fields();
    account.id = record.id.0;
    account
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use acquaint_core::record::RawRecord;
    use acquaint_core::view::View;
    use serde_json::json;

    use super::super::tests::first;
    use super::super::views;
    use super::*;
    use crate::record::instant;

    fn account_of(raw: &RawRecord) -> Account {
        match views(ObjectKind::Companies, raw).unwrap().as_slice() {
            [View::Account(account)] => account.clone(),
            other => panic!("{other:?} is not one account"),
        }
    }

    #[test]
    fn an_account_has_its_domains_and_its_parent() {
        let account = account_of(&first(include_str!("../../tests/payloads/companies_search.json")));
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
        assert_eq!(account.stage.as_deref(), Some("customer"));
        assert_eq!((account.fields, account.name), (expected.fields, expected.name));
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
}
