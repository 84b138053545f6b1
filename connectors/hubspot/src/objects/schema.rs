//! One type that an account has made up, as far as its records need it.

use acquaint_core::connector::Partition;
use serde::{Deserialize, Serialize};

use crate::model::SchemaDefinition;
use crate::object::is_custom_type;

const NAME: &str = "name";
const QUALIFIED: &str = "fully_qualified_name";
const DISPLAY: &str = "primary_display_property";

/// A custom object type. It stands in each of its records, which do not say themselves what they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Schema {
    /// `2-` and a number.
    pub(crate) id: String,
    /// Its internal name.
    pub(crate) name: String,
    /// The property that people know its records by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) display: Option<String>,
    #[serde(skip)]
    qualified: String,
    #[serde(skip)]
    label: String,
}

impl Schema {
    /// `None` for what is no custom object, or archived.
    pub(crate) fn read(definition: SchemaDefinition) -> Option<Self> {
        if definition.archived || !is_custom_type(&definition.object_type_id) {
            return None;
        }
        let labels = definition.labels.unwrap_or_default();
        let label = labels.plural.or(labels.singular).unwrap_or_else(|| definition.name.clone());
        Some(Self {
            id: definition.object_type_id,
            name: definition.name,
            display: definition.primary_display_property,
            qualified: definition.fully_qualified_name.unwrap_or_default(),
            label,
        })
    }

    /// The type that a partition is.
    pub(crate) fn of(partition: &Partition) -> Self {
        let detail =
            |name: &str| partition.details.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        let id = partition.key.as_str().to_owned();
        Self {
            name: detail(NAME).unwrap_or_else(|| id.clone()),
            display: detail(DISPLAY),
            qualified: detail(QUALIFIED).unwrap_or_default(),
            label: partition.label.clone(),
            id,
        }
    }

    pub(crate) fn into_partition(self) -> Partition {
        let mut partition = Partition::new(self.id, self.label).detail(NAME, self.name);
        if !self.qualified.is_empty() {
            partition = partition.detail(QUALIFIED, self.qualified);
        }
        match self.display {
            Some(display) => partition.detail(DISPLAY, display),
            None => partition,
        }
    }

    /// Whether a manifest means it: by its id, its name or its fully qualified one.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        [&self.id, &self.name, &self.qualified].into_iter().any(|own| own == name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_is_the_same_once_it_has_been_a_partition() {
        let definition = json!({"objectTypeId": "2-3465404", "name": "subscription",
            "fullyQualifiedName": "p48120077_subscription", "primaryDisplayProperty": "plan",
            "labels": {"singular": "Subscription", "plural": "Subscriptions"}, "properties": []});
        let schema = Schema::read(serde_json::from_value(definition).unwrap()).unwrap();
        assert_eq!(Schema::of(&schema.clone().into_partition()), schema);
        for name in ["2-3465404", "subscription", "p48120077_subscription"] {
            assert!(schema.is_called(name));
        }
        assert!(!schema.is_called(""));
        assert_eq!(schema.into_partition().label, "Subscriptions");
    }

    #[test]
    fn standard_and_archived_types_are_none() {
        for other in [
            json!({"objectTypeId": "0-1", "name": "contact"}),
            json!({"objectTypeId": "2-7", "name": "old", "archived": true}),
        ] {
            assert_eq!(Schema::read(serde_json::from_value(other).unwrap()), None);
        }
    }
}
