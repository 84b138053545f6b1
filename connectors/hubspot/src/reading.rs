//! One object type as one call to the connector reads it.

use std::collections::BTreeSet;

use acquaint_core::Result;
use acquaint_core::connector::Partition;

use crate::client::Api;
use crate::object::ObjectKind;
use crate::objects::Schema;
use crate::options::{Options, Selection};

/// An object type, and what of it is read.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) api: Api<'a>,
    pub(crate) kind: ObjectKind,
    /// Its name in paths.
    pub(crate) path: &'a str,
    /// Every property to ask for, sorted.
    pub(crate) properties: Vec<String>,
    pub(crate) selection: Selection,
    /// What a type is that the account has made up.
    pub(crate) schema: Option<Schema>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(api: Api<'a>, kind: ObjectKind, partition: &'a Partition) -> Result<Self> {
        let settings = &api.cx.settings;
        let options = Options::of(settings)?;
        let schema = (kind == ObjectKind::Custom).then(|| Schema::of(partition));
        let path = if schema.is_some() { partition.key.as_str() } else { kind.stream() };
        let selection = options.selection(kind).clone();
        let mut all: BTreeSet<String> = kind.own().map(str::to_owned).collect();
        all.extend(selection.properties().map(str::to_owned));
        all.extend(schema.iter().filter_map(|schema| schema.display.clone()));
        for (name, fields) in options.further(settings, kind) {
            if schema.as_ref().is_none_or(|schema| schema.is_called(name)) {
                all.extend(fields.iter().cloned());
            }
        }
        let properties = all.into_iter().collect();
        Ok(Self { api, kind, path, properties, selection, schema })
    }
}
