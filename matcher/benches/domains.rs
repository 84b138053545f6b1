//! The registered name of a host, and the domains that its mail is looked for under, beside the public suffix list alone.

use std::hint::black_box;
use std::time::Instant;

use acquaint_matcher::domain::{candidates, registrable};

const HOSTS: usize = 10_000;
const ROUNDS: usize = 15;
const PASSES: usize = 20;

const ONE_LEVEL: [&str; 14] =
    ["com", "com", "com", "net", "org", "de", "fr", "io", "eu", "nl", "ch", "se", "ai", "dev"];
const TWO_LEVEL: [&str; 12] = [
    "co.uk", "co.uk", "com.au", "com.br", "co.jp", "co.nz", "com.mx", "co.za", "com.tr", "ac.uk", "com.cy",
    "com.sg",
];
const PLATFORMS: [&str; 3] = ["github.io", "myshopify.com", "herokuapp.com"];
const BELOW: [&str; 5] = ["mail", "eu", "corp", "sales", "mx1"];

/// Three of ten have a registry of two levels, one of a hundred a platform; half have a label below the registered
/// name.
fn hosts() -> Vec<String> {
    let mut state = 7_u64;
    let mut draw = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % below as u64) as usize
    };
    (0..HOSTS)
        .map(|_| {
            let suffix = match draw(100) {
                0..30 => TWO_LEVEL[draw(TWO_LEVEL.len())],
                30 => PLATFORMS[draw(PLATFORMS.len())],
                _ => ONE_LEVEL[draw(ONE_LEVEL.len())],
            };
            let letters = 4 + draw(10);
            let name: String = (0..letters).map(|_| char::from(b'a' + draw(26) as u8)).collect();
            match draw(2) {
                0 => format!("{name}.{suffix}"),
                _ => format!("{}.{name}.{suffix}", BELOW[draw(BELOW.len())]),
            }
        })
        .collect()
}

/// Nanoseconds for each host.
fn time(hosts: &[String], what: impl Fn(&str) -> usize) -> f64 {
    let start = Instant::now();
    for _ in 0..PASSES {
        for host in hosts {
            black_box(what(black_box(host)));
        }
    }
    start.elapsed().as_nanos() as f64 / (PASSES * hosts.len()) as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn main() {
    let hosts = hosts();
    let mut times = [const { Vec::new() }; 3];
    // In rounds, so that what else the machine does falls on all alike.
    for _ in 0..ROUNDS {
        times[0].push(time(&hosts, |host| {
            psl::domain(host.as_bytes()).map_or(0, |found| found.as_bytes().len())
        }));
        times[1].push(time(&hosts, |host| registrable(host).map_or(0, str::len)));
        times[2].push(time(&hosts, |host| candidates(host).map(str::len).sum()));
    }
    let [alone, registered, all] = times.map(median);
    println!("{HOSTS} hosts, median of {ROUNDS} rounds, ns for each host:");
    println!("  psl::domain          {alone:6.1}");
    println!("  domain::registrable  {registered:6.1}  {:.2} of it", registered / alone);
    println!("  domain::candidates   {all:6.1}  {:.2} of it", all / alone);
}
