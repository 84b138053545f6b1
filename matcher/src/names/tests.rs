//! What the search promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::lexicon::worth;
use super::query::{Loud, Query};
use super::search::{FLOOR, least_share};
use super::words::Words;
use super::{MAX_FOUND, NameIndex, NameKind, Scored, score};

fn companies(names: &[&str]) -> NameIndex {
    NameIndex::build(NameKind::Company, (0u32..).zip(names.iter().copied()))
}

fn people(names: &[&str]) -> NameIndex {
    NameIndex::build(NameKind::Person, (0u32..).zip(names.iter().copied()))
}

fn first(index: &NameIndex, query: &str) -> Option<u32> {
    index.search(query, 1).first().map(|found| found.id)
}

#[test]
fn legal_forms_do_not_count() {
    let index = companies(&["Globex GmbH", "Initech Inc", "Hooli Limited", "Umbrella Ltd"]);
    assert_eq!(first(&index, "Globex Inc"), Some(0));
    assert_eq!(first(&index, "Initech"), Some(1));
    assert_eq!(index.search("Vandelay Inc", 5), []);
    // Between two of one name the legal form decides.
    let index = companies(&["Globex GmbH", "Globex Inc"]);
    assert_eq!(first(&index, "globex inc."), Some(1));
    assert_eq!(first(&index, "globex gmbh"), Some(0));
}

#[test]
fn the_order_of_words_is_free() {
    assert_eq!(first(&people(&["Hanna Berg", "Jane Mary Doe"]), "Doe, Jane Mary"), Some(1));
    assert_eq!(first(&companies(&["Sky Digital", "Digital Reserve"]), "reserve digital"), Some(1));
}

#[test]
fn initials_and_nicknames_match() {
    let index = people(&["Robert Miller", "Peter Miller", "J. Kowalski", "Xaver Kowalski"]);
    assert_eq!(first(&index, "Bob Miller"), Some(0));
    assert_eq!(first(&index, "P. Miller"), Some(1));
    assert_eq!(first(&index, "Jan Kowalski"), Some(2));
    assert_eq!(index.search("J", 5), [], "an initial alone is nobody");
}

#[test]
fn an_acronym_finds_its_company_and_a_company_its_acronym() {
    let index = companies(&["International Business Machines", "Price Waterhouse Coopers", "BMW AG"]);
    assert_eq!(first(&index, "IBM"), Some(0));
    assert_eq!(first(&index, "I.B.M. Corp."), Some(0));
    assert_eq!(first(&index, "PwC"), Some(1));
    assert_eq!(first(&index, "Bayerische Motoren Werke"), Some(2));
}

#[test]
fn a_slip_of_the_pen_is_forgiven() {
    let index = companies(&["Fieldstone Partners", "Globex", "Sparklight Industries"]);
    assert_eq!(first(&index, "Feildstone"), Some(0));
    assert_eq!(first(&index, "globx"), Some(1));
    assert_eq!(first(&index, "sparklihgt indsutries"), Some(2));
    assert_eq!(index.search("glbx", 5), []);
}

#[test]
fn words_written_together_match() {
    let index = companies(&["Time Warner", "Hewlett Packard", "Facebook"]);
    assert_eq!(first(&index, "TimeWarner"), Some(0));
    assert_eq!(first(&index, "face book"), Some(2));
    assert_eq!(first(&people(&["Ann O'Neill"]), "o neill ann"), Some(0));
}

#[test]
fn a_space_may_be_in_the_wrong_place_or_struck_out() {
    let index = people(&["Veda Sane", "Vivien Jakab", "Vedrana Novak"]);
    assert_eq!(first(&index, "vedas ane"), Some(0));
    assert_eq!(first(&index, "ved asane"), Some(0));
    assert_eq!(first(&index, "viviengjakab"), Some(1));
}

#[test]
fn a_slip_that_makes_another_name_counts_only_beside_the_rest() {
    let index = people(&["Maria Kowalski", "Peter Kowalski", "Maria Lindqvist"]);
    assert_eq!(first(&index, "Mario Kowalski"), Some(0));
    assert_eq!(index.search("Mario", 5), []);
}

#[test]
fn who_turns_a_name_leaves_the_rest_in_order() {
    let index = people(&["Igor Kubicek Svoboda", "Igor Svoboda Kubicek"]);
    assert_eq!(first(&index, "Kubicek, Igor Svoboda"), Some(1));
}

#[test]
fn one_more_name_changes_no_other_score() {
    let mut index = companies(&["Acme Robotics", "Acme Rockets", "Robot Works"]);
    let before = index.search("acme robot", 10);
    index.upsert(9, "Acme Robot Acme");
    let after = index.search("acme robot", 10);
    assert!(before.iter().any(|found| found.id == 0) && after.iter().any(|found| found.id == 9));
    assert!(after.iter().all(|found| found.id == 9 || before.contains(found)));
}

#[test]
fn a_name_goes_and_changes() {
    let mut index = companies(&["Globex", "Initech"]);
    assert!(index.remove(0) && !index.remove(0));
    assert_eq!((index.len(), index.search("globex", 5)), (1, vec![]));
    index.upsert(1, "Hooli");
    assert_eq!((first(&index, "hooli"), first(&index, "initech")), (Some(1), None));
    index.upsert(2, "...");
    assert_eq!(index.len(), 2);
    assert!(index.remove(2) && index.remove(1) && index.is_empty());
}

#[test]
fn a_copy_stays_as_it_was() {
    let mut index = companies(&["Globex", "Initech"]);
    let copy = index.clone();
    index.upsert(0, "Hooli");
    assert_eq!((first(&copy, "globex"), first(&index, "globex")), (Some(0), None));
}

#[test]
fn hostile_names_and_queries_are_bounded() {
    let mut index = NameIndex::new(NameKind::Company);
    for (id, unit) in
        (0u32..).zip(["a", "é", "&", " a", "ab ", "\u{fdfa}", "한", "a.b.", "'", "\u{301}", "ﬃ", "1 "])
    {
        let text = unit.repeat(20_000 / unit.len());
        index.upsert(id, &text);
        assert!(index.search(&text, 100).len() <= MAX_FOUND);
        assert!((0.0..=1.0).contains(&score(NameKind::Person, &text, &text)));
    }
    assert!(index.bytes() < 1_000_000);
    assert_eq!(index.search("", 5), []);
    assert_eq!(index.search("ab", 0), []);
}

/// What the documentation promises, by scoring every name.
fn naive(kind: NameKind, names: &[(u32, String)], query: &str) -> Vec<Scored> {
    let asked = Query::of(kind, &Words::of(kind, query));
    let mut firsts: Vec<(f32, u32, &str)> = Vec::new();
    for (id, name) in names {
        let words = Words::of(kind, name);
        let loud: Vec<Loud<'_>> = words
            .all()
            .filter(|(_, silent)| !silent)
            .map(|(text, _)| Loud { text, idf: worth(kind, text).idf })
            .collect();
        let (first, found) = asked.first_score(&loud);
        if found {
            firsts.push((first, *id, name));
        }
    }
    firsts.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let best = firsts.first().map_or(0.0, |best| best.0);
    firsts.retain(|(first, _, _)| *first >= FLOOR.max(best * least_share(kind)));
    firsts.truncate(MAX_FOUND);
    let mut found: Vec<Scored> =
        firsts.into_iter().map(|(_, id, name)| Scored { id, score: score(kind, query, name) }).collect();
    found.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.id.cmp(&other.id)));
    found
}

/// Names made of few words, so that much is alike.
fn name() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        3 => prop::sample::select(vec![
            "acme", "global", "globex", "globel", "time", "warner", "timewarner", "capital", "capitol", "partners",
            "partner", "holding", "ibm", "international", "business", "machines", "limited", "gmbh", "and", "j", "john",
            "jon", "johnny", "tim", "ewarner", "timexwarner", "maria", "mario", "garcia", "garcai", "smith", "smiht", "bob", "robert", "tw", "of", "b",
        ]).prop_map(str::to_owned),
        1 => "[a-d]{1,9}",
    ];
    prop::collection::vec(word, 0..5).prop_map(|words| words.join(" "))
}

fn kind() -> impl Strategy<Value = NameKind> {
    prop::sample::select(vec![NameKind::Company, NameKind::Person])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_search_finds_what_scoring_every_name_finds(
        kind in kind(),
        names in prop::collection::vec(name(), 0..120),
        queries in prop::collection::vec(name(), 1..6),
    ) {
        let names: Vec<(u32, String)> = (0u32..).map(|id| id * 7 % 1009).zip(names).collect();
        let index = NameIndex::build(kind, names.iter().map(|(id, name)| (*id, name.as_str())));
        for query in &queries {
            prop_assert_eq!(index.search(query, MAX_FOUND), naive(kind, &names, query), "{}", query);
        }
    }

    #[test]
    fn history_leaves_no_trace(
        kind in kind(),
        steps in prop::collection::vec((0u32..12, prop::option::of(name())), 0..40),
        queries in prop::collection::vec(name(), 1..4),
    ) {
        let mut index = NameIndex::new(kind);
        let mut now = std::collections::BTreeMap::new();
        for (id, name) in &steps {
            match name {
                Some(name) => {
                    index.upsert(*id, name);
                    now.insert(*id, name.as_str());
                }
                None => prop_assert_eq!(index.remove(*id), now.remove(id).is_some()),
            }
        }
        let fresh = NameIndex::build(kind, now.iter().rev().map(|(id, name)| (*id, *name)));
        prop_assert_eq!(index.len(), now.len());
        for query in &queries {
            prop_assert_eq!(index.search(query, 10), fresh.search(query, 10));
        }
    }

    #[test]
    fn any_text_is_a_name(kind in kind(), name in "\\PC{0,60}", query in "\\PC{0,60}") {
        let index = NameIndex::build(kind, [(1, name.as_str())]);
        for found in index.search(&query, 5) {
            prop_assert!((0.0..=1.0).contains(&found.score));
            prop_assert_eq!(found.score, score(kind, &query, &name));
        }
    }
}
