//! How often the right record is found, beside what others find, on data that is given.
//!
//! `cargo run --release -p acquaint-matcher --example accuracy -- --data DIR` runs every part whose files are in the
//! folder DIR and says which are missing.

mod data;
mod linkage;
mod names;
mod peers;
mod worlds;

use std::path::PathBuf;
use std::process::ExitCode;

use acquaint_matcher::worlds::Size;

/// A part takes the folder with the data and says whether it could run.
type Part = fn(&std::path::Path) -> bool;

const PARTS: [(&str, Part); 3] = [("names", names::run), ("linkage", linkage::run), ("worlds", worlds)];

/// Worlds are made, so they need no data.
fn worlds(_: &std::path::Path) -> bool {
    for seed in 1..=3 {
        worlds::run(seed, Size { companies: 10_000, attendees: 40_000, ..Size::default() });
    }
    true
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [flag, folder] = arguments.as_slice() else { return usage() };
    let data = PathBuf::from(folder);
    if flag != "--data" || !data.is_dir() {
        return usage();
    }
    let mut ran = false;
    for (name, part) in PARTS {
        println!("# {name}\n");
        ran |= part(&data);
    }
    if !ran {
        eprintln!("{}: no part found its files there", data.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: accuracy --data DIR, where DIR is the folder with the data files");
    ExitCode::from(2)
}
