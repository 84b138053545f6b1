//! One meeting and its copies.
//!
//! Copies have one identity. They are one meeting if their organisers are equal or unknown, else they stay
//! apart. The lead is the organiser's copy, then one with the complete guest list, then the one changed most
//! often, then the one with the smallest reference. A private copy gives times only, and leads only where
//! there is no other.

use std::collections::BTreeMap;

use acquaint_core::ids::RecordRef;
use acquaint_core::view::{Attendee, CalendarEvent, EventStatus, Response, Visibility};
use acquaint_matcher::Address;

/// A copy: an event and the record that it was viewed from.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    pub(crate) record: RecordRef,
    pub(crate) event: CalendarEvent,
}

/// A meeting before anybody in it is known.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) identity: String,
    /// Whose times, title and guest list it has.
    pub(crate) lead: CalendarEvent,
    pub(crate) status: EventStatus,
    pub(crate) private: bool,
    pub(crate) organiser: Option<String>,
    /// By normalised address.
    pub(crate) people: BTreeMap<String, Person>,
    /// The lead first, then in order.
    pub(crate) copies: Vec<RecordRef>,
}

/// An attendee with what all copies say of them.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) attendee: Attendee,
    pub(crate) organiser: bool,
    pub(crate) only_on_copy: bool,
}

/// The normalised address; what is no address is only trimmed and folded.
pub(crate) fn address(text: &str) -> String {
    Address::parse(text).map_or_else(|_| text.trim().to_lowercase(), Address::into_string)
}

/// Merges the copies of one identity into meetings, ordered by organiser.
pub(crate) fn merge(identity: &str, mut copies: Vec<Copy>) -> Vec<Draft> {
    copies.sort_by(|a, b| a.record.cmp(&b.record));
    let mut groups: BTreeMap<Option<String>, Vec<Copy>> = BTreeMap::new();
    for copy in copies {
        let organiser = copy.event.organiser.email.as_deref().map(address).filter(|email| !email.is_empty());
        groups.entry(organiser).or_default().push(copy);
    }
    // A copy that does not say who called it belongs to the only meeting there is.
    if groups.len() == 2
        && let Some(unknown) = groups.remove(&None)
        && let Some(group) = groups.values_mut().next()
    {
        group.extend(unknown);
    }
    groups.into_iter().filter_map(|(organiser, copies)| draft(identity, organiser, copies)).collect()
}

fn draft(identity: &str, organiser: Option<String>, mut copies: Vec<Copy>) -> Option<Draft> {
    copies.sort_by(|a, b| rank(a).cmp(&rank(b)));
    let lead = copies.first()?.event.clone();
    let private = lead.visibility == Visibility::Private;
    let cancelled = copies
        .iter()
        .find(|copy| copy.event.organiser.is_self)
        .map_or_else(|| copies.iter().all(is_cancelled), is_cancelled);
    let status = match (cancelled, lead.status) {
        (true, _) => EventStatus::Cancelled,
        // Somebody's own copy may be called off while the meeting stands.
        (false, EventStatus::Cancelled) => EventStatus::Confirmed,
        (false, status) => status,
    };
    let mut people = BTreeMap::new();
    for (index, copy) in copies.iter().enumerate() {
        if copy.event.visibility != Visibility::Private {
            add_people(&mut people, &copy.event, index > 0);
        }
    }
    Some(Draft {
        identity: identity.to_owned(),
        lead,
        status,
        private,
        organiser: organiser.filter(|_| !private),
        people,
        copies: copies.into_iter().map(|copy| copy.record).collect(),
    })
}

fn is_cancelled(copy: &Copy) -> bool {
    copy.event.status == EventStatus::Cancelled
}

/// Smaller is better.
fn rank(copy: &Copy) -> (bool, bool, bool, std::cmp::Reverse<i64>, &RecordRef) {
    let event = &copy.event;
    (
        event.visibility == Visibility::Private,
        !event.organiser.is_self,
        event.attendees_cut,
        std::cmp::Reverse(event.sequence),
        &copy.record,
    )
}

/// By what one copy comes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ahead {
    /// The other is private.
    Visible,
    /// It is on the organiser's own calendar.
    Organisers,
    /// The guest list of the other is cut.
    Complete,
    /// The organiser has changed it more often.
    Newer,
    /// Its reference is the smaller one.
    Reference,
}

/// By what the lead comes before another copy.
pub(crate) fn ahead(lead: &Copy, other: &Copy) -> Ahead {
    let (ours, theirs) = (rank(lead), rank(other));
    if ours.0 != theirs.0 {
        Ahead::Visible
    } else if ours.1 != theirs.1 {
        Ahead::Organisers
    } else if ours.2 != theirs.2 {
        Ahead::Complete
    } else if ours.3 != theirs.3 {
        Ahead::Newer
    } else {
        Ahead::Reference
    }
}

fn add_people(people: &mut BTreeMap<String, Person>, event: &CalendarEvent, other_copy: bool) {
    for attendee in &event.attendees {
        let email = address(&attendee.email);
        if email.is_empty() {
            continue;
        }
        match people.get_mut(&email) {
            None => {
                let person =
                    Person { attendee: attendee.clone(), organiser: false, only_on_copy: other_copy };
                people.insert(email, person);
            }
            // A person's answer comes from their own copy, the first one if they have several.
            Some(known) if attendee.is_self && !known.attendee.is_self => {
                known.attendee.response = attendee.response;
                known.attendee.is_self = true;
            }
            Some(_) => {}
        }
    }
    let Some(organiser) = event.organiser.email.as_deref().map(address).filter(|email| !email.is_empty())
    else {
        return;
    };
    match people.get_mut(&organiser) {
        Some(known) => known.organiser = true,
        // Who called a meeting with guests is in it, though some providers leave them out of the list. An
        // entry of one's own without guests has nobody in it.
        None if event.attendees.is_empty() && event.organiser.is_self => {}
        None => {
            let mut attendee = Attendee::new(organiser.clone());
            attendee.name.clone_from(&event.organiser.name);
            attendee.response = Response::Accepted;
            attendee.is_self = event.organiser.is_self;
            people.insert(organiser, Person { attendee, organiser: true, only_on_copy: other_copy });
        }
    }
}
