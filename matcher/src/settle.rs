//! From the records that a key found to those that can be an answer: merges followed, the archived left out.

use crate::evidence::{CandidateRef, Loss, Outcome, RecordRef};
use crate::lookup::{Found, KeyRef};
use crate::{AccountRef, ContactRef, Lookup};

/// More merges in a row than any CRM has; a longer chain is taken for a circle.
const MAX_MERGES: usize = 32;

/// What contacts and accounts have in common.
pub(crate) trait Entry<'a>: Copy {
    fn id(self) -> &'a str;
    fn archived(self) -> bool;
    fn merged_into(self) -> Option<&'a str>;
    fn find(look: &Lookup<'a>, id: &'a str) -> Option<Self>;
    fn record(self) -> RecordRef<'a>;
    fn nobody(id: &'a str) -> RecordRef<'a>;
}

impl<'a> Entry<'a> for ContactRef<'a> {
    fn id(self) -> &'a str {
        self.id()
    }
    fn archived(self) -> bool {
        self.archived()
    }
    fn merged_into(self) -> Option<&'a str> {
        self.merged_into()
    }
    fn find(look: &Lookup<'a>, id: &'a str) -> Option<Self> {
        look.contact(id)
    }
    fn record(self) -> RecordRef<'a> {
        RecordRef::Contact(self)
    }
    fn nobody(id: &'a str) -> RecordRef<'a> {
        RecordRef::NoContact(id)
    }
}

impl<'a> Entry<'a> for AccountRef<'a> {
    fn id(self) -> &'a str {
        self.id()
    }
    fn archived(self) -> bool {
        self.archived()
    }
    fn merged_into(self) -> Option<&'a str> {
        self.merged_into()
    }
    fn find(look: &Lookup<'a>, id: &'a str) -> Option<Self> {
        look.account(id)
    }
    fn record(self) -> RecordRef<'a> {
        RecordRef::Account(self)
    }
    fn nobody(id: &'a str) -> RecordRef<'a> {
        RecordRef::NoAccount(id)
    }
}

/// A record that can be an answer.
#[derive(Clone, Debug)]
pub(crate) struct Contender<'a, R> {
    pub(crate) record: R,
    pub(crate) primary: bool,
    pub(crate) merged_from: Vec<&'a str>,
}

impl<'a, R: Entry<'a>> Contender<'a, R> {
    pub(crate) fn candidate(self, matched: &KeyRef<'a>, outcome: Outcome) -> CandidateRef<'a> {
        CandidateRef {
            record: self.record.record(),
            matched: matched.clone(),
            primary: self.primary,
            merged_from: self.merged_from,
            outcome,
        }
    }
}

/// What became of the records that one key found.
#[derive(Debug)]
pub(crate) struct Settled<'a, R> {
    /// By id, each once.
    pub(crate) contenders: Found<Contender<'a, R>>,
    /// Those that can be no answer, by id, each once.
    pub(crate) lost: Vec<CandidateRef<'a>>,
}

/// Follows merges from each start, and tells those that can be an answer from those that cannot.
///
/// A start is a record or the name of one that is not there, and whether it was found by its primary address, domain
/// or link.
pub(crate) fn settle<'a, R: Entry<'a>>(
    look: &Lookup<'a>,
    matched: &KeyRef<'a>,
    starts: impl Iterator<Item = (Result<R, &'a str>, bool)>,
    refuse: impl Fn(R) -> Option<Loss>,
) -> Settled<'a, R> {
    let mut contenders: Found<Contender<'a, R>> = Found::new();
    let mut lost: Vec<CandidateRef<'a>> = vec![];
    for (start, primary) in starts {
        let (end, merged_from) = match start {
            Ok(record) => follow(look, record),
            Err(id) => (Err((R::nobody(id), Loss::Unknown)), vec![]),
        };
        let end = end.and_then(|record: R| {
            let loss = if record.archived() { Some(Loss::Archived) } else { refuse(record) };
            loss.map_or(Ok(record), |loss| Err((record.record(), loss)))
        });
        match end {
            Ok(record) => contenders.push(Contender { record, primary, merged_from }),
            Err((record, loss)) => lost.push(CandidateRef {
                record,
                matched: matched.clone(),
                primary,
                merged_from,
                outcome: Outcome::Lost(loss),
            }),
        }
    }
    if contenders.len() > 1 {
        contenders.sort_by_key(|one| one.record.id());
        contenders.dedup_by(|next, first| {
            let same = next.record.id() == first.record.id();
            same && join((&mut first.primary, &mut first.merged_from), (next.primary, &mut next.merged_from))
        });
    }
    if lost.len() > 1 {
        lost.sort_by_key(|one| one.record.id());
        lost.dedup_by(|next, first| {
            let same = next.record.id() == first.record.id();
            same && join((&mut first.primary, &mut first.merged_from), (next.primary, &mut next.merged_from))
        });
    }
    contenders.iter_mut().for_each(|one| tidy(&mut one.merged_from));
    lost.iter_mut().for_each(|one| tidy(&mut one.merged_from));
    Settled { contenders, lost }
}

/// Adds to the first what was found of the same record once more. Always `true`, so that the other one goes.
fn join<'a>(first: (&mut bool, &mut Vec<&'a str>), next: (bool, &mut Vec<&'a str>)) -> bool {
    *first.0 |= next.0;
    first.1.append(next.1);
    true
}

fn tidy(path: &mut Vec<&str>) {
    path.sort_unstable();
    path.dedup();
}

/// A record, or the one at which it went wrong and how.
pub(crate) type End<'a, R> = Result<R, (RecordRef<'a>, Loss)>;

/// The record that has taken the place of `start`, and the records passed on the way.
pub(crate) fn follow<'a, R: Entry<'a>>(look: &Lookup<'a>, start: R) -> (End<'a, R>, Vec<&'a str>) {
    let mut current = start;
    let mut passed: Vec<&'a str> = vec![];
    while let Some(next) = current.merged_into() {
        if next == current.id() || passed.contains(&next) || passed.len() == MAX_MERGES {
            return (Err((start.record(), Loss::MergeLoop)), vec![]);
        }
        let Some(found) = R::find(look, next) else {
            return (Err((current.record(), Loss::MergedAway)), passed);
        };
        passed.push(current.id());
        current = found;
    }
    (Ok(current), passed)
}
