//! The manifest: the bundled one, fitted to the data, or the caller's own.

use std::path::Path;

use acquaint::Manifest;
use chrono::{TimeDelta, Utc};

use crate::args::Args;
use crate::outcome::Failure;
use crate::world::Input;

const BUNDLED: &str = include_str!("../data/meetings.yaml");

/// The bundled window, and the filter that only the bundled CRM is known to fit.
const WINDOW: &str = "window: { past: 730d, future: 730d }";
const STAGE: &str =
    "  accounts: { stage: customer }           # a company that is no customer stays visible to explain\n";

pub(crate) fn manifest(args: &Args, input: &Input) -> Result<Manifest, Failure> {
    if let Some(path) = &args.manifest {
        return own(path);
    }
    let mut text = BUNDLED.replace(WINDOW, &window(input));
    if args.companies.is_some() {
        // Another CRM may name its stages otherwise, or not at all: every company counts.
        text = text.replace(STAGE, "");
    }
    Manifest::parse(&text).map_err(|problems| Failure::Input(problems.to_string()))
}

/// For providers that are not told what to hold: the bundled one as it stands, or the caller's own.
pub(crate) fn live(args: &Args) -> Result<Manifest, Failure> {
    match &args.manifest {
        Some(path) => own(path),
        None => Manifest::parse(BUNDLED).map_err(|problems| Failure::Input(problems.to_string())),
    }
}

fn own(path: &Path) -> Result<Manifest, Failure> {
    let manifest = Manifest::read(path)?;
    for source in ["calendar", "crm"] {
        if !manifest.sources().contains_key(&source.into()) {
            return Err(Failure::Input(format!(
                "{}: the quickstart needs sources named `calendar` and `crm`; `{source}` is missing",
                path.display()
            )));
        }
    }
    Ok(manifest)
}

/// Wide enough for everything in the files, however old they are; a product's window moves with the present.
fn window(input: &Input) -> String {
    let now = Utc::now();
    let days = |span: TimeDelta| (span.num_days() + 2).clamp(30, 36_000);
    let (earliest, latest) = input.extent().unwrap_or((now, now));
    let past = days(now - earliest);
    // A series without an end is read a year ahead.
    let future = days(latest - now).max(365);
    format!("window: {{ past: {past}d, future: {future}d }}")
}
