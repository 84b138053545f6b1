//! A product's own command-line tool, here with nothing registered beside what is bundled.
//!
//! `cargo run --example acquaint -- check examples/data/meetings.yaml` says everything that is wrong with a manifest;
//! commands about tenants, such as `status acme`, look into the database that `ACQUAINT_DB` names.

use std::process::ExitCode;

use acquaint::{Acquaint, Sqlite};

fn main() -> ExitCode {
    let database = std::env::var_os("ACQUAINT_DB").unwrap_or_else(|| "acquaint.db".into());
    acquaint::cli::main(Acquaint::builder().store(Sqlite::at(database)))
}
