//! How often a name has each of 32 groups of letters, and the letters that two names can share at most.

/// Counts of letters. They sum up to the length of the name, which is at most 255.
pub(super) type Signature = [u8; 32];

/// The largest number of names that [`scan`] takes at once.
pub(super) const SCAN: usize = 512;

pub(super) fn of(letters: &[char]) -> Signature {
    let mut signature = [0; 32];
    for letter in letters {
        let count: &mut u8 = &mut signature[group(*letter)];
        *count = count.saturating_add(1);
    }
    signature
}

/// 0 to 31. Letters of one alphabet should be apart from one another; beyond that it is only a matter of speed.
fn group(letter: char) -> usize {
    let code = u32::from(letter);
    let group = match letter {
        'a'..='z' | ' ' => code,
        '\0'..='\x7f' => 27 + code % 5,
        _ => code,
    };
    (group % 32) as usize
}

/// How many letters two names share at most, whatever the order.
///
/// The sum is taken in bytes, which is right because it is at most 255: this way it becomes three instructions.
#[inline(always)]
fn common(one: &Signature, other: &Signature) -> u8 {
    let mut sum = 0_u8;
    for group in 0..32 {
        sum = sum.wrapping_add(one[group].min(other[group]));
    }
    sum
}

/// A name that can share enough letters with the query: its row, then how many letters it shares at most, then how
/// many of the first four characters, in one number because they are written in the innermost loop.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Survivor(u32);

impl Survivor {
    #[inline(always)]
    pub(super) fn new(row: usize, common: u8, prefix: usize) -> Self {
        Self(row as u32 & 0xffff | u32::from(common) << 16 | (prefix as u32) << 24)
    }

    #[inline]
    pub(super) fn row(self) -> usize {
        (self.0 & 0xffff) as usize
    }

    /// How many letters it shares with the query at most.
    #[inline]
    pub(super) fn common(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// How many of the first four characters it shares with the query at most: 0 to 4.
    #[inline]
    pub(super) fn prefix(self) -> usize {
        (self.0 >> 24).min(4) as usize
    }
}

/// Room for the survivors of one scan.
pub(super) type Survivors = [Survivor; SCAN];

/// Which of the first [`SCAN`] names can share `need` letters with the query: how many, and they at the front of
/// `survivors`, in the order of the names.
pub(super) fn scan(query: &Signature, names: &[Signature], need: u8, survivors: &mut Survivors) -> usize {
    let mut count = 0;
    let names = names.get(..SCAN).unwrap_or(names);
    for (row, name) in names.iter().enumerate() {
        let common = common(query, name);
        // Written always and kept by counting: a branch would be guessed wrong too often.
        survivors[count % SCAN] = Survivor::new(row, common, 0);
        count += usize::from(common >= need);
    }
    count
}

/// The same, where the number of letters depends on how many of the first four characters agree.
pub(super) fn scan_with_heads(
    query: (&Signature, Head),
    names: &[Signature],
    heads: &[Head],
    need: &[u8; 5],
    survivors: &mut Survivors,
) -> usize {
    let mut count = 0;
    let names = names.get(..SCAN).unwrap_or(names);
    for (row, (name, head)) in names.iter().zip(heads).enumerate() {
        let common = common(query.0, name);
        let prefix = head.prefix(query.1);
        survivors[count % SCAN] = Survivor::new(row, common, prefix);
        count += usize::from(common >= need[prefix]);
    }
    count
}

/// The first four characters of a name, each cut to a byte; none where the name is shorter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head(u32);

impl Head {
    pub(super) fn of(letters: &[char]) -> Self {
        let mut bytes = [0; 4];
        for (byte, letter) in bytes.iter_mut().zip(letters) {
            *byte = u32::from(*letter) as u8;
        }
        Self(u32::from_le_bytes(bytes))
    }

    /// 0 to 4; never less than the characters that the two names share at the beginning.
    #[inline(always)]
    fn prefix(self, other: Self) -> usize {
        ((self.0 ^ other.0).trailing_zeros() / 8).min(4) as usize
    }
}
