//! The way from a query to its hits.

use std::cell::OnceCell;

use rapidfuzz::distance::{indel, jaro_winkler};

use super::column::{self, Column};
use super::index::Similar;
use super::lcs::{self, LANES};
use super::letter::Letter;
use super::need::{self, Need};
use super::pattern::Pattern;
use super::rack::{Rack, Shape};
use super::signature::{self, Head, SCAN, Signature, Survivor, Survivors};
use super::text::Text;
use super::top::Top;
use super::word::Word;
use super::{Hit, Scorer, jaro};

/// The `k` best of all names that score at least `cutoff`, the best first.
pub(super) fn run(names: &Similar, query: &str, scorer: Scorer, k: usize, cutoff: f64) -> Vec<Hit> {
    if k == 0 {
        return Vec::new();
    }
    let text = Text::new(query);
    let mut top = Top::new(k, cutoff);
    let query = Query::new(if scorer == Scorer::TokenSort { &text.sorted } else { &text.given }, scorer);
    for (shape, rack, row) in names.guesses(&text.sorted) {
        query.guess(&mut top, shape, rack, row);
    }
    let mut survivors = [Survivor::default(); SCAN];
    for (shape, shelf) in names.outward(query.letters.len()) {
        for rack in shelf.racks() {
            query.rack(&mut top, shape, rack, &mut survivors);
        }
    }
    top.into_hits()
}

/// A query, prepared.
struct Query<'a> {
    scorer: Scorer,
    letters: &'a [char],
    signature: Signature,
    head: Head,
    short: Pattern<u64>,
    /// For what does not fit in a short word.
    long: OnceCell<Box<Pattern<u128>>>,
    /// For what does not fit in any.
    indel: OnceCell<indel::BatchComparator<char>>,
    jaro: OnceCell<jaro_winkler::BatchComparator<char>>,
}

/// The names of one rack in the form that is compared.
struct Names<'a, T> {
    ids: &'a [u32],
    letters: &'a [T],
    length: usize,
}

impl<'a, T> Names<'a, T> {
    #[inline]
    fn get(&self, row: usize) -> &'a [T] {
        column::row(self.letters, row, self.length)
    }

    #[inline]
    fn offer(&self, top: &mut Top, row: usize, score: f64) {
        if let Some(id) = self.ids.get(row) {
            top.offer(*id, score);
        }
    }
}

impl<'a> Query<'a> {
    fn new(letters: &'a [char], scorer: Scorer) -> Self {
        Self {
            scorer,
            letters,
            signature: signature::of(letters),
            head: Head::of(letters),
            short: Pattern::new(letters),
            long: OnceCell::new(),
            indel: OnceCell::new(),
            jaro: OnceCell::new(),
        }
    }

    /// Compares one name, if its length allows it to pass the hurdle.
    fn guess(&self, top: &mut Top, shape: Shape, rack: &Rack, row: usize) {
        if let Some(need) = self.need(top, self.length(shape)) {
            // It may share all of its letters.
            self.compare(top, shape, rack, need, &[Survivor::new(row, u8::MAX, 4)]);
        }
    }

    /// Compares the names of a rack that can pass the hurdle.
    fn rack(&self, top: &mut Top, shape: Shape, rack: &Rack, survivors: &mut Survivors) {
        let Some(need) = self.need(top, self.length(shape)) else { return };
        let count = if self.scorer == Scorer::JaroWinkler {
            let query = (&self.signature, self.head);
            signature::scan_with_heads(query, &rack.signatures, &rack.heads, &need.letters, survivors)
        } else {
            signature::scan(&self.signature, &rack.signatures, need.letters[0], survivors)
        };
        let survivors = survivors.get(..count).unwrap_or_default();
        if !survivors.is_empty() {
            self.compare(top, shape, rack, need, survivors);
        }
    }

    /// What a name of this length must share with the query.
    fn need(&self, top: &Top, length: usize) -> Option<Need> {
        match self.scorer {
            Scorer::JaroWinkler => need::jaro_winkler(self.letters.len(), length, top.hurdle()),
            Scorer::Indel | Scorer::TokenSort => need::indel(self.letters.len(), length, top.hurdle()),
        }
    }

    fn length(&self, shape: Shape) -> usize {
        usize::from(if self.scorer == Scorer::TokenSort { shape.sorted } else { shape.length })
    }

    fn compare(&self, top: &mut Top, shape: Shape, rack: &Rack, need: Need, survivors: &[Survivor]) {
        let (ids, length) = (&rack.ids, self.length(shape));
        match if self.scorer == Scorer::TokenSort { &rack.sorted } else { &rack.given } {
            Column::Narrow(letters) => self.names(top, &Names { ids, letters, length }, need, survivors),
            Column::Wide(letters) => self.names(top, &Names { ids, letters, length }, need, survivors),
        }
    }

    fn names<T: Letter>(&self, top: &mut Top, names: &Names<'_, T>, need: Need, survivors: &[Survivor]) {
        let places = match self.scorer {
            Scorer::JaroWinkler => jaro::places(self.letters.len(), names.length),
            Scorer::Indel | Scorer::TokenSort => self.letters.len(),
        };
        if places <= u64::PLACES {
            self.groups(&self.short, top, names, need, survivors);
        } else if places <= u128::PLACES {
            let pattern = self.long.get_or_init(|| Box::new(Pattern::new(self.letters)));
            self.groups(pattern, top, names, need, survivors);
        } else {
            for survivor in survivors {
                names.offer(top, survivor.row(), self.longest(names.get(survivor.row())));
            }
        }
    }

    /// Compares names in groups, as the hurdle rises ever fewer of them.
    fn groups<T: Letter, W: Word>(
        &self,
        pattern: &Pattern<W>,
        top: &mut Top,
        names: &Names<'_, T>,
        mut need: Need,
        survivors: &[Survivor],
    ) {
        let mut group = [Survivor::default(); LANES];
        let mut filled = 0;
        for survivor in survivors {
            if survivor.common() < need.letters[survivor.prefix()] {
                continue;
            }
            group[filled % LANES] = *survivor;
            filled += 1;
            if filled == LANES {
                let before = top.hurdle();
                self.group(pattern, top, names, &need, &group);
                filled = 0;
                if top.hurdle() > before {
                    let Some(raised) = self.need(top, names.length) else { return };
                    need = raised;
                }
            }
        }
        if let Some(rest @ [_, ..]) = group.get(..filled) {
            self.group(pattern, top, names, &need, rest);
        }
    }

    /// Compares at most as many names as there are lanes.
    #[inline]
    fn group<T: Letter, W: Word>(
        &self,
        pattern: &Pattern<W>,
        top: &mut Top,
        names: &Names<'_, T>,
        need: &Need,
        group: &[Survivor],
    ) {
        let mut texts: [&[T]; LANES] = [names.get(group.first().map_or(0, |first| first.row())); LANES];
        for (text, survivor) in texts.iter_mut().zip(group) {
            *text = names.get(survivor.row());
        }
        let lengths = lcs::lengths(pattern, texts);
        for ((survivor, text), common) in group.iter().zip(texts).zip(lengths) {
            match self.scorer {
                Scorer::Indel | Scorer::TokenSort => {
                    names.offer(top, survivor.row(), indel_score(self.letters.len() + names.length, common));
                }
                Scorer::JaroWinkler => {
                    let least = need.jaro[survivor.prefix()];
                    if jaro::can_be(self.letters.len(), names.length, survivor.common(), common, least)
                        && let Some(score) = jaro::score(pattern, self.letters, text, least)
                    {
                        names.offer(top, survivor.row(), score);
                    }
                }
            }
        }
    }

    fn longest<T: Letter>(&self, name: &[T]) -> f64 {
        let letters = name.iter().map(|letter| letter.char());
        let query = || self.letters.iter().copied();
        if self.scorer == Scorer::JaroWinkler {
            let comparator = self.jaro.get_or_init(|| jaro_winkler::BatchComparator::new(query()));
            comparator.normalized_similarity(letters)
        } else {
            let comparator = self.indel.get_or_init(|| indel::BatchComparator::new(query()));
            comparator.normalized_similarity(letters)
        }
    }
}

/// Of names whose lengths sum up to `sum`. The order of the operations is that of the crate `rapidfuzz`.
fn indel_score(sum: usize, common: u32) -> f64 {
    if sum == 0 {
        return 1.0;
    }
    let distance = sum as f64 - 2.0 * f64::from(common);
    1.0 - distance / sum as f64
}
