//! Names: top-1 and top-5 accuracy and time per query.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

use acquaint_matcher::names::{NameIndex, NameKind, fold, words};
use flate2::read::MultiGzDecoder;

/// A set of names and questions about it: what is asked, and which name is meant.
struct Set {
    title: &'static str,
    kind: NameKind,
    names: Vec<String>,
    queries: Vec<(String, u32)>,
}

pub(crate) fn run(data: &Path) -> bool {
    let mut ran = false;
    for set in [gleif(data), people(data), spellings(data, true), spellings(data, false)] {
        match set {
            Ok(set) if std::env::var("ONLY").is_ok_and(|o| o != set.title) => {}
            Ok(set) => {
                ran = true;
                measure(&set);
            }
            Err(error) => println!("left out: {error}"),
        }
    }
    ran
}

fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    MultiGzDecoder::new(file)
        .read_to_string(&mut text)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text)
}

fn asked(names: &[String], table: &str) -> Vec<(String, u32)> {
    let numbers: HashMap<&str, u32> = (0u32..).zip(names).map(|(id, name)| (name.as_str(), id)).collect();
    let pairs = table.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        Some((columns.next()?.to_owned(), *numbers.get(columns.next()?)?))
    });
    pairs.collect()
}

fn gleif(data: &Path) -> Result<Set, String> {
    let names: Vec<String> = read(&data.join("gleif_names100k.txt.gz"))?.lines().map(str::to_owned).collect();
    let queries = asked(&names, &read(&data.join("gleif_queries_a.tsv.gz"))?);
    Ok(Set { title: "GLEIF", kind: NameKind::Company, names, queries })
}

fn people(data: &Path) -> Result<Set, String> {
    let names: Vec<String> =
        read(&data.join("person_names640k.txt.gz"))?.lines().map(str::to_owned).collect();
    let queries = asked(&names, &read(&data.join("person_queries_a.tsv.gz"))?);
    Ok(Set { title: "people", kind: NameKind::Person, names, queries })
}

fn spellings(data: &Path, lexical: bool) -> Result<Set, String> {
    let table = read(&data.join("eval-only/company_name_variants_a.tsv.gz"))?;
    let mut companies: BTreeMap<u64, Vec<(u64, String)>> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        if let [id, name, count] = columns.as_slice()
            && let (Ok(id), Ok(count)) = (id.parse(), count.parse())
        {
            companies.entry(id).or_default().push((count, (*name).to_owned()));
        }
    }
    let (mut names, mut queries) = (Vec::new(), Vec::new());
    for (id, mut spellings) in (0u32..).zip(companies.into_values()) {
        spellings.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        let main = spellings[0].1.clone();
        let own: BTreeSet<String> = words(NameKind::Company, &main).into_iter().collect();
        for (count, spelling) in &spellings[1..] {
            let shared = words(NameKind::Company, spelling).iter().any(|word| own.contains(word));
            if *count >= 3 && fold(spelling) != fold(&main) && (shared || !lexical) {
                queries.push((spelling.clone(), id));
            }
        }
        names.push(main);
    }
    let title = if lexical { "real spellings, lexical" } else { "real spellings, all" };
    Ok(Set { title, kind: NameKind::Company, names, queries })
}

fn measure(set: &Set) {
    let start = Instant::now();
    let index = NameIndex::build(set.kind, (0u32..).zip(set.names.iter().map(String::as_str)));
    println!(
        "{}: {} names, built in {:.2} s, {:.1} MB, {} queries",
        set.title,
        set.names.len(),
        start.elapsed().as_secs_f64(),
        index.bytes() as f64 / 1e6,
        set.queries.len()
    );
    if let Ok(path) = std::env::var("DUMP") {
        use std::io::Write;
        let mut f = File::create(format!("{path}/{}.tsv", set.title.replace([' ', ','], "_"))).unwrap();
        for (n, (q, truth)) in set.queries.iter().enumerate() {
            for (id, p) in index.debug_parts(q) {
                writeln!(
                    f,
                    "{n}\t{}\t{}\t{}\t{q}\t{}",
                    truth % 2,
                    u8::from(id == *truth),
                    p.iter().map(|x| x.to_string()).collect::<Vec<_>>().join("\t"),
                    set.names[id as usize]
                )
                .unwrap();
            }
            writeln!(f, "{n}\t{}\t9\t0\t0\t0\t0\t0\t0\t0\t0\t{q}\t{}", truth % 2, set.names[*truth as usize])
                .unwrap();
        }
    }
    for half in [0, 1] {
        let (mut one, mut five, mut all) = (0, 0, 0);
        let mut least = f64::INFINITY;
        for _ in 0..std::env::var("REPS").map_or(5, |r| r.parse().unwrap_or(5)) {
            (one, five, all) = (0, 0, 0);
            let before = cpu();
            for (query, truth) in set.queries.iter().filter(|query| query.1 % 2 == half) {
                let found = index.search(query, 5);
                all += 1;
                one += usize::from(found.first().is_some_and(|found| found.id == *truth));
                five += usize::from(found.iter().any(|found| found.id == *truth));
            }
            least = least.min((cpu() - before) / 1e3 / all as f64);
        }
        println!("half {half}: top1 {:.3} top5 {:.3} of {all}; cpu {least:.1} us", one as f64 / all as f64, five as f64 / all as f64);
    }
}

fn cpu() -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok().and_then(|t| t.split(' ').next().and_then(|n| n.parse().ok())).unwrap_or(0.0)
}
