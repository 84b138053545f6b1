//! Sealing: bytes become unreadable, unalterable, and useless in any place but their own.
//!
//! XChaCha20-Poly1305 with a random 192-bit nonce, under a data key of the tenant. A sealed value is, byte by byte:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | format version, now 2 |
//! | 1 | length of the wrapping key's id |
//! | n | the wrapping key's id |
//! | 2 | length of the wrapped data key, little-endian |
//! | m | the wrapped data key |
//! | 24 | nonce |
//! | rest | ciphertext and its 16-byte tag |
//!
//! Everything before the nonce and the [`Binding`] are authenticated with it. That a whole older value was
//! put back in the same place is not noticed: nothing inside one value can show that.

mod cache;

use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::TenantId;
use crate::keys::{DataKey, KeyId, KeyProvider, WrappedKey};
use crate::token::{GrantKey, Sealed};
use cache::KeyCache;

const VERSION: u8 = 2;
const NONCE: usize = 24;

/// The one place a sealed value may be opened in: a tenant, a purpose and the names that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    tenant: TenantId,
    bytes: Vec<u8>,
}

impl Binding {
    /// A purpose, such as `channel`, and the names of one thing of that kind.
    pub fn new(tenant: &TenantId, purpose: &str, names: &[&str]) -> Self {
        let mut bytes = Vec::new();
        for part in [purpose, tenant.as_str()].iter().chain(names) {
            // With lengths in front, no two lists of names give the same bytes.
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Self { tenant: tenant.clone(), bytes }
    }
}

impl From<&GrantKey> for Binding {
    fn from(key: &GrantKey) -> Self {
        Self::new(&key.tenant, "grant", &[key.grant.as_str()])
    }
}

/// Seals and opens. Cheap to clone; clones share the data keys that they have unwrapped.
#[derive(Debug, Clone)]
pub struct Sealer {
    keys: Arc<dyn KeyProvider>,
    env: Env,
    cache: Arc<KeyCache>,
}

impl Sealer {
    /// A sealer with these keys, on the clock and randomness of `env`.
    pub fn new(keys: Arc<dyn KeyProvider>, env: &Env) -> Self {
        Self { keys, env: env.clone(), cache: Arc::default() }
    }

    /// Seals `plain` for `binding` alone, with a data key of its tenant under the current wrapping key.
    ///
    /// # Errors
    /// The key provider's.
    pub async fn seal(&self, binding: &Binding, plain: &[u8]) -> Result<Sealed> {
        let (wrapped, key) = self.current(&binding.tenant).await?;
        let id = wrapped.by.as_str();
        let id_length = u8::try_from(id.len())
            .map_err(|_| Error::invalid("the id of a wrapping key is longer than 255 bytes"))?;
        let key_length = u16::try_from(wrapped.bytes.len())
            .map_err(|_| Error::invalid("a wrapped key is longer than 64 KiB"))?;

        let mut bytes = Vec::with_capacity(4 + id.len() + wrapped.bytes.len() + NONCE + plain.len() + 16);
        bytes.extend_from_slice(&[VERSION, id_length]);
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&key_length.to_le_bytes());
        bytes.extend_from_slice(&wrapped.bytes);
        let aad = associated(&bytes, binding);
        let mut nonce = [0; NONCE];
        self.env.entropy.fill(&mut nonce);
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
    /// `Sealed`, saying which of these it is: damaged, an unknown or destroyed key, another key of the same id, or
    /// altered or sealed for another place. The key provider's own errors pass through.
    pub async fn open(&self, binding: &Binding, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>> {
        let parts = Parts::split(sealed.as_bytes())?;
        let key = self.unwrap(&binding.tenant, &parts.wrapped).await?;
        let aad = associated(parts.header, binding);
        cipher(&key)
            .decrypt(&XNonce::from(parts.nonce), Payload { msg: parts.ciphertext, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| sealed_error("this was altered, or sealed for another tenant or purpose"))
    }

    /// Whether `sealed` lies under another wrapping key than the tenant's current one, and should be sealed anew.
    ///
    /// # Errors
    /// `Sealed` if it is damaged or lies under another key of the current one's name, and the key provider's.
    pub async fn is_stale(&self, tenant: &TenantId, sealed: &Sealed) -> Result<bool> {
        let wrapped = Parts::split(sealed.as_bytes())?.wrapped;
        if wrapped.by != self.keys.current(tenant).await? {
            return Ok(true);
        }
        // A name proves nothing.
        self.unwrap(tenant, &wrapped).await.map(|_| false)
    }

    /// Destroys what opens the tenant's data keys, and forgets those that were unwrapped here: nothing sealed for
    /// the tenant opens any more. Another process may still hold an unwrapped key for a quarter of an hour.
    ///
    /// # Errors
    /// `Unsupported` if the provider has one key for several tenants; its other errors.
    pub async fn destroy(&self, tenant: &TenantId) -> Result<()> {
        let destroyed = self.keys.destroy(tenant).await;
        self.cache.forget(tenant);
        destroyed
    }

    /// The data key to seal with.
    async fn current(&self, tenant: &TenantId) -> Result<(WrappedKey, DataKey)> {
        let age = self.cache.age();
        let id = self.keys.current(tenant).await?;
        if let Some(found) = self.cache.wrapped_by(tenant, &id, self.env.now()) {
            return Ok(found);
        }
        let key = DataKey::random(&*self.env.entropy);
        let wrapped = self.keys.wrap(tenant, &key).await?;
        self.cache.keep(tenant, &wrapped, &key, age, self.env.now());
        Ok((wrapped, key))
    }

    async fn unwrap(&self, tenant: &TenantId, wrapped: &WrappedKey) -> Result<DataKey> {
        if let Some(key) = self.cache.key(tenant, wrapped, self.env.now()) {
            return Ok(key);
        }
        let age = self.cache.age();
        let key = self.keys.unwrap(tenant, wrapped).await?;
        self.cache.keep(tenant, wrapped, &key, age, self.env.now());
        Ok(key)
    }
}

struct Parts<'a> {
    header: &'a [u8],
    wrapped: WrappedKey,
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
        let id_end = 2 + usize::from(*bytes.get(1).ok_or_else(damaged)?);
        let id = bytes.get(2..id_end).and_then(|id| std::str::from_utf8(id).ok()).ok_or_else(damaged)?;
        let (length, _) = bytes.get(id_end..).and_then(<[u8]>::split_first_chunk::<2>).ok_or_else(damaged)?;
        let header_end = id_end + 2 + usize::from(u16::from_le_bytes(*length));
        let (header, rest) = bytes.split_at_checked(header_end).ok_or_else(damaged)?;
        let (nonce, ciphertext) = rest.split_first_chunk().ok_or_else(damaged)?;
        let wrapped = header.get(id_end + 2..).ok_or_else(damaged)?;
        let wrapped = WrappedKey { by: KeyId::new(id), bytes: wrapped.to_vec() };
        Ok(Self { header, wrapped, nonce: *nonce, ciphertext })
    }
}

fn cipher(key: &DataKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

fn associated(header: &[u8], binding: &Binding) -> Vec<u8> {
    [header, &binding.bytes].concat()
}

fn sealed_error(message: &str) -> Error {
    Error::new(ErrorKind::Sealed, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::sync::atomic::{AtomicBool, Ordering};

    use async_trait::async_trait;
    use futures::FutureExt as _;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::http::{HttpTransport, Request, Response, TransportError};
    use crate::keys::Keys;

    const PLAIN: &[u8] = b"planted-secret";

    #[derive(Debug)]
    struct NoNetwork;

    #[async_trait]
    impl HttpTransport for NoNetwork {
        async fn send(&self, _request: Request) -> Result<Response, TransportError> {
            Err(TransportError::Connect)
        }
    }

    fn sealer(keys: Keys) -> Sealer {
        Sealer::new(Arc::new(keys), &Env::new(Arc::new(NoNetwork)))
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
            Binding::new(&"acme".into(), "channel", &["g1"]),
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
        let acme = TenantId::from("acme");
        let place = grant("acme", "g1");
        let old = sealer(Keys::new("a", [1; 32]));
        let new = sealer(Keys::new("b", [2; 32]).retired("a", [1; 32]));
        let sealed = old.seal(&place, PLAIN).await.unwrap();
        assert!(!old.is_stale(&acme, &sealed).await.unwrap());
        assert!(new.is_stale(&acme, &sealed).await.unwrap());
        assert_eq!(*new.open(&place, &sealed).await.unwrap(), PLAIN);
        let again = new.seal(&place, PLAIN).await.unwrap();
        assert!(!new.is_stale(&acme, &again).await.unwrap());
        refused(old.open(&place, &again).await);
    }

    /// A provider that destroys, and may be slow to answer.
    #[derive(Debug)]
    struct Slow {
        keys: Keys,
        destroyed: AtomicBool,
        answers: Semaphore,
    }

    #[async_trait]
    impl KeyProvider for Slow {
        async fn current(&self, tenant: &TenantId) -> Result<KeyId> {
            self.keys.current(tenant).await
        }

        async fn wrap(&self, tenant: &TenantId, key: &DataKey) -> Result<WrappedKey> {
            self.keys.wrap(tenant, key).await
        }

        async fn unwrap(&self, tenant: &TenantId, wrapped: &WrappedKey) -> Result<DataKey> {
            if self.destroyed.load(Ordering::SeqCst) {
                return Err(sealed_error("destroyed"));
            }
            let key = self.keys.unwrap(tenant, wrapped).await;
            self.answers.acquire().await.unwrap().forget();
            key
        }

        async fn destroy(&self, _tenant: &TenantId) -> Result<()> {
            self.destroyed.store(true, Ordering::SeqCst);
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_key_that_was_on_its_way_when_it_was_destroyed_is_not_kept() {
        let place = grant("acme", "g1");
        let keys = Keys::new("a", [1; 32]);
        let sealed = sealer(keys.clone()).seal(&place, PLAIN).await.unwrap();
        let slow = Arc::new(Slow { keys, destroyed: false.into(), answers: Semaphore::new(0) });
        let sealer = Sealer::new(slow.clone(), &Env::new(Arc::new(NoNetwork)));
        let mut late = Box::pin(sealer.open(&place, &sealed));
        assert!(late.as_mut().now_or_never().is_none(), "it waits for its key");
        sealer.destroy(&"acme".into()).await.unwrap();
        slow.answers.add_permits(1);
        late.await.unwrap();
        refused(sealer.open(&place, &sealed).await);
    }

    #[tokio::test]
    async fn the_same_bytes_never_seal_to_the_same() {
        let sealer = sealer(Keys::new("a", [1; 32]));
        let place = grant("acme", "g1");
        assert_ne!(sealer.seal(&place, PLAIN).await.unwrap(), sealer.seal(&place, PLAIN).await.unwrap());
    }
}
