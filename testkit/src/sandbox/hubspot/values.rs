//! What can be written into a property.

use serde_json::{Map, Value};

use super::definitions::{Custom, ValueType};
use super::kinds::Kind;
use super::objects::by_property;
use super::params;
use super::record::{Properties, split_list};
use super::reply::{Reply, property_error};
use super::server::Cx;

/// The values of a write to `own` (`None`: a new record), each of a known property and of its type.
pub(super) fn values(
    cx: &Cx<'_>,
    kind: &Kind,
    own: Option<u64>,
    properties: &Map<String, Value>,
) -> Result<Properties, Reply> {
    let mut values = Properties::new();
    for (name, value) in properties {
        let Some(value_type) = cx.portal.definitions.value_type(kind, name) else {
            let message = format!("Property \"{name}\" does not exist");
            return Err(property_error(name, "PROPERTY_DOESNT_EXIST", &message));
        };
        let text = params::text(value).ok_or_else(|| {
            let message = format!("{name} was not a string, number or truth value.");
            property_error(name, "INVALID_STRING", &message)
        })?;
        if value_type == ValueType::Number && !text.is_empty() && text.parse::<f64>().is_err() {
            let message = format!("{name} was not a valid number.");
            return Err(property_error(name, "INVALID_INTEGER", &message));
        }
        if let Some(custom) = cx.portal.definitions.custom(kind, name).filter(|_| !text.is_empty()) {
            check(cx, kind, own, custom, &text)?;
        }
        values.insert(name.clone(), text);
    }
    Ok(values)
}

/// What the portal's own definition of a property asks of a value.
fn check(cx: &Cx<'_>, kind: &Kind, own: Option<u64>, custom: &Custom, text: &str) -> Result<(), Reply> {
    let definition = &custom.definition;
    let name = definition.name.as_str();
    if definition.calculated {
        let message = format!("\"{name}\" is a read only property; its value cannot be set.");
        return Err(property_error(name, "READ_ONLY_VALUE", &message));
    }
    if custom.value == ValueType::Enumeration && !definition.options.is_empty() {
        let unknown = |value: &&str| definition.options.iter().all(|option| option.value != *value);
        if let Some(value) = split_list(text).find(unknown) {
            let message = format!("{value} was not one of the allowed options of {name}");
            return Err(property_error(name, "INVALID_OPTION", &message));
        }
    }
    if definition.unique {
        let other = by_property(cx.portal, kind, name, text).filter(|record| Some(record.id) != own);
        if let Some(other) = other {
            let message = format!("record {} already has that value for {name}", other.id);
            return Err(property_error(name, "CONFLICTING_UNIQUE_VALUE", &message));
        }
    }
    Ok(())
}
