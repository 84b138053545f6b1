//! Makes the word lists of `acquaint_matcher::names` from public data.
//!
//! `cargo run --release -p acquaint-matcher --example name_lists -- DATA LISTS` reads `gleif_names100k.txt.gz`,
//! `person_names640k.txt.gz`, `legal_suffixes_corpnames.tsv.gz` and `nicknames.tsv.gz` in the folder DATA and writes
//! `company_words.txt`, `person_words.txt`, `legal_forms.txt` and `nicknames.txt` into the folder LISTS.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use acquaint_matcher::names::{NameKind, words};
use flate2::read::MultiGzDecoder;

/// Legal forms that the table spells in short or not at all.
const MORE_FORMS: &str = "ab|ag|as|bv|co|kg|lp|nv|oy|sa|se|plc|pty|pvt|pte|gmbh|mbh|ggmbh|llc|llp|lllp|ltd|ltda|limitada|\
limited|ltee|limitee|inc|incorporated|corp|corporation|company|and company|and co|and cie|cie|sarl|sas|sasu|eurl|snc|\
spa|srl|srls|sl|slu|sau|kft|zrt|nyrt|doo|ooo|oao|zao|pao|pt|tbk|bhd|sdn bhd|private limited|pte ltd|pty ltd|\
pvt ltd|proprietary limited|aktiengesellschaft|aktiebolag|aktieselskab|anpartsselskab|osakeyhtio|gesellschaft mit \
beschrankter haftung|haftungsbeschrankt|ug haftungsbeschrankt|kommanditgesellschaft|kommanditbolag|besloten \
vennootschap|naamloze vennootschap|sociedad anonima|sociedad limitada|sociedade anonima|societe anonyme|societe a \
responsabilite limitee|societa per azioni|societa a responsabilita limitata|spolka akcyjna|spolka z ograniczona \
odpowiedzialnoscia|sp zoo|sp zoo sp k|spk|korlatolt felelossegu tarsasag|zartkoruen mukodo reszvenytarsasag|\
scsp|sicav|kk|kabushiki kaisha|godo kaisha|anonim sirketi|limited sirketi|ve ticaret as|uab|sia|ou|eood|ood|ad|ead|\
in liquidazione|in liquidation|dac|cvba|bvba|aps|asa|da|ans|hf|ehf|eg|ek|ohg|kgaa|ev|gbr|jsc|pjsc|ojsc|cjsc|\
limited liability company|limited liability partnership|limited partnership|sa de cv|srl de cv|saic|eireli|fze|fzco|wll|\
有限公司|股份有限公司|有限责任公司|株式会社|合同会社|有限会社|ооо|оао|зао|пао|ао";

/// Entries of the table that say what a company does, or are names themselves.
const NO_FORMS: &str = "fund|trust|society|association|assn|foundation|stiftung|fdn|partnership|embassy|district|canton|\
credit union|loan company|loan corp|loan corporation|trust company|trust co|trust corp|trust corporation|trustco|other|\
undivided|mesto|bezirk|gemeinde|kanton|commune|comune|cantone|private|chartered|cooperation|cooperative|coop|co op|\
co operative|societe|reit|son|sat|soc|ent|sec|sem|pac|sic|per|et|at|na|uk|no|ii|is|it|in|of|ba|bt|op|pa|pr|vi|up|uc|us|\
eu|hr|br|dat|fon|obec|tub|tr|pp|ms|np|tp|gar|gas|sgr|fcp|icav|consorzio|foreign enterprise|proprietary|embassade|\
public corporation|a c|cn|cia|cp|rt|the|tu|etf|ii|pcc|spv|gen|kom|mb|ca|jp|int organisation|internat org|local administration";

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<String> = std::env::args().skip(1).collect();
    let [data, lists] = folders.as_slice() else {
        return Err("give two folders: the one with the data and the one for the lists".into());
    };
    let (data, lists) = (Path::new(data), Path::new(lists));
    let companies = lines(&data.join("gleif_names100k.txt.gz"))?;
    let people = lines(&data.join("person_names640k.txt.gz"))?;
    fs::write(lists.join("company_words.txt"), counts(NameKind::Company, &companies, 150_000))?;
    fs::write(lists.join("person_words.txt"), counts(NameKind::Person, &people, 150_000))?;
    fs::write(
        lists.join("legal_forms.txt"),
        legal_forms(&data.join("legal_suffixes_corpnames.tsv.gz"), &companies)?,
    )?;
    fs::write(lists.join("nicknames.txt"), nicknames(&data.join("nicknames.tsv.gz"))?)?;
    Ok(())
}

fn lines(path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut text = String::new();
    MultiGzDecoder::new(file).read_to_string(&mut text)?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The most frequent words of `names` with the number of names they are in, as much as fits into `limit` bytes.
/// The first line, whose word is a star, has the number of all names.
fn counts(kind: NameKind, names: &[String], limit: usize) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in names {
        for word in words(kind, name).into_iter().collect::<BTreeSet<_>>() {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut ranked: Vec<(usize, String)> = counts.into_iter().map(|(word, count)| (count, word)).collect();
    ranked.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let mut kept = vec![format!("* {}\n", names.len())];
    let mut size = kept[0].len();
    for (count, word) in ranked.into_iter().take_while(|(count, _)| *count > 2) {
        let line = format!("{word} {count}\n");
        size += line.len();
        if size > limit {
            break;
        }
        kept.push(line);
    }
    kept.sort_by(|one, other| one.split(' ').next().cmp(&other.split(' ').next()));
    kept.concat()
}

/// The forms of the table, in the spelling in which names are compared. A form of one word is taken only if companies
/// really end in it, since many of the abbreviations are names as well.
fn legal_forms(table: &Path, companies: &[String]) -> Result<String, Box<dyn Error>> {
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    for name in companies {
        let words = words(NameKind::Company, name);
        for (at, word) in words.iter().enumerate().skip(1) {
            *all.entry(word.clone()).or_default() += 1;
            if at + 1 == words.len() {
                *last.entry(word.clone()).or_default() += 1;
            }
        }
    }
    let normal = |form: &str| words(NameKind::Company, &format!("first {form}"))[1..].join(" ");
    let never: BTreeSet<String> = NO_FORMS.split('|').map(normal).collect();
    let mut forms: BTreeSet<String> = MORE_FORMS.split('|').map(normal).collect();
    for line in lines(table)?.iter().skip(1) {
        let form = normal(line.split('\t').next().unwrap_or_default());
        let count = form.split(' ').count();
        let (ends, seen) = (last.get(&form).copied().unwrap_or(0), all.get(&form).copied().unwrap_or(0));
        if !form.is_empty()
            && !never.contains(&form)
            && count <= 5
            && (count > 1 || ends >= 8 && ends * 10 >= seen * 6)
        {
            forms.insert(form);
        }
    }
    Ok(forms.into_iter().map(|form| form + "\n").collect())
}

/// Pairs of names that people use for one another, each pair once and in order.
fn nicknames(table: &Path) -> Result<String, Box<dyn Error>> {
    let mut pairs = BTreeSet::new();
    for line in lines(table)?.iter().skip(1) {
        let mut names = line.split('\t').map(|name| words(NameKind::Person, name).concat());
        if let (Some(one), Some(other)) = (names.next(), names.next())
            && one != other
            && !one.is_empty()
            && !other.is_empty()
        {
            pairs.insert(if one < other { format!("{one} {other}\n") } else { format!("{other} {one}\n") });
        }
    }
    Ok(pairs.into_iter().collect())
}
