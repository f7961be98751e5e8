//! One-time passwords: six random digits, three minutes, five wrong tries.

use std::collections::BTreeMap;

use mpp_core::{Entropy, Span, Timestamp, draw};

/// Wrong tries after which a password is void and the number locked.
pub(crate) const WRONG_TRIES: u32 = 5;

/// Why a one-time password was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OtpError {
    #[error("The code is wrong. {tries_left} tries left.")]
    Wrong { tries_left: u32 },
    #[error("The code has expired. Ask for a new one.")]
    Expired,
    #[error("Too many wrong codes. Try again after {until}.")]
    Locked { until: Timestamp },
    #[error("No code was asked for.")]
    NotAsked,
}

#[derive(Debug)]
struct Challenge {
    code: String,
    ends: Timestamp,
    wrong: u32,
}

/// The one-time passwords one party has given out, by what they are for (for example `login <id>`).
#[derive(Debug)]
pub(crate) struct OtpDesk {
    lifetime: Span,
    lock: Span,
    challenges: BTreeMap<String, Challenge>,
    locks: BTreeMap<String, Timestamp>,
}

impl OtpDesk {
    /// A desk whose passwords hold for `lifetime` and which locks a number for `lock`.
    pub(crate) const fn new(lifetime: Span, lock: Span) -> Self {
        Self { lifetime, lock, challenges: BTreeMap::new(), locks: BTreeMap::new() }
    }

    /// Makes a password for `matter` of the customer `who`, in place of an earlier one.
    ///
    /// # Errors
    /// [`OtpError::Locked`] while `who` is locked.
    pub(crate) fn ask(
        &mut self,
        who: &str,
        matter: &str,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<String, OtpError> {
        self.check_lock(who, now)?;
        let code = six_digits(entropy);
        let challenge = Challenge { code: code.clone(), ends: now.plus(self.lifetime), wrong: 0 };
        self.challenges.insert(key(who, matter), challenge);
        Ok(code)
    }

    /// Takes the password for `matter`; a right one is used up.
    ///
    /// # Errors
    /// When the password is wrong, old or was never asked for, or `who` is locked.
    pub(crate) fn take(
        &mut self,
        who: &str,
        matter: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<(), OtpError> {
        self.check_lock(who, now)?;
        let key = key(who, matter);
        let challenge = self.challenges.get_mut(&key).ok_or(OtpError::NotAsked)?;
        if challenge.ends <= now {
            self.challenges.remove(&key);
            return Err(OtpError::Expired);
        }
        if challenge.code == code.trim() {
            self.challenges.remove(&key);
            return Ok(());
        }
        challenge.wrong = challenge.wrong.saturating_add(1);
        if challenge.wrong < WRONG_TRIES {
            return Err(OtpError::Wrong { tries_left: WRONG_TRIES.saturating_sub(challenge.wrong) });
        }
        self.challenges.remove(&key);
        let until = now.plus(self.lock);
        self.locks.insert(who.to_owned(), until);
        Err(OtpError::Locked { until })
    }

    /// Ends a lock early.
    pub(crate) fn unlock(&mut self, who: &str) {
        self.locks.remove(who);
    }

    fn check_lock(&mut self, who: &str, now: Timestamp) -> Result<(), OtpError> {
        match self.locks.get(who) {
            Some(until) if *until > now => Err(OtpError::Locked { until: *until }),
            Some(_) => {
                self.locks.remove(who);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn key(who: &str, matter: &str) -> String {
    format!("{who} {matter}")
}

fn six_digits(entropy: &dyn Entropy) -> String {
    // 2^64 is so much larger than 10^6 that the remainder is even to within 10^-13.
    let number = u64::from_le_bytes(draw::<8>(entropy)) % 1_000_000;
    format!("{number:06}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Sevens;

    impl Entropy for Sevens {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    fn desk() -> (OtpDesk, Timestamp) {
        let now = "2026-01-15T09:30:00.000Z".parse().unwrap();
        (OtpDesk::new(Span::from_minutes(3), Span::from_minutes(10)), now)
    }

    #[test]
    fn a_right_code_works_once() {
        let (mut desk, now) = desk();
        let code = desk.ask("9000000001", "login", now, &Sevens).unwrap();
        assert_eq!(code.len(), 6);
        assert_eq!(desk.take("9000000001", "login", &code, now), Ok(()));
        assert_eq!(desk.take("9000000001", "login", &code, now), Err(OtpError::NotAsked));
    }

    #[test]
    fn five_wrong_codes_lock_and_the_lock_ends() {
        let (mut desk, now) = desk();
        let code = desk.ask("9000000001", "login", now, &Sevens).unwrap();
        for tries_left in [4, 3, 2, 1] {
            assert_eq!(desk.take("9000000001", "login", "x", now), Err(OtpError::Wrong { tries_left }));
        }
        let until = now.plus(Span::from_minutes(10));
        assert_eq!(desk.take("9000000001", "login", "x", now), Err(OtpError::Locked { until }));
        assert_eq!(desk.take("9000000001", "login", &code, now), Err(OtpError::Locked { until }));
        assert_eq!(desk.ask("9000000001", "approve", now, &Sevens), Err(OtpError::Locked { until }));
        assert!(desk.ask("9000000002", "login", now, &Sevens).is_ok());
        assert!(desk.ask("9000000001", "login", until, &Sevens).is_ok());
    }

    #[test]
    fn an_old_code_is_refused() {
        let (mut desk, now) = desk();
        let code = desk.ask("9000000001", "login", now, &Sevens).unwrap();
        let later = now.plus(Span::from_minutes(3));
        assert_eq!(desk.take("9000000001", "login", &code, later), Err(OtpError::Expired));
    }
}
