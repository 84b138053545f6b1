//! What a record says. Pure: the same bytes always give the same views.

mod activity;
mod company;
mod contact;
mod custom;
mod deal;

use acquaint_core::Result;
use acquaint_core::record::RawRecord;
use acquaint_core::view::{Fields, View, Views};
use chrono::{DateTime, Utc};

use crate::model::{CrmRecord, parts, text};
use crate::object::ObjectKind;
use crate::record::{instant, merged};

/// Who looks after a record, in every type.
const OWNER: &str = "hubspot_owner_id";
/// How far a company or contact has come.
const STAGE: &str = "lifecyclestage";

/// The views of a record of `kind`.
///
/// # Errors
/// `Malformed` if it is no JSON object with an id.
pub(crate) fn views(kind: ObjectKind, raw: &RawRecord) -> Result<Views> {
    let record: CrmRecord = raw.parse()?;
    Ok(vec![match kind {
        ObjectKind::Companies => View::Account(company::account(record)),
        ObjectKind::Contacts => View::Contact(contact::contact(record)),
        ObjectKind::Deals => View::Deal(deal::deal(record)),
        ObjectKind::Meetings => View::LoggedMeeting(activity::meeting(record)),
        ObjectKind::Custom => View::Object(custom::object(record)?),
    }])
}

impl CrmRecord {
    fn property(&self, name: &str) -> Option<String> {
        self.properties.get(name).and_then(text)
    }

    fn instant(&self, name: &str) -> Option<DateTime<Utc>> {
        self.property(name).and_then(|at| instant(&at))
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

    fn created(&self, kind: ObjectKind) -> Option<DateTime<Utc>> {
        let named = self.property(kind.describe().created);
        named.or_else(|| self.created_at.clone()).and_then(|at| instant(&at))
    }

    fn fields(&self) -> Fields {
        let own = self.properties.iter().filter(|(name, _)| ObjectKind::is_field(name));
        own.filter_map(|(name, value)| Some((name.clone(), text(value)?.into()))).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use acquaint_core::ErrorKind;
    use serde_json::Value;

    use super::*;

    /// The record of an example, or the first of its page.
    pub(super) fn first(payload: &str) -> RawRecord {
        let page: Value = serde_json::from_str(payload).unwrap();
        let record = page.pointer("/results/0").unwrap_or(&page);
        RawRecord::new("1", record.to_string())
    }

    #[test]
    fn a_record_without_an_id_is_malformed() {
        for kind in [ObjectKind::Custom].into_iter().chain(ObjectKind::STANDARD) {
            for raw in ["{}", "[]", "nothing", r#"{"id": null}"#] {
                let error = views(kind, &RawRecord::new("1", raw)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Malformed, "{kind:?} {raw}");
            }
        }
    }
}
