//! What a directory can be asked.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::RecordId;

/// One question to a directory, and at the same time what a record answers.
///
/// The keys that a resolution asked for are its dependencies: it can change only when a record that provides
/// one of them appears, changes or goes ([`Contact::keys`](crate::Contact::keys) and its sisters say which those
/// are). As text a key reads `email:jane@acme.com`, `relaxed:jane@gmail.com`, `name:doe jane`, `domain:acme.com`,
/// `contact:<id>`, `account:<id>`, `accounts_of:<contact id>` or `children_of:<account id>`; that form is stable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub enum Key {
    /// Who has this address? In the normal form of [`Address::as_str`](crate::Address::as_str).
    Email(String),
    /// Who has an address with this [`relaxed`](crate::relaxed) form? Asked only for hosts that have one.
    Relaxed(String),
    /// Who has this full name? In the form of [`full_name`](crate::full_name).
    Name(String),
    /// Which accounts have this domain? In the form of [`domain::normalise`](crate::domain::normalise), or the
    /// top-level domain of a brand.
    Domain(String),
    /// What is known of this contact?
    Contact(RecordId),
    /// What is known of this account?
    Account(RecordId),
    /// To which accounts does this contact belong?
    AccountsOf(RecordId),
    /// Which accounts have this one as their parent?
    ChildrenOf(RecordId),
}

/// A text that is no [`Key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    text: String,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no key; one begins with email:, relaxed:, name:, domain:, contact:, account:, accounts_of: or \
             children_of:",
            self.text
        )
    }
}

impl Error for KeyError {}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => write!(f, "email:{email}"),
            Self::Relaxed(email) => write!(f, "relaxed:{email}"),
            Self::Name(name) => write!(f, "name:{name}"),
            Self::Domain(domain) => write!(f, "domain:{domain}"),
            Self::Contact(id) => write!(f, "contact:{id}"),
            Self::Account(id) => write!(f, "account:{id}"),
            Self::AccountsOf(id) => write!(f, "accounts_of:{id}"),
            Self::ChildrenOf(id) => write!(f, "children_of:{id}"),
        }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        match text.split_once(':') {
            Some(("email", rest)) => Ok(Self::Email(rest.to_owned())),
            Some(("relaxed", rest)) => Ok(Self::Relaxed(rest.to_owned())),
            Some(("name", rest)) => Ok(Self::Name(rest.to_owned())),
            Some(("domain", rest)) => Ok(Self::Domain(rest.to_owned())),
            Some(("contact", rest)) => Ok(Self::Contact(rest.into())),
            Some(("account", rest)) => Ok(Self::Account(rest.into())),
            Some(("accounts_of", rest)) => Ok(Self::AccountsOf(rest.into())),
            Some(("children_of", rest)) => Ok(Self::ChildrenOf(rest.into())),
            _ => Err(KeyError { text: text.chars().take(80).collect() }),
        }
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_key_survives_its_text() {
        for text in [
            "email:jane@x.com",
            "relaxed:jane@gmail.com",
            "name:doe jane",
            "domain:x.com",
            "contact:crm/1:2",
            "account:crm/3",
            "accounts_of:crm/1",
            "children_of:crm/3",
        ] {
            let key: Key = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
            assert_eq!(serde_json::from_str::<Key>(&serde_json::to_string(&key).unwrap()).unwrap(), key);
        }
        assert!("mail:x".parse::<Key>().unwrap_err().to_string().contains("email:"));
    }
}
