//! The short ways to what most attendees are: a known person of a known company, and a stranger from one.

use std::any::Any;
use std::sync::Arc;

use crate::directory::Known;
use crate::evidence::Loss;
use crate::strategy::{ContactAccount, Domain, Email, Name, ParentDomain, Pinned, Strategy};
use crate::{Ground, Score, score};

/// Which strategies give the answers that the short ways find, if they may be taken at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shortcut {
    pub(crate) email: u8,
    pub(crate) contact_account: u8,
    /// The strategy that finds a stranger's company, if none behind it has anything to say of somebody without a name.
    pub(crate) domain: Option<u8>,
    /// Whether pins are asked for on the way.
    pub(crate) pinned: bool,
    primary: Score,
    other: Score,
    link: Score,
    pub(crate) host: Score,
}

impl Shortcut {
    /// The short ways through these strategies, if they begin like the usual ones: then nothing else has a say.
    pub(crate) fn through(strategies: &[Arc<dyn Strategy>]) -> Option<Self> {
        let pinned = is::<Pinned>(strategies.first());
        let email = u8::from(pinned);
        let mut rest = strategies.iter().skip(usize::from(email));
        if !(is::<Email>(rest.next()) && is::<ContactAccount>(rest.next())) {
            return None;
        }
        let domain = is::<Domain>(rest.next())
            && rest.all(|strategy| is::<ParentDomain>(Some(strategy)) || is::<Name>(Some(strategy)));
        let score = |ground| score::of(ground, None::<Loss>);
        Some(Self {
            email,
            contact_account: email + 1,
            domain: domain.then_some(email + 2),
            pinned,
            primary: score(Ground::PrimaryAddress),
            other: score(Ground::OtherAddress),
            link: score(Ground::ConfirmedLink),
            host: score(Ground::Host),
        })
    }

    /// How sure contact and account are.
    pub(crate) fn scores(&self, known: &Known<'_>) -> (Score, Score) {
        (if known.primary { self.primary } else { self.other }, self.link)
    }
}

fn is<S: Strategy>(strategy: Option<&Arc<dyn Strategy>>) -> bool {
    strategy.is_some_and(|strategy| (strategy.as_ref() as &dyn Any).is::<S>())
}
