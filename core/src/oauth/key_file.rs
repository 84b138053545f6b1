//! Key files of service accounts: the JSON that a provider's console lets one download
//! (<https://developers.google.com/identity/protocols/oauth2/service-account#creatinganaccount>).

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::{RsaKey, ServiceAccountKey};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// What is read of the file; everything else in it is left alone.
#[derive(Deserialize)]
struct KeyFile {
    #[serde(rename = "type")]
    kind: Option<String>,
    client_email: Option<String>,
    private_key: Option<Secret>,
    private_key_id: Option<String>,
    /// What the file of an OAuth app has instead.
    installed: Option<IgnoredAny>,
    web: Option<IgnoredAny>,
}

impl ServiceAccountKey {
    /// Reads the text of a key file: a JSON object with `type` (`service_account`), `client_email`, `private_key`
    /// (PEM) and, if the provider names keys, `private_key_id`. The key is then held in memory.
    ///
    /// # Errors
    /// `Misconfigured`, saying what is wrong. Nothing of the text is shown.
    pub fn from_json(text: &str) -> Result<Self> {
        // The parser's message may quote the file, so only the place is taken from it.
        let file: KeyFile = serde_json::from_str(text).map_err(|error| {
            let what = if error.is_data() {
                "the key file of a service account has a field of the wrong kind"
            } else {
                "the key file of a service account is not JSON"
            };
            wrong(what)
                .with("line", error.line())
                .with("column", error.column())
                .advise("use the file as it was downloaded")
        })?;
        check_kind(&file)?;
        let Some(email) = file.client_email.filter(|email| !email.trim().is_empty()) else {
            return Err(missing("client_email"));
        };
        let Some(pem) = file.private_key.filter(|key| !key.is_empty()) else {
            return Err(missing("private_key"));
        };
        let key = RsaKey::from_pem(pem.expose()).map_err(|error| error.with("service_account", &email))?;
        let key_id = file.private_key_id.filter(|id| !id.is_empty());
        Ok(Self::new(email.trim(), key_id, Arc::new(key)))
    }

    /// Reads a key file; see [`ServiceAccountKey::from_json`]. Blocks while it reads.
    ///
    /// # Errors
    /// `Misconfigured`, naming the path and what is wrong. Nothing of the file is shown.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        read(path).map_err(|error| error.with("path", path.display()))
    }

    /// Reads a key file from an environment variable, which holds either its text or its path.
    ///
    /// # Errors
    /// `Misconfigured`, naming the variable and what is wrong. The value is never shown.
    pub fn from_env(variable: &str) -> Result<Self> {
        let value = std::env::var(variable).map(Zeroizing::new).ok();
        from_value(value.as_deref().map_or("", String::as_str).trim())
            .map_err(|error| error.with("variable", variable))
    }
}

fn from_value(value: &str) -> Result<ServiceAccountKey> {
    if value.is_empty() {
        Err(wrong("no service account is configured")
            .advise("set the variable to the path of the key file, or to its text"))
    } else if value.starts_with('{') {
        ServiceAccountKey::from_json(value)
    } else if value.contains("-----BEGIN ") {
        Err(wrong("the variable holds a private key alone")
            .advise("set it to the path of the whole key file, or to its text"))
    } else {
        // The value is not shown as a path would be: it may be a key in some other form.
        read(Path::new(value))
    }
}

fn read(path: &Path) -> Result<ServiceAccountKey> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
        wrong("the key file of a service account cannot be read")
            .with("because", error.kind())
            .advise("give the path of a file that this process may read")
    })?;
    ServiceAccountKey::from_json(&text)
}

fn check_kind(file: &KeyFile) -> Result<()> {
    let advice = "make a key of type JSON for a service account and use its file";
    match file.kind.as_deref() {
        Some("service_account") => Ok(()),
        Some("authorized_user") => Err(wrong("this is the file of a person, not of a service account")),
        Some("external_account" | "impersonated_service_account") => {
            Err(wrong("this is the file of a federated identity, which holds no key"))
        }
        None if file.web.is_some() || file.installed.is_some() => {
            Err(wrong("this is the file of an OAuth app, not of a service account"))
        }
        Some(_) => Err(wrong("the field `type` of the key file is not `service_account`")),
        None => Err(missing("type")),
    }
    .map_err(|error| error.advise(advice))
}

fn missing(field: &str) -> Error {
    wrong(&format!("the key file of a service account has no `{field}`"))
        .advise("use the file as it was downloaded")
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Misconfigured, what)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_variable_holds_the_file_or_its_path() {
        let pem = include_str!("../../tests/keys/rfc7515_a2.pem");
        let text = serde_json::json!({
            "type": "service_account",
            "client_email": "robot@acme.example",
            "private_key": pem,
            "private_key_id": "k1",
        });
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/service_account.json");
        for value in [&text.to_string(), path] {
            assert_eq!(from_value(value).unwrap().email(), "robot@acme.example");
        }
        let bare = from_value(pem).unwrap_err();
        assert_eq!(bare.kind(), ErrorKind::Misconfigured);
        assert!(bare.to_string().contains("private key alone"), "{bare}");
        let secret = "c2VjcmV0IHBsYW50ZWQ=";
        let unknown = from_value(secret).unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::Misconfigured);
        assert!(!format!("{unknown} {unknown:?}").contains(secret));
    }
}
