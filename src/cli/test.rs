//! `test`: what becomes of a manifest's cases.

use std::io::Write;
use std::path::{Path, PathBuf};

use acquaint_core::Result;
use serde_json::json;

use super::{Ended, unwritable};
use crate::manifest::Problems;
use crate::{CaseOutcome, Manifest, Registry};

/// Decides the cases of manifests and says of each whether it comes out as it expects.
#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// The manifests.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A file of cases that stand beside the manifests, decided besides their own.
    #[arg(long)]
    cases: Option<PathBuf>,
    /// Says it as JSON, one line for each manifest.
    #[arg(long)]
    json: bool,
}

/// A file, with what is wrong with it or with its cases.
struct Found<'f> {
    path: &'f Path,
    text: &'f str,
    problems: Problems,
}

impl Test {
    /// Looks at every file, whatever is wrong with those before.
    pub(super) fn run(&self, registry: &Registry, out: &mut dyn Write, err: &mut dyn Write) -> Result<Ended> {
        let beside = match &self.cases {
            Some(path) => Some((path.as_path(), super::read(path)?)),
            None => None,
        };
        let beside = beside.as_ref().map(|(path, text)| (*path, text.as_str()));
        let mut all = Ended::Well;
        for path in &self.files {
            let ended = match super::read(path) {
                Ok(text) => self.look(path, &text, beside, registry, out, err),
                Err(error) => writeln!(err, "error: {error}").map(|()| Ended::Unusable),
            };
            all = all.max(ended.map_err(unwritable)?);
        }
        Ok(all)
    }

    fn look(
        &self,
        path: &Path,
        text: &str,
        beside: Option<(&Path, &str)>,
        registry: &Registry,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> std::io::Result<Ended> {
        let (mut outcomes, mut found) = (Vec::new(), Vec::new());
        match Manifest::compile(text, registry, true) {
            Err(problems) => found.push(Found { path, text, problems }),
            Ok(manifest) => {
                let own = manifest.run_cases();
                found.extend(unmet(path, text, &own));
                outcomes.extend(own);
                if let Some((path, text)) = beside {
                    match manifest.run_cases_beside(text, registry) {
                        Err(problems) => found.push(Found { path, text, problems }),
                        Ok(beside) => {
                            found.extend(unmet(path, text, &beside));
                            outcomes.extend(beside);
                        }
                    }
                }
            }
        }
        let file = path.display().to_string();
        if self.json {
            let wrong: Vec<_> = found
                .iter()
                .map(|found| json!({ "file": found.path.display().to_string(), "problems": found.problems.problems }))
                .collect();
            writeln!(out, "{}", json!({ "file": file, "cases": outcomes, "wrong": wrong }))?;
        } else {
            if outcomes.is_empty() && found.is_empty() {
                writeln!(out, "{file} has no cases")?;
            }
            for outcome in &outcomes {
                writeln!(out, "{outcome}")?;
            }
            for found in &found {
                let file = found.path.display().to_string();
                write!(err, "{}", found.problems.diagnosis(&file, found.text))?;
            }
        }
        Ok(if found.is_empty() { Ended::Well } else { Ended::Wrong })
    }
}

/// The expectations that are not met, if there are any.
fn unmet<'f>(path: &'f Path, text: &'f str, outcomes: &[CaseOutcome]) -> Option<Found<'f>> {
    let problems: Vec<_> = outcomes.iter().flat_map(|outcome| outcome.problems.iter().cloned()).collect();
    (!problems.is_empty()).then_some(Found { path, text, problems: Problems { problems } })
}
