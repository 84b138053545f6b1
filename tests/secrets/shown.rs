//! Everything that is shown to somebody in the course of a run, and where.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::path::Path;
use std::sync::Mutex;

use serde::Serialize;

use crate::logging::Log;
use crate::needles::{Found, Needles};

/// What was shown. It is searched at the end, when all secrets are known.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    texts: Vec<(String, String)>,
    files: Vec<(String, Vec<u8>)>,
    types: BTreeSet<String>,
    json: usize,
    errors: usize,
    kinds: BTreeSet<String>,
}

/// How much was searched.
#[derive(Debug)]
pub(crate) struct Searched {
    pub(crate) texts: usize,
    pub(crate) json: usize,
    pub(crate) errors: usize,
    pub(crate) error_kinds: usize,
    pub(crate) files: usize,
    pub(crate) file_bytes: usize,
    pub(crate) log_lines: usize,
    pub(crate) log_bytes: usize,
}

impl Shown {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    fn text(&self, place: impl Into<String>, text: String) {
        self.inner().texts.push((place.into(), text));
    }

    /// A value's Debug, in both forms.
    pub(crate) fn value<T: Debug>(&self, value: &T) {
        let name = std::any::type_name::<T>();
        self.inner().types.extend(words(name));
        self.text(format!("Debug of {name}"), format!("{value:?}"));
        self.text(format!("pretty Debug of {name}"), format!("{value:#?}"));
    }

    /// A value that can also be written as JSON.
    pub(crate) fn json<T: Debug + Serialize>(&self, value: &T) {
        self.value(value);
        self.inner().json += 1;
        let place = format!("JSON of {}", std::any::type_name::<T>());
        self.text(place, serde_json::to_string(value).unwrap());
    }

    pub(crate) fn display<T: Display>(&self, value: &T) {
        self.text(format!("Display of {}", std::any::type_name::<T>()), value.to_string());
    }

    /// An error with all of its sources.
    pub(crate) fn error(&self, error: &acquaint::Error) {
        self.value(error);
        {
            let mut inner = self.inner();
            inner.errors += 1;
            inner.kinds.insert(format!("{:?}", error.kind()));
        }
        self.source(error);
        self.text("advice", error.advice().unwrap_or_default().to_owned());
    }

    /// Any error with all of its sources.
    pub(crate) fn source(&self, error: &(dyn Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.text("an error or its source", format!("{error}\n{error:?}\n{error:#?}"));
            next = error.source();
        }
    }

    /// What a fallible call gave; returns it if it was no error.
    pub(crate) fn outcome<T: Debug>(&self, outcome: acquaint::Result<T>) -> Option<T> {
        match outcome {
            Ok(value) => {
                self.value(&value);
                Some(value)
            }
            Err(error) => {
                self.error(&error);
                None
            }
        }
    }

    /// The kind of error, if it was one.
    pub(crate) fn outcome_kind<T: Debug>(&self, outcome: acquaint::Result<T>) -> Option<acquaint::ErrorKind> {
        let kind = outcome.as_ref().err().map(acquaint::Error::kind);
        self.outcome(outcome);
        kind
    }

    /// What must succeed.
    pub(crate) fn good<T: Debug>(&self, outcome: acquaint::Result<T>) -> T {
        let text = format!("{:?}", outcome.as_ref().err());
        self.outcome(outcome).unwrap_or_else(|| panic!("{text}"))
    }

    /// What must fail.
    pub(crate) fn bad<T: Debug>(&self, outcome: acquaint::Result<T>) -> acquaint::Error {
        let error = outcome.expect_err("this should have failed");
        self.error(&error);
        error
    }

    /// Every byte of every file below `folder`, as it is now.
    pub(crate) fn files(&self, when: &str, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.files(when, &path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                // One that has gone meanwhile has nothing to find.
                self.inner().files.push((format!("{} {when}", path.display()), bytes));
            }
        }
    }

    /// The names of all types of which a value was shown.
    pub(crate) fn types(&self) -> BTreeSet<String> {
        self.inner().types.clone()
    }

    /// The names of the files that were read.
    pub(crate) fn file_names(&self) -> Vec<String> {
        self.inner().files.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Where which secret is found, and how much was looked at.
    pub(crate) fn search(&self, needles: &Needles, log: &Log) -> (Vec<(String, Found)>, Searched) {
        let inner = self.inner();
        let lines = log.lines();
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut note = |place: &str, all: Vec<Found>| {
            // One leak shows in thousands of lines.
            found.extend(all.into_iter().filter_map(|one| {
                seen.insert((place.to_owned(), one.what.clone())).then(|| (place.to_owned(), one))
            }));
        };
        for (place, text) in &inner.texts {
            note(place, needles.find_in_text(text));
        }
        for (place, bytes) in &inner.files {
            note(place, needles.find(bytes));
        }
        for line in &lines {
            note(&format!("the log of {}", line.target), needles.find_in_text(&line.text));
        }
        let searched = Searched {
            texts: inner.texts.len(),
            json: inner.json,
            errors: inner.errors,
            error_kinds: inner.kinds.len(),
            files: inner.files.len(),
            file_bytes: inner.files.iter().map(|(_, bytes)| bytes.len()).sum(),
            log_lines: lines.len(),
            log_bytes: lines.iter().map(|line| line.text.len()).sum(),
        };
        (found, searched)
    }
}

/// The names in `alloc::vec::Vec<acquaint::connect::Begun>`.
fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(|char: char| !char.is_alphanumeric() && char != '_').map(str::to_owned)
}
