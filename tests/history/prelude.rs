//! What most histories begin with: some customers, and meetings with them on both users' calendars.

use acquaint::core::view::{EventStatus, Response};

use super::cloud_edits::CloudEdit;
use super::local::{EventEdit, Guest, LocalEdit};
use super::scene::Edit;

/// Places in the pools: Jane of Globex, Joe of Initech, Ben, Ana.
const JANE: usize = 0;
const JOE: usize = 4;
const ANA: usize = 12;
const BEN: usize = 13;

pub fn edits(cloud: bool) -> Vec<Edit> {
    if cloud { in_the_cloud() } else { pushed() }
}

fn in_the_cloud() -> Vec<Edit> {
    let company = |domain| CloudEdit::NewCompany { domain, stage: 0, seats: 2, parent: None };
    let meeting = |calendar, hours, guests| CloudEdit::NewEvent {
        calendar,
        hours,
        minutes: 30,
        title: 0,
        guests,
        series: None,
        private: false,
    };
    [
        company(0),
        company(3),
        CloudEdit::NewContact { email: 0, role: 0, company: Some(0) },
        CloudEdit::NewContact { email: 3, role: 1, company: Some(1) },
        meeting(0, 30, vec![JANE, BEN]),
        meeting(1, 60, vec![ANA, JOE]),
        meeting(0, 90, vec![JOE, BEN]),
        meeting(1, 100, vec![JANE]),
        meeting(1, 110, vec![ANA]),
        company(8),
        CloudEdit::Event(0, super::cloud_edits::EventChange::Respond(JANE, 1)),
    ]
    .map(Edit::Cloud)
    .into()
}

fn pushed() -> Vec<Edit> {
    let account = |id, domain| LocalEdit::PutAccount {
        id,
        domains: vec![domain],
        stage: 0,
        seats: 2,
        renewal: None,
        parent: None,
        age: None,
        takes_in: None,
    };
    let copy = |calendar, id, hours, external| {
        let guest = |who, is_self| Guest {
            who,
            odd: false,
            response: Response::Accepted,
            optional: false,
            resource: false,
            is_self,
        };
        LocalEdit::PutEvent(EventEdit {
            calendar,
            id,
            uid: id + 1,
            occurrence: None,
            hours,
            minutes: 30,
            all_day: false,
            title: 0,
            organiser: Some((ANA, calendar == 0)),
            guests: vec![guest(external, false), guest(BEN, calendar == 1)],
            status: EventStatus::Confirmed,
            private: false,
            cut: false,
            sequence: 0,
        })
    };
    let contact = |id, email, account| LocalEdit::PutContact {
        id,
        emails: vec![email],
        accounts: vec![account],
        role: 0,
        age: None,
    };
    [
        account(0, 0),
        account(1, 3),
        contact(0, 0, 0),
        contact(1, 3, 1),
        copy(0, 0, 30, JANE),
        copy(1, 0, 30, JANE),
        copy(0, 1, 60, JOE),
    ]
    .map(Edit::Local)
    .into()
}
