//! How sure an answer is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::evidence::Loss;

/// How often an answer of this kind is right: from 0 to 1, in thousandths.
///
/// It was measured, not felt: each is the share of right answers among all of its kind in generated CRM worlds with
/// known truth. `cargo run --release -p acquaint-matcher --features worlds --example calibrate` measures again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "f64", try_from = "f64")]
pub struct Score(u16);

impl Score {
    /// From here on an answer can be taken without anybody looking: of all such together, at least 99.5 % are right in
    /// generated worlds, and they are 95 % of what can be answered at all. Whoever wants fewer mistakes asks for 0.95.
    pub const AUTO_LINK: Self = Self(850);

    /// From here on a person should look; below it, an answer is a hint.
    pub const REVIEW: Self = Self(500);

    /// What nobody has measured: that of a strategy from elsewhere that says nothing else.
    pub const UNKNOWN: Self = Self(500);

    /// Certain.
    pub const ONE: Self = Self(1000);

    /// So many thousandths; 1000 if it is more.
    pub const fn thousandths(thousandths: u16) -> Self {
        Self(if thousandths > 1000 { 1000 } else { thousandths })
    }

    /// From 0 to 1000.
    pub(crate) const fn in_thousandths(self) -> u16 {
        self.0
    }

    /// From 0 to 1.
    pub const fn as_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Whether nobody need look at the answer.
    pub fn is_sure(self) -> bool {
        self >= Self::AUTO_LINK
    }

    /// By how much what has this score is likelier than all that it was chosen from together.
    pub fn margin(self) -> Self {
        Self((2 * self.0).saturating_sub(1000))
    }
}

impl fmt::Debug for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.as_f64())
    }
}

impl From<Score> for f64 {
    fn from(score: Score) -> Self {
        score.as_f64()
    }
}

impl TryFrom<f64> for Score {
    type Error = String;

    fn try_from(score: f64) -> Result<Self, String> {
        let thousandths = (score * 1000.0).round();
        // The range makes the conversion exact.
        if (0.0..=1000.0).contains(&thousandths) {
            Ok(Self(thousandths as u16))
        } else {
            Err(format!("{score} is no score; one is from 0 to 1"))
        }
    }
}

/// What speaks for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ground {
    /// A person has decided it.
    Pinned,
    /// The attendee's address is the contact's primary one.
    PrimaryAddress,
    /// It is another one of the contact's.
    OtherAddress,
    /// It leads to the same mailbox as one of the contact's.
    RelaxedAddress,
    /// The CRM links the contact to the account, and the account has the attendee's mail host.
    ConfirmedLink,
    /// The CRM links the contact to the account, and nothing is known of the attendee's mail host, or anybody can have
    /// a mailbox there. The address is the contact's primary one, or the contact was found otherwise.
    Link,
    /// The same where anybody or a student can have a mailbox, and the address is another one of the contact's: who
    /// writes from there may have left.
    LinkAside,
    /// The same where nothing is known of the mail host, and the address is another one of the contact's: it looks like
    /// that of the next employer.
    LinkElsewhere,
    /// The CRM links the contact to the account, and another account has the attendee's mail host.
    ContradictedLink,
    /// The account has the attendee's mail host.
    Host,
    /// The account has a domain above the attendee's mail host.
    HostAbove,
    /// The account has a domain on which anybody can have a mailbox, is named like it, and has contacts.
    FreeMailHost,
    /// The account is the nearest one in use above one with the attendee's mail host.
    ParentAccount,
    /// The account is the only one in use below one with the attendee's mail host.
    OnlyChild,
    /// The contact has the attendee's full name and belongs to the account.
    FullName,
    /// The contact has the attendee's full name but for a nickname and belongs to the account.
    Nickname,
    /// In the words of a strategy that is not part of this crate.
    Other,
}

/// How sure an answer on this ground is, chosen from several by this tie-break.
pub(crate) fn of(ground: Ground, tie: Option<Loss>) -> Score {
    let row = TABLE.iter().find(|row| row.0 == ground);
    let column = match tie {
        None => 0,
        Some(Loss::Additional) => 1,
        Some(Loss::Child) => 2,
        Some(Loss::FewerContacts) => 3,
        Some(_) => 4,
    };
    let thousandths = row.and_then(|row| row.1.get(column)).copied();
    thousandths.map_or(Score::UNKNOWN, Score::thousandths)
}

/// In thousandths: without a tie; and with one that was decided by what is primary, by the hierarchy, by the number of
/// contacts, by age or id.
///
/// As `calibrate` prints it, at most 998, since a world is not life. What happens too seldom there to be measured is a
/// cautious guess: 500 for a tie, the first column of [`Ground::FreeMailHost`] and [`Ground::OnlyChild`], all of
/// [`Ground::LinkElsewhere`], where a world knows of no private domains, and of [`Ground::Pinned`], which nobody disputes.
#[rustfmt::skip]
pub(crate) const TABLE: [(Ground, [u16; 5]); 17] = [
    (Ground::Pinned,           [1000, 1000, 1000, 1000, 1000]),
    (Ground::PrimaryAddress,   [ 997,  500,  500,  500,  997]),
    (Ground::OtherAddress,     [ 998,  500,  500,  500,  500]),
    (Ground::RelaxedAddress,   [ 998,  500,  500,  500,  500]),
    (Ground::ConfirmedLink,    [ 998,  500,  500,  500,  500]),
    (Ground::Link,             [ 998,  500,  500,  425,  473]),
    (Ground::LinkAside,        [ 881,  500,  500,  500,  500]),
    (Ground::LinkElsewhere,    [ 100,  100,  100,  100,  100]),
    (Ground::ContradictedLink, [ 714,  500,  500,  500,  500]),
    (Ground::Host,             [ 994,  500,  994,  440,  471]),
    (Ground::HostAbove,        [ 995,  500,   18,    3,   41]),
    (Ground::FreeMailHost,     [ 300,  300,  300,  300,  300]),
    (Ground::ParentAccount,    [ 998,  500,  500,  500,  500]),
    (Ground::OnlyChild,        [ 700,  500,  500,  500,  500]),
    (Ground::FullName,         [ 997,  500,  500,  500,  500]),
    (Ground::Nickname,         [ 997,  500,  500,  500,  500]),
    (Ground::Other,            [ 500,  500,  500,  500,  500]),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_score_survives_its_json() {
        for thousandths in [0, 1, 333, 975, 1000] {
            let score = Score::thousandths(thousandths);
            let json = serde_json::to_string(&score).unwrap();
            assert_eq!(serde_json::from_str::<Score>(&json).unwrap(), score, "{json}");
        }
        assert_eq!(serde_json::to_string(&Score::thousandths(975)).unwrap(), "0.975");
        for bad in ["1.001", "-0.1", "1e300"] {
            assert!(serde_json::from_str::<Score>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tie_is_never_surer_than_none() {
        for (ground, row) in TABLE {
            assert!(row.iter().all(|score| *score <= row[0]), "{ground:?}");
        }
    }
}
