//! A phone with the SDK on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use mpp_core::{ConsentId, ConsentParameters, PartnerId, Source};
use mpp_crypto::envelope::{self, Context, Purpose};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey};
use mpp_private_share::folder::MemoryFolder;
use mpp_private_share::{
    Approval, ApprovalUi, DeviceSecret, LeftPage, PinnedAccountAggregator, PrivateSharePorts,
    PrivateShareSdk, PrivateShareSettings, SealedDocument, ShareReport, ShareRequest,
};
use mpp_testkit::{HandClock, SeededEntropy};
use mpp_transport::LoopbackTransport;
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use crate::fake_service::{FakeService, OTP};

pub(crate) struct Phone {
    pub(crate) sdk: PrivateShareSdk,
    pub(crate) service: Arc<FakeService>,
    pub(crate) folder: MemoryFolder,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) partner: EnvelopePrivateKey,
    starts: u64,
}

impl Phone {
    /// A phone whose customer is logged in.
    pub(crate) async fn logged_in() -> Self {
        let phone = Self::new().await;
        let challenge = phone.sdk.start_login(&"9000000001".parse().unwrap()).await.unwrap();
        phone.sdk.verify_login(&challenge, OTP).await.unwrap();
        phone
    }

    pub(crate) async fn new() -> Self {
        let clock = Arc::new(HandClock::new());
        let service = FakeService::new(Arc::clone(&clock));
        let folder = MemoryFolder::default();
        let sdk = open(&service, &folder, &clock, 1, 5).await;
        let partner = EnvelopePrivateKey::generate(&SeededEntropy::new(50));
        Self { sdk, service, folder, clock, partner, starts: 1 }
    }

    /// The app is killed and started again: nothing but the folder and the device secret is left.
    pub(crate) async fn restarted(self) -> Self {
        let starts = self.starts + 1;
        let sdk = open(&self.service, &self.folder, &self.clock, starts, 5).await;
        Self { sdk, starts, ..self }
    }

    /// The app is installed anew: the device secret is another, the folder was left behind.
    pub(crate) async fn reinstalled(self) -> Self {
        let starts = self.starts + 1;
        let sdk = open(&self.service, &self.folder, &self.clock, starts, 6).await;
        Self { sdk, starts, ..self }
    }

    pub(crate) fn request(&self) -> ShareRequest {
        ShareRequest {
            consent: ConsentId::from_random([11; 16]),
            partner: PartnerId::from_random([12; 16]),
            partner_key: self.partner.public().clone(),
            parameters: parameters(),
            range: None,
        }
    }

    /// Reads a sealed document as the MPP SDK does and opens it as the partner does.
    pub(crate) async fn opened(&self, report: &ShareReport, document: &SealedDocument) -> Vec<u8> {
        let sealed = self.sealed(report, document).await;
        assert_eq!(mpp_crypto::sha256(&sealed), document.sha256);
        assert_eq!(u64::try_from(sealed.len()).unwrap(), document.size);
        let request = self.request();
        let context = Context {
            purpose: Purpose::Parcel,
            partner: request.partner,
            consent: request.consent,
            parcel: document.parcel,
            source: Source::AccountAggregator,
            content_type: document.content_type.clone(),
        };
        let pem = self.partner.to_pkcs8_pem();
        let ring = EnvelopeKeyRing::new(EnvelopePrivateKey::from_pkcs8_pem(&pem).unwrap());
        let plaintext = envelope::open_all(&sealed, &ring, &context).unwrap();
        assert_eq!(mpp_crypto::sha256(&plaintext), document.plaintext_sha256);
        plaintext.to_vec()
    }

    pub(crate) async fn sealed(&self, report: &ShareReport, document: &SealedDocument) -> Vec<u8> {
        let mut sealed = Vec::new();
        let file = self.sdk.documents().open(report.reference, document.parcel).await.unwrap();
        file.unwrap().read_to_end(&mut sealed).await.unwrap();
        sealed
    }
}

async fn open(
    service: &Arc<FakeService>,
    folder: &MemoryFolder,
    clock: &Arc<HandClock>,
    seed: u64,
    secret: u8,
) -> PrivateShareSdk {
    let aa = PinnedAccountAggregator {
        entity: "ONEMONEYDEMO_AA".parse().unwrap(),
        keys: vec![("aa-key".parse().unwrap(), service.aa_key.public().clone())],
    };
    let settings = PrivateShareSettings::new("http://share.test/".parse().unwrap(), aa);
    let ports = PrivateSharePorts {
        transport: Arc::new(LoopbackTransport::new().with("share.test", loopback(service))),
        folder: Arc::new(folder.clone()),
        secret: DeviceSecret::from_bytes(Zeroizing::new([secret; 32])),
        clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::new(seed)),
    };
    PrivateShareSdk::open(settings, ports).await.unwrap()
}

fn loopback(
    service: &Arc<FakeService>,
) -> impl tower::Service<
    http::Request<mpp_transport::Body>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future = impl Send,
> + Clone
+ Send
+ Sync
+ 'static {
    use tower::ServiceExt;
    service
        .router()
        .map_request(|request: http::Request<mpp_transport::Body>| request.map(axum::body::Body::new))
}

pub(crate) fn parameters() -> ConsentParameters {
    serde_json::from_value(serde_json::json!({
        "consentStart": "2026-01-15T09:25:00.000Z", "consentExpiry": "2026-02-14T09:25:00.000Z",
        "consentMode": "STORE", "fetchType": "ONETIME", "consentTypes": ["PROFILE", "TRANSACTIONS"],
        "fiTypes": ["DEPOSIT"],
        "purpose": {"code": "103", "text": "To process your loan application"},
        "dataRange": {"from": "2025-01-15T00:00:00.000Z", "to": "2026-01-15T00:00:00.000Z"},
        "dataLife": {"unit": "MONTH", "value": 1}, "frequency": {"unit": "MONTH", "value": 1}
    }))
    .unwrap()
}

/// What the customer does when the page is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Habit {
    /// Decides and comes back.
    Decides,
    /// Decides, and the page stays open.
    DecidesAndStays,
    /// Closes the page.
    Closes,
    /// Comes back without a decision.
    Dawdles,
}

pub(crate) struct Customer {
    pub(crate) service: Arc<FakeService>,
    pub(crate) habit: Habit,
    pub(crate) shown: AtomicU32,
}

impl std::fmt::Debug for Customer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Customer")
    }
}

impl Customer {
    pub(crate) fn who(habit: Habit, phone: &Phone) -> Self {
        Self { service: Arc::clone(&phone.service), habit, shown: AtomicU32::new(0) }
    }
}

#[async_trait]
impl ApprovalUi for Customer {
    async fn show(&self, approval: &Approval) -> LeftPage {
        assert_eq!(approval.page.as_str(), "https://aa.example/web?handle=handle-1");
        self.shown.fetch_add(1, Ordering::SeqCst);
        match self.habit {
            Habit::Decides => {
                self.service.decide();
                LeftPage::CameBack
            }
            Habit::DecidesAndStays => {
                self.service.decide();
                std::future::pending().await
            }
            Habit::Closes => LeftPage::Closed,
            Habit::Dawdles => LeftPage::CameBack,
        }
    }
}
