//! What rules and output may name of that which hangs on an account or a contact: its owner and its deals.

use std::collections::BTreeSet;

use acquaint_core::meeting::{LinkedDeal, Owner};
use acquaint_core::view::{EntityKind, EventTime};
use serde_json::Value;

use super::eval::Evaluation;
use super::field::FieldType;
use super::value::{Found, text};
use crate::manifest::problem::{Place, Problem};
use crate::manifest::reader::Reader;

/// Something that is looked up only because the manifest names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Follow {
    OwnersOfAccounts,
    OwnersOfContacts,
    DealsOfAccounts,
    /// Those of the accounts of single attendees; they are kept beside each of them only then.
    DealsOfAttendees,
    DealsOfContacts,
    OwnersOfDeals,
}

/// All that is looked up only because the manifest names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Follows(pub(in crate::manifest) BTreeSet<Follow>);

impl Follows {
    pub(crate) fn has(&self, what: Follow) -> bool {
        self.0.contains(&what)
    }

    /// Whether deals are.
    pub(crate) fn deals(&self) -> bool {
        self.has(Follow::DealsOfAccounts) || self.has(Follow::DealsOfContacts)
    }

    /// What kinds of records are.
    pub(crate) fn kinds(&self) -> BTreeSet<EntityKind> {
        let kind = |what: &Follow| match what {
            Follow::OwnersOfAccounts | Follow::OwnersOfContacts | Follow::OwnersOfDeals => {
                EntityKind::Colleague
            }
            Follow::DealsOfAccounts | Follow::DealsOfAttendees | Follow::DealsOfContacts => EntityKind::Deal,
        };
        self.0.iter().map(kind).collect()
    }
}

/// A field of who looks after a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnerField {
    Whole,
    Id,
    Name,
    Email,
}

/// A field of a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DealField {
    Id,
    Name,
    Pipeline,
    Stage,
    Amount,
    Currency,
    Closes,
    Created,
    Owner(OwnerField),
    /// A field that the manifest maps.
    Mapped(String),
}

pub(in crate::manifest) const OWNER: &[&str] = &["id", "name", "email"];
pub(in crate::manifest) const DEAL: &[&str] =
    &["id", "name", "pipeline", "stage", "amount", "currency", "closes", "created", "owner"];

impl OwnerField {
    pub(super) fn kind(self) -> FieldType {
        if self == Self::Whole { FieldType::Entity } else { FieldType::Text }
    }
}

impl DealField {
    pub(super) fn kind(&self) -> FieldType {
        match self {
            Self::Id | Self::Name | Self::Pipeline | Self::Stage | Self::Currency => FieldType::Text,
            Self::Amount => FieldType::Number,
            Self::Closes | Self::Created => FieldType::OptionalInstant,
            Self::Owner(part) => part.kind(),
            Self::Mapped(_) => FieldType::Open,
        }
    }
}

/// Reads what stands behind `owner` in a path.
pub(super) fn owner_field(
    reader: &Reader,
    part: Option<&str>,
    path: &str,
    place: Place,
    follow: Follow,
) -> Option<OwnerField> {
    let field = match part {
        None => OwnerField::Whole,
        Some("id") => OwnerField::Id,
        Some("name") => OwnerField::Name,
        Some("email") => OwnerField::Email,
        Some(part) => {
            let message = format!("unknown field `{path}`; known of an owner are {}", OWNER.join(", "));
            reader.note(Problem::new(place, message).closest(part, OWNER.iter().copied()));
            return None;
        }
    };
    reader.follow(follow);
    Some(field)
}

/// Reads a path of a deal. `known` are the fields that the manifest maps.
pub(super) fn deal_field(
    reader: &Reader,
    known: &BTreeSet<String>,
    path: &str,
    place: Place,
) -> Option<DealField> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let field = match head {
        "owner" => {
            return owner_field(reader, rest, path, place, Follow::OwnersOfDeals).map(DealField::Owner);
        }
        "id" => DealField::Id,
        "name" => DealField::Name,
        "pipeline" => DealField::Pipeline,
        "stage" => DealField::Stage,
        "amount" => DealField::Amount,
        "currency" => DealField::Currency,
        "closes" => DealField::Closes,
        "created" => DealField::Created,
        mapped if known.contains(mapped) => DealField::Mapped(mapped.to_owned()),
        _ => {
            let all = || DEAL.iter().copied().chain(known.iter().map(String::as_str));
            let list = all().collect::<Vec<_>>().join(", ");
            let message = format!(
                "unknown field `{path}` of a deal; known are {list}; further ones are mapped under `deals: {{ fields: … }}` \
                 of a source"
            );
            reader.note(Problem::new(place, message).closest(head, all()));
            return None;
        }
    };
    if let Some(rest) = rest {
        reader.say(place, format!("`{head}` has no part `{rest}`"));
        return None;
    }
    Some(field)
}

pub(super) fn read_owner<'a>(owner: Option<&'a Owner>, part: OwnerField) -> Found<'a> {
    let Some(owner) = owner else { return Found::Missing };
    match part {
        OwnerField::Whole => Found::Owner(owner),
        OwnerField::Id => text(Some(&owner.id)),
        OwnerField::Name => text(owner.name.as_deref()),
        OwnerField::Email => text(owner.email.as_deref()),
    }
}

/// Reads a field of a deal. What `known` has not fetched is unknown.
pub(super) fn read_deal<'a>(deal: &'a LinkedDeal, part: &DealField, known: &Evaluation) -> Found<'a> {
    let time = |at: Option<_>| at.map_or(Found::Missing, |at| Found::Time(EventTime::At(at)));
    match part {
        DealField::Id => text(Some(&deal.id)),
        DealField::Name => text(deal.name.as_deref()),
        DealField::Pipeline => text(deal.pipeline.as_deref()),
        DealField::Stage => text(deal.stage.as_deref()),
        DealField::Amount => deal.amount.as_deref().map_or(Found::Missing, Found::Decimal),
        DealField::Currency => text(deal.currency.as_deref()),
        DealField::Closes => time(deal.closes),
        DealField::Created => time(deal.created),
        DealField::Owner(part) => read_owner(deal.owner.as_ref(), *part),
        DealField::Mapped(name) if known.lacks_of_deals(name) => Found::Unknown,
        DealField::Mapped(name) => mapped(deal.fields.get(name)),
    }
}

/// A field of the CRM. Empty text is none.
pub(super) fn mapped(value: Option<&Value>) -> Found<'_> {
    match value {
        None | Some(Value::Null) => Found::Missing,
        Some(Value::String(value)) if value.is_empty() => Found::Missing,
        Some(value) => Found::Open(value),
    }
}
