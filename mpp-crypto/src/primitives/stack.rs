//! Wiping what primitives leave on the stack.

/// Deeper than any primitive here reaches.
const WIPED_BYTES: usize = 16 * 1024;

/// Overwrites, when dropped, the part of the stack below the function that holds it: hashing and ciphers keep pieces of keys
/// and plaintext in variables that nobody wipes. Declared before the secrets, it is dropped after them.
pub(crate) struct WipedStack;

impl Drop for WipedStack {
    #[inline(never)]
    fn drop(&mut self) {
        let mut below = [0_u8; WIPED_BYTES];
        std::hint::black_box(&mut below);
    }
}
