//! A hash that is the same everywhere and always.

/// FNV-1a with a last mix, so that the low bits depend on all bytes.
pub(crate) fn hash(bytes: impl IntoIterator<Item = u8>) -> u32 {
    let mut state = 0x811c_9dc5_u32;
    for byte in bytes {
        state = (state ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    state ^= state >> 15;
    state = state.wrapping_mul(0x2c1b_3c6d);
    state ^ (state >> 12)
}
