//! The strategies in their order.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::evidence::{Candidate, Evidence, Verdict};
use crate::strategy::{self, Answer, Finding, Refusal, Strategy, Subject};
use crate::{Attendee, Classifier, Lookup, Resolution, fingerprint};

/// The strategies in their order, and how attendees are classified before.
///
/// Cheap to clone. The same matcher, attendees and records always give the same resolutions, byte for byte.
#[derive(Clone, Debug)]
pub struct Matcher {
    strategies: Arc<[Arc<dyn Strategy>]>,
    classifier: Arc<Classifier>,
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
        Self { strategies: strategies.into_iter().collect(), classifier: Arc::default() }
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
    pub fn names(&self) -> impl ExactSizeIterator<Item = &'static str> {
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

    /// The answer for each attendee, in their order. Attendees do not influence one another.
    ///
    /// With a lookup into a [`Slice`](crate::Slice) the answers count only if [`Lookup::missing`] is empty afterwards.
    #[must_use]
    pub fn resolve(&self, attendees: &[Attendee], look: &Lookup<'_>) -> Vec<Resolution> {
        attendees.iter().map(|attendee| self.one(attendee, look)).collect()
    }

    fn one(&self, attendee: &Attendee, look: &Lookup<'_>) -> Resolution {
        let class = self.classifier.classify(attendee);
        let mut answer = Resolution {
            attendee: attendee.original().to_owned(),
            address: attendee.address().ok().map(|address| address.as_str().to_owned()),
            class,
            contact: None,
            contact_by: None,
            account: None,
            account_by: None,
            ambiguous: false,
            candidates: vec![],
            evidence: vec![],
        };
        let Ok(address) = attendee.address() else { return answer };
        if !class.is_external() {
            return answer;
        }
        for strategy in self.strategies.iter() {
            if answer.contact.is_some() && answer.account.is_some() {
                break;
            }
            let (contact, account) = (answer.contact.as_ref(), answer.account.as_ref());
            let subject =
                Subject { attendee, address, class, contact, account, classifier: &self.classifier };
            look.begin();
            let said = strategy.resolve(&subject, look);
            if take(&mut answer, strategy.name(), said, look) == Verdict::Stop {
                break;
            }
        }
        answer
    }
}

/// Adds what a strategy said to the answer.
fn take(answer: &mut Resolution, strategy: &str, said: Answer, look: &Lookup<'_>) -> Verdict {
    let (verdict, finding, reason) = match said {
        Answer::Found(finding) => (Verdict::Found, finding, None),
        Answer::NotMine(Refusal { reason, candidates }) => {
            (Verdict::NotMine, Finding { candidates, ..Finding::default() }, Some(reason))
        }
        Answer::Stop(Refusal { reason, candidates }) => {
            (Verdict::Stop, Finding { candidates, ..Finding::default() }, Some(reason))
        }
    };
    let Finding { contact, account, matched, ambiguous, candidates } = finding;
    let mut taken = false;
    for (slot, by, found) in [
        (&mut answer.contact, &mut answer.contact_by, contact),
        (&mut answer.account, &mut answer.account_by, account),
    ] {
        if slot.is_none() && found.is_some() {
            *slot = found;
            *by = Some(strategy.to_owned());
            taken = true;
        }
    }
    if taken && ambiguous {
        answer.ambiguous = true;
        answer.candidates.extend(candidates.iter().filter(|one| Candidate::is_contender(one)).cloned());
    }
    let strategy = strategy.to_owned();
    answer.evidence.push(Evidence {
        strategy,
        verdict,
        reason,
        matched,
        asked: look.end(),
        candidates,
        ambiguous,
    });
    verdict
}
