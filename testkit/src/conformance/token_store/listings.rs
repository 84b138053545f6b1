//! Listings, page by page.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acquaint_core::token::{Expected, GrantKey, Scope, TokenStore};
use tokio::task::yield_now;

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{grant, save, save_new, sealed};

/// Lists by pages of at most `limit` until one is empty. Fails if that takes more than `most` pages.
async fn pages(
    store: &Arc<dyn TokenStore>,
    scope: &Scope,
    limit: usize,
    most: usize,
) -> Result<Vec<GrantKey>, Failure> {
    let mut listed: Vec<GrantKey> = Vec::new();
    for _ in 0..most {
        let page = store.list(scope.clone(), listed.last(), limit).await?;
        ensure!(page.len() <= limit, "a page of {} where {limit} were asked for", page.len());
        if page.is_empty() {
            return Ok(listed);
        }
        listed.extend(page);
        yield_now().await;
    }
    Err(Failure::new(format_args!("{most} pages and no end: {listed:?}")))
}

/// A listing goes page by page through all grants in the order of their keys.
pub async fn grants_are_listed_page_by_page_in_key_order(store: Arc<dyn TokenStore>) -> Outcome {
    let keys = [("b", "g1"), ("a", "g2"), ("b", "g0"), ("a", "g1"), ("c", "g1")];
    let mut all = keys.map(|(tenant, name)| grant(tenant, name));
    save_new(&store, &all).await?;
    all.sort();
    ensure_eq!(pages(&store, &Scope::All, 2, 6).await?, all, "all grants, listed by pages of two");
    let page = store.list(Scope::All, Some(&all[0]), 2).await?;
    ensure_eq!(page, all[1..3], "a page in the middle, of the two that were asked for");
    Ok(())
}

/// The order is that of the bytes of the tenant, then of the grant; not of letters, nor of both put together.
pub async fn names_are_ordered_by_their_bytes(store: Arc<dyn TokenStore>) -> Outcome {
    let names = ["", "a", "a ", "a-", "a/", "a0", "b", "é", "z", "\u{ff5e}", "\u{1f600}", "10", "9"];
    let mut all = Vec::new();
    for tenant in names {
        all.extend(["", "z", "é", "\u{ff5e}", "\u{1f600}"].map(|name| grant(tenant, name)));
    }
    save_new(&store, all.iter().rev()).await?;
    all.sort_by(|a, b| {
        let bytes = |key: &GrantKey| (key.tenant.as_str().to_owned(), key.grant.as_str().to_owned());
        bytes(a).cmp(&bytes(b))
    });
    let listed = store.list(Scope::All, None, all.len()).await?;
    ensure_eq!(listed, all, "all grants, listed");
    Ok(())
}

/// A listing of one tenant names its grants alone.
pub async fn a_listing_of_one_tenant_names_no_other(store: Arc<dyn TokenStore>) -> Outcome {
    for tenant in ["acm", "acme", "acme ", "acme2", "globex"] {
        save_new(&store, &["g1", "g2", "g3"].map(|name| grant(tenant, name))).await?;
    }
    let ours = ["g1", "g2", "g3"].map(|name| grant("acme", name));
    for limit in [10, 2] {
        let listed = pages(&store, &Scope::Tenant("acme".into()), limit, 4).await?;
        ensure_eq!(listed, ours, "the grants of one tenant, listed by pages of {limit}");
    }
    let listed = pages(&store, &Scope::Tenant("nobody".into()), 10, 1).await?;
    ensure_eq!(listed, [], "the grants of a tenant that has none");
    Ok(())
}

/// In a listing of one tenant the key to go on after may be another tenant's: all of the tenant's keys come after
/// it, or none.
pub async fn a_listing_of_one_tenant_goes_on_after_any_key(store: Arc<dyn TokenStore>) -> Outcome {
    let ours = ["g3", "g5"].map(|name| grant("acme", name));
    save_new(&store, &ours).await?;
    for (after, expected) in [
        (grant("aaa", "g9"), &ours[..]),
        (grant("acme", "g3"), &ours[1..]),
        (grant("acme", "g4"), &ours[1..]),
        (grant("zzz", "g0"), &[]),
    ] {
        let listed = store.list(Scope::Tenant("acme".into()), Some(&after), 10).await?;
        ensure_eq!(listed, expected, "the tenant's grants after {after:?}");
    }
    Ok(())
}

/// A listing goes on after a key that is no longer there, or never was.
pub async fn a_listing_goes_on_after_a_key_that_is_gone(store: Arc<dyn TokenStore>) -> Outcome {
    let keys = ["a", "b", "c", "d"].map(|name| grant("acme", name));
    save_new(&store, &keys).await?;
    let first = store.list(Scope::All, None, 2).await?;
    ensure!(first.last().is_some_and(|last| *last <= keys[1]), "the first page of two is {first:?}");
    store.delete(&keys[1]).await?;
    for after in [keys[1].clone(), grant("acme", "bb"), grant("acme", "b\0")] {
        let listed = store.list(Scope::All, Some(&after), 10).await?;
        ensure_eq!(listed, keys[2..], "what comes after {after:?}, which is not there");
    }
    Ok(())
}

/// A grant is listed until it is deleted, and again once it is saved again.
pub async fn a_deleted_grant_is_not_listed(store: Arc<dyn TokenStore>) -> Outcome {
    let keys = ["a", "b", "c"].map(|name| grant("acme", name));
    save_new(&store, &keys).await?;
    store.delete(&keys[1]).await?;
    let listed = store.list(Scope::All, None, 10).await?;
    ensure_eq!(listed, [keys[0].clone(), keys[2].clone()], "the grants after a delete");
    save_new(&store, &keys[1..2]).await?;
    ensure_eq!(
        store.list(Scope::All, None, 10).await?,
        keys,
        "the grants after a deleted one was saved again"
    );
    Ok(())
}

/// A page of at most no keys holds none.
pub async fn a_limit_of_nothing_names_nothing(store: Arc<dyn TokenStore>) -> Outcome {
    let key = grant("acme", "g");
    save_new(&store, [&key]).await?;
    for scope in [Scope::All, Scope::Tenant("acme".into())] {
        let listed = store.list(scope.clone(), None, 0).await?;
        ensure_eq!(listed, [], "a page of at most no keys of {scope:?}");
    }
    Ok(())
}

/// The largest number there is is a limit like others.
pub async fn a_limit_may_be_as_large_as_a_number_can_be(store: Arc<dyn TokenStore>) -> Outcome {
    let keys = ["a", "b", "c"].map(|name| grant("acme", name));
    save_new(&store, &keys).await?;
    for scope in [Scope::All, Scope::Tenant("acme".into())] {
        let listed = store.list(scope.clone(), None, usize::MAX).await?;
        ensure_eq!(listed, keys, "all keys of {scope:?}");
    }
    Ok(())
}

/// While others are saved and deleted, a listing names each grant that stays once, and in order.
pub async fn a_listing_during_saves_names_all_that_stays(store: Arc<dyn TokenStore>) -> Outcome {
    let staying: Vec<GrantKey> = (0..12).map(|number| grant("acme", &format!("{number:02}-stays"))).collect();
    save_new(&store, &staying).await?;
    let done = Arc::new(AtomicBool::new(false));
    let others = tokio::spawn(come_and_go(store.clone(), staying.clone(), done.clone()));
    let listings = list_ten_times(&store, &staying).await;
    done.store(true, Ordering::SeqCst);
    others.await.map_err(|error| Failure::new(format_args!("a call panicked: {error}")))??;
    listings
}

async fn list_ten_times(store: &Arc<dyn TokenStore>, staying: &[GrantKey]) -> Outcome {
    let staying: BTreeSet<&GrantKey> = staying.iter().collect();
    for _ in 0..10 {
        let listed = pages(store, &Scope::Tenant("acme".into()), 3, 100).await?;
        ensure!(listed.is_sorted_by(|a, b| a < b), "keys are out of order or named twice: {listed:?}");
        let found: BTreeSet<&GrantKey> = listed.iter().filter(|key| staying.contains(key)).collect();
        ensure_eq!(found, staying, "the grants that were there throughout a listing");
    }
    Ok(())
}

/// Saves and deletes a grant before each that stays, and saves those that stay anew.
async fn come_and_go(store: Arc<dyn TokenStore>, staying: Vec<GrantKey>, done: Arc<AtomicBool>) -> Outcome {
    let mut number = 0;
    while !done.load(Ordering::SeqCst) {
        let other = grant("acme", &format!("{:02}-goes", number % staying.len()));
        save(&store, &other, &sealed("x"), Expected::Absent).await?;
        yield_now().await;
        let anew = &staying[(number * 5) % staying.len()];
        if let Some(loaded) = store.load(anew).await? {
            save(&store, anew, &sealed("anew"), Expected::Version(loaded.version)).await?;
        }
        yield_now().await;
        store.delete(&other).await?;
        yield_now().await;
        number += 1;
    }
    Ok(())
}
