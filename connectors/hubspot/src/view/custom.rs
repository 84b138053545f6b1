//! Records of types that the account has made up.

use acquaint_core::view::CustomObject;
use acquaint_core::{Error, Result};

use super::OWNER;
use crate::model::CrmRecord;
use crate::object::ObjectKind;

pub(super) fn object(record: CrmRecord) -> Result<CustomObject> {
    let Some(schema) = &record.schema else {
        return Err(Error::malformed("the record does not say what type it is of"));
    };
    let mut object = CustomObject::default();
    object.r#type.clone_from(&schema.name);
    object.name = schema.display.as_deref().and_then(|display| record.property(display));
    object.owner = record.property(OWNER);
    object.merged = record.merged();
    object.created = record.created(ObjectKind::Custom);
    object.fields = record.fields();
    object.id = record.id.0;
    Ok(object)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use acquaint_core::ErrorKind;
    use acquaint_core::record::RawRecord;
    use acquaint_core::view::View;
    use serde_json::json;

    use super::super::views;
    use super::*;

    #[test]
    fn a_record_is_called_what_its_type_shows() {
        let raw = json!({"id": "77", "properties": {"plan": "Gold", "seats": "5", "hubspot_owner_id": "41000001"},
            "schema": {"id": "2-3465404", "name": "subscription", "display": "plan"}});
        let views = views(ObjectKind::Custom, &RawRecord::new("77", raw.to_string())).unwrap();
        let [View::Object(object)] = views.as_slice() else { panic!("{views:?}") };
        assert_eq!((object.id.as_str(), object.r#type.as_str()), ("77", "subscription"));
        assert_eq!((object.name.as_deref(), object.owner.as_deref()), (Some("Gold"), Some("41000001")));
        assert_eq!(object.fields["seats"], "5");
    }

    #[test]
    fn a_record_of_an_unknown_type_is_malformed() {
        let error = views(ObjectKind::Custom, &RawRecord::new("77", r#"{"id": "77"}"#)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed);
    }
}
