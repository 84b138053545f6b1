//! Sealing: bytes become unreadable, unalterable, and useless in any place but their own.
//!
//! XChaCha20-Poly1305 with a random 192-bit nonce. A sealed value is, byte by byte:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | format version, now 1 |
//! | 1 | length of the key id |
//! | n | key id |
//! | 8 | the key's check value, which tells a wrong key from altered bytes |
//! | 24 | nonce |
//! | rest | ciphertext and its 16-byte tag |
//!
//! Everything before the nonce and the [`Binding`] are authenticated with it. That a whole older value was
//! put back in the same place is not noticed: nothing inside one value can show that.

use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::env::Entropy;
use crate::error::{Error, ErrorKind, Result};
use crate::keys::{KeyId, KeyProvider, SealingKey};
use crate::token::{GrantKey, Sealed};

const VERSION: u8 = 1;
const CHECK: usize = 8;
const NONCE: usize = 24;

/// The one place a sealed value may be opened in: a purpose and the names that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding(Vec<u8>);

impl Binding {
    /// A purpose, such as `channel`, and the names of one thing of that kind; the first should be the tenant.
    pub fn new(purpose: &str, names: &[&str]) -> Self {
        let mut bytes = Vec::new();
        for part in std::iter::once(&purpose).chain(names) {
            // With lengths in front, no two lists of names give the same bytes.
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Self(bytes)
    }
}

impl From<&GrantKey> for Binding {
    fn from(key: &GrantKey) -> Self {
        Self::new("grant", &[key.tenant.as_str(), key.grant.as_str()])
    }
}

/// Seals and opens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sealer {
    keys: Arc<dyn KeyProvider>,
    entropy: Arc<dyn Entropy>,
}

impl Sealer {
    /// A sealer with these keys, that draws nonces from `entropy`.
    pub fn new(keys: Arc<dyn KeyProvider>, entropy: Arc<dyn Entropy>) -> Self {
        Self { keys, entropy }
    }

    /// Seals `plain` with the current key, for `binding` alone.
    ///
    /// # Errors
    /// The key provider's, or `Sealed` if it names a key that it does not have.
    pub async fn seal(&self, binding: &Binding, plain: &[u8]) -> Result<Sealed> {
        let id = self.keys.current().await?;
        let key = self.keys.key(&id).await?.ok_or_else(|| unknown_key(&id))?;
        let length = u8::try_from(id.as_str().len())
            .map_err(|_| Error::invalid("the id of a sealing key is longer than 255 bytes"))?;

        let mut bytes = Vec::with_capacity(2 + usize::from(length) + CHECK + NONCE + plain.len() + 16);
        bytes.extend_from_slice(&[VERSION, length]);
        bytes.extend_from_slice(id.as_str().as_bytes());
        bytes.extend_from_slice(&key.check_value());
        let aad = associated(&bytes, binding);
        let mut nonce = [0; NONCE];
        self.entropy.fill(&mut nonce);
        bytes.extend_from_slice(&nonce);
        let sealed = cipher(&key)
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad })
            .map_err(|_| Error::invalid("the value is too long to be sealed"))?;
        bytes.extend_from_slice(&sealed);
        Ok(Sealed::from_bytes(bytes))
    }

    /// Opens what was sealed for `binding`.
    ///
    /// # Errors
    /// `Sealed`, saying which of these it is: damaged, an unknown key, another key of the same id, or altered
    /// or sealed for another place. The key provider's own errors pass through.
    pub async fn open(&self, binding: &Binding, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>> {
        let bytes = sealed.as_bytes();
        let parts = Parts::split(bytes)?;
        let key = self.keys.key(&parts.id).await?.ok_or_else(|| unknown_key(&parts.id))?;
        if key.check_value() != parts.check {
            return Err(sealed_error("this was sealed with another key of the same id")
                .with("key", shown(&parts.id))
                .advise("configure the key that the credentials were sealed with"));
        }
        let aad = associated(parts.header, binding);
        cipher(&key)
            .decrypt(&XNonce::from(parts.nonce), Payload { msg: parts.ciphertext, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| sealed_error("this was altered, or sealed for another tenant or purpose"))
    }

    /// Whether `sealed` was sealed with another key than the current one, and should be sealed anew.
    ///
    /// # Errors
    /// `Sealed` if it is damaged, and the key provider's.
    pub async fn is_stale(&self, sealed: &Sealed) -> Result<bool> {
        Ok(Parts::split(sealed.as_bytes())?.id != self.keys.current().await?)
    }
}

struct Parts<'a> {
    header: &'a [u8],
    id: KeyId,
    check: [u8; CHECK],
    nonce: [u8; NONCE],
    ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    fn split(bytes: &'a [u8]) -> Result<Self> {
        let damaged = || sealed_error("this is not a sealed value, or a damaged one");
        match bytes.first() {
            Some(&VERSION) => {}
            Some(version) => {
                return Err(sealed_error("this was sealed in a format that is not known here")
                    .with("version", version)
                    .advise("use the version of the library that wrote it, or a newer one"));
            }
            None => return Err(damaged()),
        }
        let length = usize::from(*bytes.get(1).ok_or_else(damaged)?);
        let (header, rest) = bytes.split_at_checked(2 + length + CHECK).ok_or_else(damaged)?;
        let (nonce, ciphertext) = rest.split_first_chunk().ok_or_else(damaged)?;
        let (named, check) = header.split_last_chunk().ok_or_else(damaged)?;
        let id = named.get(2..).and_then(|id| std::str::from_utf8(id).ok()).ok_or_else(damaged)?;
        Ok(Self { header, id: KeyId::new(id), check: *check, nonce: *nonce, ciphertext })
    }
}

fn cipher(key: &SealingKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

fn associated(header: &[u8], binding: &Binding) -> Vec<u8> {
    [header, &binding.0].concat()
}

fn unknown_key(id: &KeyId) -> Error {
    sealed_error("this was sealed with a key that is not configured")
        .with("key", shown(id))
        .advise("keep a retired key configured until everything that it sealed is sealed anew")
}

/// A key id out of bytes that may be damaged: shown only if it looks like one.
fn shown(id: &KeyId) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if id.as_str().len() <= 64 && id.as_str().bytes().all(plain) { id.as_str() } else { "unreadable" }
}

fn sealed_error(message: &str) -> Error {
    Error::new(ErrorKind::Sealed, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::env::SystemEntropy;
    use crate::keys::Keys;

    const PLAIN: &[u8] = b"planted-secret";

    fn sealer(keys: Keys) -> Sealer {
        Sealer::new(Arc::new(keys), Arc::new(SystemEntropy))
    }

    fn grant(tenant: &str, grant: &str) -> Binding {
        Binding::from(&GrantKey { tenant: tenant.into(), grant: grant.into() })
    }

    fn refused(result: Result<Zeroizing<Vec<u8>>>) -> Error {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Sealed);
        assert!(!error.is_transient());
        assert!(!format!("{error:?}").contains("planted"));
        error
    }

    #[tokio::test]
    async fn what_is_sealed_opens_in_its_place() {
        let sealer = sealer(Keys::new("a", [1; 32]));
        for plain in [PLAIN, b""] {
            let sealed = sealer.seal(&grant("acme", "g1"), plain).await.unwrap();
            assert_eq!(*sealer.open(&grant("acme", "g1"), &sealed).await.unwrap(), plain);
        }
    }

    #[tokio::test]
    async fn every_flipped_bit_is_noticed() {
        let sealer = sealer(Keys::new("a", [1; 32]));
        let place = grant("acme", "g1");
        let sealed = sealer.seal(&place, PLAIN).await.unwrap();
        let bytes = sealed.as_bytes();
        assert!(!bytes.windows(PLAIN.len()).any(|window| window == PLAIN));
        for index in 0..bytes.len() {
            for bit in 0..8 {
                let mut altered = bytes.to_vec();
                altered[index] ^= 1 << bit;
                refused(sealer.open(&place, &Sealed::from_bytes(altered)).await);
            }
        }
    }

    #[tokio::test]
    async fn every_cut_is_noticed() {
        let sealer = sealer(Keys::new("a", [1; 32]));
        let place = grant("acme", "g1");
        let sealed = sealer.seal(&place, PLAIN).await.unwrap();
        for length in 0..sealed.as_bytes().len() {
            refused(sealer.open(&place, &Sealed::from_bytes(&sealed.as_bytes()[..length])).await);
        }
        let longer = [sealed.as_bytes(), &[0]].concat();
        refused(sealer.open(&place, &Sealed::from_bytes(longer)).await);
    }

    #[tokio::test]
    async fn another_tenant_grant_or_purpose_cannot_open_it() {
        let sealer = sealer(Keys::new("a", [1; 32]));
        let sealed = sealer.seal(&grant("acme", "g1"), PLAIN).await.unwrap();
        let others = [
            grant("globex", "g1"),
            grant("acme", "g2"),
            grant("g1", "acme"),
            grant("acmeg", "1"),
            Binding::new("channel", &["acme", "g1"]),
        ];
        for other in others {
            let error = refused(sealer.open(&other, &sealed).await);
            assert!(error.to_string().contains("another tenant"), "{error}");
        }
    }

    #[tokio::test]
    async fn an_unknown_and_a_wrong_key_are_told_apart() {
        let place = grant("acme", "g1");
        let sealed = sealer(Keys::new("a", [1; 32])).seal(&place, PLAIN).await.unwrap();
        let unknown = refused(sealer(Keys::new("b", [1; 32])).open(&place, &sealed).await);
        assert!(unknown.to_string().contains("not configured"), "{unknown}");
        assert_eq!(unknown.context("key"), Some("a"));
        let wrong = refused(sealer(Keys::new("a", [2; 32])).open(&place, &sealed).await);
        assert!(wrong.to_string().contains("another key of the same id"), "{wrong}");
    }

    #[tokio::test]
    async fn keys_rotate() {
        let place = grant("acme", "g1");
        let old = sealer(Keys::new("a", [1; 32]));
        let new = sealer(Keys::new("b", [2; 32]).retired("a", [1; 32]));
        let sealed = old.seal(&place, PLAIN).await.unwrap();
        assert!(!old.is_stale(&sealed).await.unwrap());
        assert!(new.is_stale(&sealed).await.unwrap());
        assert_eq!(*new.open(&place, &sealed).await.unwrap(), PLAIN);
        let again = new.seal(&place, PLAIN).await.unwrap();
        assert!(!new.is_stale(&again).await.unwrap());
        refused(old.open(&place, &again).await);
    }

    #[tokio::test]
    async fn the_same_bytes_never_seal_to_the_same() {
        let sealer = sealer(Keys::new("a", [1; 32]));
        let place = grant("acme", "g1");
        assert_ne!(sealer.seal(&place, PLAIN).await.unwrap(), sealer.seal(&place, PLAIN).await.unwrap());
    }
}
