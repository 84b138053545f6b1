//! Two object types, in the direction in which the links between them are read.
//!
//! Each pair is read from the side whose records hang on the other's: contacts on companies, deals on both.

use acquaint_core::connector::Partition;
use acquaint_core::view::EntityKind;
use acquaint_core::{Error, Result};

use crate::object::{ObjectKind, is_custom_type};

/// The types that links are read from.
pub(super) const FROM: [ObjectKind; 4] =
    [ObjectKind::Contacts, ObjectKind::Deals, ObjectKind::Meetings, ObjectKind::Custom];

/// The types that links of `from` lead to.
const fn targets(from: ObjectKind) -> &'static [ObjectKind] {
    use ObjectKind::{Companies, Contacts, Custom, Deals, Meetings};
    match from {
        Companies => &[],
        Contacts => &[Companies],
        Deals | Custom => &[Companies, Contacts],
        Meetings => &[Companies, Contacts, Deals],
    }
}

/// A pair, each type by its name in paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) from: String,
    pub(crate) to: String,
}

impl Pair {
    /// The pairs of standard types of which `reads` holds.
    pub(super) fn standard(reads: impl Fn(ObjectKind) -> bool) -> Vec<Self> {
        let from = FROM.into_iter().filter(|kind| *kind != ObjectKind::Custom && reads(*kind));
        let pairs = from.flat_map(|from| targets(from).iter().map(move |to| (from, *to)));
        pairs.filter(|(_, to)| reads(*to)).map(|(from, to)| Self::new(from.stream(), to)).collect()
    }

    /// The pairs of a type that the account has made up.
    pub(super) fn custom(type_id: &str) -> Vec<Self> {
        targets(ObjectKind::Custom).iter().map(|to| Self::new(type_id, *to)).collect()
    }

    fn new(from: &str, to: ObjectKind) -> Self {
        Self { from: from.to_owned(), to: to.stream().to_owned() }
    }

    /// The key of its partition.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.from, self.to)
    }

    pub(super) fn partition(&self) -> Partition {
        let (stream, partition) = if is_custom_type(&self.from) {
            (ObjectKind::Custom.stream(), &*self.from)
        } else {
            (&*self.from, "")
        };
        Partition::new(self.key(), format!("{} of {}", self.to, self.from))
            .detail("from", self.from.clone())
            .detail("to", self.to.clone())
            .following(stream, partition)
    }

    /// The pair that a partition is.
    pub(super) fn of(partition: &Partition) -> Result<Self> {
        Self::parse(partition.key.as_str())
            .ok_or_else(|| Error::invalid("this is no partition of links").with("partition", &partition.key))
    }

    /// The pair of a partition's key.
    pub(super) fn parse(key: &str) -> Option<Self> {
        let (from, to) = key.split_once('/')?;
        let to = *targets(kind(from)?).iter().find(|kind| kind.stream() == to)?;
        Some(Self::new(from, to))
    }

    pub(super) fn kinds(&self) -> Option<(ObjectKind, ObjectKind)> {
        Some((kind(&self.from)?, kind(&self.to)?))
    }
}

/// The type of this name in paths.
fn kind(path: &str) -> Option<ObjectKind> {
    if is_custom_type(path) {
        return Some(ObjectKind::Custom);
    }
    ObjectKind::STANDARD.into_iter().find(|kind| kind.stream() == path)
}

/// How an id of a type stands in a view: behind its type, if the account has made that up.
pub(super) fn end(path: &str, kind: ObjectKind, id: &str) -> (EntityKind, String) {
    let entity = kind.describe().entity;
    if kind == ObjectKind::Custom { (entity, format!("{path}/{id}")) } else { (entity, id.to_owned()) }
}

/// The partition that holds the links between records of two types, and which of the two ids is the key there: an event may
/// tell of a link in either direction.
pub(crate) fn canonical<'a>(one: (&str, &'a str), other: (&str, &'a str)) -> Option<(String, &'a str)> {
    for ((from, id), (to, _)) in [(one, other), (other, one)] {
        if let Some(pair) = Pair::parse(&format!("{from}/{to}")) {
            return Some((pair.key(), id));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use acquaint_core::connector::SourceSettings;
    use serde_json::json;

    use super::*;
    use crate::options::Options;

    fn pairs(options: serde_json::Value) -> Vec<String> {
        let mut settings = SourceSettings::default();
        settings.options = options.as_object().unwrap().clone();
        let options = Options::of(&settings).unwrap();
        Pair::standard(|kind| options.reads(kind)).iter().map(Pair::key).collect()
    }

    #[test]
    fn links_are_read_between_types_that_are_read() {
        assert_eq!(pairs(json!({})), ["contacts/companies"]);
        assert_eq!(
            pairs(json!({"deals": true})),
            ["contacts/companies", "deals/companies", "deals/contacts"]
        );
        assert_eq!(
            pairs(json!({"meetings": true})),
            ["contacts/companies", "meetings/companies", "meetings/contacts"]
        );
        assert!(pairs(json!({"meetings": true, "deals": true})).contains(&"meetings/deals".to_owned()));
    }

    #[test]
    fn a_partition_follows_the_side_that_its_links_are_read_from() {
        let [companies, contacts] = Pair::custom("2-7").try_into().unwrap();
        for (pair, follows) in [
            (companies, ("objects", "2-7")),
            (contacts, ("objects", "2-7")),
            (Pair::parse("deals/contacts").unwrap(), ("deals", "")),
        ] {
            let partition = pair.partition();
            assert_eq!(partition.follows, Some((follows.0.into(), follows.1.into())));
            assert_eq!(Pair::of(&partition).unwrap(), pair);
        }
    }

    #[test]
    fn a_link_is_found_whichever_end_tells_of_it() {
        for (one, other, expected) in [
            (("contacts", "1"), ("companies", "2"), Some(("contacts/companies", "1"))),
            (("companies", "2"), ("contacts", "1"), Some(("contacts/companies", "1"))),
            (("companies", "2"), ("2-7", "3"), Some(("2-7/companies", "3"))),
            (("deals", "4"), ("meetings", "5"), Some(("meetings/deals", "5"))),
            (("companies", "2"), ("companies", "6"), None),
            (("contacts", "1"), ("tickets", "8"), None),
        ] {
            let found = canonical(one, other);
            assert_eq!(found.as_ref().map(|(key, id)| (key.as_str(), *id)), expected);
        }
    }
}
