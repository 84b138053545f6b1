//! Randomness that is the same on every run.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use acquaint_core::env::Entropy;
use sha2::{Digest, Sha256};

/// Bytes that look random and follow from a seed alone. Clones draw from one sequence. Never for production:
/// who knows the seed knows every secret.
#[derive(Clone)]
pub struct SeededEntropy(Arc<Mutex<Sequence>>);

struct Sequence {
    seed: u64,
    block: u64,
    rest: Vec<u8>,
}

impl SeededEntropy {
    /// The sequence of a seed, from its beginning.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Sequence { seed, block: 0, rest: Vec::new() })))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut sequence = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in bytes {
            *byte = sequence.next();
        }
    }
}

impl Sequence {
    /// The hash of seed and block number, block by block.
    fn next(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.rest.pop() {
                return byte;
            }
            let hash =
                Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(self.block.to_le_bytes());
            self.rest = hash.finalize().to_vec();
            self.block += 1;
        }
    }
}

impl fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeededEntropy").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(entropy: &SeededEntropy, sizes: &[usize]) -> Vec<u8> {
        let mut drawn = Vec::new();
        for size in sizes {
            let mut bytes = vec![0; *size];
            entropy.fill(&mut bytes);
            drawn.extend(bytes);
        }
        drawn
    }

    #[test]
    fn a_seed_gives_one_sequence_however_it_is_drawn() {
        let whole = draw(&SeededEntropy::new(7), &[100]);
        assert_eq!(whole, draw(&SeededEntropy::new(7), &[1, 30, 2, 67]));
        assert_ne!(whole, draw(&SeededEntropy::new(8), &[100]));
        let twice = SeededEntropy::new(7);
        assert_ne!(draw(&twice, &[32]), draw(&twice.clone(), &[32]));
    }
}
