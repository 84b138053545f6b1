//! Deals.

use acquaint_core::view::Deal;

use super::OWNER;
use crate::model::CrmRecord;
use crate::object::ObjectKind;

pub(super) fn deal(record: CrmRecord) -> Deal {
    let mut deal = Deal::default();
    deal.name = record.property("dealname");
    deal.pipeline = record.property("pipeline");
    deal.stage = record.property("dealstage");
    deal.amount = record.property("amount");
    deal.currency = record.property("deal_currency_code");
    deal.closes = record.instant("closedate");
    deal.owner = record.property(OWNER);
    deal.merged = record.merged();
    deal.created = record.created(ObjectKind::Deals);
    deal.fields = record.fields();
    deal.id = record.id.0;
    deal
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use acquaint_core::record::RawRecord;
    use acquaint_core::view::View;
    use serde_json::json;

    use super::super::views;
    use super::*;
    use crate::record::instant;

    #[test]
    fn a_deal_has_its_place_in_the_pipeline_and_what_it_is_worth() {
        let raw = json!({"id": "55000001", "createdAt": "2026-03-04T10:11:12.345Z", "properties": {
            "amount": "1500.50", "closedate": "2026-12-31T00:00:00Z", "deal_currency_code": "EUR",
            "dealname": "Renewal", "dealstage": "contractsent", "dealtype": "existingbusiness",
            "hs_lastmodifieddate": "2026-10-01T00:00:00Z", "hs_merged_object_ids": "55000007;55000008",
            "hubspot_owner_id": "41000001", "pipeline": "default",
        }});
        let views = views(ObjectKind::Deals, &RawRecord::new("55000001", raw.to_string())).unwrap();
        let [View::Deal(deal)] = views.as_slice() else { panic!("{views:?}") };
        assert_eq!((deal.name.as_deref(), deal.pipeline.as_deref()), (Some("Renewal"), Some("default")));
        assert_eq!((deal.stage.as_deref(), deal.owner.as_deref()), (Some("contractsent"), Some("41000001")));
        assert_eq!((deal.amount.as_deref(), deal.currency.as_deref()), (Some("1500.50"), Some("EUR")));
        assert_eq!(deal.closes, instant("2026-12-31T00:00:00Z"));
        assert_eq!(deal.created, instant("2026-03-04T10:11:12.345Z"));
        assert_eq!(deal.merged, ["55000007", "55000008"]);
        assert_eq!(deal.fields["dealtype"], "existingbusiness");
        assert!(!deal.fields.contains_key("hs_lastmodifieddate"));
    }

    #[test]
    fn a_deal_without_anything_is_a_deal() {
        let views = views(ObjectKind::Deals, &RawRecord::new("1", r#"{"id": "1"}"#)).unwrap();
        let mut bare = Deal::default();
        bare.id = "1".to_owned();
        assert_eq!(views, [View::Deal(bare)]);
    }
}
