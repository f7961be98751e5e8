//! Amounts in words, counted in thousand, lakh and crore.

use crate::Paise;

const SMALL: [&str; 20] = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
];
const TENS: [&str; 10] =
    ["", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"];

/// The amount as it stands on an invoice: `Rupees One Lakh Six Thousand Seven Hundred Ninety Only`.
#[must_use]
pub fn in_words(amount: Paise) -> String {
    let size = amount.get().unsigned_abs();
    let sign = if amount.get() < 0 { "Minus " } else { "" };
    let rupees = number(size / 100);
    match size % 100 {
        0 => format!("{sign}Rupees {rupees} Only"),
        paise => format!("{sign}Rupees {rupees} and {} Paise Only", number(paise)),
    }
}

fn number(value: u64) -> String {
    if value == 0 {
        return "Zero".to_owned();
    }
    let mut words = Vec::new();
    push(value, &mut words);
    words.join(" ")
}

/// Largest unit first; crores count on above a hundred crore, as the Indian system does.
fn push(value: u64, words: &mut Vec<&'static str>) {
    for (unit, name) in [(10_000_000, "Crore"), (100_000, "Lakh"), (1000, "Thousand"), (100, "Hundred")] {
        if value >= unit {
            push(value / unit, words);
            words.push(name);
            if !value.is_multiple_of(unit) {
                push(value % unit, words);
            }
            return;
        }
    }
    if value < 20 {
        words.extend(word(&SMALL, value));
    } else {
        words.extend(word(&TENS, value / 10));
        if !value.is_multiple_of(10) {
            words.extend(word(&SMALL, value % 10));
        }
    }
}

fn word(list: &[&'static str], place: u64) -> Option<&'static str> {
    usize::try_from(place).ok().and_then(|place| list.get(place)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_spoken_the_indian_way() {
        for (paise, words) in [
            (0, "Rupees Zero Only"),
            (10_679_000, "Rupees One Lakh Six Thousand Seven Hundred Ninety Only"),
            (145_679, "Rupees One Thousand Four Hundred Fifty Six and Seventy Nine Paise Only"),
            (101_200, "Rupees One Thousand Twelve Only"),
            (1_000_000_000, "Rupees One Crore Only"),
            (-5, "Minus Rupees Zero and Five Paise Only"),
            (123_000_000_100, "Rupees One Hundred Twenty Three Crore One Only"),
        ] {
            assert_eq!(in_words(Paise::new(paise)), words);
        }
    }
}
