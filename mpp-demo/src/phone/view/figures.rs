//! Numbers as people in India read them, and long names cut up so that they can be compared by eye.

/// A whole number with commas after three digits and then after every two: `12,34,567`.
pub(super) fn grouped(number: u64) -> String {
    group_digits(&number.to_string())
}

/// An amount in rupees as a filter holds it; text that is no number stays as it is.
pub(super) fn rupees(text: &str) -> String {
    let (whole, rest) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !rest.is_none_or(digits) {
        return text.to_owned();
    }
    let rest = rest.map_or_else(String::new, |rest| format!(".{rest}"));
    format!("₹{}{rest}", group_digits(whole))
}

/// A size for people.
pub(super) fn size(bytes: u64) -> String {
    const KILO: u64 = 1024;
    const MEGA: u64 = 1024 * 1024;
    match bytes {
        0..KILO => format!("{bytes} bytes"),
        KILO..MEGA => format!("{} KB", tenths(bytes, KILO)),
        MEGA.. => format!("{} MB", tenths(bytes, MEGA)),
    }
}

/// A name of a key or a digest in groups of four.
pub(super) fn in_fours(name: &str) -> Vec<String> {
    let signs: Vec<char> = name.chars().collect();
    signs.chunks(4).map(|group| group.iter().collect()).collect()
}

fn tenths(bytes: u64, unit: u64) -> String {
    let tenths = bytes.saturating_mul(10).saturating_add(unit / 2) / unit;
    format!("{}.{}", grouped(tenths / 10), tenths % 10)
}

fn group_digits(digits: &str) -> String {
    let length = digits.len();
    let mut grouped = String::with_capacity(length.saturating_add(length / 2));
    for (at, digit) in digits.chars().enumerate() {
        let left = length.saturating_sub(at);
        if at > 0 && (left == 3 || (left > 3 && left % 2 == 1)) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_the_indian_way() {
        let shown: Vec<String> = [7, 999, 1000, 99_999, 100_000, 12_345_678].map(grouped).into();
        assert_eq!(shown, ["7", "999", "1,000", "99,999", "1,00,000", "1,23,45,678"]);
    }

    #[test]
    fn amounts_that_are_none_are_left_alone() {
        assert_eq!(rupees("100000"), "₹1,00,000");
        assert_eq!(rupees("2500.50"), "₹2,500.50");
        for odd in ["", "CREDIT", "1.", "-5", "1.2.3"] {
            assert_eq!(rupees(odd), odd);
        }
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(
            [0, 1023, 1024, 1536, 5 * 1024 * 1024].map(size),
            ["0 bytes", "1023 bytes", "1.0 KB", "1.5 KB", "5.0 MB"]
        );
    }

    #[test]
    fn fingerprints_come_in_fours() {
        assert_eq!(in_fours("abcdefghij"), ["abcd", "efgh", "ij"]);
    }
}
