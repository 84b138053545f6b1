//! Meetings: what the join makes of the copies, the people and the rules.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{ConnectionId, MeetingId, RecordRef, RevisionId, Seq, SourceName};
use crate::view::{EventKind, EventStatus, EventTime, Response};

pub use crate::linked::{LinkedDeal, MOST_DEALS, Owner};

/// Contents besides the meeting's own, by section of the manifest's output and key.
pub type Items = BTreeMap<String, BTreeMap<String, Value>>;

/// One real-world meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Meeting {
    /// Its public id, kept for life.
    pub id: MeetingId,
    /// What its copies share.
    pub identity: String,
    /// When it begins.
    pub start: EventTime,
    /// When it ends; exclusive.
    pub end: EventTime,
    /// The zone in which its begin is meant, by its name in the IANA database, if the lead says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Whether it is an occurrence of a series.
    #[serde(default)]
    pub recurring: bool,
    /// Whether it stands.
    pub status: EventStatus,
    /// What kind of entry it is.
    pub kind: EventKind,
    /// Its title; empty where there is none to be seen.
    pub title: String,
    /// Its description, unless privacy keeps it out.
    pub description: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// The link to join it by video.
    pub conference: Option<String>,
    /// Whether it is private: only its times are known then.
    pub private: bool,
    /// The normalised address of who called it.
    pub organiser: Option<String>,
    /// Who is in it, sorted by address.
    pub attendees: Vec<MeetingAttendee>,
    /// Whether the guest list of the lead is cut or hidden, so that somebody's absence from it says nothing.
    #[serde(default)]
    pub attendees_cut: bool,
    /// The accounts that its external attendees belong to, the main one first.
    pub accounts: Vec<Entity>,
    /// The events that it was merged from, the lead first.
    pub copies: Vec<RecordRef>,
    /// What was decided about it.
    pub decision: Decision,
    /// The mapped output, as it is delivered while the meeting is kept and complete.
    pub content: Value,
    /// What is delivered besides, one item for each key of a section; empty of a meeting that is not kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub items: Items,
}

/// Somebody or something in a meeting, and who they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MeetingAttendee {
    /// The normalised address.
    pub email: String,
    /// Display name.
    pub name: Option<String>,
    /// The answer, taken from the person's own copy where there is one.
    pub response: Response,
    /// Whether the person need not come.
    pub optional: bool,
    /// Whether the person called the meeting.
    pub organiser: bool,
    /// What the address is: `internal`, `external`, `resource`, `group`, `robot`.
    pub class: String,
    /// Whether this is somebody from outside.
    pub external: bool,
    /// The contact that the address belongs to.
    pub contact: Option<Entity>,
    /// The account that the person belongs to.
    pub account: Option<Entity>,
    /// Whether the manifest counts that account (`match.accounts`). One that it does not stays visible here.
    pub account_counts: bool,
    /// The strategy that found the account, or the contact if there is no account.
    pub strategy: Option<String>,
    /// Whether several accounts fitted equally well before the stated tie-break.
    pub ambiguous: bool,
    /// Whether only a copy other than the lead knows of this attendee.
    pub only_on_copy: bool,
}

/// A CRM record that something resolved to, with the fields that the manifest maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entity {
    /// The source of the manifest that it comes from.
    pub source: SourceName,
    /// The connection that read it.
    pub connection: ConnectionId,
    /// The provider's id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// For accounts: the primary domain, normalised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Mapped fields, under the manifest's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// Who looks after it. Only if the manifest names owners, and the record has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The deals that the CRM associates with it, the newest first, at most [`MOST_DEALS`]. Only if the manifest names
    /// deals; on an attendee's account or contact only if it names those of attendees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deals: Vec<LinkedDeal>,
    /// Whether there are more deals than that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deals_cut: bool,
}

/// The recorded outcome for one meeting under one revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// Whether the meeting is kept.
    pub kept: bool,
    /// The clause that decided, by its place in the manifest: for a dropped meeting the one that failed.
    pub because: Option<String>,
    /// What the manifest's priorities add up to; 0 if the meeting is dropped.
    #[serde(default)]
    pub priority: i64,
    /// The revision it was decided under.
    pub revision: RevisionId,
    /// The fingerprint of the code and data that decided.
    pub evaluator: String,
    /// The mirror commit up to which everything had been seen.
    pub seq: Seq,
    /// Since when it would have held, had no record changed: when a clause that depends on the clock turned last. `None` if
    /// none has turned yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when it holds if no record changes: some clause depends on the clock.
    pub valid_until: Option<DateTime<Utc>>,
    /// Of a meeting that is kept: the values of the output that are missing and without which the manifest lets nothing
    /// be told (`missing: refuse`), by their places, sorted. While there are any, nothing of the meeting goes into the
    /// feed, and what was announced before stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
}

impl Meeting {
    /// The account that carries the meeting: the first of [`Meeting::accounts`].
    pub fn main_account(&self) -> Option<&Entity> {
        self.accounts.first()
    }
}

/// A meeting's parts, for those who build one. Everything not listed starts empty.
impl Meeting {
    /// A meeting with an id, an identity and times.
    pub fn new(
        id: MeetingId,
        identity: impl Into<String>,
        start: EventTime,
        end: EventTime,
        decision: Decision,
    ) -> Self {
        Self {
            id,
            identity: identity.into(),
            start,
            end,
            zone: None,
            recurring: false,
            status: EventStatus::default(),
            kind: EventKind::default(),
            title: String::new(),
            description: None,
            location: None,
            conference: None,
            private: false,
            organiser: None,
            attendees: Vec::new(),
            attendees_cut: false,
            accounts: Vec::new(),
            copies: Vec::new(),
            decision,
            content: Value::Null,
            items: Items::new(),
        }
    }
}

impl MeetingAttendee {
    /// An attendee of a class, not resolved to anything.
    pub fn new(email: impl Into<String>, class: impl Into<String>, external: bool) -> Self {
        Self {
            email: email.into(),
            name: None,
            response: Response::default(),
            optional: false,
            organiser: false,
            class: class.into(),
            external,
            contact: None,
            account: None,
            account_counts: false,
            strategy: None,
            ambiguous: false,
            only_on_copy: false,
        }
    }
}

impl MeetingAttendee {
    /// The account, if the manifest counts it.
    pub fn counted_account(&self) -> Option<&Entity> {
        self.account.as_ref().filter(|_| self.account_counts)
    }
}

impl Entity {
    /// A record without a name or fields.
    pub fn new(source: SourceName, connection: ConnectionId, id: impl Into<String>) -> Self {
        Self {
            source,
            connection,
            id: id.into(),
            name: None,
            domain: None,
            fields: Map::new(),
            owner: None,
            deals: Vec::new(),
            deals_cut: false,
        }
    }
}

impl Decision {
    /// A decision under a revision by an evaluator, having seen the mirror up to `seq`.
    pub fn new(kept: bool, revision: RevisionId, evaluator: impl Into<String>, seq: Seq) -> Self {
        Self {
            kept,
            because: None,
            priority: 0,
            revision,
            evaluator: evaluator.into(),
            seq,
            valid_from: None,
            valid_until: None,
            incomplete: Vec::new(),
        }
    }
}
