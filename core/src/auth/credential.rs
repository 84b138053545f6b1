//! Credentials that a tenant hands over and that stay as they are.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};

use super::Carry;
use super::carry::USERNAME;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::token::{Expiry, TokenSet};

/// A scheme whose credential is handed over once: an API key, a private app's token, a user name and password, the
/// parts of a signature.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fixed {
    /// What is handed over. The first field is the token itself.
    pub fields: Vec<CredentialField>,
    /// How it is put on requests.
    pub carry: Carry,
}

/// One part of a credential, as a form would ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialField {
    /// Its name.
    pub name: String,
    /// For people: what it is called at the provider.
    pub label: String,
}

impl CredentialField {
    /// A field.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into() }
    }
}

/// The field that [`Credential::token`] fills.
const TOKEN: &str = "token";
/// The field that [`Credential::basic`] fills besides the user's name.
const PASSWORD: &str = "password";

impl Fixed {
    /// One token, which the provider calls `label`.
    pub fn token(label: impl Into<String>, carry: Carry) -> Self {
        Self { fields: vec![CredentialField::new(TOKEN, label)], carry }
    }

    /// A user name and a password, sent as RFC 7617 says.
    pub fn basic() -> Self {
        let fields =
            vec![CredentialField::new(PASSWORD, "Password"), CredentialField::new(USERNAME, "User name")];
        Self { fields, carry: Carry::Basic }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, label: impl Into<String>) -> Self {
        self.fields.push(CredentialField::new(name, label));
        self
    }

    /// The tokens that `credential` is.
    ///
    /// # Errors
    /// `Invalid`, naming the fields, if one is missing, empty or not known.
    pub fn tokens(&self, credential: &Credential, now: DateTime<Utc>) -> Result<TokenSet> {
        let names: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
        let wrong = |message: &'static str, field: &str| {
            Err(Error::invalid(message)
                .with("field", field)
                .advise(format!("hand over exactly: {}", names.join(", "))))
        };
        for (name, value) in &credential.0 {
            if !names.contains(&name.as_str()) {
                return wrong("the credential has a field that is not known here", name);
            }
            if value.expose().trim().is_empty() && name != PASSWORD {
                return wrong("a field of the credential is empty", name);
            }
        }
        for name in &names {
            if !credential.0.contains_key(*name) {
                return wrong("a field of the credential is missing", name);
            }
        }
        if let Some(user) = credential.get(USERNAME)
            && matches!(self.carry, Carry::Basic)
            && user.expose().contains(':')
        {
            // RFC 7617 section 2: what follows would be taken for the password.
            return wrong("a user name cannot have a colon", USERNAME);
        }
        if let Some(name) = names.first()
            && matches!(self.carry, Carry::Bearer | Carry::Header { .. })
            && credential
                .get(name)
                .is_some_and(|token| !token.expose().bytes().all(|byte| matches!(byte, b' '..=b'~')))
        {
            // Copying out of a document brings curly quotes and invisible spaces along.
            return wrong("a field of the credential has characters that no token has", name);
        }
        let mut named = credential.0.clone();
        let access = names.first().and_then(|name| named.remove(*name));
        let mut set =
            TokenSet::new(access.ok_or_else(|| Error::bug("the scheme asks for no credential"))?, now);
        set.expiry = Expiry::Never;
        set.named = named;
        Ok(set)
    }
}

/// A credential as a tenant hands it over. `Debug` shows the names of its fields only.
#[derive(Clone, Default)]
pub struct Credential(BTreeMap<String, Secret>);

impl Credential {
    /// One token: an API key, a private app's token. Space around it is taken off, which copying leaves behind.
    pub fn token(token: impl Into<Secret>) -> Self {
        let token: Secret = token.into();
        Self::default().with(TOKEN, token.expose().trim())
    }

    /// A user name and a password. The password may be empty, where an API key is sent as the user's name.
    pub fn basic(username: impl Into<Secret>, password: impl Into<Secret>) -> Self {
        Self::default().with(USERNAME, username).with(PASSWORD, password)
    }

    /// Adds a field by its name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// A field.
    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// The names of its fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Credential").field(&self.names().collect::<Vec<_>>()).finish()
    }
}
