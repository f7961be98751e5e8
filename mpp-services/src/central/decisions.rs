//! Step 2, second half: the customer decides, item by item.

use mpp_core::{
    ArtefactId, Consent, ConsentArtefact, ConsentId, ConsentReceipt, ConsentRequest, ConsentRequestId,
    ConsentRequestState, DeviceId, FetchId, ItemDecision, LanguageTag, ProviderFetch, ProviderFetchState,
    PublicJwk, ReceiptContext, Recipient, RequestedItem, Sha256Digest, Source, Timestamp,
};
use mpp_crypto::jws::{self, CompactJws};
use mpp_store::{IndexValue, RecordReaderExt, Versioned};
use serde::{Deserialize, Serialize};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::error::ApprovalFault;
use super::jobs::Job;
use super::news::{NotificationKind, NotificationSubject};
use super::records::{ConsentRecord, Evidence, FetchRecord, PartnerRecord, RequestRecord, index};
use super::requests::of_request;
use super::{CentralError, CentralService};
use crate::consent_evidence::{APPROVAL_TYP, ARTEFACT_TYP, Approval};

/// The customer's receipt: what was approved, in the shape of ISO/IEC TS 27560, and what was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionReceipt {
    /// The request that was decided.
    pub consent_request: ConsentRequestId,
    /// When.
    pub decided_at: Timestamp,
    /// The digest of the screen it was decided on.
    pub screen_sha256: Sha256Digest,
    /// One receipt per consent given.
    pub consents: Vec<ConsentReceipt>,
    /// The sources that were refused.
    pub refused: Vec<Source>,
}

/// What a decision led to.
#[derive(Debug, Clone, PartialEq)]
pub struct DecidedRequest {
    /// One artefact per approved item, in the order of the items.
    pub artefacts: Vec<IssuedArtefact>,
    /// The receipt, signed by central (`mpp-consent-receipt+jwt` over [`DecisionReceipt`]).
    pub receipt: CompactJws,
}

/// A consent artefact as issued.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuedArtefact {
    /// The artefact.
    pub artefact: ArtefactId,
    /// The consent it proves.
    pub consent: ConsentId,
    /// The source.
    pub source: Source,
    /// `mpp-consent-artefact+jwt` over [`ConsentArtefact`].
    pub signed: CompactJws,
}

/// A checked approval on its way into the store.
struct Decided {
    request: ConsentRequest,
    approval: Approval,
    consents: Vec<ConsentRecord>,
}

impl CentralService {
    /// Takes the customer's decisions and issues the artefacts. Deciding the same again gives the same answer.
    ///
    /// # Errors
    /// When the approval is not signed by this device, is for another request, screen or notice, does not answer every
    /// item exactly once, or the request was decided otherwise or taken back by the partner.
    pub async fn decide(
        &self,
        device: DeviceId,
        request: ConsentRequestId,
        approval: CompactJws,
    ) -> Result<DecidedRequest, CentralError> {
        let key = self.device_key(device).await?;
        let content: Approval = jws::verify(&key, APPROVAL_TYP, &approval)
            .map_err(|_| CentralError::Approval(ApprovalFault::Signature))?;
        let names_it = |named: &PublicJwk| *named == key.to_jwk();
        if content.consent_request_id != request
            || content.device_id != device
            || !content.device_key.as_ref().is_none_or(names_it)
        {
            return Err(CentralError::Approval(ApprovalFault::Subject));
        }
        let (approval, content) = (&approval, &content);
        self.until_settled(|| self.try_decide(device, approval, content)).await
    }

    async fn try_decide(
        &self,
        device: DeviceId,
        signed: &CompactJws,
        approval: &Approval,
    ) -> Result<DecidedRequest, CentralError> {
        let mut change = Change::new(self);
        let mut read = self.request_record(approval.consent_request_id).await?;
        match &read.record.request.state {
            ConsentRequestState::Decided { device: holder, decisions, .. } if *holder == device => {
                let same = same_answers(decisions, &approval.decisions);
                return if same {
                    self.answer(&read.record).await
                } else {
                    Err(CentralError::AlreadyDecided)
                };
            }
            ConsentRequestState::Opened { device: holder, expires_at, .. } if *holder == device => {
                // whoever writes down that it ran out may come later
                if change.now() >= *expires_at {
                    return Err(CentralError::LinkExpired);
                }
            }
            ConsentRequestState::Opened { .. }
            | ConsentRequestState::Decided { .. }
            | ConsentRequestState::Placed { .. } => return Err(CentralError::NotFound),
            ConsentRequestState::Expired { .. } => return Err(CentralError::LinkExpired),
            ConsentRequestState::Cancelled { device: Some(holder), .. } if *holder == device => {
                return Err(CentralError::RequestCancelled);
            }
            ConsentRequestState::Cancelled { .. } => return Err(CentralError::NotFound),
        }
        self.check_approval(&read.record, approval, change.now())?;
        let request = read.record.request.clone().decide(approval.decisions.clone(), change.now())?;
        let owner = self.partner_record(request.partner).await?;
        super::products::refuse_suspended(&owner.record)?;
        let decided = self.issue(&change, request, approval, device)?;
        let receipt = self.receipt_of(&decided, &owner.record).await?;
        let consents: Vec<ConsentId> = decided.consents.iter().map(|record| record.consent.id).collect();
        // only providers are asked about the customer by name: without one nothing of it is needed any more
        if decided.consents.iter().all(|record| record.consent.source.provider().is_none()) {
            read.record.particulars = None;
        }
        read.record.request = decided.request.clone();
        read.record.evidence = Some(Evidence { approval: signed.clone(), receipt, consents });
        change.update(&read);
        change.rests_on(&owner);
        self.record_decision(&mut change, &decided, signed, &owner.record).await?;
        change.commit().await?;
        self.answer(&read.record).await
    }

    fn check_approval(
        &self,
        record: &RequestRecord,
        approval: &Approval,
        now: Timestamp,
    ) -> Result<(), CentralError> {
        let refuse = |fault| Err(CentralError::Approval(fault));
        if record.screen_sha256 != Some(approval.screen_sha256) {
            return refuse(ApprovalFault::Screen);
        }
        if record.request.notice_version != approval.notice_version {
            return refuse(ApprovalFault::Notice);
        }
        if !self.is_near(approval.decided_at, now) {
            return refuse(ApprovalFault::Time);
        }
        Ok(())
    }

    /// The consents and artefacts that follow from the decision.
    fn issue(
        &self,
        change: &Change<'_>,
        request: ConsentRequest,
        approval: &Approval,
        device: DeviceId,
    ) -> Result<Decided, CentralError> {
        let consents = request.approved_items().map(|item| {
            let artefact = self.artefact_of(&request, item, approval, change.now());
            let signed = jws::sign(self.signing_key(), ARTEFACT_TYP, &artefact)?;
            Ok(ConsentRecord {
                consent: Consent::granted(request.id, request.partner, artefact),
                signed,
                device,
                product: request.product,
                case_ref: request.case_ref.clone(),
                kind: item.kind,
                title: item.title.clone(),
                fetches: Vec::new(),
                pausings: Vec::new(),
            })
        });
        let consents = consents.collect::<Result<_, CentralError>>()?;
        Ok(Decided { request, approval: approval.clone(), consents })
    }

    fn artefact_of(
        &self,
        request: &ConsentRequest,
        item: &RequestedItem,
        approval: &Approval,
        now: Timestamp,
    ) -> ConsentArtefact {
        ConsentArtefact {
            id: ArtefactId::generate(self.entropy()),
            consent: ConsentId::generate(self.entropy()),
            source: item.source.clone(),
            recipient: Recipient::Partner { id: request.partner, envelope_kid: request.envelope_kid.clone() },
            customer: request.customer.clone(),
            parameters: item.parameters.clone(),
            notice_version: request.notice_version,
            issued_at: now,
            device: Some(approval.device_id),
            device_key: approval.device_key.clone(),
            aa_consent: None,
        }
    }

    async fn receipt_of(&self, decided: &Decided, owner: &PartnerRecord) -> Result<CompactJws, CentralError> {
        let request = &decided.request;
        let product = self.product_version(request.product, request.product_version).await?;
        // a language nobody wrote a text in falls back to English, and the receipt says so
        let wanted = decided.approval.language.parse().unwrap_or_else(|_| LanguageTag::english());
        let (language, notice) =
            product.notice.text_in(&wanted).ok_or(CentralError::Inconsistent("a notice without English"))?;
        let receipts = decided.consents.iter().filter_map(|record| {
            let context = ReceiptContext {
                item: request.item(&record.consent.source)?.clone(),
                language: language.clone(),
                notice: notice.clone(),
                partner_name: owner.partner.legal_name.clone(),
                operator: self.settings().operator.clone(),
                storage_location: self.settings().storage_location.clone(),
            };
            Some(ConsentReceipt::of(&record.consent, context))
        });
        let refused = |item: &&RequestedItem| {
            decided.consents.iter().all(|record| record.consent.source != item.source)
        };
        let receipt = DecisionReceipt {
            consent_request: request.id,
            decided_at: decided.approval.decided_at,
            screen_sha256: decided.approval.screen_sha256,
            consents: receipts.collect(),
            refused: request.items.iter().filter(refused).map(|item| item.source.clone()).collect(),
        };
        Ok(jws::sign(self.signing_key(), "mpp-consent-receipt+jwt", &receipt)?)
    }

    async fn record_decision(
        &self,
        change: &mut Change<'_>,
        decided: &Decided,
        signed: &CompactJws,
        owner: &PartnerRecord,
    ) -> Result<(), CentralError> {
        let request = &decided.request;
        let actor = Actor::Device(decided.approval.device_id);
        let evidence = Some(mpp_crypto::sha256(signed.as_str().as_bytes()));
        let subject = Subject { evidence, ..of_request(request.partner, request.id) };
        change.audit(Action::RequestDecided, actor.clone(), &subject);
        for record in &decided.consents {
            change.insert(record);
            let expiry = record.consent.artefact.parameters.form().consent_expiry;
            change.ask_for(&Job::ConsentExpiry { consent: record.consent.id }, expiry)?;
            let evidence = Some(mpp_crypto::sha256(record.signed.as_str().as_bytes()));
            let subject = Subject { evidence, ..of_consent(&record.consent) };
            change.audit(Action::ConsentGranted, actor.clone(), &subject);
            if record.consent.source.provider().is_some() {
                self.schedule_fetch(change, record, change.now())?;
            } else {
                self.schedule_next(change, record)?;
            }
        }
        let kind = if decided.consents.is_empty() {
            NotificationKind::ConsentRejected
        } else {
            NotificationKind::ConsentApproved
        };
        let about = NotificationSubject::of_request(request.id, request.case_ref.clone());
        change.notify(owner, kind, about).await
    }

    /// A fetch under a provider's consent.
    pub(super) fn schedule_fetch(
        &self,
        change: &mut Change<'_>,
        record: &ConsentRecord,
        due: Timestamp,
    ) -> Result<(), CentralError> {
        let consent = &record.consent;
        let due = due.max(consent.artefact.parameters.form().consent_start);
        let fetch = ProviderFetch {
            id: FetchId::generate(self.entropy()),
            consent: consent.id,
            request: consent.request,
            partner: consent.partner,
            product: record.product,
            source: consent.source.clone(),
            state: ProviderFetchState::scheduled(due),
        };
        let subject = Subject { fetch: Some(fetch.id), ..of_consent(consent) };
        change.ask_for(&Job::Fetch { fetch: fetch.id, consent: consent.id }, due)?;
        change.insert(&FetchRecord::new(fetch));
        change.audit(Action::FetchScheduled, Actor::Central, &subject);
        Ok(())
    }

    /// The answer to a decision, from what was stored.
    async fn answer(&self, record: &RequestRecord) -> Result<DecidedRequest, CentralError> {
        let evidence =
            record.evidence.as_ref().ok_or(CentralError::Inconsistent("a decision without evidence"))?;
        let consents: Vec<Versioned<ConsentRecord>> =
            self.store().every_by_index(index::REQUEST, IndexValue::new(record.request.id)).await?;
        let artefacts = evidence.consents.iter().filter_map(|id| {
            let consent = &consents.iter().find(|read| read.record.consent.id == *id)?.record;
            Some(IssuedArtefact {
                artefact: consent.consent.artefact.id,
                consent: *id,
                source: consent.consent.source.clone(),
                signed: consent.signed.clone(),
            })
        });
        Ok(DecidedRequest { artefacts: artefacts.collect(), receipt: evidence.receipt.clone() })
    }
}

pub(super) fn of_consent(consent: &Consent) -> Subject {
    Subject {
        consent: Some(consent.id),
        source: Some(consent.source.clone()),
        ..of_request(consent.partner, consent.request)
    }
}

/// The same answers, in whatever order.
fn same_answers(one: &[ItemDecision], other: &[ItemDecision]) -> bool {
    one.len() == other.len() && one.iter().all(|answer| other.contains(answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpp_core::Decision;

    #[test]
    fn answers_in_another_order_are_the_same_answers() {
        let answer = |source: &str, decision| ItemDecision { source: source.parse().unwrap(), decision };
        let one = [answer("provider:a", Decision::Approved), answer("provider:b", Decision::Refused)];
        let turned = [one[1].clone(), one[0].clone()];
        assert!(same_answers(&one, &turned));
        assert!(!same_answers(&one, &turned[..1]));
        let other = [answer("provider:a", Decision::Refused), answer("provider:b", Decision::Refused)];
        assert!(!same_answers(&one, &other));
    }
}
