//! Names and domains of companies.

use std::collections::HashSet;

use super::Mix;
use super::random::Random;
use super::spelling::squashed;
use super::words::{BRANDS, COUNTRIES, Country, STEMS, TAILS};

const SYLLABLES: [&str; 16] =
    ["ka", "lo", "ve", "tri", "mo", "zen", "qui", "ra", "ny", "fex", "do", "sul", "pi", "gra", "ten", "um"];

/// Draws names, and domains that nobody has yet.
#[derive(Debug)]
pub(super) struct Naming<'a> {
    mix: &'a Mix,
    taken: HashSet<String>,
    brands: usize,
}

impl<'a> Naming<'a> {
    pub(super) fn new(mix: &'a Mix) -> Self {
        Self { mix, taken: HashSet::new(), brands: 0 }
    }

    /// A country, some more often than others.
    pub(super) fn country(&self, random: &mut Random) -> &'static Country {
        &COUNTRIES[random.below(COUNTRIES.len()).min(random.below(COUNTRIES.len()))]
    }

    /// What a company calls itself, without its legal form.
    pub(super) fn name(&self, country: &Country, random: &mut Random) -> String {
        let stem = *random.pick_skewed(STEMS);
        let trade = *random.pick_skewed(country.trades);
        let family = country.people.family(random);
        match random.below(20) {
            0..=2 => format!("{family} {trade}"),
            3 => format!("{family} & {}", country.people.family(random)),
            4..=6 => format!("{stem}{} {trade}", random.pick(TAILS)),
            7..=8 => format!("{stem} {} {trade}", random.pick(STEMS)),
            9 => {
                let letters = [(); 3].map(|()| char::from(b"ABCDEFGHIKLMNOPRSTVW"[random.below(20)]));
                format!("{} {trade}", letters.iter().collect::<String>())
            }
            _ if random.chance(self.mix.one_word_names) => {
                format!("{}{}", random.pick(STEMS), random.pick(TAILS))
            }
            _ => format!("{} {trade}", random.pick(STEMS)),
        }
    }

    /// A domain that a company of this name may have. It is nobody else's, but may be like somebody else's.
    pub(super) fn domain(&mut self, name: &str, country: &Country, random: &mut Random) -> String {
        let suffix = *random.pick_skewed(country.suffixes);
        let label = self.label(name, country, random);
        self.register(&label, suffix, random)
    }

    /// The label below another suffix, or one like it if that is somebody else's.
    pub(super) fn register(&mut self, label: &str, suffix: &str, random: &mut Random) -> String {
        let mut domain = format!("{label}.{suffix}");
        let mut tries = 0;
        while !self.taken.insert(domain.clone()) {
            tries += 1;
            domain = match tries {
                1 => format!("{label}-group.{suffix}"),
                2 => format!("{label}hq.{suffix}"),
                3 => format!("get{label}.{suffix}"),
                _ => format!("{label}{}.{suffix}", random.between(2, 99 * tries)),
            };
        }
        domain
    }

    /// The label below another suffix, unless that is somebody's.
    pub(super) fn sibling(&mut self, label: &str, suffix: &str) -> Option<String> {
        let domain = format!("{label}.{suffix}");
        self.taken.insert(domain.clone()).then_some(domain)
    }

    /// A name and a top-level domain that are one company's, until there are no more.
    pub(super) fn brand(&mut self) -> Option<(&'static str, &'static str)> {
        self.brands += 1;
        BRANDS.get(self.brands - 1).copied()
    }

    fn label(&self, name: &str, country: &Country, random: &mut Random) -> String {
        let german = country.writes_umlauts();
        let words: Vec<String> =
            name.split(' ').map(|word| squashed(word, german)).filter(|word| !word.is_empty()).collect();
        let first = words.first().cloned().unwrap_or_default();
        if random.chance(self.mix.unrelated_domains) || first.is_empty() {
            return (0..random.between(2, 4)).map(|_| *random.pick(&SYLLABLES)).collect();
        }
        match random.below(20) {
            0..=1 if words.len() > 1 => words.join("-"),
            2..=3 if first.len() > 3 => first,
            4 if words.len() > 2 => words.iter().filter_map(|word| word.chars().next()).collect(),
            5 if words.len() > 1 => words.iter().map(|word| word.get(..3).unwrap_or(word)).collect(),
            _ => words.concat(),
        }
    }
}
