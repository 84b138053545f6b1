//! Texts of one length, one after the other.

/// The characters of many texts that are equally long.
#[derive(Clone, Debug)]
pub(super) enum Column {
    /// All up to U+00FF.
    Narrow(Vec<u8>),
    /// Any.
    Wide(Vec<char>),
}

impl Column {
    pub(super) fn new(wide: bool) -> Self {
        if wide { Self::Wide(Vec::new()) } else { Self::Narrow(Vec::new()) }
    }

    /// Adds a text. In a narrow column all its characters must be up to U+00FF.
    pub(super) fn push(&mut self, letters: &[char]) {
        match self {
            Self::Narrow(column) => column.extend(letters.iter().map(|letter| u32::from(*letter) as u8)),
            Self::Wide(column) => column.extend_from_slice(letters),
        }
    }

    /// The text in `row`, if all are `length` characters long.
    pub(super) fn get(&self, row: usize, length: usize) -> Vec<char> {
        match self {
            Self::Narrow(column) => self::row(column, row, length).iter().copied().map(char::from).collect(),
            Self::Wide(column) => self::row(column, row, length).to_vec(),
        }
    }

    /// Puts another text in the place of the one in `row`, which is as long.
    pub(super) fn set(&mut self, row: usize, letters: &[char]) {
        let places = row * letters.len()..(row + 1) * letters.len();
        match self {
            Self::Narrow(column) => {
                let places = column.get_mut(places).unwrap_or_default();
                places.iter_mut().zip(letters).for_each(|(place, letter)| *place = u32::from(*letter) as u8);
            }
            Self::Wide(column) => {
                let places = column.get_mut(places).unwrap_or_default();
                places.iter_mut().zip(letters).for_each(|(place, letter)| *place = *letter);
            }
        }
    }

    /// Takes off the last text, of `length` characters.
    pub(super) fn pop(&mut self, length: usize) -> Vec<char> {
        match self {
            Self::Narrow(column) => {
                column.split_off(column.len().saturating_sub(length)).into_iter().map(char::from).collect()
            }
            Self::Wide(column) => column.split_off(column.len().saturating_sub(length)),
        }
    }

    pub(super) fn shrink(&mut self) {
        match self {
            Self::Narrow(column) => column.shrink_to_fit(),
            Self::Wide(column) => column.shrink_to_fit(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Narrow(column) => column.capacity(),
            Self::Wide(column) => column.capacity() * size_of::<char>(),
        }
    }
}

/// The text in `row`; an empty one if there is no such row.
#[inline]
pub(super) fn row<T>(column: &[T], row: usize, length: usize) -> &[T] {
    column.get(row * length..(row + 1) * length).unwrap_or_default()
}
