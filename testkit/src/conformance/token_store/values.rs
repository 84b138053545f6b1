//! Values come back as they were saved.

use std::sync::Arc;

use acquaint_core::token::{Expected, Sealed, TokenStore};

use super::super::ensure;
use super::Outcome;
use super::stage::{grant, load, save};

async fn comes_back(store: Arc<dyn TokenStore>, bytes: Vec<u8>) -> Outcome {
    let (key, value) = (grant("acme", "g"), Sealed::from_bytes(bytes));
    let mut expected = Expected::Absent;
    // Once where nothing was, and once in place of itself.
    for _ in 0..2 {
        let version = save(&store, &key, &value, expected).await?;
        let loaded = load(&store, &key).await?;
        ensure!(loaded.value == value, "saved were {value:?}, and loaded others: {:?}", loaded.value);
        ensure!(
            loaded.version == version,
            "a load gives version {} of what was stored as {version}",
            loaded.version
        );
        expected = Expected::Version(version);
    }
    Ok(())
}

/// A credential comes back byte for byte, whatever its bytes, under the version that the save gave.
pub async fn a_credential_comes_back_byte_for_byte(store: Arc<dyn TokenStore>) -> Outcome {
    comes_back(store, (0..=255).cycle().take(5_000).collect()).await
}

/// A credential may be empty, and is there nevertheless.
pub async fn an_empty_credential_is_no_absence(store: Arc<dyn TokenStore>) -> Outcome {
    comes_back(store, Vec::new()).await
}

/// A credential of 64 KiB comes back whole.
pub async fn a_credential_of_sixty_four_kibibytes_comes_back(store: Arc<dyn TokenStore>) -> Outcome {
    comes_back(store, (b'a'..=b'z').cycle().take(64 * 1024).collect()).await
}
