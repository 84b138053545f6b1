//! Signatures: an HMAC of the request with the app's secret, which tells also when it was made.
//! <https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation>.

use acquaint_core::connector::Proof;
use acquaint_core::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::decode::decoded;

const SIGNATURE: &str = "x-hubspot-signature-v3";
const TIMESTAMP: &str = "x-hubspot-request-timestamp";
const OLDER: &str = "x-hubspot-signature";
const OLDER_VERSION: &str = "x-hubspot-signature-version";

/// How old a signature may be, in milliseconds; and how far ahead, by a clock that is.
const LIFE: u64 = 5 * 60 * 1000;

/// Whether `request`, sent to `address`, is signed with `secret`, and `now` is near the time at which it was.
pub(super) fn holds(
    request: &Request<Bytes>,
    address: &Url,
    secret: &Secret,
    now: DateTime<Utc>,
    older: bool,
) -> bool {
    let addresses = addresses(request, address);
    match header(request, SIGNATURE) {
        Some(signature) => {
            let Some(at) = header(request, TIMESTAMP) else { return false };
            let Ok(made) = at.parse::<i64>() else { return false };
            let signed = |address: &String| {
                let [method, address, at] = [request.method().as_str(), address, at].map(str::as_bytes);
                STANDARD.encode(hmac(secret.expose().as_bytes(), &[method, address, request.body(), at]))
            };
            // Both are tried whatever the first gives.
            let fits =
                addresses.iter().map(signed).fold(false, |fits, signed| fits | same(&signed, signature));
            fits && made.abs_diff(now.timestamp_millis()) <= LIFE
        }
        None if older => header(request, OLDER).is_some_and(|signature| {
            let secret = secret.expose().as_bytes();
            let method = request.method().as_str().as_bytes();
            let signed: Vec<String> = match header(request, OLDER_VERSION) {
                Some("v2") => {
                    let digest =
                        |address: &String| hex(&[secret, method, address.as_bytes(), request.body()]);
                    addresses.iter().map(digest).collect()
                }
                None | Some("v1") => vec![hex(&[secret, request.body()])],
                Some(_) => return false,
            };
            signed.iter().fold(false, |fits, signed| fits | same(signed, signature))
        }),
        None => false,
    }
}

/// The address that HubSpot called, as it is and as HubSpot documents that it is decoded: its own libraries do not do that.
///
/// It is the one that HubSpot was given. Of what the request says of its own only the query is used, since that is signed too.
fn addresses(request: &Request<Bytes>, address: &Url) -> [String; 2] {
    let mut called = address.as_str().split(['?', '#']).next().unwrap_or_default().to_owned();
    if let Some(query) = request.uri().query() {
        called.push('?');
        called.push_str(query);
    }
    let decoded = decoded(&called);
    [called, decoded]
}

fn header<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// Takes the same time whatever the two share.
fn same(signed: &str, candidate: &str) -> bool {
    Proof::of(&Secret::new(signed)).fits(candidate)
}

fn hex(parts: &[&[u8]]) -> String {
    sha256(parts).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().into()
}

/// HMAC-SHA256 (RFC 2104) of the parts, one after the other.
fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&sha256(&[key]));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let (inner, outer) = (block.map(|byte| byte ^ 0x36), block.map(|byte| byte ^ 0x5c));
    let mut message = vec![inner.as_slice()];
    message.extend(parts);
    sha256(&[&outer, &sha256(&message)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(digest: [u8; 32]) -> String {
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_code_is_that_of_the_standard() {
        // RFC 4231, test cases 1, 2, 6 and 7.
        let long = [0xaa; 131];
        for (key, message, expected) in [
            (&[0x0b; 20][..], "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &long,
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &long,
                "This is a test using a larger than block-size key and a larger than block-size data. The key needs \
                 to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ] {
            let (one, other) = message.split_at(message.len() / 2);
            assert_eq!(shown(hmac(key, &[message.as_bytes()])), expected);
            assert_eq!(shown(hmac(key, &[one.as_bytes(), other.as_bytes()])), expected);
        }
    }
}
