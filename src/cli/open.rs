//! Opening the product's engine for a command.

use std::future::Future;
use std::path::Path;

use acquaint_core::{Error, Result};

use crate::{Acquaint, Builder, Manifest, Registry};

/// Runs what needs the engine.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::unavailable(error).operation("start"))?;
    runtime.block_on(work)
}

/// The engine of the builder. Commands look at what is in force, and never sync, so it does for them without a manifest.
pub(super) async fn engine(builder: Builder) -> Result<Acquaint> {
    const NONE: &str = "{ acquaint: 1, name: none, sources: { none: { connector: local } } }";
    let builder = if builder.has_manifest() {
        builder
    } else {
        builder.manifest(Manifest::parse(NONE).map_err(|problems| Error::bug(problems.to_string()))?)
    };
    builder.build().await
}

/// The manifest in a file, or what is wrong with it, drawn.
pub(super) fn manifest(path: &Path, registry: &Registry) -> Result<std::result::Result<Manifest, String>> {
    let text = super::read(path)?;
    Ok(Manifest::check(&text, registry)
        .map_err(|problems| problems.diagnosis(&path.display().to_string(), &text).to_string()))
}
