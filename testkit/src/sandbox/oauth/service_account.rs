//! Service accounts: who they are, and as whom they may act.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rsa::{KeyPair, PublicEncryptingKey};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};

use super::OAuthServer;

/// As whom a service account may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delegated {
    /// Everybody whose address is in this domain, as an administrator of the domain allows it.
    Domain(String),
    /// These accounts, by id or login.
    Accounts(BTreeSet<String>),
}

impl Delegated {
    fn holds(&self, subject: &str) -> bool {
        match self {
            Self::Domain(domain) => {
                subject.rsplit_once('@').is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain))
            }
            Self::Accounts(accounts) => accounts.iter().any(|one| one.eq_ignore_ascii_case(subject)),
        }
    }
}

/// Why a service account could not be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text holds neither a public nor a private key in PEM.
    #[error("there is no key in the text; give a public key or a key pair in PEM")]
    NoKey,
    /// The key is no RSA key of 2048 to 8192 bits.
    #[error("the key is not an RSA key of 2048 to 8192 bits")]
    Unusable,
}

impl From<KeyRejected> for KeyError {
    fn from(_: KeyRejected) -> Self {
        Self::Unusable
    }
}

/// All service accounts and delegations.
#[derive(Default)]
pub(super) struct ServiceAccounts {
    /// By address.
    accounts: BTreeMap<String, ServiceAccount>,
    delegations: Vec<Delegation>,
}

pub(super) struct ServiceAccount {
    pub(super) client_id: String,
    /// The public key in DER, as PKCS#1 or as X.509 has it.
    key: Vec<u8>,
}

struct Delegation {
    client_id: String,
    scopes: BTreeSet<String>,
    to: Delegated,
}

impl ServiceAccounts {
    pub(super) fn named(&self, email: &str) -> Option<&ServiceAccount> {
        self.accounts.get(email)
    }

    /// The scopes with which `client_id` may act as the account that any of `names` means.
    pub(super) fn delegated(&self, client_id: &str, names: [&str; 2]) -> BTreeSet<&str> {
        (self.delegations.iter())
            .filter(|one| one.client_id == client_id && names.iter().any(|name| one.to.holds(name)))
            .flat_map(|one| one.scopes.iter().map(String::as_str))
            .collect()
    }
}

impl ServiceAccount {
    /// Whether `signature` over `message` is by this account's key, as RS256 has it.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.key).verify(message, signature).is_ok()
    }
}

impl OAuthServer {
    /// Registers the service account of address `email`, whose numeric id is `client_id`. `key` is PEM: its public
    /// key or its whole key pair, of which the public half is kept. One of the same address gets the new key, and
    /// what the old one signs is refused.
    ///
    /// # Errors
    /// If `key` is no RSA key. Nothing is registered then.
    pub fn add_service_account(&self, email: &str, client_id: &str, key: &str) -> Result<(), KeyError> {
        let account = ServiceAccount { client_id: client_id.to_owned(), key: public_key(key)? };
        self.state().services.accounts.insert(email.to_owned(), account);
        Ok(())
    }

    /// Deletes a service account: its assertions are refused; access tokens live out their time. False if there
    /// is none.
    pub fn remove_service_account(&self, email: &str) -> bool {
        self.state().services.accounts.remove(email).is_some()
    }

    /// Lets the service account of numeric id `client_id` act as others, with these scopes. What was delegated
    /// before stays.
    pub fn delegate(&self, client_id: &str, scopes: &[&str], to: Delegated) {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        self.state().services.delegations.push(Delegation { client_id: client_id.to_owned(), scopes, to });
    }

    /// Takes every delegation of `client_id` back; access tokens live out their time.
    pub fn undelegate(&self, client_id: &str) {
        self.state().services.delegations.retain(|one| one.client_id != client_id);
    }

    pub(crate) fn assertion_audience(&self) -> Option<&str> {
        self.config.assertion_audience.as_deref()
    }
}

/// The public key that is in the PEM text, or that is half of the pair there.
fn public_key(pem: &str) -> Result<Vec<u8>, KeyError> {
    if let Ok(public) = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()) {
        PublicEncryptingKey::from_der(&public)?;
        return Ok(public.to_vec());
    }
    let pair = match PrivateKeyDer::from_pem_slice(pem.as_bytes()) {
        Ok(PrivateKeyDer::Pkcs8(key)) => KeyPair::from_pkcs8(key.secret_pkcs8_der())?,
        Ok(PrivateKeyDer::Pkcs1(key)) => KeyPair::from_der(key.secret_pkcs1_der())?,
        Ok(_) => return Err(KeyError::Unusable),
        Err(_) => return Err(KeyError::NoKey),
    };
    Ok(pair.public_key().as_ref().to_vec())
}
