//! Defects of loads, saves and deletes.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::Ordering;

use acquaint_core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
use acquaint_core::{Result, async_trait};
use tokio::sync::MutexGuard;
use tokio::task::yield_now;

use super::{Broken, Defect};

impl Broken {
    /// The key as a store with a defect of names has it.
    fn named(&self, key: &GrantKey) -> GrantKey {
        let both = |change: fn(&str) -> String| GrantKey {
            tenant: change(key.tenant.as_str()).into(),
            grant: change(key.grant.as_str()).into(),
        };
        match self.defect {
            Defect::NamesEndAtNul => both(|name| name.split('\0').next().unwrap_or_default().to_owned()),
            Defect::NamesIgnoreCase => both(str::to_lowercase),
            Defect::LongNamesAreCut => both(|name| name.chars().take(128).collect()),
            Defect::NamesAreJoined => {
                GrantKey { tenant: "".into(), grant: format!("{}:{}", key.tenant, key.grant).into() }
            }
            _ => key.clone(),
        }
    }

    /// With the defects that need it, a lock on everything.
    pub(super) async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        match self.defect {
            Defect::DroppedSavesLoseTheOld | Defect::DroppedDeletesLeaveHalf => {
                Some(self.place.turn.lock().await)
            }
            _ => None,
        }
    }

    /// With the defect that needs it, a lock that other openings do not know of.
    async fn own_turn(&self) -> Option<MutexGuard<'_, ()>> {
        if self.is(Defect::LocksAreLocal) { Some(self.turn.lock().await) } else { None }
    }

    async fn broken_save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        let inner = &self.place.inner;
        let found = self.expected(key).await?;
        let fits = found == expected;
        let known = inner.state().tokens.versions.get(key).copied();
        match (self.defect, found, expected) {
            (Defect::NewerVersionsFit, Expected::Version(stored), Expected::Version(given))
                if given > stored =>
            {
                inner.save(key, value, found).await
            }
            (Defect::UnknownKeysFitAnything, ..) if known.is_none() => {
                inner.save(key, value, Expected::Absent).await
            }
            (Defect::DeletedVersionsFit, Expected::Absent, Expected::Version(given))
                if known == Some(given) =>
            {
                inner.save(key, value, Expected::Absent).await
            }
            (Defect::FirstSavesInTwoSteps, Expected::Absent, _) if fits => {
                yield_now().await;
                self.overwrite(key, value).await
            }
            (Defect::LargeSavesInTwoSteps, Expected::Version(_), _)
                if fits && value.as_bytes().len() > 1_000 =>
            {
                yield_now().await;
                self.overwrite(key, value).await
            }
            (Defect::LocksAreLocal, Expected::Version(_), _) if fits => {
                yield_now().await;
                self.overwrite(key, value).await
            }
            (Defect::SavesBringBack, Expected::Version(_), _) if fits => {
                yield_now().await;
                let gone = inner.load(key).await?.is_none();
                inner.save(key, value, if gone { Expected::Absent } else { expected }).await
            }
            (Defect::OneVersionForAll, ..) => {
                let saves = self.saves.load(Ordering::SeqCst);
                yield_now().await;
                if self.saves.load(Ordering::SeqCst) != saves {
                    return Ok(Saved::Conflict);
                }
                let saved = inner.save(key, value, expected).await?;
                self.saves.fetch_add(usize::from(saved != Saved::Conflict), Ordering::SeqCst);
                Ok(saved)
            }
            (Defect::LoadsAreTorn, Expected::Version(_), _) if fits && value.as_bytes().len() > 4_096 => {
                let mut torn = value.as_bytes().to_vec();
                torn.truncate(4_096);
                *self.place.torn.lock().unwrap() = Some((key.clone(), Sealed::from_bytes(torn)));
                yield_now().await;
                let saved = inner.save(key, value, expected).await;
                *self.place.torn.lock().unwrap() = None;
                saved
            }
            (Defect::DroppedSavesLoseTheOld, Expected::Version(_), _) if fits => {
                inner.delete(key).await?;
                yield_now().await;
                inner.save(key, value, Expected::Absent).await
            }
            (Defect::EqualValuesAreStored, Expected::Version(stored), _) if !fits => {
                let equal = inner.load(key).await?.is_some_and(|found| found.value == *value);
                Ok(if equal { Saved::Stored(stored) } else { Saved::Conflict })
            }
            _ => inner.save(key, value, expected).await,
        }
    }

    /// The value as a store with a defect of values has it.
    fn kept(&self, value: &Sealed) -> Sealed {
        let bytes = value.as_bytes();
        match self.defect {
            Defect::CredentialsAreText => {
                Sealed::from_bytes(String::from_utf8_lossy(bytes).into_owned().into_bytes())
            }
            Defect::LongValuesAreCut => Sealed::from_bytes(&bytes[..bytes.len().min(65_535)]),
            _ => value.clone(),
        }
    }
}

#[async_trait]
impl TokenStore for Broken {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        let _turn = self.turn().await;
        let key = &self.named(key);
        if self.is(Defect::OpeningsCache)
            && let Some(cached) = self.cache.lock().unwrap().get(key)
        {
            return Ok(Some(cached.clone()));
        }
        let mut loaded = self.place.inner.load(key).await?;
        let mut state = self.place.inner.state();
        match (self.defect, &mut loaded) {
            (Defect::OpeningsCache, Some(loaded)) => {
                self.cache.lock().unwrap().insert(key.clone(), loaded.clone());
            }
            (Defect::LoadsAreCounted, Some(_)) => {
                let mut loads = self.place.loads.lock().unwrap();
                let count = loads.entry(key.clone()).or_default();
                *count += 1;
                if *count == 100 {
                    state.tokens.values.get_mut(key).unwrap().version += 100;
                }
            }
            (Defect::LoadsMakeKeys, None) => {
                self.place.missed.lock().unwrap().insert(key.clone());
            }
            (Defect::LoadsAreTorn, Some(loaded)) => {
                if let Some((torn, half)) = &*self.place.torn.lock().unwrap()
                    && torn == key
                {
                    loaded.value = half.clone();
                }
            }
            (Defect::LoadCrossesTenants, None) => {
                let mut others = state.tokens.values.iter();
                let other = others.find(|(other, _)| other.grant == key.grant);
                return Ok(other.map(|(_, value)| value.clone()));
            }
            _ => {}
        }
        Ok(loaded.filter(|loaded| !self.is(Defect::EmptyIsAbsent) || !loaded.value.as_bytes().is_empty()))
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        let (_turn, _own_turn) = (self.turn().await, self.own_turn().await);
        let (key, value) = (&self.named(key), &self.kept(value));
        self.place.loads.lock().unwrap().remove(key);
        let saved = self.broken_save(key, value, expected).await?;
        let mut cache = self.cache.lock().unwrap();
        match (self.defect, saved) {
            (Defect::VersionsFollowValues, Saved::Stored(_)) => {
                let mut hasher = DefaultHasher::new();
                value.as_bytes().hash(&mut hasher);
                let version = hasher.finish();
                self.place.inner.state().tokens.values.get_mut(key).unwrap().version = version;
                return Ok(Saved::Stored(version));
            }
            (Defect::OpeningsCache, Saved::Stored(version)) => {
                cache.insert(key.clone(), Versioned { value: value.clone(), version });
            }
            (Defect::OpeningsCache, Saved::Conflict) => {
                cache.remove(key);
            }
            _ => {}
        }
        Ok(saved)
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        let (_turn, _own_turn) = (self.turn().await, self.own_turn().await);
        let key = &self.named(key);
        let inner = &self.place.inner;
        self.cache.lock().unwrap().remove(key);
        let found = inner.load(key).await?;
        let known = inner.state().tokens.versions.get(key).copied();
        match (self.defect, found) {
            (Defect::DeleteAlwaysFinds, None) if known.is_none() => return Ok(true),
            (Defect::DeletesInTwoSteps, Some(_)) => {
                yield_now().await;
                inner.delete(key).await?;
                return Ok(true);
            }
            (Defect::DroppedDeletesLeaveHalf, Some(_)) => {
                self.overwrite(key, &Sealed::from_bytes([])).await?;
                yield_now().await;
            }
            (Defect::DeletesByPrefix, Some(_)) => {
                let begins = |other: &GrantKey| other.grant.as_str().starts_with(key.grant.as_str());
                let values = &mut inner.state().tokens.values;
                values.retain(|other, _| other == key || other.tenant != key.tenant || !begins(other));
            }
            // Forgets the versions of what had several.
            (Defect::VersionsRestart, Some(found)) if found.version > 1 => {
                inner.state().tokens.versions.remove(key);
            }
            (Defect::DeletesAreForgotten, Some(found)) => {
                self.place.deleted.lock().unwrap().insert(key.clone(), found);
            }
            _ => {}
        }
        inner.delete(key).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        self.broken_list(scope, after, limit).await
    }
}
