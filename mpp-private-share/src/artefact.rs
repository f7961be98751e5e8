//! The Account Aggregator's signed artefact, checked on the phone with keys the app has pinned: the service in
//! between is not believed.

mod narrower;
mod terms;

use std::collections::BTreeSet;

use mpp_core::{ConsentParameters, ConsentType, DataRange, EntityId, FiType, FipId, Kid, LinkRefNumber, Vua};
use mpp_crypto::rs256::VerifyingKey;
use mpp_crypto::signed_consent;

use terms::SignedTerms;

/// The Account Aggregator as the app knows it: its name and keys, shipped with the app.
#[derive(Debug, Clone)]
pub struct PinnedAccountAggregator {
    /// Its name in the Central Registry.
    pub entity: EntityId,
    /// Its signing keys by their names in the Central Registry; several while it rotates them.
    pub keys: Vec<(Kid, VerifyingKey)>,
}

/// What the customer approved, as the Account Aggregator signed it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApprovedConsent {
    /// The accounts the customer chose.
    pub accounts: Vec<ApprovedAccount>,
    /// The parts of the data that may be shared.
    pub consent_types: BTreeSet<ConsentType>,
    /// From when to when the data may reach.
    pub range: DataRange,
}

impl std::fmt::Debug for ApprovedConsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApprovedConsent").field("accounts", &self.accounts.len()).finish_non_exhaustive()
    }
}

/// An account the customer chose.
#[derive(Clone, PartialEq, Eq)]
pub struct ApprovedAccount {
    /// Its kind of financial information.
    pub fi_type: FiType,
    /// Who holds it.
    pub fip_id: FipId,
    /// Its name at the Account Aggregator.
    pub link_ref_number: LinkRefNumber,
    /// Its number with all but the last digits hidden.
    pub masked_acc_number: String,
}

impl std::fmt::Debug for ApprovedAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApprovedAccount")
            .field("fi_type", &self.fi_type)
            .field("fip_id", &self.fip_id)
            .finish_non_exhaustive()
    }
}

/// Why an artefact is not what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArtefactFault {
    /// It is not signed by the Account Aggregator the app knows.
    #[error("it is not signed by the Account Aggregator")]
    Signature,
    /// It cannot be read.
    #[error("it cannot be read")]
    Unreadable,
    /// It names another customer, recipient or Account Aggregator.
    #[error("it names other parties")]
    Parties,
    /// It allows more than was asked for.
    #[error("it allows more than was asked for")]
    Wider,
    /// It names no account, or one twice.
    #[error("it does not name accounts properly")]
    Accounts,
}

impl PinnedAccountAggregator {
    /// Reads a signed artefact and checks that it gives the customer at `vua` what was `asked` for, or less.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(
        &self,
        signed: &str,
        vua: &Vua,
        asked: &ConsentParameters,
    ) -> Result<ApprovedConsent, ArtefactFault> {
        let key_of = |kid: &Kid| self.keys.iter().find(|(name, _)| name == kid).map(|(_, key)| key);
        let verified = signed_consent::verify(signed, key_of).map_err(|_| ArtefactFault::Signature)?;
        let terms: SignedTerms =
            serde_json::from_slice(&verified.payload).map_err(|_| ArtefactFault::Unreadable)?;
        if !terms.is_between(&self.entity, vua) {
            return Err(ArtefactFault::Parties);
        }
        if !narrower::lies_within(&terms, asked.form()) {
            return Err(ArtefactFault::Wider);
        }
        let names: BTreeSet<_> = terms.accounts.iter().map(|account| &account.link_ref_number).collect();
        if terms.accounts.is_empty() || names.len() != terms.accounts.len() {
            return Err(ArtefactFault::Accounts);
        }
        let range = terms.range().ok_or(ArtefactFault::Unreadable)?;
        let SignedTerms { accounts, consent_types, .. } = terms;
        Ok(ApprovedConsent {
            accounts: accounts.into_iter().map(ApprovedAccount::from).collect(),
            consent_types,
            range,
        })
    }
}
