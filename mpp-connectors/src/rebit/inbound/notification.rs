//! What notifications say, once they are checked.

use mpp_core::{AaConsentId, ConsentHandle, DataSessionId, FipId, LinkRefNumber, TxnId};

use super::Rejection;
use crate::account_aggregator::AaErrorCode;
use crate::rebit::wire::{ConsentNotificationBody, FiNotificationBody};

/// What an Account Aggregator says a consent, or the request for one, has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words of the specification")]
pub enum NotifiedConsent {
    Active,
    Pending,
    Revoked,
    Paused,
    Rejected,
    Expired,
}

/// A checked `/Consent/Notification`. At least one of consent and handle is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentNotification {
    /// The consent.
    pub consent: Option<AaConsentId>,
    /// The request for it.
    pub handle: Option<ConsentHandle>,
    /// What it has become.
    pub status: NotifiedConsent,
}

/// Where a data session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionStatus {
    /// Some accounts are still to come.
    Active,
    /// Every account is ready or denied.
    Completed,
    /// At least one account failed.
    Failed,
    /// Nobody collected the data in time.
    Expired,
}

/// Where one account of a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FiStatus {
    /// Still to come.
    Pending,
    /// May be fetched.
    Ready,
    /// The FIP refuses it.
    Denied,
    /// The FIP did not answer in time.
    Timeout,
    /// Was fetched.
    Delivered,
}

/// A checked `/FI/Notification`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiNotification {
    /// The session.
    pub session: DataSessionId,
    /// Where it stands.
    pub status: SessionStatus,
    /// Its accounts, FIP by FIP.
    pub fips: Vec<FipStatus>,
}

/// One FIP's accounts in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FipStatus {
    /// The FIP.
    pub fip: FipId,
    /// Its accounts.
    pub accounts: Vec<AccountStatus>,
}

/// One account in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountStatus {
    /// The account.
    pub link_ref: LinkRefNumber,
    /// Where it stands.
    pub status: FiStatus,
}

/// The mandatory members of a consent notification, before anything is decided by them.
pub(super) struct ConsentMembers {
    pub(super) notifier: Notifier,
    consent: Option<String>,
    handle: Option<String>,
    status: String,
}

/// Who says he notifies.
pub(super) struct Notifier {
    pub(super) kind: String,
    pub(super) id: String,
}

impl ConsentMembers {
    /// The members, when the mandatory ones are there.
    pub(super) fn new(body: ConsentNotificationBody) -> Option<Self> {
        let (notifier, content) = (body.notifier?, body.content?);
        let this = Self {
            notifier: Notifier { kind: given(notifier.kind)?, id: given(notifier.id)? },
            consent: given(content.consent_id),
            handle: given(content.consent_handle),
            status: given(content.consent_status)?,
        };
        (this.consent.is_some() || this.handle.is_some()).then_some(this)
    }

    pub(super) fn content(self, txnid: TxnId) -> Result<ConsentNotification, Rejection> {
        let status = match self.status.as_str() {
            "ACTIVE" => NotifiedConsent::Active,
            "PENDING" => NotifiedConsent::Pending,
            "REVOKED" => NotifiedConsent::Revoked,
            "PAUSED" => NotifiedConsent::Paused,
            "REJECTED" => NotifiedConsent::Rejected,
            "EXPIRED" => NotifiedConsent::Expired,
            _ => return Err(bad(txnid, AaErrorCode::InvalidConsentStatus, "Unknown consentStatus")),
        };
        let consent = self.consent.map(|id| id.parse().map_err(|_| Rejection::unknown_consent(txnid)));
        let handle = self.handle.map(|id| id.parse().map_err(|_| Rejection::unknown_handle(txnid)));
        Ok(ConsentNotification { consent: consent.transpose()?, handle: handle.transpose()?, status })
    }
}

/// The mandatory members of an FI notification, before anything is decided by them.
pub(super) struct FiMembers {
    pub(super) notifier: Notifier,
    session: String,
    status: String,
    fips: Vec<(String, Vec<(String, String)>)>,
}

impl FiMembers {
    /// The members, when the mandatory ones are there.
    pub(super) fn new(body: FiNotificationBody) -> Option<Self> {
        let (notifier, content) = (body.notifier?, body.content?);
        let fips = content.fips?.into_iter().map(|fip| {
            let accounts = fip.accounts?.into_iter();
            let accounts =
                accounts.map(|account| Some((given(account.link_ref_number)?, given(account.status)?)));
            Some((given(fip.fip)?, accounts.collect::<Option<Vec<_>>>()?))
        });
        Some(Self {
            notifier: Notifier { kind: given(notifier.kind)?, id: given(notifier.id)? },
            session: given(content.session_id)?,
            status: given(content.session_status)?,
            fips: fips.collect::<Option<Vec<_>>>()?,
        })
    }

    pub(super) fn content(self, txnid: TxnId) -> Result<FiNotification, Rejection> {
        let session = self.session.parse().map_err(|_| Rejection::unknown_session(txnid))?;
        let status = match self.status.as_str() {
            "ACTIVE" => SessionStatus::Active,
            "COMPLETED" => SessionStatus::Completed,
            "FAILED" => SessionStatus::Failed,
            "EXPIRED" => SessionStatus::Expired,
            _ => return Err(bad(txnid, AaErrorCode::InvalidSessionStatus, "Unknown sessionStatus")),
        };
        let fips = self.fips.into_iter().map(|(fip, accounts)| {
            let fip = fip.parse().map_err(|_| Rejection::invalid_request(Some(txnid), "Invalid fipID"))?;
            let accounts = accounts.into_iter().map(|account| account_status(&account, txnid));
            Ok(FipStatus { fip, accounts: accounts.collect::<Result<_, Rejection>>()? })
        });
        Ok(FiNotification { session, status, fips: fips.collect::<Result<_, Rejection>>()? })
    }
}

fn account_status((link_ref, status): &(String, String), txnid: TxnId) -> Result<AccountStatus, Rejection> {
    let link_ref = link_ref.parse().map_err(|_| Rejection::foreign_account(txnid))?;
    let status = match status.as_str() {
        "PENDING" => FiStatus::Pending,
        "READY" => FiStatus::Ready,
        "DENIED" => FiStatus::Denied,
        "TIMEOUT" => FiStatus::Timeout,
        "DELIVERED" => FiStatus::Delivered,
        _ => return Err(bad(txnid, AaErrorCode::InvalidFiStatus, "Unknown FIStatus")),
    };
    Ok(AccountStatus { link_ref, status })
}

fn bad(txnid: TxnId, code: AaErrorCode, message: &'static str) -> Rejection {
    Rejection::bad(Some(txnid), code, message)
}

/// Blank text counts as missing.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
