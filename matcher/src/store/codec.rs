//! How rows are written and read.

/// Writes a row from front to back.
#[derive(Debug)]
pub(crate) struct Writer(pub(super) Vec<u8>);

impl Default for Writer {
    /// With room for what most rows are.
    fn default() -> Self {
        Self(Vec::with_capacity(120))
    }
}

/// How many bytes [`Writer::raw`] makes of so many.
pub(crate) fn written(len: usize) -> usize {
    let bits = usize::BITS - len.max(1).leading_zeros();
    bits.div_ceil(7) as usize + len
}

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) -> &mut Self {
        self.0.push(byte);
        self
    }

    pub(crate) fn word(&mut self, word: u32) -> &mut Self {
        self.0.extend_from_slice(&word.to_le_bytes());
        self
    }

    pub(crate) fn long(&mut self, long: i64) -> &mut Self {
        self.0.extend_from_slice(&long.to_le_bytes());
        self
    }

    /// A number that is mostly small: seven bits a byte.
    pub(crate) fn count(&mut self, mut count: usize) -> &mut Self {
        while count >= 128 {
            self.0.push((count & 127) as u8 | 128);
            count >>= 7;
        }
        self.byte((count & 127) as u8)
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.raw(text.as_bytes())
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
        self
    }

    /// Bytes that were written by another one.
    pub(crate) fn copy(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

/// Reads a row from front to back. Behind the end there are zeros and empty texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(row: &'a [u8]) -> Self {
        Self(row)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub(crate) fn word(&mut self) -> u32 {
        let Some((first, rest)) = self.0.split_first_chunk() else { return 0 };
        self.0 = rest;
        u32::from_le_bytes(*first)
    }

    pub(crate) fn long(&mut self) -> i64 {
        let Some((first, rest)) = self.0.split_first_chunk() else { return 0 };
        self.0 = rest;
        i64::from_le_bytes(*first)
    }

    #[inline]
    pub(crate) fn count(&mut self) -> usize {
        match self.0.split_first() {
            Some((first, rest)) if *first < 128 => {
                self.0 = rest;
                usize::from(*first)
            }
            _ => self.long_count(),
        }
    }

    fn long_count(&mut self) -> usize {
        let (mut count, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            count |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 || shift > 28 {
                return count;
            }
        }
    }

    pub(crate) fn raw(&mut self) -> &'a [u8] {
        let len = self.count();
        self.skip(len)
    }

    pub(crate) fn text(&mut self) -> &'a str {
        // Only `Writer::text` writes what is read here.
        std::str::from_utf8(self.raw()).unwrap_or_default()
    }

    /// What is not read yet.
    pub(crate) fn left(self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn skip(&mut self, len: usize) -> &'a [u8] {
        let Some((first, rest)) = self.0.split_at_checked(len) else { return &[] };
        self.0 = rest;
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let mut writer = Writer::default();
        writer
            .byte(7)
            .word(u32::MAX)
            .long(-1)
            .count(0)
            .count(127)
            .count(128)
            .count(70_000)
            .text("ü")
            .text("");
        for len in [0, 1, 127, 128, 16_383, 16_384] {
            let mut one = Writer::default();
            assert_eq!(one.raw(&vec![7; len]).as_slice().len(), written(len));
        }
        let mut reader = Reader::new(writer.as_slice());
        assert_eq!((reader.byte(), reader.word(), reader.long()), (7, u32::MAX, -1));
        assert_eq!([reader.count(), reader.count(), reader.count(), reader.count()], [0, 127, 128, 70_000]);
        assert_eq!((reader.text(), reader.text()), ("ü", ""));
        assert_eq!((reader.byte(), reader.word(), reader.long(), reader.text()), (0, 0, 0, ""));
    }
}
