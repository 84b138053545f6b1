//! The names, the queries and the truth.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use acquaint_matcher::names::{NameKind, fold, words};
use flate2::read::MultiGzDecoder;

/// A set of names and questions about it.
pub(crate) struct Set {
    pub(crate) title: &'static str,
    pub(crate) kind: NameKind,
    pub(crate) names: Vec<String>,
    pub(crate) queries: Vec<Query>,
}

/// What is asked, and the place of the name that is meant.
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) truth: u32,
    /// Whether the two share a word, so that names alone can tell.
    pub(crate) lexical: bool,
}

impl Set {
    /// The half that no constant was tuned on.
    pub(crate) fn held_out(&self) -> impl Iterator<Item = &Query> {
        self.queries.iter().filter(|query| query.truth % 2 == 1)
    }
}

/// The text of a compressed file.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let say = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut text = String::new();
    MultiGzDecoder::new(File::open(path).map_err(say)?).read_to_string(&mut text).map_err(say)?;
    Ok(text)
}

/// Legal names of companies, and damaged copies.
pub(crate) fn gleif(data: &Path) -> Result<Set, String> {
    damaged(
        data,
        "damaged GLEIF names",
        NameKind::Company,
        "gleif_names100k.txt.gz",
        "gleif_queries_a.tsv.gz",
    )
}

/// Names of people, and damaged copies.
pub(crate) fn people(data: &Path) -> Result<Set, String> {
    damaged(
        data,
        "damaged names of people",
        NameKind::Person,
        "person_names640k.txt.gz",
        "person_queries_a.tsv.gz",
    )
}

fn damaged(
    data: &Path,
    title: &'static str,
    kind: NameKind,
    names: &str,
    queries: &str,
) -> Result<Set, String> {
    let names: Vec<String> = read(&data.join(names))?.lines().map(str::to_owned).collect();
    let numbers: HashMap<&str, u32> = (0u32..).zip(&names).map(|(id, name)| (name.as_str(), id)).collect();
    let table = read(&data.join(queries))?;
    let queries = table.lines().filter_map(|line| {
        let (text, rest) = line.split_once('\t')?;
        let truth = *numbers.get(rest.split('\t').next()?)?;
        Some(Query { text: text.to_owned(), truth, lexical: true })
    });
    let queries = queries.collect();
    Ok(Set { title, kind, names, queries })
}

/// The spelling that people use most for a company, and the others they use.
pub(crate) fn spellings(data: &Path) -> Result<Set, String> {
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
    for (truth, mut spellings) in (0u32..).zip(companies.into_values()) {
        spellings.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        let main = spellings.remove(0).1;
        let own: BTreeSet<String> = words(NameKind::Company, &main).into_iter().collect();
        for (_, text) in
            spellings.into_iter().filter(|(count, text)| *count >= 3 && fold(text) != fold(&main))
        {
            let lexical = words(NameKind::Company, &text).iter().any(|word| own.contains(word));
            queries.push(Query { text, truth, lexical });
        }
        names.push(main);
    }
    Ok(Set { title: "real spellings of companies", kind: NameKind::Company, names, queries })
}
