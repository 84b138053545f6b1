//! Keys held in memory: the usual way for a product that has no key-management service.

use std::fmt;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

#[cfg(doc)]
use super::KeyFolder;
use super::{DataKey, KeyId, KeyProvider, WrappedKey};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::TenantId;

const CHECK: usize = 8;
const NONCE: usize = 24;
/// Names the absence of a key.
const PLAINTEXT: &str = "plaintext";

/// Keys held in memory: one that wraps, and retired ones that still unwrap what they once wrapped.
///
/// They serve all tenants alike, so no single tenant's can be destroyed. A [`KeyFolder`] over them has a key for each
/// tenant, which can.
#[derive(Clone)]
pub struct Keys {
    current: (KeyId, Kek),
    retired: Vec<(KeyId, Kek)>,
}

/// A key that wraps keys.
#[derive(Clone)]
enum Kek {
    Key(DataKey),
    /// No protection at all.
    Plaintext,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = |keys: &[(KeyId, Kek)]| keys.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>();
        f.debug_struct("Keys")
            .field("current", &self.current.0.as_str())
            .field("retired", &ids(&self.retired))
            .finish()
    }
}

impl Keys {
    /// One key, which wraps and unwraps.
    pub fn new(id: impl Into<KeyId>, key: [u8; 32]) -> Self {
        Self { current: (id.into(), Kek::Key(DataKey::new(key))), retired: Vec::new() }
    }

    /// Adds a key that only unwraps what it once wrapped.
    #[must_use]
    pub fn retired(mut self, id: impl Into<KeyId>, key: [u8; 32]) -> Self {
        self.retired.push((id.into(), Kek::Key(DataKey::new(key))));
        self
    }

    /// No protection: whoever can read the store can read the credentials in it. For trying things out.
    ///
    /// What was sealed so is not opened under any other keys, unless they are asked to by
    /// [`Keys::retired_plaintext`].
    pub fn plaintext() -> Self {
        Self { current: (PLAINTEXT.into(), Kek::Plaintext), retired: Vec::new() }
    }

    /// Also opens what was once sealed under [`Keys::plaintext`], so that it can be sealed anew under a real key.
    ///
    /// Until this is dropped, whoever can write to the store can plant a credential of their own in it.
    #[must_use]
    pub fn retired_plaintext(mut self) -> Self {
        self.retired.push((PLAINTEXT.into(), Kek::Plaintext));
        self
    }

    /// Reads keys from an environment variable: one or several, comma separated, the first of which seals.
    ///
    /// Each is 32 bytes in base64 or hexadecimal, with or without a name: `2026-11:q83v…`. A key without a
    /// name is named after its own digest, so that keys can be rotated by writing the new one in front.
    ///
    /// # Errors
    /// `Misconfigured` if the variable is missing or a key in it is not usable. The value is never shown.
    pub fn from_env(variable: &str) -> Result<Self> {
        let text = std::env::var(variable)
            .map(Zeroizing::new)
            .map_err(|_| Error::new(ErrorKind::Misconfigured, "no sealing key is configured"))
            .and_then(|text| Self::parse(&text));
        text.map_err(|error| {
            error.with("variable", variable).advise(format!(
                "set {variable} to the output of `openssl rand -base64 32`, and keep it as you keep a database password"
            ))
        })
    }

    /// Reads keys as [`Keys::from_env`] does, from text.
    ///
    /// # Errors
    /// `Misconfigured` if a key is not usable. The text is never shown.
    pub fn parse(text: &str) -> Result<Self> {
        let mut keys: Vec<(KeyId, Kek)> = Vec::new();
        let entries: Vec<&str> = text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
        for (index, entry) in entries.iter().enumerate() {
            let wrong =
                |what: &str| Err(unusable(what).with("position", index + 1).with("of", entries.len()));
            let (name, encoded) = match entry.split_once(':') {
                Some((name, encoded)) => (Some(name.trim()), encoded.trim()),
                None => (None, *entry),
            };
            let Some(key) = decode(encoded) else {
                return wrong("a sealing key is not 32 bytes in base64 or hexadecimal");
            };
            let id = match name {
                None => derived_id(&key),
                Some(PLAINTEXT) => return wrong("`plaintext` cannot name a sealing key"),
                Some(name) if is_name(name) => KeyId::new(name),
                Some(_) => {
                    return wrong(
                        "a sealing key's name is not made of 1 to 64 letters, digits, dots, hyphens and underscores",
                    );
                }
            };
            if keys.iter().any(|(known, _)| *known == id) {
                return wrong("two sealing keys have one name");
            }
            keys.push((id, Kek::Key(key)));
        }
        let mut keys = keys.into_iter();
        match keys.next() {
            Some(current) => Ok(Self { current, retired: keys.collect() }),
            None => Err(unusable("no sealing key is configured")),
        }
    }
}

/// What is wrapped for one purpose does not unwrap for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A tenant's data key. The subject is the tenant.
    DataKey,
    /// A tenant's wrapping key. The subject is the file that holds it.
    TenantKey,
}

impl Purpose {
    fn name(self) -> &'static [u8] {
        match self {
            Self::DataKey => b"data key\0",
            Self::TenantKey => b"tenant key\0",
        }
    }
}

impl Keys {
    /// The id of the key that wraps.
    pub(super) fn current_id(&self) -> &KeyId {
        &self.current.0
    }

    pub(super) fn wrap_for(&self, purpose: Purpose, subject: &str, key: &DataKey) -> Result<WrappedKey> {
        let (id, kek) = &self.current;
        let bytes = match kek {
            Kek::Key(kek) => wrap(kek, id, purpose, subject, key)?,
            Kek::Plaintext => key.expose().to_vec(),
        };
        Ok(WrappedKey { by: id.clone(), bytes })
    }

    pub(super) fn unwrap_for(
        &self,
        purpose: Purpose,
        subject: &str,
        wrapped: &WrappedKey,
    ) -> Result<DataKey> {
        let mut all = std::iter::once(&self.current).chain(&self.retired);
        let known = all.find(|(known, _)| *known == wrapped.by);
        match known {
            None => Err(sealed("this was sealed with a key that is not configured")
                .with("key", wrapped.by.shown())
                .advise("keep a retired key configured until everything that it sealed is sealed anew")),
            Some((id, Kek::Key(kek))) => unwrap(kek, id, purpose, subject, &wrapped.bytes),
            Some((_, Kek::Plaintext)) => {
                let key = wrapped.bytes.as_slice().try_into();
                key.map(DataKey::new).map_err(|_| altered())
            }
        }
    }
}

#[async_trait]
impl KeyProvider for Keys {
    async fn current(&self, _tenant: &TenantId) -> Result<KeyId> {
        Ok(self.current_id().clone())
    }

    async fn wrap(&self, tenant: &TenantId, key: &DataKey) -> Result<WrappedKey> {
        self.wrap_for(Purpose::DataKey, tenant.as_str(), key)
    }

    async fn unwrap(&self, tenant: &TenantId, wrapped: &WrappedKey) -> Result<DataKey> {
        self.unwrap_for(Purpose::DataKey, tenant.as_str(), wrapped)
    }
}

/// The wrapped form: a check value that tells a wrong key from altered bytes, a nonce, and the ciphertext of
/// XChaCha20-Poly1305 with the purpose and its subject as associated data.
///
/// The nonce is a digest of everything that goes in: the same key is wrapped to the same bytes, which shows no more
/// than that it is the same, and two different ones never share a nonce.
pub(super) fn wrap(
    kek: &DataKey,
    id: &KeyId,
    purpose: Purpose,
    subject: &str,
    key: &DataKey,
) -> Result<Vec<u8>> {
    let aad = associated(id, purpose, subject);
    let digest = Sha256::new()
        .chain_update(b"acquaint wrap\0")
        .chain_update(kek.expose())
        .chain_update(&aad)
        .chain_update(key.expose())
        .finalize();
    let mut nonce = [0; NONCE];
    for (to, from) in nonce.iter_mut().zip(digest) {
        *to = from;
    }
    let ciphertext = cipher(kek)
        .encrypt(&XNonce::from(nonce), Payload { msg: key.expose(), aad: &aad })
        .map_err(|_| Error::bug("a key of 32 bytes is too long to be wrapped"))?;
    Ok([&kek.digest(CHECK_PURPOSE)[..], &nonce, &ciphertext].concat())
}

/// Undoes [`wrap`].
pub(super) fn unwrap(
    kek: &DataKey,
    id: &KeyId,
    purpose: Purpose,
    subject: &str,
    bytes: &[u8],
) -> Result<DataKey> {
    let (check, rest) = bytes.split_first_chunk::<CHECK>().ok_or_else(altered)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or_else(altered)?;
    if *check != kek.digest(CHECK_PURPOSE) {
        return Err(sealed("this was sealed with another key of the same id")
            .with("key", id.shown())
            .advise("configure the key that the credentials were sealed with"));
    }
    let aad = associated(id, purpose, subject);
    let plain = cipher(kek)
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &aad })
        .map(Zeroizing::new)
        .map_err(|_| altered())?;
    <[u8; 32]>::try_from(plain.as_slice()).map(DataKey::new).map_err(|_| altered())
}

const CHECK_PURPOSE: &[u8] = b"acquaint key check\0";

fn associated(id: &KeyId, purpose: Purpose, subject: &str) -> Vec<u8> {
    // With a length in front, no two of these give the same bytes.
    let mut bytes = purpose.name().to_vec();
    bytes.extend_from_slice(&(id.as_str().len() as u64).to_le_bytes());
    bytes.extend_from_slice(id.as_str().as_bytes());
    bytes.extend_from_slice(subject.as_bytes());
    bytes
}

fn cipher(key: &DataKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

/// The name of a key that was given without one: always the same for the same key.
fn derived_id(key: &DataKey) -> KeyId {
    let [a, b, c, d, ..] = key.digest(b"acquaint key id\0");
    KeyId::new(format!("k{a:02x}{b:02x}{c:02x}{d:02x}"))
}

fn sealed(message: &'static str) -> Error {
    Error::new(ErrorKind::Sealed, message)
}

fn altered() -> Error {
    sealed("this was altered, or sealed for another tenant or purpose")
}

fn unusable(what: &str) -> Error {
    Error::new(ErrorKind::Misconfigured, what)
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn decode(text: &str) -> Option<DataKey> {
    let mut key = Zeroizing::new([0u8; 32]);
    if text.len() == 64 {
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        return Some(DataKey(key));
    }
    let text = text.trim_end_matches('=');
    let alphabet = if text.contains(['-', '_']) { URL_SAFE_NO_PAD } else { STANDARD_NO_PAD };
    let bytes = Zeroizing::new(alphabet.decode(text).ok()?);
    if bytes.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some(DataKey(key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=";
    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF";

    #[test]
    fn one_key_reads_the_same_in_base64_and_in_hexadecimal() {
        let forms = [BASE64, HEX, BASE64.trim_end_matches('='), &BASE64.replace('/', "_")];
        let keys = forms.map(|form| Keys::parse(form).unwrap().current);
        let bytes = |kek: &Kek| match kek {
            Kek::Key(key) => *key.expose(),
            Kek::Plaintext => panic!("a key was given"),
        };
        for (id, key) in &keys {
            assert_eq!(bytes(key), bytes(&keys[0].1));
            assert_eq!(*id, keys[0].0);
        }
    }

    #[tokio::test]
    async fn the_first_key_seals_and_the_others_open() {
        let acme = TenantId::from("acme");
        let keys = Keys::parse(&format!(" new:{BASE64}, {} ,", "07".repeat(32))).unwrap();
        assert_eq!(keys.current(&acme).await.unwrap(), KeyId::from("new"));
        let key = DataKey::new([9; 32]);
        let old = Keys::parse(&"07".repeat(32)).unwrap();
        for provider in [&keys, &old] {
            let wrapped = provider.wrap(&acme, &key).await.unwrap();
            assert_eq!(wrapped.by, provider.current(&acme).await.unwrap());
            assert_eq!(keys.unwrap(&acme, &wrapped).await.unwrap(), key);
            let elsewhere = keys.unwrap(&TenantId::from("globex"), &wrapped).await.unwrap_err();
            assert_eq!(elsewhere.kind(), ErrorKind::Sealed);
        }
        let unknown = WrappedKey { by: "other".into(), bytes: vec![0; 72] };
        assert_eq!(keys.unwrap(&acme, &unknown).await.unwrap_err().kind(), ErrorKind::Sealed);
    }

    #[tokio::test]
    async fn what_is_in_the_clear_opens_only_for_who_asks_for_it() {
        let acme = TenantId::from("acme");
        let key = DataKey::new([9; 32]);
        let wrapped = Keys::plaintext().wrap(&acme, &key).await.unwrap();
        assert_eq!(Keys::plaintext().unwrap(&acme, &wrapped).await.unwrap(), key);
        let real = Keys::new("a", [1; 32]);
        assert_eq!(real.unwrap(&acme, &wrapped).await.unwrap_err().kind(), ErrorKind::Sealed);
        assert_eq!(real.retired_plaintext().unwrap(&acme, &wrapped).await.unwrap(), key);
        assert!(Keys::parse(&format!("plaintext:{BASE64}")).is_err());
    }

    #[tokio::test]
    async fn one_key_for_all_destroys_nobodys() {
        let error = Keys::new("a", [1; 32]).destroy(&"acme".into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn an_unusable_key_is_refused_without_being_shown() {
        let short = "c2hvcnQga2V5IHBsYW50ZWQ";
        let not_hex = "zz".repeat(32);
        let twice = format!("a:{BASE64},a:{HEX}");
        let bad_name = format!("a key:{BASE64}");
        for text in ["", " , ", short, &not_hex, &twice, &bad_name, &format!("{BASE64},{short}")] {
            let error = Keys::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Misconfigured, "{text}");
            let shown = format!("{error} {error:?}");
            for secret in [short, &not_hex, BASE64, HEX] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }

    #[test]
    fn a_missing_variable_says_how_to_make_a_key() {
        let error = Keys::from_env("ACQUAINT_TEST_VARIABLE_THAT_IS_NOT_SET").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
        assert!(error.to_string().contains("openssl rand -base64 32"), "{error}");
        assert_eq!(error.context("variable"), Some("ACQUAINT_TEST_VARIABLE_THAT_IS_NOT_SET"));
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", Keys::new("a", [65; 32]).retired("b", [66; 32]));
        assert!(!shown.contains("65") && !shown.contains("66") && !shown.contains("AAAA"), "{shown}");
    }
}
