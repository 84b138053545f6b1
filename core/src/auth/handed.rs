//! From what is handed over when connecting to what is kept for the grant.

use chrono::{DateTime, Utc};

use super::{Credential, GrantAuth};
use crate::error::{Error, Result};
use crate::oauth::{CLIENT_ID, CLIENT_SECRET, SUBJECT};
use crate::token::TokenSet;

impl GrantAuth {
    /// What must be handed over to connect without a person's consent: the names of the credential's fields.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::OAuth2(_) | Self::ServiceAccount { .. } => Vec::new(),
            Self::Fixed { scheme, .. } => scheme.fields.iter().map(|field| field.name.as_str()).collect(),
            Self::ClientCredentials { scheme, .. } => {
                let own: &[&str] = if scheme.own_client { &[CLIENT_ID, CLIENT_SECRET] } else { &[] };
                own.iter().copied().chain(scheme.fields.iter().map(String::as_str)).collect()
            }
        }
    }

    /// What is kept of a grant that needs no person, before its first token is had; for
    /// [`GrantAuth::first_tokens`]. `subject` is the user on whose behalf a service account acts.
    ///
    /// # Errors
    /// `Invalid`, naming the fields, if one is missing, empty or not known.
    pub fn handed_over(
        &self,
        credential: &Credential,
        subject: Option<&str>,
        scopes: Vec<String>,
        now: DateTime<Utc>,
    ) -> Result<TokenSet> {
        if let Self::Fixed { scheme, .. } = self {
            return scheme.tokens(credential, now);
        }
        let mut known = TokenSet::new("", now);
        known.asked = (!scopes.is_empty()).then_some(scopes);
        known.scopes.clone_from(&known.asked);
        if subject.is_some_and(|subject| subject.trim().is_empty()) {
            return Err(Error::invalid("the user on whose behalf to act is empty")
                .advise("name the user, or connect the service account as itself"));
        }
        known.extra.extend(subject.map(|subject| (SUBJECT.to_owned(), subject.to_owned())));
        let fields = self.fields();
        let wrong = |message: &'static str, field: &str| {
            Error::invalid(message)
                .with("field", field)
                .advise(format!("hand over exactly: {}", fields.join(", ")))
        };
        if let Some(other) = credential.names().find(|name| !fields.contains(name)) {
            return Err(wrong("the credential has a field that is not known here", other));
        }
        for field in &fields {
            let value = credential.get(field).filter(|value| !value.expose().trim().is_empty());
            let value = value.ok_or_else(|| wrong("a field of the credential is missing or empty", field))?;
            known.named.insert((*field).to_owned(), value.clone());
        }
        Ok(known)
    }

    /// `tokens` as the renewal of `known`, in which no answer replaces what was handed over.
    pub(crate) fn renewed(&self, tokens: TokenSet, known: &TokenSet) -> TokenSet {
        let mut tokens = tokens.renewing(known);
        for field in self.fields() {
            if let Some(value) = known.named.get(field) {
                tokens.named.insert(field.to_owned(), value.clone());
            }
        }
        if matches!(self, Self::ServiceAccount { .. }) {
            tokens.extra.remove(SUBJECT);
            tokens.extra.extend(
                known.extra.get_key_value(SUBJECT).map(|(name, value)| (name.clone(), value.clone())),
            );
        }
        tokens
    }
}
