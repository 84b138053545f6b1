//! How long single changes of a large directory take, alone and while a snapshot shares it.

use std::hint::black_box;
use std::time::Instant;

use acquaint_matcher::{Contact, Directory, RecordId};

use super::people::{self, Dice};

const CHANGES: usize = 20_000;
const CLONES: usize = 50;

pub(crate) fn measure(mut directory: Directory, contacts: usize, companies: usize) {
    let clones: Vec<f64> = (0..CLONES)
        .map(|_| {
            let start = Instant::now();
            let clone = black_box(directory.clone());
            let taken = start.elapsed().as_secs_f64();
            drop(clone);
            taken
        })
        .collect();
    println!("  us each                                p50   p99.9   worst");
    line("a clone", clones);
    for shared in [false, true] {
        // One that is held to the end: each page is copied for it once, by the first change that needs it.
        let snapshot = shared.then(|| directory.clone());
        let beside = if shared { " beside a clone" } else { "" };
        let mut dice = Dice(if shared { 12 } else { 11 });
        let chosen: Vec<usize> = (0..CHANGES).map(|_| dice.below(contacts)).collect();
        // Somebody who moved to another company and has a longer name, so that row, host and both indexes change.
        let moved = chosen.iter().map(|n| {
            let mut contact = Contact::new(format!("crm/{n}")).email(people::email(n + 1, companies));
            contact.name = Some(format!("Somebody Else {n}"));
            contact
        });
        let moved: Vec<Contact> = moved.collect();
        line(&format!("an upsert{beside}"), timed(moved, |contact| directory.upsert_contact(contact)));
        // The same without a name.
        let bare =
            chosen.iter().map(|n| Contact::new(format!("crm/{n}")).email(people::email(n + 2, companies)));
        let bare: Vec<Contact> = bare.collect();
        line(
            &format!("one without a name{beside}"),
            timed(bare, |contact| directory.upsert_contact(contact)),
        );
        let ids = chosen.iter().map(|n| RecordId::from(format!("crm/{n}")));
        let gone = timed(ids.collect::<Vec<_>>(), |id| {
            black_box(directory.remove_contact(&id));
        });
        line(&format!("a removal{beside}"), gone);
        drop(snapshot);
    }
}

/// The seconds that each takes.
fn timed<T>(all: Vec<T>, mut change: impl FnMut(T)) -> Vec<f64> {
    let time = |one| {
        let start = Instant::now();
        change(one);
        start.elapsed().as_secs_f64()
    };
    all.into_iter().map(time).collect()
}

fn line(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize] * 1e6;
    println!("    {what:<33} {:>7.1} {:>7.1} {:>7.1}", at(0.5), at(0.999), at(1.0));
}
