//! `check`: everything that is wrong with a manifest.

use std::io::Write;
use std::path::{Path, PathBuf};

use acquaint_core::Result;
use serde_json::json;

use super::{Ended, unwritable};
use crate::{FieldLock, Manifest, Registry};

/// Reads manifests and says everything that is wrong with them, each with line and column.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// The manifests.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Checks the fields that sources map too, against this file, which `lock` has written.
    #[arg(long, value_name = "FILE")]
    fields: Option<PathBuf>,
    /// Says it as JSON, one line for each file.
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Looks at every file, whatever is wrong with those before.
    pub(super) fn run(&self, registry: &Registry, out: &mut dyn Write, err: &mut dyn Write) -> Result<Ended> {
        let mut all = Ended::Well;
        let lock = self.fields.as_ref().map(FieldLock::read).transpose()?;
        for path in &self.files {
            let ended = match super::read(path) {
                Ok(text) => self.look(path, &text, registry, lock.as_ref(), out, err),
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
        registry: &Registry,
        lock: Option<&FieldLock>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> std::io::Result<Ended> {
        let file = path.display().to_string();
        let checked = Manifest::check(text, registry).and_then(|manifest| {
            lock.map_or(Ok(()), |lock| manifest.check_fields(lock, registry))?;
            Ok(manifest)
        });
        match checked {
            Ok(manifest) if self.json => {
                let (name, revision) = (manifest.name(), manifest.revision());
                writeln!(
                    out,
                    "{}",
                    json!({ "file": file, "name": name, "revision": revision, "problems": [] })
                )?;
                Ok(Ended::Well)
            }
            Ok(manifest) => {
                writeln!(out, "{file}: {} is right, revision {}", manifest.name(), manifest.revision())?;
                Ok(Ended::Well)
            }
            Err(problems) if self.json => {
                writeln!(out, "{}", json!({ "file": file, "problems": problems.problems }))?;
                Ok(Ended::Wrong)
            }
            Err(problems) => {
                write!(err, "{}", problems.diagnosis(&file, text))?;
                Ok(Ended::Wrong)
            }
        }
    }
}
