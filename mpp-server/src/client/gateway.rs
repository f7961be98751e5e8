//! Central over HTTP: [`CentralGateway`] through the typed client.

use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use mpp_api::central::{
    Acknowledge, CentralKeys, ConsentRequestStatus, Enrol, EnrolConfirm, ItemStatus, Notification,
    NotificationType, PARCEL_SENDER, PARCEL_SHA256, PartnerClient, PlaceConsentRequest, SendUsageLog,
};
use mpp_api::{ApiError, UNEXPLAINED};
use mpp_core::{ConsentId, ConsentRequestId, ParcelId, Product, ProductId, ProductVersion, Span};
use mpp_crypto::jws::CompactJws;
use mpp_services::client::{
    CentralGateway, CentralNotification, CentralNotificationKind, CentralNotificationSubject,
    CentralPublicKeys, Challenge, ConsentProof, Enrolled, GatewayError, ItemStanding, KeyOffer,
    ParcelContent, PlacedRequest, RequestStanding, RequestToPlace, SentUsageLog,
};

/// Central over HTTP.
#[derive(Debug)]
pub(super) struct HttpCentral {
    /// Before this server has keys central knows.
    unsigned: PartnerClient,
    /// As this partner.
    signed: PartnerClient,
}

impl HttpCentral {
    pub(super) const fn new(unsigned: PartnerClient, signed: PartnerClient) -> Self {
        Self { unsigned, signed }
    }
}

#[async_trait]
impl CentralGateway for HttpCentral {
    async fn enrol(&self, idempotency_key: &str, offer: &KeyOffer) -> Result<Challenge, GatewayError> {
        let offer = Enrol {
            token: offer.token.as_str().to_owned(),
            envelope_key: offer.envelope_key.clone(),
            signing_key: offer.signing_key.clone(),
            proof: offer.proof.as_str().to_owned(),
        };
        let challenge = self.unsigned.enrol(idempotency_key, &offer).await.map_err(refused)?;
        let sealed =
            base64_simd::STANDARD.decode_to_vec(challenge.sealed).map_err(|_| GatewayError::Answer)?;
        Ok(Challenge { id: challenge.challenge_id, sealed })
    }

    async fn confirm(
        &self,
        idempotency_key: &str,
        challenge: &str,
        opened: &[u8],
    ) -> Result<Enrolled, GatewayError> {
        let answer = EnrolConfirm {
            challenge_id: challenge.to_owned(),
            opened: base64_simd::STANDARD.encode_to_string(opened),
        };
        let enrolled = self.unsigned.confirm_enrolment(idempotency_key, &answer).await.map_err(refused)?;
        let central = enrolled.central;
        Ok(Enrolled {
            partner: enrolled.partner_id,
            key_record: jws(&enrolled.key_record)?,
            central: public_keys(central),
        })
    }

    async fn central_keys(&self) -> Result<CentralPublicKeys, GatewayError> {
        let keys = self.unsigned.central_keys().await.map_err(refused)?;
        Ok(public_keys(keys))
    }

    async fn publish_product(&self, idempotency_key: &str, product: &Product) -> Result<(), GatewayError> {
        self.signed.publish_product(idempotency_key, product).await.map_err(refused)
    }

    async fn place_consent_request(
        &self,
        idempotency_key: &str,
        request: &RequestToPlace,
    ) -> Result<PlacedRequest, GatewayError> {
        let request = PlaceConsentRequest {
            product_id: request.product,
            case_ref: request.case_ref.clone(),
            customer: request.customer.clone(),
        };
        let placed = self.signed.place_consent_request(idempotency_key, &request).await.map_err(refused)?;
        Ok(PlacedRequest {
            request: placed.consent_request_id,
            link: placed.link,
            expires_at: placed.expires_at,
            product_version: placed.product_version.map(ProductVersion),
        })
    }

    async fn consent_request(&self, request: ConsentRequestId) -> Result<RequestStanding, GatewayError> {
        self.signed.consent_request(request).await.map(standing).map_err(refused)
    }

    async fn take_back(&self, request: ConsentRequestId) -> Result<RequestStanding, GatewayError> {
        self.signed.take_back(request).await.map(standing).map_err(refused)
    }

    async fn retire_product(&self, product: ProductId) -> Result<(), GatewayError> {
        self.signed.retire_product(product).await.map_err(refused)
    }

    async fn parcel_content(&self, parcel: ParcelId) -> Result<ParcelContent, GatewayError> {
        let response = self.signed.parcel_content(parcel).await.map_err(refused)?;
        let sha256 = response.header(&PARCEL_SHA256).and_then(|text| text.parse().ok());
        let sender = response.header(&PARCEL_SENDER).map(ToOwned::to_owned);
        let bytes =
            response.body.into_stream().map(|chunk| chunk.map_err(|_| GatewayError::Unavailable)).boxed();
        Ok(ParcelContent { sha256, sender, bytes })
    }

    async fn consent_proof(&self, consent: ConsentId) -> Result<ConsentProof, GatewayError> {
        let proof = self.signed.consent_proof(consent).await.map_err(refused)?;
        let approval = proof.approval.as_deref().map(jws).transpose()?;
        Ok(ConsentProof { artefact: jws(&proof.artefact)?, approval })
    }

    async fn acknowledge(
        &self,
        parcel: ParcelId,
        acknowledgement: &CompactJws,
    ) -> Result<CompactJws, GatewayError> {
        let body = Acknowledge { acknowledgement: acknowledgement.as_str().to_owned() };
        let answer = self.signed.acknowledge(parcel, &body).await.map_err(refused)?;
        jws(&answer.erasure_receipt)
    }

    async fn usage_log(&self, log: &CompactJws) -> Result<SentUsageLog, GatewayError> {
        let log = SendUsageLog { log: log.as_str().to_owned() };
        let taken = self.signed.send_usage_log(&log).await.map_err(refused)?;
        Ok(SentUsageLog {
            sha256: taken.sha256,
            lines: taken.lines,
            matched: taken.matched,
            missing_at_central: taken.missing_here,
            missing_here: taken.missing_there,
            differs: taken.differs,
        })
    }

    async fn notifications(&self, after: u64, hold: Span) -> Result<Vec<CentralNotification>, GatewayError> {
        let hold: Duration = hold.as_duration();
        let page = self.signed.notifications(after, hold).await.map_err(refused)?;
        page.items.into_iter().map(notification).collect()
    }
}

/// What says nothing need not come from central: a proxy on the way knows nothing of parcels, and is asked again later.
pub(super) fn refused(error: ApiError) -> GatewayError {
    match error {
        ApiError::Refused(problem) if problem.code == UNEXPLAINED => GatewayError::Unavailable,
        ApiError::Refused(problem) => GatewayError::Refused { status: problem.status, code: problem.code },
        ApiError::Transport(error) if error.is_temporary() => GatewayError::Unavailable,
        ApiError::Transport(_) | ApiError::Answer { .. } => GatewayError::Answer,
        ApiError::Authorization(_) | ApiError::Request { .. } => GatewayError::Request,
    }
}

fn jws(text: &str) -> Result<CompactJws, GatewayError> {
    text.parse().map_err(|_| GatewayError::Answer)
}

/// A statement that cannot be read vouches for no key, and takes nothing from the others.
fn public_keys(keys: CentralKeys) -> CentralPublicKeys {
    let successions = keys.successions.iter().filter_map(|text| text.parse().ok()).collect();
    CentralPublicKeys { signing: keys.signing, successions, notification: keys.notification }
}

fn standing(status: ConsentRequestStatus) -> RequestStanding {
    RequestStanding {
        request: status.consent_request_id,
        case_ref: status.case_ref,
        state: status.state,
        items: status.items.into_iter().map(item).collect(),
    }
}

fn item(status: ItemStatus) -> ItemStanding {
    ItemStanding {
        source: status.source,
        decision: status.decision,
        consent: status.consent_id,
        consent_state: status.consent_state,
    }
}

fn notification(notification: Notification) -> Result<CentralNotification, GatewayError> {
    let data = notification.data;
    let source = data.source.map(|source| source.parse()).transpose().map_err(|_| GatewayError::Answer)?;
    Ok(CentralNotification {
        id: notification.id,
        kind: kind(notification.kind),
        sequence: notification.sequence,
        occurred_at: notification.occurred_at,
        data: CentralNotificationSubject {
            consent_request_id: data.consent_request_id,
            case_ref: data.case_ref,
            consent_id: data.consent_id,
            source,
            parcel_id: data.parcel_id,
            fetch_id: data.fetch_id,
            purge_by: data.purge_by,
            reason: data.reason,
            quality: data.quality,
        },
    })
}

const fn kind(kind: NotificationType) -> CentralNotificationKind {
    match kind {
        NotificationType::ConsentApproved => CentralNotificationKind::ConsentApproved,
        NotificationType::ConsentRejected => CentralNotificationKind::ConsentRejected,
        NotificationType::ConsentExpired => CentralNotificationKind::ConsentExpired,
        NotificationType::ConsentCancelled => CentralNotificationKind::ConsentCancelled,
        NotificationType::ConsentPaused => CentralNotificationKind::ConsentPaused,
        NotificationType::ConsentResumed => CentralNotificationKind::ConsentResumed,
        NotificationType::ConsentRevoked => CentralNotificationKind::ConsentRevoked,
        NotificationType::DataAvailable => CentralNotificationKind::DataAvailable,
        NotificationType::DataNoRecord => CentralNotificationKind::DataNoRecord,
        NotificationType::DataFailed => CentralNotificationKind::DataFailed,
        NotificationType::DataExpired => CentralNotificationKind::DataExpired,
        NotificationType::DataDue => CentralNotificationKind::DataDue,
        NotificationType::Later => CentralNotificationKind::Later,
    }
}

#[cfg(test)]
mod tests {
    use mpp_api::Problem;
    use mpp_core::Persistence;

    use super::*;

    #[test]
    fn only_central_says_that_something_is_gone() {
        let answered = |status, code: &str| refused(ApiError::Refused(Problem::new(status, code, "no")));
        for (status, code) in [(410, "parcel_gone"), (404, "not_found")] {
            assert!(answered(status, code).is_gone(), "{code}");
        }
        for status in [403, 404, 405, 410] {
            let by_a_proxy = answered(status, UNEXPLAINED);
            assert!(!by_a_proxy.is_gone(), "{status}");
            assert_eq!(by_a_proxy.persistence(), Persistence::Temporary, "{status}");
        }
    }
}
