//! Tenants and grants of any name, and no call that reaches another than the one it names.

use std::sync::Arc;

use acquaint_core::token::{Expected, GrantKey, Scope, TokenStore};

use super::super::{ensure, ensure_eq};
use super::Outcome;
use super::stage::{grant, load, save, save_new, sealed};

/// Saves each key with a value of its own, and then looks whether it is still there.
async fn stay_apart(store: &Arc<dyn TokenStore>, keys: &[GrantKey]) -> Outcome {
    save_new(store, keys).await?;
    for key in keys {
        let own = load(store, key).await?.value == sealed(&format!("{key:?}"));
        ensure!(own, "{key:?} holds what was saved under another key");
    }
    Ok(())
}

/// A tenant and a grant may have any name: none at all, control characters, paths, wildcards, quotes, any script.
pub async fn a_name_may_hold_any_character(store: Arc<dyn TokenStore>) -> Outcome {
    let controls: String = (1..32).chain(127..160).filter_map(char::from_u32).collect();
    #[rustfmt::skip]
    let names = [
        "", "\0", "a\0b", controls.as_str(), "/", "..", "../up", "a\\b", "con", "*", "%", "%2f", "_", "?", "#",
        "'; --", "\"", "$1", "{}", "[a]", "a,b", " ", "null", "ä", "日本", "\u{202e}x", "\u{feff}", "\u{fffd}", "👩‍💻",
    ];
    let mut keys: Vec<GrantKey> = names.iter().map(|name| grant("acme", name)).collect();
    keys.extend(names.iter().map(|name| grant(name, "g")));
    stay_apart(&store, &keys).await?;
    keys.sort();
    let mut listed = store.list(Scope::All, None, keys.len() + 1).await?;
    listed.sort();
    ensure_eq!(listed, keys, "all grants, listed");
    Ok(())
}

/// Names are different that differ in case, in spaces, or in how a letter is composed.
pub async fn names_that_differ_a_little_are_different(store: Arc<dyn TokenStore>) -> Outcome {
    let names = ["name", "Name", "NAME", "name ", " name", "n\u{e4}me", "na\u{308}me", "ｎame", "1", "01"];
    let mut keys: Vec<GrantKey> = names.iter().map(|name| grant("acme", name)).collect();
    keys.extend(names.iter().map(|name| grant(name, "g")));
    stay_apart(&store, &keys).await
}

/// Tenant and grant stay two, whatever a store may put between them.
pub async fn a_separator_in_a_name_moves_no_boundary(store: Arc<dyn TokenStore>) -> Outcome {
    let mut keys = Vec::new();
    for separator in ["", "/", ":", "::", "|", ".", "-", "_", "#", ",", "\0", "\n", "\u{1f}"] {
        keys.push(grant(&format!("a{separator}b{separator}"), "c"));
        keys.push(grant("a", &format!("b{separator}{separator}c")));
        keys.push(grant(&format!("a{separator}b"), &format!("{separator}c")));
    }
    keys.sort();
    keys.dedup();
    stay_apart(&store, &keys).await
}

/// Names of 255 bytes are told apart by their last letter.
pub async fn a_long_name_is_not_cut(store: Arc<dyn TokenStore>) -> Outcome {
    let long = "n".repeat(254);
    let name = |end: char| format!("{long}{end}");
    let keys = [grant(&name('a'), &name('a')), grant(&name('a'), &name('b')), grant(&name('b'), &name('a'))];
    stay_apart(&store, &keys).await
}

/// Grants of two tenants with equal ids are two grants.
pub async fn grants_of_tenants_with_equal_ids_stay_apart(store: Arc<dyn TokenStore>) -> Outcome {
    let (ours, theirs) = (grant("acme", "g"), grant("globex", "g"));
    save(&store, &ours, &sealed("ours"), Expected::Absent).await?;
    ensure!(store.load(&theirs).await?.is_none(), "a tenant loaded the grant of another");
    store.delete(&theirs).await?;
    ensure!(store.load(&ours).await?.is_some(), "a tenant deleted the grant of another");
    save(&store, &theirs, &sealed("theirs"), Expected::Absent).await?;
    ensure!(load(&store, &ours).await?.value == sealed("ours"), "a tenant wrote to another's grant");
    Ok(())
}
