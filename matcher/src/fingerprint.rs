//! The name of the code and data that decide.

use std::sync::OnceLock;

use crate::{lists, suffix};

/// Goes up with every change of the code that can change an answer.
const ALGORITHM: u32 = 2;

/// The libraries whose data decide. A test compares them with what is linked.
const PSL: &str = "2.1.247";
const IDNA: &str = "1.1.0";

/// Names the code and the data of this crate that decide on answers: two builds with one fingerprint give the same
/// answers to the same questions.
///
/// It does not know of entries that were added to or taken from [`Lists`](crate::Lists), or of strategies from
/// elsewhere: see [`Matcher::fingerprint`](crate::Matcher::fingerprint) for those.
pub fn fingerprint() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let texts = [
            lists::FREE_MAIL,
            lists::DISPOSABLE,
            lists::ROLE_PARTS,
            lists::ROBOT_PARTS,
            lists::ROBOT_HOSTS,
            lists::ROBOT_ADDRESSES,
            lists::RESOURCE_HOSTS,
            lists::SHARED_EDUCATION,
            lists::STUDENT_LABELS,
            suffix::brand_list(),
            suffix::own_list(),
        ];
        // The zero byte keeps an entry that moves from one list to the next visible.
        let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
        format!("acquaint-matcher:{ALGORITHM} lists:{:016x} psl:{PSL} idna:{IDNA}", fnv1a(bytes))
    })
}

/// The 64-bit FNV-1a hash: the same on every machine and in every release, unlike those of the standard library.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_fingerprint_names_the_libraries_that_are_linked() {
        let Ok(lock) = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")) else {
            return; // A published crate has no workspace around it; its exact dependency on psl holds all the same.
        };
        for (name, version) in [("psl", PSL), ("idna", IDNA)] {
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"");
            assert!(
                lock.contains(&entry),
                "{name} is no longer {version}: put the new version into the fingerprint"
            );
        }
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a("foobar".bytes()), 0x8594_4171_f739_67e8);
    }
}
