//! The index itself: what is in it and how it changes.

use super::NameKind;
use super::hash::hash;
use super::pages::{Pages, Pairs, Shards};
use super::query::{Loud, acronyms, norm};
use super::vocabulary::{Token, Vocabulary};
use super::words::Words;

/// The bit that marks a word of a name as silent.
const SILENT: u32 = 1 << 31;

/// One name of an index.
#[derive(Clone, Debug)]
pub(super) struct Doc {
    pub(super) id: u32,
    words: Box<[u32]>,
}

/// What a search asks of every name that it touches, close together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark {
    /// Its length as a vector of words.
    pub(super) norm: f32,
    /// Which letters its words begin with, in a set of bits.
    pub(super) initials: u32,
}

/// The bit of the letter that `word` begins with. All but the plain ones share one.
pub(super) fn initial_bit(word: &str) -> u32 {
    match word.bytes().next() {
        Some(letter @ b'a'..=b'z') => 1 << (letter - b'a'),
        _ => 1 << 26,
    }
}

/// Names of one kind, each under a number of the caller's, that are found by what they are like.
///
/// A copy shares everything with its original until one of them changes, and then copies the parts that change: keep
/// one to write to and hand out copies to read. The answers depend on the names that are in it alone, not on the order
/// in which they came or what else has been there.
#[derive(Clone, Debug)]
pub struct NameIndex {
    pub(super) kind: NameKind,
    pub(super) vocabulary: Vocabulary,
    docs: Pages<Option<Doc>>,
    marks: Pages<Mark>,
    slots: Shards<u32, u32>,
    free: Vec<u32>,
    /// Names by two neighbours written as one word.
    pub(super) joined: Pairs,
    /// Names by their initials.
    pub(super) initials: Pairs,
}

impl NameIndex {
    /// An index without names.
    pub fn new(kind: NameKind) -> Self {
        Self {
            kind,
            vocabulary: Vocabulary::new(kind),
            docs: Pages::new(),
            marks: Pages::new(),
            slots: Shards::new(128),
            free: Vec::new(),
            joined: Pairs::new(256),
            initials: Pairs::new(256),
        }
    }

    /// An index of these names. Of two names with one number the later counts.
    pub fn build<'a>(kind: NameKind, names: impl IntoIterator<Item = (u32, &'a str)>) -> Self {
        let mut index = Self::new(kind);
        for (id, name) in names {
            index.upsert(id, name);
        }
        index
    }

    /// What its names are names of.
    pub fn kind(&self) -> NameKind {
        self.kind
    }

    /// How many names are in it.
    pub fn len(&self) -> usize {
        self.docs.len() - self.free.len()
    }

    /// Whether no name is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Roughly the memory it takes, in bytes, as if no copy shared it.
    pub fn bytes(&self) -> usize {
        let docs: usize = self
            .docs
            .iter()
            .map(|doc| size_of::<Option<Doc>>() + doc.as_ref().map_or(0, |doc| 16 + doc.words.len() * 4))
            .sum();
        let pairs = self.joined.bytes() + self.initials.bytes();
        docs + self.marks.len() * size_of::<Mark>()
            + self.slots.bytes()
            + self.free.capacity() * 4
            + pairs
            + self.vocabulary.bytes()
    }

    /// Puts `name` in under `id`, in place of what is there.
    ///
    /// A name without any letter is kept and never found.
    pub fn upsert(&mut self, id: u32, name: &str) {
        let words = Words::of(self.kind, name);
        let numbers: Box<[u32]> = words
            .all()
            .map(|(word, silent)| self.vocabulary.take(word) | if silent { SILENT } else { 0 })
            .collect();
        // Only now does the old name go, so that words of both stay where they are.
        self.remove(id);
        let mark = Mark {
            norm: norm(self.loud(&numbers).map(|(_, token)| loud(token))),
            initials: self.loud(&numbers).fold(0, |bits, (_, token)| bits | initial_bit(&token.text)),
        };
        let doc = Doc { id, words: numbers };
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.docs.push(None);
                self.marks.push(Mark::default());
                // Numbers of names are 32 bits wide, and each has one slot.
                u32::try_from(self.docs.len() - 1).unwrap_or(u32::MAX)
            }
        };
        if let Some(place) = self.marks.get_mut(slot) {
            *place = mark;
        }
        if let Some(shard) = self.slots.of(&id) {
            shard.insert(id, slot);
        }
        for number in doc.words.iter().filter(|word| *word & SILENT == 0) {
            if let Some(token) = self.vocabulary.get_mut(*number) {
                token.postings.insert(slot);
            }
        }
        let (joined, initials) = self.keys(&doc.words);
        joined.iter().for_each(|key| self.joined.insert(*key, slot));
        initials.iter().for_each(|key| self.initials.insert(*key, slot));
        if let Some(place) = self.docs.get_mut(slot) {
            *place = Some(doc);
        }
    }

    /// Takes the name under `id` out and says whether there was one.
    pub fn remove(&mut self, id: u32) -> bool {
        let Some(slot) = self.slots.of(&id).and_then(|shard| shard.remove(&id)) else { return false };
        let Some(doc) = self.docs.get_mut(slot).and_then(Option::take) else { return false };
        let (joined, initials) = self.keys(&doc.words);
        joined.iter().for_each(|key| self.joined.remove(*key, slot));
        initials.iter().for_each(|key| self.initials.remove(*key, slot));
        for number in doc.words.iter() {
            if let Some(token) = self.vocabulary.get_mut(*number & !SILENT).filter(|_| *number & SILENT == 0)
            {
                token.postings.remove(slot);
            }
            self.vocabulary.release(*number & !SILENT);
        }
        self.free.push(slot);
        true
    }

    /// The slots of the names in which `word` counts.
    pub(super) fn slots_of(&self, word: &str) -> Option<&[u32]> {
        Some(self.vocabulary.get(self.vocabulary.number(word)?)?.postings.slots())
    }

    /// How many slots names have or had.
    pub(super) fn slots(&self) -> usize {
        self.docs.len()
    }

    pub(super) fn doc(&self, slot: u32) -> Option<&Doc> {
        self.docs.get(slot)?.as_ref()
    }

    pub(super) fn mark(&self, slot: u32) -> Mark {
        self.marks.get(slot).copied().unwrap_or_default()
    }

    /// The words of a name that count, with their numbers.
    pub(super) fn loud<'a>(&'a self, words: &'a [u32]) -> impl Iterator<Item = (u32, &'a Token)> + Clone {
        let loud = words.iter().filter(|word| *word & SILENT == 0);
        loud.filter_map(|number| Some((*number, self.vocabulary.get(*number)?)))
    }

    /// All words of a name and whether each is silent.
    pub(super) fn spelled<'a>(&'a self, doc: &'a Doc) -> impl Iterator<Item = (&'a str, bool)> {
        doc.words
            .iter()
            .filter_map(|word| Some((&*self.vocabulary.get(word & !SILENT)?.text, word & SILENT != 0)))
    }

    /// The keys under which a name is found as a whole: its neighbours as one word, and its initials.
    fn keys(&self, words: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let loud = self.loud(words).map(|(_, token)| &*token.text);
        let joined =
            loud.clone().zip(loud.clone().skip(1)).map(|(one, other)| hash(one.bytes().chain(other.bytes())));
        let initials = acronyms(self.kind, loud.clone()).into_iter().map(|acronym| hash(acronym.bytes()));
        (joined.collect(), initials.collect())
    }
}

impl Doc {
    pub(super) fn words(&self) -> &[u32] {
        &self.words
    }
}

/// What comparing needs of a word.
pub(super) fn loud(token: &Token) -> Loud<'_> {
    Loud { text: &token.text, idf: token.worth.idf }
}
