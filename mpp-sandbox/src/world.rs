//! Everything the simulated parties share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mpp_core::{MobileNumber, Span, Timestamp, TxnId};
use mpp_crypto::rs256;
use mpp_transport::BaseUrl;

use crate::aa::AaBook;
use crate::bureau::BureauBook;
use crate::config::{SandboxConfig, Surroundings};
use crate::documents::{Institution, Person};
use crate::evidence::{Counters, Produced};
use crate::faults::{Fault, Faults};
use crate::fip::FipBook;
use crate::keys::{Entity, Ring};
use crate::operator::OperatorBook;
use crate::otp::OtpDesk;
use crate::partner_app::PartnerAppBook;
use crate::rebit::ReplayGuard;
use crate::sms::Inboxes;

/// The world as handlers hold it.
pub(crate) type Shared = Arc<World>;

/// A party registered with the Account Aggregator: an FIU or an AA client such as the private share service.
#[derive(Debug, Clone)]
pub(crate) struct Participant {
    pub(crate) entity_id: String,
    /// Where its callbacks live; ReBIT paths are appended.
    pub(crate) base_url: BaseUrl,
    pub(crate) key: rs256::VerifyingKey,
    /// The name of the key; without it any name is taken.
    pub(crate) kid: Option<String>,
    /// What it sends as `client_api_key`.
    pub(crate) api_key: String,
    /// What the Account Aggregator sends it as `aa_api_key`.
    pub(crate) callback_api_key: String,
    /// The JWK as registered, for the registry.
    pub(crate) jwk: serde_json::Value,
}

/// The whole sandbox.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: SandboxConfig,
    pub(crate) surroundings: Surroundings,
    pub(crate) base: BaseUrl,
    pub(crate) ring: Arc<Ring>,
    pub(crate) participants: Mutex<BTreeMap<String, Participant>>,
    pub(crate) faults: Faults,
    pub(crate) counters: Counters,
    pub(crate) produced: Produced,
    pub(crate) inboxes: Inboxes,
    pub(crate) replay: Mutex<ReplayGuard>,
    pub(crate) aa: Mutex<AaBook>,
    pub(crate) fips: Mutex<BTreeMap<Institution, FipBook>>,
    pub(crate) bureau: Mutex<BureauBook>,
    pub(crate) operator: Mutex<OperatorBook>,
    pub(crate) partner_app: Mutex<PartnerAppBook>,
    /// The smallest size of documents in bytes; can be changed while running.
    pub(crate) padding_bytes: std::sync::atomic::AtomicUsize,
}

impl World {
    /// A world in which nothing has happened yet.
    pub(crate) fn new(
        config: SandboxConfig,
        surroundings: Surroundings,
        base: BaseUrl,
        ring: Arc<Ring>,
    ) -> Self {
        let desk = || {
            OtpDesk::new(
                Span::from_seconds(config.otp_lifetime_seconds),
                Span::from_seconds(config.otp_lock_seconds),
            )
        };
        let fips =
            Institution::ALL.into_iter().map(|institution| (institution, FipBook::new(desk()))).collect();
        Self {
            base,
            ring,
            participants: Mutex::default(),
            faults: Faults::default(),
            counters: Counters::default(),
            produced: Produced::default(),
            inboxes: Inboxes::default(),
            replay: Mutex::default(),
            aa: Mutex::new(AaBook::new(desk())),
            fips: Mutex::new(fips),
            bureau: Mutex::default(),
            operator: Mutex::default(),
            partner_app: Mutex::default(),
            padding_bytes: config.document_padding_bytes.into(),
            config,
            surroundings,
        }
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.surroundings.clock.now()
    }

    /// A fresh UUID of version 4.
    pub(crate) fn fresh_uuid(&self) -> String {
        TxnId::generate(&*self.surroundings.entropy).to_string()
    }

    /// The invented customer behind `mobile`.
    pub(crate) fn person(&self, mobile: &MobileNumber) -> Person {
        Person::of(&self.config.seed, mobile, &self.config.canary_prefix)
    }

    /// The ReBIT base address of `entity`.
    pub(crate) fn rebit_base(&self, entity: Entity) -> String {
        match entity {
            Entity::Aa => self.base.endpoint("aa/v2").to_string(),
            Entity::Fip(institution) => {
                self.base.endpoint(&format!("fip/{}/v2", institution.entity_id())).to_string()
            }
        }
    }

    /// Carries out a fault of a party that does not speak ReBIT, as far as it is about transport; the answer to
    /// give instead of the right one, if any.
    pub(crate) async fn plain_fault(&self, entity: &str, operation: &str) -> Option<Response> {
        let fault = self.faults.strike(entity, operation)?;
        self.carry_out(&fault).await
    }

    /// As [`World::plain_fault`], for a fault that has struck already.
    pub(crate) async fn carry_out(&self, fault: &Fault) -> Option<Response> {
        self.faults.sit_out(Some(fault)).await;
        match fault {
            Fault::Status { status } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Some((status, "scripted failure").into_response())
            }
            Fault::Garbage => Some((StatusCode::OK, "\u{fffd}{not json").into_response()),
            _ => None,
        }
    }
}
