//! Who of several is chosen, and why the others are not.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_matcher::{Account, Contact, RecordId};

use super::world::{Entry, World};

/// Every record that was weighed, with `Chosen` or the name of its loss.
pub(crate) type Weighed = BTreeSet<(RecordId, &'static str)>;

/// Those that can be an answer, and whether found by something primary.
pub(crate) type Pool = BTreeMap<RecordId, bool>;

/// Who is chosen from a pool, and whether only a tie-break decided.
pub(crate) struct Choice {
    pub(crate) id: RecordId,
    pub(crate) tie: bool,
}

/// Follows merges and lets in what is in use and not refused.
pub(crate) fn admit<R: Entry>(
    world: &World,
    start: &RecordId,
    primary: bool,
    refuse: impl Fn(&R) -> Option<&'static str>,
    pool: &mut Pool,
    weighed: &mut Weighed,
) {
    let lost = match world.end::<R>(start) {
        None => (start.clone(), "Unknown"),
        Some(Err(lost)) => lost,
        Some(Ok(end)) if end.archived() => (end.id().clone(), "Archived"),
        Some(Ok(end)) => match refuse(end) {
            Some(loss) => (end.id().clone(), loss),
            None => {
                *pool.entry(end.id().clone()).or_insert(false) |= primary;
                return;
            }
        },
    };
    weighed.insert(lost);
}

/// The account that beats every other.
pub(crate) fn account(world: &World, pool: &Pool, weighed: &mut Weighed) -> Option<Choice> {
    let get = |id: &RecordId| world.get::<Account>(id).unwrap();
    let is_child = |id: &RecordId| world.above(get(id)).iter().any(|above| pool.contains_key(&above.id));
    // Why `a` beats `b`, if it does.
    let beats = |a: &RecordId, b: &RecordId| {
        if pool[a] != pool[b] {
            return pool[a].then_some("Additional");
        }
        if is_child(a) != is_child(b) {
            return is_child(b).then_some("Child");
        }
        let (many, few) = (get(a).contacts.unwrap_or(0), get(b).contacts.unwrap_or(0));
        if many != few {
            return (many > few).then_some("FewerContacts");
        }
        by_age(get(a).created, get(b).created, a, b)
    };
    choose(pool, weighed, beats)
}

pub(crate) fn contact(world: &World, pool: &Pool, weighed: &mut Weighed) -> Option<Choice> {
    let get = |id: &RecordId| world.get::<Contact>(id).unwrap();
    let beats = |a: &RecordId, b: &RecordId| {
        if pool[a] != pool[b] {
            return pool[a].then_some("Additional");
        }
        by_age(get(a).created, get(b).created, a, b)
    };
    choose(pool, weighed, beats)
}

fn by_age(a: Option<i64>, b: Option<i64>, a_id: &RecordId, b_id: &RecordId) -> Option<&'static str> {
    match (a, b) {
        (Some(x), Some(y)) if x != y => (x < y).then_some("Younger"),
        (Some(_), None) => Some("Younger"),
        (None, Some(_)) => None,
        _ => (a_id.as_str().as_bytes() < b_id.as_str().as_bytes()).then_some("LargerId"),
    }
}

fn choose(
    pool: &Pool,
    weighed: &mut Weighed,
    beats: impl Fn(&RecordId, &RecordId) -> Option<&'static str>,
) -> Option<Choice> {
    let best =
        pool.keys().find(|one| pool.keys().all(|other| other == *one || beats(one, other).is_some()))?;
    weighed.insert((best.clone(), "Chosen"));
    for other in pool.keys().filter(|other| *other != best) {
        weighed.insert((other.clone(), beats(best, other).unwrap()));
    }
    Some(Choice { id: best.clone(), tie: pool.len() > 1 })
}
