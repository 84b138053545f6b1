//! The object types of the CRM that are read, and what tells them apart: one description each.

use acquaint_core::view::EntityKind;

/// An object type of the CRM that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ObjectKind {
    Companies,
    Contacts,
    Deals,
    Meetings,
    /// The types that an account has made up; the partition says which.
    Custom,
}

/// What is to be known of a type.
#[derive(Debug)]
pub(crate) struct Description {
    /// Its stream, which is also its name in paths.
    pub(crate) stream: &'static str,
    /// Its id in notifications: <https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis>.
    pub(crate) type_id: &'static str,
    /// Its name in the types of notifications.
    pub(crate) singular: &'static str,
    pub(crate) entity: EntityKind,
    /// The property that holds the time of the last change. A search by another type's name for it finds nothing.
    pub(crate) modified: &'static str,
    /// The property that holds the time at which it was made.
    pub(crate) created: &'static str,
    /// The properties that the view reads, besides bookkeeping.
    viewed: &'static [&'static str],
    /// Whether mergers are told in a second property as well.
    merges_twice: bool,
    pub(crate) scopes: &'static [&'static str],
    /// What discovering its fields needs.
    pub(crate) schema_scope: &'static str,
}

const MODIFIED: &str = "hs_lastmodifieddate";

static COMPANIES: Description = Description {
    stream: "companies",
    type_id: "0-2",
    singular: "company",
    entity: EntityKind::Account,
    modified: MODIFIED,
    created: "createdate",
    viewed: &[
        "domain",
        "hs_additional_domains",
        "hs_parent_company_id",
        "hubspot_owner_id",
        "lifecyclestage",
        "name",
    ],
    merges_twice: false,
    scopes: &["crm.objects.companies.read"],
    schema_scope: "crm.schemas.companies.read",
};

static CONTACTS: Description = Description {
    stream: "contacts",
    type_id: "0-1",
    singular: "contact",
    entity: EntityKind::Contact,
    modified: "lastmodifieddate",
    created: "createdate",
    viewed: &["email", "firstname", "hs_additional_emails", "hubspot_owner_id", "lastname", "lifecyclestage"],
    merges_twice: true,
    scopes: &["crm.objects.contacts.read"],
    schema_scope: "crm.schemas.contacts.read",
};

static DEALS: Description = Description {
    stream: "deals",
    type_id: "0-3",
    singular: "deal",
    entity: EntityKind::Deal,
    modified: MODIFIED,
    created: "createdate",
    viewed: &[
        "amount",
        "closedate",
        "deal_currency_code",
        "dealname",
        "dealstage",
        "hubspot_owner_id",
        "pipeline",
    ],
    merges_twice: false,
    scopes: &["crm.objects.deals.read"],
    schema_scope: "crm.schemas.deals.read",
};

/// See <https://developers.hubspot.com/docs/api-reference/latest/crm/activities/meetings/guide>. Meetings are read with the
/// scope of contacts.
static MEETINGS: Description = Description {
    stream: "meetings",
    type_id: "0-47",
    singular: "meeting",
    entity: EntityKind::Meeting,
    modified: MODIFIED,
    created: "hs_createdate",
    viewed: &[
        "hs_meeting_end_time",
        "hs_meeting_external_url",
        "hs_meeting_location",
        "hs_meeting_outcome",
        "hs_meeting_start_time",
        "hs_meeting_title",
        "hs_timestamp",
        "hubspot_owner_id",
    ],
    merges_twice: false,
    scopes: &["crm.objects.contacts.read"],
    schema_scope: "crm.schemas.contacts.read",
};

static CUSTOM: Description = Description {
    stream: "objects",
    type_id: "2-",
    singular: "object",
    entity: EntityKind::Object,
    modified: MODIFIED,
    created: "hs_createdate",
    viewed: &["hubspot_owner_id"],
    merges_twice: false,
    scopes: &["crm.objects.custom.read", "crm.schemas.custom.read"],
    schema_scope: "crm.schemas.custom.read",
};

/// Properties that keep the books of a record. They are no fields: some of them move whenever anything does.
const BOOKKEEPING: &[&str] =
    &["hs_calculated_merged_vids", MODIFIED, "hs_merged_object_ids", "hs_object_id", "lastmodifieddate"];

impl ObjectKind {
    /// The types that are the same in every account.
    pub(crate) const STANDARD: [Self; 4] = [Self::Companies, Self::Contacts, Self::Deals, Self::Meetings];

    pub(crate) fn describe(self) -> &'static Description {
        match self {
            Self::Companies => &COMPANIES,
            Self::Contacts => &CONTACTS,
            Self::Deals => &DEALS,
            Self::Meetings => &MEETINGS,
            Self::Custom => &CUSTOM,
        }
    }

    /// The name of its stream; that of a standard type in paths, too.
    pub(crate) fn stream(self) -> &'static str {
        self.describe().stream
    }

    pub(crate) fn modified(self) -> &'static str {
        self.describe().modified
    }

    /// The type with this id: `0-1`, or `2-` and a number.
    pub(crate) fn of_type_id(id: &str) -> Option<Self> {
        if is_custom_type(id) {
            return Some(Self::Custom);
        }
        Self::STANDARD.into_iter().find(|kind| kind.describe().type_id == id)
    }

    /// Whether a manifest can map a property. What the view gives a place of its own can be mapped as well.
    pub(crate) fn is_field(property: &str) -> bool {
        !BOOKKEEPING.contains(&property)
    }

    /// The properties that the view reads, besides bookkeeping.
    pub(crate) fn viewed(self) -> &'static [&'static str] {
        self.describe().viewed
    }

    /// Properties that say when a record was last changed and which ones it took in.
    pub(crate) fn history(self) -> Vec<&'static str> {
        let description = self.describe();
        let merged = description.merges_twice.then_some("hs_calculated_merged_vids");
        merged.into_iter().chain(["hs_merged_object_ids", description.modified]).collect()
    }

    /// The properties that are read whatever the manifest asks for.
    pub(crate) fn own(self) -> impl Iterator<Item = &'static str> {
        let description = self.describe();
        let viewed = description.viewed.iter().copied();
        viewed.chain(self.history()).chain([description.created])
    }
}

/// `2-` and a number.
pub(crate) fn is_custom_type(id: &str) -> bool {
    let number = id.strip_prefix("2-").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_id() {
        for kind in ObjectKind::STANDARD {
            assert_eq!(ObjectKind::of_type_id(kind.describe().type_id), Some(kind));
        }
        assert_eq!(ObjectKind::of_type_id("2-3465404"), Some(ObjectKind::Custom));
        for other in ["", "2-", "2-x", "0-5", "3-1"] {
            assert_eq!(ObjectKind::of_type_id(other), None, "{other}");
        }
    }

    #[test]
    fn no_property_is_asked_for_twice() {
        for kind in [ObjectKind::Custom].into_iter().chain(ObjectKind::STANDARD) {
            let mut own: Vec<_> = kind.own().collect();
            let count = own.len();
            own.sort_unstable();
            own.dedup();
            assert_eq!(own.len(), count, "{kind:?}");
        }
    }
}
