//! Checks a decrypted account document before it is sealed: is it what the customer agreed to share?
//!
//! The partner receives the document byte for byte as the FIP wrote it, so nothing is repaired or cut out here:
//! a document that holds more than was consented, or belongs to another account, is refused as a whole.
//! What is checked, in this order:
//!
//! 1. size, UTF-8, no control characters, well-formed XML without DTD or entities of its own, bounded depth and
//!    attributes;
//! 2. the root is `Account` and names the consented account (`linkedAccRef`, and the masked number where given)
//!    and kind of financial information;
//! 3. sections (`Profile`, `Summary`, `Transactions`) that were not consented are absent or empty;
//! 4. every transaction that carries a readable date lies within the consented range, compared by calendar day
//!    with one day to spare at either end, because FIPs write local dates.
//!
//! Faults never repeat any of the document.

mod fault;
mod root;
mod walk;
mod when;

use std::collections::BTreeSet;

use mpp_core::{ConsentType, DataRange, FiType, LinkRefNumber};

pub use fault::DocumentFault;

/// The largest document that is accepted, in bytes.
pub const LARGEST_DOCUMENT_BYTES: usize = 32 * 1024 * 1024;

/// How deep elements may be nested; the published schemas need eight.
pub const DEEPEST_NESTING: usize = 32;

/// How many attributes one element may have; the published schemas need forty.
pub const MOST_ATTRIBUTES: usize = 128;

/// What a document has to be, by the consent it is fetched under.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedDocument<'a> {
    /// The account's name at the Account Aggregator.
    pub link_ref_number: &'a LinkRefNumber,
    /// The account's number as the consent shows it.
    pub masked_acc_number: &'a str,
    /// Its kind of financial information.
    pub fi_type: FiType,
    /// The parts that were consented.
    pub consent_types: &'a BTreeSet<ConsentType>,
    /// From when to when transactions may reach.
    pub range: DataRange,
}

/// What a document that passed is, without anything personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFacts {
    /// The version of the FI schema the document claims, where it has one.
    pub schema_version: Option<String>,
    /// How many transactions it has.
    pub transactions: u64,
    /// How many of them carry no readable date, so that the range could not be checked.
    pub undated: u64,
}

/// Checks `document` against what was consented.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(document: &[u8], expected: &ExpectedDocument<'_>) -> Result<DocumentFacts, DocumentFault> {
    if document.len() > LARGEST_DOCUMENT_BYTES {
        return Err(DocumentFault::TooLarge);
    }
    let text = std::str::from_utf8(document).map_err(|_| DocumentFault::NotUtf8)?;
    let forbidden = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    if document.iter().any(forbidden) {
        return Err(DocumentFault::NotWellFormed);
    }
    walk::walk(text.strip_prefix('\u{feff}').unwrap_or(text), expected)
}

#[cfg(test)]
mod tests;
