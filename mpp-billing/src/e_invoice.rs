//! Where a document stands at the invoice registration portal. The portal itself is somebody else's adapter.
//!
//! | state | issue | fail | cancel |
//! | --- | --- | --- | --- |
//! | not_required | - | - | - |
//! | pending | issued | failed | - |
//! | failed | issued | failed | - |
//! | issued | - | - | cancelled |
//! | cancelled | - | - | - |

use mpp_core::{InvalidTransition, Sha256Digest, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// The state of an e-invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    tag = "state",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum EInvoice {
    /// The supplier's turnover does not ask for one.
    NotRequired,
    /// To be reported.
    Pending,
    /// Reported: the portal gave its reference number and signed code.
    Issued {
        /// The invoice reference number.
        irn: Sha256Digest,
        /// The content of the signed QR code.
        signed_qr: String,
        /// When.
        at: Timestamp,
    },
    /// The portal refused it.
    Failed {
        /// The portal's code for why.
        code: String,
        /// When.
        at: Timestamp,
    },
    /// Taken back at the portal.
    Cancelled {
        /// The reference number it had.
        irn: Sha256Digest,
        /// When.
        at: Timestamp,
    },
}

/// Why an e-invoice did not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EInvoiceError {
    /// Not possible in this state.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// The portal takes nothing back after 24 hours: a credit note is needed.
    #[error("an e-invoice can be cancelled for 24 hours only; a credit note corrects it now")]
    TooLate,
}

impl EInvoiceError {
    /// Waiting does not help.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

impl EInvoice {
    /// The machine's name.
    pub const MACHINE: &'static str = "e_invoice";
    /// Every state.
    pub const STATES: [&'static str; 5] = ["not_required", "pending", "failed", "issued", "cancelled"];
    /// Every event.
    pub const EVENTS: [&'static str; 3] = ["issue", "fail", "cancel"];

    /// The state's name.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self {
            Self::NotRequired => "not_required",
            Self::Pending => "pending",
            Self::Issued { .. } => "issued",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// The portal registered it.
    ///
    /// # Errors
    /// Unless pending or failed.
    pub fn issue(self, irn: Sha256Digest, signed_qr: String, now: Timestamp) -> Result<Self, EInvoiceError> {
        match self {
            Self::Pending | Self::Failed { .. } => Ok(Self::Issued { irn, signed_qr, at: now }),
            Self::NotRequired | Self::Issued { .. } | Self::Cancelled { .. } => Err(self.refuse("issue")),
        }
    }

    /// The portal refused it.
    ///
    /// # Errors
    /// Unless pending or failed.
    pub fn fail(self, code: String, now: Timestamp) -> Result<Self, EInvoiceError> {
        match self {
            Self::Pending | Self::Failed { .. } => Ok(Self::Failed { code, at: now }),
            Self::NotRequired | Self::Issued { .. } | Self::Cancelled { .. } => Err(self.refuse("fail")),
        }
    }

    /// It is taken back at the portal.
    ///
    /// # Errors
    /// Unless issued, or when 24 hours are over.
    pub fn cancel(self, now: Timestamp) -> Result<Self, EInvoiceError> {
        match self {
            Self::Issued { at, .. } if now.since(at) > Span::from_hours(24) => Err(EInvoiceError::TooLate),
            Self::Issued { irn, .. } => Ok(Self::Cancelled { irn, at: now }),
            Self::NotRequired | Self::Pending | Self::Failed { .. } | Self::Cancelled { .. } => {
                Err(self.refuse("cancel"))
            }
        }
    }

    fn refuse(&self, event: &'static str) -> EInvoiceError {
        InvalidTransition { machine: Self::MACHINE, state: self.state_name(), event }.into()
    }
}
