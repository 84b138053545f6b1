//! What rules and output may name.

use std::collections::BTreeSet;

use super::compile::Scope;
use crate::manifest::node::Node;
use crate::manifest::problem::{Place, Problem};
use crate::manifest::reader::Reader;
use crate::registry::Registry;

/// A field of a meeting, an attendee, an account or a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    // Of a meeting.
    Title,
    Start,
    End,
    Duration,
    AllDay,
    Status,
    Kind,
    Private,
    Location,
    Description,
    Conference,
    Organiser,
    Attendees,
    Accounts,
    MainAccount(EntityField),
    Priority,
    // Of an attendee.
    Email,
    Domain,
    Name,
    Class,
    External,
    Response,
    Optional,
    IsOrganiser,
    Strategy,
    Ambiguous,
    Account(EntityField),
    Contact(EntityField),
    // Of an account or a contact itself.
    Own(EntityField),
}

/// A field of an account or a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EntityField {
    /// The record as a whole.
    Whole,
    Id,
    Name,
    Domain,
    Source,
    /// A field that the manifest maps.
    Mapped(String),
}

/// What a field's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldType {
    Text,
    Flag,
    Instant,
    Duration,
    People,
    Entities,
    Entity,
    /// Known only when it is read: a field of the CRM.
    Open,
}

/// What rules and output may name: the fields that the sources map, and what is registered.
#[derive(Debug, Clone)]
pub(in crate::manifest) struct Fields<'r> {
    pub(in crate::manifest) accounts: BTreeSet<String>,
    pub(in crate::manifest) contacts: BTreeSet<String>,
    pub(in crate::manifest) registry: &'r Registry,
    /// Whether the decision is made by then, so that it may be named.
    pub(in crate::manifest) decided: bool,
}

impl<'r> Fields<'r> {
    pub(in crate::manifest) fn new(registry: &'r Registry) -> Self {
        Self { accounts: BTreeSet::new(), contacts: BTreeSet::new(), registry, decided: false }
    }
}

pub(in crate::manifest) const MEETING: &[&str] = &[
    "title",
    "start",
    "end",
    "duration",
    "all_day",
    "status",
    "kind",
    "private",
    "location",
    "description",
    "conference",
    "organiser",
    "attendees",
    "accounts",
    "main_account",
];
pub(in crate::manifest) const ATTENDEE: &[&str] = &[
    "email",
    "domain",
    "name",
    "class",
    "external",
    "response",
    "optional",
    "organiser",
    "strategy",
    "ambiguous",
    "account",
    "contact",
];
pub(in crate::manifest) const ENTITY: &[&str] = &["id", "name", "domain", "source"];

impl Field {
    /// The words that the field's value is one of, if it is.
    pub(in crate::manifest) fn words(&self) -> Option<&'static [&'static str]> {
        Some(match self {
            Self::Status => &["confirmed", "tentative", "cancelled"],
            Self::Kind => &[
                "default",
                "out_of_office",
                "focus_time",
                "working_location",
                "birthday",
                "from_mail",
                "other",
            ],
            Self::Class => &["internal", "external", "group", "role", "resource", "robot", "unknown"],
            Self::Response => &["needs_action", "declined", "tentative", "accepted"],
            _ => return None,
        })
    }

    pub(crate) fn kind(&self) -> FieldType {
        match self {
            Self::Title
            | Self::Status
            | Self::Kind
            | Self::Location
            | Self::Description
            | Self::Conference
            | Self::Organiser
            | Self::Email
            | Self::Domain
            | Self::Name
            | Self::Class
            | Self::Response
            | Self::Strategy => FieldType::Text,
            Self::AllDay
            | Self::Private
            | Self::External
            | Self::Optional
            | Self::IsOrganiser
            | Self::Ambiguous => FieldType::Flag,
            Self::Start | Self::End => FieldType::Instant,
            Self::Duration => FieldType::Duration,
            Self::Priority => FieldType::Open,
            Self::Attendees => FieldType::People,
            Self::Accounts => FieldType::Entities,
            Self::MainAccount(field) | Self::Account(field) | Self::Contact(field) | Self::Own(field) => {
                match field {
                    EntityField::Whole => FieldType::Entity,
                    EntityField::Mapped(_) => FieldType::Open,
                    _ => FieldType::Text,
                }
            }
        }
    }
}

/// Reads a path such as `main_account.name` in a scope.
pub(in crate::manifest) fn compile_field(
    reader: &Reader,
    fields: &Fields<'_>,
    scope: Scope,
    path: &str,
    place: Place,
) -> Option<Field> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let entity = |known: &BTreeSet<String>| entity_field(reader, known, rest, path, place);
    let field = match (scope, head) {
        (Scope::Account, _) => return own(reader, &fields.accounts, path, place),
        (Scope::Meeting, "main_account") => return entity(&fields.accounts).map(Field::MainAccount),
        (Scope::Attendee, "account") => return entity(&fields.accounts).map(Field::Account),
        (Scope::Attendee, "contact") => return entity(&fields.contacts).map(Field::Contact),
        (Scope::Meeting, "title") => Field::Title,
        (Scope::Meeting, "start") => Field::Start,
        (Scope::Meeting, "end") => Field::End,
        (Scope::Meeting, "duration") => Field::Duration,
        (Scope::Meeting, "all_day") => Field::AllDay,
        (Scope::Meeting, "status") => Field::Status,
        (Scope::Meeting, "kind") => Field::Kind,
        (Scope::Meeting, "private") => Field::Private,
        (Scope::Meeting, "location") => Field::Location,
        (Scope::Meeting, "description") => Field::Description,
        (Scope::Meeting, "conference") => Field::Conference,
        (Scope::Meeting, "organiser") => Field::Organiser,
        (Scope::Meeting, "attendees") => Field::Attendees,
        (Scope::Meeting, "accounts") => Field::Accounts,
        (Scope::Meeting, "priority") if fields.decided => Field::Priority,
        (Scope::Attendee, "email") => Field::Email,
        (Scope::Attendee, "domain") => Field::Domain,
        (Scope::Attendee, "name") => Field::Name,
        (Scope::Attendee, "class") => Field::Class,
        (Scope::Attendee, "external") => Field::External,
        (Scope::Attendee, "response") => Field::Response,
        (Scope::Attendee, "optional") => Field::Optional,
        (Scope::Attendee, "organiser") => Field::IsOrganiser,
        (Scope::Attendee, "strategy") => Field::Strategy,
        (Scope::Attendee, "ambiguous") => Field::Ambiguous,
        _ => {
            let (what, known) =
                if scope == Scope::Meeting { ("a meeting", MEETING) } else { ("an attendee", ATTENDEE) };
            reader.note(
                Problem::new(
                    place,
                    format!("unknown field `{path}` of {what}; known are {}", known.join(", ")),
                )
                .closest(head, known.iter().copied()),
            );
            return None;
        }
    };
    if let Some(rest) = rest {
        reader.say(place, format!("`{head}` has no part `{rest}`"));
        return None;
    }
    Some(field)
}

fn own(reader: &Reader, known: &BTreeSet<String>, path: &str, place: Place) -> Option<Field> {
    entity_field(reader, known, Some(path), path, place).map(Field::Own)
}

fn entity_field(
    reader: &Reader,
    known: &BTreeSet<String>,
    part: Option<&str>,
    path: &str,
    place: Place,
) -> Option<EntityField> {
    match part {
        None => Some(EntityField::Whole),
        Some("id") => Some(EntityField::Id),
        Some("name") => Some(EntityField::Name),
        Some("domain") => Some(EntityField::Domain),
        Some("source") => Some(EntityField::Source),
        Some(part) if known.contains(part) => Some(EntityField::Mapped(part.to_owned())),
        Some(part) => {
            let all = || ENTITY.iter().copied().chain(known.iter().map(String::as_str));
            let list = all().collect::<Vec<_>>().join(", ");
            reader.note(
                Problem::new(
                    place,
                    format!("unknown field `{path}`; known are {list}; further ones are mapped under `fields` of a source"),
                )
                .closest(part, all()),
            );
            None
        }
    }
}

/// A path given as a node.
pub(in crate::manifest) fn compile_path(
    reader: &Reader,
    fields: &Fields<'_>,
    scope: Scope,
    node: &Node,
) -> Option<Field> {
    let path = reader.text(node, "a path")?;
    compile_field(reader, fields, scope, path, node.place)
}
