//! Items that gather meetings: accounts and contacts.

use std::sync::Arc;

use acquaint_core::delivery::Subject;
use acquaint_core::meeting::Meeting;
use acquaint_core::store::{
    ChangeKind, Contribution, GatherQuery, GatheredCommit, GatheredQuery, GatheredRow, GatheredWrite,
    Gathering, ItemKey, MeetingWrite, Store, TenantUpdate,
};
use serde_json::{Value, json};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::outbox::{claim_for, delivering};
use super::stage::{MANY, Stage, at, ensure_fenced, meeting, millis, reading};

fn item(key: &str) -> ItemKey {
    ItemKey::new("account", key)
}

/// A meeting that is gathered by these items from now on.
fn gathered(id: &str, start: i64, keys: &[&str], change: impl FnOnce(&mut Contribution)) -> MeetingWrite {
    let mut contribution = Contribution::default();
    contribution.items = keys.iter().map(|key| item(key)).collect();
    change(&mut contribution);
    MeetingWrite { gathered: Some(contribution), ..reading(meeting(id, id, start), &[]) }
}

fn same(_: &mut Contribution) {}

fn announced(key: &str, content: Value, change: ChangeKind) -> GatheredWrite {
    let mut row = GatheredRow::new(item(key));
    row.announced = Some(content);
    GatheredWrite { row, change: Some(change), backfill: false }
}

fn names(gatherings: &[Gathering]) -> Vec<&str> {
    gatherings.iter().map(|found| found.row.item.key.as_str()).collect()
}

fn meetings<'a>(found: impl IntoIterator<Item = &'a Meeting>) -> Vec<&'a str> {
    found.into_iter().map(|meeting| meeting.id.as_str()).collect()
}

impl Stage {
    /// What is to be looked at.
    async fn gatherings(&self, query: GatherQuery) -> Result<Vec<Gathering>, Failure> {
        let claim = self.join().await?;
        let found = self.store.gathered_batch(&claim, &query).await?;
        self.store.release_join(&claim).await?;
        Ok(found)
    }

    async fn noted(&self) -> Result<Vec<Gathering>, Failure> {
        self.gatherings(GatherQuery::at(at(0), MANY)).await
    }

    async fn look(&self, writes: &[GatheredWrite]) -> Outcome {
        let claim = self.join().await?;
        let commit = GatheredCommit { claim: &claim, writes, now: at(5), lease_until: at(60) };
        self.store.commit_gathered(&commit).await?;
        Ok(self.store.release_join(&claim).await?)
    }

    /// Looks at all that is noted, and tells nothing.
    async fn look_at_all(&self) -> Outcome {
        let noted = self.noted().await?.into_iter();
        let writes: Vec<_> =
            noted.map(|found| GatheredWrite { row: found.row, change: None, backfill: false }).collect();
        self.look(&writes).await
    }

    async fn items(&self, query: &GatheredQuery) -> Result<Vec<GatheredRow>, Failure> {
        Ok(self.store.gathered(&self.tenant, query).await?)
    }
}

/// Items are noted if a meeting comes to them, leaves them, changes or goes, and are not if it stays as it is.
pub async fn what_a_meeting_does_to_items_is_noted(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.decide(&[], &[gathered("m1", 0, &["a", "b"], same), gathered("m2", 9, &["b"], same)], &[]).await?;
    let first = stage.noted().await?;
    ensure_eq!(names(&first), ["a", "b"], "the items that meetings came to");
    ensure!(first.iter().all(|found| !found.moved), "no other revision has decided before");
    let limited = stage.gatherings(GatherQuery::at(at(0), 1)).await?;
    ensure_eq!(names(&limited), ["a"], "the first of the items");
    stage.look_at_all().await?;
    ensure!(stage.noted().await?.is_empty(), "what was looked at is noted still");

    stage
        .decide(&[], &[gathered("m1", 0, &["b", "a"], same), reading(meeting("m2", "m2", 9), &[])], &[])
        .await?;
    ensure!(stage.noted().await?.is_empty(), "a meeting that stays as it is notes nothing");
    stage.decide(&[], &[gathered("m1", 0, &["c", "b"], |write| write.moved = true)], &[]).await?;
    let found = stage.noted().await?;
    ensure_eq!(names(&found), ["a", "c"], "the items that a meeting left and came to");
    ensure!(found.iter().all(|found| found.moved), "another revision has decided before");
    stage.decide(&[], &[gathered("m1", 0, &["c", "b"], |write| write.changed = true)], &[]).await?;
    let found = stage.noted().await?;
    let moved: Vec<bool> = found.iter().map(|found| found.moved).collect();
    ensure_eq!(
        (names(&found), moved),
        (vec!["a", "b", "c"], vec![true, false, true]),
        "the items of one that changed"
    );
    stage.look_at_all().await?;
    stage.decide(&[], &[], &[meeting("m2", "m2", 9)]).await?;
    ensure_eq!(names(&stage.noted().await?), ["b"], "the items of a meeting that went");
    Ok(())
}

/// An item is handed over with how many meetings it gathers, the first, the last, and those around now.
pub async fn an_item_gathers_its_meetings_in_order(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let starts = [("m5", 50), ("m2", 10), ("m1", 10), ("m3", 20), ("m4", 40), ("m6", 60)];
    let mut writes: Vec<_> = starts.iter().map(|(id, start)| gathered(id, *start, &["a"], same)).collect();
    writes.push(gathered("other", 0, &["b"], same));
    stage.decide(&[], &writes, &[]).await?;
    let found = stage.gatherings(GatherQuery::at(at(20), MANY).around(2)).await?.remove(0);
    ensure_eq!(found.count, 6, "how many there are");
    ensure_eq!(meetings(&found.first), ["m1"], "the first");
    ensure_eq!(meetings(&found.latest), ["m6"], "the last");
    ensure_eq!(meetings(&found.past), ["m2", "m3"], "those that have begun");
    ensure_eq!(meetings(&found.ahead), ["m4", "m5"], "those that have not");
    stage.decide(&[], &[gathered("m1", 45, &["a"], same)], &[meeting("m6", "m6", 60)]).await?;
    let found = stage.gatherings(GatherQuery::at(at(40), MANY)).await?.remove(0);
    ensure_eq!(meetings(&found.first), ["m2"], "the first once that was moved");
    ensure_eq!(meetings(&found.latest), ["m5"], "the last once that went");
    ensure_eq!((meetings(&found.past), meetings(&found.ahead)), (vec!["m4"], vec!["m1"]), "those around now");
    Ok(())
}

/// An item comes back as it was committed, and its feed entries have their positions as revisions, for good.
pub async fn an_item_comes_back_as_it_was_committed(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.decide(&[], &[gathered("m1", 0, &["a", "b"], same)], &[]).await?;
    let mut told = announced("a", json!({ "name": "Globex", "score": 0.1 + 0.2 }), ChangeKind::Added);
    told.row.valid_until = Some(millis(90_000_001));
    let mut refused = GatheredWrite { row: GatheredRow::new(item("b")), change: None, backfill: false };
    refused.row.incomplete = vec!["output.account.stage".to_owned()];
    stage.look(&[told.clone(), refused.clone()]).await?;
    told.row.revision = 1;
    let query = GatheredQuery::of("account", MANY);
    ensure_eq!(stage.items(&query).await?, [told.row.clone(), refused.row], "the items");
    let mut gone = GatheredRow::new(item("a"));
    gone.revision = 1;
    stage.look(&[GatheredWrite { row: gone, change: Some(ChangeKind::Removed), backfill: false }]).await?;
    ensure_eq!(stage.items(&query).await?.len(), 1, "the items once one is gone");
    stage.look(&[announced("a", json!(2), ChangeKind::Added)]).await?;
    let feed = store.feed(&stage.tenant, 0, MANY).await?;
    let found: Vec<_> = feed
        .iter()
        .map(|entry| {
            let key = entry.key.as_deref().unwrap_or_default();
            (entry.delivery_id(), key, entry.change, entry.content.clone(), entry.gathers())
        })
        .collect();
    let expected = [
        (
            "account/a:1".to_owned(),
            "a",
            ChangeKind::Added,
            json!({ "name": "Globex", "score": 0.1 + 0.2 }),
            true,
        ),
        ("account/a:2".to_owned(), "a", ChangeKind::Removed, Value::Null, true),
        ("account/a:3".to_owned(), "a", ChangeKind::Added, json!(2), true),
    ];
    ensure_eq!(found, expected, "the entries of the item");
    ensure_eq!(store.feed_position(&stage.tenant).await?, 3, "the newest position");
    Ok(())
}

/// An item that holds until an instant is looked at then, behind what is noted, the longest overdue first.
pub async fn an_item_that_ran_out_is_looked_at_again(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let until = |key: &str, seconds| {
        let mut write = announced(key, json!(key), ChangeKind::Added);
        write.row.valid_until = Some(at(seconds));
        write
    };
    stage.look(&[until("a", 30), until("b", 20), announced("c", json!(1), ChangeKind::Added)]).await?;
    stage.decide(&[], &[gathered("m1", 0, &["z"], same)], &[]).await?;
    let due = |seconds| stage.gatherings(GatherQuery::at(at(seconds), MANY));
    ensure_eq!(names(&due(19).await?), ["z"], "what is to be looked at before");
    ensure_eq!(names(&due(20).await?), ["z", "b"], "what is to be looked at once one ran out");
    ensure_eq!(names(&due(30).await?), ["z", "b", "a"], "what is to be looked at once both did");
    let found = due(30).await?;
    let told: Vec<_> = found.iter().filter_map(|found| found.row.announced.clone()).collect();
    ensure_eq!(told, [json!("b"), json!("a")], "what was told of them");
    Ok(())
}

/// Items of a section are listed in order of their keys, page by page.
pub async fn items_of_a_section_are_listed_by_key(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let mut writes: Vec<_> =
        ["d", "b", "a", "c"].map(|key| announced(key, json!(key), ChangeKind::Added)).into();
    let mut other = announced("b", json!("other"), ChangeKind::Added);
    other.row.item.section = "contact".to_owned();
    writes.push(other);
    stage.look(&writes).await?;
    stage.decide(&[], &[gathered("m1", 0, &["aa"], same)], &[]).await?;
    let mut query = GatheredQuery::of("account", 2);
    let mut found = Vec::new();
    for _ in 0..3 {
        let page = stage.items(&query).await?;
        ensure!(page.len() <= 2, "a page of {} where 2 were asked for", page.len());
        query.after = page.last().map(|row| row.item.key.clone()).or(query.after);
        found.extend(page.into_iter().map(|row| row.item.key));
    }
    ensure_eq!(found, ["a", "b", "c", "d"], "the items of a section, by pages of two");
    Ok(())
}

/// Whoever no longer holds the join gathers nothing.
pub async fn a_fenced_join_gathers_nothing(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.decide(&[], &[gathered("m1", 0, &["a"], same)], &[]).await?;
    let old = stage.join().await?;
    store.release_join(&old).await?;
    store.release_join(&stage.join().await?).await?;
    ensure_fenced(store.gathered_batch(&old, &GatherQuery::at(at(0), MANY)).await, "gathered_batch")?;
    let writes = [announced("a", json!(1), ChangeKind::Added)];
    let commit = GatheredCommit { claim: &old, writes: &writes, now: at(5), lease_until: at(60) };
    ensure_fenced(store.commit_gathered(&commit).await, "commit_gathered")?;
    ensure!(stage.items(&GatheredQuery::of("account", MANY)).await?.is_empty(), "an item was written");
    ensure_eq!(names(&stage.noted().await?), ["a"], "what is noted");
    Ok(())
}

/// No tenant notes, reads or tells the items of another.
pub async fn items_of_tenants_with_equal_keys_stay_apart(store: Arc<dyn Store>) -> Outcome {
    let acme = Stage::of(&store, "acme", "p").await?;
    let globex = Stage::of(&store, "globex", "p").await?;
    acme.decide(&[], &[gathered("m1", 0, &["a"], same)], &[]).await?;
    ensure!(globex.noted().await?.is_empty(), "another tenant's item is noted");
    globex.decide(&[], &[gathered("m1", 9, &["a"], same), gathered("m2", 9, &["a"], same)], &[]).await?;
    globex.look(&[announced("a", json!("of globex"), ChangeKind::Added)]).await?;
    let found = acme.noted().await?;
    ensure_eq!((names(&found), found.first().map(|found| found.count)), (vec!["a"], Some(1)), "its own item");
    ensure!(
        acme.items(&GatheredQuery::of("account", MANY)).await?.is_empty(),
        "another tenant's item is listed"
    );
    acme.decide(&[], &[], &[meeting("m1", "m1", 0)]).await?;
    acme.look_at_all().await?;
    ensure_eq!(globex.items(&GatheredQuery::of("account", MANY)).await?.len(), 1, "the other tenant's items");
    Ok(())
}

/// A tenant whose items are to be looked at, or hold no longer, has something to decide.
pub async fn tenants_with_items_to_look_at_are_found(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    store.update_tenant(&stage.tenant, &TenantUpdate::default()).await?;
    stage.decide(&[], &[gathered("m1", 0, &["a"], same)], &[]).await?;
    ensure_eq!(store.undecided(None, MANY, at(0)).await?.len(), 1, "tenants with an item to look at");
    let mut told = announced("a", json!(1), ChangeKind::Added);
    told.row.valid_until = Some(at(100));
    stage.look(&[told]).await?;
    ensure_eq!(store.undecided(None, MANY, at(99)).await?.len(), 0, "tenants before the item runs out");
    ensure_eq!(store.undecided(None, MANY, at(100)).await?.len(), 1, "tenants once it has run out");
    Ok(())
}

/// Items are delivered like meetings: what is told of one is due, and a destination that is named later is offered what
/// stands of those that are looked at.
pub async fn items_that_gather_meetings_are_delivered_too(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    let write = announced("a", json!({ "name": "Globex" }), ChangeKind::Added);
    stage.look(std::slice::from_ref(&write)).await?;
    let delivery = stage.one_due(5).await?.row.delivery(&stage.tenant);
    ensure_eq!(delivery.subject, Subject::gathering("account", "a"), "what is due");
    ensure_eq!((delivery.revision, delivery.change), (1, ChangeKind::Added), "how it was made");
    ensure_eq!(delivery.id, "account/a:1", "the id of the delivery");
    ensure_eq!(delivery.content, json!({ "name": "Globex" }), "its content");
    stage.names("r2", &["product", "later"], true).await?;
    let mut stands = write;
    (stands.row.revision, stands.change) = (1, None);
    stage.look(&[stands]).await?;
    let due = claim_for(&store, Some(&stage.tenant), "later", 6, MANY).await?;
    let found: Vec<_> =
        due.iter().map(|due| (&due.row.subject, due.row.revision, due.row.backfill)).collect();
    ensure_eq!(found, [(&Subject::gathering("account", "a"), 1, true)], "what is offered later");
    Ok(())
}
