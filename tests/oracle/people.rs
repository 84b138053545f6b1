//! Who is in a meeting, from all its copies.

use acquaint::core::view::{Attendee, Response, Visibility};

use super::copies::Group;
use super::text;

/// Somebody in a meeting, before it is known who they are.
#[derive(Debug, Clone)]
pub struct Person {
    pub key: String,
    pub said: Attendee,
    pub organiser: bool,
    pub only_on_copy: bool,
    answered_themselves: bool,
}

/// Everybody in the meeting, by address.
pub fn people(group: &Group) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for (index, (_, event)) in group.copies.iter().enumerate() {
        if event.visibility == Visibility::Private {
            continue;
        }
        for attendee in &event.attendees {
            let key = text::person(&attendee.email);
            if key.is_empty() {
                continue;
            }
            match people.iter_mut().find(|person| person.key == key) {
                Some(person) => {
                    if attendee.is_self && !person.answered_themselves {
                        person.said.response = attendee.response;
                        person.answered_themselves = true;
                    }
                }
                None => people.push(Person {
                    key,
                    said: attendee.clone(),
                    organiser: false,
                    only_on_copy: index > 0,
                    answered_themselves: attendee.is_self,
                }),
            }
        }
        let organiser = event.organiser.email.as_deref().map(text::person).unwrap_or_default();
        if organiser.is_empty() {
            continue;
        }
        if let Some(person) = people.iter_mut().find(|person| person.key == organiser) {
            person.organiser = true;
        } else if !(event.attendees.is_empty() && event.organiser.is_self) {
            let mut said = Attendee::new(organiser.clone());
            said.name = event.organiser.name.clone();
            said.response = Response::Accepted;
            people.push(Person {
                key: organiser,
                said,
                organiser: true,
                only_on_copy: index > 0,
                answered_themselves: event.organiser.is_self,
            });
        }
    }
    people.sort_by(|a, b| a.key.cmp(&b.key));
    people
}
