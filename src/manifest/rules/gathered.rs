//! What the output may name of an account or a contact that gathers kept meetings.

use acquaint_core::meeting::{Entity, Meeting};
use acquaint_core::view::EntityKind;

use super::compile::Scope;
use super::eval::Evaluation;
use super::field::{ENTITY, Field, FieldType, Fields, Of, compile_field, entity_field};
use super::value::{Found, Subject, read};
use crate::manifest::problem::{Place, Problem};
use crate::manifest::reader::Reader;

/// Something of the meetings that an account or a contact gathers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GatheredField {
    /// How many there are.
    Count,
    /// Those around now, in order of start and id.
    Meetings,
    /// A field of one of them.
    Of(Which, Box<Field>),
}

/// One of the meetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    First,
    /// The last that has begun.
    Last,
    /// The first that has not.
    Next,
}

pub(in crate::manifest) const WHICH: &[&str] = &["first", "last", "next"];
pub(in crate::manifest) const COUNT_OF_MEETINGS: &str = "meeting_count";
pub(in crate::manifest) const MEETINGS: &str = "meetings";

impl GatheredField {
    pub(super) fn kind(&self) -> FieldType {
        match self {
            Self::Count => FieldType::Number,
            Self::Meetings => FieldType::Meetings,
            Self::Of(which, field) => match field.kind() {
                FieldType::Instant if *which != Which::First => FieldType::OptionalInstant,
                kind => kind,
            },
        }
    }

    /// The field of a meeting that it reads.
    pub(in crate::manifest) fn inner(&self) -> Option<&Field> {
        if let Self::Of(_, field) = self { Some(field) } else { None }
    }
}

/// An account or a contact with the meetings that it gathers.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) kind: EntityKind,
    pub(crate) record: Entity,
    pub(crate) count: u64,
    pub(crate) first: Option<Meeting>,
    /// Those around now, in order.
    pub(crate) meetings: Vec<Meeting>,
    /// How many of them have begun.
    pub(crate) begun: usize,
}

impl Gathered {
    fn meeting(&self, which: Which) -> Option<&Meeting> {
        match which {
            Which::First => self.first.as_ref(),
            Which::Last => self.begun.checked_sub(1).and_then(|last| self.meetings.get(last)),
            Which::Next => self.meetings.get(self.begun),
        }
    }
}

pub(super) fn read_gathered<'a>(item: &'a Gathered, part: &GatheredField, known: &Evaluation) -> Found<'a> {
    match part {
        GatheredField::Count => Found::Number(i64::try_from(item.count).unwrap_or(i64::MAX)),
        GatheredField::Meetings => Found::Meetings(&item.meetings),
        GatheredField::Of(which, field) => item
            .meeting(*which)
            .map_or(Found::Missing, |meeting| read(field, Subject::Meeting(meeting), known)),
    }
}

/// Reads a path of an account or a contact that gathers meetings.
pub(super) fn gathered_field(
    reader: &Reader,
    fields: &Fields<'_>,
    scope: Scope,
    path: &str,
    place: Place,
) -> Option<Field> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let (of, known) = match scope {
        Scope::ContactItem => (Of::Contact, &fields.contacts),
        _ => (Of::Account, &fields.accounts),
    };
    let which = match head {
        "first" => Some(Which::First),
        "last" => Some(Which::Last),
        "next" => Some(Which::Next),
        _ => None,
    };
    if let (Some(which), Some(rest)) = (which, rest) {
        let field = compile_field(reader, fields, Scope::Meeting, rest, place)?;
        return Some(Field::Gathered(GatheredField::Of(which, Box::new(field))));
    }
    if [COUNT_OF_MEETINGS, MEETINGS].contains(&head) {
        if known.contains(head) {
            reader.say(place, format!("`{head}` is here what the kept meetings say, and a source maps a field of that name: map it under another one"));
        } else if rest.is_some() {
            reader.say(
                place,
                format!("`{head}` has no parts: name first., last. or next., or write `each: meetings`"),
            );
        } else {
            let count = head == COUNT_OF_MEETINGS;
            return Some(Field::Gathered(if count { GatheredField::Count } else { GatheredField::Meetings }));
        }
        return None;
    }
    if which.is_some() && !known.contains(head) {
        reader.say(place, format!("`{head}` is a meeting: name a value of it, such as {head}.start"));
        return None;
    }
    if !ENTITY.contains(&head) && !known.contains(path) {
        let taken = [COUNT_OF_MEETINGS, MEETINGS];
        let mapped = || known.iter().map(String::as_str).filter(move |name| !taken.contains(name));
        let own = || ENTITY.iter().copied().chain(taken).chain(mapped());
        let list = own().collect::<Vec<_>>().join(", ");
        let message = format!(
            "unknown field `{path}`; known are {list}, and what follows first., last. and next. of a meeting; further ones are mapped under `fields` of a source"
        );
        reader.note(Problem::new(place, message).closest(head, own()));
        return None;
    }
    let part = entity_field(reader, known, Some(path), path, place, of)?;
    Some(if of == Of::Contact { Field::Contact(part) } else { Field::Account(part) })
}

/// The kind of the records of a scope.
pub(in crate::manifest) fn kind_of(scope: Scope) -> EntityKind {
    if scope == Scope::ContactItem { EntityKind::Contact } else { EntityKind::Account }
}
