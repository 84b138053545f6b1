//! The outbox: what is still to be told to whom, and how destinations stand.
//!
//! The transitions of its rows are here, so that every store makes the same ones.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::join::{ChangeKind, MeetingRow, Told};
use crate::delivery::{Delivery, Subject};
use crate::ids::{DestinationName, MeetingId, TenantId, WorkerId};
use crate::notice::{Notice, NoticeKind};

/// Something that a destination is to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// What it is about.
    pub subject: Subject,
    /// The subject's revision.
    pub revision: u64,
    /// The newest feed position by then.
    pub position: u64,
    /// What happened.
    pub change: ChangeKind,
    /// The whole content; `null` when removed.
    pub content: Value,
    /// The priority of the decision.
    pub priority: i64,
    /// Whether it is no news.
    pub backfill: bool,
    /// When it was decided.
    pub made: DateTime<Utc>,
}

impl Offer {
    /// What a commit tells of a meeting.
    pub fn telling(
        position: u64,
        row: &MeetingRow,
        told: &Told<'_>,
        backfill: bool,
        made: DateTime<Utc>,
    ) -> Self {
        Self {
            subject: told.subject(&row.meeting.id),
            revision: told.revision,
            position,
            change: told.change,
            content: told.content.clone(),
            priority: row.meeting.decision.priority,
            backfill,
            made,
        }
    }

    /// What a commit tells of an item that gathers meetings.
    pub fn gathering(told: &Told<'_>, backfill: bool, made: DateTime<Utc>) -> Self {
        let (section, key) = (told.section, told.key.unwrap_or_default());
        Self {
            subject: Subject::gathering(section, key),
            revision: told.revision,
            position: told.revision,
            change: told.change,
            content: told.content.clone(),
            priority: 0,
            backfill,
            made,
        }
    }
}

/// Whether a destination was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeliveryStatus {
    /// Not yet.
    Pending,
    /// It was.
    Delivered,
    /// It was not, and is not tried any more until it is offered again.
    Dead,
}

/// What becomes of the newest snapshot of one subject at one destination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeliveryRow {
    /// Where to.
    pub destination: DestinationName,
    /// What it is about.
    pub subject: Subject,
    /// The snapshot's revision.
    pub revision: u64,
    /// The newest feed position when it was made.
    pub position: u64,
    /// What happened, as far as the destination is known to have been told what was before.
    pub change: ChangeKind,
    /// The whole content; `null` when removed, and once it is delivered.
    pub content: Value,
    /// The priority of the decision.
    pub priority: i64,
    /// Whether it is no news.
    pub backfill: bool,
    /// When it was decided.
    pub made: DateTime<Utc>,
    /// Whether it was delivered.
    pub status: DeliveryStatus,
    /// The feed position by which it takes its turn: that of the first snapshot since the last that was delivered.
    pub place: u64,
    /// Not before this.
    pub due: DateTime<Utc>,
    /// Attempts of this snapshot that were begun.
    pub attempts: u32,
    /// When the first of them began.
    pub first_attempt: Option<DateTime<Utc>>,
    /// When the last of them began.
    pub last_attempt: Option<DateTime<Utc>>,
    /// The last snapshot that was delivered.
    pub delivered: Option<Delivered>,
    /// Why the last attempt of this snapshot failed, in one line.
    pub error: Option<String>,
}

/// A snapshot that was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Its revision.
    pub revision: u64,
    /// When.
    pub at: DateTime<Utc>,
}

impl DeliveryRow {
    /// What is offered to a destination that knows nothing of the subject.
    pub fn new(destination: DestinationName, offer: Offer) -> Self {
        let mut row = Self::of(destination, offer);
        if row.change == ChangeKind::Changed {
            row.change = ChangeKind::Added;
        }
        row
    }

    fn of(destination: DestinationName, offer: Offer) -> Self {
        let Offer { subject, revision, position, change, content, priority, backfill, made } = offer;
        Self {
            destination,
            subject,
            revision,
            position,
            change,
            content,
            priority,
            backfill,
            made,
            status: DeliveryStatus::Pending,
            place: position,
            due: made,
            attempts: 0,
            first_attempt: None,
            last_attempt: None,
            delivered: None,
            error: None,
        }
    }

    /// The same subject with a newer snapshot. One that was not delivered is delivered no more; the newer one takes its
    /// turn.
    #[must_use]
    pub fn superseded(self, offer: Offer) -> Self {
        let mut row = Self::of(self.destination, offer);
        if self.status != DeliveryStatus::Delivered {
            row.change = match (self.change, row.change) {
                (ChangeKind::Added, ChangeKind::Changed) => ChangeKind::Added,
                (ChangeKind::Removed, ChangeKind::Added) => ChangeKind::Changed,
                (_, change) => change,
            };
            row.backfill &= self.backfill;
        }
        if self.status == DeliveryStatus::Pending {
            row.place = self.place;
        }
        if row.change == ChangeKind::Removed {
            // What is dropped has no priority of its own.
            row.priority = self.priority;
        }
        row.delivered = self.delivered;
        row
    }

    /// Begins an attempt.
    pub fn begin(&mut self, now: DateTime<Utc>) {
        self.attempts = self.attempts.saturating_add(1);
        self.first_attempt.get_or_insert(now);
        self.last_attempt = Some(now);
    }

    /// Notes how an attempt of a revision ended. A failure of one that is superseded meanwhile says nothing of the newer
    /// one, which is due as it is.
    pub fn settle(&mut self, revision: u64, outcome: &DeliveryOutcome, now: DateTime<Utc>) {
        let newest = self.revision == revision;
        match outcome {
            DeliveryOutcome::Delivered => {
                self.delivered = Some(Delivered { revision, at: now });
                if newest {
                    self.status = DeliveryStatus::Delivered;
                    self.content = Value::Null;
                    self.error = None;
                }
            }
            DeliveryOutcome::Failed { error, retry, .. } if newest => {
                self.error = Some(error.clone());
                match retry {
                    Some(at) => self.due = *at,
                    None => self.status = DeliveryStatus::Dead,
                }
            }
            DeliveryOutcome::Failed { .. } => {}
        }
    }

    /// A dead letter is offered again.
    pub fn offer_again(&mut self, now: DateTime<Utc>) {
        self.status = DeliveryStatus::Pending;
        self.due = now;
        self.attempts = 0;
        self.first_attempt = None;
    }

    /// What its present attempt hands over.
    pub fn delivery(&self, tenant: &TenantId) -> Delivery {
        let content = Some(self.content.clone());
        let (destination, subject) = (self.destination.clone(), self.subject.clone());
        let mut delivery =
            Delivery::new(tenant.clone(), destination, subject, self.revision, content, self.made);
        delivery.position = self.position;
        delivery.change = self.change;
        delivery.backfill = self.backfill;
        delivery.priority = self.priority;
        delivery.attempt = self.attempts;
        delivery.attempted = self.last_attempt.unwrap_or(self.made);
        delivery
    }
}

/// Asks for deliveries to one destination that are due.
#[derive(Debug, Clone)]
pub struct ClaimDeliveries<'a> {
    /// Only this tenant's; `None` means anybody's.
    pub tenant: Option<&'a TenantId>,
    /// Where to.
    pub destination: &'a DestinationName,
    /// Who asks.
    pub worker: &'a WorkerId,
    /// The present.
    pub now: DateTime<Utc>,
    /// Only those that fell due by then: the present, or the beginning of work that is to end although more falls due
    /// meanwhile.
    pub due_by: DateTime<Utc>,
    /// For how long. It outlasts an attempt.
    pub lease: Duration,
    /// The most deliveries.
    pub limit: usize,
}

/// The right to attempt a delivery, as long as nobody else has claimed it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryClaim {
    /// Whose.
    pub tenant: TenantId,
    /// Where to.
    pub destination: DestinationName,
    /// What it is about.
    pub subject: Subject,
    /// The snapshot that is attempted.
    pub revision: u64,
    /// Greater with every claim.
    pub fence: u64,
}

/// A delivery that was claimed: an attempt is begun.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedDelivery {
    /// The right to attempt it.
    pub claim: DeliveryClaim,
    /// As it stands now, with this attempt counted.
    pub row: DeliveryRow,
    /// The claim holds until then.
    pub lease_until: DateTime<Utc>,
    /// Failures of the destination in a row, for this tenant, before this attempt.
    pub failures: u32,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum DeliveryOutcome {
    /// The destination has it.
    Delivered,
    /// It has not, as far as is known.
    Failed {
        /// Why, in one line.
        error: String,
        /// When to try again; `None` makes it a dead letter.
        retry: Option<DateTime<Utc>>,
        /// What it says of the destination.
        trouble: Trouble,
    },
}

/// What a failure says of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing: this content was refused.
    Refused,
    /// It failed. After so many failures in a row the destination is down: nothing is claimed for it until this instant, and
    /// then one delivery at a time until one succeeds.
    Failing {
        /// See above.
        until: DateTime<Utc>,
    },
    /// It asks to be left alone until this instant.
    Busy {
        /// See above.
        until: DateTime<Utc>,
    },
    /// It is gone: down at once.
    Gone {
        /// Nothing is claimed for it until this instant.
        until: DateTime<Utc>,
    },
}

/// A claim, and how its attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The claim.
    pub claim: DeliveryClaim,
    /// How it ended.
    pub outcome: DeliveryOutcome,
}

/// Attempts that have ended.
#[derive(Debug, Clone)]
pub struct SettleDeliveries<'a> {
    /// Each of another subject or destination.
    pub settlements: &'a [Settlement],
    /// The failures in a row after which a destination is down.
    pub breaker: u32,
    /// The present.
    pub now: DateTime<Utc>,
}

/// How a destination stands for one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outlet {
    /// Which destination.
    pub destination: DestinationName,
    /// Failures since the last success.
    pub failures: u32,
    /// Whether it is down: it is tried with one delivery at a time.
    pub down: bool,
    /// Nothing is claimed for it before this.
    pub not_before: DateTime<Utc>,
    /// Whether the product was told of a dead letter since they were last offered again.
    pub dead_told: bool,
}

/// What follows from an attempt for its destination.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutletSettled {
    /// What the product is told.
    pub notices: Vec<Notice>,
    /// Whether its dead letters are offered again: it works once more.
    pub recovered: bool,
}

impl Outlet {
    /// A destination of which nothing bad is known.
    pub fn new(destination: DestinationName) -> Self {
        let not_before = DateTime::<Utc>::UNIX_EPOCH;
        Self { destination, failures: 0, down: false, not_before, dead_told: false }
    }

    /// Begins an attempt. Of a destination that is down, no other is claimed while this one's lease holds.
    pub fn begin(&mut self, lease_until: DateTime<Utc>) {
        if self.down {
            self.not_before = lease_until;
        }
    }

    /// Notes how an attempt ended, whatever has become of its delivery since. `dead` says whether that became a dead
    /// letter.
    pub fn settle(
        &mut self,
        subject: &Subject,
        outcome: &DeliveryOutcome,
        dead: bool,
        breaker: u32,
        now: DateTime<Utc>,
    ) -> OutletSettled {
        let mut settled = OutletSettled::default();
        let mut tell = |kind| settled.notices.push(Notice::of_product(now, kind));
        let destination = self.destination.clone();
        let (error, trouble) = match outcome {
            DeliveryOutcome::Delivered => {
                if self.down {
                    tell(NoticeKind::DestinationRecovered { destination });
                    settled.recovered = true;
                    self.offer_again(now);
                }
                self.failures = 0;
                return settled;
            }
            DeliveryOutcome::Failed { error, trouble, .. } => (error, *trouble),
        };
        let (falls, until) = match trouble {
            // What was probed says nothing; the next one may.
            Trouble::Refused if self.down => (false, now),
            Trouble::Refused => (false, self.not_before),
            Trouble::Busy { until } => (false, until),
            Trouble::Gone { until } => (true, until),
            Trouble::Failing { until } => {
                self.failures = self.failures.saturating_add(1);
                let falls = self.down || self.failures >= breaker;
                (falls, if falls { until } else { self.not_before })
            }
        };
        if falls && !self.down {
            let reason = error.clone();
            tell(NoticeKind::DestinationDown { destination: destination.clone(), reason });
        }
        if dead && !self.dead_told {
            let (meeting, reason) = (subject.meeting.clone(), error.clone());
            tell(NoticeKind::DeadLetter { destination, meeting, reason });
        }
        self.dead_told |= dead;
        self.down |= falls;
        self.not_before = until;
        settled
    }

    /// Its dead letters are offered again, at once.
    pub fn offer_again(&mut self, now: DateTime<Utc>) {
        self.not_before = self.not_before.min(now);
        self.down = false;
        self.failures = 0;
        self.dead_told = false;
    }
}

/// A destination of a tenant, with how much there is for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutletState {
    /// How it stands.
    #[serde(flatten)]
    pub outlet: Outlet,
    /// Deliveries that are still to be made.
    pub pending: u64,
    /// Subjects whose newest snapshot it has.
    pub delivered: u64,
    /// Dead letters.
    pub dead: u64,
}

impl OutletState {
    /// A destination with nothing for it yet.
    pub fn new(outlet: Outlet) -> Self {
        Self { outlet, pending: 0, delivered: 0, dead: 0 }
    }
}

/// Asks for deliveries of a tenant.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DeliveryQuery {
    /// Only those to this destination.
    pub destination: Option<DestinationName>,
    /// Only those that stand so.
    pub status: Option<DeliveryStatus>,
    /// Only those of this meeting and its items.
    pub meeting: Option<MeetingId>,
    /// Only those after this place in the order of destination and subject.
    pub after: Option<(DestinationName, Subject)>,
    /// The most deliveries; 0 means the store's own bound of 1,000.
    pub limit: usize,
}
