//! The short way to known people of known companies leads where the strategies lead.

use std::collections::BTreeSet;

use acquaint_matcher::strategy::{self, Answer};
use acquaint_matcher::{
    Answered, Attendee, Attendees, Directory, Ground, Key, Matcher, Reason, Resolution, Verdict,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::naive::{self, Guest, World, attendees};
use super::{agrees_with_the_naive_matcher, cases, json};

/// What is compared of an answer that is not kept.
#[derive(Debug, PartialEq, Eq)]
struct Brief(String);

impl From<Answered<'_, '_>> for Brief {
    fn from(found: Answered<'_, '_>) -> Self {
        let contact = found.contact().map(|one| one.id());
        let account = found.account().map(|one| one.id());
        let by = (found.contact_by(), found.account_by());
        let scores = (found.contact_score(), found.account_score());
        Self(format!("{:?}", (found.class(), contact, account, by, scores, found.ambiguous())))
    }
}

/// What is said in brief and at length, and what was asked for before anybody wanted to know why.
type Said = (Vec<Brief>, Vec<Resolution>, Vec<Key>);

fn said(matcher: &Matcher, directory: &Directory, attendees: &[Attendee]) -> Said {
    let lookup = directory.lookup();
    let answers = matcher.answer(attendees, &lookup);
    let asked = lookup.asked();
    (answers.iter().map(Brief::from).collect(), answers.iter().map(Answered::to_resolution).collect(), asked)
}

/// The same without the short way: a strategy that has nothing to say comes first, and is left out of the evidence.
fn said_at_length(names: &[&str], directory: &Directory, attendees: &[Attendee]) -> Said {
    let silent = strategy::from_fn("silent", 1, |_, _| Answer::NotMine(Reason::NoRecord.into()));
    let rest = names.iter().map(|name| strategy::by_name(name).unwrap());
    let matcher = Matcher::new([silent].into_iter().chain(rest));
    let matcher = matcher.with_classifier(naive::matcher().classifier().clone());
    let (brief, mut found, asked) = said(&matcher, directory, attendees);
    for one in found.iter_mut().filter(|one| !one.evidence.is_empty()) {
        let silent = one.evidence.remove(0);
        assert!(silent.strategy == "silent" && silent.asked.is_empty());
    }
    (brief, found, asked)
}

/// Lists of strategies with which the short way is open, and some with which it is not.
fn strategies() -> impl Strategy<Value = Vec<&'static str>> {
    let all = strategy::NAMES.to_vec();
    prop_oneof![
        3 => Just(all.clone()),
        2 => Just(all[1..].to_vec()),
        1 => Just(all[..3].to_vec()),
        1 => Just(all[1..3].to_vec()),
        1 => prop::sample::subsequence(all, 1..5).prop_shuffle(),
    ]
}

/// Whether the short way was open to this answer: the evidence shows no question but those that are asked there.
fn is_short(world: &World, found: &Resolution) -> bool {
    let short = |by: &str| {
        let why = found.evidence.iter().find(|one| one.strategy == by);
        why.filter(|why| why.verdict == Verdict::Found && why.asked.len() == 2 && !why.ambiguous)
    };
    let (Some(_), Some(link)) = (short("email"), short("contact_account")) else { return false };
    let account = world.accounts.iter().find(|one| Some(&one.id) == found.account.as_ref()).unwrap();
    let host = found.address.as_ref().unwrap().split_once('@').unwrap().1;
    world.pins.is_empty()
        && link.ground == Some(Ground::ConfirmedLink)
        && account.parent.is_none()
        && naive::has(account, host).is_some()
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn the_short_way_leads_where_the_strategies_lead(
        names in strategies(),
        (world, guests) in prop_oneof![
            3 => naive::plain_world(6),
            1 => (naive::world(), naive::guests(6)),
        ],
        extra in naive::changes(6),
    ) {
        let matcher = Matcher::from_names(&names).unwrap();
        let matcher = matcher.with_classifier(naive::matcher().classifier().clone());
        let attendees = attendees(&guests);
        let mut world = world;
        for changes in [vec![], extra] {
            changes.into_iter().for_each(|change| world.apply(change));
            let directory = world.directory();
            let (brief, found, asked) = said(&matcher, &directory, &attendees);
            let (long_brief, long, long_asked) = said_at_length(&names, &directory, &attendees);
            prop_assert_eq!(json(&found), json(&long));
            prop_assert_eq!(brief, long_brief);
            prop_assert_eq!(&asked, &long_asked);
            // Nobody else's questions stand in for those of an attendee.
            for attendee in &attendees {
                let one = std::slice::from_ref(attendee);
                prop_assert_eq!(said(&matcher, &directory, one).2, said_at_length(&names, &directory, one).2);
            }
            prop_assert_eq!(json(&resolve_batch(&matcher, &directory, &guests)), json(&long));
        }
    }

    #[test]
    fn known_people_get_the_answers_of_the_naive_matcher(
        (world, guests) in naive::plain_world(8),
    ) {
        agrees_with_the_naive_matcher(&world, &world.directory(), &guests)?;
        // What is said in brief as well.
        let (directory, matcher, attendees) = (world.directory(), naive::matcher(), attendees(&guests));
        let lookup = directory.lookup();
        for (guest, found) in guests.iter().zip(matcher.answer(&attendees, &lookup).iter()) {
            let naive = naive::resolve(&world, guest);
            prop_assert_eq!(found.contact().map(|one| one.id().into()), naive.contact.map(|half| half.id));
            prop_assert_eq!(found.account().map(|one| one.id().into()), naive.account.map(|half| half.id));
            prop_assert_eq!(found.ambiguous(), naive.ambiguous);
        }
    }
}

fn resolve_batch(matcher: &Matcher, directory: &Directory, guests: &[Guest]) -> Vec<Resolution> {
    let mut batch = Attendees::new();
    guests.iter().for_each(|guest| batch.push_as(&guest.text, guest.name.as_deref(), guest.kind));
    let lookup = directory.lookup();
    matcher.answer(batch.iter(), &lookup).iter().map(Answered::to_resolution).collect()
}

/// What is compared of a way that nobody goes proves nothing.
#[test]
fn the_short_way_is_gone_often() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut short, mut all, mut grounds) = (0, 0, BTreeSet::new());
    for _world in 0..500 {
        let (world, guests) = naive::plain_world(6).new_tree(&mut runner).unwrap().current();
        let (directory, matcher, attendees) = (world.directory(), naive::matcher(), attendees(&guests));
        let found = matcher.resolve(&attendees, &directory.lookup());
        all += found.len();
        for one in found.iter().filter(|one| is_short(&world, one)) {
            short += 1;
            grounds.insert(format!("{:?}", one.evidence[1].ground));
        }
    }
    assert!(short * 4 > all, "{short} of {all}");
    assert_eq!(grounds.len(), 2, "{grounds:?}");
}
