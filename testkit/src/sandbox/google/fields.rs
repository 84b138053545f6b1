//! Partial responses: `fields=a,b/c,d(e,f/g),*`
//! (<https://developers.google.com/workspace/calendar/api/guides/performance#partial>).

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::ApiError;
use super::schema;

/// What is selected of one value.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    /// Everything below, whatever else is named.
    all: bool,
    fields: BTreeMap<String, Selection>,
}

impl Selection {
    /// Reads a selection and checks that a method answers with such fields.
    pub(super) fn read(text: &str, method: &str) -> Result<Self, ApiError> {
        let mut parser = Parser { text, rest: text };
        let mut selection = Self::default();
        parser.list(&mut selection, 0)?;
        if !parser.rest.is_empty() {
            return Err(parser.error());
        }
        if let Some(shape) = schema::answer_of(method) {
            selection.check(shape)?;
        }
        Ok(selection)
    }

    fn check(&self, shape: &str) -> Result<(), ApiError> {
        for (name, below) in self.fields.iter().filter(|(name, _)| *name != "*") {
            let holds = match shape.strip_prefix('*') {
                Some(value) => Some(value),
                None => schema::field(shape, name),
            };
            match holds {
                // A plain value has nothing below it.
                Some("") => {
                    if let Some(inner) = below.fields.keys().next() {
                        return Err(ApiError::invalid_selection(inner));
                    }
                }
                Some(holds) => below.check(holds)?,
                None => return Err(ApiError::invalid_selection(name)),
            }
        }
        Ok(())
    }

    /// What is left of an answer.
    pub(super) fn apply(&self, value: Value) -> Value {
        match value {
            value if self.all => value,
            Value::Array(items) => items.into_iter().map(|item| self.apply(item)).collect(),
            Value::Object(fields) => {
                fields.into_iter().filter_map(|(name, value)| self.field(name, value)).collect()
            }
            plain => plain,
        }
    }

    /// A field with what is left of it, unless that is nothing.
    fn field(&self, name: String, value: Value) -> Option<(String, Value)> {
        let below = self.fields.get(&name).or_else(|| self.fields.get("*"))?;
        let nested = value.is_object() || value.is_array();
        let left = below.apply(value);
        let something = below.all || (nested && left.as_object().is_none_or(|fields| !fields.is_empty()));
        something.then_some((name, left))
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Parser<'_> {
    fn error(&self) -> ApiError {
        ApiError::invalid_selection(self.text)
    }

    fn take(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// `item,item,…`
    fn list(&mut self, into: &mut Selection, depth: usize) -> Result<(), ApiError> {
        self.item(into, depth)?;
        while self.take(',') {
            self.item(into, depth)?;
        }
        Ok(())
    }

    /// `name`, `name/item` or `name(list)`
    fn item(&mut self, into: &mut Selection, depth: usize) -> Result<(), ApiError> {
        let end = self.rest.find([',', '/', '(', ')']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        let known =
            name == "*" || name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if name.is_empty() || !known || depth > 16 {
            return Err(self.error());
        }
        self.rest = rest;
        let below = into.fields.entry(name.to_owned()).or_default();
        if self.take('/') {
            return self.item(below, depth + 1);
        }
        if self.take('(') {
            self.list(below, depth + 1)?;
            return if self.take(')') { Ok(()) } else { Err(self.error()) };
        }
        below.all = true;
        Ok(())
    }
}
