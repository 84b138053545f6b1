//! Secrets that sign, and the signatures.

use acquaint_core::env::Entropy;
use acquaint_core::secret::Secret;
use acquaint_core::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";

/// The bytes of a new secret, and the least and the most that the scheme allows.
const NEW: usize = 32;
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that a webhook and its receiver share: `whsec_` and the base64 of 24 to 64 random bytes. `Debug` shows nothing of
/// it.
#[derive(Debug, Clone)]
pub struct WebhookSecret(Secret);

impl WebhookSecret {
    /// Reads its text, with `whsec_` or without.
    ///
    /// # Errors
    /// `Invalid` if it is not in that form.
    pub fn parse(text: &str) -> Result<Self> {
        let encoded = text.trim();
        let encoded = encoded.strip_prefix(PREFIX).unwrap_or(encoded);
        let length = STANDARD.decode(encoded).map(|key| key.len()).unwrap_or_default();
        if !LENGTHS.contains(&length) {
            return Err(Error::invalid("this is no secret of a webhook")
                .advise("write `whsec_` and the base64 of 24 to 64 random bytes"));
        }
        Ok(Self(Secret::new(encoded)))
    }

    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut key = [0; NEW];
        entropy.fill(&mut key);
        Self(Secret::new(STANDARD.encode(key)))
    }

    /// Its text, for the receiver.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", self.0.expose())
    }

    /// `v1,` and the signature.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signature = self.mac(id, timestamp, body).map(|mac| mac.finalize().into_bytes());
        format!("v1,{}", signature.map(|signature| STANDARD.encode(signature)).unwrap_or_default())
    }

    /// Whether a signature is one by this secret. Takes the same time whatever the two share.
    pub(super) fn has_signed(&self, signature: &[u8], id: &str, timestamp: i64, body: &[u8]) -> bool {
        self.mac(id, timestamp, body).is_some_and(|mac| mac.verify_slice(signature).is_ok())
    }

    /// `None` never happens: what was parsed decodes, and keys of any length are taken.
    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        let key = STANDARD.decode(self.0.expose()).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(mac)
    }
}
