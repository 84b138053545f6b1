//! Whether the fields that sources map are among those that are locked.

use std::collections::BTreeMap;

use super::problem::{Problem, Problems};
use super::reader::Reader;
use super::{Manifest, Source};
use crate::fields::FieldLock;
use crate::registry::Registry;

impl Manifest {
    /// Whether the provider has every field that the sources map (`accounts`, `contacts` and `deals`), by a lock of its
    /// fields. Needs no network: for a product's unit tests. A connector that can tell no fields, as that of what the
    /// product pushes itself, may be asked for any. Settings of a connector that name fields are not looked at.
    ///
    /// ```
    /// # fn main() -> acquaint::Result<()> {
    /// use acquaint::{FieldLock, Manifest, Registry};
    ///
    /// let registry = Registry::bundled()?;
    /// let lock = FieldLock::parse(r#"{ "connectors": { "hubspot": { "companies": { "lifecyclestage": "enumeration" } } } }"#)?;
    /// let manifest = Manifest::parse("
    /// acquaint: 1
    /// name: typo
    /// sources: { crm: { connector: hubspot, accounts: { fields: { stage: lifecyclstage } } } }
    /// ").unwrap();
    /// let problems = manifest.check_fields(&lock, &registry).unwrap_err();
    /// assert_eq!(problems.problems[0].suggestion.as_deref(), Some("lifecyclestage"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Every field that is not there, and every stream of which the lock knows nothing though fields of it are mapped, each
    /// with line and column.
    pub fn check_fields(&self, lock: &FieldLock, registry: &Registry) -> Result<(), Problems> {
        let reader = Reader::default();
        for source in self.sources().values() {
            for (section, mapped) in source.mapped() {
                look(&reader, source, section, mapped, lock, registry);
            }
        }
        let problems = reader.into_problems();
        if problems.is_empty() { Ok(()) } else { Err(Problems { problems }) }
    }
}

fn look(
    reader: &Reader,
    source: &Source,
    section: &'static str,
    mapped: &BTreeMap<String, String>,
    lock: &FieldLock,
    registry: &Registry,
) {
    let Some(connector) = registry.connectors.get(&source.connector) else { return };
    let streams = connector.streams().iter().map(|stream| stream.spec());
    let Some(stream) = streams.filter(|spec| spec.section == Some(section)).map(|spec| spec.name).next()
    else {
        return;
    };
    let known = lock.of(&source.connector, stream);
    if known.is_none() && !mapped.is_empty() {
        let message = format!(
            "the lock knows no fields of `{stream}` of `{}`; write it anew for a tenant that has connected it",
            source.connector
        );
        reader.say(source.places.of(Some(section)), message);
    }
    let Some(known) = known else { return };
    for (ours, theirs) in mapped.iter().filter(|(_, theirs)| !known.contains_key(*theirs)) {
        let place = source.places.of(Some(&format!("{section}.fields.{ours}")));
        let message = format!("`{stream}` of `{}` has no field `{theirs}`", source.connector);
        reader.note(Problem::new(place, message).closest(theirs, known.keys().map(String::as_str)));
    }
}
