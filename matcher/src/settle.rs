//! From the records that a key found to those that can be an answer: merges followed, the archived left out.

use std::collections::BTreeMap;

use crate::evidence::{Candidate, Loss, Outcome, Record};
use crate::lookup::{AccountRef, ContactRef};
use crate::{Key, Lookup, RecordId};

/// More merges in a row than any CRM has; a longer chain is taken for a circle.
const MAX_MERGES: usize = 32;

/// What contacts and accounts have in common.
pub(crate) trait Entry<'a>: Copy {
    fn id(self) -> &'a RecordId;
    fn archived(self) -> bool;
    fn merged_into(self) -> Option<&'a RecordId>;
    fn find(look: &Lookup<'a>, id: &RecordId) -> Option<Self>;
    fn record(id: &RecordId) -> Record;
}

impl<'a> Entry<'a> for ContactRef<'a> {
    fn id(self) -> &'a RecordId {
        self.id()
    }
    fn archived(self) -> bool {
        self.archived()
    }
    fn merged_into(self) -> Option<&'a RecordId> {
        self.merged_into()
    }
    fn find(look: &Lookup<'a>, id: &RecordId) -> Option<Self> {
        look.contact(id)
    }
    fn record(id: &RecordId) -> Record {
        Record::Contact(id.clone())
    }
}

impl<'a> Entry<'a> for AccountRef<'a> {
    fn id(self) -> &'a RecordId {
        self.id()
    }
    fn archived(self) -> bool {
        self.archived()
    }
    fn merged_into(self) -> Option<&'a RecordId> {
        self.merged_into()
    }
    fn find(look: &Lookup<'a>, id: &RecordId) -> Option<Self> {
        look.account(id)
    }
    fn record(id: &RecordId) -> Record {
        Record::Account(id.clone())
    }
}

/// A record that can be an answer.
#[derive(Debug)]
pub(crate) struct Contender<R> {
    pub(crate) record: R,
    pub(crate) primary: bool,
    pub(crate) merged_from: Vec<RecordId>,
}

impl<'a, R: Entry<'a>> Contender<R> {
    pub(crate) fn candidate(&self, matched: &Key, outcome: Outcome) -> Candidate {
        Candidate {
            record: R::record(self.record.id()),
            matched: matched.clone(),
            primary: self.primary,
            merged_from: self.merged_from.clone(),
            outcome,
        }
    }
}

/// What became of the records that one key found.
#[derive(Debug)]
pub(crate) struct Settled<R> {
    /// By id, each once.
    pub(crate) contenders: Vec<Contender<R>>,
    /// Those that can be no answer.
    pub(crate) lost: Vec<Candidate>,
}

/// Follows merges from each start, and tells those that can be an answer from those that cannot.
///
/// A start is a record's name and whether it was found by its primary address, domain or link.
pub(crate) fn settle<'a, R: Entry<'a>>(
    look: &Lookup<'a>,
    matched: &Key,
    starts: impl IntoIterator<Item = (RecordId, bool)>,
    refuse: impl Fn(R) -> Option<Loss>,
) -> Settled<R> {
    let mut contenders: BTreeMap<RecordId, Contender<R>> = BTreeMap::new();
    let mut lost: BTreeMap<Record, Candidate> = BTreeMap::new();
    for (start, primary) in starts {
        let (end, mut merged_from) = follow(look, &start);
        let end = end.and_then(|record: R| {
            let loss = if record.archived() { Some(Loss::Archived) } else { refuse(record) };
            loss.map_or(Ok(record), |loss| Err((record.id().clone(), loss)))
        });
        match end {
            Ok(record) => {
                let one = contenders.entry(record.id().clone()).or_insert(Contender {
                    record,
                    primary,
                    merged_from: vec![],
                });
                one.primary |= primary;
                one.merged_from.append(&mut merged_from);
            }
            Err((id, loss)) => {
                let record = R::record(&id);
                let new = Candidate::lost(record.clone(), matched.clone(), loss);
                let one = lost.entry(record).or_insert(Candidate { primary, ..new });
                one.primary |= primary;
                one.merged_from.append(&mut merged_from);
            }
        }
    }
    let mut settled =
        Settled { contenders: contenders.into_values().collect(), lost: lost.into_values().collect() };
    let paths = settled.contenders.iter_mut().map(|one| &mut one.merged_from);
    for path in paths.chain(settled.lost.iter_mut().map(|one| &mut one.merged_from)) {
        path.sort_unstable();
        path.dedup();
    }
    settled
}

/// The record that has taken the place of `start`, and the records passed on the way.
/// Or, if there is none, the record at which it went wrong and how.
pub(crate) fn follow<'a, R: Entry<'a>>(
    look: &Lookup<'a>,
    start: &RecordId,
) -> (Result<R, (RecordId, Loss)>, Vec<RecordId>) {
    let Some(mut current) = R::find(look, start) else {
        return (Err((start.clone(), Loss::Unknown)), vec![]);
    };
    let mut passed: Vec<RecordId> = vec![];
    while let Some(next) = current.merged_into() {
        if next == current.id() || passed.contains(next) || passed.len() == MAX_MERGES {
            return (Err((start.clone(), Loss::MergeLoop)), vec![]);
        }
        let Some(found) = R::find(look, next) else {
            return (Err((current.id().clone(), Loss::MergedAway)), passed);
        };
        passed.push(current.id().clone());
        current = found;
    }
    (Ok(current), passed)
}
