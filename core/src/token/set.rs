//! The tokens of one grant.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// When an access token stops working.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// At this instant.
    At(DateTime<Utc>),
    /// Never by itself.
    Never,
    /// The provider does not say: it is used until it is refused.
    #[default]
    Unknown,
}

/// The tokens of one grant and what came with them. `Debug` shows names only.
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenSet {
    /// What requests carry.
    pub access: Secret,
    /// What a new access token is had with, if anything.
    pub refresh: Option<Secret>,
    /// When `access` stops working.
    pub expiry: Expiry,
    /// When the tokens were asked for; with `expiry` it gives their life.
    pub obtained: DateTime<Utc>,
    /// The scopes that were granted, if the provider said so; otherwise those that were asked for.
    pub scopes: Option<Vec<String>>,
    /// The scopes that every renewal asks for anew, where it asks for any: what was granted may be less, and does not
    /// replace them.
    pub asked: Option<Vec<String>>,
    /// The client id to which they were given, if they were: no other client can renew them.
    pub issued_to: Option<String>,
    /// Further tokens by name, for instance `id_token`.
    pub named: BTreeMap<String, Secret>,
    /// What else the provider said, as text, for instance the account that the grant is for.
    pub extra: BTreeMap<String, String>,
}

impl TokenSet {
    /// A set of one access token of unknown expiry.
    pub fn new(access: impl Into<Secret>, obtained: DateTime<Utc>) -> Self {
        Self {
            access: access.into(),
            refresh: None,
            expiry: Expiry::Unknown,
            obtained,
            scopes: None,
            asked: None,
            issued_to: None,
            named: BTreeMap::new(),
            extra: BTreeMap::new(),
        }
    }

    /// These tokens as the renewal of `old`: whatever the provider left out stays as it was, above all the
    /// refresh token.
    pub(crate) fn renewing(mut self, old: &Self) -> Self {
        if self.refresh.as_ref().is_none_or(Secret::is_empty) {
            self.refresh.clone_from(&old.refresh);
        }
        if self.issued_to.is_none() {
            self.issued_to.clone_from(&old.issued_to);
        }
        if self.asked.is_none() {
            self.asked.clone_from(&old.asked);
        }
        if self.scopes.is_none() {
            self.scopes.clone_from(&old.scopes);
        }
        for (name, secret) in &old.named {
            self.named.entry(name.clone()).or_insert_with(|| secret.clone());
        }
        for (name, value) in &old.extra {
            self.extra.entry(name.clone()).or_insert_with(|| value.clone());
        }
        self
    }

    /// How the access token stands at `now`, if a new one is due when the smaller of `ahead` and a fifth of its life
    /// is left.
    pub(super) fn standing(&self, now: DateTime<Utc>, ahead: TimeDelta) -> Standing {
        let Expiry::At(at) = self.expiry else { return Standing::Fresh };
        let margin = ahead.min((at - self.obtained) / 5).max(TimeDelta::zero());
        // A request takes a moment to arrive; a token that dies on the way is no use.
        let slack = TimeDelta::seconds(10).min(margin / 2);
        if now < at - margin {
            Standing::Fresh
        } else if now < at - slack {
            Standing::Ending
        } else {
            Standing::Over
        }
    }
}

/// How an access token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It works for some time.
    Fresh,
    /// It works, but a new one is due.
    Ending,
    /// It does not work any more, or not for long enough to be sent.
    Over,
}

impl fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSet")
            .field("access", &self.access)
            .field("refresh", &self.refresh)
            .field("expiry", &self.expiry)
            .field("obtained", &self.obtained)
            .field("scopes", &self.scopes)
            .field("asked", &self.asked)
            .field("issued_to", &self.issued_to)
            .field("named", &self.named.keys().collect::<Vec<_>>())
            .field("extra", &self.extra.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const AHEAD: TimeDelta = TimeDelta::minutes(5);

    #[test]
    fn a_refresh_is_due_at_the_smaller_of_five_minutes_and_a_fifth_of_the_life() {
        let start = DateTime::UNIX_EPOCH;
        let at = |seconds| start + TimeDelta::seconds(seconds);
        let mut set = TokenSet::new("a", start);
        for (life, due, over) in [(3600, 3300, 3590), (1800, 1500, 1790), (100, 80, 90), (0, 0, 0)] {
            set.expiry = Expiry::At(at(life));
            assert_eq!(set.standing(at(due - 1), AHEAD), Standing::Fresh, "{life}");
            if due < over {
                assert_eq!(set.standing(at(due), AHEAD), Standing::Ending, "{life}");
                assert_eq!(set.standing(at(over - 1), AHEAD), Standing::Ending, "{life}");
            }
            assert_eq!(set.standing(at(over), AHEAD), Standing::Over, "{life}");
        }
    }

    #[test]
    fn a_token_that_never_expires_is_fresh_for_ever() {
        let mut set = TokenSet::new("a", DateTime::UNIX_EPOCH);
        for expiry in [Expiry::Never, Expiry::Unknown] {
            set.expiry = expiry;
            assert_eq!(set.standing(DateTime::<Utc>::MAX_UTC, AHEAD), Standing::Fresh);
        }
    }

    #[test]
    fn debug_shows_names_only() {
        let mut set = TokenSet::new("planted1", DateTime::UNIX_EPOCH);
        set.refresh = Some("planted2".into());
        set.named.insert("id_token".into(), "planted3".into());
        set.extra.insert("hub_id".into(), "planted4".into());
        let shown = format!("{set:?}");
        assert!(!shown.contains("planted"), "{shown}");
        assert!(shown.contains("hub_id") && shown.contains("id_token"), "{shown}");
    }
}
