//! The shape of what is delivered, as JSON Schema.

use acquaint_core::store::MEETING;
use serde_json::{Map, Value, json};

use super::{AROUND, ATTENDANCE, Line, List, Mapping, Missing, Output, Read, Shape};
use crate::manifest::describe::{of_list, of_value};
use crate::manifest::rules::{EntityField, Field, FieldType, GatheredField, Which};

impl Output {
    /// The schema of all contents, with that of each section under `$defs`.
    pub(in crate::manifest) fn schema(&self, title: &str) -> Value {
        let attendance = self.attendance.as_ref().map(|attendance| &attendance.take);
        let sections = [(MEETING, self.meeting.as_ref()), (ATTENDANCE, attendance)];
        let gathers = self.gathers.iter().map(|gather| (gather.section(), Some(&gather.take)));
        let sections: Map<String, Value> = sections
            .into_iter()
            .chain(gathers)
            .filter_map(|(name, lines)| Some((name.to_owned(), object(lines?))))
            .collect();
        let any: Value = sections.keys().map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
            "anyOf": any,
            "$defs": sections,
        })
    }
}

fn object(lines: &[Line]) -> Value {
    let properties: Map<String, Value> =
        lines.iter().map(|line| (line.name.clone(), property(line))).collect();
    let required = lines.iter().filter(|line| line.missing != Missing::DropField).map(|line| &*line.name);
    json!({
        "type": "object",
        "properties": properties,
        "required": required.collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

fn property(line: &Line) -> Value {
    // What drops or refuses what is missing, or leaves it out, never gives it.
    let there = line.missing != Missing::Told;
    match &line.mapping {
        Mapping::Constant(value) => json!({ "const": value }),
        Mapping::Value(read) => described(value(read, there), of_value(read)),
        Mapping::List(list) => described(elements(list, there), of_list(list)),
    }
}

fn described(mut schema: Value, description: String) -> Value {
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".to_owned(), description.into());
    }
    schema
}

fn elements(list: &List, there: bool) -> Value {
    let one = object(&list.take);
    if list.first {
        return if there { one } else { or_null(one) };
    }
    let mut schema = json!({ "type": "array", "items": one });
    if there {
        schema["minItems"] = 1.into();
    }
    let bound = (list.of.field.kind() == FieldType::Meetings).then_some(2 * AROUND);
    if let Some(most) = list.most.into_iter().chain(bound).min() {
        schema["maxItems"] = most.into();
    }
    schema
}

fn value(read: &Read, there: bool) -> Value {
    let Read { from, zoned, values, default, call } = read;
    if call.is_some() {
        return something(there);
    }
    if !values.is_empty() {
        let mut known: Vec<&Value> = Vec::new();
        for value in values.values().chain([default]).filter(|value| !(there && value.is_null())) {
            if !known.contains(&value) {
                known.push(value);
            }
        }
        return json!({ "enum": known });
    }
    let schema = match (from.field.kind(), zoned.map(|zoned| zoned.shape)) {
        (_, Some(Shape::Date)) => json!({ "type": "string", "format": "date" }),
        (_, Some(Shape::Time)) => json!({ "type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$" }),
        // Whole days are of no zone.
        (FieldType::Instant | FieldType::OptionalInstant, _) | (_, Some(Shape::Rfc3339)) => {
            json!({ "type": "string", "anyOf": [{ "format": "date-time" }, { "format": "date" }] })
        }
        (FieldType::Text, _) => json!({ "type": "string" }),
        (FieldType::Flag, _) => json!({ "type": "boolean" }),
        (FieldType::Duration, _) => json!({ "type": "integer" }),
        (FieldType::People, _) => several(json!({ "type": "string" }), there),
        (FieldType::Entities, _) => several(record(), there),
        (FieldType::Number, _) if from.field == Field::Gathered(GatheredField::Count) => {
            json!({ "type": "integer", "minimum": 1 })
        }
        (FieldType::Entity, _) if !from.field.is_owner() => record(),
        _ if from.field == Field::Priority => json!({ "type": "integer" }),
        _ => return something(there),
    };
    // A whole day has no hour.
    let always = always(&from.field) && zoned.is_none_or(|zoned| zoned.shape != Shape::Time);
    if !always && !default.is_null() {
        json!({ "anyOf": [schema, { "const": default }] })
    } else if always || there {
        schema
    } else {
        or_null(schema)
    }
}

/// What only the CRM or the product's own code knows.
fn something(there: bool) -> Value {
    if there { json!({ "not": { "type": "null" } }) } else { json!({}) }
}

fn or_null(mut schema: Value) -> Value {
    let kind = schema["type"].take();
    // Of the two ways of writing a time, `null` is none.
    match schema.as_object_mut().and_then(|schema| schema.remove("anyOf")) {
        Some(any) => json!({ "anyOf": [{ "type": kind, "anyOf": any }, { "type": "null" }] }),
        None => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
    }
}

fn several(one: Value, there: bool) -> Value {
    let mut schema = json!({ "type": "array", "items": one });
    if there {
        schema["minItems"] = 1.into();
    }
    schema
}

fn record() -> Value {
    json!({
        "type": "object",
        "properties": {
            "source": { "type": "string" },
            "id": { "type": "string" },
            "name": { "type": ["string", "null"] },
        },
        "required": ["source", "id", "name"],
        "additionalProperties": false,
    })
}

/// Whether a field has a value wherever it is read.
fn always(field: &Field) -> bool {
    match field {
        Field::Start
        | Field::End
        | Field::Duration
        | Field::AllDay
        | Field::Status
        | Field::Kind
        | Field::Private
        | Field::Attendees
        | Field::Accounts
        | Field::Priority
        | Field::Email
        | Field::Class
        | Field::External
        | Field::Response
        | Field::Optional
        | Field::IsOrganiser
        | Field::Ambiguous => true,
        Field::Gathered(GatheredField::Count) => true,
        Field::Gathered(GatheredField::Of(Which::First, field)) => always(field),
        Field::Own(part) => matches!(part, EntityField::Id | EntityField::Source),
        _ => false,
    }
}
