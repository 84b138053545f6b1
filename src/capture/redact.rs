//! Names that nobody has, in the place of those that somebody has.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_matcher::{Address, List, Lists, domain, names};
use serde_json::Value;

/// What of a meeting is left as it is when a case is captured.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Redact {
    /// Whether title, description, location and the conference's link stay, but for names, addresses and hosts in them.
    pub keep_text: bool,
}

impl Redact {
    /// Leaves no text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves title, description, location and the conference's link, but for names, addresses and hosts in them: for
    /// rules that look at them.
    #[must_use]
    pub fn keep_text(mut self) -> Self {
        self.keep_text = true;
        self
    }
}

/// Replaces, and remembers by what.
#[derive(Debug)]
pub(super) struct Redactor {
    lists: Lists,
    /// Hosts that the manifest names as the tenant's own: they, and all below them, stay.
    own: Vec<String>,
    /// All that was there, so that nothing that is made up happens to be in it.
    originals: String,
    /// Words of names, folded, and what stands for them.
    words: BTreeMap<String, String>,
    /// Hosts without what stands before their registrable part.
    hosts: BTreeMap<String, String>,
    /// Whole names, the longest first.
    phrases: BTreeSet<(std::cmp::Reverse<usize>, String)>,
    made: usize,
}

impl Redactor {
    pub(super) fn new(own: Vec<String>, originals: &str) -> Self {
        Self {
            lists: Lists::shipped(),
            own,
            originals: originals.to_lowercase(),
            words: BTreeMap::new(),
            hosts: BTreeMap::new(),
            phrases: BTreeSet::new(),
            made: 0,
        }
    }

    /// A name of a person or a company, word for word.
    pub(super) fn name(&mut self, name: &str) -> String {
        if name.trim().chars().count() > 2 {
            self.phrases.insert((std::cmp::Reverse(name.trim().len()), name.trim().to_owned()));
        }
        let words: Vec<String> = name.split_whitespace().map(|word| capital(&self.word(word))).collect();
        words.join(" ")
    }

    /// The same for the same, without regard to case and accents.
    fn word(&mut self, word: &str) -> String {
        let folded = names::fold(word);
        if let Some(known) = self.words.get(&folded) {
            return known.clone();
        }
        let made = self.make();
        self.words.insert(folded, made.clone());
        made
    }

    fn make(&mut self) -> String {
        const HEADS: [&str; 12] = ["b", "d", "f", "g", "k", "l", "m", "n", "v", "r", "s", "t"];
        const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
        loop {
            self.made += 1;
            // Coprime to the number of words of two syllables, so that neighbours look different.
            let mut rest = (self.made * 1_237) % (60 * 60) + self.made / (60 * 60) * (60 * 60);
            let mut word = String::new();
            while word.len() < 4 || rest > 0 {
                let (head, vowel) = (HEADS.get(rest % 12), VOWELS.get(rest / 12 % 5));
                word.extend(head.into_iter().chain(vowel).copied());
                rest /= 60;
            }
            if !self.originals.contains(&word) {
                return word;
            }
        }
    }

    /// A host: that of a mail provider for anybody stays, and one of a company gets a made-up one.
    pub(super) fn host(&mut self, host: &str) -> String {
        let below = |own: &String| {
            host == own || host.strip_suffix(own.as_str()).is_some_and(|rest| rest.ends_with('.'))
        };
        let anybodys =
            [List::FreeMail, List::Disposable, List::SharedEducation, List::RobotHost, List::ResourceHost];
        if self.own.iter().any(below) || anybodys.iter().any(|list| self.lists.covers(*list, host)) {
            return host.to_owned();
        }
        let registrable = domain::registrable(host).unwrap_or(host).to_owned();
        let before = host.strip_suffix(&registrable).unwrap_or_default().trim_end_matches('.');
        let made = match self.hosts.get(&registrable) {
            Some(known) => known.clone(),
            None => {
                let made = format!("{}.example", self.make());
                self.hosts.insert(registrable, made.clone());
                made
            }
        };
        let mut labels: Vec<String> = Vec::new();
        for label in before.split('.').filter(|label| !label.is_empty()) {
            let known = self.lists.contains(List::StudentLabel, label);
            labels.push(if known { label.to_owned() } else { self.word(label) });
        }
        labels.push(made);
        labels.join(".")
    }

    /// An address; what is none is a word.
    pub(super) fn address(&mut self, text: &str) -> String {
        let Ok(address) = Address::parse(text) else { return self.word(text) };
        let host = self.host(address.host());
        let local = address.local();
        let telling = [List::RolePart, List::RobotPart].iter().any(|list| self.lists.contains(*list, local))
            || self.lists.contains(List::RobotAddress, address.as_str());
        if telling {
            return format!("{local}@{host}");
        }
        // By words, so that an address that is made of a name still is.
        let mut made = String::new();
        for part in local.split_inclusive(['.', '_', '-', '+']) {
            let word = part.trim_end_matches(['.', '_', '-', '+']);
            if !word.is_empty() {
                made.push_str(&self.word(word));
            }
            made.push_str(&part[word.len()..]);
        }
        format!("{made}@{host}")
    }

    /// A field's value: whole names, addresses and known hosts in it are replaced.
    pub(super) fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.text(text, false)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), self.value(value))).collect(),
            other => other.clone(),
        }
    }

    /// Text in which single words of names are replaced too.
    pub(super) fn prose(&mut self, text: &str) -> String {
        self.text(text, true)
    }

    fn text(&mut self, text: &str, words: bool) -> String {
        let mut text = text.to_owned();
        for (_, phrase) in self.phrases.clone() {
            if text.contains(&phrase) {
                let made = self.name(&phrase);
                text = text.replace(&phrase, &made);
            }
        }
        let joins = |c: char| c.is_alphanumeric() || "@._-+".contains(c);
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let end = match joins(first) {
                true => rest.find(|c| !joins(c)).unwrap_or(rest.len()),
                false => rest.find(joins).unwrap_or(rest.len()),
            };
            let (chunk, after) = rest.split_at(end);
            out.push_str(&self.chunk(chunk, words));
            rest = after;
        }
        out
    }

    fn chunk(&mut self, chunk: &str, words: bool) -> String {
        let bare = chunk.trim_end_matches(['.', '-', '_']);
        let end = &chunk[bare.len()..];
        let lower = bare.to_lowercase();
        if bare.contains('@') {
            return format!("{}{end}", self.address(bare));
        }
        if domain::registrable(&lower).is_some_and(|registrable| self.hosts.contains_key(registrable)) {
            return format!("{}{end}", self.host(&lower));
        }
        if !words {
            return chunk.to_owned();
        }
        let part = |part: &str| {
            let word = part.trim_end_matches(['.', '_', '-', '+']);
            let known = self.words.get(&names::fold(word)).filter(|_| word.chars().count() > 1);
            format!("{}{}", known.map_or_else(|| word.to_owned(), |made| capital(made)), &part[word.len()..])
        };
        chunk.split_inclusive(['.', '_', '-', '+']).map(part).collect()
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| format!("{}{}", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}
