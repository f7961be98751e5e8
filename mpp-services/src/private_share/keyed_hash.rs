//! Keyed hashes of login codes and session keys: what is stored lets nobody log in.

use hmac::{Hmac, KeyInit, Mac};
use mpp_core::LoginId;
use sha2::Sha256;

use super::settings::LoginSecret;

/// `HMAC-SHA256(secret, "mpp login code v1" || 0x00 || login id || code)`, in hex. The login's id makes equal
/// codes of two logins unlike.
pub(super) fn of_code(secret: &LoginSecret, login: LoginId, code: &str) -> String {
    let mac = mac(secret, &[b"mpp login code v1\0", login.as_bytes(), code.as_bytes()]);
    hex::encode(mac.finalize().into_bytes())
}

/// Whether `code` is the one whose hash was stored; takes the same time for every code.
pub(super) fn is_code(secret: &LoginSecret, login: LoginId, code: &str, stored: &str) -> bool {
    let mac = mac(secret, &[b"mpp login code v1\0", login.as_bytes(), code.as_bytes()]);
    hex::decode(stored).is_ok_and(|stored| mac.verify_slice(&stored).is_ok())
}

/// `HMAC-SHA256(secret, "mpp session key v1" || 0x00 || key)`, in hex: the name a session is stored under.
pub(super) fn of_session_key(secret: &LoginSecret, key: &str) -> String {
    hex::encode(mac(secret, &[b"mpp session key v1\0", key.as_bytes()]).finalize().into_bytes())
}

#[expect(clippy::expect_used, reason = "proven by the algorithm")]
fn mac(secret: &LoginSecret, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
    parts.iter().for_each(|part| mac.update(part));
    mac
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn codes_are_recognised_only_under_their_login_and_secret() {
        let secret = LoginSecret::from_bytes(Zeroizing::new([7; 32]));
        let other = LoginSecret::from_bytes(Zeroizing::new([8; 32]));
        let (login, another) = (LoginId::from_random([1; 16]), LoginId::from_random([2; 16]));
        let stored = of_code(&secret, login, "042137");
        assert!(is_code(&secret, login, "042137", &stored));
        assert!(!is_code(&secret, login, "042138", &stored));
        assert!(!is_code(&secret, another, "042137", &stored));
        assert!(!is_code(&other, login, "042137", &stored));
        assert!(!is_code(&secret, login, "042137", "not hex"));
        assert!(!stored.contains("042137"));
    }
}
