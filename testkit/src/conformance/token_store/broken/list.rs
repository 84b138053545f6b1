//! Defects of listings.

use acquaint_core::Result;
use acquaint_core::token::{GrantKey, Scope, TokenStore as _};

use super::{Broken, Defect};

impl Broken {
    /// Every key that the store names, in the order in which it names them.
    fn all(&self) -> Vec<GrantKey> {
        let state = self.place.inner.state();
        let mut all: Vec<GrantKey> = match self.defect {
            Defect::DeletedAreListed => state.tokens.versions.keys().cloned().collect(),
            _ => state.tokens.values.keys().cloned().collect(),
        };
        match self.defect {
            Defect::LoadsMakeKeys => {
                all.extend(self.place.missed.lock().unwrap().iter().cloned());
                all.sort();
                all.dedup();
            }
            Defect::ListedAsUtf16 => all.sort_by_key(|key| {
                let utf16 = |name: &str| name.encode_utf16().collect::<Vec<u16>>();
                (utf16(key.tenant.as_str()), utf16(key.grant.as_str()))
            }),
            Defect::NamesAreJoined => {
                for key in &mut all {
                    let (tenant, grant) = key.grant.as_str().split_once(':').unwrap();
                    *key = GrantKey { tenant: tenant.into(), grant: grant.into() };
                }
                all.sort();
            }
            _ => {}
        }
        all
    }

    pub(super) async fn broken_list(
        &self,
        scope: Scope,
        after: Option<&GrantKey>,
        limit: usize,
    ) -> Result<Vec<GrantKey>> {
        let _turn = self.turn().await;
        let comes_after = |key: &GrantKey| match (self.defect, after, &scope) {
            (_, None, _) => true,
            (Defect::ListRepeats, Some(after), Scope::All) => key >= after,
            (Defect::AfterForgetsItsTenant, Some(after), Scope::Tenant(_)) => key.grant > after.grant,
            (_, Some(after), _) => key > after,
        };
        let in_scope = |key: &GrantKey| match &scope {
            Scope::Tenant(tenant) => key.tenant == *tenant || self.is(Defect::ScopeIsIgnored),
            _ => true,
        };
        let limit = match self.defect {
            Defect::ZeroIsNoLimit if limit == 0 => usize::MAX,
            Defect::LaterPagesAreShort if after.is_some() && scope == Scope::All => limit - 1,
            Defect::LimitsOverflow => limit.wrapping_add(1).saturating_sub(1),
            _ => limit,
        };
        if let (Defect::AfterMustExist, Some(after), Scope::All) = (self.defect, after, &scope)
            && self.place.inner.state().tokens.versions.contains_key(after)
            && self.place.inner.load(after).await?.is_none()
        {
            return Ok(Vec::new());
        }
        let all: Vec<GrantKey> = self.all().into_iter().filter(in_scope).collect();
        let mut position = self.place.position.lock().unwrap();
        let skipped = match (&*position, after, &scope) {
            (Some((last, skipped)), Some(after), Scope::Tenant(_))
                if self.is(Defect::ListedByPosition) && last == after =>
            {
                *skipped
            }
            _ => all.iter().filter(|key| !comes_after(key)).count(),
        };
        let page: Vec<GrantKey> = match self.defect {
            Defect::ListedByPosition => all.into_iter().skip(skipped).take(limit).collect(),
            _ => all.into_iter().filter(comes_after).take(limit).collect(),
        };
        if let Some(last) = page.last() {
            *position = Some((last.clone(), skipped + page.len()));
        }
        Ok(page)
    }
}
