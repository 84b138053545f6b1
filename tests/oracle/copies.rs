//! Which copies are one meeting, and in which order they count.

use std::cmp::Ordering;

use acquaint::core::ids::RecordRef;
use acquaint::core::view::{CalendarEvent, Visibility};

use super::facts::Facts;
use super::text;

/// The copies of one meeting, the lead first.
#[derive(Debug)]
pub struct Group {
    pub identity: String,
    pub organiser: Option<String>,
    pub copies: Vec<(RecordRef, CalendarEvent)>,
}

pub fn groups(facts: &Facts) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (record, event) in &facts.events {
        let identity = event.identity();
        let organiser = event.organiser.email.as_deref().map(text::person).filter(|email| !email.is_empty());
        let copy = (record.clone(), event.clone());
        match groups.iter_mut().find(|group| group.identity == identity && group.organiser == organiser) {
            Some(group) => group.copies.push(copy),
            None => groups.push(Group { identity, organiser, copies: vec![copy] }),
        }
    }
    let identities: Vec<String> = groups.iter().map(|group| group.identity.clone()).collect();
    for identity in identities {
        adopt_the_unknown(&mut groups, &identity);
    }
    for group in &mut groups {
        group.copies.sort_by(order);
    }
    groups
}

/// Copies that do not say who called the meeting join the only other group of their identity.
fn adopt_the_unknown(groups: &mut Vec<Group>, identity: &str) {
    let of_identity = |group: &&Group| group.identity == identity;
    if groups.iter().filter(of_identity).count() != 2 {
        return;
    }
    let unknown = groups.iter().position(|group| group.identity == identity && group.organiser.is_none());
    let Some(unknown) = unknown else { return };
    let copies = groups.remove(unknown).copies;
    groups.iter_mut().find(|group| group.identity == identity).unwrap().copies.extend(copies);
}

fn order(a: &(RecordRef, CalendarEvent), b: &(RecordRef, CalendarEvent)) -> Ordering {
    let private = |event: &CalendarEvent| event.visibility == Visibility::Private;
    private(&a.1)
        .cmp(&private(&b.1))
        .then(b.1.organiser.is_self.cmp(&a.1.organiser.is_self))
        .then(a.1.attendees_cut.cmp(&b.1.attendees_cut))
        .then(b.1.sequence.cmp(&a.1.sequence))
        .then(a.0.cmp(&b.0))
}
