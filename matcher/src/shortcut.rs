//! The short way to what most attendees are: a known person of a known company.

use std::any::Any;
use std::sync::Arc;

use crate::evidence::Loss;
use crate::strategy::{ContactAccount, Email, Pinned, Strategy};
use crate::{AccountRef, ContactRef, Ground, Score, score};

/// Which strategies give the answer that the short way finds, if it may be taken at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shortcut {
    pub(crate) email: u8,
    pub(crate) contact_account: u8,
    /// Whether pins are asked for on the way.
    pub(crate) pinned: bool,
}

/// One contact in use with the address, and one account in use to which it is linked and which has its mail host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) contact: ContactRef<'a>,
    pub(crate) account: AccountRef<'a>,
    /// Whether the address is the contact's primary one.
    pub(crate) primary: bool,
}

impl Shortcut {
    /// The short way through these strategies, if they begin like the usual ones: then nothing else has a say.
    pub(crate) fn through(strategies: &[Arc<dyn Strategy>]) -> Option<Self> {
        let pinned = is::<Pinned>(strategies.first());
        let email = u8::from(pinned);
        let mut rest = strategies.iter().skip(usize::from(email));
        (is::<Email>(rest.next()) && is::<ContactAccount>(rest.next())).then_some(Self {
            email,
            contact_account: email + 1,
            pinned,
        })
    }
}

fn is<S: Strategy>(strategy: Option<&Arc<dyn Strategy>>) -> bool {
    strategy.is_some_and(|strategy| (strategy.as_ref() as &dyn Any).is::<S>())
}

impl Known<'_> {
    pub(crate) fn contact_score(&self) -> Score {
        score::of(if self.primary { Ground::PrimaryAddress } else { Ground::OtherAddress }, None::<Loss>)
    }

    pub(crate) fn account_score() -> Score {
        score::of(Ground::ConfirmedLink, None::<Loss>)
    }
}
