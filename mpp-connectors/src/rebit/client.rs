//! The port over ReBIT 2.x.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use mpp_core::{
    AaConsentId, Clock, ConsentHandle, DataSessionId, EntityId, Entropy, FetchPermit, SignedConsent, Source,
    Vua,
};
use mpp_crypto::signed_consent;
use mpp_transport::Transport;
use serde::de::IgnoredAny;

use super::exchange::{AnswerSize, Exchange};
use super::wire::{
    ConsentChangeRequest, ConsentFetchAnswer, ConsentFetchRequest, ConsentRequest, ConsentRequestAnswer,
    FiFetchAnswer, FiFetchRequest, FiRequestAnswer, FiRequestBody, HandleAnswer, HandleRequest,
    HeartbeatAnswer, SignedDetail,
};
use super::{OurIdentity, PeerKeys, RebitAaConfig, terms};
use crate::ApiKey;
use crate::account_aggregator::{
    AaError, AaHealth, AccountAggregator, AnswerDefect, ConsentChange, ConsentDetail, FiFilter, FiFromFip,
    FiRequest, HandleStatus, PermitDefect, RaisedConsent, VerifiedAaConsent,
};

/// One Account Aggregator over ReBIT 2.x.
#[derive(Debug)]
pub struct RebitAa {
    exchange: Exchange,
}

impl RebitAa {
    /// A client of the Account Aggregator of `config`, which signs with one of `keys`.
    #[must_use]
    pub fn new(
        config: RebitAaConfig,
        ours: OurIdentity,
        keys: Arc<PeerKeys>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { exchange: Exchange::new(config, ours, keys, transport, clock, entropy) }
    }

    /// Lets the next requests carry another key: the ecosystem's tokens live a day.
    pub fn replace_api_key(&self, key: ApiKey) {
        self.exchange.replace_api_key(key);
    }

    fn check_permit(&self, permit: &FetchPermit) -> Result<(), AaError> {
        if *permit.source() != Source::AccountAggregator {
            return Err(AaError::Permit(PermitDefect::Source));
        }
        if !permit.still_good(self.exchange.clock().now()) {
            return Err(AaError::Permit(PermitDefect::Lapsed));
        }
        Ok(())
    }
}

#[async_trait]
impl AccountAggregator for RebitAa {
    fn entity(&self) -> &EntityId {
        &self.exchange.config().form().entity
    }

    async fn heartbeat(&self) -> Result<AaHealth, AaError> {
        let answer: HeartbeatAnswer = self.exchange.get("Heartbeat").await?;
        Ok(answer.health())
    }

    async fn request_consent(&self, asked: &ConsentDetail) -> Result<RaisedConsent, AaError> {
        if asked.parameters().form().fi_types.is_empty() {
            return Err(AaError::Request { reason: "a consent needs at least one FI type" });
        }
        let answer: ConsentRequestAnswer =
            self.exchange.post("Consent", ConsentRequest::from(asked), AnswerSize::Plain).await?;
        let told = answer.customer.map(|customer| customer.id.parse::<Vua>());
        let vua = match (told, asked.vua()) {
            (Some(Ok(told)), Some(asked)) if told == *asked => told,
            (Some(Ok(told)), None) => told,
            (None, Some(asked)) => asked.clone(),
            (Some(_), _) => return Err(AaError::Untrusted(AnswerDefect::Subject)),
            (None, None) => return Err(AaError::Untrusted(AnswerDefect::Unreadable)),
        };
        Ok(RaisedConsent { handle: answer.handle, vua })
    }

    async fn consent_status(&self, handle: &ConsentHandle) -> Result<HandleStatus, AaError> {
        let answer: HandleAnswer =
            self.exchange.post("Consent/handle", HandleRequest { handle }, AnswerSize::Plain).await?;
        if answer.handle != *handle {
            return Err(AaError::Untrusted(AnswerDefect::Subject));
        }
        answer.status().ok_or(AaError::Untrusted(AnswerDefect::Unreadable))
    }

    async fn fetch_consent(
        &self,
        consent: &AaConsentId,
        asked: &ConsentDetail,
    ) -> Result<VerifiedAaConsent, AaError> {
        let request = ConsentFetchRequest { consent_id: consent };
        let answer: ConsentFetchAnswer =
            self.exchange.post("Consent/fetch", request, AnswerSize::Plain).await?;
        if answer.consent_id != *consent {
            return Err(AaError::Untrusted(AnswerDefect::Subject));
        }
        let verified = signed_consent::verify(&answer.signed_consent, |kid| self.exchange.keys().key(kid))
            .map_err(|_| AaError::Untrusted(AnswerDefect::SignedConsent))?;
        let detail: SignedDetail = serde_json::from_slice(&verified.payload)
            .map_err(|_| AaError::Untrusted(AnswerDefect::Unreadable))?;
        let (vua, parameters) =
            terms::check(&detail, asked, self.entity()).map_err(AaError::ConsentDiffers)?;
        Ok(VerifiedAaConsent {
            id: answer.consent_id.clone(),
            status: answer.status(),
            created_at: answer.create_timestamp.0,
            signed_consent: SignedConsent::new(answer.signed_consent),
            digital_signature: verified.signature,
            vua,
            accounts: detail.accounts(),
            parameters,
        })
    }

    async fn change_consent(&self, consent: &AaConsentId, change: ConsentChange) -> Result<(), AaError> {
        let request = ConsentChangeRequest::new(&self.exchange.ours().entity, consent, change);
        let _: IgnoredAny = self.exchange.post("Consent/Notification", request, AnswerSize::Plain).await?;
        Ok(())
    }

    async fn request_fi(&self, permit: &FetchPermit, request: &FiRequest) -> Result<DataSessionId, AaError> {
        self.check_permit(permit)?;
        if permit.aa_consent().is_some_and(|consent| *consent != request.consent) {
            return Err(AaError::Permit(PermitDefect::Consent));
        }
        if !permit.range().covers(request.range) {
            return Err(AaError::Permit(PermitDefect::Range));
        }
        let answer: FiRequestAnswer =
            self.exchange.post("FI/request", FiRequestBody::from(request), AnswerSize::Plain).await?;
        if answer.consent_id != request.consent {
            return Err(AaError::Untrusted(AnswerDefect::Subject));
        }
        Ok(answer.session_id)
    }

    async fn fetch_fi(
        &self,
        permit: &FetchPermit,
        session: &DataSessionId,
        filter: &FiFilter,
    ) -> Result<Vec<FiFromFip>, AaError> {
        self.check_permit(permit)?;
        let request = FiFetchRequest::new(session, filter);
        let answer: FiFetchAnswer = self.exchange.post("FI/fetch", request, AnswerSize::Data).await?;
        let fetched: Vec<FiFromFip> = answer.into();
        if !lies_within(&fetched, filter) {
            return Err(AaError::Untrusted(AnswerDefect::Subject));
        }
        Ok(fetched)
    }
}

/// Whether nothing came that was filtered out, and no account twice.
fn lies_within(fetched: &[FiFromFip], filter: &FiFilter) -> bool {
    let mut seen = BTreeSet::new();
    fetched.iter().all(|entry| {
        filter.fip.as_ref().is_none_or(|fip| *fip == entry.fip)
            && entry.accounts.iter().all(|account| {
                let asked = filter.accounts.is_empty() || filter.accounts.contains(&account.link_ref);
                asked && seen.insert((&entry.fip, &account.link_ref))
            })
    })
}
