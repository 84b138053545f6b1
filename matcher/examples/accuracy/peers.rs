//! Other ways to search for a name, for comparison.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::process::{Command, Stdio};

use acquaint_matcher::names::fold;
use rapidfuzz::distance::{indel, jaro_winkler};

use crate::data::Set;

/// A search and where it runs.
pub(crate) enum Peer<'a> {
    /// One query at a time, in this process. Gives the first five.
    Here(OneByOne<'a>),
    /// All queries at once, in another process. Gives for each the first five and the seconds it took.
    Elsewhere(AllAtOnce<'a>),
}

type OneByOne<'a> = Box<dyn Fn(&str) -> Vec<u32> + 'a>;
type AllAtOnce<'a> = Box<dyn Fn(&[&str]) -> Answers + 'a>;

/// What another process answered.
pub(crate) type Answers = Result<Vec<(Vec<u32>, f64)>, String>;

/// All peers, with the most queries that each is asked.
pub(crate) fn all(set: &Set) -> Vec<(String, usize, Peer<'_>)> {
    let folded: Vec<String> = set.names.iter().map(|name| fold(name)).collect();
    let large = set.names.len() > 200_000;
    let most = if large { 40 } else { 250 };
    let vectors = TfIdf::build(&folded);
    let sorted: Vec<Vec<String>> = folded.iter().map(|name| tokens(name)).collect();
    let mut peers: Vec<(String, usize, Peer<'_>)> = vec![
        (
            "TF-IDF, 3-grams, cosine".into(),
            1000,
            Peer::Here(Box::new(move |query| vectors.search(&fold(query)))),
        ),
        (
            "Jaro-Winkler of every name (rapidfuzz crate)".into(),
            most,
            Peer::Here(Box::new(move |query| {
                let query = jaro_winkler::BatchComparator::new(fold(query).bytes());
                best(folded.iter().map(|name| query.similarity(name.bytes())))
            })),
        ),
        (
            "token_set ratio of every name (own loop)".into(),
            most,
            Peer::Here(Box::new(move |query| {
                let query = tokens(&fold(query));
                best(sorted.iter().map(|name| token_set(&query, name)))
            })),
        ),
    ];
    if let Ok(python) = std::env::var("ACQUAINT_PYTHON") {
        for (scorer, most) in [
            ("JaroWinkler", most),
            ("token_set_ratio", if large { 10 } else { most / 2 }),
            ("WRatio", if large { 10 } else { 50 }),
        ] {
            let python = python.clone();
            peers.push((
                format!("{scorer} of every name (rapidfuzz for Python)"),
                most,
                Peer::Elsewhere(Box::new(move |queries| in_python(&python, scorer, &set.names, queries))),
            ));
        }
    } else {
        println!("(ACQUAINT_PYTHON is not set: rapidfuzz for Python, and with it WRatio, is left out)\n");
    }
    peers
}

/// The places of the five best scores, of equal ones the first.
fn best(scores: impl Iterator<Item = f64>) -> Vec<u32> {
    let mut top: Vec<(f64, u32)> = Vec::with_capacity(6);
    for (score, id) in scores.zip(0u32..) {
        if top.len() == 5 && top.last().is_some_and(|last| score <= last.0) {
            continue;
        }
        let at = top.partition_point(|one| one.0 >= score);
        top.insert(at, (score, id));
        top.truncate(5);
    }
    top.into_iter().map(|(_, id)| id).collect()
}

fn tokens(folded: &str) -> Vec<String> {
    let mut tokens: Vec<String> = folded.split(' ').map(str::to_owned).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

/// The best of the three comparisons of what two sorted sets of words share and what each has besides.
fn token_set(one: &[String], other: &[String]) -> f64 {
    let shared: Vec<&str> = one.iter().filter(|word| other.contains(word)).map(String::as_str).collect();
    let rest = |from: &[String]| {
        let own = from.iter().map(String::as_str).filter(|word| !shared.contains(word));
        shared.iter().copied().chain(own).collect::<Vec<_>>().join(" ")
    };
    let (one, other, shared) = (rest(one), rest(other), shared.join(" "));
    let ratio = |a: &str, b: &str| indel::normalized_similarity(a.bytes(), b.bytes());
    if shared.is_empty() {
        return ratio(&one, &other);
    }
    ratio(&shared, &one).max(ratio(&shared, &other)).max(ratio(&one, &other))
}

/// Names as vectors of their runs of three letters.
struct TfIdf {
    grams: HashMap<[u8; 3], u32>,
    idf: Vec<f32>,
    postings: Vec<Vec<(u32, f32)>>,
    names: usize,
}

impl TfIdf {
    fn build(names: &[String]) -> Self {
        let mut grams: HashMap<[u8; 3], u32> = HashMap::new();
        let mut counts: Vec<f32> = Vec::new();
        let cut: Vec<BTreeMap<u32, f32>> = names
            .iter()
            .map(|name| {
                let mut vector = BTreeMap::new();
                for gram in three(name) {
                    let next = u32::try_from(grams.len()).unwrap_or(u32::MAX);
                    *vector.entry(*grams.entry(gram).or_insert(next)).or_default() += 1.0;
                }
                counts.resize(grams.len(), 0.0);
                vector.keys().for_each(|gram| counts[*gram as usize] += 1.0);
                vector
            })
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "fewer than a million")]
        let all = names.len() as f32;
        let idf: Vec<f32> = counts.iter().map(|count| ((1.0 + all) / (1.0 + count)).ln() + 1.0).collect();
        let mut postings = vec![Vec::new(); idf.len()];
        for (id, vector) in (0u32..).zip(&cut) {
            let length =
                vector.iter().map(|(gram, count)| (count * idf[*gram as usize]).powi(2)).sum::<f32>().sqrt();
            for (gram, count) in vector {
                postings[*gram as usize].push((id, count * idf[*gram as usize] / length));
            }
        }
        Self { grams, idf, postings, names: names.len() }
    }

    fn search(&self, query: &str) -> Vec<u32> {
        let mut vector: BTreeMap<u32, f32> = BTreeMap::new();
        for gram in three(query).filter_map(|gram| self.grams.get(&gram)) {
            *vector.entry(*gram).or_default() += self.idf[*gram as usize];
        }
        let mut sums = vec![0.0_f32; self.names];
        for (gram, weight) in vector {
            for (id, other) in &self.postings[gram as usize] {
                sums[*id as usize] += weight * other;
            }
        }
        best(sums.into_iter().map(f64::from))
    }
}

fn three(name: &str) -> impl Iterator<Item = [u8; 3]> {
    name.as_bytes().windows(3).filter_map(|gram| gram.try_into().ok())
}

/// Asks rapidfuzz for Python. The first line of the input says how many names follow, then come the queries.
fn in_python(python: &str, scorer: &str, names: &[String], queries: &[&str]) -> Answers {
    let say = |error: std::io::Error| format!("{python}: {error}");
    let mut child = Command::new(python)
        .args(["-c", include_str!("peer.py"), scorer])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(say)?;
    let mut input = format!("{}\n", names.len());
    for line in names.iter().map(|name| fold(name)).chain(queries.iter().map(|query| fold(query))) {
        input.push_str(&line);
        input.push('\n');
    }
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes()).map_err(say)?;
    }
    let output = child.wait_with_output().map_err(say)?;
    if !output.status.success() {
        return Err(format!("{python} has no rapidfuzz"));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let answer = |line: &str| {
        let mut numbers = line.split(' ');
        let seconds = numbers.next()?.parse().ok()?;
        Some((numbers.filter_map(|number| number.parse().ok()).collect(), seconds))
    };
    Ok(text.lines().filter_map(answer).collect())
}
