//! One clause of a manifest in words, for those who are told of it alone.

use super::rules;
use super::{Manifest, Page};
use crate::manifest::rules::{Clause, Field, Predicate, Test};

/// A clause in words.
#[derive(Debug, Clone)]
pub(crate) struct ClauseWords {
    /// What it demands, in one line.
    pub(crate) demands: String,
    /// What it looks at, for those who know nothing of rules: `its title`. Absent if it looks at several things.
    pub(crate) about: Option<String>,
}

/// An addend of the priority in words.
#[derive(Debug, Clone)]
pub(crate) struct AddendWords {
    pub(crate) rule: String,
    pub(crate) demands: String,
    pub(crate) adds: i64,
}

impl Manifest {
    /// A clause of what is kept or counts, by its place.
    pub(crate) fn clause_in_words(&self, place: &str) -> Option<ClauseWords> {
        let clause = [Some(&self.0.keep), self.matching().accounts.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|root| find(root, place))?;
        let about = match &clause.predicate {
            Predicate::Field(field, _) => Some(about(field)),
            _ => None,
        };
        Some(ClauseWords { demands: one_line(clause), about })
    }

    /// What adds to the priority, in order.
    pub(crate) fn addends_in_words(&self) -> Vec<AddendWords> {
        let words = |addend: &crate::manifest::priority::Addend| AddendWords {
            rule: addend.when.name.to_string(),
            demands: one_line(&addend.when),
            adds: addend.add,
        };
        self.0.priority.iter().map(words).collect()
    }

    /// What is never stored of events and records.
    pub(crate) fn never_stored(&self) -> impl Iterator<Item = &str> {
        self.0.privacy.dropped()
    }
}

fn find<'a>(clause: &'a Clause, place: &str) -> Option<&'a Clause> {
    if *clause.name == *place {
        return Some(clause);
    }
    match &clause.predicate {
        Predicate::All(clauses) | Predicate::Any(clauses) => {
            clauses.iter().find_map(|inner| find(inner, place))
        }
        Predicate::Not(inner) => find(inner, place),
        Predicate::Field(_, test) => find_in(test, place),
    }
}

fn find_in<'a>(test: &'a Test, place: &str) -> Option<&'a Clause> {
    match test {
        Test::SomeOf(inner) | Test::EveryOf(inner) | Test::NoneOf(inner) => find(inner, place),
        Test::Not(inner) => find_in(inner, place),
        Test::Every(tests) => tests.iter().find_map(|test| find_in(test, place)),
        _ => None,
    }
}

/// What stands below a line follows it in the same one.
fn one_line(clause: &Clause) -> String {
    let mut page = Page::default();
    rules::clause(&mut page, clause, true);
    let mut line = String::new();
    for part in page.text.lines() {
        let part = part.trim_start().trim_start_matches("- ");
        match line.chars().last() {
            None => {}
            Some(':') => line.push(' '),
            Some(_) => line.push_str("; "),
        }
        line.push_str(part);
    }
    line
}

fn about(field: &Field) -> String {
    let plain = match field {
        Field::Title => "its title",
        Field::Start | Field::End => "when it is",
        Field::Duration | Field::AllDay => "how long it is",
        Field::Location => "where it is",
        Field::Description => "its description",
        Field::Private => "whether it is private",
        Field::Organiser => "who called it",
        Field::Attendees | Field::AttendeesCut => "who is in it",
        Field::Accounts | Field::MainAccount(_) => "which company it is with",
        other => return rules::noun(other),
    };
    plain.to_owned()
}
