//! Meetings: what the join makes of the copies, the people and the rules.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{ConnectionId, MeetingId, RecordRef, RevisionId, Seq, SourceName};
use crate::view::{EventKind, EventStatus, EventTime, Response};

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
    /// The accounts that its external attendees belong to, the main one first.
    pub accounts: Vec<Entity>,
    /// The events that it was merged from, the lead first.
    pub copies: Vec<RecordRef>,
    /// What was decided about it.
    pub decision: Decision,
    /// The mapped output, as it is delivered while the meeting is kept.
    pub content: Value,
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
            status: EventStatus::default(),
            kind: EventKind::default(),
            title: String::new(),
            description: None,
            location: None,
            conference: None,
            private: false,
            organiser: None,
            attendees: Vec::new(),
            accounts: Vec::new(),
            copies: Vec::new(),
            decision,
            content: Value::Null,
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
        Self { source, connection, id: id.into(), name: None, domain: None, fields: Map::new() }
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
        }
    }
}
