//! Work of several tenants: who comes first, and where there is any.

use std::sync::Arc;

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::TenantId;
use acquaint_core::store::{ClaimLanes, ClaimedLane, LaneSeed, MeetingCommit, Store, TenantUpdate};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{LEASE, MANY, at, lane, meeting, reading};

async fn seed(store: &Arc<dyn Store>, lanes: &[(&str, &str, i64)]) -> Outcome {
    let seed = |(tenant, partition, due): &(&str, &str, i64)| LaneSeed {
        id: lane(&TenantId::from(*tenant), partition),
        due: at(*due),
    };
    Ok(store.ensure_lanes(&lanes.iter().map(seed).collect::<Vec<_>>()).await?)
}

/// Claims for anybody, or for one tenant, with at most so many lanes of each.
async fn claim(
    store: &Arc<dyn Store>,
    tenant: Option<&str>,
    now: i64,
    limit: usize,
    each: usize,
) -> Result<Vec<String>, Failure> {
    let (worker, tenant, now) = ("w1".into(), tenant.map(TenantId::from), at(now));
    let tenant = tenant.as_ref();
    let request = ClaimLanes { tenant, worker: &worker, now, due_by: now, lease: LEASE, limit, each };
    let name =
        |ClaimedLane { claim, .. }: ClaimedLane| format!("{} {}", claim.lane.tenant, claim.lane.partition);
    Ok(store.claim_lanes(&request).await?.into_iter().map(name).collect())
}

/// One lane of each tenant is claimed before the second of any; of equals those that are wanted before they are due, then
/// what has been due for longest.
pub async fn nobody_waits_for_a_tenant_with_many_lanes(store: Arc<dyn Store>) -> Outcome {
    let lanes =
        [("acme", "a", 0), ("acme", "b", 1), ("acme", "c", 2), ("globex", "p", 6), ("initech", "q", 70)];
    seed(&store, &lanes).await?;
    seed(&store, &[("umbrella", "r", 5), ("umbrella", "s", 6)]).await?;
    let wanted = [lane(&"initech".into(), "q")];
    store.want(&wanted).await?;
    store.hint(&wanted).await?;
    let first = claim(&store, None, 10, 5, MANY).await?;
    ensure_eq!(first, ["initech q", "acme a", "umbrella r", "globex p", "acme b"], "the first five lanes");
    ensure_eq!(claim(&store, None, 10, 5, MANY).await?, ["acme c", "umbrella s"], "the lanes after them");
    Ok(())
}

/// No more lanes of a tenant are at work than a claim allows, whoever has claimed them.
pub async fn no_tenant_has_more_lanes_at_work_than_it_may(store: Arc<dyn Store>) -> Outcome {
    seed(&store, &[("acme", "a", 0), ("acme", "b", 1), ("acme", "c", 2), ("globex", "p", 5)]).await?;
    let first = sorted(claim(&store, None, 10, MANY, 2).await?);
    ensure_eq!(first, ["acme a", "acme b", "globex p"], "lanes claimed with two of each");
    for tenant in [None, Some("acme")] {
        let more = claim(&store, tenant, 11, MANY, 2).await?;
        ensure!(more.is_empty(), "a third lane was claimed of a tenant that may have two: {more:?}");
    }
    ensure_eq!(
        claim(&store, Some("acme"), 11, MANY, 3).await?,
        ["acme c"],
        "lanes claimed with three of each"
    );
    let later = sorted(claim(&store, None, 100, MANY, 2).await?);
    ensure_eq!(later, ["acme a", "acme b", "globex p"], "lanes claimed when the leases were over");
    Ok(())
}

/// Tenants with dirty keys or a decision that has run out are found, page by page in the order of their ids, and no others.
pub async fn tenants_with_something_to_decide_are_found(store: Arc<dyn Store>) -> Outcome {
    let mut update = TenantUpdate::default();
    update.dirty.push(DependencyKey::users());
    for tenant in ["acme", "umbrella"] {
        store.update_tenant(&tenant.into(), &update).await?;
    }
    store.update_tenant(&"initech".into(), &TenantUpdate::default()).await?;
    let globex = TenantId::from("globex");
    store.update_tenant(&globex, &TenantUpdate::default()).await?;
    if let Some(claim) = store.claim_join(&globex, &"w1".into(), at(0), LEASE).await? {
        let mut row = meeting("m1", "i1", 0);
        row.meeting.decision.valid_until = Some(at(100));
        let writes = [reading(row, &[])];
        let (marks, removed, now) = (&[], &[], at(1));
        let commit =
            MeetingCommit { claim: &claim, marks, writes: &writes, removed, now, lease_until: at(60) };
        store.commit_meetings(&commit).await?;
        store.release_join(&claim).await?;
    }
    let early = store.undecided(None, MANY, at(99)).await?;
    ensure_eq!(names(&early), ["acme", "umbrella"], "tenants before the decision runs out");
    let all = store.undecided(None, MANY, at(100)).await?;
    ensure_eq!(names(&all), ["acme", "globex", "umbrella"], "tenants with something to decide");
    let first = store.undecided(None, 2, at(100)).await?;
    ensure_eq!(names(&first), ["acme", "globex"], "the first two of them");
    let rest = store.undecided(first.last(), 2, at(100)).await?;
    ensure_eq!(names(&rest), ["umbrella"], "those after them");
    Ok(())
}

fn sorted(mut claimed: Vec<String>) -> Vec<String> {
    claimed.sort();
    claimed
}

fn names(tenants: &[TenantId]) -> Vec<&str> {
    tenants.iter().map(TenantId::as_str).collect()
}
