//! What a source of the manifest may say about this connector.

mod asked;
mod selection;

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::connector::SourceSettings;
use acquaint_core::view::EntityKind;
use acquaint_core::{Error, Result};
use serde::Deserialize;

pub(crate) use asked::{Asked, AskedObjects};
pub(crate) use selection::Selection;

use crate::object::ObjectKind;

/// The options of a source.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    pub(crate) deals: Asked,
    pub(crate) meetings: Asked,
    pub(crate) owners: bool,
    pub(crate) objects: AskedObjects,
    native: Native,
    /// What rules follow, which is read without an option.
    #[serde(skip)]
    follow: BTreeSet<EntityKind>,
}

/// What HubSpot is to select before anything is read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Native {
    companies: Selection,
    contacts: Selection,
}

impl Options {
    /// # Errors
    /// `Invalid`, naming what is not known and what is.
    pub(crate) fn of(settings: &SourceSettings) -> Result<Self> {
        let mut options: Self = settings.options_as().map_err(advised)?;
        options.follow.clone_from(&settings.follow);
        Ok(options)
    }

    /// Everything that keeps settings from being options.
    pub(crate) fn mistakes(settings: &SourceSettings) -> Vec<Error> {
        settings.mistakes_as::<Self>().into_iter().map(advised).collect()
    }

    /// Whether a type is read.
    pub(crate) fn reads(&self, kind: ObjectKind) -> bool {
        match kind {
            ObjectKind::Companies | ObjectKind::Contacts => true,
            ObjectKind::Deals => self.deals.asked() || self.follow.contains(&EntityKind::Deal),
            ObjectKind::Meetings => self.meetings.asked(),
            ObjectKind::Custom => !self.objects.is_empty(),
        }
    }

    /// Whether owners are read.
    pub(crate) fn reads_owners(&self) -> bool {
        self.owners || self.follow.contains(&EntityKind::Colleague)
    }

    /// What of a type is read.
    pub(crate) fn selection(&self, kind: ObjectKind) -> &Selection {
        static ALL: Selection = Selection::ALL;
        match kind {
            ObjectKind::Companies => &self.native.companies,
            ObjectKind::Contacts => &self.native.contacts,
            ObjectKind::Deals | ObjectKind::Meetings | ObjectKind::Custom => &ALL,
        }
    }

    /// The further fields that the manifest asks for. Of custom types, by what the manifest calls them.
    pub(crate) fn further<'a>(
        &'a self,
        settings: &'a SourceSettings,
        kind: ObjectKind,
    ) -> BTreeMap<&'a str, &'a [String]> {
        let one = |fields: &'a [String]| BTreeMap::from([("", fields)]);
        match kind {
            ObjectKind::Companies => one(settings.fields_of("accounts")),
            ObjectKind::Contacts => one(settings.fields_of("contacts")),
            // Rules name what they map, or an option lists what is only to be mirrored.
            ObjectKind::Deals if self.deals.asked() => one(self.deals.fields()),
            ObjectKind::Deals => one(settings.fields_of("deals")),
            ObjectKind::Meetings => one(self.meetings.fields()),
            ObjectKind::Custom => self.objects.iter().collect(),
        }
    }
}

fn advised(error: Error) -> Error {
    error.advise(
        "write `deals` and `meetings` (`true`, or in each `fields`, a list of property names), `owners` (`true`), `objects` \
         (a list of types, or each with its `fields`) and `native` (in it `companies` and `contacts`, in each a property \
         with a list of values, `present` or `absent`)",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use acquaint_core::ErrorKind;
    use serde_json::{Value, json};

    use super::*;

    fn options(value: Value) -> Result<Options> {
        let mut settings = SourceSettings::default();
        settings.options = value.as_object().unwrap().clone();
        Options::of(&settings)
    }

    #[test]
    fn nothing_more_is_read_than_was_asked_for() {
        for none in [json!({}), json!({"deals": false, "meetings": false, "owners": false, "objects": []})] {
            let options = options(none).unwrap();
            assert!(!options.owners && options.selection(ObjectKind::Companies).is_all());
            for kind in [ObjectKind::Deals, ObjectKind::Meetings, ObjectKind::Custom] {
                assert!(!options.reads(kind), "{kind:?}");
            }
        }
    }

    #[test]
    fn what_rules_follow_is_read_without_an_option() {
        let mut settings = SourceSettings::default();
        settings.fields.insert("deals".to_owned(), vec!["dealtype".to_owned()]);
        assert!(!Options::of(&settings).unwrap().reads(ObjectKind::Deals), "mapped, and named nowhere");
        settings.follow = [EntityKind::Deal, EntityKind::Colleague].into();
        let options = Options::of(&settings).unwrap();
        assert!(options.reads(ObjectKind::Deals) && options.reads_owners());
        assert!(!options.reads(ObjectKind::Meetings));
        assert_eq!(options.further(&settings, ObjectKind::Deals)[""], ["dealtype"]);
    }

    #[test]
    fn each_form_that_is_documented_is_understood() {
        let options = options(json!({
            "deals": true,
            "meetings": {"fields": ["hs_meeting_body", "hs_activity_type", "hs_meeting_body"]},
            "owners": true,
            "objects": {"subscription": {"fields": ["plan"]}, "2-123": true},
            "native": {"companies": {"lifecyclestage": ["customer"], "domain": "present"}},
        }))
        .unwrap();
        assert!(options.reads(ObjectKind::Deals) && options.deals.fields().is_empty());
        assert_eq!(options.meetings.fields(), ["hs_activity_type", "hs_meeting_body"]);
        let settings = SourceSettings::default();
        let plan = ["plan".to_owned()];
        let expected: BTreeMap<&str, &[String]> =
            BTreeMap::from([("2-123", [].as_slice()), ("subscription", &plan)]);
        assert_eq!(options.further(&settings, ObjectKind::Custom), expected);
        assert!(!options.selection(ObjectKind::Companies).is_all());
        assert!(options.selection(ObjectKind::Contacts).is_all());
    }

    #[test]
    fn a_mistake_is_an_error_that_names_what_is_known() {
        for (wrong, words) in [
            (json!({"deels": true}), "unknown field `deels`, expected one of `deals`"),
            (json!({"deals": {"field": []}}), "unknown field `field`, expected `fields`"),
            (json!({"deals": "yes"}), "expected `true` or `fields`"),
            (json!({"deals": {"fields": ["Deal Type"]}}), "`Deal Type` is no name of a property"),
            (json!({"meetings": {"fields": [""]}}), "is no name of a property"),
            (json!({"owners": 1}), "expected a boolean"),
            (json!({"objects": "subscription"}), "expected a list of types"),
            (json!({"objects": [""]}), "is no name of an object type"),
            (json!({"objects": ["contacts"]}), "`contacts` is no custom object"),
            (json!({"native": {"deals": {}}}), "unknown field `deals`, expected `companies` or `contacts`"),
            (json!({"native": {"companies": {"type": "here"}}}), "`present`, `absent` or a list of values"),
            (json!({"native": {"companies": {"type": []}}}), "a list of values that is not empty"),
            (
                json!({"native": {"companies": {"a": "present", "b": "present", "c": "present", "d": "present",
                "e": "present"}}}),
                "at most 4",
            ),
        ] {
            let error = options(wrong.clone()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{wrong}");
            assert!(error.to_string().contains(words), "{wrong}: {error}");
            assert!(error.advice().is_some());
        }
    }
}
