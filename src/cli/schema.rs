//! `schema`: what editors complete and check manifests with.

use std::io::Write;

use acquaint_core::Result;

use super::{Ended, unwritable};
use crate::Manifest;

/// Says as a JSON Schema what a manifest may hold, for editors.
#[derive(Debug, clap::Args)]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Ended> {
        writeln!(out, "{:#}", Manifest::schema()).map(|()| Ended::Well).map_err(unwritable)
    }
}
