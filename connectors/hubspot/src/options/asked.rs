//! Streams that are read only if the manifest asks for them.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::object::ObjectKind;

/// Whether a type is read, and which further fields of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Asked(Option<Vec<String>>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    fields: Vec<Property>,
}

/// The internal name of a property.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Property(pub(super) String);

impl TryFrom<String> for Property {
    type Error = String;

    /// See <https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide>: lower case, digits and
    /// underscores. Anything that cannot break a list of names is let through.
    fn try_from(name: String) -> Result<Self, String> {
        let usable = |byte: u8| byte.is_ascii_graphic() && !b",;\"".contains(&byte);
        if name.is_empty() || !name.bytes().all(usable) {
            return Err(format!(
                "`{name}` is no name of a property; its internal name is meant, such as `dealtype`"
            ));
        }
        Ok(Self(name))
    }
}

impl Asked {
    pub(crate) fn asked(&self) -> bool {
        self.0.is_some()
    }

    /// Sorted.
    pub(crate) fn fields(&self) -> &[String] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Asked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Asked;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true` or `fields`")
            }

            fn visit_bool<E>(self, asked: bool) -> Result<Asked, E> {
                Ok(Asked(asked.then(Vec::new)))
            }

            fn visit_unit<E>(self) -> Result<Asked, E> {
                Ok(Asked(Some(Vec::new())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Asked, A::Error> {
                let Fields { mut fields } = Fields::deserialize(MapAccessDeserializer::new(map))?;
                fields.sort();
                fields.dedup();
                Ok(Asked(Some(fields.into_iter().map(|Property(name)| name).collect())))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

/// Custom objects, by id, name or fully qualified name, each with further fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AskedObjects(BTreeMap<String, Vec<String>>);

impl AskedObjects {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, fields)| (name.as_str(), fields.as_slice()))
    }

    fn add<E: serde::de::Error>(&mut self, name: String, asked: Asked) -> Result<(), E> {
        let usable = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if name.is_empty() || !name.bytes().all(usable) {
            return Err(E::custom(format!("`{name}` is no name of an object type")));
        }
        let standard = |kind: &ObjectKind| [kind.stream(), kind.describe().type_id].contains(&name.as_str());
        if ObjectKind::STANDARD.iter().any(standard) {
            return Err(E::custom(format!("`{name}` is no custom object; it has a place of its own")));
        }
        if let Some(fields) = asked.0 {
            self.0.insert(name, fields);
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for AskedObjects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = AskedObjects;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of types, or each with its `fields`")
            }

            fn visit_unit<E>(self) -> Result<AskedObjects, E> {
                Ok(AskedObjects::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<AskedObjects, A::Error> {
                let mut all = AskedObjects::default();
                while let Some(name) = names.next_element()? {
                    all.add::<A::Error>(name, Asked(Some(Vec::new())))?;
                }
                Ok(all)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AskedObjects, A::Error> {
                let mut all = AskedObjects::default();
                while let Some((name, asked)) = map.next_entry()? {
                    all.add::<A::Error>(name, asked)?;
                }
                Ok(all)
            }
        }
        deserializer.deserialize_any(Form)
    }
}
