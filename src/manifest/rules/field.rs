//! What rules and output may name.

use std::collections::BTreeSet;

use super::compile::Scope;
use super::gathered::{GatheredField, gathered_field};
use super::linked::{DealField, Follow, OwnerField, deal_field, owner_field};
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
    Zone,
    End,
    Duration,
    AllDay,
    Recurring,
    Status,
    Kind,
    Private,
    Location,
    Description,
    Conference,
    Organiser,
    Attendees,
    AttendeesCut,
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
    // Of a deal.
    Deal(DealField),
    // Of an account or a contact that gathers meetings, besides what it is itself.
    Gathered(GatheredField),
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
    /// Who looks after it.
    Owner(OwnerField),
    /// The deals that hang on it.
    Deals,
    /// A field that the manifest maps.
    Mapped(String),
}

/// What a field's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldType {
    Text,
    Flag,
    Instant,
    /// One that may be missing.
    OptionalInstant,
    Duration,
    Number,
    People,
    Entities,
    Deals,
    /// The meetings of an account or a contact, of which rules do not ask.
    Meetings,
    Entity,
    /// Known only when it is read: a field of the CRM.
    Open,
}

impl FieldType {
    /// Whether lists can be sorted by it.
    pub(in crate::manifest) fn has_order(self) -> bool {
        !matches!(self, Self::People | Self::Entities | Self::Deals | Self::Meetings | Self::Entity)
    }

    /// What its elements are, if it is a list.
    pub(in crate::manifest) fn element(self) -> Option<Scope> {
        match self {
            Self::People => Some(Scope::Attendee),
            Self::Entities => Some(Scope::Account),
            Self::Deals => Some(Scope::Deal),
            Self::Meetings => Some(Scope::Meeting),
            _ => None,
        }
    }
}

/// What rules and output may name: the fields that the sources map, and what is registered.
#[derive(Debug, Clone)]
pub(in crate::manifest) struct Fields<'r> {
    pub(in crate::manifest) accounts: BTreeSet<String>,
    pub(in crate::manifest) contacts: BTreeSet<String>,
    pub(in crate::manifest) deals: BTreeSet<String>,
    pub(in crate::manifest) registry: &'r Registry,
    /// Whether the decision is made by then, so that it may be named.
    pub(in crate::manifest) decided: bool,
}

impl<'r> Fields<'r> {
    pub(in crate::manifest) fn new(registry: &'r Registry) -> Self {
        let (accounts, contacts, deals) = Default::default();
        Self { accounts, contacts, deals, registry, decided: false }
    }
}

pub(in crate::manifest) const MEETING: &[&str] = &[
    "title",
    "start",
    "zone",
    "end",
    "duration",
    "all_day",
    "recurring",
    "status",
    "kind",
    "private",
    "location",
    "description",
    "conference",
    "organiser",
    "attendees",
    "attendees_cut",
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
pub(in crate::manifest) const ENTITY: &[&str] = &["id", "name", "domain", "source", "owner", "deals"];

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
            Self::Gathered(part) => return part.inner()?.words(),
            _ => return None,
        })
    }

    /// Whether it is an owner, or something of one.
    pub(in crate::manifest) fn is_owner(&self) -> bool {
        match self {
            Self::MainAccount(part) | Self::Account(part) | Self::Contact(part) | Self::Own(part) => {
                matches!(part, EntityField::Owner(_))
            }
            Self::Deal(part) => matches!(part, super::linked::DealField::Owner(_)),
            Self::Gathered(part) => part.inner().is_some_and(Self::is_owner),
            _ => false,
        }
    }

    pub(crate) fn kind(&self) -> FieldType {
        match self {
            Self::Title
            | Self::Zone
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
            | Self::Recurring
            | Self::AttendeesCut
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
                    EntityField::Owner(part) => part.kind(),
                    EntityField::Deals => FieldType::Deals,
                    EntityField::Mapped(_) => FieldType::Open,
                    _ => FieldType::Text,
                }
            }
            Self::Deal(part) => part.kind(),
            Self::Gathered(part) => part.kind(),
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
    let entity = |known: &BTreeSet<String>, of: Of| entity_field(reader, known, rest, path, place, of);
    let field = match (scope, head) {
        (Scope::Account, _) => {
            return entity_field(reader, &fields.accounts, Some(path), path, place, Of::Account)
                .map(Field::Own);
        }
        (Scope::AccountItem | Scope::ContactItem, _) => {
            return gathered_field(reader, fields, scope, path, place);
        }
        (Scope::Deal, _) => return deal_field(reader, &fields.deals, path, place).map(Field::Deal),
        (Scope::Meeting, "main_account") => {
            return entity(&fields.accounts, Of::Account).map(Field::MainAccount);
        }
        (Scope::Attendee, "account") => return entity(&fields.accounts, Of::Attendee).map(Field::Account),
        (Scope::Attendee, "contact") => return entity(&fields.contacts, Of::Contact).map(Field::Contact),
        (Scope::Meeting, "title") => Field::Title,
        (Scope::Meeting, "start") => Field::Start,
        (Scope::Meeting, "zone") => Field::Zone,
        (Scope::Meeting, "end") => Field::End,
        (Scope::Meeting, "duration") => Field::Duration,
        (Scope::Meeting, "all_day") => Field::AllDay,
        (Scope::Meeting, "recurring") => Field::Recurring,
        (Scope::Meeting, "status") => Field::Status,
        (Scope::Meeting, "kind") => Field::Kind,
        (Scope::Meeting, "private") => Field::Private,
        (Scope::Meeting, "location") => Field::Location,
        (Scope::Meeting, "description") => Field::Description,
        (Scope::Meeting, "conference") => Field::Conference,
        (Scope::Meeting, "organiser") => Field::Organiser,
        (Scope::Meeting, "attendees") => Field::Attendees,
        (Scope::Meeting, "attendees_cut") => Field::AttendeesCut,
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

/// Whose record a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Account,
    /// The account of one attendee.
    Attendee,
    Contact,
}

pub(super) fn entity_field(
    reader: &Reader,
    known: &BTreeSet<String>,
    part: Option<&str>,
    path: &str,
    place: Place,
    of: Of,
) -> Option<EntityField> {
    match part {
        Some("deals") => {
            reader.follow(if of == Of::Contact { Follow::DealsOfContacts } else { Follow::DealsOfAccounts });
            if of == Of::Attendee {
                reader.follow(Follow::DealsOfAttendees);
            }
            return Some(EntityField::Deals);
        }
        Some(part) if part == "owner" || part.starts_with("owner.") => {
            let follow = if of == Of::Contact { Follow::OwnersOfContacts } else { Follow::OwnersOfAccounts };
            let rest = part.split_once('.').map(|(_, rest)| rest);
            return owner_field(reader, rest, path, place, follow).map(EntityField::Owner);
        }
        Some(part) if part.starts_with("deals.") => {
            reader.say(
                place,
                "`deals` is a list: write `deals: { some: { … } }` in a rule and `each` in the output",
            );
            return None;
        }
        _ => {}
    }
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
                .closest(part.split('.').next().unwrap_or(part), all()),
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
