//! What HubSpot is to select: conditions on properties, told to search and checked here on what changed.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::asked::Property;

/// A search takes six filters in a group, of which two are for the ids:
/// <https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm>.
const MOST: usize = 4;

/// Conditions that must all hold, by property. None lets everything pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Selection(BTreeMap<String, Condition>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    /// It has one of these values; of several that it has, one.
    In(Vec<String>),
    Present,
    Absent,
}

impl Selection {
    /// Everything.
    pub(crate) const ALL: Self = Self(BTreeMap::new());

    pub(crate) fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// The properties that it looks at.
    pub(crate) fn properties(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether a record with these properties is selected.
    pub(crate) fn fits(&self, property: impl Fn(&str) -> Option<String>) -> bool {
        self.0.iter().all(|(name, condition)| {
            let value = property(name);
            match condition {
                Condition::Present => value.is_some(),
                Condition::Absent => value.is_none(),
                Condition::In(values) => {
                    let is_one = |part: &str| values.iter().any(|value| value == part.trim());
                    value.is_some_and(|value| is_one(&value) || value.split(';').any(is_one))
                }
            }
        })
    }

    /// The conditions as search takes them.
    pub(crate) fn filters(&self) -> Vec<Value> {
        let filter = |(name, condition): (&String, &Condition)| match condition {
            Condition::In(values) => json!({"propertyName": name, "operator": "IN", "values": values}),
            Condition::Present => json!({"propertyName": name, "operator": "HAS_PROPERTY"}),
            Condition::Absent => json!({"propertyName": name, "operator": "NOT_HAS_PROPERTY"}),
        };
        self.0.iter().map(filter).collect()
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let conditions = BTreeMap::<String, Condition>::deserialize(deserializer)?;
        if conditions.len() > MOST {
            return Err(D::Error::custom(format!("search takes at most {MOST} conditions at a time")));
        }
        let named = |(name, condition)| Property::try_from(name).map(|Property(name)| (name, condition));
        conditions.into_iter().map(named).collect::<Result<_, _>>().map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Condition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`present`, `absent` or a list of values that is not empty")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Condition, E> {
                match word {
                    "present" => Ok(Condition::Present),
                    "absent" => Ok(Condition::Absent),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Condition, A::Error> {
                let mut values: Vec<String> = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                values.sort();
                values.dedup();
                if values.is_empty() {
                    return Err(serde::de::Error::invalid_length(0, &self));
                }
                Ok(Condition::In(values))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn selection(value: Value) -> Selection {
        serde_json::from_value(value).unwrap()
    }

    fn fits(selection: &Selection, properties: &[(&str, &str)]) -> bool {
        selection.fits(|name| {
            properties.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_condition_must_hold() {
        let both = selection(json!({"lifecyclestage": ["customer", "opportunity"], "region": "absent"}));
        assert!(fits(&both, &[("lifecyclestage", "customer")]));
        assert!(!fits(&both, &[("lifecyclestage", "Customer")]), "enumerations are exact");
        assert!(!fits(&both, &[("lifecyclestage", "lead")]));
        assert!(!fits(&both, &[]));
        assert!(!fits(&both, &[("lifecyclestage", "customer"), ("region", "dach")]));
        let present = selection(json!({"region": "present"}));
        assert!(fits(&present, &[("region", "dach")]) && !fits(&present, &[]));
        assert!(fits(&Selection::ALL, &[]));
    }

    #[test]
    fn of_several_values_one_is_enough() {
        let some = selection(json!({"products": ["crm"]}));
        assert!(fits(&some, &[("products", "mail;crm")]) && !fits(&some, &[("products", "crm2;mail")]));
    }

    #[test]
    fn search_is_told_the_same() {
        let all = selection(json!({"a": ["y", "x", "y"], "b": "present", "c": "absent"}));
        assert_eq!(
            Value::from(all.filters()),
            json!([
                {"propertyName": "a", "operator": "IN", "values": ["x", "y"]},
                {"propertyName": "b", "operator": "HAS_PROPERTY"},
                {"propertyName": "c", "operator": "NOT_HAS_PROPERTY"},
            ])
        );
    }
}
