//! The object types of the CRM: their ids, names, scopes and everyday properties.

use std::borrow::Cow;

/// An object type, known by its id (`0-1`, `2-123`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind(Cow<'static, str>);

#[derive(Debug)]
struct Known {
    id: &'static str,
    singular: &'static str,
    plural: &'static str,
    read: &'static str,
    write: &'static str,
    schema: &'static str,
    created: &'static str,
    modified: &'static str,
    defaults: &'static [&'static str],
}

const MODIFIED: &str = "hs_lastmodifieddate";

/// See <https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis>.
const KNOWN: &[Known] = &[
    Known {
        id: "0-1",
        singular: "contact",
        plural: "contacts",
        read: "crm.objects.contacts.read",
        write: "crm.objects.contacts.write",
        schema: "crm.schemas.contacts.read",
        created: "createdate",
        modified: "lastmodifieddate",
        defaults: &["email", "firstname", "lastname"],
    },
    Known {
        id: "0-2",
        singular: "company",
        plural: "companies",
        read: "crm.objects.companies.read",
        write: "crm.objects.companies.write",
        schema: "crm.schemas.companies.read",
        created: "createdate",
        modified: MODIFIED,
        defaults: &["domain", "name"],
    },
    Known {
        id: "0-3",
        singular: "deal",
        plural: "deals",
        read: "crm.objects.deals.read",
        write: "crm.objects.deals.write",
        schema: "crm.schemas.deals.read",
        created: "createdate",
        modified: MODIFIED,
        defaults: &["amount", "closedate", "dealname", "dealstage", "pipeline"],
    },
    Known {
        id: "0-5",
        singular: "ticket",
        plural: "tickets",
        read: "tickets",
        write: "tickets",
        schema: "tickets",
        created: "createdate",
        modified: MODIFIED,
        defaults: &["content", "hs_pipeline", "hs_pipeline_stage", "subject"],
    },
    activity("0-27", "task", "tasks"),
    activity("0-46", "note", "notes"),
    activity("0-47", "meeting", "meetings"),
    activity("0-48", "call", "calls"),
    activity("0-49", "email", "emails"),
    Known {
        id: "0-136",
        singular: "lead",
        plural: "leads",
        read: "crm.objects.leads.read",
        write: "crm.objects.leads.write",
        schema: "crm.schemas.leads.read",
        created: "hs_createdate",
        modified: MODIFIED,
        defaults: &[],
    },
];

/// Activities are read and written with the scopes of contacts.
const fn activity(id: &'static str, singular: &'static str, plural: &'static str) -> Known {
    Known {
        id,
        singular,
        plural,
        read: "crm.objects.contacts.read",
        write: "crm.objects.contacts.write",
        schema: "crm.schemas.contacts.read",
        created: "hs_createdate",
        modified: MODIFIED,
        defaults: &[],
    }
}

impl Kind {
    pub(super) const CONTACT: Self = Self(Cow::Borrowed("0-1"));
    pub(super) const COMPANY: Self = Self(Cow::Borrowed("0-2"));

    /// The type that a name, plural name or id means; of custom types the id alone (`2-123`): their names are the
    /// portal's.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(known) = KNOWN.iter().find(|k| text == k.id || text == k.plural || text == k.singular) {
            return Some(Self(Cow::Borrowed(known.id)));
        }
        let number = text.strip_prefix("2-")?;
        let custom = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        custom.then(|| Self(Cow::Owned(text.to_owned())))
    }

    /// The custom type of this number.
    pub(super) fn custom(number: u64) -> Self {
        Self(Cow::Owned(format!("2-{number}")))
    }

    pub(super) fn is_custom(&self) -> bool {
        self.known().is_none()
    }

    fn known(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|k| k.id == self.0)
    }

    pub(super) fn id(&self) -> &str {
        &self.0
    }

    pub(super) fn singular(&self) -> &str {
        self.known().map_or(&self.0, |k| k.singular)
    }

    pub(super) fn plural(&self) -> &str {
        self.known().map_or(&self.0, |k| k.plural)
    }

    /// The name that association types use: a meeting is a `meeting_event` there.
    pub(super) fn in_label(&self) -> &str {
        if self.0 == "0-47" { "meeting_event" } else { self.singular() }
    }

    pub(super) fn read_scope(&self) -> &'static str {
        self.known().map_or("crm.objects.custom.read", |k| k.read)
    }

    pub(super) fn write_scope(&self) -> &'static str {
        self.known().map_or("crm.objects.custom.write", |k| k.write)
    }

    pub(super) fn schema_scope(&self) -> &'static str {
        self.known().map_or("crm.schemas.custom.read", |k| k.schema)
    }

    /// The property that holds the creation time.
    pub(super) fn created(&self) -> &'static str {
        self.known().map_or("hs_createdate", |k| k.created)
    }

    /// The property that holds the time of the last change: contacts have a name of their own for it.
    pub(super) fn modified(&self) -> &'static str {
        self.known().map_or(MODIFIED, |k| k.modified)
    }

    /// What comes, beside the id and the two times, when no property is asked for.
    pub(super) fn defaults(&self) -> &'static [&'static str] {
        self.known().map_or(&[], |k| k.defaults)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_and_ids_mean_the_same_type() {
        for text in ["contacts", "contact", "0-1"] {
            assert_eq!(Kind::parse(text).unwrap(), Kind::CONTACT);
        }
        assert_eq!(Kind::parse("2-3465404").unwrap().plural(), "2-3465404");
        for text in ["", "2-", "2-x", "contacs", "0-9999"] {
            assert_eq!(Kind::parse(text), None, "{text}");
        }
    }
}
