//! A fleet of one phone with the real MPP SDK on a central of ours, a desk of ours, and sharing we can lead by hand.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::Router;
use mpp_core::{Clock, ConsentId, ConsentRequestId, FiType, ParcelId, Span, Timestamp};
use mpp_demo::phone::{
    self, DemoDesk, DeskError, Invitation, Owner, Phone, PhoneFleet, Sharing, TextMessage,
};
use mpp_private_share::{
    AccountOutcome, AccountReport, Approval, ApprovalUi, FilesystemFolder, LeftPage, ShareError, ShareReport,
};
use mpp_sdk::{MppSdk, SdkError, SdkPorts, SdkSettings, Shared, UploadStep};
use mpp_testkit::{HandClock, SeededEntropy};
use mpp_transport::LoopbackTransport;
use tokio::sync::Notify;

use super::central::{self, Central, PARTNER};
use super::terms::account_terms;

/// Sharing led by the test: each ring lets it go one step further.
#[derive(Debug)]
pub struct HandSharing {
    clock: Arc<HandClock>,
    signed_in: AtomicBool,
    pub approved: Notify,
    pub refused: Notify,
    pub fetched: Notify,
    pub uploaded: Notify,
    pub broken: AtomicBool,
    pub revoked: Mutex<Vec<ConsentId>>,
    pub page: String,
}

pub fn parcel() -> ParcelId {
    ParcelId::from_random([7; 16])
}

pub fn report() -> ShareReport {
    let account = |fip: &str, fi_type, outcome| AccountReport {
        fip_id: fip.parse().unwrap(),
        link_ref_number: "7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06".parse().unwrap(),
        fi_type,
        outcome,
    };
    ShareReport {
        reference: "07".repeat(16).parse().unwrap(),
        accounts: vec![
            account("SAHYADRI_FIP", FiType::Deposit, AccountOutcome::Sealed { parcel: parcel() }),
            account("NILGIRI_FIP", FiType::MutualFunds, AccountOutcome::TimedOut),
        ],
        unexpected: 0,
    }
}

#[async_trait]
impl Sharing for HandSharing {
    async fn is_signed_in(&self) -> bool {
        self.signed_in.load(Ordering::SeqCst)
    }

    async fn send_code(&self) -> Result<Timestamp, ShareError> {
        Ok(self.clock.now().plus(Span::from_minutes(3)))
    }

    async fn give_code(&self, code: &str) -> Result<(), ShareError> {
        match code {
            "482913" => {
                self.signed_in.store(true, Ordering::SeqCst);
                Ok(())
            }
            "000000" => Err(ShareError::NewCodeNeeded),
            _ => Err(ShareError::WrongCode),
        }
    }

    async fn share(
        &self,
        _request: ConsentRequestId,
        ui: &dyn ApprovalUi,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<Shared, SdkError> {
        let approval = Approval { page: self.page.parse().unwrap(), parameters: account_terms() };
        tokio::select! {
            left = ui.show(&approval) => {
                assert_eq!(left, LeftPage::Closed);
                return Err(ShareError::Cancelled.into());
            }
            () = self.refused.notified() => return Err(ShareError::Refused.into()),
            () = self.approved.notified() => {}
        }
        self.fetched.notified().await;
        on_step(UploadStep { parcel: parcel(), sent: 40_960, size: 123_456 });
        self.uploaded.notified().await;
        if self.broken.swap(false, Ordering::SeqCst) {
            return Err(SdkError::Share(ShareError::NoDataInTime));
        }
        on_step(UploadStep { parcel: parcel(), sent: 123_456, size: 123_456 });
        Ok(Shared { report: report(), uploaded: Vec::new() })
    }

    async fn resume_uploads(
        &self,
        _request: ConsentRequestId,
        _on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<(), SdkError> {
        Ok(())
    }

    async fn revoke(&self, consent: ConsentId) -> Result<(), ShareError> {
        self.revoked.lock().unwrap().push(consent);
        Ok(())
    }
}

/// A desk at which the partner begins cases at [`Central`].
#[derive(Debug)]
pub struct Desk {
    central: Arc<Central>,
    clock: Arc<HandClock>,
    pub closed: AtomicBool,
}

#[async_trait]
impl DemoDesk for Desk {
    async fn start_case(&self, _customer: usize) -> Result<Invitation, DeskError> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(DeskError { reason: "internal-reason".into() });
        }
        Ok(Invitation { from: PARTNER.into(), link: self.central.place() })
    }

    async fn messages(&self, _customer: usize) -> Result<Vec<TextMessage>, DeskError> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(DeskError { reason: "internal-reason".into() });
        }
        Ok(vec![TextMessage {
            from: "ONEMNY".into(),
            text: "482913 is your code for the private data share. It is good for 3 minutes. Never share it."
                .into(),
            received_at: self.clock.now(),
        }])
    }
}

/// Everything a test needs.
pub struct Stage {
    pub central: Arc<Central>,
    pub sharing: Arc<HandSharing>,
    pub desk: Arc<Desk>,
    pub clock: Arc<HandClock>,
    pub fleet: Arc<PhoneFleet>,
    pub phone: Arc<Phone>,
    pub mpp: Arc<MppSdk>,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// One phone, of a customer with this name, whose aggregator's page is at `page`.
    pub async fn new(name: &str, page: &str) -> Self {
        let central = Central::new(7);
        let clock = Arc::new(HandClock::new());
        let folder = tempfile::tempdir().unwrap();
        let transport =
            LoopbackTransport::new().with("central.example", central::routes(Arc::clone(&central)));
        let ports = SdkPorts {
            transport: Arc::new(transport),
            folder: Arc::new(FilesystemFolder::open(folder.path()).await.unwrap()),
            clock: Arc::<HandClock>::clone(&clock),
            entropy: Arc::new(SeededEntropy::new(11)),
        };
        let settings = SdkSettings {
            central: "https://central.example".parse().unwrap(),
            central_keys: vec![central.public_key()],
        };
        let mpp = Arc::new(MppSdk::open(settings, ports).await.unwrap());
        let sharing = Arc::new(HandSharing {
            clock: Arc::clone(&clock),
            signed_in: AtomicBool::new(false),
            approved: Notify::new(),
            refused: Notify::new(),
            fetched: Notify::new(),
            uploaded: Notify::new(),
            broken: AtomicBool::new(false),
            revoked: Mutex::default(),
            page: page.to_owned(),
        });
        let owner = Owner { number: 1, name: name.into(), mobile: "9000000001".parse().unwrap() };
        let phone =
            Arc::new(Phone::with_sharing(owner, Arc::clone(&mpp), Arc::<HandSharing>::clone(&sharing)));
        let desk = Arc::new(Desk {
            central: Arc::clone(&central),
            clock: Arc::clone(&clock),
            closed: AtomicBool::new(false),
        });
        let fleet = PhoneFleet::new(
            vec![Arc::clone(&phone)],
            Arc::<Desk>::clone(&desk),
            Arc::<HandClock>::clone(&clock),
        );
        Self { central, sharing, desk, clock, fleet: Arc::new(fleet), phone, mpp, _folder: folder }
    }

    pub fn router(&self) -> Router {
        Router::new().nest(phone::PREFIX, phone::router(Arc::clone(&self.fleet)))
    }
}
