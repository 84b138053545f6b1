//! Names: how often the right one is first and among the first five, and how long a query takes.

use std::path::Path;
use std::time::Instant;

use acquaint_matcher::names::NameIndex;

use crate::data::{Query, Set, gleif, people, spellings};
use crate::peers::{self, Peer};

/// Runs every set whose files are there and says whether there was one.
pub(crate) fn run(data: &Path) -> bool {
    let mut ran = false;
    for set in [gleif(data), people(data), spellings(data)] {
        match set {
            Ok(set) => {
                ran = true;
                table(&set);
            }
            Err(error) => println!("left out, {error}\n"),
        }
    }
    ran
}

/// How long it takes to change a name, one after the other.
fn changes(set: &Set, index: &NameIndex) {
    let mut index = index.clone();
    for round in ["right after a copy", "later"] {
        let mut times: Vec<f64> = Vec::new();
        for (place, id) in (0u32..).zip((0..set.names.len()).step_by(97)) {
            let (Some(name), Ok(id)) = (set.names.get(id), u32::try_from(id)) else { continue };
            let changed = format!("{name} {round} {place}");
            let start = Instant::now();
            index.upsert(id, &changed);
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        times.sort_by(f64::total_cmp);
        let at = |share: usize| times.get(times.len() * share / 1000).copied().unwrap_or(0.0);
        let worst = times.last().copied().unwrap_or(0.0);
        println!(
            "- a change {round}: {:.1} µs (median), {:.1} (99 %), {:.1} (99.9 %), {worst:.1} (worst of {})",
            at(500),
            at(990),
            at(999),
            times.len()
        );
    }
    println!();
}

/// What one search engine found for the held-out queries: for each the place of the truth among the first five.
struct Outcome {
    places: Vec<Option<usize>>,
    /// Seconds for each.
    times: Vec<f64>,
}

fn table(set: &Set) {
    let start = Instant::now();
    let index = NameIndex::build(set.kind, (0u32..).zip(set.names.iter().map(String::as_str)));
    let built = start.elapsed().as_secs_f64();
    let queries: Vec<&Query> = set.held_out().collect();
    println!("## {}\n", set.title);
    println!(
        "{} names, {} held-out queries; index built in {built:.2} s, {} bytes a name\n",
        set.names.len(),
        queries.len(),
        index.bytes() / set.names.len().max(1)
    );
    changes(set, &index);
    let halves = queries.iter().any(|query| !query.lexical);
    println!(
        "| search | top 1 | top 5 |{} ms per query, mean / median | queries | acquaint on these |",
        if halves { " lexical top 1 | top 5 |" } else { "" }
    );
    println!("| --- | --- | --- |{} --- | --- | --- |", if halves { " --- | --- |" } else { "" });
    let ours = |query: &str| index.search(query, 5).into_iter().map(|found| found.id).collect();
    row("acquaint", &queries, &ask(&queries, ours), halves, "");
    for (title, most, peer) in peers::all(set) {
        // Exhaustive ones are slow: an even sample of the queries, the same for each.
        let step = queries.len().div_ceil(most).max(1);
        let sample: Vec<&Query> = queries.iter().copied().step_by(step).collect();
        let outcome = match peer {
            Peer::Here(search) => ask(&sample, search),
            Peer::Elsewhere(search) => {
                let texts: Vec<&str> = sample.iter().map(|query| query.text.as_str()).collect();
                match search(&texts) {
                    Ok(answers) => outcome(&sample, answers),
                    Err(error) => {
                        println!("| {title} | left out: {error} |");
                        continue;
                    }
                }
            }
        };
        let on_these = ask(&sample, ours);
        let top = |lexical: bool| share(&sample, &on_these, lexical, 1);
        let mut note = format!("{:.3}", top(false));
        if halves {
            note += &format!(", lexical {:.3}", top(true));
        }
        row(&title, &sample, &outcome, halves, &note);
    }
    println!();
}

fn ask(queries: &[&Query], search: impl Fn(&str) -> Vec<u32>) -> Outcome {
    let answers = queries.iter().map(|query| {
        let start = Instant::now();
        let found = search(&query.text);
        (found, start.elapsed().as_secs_f64())
    });
    outcome(queries, answers.collect())
}

fn outcome(queries: &[&Query], answers: Vec<(Vec<u32>, f64)>) -> Outcome {
    let place =
        |(query, (found, _)): (&&Query, &(Vec<u32>, f64))| found.iter().position(|id| *id == query.truth);
    Outcome {
        places: queries.iter().zip(&answers).map(place).collect(),
        times: answers.iter().map(|(_, time)| *time).collect(),
    }
}

/// Of all queries, or the lexical ones, the share whose truth is among so many first.
fn share(queries: &[&Query], outcome: &Outcome, lexical: bool, first: usize) -> f64 {
    let asked = queries.iter().zip(&outcome.places).filter(|(query, _)| query.lexical || !lexical);
    let (mut all, mut hits) = (0_u32, 0_u32);
    for (_, place) in asked {
        all += 1;
        hits += u32::from(place.is_some_and(|place| place < first));
    }
    f64::from(hits) / f64::from(all.max(1))
}

fn row(title: &str, queries: &[&Query], outcome: &Outcome, halves: bool, note: &str) {
    let share = |lexical: bool, first: usize| share(queries, outcome, lexical, first);
    let mut times = outcome.times.clone();
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).copied().unwrap_or(0.0);
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let mean = times.iter().sum::<f64>() / times.len().max(1) as f64;
    let lexical =
        if halves { format!(" {:.3} | {:.3} |", share(true, 1), share(true, 5)) } else { String::new() };
    println!(
        "| {title} | {:.3} | {:.3} |{lexical} {:.3} / {:.3} | {} | {note} |",
        share(false, 1),
        share(false, 5),
        mean * 1e3,
        median * 1e3,
        queries.len()
    );
}
