//! The verbs of [`TokenStore`].

use acquaint_core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
use acquaint_core::{Result, async_trait};

use crate::Sqlite;
use crate::verbs::tokens;
use crate::worker::Line;

#[async_trait]
impl TokenStore for Sqlite {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        let key = key.clone();
        self.read("load", Line::Fast, move |db| tokens::load(db, &key)).await
    }

    // A provider gives a rotated refresh token once: it must outlast a power cut from here on.
    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        let (key, value) = (key.clone(), value.clone());
        self.write_through("save", move |db| tokens::save(db, &key, &value, expected)).await
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        let key = key.clone();
        self.write_through("delete", move |db| tokens::delete(db, &key)).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        let after = after.cloned();
        self.read("list", Line::Slow, move |db| tokens::list(db, &scope, after.as_ref(), limit)).await
    }
}
