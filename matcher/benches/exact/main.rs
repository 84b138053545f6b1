//! Exact resolution of whole batches with all evidence, beside the least that could answer.
//!
//! `cargo bench -p acquaint-matcher --bench exact` takes a directory of a million contacts and 200,000 accounts, and
//! then one of ten millions and two; `-- 1000000` names sizes. All figures of a size are taken in turn in one run, so
//! that whatever else the machine does falls on all alike. At last it says how long single changes take, alone and
//! while somebody holds a snapshot.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod bare;
mod changes;
mod people;

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use acquaint_matcher::{Attendees, Classifier, Directory, Internal, Lists, Matcher};
use bare::Bare;

const ROUNDS: usize = 7;
const ASKED: usize = 200_000;

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    for contacts in if sizes.is_empty() { vec![1_000_000, 10_000_000] } else { sizes } {
        measure(contacts, contacts / 5);
    }
}

fn measure(contacts: usize, companies: usize) {
    let records = (
        people::contacts(contacts, companies).collect::<Vec<_>>(),
        people::accounts(companies).collect::<Vec<_>>(),
        people::links(contacts, companies).collect::<Vec<_>>(),
    );
    let start = Instant::now();
    let directory = Directory::build(records.0, records.1, records.2);
    println!("\n{contacts} contacts, {companies} accounts, as many links as contacts");
    println!("  built in {:.2} s by one thread", start.elapsed().as_secs_f64());
    memory(&directory, contacts, companies);

    let number = |n: usize| u32::try_from(n.wrapping_mul(7919) % companies).unwrap();
    let bare = Bare::new(
        (0..contacts).map(|n| (people::email(n, companies), number(n))),
        (0..companies).map(people::domain),
    );
    let plain: HashMap<String, u32> =
        (0..contacts).map(|n| (people::email(n, companies), number(n))).collect();
    let domains: HashMap<String, u32> =
        (0..companies).map(|n| (people::domain(n), u32::try_from(n).unwrap())).collect();

    let ids: Vec<String> = (0..companies).map(people::account_id).collect();

    let asked = people::attendees(ASKED, contacts, companies);
    let us = Classifier::new(Internal::new().domain("us.example").user("me@gmail.com"), Lists::shipped());
    let matcher = Matcher::default().with_classifier(us);
    let mut batch = Attendees::new();
    let mut text = vec![];

    let mut ours = |asked: &[String], size: usize| -> u64 {
        let mut sum = 0;
        for group in asked.chunks(size) {
            batch.clear();
            group.iter().for_each(|address| batch.push(address));
            let look = directory.lookup();
            let found = matcher.answer(batch.iter(), &look);
            for one in found.iter() {
                sum = one.account().map_or(sum, |account| weight(account.id().as_bytes()).wrapping_add(sum));
            }
        }
        sum
    };
    let mut least = |asked: &[String], size: usize| -> u64 {
        asked.chunks(size).fold(0, |sum, group| bare.resolve(group, &mut text).wrapping_add(sum))
    };
    let map = |asked: &[String]| -> u64 {
        let found = asked.iter().map(|address| {
            let address = address.trim().to_lowercase();
            let host = address.split('@').nth(1).unwrap_or_default();
            let n = plain.get(&address).or_else(|| domains.get(host));
            n.map_or(0, |n| weight(ids[*n as usize].as_bytes()))
        });
        found.fold(0, u64::wrapping_add)
    };
    assert_eq!(ours(&asked, 8), least(&asked, 8), "the bare tables find other accounts");
    assert_eq!(ours(&asked, 1), map(&asked), "the plain map finds other accounts");

    println!("  ns an attendee        ours    bare   ratio");
    for size in [8, 16, 32, 64] {
        let (ours, bare) = in_turn(|| ours(&asked, size), || least(&asked, size));
        println!("  in batches of {size:<4} {ours:>9.0} {bare:>7.0} {:>7.2}   (at most 1.50)", ours / bare);
    }
    let (single, bare) = in_turn(|| ours(&asked, 1), || least(&asked, 1));
    println!("  one alone          {single:>9.0} {bare:>7.0} {:>7.2}", single / bare);
    let (batch, map) = in_turn(|| ours(&asked, 8), || map(&asked));
    println!(
        "  batches of 8 beside a plain HashMap of normalised addresses: {batch:.0} and {map:.0}, {:.2}",
        batch / map
    );
    let mut people = Attendees::new();
    let mut written = |asked: &[String]| -> u64 {
        let mut sum = 0;
        for group in asked.chunks(8) {
            people.clear();
            group.iter().for_each(|address| people.push(address));
            let look = directory.lookup();
            let found = matcher.answer(people.iter(), &look);
            sum += found.iter().map(|one| one.to_resolution().evidence.len()).sum::<usize>()
                + look.asked().len();
        }
        sum as u64
    };
    // What is kept of an answer is written out only when it is asked for.
    let (written, brief) = in_turn(|| written(&asked), || ours(&asked, 8));
    println!(
        "  batches of 8 with all evidence and keys written out to keep: {written:.0}, {:.1} times as long",
        written / brief
    );
    changes::measure(directory, contacts, companies);
}

/// Something of an id that is different for most, so that both read it and what they found is compared.
fn weight(id: &[u8]) -> u64 {
    let tail = id.last_chunk().map_or(0, |tail| u64::from(u32::from_le_bytes(*tail)));
    tail.wrapping_mul(id.len() as u64) + 1
}

/// The medians of both in nanoseconds an attendee, measured in turn.
fn in_turn(mut one: impl FnMut() -> u64, mut other: impl FnMut() -> u64) -> (f64, f64) {
    let mut times = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        black_box(one());
        times.0.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        black_box(other());
        times.1.push(start.elapsed().as_secs_f64());
    }
    (median(times.0), median(times.1))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2] * 1e9 / ASKED as f64
}

fn memory(directory: &Directory, contacts: usize, companies: usize) {
    let of = |bytes: usize, count: usize| bytes as f64 / count as f64;
    println!("  {:.0} MB in all", of(directory.bytes(), 1_000_000));
    for (part, bytes) in directory.bytes_by_part() {
        println!(
            "    {part:<10} {:>7.1} B a contact {:>7.1} B an account",
            of(bytes, contacts),
            of(bytes, companies)
        );
    }
}
