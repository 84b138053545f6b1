//! Assertions of service accounts, and the keys that sign them.
#![cfg(feature = "rs256")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::async_trait;
use acquaint_core::oauth::{Assertion, Rs256, RsaKey, ServiceAccountKey};
use acquaint_core::{Error, ErrorKind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const PKCS8: &str = include_str!("keys/rfc7515_a2.pem");
const PKCS1: &str = include_str!("keys/rfc7515_a2_pkcs1.pem");
const FILE: &str = include_str!("keys/service_account.json");
const ELLIPTIC: &str = include_str!("keys/ec.pem");
const ELLIPTIC_SEC1: &str = include_str!("keys/ec_sec1.pem");
const ED25519: &str = include_str!("keys/ed25519.pem");
const ENCRYPTED: &str = include_str!("keys/encrypted.pem");
const ENCRYPTED_PKCS1: &str = include_str!("keys/encrypted_pkcs1.pem");
const SMALL: &str = include_str!("keys/rsa1024.pem");
const AUDIENCE: &str = "https://id.example/token";

/// RFC 7515, appendix A.2.1: header and claims, as they are signed.
const SIGNED: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
                      cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
/// And their signature.
const SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W\
                         2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS\
                         jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv\
                         Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

fn now() -> DateTime<Utc> {
    "2026-10-03T08:00:00.750Z".parse().unwrap()
}

/// The three parts of a compact JWS; the first two as JSON.
fn parts(token: &str) -> (Value, Value, Vec<u8>) {
    let parts: Vec<Vec<u8>> =
        token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url")).collect();
    let [header, claims, signature] = parts.as_slice() else { panic!("{token}") };
    let json = |part: &[u8]| serde_json::from_slice(part).unwrap();
    (json(header), json(claims), signature.clone())
}

/// The key file with one field changed; null takes it away.
fn file_with(field: &str, value: Value) -> String {
    let mut file: Value = serde_json::from_str(FILE).unwrap();
    match value {
        Value::Null => drop(file.as_object_mut().unwrap().remove(field)),
        value => file[field] = value,
    }
    file.to_string()
}

/// Nothing of the base64 of `pem` may be seen.
fn shows_nothing_of(pem: &str, error: &Error) {
    let shown = format!("{error} {error:?}");
    let lines = pem.lines().filter(|line| line.len() > 20 && !line.contains(['-', ' ', ',']));
    for line in lines {
        assert!(!shown.contains(&line[..12]), "{shown}");
    }
}

#[tokio::test]
async fn the_signature_is_that_of_rfc_7515_byte_for_byte() {
    for pem in [PKCS8, PKCS1] {
        let signature = RsaKey::from_pem(pem).unwrap().sign(SIGNED.as_bytes()).await.unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(signature), SIGNATURE);
    }
}

#[tokio::test]
async fn an_assertion_says_who_for_whom_what_to_whom_and_until_when() {
    let key = ServiceAccountKey::from_json(FILE).unwrap();
    assert_eq!((key.email(), key.key_id()), ("robot@acme.example", Some("k1")));
    let scopes = ["calendar.read", "list.read"].map(String::from);
    let claims = Assertion::new(AUDIENCE).scopes(&scopes).subject("jane@acme.example");
    let token = key.assertion(&claims, now()).await.unwrap();
    let (header, said, signature) = parts(token.expose());
    assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }));
    let expected = json!({
        "iss": "robot@acme.example",
        "sub": "jane@acme.example",
        "scope": "calendar.read list.read",
        "aud": AUDIENCE,
        "iat": 1_791_014_400,
        "exp": 1_791_018_000,
    });
    assert_eq!(said, expected);
    let (signed, _) = token.expose().rsplit_once('.').unwrap();
    assert_eq!(signature, RsaKey::from_pem(PKCS8).unwrap().sign(signed.as_bytes()).await.unwrap());
}

#[tokio::test]
async fn what_is_not_asked_for_is_left_out() {
    let file = file_with("private_key_id", Value::Null);
    let key = ServiceAccountKey::from_json(&file).unwrap();
    let mut claims = Assertion::new(AUDIENCE);
    claims.life = Duration::from_secs(60);
    let (header, said, _) = parts(key.assertion(&claims, now()).await.unwrap().expose());
    assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT" }));
    let expected = json!({
        "iss": "robot@acme.example", "aud": AUDIENCE, "iat": 1_791_014_400, "exp": 1_791_014_460,
    });
    assert_eq!(said, expected);
}

/// A key that is elsewhere, or cannot be reached.
#[derive(Debug)]
struct Remote(Option<&'static [u8]>);

#[async_trait]
impl Rs256 for Remote {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        assert_eq!(message.iter().filter(|&&byte| byte == b'.').count(), 1);
        self.0.map(<[u8]>::to_vec).ok_or_else(|| ErrorKind::Unavailable.into())
    }
}

#[tokio::test]
async fn a_key_may_be_outside_of_the_process() {
    let account = |remote| ServiceAccountKey::new("robot@acme.example", None, Arc::new(remote));
    let claims = Assertion::new(AUDIENCE);
    let token = account(Remote(Some(b"signature"))).assertion(&claims, now()).await.unwrap();
    assert_eq!(parts(token.expose()).2, b"signature");
    let error = account(Remote(None)).assertion(&claims, now()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.is_transient());
}

#[test]
fn a_key_that_cannot_sign_is_refused_by_name_and_not_shown() {
    let escaped = PKCS8.replace('\n', "\\n");
    let cut = PKCS8.replace("-----END PRIVATE KEY-----", "");
    let torn = PKCS8.replace("MIIE", "MI!E");
    for (pem, said) in [
        (ELLIPTIC, "not an RSA key"),
        (ELLIPTIC_SEC1, "not an RSA key"),
        (ED25519, "not an RSA key"),
        (ENCRYPTED, "passphrase"),
        (ENCRYPTED_PKCS1, "passphrase"),
        (SMALL, "not usable"),
        (&escaped, "backslash"),
        (&cut, "damaged"),
        (&torn, "damaged"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "something else in PEM"),
        ("c2VjcmV0IHBsYW50ZWQgaGVyZSwgYW5kIG5vdyBzaG93bg==", "no private key"),
    ] {
        let error = RsaKey::from_pem(pem).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misconfigured, "{error}");
        assert!(error.message().contains(said), "{said}: {error}");
        assert!(error.advice().is_some(), "{error}");
        shows_nothing_of(pem, &error);
        let error = ServiceAccountKey::from_json(&file_with("private_key", pem.into())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misconfigured, "{error}");
        assert_eq!(error.context("service_account"), Some("robot@acme.example"));
        shows_nothing_of(pem, &error);
    }
}

#[test]
fn a_wrong_key_file_is_refused_with_what_is_wrong() {
    let app = json!({ "installed": { "client_id": "1", "client_secret": "planted" } }).to_string();
    let stray = file_with("private_key_id", json!({ "planted": "planted" }));
    for (text, said) in [
        (file_with("type", Value::Null), "no `type`"),
        (file_with("type", "planted".into()), "not `service_account`"),
        (file_with("type", "authorized_user".into()), "of a person"),
        (file_with("type", "external_account".into()), "federated"),
        (app, "OAuth app"),
        (file_with("client_email", Value::Null), "no `client_email`"),
        (file_with("client_email", " ".into()), "no `client_email`"),
        (file_with("private_key", Value::Null), "no `private_key`"),
        (file_with("private_key", "".into()), "no `private_key`"),
        (file_with("private_key", json!(["planted"])), "wrong kind"),
        (stray, "wrong kind"),
        (FILE[..FILE.len() / 2].to_owned(), "not JSON"),
        ("planted".to_owned(), "not JSON"),
        (String::new(), "not JSON"),
    ] {
        let error = ServiceAccountKey::from_json(&text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misconfigured, "{error}");
        assert!(error.message().contains(said), "{said}: {error}");
        assert!(error.advice().is_some(), "{error}");
        assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
        shows_nothing_of(PKCS8, &error);
    }
}

#[test]
fn a_key_file_is_read_from_its_path() {
    let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys");
    let key = ServiceAccountKey::from_file(format!("{keys}/service_account.json")).unwrap();
    assert_eq!(key.email(), "robot@acme.example");
    let error = ServiceAccountKey::from_file(format!("{keys}/nothing.json")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
    assert!(error.context("path").unwrap().ends_with("nothing.json"), "{error}");
}

#[test]
fn a_variable_that_does_not_lead_to_a_key_file_is_named_and_not_shown() {
    let missing = ServiceAccountKey::from_env("ACQUAINT_TEST_VARIABLE_THAT_IS_NOT_SET").unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Misconfigured);
    assert_eq!(missing.context("variable"), Some("ACQUAINT_TEST_VARIABLE_THAT_IS_NOT_SET"));
    // A variable that cargo sets for every test: a directory, which is no file.
    let other = ServiceAccountKey::from_env("CARGO_MANIFEST_DIR").unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Misconfigured);
    assert_eq!(other.context("variable"), Some("CARGO_MANIFEST_DIR"));
    assert!(!format!("{other} {other:?}").contains(env!("CARGO_MANIFEST_DIR")), "{other:?}");
}

#[test]
fn debug_shows_no_key() {
    let key = RsaKey::from_pem(PKCS8).unwrap();
    assert_eq!(format!("{key:?}"), "RsaKey");
    let account = ServiceAccountKey::from_json(FILE).unwrap();
    let shown = format!("{account:?}");
    assert!(shown.contains("robot@acme.example") && !shown.contains("MII"), "{shown}");
    #[derive(Debug)]
    struct Careless(#[expect(dead_code, reason = "read by Debug alone")] &'static str);
    #[async_trait]
    impl Rs256 for Careless {
        async fn sign(&self, _: &[u8]) -> Result<Vec<u8>> {
            Ok(Vec::new())
        }
    }
    let account = ServiceAccountKey::new("robot@acme.example", None, Arc::new(Careless("planted")));
    assert!(!format!("{account:?}").contains("planted"));
}
