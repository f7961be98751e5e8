//! What can go wrong, in words for the person with the phone.

use mpp_api::ApiError;
use mpp_core::Persistence;
use mpp_private_share::{FolderError, PrivateFileError, ShareError};

use crate::{IncompleteDecisions, InvalidLink, PhaseError, ScreenFault};

/// A step could not be done. The text can be shown to the customer.
#[derive(Debug, thiserror::Error)]
pub enum SdkError {
    /// The link is none of ours.
    #[error(transparent)]
    Link(#[from] InvalidLink),
    /// The request must not be shown: somebody may be pretending to be the recipient.
    #[error("this request cannot be trusted: {0}")]
    Untrusted(#[from] ScreenFault),
    /// Items are undecided.
    #[error(transparent)]
    Undecided(#[from] IncompleteDecisions),
    /// The step does not fit where the request stands.
    #[error(transparent)]
    Phase(#[from] PhaseError),
    /// Central refused or could not be reached.
    #[error(transparent)]
    Central(#[from] ApiError),
    /// An artefact or receipt from central is not signed by a pinned key or does not say what was decided.
    #[error("central's answer does not match what was decided")]
    Evidence,
    /// The device's private folder could not be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The financial information could not be shared.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// A sealed document on this device could not be read or removed.
    #[error(transparent)]
    Documents(#[from] PrivateFileError),
    /// The customer did not consent to share financial information.
    #[error("there is no financial information to share")]
    NothingToShare,
    /// What this device keeps about a request cannot be read.
    #[error("what this device keeps about the request cannot be read")]
    Journal,
    /// The device key cannot be read.
    #[error("the device's key cannot be read")]
    DeviceKey,
    /// This device knows no such request.
    #[error("this device knows no such request")]
    UnknownRequest,
    /// A sealed parcel is no longer on this device.
    #[error("the sealed data is no longer on this device")]
    ParcelGone,
    /// A sealed parcel on this device is not what was sealed: this device does not vouch for it.
    #[error("the sealed data on this device was altered")]
    ParcelAltered,
}

impl SdkError {
    /// Whether the same step may succeed later.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Central(error) => error.persistence(),
            Self::Folder(error) => error.persistence(),
            Self::Share(error) => error.persistence(),
            Self::Documents(error) => error.persistence(),
            Self::Link(_)
            | Self::Untrusted(_)
            | Self::Undecided(_)
            | Self::Phase(_)
            | Self::Evidence
            | Self::NothingToShare
            | Self::Journal
            | Self::DeviceKey
            | Self::UnknownRequest
            | Self::ParcelGone
            | Self::ParcelAltered => Persistence::Permanent,
        }
    }

    /// The stable code, where central gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Central(error) => error.code(),
            _ => None,
        }
    }
}
