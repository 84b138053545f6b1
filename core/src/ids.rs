//! The names of things. Each is its own type, so that a tenant can never be passed for a connection.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a name.
            pub fn new(name: impl Into<Arc<str>>) -> Self {
                Self(name.into())
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.into())
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(name.into())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

name! {
    /// A customer of the product that embeds the library; the unit of isolation and erasure.
    TenantId
}
name! {
    /// The product's own id for a person of a tenant.
    UserId
}
name! {
    /// One tenant's use of a grant for a named source of the manifest.
    ConnectionId
}
name! {
    /// One authorisation of one external account for one app at a provider.
    GrantId
}
name! {
    /// The code for one provider, for instance `google-calendar`.
    ConnectorId
}
name! {
    /// A source as the manifest names it, for instance `crm`.
    SourceName
}
name! {
    /// One named collection of a connector, for instance `events`.
    StreamName
}
name! {
    /// A part of a stream that holds its own records: one calendar, one object type. Empty for the whole.
    PartitionKey
}
name! {
    /// A way of reading a partition with a cursor of its own, for instance `head`.
    LaneName
}
name! {
    /// A record's key within its partition: the provider's id.
    RecordKey
}
name! {
    /// The public id of a meeting: minted at first sight, kept for life.
    MeetingId
}
name! {
    /// A process or task that claims work; unique among those that live at one time.
    WorkerId
}
name! {
    /// A content-addressed version of a manifest.
    RevisionId
}
name! {
    /// A destination as the manifest names it and the product registers it, for instance `product`.
    DestinationName
}

impl PartitionKey {
    /// The one partition of a stream that has no parts.
    pub fn whole() -> Self {
        Self::from("")
    }
}

/// A gap-free number per tenant that orders its mirror commits. The first commit is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where a record lives in a tenant's mirror.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordRef {
    /// The connection that read it.
    pub connection: ConnectionId,
    /// Its stream.
    pub stream: StreamName,
    /// Its partition.
    pub partition: PartitionKey,
    /// Its key within the partition.
    pub key: RecordKey,
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.connection, self.stream, self.partition, self.key)
    }
}
