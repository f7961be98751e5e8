//! A customer's journey in steps between which a test can do something.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use async_trait::async_trait;
use mpp_api::central::{PhoneEvent, PhoneEventType};
use mpp_core::{Decision, LanguageTag, ProductId};
use mpp_demo::handset::Handset;
use mpp_demo::journey::{Journey, SourceOutcome, compare};
use mpp_demo::outside::{AaCustomer, Delivered, Outside};
use mpp_demo::stopwatch;
use mpp_demo::timeline::{Form, Timeline};
use mpp_demo::world::World;
use mpp_private_share::{Approval, ApprovalUi, LeftPage};
use mpp_sdk::{KeptRequest, Screen, SdkError, Shared, UploadStep};
use serde::Deserialize;

use super::town::{Town, until};

/// What a case is about when every item was approved.
pub(crate) const EVERY_SOURCE: &[&str] = &["account-aggregator", "bureau", "operator"];

/// A customer with the case of a partner.
#[derive(Clone)]
pub(crate) struct Customer {
    pub(crate) phone: Handset,
    pub(crate) case: String,
    pub(crate) request: KeptRequest,
    outside: Outside,
}

/// A case as the partner's application sees it.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    events: Vec<Event>,
    items: Vec<Delivered>,
    problems: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
}

impl Case {
    pub(crate) fn times(&self, kind: &str) -> usize {
        self.events.iter().filter(|event| event.kind == kind).count()
    }
}

/// A customer to whom a link was sent.
pub(crate) struct Sent {
    pub(crate) phone: Handset,
    pub(crate) case: String,
    pub(crate) link: String,
    pub(crate) outside: Outside,
}

impl Sent {
    /// The partner asks.
    pub(crate) async fn in_world(world: &World, number: usize) -> Result<Self> {
        Self::for_product(world, world.product(), number).await
    }

    /// The partner asks for this product.
    pub(crate) async fn for_product(world: &World, product: ProductId, number: usize) -> Result<Self> {
        let phone = world.phone(number).await?;
        let journey = Journey {
            outside: world.outside().clone(),
            product,
            timeline: Arc::new(Timeline::new(Form::Silent)),
            begun: stopwatch::now(),
        };
        let case = journey.new_case(number);
        let link = journey.start_case(&phone, &case).await?;
        Ok(Self { phone, case, link, outside: journey.outside })
    }

    /// The phone opens the link.
    pub(crate) async fn opens(self) -> Result<Asked> {
        let screen = self.phone.mpp.open_link(&self.link).await?;
        Ok(Asked { phone: self.phone, case: self.case, screen, outside: self.outside })
    }
}

/// A customer who looks at the consent screen.
pub(crate) struct Asked {
    pub(crate) phone: Handset,
    pub(crate) case: String,
    pub(crate) screen: Screen,
    outside: Outside,
}

impl Asked {
    /// The partner asks, the phone opens the link.
    pub(crate) async fn in_world(world: &World, number: usize) -> Result<Self> {
        Sent::in_world(world, number).await?.opens().await
    }

    /// The customer refuses these sources, approves the rest, and logs in at the private share service.
    pub(crate) async fn decides(self, refused: &[&str]) -> Result<Customer> {
        let Self { phone, case, screen, outside } = self;
        let mut decisions = screen.decisions().all(Decision::Approved);
        for source in refused {
            decisions = decisions.with(&source.parse()?, Decision::Refused);
        }
        let request = phone.mpp.decide(&screen, &decisions, &LanguageTag::english()).await?;
        let challenge = phone.private_share.start_login(&phone.person.mobile).await?;
        let code = outside.one_time_password(&phone.person.mobile, "").await?;
        phone.private_share.verify_login(&challenge, &code).await?;
        Ok(Customer { phone, case, request, outside })
    }
}

impl Customer {
    /// The partner asks, the customer refuses these sources and approves the rest.
    pub(crate) async fn decides(world: &World, number: usize, refused: &[&str]) -> Result<Self> {
        Asked::in_world(world, number).await?.decides(refused).await
    }

    /// Shares accounts, approving everything at the Account Aggregator.
    pub(crate) async fn shares(
        &self,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<Shared, SdkError> {
        self.shares_with(&Approves(self.clone()), on_step).await
    }

    pub(crate) async fn shares_with(
        &self,
        ui: &dyn ApprovalUi,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<Shared, SdkError> {
        self.phone.mpp.share(self.request.request, &self.phone.private_share, ui, on_step).await
    }

    /// Uploads what lies sealed on the phone.
    pub(crate) async fn resumes_uploads(&self) -> Result<usize, SdkError> {
        let documents = self.phone.private_share.documents();
        let uploaded = self.phone.mpp.resume_uploads(self.request.request, documents, &|_| {}).await?;
        Ok(uploaded.len())
    }

    /// The case as the partner's application sees it now.
    pub(crate) async fn case(&self) -> Result<Case> {
        self.outside.get(&format!("/partner-app/cases/{}", self.case)).await
    }

    /// Waits until the partner's application was told something so often.
    pub(crate) async fn partner_hears(&self, kind: &str, times: usize) -> Result<Case> {
        until(&format!("the partner hears {kind}"), async || {
            let case = self.case().await?;
            Ok((case.times(kind) >= times).then_some(case))
        })
        .await
    }

    /// Waits until everything these sources produced came, and central let go of it; then nothing may be missing,
    /// changed, or there twice.
    pub(crate) async fn has_everything_delivered_once(&self, town: &Town, sources: &[&str]) -> Result<()> {
        let wanted: BTreeSet<&str> = sources.iter().copied().collect();
        until("every document comes", async || {
            let produced = self.outside.produced(&self.phone.person.mobile).await?;
            let delivered = self.outside.delivered(&self.case).await?;
            let names: BTreeSet<&str> = produced.iter().map(|document| document.source.as_str()).collect();
            Ok((names == wanted && delivered.len() >= produced.len()).then_some(()))
        })
        .await?;
        town.nothing_is_held().await?;
        let produced = self.outside.produced(&self.phone.person.mobile).await?;
        let case = self.partner_hears("data.available", produced.len()).await?;
        let outcomes = compare(&produced, &case.items);
        let wrong: Vec<&SourceOutcome> = outcomes.iter().filter(|outcome| !outcome.equal).collect();
        ensure!(wrong.is_empty(), "not delivered exactly once as produced: {wrong:?}");
        ensure!(case.items.len() == produced.len(), "{} items for {}", case.items.len(), produced.len());
        ensure!(case.times("data.available") == produced.len(), "told of data more than once");
        ensure!(case.problems.is_empty(), "{:?}", case.problems);
        self.has_a_receipt_of_each_erasure(produced.len()).await
    }

    async fn has_a_receipt_of_each_erasure(&self, documents: usize) -> Result<()> {
        let news = self.news().await?;
        let delivered = news.iter().filter(|event| event.kind == PhoneEventType::Delivered);
        let receipts: Vec<_> = delivered.map(|event| (event.parcel_id, &event.erasure_receipt)).collect();
        ensure!(receipts.iter().all(|(_, receipt)| receipt.is_some()), "an erasure without a receipt");
        let parcels: BTreeSet<_> = receipts.iter().map(|(parcel, _)| *parcel).collect();
        ensure!(receipts.len() == documents && parcels.len() == documents, "{} receipts", receipts.len());
        Ok(())
    }

    /// All news of this phone.
    pub(crate) async fn news(&self) -> Result<Vec<PhoneEvent>> {
        let mut news: Vec<PhoneEvent> = Vec::new();
        loop {
            let after = news.last().map_or(0, |event| event.sequence);
            let page = self.phone.mpp.news(after, Duration::ZERO).await?;
            if page.is_empty() {
                return Ok(news);
            }
            news.extend(page);
        }
    }
}

/// Links every account and approves.
struct Approves(Customer);

impl std::fmt::Debug for Approves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Approves")
    }
}

#[async_trait]
impl ApprovalUi for Approves {
    async fn show(&self, approval: &Approval) -> LeftPage {
        let approved = async {
            let customer = AaCustomer::log_in(&self.0.outside, &self.0.phone.person.mobile).await?;
            customer.approve(&handle_of(approval)?).await
        };
        approved.await.expect("the customer can approve");
        LeftPage::CameBack
    }
}

/// The consent handle in the address of the Account Aggregator's page.
pub(crate) fn handle_of(approval: &Approval) -> Result<String> {
    let mut parts = approval.page.query_pairs();
    let Some((_, handle)) = parts.find(|(name, _)| name == "handle") else {
        bail!("the page names no consent");
    };
    Ok(handle.into_owned())
}
