use std::fmt;
use std::sync::Arc;

use super::{Answer, Strategy, Subject};
use crate::Lookup;

/// A strategy of the product's own.
///
/// `version` must change whenever the same question may get another answer.
///
/// ```
/// use acquaint_matcher::strategy::{self, Answer, Finding, Refusal};
/// use acquaint_matcher::{Account, Attendee, Directory, Matcher, Reason};
///
/// // Partners write from addresses such as `globex@partners.example`.
/// let partners = strategy::from_fn("partners", 1, |who, look| {
///     match (who.address.host(), look.account(who.address.local())) {
///         ("partners.example", Some(account)) => Answer::Found(Finding::account(account)),
///         _ => Answer::NotMine(Reason::NoRecord.into()),
///     }
/// });
/// let directory = Directory::build([], [Account::new("globex")], []);
/// let found = Matcher::new([partners]).resolve(&[Attendee::new("globex@partners.example")], &directory.lookup());
/// assert_eq!(found[0].account_by.as_deref(), Some("partners"));
/// # let _: Refusal = Reason::NoRecord.into();
/// ```
pub fn from_fn<F>(name: &str, version: u32, resolve: F) -> Arc<dyn Strategy>
where
    F: for<'s, 'l, 'a> Fn(&'s Subject<'a>, &'l Lookup<'a>) -> Answer<'a> + Send + Sync + 'static,
{
    Arc::new(Closure { name: name.to_owned(), version, resolve })
}

struct Closure<F> {
    name: String,
    version: u32,
    resolve: F,
}

impl<F> Strategy for Closure<F>
where
    F: for<'s, 'l, 'a> Fn(&'s Subject<'a>, &'l Lookup<'a>) -> Answer<'a> + Send + Sync + 'static,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn resolve<'a>(&self, who: &Subject<'a>, look: &Lookup<'a>) -> Answer<'a> {
        (self.resolve)(who, look)
    }
}

impl<F> fmt::Debug for Closure<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closure")
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
