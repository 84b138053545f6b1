//! The tenant's own company in its CRM.

use crate::evidence::{CandidateRef, Loss, Outcome};
use crate::{AccountRef, Classifier, Lookup, rank};

/// Why `account` can be no answer, if it is the tenant's own company or belongs to it.
pub(super) fn refuse<'a>(
    look: &Lookup<'a>,
    classifier: &Classifier,
    account: AccountRef<'a>,
) -> Option<Loss> {
    if !classifier.has_own_domains() {
        return None;
    }
    let own = |account: AccountRef<'a>| look.is_own(account);
    (own(account) || rank::ancestors(look, account).any(own)).then_some(Loss::OwnCompany)
}

/// Whether the tenant's own company is among those that lost.
pub(super) fn is_among(lost: &[CandidateRef<'_>]) -> bool {
    lost.iter().any(|one| one.outcome == Outcome::Lost(Loss::OwnCompany))
}
