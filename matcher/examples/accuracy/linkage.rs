//! People of two lists, put together: a check that names, with what else is known of a person, are enough to link them.
//!
//! The lists are the two halves of Febrl's fourth data set: the same made-up people, once as they are and once with
//! slips, swaps and gaps. Everything is solved by good tools, so this is no contest.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use acquaint_matcher::names::{NameIndex, NameKind, score};

use crate::data::read;

/// How much must agree of a name and seven other fields, each worth one.
const LEAST: f32 = 2.5;

/// How many people of a like name are looked at.
const NAMESAKES: usize = 5;

/// A person of a list.
struct Person<'a> {
    /// The number that two records of one person share.
    truth: &'a str,
    name: String,
    /// Street number, street, further address, suburb, postcode, date of birth, social security number.
    fields: [&'a str; 7],
}

impl<'a> Person<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let columns: Vec<&str> = line.split(',').map(str::trim).collect();
        let [id, given, family, number, street, address, suburb, postcode, _, born, security] =
            columns.as_slice()
        else {
            return None;
        };
        Some(Self {
            truth: id.split('-').nth(1)?,
            name: format!("{given} {family}"),
            fields: [number, street, address, suburb, postcode, born, security].map(|field| *field),
        })
    }

    /// How much of the two agrees.
    fn agreement(&self, other: &Self) -> f32 {
        let same =
            self.fields.iter().zip(other.fields).filter(|(one, other)| !one.is_empty() && *one == other);
        let same = f32::from(u8::try_from(same.count()).unwrap_or(u8::MAX));
        // A name is dear to compare, so only where it decides.
        if (LEAST - 1.0..LEAST).contains(&same) {
            same + score(NameKind::Person, &self.name, &other.name)
        } else {
            same
        }
    }
}

/// People that are found by one thing that is the same, and by what their names are like.
struct Known<'a> {
    people: &'a [Person<'a>],
    by_field: HashMap<&'a str, Vec<u32>>,
    names: NameIndex,
}

impl<'a> Known<'a> {
    fn of(people: &'a [Person<'a>]) -> Self {
        let mut by_field: HashMap<&str, Vec<u32>> = HashMap::new();
        for (id, person) in (0u32..).zip(people) {
            for field in person.fields.into_iter().skip(5).filter(|field| !field.is_empty()) {
                by_field.entry(field).or_default().push(id);
            }
        }
        let names = (0u32..).zip(people.iter().map(|person| person.name.as_str()));
        Self { people, by_field, names: NameIndex::build(NameKind::Person, names) }
    }

    /// Who `person` is, if enough agrees. Names are searched for only where number and birthday lead to nobody.
    fn find(&self, person: &Person<'a>) -> Option<&Person<'a>> {
        let fields = person.fields.into_iter().skip(5).filter_map(|field| self.by_field.get(field));
        self.best(person, fields.flatten().copied()).or_else(|| {
            let namesakes = self.names.search(&person.name, NAMESAKES);
            self.best(person, namesakes.into_iter().map(|found| found.id))
        })
    }

    fn best(&self, person: &Person<'a>, candidates: impl Iterator<Item = u32>) -> Option<&Person<'a>> {
        let people = candidates.filter_map(|id| self.people.get(id as usize));
        let best = people
            .map(|other| (person.agreement(other), other))
            .max_by(|one, other| one.0.total_cmp(&other.0))?;
        (best.0 >= LEAST).then_some(best.1)
    }
}

/// Links the two lists if their files are there, and says whether they are.
pub(crate) fn run(data: &Path) -> bool {
    let lists = read(&data.join("febrl4a.csv.gz")).and_then(|a| Ok((a, read(&data.join("febrl4b.csv.gz"))?)));
    let (one, other) = match lists {
        Ok(lists) => lists,
        Err(error) => {
            println!("left out, {error}\n");
            return false;
        }
    };
    let one: Vec<Person<'_>> = one.lines().skip(1).filter_map(Person::of).collect();
    let other: Vec<Person<'_>> = other.lines().skip(1).filter_map(Person::of).collect();
    let start = Instant::now();
    let known = Known::of(&one);
    let built = start.elapsed();
    let links: Vec<_> = other.iter().filter_map(|person| Some((person, known.find(person)?))).collect();
    let all = start.elapsed();
    let right = links.iter().filter(|(one, other)| one.truth == other.truth).count();
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let share = |whole: usize| right as f64 / whole.max(1) as f64;
    let (precision, recall) = (share(links.len()), share(other.len()));
    println!("| people | linked | precision | recall | F1 | index built | all |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    println!(
        "| {} and {} | {} | {precision:.4} | {recall:.4} | {:.4} | {built:.1?} | {all:.1?} |\n",
        one.len(),
        other.len(),
        links.len(),
        2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE),
    );
    true
}
