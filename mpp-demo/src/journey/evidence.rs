//! Whether what was delivered is, byte for byte, what was produced.

use serde::Serialize;

use crate::outside::{Delivered, Produced, SealedBy};
use crate::product::{BUREAU, OPERATOR};

/// One document from its source to the partner's application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceOutcome {
    /// The source, with FIP and account for financial information.
    pub name: String,
    /// The SHA-256 of what the source produced.
    pub produced: String,
    /// The SHA-256 of what the partner's application received; absent when nothing came.
    pub delivered: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// Whether the two are the same.
    pub equal: bool,
    /// Who sealed it, as the client server has seen it proven.
    pub sealed_by: Option<SealedBy>,
}

/// Pairs what was produced with what was delivered; what was delivered without having been produced is listed too.
#[must_use]
pub fn compare(produced: &[Produced], delivered: &[Delivered]) -> Vec<SourceOutcome> {
    let mut unmatched: Vec<&Delivered> = delivered.iter().collect();
    let mut outcomes: Vec<SourceOutcome> = produced
        .iter()
        .map(|made| {
            let exact = unmatched.iter().position(|came| came.sha256 == made.sha256 && is_of(came, made));
            let came = exact.or_else(|| unmatched.iter().position(|came| is_of(came, made)));
            let came = came.map(|at| unmatched.swap_remove(at));
            SourceOutcome {
                name: name_of(made),
                produced: made.sha256.clone(),
                equal: came
                    .is_some_and(|came| came.sha256 == made.sha256 && came.size_bytes == made.size_bytes),
                delivered: came.map(|came| came.sha256.clone()),
                sealed_by: came.and_then(|came| came.sealed_by.clone()),
                size: made.size_bytes,
            }
        })
        .collect();
    outcomes.extend(unmatched.into_iter().map(|came| SourceOutcome {
        name: came.source.clone(),
        produced: String::new(),
        delivered: Some(came.sha256.clone()),
        size: came.size_bytes,
        equal: false,
        sealed_by: came.sealed_by.clone(),
    }));
    outcomes
}

fn is_of(came: &Delivered, made: &Produced) -> bool {
    match made.source.as_str() {
        "bureau" => came.source == format!("provider:{BUREAU}"),
        "operator" => came.source == format!("provider:{OPERATOR}"),
        _ => {
            let label = came.label.as_deref().unwrap_or_default();
            let account = made.link_ref_number.as_deref();
            came.source == "account-aggregator" && account.is_some_and(|account| label.contains(account))
        }
    }
}

fn name_of(made: &Produced) -> String {
    match (&made.fip_id, &made.link_ref_number) {
        (Some(fip), Some(account)) => format!("{} {fip} {account}", made.source),
        _ => made.source.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(source: &str, account: Option<&str>, sha256: &str) -> Produced {
        Produced {
            source: source.into(),
            fip_id: account.map(|_| "SAHYADRI_FIP".into()),
            link_ref_number: account.map(str::to_owned),
            sha256: sha256.into(),
            size_bytes: 1,
        }
    }

    fn came(source: &str, label: Option<&str>, sha256: &str) -> Delivered {
        Delivered {
            source: source.into(),
            label: label.map(str::to_owned),
            sha256: sha256.into(),
            size_bytes: 1,
            sealed_by: None,
        }
    }

    #[test]
    fn every_document_is_paired_with_its_own() {
        let produced = [made("account-aggregator", Some("a1"), "11"), made("bureau", None, "22")];
        let delivered = [
            came("provider:sandbox-bureau", None, "22"),
            came("account-aggregator", Some("deposit XXXX4020 a1"), "11"),
        ];
        assert!(compare(&produced, &delivered).iter().all(|outcome| outcome.equal));
    }

    #[test]
    fn missing_changed_and_unasked_for_documents_are_not_equal() {
        let produced = [made("bureau", None, "22"), made("operator", None, "33")];
        let delivered = [came("provider:sandbox-bureau", None, "99"), came("provider:other", None, "44")];
        let outcomes = compare(&produced, &delivered);
        assert_eq!(outcomes.len(), 3);
        assert!(outcomes.iter().all(|outcome| !outcome.equal));
    }
}
