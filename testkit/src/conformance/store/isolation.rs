//! Tenants whose connections, partitions, records and meetings have equal ids.

use std::sync::Arc;

use acquaint_core::ids::{MeetingId, Seq};
use acquaint_core::record::Gone;
use acquaint_core::store::{ChangeKind, MeetingQuery, MeetingWrite, RecordQuery, Store, TenantUpdate};
use serde_json::json;

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{MANY, Stage, connection, gone, ids, key, live, marked, meeting, reading, record, stream};

async fn two(store: &Arc<dyn Store>) -> Result<(Stage, Stage), Failure> {
    Ok((Stage::of(store, "acme", "p").await?, Stage::of(store, "globex", "p").await?))
}

/// No tenant reads, changes or sweeps the records of another.
pub async fn records_of_tenants_with_equal_ids_stay_apart(store: Arc<dyn Store>) -> Outcome {
    let (mut acme, mut globex) = two(&store).await?;
    acme.page(&[live("a", "of acme", &["domain:x.com"]), live("b", "b", &[])]).await?;
    ensure_eq!(globex.stored("a").await?, None, "a record that only another tenant has");
    let query = RecordQuery {
        tenant: &globex.tenant,
        connection: &connection(),
        stream: &stream(),
        partition: &"p".into(),
        after: None,
        limit: MANY,
    };
    ensure!(store.scan(&query).await?.is_empty(), "a scan finds another tenant's records");
    let providing = store.providing(&globex.tenant, &[key("domain:x.com")]).await?;
    ensure!(providing.is_empty(), "a key finds another tenant's records");

    globex.page(&[live("a", "of globex", &["domain:x.com"]), gone("b", Gone::Deleted)]).await?;
    let began = globex.page(&[gone("unknown", Gone::Deleted)]).await?.seq;
    store.sweep(&globex.sweep_of(began)).await?;
    ensure_eq!(globex.gone("a").await?, Some(Gone::Unseen), "why the tenant's own record is gone");
    for name in ["a", "b"] {
        ensure_eq!(acme.gone(name).await?, None, "why the other tenant's record {name} is gone");
    }
    let views = acme.stored("a").await?.map(|stored| stored.views);
    ensure_eq!(views.as_deref(), Some(&b"of acme"[..]), "the other tenant's record");
    Ok(())
}

/// One tenant's changes take no seq of another and mark none of its keys.
pub async fn changes_of_one_tenant_mark_nothing_of_another(store: Arc<dyn Store>) -> Outcome {
    let (mut acme, mut globex) = two(&store).await?;
    globex.page(&[live("a", "a", &["account:c1/x"])]).await?;
    globex.settle().await?;
    for (tenant, identity) in [(&acme, "i1"), (&globex, "i2")] {
        tenant.decide(&[], &[reading(meeting("m1", identity, 0), &["account:c1/x"])], &[]).await?;
    }
    acme.page(&[live("a", "a", &["account:c1/x"])]).await?;
    let mut update = TenantUpdate::default();
    update.dirty = vec![key("email:a@x.com")];
    store.update_tenant(&acme.tenant, &update).await?;

    let theirs = globex.batch().await?;
    ensure!(theirs.is_empty(), "a change of one tenant is to be decided by another: {theirs:?}");
    ensure_eq!(globex.seq().await?, Seq(1), "the newest seq of the other tenant");
    let ours = acme.batch().await?;
    ensure_eq!(marked(&ours), ["account:c1/x", "email:a@x.com"], "the tenant's own marks");
    ensure_eq!(ours.identities, ["i1"], "the tenant's own meetings");
    globex.decide(&ours.marks, &[], &[]).await?;
    ensure_eq!(acme.batch().await?, ours, "the marks after another tenant's commit");
    Ok(())
}

/// No tenant reads or removes the meetings of another, or finds them in its feed.
pub async fn meetings_of_tenants_with_equal_ids_stay_apart(store: Arc<dyn Store>) -> Outcome {
    let (acme, globex) = two(&store).await?;
    let mut row = meeting("m1", "i1", 0);
    row.meeting.copies = vec![record("p", "a")];
    row.revision = 1;
    row.announced = Some(json!("of acme"));
    let write = MeetingWrite { change: Some(ChangeKind::Added), ..reading(row.clone(), &["account:c1/7"]) };
    acme.decide(&[], &[write], &[]).await?;

    let (tenant, id) = (&globex.tenant, MeetingId::from("m1"));
    ensure_eq!(store.meeting(tenant, &id).await?, None, "a meeting that only another tenant has");
    ensure!(store.read_set(tenant, &id).await?.is_empty(), "another tenant's read-set was read");
    ensure!(store.meetings_of(tenant, &["i1".to_owned()]).await?.is_empty(), "found by identity");
    ensure!(store.meetings_with(tenant, &row.meeting.copies).await?.is_empty(), "found by copy");
    ensure!(store.meetings(tenant, &MeetingQuery::default()).await?.is_empty(), "found by time");
    ensure!(store.feed(tenant, 0, MANY).await?.is_empty(), "another tenant's feed was read");
    ensure_eq!(store.feed_position(tenant).await?, 0, "the position of a tenant without a feed");

    let mut own = meeting("m1", "i1", 9);
    own.meeting.title = "of globex".to_owned();
    globex.decide(&[], &[reading(own.clone(), &[])], &[]).await?;
    ensure_eq!(store.meeting(&acme.tenant, &id).await?, Some(row), "the other tenant's meeting");
    globex.decide(&[], &[], &[own]).await?;
    let left = store.meetings(&acme.tenant, &MeetingQuery::default()).await?;
    ensure_eq!(ids(&left), ["m1"], "the other tenant's meetings after a removal");
    Ok(())
}

/// A hint to one tenant's lane wakes no other's, and each sees its own lanes alone.
pub async fn lanes_of_tenants_with_equal_ids_stay_apart(store: Arc<dyn Store>) -> Outcome {
    let (acme, mut globex) = two(&store).await?;
    globex.page(&[live("a", "a", &[])]).await?;
    for stage in [&acme, &globex] {
        let lanes = store.lanes(&stage.tenant).await?;
        let own = lanes.len() == 1 && lanes.iter().all(|lane| lane.id == stage.claim.lane);
        ensure!(own, "the lanes of {} are {lanes:?}", stage.tenant);
        stage.release(|_| ()).await?;
    }
    ensure_eq!(acme.lane().await?.version, acme.version, "the version of a lane after another tenant's page");
    store.want(std::slice::from_ref(&acme.claim.lane)).await?;
    ensure!(!globex.lane().await?.wanted, "a hint to one tenant reached another");
    ensure!(acme.lane().await?.wanted, "a hint was lost");
    Ok(())
}
