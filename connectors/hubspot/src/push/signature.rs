//! Signatures: an HMAC of the request with the app's secret, which tells also when it was made.
//! <https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation>.

use acquaint_core::connector::Proof;
use acquaint_core::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
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
            let Ok(signature) = STANDARD.decode(signature) else { return false };
            // Takes the same time whatever the two share.
            let signed = |address: &String| {
                let Ok(mut code) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
                    return false;
                };
                for part in
                    [request.method().as_str().as_bytes(), address.as_bytes(), request.body(), at.as_bytes()]
                {
                    code.update(part);
                }
                code.verify_slice(&signature).is_ok()
            };
            // Both are tried whatever the first gives.
            let fits = addresses.iter().fold(false, |fits, address| fits | signed(address));
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
