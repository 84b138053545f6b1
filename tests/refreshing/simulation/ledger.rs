//! Who sent which refresh token when, what became of it, and what must never be.

use std::collections::BTreeSet;
use std::time::Duration;

use acquaint::core::token::{GrantState, ReauthReason};
use tokio::time::Instant;

/// What must never be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// One refresh token was in two unanswered requests at once.
    TwoAtOnce,
    /// A refresh token was sent again while its first outcome could still arrive.
    TooSoon,
    /// A refresh token was sent although what had become of it was known and kept.
    KnownFate,
    /// A request was made after a person had to authorise again.
    CallAfterEnd,
    /// Somebody was handed a token that was not saved.
    HandedUnsaved,
    /// A person must authorise again for no reason, or for another than is said.
    WrongReason,
    /// There is no token although the grant should work, or one that the server does not accept.
    NoToken,
    /// A person need not authorise again although the grant is dead.
    NotNoticed,
    /// A caller was never answered, or with an error that trouble does not explain.
    Caller,
}

#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) rule: Rule,
    pub(crate) how: String,
}

/// What the server did with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carried {
    /// It gave new tokens, and the refresh token is dead.
    Rotated,
    /// It gave a new access token, and the refresh token stays.
    Kept,
    /// It said `invalid_grant`.
    Refused,
}

/// What the client knows of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It waits for the answer.
    Open,
    /// It will never have one, or was killed before it had kept it.
    Lost,
    /// It had an answer that says nothing of what the server did.
    Unclear,
    /// It had tokens or `invalid_grant`, and has not kept that yet.
    Heard,
    /// It has.
    Settled,
}

#[derive(Debug)]
struct Call {
    /// Counts authorisations.
    grant: u32,
    process: u32,
    token: String,
    sent: Instant,
    carried: Option<Carried>,
    fate: Fate,
}

/// How long a client waits for an answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    calls: Vec<Call>,
    grant: u32,
    /// Access tokens that were ever kept.
    saved: BTreeSet<String>,
    /// Whether what is kept says that a person must authorise again.
    ended: Option<ReauthReason>,
    /// Whether a person ended the grant at the provider.
    pub(crate) revoked: bool,
    /// Whether anything failed or was killed since the last authorisation.
    pub(crate) disturbed: bool,
    pub(crate) violations: Vec<Violation>,
}

impl Ledger {
    pub(crate) fn wrong(&mut self, rule: Rule, how: impl Into<String>) {
        self.violations.push(Violation { rule, how: how.into() });
    }

    /// A person has authorised.
    pub(crate) fn authorised(&mut self) {
        self.grant += 1;
        self.revoked = false;
        self.disturbed = false;
    }

    pub(crate) fn sent(&mut self, process: u32, token: &str, now: Instant) -> usize {
        let mut wrong = Vec::new();
        for call in self.calls.iter().filter(|call| call.token == token) {
            let ago = now - call.sent;
            let who = format!("process {process} sends what process {} had sent {ago:?} ago", call.process);
            match (call.fate, call.carried) {
                (Fate::Open, _) => wrong.push((Rule::TwoAtOnce, who)),
                (Fate::Lost, _) if ago < CALL_TIMEOUT => wrong.push((Rule::TooSoon, who)),
                (Fate::Settled, Some(Carried::Rotated | Carried::Refused)) => {
                    wrong.push((Rule::KnownFate, who));
                }
                _ => {}
            }
        }
        for (rule, how) in wrong {
            self.wrong(rule, how);
        }
        if let Some(reason) = &self.ended {
            let how = format!("process {process} makes a call after {reason:?}");
            self.wrong(Rule::CallAfterEnd, how);
        }
        let (token, grant) = (token.to_owned(), self.grant);
        self.calls.push(Call { grant, process, token, sent: now, carried: None, fate: Fate::Open });
        self.calls.len() - 1
    }

    pub(crate) fn carried(&mut self, call: usize, what: Carried) {
        self.calls[call].carried = Some(what);
    }

    /// The client has an answer, or knows that there will be none.
    pub(crate) fn over(&mut self, call: usize, fate: Fate) {
        let call = &mut self.calls[call];
        if call.fate == Fate::Open {
            call.fate = fate;
        }
    }

    pub(crate) fn killed(&mut self, process: u32) {
        self.disturbed = true;
        for call in self.calls.iter_mut().filter(|call| call.process == process) {
            if matches!(call.fate, Fate::Open | Fate::Heard) {
                call.fate = Fate::Lost;
            }
        }
    }

    /// Whether the process knows something that it has not kept yet.
    pub(crate) fn owes(&self, process: u32) -> bool {
        self.calls.iter().any(|call| call.process == process && call.fate == Fate::Heard)
    }

    /// Something was kept by a process: the access token, unless the grant has ended.
    pub(crate) fn kept(&mut self, process: u32, access: Option<&str>, state: GrantState) {
        self.saved.extend(access.map(str::to_owned));
        let heard = |call: &&mut Call| call.process == process && call.fate == Fate::Heard;
        let mut refused = None;
        for call in self.calls.iter_mut().filter(heard) {
            call.fate = Fate::Settled;
            if call.carried == Some(Carried::Refused) {
                refused = Some(call.token.clone());
            }
        }
        let before = self.ended.take();
        if let GrantState::NeedsReauth { reason, .. } = state {
            if before.is_none() {
                self.judge(&reason, refused.as_deref());
            }
            self.ended = Some(reason);
        }
    }

    /// Whether a grant may be given up for this reason, after the server has refused `token`.
    fn judge(&mut self, reason: &ReauthReason, token: Option<&str>) {
        let lost =
            |call: &&Call| Some(&*call.token) == token && matches!(call.fate, Fate::Lost | Fate::Unclear);
        let rotated = self.calls.iter().filter(lost).any(|call| call.carried == Some(Carried::Rotated));
        let doubtful = self.disturbed || self.calls.iter().any(|call| lost(&call));
        let right = match reason {
            ReauthReason::ReplyLost { .. } => rotated || (self.revoked && doubtful),
            ReauthReason::Revoked { .. } => self.revoked && !rotated,
            _ => false,
        };
        if !right {
            let revoked = self.revoked;
            let how = format!("{reason:?}; revoked: {revoked}, rotated: {rotated}, doubtful: {doubtful}");
            self.wrong(Rule::WrongReason, how);
        }
    }

    /// Whether the grant is dead because a person ended it at the provider, and because the server replaced the
    /// refresh token in an answer that was lost.
    pub(crate) fn dead(&self) -> (bool, bool) {
        let lost = self.calls.iter().any(|call| {
            call.grant == self.grant
                && call.carried == Some(Carried::Rotated)
                && matches!(call.fate, Fate::Lost | Fate::Unclear)
        });
        (self.revoked, lost)
    }

    /// Why a person must authorise again, if so.
    pub(crate) fn ended(&self) -> Option<&ReauthReason> {
        self.ended.as_ref()
    }

    pub(crate) fn handed(&mut self, process: u32, access: &str) {
        if !self.saved.contains(access) {
            self.wrong(Rule::HandedUnsaved, format!("process {process}"));
        }
    }
}
