//! The second factor: codes by time (TOTP, RFC 6238), six digits every thirty seconds, one step of tolerance.

use mpp_core::{Entropy, StaffId, Timestamp, draw};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::StaffError;

/// A secret that an authenticator app keeps, as Base32 text.
pub(crate) type TotpSecret = Zeroizing<String>;

/// Draws a secret of 160 bits.
pub(crate) fn draw_secret(entropy: &dyn Entropy) -> TotpSecret {
    Zeroizing::new(Secret::new_stack(draw(entropy)).to_base32())
}

/// The step the code belongs to, when it is right at `now`. A step is to be accepted once only.
pub(crate) fn matching_step(secret: &str, code: &str, now: Timestamp) -> Result<Option<u64>, StaffError> {
    let code: Zeroizing<String> =
        Zeroizing::new(code.chars().filter(|character| !character.is_whitespace()).collect());
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let seconds = u64::try_from(now.as_unix_seconds()).unwrap_or(0);
    Ok(totp(secret, "account", None)?.check(&code, seconds))
}

/// What an authenticator app reads from a QR code (the `otpauth` form).
pub(crate) fn setup_uri(
    secret: &str,
    account: &StaffId,
    issuer: &str,
) -> Result<Zeroizing<String>, StaffError> {
    let account = account.as_str().replace(':', "-");
    let totp = totp(secret, &account, Some(issuer.replace(':', " ")))?;
    let uri = totp.to_url().map_err(|_| StaffError::Crypto("a second factor has no address"))?;
    Ok(Zeroizing::new(uri))
}

fn totp(secret: &str, account: &str, issuer: Option<String>) -> Result<Totp, StaffError> {
    let failed = |_| StaffError::Crypto("a second factor cannot be used");
    let secret = Secret::try_from_base32(secret).map_err(|_| StaffError::Crypto("a secret is not Base32"))?;
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_skew(1);
    let builder = builder.with_step_duration(30).with_secret(secret).with_account_name(account);
    builder.with_issuer(issuer).build().map_err(failed)
}

/// The code at `now`: for tests, which have no authenticator app.
#[cfg(test)]
pub(crate) fn code_at(secret: &str, now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_unix_seconds()).unwrap();
    totp(secret, "account", None).unwrap().generate(seconds).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpp_core::Span;
    use mpp_testkit::SeededEntropy;

    /// RFC 6238 appendix B: the secret "12345678901234567890" at 59 s gives 94287082; ours are the last six digits.
    #[test]
    fn the_published_vector_holds() {
        let secret = Secret::new_stack(*b"12345678901234567890").to_base32();
        let at = Timestamp::from_unix_millis(59_000).unwrap();
        assert_eq!(matching_step(&secret, "287082", at).unwrap(), Some(1));
        assert_eq!(matching_step(&secret, "287 082", at).unwrap(), Some(1));
        assert_eq!(matching_step(&secret, "287083", at).unwrap(), None);
    }

    #[test]
    fn a_code_is_good_for_a_step_before_and_after() {
        let secret = draw_secret(&SeededEntropy::new(1));
        let at = Timestamp::from_unix_millis(1_768_469_100_000).unwrap();
        let code = code_at(&secret, at);
        for (off, good) in [(0, true), (30, true), (-30, true), (61, false), (-61, false)] {
            let now =
                if off < 0 { at.minus(Span::from_seconds(-off)) } else { at.plus(Span::from_seconds(off)) };
            assert_eq!(matching_step(&secret, &code, now).unwrap().is_some(), good, "{off}");
        }
        for bad in ["", "12345", "abcdef", "1234567", "१२३४५६"] {
            assert_eq!(matching_step(&secret, bad, at).unwrap(), None, "{bad}");
        }
    }

    #[test]
    fn the_setup_address_names_account_and_issuer() {
        let secret = draw_secret(&SeededEntropy::new(1));
        let uri = setup_uri(&secret, &"asha".parse().unwrap(), "MPP central").unwrap();
        assert!(uri.starts_with("otpauth://totp/"), "{}", uri.as_str());
        assert!(uri.contains("asha") && uri.contains(secret.as_str()));
    }
}
