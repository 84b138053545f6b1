//! The search for similar names beside a comparison with every name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use acquaint_matcher::similar::{Hit, MAX_LETTERS, Scorer, Similar};
use proptest::collection::vec;
use proptest::prelude::*;
use rapidfuzz::distance::{indel, jaro_winkler};

const SCORERS: [Scorer; 3] = [Scorer::Indel, Scorer::TokenSort, Scorer::JaroWinkler];

fn cut(name: &str) -> String {
    name.chars().take(MAX_LETTERS).collect()
}

fn sorted(name: &str) -> String {
    let mut words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

fn score(query: &str, name: &str, scorer: Scorer) -> f64 {
    let (query, name) = (cut(query), cut(name));
    match scorer {
        Scorer::TokenSort => {
            let (query, name) = (sorted(&query), sorted(&name));
            indel::BatchComparator::new(query.chars()).normalized_similarity(name.chars())
        }
        Scorer::JaroWinkler => {
            jaro_winkler::BatchComparator::new(query.chars()).normalized_similarity(name.chars())
        }
        _ => indel::BatchComparator::new(query.chars()).normalized_similarity(name.chars()),
    }
}

/// All names, the best first.
fn ranked(names: &BTreeMap<u32, String>, query: &str, scorer: Scorer) -> Vec<Hit> {
    let mut hits: Vec<Hit> =
        names.iter().map(|(id, name)| Hit { id: *id, score: score(query, name, scorer) }).collect();
    hits.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.id.cmp(&other.id)));
    hits
}

fn best(ranked: &[Hit], k: usize, cutoff: f64) -> Vec<Hit> {
    ranked.iter().filter(|hit| hit.score >= cutoff).take(k).copied().collect()
}

fn assert_equal(similar: &Similar, names: &BTreeMap<u32, String>, query: &str) {
    for scorer in SCORERS {
        let ranked = ranked(names, query, scorer);
        for k in [0, 1, 2, 5, 1000] {
            for cutoff in [0.0, 0.5, 0.7, 0.8, 0.95, 1.0, 1.5] {
                let found = similar.search(query, scorer, k, cutoff);
                assert_eq!(found, best(&ranked, k, cutoff), "{query:?} {scorer:?} {k} {cutoff}");
            }
        }
    }
}

/// Few letters, so that names are alike and scores are tied; some of them need more than a byte.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[ab ]{0,7}",
        6 => "[abc]{1,4}( [abc]{1,4}){0,3}",
        2 => "[aé\u{431}\u{301} ]{0,9}",
        1 => "[ab ]{50,90}",
        1 => "[abc\u{431} ]{120,300}",
    ]
}

#[derive(Clone, Debug)]
enum Change {
    Upsert(u32, String),
    Remove(u32),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (0..40_u32, name()).prop_map(|(id, name)| Change::Upsert(id, name)),
        1 => (0..40_u32).prop_map(Change::Remove),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happened_before_nothing_is_lost(
        changes in vec(change(), 0..80),
        queries in vec(name(), 1..4),
        clone_at in 0..80_usize,
    ) {
        let mut names = BTreeMap::new();
        let mut similar = Similar::new();
        let mut clone = None;
        for (at, change) in changes.into_iter().enumerate() {
            if at == clone_at {
                clone = Some((similar.clone(), names.clone()));
            }
            match change {
                Change::Upsert(id, name) => {
                    similar.upsert(id, &name);
                    names.insert(id, name);
                }
                Change::Remove(id) => prop_assert_eq!(similar.remove(id), names.remove(&id).is_some()),
            }
        }
        prop_assert_eq!(similar.len(), names.len());
        prop_assert_eq!(similar.is_empty(), names.is_empty());
        for query in queries.iter().chain(names.values().take(1)) {
            assert_equal(&similar, &names, query);
            if let Some((similar, names)) = &clone {
                assert_equal(similar, names, query);
            }
        }
    }

    #[test]
    fn any_text_is_a_name(texts in vec(any::<String>(), 1..6), query in any::<String>()) {
        let names: BTreeMap<u32, String> = (0..).zip(texts).collect();
        let similar = Similar::build(names.iter().map(|(id, name)| (*id, name.as_str())));
        assert_equal(&similar, &names, &query);
        for name in names.values() {
            assert_equal(&similar, &names, name);
        }
    }
}

/// Many names of few lengths, so that each length has several racks and names move between them.
#[test]
fn names_move_when_others_go() {
    let mut state = 1_u64;
    let mut letters = |count: u64| {
        let mut text = String::new();
        for _ in 0..count {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.push(char::from(b'a' + (state >> 20) as u8 % 6));
        }
        text
    };
    let mut names: BTreeMap<u32, String> =
        (0..5_000).map(|id| (id, letters(8 + u64::from(id) % 2))).collect();
    let mut similar = Similar::build(names.iter().rev().map(|(id, name)| (*id, name.as_str())));
    let queries: Vec<String> = (0..20).map(|count| letters(5 + count % 6)).collect();
    for round in 0..3 {
        for query in &queries {
            for scorer in SCORERS {
                let found = similar.search(query, scorer, 7, 0.4);
                let wanted = best(&ranked(&names, query, scorer), 7, 0.4);
                assert_eq!(found, wanted, "{query} {scorer:?}");
            }
        }
        for id in (round..5_000).step_by(3) {
            assert!(similar.remove(id) && names.remove(&id).is_some());
        }
    }
    assert_eq!(similar.len(), names.len());
    for id in 0..5_000 {
        similar.remove(id);
    }
    assert!(similar.is_empty() && similar.search("abc", Scorer::Indel, 3, 0.0).is_empty());
}

#[test]
fn the_order_of_insertion_decides_nothing() {
    let names = ["acme ltd", "acme ltd", "ltd acme", "acme", "", "acne ltd", "  acme  ltd", "acme limited"];
    let numbered = || names.iter().enumerate().map(|(id, name)| (id as u32, *name));
    let forwards = Similar::build(numbered());
    let backwards = Similar::build(numbered().rev());
    for scorer in SCORERS {
        for query in names {
            let hits = forwards.search(query, scorer, 4, 0.0);
            assert_eq!(hits, backwards.search(query, scorer, 4, 0.0));
            assert!(hits.is_sorted_by(|one, other| (-one.score, one.id) < (-other.score, other.id)));
        }
    }
}

#[test]
fn hostile_texts_are_names_like_any_other() {
    let long = |unit: &str, length: usize| unit.repeat(length);
    let texts = [
        String::new(),
        "\0".to_owned(),
        long("\0", 3),
        long(" ", 254),
        long(" ", 10_000),
        long("a", 255),
        long("a", 256),
        long("a", 100_000),
        long("a ", 5_000),
        long("e\u{301}", 300),
        long("\u{10ffff}", 64),
        long("\u{430}b\u{5d0}\u{4e2d}", 20),
        "a\u{300}\u{301}\u{302}\u{303}".to_owned(),
        "\u{202e}gro.emca".to_owned(),
        "ﬀ\u{ff}\u{100}".to_owned(),
        long("ab", 32),
        long("ab", 33),
        long("abcdefgh", 16) + "x",
    ];
    let names: BTreeMap<u32, String> = (0..).zip(texts.clone()).collect();
    let similar = Similar::build(names.iter().map(|(id, name)| (*id, name.as_str())));
    for query in &texts {
        assert_equal(&similar, &names, query);
    }
    assert_eq!(similar.search(&texts[6], Scorer::Indel, 1, 1.0).first().map(|hit| hit.id), Some(5));
}

#[test]
fn a_cutoff_that_is_no_number_leaves_out_nothing() {
    let similar = Similar::build([(1, "a"), (2, "b")]);
    for scorer in SCORERS {
        assert_eq!(similar.search("a", scorer, 9, f64::NAN).len(), 2);
        assert_eq!(similar.search("a", scorer, 9, f64::NEG_INFINITY).len(), 2);
        assert_eq!(similar.search("a", scorer, usize::MAX, f64::INFINITY), []);
    }
}

#[test]
fn a_name_takes_a_bounded_room() {
    let mut similar = Similar::new();
    for id in 0..10_000 {
        similar.upsert(id, &format!("company number {id} limited"));
    }
    let before = similar.bytes();
    assert!(before < 10_000 * 300, "{before}");
    for round in 0..5 {
        for id in 0..10_000 {
            similar.upsert(id, &format!("company number {id} limited {round}"));
        }
    }
    assert!(similar.bytes() < before * 2, "{before} {}", similar.bytes());
}
