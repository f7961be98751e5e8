//! The expiry of a peer's key: RFC 3339 and nothing looser (rahasya.md §6).

use mpp_core::Timestamp;

use super::RebitError;

/// Reads `yyyy-MM-ddTHH:mm:ss[.fraction](Z|±HH:mm)`.
pub(super) fn parse(text: &str) -> Result<Timestamp, RebitError> {
    if !is_rfc3339_shaped(text.as_bytes()) {
        return Err(RebitError::InvalidExpiry);
    }
    text.parse().map_err(|_| RebitError::InvalidExpiry)
}

/// The key is good while its expiry lies ahead.
pub(super) fn check(expiry: Timestamp, now: Timestamp) -> Result<(), RebitError> {
    if expiry > now { Ok(()) } else { Err(RebitError::KeyExpired) }
}

fn is_rfc3339_shaped(text: &[u8]) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else { return false };
    let pattern = b"dddd-dd-ddTdd:dd:dd";
    let date_time_holds = date_time.iter().zip(pattern).all(|(byte, expected)| match expected {
        b'd' => byte.is_ascii_digit(),
        other => byte == other,
    });
    let offset = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            fraction.get(digits..).filter(|_| (1..=9).contains(&digits))
        }
        _ => Some(rest),
    };
    let offset_holds = match offset {
        Some([b'Z']) => true,
        Some([b'+' | b'-', h1, h2, b':', m1, m2]) => {
            [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    };
    date_time_holds && offset_holds
}
