//! Prints how right the matcher is about a generated world:
//! `cargo run --release --features worlds --example worlds_report -- [SEED [COMPANIES [ATTENDEES]]]`.

use acquaint_matcher::worlds::Size;

#[path = "accuracy/worlds.rs"]
mod worlds;

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<usize>().ok());
    let seed = numbers.next().unwrap_or(1);
    let size = Size::default();
    let companies = numbers.next().unwrap_or(size.companies);
    let attendees = numbers.next().unwrap_or(size.attendees);
    worlds::run(seed as u64, Size { companies, attendees, ..size });
}
