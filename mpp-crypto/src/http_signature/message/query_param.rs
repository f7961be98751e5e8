//! `@query-param` (RFC 9421 §2.2.8): one parameter of a query, read as a form and written in one way.

/// The value of the parameter whose name is written so; `None` when it is not there exactly once.
pub(super) fn value_of(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (rewritten(name), value)
    });
    let mut values = pairs.filter(|(known, _)| known == name).map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then(|| rewritten(value))
}

/// Percent-decoded and encoded again, so that every spelling gives the same text. A space is `%20`.
fn rewritten(text: &str) -> String {
    // The form's decoder takes what is no UTF-8 for U+FFFD.
    String::from_utf8_lossy(&decoded(text)).bytes().fold(String::new(), |mut text, byte| {
        // Everything outside the unreserved set of a form: `*`, `-`, `.`, `_`, digits and letters stay.
        if byte.is_ascii_alphanumeric() || b"*-._".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        let escaped = match (first, behind) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match (first, escaped) {
            (_, Some((high, low))) => {
                bytes.push(high << 4 | low);
                rest = behind.get(2..).unwrap_or_default();
            }
            (b'+', None) => bytes.push(b' '),
            (other, None) => bytes.push(other),
        }
    }
    bytes
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 9421 §2.2.8.
    #[test]
    fn the_examples_of_the_standard() {
        let query = "param=value&foo=bar&baz=batman&qux=";
        assert_eq!(value_of(query, "baz").as_deref(), Some("batman"));
        assert_eq!(value_of(query, "qux").as_deref(), Some(""));
        assert_eq!(value_of(query, "param").as_deref(), Some("value"));
        let query = "var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something";
        let expected = "this%20is%20a%20big%0Amultiline%20value";
        assert_eq!(value_of(query, "var").as_deref(), Some(expected));
        assert_eq!(value_of(query, "bar").as_deref(), Some("with%20plus%20whitespace"));
        assert_eq!(value_of(query, "fa%C3%A7ade%22%3A%20").as_deref(), Some("something"));
    }

    #[test]
    fn a_parameter_that_is_not_there_once_has_no_value() {
        assert_eq!(value_of("a=1&a=2", "a"), None);
        assert_eq!(value_of("a=1&%61=2", "a"), None);
        assert_eq!(value_of("a=1", "b"), None);
        assert_eq!(value_of("", ""), None);
        assert_eq!(value_of("a", "a").as_deref(), Some(""));
        assert_eq!(value_of("a=%zz%4", "a").as_deref(), Some("%25zz%254"));
        assert_eq!(value_of("a=%FF", "a").as_deref(), Some("%EF%BF%BD"));
    }
}
