//! Bearer keys (RFC 6750).

use axum::http::HeaderMap;
use http::header;
use zeroize::Zeroizing;

/// A bearer key as it was sent; never shown.
pub struct BearerKey(Zeroizing<String>);

impl BearerKey {
    /// The key, to be hashed and looked up.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for BearerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerKey(..)")
    }
}

/// The bearer key of a request; `None` when there is not exactly one.
#[must_use]
pub fn bearer_key(headers: &HeaderMap) -> Option<BearerKey> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    let holds = scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() && key.len() <= 512;
    holds.then(|| BearerKey(Zeroizing::new(key.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(values: &[&'static str]) -> HeaderMap {
        let pairs = values.iter().map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value)));
        let mut map = HeaderMap::new();
        pairs.for_each(|(name, value)| {
            map.append(name, value);
        });
        map
    }

    #[test]
    fn takes_exactly_one_bearer_key() {
        assert_eq!(bearer_key(&headers(&["Bearer abc"])).unwrap().secret(), "abc");
        assert_eq!(bearer_key(&headers(&["bearer abc"])).unwrap().secret(), "abc");
        for bad in [&[][..], &["Basic abc"], &["Bearer "], &["Bearer"], &["Bearer a", "Bearer b"]] {
            assert!(bearer_key(&headers(bad)).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn debug_hides_the_key() {
        assert!(!format!("{:?}", bearer_key(&headers(&["Bearer abc"]))).contains("abc"));
    }
}
