//! Records, read back.

use std::sync::Arc;

use acquaint_core::ids::RecordKey;
use acquaint_core::record::Gone;
use acquaint_core::store::{RecordQuery, Store};

use super::super::{ensure, ensure_eq};
use super::Outcome;
use super::stage::{Stage, connection, gone, keys, live, record, stream};

/// Records are found by the whole of their reference, gone ones too; unknown ones are left out.
pub async fn records_are_found_by_their_whole_reference(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let mut other = stage.beside("q").await?;
    stage.page(&[live("a", "of p", &[]), live("b", "b", &[])]).await?;
    stage.page(&[gone("b", Gone::Deleted)]).await?;
    other.page(&[live("a", "of q", &[])]).await?;
    let mut elsewhere = record("p", "a");
    elsewhere.connection = "c2".into();
    let asked =
        [record("q", "a"), record("p", "b"), elsewhere, record("r", "a"), record("p", "a"), record("p", "z")];
    let mut found = store.records(&stage.tenant, &asked).await?;
    found.sort_by(|a, b| a.record.cmp(&b.record));
    let found: Vec<_> = found.iter().map(|stored| (stored.record.clone(), &stored.views[..])).collect();
    let expected =
        [(record("p", "a"), &b"of p"[..]), (record("p", "b"), &b""[..]), (record("q", "a"), &b"of q"[..])];
    ensure_eq!(found, expected, "the records that were asked for");
    Ok(())
}

/// A scan goes page by page through one partition, in the order of keys.
pub async fn a_scan_goes_through_a_partition_in_key_order(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let mut other = stage.beside("q").await?;
    other.page(&[live("c2", "x", &[])]).await?;
    stage.page(&["e", "b", "d", "a", "c"].map(|key| live(key, key, &[]))).await?;
    stage.page(&[gone("c", Gone::Deleted)]).await?;
    let mut scanned: Vec<RecordKey> = Vec::new();
    for _ in 0..5 {
        let query = RecordQuery {
            tenant: &stage.tenant,
            connection: &connection(),
            stream: &stream(),
            partition: &stage.claim.lane.partition,
            after: scanned.last(),
            limit: 2,
        };
        let page = store.scan(&query).await?;
        ensure!(page.len() <= 2, "a page of {} where 2 were asked for", page.len());
        scanned.extend(page.into_iter().map(|stored| stored.record.key));
    }
    ensure_eq!(scanned, ["a", "b", "c", "d", "e"].map(RecordKey::from), "the keys, scanned by pages of two");
    Ok(())
}

/// Live records are found under every key that they provide, in the order of keys and records.
pub async fn live_records_are_found_by_the_keys_they_provide(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let writes = [
        live("b", "of b", &["domain:x.com", "domain:y.com"]),
        live("a", "of a", &["domain:x.com"]),
        live("c", "of c", &["domain:z.com"]),
    ];
    stage.page(&writes).await?;
    let asked = keys(&["domain:y.com", "domain:unknown.com", "domain:x.com"]);
    let found = store.providing(&stage.tenant, &asked).await?;
    let found: Vec<_> =
        found.iter().map(|view| (view.key.as_str(), view.record.key.as_str(), &view.views[..])).collect();
    let expected = [
        ("domain:x.com", "a", &b"of a"[..]),
        ("domain:x.com", "b", &b"of b"[..]),
        ("domain:y.com", "b", &b"of b"[..]),
    ];
    ensure_eq!(found, expected, "the views under the keys");
    Ok(())
}

/// A record that has changed is no longer found under the keys that it lost.
pub async fn a_changed_record_is_not_found_under_its_old_keys(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:x.com"])]).await?;
    stage.page(&[live("a", "b", &["domain:y.com"])]).await?;
    let found = store.providing(&stage.tenant, &keys(&["domain:x.com", "domain:y.com"])).await?;
    let found: Vec<_> = found.iter().map(|view| view.key.as_str()).collect();
    ensure_eq!(found, ["domain:y.com"], "the keys under which the record is found");
    Ok(())
}
