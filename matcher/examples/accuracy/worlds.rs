//! How right the matcher is about a generated world.

use std::collections::BTreeMap;
use std::time::Instant;

use acquaint_matcher::worlds::{Case, Cause, Size, World};
use acquaint_matcher::{Attendee, Class, Matcher, RecordId, Resolution, Score};

/// An answer, reduced to what is judged. What has no score counts as certain.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) class: Class,
    pub(crate) contact: Option<(RecordId, f64)>,
    pub(crate) account: Option<(RecordId, f64)>,
    /// The strategies that found the two.
    pub(crate) by: [Option<String>; 2],
    pub(crate) ambiguous: bool,
}

/// The only place that knows what a resolution looks like.
fn answered(found: Resolution) -> Answered {
    Answered {
        class: found.class,
        contact: found.contact.zip(found.contact_score.map(Score::as_f64)),
        account: found.account.zip(found.account_score.map(Score::as_f64)),
        by: [found.contact_by, found.account_by],
        ambiguous: found.ambiguous,
    }
}

/// Generates a world, asks the matcher about all its attendees and prints how right it is.
pub(crate) fn run(seed: u64, size: Size) {
    let start = Instant::now();
    let world = World::generate(seed, size);
    let generated = start.elapsed();
    let directory = world.directory();
    let matcher = Matcher::default().with_classifier(world.classifier());
    let attendees: Vec<Attendee> = world.cases().iter().map(|case| case.attendee.clone()).collect();
    let answers = matcher.resolve(&attendees, &directory.lookup());
    let rows: Vec<(&Case, Answered)> = world.cases().iter().zip(answers.into_iter().map(answered)).collect();
    println!(
        "world {seed} ({:016x}): {} contacts, {} accounts, {} links, {} attendees; generated in {generated:.2?}",
        world.fingerprint(),
        world.contacts().len(),
        world.accounts().len(),
        world.links().len(),
        rows.len(),
    );
    report(&rows);
}

/// What became of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// One of the right answers.
    Right,
    /// Another answer, or one where none is right.
    Wrong,
    /// One of the right answers, said to be a mere tie-break.
    Tie,
    /// Another answer, said to be a mere tie-break.
    WrongTie,
    /// No answer where the CRM holds enough for one.
    Missed,
    /// No answer, and the CRM holds too little for one.
    Silent,
}

#[derive(Default)]
struct Counts(BTreeMap<Mark, usize>);

impl Counts {
    fn add(&mut self, mark: Mark) {
        *self.0.entry(mark).or_default() += 1;
    }

    fn of(&self, mark: Mark) -> usize {
        self.0.get(&mark).copied().unwrap_or(0)
    }
}

fn mark(answer: Option<&(RecordId, f64)>, right: &[RecordId], resolvable: bool, tie: bool) -> Mark {
    match answer {
        None if resolvable => Mark::Missed,
        None => Mark::Silent,
        Some((id, _)) => match (right.contains(id), tie) {
            (true, false) => Mark::Right,
            (false, false) => Mark::Wrong,
            (true, true) => Mark::Tie,
            (false, true) => Mark::WrongTie,
        },
    }
}

/// Prints precision and coverage, the scores against the truth, and a table by cause.
pub(crate) fn report(rows: &[(&Case, Answered)]) {
    println!();
    println!("Precision is the share of right answers among those given with at least that score;");
    println!(
        "coverage is the share of attendees with a right answer of that kind among those that can be resolved."
    );
    println!(
        "{:<9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "", "score", "answers", "precision", "resolvable", "coverage"
    );
    let scored = rows.iter().any(|(_, found)| {
        [&found.contact, &found.account].into_iter().flatten().any(|(_, score)| *score < 1.0)
    });
    let thresholds: &[f64] =
        if scored { &[0.0, Score::REVIEW.as_f64(), Score::AUTO_LINK.as_f64(), 0.95] } else { &[0.0] };
    for threshold in thresholds.iter().copied() {
        for of_account in [true, false] {
            summary(rows, of_account, threshold);
        }
    }
    let wrong = rows.iter().filter(|(case, found)| found.class != case.truth.class).count();
    println!("{:<9} {:>9} {:>9} {:>9}", "classes", "", rows.len(), percent(rows.len() - wrong, rows.len()));
    calibration(rows, true);
    calibration(rows, false);
    by_strategy(rows);
    by_cause(rows);
}

/// The answer and the truth of one kind.
fn one<'a>(
    (case, found): &'a (&Case, Answered),
    of_account: bool,
) -> (Option<&'a (RecordId, f64)>, &'a [RecordId], bool) {
    let truth = &case.truth;
    if of_account {
        (found.account.as_ref(), &truth.accounts, truth.account_resolvable)
    } else {
        (found.contact.as_ref(), &truth.contacts, truth.contact_resolvable)
    }
}

fn summary(rows: &[(&Case, Answered)], of_account: bool, threshold: f64) {
    let (mut answers, mut right, mut resolvable, mut covered) = (0, 0, 0, 0);
    for row in rows {
        let (answer, accepted, can) = one(row, of_account);
        let given = answer.filter(|(_, score)| *score >= threshold);
        let good = given.is_some_and(|(id, _)| accepted.contains(id));
        answers += usize::from(given.is_some());
        right += usize::from(good);
        resolvable += usize::from(can);
        covered += usize::from(can && good);
    }
    let kind = if of_account { "accounts" } else { "contacts" };
    let (precision, coverage) = (percent(right, answers), percent(covered, resolvable));
    println!("{kind:<9} {threshold:>9.2} {answers:>9} {precision:>9} {resolvable:>9} {coverage:>9}");
}

/// How often answers with about the same score are right. Nothing to see as long as all have the same.
fn calibration(rows: &[(&Case, Answered)], of_account: bool) {
    let mut bins: BTreeMap<usize, (usize, usize, f64)> = BTreeMap::new();
    for row in rows {
        let (Some((id, score)), accepted, _) = one(row, of_account) else { continue };
        // Finer where it matters: by percent above 0.9, else by ten percent.
        let bin = (score * 100.0).floor().clamp(0.0, 100.0) as usize;
        let bin = if bin >= 90 { bin } else { bin / 10 * 10 };
        let (all, right, sum) = bins.entry(bin).or_default();
        *all += 1;
        *right += usize::from(accepted.contains(id));
        *sum += score;
    }
    if bins.len() < 2 {
        return;
    }
    println!();
    println!(
        "{:<9} {:>9} {:>9} {:>9}",
        if of_account { "accounts" } else { "contacts" },
        "score",
        "right",
        "answers"
    );
    for (all, right, sum) in bins.into_values() {
        println!("{:<9} {:>9.3} {:>9} {all:>9}", "", sum / all as f64, percent(right, all));
    }
}

fn by_strategy(rows: &[(&Case, Answered)]) {
    let mut table: BTreeMap<(&str, &str), Counts> = BTreeMap::new();
    for row in rows {
        for (at, of_account) in [(0, false), (1, true)] {
            let (answer, accepted, can) = one(row, of_account);
            let Some(by) = row.1.by[at].as_deref() else { continue };
            let kind = if of_account { "account" } else { "contact" };
            table.entry((kind, by)).or_default().add(mark(answer, accepted, can, row.1.ambiguous));
        }
    }
    println!();
    println!("{:<8} {:<18} {:>7} {:>7} {:>7} {:>9}", "", "strategy", "right", "wrong", "tie", "wrong tie");
    for ((kind, by), counts) in table {
        let [right, wrong, tie, wrong_tie] =
            [Mark::Right, Mark::Wrong, Mark::Tie, Mark::WrongTie].map(|mark| counts.of(mark));
        println!("{kind:<8} {by:<18} {right:>7} {wrong:>7} {tie:>7} {wrong_tie:>9}");
    }
}

fn by_cause(rows: &[(&Case, Answered)]) {
    let mut table: BTreeMap<Cause, (usize, usize, Counts, Counts)> = BTreeMap::new();
    for row in rows {
        let (case, found) = row;
        let (cases, class_errors, accounts, contacts) = table.entry(case.cause).or_default();
        *cases += 1;
        *class_errors += usize::from(found.class != case.truth.class);
        for (counts, of_account) in [(accounts, true), (contacts, false)] {
            let (answer, accepted, can) = one(row, of_account);
            counts.add(mark(answer, accepted, can, found.ambiguous));
        }
    }
    let marks = [Mark::Right, Mark::Wrong, Mark::Tie, Mark::WrongTie, Mark::Missed, Mark::Silent];
    println!();
    println!(
        "tie: right, but said to be a mere tie-break; missed: no answer though there is enough for one;"
    );
    println!("silent: no answer, and there is too little for one");
    println!("{:<22} {:>6} {:>6} | {:^41} | {:^41}", "", "", "class", "accounts", "contacts");
    print!("{:<22} {:>6} {:>6} |", "cause", "cases", "wrong");
    for _ in 0..2 {
        print!(
            "{:>6} {:>6} {:>6} {:>7} {:>6} {:>6} |",
            "right", "wrong", "tie", "wr.tie", "missed", "silent"
        );
    }
    println!();
    for (cause, (cases, class_errors, accounts, contacts)) in table {
        print!("{cause:<22} {cases:>6} {class_errors:>6} |");
        for counts in [accounts, contacts] {
            let [right, wrong, tie, wrong_tie, missed, silent] = marks.map(|mark| counts.of(mark));
            print!("{right:>6} {wrong:>6} {tie:>6} {wrong_tie:>7} {missed:>6} {silent:>6} |");
        }
        println!();
    }
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.2} %", 100.0 * part as f64 / whole as f64) }
}
