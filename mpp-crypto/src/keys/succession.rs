//! How trust in a signing key goes on to the next one: the key before says which it is.

use mpp_core::{PublicJwk, Timestamp};
use serde::{Deserialize, Serialize};

use super::{SigningKey, VerifyingKey};
use crate::jws::{self, CompactJws, JwsError};

/// The `typ` of the statement with which a signing key names the one that follows it.
pub const KEY_SUCCESSION_TYP: &str = "mpp-key-succession+jwt";

/// More statements than this are not looked at: one for each change of the key.
const MOST_STATEMENTS: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Succession {
    next: PublicJwk,
    at: Timestamp,
}

/// Says with the present signing key which key signs after it, from `at` on.
///
/// # Errors
/// [`JwsError::Unwritable`], which a statement never is.
pub fn sign_succession(
    present: &SigningKey,
    next: &VerifyingKey,
    at: Timestamp,
) -> Result<CompactJws, JwsError> {
    jws::sign(present, KEY_SUCCESSION_TYP, &Succession { next: next.to_jwk(), at })
}

/// The keys that are trusted when `trusted` are: those, and whichever they name as their successors, directly or through others,
/// in the statements, whose order does not matter. What no trusted key signed counts for nothing.
///
/// Nothing said by an earlier key is ever taken back so: a key that leaked has to be left out of `trusted`.
#[must_use]
pub fn follow_successions(trusted: Vec<VerifyingKey>, statements: &[CompactJws]) -> Vec<VerifyingKey> {
    let mut trusted = trusted;
    let mut open: Vec<&CompactJws> = statements.iter().take(MOST_STATEMENTS).collect();
    loop {
        let before = trusted.len();
        open.retain(|statement| match trusted.iter().find(|key| key.kid() == statement.kid()) {
            Some(signer) => {
                let next = named(signer, statement);
                trusted.extend(next.filter(|next| !trusted.iter().any(|known| known.kid() == next.kid())));
                false
            }
            None => true,
        });
        if trusted.len() == before {
            return trusted;
        }
    }
}

fn named(signer: &VerifyingKey, statement: &CompactJws) -> Option<VerifyingKey> {
    let said: Succession = jws::verify(signer, KEY_SUCCESSION_TYP, statement).ok()?;
    VerifyingKey::from_jwk(&said.next).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpp_core::Clock;
    use mpp_testkit::{HandClock, SeededEntropy};

    fn at() -> Timestamp {
        HandClock::new().now()
    }

    fn key(seed: u64) -> SigningKey {
        SigningKey::generate_p256(&SeededEntropy::new(seed))
    }

    fn statement(present: &SigningKey, next: &SigningKey) -> CompactJws {
        sign_succession(present, next.public(), at()).unwrap()
    }

    fn followed(trusted: &[&SigningKey], statements: &[CompactJws]) -> Vec<String> {
        let trusted = trusted.iter().map(|key| key.public().clone()).collect();
        let keys = follow_successions(trusted, statements);
        keys.iter().map(|key| key.kid().to_string()).collect()
    }

    fn names(keys: &[&SigningKey]) -> Vec<String> {
        keys.iter().map(|key| key.kid().to_string()).collect()
    }

    #[test]
    fn a_chain_is_followed_in_whatever_order_it_is_told() {
        let (one, two, three) = (key(1), key(2), key(3));
        let chain = [statement(&one, &two), statement(&two, &three)];
        let backwards = [chain[1].clone(), chain[0].clone()];
        assert_eq!(followed(&[&one], &chain), names(&[&one, &two, &three]));
        assert_eq!(followed(&[&one], &backwards), names(&[&one, &two, &three]));
        assert_eq!(followed(&[&two], &chain), names(&[&two, &three]), "not backwards");
        assert_eq!(followed(&[&one, &three], &chain), names(&[&one, &three, &two]), "each key once");
    }

    #[test]
    fn a_ring_of_statements_ends() {
        let (one, two) = (key(1), key(2));
        let ring = [statement(&one, &two), statement(&two, &one), statement(&two, &two)];
        assert_eq!(followed(&[&one], &ring), names(&[&one, &two]));
    }

    #[test]
    fn what_no_trusted_key_said_counts_for_nothing() {
        let (one, two, stranger) = (key(1), key(2), key(9));
        let by_a_stranger = statement(&stranger, &two);
        // the right signer's name over a stranger's signature
        let (said, _) = statement(&one, &two)
            .as_str()
            .rsplit_once('.')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let (_, signature) = by_a_stranger.as_str().rsplit_once('.').unwrap();
        let forged: CompactJws = format!("{said}.{signature}").parse().unwrap();
        let of_another_kind =
            jws::sign(&one, "mpp-erasure-receipt+jwt", &Succession { next: two.public().to_jwk(), at: at() })
                .unwrap();
        let of_another_form =
            jws::sign(&one, KEY_SUCCESSION_TYP, &serde_json::json!({ "next": "two" })).unwrap();
        let none = [by_a_stranger, forged, of_another_kind, of_another_form];
        assert_eq!(followed(&[&one], &none), names(&[&one]));
        assert!(followed(&[], &[statement(&one, &two)]).is_empty());
    }

    #[test]
    fn more_statements_than_anybody_makes_are_not_looked_at() {
        let (one, two) = (key(1), key(2));
        let mut flood = vec![statement(&key(9), &two); MOST_STATEMENTS];
        flood.push(statement(&one, &two));
        assert_eq!(followed(&[&one], &flood), names(&[&one]));
    }
}
