//! Output in sections: the meeting itself, and an item for each attendee.

use std::collections::BTreeMap;

use acquaint::ChangeKind::{Added, Changed, Removed};
use acquaint::core::view::{Attendee, Contact};
use acquaint::{ChangeKind, FeedEntry};
use serde_json::{Value, json};

use super::{World, review};

const SECTIONS: &str = "
keep: { title: { not: { contains: hold } } }
output:
  meeting: { take: { title: title } }
  attendance:
    where: { external: true, not: { response: declined } }
    take: { role: contact.role, title: meeting.title }
";

impl World {
    /// Section, key, change and revision of what is told behind a position.
    async fn told(&self, after: u64) -> Vec<(String, ChangeKind, u64)> {
        let feed = self.tenant.changes(after, 100).await.unwrap();
        let place = |entry: &FeedEntry| match &entry.key {
            Some(key) => format!("{} {key}", entry.section),
            None => entry.section.clone(),
        };
        feed.iter().map(|entry| (place(entry), entry.change, entry.revision)).collect()
    }

    /// What is told of the next sync.
    async fn next(&self) -> Vec<(String, ChangeKind, u64)> {
        let position = self.tenant.position().await.unwrap();
        let changes = self.sync().await;
        let told = self.told(position).await;
        assert_eq!(told.len() as u64, changes);
        told
    }

    /// What a consumer of the whole feed holds, by section and key.
    async fn held(&self) -> BTreeMap<(String, Option<String>), Value> {
        let (mut held, mut ids) = (BTreeMap::new(), std::collections::BTreeSet::new());
        for (entry, position) in self.tenant.changes(0, 1_000).await.unwrap().into_iter().zip(1..) {
            assert_eq!(entry.position, position);
            assert!(ids.insert(entry.delivery_id()), "{} is told twice", entry.delivery_id());
            let place = (entry.section, entry.key);
            let before = match entry.change {
                Removed => held.remove(&place),
                _ => held.insert(place, entry.content.clone()),
            };
            assert_eq!(before.is_none(), entry.change == Added);
            assert_ne!(before, Some(entry.content), "it tells nothing new");
        }
        held
    }

    async fn give_jane(&self, role: &str) {
        let jane = Contact::new("7", "jane@globex.com").field("role", role);
        self.tenant.local("product").put_contacts([(jane, vec!["1".to_owned()])]).await.unwrap();
    }
}

fn told<const N: usize>(entries: [(&str, ChangeKind, u64); N]) -> Vec<(String, ChangeKind, u64)> {
    entries.map(|(place, change, revision)| (place.to_owned(), change, revision)).to_vec()
}

const JANE: &str = "attendance jane@globex.com";
const WHO: &str = "attendance who@elsewhere.test";

#[tokio::test]
async fn every_attendee_is_an_item_of_its_own_behind_the_meeting() {
    let world = World::new(SECTIONS).await;
    world.put(review()).await;
    assert_eq!(world.next().await, told([("meeting", Added, 1), (JANE, Added, 1), (WHO, Added, 1)]));
    let feed = world.tenant.changes(0, 10).await.unwrap();
    let contents: Vec<&Value> = feed.iter().map(|entry| &entry.content).collect();
    let title = "Quarterly Review";
    let expected = [
        json!({ "title": title }),
        json!({ "role": "CFO", "title": title }),
        json!({ "role": null, "title": title }),
    ];
    assert_eq!(contents, expected.each_ref());
    let id = &world.meeting().await.id;
    let ids: Vec<String> = feed.iter().map(FeedEntry::delivery_id).collect();
    let expected = [
        format!("{id}:1"),
        format!("{id}/attendance/jane@globex.com:1"),
        format!("{id}/attendance/who@elsewhere.test:1"),
    ];
    assert_eq!(ids, expected);
    assert_eq!(world.sync().await, 0, "nothing changed, so nothing is told");
}

#[tokio::test]
async fn only_the_items_that_differ_are_told() {
    let world = World::new(SECTIONS).await;
    let mut event = review();
    world.put(event.clone()).await;
    world.sync().await;
    world.give_jane("CEO").await;
    assert_eq!(world.next().await, told([(JANE, Changed, 2)]), "one change for one item");

    event.attendees.push(Attendee::new("zoe@new.test"));
    event.attendees.retain(|who| who.email != "who@elsewhere.test");
    world.put(event.clone()).await;
    assert_eq!(world.next().await, told([(WHO, Removed, 3), ("attendance zoe@new.test", Added, 3)]));

    event.title = Some("Review".to_owned());
    world.put(event.clone()).await;
    let zoe = "attendance zoe@new.test";
    assert_eq!(world.next().await, told([("meeting", Changed, 4), (JANE, Changed, 4), (zoe, Changed, 4)]));
    let held = world.held().await;
    assert_eq!(held.len(), 3);
    let jane = ("attendance".to_owned(), Some("jane@globex.com".to_owned()));
    assert_eq!(held[&jane], json!({ "role": "CEO", "title": "Review" }));
}

#[tokio::test]
async fn the_items_of_a_meeting_that_goes_are_withdrawn_before_it() {
    let world = World::new(SECTIONS).await;
    let mut event = review();
    world.put(event.clone()).await;
    world.sync().await;
    // Dropped by a rule, kept again, and gone.
    event.title = Some("On hold".to_owned());
    world.put(event.clone()).await;
    assert_eq!(world.next().await, told([(JANE, Removed, 2), (WHO, Removed, 2), ("meeting", Removed, 2)]));
    assert!(world.meeting().await.items.is_empty());
    world.put(review()).await;
    assert_eq!(world.next().await, told([("meeting", Added, 3), (JANE, Added, 3), (WHO, Added, 3)]));
    world.tenant.local("product").remove_events([("ana", "e1")]).await.unwrap();
    assert_eq!(world.next().await, told([(JANE, Removed, 4), (WHO, Removed, 4), ("meeting", Removed, 4)]));
    assert!(world.held().await.is_empty());
}

#[tokio::test]
async fn without_a_section_of_the_meeting_its_items_alone_are_told() {
    let world = World::new("output: { attendance: { take: { name: name } } }\n").await;
    world.put(review()).await;
    let bill = "attendance bill@initech.com";
    assert_eq!(world.next().await, told([(bill, Added, 1), (JANE, Added, 1), (WHO, Added, 1)]));
    assert_eq!(world.meeting().await.content, Value::Null);
    world.tenant.local("product").remove_events([("ana", "e1")]).await.unwrap();
    assert_eq!(world.next().await, told([(bill, Removed, 2), (JANE, Removed, 2), (WHO, Removed, 2)]));
}

#[tokio::test]
async fn an_item_has_the_key_that_is_asked_for_and_without_one_there_is_none() {
    let sections =
        "output: { attendance: { key: contact.id, where: { all: [] }, take: { email: email } } }\n";
    let world = World::new(sections).await;
    let bill = Contact::new("7", "jane@globex.com").email("bill@initech.com");
    world.tenant.local("product").put_contacts([(bill, vec!["1".to_owned()])]).await.unwrap();
    world.put(review()).await;
    assert_eq!(world.next().await, told([("attendance 7", Added, 1)]));
    let held: Vec<Value> = world.held().await.into_values().collect();
    assert_eq!(held, [json!({ "email": "bill@initech.com" })], "of two with one key the first by address");
}

#[tokio::test]
async fn what_an_item_lacks_drops_it_alone_and_what_it_refuses_holds_up_the_meeting() {
    let world = World::new(
        "
output:
  meeting: { take: { title: title } }
  attendance:
    take:
      role: { from: contact.role, required: true }
      vip: { from: account.vip, missing: refuse }
",
    )
    .await;
    world.put(review()).await;
    assert_eq!(world.next().await, told([("meeting", Added, 1), (JANE, Added, 1)]));
    // Bill has a role from here on, and his account says nothing of `vip`.
    let bill = Contact::new("8", "bill@initech.com").field("role", "CTO");
    world.tenant.local("product").put_contacts([(bill.clone(), vec!["2".to_owned()])]).await.unwrap();
    world.give_jane("CEO").await;
    assert_eq!(world.next().await, []);
    let meeting = world.meeting().await;
    assert_eq!(meeting.decision.incomplete, ["output.attendance.vip"]);
    world.tenant.local("product").put_contacts([(bill, vec!["1".to_owned()])]).await.unwrap();
    assert_eq!(world.next().await, told([("attendance bill@initech.com", Added, 2), (JANE, Changed, 2)]));
}
