//! Masking normalised documents. Only what is known to say nothing about who somebody is stays: amounts, dates of things
//! that are not people, and words from short lists. Everything else becomes dots.

use serde_json::Value;

/// What stands in place of a masked value.
const DOTS: &str = "••••";

/// Members whose numbers are amounts or counts.
const AMOUNTS: [&str; 18] = [
    "amount",
    "balance",
    "value",
    "units",
    "nav",
    "rate",
    "limit",
    "score",
    "count",
    "price",
    "premium",
    "cost",
    "total",
    "outstanding",
    "payment",
    "interest",
    "tenure",
    "drawing",
];
/// Members whose values are days or instants.
const DAYS: [&str; 7] = ["date", "timestamp", "month", "year", "on", "asof", "expiry"];
/// Members whose values are words of a list.
const CODES: [&str; 12] = [
    "type",
    "status",
    "mode",
    "currency",
    "facility",
    "version",
    "frequency",
    "category",
    "option",
    "scheme",
    "plan",
    "code",
];
/// Members that are about a person whatever else their name says, with everything inside them.
const PERSONS: [&str; 17] = [
    "name",
    "dob",
    "birth",
    "mobile",
    "phone",
    "email",
    "pan",
    "address",
    "pincode",
    "landline",
    "nominee",
    "number",
    "reference",
    "narration",
    "ifsc",
    "micr",
    "token",
];

/// Members that are about a person, but hold what is not, which goes by its own name.
const HOLDERS: [&str; 3] = ["holder", "account", "acc"];
/// A member that says nothing itself: what it holds goes by the name of what it stands in. The text of an element with attributes becomes
/// such a member.
const BARE: &str = "value";

/// The document with whatever may be personal masked. Its shape stays.
#[must_use]
pub fn mask(document: Value) -> Value {
    masked("", false, document)
}

/// The value under a member of this name, which may stand inside something that is about a person.
fn masked(member: &str, inside_person: bool, value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let inside_person = inside_person || has_word_of(member, &PERSONS);
            let member_of = |(name, value): (String, Value)| {
                let judged = if name == BARE { member } else { &name };
                let value = masked(judged, inside_person, value);
                (name, value)
            };
            members.into_iter().map(member_of).collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(values) => {
            values.into_iter().map(|value| masked(member, inside_person, value)).collect()
        }
        Value::Null | Value::Bool(_) => value,
        Value::Number(number) => {
            if !inside_person && (is_amount(member) || is_day(member)) {
                Value::Number(number)
            } else {
                DOTS.into()
            }
        }
        Value::String(text) => {
            if text.is_empty() || (!inside_person && may_be_shown(member, &text)) {
                Value::String(text)
            } else {
                DOTS.into()
            }
        }
    }
}

fn may_be_shown(member: &str, text: &str) -> bool {
    (is_amount(member) && looks_like_number(text))
        || (is_day(member) && looks_like_day(text))
        || (is_code(member) && looks_like_code(text))
}

fn is_amount(member: &str) -> bool {
    has_word_of(member, &AMOUNTS) && !is_about_person(member)
}

fn is_day(member: &str) -> bool {
    has_word_of(member, &DAYS) && !is_about_person(member)
}

fn is_code(member: &str) -> bool {
    has_word_of(member, &CODES) && !is_about_person(member)
}

fn is_about_person(member: &str) -> bool {
    has_word_of(member, &PERSONS) || has_word_of(member, &HOLDERS)
}

/// Whether the member's name has one of these words: names are in camel case, or with strokes below.
fn has_word_of(member: &str, words: &[&str]) -> bool {
    split(member).iter().any(|word| words.contains(&word.as_str()))
}

fn split(member: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before_was_small = false;
    for letter in member.chars() {
        let begins = letter.is_uppercase() && before_was_small;
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before_was_small = letter.is_lowercase() || letter.is_ascii_digit();
    }
    words
}

fn looks_like_number(text: &str) -> bool {
    text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b','))
}

fn looks_like_day(text: &str) -> bool {
    let signs =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T' | b'Z' | b'.' | b'+' | b'/');
    text.len() <= 40 && text.bytes().all(signs)
}

fn looks_like_code(text: &str) -> bool {
    text.len() <= 24
        && text.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_days_and_codes_stay_and_people_do_not() {
        let document = json!({ "account": {
            "maskedAccNumber": "XXXX1234", "type": "deposit",
            "profile": { "holders": { "type": "SINGLE", "holder": [{
                "name": "Asha Rao", "dob": "1990-01-15", "mobile": "9876543210", "email": "a@b.example",
                "pan": "ABCDE1234F", "address": "12 MG Road", "ckycCompliance": "true" }] } },
            "summary": { "currentBalance": "120500.25", "currency": "INR", "openingDate": "2019-04-01",
                "ifscCode": "KVBL0001", "branch": "Mysuru" },
            "transactions": { "transaction": [{ "amount": "500.00", "type": "DEBIT", "mode": "UPI",
                "transactionTimestamp": "2026-01-02T10:00:00+05:30", "narration": "UPI/ASHA RAO/9876543210",
                "reference": "1234", "valueDate": "2026-01-02" }] },
        }});
        let shown = mask(document);
        let text = shown.to_string();
        for personal in
            ["Asha", "ASHA", "1990", "9876543210", "ABCDE1234F", "MG Road", "a@b", "1234", "KVBL", "Mysuru"]
        {
            assert!(!text.contains(personal), "{personal} in {text}");
        }
        let at = |pointer: &str| shown.pointer(pointer).and_then(Value::as_str).unwrap();
        assert_eq!(at("/account/summary/currentBalance"), "120500.25");
        assert_eq!(at("/account/summary/currency"), "INR");
        assert_eq!(at("/account/summary/openingDate"), "2019-04-01");
        assert_eq!(at("/account/transactions/transaction/0/amount"), "500.00");
        assert_eq!(at("/account/transactions/transaction/0/mode"), "UPI");
        assert_eq!(at("/account/profile/holders/holder/0/dob"), DOTS);
    }

    #[test]
    fn what_only_looks_like_something_else_is_masked() {
        let document = json!({ "amount": "Asha Rao", "date": "Asha", "type": "Asha Rao 1", "First_Name": "Asha",
            "Date_Of_Birth": "19900115", "MobilePhoneNumber": "9876543210", "score": 762, "Telephone": 98765 });
        let shown = mask(document);
        assert_eq!(shown["score"], 762);
        for member in
            ["amount", "date", "type", "First_Name", "Date_Of_Birth", "MobilePhoneNumber", "Telephone"]
        {
            assert_eq!(shown[member], DOTS, "{member}");
        }
    }

    #[test]
    fn what_stands_inside_something_about_a_person_is_masked() {
        let document = json!({
            "phone": [{ "type": "HOME", "value": "9876543210" }, "9876543210"],
            "contacts": [{ "type": "MOBILE", "value": "9876543211", "date": "2026-01-15" }],
            "pincode": { "value": 570001 }, "dob": { "date": "1990-01-15", "inner": { "year": 1990 } },
            "holderAddress": { "code": "KA", "since": { "date": "2019-04-01" } },
            "balance": { "currency": "INR", "value": "120500.25" }, "score": { "type": "CIBIL", "value": 762 },
            "value": "98765",
        });
        let shown = mask(document);
        assert_eq!(shown["contacts"], json!([{ "type": "MOBILE", "value": DOTS, "date": "2026-01-15" }]));
        assert_eq!(shown["balance"], json!({ "currency": "INR", "value": "120500.25" }));
        assert_eq!(shown["score"], json!({ "type": "CIBIL", "value": 762 }));
        assert_eq!(shown["value"], DOTS, "of what is not said");
        let hidden = ["phone", "pincode", "dob", "holderAddress"].map(|name| shown[name].to_string());
        for shown in hidden {
            assert!(!shown.contains(|sign: char| sign.is_ascii_digit()) && !shown.contains("KA"), "{shown}");
        }
    }

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(split("currentBalance"), ["current", "balance"]);
        assert_eq!(split("Date_Of_Birth"), ["date", "of", "birth"]);
        assert_eq!(split("maskedAccNumber"), ["masked", "acc", "number"]);
    }
}
