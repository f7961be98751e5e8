//! One customer's whole journey without a visitor: the demo plays the customer's fingers, everything else is real.

mod evidence;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use async_trait::async_trait;
use mpp_api::central::{PhoneEvent, PhoneEventType};
use mpp_core::{Decision, LanguageTag, ProductId};
use mpp_private_share::{Approval, ApprovalUi, LeftPage};
use mpp_sdk::{KeptRequest, Screen};
use serde_json::{Value, json};

use crate::handset::Handset;
use crate::outside::{AaCustomer, Delivered, Outside};
use crate::timeline::{Entry, Timeline};

pub use evidence::{SourceOutcome, compare};

/// How long a journey may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// The surroundings of a journey.
#[derive(Debug, Clone)]
pub struct Journey {
    /// The sandbox.
    pub outside: Outside,
    /// The product asked for.
    pub product: ProductId,
    /// Where the timeline goes.
    pub timeline: Arc<Timeline>,
    /// When the demo began.
    pub begun: Instant,
}

/// What a journey ended with.
#[derive(Debug)]
pub struct Ended {
    /// The customer's number.
    pub customer: usize,
    /// The case.
    pub case_ref: String,
    /// Per document: produced, delivered, equal.
    pub sources: Vec<SourceOutcome>,
    /// The signed proofs the phone holds: artefacts, receipt, erasure receipts.
    pub proofs: Value,
}

/// What the phone holds when central has erased everything.
#[derive(Debug)]
pub struct Shared {
    /// The request with artefacts and receipt.
    pub kept: KeptRequest,
    /// The news until then.
    pub news: Vec<PhoneEvent>,
}

impl Journey {
    /// Walks one customer through everything from the partner's request to erasure.
    ///
    /// # Errors
    /// When a step fails or takes too long; the error names the step.
    pub async fn walk(&self, phone: &Handset) -> anyhow::Result<Ended> {
        let walked = tokio::time::timeout(PATIENCE, self.walk_without_limit(phone)).await;
        walked.with_context(|| format!("customer {} was not through in time", phone.number))?
    }

    async fn walk_without_limit(&self, phone: &Handset) -> anyhow::Result<Ended> {
        let (case_ref, link) = self.ask(phone).await.context("the partner asks for consent")?;
        let Shared { kept, news } = self.share_from_link(phone, &link).await?;
        let expected = self.outside.produced(&phone.person.mobile).await?;
        let delivered = self.until_delivered(&case_ref, expected.len()).await?;
        let sources = compare(&expected, &delivered);
        self.tell_delivery(phone, &sources);
        Ok(Ended { customer: phone.number, case_ref, sources, proofs: proofs(&kept, &news) })
    }

    /// Walks one customer from a link that was sent to the phone to the erasure at central.
    ///
    /// # Errors
    /// When a step fails; the error names the step.
    pub async fn share_from_link(&self, phone: &Handset, link: &str) -> anyhow::Result<Shared> {
        let screen = phone.mpp.open_link(link).await.context("the phone opens the link")?;
        self.tell_screen(phone, &screen);
        let decisions = screen.decisions().all(Decision::Approved);
        let kept =
            phone.mpp.decide(&screen, &decisions, &LanguageTag::english()).await.context("deciding")?;
        self.tell_decision(phone, &kept);
        self.log_in(phone).await.context("logging in at the private share service")?;
        let uploads = self.share(phone, &kept).await.context("sharing accounts")?;
        let news = self.until_erased(phone, uploads).await.context("waiting for delivery and erasure")?;
        Ok(Shared { kept, news })
    }

    async fn ask(&self, phone: &Handset) -> anyhow::Result<(String, String)> {
        let case_ref = self.new_case(phone.number);
        let link = self.start_case(phone, &case_ref).await?;
        self.tell(
            phone,
            "partner",
            "requested",
            "asks for consent for a personal loan",
            json!({ "caseRef": case_ref }),
        );
        Ok((case_ref, link))
    }

    /// A case reference nobody used before.
    #[must_use]
    pub fn new_case(&self, customer: usize) -> String {
        let suffix = hex::encode(mpp_core::draw::<4>(&mpp_server::runtime::SystemEntropy));
        format!("LOAN-{customer}-{suffix}")
    }

    /// Lets the partner's application start a case; gives the deep link for the customer's app.
    ///
    /// # Errors
    /// When the partner's side refuses.
    pub async fn start_case(&self, phone: &Handset, case_ref: &str) -> anyhow::Result<String> {
        let person = &phone.person;
        let case = json!({
            "productId": self.product, "caseRef": case_ref,
            "customer": {
                "mobile": person.mobile, "name": person.name, "dateOfBirth": person.date_of_birth,
                "pan": person.pan, "pincode": person.pincode,
            },
        });
        let started: Value = self.outside.post("/partner-app/cases", &case).await?;
        let link =
            started.get("link").and_then(Value::as_str).context("the partner's application gave no link")?;
        Ok(link.to_owned())
    }

    async fn log_in(&self, phone: &Handset) -> anyhow::Result<()> {
        let challenge = phone.private_share.start_login(&phone.person.mobile).await?;
        let otp = self.outside.one_time_password(&phone.person.mobile, "").await?;
        phone.private_share.verify_login(&challenge, &otp).await?;
        self.tell(
            phone,
            "phone",
            "logged-in",
            "proves the mobile number to the private share service",
            json!({}),
        );
        Ok(())
    }

    async fn share(&self, phone: &Handset, kept: &KeptRequest) -> anyhow::Result<usize> {
        let customer = Fingers { outside: self.outside.clone(), phone: phone.clone() };
        let shared = phone.mpp.share(kept.request, &phone.private_share, &customer, &|_| {}).await?;
        for account in &shared.report.accounts {
            let text = format!("{} {:?}: {}", account.fip_id, account.fi_type, account.outcome);
            self.tell(phone, "phone", "sealed", &text, json!({ "account": account.link_ref_number }));
        }
        for parcel in &shared.uploaded {
            let proof = json!({ "parcel": parcel.parcel, "sealedBytes": parcel.size });
            self.tell(phone, "central", "received", "holds one sealed parcel of accounts", proof);
        }
        Ok(shared.uploaded.len())
    }

    /// Reads news until everything that was fetched or uploaded has been delivered and erased.
    async fn until_erased(&self, phone: &Handset, uploads: usize) -> anyhow::Result<Vec<PhoneEvent>> {
        let third_parties = phone_third_parties(phone).await?;
        let mut news: Vec<PhoneEvent> = Vec::new();
        loop {
            let after = news.last().map_or(0, |event| event.sequence);
            for event in phone.mpp.news(after, Duration::from_secs(20)).await? {
                self.tell_news(phone, &event);
                if matches!(event.kind, PhoneEventType::Failed | PhoneEventType::Expired) {
                    bail!("{} ended as {:?}: {:?}", event.source, event.kind, event.reason);
                }
                news.push(event);
            }
            let erased = news.iter().filter(|event| event.kind == PhoneEventType::Delivered).count();
            if erased >= uploads.saturating_add(third_parties) {
                return Ok(news);
            }
        }
    }

    /// The partner's application fetches on its own time once its client server has told it.
    async fn until_delivered(&self, case_ref: &str, expected: usize) -> anyhow::Result<Vec<Delivered>> {
        loop {
            let delivered = self.outside.delivered(case_ref).await?;
            if delivered.len() >= expected {
                return Ok(delivered);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn tell(&self, phone: &Handset, actor: &'static str, step: &'static str, text: &str, proof: Value) {
        let entry = Entry { customer: Some(phone.number), actor, step, text: text.to_owned(), proof };
        self.timeline.record(self.begun.elapsed(), &entry);
    }

    fn tell_screen(&self, phone: &Handset, screen: &Screen) {
        let items: Vec<&str> = screen.content().items.iter().map(|item| item.source.as_str()).collect();
        let text =
            format!("shows {} items, nothing ticked, for {}", items.len(), screen.content().partner_name);
        let proof = json!({ "items": items, "recipientKey": screen.recipient().kid, "screenSha256": screen.digest() });
        self.tell(phone, "phone", "shown", &text, proof);
    }

    fn tell_decision(&self, phone: &Handset, kept: &KeptRequest) {
        for artefact in &kept.artefacts {
            let text = format!("issues a signed artefact for {}", artefact.source);
            let proof = json!({ "consent": artefact.consent, "artefact": artefact.signed });
            self.tell(phone, "central", "consented", &text, proof);
        }
    }

    fn tell_news(&self, phone: &Handset, event: &PhoneEvent) {
        let (step, text) = match event.kind {
            PhoneEventType::Fetched => {
                ("fetched", format!("{} is fetched and sealed while it is read", event.source))
            }
            PhoneEventType::Delivered => {
                ("erased", format!("{} was collected; central destroyed key and bytes", event.source))
            }
            PhoneEventType::Expired => {
                ("expired", format!("{} was not collected in time and is erased", event.source))
            }
            PhoneEventType::Failed => ("failed", format!("{} could not be fetched", event.source)),
            PhoneEventType::FetchDue => ("due", format!("{} is due again", event.source)),
            PhoneEventType::ConsentChanged => {
                ("changed", format!("the consent for {} changed", event.source))
            }
        };
        let proof = json!({ "parcel": event.parcel_id, "erasureReceipt": event.erasure_receipt, "reason": event.reason });
        self.tell(phone, "central", step, &text, proof);
    }

    fn tell_delivery(&self, phone: &Handset, sources: &[SourceOutcome]) {
        for source in sources {
            let text = format!(
                "{}: delivered {} what was produced, sealed by {}",
                source.name,
                if source.equal { "exactly" } else { "NOT" },
                sealer(source)
            );
            let proof = json!({
                "produced": source.produced, "delivered": source.delivered, "sealedBy": source.sealed_by,
            });
            self.tell(phone, "partner", "delivered", &text, proof);
        }
    }
}

/// Who the client server has seen to have sealed it.
fn sealer(source: &SourceOutcome) -> &'static str {
    match source.sealed_by.as_ref().map(|by| by.who.as_str()) {
        Some("device") => "the customer's device",
        Some("central") => "central",
        _ => "nobody knows whom",
    }
}

async fn phone_third_parties(phone: &Handset) -> anyhow::Result<usize> {
    let requests = phone.mpp.requests().await?;
    let newest = requests.last().context("the phone knows no request")?;
    Ok(newest.artefacts.iter().filter(|artefact| artefact.source.provider().is_some()).count())
}

fn proofs(kept: &KeptRequest, news: &[PhoneEvent]) -> Value {
    let artefacts: Vec<&str> = kept.artefacts.iter().map(|artefact| artefact.signed.as_str()).collect();
    let erasures: Vec<&str> = news.iter().filter_map(|event| event.erasure_receipt.as_deref()).collect();
    json!({ "artefacts": artefacts, "consentReceipt": kept.receipt, "erasureReceipts": erasures })
}

/// The customer's fingers on the Account Aggregator's page.
#[derive(Debug)]
struct Fingers {
    outside: Outside,
    phone: Handset,
}

#[async_trait]
impl ApprovalUi for Fingers {
    async fn show(&self, approval: &Approval) -> LeftPage {
        let handle = approval
            .page
            .query_pairs()
            .find(|(name, _)| name == "handle")
            .map(|(_, handle)| handle.into_owned());
        let approved = async {
            let handle = handle.context("the page names no consent")?;
            let customer = AaCustomer::log_in(&self.outside, &self.phone.person.mobile).await?;
            customer.approve(&handle).await
        };
        match approved.await {
            Ok(()) => LeftPage::CameBack,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "the customer could not approve");
                LeftPage::Closed
            }
        }
    }
}
