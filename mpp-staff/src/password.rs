//! Passwords: argon2id with the parameters OWASP asks for at least (19 MiB, two passes, one lane).

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use mpp_core::{Entropy, draw};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::StaffError;

/// Memory in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over it.
const PASSES: u32 = 2;
/// The shortest and longest password, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 12..=256;

/// A hash that no password has: checked when there is no account, so that both cases take as long.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Refuses passwords that guessing finds: too short, or of common words, names and patterns (NIST SP 800-63B §5.1.1.2).
pub(crate) fn check_strength(password: &str, about: &[&str]) -> Result<(), StaffError> {
    let long_enough = LENGTHS.contains(&password.chars().count());
    if long_enough && zxcvbn::zxcvbn(password, about).score() >= zxcvbn::Score::Three {
        return Ok(());
    }
    Err(StaffError::WeakPassword)
}

/// The hash of a password, in PHC form. Takes tens of milliseconds: done beside the runtime.
pub(crate) async fn hash(password: Zeroizing<String>, entropy: &dyn Entropy) -> Result<String, StaffError> {
    let salt: [u8; 16] = draw(entropy);
    beside(move || {
        let hashed: Result<PasswordHash, _> = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
        hashed.map(|hash| hash.to_string()).map_err(|_| StaffError::Crypto("a password was not hashed"))
    })
    .await
}

/// Whether this is the password of the hash; with no hash it is not, after the same time.
pub(crate) async fn verify(
    password: Zeroizing<String>,
    hash: Option<Zeroizing<String>>,
) -> Result<bool, StaffError> {
    if password.chars().count() > *LENGTHS.end() {
        return Ok(false);
    }
    beside(move || {
        let known = hash.is_some();
        let text = hash.as_ref().map_or(NOBODYS, |hash| hash.as_str());
        let parsed = PasswordHash::new(text).map_err(|_| StaffError::Crypto("a stored hash is not one"))?;
        let right = argon2()?.verify_password(password.as_bytes(), &parsed).is_ok();
        Ok(known && right)
    })
    .await
}

fn argon2() -> Result<Argon2<'static>, StaffError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None);
    let params = params.map_err(|_| StaffError::Crypto("argon2id does not take its parameters"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// How many hashes are computed at the same time: each takes 19 MiB, and anybody may ask for one by trying to sign in.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StaffError> + Send + 'static,
) -> Result<T, StaffError> {
    in_turn(&AT_ONCE, work).await
}

/// Does work when its turn has come. The turn goes with the work: whoever asked may be gone before it is done.
async fn in_turn<T: Send + 'static>(
    turns: &'static Semaphore,
    work: impl FnOnce() -> Result<T, StaffError> + Send + 'static,
) -> Result<T, StaffError> {
    let turn = turns.acquire().await.map_err(|_| StaffError::Crypto("hashing has ended"))?;
    let done = tokio::task::spawn_blocking(move || {
        let outcome = work();
        drop(turn);
        outcome
    });
    done.await.map_err(|_| StaffError::Crypto("hashing was cut off"))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpp_testkit::SeededEntropy;

    fn secret(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_is_its_own_and_nobody_elses() {
        let hash = hash(secret("correct horse battery staple"), &SeededEntropy::new(1)).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let hash = || Some(secret(&hash));
        assert!(verify(secret("correct horse battery staple"), hash()).await.unwrap());
        assert!(!verify(secret("correct horse battery stapler"), hash()).await.unwrap());
        assert!(!verify(secret("correct horse battery staple"), None).await.unwrap());
        assert!(!verify(secret(&"x".repeat(100_000)), hash()).await.unwrap());
    }

    #[tokio::test]
    async fn a_turn_ends_with_its_work_and_not_with_who_asked_for_it() {
        static ONE: Semaphore = Semaphore::const_new(1);
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, may_end) = std::sync::mpsc::channel::<()>();
        let asking = tokio::spawn(in_turn(&ONE, move || {
            begun.send(()).unwrap();
            may_end.recv().unwrap();
            Ok(())
        }));
        has_begun.await.unwrap();
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        assert_eq!(ONE.available_permits(), 0, "the work goes on");
        end.send(()).unwrap();
        drop(ONE.acquire().await.unwrap());
    }

    #[test]
    fn guessable_passwords_are_refused() {
        for bad in ["", "short", "password1234", "passwordpassword", "111111111111", &"long ".repeat(100)] {
            assert!(check_strength(bad, &[]).is_err(), "{bad}");
        }
        assert!(check_strength("asha.rao.kaveri", &["asha.rao.kaveri"]).is_err());
        check_strength("correct horse battery staple", &["asha"]).unwrap();
    }
}
