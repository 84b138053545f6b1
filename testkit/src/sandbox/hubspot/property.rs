//! Defining, changing and archiving properties by hand.

use super::HubSpotSandbox;
use super::definitions::ValueType;
use super::error::CrmError;
use super::kinds::Kind;
use super::portal::Portal;

/// A property as an administrator defines it
/// (<https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide>).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PropertyDefinition {
    /// The internal name, by which records are read; it never changes.
    pub name: String,
    /// What people see.
    pub label: String,
    /// `string`, `number`, `date`, `datetime`, `enumeration`, `bool`, `phone_number`, `json` or
    /// `object_coordinates`.
    pub value_type: String,
    /// How it is shown (`checkbox`, `textarea`, …); `None` is what goes with the type.
    pub field_type: Option<String>,
    /// The values of an enumeration. With none, any value can be written.
    pub options: Vec<PropertyOption>,
    /// What it is for.
    pub description: String,
    /// The group it is listed in; `None` is the type's own.
    pub group: Option<String>,
    /// Whether HubSpot computes it: it cannot be written over HTTP.
    pub calculated: bool,
    /// Whether no two records may have the same value, so that records can be named by it.
    pub unique: bool,
    /// Whether it is hidden from people.
    pub hidden: bool,
    /// Whether it is sensitive data, which lists leave out unless asked.
    pub sensitive: bool,
}

/// One value of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PropertyOption {
    /// What records hold.
    pub value: String,
    /// What people see.
    pub label: String,
    /// Whether people can no longer choose it.
    pub hidden: bool,
}

impl PropertyDefinition {
    /// A property of this internal name and type, labelled with its name.
    pub fn new(name: impl Into<String>, value_type: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            label: name.clone(),
            name,
            value_type: value_type.into(),
            field_type: None,
            options: Vec::new(),
            description: String::new(),
            group: None,
            calculated: false,
            unique: false,
            hidden: false,
            sensitive: false,
        }
    }

    /// With this label.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With one more option.
    #[must_use]
    pub fn option(mut self, value: impl Into<String>, label: impl Into<String>) -> Self {
        self.options.push(PropertyOption { value: value.into(), label: label.into(), hidden: false });
        self
    }

    /// Shown as this field type, for instance `checkbox` for several values at once.
    #[must_use]
    pub fn shown_as(mut self, field_type: impl Into<String>) -> Self {
        self.field_type = Some(field_type.into());
        self
    }

    /// Computed by HubSpot.
    #[must_use]
    pub fn calculated(mut self) -> Self {
        self.calculated = true;
        self
    }

    /// Different in every record.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Sensitive data.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    pub(super) fn value(&self) -> Result<ValueType, CrmError> {
        ValueType::parse(&self.value_type)
            .ok_or_else(|| CrmError::UnknownPropertyType(self.value_type.clone()))
    }
}

fn no_such(kind: &Kind, name: &str) -> CrmError {
    CrmError::NoSuchProperty { kind: kind.singular().to_owned(), name: name.to_owned() }
}

impl Portal {
    /// Archives a property of the portal's own, or brings it back.
    pub(super) fn archive_property(
        &mut self,
        kind: &Kind,
        name: &str,
        archived: Option<chrono::DateTime<chrono::Utc>>,
    ) -> Result<(), CrmError> {
        let custom = self.definitions.custom_mut(kind, name).filter(|custom| !custom.hubspot);
        let custom = custom.ok_or_else(|| no_such(kind, name))?;
        custom.archived = archived;
        Ok(())
    }
}

impl HubSpotSandbox {
    /// Defines a property, or defines it anew: another label, type or list of options, as an administrator may
    /// change it while records keep the values they have. A property that is HubSpot's own stays so.
    ///
    /// # Errors
    /// If the portal or type does not exist, the value type is none, or the CRM alone sets the property.
    pub fn define_property(
        &self,
        portal: u64,
        kind: &str,
        property: PropertyDefinition,
    ) -> Result<(), CrmError> {
        let value = property.value()?;
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            if super::record::is_system(&kind, &property.name) {
                return Err(CrmError::ReadOnlyProperty(property.name));
            }
            portal.definitions.put(&kind, property, value, rules.now);
            Ok(())
        })
    }

    /// Gives a property another label. Its internal name stays: HubSpot lets nobody change that.
    ///
    /// # Errors
    /// If the portal has defined or changed no such property.
    pub fn relabel_property(&self, portal: u64, kind: &str, name: &str, label: &str) -> Result<(), CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            let custom = portal.definitions.custom_mut(&kind, name).ok_or_else(|| no_such(&kind, name))?;
            label.clone_into(&mut custom.definition.label);
            custom.updated = rules.now;
            Ok(())
        })
    }

    /// Archives a property of the portal's own: reads and searches no longer know its name, and records keep its
    /// values for [`Self::restore_property`].
    ///
    /// # Errors
    /// If the portal has defined no such property.
    pub fn archive_property(&self, portal: u64, kind: &str, name: &str) -> Result<(), CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            portal.archive_property(&kind, name, Some(rules.now))
        })
    }

    /// Brings an archived property back, values included.
    ///
    /// # Errors
    /// If the portal has defined no such property.
    pub fn restore_property(&self, portal: u64, kind: &str, name: &str) -> Result<(), CrmError> {
        self.change(portal, |portal, _| {
            let kind = portal.kind_of(kind)?;
            portal.archive_property(&kind, name, None)
        })
    }

    /// Removes a property of the portal's own for good, values included. Records are not modified by it.
    ///
    /// # Errors
    /// If the portal has defined no such property.
    pub fn remove_property(&self, portal: u64, kind: &str, name: &str) -> Result<(), CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            portal.archive_property(&kind, name, Some(rules.now))?;
            portal.definitions.remove(&kind, name);
            for record in portal.objects.get_mut(&kind).into_iter().flat_map(|all| all.records.values_mut()) {
                if record.set([(name, "")]) {
                    record.reindex(rules.now, rules.lag);
                }
            }
            Ok(())
        })
    }
}
