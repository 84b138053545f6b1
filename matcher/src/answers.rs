//! The answers for a batch, as long as the directory is at hand.

use std::ops::Range;

use crate::attendee::AttendeeRef;
use crate::evidence::{Candidate, CandidateRef, Evidence, Outcome, Reason, RecordRef, Verdict};
use crate::lookup::KeyRef;
use crate::{AccountRef, AddressRef, Class, ContactRef, Ground, Lookup, Matcher, Resolution, Score};

/// The answers for a batch of attendees, in their order, with all evidence.
///
/// They borrow from the directory, so that an answer costs no allocation; [`Answered::to_resolution`] gives one to keep.
#[derive(Debug)]
pub struct Answers<'l, 'a> {
    pub(crate) look: &'l Lookup<'a>,
    pub(crate) matcher: &'a Matcher,
    pub(crate) rows: Vec<Row<'a>>,
    pub(crate) evidence: Vec<EvidenceRow<'a>>,
}

/// The answer for one attendee.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'s, 'a> {
    answers: &'s Answers<'s, 'a>,
    row: &'s Row<'a>,
}

#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) attendee: AttendeeRef<'a>,
    pub(crate) class: Class,
    pub(crate) contact: Option<Part<ContactRef<'a>>>,
    pub(crate) account: Option<Part<AccountRef<'a>>>,
    /// `None` if the answer was found the short way: then it is found again at length for whoever asks why.
    pub(crate) evidence: Option<Range<u32>>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(attendee: AttendeeRef<'a>, class: Class) -> Self {
        Self { attendee, class, contact: None, account: None, evidence: None }
    }

    /// The address, if it is to be looked up.
    pub(crate) fn address(&self) -> Option<AddressRef<'a>> {
        self.attendee.address.ok().filter(|_| self.class.is_external())
    }
}

/// What was found, and by which strategy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<R> {
    pub(crate) record: R,
    pub(crate) by: u8,
    pub(crate) score: Score,
    pub(crate) ambiguous: bool,
}

#[derive(Debug)]
pub(crate) struct EvidenceRow<'a> {
    pub(crate) strategy: u8,
    pub(crate) verdict: Verdict,
    pub(crate) ambiguous: bool,
    pub(crate) used: bool,
    pub(crate) ground: Option<(Ground, Score)>,
    pub(crate) reason: Option<Reason>,
    pub(crate) matched: Option<KeyRef<'a>>,
    pub(crate) asked: Range<u32>,
    /// The only record that was weighed, with whether it was found by what is primary. Then there are no candidates.
    pub(crate) sole: Option<(RecordRef<'a>, bool)>,
    pub(crate) candidates: Vec<CandidateRef<'a>>,
}

impl EvidenceRow<'_> {
    fn candidates(&self) -> Vec<Candidate> {
        let sole = self.sole.iter().map(|(record, primary)| Candidate {
            record: record.to_record(),
            matched: self.matched.as_ref().map(KeyRef::to_key),
            primary: *primary,
            merged_from: vec![],
            outcome: Outcome::Chosen,
        });
        sole.chain(self.candidates.iter().map(CandidateRef::to_candidate)).collect()
    }
}

impl<'a> Answers<'_, 'a> {
    /// How many attendees there were.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The answer for the attendee at this place.
    pub fn get(&self, at: usize) -> Option<Answered<'_, 'a>> {
        self.rows.get(at).map(|row| Answered { answers: self, row })
    }

    /// All answers, in the order of the attendees.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Answered<'_, 'a>> {
        self.rows.iter().map(|row| Answered { answers: self, row })
    }
}

impl<'s, 'a> Answered<'s, 'a> {
    /// What the attendee is to the tenant.
    pub fn class(self) -> Class {
        self.row.class
    }

    /// The person.
    pub fn contact(self) -> Option<ContactRef<'a>> {
        self.row.contact.map(|part| part.record)
    }

    /// The strategy that found the person.
    pub fn contact_by(self) -> Option<&'s str> {
        self.name(self.row.contact?.by)
    }

    /// How sure the person is.
    pub fn contact_score(self) -> Option<Score> {
        self.row.contact.map(|part| part.score)
    }

    /// The company.
    pub fn account(self) -> Option<AccountRef<'a>> {
        self.row.account.map(|part| part.record)
    }

    /// The strategy that found the company.
    pub fn account_by(self) -> Option<&'s str> {
        self.name(self.row.account?.by)
    }

    /// How sure the company is.
    pub fn account_score(self) -> Option<Score> {
        self.row.account.map(|part| part.score)
    }

    /// Whether only a tie-break decided on the contact or the account.
    pub fn ambiguous(self) -> bool {
        self.row.contact.is_some_and(|part| part.ambiguous)
            || self.row.account.is_some_and(|part| part.ambiguous)
    }

    /// The same, to keep, with all evidence.
    pub fn to_resolution(self) -> Resolution {
        match &self.row.evidence {
            Some(part) => self.written(part),
            None => {
                let look = self.answers.look.again();
                let found = self.answers.matcher.at_length(self.row.attendee, &look);
                found.get(0).map_or_else(
                    || self.written(&(0..0)),
                    |one| one.written(&(0..index(found.evidence.len()))),
                )
            }
        }
    }

    fn written(self, part: &Range<u32>) -> Resolution {
        let row = self.row;
        let part = part.start as usize..part.end as usize;
        let rows = self.answers.evidence.get(part).unwrap_or_default();
        let ties = rows.iter().filter(|row| row.used && row.ambiguous);
        let contenders = ties.flat_map(|row| &row.candidates).filter(|one| one.outcome.is_contender());
        let ambiguous = [
            row.contact.filter(|part| part.ambiguous).map(|part| part.score),
            row.account.filter(|part| part.ambiguous).map(|part| part.score),
        ];
        Resolution {
            attendee: row.attendee.original.to_owned(),
            address: row.attendee.address.ok().map(|address| address.as_str().to_owned()),
            class: row.class,
            contact: self.contact().map(|contact| contact.id().into()),
            contact_by: self.contact_by().map(str::to_owned),
            contact_score: self.contact_score(),
            account: self.account().map(|account| account.id().into()),
            account_by: self.account_by().map(str::to_owned),
            account_score: self.account_score(),
            ambiguous: self.ambiguous(),
            margin: ambiguous.into_iter().flatten().min().map(Score::margin),
            candidates: contenders.map(CandidateRef::to_candidate).collect(),
            evidence: rows.iter().map(|row| self.evidence(row)).collect(),
        }
    }

    fn name(self, by: u8) -> Option<&'s str> {
        self.answers.matcher.strategies.get(usize::from(by)).map(|strategy| strategy.name())
    }

    fn evidence(self, row: &EvidenceRow<'_>) -> Evidence {
        Evidence {
            strategy: self.name(row.strategy).unwrap_or_default().to_owned(),
            verdict: row.verdict,
            reason: row.reason.clone(),
            matched: row.matched.as_ref().map(KeyRef::to_key),
            asked: self.answers.look.keys(row.asked.start as usize..row.asked.end as usize),
            candidates: row.candidates(),
            ambiguous: row.ambiguous,
            ground: row.ground.map(|ground| ground.0),
            score: row.ground.map(|ground| ground.1),
        }
    }
}

/// No batch has four thousand million entries.
pub(crate) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
