//! What the root element says the document is.

use mpp_core::FiType;

use super::{DocumentFault, ExpectedDocument};

/// The attributes in which documents name their account with most digits hidden, by kind (fi-schemas.md §1).
const MASKED_NUMBERS: [&str; 7] = [
    "maskedAccNumber",
    "maskedDematId",
    "maskedDematID",
    "maskedFolioNo",
    "maskedPolicyNumber",
    "maskedGstinNumber",
    "maskedPranId",
];

/// The attributes of the root that matter, as they were read.
#[derive(Default)]
pub(super) struct Root {
    linked_acc_ref: Option<String>,
    kind: Option<String>,
    namespaces: Vec<String>,
    masked_numbers: Vec<String>,
    version: Option<String>,
}

impl Root {
    pub(super) fn note(&mut self, name: &str, value: &str) {
        if name == "linkedAccRef" {
            self.linked_acc_ref = Some(value.trim().to_owned());
        } else if name == "type" {
            self.kind = Some(value.to_owned());
        } else if name == "version" {
            self.version = Some(value.chars().take(16).collect());
        } else if name == "xmlns" || name.starts_with("xmlns:") {
            self.namespaces.push(value.to_owned());
        } else if MASKED_NUMBERS.contains(&name) && !value.trim().is_empty() {
            self.masked_numbers.push(value.trim().to_owned());
        }
    }

    pub(super) fn into_version(self) -> Option<String> {
        self.version
    }

    pub(super) fn check(&self, expected: &ExpectedDocument<'_>) -> Result<(), DocumentFault> {
        let reference = self.linked_acc_ref.as_deref().filter(|reference| !reference.is_empty());
        let reference = reference.ok_or(DocumentFault::Unnamed)?;
        if reference != expected.link_ref_number.as_str() {
            return Err(DocumentFault::WrongAccount);
        }
        let shown = expected.masked_acc_number;
        let agrees = |number: &String| same_visible_end(number, shown);
        if !self.masked_numbers.is_empty() && !self.masked_numbers.iter().any(agrees) {
            return Err(DocumentFault::WrongAccount);
        }
        if self.kind_agrees(expected.fi_type) { Ok(()) } else { Err(DocumentFault::WrongKind) }
    }

    fn kind_agrees(&self, expected: FiType) -> bool {
        let schema =
            |namespace: &String| namespace.rsplit_once("/FISchema/").map(|(_, name)| name.to_owned());
        let mut named = self.kind.iter().filter(|kind| !kind.trim().is_empty()).cloned().peekable();
        if named.peek().is_some() {
            return named.all(|name| is_name_of(&name, expected));
        }
        let mut schemas = self.namespaces.iter().filter_map(schema).peekable();
        schemas.peek().is_some() && schemas.all(|name| is_name_of(&name, expected))
    }
}

/// Whether two maskings of an account number can be of the same number: maskings differ in how many digits they
/// show, so the shorter visible end must end the longer one.
fn same_visible_end(one: &str, other: &str) -> bool {
    let visible = |text: &str| -> String {
        let kept = text.chars().rev().take_while(|sign| !matches!(sign, 'X' | 'x' | '*'));
        let mut end: Vec<char> = kept.filter(char::is_ascii_alphanumeric).collect();
        end.reverse();
        end.into_iter().collect::<String>().to_ascii_uppercase()
    };
    let (one, other) = (visible(one), visible(other));
    one.ends_with(&other) || other.ends_with(&one)
}

/// Whether `name`, as documents spell it (`mutualfunds`, `mutual_funds`, `TERM-DEPOSIT`), is the kind.
fn is_name_of(name: &str, kind: FiType) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|sign| sign.to_ascii_lowercase()).collect()
    };
    let name = plain(name);
    let spelled = serde_json::to_value(kind).ok();
    let spelled = spelled.as_ref().and_then(serde_json::Value::as_str).map(plain).unwrap_or_default();
    match kind {
        // withdrawn kind: answered with any insurance document (fi-schemas.md §2)
        FiType::InsurancePolicies => {
            matches!(name.as_str(), "insurance" | "insurancepolicies" | "lifeinsurance" | "generalinsurance")
        }
        FiType::Cp => matches!(name.as_str(), "cp" | "cd"),
        FiType::Other => true,
        _ => name == spelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maskings_agree_when_the_visible_digits_do() {
        for (one, other) in [
            ("XXXXXXXX4020", "XXXXXXXX4020"),
            ("XXXX4020", "XXXXXXXX4020"),
            ("********24020", "XXXXXXXX4020"),
            ("27XXXXXXXXX1ZX", "27XXXXXXXXX1ZX"),
            ("XXXXXXXX", "XXXXXXXX4020"),
        ] {
            assert!(same_visible_end(one, other), "{one} {other}");
        }
        for (one, other) in [("XXXXXXXX4021", "XXXXXXXX4020"), ("XXXX14020", "XXXX24020")] {
            assert!(!same_visible_end(one, other), "{one} {other}");
        }
    }

    #[test]
    fn kinds_are_recognised_in_every_spelling_met() {
        for (name, kind) in [
            ("deposit", FiType::Deposit),
            ("TERM-DEPOSIT", FiType::TermDeposit),
            ("mutualfunds", FiType::MutualFunds),
            ("Mutual funds", FiType::MutualFunds),
            ("gstr1_3b", FiType::Gstr13b),
            ("insurance", FiType::InsurancePolicies),
            ("life_insurance", FiType::InsurancePolicies),
        ] {
            assert!(is_name_of(name, kind), "{name}");
        }
        assert!(!is_name_of("term_deposit", FiType::Deposit));
        assert!(!is_name_of("", FiType::Deposit));
    }
}
