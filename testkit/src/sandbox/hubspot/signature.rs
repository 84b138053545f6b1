//! The signatures of webhooks
//! (<https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation>).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The escapes that are decoded before an address is signed. All others stay.
const DECODED: &[(&str, char)] = &[
    ("%3A", ':'),
    ("%2F", '/'),
    ("%3F", '?'),
    ("%40", '@'),
    ("%21", '!'),
    ("%24", '$'),
    ("%27", '\''),
    ("%28", '('),
    ("%29", ')'),
    ("%2A", '*'),
    ("%2C", ','),
    ("%3B", ';'),
];

/// An address as its signature reads it.
pub(super) fn decoded(uri: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(uri.len()), uri);
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let escape = rest.get(..3).unwrap_or("%");
        let known = DECODED.iter().find(|(code, _)| code.eq_ignore_ascii_case(escape));
        match known {
            Some((_, plain)) => out.push(*plain),
            None => out.push_str(escape),
        }
        rest = &rest[escape.len()..];
    }
    out + rest
}

/// Version 3: of method, address, body and time in milliseconds, keyed with the app's secret.
pub(super) fn v3(secret: &str, method: &str, uri: &str, body: &str, timestamp: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{method}{uri}{body}{timestamp}").as_bytes()))
}

/// Version 1: of the secret and the body alone.
pub(super) fn v1(secret: &str, body: &str) -> String {
    let hash = Sha256::digest(format!("{secret}{body}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Vectors of HubSpot's own, and others made from its description.
    const VECTORS: &str = include_str!("../../../tests/official/hubspot_signatures.json");

    #[test]
    fn signatures_are_those_of_the_published_vectors() {
        let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
        let mut checked = 0;
        for vector in vectors.as_array().unwrap() {
            let text = |name: &str| vector[name].as_str().unwrap();
            if let Some(expected) = vector["v3"].as_str() {
                let uri = decoded(text("url"));
                let signed = v3(text("secret"), text("method"), &uri, text("body"), text("timestamp"));
                assert_eq!(signed, expected, "{vector}");
                checked += 1;
            }
            if let Some(expected) = vector["v1"].as_str() {
                assert_eq!(v1(text("secret"), text("body")), expected);
                checked += 1;
            }
        }
        assert!(checked >= 5);
    }

    #[test]
    fn some_escapes_are_decoded_and_others_stay() {
        assert_eq!(
            decoded("https://x.example/a%3ab%2F?q=%20%26%3D%40&r=%é%"),
            "https://x.example/a:b/?q=%20%26%3D@&r=%é%"
        );
    }
}
