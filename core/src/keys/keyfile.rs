//! What the file of one tenant's wrapping key says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

use super::memory::Purpose;
use super::{DataKey, KeyId, Keys, WrappedKey};
use crate::env::SystemEntropy;
use crate::error::{Error, ErrorKind, Result};

const VERSION: u32 = 1;

/// One tenant's wrapping key. `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub(super) struct TenantKey {
    /// A digest of the key, so that the id in a file cannot be changed without notice.
    pub(super) id: KeyId,
    pub(super) key: DataKey,
}

impl From<DataKey> for TenantKey {
    fn from(key: DataKey) -> Self {
        let mut id = String::from("t-");
        for byte in key.digest(b"acquaint tenant key id\0") {
            id.push_str(&format!("{byte:02x}"));
        }
        Self { id: KeyId(id), key }
    }
}

impl TenantKey {
    pub(super) fn random() -> Self {
        DataKey::random(&SystemEntropy).into()
    }

    /// The bytes of a file of this `name`, under the current one of `master`.
    pub(super) fn to_bytes(&self, name: &str, master: &Keys) -> Result<Vec<u8>> {
        let wrapped = master.wrap_for(Purpose::TenantKey, name, &self.key)?;
        let written = Written {
            version: VERSION,
            key: self.id.clone(),
            master: wrapped.by,
            wrapped: STANDARD_NO_PAD.encode(wrapped.bytes),
        };
        serde_json::to_vec(&written)
            .map_err(|error| Error::bug("a tenant's key could not be written").with_source(error))
    }

    /// Reads what [`TenantKey::to_bytes`] wrote for the same name. Also says which master key it is under.
    pub(super) fn from_bytes(bytes: &[u8], name: &str, master: &Keys) -> Result<(Self, KeyId)> {
        // The parser's own errors may quote a value, so they are not kept.
        let Format { version } = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        if version != VERSION {
            return Err(sealed("the file of a tenant's key is in a format that is not known here")
                .with("version", version)
                .advise("use the version of the library that wrote it, or a newer one"));
        }
        let written: Written = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        let wrapped = STANDARD_NO_PAD.decode(&written.wrapped).map_err(|_| damaged())?;
        let wrapped = WrappedKey { by: written.master, bytes: wrapped };
        let key = Self::from(master.unwrap_for(Purpose::TenantKey, name, &wrapped)?);
        if key.id != written.key {
            return Err(damaged());
        }
        Ok((key, wrapped.by))
    }
}

#[derive(Deserialize)]
struct Format {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    key: KeyId,
    master: KeyId,
    wrapped: String,
}

fn damaged() -> Error {
    sealed("the file of a tenant's key is damaged").advise(
        "put back an undamaged copy, if there is one; or destroy the tenant's key and let it connect again",
    )
}

fn sealed(message: &'static str) -> Error {
    Error::new(ErrorKind::Sealed, message)
}
