use super::{Answer, Finding, Refusal, Strategy, Subject, not_mine};
use crate::evidence::{Loss, Reason};
use crate::lookup::{Found, KeyRef};
use crate::settle::{Contender, follow, settle};
use crate::{AccountRef, ContactRef, Ground, Lookup, full_name, rank};

/// More people of one name than this are not looked at: they are in too many companies.
const MAX_PEOPLE: usize = 64;

/// The contact of the account that was found with the attendee's full name, also under a nickname: somebody whom the
/// CRM knows by another address.
///
/// Two of that name in the account are an ambiguity. Names are compared as [`full_name`](crate::full_name) says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Name;

impl Strategy for Name {
    fn name(&self) -> &str {
        "name"
    }

    fn resolve<'a>(&self, who: &Subject<'a>, look: &Lookup<'a>) -> Answer<'a> {
        if who.contact.is_some() {
            return not_mine(Reason::AlreadyAnswered);
        }
        let Some(account) = who.account else { return not_mine(Reason::NoAccount) };
        if who.class.is_shared() {
            return not_mine(Reason::SharedMailbox);
        }
        let Some((name, key)) = who.attendee.name.and_then(|name| Some((name, full_name::key(name)?))) else {
            return not_mine(Reason::NoName);
        };
        let mut lost = vec![];
        // All nicknames weigh the same, so who has one of them is weighed against who has another.
        for (keys, ground) in [(vec![key], Ground::FullName), (full_name::other_keys(name), Ground::Nickname)]
        {
            let mut contenders: Found<Contender<'a, ContactRef<'a>>> = Found::new();
            let mut through: Vec<(&str, KeyRef<'a>)> = vec![];
            for key in keys {
                let found = look.contacts_with_name(&key);
                if found.len() > MAX_PEOPLE {
                    return not_mine(Reason::TooMany);
                }
                let matched = KeyRef::name(key);
                let starts = found.into_iter().map(|contact| (Ok(contact), true));
                let refuse = |contact: ContactRef<'a>| {
                    (!belongs(look, contact, account)).then_some(Loss::OtherAccount)
                };
                let settled = settle(look, &matched, starts, refuse);
                lost.extend(settled.lost);
                for one in settled.contenders {
                    let id = one.record.id();
                    if !through.iter().any(|(known, _)| *known == id) {
                        through.push((id, matched.clone()));
                        contenders.push(one);
                    }
                }
            }
            let Some((_, first)) = through.first().cloned() else { continue };
            let Some(mut ranked) = rank::contacts(&first, contenders) else { continue };
            for one in &mut ranked.candidates {
                if let Some((_, key)) = through.iter().find(|(id, _)| *id == one.record.id()) {
                    one.matched = key.clone();
                }
            }
            let matched = ranked.candidates.first().map_or(first, |best| best.matched.clone());
            let (best, tie) = (ranked.best, ranked.tie);
            return Answer::Found(Finding {
                contact: Some(best),
                ..Finding::ranked(ranked, lost, ground, tie, matched)
            });
        }
        let reason = if lost.is_empty() { Reason::NoRecord } else { Reason::NoneLeft };
        Answer::NotMine(Refusal::after(reason, lost))
    }
}

/// Whether the CRM links the contact to the account, merges of accounts followed.
fn belongs<'a>(look: &Lookup<'a>, contact: ContactRef<'a>, account: AccountRef<'a>) -> bool {
    look.accounts_of(contact)
        .into_iter()
        .any(|(linked, _)| linked.is_ok_and(|linked| follow(look, linked).0.is_ok_and(|end| end.is(account))))
}
