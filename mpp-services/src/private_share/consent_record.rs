//! A consent at the Account Aggregator, as it is worked with and as it is stored.

use mpp_connectors::account_aggregator::{ConsentDetail, ConsentedAccount, VerifiedAaConsent};
use mpp_core::{
    AaConsentId, AaConsentKey, AaConsentState, ArtefactId, ConsentArtefact, ConsentHandle, ConsentId,
    ConsentParameters, ConsentState, CustomerRef, FiType, FipId, LinkRefNumber, Recipient, Source, Timestamp,
    Vua,
};
use mpp_crypto::at_rest::SealedField;
use mpp_store::{IndexEntry, IndexName, Record, RecordKey, RecordKind, SealedRecord};
use serde::{Deserialize, Serialize};

use super::error::PrivateShareError;
use super::sealing::{Place, Sealed, Sealing};

const PERSONAL: &str = "personal";

/// An account the customer chose, with its number masked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChosenAccount {
    /// Its kind of financial information.
    pub fi_type: FiType,
    /// Who keeps it.
    pub fip: FipId,
    /// Its name at the Account Aggregator.
    pub link_ref: LinkRefNumber,
    /// Its number with most digits hidden.
    pub masked_number: String,
}

impl std::fmt::Debug for ChosenAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChosenAccount")
            .field("fi_type", &self.fi_type)
            .field("fip", &self.fip)
            .finish_non_exhaustive()
    }
}

impl From<ConsentedAccount> for ChosenAccount {
    fn from(account: ConsentedAccount) -> Self {
        let ConsentedAccount { fi_type, fip, link_ref, masked_number, account_type: _ } = account;
        Self { fi_type, fip, link_ref, masked_number }
    }
}

/// A consent at the Account Aggregator.
#[derive(Debug, Clone)]
pub(super) struct AaConsent {
    pub(super) key: AaConsentKey,
    pub(super) customer: CustomerRef,
    pub(super) vua: Vua,
    pub(super) asked: ConsentParameters,
    pub(super) state: AaConsentState,
    pub(super) handle: Option<ConsentHandle>,
    pub(super) accounts: Vec<ChosenAccount>,
    /// What the customer signed, as this system's own artefact: the way to a permit.
    pub(super) artefact: Option<ConsentArtefact>,
    /// When the Account Aggregator was last asked.
    pub(super) checked_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Personal {
    vua: Vua,
    state: AaConsentState,
    accounts: Vec<ChosenAccount>,
}

impl AaConsent {
    pub(super) fn detail(&self) -> ConsentDetail {
        ConsentDetail::self_consent(self.vua.clone(), self.asked.clone())
    }

    pub(super) fn name(customer: &CustomerRef, key: AaConsentKey) -> RecordKey {
        RecordKey::new(format_args!("{customer}/{key}"))
    }

    /// Takes over what the Account Aggregator's verified artefact says.
    pub(super) fn take_artefact(&mut self, verified: VerifiedAaConsent, now: Timestamp) {
        self.artefact = Some(ConsentArtefact {
            id: ArtefactId::from_random(*self.key.as_bytes()),
            consent: ConsentId::from_random(*self.key.as_bytes()),
            source: Source::AccountAggregator,
            recipient: Recipient::Customer,
            customer: self.customer.clone(),
            parameters: verified.parameters,
            notice_version: 0,
            issued_at: now,
            device: None,
            device_key: None,
            aa_consent: Some(verified.id),
        });
        self.accounts = verified.accounts.into_iter().map(ChosenAccount::from).collect();
    }

    /// Whether the customer has yet to decide.
    pub(super) const fn handle_is_open(&self) -> bool {
        matches!(self.state, AaConsentState::Pending { .. })
    }

    /// What the Account Aggregator calls the consent, once it is approved.
    pub(super) fn consent_id(&self) -> Option<&AaConsentId> {
        self.state.consent_id().or_else(|| self.artefact.as_ref()?.aa_consent.as_ref())
    }

    /// Where the consent stands for asking a permit; `None` while it is not approved.
    pub(super) fn standing(&self) -> Option<ConsentState> {
        match &self.state {
            AaConsentState::Active { .. } => Some(ConsentState::Active),
            AaConsentState::Paused { at, .. } => Some(ConsentState::Paused { at: *at }),
            AaConsentState::Revoked { at, .. } => Some(ConsentState::Revoked { at: *at }),
            AaConsentState::Expired { at } => Some(ConsentState::Expired { at: *at }),
            AaConsentState::Drafted
            | AaConsentState::Pending { .. }
            | AaConsentState::Granted { .. }
            | AaConsentState::Rejected { .. }
            | AaConsentState::Failed { .. } => None,
        }
    }

    pub(super) fn to_record(&self, sealing: Sealing<'_>) -> Result<AaConsentRecord, PrivateShareError> {
        let personal =
            Personal { vua: self.vua.clone(), state: self.state.clone(), accounts: self.accounts.clone() };
        let place = AaConsentRecord::personal_place(&Self::name(&self.customer, self.key));
        Ok(AaConsentRecord {
            key: self.key,
            customer: self.customer.clone(),
            asked: self.asked.clone(),
            stage: self.state.state_name().to_owned(),
            handle: self.handle.clone(),
            consent_id: self.consent_id().cloned(),
            artefact: self.artefact.clone(),
            checked_at: self.checked_at,
            personal: sealing.seal(&place, &personal)?,
        })
    }
}

/// [`AaConsent`] in its stored form: address, accounts and the signed artefact are sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AaConsentRecord {
    key: AaConsentKey,
    customer: CustomerRef,
    asked: ConsentParameters,
    stage: String,
    handle: Option<ConsentHandle>,
    consent_id: Option<AaConsentId>,
    artefact: Option<ConsentArtefact>,
    checked_at: Timestamp,
    personal: Sealed,
}

impl AaConsentRecord {
    pub(super) const BY_HANDLE: IndexName = IndexName::new("handle");
    pub(super) const BY_CONSENT_ID: IndexName = IndexName::new("consent-id");
    pub(super) const BY_STAGE: IndexName = IndexName::new("stage");

    pub(super) const fn expiry(&self) -> Timestamp {
        self.asked.form().consent_expiry
    }

    pub(super) const fn checked_at(&self) -> Timestamp {
        self.checked_at
    }

    pub(super) fn stage(&self) -> &str {
        &self.stage
    }

    fn personal_place(name: &RecordKey) -> Place {
        Place::new("private-share-aa-consent", name, PERSONAL)
    }

    pub(super) fn open(self, sealing: Sealing<'_>) -> Result<AaConsent, PrivateShareError> {
        let personal: Personal = sealing.open(&Self::personal_place(&self.key()), &self.personal)?;
        if personal.state.state_name() != self.stage {
            return Err(PrivateShareError::Inconsistent { what: "consent" });
        }
        Ok(AaConsent {
            key: self.key,
            customer: self.customer,
            vua: personal.vua,
            asked: self.asked,
            state: personal.state,
            handle: self.handle,
            accounts: personal.accounts,
            artefact: self.artefact,
            checked_at: self.checked_at,
        })
    }
}

impl Record for AaConsentRecord {
    const KIND: RecordKind = RecordKind::new("private-share-aa-consent");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        AaConsent::name(&self.customer, self.key)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let mut entries = vec![IndexEntry::shared(Self::BY_STAGE, &self.stage)];
        entries.extend(self.handle.iter().map(|handle| IndexEntry::unique(Self::BY_HANDLE, handle)));
        entries.extend(self.consent_id.iter().map(|id| IndexEntry::unique(Self::BY_CONSENT_ID, id)));
        entries
    }
}

impl SealedRecord for AaConsentRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(PERSONAL, &mut self.personal)]
    }
}
