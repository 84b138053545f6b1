//! What the CRM refuses to do.

/// Why the sandbox refused a change or a question. Over HTTP the same refusals come as HubSpot words them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrmError {
    /// There is no such portal.
    #[error("there is no portal {0}; add it with `add_portal` first")]
    UnknownPortal(u64),
    /// Not the name or id of an object type.
    #[error("`{0}` is no object type; use a name such as `contacts`, or an id such as `0-1` or `2-123`")]
    UnknownType(String),
    /// No live record has this id (merged-away ids count as their survivor).
    #[error("there is no {kind} {id}")]
    NoSuchRecord {
        /// The singular name of the type.
        kind: String,
        /// The id asked for.
        id: u64,
    },
    /// The id belongs to another record, or did once.
    #[error("the id {id} of a {kind} is taken; leave the id out to be given a free one")]
    IdTaken {
        /// The singular name of the type.
        kind: String,
        /// The id.
        id: u64,
    },
    /// Addresses are unique among the contacts of a portal, additional ones included.
    #[error("the address {email} belongs to contact {owner} already")]
    EmailTaken {
        /// The address.
        email: String,
        /// The contact that has it.
        owner: u64,
    },
    /// The address was erased for privacy and cannot come back.
    #[error("the address {0} was erased for privacy and cannot be used again")]
    EmailErased(String),
    /// Only an archived record can be restored.
    #[error("{kind} {id} is not archived")]
    NotArchived {
        /// The singular name of the type.
        kind: String,
        /// The id.
        id: u64,
    },
    /// A record cannot be merged with itself.
    #[error("{kind} {id} cannot be merged with itself")]
    MergeWithItself {
        /// The singular name of the type.
        kind: String,
        /// The id.
        id: u64,
    },
    /// The two records have too many earlier merges between them.
    #[error("the two records have been merged 250 times or more already")]
    TooManyMerges,
    /// There is no such type of association between the two object types.
    #[error("there is no association type {wanted} from {from} to {to}")]
    NoSuchAssociationType {
        /// The singular name of the one type.
        from: String,
        /// The singular name of the other.
        to: String,
        /// What was asked for.
        wanted: String,
    },
    /// The portal has an object type of that name already.
    #[error("there is an object type `{0}` already")]
    TypeTaken(String),
    /// Not a type of value that a property can have.
    #[error(
        "`{0}` is no type of property; use `string`, `number`, `date`, `datetime`, `enumeration` or `bool`"
    )]
    UnknownPropertyType(String),
    /// The portal has not defined such a property.
    #[error("the portal has defined no property {name} of a {kind}")]
    NoSuchProperty {
        /// The singular name of the type.
        kind: String,
        /// The property's internal name.
        name: String,
    },
    /// The property is set by the CRM alone.
    #[error("the property {0} cannot be set")]
    ReadOnlyProperty(String),
}
