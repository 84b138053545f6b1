//! Defects of the credentials.

use acquaint_core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
use acquaint_core::{Result, async_trait};

use super::{Broken, Defect};

#[async_trait]
impl TokenStore for Broken {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        let loaded = self.inner.load(key).await?;
        let mut state = self.inner.state();
        if self.is(Defect::LoadWrites)
            && let Some(stored) = state.tokens.values.get_mut(key)
        {
            stored.version += 100;
        }
        if self.is(Defect::LoadCrossesTenants) && loaded.is_none() {
            let mut others = state.tokens.values.iter();
            return Ok(others.find(|(other, _)| other.grant == key.grant).map(|(_, value)| value.clone()));
        }
        Ok(loaded)
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        let found = self.inner.load(key).await?.map(|found| found.version);
        let found = found.map_or(Expected::Absent, Expected::Version);
        let text = Sealed::from_bytes(String::from_utf8_lossy(value.as_bytes()).into_owned());
        match self.defect {
            Defect::CredentialsAreText => self.inner.save(key, &text, expected).await,
            Defect::AbsentIsNotChecked if expected == Expected::Absent => {
                self.inner.save(key, value, found).await
            }
            Defect::SaveInTwoSteps if found == expected => {
                tokio::task::yield_now().await;
                let found = self.inner.load(key).await?.map(|found| found.version);
                self.inner.save(key, value, found.map_or(Expected::Absent, Expected::Version)).await
            }
            _ => self.inner.save(key, value, expected).await,
        }
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        let found = self.inner.delete(key).await?;
        if self.is(Defect::VersionsRestart) {
            self.inner.state().tokens.versions.remove(key);
        }
        Ok(found || self.is(Defect::DeleteAlwaysFinds) && !key.tenant.as_str().starts_with("globex"))
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        let all = self.inner.list(Scope::All, None, usize::MAX).await?;
        match self.defect {
            Defect::ListRepeats if scope == Scope::All => {
                Ok(all.into_iter().filter(|key| after.is_none_or(|after| key >= after)).take(limit).collect())
            }
            Defect::ScopeIsIgnored => self.inner.list(Scope::All, after, limit).await,
            _ => self.inner.list(scope, after, limit).await,
        }
    }
}
