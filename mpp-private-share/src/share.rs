//! What is to be shared, and what became of it.

use mpp_core::{ConsentId, ConsentParameters, DataRange, FiType, FipId, LinkRefNumber, ParcelId, PartnerId};
use mpp_crypto::EnvelopePublicKey;
use mpp_crypto::rebit::RebitError;
use serde::{Deserialize, Serialize};

use crate::document::DocumentFault;
use crate::manifest::DeviceReference;

/// What the customer agreed to share with whom, as the MPP SDK hands it over.
#[derive(Debug, Clone)]
pub struct ShareRequest {
    /// The consent at the partner's side, to which the sealed data is bound.
    pub consent: ConsentId,
    /// Who receives the data.
    pub partner: PartnerId,
    /// The key everything is sealed to.
    pub partner_key: EnvelopePublicKey,
    /// The terms.
    pub parameters: ConsentParameters,
    /// From when to when data is fetched this time, within the terms; all of the consented range when absent.
    pub range: Option<DataRange>,
}

impl ShareRequest {
    pub(crate) fn range(&self) -> DataRange {
        self.range.unwrap_or(self.parameters.form().data_range)
    }
}

/// What became of a request: every approved account with its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareReport {
    /// Names the sealed documents on this device; see [`crate::SealedDocuments`].
    pub reference: DeviceReference,
    /// The accounts, in the order of the approval.
    pub accounts: Vec<AccountReport>,
    /// How many documents came that were not asked for; they were thrown away unopened.
    pub unexpected: usize,
}

impl ShareReport {
    /// The parcels that were sealed.
    pub fn parcels(&self) -> impl Iterator<Item = ParcelId> {
        self.accounts.iter().filter_map(|account| match account.outcome {
            AccountOutcome::Sealed { parcel } => Some(parcel),
            AccountOutcome::Denied
            | AccountOutcome::TimedOut
            | AccountOutcome::NotDelivered
            | AccountOutcome::Unopenable(_)
            | AccountOutcome::Unfit(_) => None,
        })
    }
}

/// What became of one account.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountReport {
    /// Who holds it.
    pub fip_id: FipId,
    /// Its name at the Account Aggregator.
    pub link_ref_number: LinkRefNumber,
    /// Its kind of financial information.
    pub fi_type: FiType,
    /// What became of it.
    pub outcome: AccountOutcome,
}

impl std::fmt::Debug for AccountReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountReport")
            .field("fip_id", &self.fip_id)
            .field("fi_type", &self.fi_type)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// What became of one account. `Display` gives words for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountOutcome {
    /// Its document lies sealed on the device.
    #[error("ready to be shared")]
    Sealed {
        /// The parcel it is.
        parcel: ParcelId,
    },
    /// Its holder refused.
    #[error("your bank refused to deliver this account")]
    Denied,
    /// Its holder did not answer in time.
    #[error("your bank did not answer in time for this account")]
    TimedOut,
    /// It did not come, nobody says why.
    #[error("this account was not delivered")]
    NotDelivered,
    /// It came, but does not open with the key of this session.
    #[error("what your bank sent for this account cannot be opened")]
    Unopenable(RebitError),
    /// It came, but is not what was agreed to.
    #[error("what your bank sent for this account was not used: {0}")]
    Unfit(DocumentFault),
}

/// Why the Account Aggregator or a FIP left an account out, as the service tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum LeftOut {
    Denied,
    Timeout,
}

impl From<LeftOut> for AccountOutcome {
    fn from(left_out: LeftOut) -> Self {
        match left_out {
            LeftOut::Denied => Self::Denied,
            LeftOut::Timeout => Self::TimedOut,
        }
    }
}
