//! The way from a query to its hits.

use rapidfuzz::distance::{indel, jaro_winkler};

use super::column::{self, Column};
use super::index::Similar;
use super::lcs::{self, LANES};
use super::letter::Letter;
use super::pattern::{Pattern, WORD};
use super::rack::{Rack, Shape};
use super::signature::{self, Head, SCAN, Signature, Survivor, Survivors};
use super::text::Text;
use super::top::Top;
use super::{Hit, Scorer, jaro, need};

pub(super) fn run(names: &Similar, query: &str, scorer: Scorer, k: usize, cutoff: f64) -> Vec<Hit> {
    if k == 0 {
        return Vec::new();
    }
    let text = Text::new(query);
    let letters = if scorer == Scorer::TokenSort { text.sorted.clone() } else { text.given };
    let mut search = Search::new(letters, scorer, Top::new(k, cutoff));
    for (shape, rack, row) in names.guesses(&text.sorted) {
        search.guess(shape, rack, row);
    }
    let mut survivors = [Survivor::default(); SCAN];
    for (shape, shelf) in names.outward(search.query.len()) {
        for rack in shelf.racks() {
            search.rack(shape, rack, &mut survivors);
        }
    }
    search.top.into_hits()
}

/// A query on its way through the names.
struct Search {
    scorer: Scorer,
    query: Vec<char>,
    pattern: Pattern,
    signature: Signature,
    head: Head,
    top: Top,
    /// For what is too long for one word.
    long_indel: Option<indel::BatchComparator<char>>,
    long_jaro: Option<jaro_winkler::BatchComparator<char>>,
}

impl Search {
    fn new(query: Vec<char>, scorer: Scorer, top: Top) -> Self {
        Self {
            scorer,
            pattern: Pattern::new(&query),
            signature: signature::of(&query),
            head: Head::of(&query),
            query,
            top,
            long_indel: None,
            long_jaro: None,
        }
    }

    /// Compares one name.
    fn guess(&mut self, shape: Shape, rack: &Rack, row: usize) {
        let survivor = Survivor { row: row as u16, common: u8::MAX, prefix: 4 };
        self.compare(shape, rack, [0; 5], &[survivor]);
    }

    /// Compares the names of a rack that can pass the hurdle.
    fn rack(&mut self, shape: Shape, rack: &Rack, survivors: &mut Survivors) {
        let Some(need) = self.need(shape) else { return };
        let count = if self.scorer == Scorer::JaroWinkler {
            let query = (&self.signature, self.head);
            signature::scan_with_heads(query, &rack.signatures, &rack.heads, &need, survivors)
        } else {
            signature::scan(&self.signature, &rack.signatures, need[0], survivors)
        };
        let survivors = survivors.get(..count).unwrap_or_default();
        if !survivors.is_empty() {
            self.compare(shape, rack, need, survivors);
        }
    }

    /// How many letters a name of this shape must share, by the number of agreeing characters at the beginning.
    fn need(&self, shape: Shape) -> Option<[u8; 5]> {
        let (query, name, hurdle) = (self.query.len(), self.length(shape), self.top.hurdle());
        match self.scorer {
            Scorer::JaroWinkler => need::jaro_winkler(query, name, hurdle),
            Scorer::Indel | Scorer::TokenSort => need::indel(query, name, hurdle).map(|need| [need; 5]),
        }
    }

    fn length(&self, shape: Shape) -> usize {
        usize::from(if self.scorer == Scorer::TokenSort { shape.sorted } else { shape.length })
    }

    fn compare(&mut self, shape: Shape, rack: &Rack, need: [u8; 5], survivors: &[Survivor]) {
        let column = if self.scorer == Scorer::TokenSort { &rack.sorted } else { &rack.given };
        match column {
            Column::Narrow(names) => self.compare_names(shape, &rack.ids, names, need, survivors),
            Column::Wide(names) => self.compare_names(shape, &rack.ids, names, need, survivors),
        }
    }

    fn compare_names<T: Letter>(
        &mut self,
        shape: Shape,
        ids: &[u32],
        names: &[T],
        need: [u8; 5],
        survivors: &[Survivor],
    ) {
        let length = self.length(shape);
        match self.scorer {
            Scorer::JaroWinkler if jaro::fits(self.query.len(), length) => {
                self.jaro(shape, ids, names, need, survivors);
            }
            Scorer::Indel | Scorer::TokenSort if self.query.len() <= WORD => {
                self.indel(shape, ids, names, need, survivors);
            }
            _ => {
                for survivor in survivors {
                    let row = usize::from(survivor.row);
                    let score = self.long(column::row(names, row, length));
                    self.offer(ids, row, score);
                }
            }
        }
    }

    fn indel<T: Letter>(
        &mut self,
        shape: Shape,
        ids: &[u32],
        names: &[T],
        mut need: [u8; 5],
        survivors: &[Survivor],
    ) {
        let length = self.length(shape);
        let sum = self.query.len() + length;
        let mut rows = [0; LANES];
        let mut filled = 0;
        let mut left = survivors.iter();
        loop {
            let next = left.next();
            if let Some(survivor) = next {
                if survivor.common < need[0] {
                    continue;
                }
                rows[filled % LANES] = usize::from(survivor.row);
                filled += 1;
            }
            if filled == LANES || (next.is_none() && filled > 0) {
                let common = lcs::lengths(&self.pattern, rows.map(|row| column::row(names, row, length)));
                let before = self.top.hurdle();
                for (row, common) in rows.iter().zip(common).take(filled) {
                    self.offer(ids, *row, indel_score(sum, common));
                }
                filled = 0;
                if self.top.hurdle() > before {
                    let Some(raised) = self.need(shape) else { return };
                    need = raised;
                }
            }
            if next.is_none() {
                return;
            }
        }
    }

    fn jaro<T: Letter>(
        &mut self,
        shape: Shape,
        ids: &[u32],
        names: &[T],
        mut need: [u8; 5],
        survivors: &[Survivor],
    ) {
        let length = self.length(shape);
        for survivor in survivors {
            let enough = need[usize::from(survivor.prefix.min(4))];
            if survivor.common < enough {
                continue;
            }
            let row = usize::from(survivor.row);
            let name = column::row(names, row, length);
            let Some(score) = jaro::score(&self.pattern, &self.query, name, enough) else { continue };
            let before = self.top.hurdle();
            self.offer(ids, row, score);
            if self.top.hurdle() > before {
                let Some(raised) = self.need(shape) else { return };
                need = raised;
            }
        }
    }

    fn long<T: Letter>(&mut self, name: &[T]) -> f64 {
        let letters = name.iter().map(|letter| letter.char());
        let query = || self.query.iter().copied();
        if self.scorer == Scorer::JaroWinkler {
            let comparator =
                self.long_jaro.get_or_insert_with(|| jaro_winkler::BatchComparator::new(query()));
            comparator.normalized_similarity(letters)
        } else {
            let comparator = self.long_indel.get_or_insert_with(|| indel::BatchComparator::new(query()));
            comparator.normalized_similarity(letters)
        }
    }

    fn offer(&mut self, ids: &[u32], row: usize, score: f64) {
        if let Some(id) = ids.get(row) {
            self.top.offer(*id, score);
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
