//! An RSA key held in memory, which signs with the cryptography that rustls brings.

use std::fmt;

use async_trait::async_trait;
use rustls::SignatureScheme;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::Signer;

use super::Rs256;
use crate::error::{Error, ErrorKind, Result};

/// An RSA private key of 2048 to 8192 bits. `Debug` shows nothing of it.
pub struct RsaKey(Box<dyn Signer>);

impl RsaKey {
    /// Reads a key in PEM: PKCS#8 (`BEGIN PRIVATE KEY`) or PKCS#1 (`BEGIN RSA PRIVATE KEY`), without a passphrase.
    /// Text before the key is skipped, and of several keys the first is taken.
    ///
    /// # Errors
    /// `Misconfigured`, saying what is wrong. Nothing of the key is shown.
    pub fn from_pem(pem: &str) -> Result<Self> {
        // The errors of the library stay out: they may quote the text.
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| unreadable(pem))?;
        let provider = aws_lc_rs::default_provider().key_provider;
        let key = provider.load_private_key(der).map_err(|_| {
            wrong("the private key is not usable")
                .advise("RS256 takes an RSA key of 2048 to 8192 bits; make a new one and download it again")
        })?;
        let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).ok_or_else(|| {
            wrong("the private key is not an RSA key")
                .advise("RS256 takes an RSA key of 2048 to 8192 bits; choose that type where keys are made")
        })?;
        Ok(Self(signer))
    }
}

#[async_trait]
impl Rs256 for RsaKey {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.0.sign(message).map_err(|_| Error::bug("an RSA key that was accepted does not sign"))
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKey")
    }
}

/// Why no key could be found in `pem`.
fn unreadable(pem: &str) -> Error {
    if pem.contains("ENCRYPTED") {
        wrong("the private key is protected by a passphrase")
            .advise("take the passphrase off: `openssl pkey -in key.pem -out plain.pem`")
    } else if pem.contains(r"\n") {
        wrong("the line breaks of the private key are written as a backslash and an n")
            .advise("do not escape the key a second time: use the file as it was downloaded")
    } else if pem.contains("PRIVATE KEY-----") {
        wrong("the private key is damaged").advise("use the file as it was downloaded, with its line breaks")
    } else if pem.contains("-----BEGIN ") {
        wrong("there is no private key in the text, but something else in PEM")
            .advise("give the private key, not the certificate or the public key")
    } else {
        wrong("there is no private key in the text")
            .advise("give it in PEM, from `-----BEGIN PRIVATE KEY-----` to the end line")
    }
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Misconfigured, what)
}
