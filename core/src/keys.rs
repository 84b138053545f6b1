//! The keys that credentials are sealed with, and where they come from.

use std::fmt;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// Names a sealing key. Written in the clear beside what the key sealed; at most 255 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// Wraps a key's name.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for KeyId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for KeyId {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A 256-bit key. `Debug` shows nothing of it, and its memory is cleared when it is dropped.
#[derive(Clone)]
pub struct SealingKey(Zeroizing<[u8; 32]>);

impl SealingKey {
    /// Wraps 32 bytes, which must come from a cryptographic random source.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key itself.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Eight bytes that tell this key from another of the same name, and tell nothing else about it.
    pub(crate) fn check_value(&self) -> [u8; 8] {
        self.digest(b"acquaint key check\0")
    }

    /// The name of a key that was given without one: always the same for the same key.
    fn derived_id(&self) -> KeyId {
        let [a, b, c, d, ..] = self.digest(b"acquaint key id\0");
        KeyId(format!("k{a:02x}{b:02x}{c:02x}{d:02x}"))
    }

    fn digest(&self, purpose: &[u8]) -> [u8; 8] {
        let digest = Sha256::new().chain_update(purpose).chain_update(self.expose()).finalize();
        let mut start = [0; 8];
        for (to, from) in start.iter_mut().zip(digest) {
            *to = from;
        }
        start
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

/// Gives the keys that credentials are sealed with. Implement it over a key-management service.
///
/// Both calls are made for every token that is read, so an implementation over a network keeps what it has
/// fetched in memory.
#[async_trait]
pub trait KeyProvider: fmt::Debug + Send + Sync + 'static {
    /// The id of the key to seal with from now on.
    async fn current(&self) -> Result<KeyId>;

    /// The key of this id, or `None` if it is not known here. A key must stay known until nothing sealed
    /// with it is left.
    async fn key(&self, id: &KeyId) -> Result<Option<SealingKey>>;
}

/// Keys held in memory: one to seal with, and retired ones that still open what they sealed.
#[derive(Debug, Clone)]
pub struct Keys {
    current: (KeyId, SealingKey),
    retired: Vec<(KeyId, SealingKey)>,
}

impl Keys {
    /// One key, which seals and opens.
    pub fn new(id: impl Into<KeyId>, key: [u8; 32]) -> Self {
        Self { current: (id.into(), SealingKey::new(key)), retired: Vec::new() }
    }

    /// Adds a key that only opens what it once sealed.
    #[must_use]
    pub fn retired(mut self, id: impl Into<KeyId>, key: [u8; 32]) -> Self {
        self.retired.push((id.into(), SealingKey::new(key)));
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
        let mut keys: Vec<(KeyId, SealingKey)> = Vec::new();
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
                None => key.derived_id(),
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
            keys.push((id, key));
        }
        let mut keys = keys.into_iter();
        match keys.next() {
            Some(current) => Ok(Self { current, retired: keys.collect() }),
            None => Err(unusable("no sealing key is configured")),
        }
    }
}

#[async_trait]
impl KeyProvider for Keys {
    async fn current(&self) -> Result<KeyId> {
        Ok(self.current.0.clone())
    }

    async fn key(&self, id: &KeyId) -> Result<Option<SealingKey>> {
        let mut all = std::iter::once(&self.current).chain(&self.retired);
        Ok(all.find(|(known, _)| known == id).map(|(_, key)| key.clone()))
    }
}

fn unusable(what: &str) -> Error {
    Error::new(ErrorKind::Misconfigured, what)
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn decode(text: &str) -> Option<SealingKey> {
    let mut key = Zeroizing::new([0u8; 32]);
    if text.len() == 64 {
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        return Some(SealingKey(key));
    }
    let text = text.trim_end_matches('=');
    let alphabet = if text.contains(['-', '_']) { URL_SAFE_NO_PAD } else { STANDARD_NO_PAD };
    let bytes = Zeroizing::new(alphabet.decode(text).ok()?);
    if bytes.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some(SealingKey(key))
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
        for (id, key) in &keys {
            assert_eq!(key.expose(), keys[0].1.expose());
            assert_eq!(*id, keys[0].0);
        }
    }

    #[tokio::test]
    async fn the_first_key_seals_and_the_others_open() {
        let keys = Keys::parse(&format!(" new:{BASE64}, {} ,", "07".repeat(32))).unwrap();
        assert_eq!(keys.current().await.unwrap(), KeyId::from("new"));
        let retired = SealingKey::new([7; 32]);
        assert_eq!(keys.key(&retired.derived_id()).await.unwrap().unwrap().expose(), &[7; 32]);
        assert!(keys.key(&KeyId::from("other")).await.unwrap().is_none());
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
