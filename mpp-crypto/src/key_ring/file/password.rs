//! From a password to the key of a file: Argon2id (RFC 9106).

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::{Zeroize, Zeroizing};

use crate::key_ring::KeyRingError;

/// Bytes of the salt.
pub(super) const SALT_LEN: usize = 16;
const MEMORY_KIB: std::ops::RangeInclusive<u32> = 1_024..=262_144;
const PASSES: std::ops::RangeInclusive<u16> = 1..=16;
const LANES: std::ops::RangeInclusive<u16> = 1..=8;

/// The password of a key-ring file, never empty. Wiped on drop, never cloned.
pub struct Password(Zeroizing<String>);

impl Password {
    /// The password with this text; `None` when it is empty.
    #[must_use]
    pub fn new(text: Zeroizing<String>) -> Option<Self> {
        (!text.is_empty()).then_some(Self(text))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// What one guess of a password costs. The bounds keep a hostile file from taking more than 256 MiB and some seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    memory_kib: u32,
    passes: u16,
    lanes: u16,
}

impl PasswordCost {
    /// What new files get: the second recommendation of RFC 9106 §4, 64 MiB and three passes.
    pub const STANDARD: Self = Self { memory_kib: 65_536, passes: 3, lanes: 4 };

    /// The cost with these parameters; `None` outside 1 MiB to 256 MiB, 1 to 16 passes and 1 to 8 lanes.
    #[must_use]
    pub fn new(memory_kib: u32, passes: u16, lanes: u16) -> Option<Self> {
        let within = MEMORY_KIB.contains(&memory_kib) && PASSES.contains(&passes) && LANES.contains(&lanes);
        within.then_some(Self { memory_kib, passes, lanes })
    }

    pub(super) const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    pub(super) const fn passes(self) -> u16 {
        self.passes
    }

    pub(super) const fn lanes(self) -> u16 {
        self.lanes
    }
}

/// The key that a file is sealed with.
pub(super) struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// `Argon2id(password, salt, memory, passes, lanes, 32)`, version 1.3.
    pub(super) fn derive(
        password: &Password,
        salt: &[u8; SALT_LEN],
        cost: PasswordCost,
    ) -> Result<Self, KeyRingError> {
        let params = Params::new(cost.memory_kib, u32::from(cost.passes), u32::from(cost.lanes), Some(32));
        let params = params.map_err(|_| no_memory())?;
        let blocks = params.block_count();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut memory = Vec::new();
        memory.try_reserve_exact(blocks).map_err(|_| no_memory())?;
        memory.resize(blocks, Block::default());
        let mut key = Zeroizing::new([0; 32]);
        let derived =
            argon2.hash_password_into_with_memory(password.0.as_bytes(), salt, key.as_mut(), &mut memory);
        // The key can be computed from the last blocks.
        memory.iter_mut().for_each(Zeroize::zeroize);
        derived.map_err(|_| no_memory())?;
        Ok(Self(key))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The same key for the next state of the same file.
    pub(super) fn again(&self) -> Self {
        Self(self.0.clone())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// The parameters are within bounds, so that nothing but memory can be missing.
fn no_memory() -> KeyRingError {
    KeyRingError::Unavailable { reason: "not enough memory to check the password".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The password, salt and cost of the released vector; the key is what the C reference implementation makes of them.
    #[test]
    fn the_key_is_that_of_the_reference_implementation() {
        let password = Password::new(Zeroizing::new("anna blume, 1919".to_owned())).unwrap();
        let mut salt = [0; SALT_LEN];
        hex::decode_to_slice("383ee9b8ae3473488c5ee74b65625638", &mut salt).unwrap();
        let key = MasterKey::derive(&password, &salt, PasswordCost::STANDARD).unwrap();
        assert_eq!(
            hex::encode(key.as_bytes()),
            "c6e500ae9ce322de032d9312959c83d7541bd7a6fdc9d9a35c3a02dd37f60f47"
        );
        assert_eq!(format!("{key:?}"), "MasterKey(..)");
    }
}
