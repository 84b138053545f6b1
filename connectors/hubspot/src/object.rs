//! What tells companies and contacts apart.

use std::collections::BTreeSet;

use acquaint_core::connector::SourceSettings;

/// An object type of the CRM that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    Companies,
    Contacts,
}

/// Properties that keep the books of a record. They are no fields: some of them move whenever anything does.
const BOOKKEEPING: &[&str] = &[
    "hs_calculated_merged_vids",
    "hs_lastmodifieddate",
    "hs_merged_object_ids",
    "hs_object_id",
    "lastmodifieddate",
];

impl ObjectKind {
    /// Its name in paths, and that of its stream.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Companies => "companies",
            Self::Contacts => "contacts",
        }
    }

    /// The section of the manifest that names further fields.
    fn section(self) -> &'static str {
        match self {
            Self::Companies => "accounts",
            Self::Contacts => "contacts",
        }
    }

    /// The property that holds the time of the last change. A search by the other type's name finds nothing.
    pub(crate) fn modified(self) -> &'static str {
        match self {
            Self::Companies => "hs_lastmodifieddate",
            Self::Contacts => "lastmodifieddate",
        }
    }

    /// Properties that the view reads, besides bookkeeping.
    fn viewed(self) -> &'static [&'static str] {
        match self {
            Self::Companies => &["domain", "hs_additional_domains", "hs_parent_company_id", "name"],
            Self::Contacts => &["email", "firstname", "hs_additional_emails", "lastname"],
        }
    }

    /// Whether a manifest can map a property. What the view gives a place of its own can be mapped as well.
    pub(crate) fn is_field(property: &str) -> bool {
        !BOOKKEEPING.contains(&property)
    }

    /// The further fields that the manifest asks for.
    pub(crate) fn further(self, settings: &SourceSettings) -> &[String] {
        settings.fields_of(self.section())
    }

    /// Properties that say when a record was last changed and which ones it took in.
    pub(crate) fn history(self) -> &'static [&'static str] {
        match self {
            Self::Companies => &["hs_lastmodifieddate", "hs_merged_object_ids"],
            Self::Contacts => &["hs_calculated_merged_vids", "hs_merged_object_ids", "lastmodifieddate"],
        }
    }

    /// Every property to ask for, sorted.
    pub(crate) fn properties(self, settings: &SourceSettings) -> Vec<String> {
        let own = ["createdate"].iter().chain(self.history()).chain(self.viewed()).copied();
        let further = self.further(settings).iter().map(String::as_str);
        let all: BTreeSet<&str> = own.chain(further).collect();
        all.into_iter().map(str::to_owned).collect()
    }
}
