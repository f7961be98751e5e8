//! Partners and their public keys.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ContractRef, EntityId, Gstin, Kid, PartnerId, PricePlanId, PublicJwk, Timestamp};

/// Whether a partner may place requests and receive data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It may.
    Active,
    /// It may not, until staff reinstate it.
    Suspended,
}

/// What a contact person at a partner is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactRole {
    /// Operation and incidents.
    Technical,
    /// Bills.
    Billing,
    /// Complaints of customers.
    Grievance,
    /// Data protection.
    DataProtection,
}

/// Whom to write to at a partner. Names people, so `Debug` shows the role only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contact {
    /// About what.
    pub role: ContactRole,
    /// The person or desk.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").field("role", &self.role).finish_non_exhaustive()
    }
}

/// A financial sector regulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Regulator {
    /// Reserve Bank of India.
    Rbi,
    /// Securities and Exchange Board of India.
    Sebi,
    /// Insurance Regulatory and Development Authority of India.
    Irdai,
    /// Pension Fund Regulatory and Development Authority.
    Pfrda,
}

/// A partner's licence, without which it may not be a named recipient in the Account Aggregator network
/// (obligations.md §1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Regulation {
    /// Who licensed it.
    pub regulator: Regulator,
    /// The number of the licence.
    pub licence_no: String,
    /// Its name in the Central Registry.
    pub entity_id: EntityId,
    /// From when on the licence holds.
    pub valid_from: Timestamp,
    /// From when on it no longer does.
    pub valid_to: Timestamp,
}

/// An enterprise that receives data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Partner {
    /// The partner.
    pub id: PartnerId,
    /// Its name in law, as shown to customers.
    pub legal_name: String,
    /// Its tax registration, for invoices.
    pub gstin: Gstin,
    /// The contract with it.
    pub contract_ref: ContractRef,
    /// Whom to write to.
    pub contacts: Vec<Contact>,
    /// What it pays by.
    pub price_plan: PricePlanId,
    /// Its licence; without one it only receives copies the customer shares by self consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regulation: Option<Regulation>,
    /// Whether it may place requests and receive data.
    pub standing: Standing,
    /// When it was registered.
    pub registered_at: Timestamp,
}

impl Partner {
    /// Whether the partner has a licence that holds at `now`.
    #[must_use]
    pub fn is_regulated(&self, now: Timestamp) -> bool {
        self.regulation.as_ref().is_some_and(|licence| licence.valid_from <= now && now < licence.valid_to)
    }
}

/// One public envelope key of a partner, as central signs and publishes it and the SDK checks it before it
/// seals anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartnerKeyRecord {
    /// Whose key.
    pub partner: PartnerId,
    /// The partner's name, as shown to the customer.
    pub partner_name: String,
    /// The key's RFC 7638 thumbprint.
    pub kid: Kid,
    /// The key.
    pub key: PublicJwk,
    /// From when on things may be sealed to it.
    pub valid_from: Timestamp,
    /// From when on no longer.
    pub valid_to: Timestamp,
    /// When central issued the record.
    pub issued_at: Timestamp,
}

impl PartnerKeyRecord {
    /// Whether things may be sealed to the key at `now`.
    #[must_use]
    pub fn valid_at(&self, now: Timestamp) -> bool {
        self.valid_from <= now && now < self.valid_to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_valid_from_its_first_instant_up_to_its_end() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let record = PartnerKeyRecord {
            partner: PartnerId::from_random([1; 16]),
            partner_name: "Kaveri Finance Ltd".into(),
            kid: "key-1".parse().unwrap(),
            key: PublicJwk::Ec { crv: crate::EcCurve::P256, x: "x".into(), y: "y".into() },
            valid_from: at("2026-01-01T00:00:00Z"),
            valid_to: at("2027-01-01T00:00:00Z"),
            issued_at: at("2025-12-30T00:00:00Z"),
        };
        assert!(!record.valid_at(at("2025-12-31T23:59:59.999Z")));
        assert!(record.valid_at(record.valid_from));
        assert!(record.valid_at(at("2026-12-31T23:59:59.999Z")));
        assert!(!record.valid_at(record.valid_to));
    }

    #[test]
    fn debug_of_a_contact_names_nobody() {
        let contact = Contact {
            role: ContactRole::Billing,
            name: "Ravi Rao".into(),
            email: "ravi@kaveri.example".into(),
        };
        let shown = format!("{contact:?}");
        assert!(!shown.contains("Ravi") && !shown.contains("ravi"), "{shown}");
    }
}
