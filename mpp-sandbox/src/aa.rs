//! The Account Aggregator: consents, linked accounts, data sessions. It stores financial information only as the
//! ciphertext it received.

mod app_api;
mod consent_api;
mod consent_record;
mod consent_terms;
mod customer;
mod customer_consents;
mod fi_api;
mod relay;
mod session;
mod web;

use std::collections::BTreeMap;

use axum::Router;
use mpp_core::{MobileNumber, Timestamp};

use crate::documents::{AccountType, Institution};
use crate::otp::OtpDesk;
use crate::rebit::ConsentAccount;
use crate::world::Shared;

pub(crate) use relay::sweep;

use consent_record::ConsentRecord;
use session::Session;

/// An account the customer linked.
#[derive(Debug, Clone)]
pub(crate) struct LinkedAccount {
    pub(crate) institution: Institution,
    pub(crate) fi_type: mpp_core::FiType,
    pub(crate) account_type: AccountType,
    pub(crate) reference: String,
    pub(crate) masked: String,
    pub(crate) link_ref: String,
}

impl LinkedAccount {
    /// The account as an artefact names it.
    pub(crate) fn for_consent(&self) -> ConsentAccount {
        ConsentAccount {
            fi_type: self.fi_type,
            fip_id: self.institution.entity_id().to_owned(),
            acc_type: self.account_type,
            link_ref_number: self.link_ref.clone(),
            masked_acc_number: self.masked.clone(),
        }
    }
}

/// An account an FIP named on discovery.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct DiscoveredAccount {
    #[serde(rename = "FIType")]
    pub(crate) fi_type: mpp_core::FiType,
    #[serde(rename = "accType")]
    pub(crate) account_type: AccountType,
    #[serde(rename = "accRefNumber")]
    pub(crate) reference: String,
    #[serde(rename = "maskedAccNumber")]
    pub(crate) masked: String,
}

/// A customer's session at the Account Aggregator's own app or pages.
#[derive(Debug, Clone)]
struct AppSession {
    mobile: MobileNumber,
    ends: Timestamp,
}

/// All that the Account Aggregator knows.
#[derive(Debug)]
pub(crate) struct AaBook {
    pub(crate) desk: OtpDesk,
    logins: BTreeMap<String, MobileNumber>,
    app_sessions: BTreeMap<String, AppSession>,
    consents: BTreeMap<String, ConsentRecord>,
    /// From consent id to handle.
    granted: BTreeMap<String, String>,
    links: BTreeMap<MobileNumber, Vec<LinkedAccount>>,
    discovered: BTreeMap<(MobileNumber, Institution), Vec<DiscoveredAccount>>,
    pending_links: BTreeMap<String, (MobileNumber, Institution)>,
    sessions: BTreeMap<String, Session>,
    /// From an FIP's session to ours.
    fip_sessions: BTreeMap<(Institution, String), String>,
}

impl AaBook {
    /// A book in which nobody is known yet.
    pub(crate) const fn new(desk: OtpDesk) -> Self {
        Self {
            desk,
            logins: BTreeMap::new(),
            app_sessions: BTreeMap::new(),
            consents: BTreeMap::new(),
            granted: BTreeMap::new(),
            links: BTreeMap::new(),
            discovered: BTreeMap::new(),
            pending_links: BTreeMap::new(),
            sessions: BTreeMap::new(),
            fip_sessions: BTreeMap::new(),
        }
    }

    fn by_consent_id(&mut self, consent_id: &str) -> Option<&mut ConsentRecord> {
        let handle = self.granted.get(consent_id)?;
        self.consents.get_mut(handle)
    }
}

/// The routes below `/aa`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .nest("/v2", consent_api::routes().merge(fi_api::routes()))
        .nest("/app", app_api::routes())
        .nest("/web", web::routes())
}
