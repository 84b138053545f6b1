//! `describe`: a manifest in plain sentences.

use std::io::Write;
use std::path::PathBuf;

use acquaint_core::Result;

use super::{Ended, unwritable};
use crate::{Manifest, Registry};

/// Says in plain sentences what a manifest says.
#[derive(Debug, clap::Args)]
pub(super) struct Describe {
    /// The manifest.
    file: PathBuf,
}

impl Describe {
    pub(super) fn run(&self, registry: &Registry, out: &mut dyn Write, err: &mut dyn Write) -> Result<Ended> {
        let text = super::read(&self.file)?;
        let written = match Manifest::check(&text, registry) {
            Ok(manifest) => write!(out, "{}", manifest.describe()).map(|()| Ended::Well),
            Err(problems) => {
                let diagnosis = problems.diagnosis(&self.file.display().to_string(), &text);
                write!(err, "{diagnosis}").map(|()| Ended::Wrong)
            }
        };
        written.map_err(unwritable)
    }
}
