//! All words of an index, found by what they are like.

use std::sync::Arc;

use super::NameKind;
use super::hash::hash;
use super::lexicon::{self, Worth};
use super::likeness::{Likeness, SHORTEST_PREFIX, Term, Word, likeness, may_slip};
use super::near::Near;
use super::pages::{Pages, Shards};
use super::postings::Postings;
use super::words::MAX_LETTERS;

/// One word of an index.
#[derive(Clone, Debug, Default)]
pub(super) struct Token {
    pub(super) text: Arc<str>,
    pub(super) worth: Worth,
    /// In how many places of names it stands, silent ones included.
    uses: u32,
    /// The names it counts in.
    pub(super) postings: Postings,
}

/// All words of an index. The number of a word says nothing and is given again when the word is gone.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    kind: NameKind,
    tokens: Pages<Token>,
    free: Vec<u32>,
    by_text: Shards<Arc<str>, u32>,
    /// Words by their first letters.
    by_prefix: Shards<u32, Vec<u32>>,
    near: Near,
}

fn prefix_key(term: &Term) -> Option<u32> {
    let letters = term.letters.get(..SHORTEST_PREFIX)?;
    Some(hash(letters.iter().flat_map(|letter| u32::from(*letter).to_le_bytes())))
}

impl Vocabulary {
    pub(super) fn new(kind: NameKind) -> Self {
        Self {
            kind,
            tokens: Pages::new(),
            free: Vec::new(),
            by_text: Shards::new(128),
            by_prefix: Shards::new(128),
            near: Near::new(kind),
        }
    }

    pub(super) fn get(&self, token: u32) -> Option<&Token> {
        self.tokens.get(token)
    }

    pub(super) fn get_mut(&mut self, token: u32) -> Option<&mut Token> {
        self.tokens.get_mut(token)
    }

    pub(super) fn number(&self, text: &str) -> Option<u32> {
        self.by_text.get(text).copied()
    }

    /// The number of the word `text`, which is used once more from now on.
    pub(super) fn take(&mut self, text: &str) -> u32 {
        if let Some(number) = self.number(text) {
            if let Some(token) = self.tokens.get_mut(number) {
                token.uses += 1;
            }
            return number;
        }
        let term = Term::new(self.kind, text);
        let text: Arc<str> = text.into();
        let token = Token { text: text.clone(), worth: term.worth, uses: 1, postings: Postings::None };
        let number = self.free.pop().unwrap_or_else(|| {
            // There are at most as many words as names times words of a name, which fit.
            u32::try_from(self.tokens.len()).unwrap_or(u32::MAX)
        });
        if number as usize == self.tokens.len() {
            self.tokens.push(token);
        } else if let Some(place) = self.tokens.get_mut(number) {
            *place = token;
        }
        if let Some(shard) = self.by_text.of(&*text) {
            shard.insert(text, number);
        }
        if let Some(key) = prefix_key(&term)
            && let Some(shard) = self.by_prefix.of(&key)
        {
            shard.entry(key).or_default().push(number);
        }
        self.near.insert(number, &term);
        number
    }

    /// Says that the word is used once less; the last use takes it out.
    pub(super) fn release(&mut self, number: u32) {
        let Some(token) = self.tokens.get_mut(number) else { return };
        token.uses = token.uses.saturating_sub(1);
        if token.uses > 0 {
            return;
        }
        let text = std::mem::take(&mut token.text);
        token.postings = Postings::None;
        let term = Term::new(self.kind, &text);
        if let Some(shard) = self.by_text.of(&*text) {
            shard.remove(&text);
        }
        if let Some(key) = prefix_key(&term)
            && let Some(shard) = self.by_prefix.of(&key)
            && let Some(numbers) = shard.get_mut(&key)
        {
            numbers.retain(|one| *one != number);
            if numbers.is_empty() {
                shard.remove(&key);
            }
        }
        self.near.remove(number, &term);
        self.free.push(number);
    }

    /// All words that are like `term`, and how much. A person's names that begin with an initial are left out: there
    /// are too many of them to be worth a list.
    pub(super) fn mates(&self, term: &Term) -> Vec<(u32, Likeness)> {
        let mut found: Vec<u32> = self.number(&term.text).into_iter().collect();
        if self.kind == NameKind::Person {
            found.extend(lexicon::nicknames(&term.text).iter().filter_map(|name| self.number(name)));
            let initial = term.letters.first().filter(|_| term.letters.len() > 1);
            found.extend(initial.and_then(|letter| self.number(letter.encode_utf8(&mut [0; 4]))));
        }
        if let Some(numbers) = prefix_key(term).and_then(|key| self.by_prefix.get(&key)) {
            let begins = |token: &Token| {
                token.text.starts_with(term.text.as_str()) || term.text.starts_with(&*token.text)
            };
            found.extend(numbers.iter().filter(|number| self.get(**number).is_some_and(begins)));
        }
        let mut near = Vec::new();
        self.near.find(term, &mut near);
        let may_slip = |number: &u32| {
            let token = self.get(*number);
            token.is_some_and(|token| {
                may_slip(self.kind, term, &token.text, term.worth.known && token.worth.known)
            })
        };
        found.extend(near.into_iter().filter(may_slip));
        found.sort_unstable();
        found.dedup();
        let slips = term.slips();
        let mut letters: Vec<char> = Vec::with_capacity(MAX_LETTERS);
        let like = |number: u32| {
            let token = self.get(number)?;
            letters.clear();
            letters.extend(token.text.chars());
            let word = Word { text: &token.text, letters: &letters, worth: token.worth };
            let likeness = likeness(self.kind, term.word(), &slips, word);
            (likeness.share > 0.0).then_some((number, likeness))
        };
        found.into_iter().filter_map(like).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        let tokens: usize = self
            .tokens
            .iter()
            .map(|token| {
                size_of::<Token>() + 16 + token.text.len().next_multiple_of(16) + token.postings.bytes()
            })
            .sum();
        let prefixes: usize = self.by_prefix.iter().map(|(_, numbers)| numbers.capacity() * 4).sum();
        tokens + self.by_text.bytes() + self.by_prefix.bytes() + prefixes + self.near.bytes()
    }
}
