//! A second matcher, written for being obviously right and nothing else: it walks all records for every question.
//! It shares no code with the crate, and knows only the few hosts that the generators below use.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod generate;
mod hosts;
mod ranking;
mod resolve;
mod world;

use acquaint_matcher::{
    Attendee, Classifier, Internal, Kind, Lists, Matcher, Outcome, Record, RecordId, Resolution,
};

pub(crate) use self::generate::{changes, guest, guests, plain_world, world};
pub(crate) use self::hosts::{class, has};
pub(crate) use self::ranking::Weighed;
pub(crate) use self::resolve::resolve;
pub(crate) use self::world::{Change, World};

/// Who was invited.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) text: String,
    pub(crate) name: Option<String>,
    pub(crate) kind: Kind,
}

impl Guest {
    pub(crate) fn attendee(&self) -> Attendee {
        let attendee = Attendee::new(&self.text).of_kind(self.kind);
        match &self.name {
            Some(name) => attendee.named(name),
            None => attendee,
        }
    }
}

pub(crate) fn attendees(guests: &[Guest]) -> Vec<Attendee> {
    guests.iter().map(Guest::attendee).collect()
}

/// The matcher that is compared: every strategy, and a tenant that calls a free-mail domain its own.
pub(crate) fn matcher() -> Matcher {
    let internal = Internal::new().domain("us.example").domain("gmail.com").user("john@gmail.com");
    Matcher::default().with_classifier(Classifier::new(internal, Lists::shipped()))
}

/// One of the two halves of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Half {
    pub(crate) id: RecordId,
    pub(crate) by: String,
    pub(crate) ground: String,
    pub(crate) tie: bool,
    pub(crate) weighed: Weighed,
}

/// What is compared of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) class: String,
    pub(crate) contact: Option<Half>,
    pub(crate) account: Option<Half>,
    pub(crate) ambiguous: bool,
}

impl From<&Resolution> for Answer {
    fn from(found: &Resolution) -> Self {
        let half = |id: &Option<RecordId>, by: &Option<String>| {
            let (id, by) = (id.clone()?, by.clone()?);
            let why = found.evidence.iter().find(|one| one.strategy == by).unwrap();
            let weighed = why.candidates.iter().map(|one| {
                let id = match &one.record {
                    Record::Contact(id) | Record::Account(id) => id.clone(),
                    other => panic!("{other:?}"),
                };
                (id, outcome(one.outcome))
            });
            let ground = format!("{:?}", why.ground.unwrap());
            Some(Half { id, by, ground, tie: why.ambiguous, weighed: weighed.collect() })
        };
        Self {
            class: serde_json::to_value(found.class).unwrap().as_str().unwrap().to_owned(),
            contact: half(&found.contact, &found.contact_by),
            account: half(&found.account, &found.account_by),
            ambiguous: found.ambiguous,
        }
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    let Outcome::Lost(loss) = outcome else { return "Chosen" };
    let name = format!("{loss:?}");
    let known = [
        "Additional",
        "Child",
        "FewerContacts",
        "Younger",
        "LargerId",
        "Archived",
        "MergedAway",
        "MergeLoop",
        "Unknown",
        "OwnCompany",
        "OtherAccount",
        "OtherName",
    ];
    known.into_iter().find(|one| *one == name).unwrap_or_else(|| panic!("no loss for an answer: {name}"))
}
