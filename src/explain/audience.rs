//! For whom something is explained.

use std::fmt;
use std::str::FromStr;

use acquaint_core::{Error, Result};

/// For whom something is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Audience {
    /// Who works on the product: everything there is, as an indented tree, with ids and places in the manifest.
    #[default]
    Engineer,
    /// Who supports the product's customers: a few plain sentences, with what to do next.
    Support,
    /// The customer: a sentence or two, without ids, places in the manifest, words of the engine's own, or addresses
    /// of other people.
    Customer,
}

impl Audience {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Engineer, Self::Support, Self::Customer];

    /// As commands write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Engineer => "engineer",
            Self::Support => "support",
            Self::Customer => "customer",
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Audience {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|audience| audience.as_str() == name).ok_or_else(|| {
            Error::invalid("there is no such audience")
                .with("audience", name)
                .advise("use one of: engineer, support, customer")
        })
    }
}
