//! What a manifest says of a meeting whose people are resolved.

use std::sync::{Arc, LazyLock};

use acquaint_core::meeting::Meeting;
use acquaint_core::view::EventStatus;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::rules::{Evaluation, Subject, Truth, evaluate};
use super::{Manifest, priority};

/// What a manifest's `keep` and `priority` say of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Judgement {
    /// Whether the meeting is kept.
    pub kept: bool,
    /// For one that is not: the clause that failed, by its place in the manifest, or `cancelled`.
    pub because: Option<Arc<str>>,
    /// What the manifest's priorities add up to; 0 if the meeting is not kept.
    pub priority: i64,
    /// Until when this holds if the meeting does not change: some clause depends on the clock.
    pub valid_until: Option<DateTime<Utc>>,
}

static CANCELLED: LazyLock<Arc<str>> = LazyLock::new(|| "cancelled".into());

impl Manifest {
    /// What `keep` and `priority` say at `now` of a meeting whose people are resolved and whose accounts are counted
    /// already, such as one that an engine has decided, whatever was decided then. A meeting that is cancelled is not
    /// kept.
    ///
    /// Reads nothing but the meeting. Allocates nothing either, unless a predicate of the product's own is called or a
    /// text has a capital sigma; expressions (`matches`) make room for themselves when they are first used.
    ///
    /// ```
    /// use acquaint::core::ids::Seq;
    /// use acquaint::core::meeting::Decision;
    /// use acquaint::core::view::EventTime;
    /// use acquaint::{Manifest, Meeting};
    /// use chrono::{TimeDelta, Utc};
    ///
    /// let manifest = Manifest::parse("
    /// acquaint: 1
    /// name: no-holds
    /// sources: { calendar: { connector: google-calendar } }
    /// keep: { title: { not: { starts_with: hold } } }
    /// ").unwrap();
    /// let (now, hour) = (Utc::now(), TimeDelta::hours(1));
    /// let decision = Decision::new(true, manifest.revision().clone(), "", Seq(0));
    /// let mut meeting = Meeting::new("m1".into(), "m1", EventTime::At(now), EventTime::At(now + hour), decision);
    /// meeting.title = "Hold: QBR".to_owned();
    /// let judgement = manifest.judge(&meeting, now);
    /// assert_eq!((judgement.kept, judgement.because.as_deref()), (false, Some("keep.title")));
    /// ```
    pub fn judge(&self, meeting: &Meeting, now: DateTime<Utc>) -> Judgement {
        self.judge_into(meeting, now, &mut Evaluation::default())
    }

    /// As [`Manifest::judge`], with what `evaluation` knows and beside what it has found out. If it cannot be told
    /// whether the meeting is kept, `evaluation` says why, and the meeting is not kept because of nothing.
    pub(crate) fn judge_into(
        &self,
        meeting: &Meeting,
        now: DateTime<Utc>,
        evaluation: &mut Evaluation,
    ) -> Judgement {
        let subject = Subject::Meeting(meeting);
        let kept = if meeting.status == EventStatus::Cancelled {
            evaluation.failed = Some(Arc::clone(&CANCELLED));
            Truth::No
        } else {
            evaluate(&self.0.keep, subject, now, evaluation)
        };
        let mut because = evaluation.failed.take();
        if kept == Truth::Unknown {
            evaluation.unknown = because.take();
        }
        let priority =
            if kept.holds() { priority::sum(&self.0.priority, subject, now, evaluation) } else { 0 };
        Judgement { kept: kept.holds(), because, priority, valid_until: evaluation.valid_until }
    }

    /// Of each rule that adds to the priority, whether it holds at `now` of a meeting that is kept.
    pub(crate) fn priorities_held(&self, meeting: &Meeting, now: DateTime<Utc>) -> Vec<bool> {
        let subject = Subject::Meeting(meeting);
        let held = |addend: &priority::Addend| {
            evaluate(&addend.when, subject, now, &mut Evaluation::default()).holds()
        };
        self.0.priority.iter().map(held).collect()
    }
}
