//! The most similar names, found by the index and by comparing with all names.
//!
//! The names are those of the files in the directory that `ACQUAINT_DATA` names, or made up. The limit is a
//! comparison of the query with every name by the crate `rapidfuzz`, and, where there is a Python with it, by the
//! package `rapidfuzz`. After criterion's own figures comes a comparison in rounds, so that whatever else the machine
//! does falls on all alike, and every list of hits is compared with that of the comparison with all names.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use acquaint_matcher::similar::{Hit, Scorer, Similar};
use criterion::Criterion;
use rapidfuzz::distance::{indel, jaro_winkler};

const NAMES: usize = 100_000;
const QUERIES: usize = 500;

const SCORERS: [(Scorer, &str); 3] =
    [(Scorer::Indel, "indel"), (Scorer::TokenSort, "token sort"), (Scorer::JaroWinkler, "jaro-winkler")];

/// How many hits, and how good at least.
const WANTED: [(usize, f64); 2] = [(1, 0.0), (5, 0.8)];

/// The names, the queries, and where they are from.
struct Data {
    names: Vec<String>,
    queries: Vec<String>,
    source: String,
}

impl Data {
    fn load() -> Self {
        let files = std::env::var_os("ACQUAINT_DATA").and_then(|directory| {
            let names = read(directory.as_ref(), "gleif_names100k.txt")?;
            let queries = read(directory.as_ref(), "gleif_queries_a.tsv")?;
            Some((names, queries))
        });
        let Some((names, queries)) = files else { return Self::made_up() };
        Self {
            names: names.lines().map(str::to_owned).collect(),
            queries: queries
                .lines()
                .skip(1)
                .filter_map(|line| line.split('\t').next())
                .map(str::to_owned)
                .collect(),
            source: "names of the files in ACQUAINT_DATA".to_owned(),
        }
    }

    fn made_up() -> Self {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let words: Vec<String> = (0..40_000).map(|_| word(&mut dice)).collect();
        let names: Vec<String> = (0..NAMES).map(|_| name(&mut dice, &words)).collect();
        let queries = (0..QUERIES)
            .map(|_| {
                let at = dice.below(names.len());
                damaged(&mut dice, &names[at])
            })
            .collect();
        Self { names, queries, source: "made-up names (ACQUAINT_DATA is not set or has none)".to_owned() }
    }
}

/// The text of a file, packed or not.
fn read(directory: &Path, name: &str) -> Option<String> {
    let mut text = String::new();
    if let Ok(packed) = std::fs::File::open(directory.join(format!("{name}.gz"))) {
        flate2::read::GzDecoder::new(packed).read_to_string(&mut text).ok()?;
        return Some(text);
    }
    std::fs::read_to_string(directory.join(name)).ok()
}

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    /// Small numbers are frequent, as are the first words of a language.
    fn skewed(&mut self, limit: usize) -> usize {
        let share = self.below(1 << 20) as f64 / f64::from(1 << 20);
        ((limit as f64).powf(share) - 1.0) as usize
    }
}

fn word(dice: &mut Dice) -> String {
    const SYLLABLES: [&str; 24] = [
        "ka", "ro", "mi", "ten", "sol", "ber", "an", "ti", "gra", "ves", "lo", "ind", "us", "er", "pha",
        "nor", "de", "qui", "al", "com", "ti", "on", "is", "max",
    ];
    (0..1 + dice.below(4)).map(|_| SYLLABLES[dice.skewed(SYLLABLES.len())]).collect()
}

fn name(dice: &mut Dice, words: &[String]) -> String {
    const FORMS: [&str; 8] =
        ["limited", "gmbh", "private limited", "llc", "inc", "b v", "holding ltd", "s a"];
    let mut name = String::new();
    for _ in 0..2 + dice.below(4) {
        name += &words[dice.skewed(words.len())];
        name.push(' ');
    }
    name + FORMS[dice.skewed(FORMS.len())]
}

/// Without its last word, with two words swapped, and with up to two letters changed.
fn damaged(dice: &mut Dice, name: &str) -> String {
    let mut words: Vec<&str> = name.split(' ').collect();
    if dice.below(2) == 0 {
        words.pop();
    }
    if dice.below(6) == 0 {
        let (one, other) = (dice.below(words.len()), dice.below(words.len()));
        words.swap(one, other);
    }
    let mut letters: Vec<char> = words.join(" ").chars().collect();
    for _ in 0..dice.below(3) {
        let at = dice.below(letters.len());
        letters[at] = char::from(b'a' + dice.below(26) as u8);
    }
    letters.into_iter().collect()
}

/// A name with its words in order.
fn sorted(name: &str) -> String {
    let mut words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

/// The scores of all names.
fn scores(names: &[Vec<char>], query: &str, scorer: Scorer) -> Vec<f64> {
    let each = |score: &dyn Fn(&[char]) -> f64| names.iter().map(|name| score(name)).collect();
    if scorer == Scorer::JaroWinkler {
        let all = jaro_winkler::BatchComparator::new(query.chars());
        return each(&|name| all.normalized_similarity(name.iter().copied()));
    }
    let query = if scorer == Scorer::TokenSort { sorted(query) } else { query.to_owned() };
    let all = indel::BatchComparator::new(query.chars());
    each(&|name| all.normalized_similarity(name.iter().copied()))
}

fn best(scores: &[f64], k: usize, cutoff: f64) -> Vec<Hit> {
    let hits = scores.iter().enumerate().map(|(id, score)| Hit { id: id as u32, score: *score });
    let mut hits: Vec<Hit> = hits.filter(|hit| hit.score >= cutoff).collect();
    hits.sort_unstable_by(|one, other| other.score.total_cmp(&one.score).then(one.id.cmp(&other.id)));
    hits.truncate(k);
    hits
}

/// The median and the 99th percentile, in milliseconds.
fn spread(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    (at(50), at(99))
}

/// Rounds over all queries; of each query the median of its times counts.
fn compare(data: &Data, names: &Similar) {
    const ROUNDS: usize = 5;
    println!("\n{} {}, {} queries; ms a query", data.names.len(), data.source, data.queries.len());
    println!(
        "{:14} {:5} {:>6} {:>8} {:>8} {:>8} {:>8} {:>7} {:>9}",
        "", "top", "cutoff", "median", "p99", "all", "p99", "ratio", "different"
    );
    let peers = Peers::measure(data);
    for (scorer, label) in SCORERS {
        let letters: Vec<Vec<char>> = data
            .names
            .iter()
            .map(|name| if scorer == Scorer::TokenSort { sorted(name) } else { name.clone() })
            .map(|name| name.chars().collect())
            .collect();
        let mut ours = WANTED.map(|_| vec![[Duration::ZERO; ROUNDS]; data.queries.len()]);
        let mut all = Vec::new();
        let mut different = WANTED.map(|_| 0);
        for round in 0..ROUNDS {
            for (at, query) in data.queries.iter().enumerate() {
                for (times, (k, cutoff)) in ours.iter_mut().zip(WANTED) {
                    let begin = Instant::now();
                    std::hint::black_box(names.search(query, scorer, k, cutoff));
                    times[at][round] = begin.elapsed();
                }
                // All names cost so much that each query is compared with them once.
                if at % ROUNDS == round {
                    let begin = Instant::now();
                    let scores = scores(&letters, query, scorer);
                    all.push(begin.elapsed());
                    for (different, (k, cutoff)) in different.iter_mut().zip(WANTED) {
                        let same = names.search(query, scorer, k, cutoff) == best(&scores, k, cutoff);
                        *different += usize::from(!same);
                    }
                }
            }
        }
        let (all, all99) = spread(all);
        for ((times, (k, cutoff)), different) in ours.into_iter().zip(WANTED).zip(different) {
            let times = times.into_iter().map(|mut rounds| {
                rounds.sort_unstable();
                rounds[ROUNDS / 2]
            });
            let (median, p99) = spread(times.collect());
            println!(
                "{label:14} {k:5} {cutoff:>6} {median:>8.3} {p99:>8.3} {all:>8.2} {all99:>8.2} {:>7.0} {different:>9}",
                all / median
            );
            assert_eq!(different, 0, "a list is not that of a comparison with all names");
            if let Some(peers) = &peers {
                peers.print(label, k, median);
            }
        }
    }
    if peers.is_none() {
        println!("Python's rapidfuzz was left out: ACQUAINT_PYTHON, or python3, has none");
    }
}

/// What Python's rapidfuzz takes, in milliseconds a query.
struct Peers(Vec<(String, f64, f64)>);

impl Peers {
    fn measure(data: &Data) -> Option<Self> {
        let python = std::env::var("ACQUAINT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let run = |arguments: &[&str]| Command::new(&python).args(arguments).output().ok();
        run(&["-c", "import rapidfuzz, numpy"])?.status.success().then_some(())?;
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let write = |name: &str, lines: &[String]| {
            let path = directory.join(name);
            std::fs::write(
                &path,
                lines.iter().fold(String::new(), |mut text, line| {
                    let _ = writeln!(text, "{line}");
                    text
                }),
            )
            .unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (names, queries) = (write("names.txt", &data.names), write("queries.txt", &data.queries));
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers.py");
        let output = run(&[script, &names, &queries])?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(Self(
            text.lines()
                .filter_map(|line| {
                    let mut fields = line.split('\t');
                    let label = fields.next()?.to_owned();
                    Some((label, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
                })
                .collect(),
        ))
    }

    fn print(&self, label: &str, k: usize, median: f64) {
        if let Some((_, one, many)) = self.0.iter().find(|peer| peer.0 == label && k == 1) {
            let ratio = |time: &f64| time / median;
            println!(
                "    Python: extractOne {one:.2} ({:.0} times), cdist {many:.2} ({:.0} times)",
                ratio(one),
                ratio(many)
            );
        }
    }
}

/// What changes take, in microseconds, while clones now and then hold on to the state before. Of each change the
/// fastest of some rounds counts: what is slow in all of them is slow because of the index.
fn changes(data: &Data) {
    const CHANGES: usize = 20_000;
    const ROUNDS: usize = 4;
    for (label, every) in [("alone", None), ("a clone every 100", Some(100))] {
        let mut times = vec![Duration::MAX; CHANGES];
        for _ in 0..ROUNDS {
            let mut names = build(data);
            // Kept, since freeing one at once makes the next allocation slow.
            let mut clones = Vec::new();
            for (at, query) in data.queries.iter().cycle().take(CHANGES).enumerate() {
                if every.is_some_and(|every| at % every == 0) {
                    clones.push(names.clone());
                }
                // Half are new, half take the place of another.
                let id = (at * 7_919 % (data.names.len() * 2)) as u32;
                let begin = Instant::now();
                names.upsert(id, query);
                times[at] = times[at].min(begin.elapsed());
            }
        }
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
        println!(
            "upsert, {label}: median {:.1} µs, p99 {:.1}, p99.9 {:.1}, worst {:.1}",
            at(0.5),
            at(0.99),
            at(0.999),
            at(1.0)
        );
    }
    let names = build(data);
    let begin = Instant::now();
    let clone = names.clone();
    println!("clone: {:.1} µs", begin.elapsed().as_secs_f64() * 1e6);
    drop(clone);
}

fn build(data: &Data) -> Similar {
    Similar::build(data.names.iter().enumerate().map(|(id, name)| (id as u32, name.as_str())))
}

fn main() {
    // Without `--bench` it is `cargo test`, which wants to know only whether it runs.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let mut data = Data::load();
    if !measured {
        data.names.truncate(1_000);
        data.queries.truncate(5);
    }
    let begin = Instant::now();
    let names = build(&data);
    let built = begin.elapsed();
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut group = criterion.benchmark_group("similar names");
    for (scorer, label) in SCORERS {
        for (k, cutoff) in WANTED {
            let mut queries = data.queries.iter().cycle();
            group.bench_function(format!("{label}, top {k}"), |bencher| {
                bencher.iter(|| names.search(queries.next().unwrap(), scorer, k, cutoff));
            });
        }
    }
    group.finish();
    criterion.final_summary();
    if measured {
        let distinct = data.names.iter().collect::<HashSet<_>>().len();
        println!("\n{distinct} distinct names; built in {:.0} ms", built.as_secs_f64() * 1e3);
        println!("{:.1} bytes a name", names.bytes() as f64 / names.len() as f64);
        changes(&data);
        compare(&data, &names);
    }
}
