//! What the sandbox remembers for its visitors: how often it was called and which documents it made.

use std::collections::BTreeMap;
use std::sync::Mutex;

use mpp_core::{MobileNumber, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::guard::hold;

/// Calls by party and operation.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<BTreeMap<String, BTreeMap<String, u64>>>);

impl Counters {
    /// Counts one call.
    pub(crate) fn count(&self, entity: &str, operation: &str) {
        let mut counts = hold(&self.0);
        let count = counts.entry(entity.to_owned()).or_default().entry(operation.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// All counts.
    pub(crate) fn all(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        hold(&self.0).clone()
    }

    /// Starts again from zero.
    pub(crate) fn reset(&self) {
        hold(&self.0).clear();
    }
}

/// A document a source made, by digest only.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProducedDocument {
    /// `account-aggregator`, `bureau` or `operator`.
    pub(crate) source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fip_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) link_ref_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session_id: Option<String>,
    pub(crate) sha256: String,
    pub(crate) size_bytes: usize,
    pub(crate) produced_at: Timestamp,
}

impl ProducedDocument {
    /// The record of `plaintext`.
    pub(crate) fn of(source: &'static str, plaintext: &[u8], produced_at: Timestamp) -> Self {
        Self {
            source,
            fip_id: None,
            link_ref_number: None,
            session_id: None,
            sha256: hex::encode(Sha256::digest(plaintext)),
            size_bytes: plaintext.len(),
            produced_at,
        }
    }
}

/// The documents made, by customer.
#[derive(Debug, Default)]
pub(crate) struct Produced(Mutex<BTreeMap<MobileNumber, Vec<ProducedDocument>>>);

impl Produced {
    /// Remembers a document about `mobile`.
    pub(crate) fn add(&self, mobile: &MobileNumber, document: ProducedDocument) {
        let mut all = hold(&self.0);
        let documents = all.entry(mobile.clone()).or_default();
        let same = |known: &ProducedDocument| {
            known.source == document.source
                && known.sha256 == document.sha256
                && known.link_ref_number == document.link_ref_number
                && known.session_id == document.session_id
        };
        if !documents.iter().any(same) {
            documents.push(document);
        }
    }

    /// The documents made about `mobile`, oldest first.
    pub(crate) fn about(&self, mobile: &MobileNumber) -> Vec<ProducedDocument> {
        hold(&self.0).get(mobile).cloned().unwrap_or_default()
    }
}
