//! A service with everything around it, as tests need it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mpp_core::{
    AaConsentKey, Clock, ConsentParameters, CustomerRef, DataRange, DataSessionId, MobileNumber, Span,
};
use mpp_crypto::at_rest::{EpochKey, EpochKeys};
use mpp_crypto::rebit::{Flavour, OurKeyMaterial};
use mpp_crypto::{CustomerRefKey, SigningKey, customer_ref};
use mpp_services::private_share::{
    AccountDataStatus, ConsentNotice, CustomerSession, DataSessionRequest, FiNotice, LoginSecret,
    PrivateSharePorts, PrivateShareSecrets, PrivateShareService, PrivateShareSettings, SmsError, SmsSender,
    SmsText, ToldAccount, ToldSessionStatus,
};
use mpp_store::{MemoryStore, Store, Vault, WorkerName};
use mpp_testkit::{HandClock, SeededEntropy};
use zeroize::Zeroizing;

use crate::fake_aa::{ACCOUNTS, FakeAa};
use crate::fused_store::{Fuse, FusedStore};
use crate::late_store::LateStore;

/// The SMS gateway: keeps what was sent.
#[derive(Default)]
pub(crate) struct FakeSms(pub(crate) Mutex<Vec<String>>);

impl std::fmt::Debug for FakeSms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeSms")
    }
}

#[async_trait]
impl SmsSender for FakeSms {
    async fn send(&self, _to: &MobileNumber, text: &SmsText) -> Result<(), SmsError> {
        self.0.lock().unwrap().push(text.as_str().to_owned());
        Ok(())
    }
}

pub(crate) struct Bench {
    pub(crate) service: Arc<PrivateShareService>,
    pub(crate) aa: Arc<FakeAa>,
    pub(crate) sms: Arc<FakeSms>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) entropy: Arc<SeededEntropy>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let (aa, sms) = (Arc::new(FakeAa::new()), Arc::new(FakeSms::default()));
        let (clock, entropy) = (Arc::new(HandClock::new()), Arc::new(SeededEntropy::new(7)));
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let service = Self::service(&aa, &sms, &clock, &store, &entropy);
        Self { service, aa, sms, clock, store, entropy }
    }

    /// The service after a restart: the same store and secrets, nothing in memory.
    pub(crate) fn restarted(self) -> Self {
        let service = Self::service(&self.aa, &self.sms, &self.clock, &self.store, &self.entropy);
        Self { service, ..self }
    }

    /// The service over the same store, until its fuse has burnt down.
    pub(crate) fn mortal(&self, fuse: Arc<Fuse>) -> Arc<PrivateShareService> {
        let store: Arc<dyn Store> = Arc::new(FusedStore { below: Arc::clone(&self.store), fuse });
        Self::service(&self.aa, &self.sms, &self.clock, &store, &self.entropy)
    }

    /// The service over the same store, at which others get their turn between a read and what is made of it.
    pub(crate) fn late(&self) -> Arc<PrivateShareService> {
        let store: Arc<dyn Store> = Arc::new(LateStore(Arc::clone(&self.store)));
        Self::service(&self.aa, &self.sms, &self.clock, &store, &self.entropy)
    }

    fn service(
        aa: &Arc<FakeAa>,
        sms: &Arc<FakeSms>,
        clock: &Arc<HandClock>,
        store: &Arc<dyn Store>,
        entropy: &Arc<SeededEntropy>,
    ) -> Arc<PrivateShareService> {
        let epochs = EpochKeys::new(EpochKey::from_bytes(Zeroizing::new([3; 32])), Vec::new());
        let ports = PrivateSharePorts {
            store: Arc::clone(store),
            vault: Arc::new(Vault::new(Arc::new(epochs), entropy.clone())),
            account_aggregator: aa.clone(),
            sms: sms.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        };
        let secrets = PrivateShareSecrets {
            customers: CustomerRefKey::from_bytes(Zeroizing::new([1; 32])),
            logins: LoginSecret::from_bytes(Zeroizing::new([2; 32])),
        };
        let page = "https://aa.example/web".parse().unwrap();
        Arc::new(PrivateShareService::new(ports, secrets, PrivateShareSettings::new("onemoney", page)))
    }

    pub(crate) fn device(&self) -> SigningKey {
        SigningKey::generate_p256(&*self.entropy)
    }

    pub(crate) fn last_code(&self) -> String {
        self.sms.0.lock().unwrap().last().unwrap()[..6].to_owned()
    }

    /// Logs a customer in.
    pub(crate) async fn customer(&self, mobile: &str) -> CustomerSession {
        let device = self.device();
        let (mobile, device_key) = (mobile.parse().unwrap(), device.public().to_jwk());
        let login = self.service.start_login(&mobile, &device_key).await.unwrap();
        let opened = self.service.verify_login(login.id, &self.last_code()).await.unwrap();
        self.service.authenticate(&opened.key, device.kid()).await.unwrap()
    }

    pub(crate) fn parameters(&self) -> ConsentParameters {
        parameters("ONETIME")
    }

    /// A customer with an active consent.
    pub(crate) async fn with_consent(&self, fetch_type: &str) -> (CustomerSession, AaConsentKey) {
        let who = self.customer("9000000001").await;
        let key = AaConsentKey::generate(&*self.entropy);
        self.service.raise_consent(&who, key, &parameters(fetch_type)).await.unwrap();
        self.aa.decide(true);
        self.notice_last().await;
        assert_eq!(self.service.consent(&who, key).await.unwrap().state, "active");
        (who, key)
    }

    /// The Account Aggregator gives notice of the last consent, and the service deals with it.
    pub(crate) async fn notice_last(&self) {
        let notice = ConsentNotice {
            from: "ONEMONEYDEMO_AA".parse().unwrap(),
            consent: None,
            handle: Some(self.aa.last_handle()),
        };
        self.service.consent_noticed(&notice).await.unwrap();
        self.work().await;
    }

    pub(crate) async fn work(&self) {
        for job in self.service.lease_jobs(&WorkerName::new("test"), 16).await.unwrap() {
            self.service.perform(&job).await.unwrap();
        }
    }

    pub(crate) fn session_request(&self, consent: AaConsentKey) -> DataSessionRequest {
        let expiry = self.clock.now().plus(Span::from_hours(24));
        DataSessionRequest {
            consent,
            range: parameters("ONETIME").form().data_range,
            key_material: OurKeyMaterial::generate(Flavour::X25519, &*self.entropy, expiry).public_form(),
        }
    }

    pub(crate) fn customer_ref(&self, mobile: &str) -> CustomerRef {
        let key = CustomerRefKey::from_bytes(Zeroizing::new([1; 32]));
        customer_ref(&key, &mobile.parse().unwrap())
    }
}

pub(crate) fn parameters(fetch_type: &str) -> ConsentParameters {
    serde_json::from_value(serde_json::json!({
        "consentStart": "2026-01-15T09:25:00.000Z", "consentExpiry": "2026-02-14T09:25:00.000Z",
        "consentMode": "STORE", "fetchType": fetch_type, "consentTypes": ["PROFILE", "TRANSACTIONS"],
        "fiTypes": ["DEPOSIT"],
        "purpose": {"code": "103", "text": "To process your loan application"},
        "dataRange": {"from": "2025-01-15T00:00:00.000Z", "to": "2026-01-15T00:00:00.000Z"},
        "dataLife": {"unit": "MONTH", "value": 1}, "frequency": {"unit": "DAY", "value": 1}
    }))
    .unwrap()
}

pub(crate) fn wider_range() -> DataRange {
    DataRange::new("2024-01-15T00:00:00Z".parse().unwrap(), "2026-01-15T00:00:00Z".parse().unwrap()).unwrap()
}

/// A notice about a session: the statuses of the two accounts.
pub(crate) fn fi_notice(
    session: &DataSessionId,
    status: ToldSessionStatus,
    accounts: [Option<AccountDataStatus>; 2],
) -> FiNotice {
    let told = ACCOUNTS.iter().zip(accounts).filter_map(|((fip, link, _), status)| {
        Some(ToldAccount { fip: fip.parse().unwrap(), link_ref: link.parse().unwrap(), status: status? })
    });
    FiNotice {
        from: "ONEMONEYDEMO_AA".parse().unwrap(),
        session: session.clone(),
        status,
        accounts: told.collect(),
    }
}
