//! The strategies in their order.

use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::answers::{Answered, Answers, EvidenceRow, Part, Row, index};
use crate::attendee::AttendeeRef;
use crate::directory::Ahead;
use crate::evidence::{RecordRef, Verdict};
use crate::shortcut::Shortcut;
use crate::strategy::{self, Answer, Finding, Refusal, Strategy, Subject};
use crate::{
    AccountRef, AddressRef, Attendee, Class, Classifier, ContactRef, Lookup, Resolution, fingerprint,
};

/// How many attendees are read ahead for together.
const GROUP: usize = 16;

/// The strategies in their order, and how attendees are classified before.
///
/// Cheap to clone. The same matcher, attendees and records always give the same resolutions, byte for byte.
#[derive(Clone, Debug)]
pub struct Matcher {
    pub(crate) strategies: Arc<[Arc<dyn Strategy>]>,
    classifier: Arc<Classifier>,
    shortcut: Option<Shortcut>,
}

/// A name that no strategy has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownStrategy {
    name: String,
}

impl UnknownStrategy {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for UnknownStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no strategy is called {:?}; there are {}", self.name, strategy::NAMES.join(", "))
    }
}

impl Error for UnknownStrategy {}

impl Default for Matcher {
    /// Every strategy of this crate in its usual order, with nobody internal.
    fn default() -> Self {
        Self::new(strategy::NAMES.iter().filter_map(|name| strategy::by_name(name)))
    }
}

impl Matcher {
    /// These strategies in this order, with nobody internal.
    pub fn new(strategies: impl IntoIterator<Item = Arc<dyn Strategy>>) -> Self {
        let strategies: Arc<[_]> = strategies.into_iter().collect();
        Self { shortcut: Shortcut::through(&strategies), strategies, classifier: Arc::default() }
    }

    /// The strategies with these names in this order, with nobody internal.
    ///
    /// # Errors
    /// [`UnknownStrategy`] for the first name that is none of [`strategy::NAMES`].
    pub fn from_names(names: &[impl AsRef<str>]) -> Result<Self, UnknownStrategy> {
        let unknown = |name: &str| UnknownStrategy { name: name.chars().take(80).collect() };
        let strategies =
            names.iter().map(|name| strategy::by_name(name.as_ref()).ok_or_else(|| unknown(name.as_ref())));
        Ok(Self::new(strategies.collect::<Result<Vec<_>, _>>()?))
    }

    /// The same strategies for another tenant.
    #[must_use]
    pub fn with_classifier(mut self, classifier: Classifier) -> Self {
        self.classifier = Arc::new(classifier);
        self
    }

    /// How attendees are classified.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// The names of the strategies in their order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.strategies.iter().map(|strategy| strategy.name())
    }

    /// Names the code and the data that decide, so that two answers can be told to be comparable: the crate's
    /// [`fingerprint`] and each strategy with its version. The classifier is the caller's, and not part of it.
    pub fn fingerprint(&self) -> String {
        let strategies: Vec<_> = self
            .strategies
            .iter()
            .map(|strategy| format!("{}:{}", strategy.name(), strategy.version()))
            .collect();
        format!("{} {}", fingerprint(), strategies.join(","))
    }

    /// The answer for each attendee, in their order, to keep. Attendees do not influence one another.
    ///
    /// With a lookup into a [`Slice`](crate::Slice) the answers count only if [`Lookup::missing`] is empty afterwards.
    #[must_use]
    pub fn resolve<'a>(&'a self, attendees: &'a [Attendee], look: &Lookup<'a>) -> Vec<Resolution> {
        self.answer(attendees.iter(), look).iter().map(Answered::to_resolution).collect()
    }

    /// The answer for each attendee, in their order, as long as the directory is at hand: nothing is allocated for
    /// each, and what they need is read ahead for all at once. Otherwise like [`resolve`](Self::resolve).
    #[must_use]
    pub fn answer<'l, 'a: 'l>(
        &'a self,
        attendees: impl IntoIterator<Item = impl Into<AttendeeRef<'a>>>,
        look: &'l Lookup<'a>,
    ) -> Answers<'l, 'a> {
        let classified = attendees.into_iter().map(|attendee| {
            let attendee = attendee.into();
            Row::new(attendee, self.classifier.classify(attendee))
        });
        let mut rows: Vec<Row<'a>> = classified.collect();
        look.begin(&self.classifier, rows.len());
        let (mut evidence, mut ahead) = (vec![], SmallVec::<[Ahead<'a>; GROUP]>::new());
        for group in rows.chunks_mut(GROUP) {
            // Who is not looked up reads what is near anyway.
            let addresses = group.iter().map(|row| row.address().unwrap_or_default());
            ahead.clear();
            look.read_ahead(addresses, &mut ahead);
            for (row, ahead) in group.iter_mut().zip(&ahead) {
                let Some(address) = row.address() else { continue };
                if !self.short(row, address, ahead, look) {
                    let start = index(evidence.len());
                    look.attend(address, ahead.hashes);
                    self.one(row, address, look, &mut evidence);
                    row.evidence = Some(start..index(evidence.len()));
                }
            }
        }
        Answers { look, matcher: self, rows, evidence }
    }

    /// The answer for one attendee, with the evidence that the short way leaves out.
    pub(crate) fn at_length<'l, 'a: 'l>(
        &'a self,
        attendee: AttendeeRef<'a>,
        look: &'l Lookup<'a>,
    ) -> Answers<'l, 'a> {
        let mut row = Row::new(attendee, self.classifier.classify(attendee));
        let mut evidence = vec![];
        look.begin(&self.classifier, 1);
        if let Some(address) = row.address() {
            self.one(&mut row, address, look, &mut evidence);
        }
        row.evidence = Some(0..index(evidence.len()));
        Answers { look, matcher: self, rows: vec![row], evidence }
    }

    /// Answers a short way if one may be taken.
    #[inline]
    fn short<'a>(
        &self,
        row: &mut Row<'a>,
        address: AddressRef<'a>,
        ahead: &Ahead<'a>,
        look: &Lookup<'a>,
    ) -> bool {
        let Some(shortcut) = &self.shortcut else { return false };
        let is_nobodys = || !self.classifier.lists().is_anybodys(address.host());
        if let Some(known) = look.known(address, ahead, shortcut.pinned, is_nobodys) {
            let (score, by) = (shortcut.scores(&known), (shortcut.email, shortcut.contact_account));
            row.contact = Some(Part { record: known.contact, by: by.0, score: score.0, ambiguous: false });
            row.account = Some(Part { record: known.account, by: by.1, score: score.1, ambiguous: false });
            return true;
        }
        let (Some(by), None) = (shortcut.domain, row.attendee.name) else { return false };
        let Some(record) = look.newcomer(address, ahead, shortcut.pinned, is_nobodys) else { return false };
        row.account = Some(Part { record, by, score: shortcut.host, ambiguous: false });
        true
    }

    fn one<'a>(
        &'a self,
        row: &mut Row<'a>,
        address: AddressRef<'a>,
        look: &Lookup<'a>,
        evidence: &mut Vec<EvidenceRow<'a>>,
    ) {
        let mut subject = Subject {
            attendee: row.attendee,
            address,
            class: row.class,
            contact: None,
            account: None,
            classifier: &self.classifier,
        };
        for (by, strategy) in (0..=u8::MAX).zip(self.strategies.iter()) {
            if subject.contact.is_some() && subject.account.is_some() {
                break;
            }
            let asked = look.questions();
            let said = strategy.resolve(&subject, look);
            let asked = index(asked)..index(look.questions());
            let verdict = take(row, by, said, asked, evidence);
            (subject.contact, subject.account) =
                (row.contact.map(|part| part.record), row.account.map(|part| part.record));
            match verdict {
                Verdict::Stop => break,
                Verdict::Ours => {
                    (row.class, row.account) = (Class::Internal, None);
                    break;
                }
                Verdict::Found | Verdict::NotMine => {}
            }
        }
    }
}

/// Adds what a strategy said to the answer.
fn take<'a>(
    row: &mut Row<'a>,
    by: u8,
    said: Answer<'a>,
    asked: Range<u32>,
    evidence: &mut Vec<EvidenceRow<'a>>,
) -> Verdict {
    let (verdict, refusal) = match said {
        Answer::Found(finding) => {
            let Finding { contact, account, ground, score, matched, ambiguous, primary, candidates } =
                finding;
            let mut used = false;
            if let (None, Some(record)) = (&row.contact, contact) {
                row.contact = Some(Part { record, by, score, ambiguous });
                used = true;
            }
            if let (None, Some(record)) = (&row.account, account) {
                row.account = Some(Part { record, by, score, ambiguous });
                used = true;
            }
            evidence.push(EvidenceRow {
                strategy: by,
                verdict: Verdict::Found,
                ambiguous,
                used,
                ground: Some((ground, score)),
                reason: None,
                matched,
                asked,
                sole: if candidates.is_empty() {
                    sole(contact, account).map(|one| (one, primary))
                } else {
                    None
                },
                candidates,
            });
            return Verdict::Found;
        }
        Answer::NotMine(refusal) => (Verdict::NotMine, refusal),
        Answer::Stop(refusal) => (Verdict::Stop, refusal),
        Answer::Ours(refusal) => (Verdict::Ours, refusal),
    };
    let Refusal { reason, matched, candidates } = refusal;
    evidence.push(EvidenceRow {
        strategy: by,
        verdict,
        ambiguous: false,
        used: false,
        ground: None,
        reason: Some(reason),
        matched,
        asked,
        sole: None,
        candidates,
    });
    verdict
}

/// The record that was found, if it is one.
fn sole<'a>(contact: Option<ContactRef<'a>>, account: Option<AccountRef<'a>>) -> Option<RecordRef<'a>> {
    contact.map(RecordRef::Contact).or(account.map(RecordRef::Account))
}
