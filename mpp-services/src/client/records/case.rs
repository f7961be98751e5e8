//! Cases and the consents given in them.

use mpp_core::{
    ApiKeyId, CaseRef, ConsentId, ConsentRequestId, ProductId, ProductVersion, Sha256Digest, Source, StaffId,
    Timestamp,
};
use mpp_crypto::at_rest::SealedField;
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind, SealedRecord};
use serde::{Deserialize, Serialize};
use url::Url;

use super::index;
use crate::client::audit::Actor;
use crate::client::cases::SECRET;

/// How the request of a case stands, as far as central told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseStanding {
    /// The customer has not answered yet.
    Open,
    /// The customer has decided.
    Decided,
    /// It ran out.
    Expired,
    /// It was taken back.
    TakenBack,
}

impl CaseStanding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Decided, Self::Expired, Self::TakenBack];

    /// The name: where central has one, central's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Decided => "decided",
            Self::Expired => "expired",
            Self::TakenBack => "cancelled",
        }
    }
}

/// That a request has come to its end, as central told. What was taken back stands by itself, with who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct RequestEnded {
    pub(in crate::client) how: RequestEnd,
    pub(in crate::client) at: Timestamp,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::client) enum RequestEnd {
    Decided,
    Expired,
}

/// One case of the application: one consent request placed at central. Who the customer is, is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct CaseRecord {
    pub(in crate::client) case_ref: CaseRef,
    pub(in crate::client) request: ConsentRequestId,
    pub(in crate::client) product: ProductId,
    pub(in crate::client) product_version: ProductVersion,
    /// A sealed [`CaseSecret`].
    pub(in crate::client) secret: SealedField,
    /// Whether the secret holds no link any more.
    #[serde(default)]
    pub(in crate::client) link_dropped: bool,
    pub(in crate::client) expires_at: Timestamp,
    /// The application's key, where an application asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) started_by: Option<ApiKeyId>,
    /// The member of staff, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) started_by_staff: Option<StaffId>,
    pub(in crate::client) placed_at: Timestamp,
    /// When the request was taken back, and by whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) taken_back: Option<TakenBack>,
    /// How the request ended otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) ended: Option<RequestEnded>,
}

/// That a request was taken back. It names nobody where only central's notification says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct TakenBack {
    pub(in crate::client) at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) application: Option<ApiKeyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) staff: Option<StaffId>,
}

impl TakenBack {
    pub(in crate::client) fn by(actor: &Actor, at: Timestamp) -> Self {
        match actor {
            Actor::Application(key) => Self { at, application: Some(*key), staff: None },
            Actor::Staff(staff) => Self { at, application: None, staff: Some(staff.clone()) },
            Actor::Central | Actor::Server => Self { at, application: None, staff: None },
        }
    }

    pub(in crate::client) const fn names_somebody(&self) -> bool {
        self.application.is_some() || self.staff.is_some()
    }
}

/// What of a case is kept sealed: the link lets its holder answer for the customer, and the digest of the call is as
/// good as the mobile number in it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct CaseSecret {
    /// Dropped when it no longer opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) link: Option<Url>,
    pub(in crate::client) call_sha256: Sha256Digest,
}

impl CaseRecord {
    pub(in crate::client) fn key_of(case: &CaseRef) -> RecordKey {
        RecordKey::new(case)
    }

    pub(in crate::client) const fn standing(&self) -> CaseStanding {
        match (&self.taken_back, &self.ended) {
            (Some(_), _) => CaseStanding::TakenBack,
            (None, Some(RequestEnded { how: RequestEnd::Decided, .. })) => CaseStanding::Decided,
            (None, Some(RequestEnded { how: RequestEnd::Expired, .. })) => CaseStanding::Expired,
            (None, None) => CaseStanding::Open,
        }
    }
}

impl Record for CaseRecord {
    const KIND: RecordKind = RecordKind::new("client-case");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.case_ref)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let mut entries = vec![
            IndexEntry::unique(index::REQUEST, self.request),
            IndexEntry::shared(index::PRODUCT, self.product),
            IndexEntry::shared(index::STATUS, self.standing().name()),
        ];
        if !self.link_dropped {
            entries.push(IndexEntry::shared(index::LINK, "kept"));
        }
        entries
    }
}

impl SealedRecord for CaseRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(SECRET, &mut self.secret)]
    }
}

/// How a consent stands, as far as central told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::client) enum Standing {
    Active,
    Paused,
    Revoked,
    Expired,
}

/// A consent data came or comes under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct ConsentRecord {
    pub(in crate::client) consent: ConsentId,
    pub(in crate::client) request: ConsentRequestId,
    pub(in crate::client) case_ref: CaseRef,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) source: Option<Source>,
    pub(in crate::client) standing: Standing,
    /// The number of central's notification that said so: an older one changes nothing any more.
    pub(in crate::client) as_of: u64,
    /// When central says it came to stand so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) since: Option<Timestamp>,
}

impl ConsentRecord {
    pub(in crate::client) fn key_of(consent: ConsentId) -> RecordKey {
        RecordKey::new(consent)
    }
}

impl Record for ConsentRecord {
    const KIND: RecordKind = RecordKind::new("client-consent");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.consent)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(index::CASE, &self.case_ref)]
    }
}
