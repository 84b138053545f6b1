//! A product's own command-line tool, here with nothing registered beside what is bundled.
//!
//! `cargo run --example acquaint -- check examples/data/meetings.yaml` says everything that is wrong with a manifest.

use std::process::ExitCode;

use acquaint::Acquaint;

fn main() -> ExitCode {
    acquaint::cli::main(Acquaint::builder())
}
