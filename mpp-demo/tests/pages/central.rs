//! A central for the phone's SDK to speak with: it signs what the real one signs, and keeps a few records in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use mpp_api::central::{
    ApprovalStatement, CentralKeys, ConsentScreen, ConsentView, Decide, Decided, IssuedArtefact, OpenLink,
    PhoneEvent, PhoneEventType, UseView,
};
use mpp_api::{Page, Problem};
use mpp_core::{
    ArtefactId, ConsentArtefact, ConsentId, ConsentRequestId, Decision, DeviceId, ErasureCause,
    ErasureReceipt, ErasureReceiptId, ParcelId, PartnerId, PartnerKeyRecord, Recipient, Timestamp,
};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::{EnvelopePrivateKey, SigningKey, VerifyingKey};
use mpp_testkit::SeededEntropy;
use serde_json::json;

use super::terms::{at, items, notice};

pub const PARTNER: &str = "Kaveri Finance Ltd";

#[derive(Debug)]
pub struct Central {
    key: SigningKey,
    stranger: SigningKey,
    partner_key: EnvelopePrivateKey,
    entropy: SeededEntropy,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    /// Open requests, by the link's secret.
    links: BTreeMap<String, ConsentScreen>,
    devices: BTreeMap<ConsentRequestId, VerifyingKey>,
    consents: Vec<ConsentView>,
    news: Vec<PhoneEvent>,
    down: bool,
    /// What is said of every request, when nobody can decide on it any more.
    ended: Option<&'static str>,
}

impl Central {
    pub fn new(seed: u64) -> Arc<Self> {
        let entropy = SeededEntropy::new(seed);
        Arc::new(Self {
            key: SigningKey::generate_p256(&entropy),
            stranger: SigningKey::generate_p256(&entropy),
            partner_key: EnvelopePrivateKey::generate(&entropy),
            entropy,
            books: Mutex::default(),
        })
    }

    pub fn public_key(&self) -> VerifyingKey {
        self.key.public().clone()
    }

    /// A partner's key record.
    pub fn record(&self) -> PartnerKeyRecord {
        PartnerKeyRecord {
            partner: PartnerId::from_random([3; 16]),
            partner_name: PARTNER.into(),
            kid: self.partner_key.kid().clone(),
            key: self.partner_key.public().to_jwk(),
            valid_from: at("2026-01-01T00:00:00Z"),
            valid_to: at("2027-01-01T00:00:00Z"),
            issued_at: at("2026-01-01T00:00:00Z"),
        }
    }

    pub fn screen(&self) -> ConsentScreen {
        ConsentScreen {
            consent_request_id: ConsentRequestId::generate(&self.entropy),
            device_id: DeviceId::from_random([9; 16]),
            partner_name: PARTNER.into(),
            partner_key_record: self.sign("mpp-partner-key+jwt", &self.record()),
            customer_masked: "XXXXXXX001".into(),
            items: items(),
            notice_version: 3,
            notice: notice(),
            expires_at: at("2026-01-18T09:25:00Z"),
            state: "opened".into(),
        }
    }

    /// Places a request; its link.
    pub fn place(&self) -> String {
        self.place_screen(self.screen())
    }

    /// Places a request whose recipient nobody vouches for; its link.
    pub fn place_forged(&self) -> String {
        let forged = jws::sign(&self.stranger, "mpp-partner-key+jwt", &self.record()).unwrap();
        self.place_screen(ConsentScreen { partner_key_record: forged.into(), ..self.screen() })
    }

    pub fn place_screen(&self, screen: ConsentScreen) -> String {
        let mut books = self.books.lock().unwrap();
        let token = format!("{:0>43}", books.links.len());
        books.links.insert(token.clone(), screen);
        format!("https://app.kaveri.example/c#{token}")
    }

    /// From now on, central does not answer (or does again).
    pub fn set_down(&self, down: bool) {
        self.books.lock().unwrap().down = down;
    }

    /// The partner takes back what nobody has decided on.
    pub fn take_back(&self) {
        self.books.lock().unwrap().ended = Some("request_cancelled");
    }

    /// What nobody has decided on runs out.
    pub fn run_out(&self) {
        self.books.lock().unwrap().ended = Some("link_expired");
    }

    /// Requests can be decided on again.
    pub fn go_on(&self) {
        self.books.lock().unwrap().ended = None;
    }

    /// Everything was done so often under every consent that telling it takes more than a mebibyte.
    pub fn use_often(&self) {
        let when = at("2026-01-15T09:26:00Z");
        let mut books = self.books.lock().unwrap();
        for view in &mut books.consents {
            let used = UseView { what: "fetched".into(), at: when, parcel_id: None };
            view.uses = vec![used; 30_000];
        }
    }

    /// Delivers a parcel under every consent and erases it.
    pub fn deliver_all(&self, when: Timestamp) {
        let mut books = self.books.lock().unwrap();
        let consents: Vec<ConsentId> = books.consents.iter().map(|consent| consent.consent_id).collect();
        for consent in consents {
            self.deliver(&mut books, consent, when);
        }
    }

    fn deliver(&self, books: &mut Books, consent: ConsentId, when: Timestamp) {
        let parcel = ParcelId::generate(&self.entropy);
        let receipt = ErasureReceipt {
            id: ErasureReceiptId::generate(&self.entropy),
            parcel,
            partner: PartnerId::from_random([3; 16]),
            consent,
            sha256: Some(mpp_crypto::sha256(b"sealed")),
            cause: ErasureCause::Acknowledged,
            erased_at: when,
        };
        let signed = self.sign("mpp-erasure-receipt+jwt", &receipt);
        let view = books.consents.iter_mut().find(|view| view.consent_id == consent).unwrap();
        let used = |what: &str| UseView { what: what.into(), at: when, parcel_id: Some(parcel) };
        view.uses.extend(["fetched", "delivered", "erased"].map(used));
        let (request, source) = (view.consent_request_id, view.source.clone());
        for (kind, erasure_receipt) in
            [(PhoneEventType::Fetched, None), (PhoneEventType::Delivered, Some(signed))]
        {
            let sequence = u64::try_from(books.news.len()).unwrap() + 1;
            books.news.push(PhoneEvent {
                sequence,
                kind,
                occurred_at: when,
                consent_request_id: request,
                consent_id: consent,
                source: source.clone(),
                parcel_id: Some(parcel),
                erasure_receipt,
                reason: None,
            });
        }
    }

    fn sign<T: serde::Serialize>(&self, typ: &str, payload: &T) -> String {
        jws::sign(&self.key, typ, payload).unwrap().into()
    }

    fn issue(&self, screen: &ConsentScreen, approval: &ApprovalStatement) -> Decided {
        let mut artefacts = Vec::new();
        let mut books = self.books.lock().unwrap();
        let approved = approval.decisions.iter().filter(|item| item.decision == Decision::Approved);
        for item in approved {
            let shown = screen.items.iter().find(|shown| shown.source == item.source.to_string()).unwrap();
            let artefact = ConsentArtefact {
                id: ArtefactId::generate(&self.entropy),
                consent: ConsentId::generate(&self.entropy),
                source: item.source.clone(),
                recipient: Recipient::Partner { id: self.record().partner, envelope_kid: self.record().kid },
                customer: "ab".repeat(32).parse().unwrap(),
                parameters: shown.terms.clone(),
                notice_version: screen.notice_version,
                issued_at: approval.decided_at,
                device: Some(screen.device_id),
                device_key: approval.device_key.clone(),
                aa_consent: None,
            };
            books.consents.push(ConsentView {
                consent_id: artefact.consent,
                consent_request_id: screen.consent_request_id,
                partner_name: PARTNER.into(),
                source: shown.source.clone(),
                title: shown.title.clone(),
                state: "active".into(),
                terms: shown.terms.clone(),
                uses: Vec::new(),
            });
            artefacts.push(IssuedArtefact {
                artefact_id: artefact.id,
                consent_id: artefact.consent,
                source: shown.source.clone(),
                artefact: self.sign("mpp-consent-artefact+jwt", &artefact),
            });
        }
        let refused = approval.decisions.iter().filter(|item| item.decision == Decision::Refused);
        let receipt = json!({
            "consentRequest": screen.consent_request_id,
            "decidedAt": approval.decided_at,
            "screenSha256": approval.screen_sha256,
            "consents": artefacts.iter().map(|issued| self.receipt_of(screen, issued, approval)).collect::<Vec<_>>(),
            "refused": refused.map(|item| item.source.clone()).collect::<Vec<_>>(),
        });
        Decided { artefacts, receipt: self.sign("mpp-consent-receipt+jwt", &receipt) }
    }

    fn receipt_of(
        &self,
        screen: &ConsentScreen,
        issued: &IssuedArtefact,
        approval: &ApprovalStatement,
    ) -> serde_json::Value {
        let item = screen.items.iter().find(|item| item.source == issued.source).unwrap();
        let terms = item.terms.form();
        let language =
            if screen.notice.get(&approval.language).is_some() { &approval.language } else { "en" };
        let text = &screen.notice[language];
        json!({
            "schema_version": "ISO-IEC-TS-27560:2023",
            "record_id": issued.artefact_id,
            "pii_principal_id": "ab".repeat(32),
            "processing": {
                "privacy_notice_version": screen.notice_version,
                "language": language,
                "purpose": { "purpose": terms.purpose.text, "purpose_type": terms.purpose.code, "lawful_basis": "consent" },
                "pii_information": item.data_items,
                "collection_source": item.source,
                "recipient": Recipient::Partner { id: self.record().partner, envelope_kid: self.record().kid },
                "processing_method": terms.consent_mode,
                "fetch_type": terms.fetch_type,
                "frequency": terms.frequency,
                "retention_period": terms.data_life,
                "storage_location": "India",
                "jurisdiction": "IN",
                "withdrawal_method": text["withdrawal"],
                "privacy_rights": text["rights"],
                "complaint_method": text["complaint"],
            },
            "parties": [
                { "role": "pii_controller", "name": PARTNER, "contact": text["grievanceContact"] },
                { "role": "pii_processor", "name": "Moneyone", "contact": "privacy@moneyone.example" },
            ],
            "events": [{ "event_time": approval.decided_at, "event_state": "active", "valid_until": terms.consent_expiry }],
        })
    }
}

pub fn routes(central: Arc<Central>) -> Router {
    Router::new()
        .route("/v1/keys", get(keys))
        .route("/v1/links/open", post(open))
        .route("/v1/phone/consent-requests/{id}", get(screen))
        .route("/v1/phone/consent-requests/{id}/decision", post(decide))
        .route("/v1/phone/consents", get(consents))
        .route("/v1/phone/consents/{id}/{verb}", post(change))
        .route("/v1/phone/events", get(events))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&central), out_of_order))
        .with_state(central)
}

type Shared = State<Arc<Central>>;

async fn out_of_order(
    State(central): Shared,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let down = central.books.lock().unwrap().down;
    if down { problem(503, "storage_failed") } else { next.run(request).await }
}

fn problem(status: u16, code: &str) -> Response {
    let body = serde_json::to_vec(&Problem::new(status, code, "a refusal")).unwrap();
    let kind = [(header::CONTENT_TYPE, mpp_api::PROBLEM_MEDIA_TYPE)];
    (StatusCode::from_u16(status).unwrap(), kind, body).into_response()
}

/// No earlier key names the one that strangers sign with.
async fn keys(State(central): Shared) -> Json<CentralKeys> {
    let signing = vec![central.public_key().to_jwk()];
    Json(CentralKeys { signing, successions: Vec::new(), notification: Vec::new(), log_key: None })
}

async fn open(State(central): Shared, Json(opening): Json<OpenLink>) -> Response {
    if opening.token.starts_with("expired") {
        return problem(410, "link_expired");
    }
    let mut books = central.books.lock().unwrap();
    if let Some(code) = books.ended {
        return problem(410, code);
    }
    let Some(screen) = books.links.get(&opening.token).cloned() else { return problem(404, "link_unknown") };
    let device = VerifyingKey::from_jwk(&opening.device_key).unwrap();
    books.devices.insert(screen.consent_request_id, device);
    Json(screen).into_response()
}

async fn screen(State(central): Shared, Path(request): Path<ConsentRequestId>) -> Response {
    let books = central.books.lock().unwrap();
    if let Some(code) = books.ended {
        return problem(410, code);
    }
    let found = books.links.values().find(|screen| screen.consent_request_id == request);
    found.map_or_else(|| problem(404, "not_found"), |screen| Json(screen.clone()).into_response())
}

async fn decide(
    State(central): Shared,
    Path(request): Path<ConsentRequestId>,
    Json(body): Json<Decide>,
) -> Response {
    let (screen, device) = {
        let books = central.books.lock().unwrap();
        if let Some(code) = books.ended {
            return problem(410, code);
        }
        let screen = books.links.values().find(|screen| screen.consent_request_id == request).unwrap();
        (screen.clone(), books.devices[&request].clone())
    };
    let approval: CompactJws = body.approval.parse().unwrap();
    let approval: ApprovalStatement = jws::verify(&device, "mpp-approval+jwt", &approval).unwrap();
    let bytes = serde_json::to_vec(&screen).unwrap();
    assert_eq!(approval.screen_sha256, mpp_crypto::sha256(&bytes), "exactly this screen was shown");
    Json(central.issue(&screen, &approval)).into_response()
}

async fn consents(State(central): Shared) -> Response {
    let books = central.books.lock().unwrap();
    if books.devices.is_empty() {
        return problem(401, "unauthenticated");
    }
    Json(Page { items: books.consents.clone(), next: None }).into_response()
}

async fn change(State(central): Shared, Path((id, verb)): Path<(ConsentId, String)>) -> Response {
    let mut books = central.books.lock().unwrap();
    let Some(view) = books.consents.iter_mut().find(|view| view.consent_id == id) else {
        return problem(404, "not_found");
    };
    view.state = match verb.as_str() {
        "pause" => "paused",
        "resume" => "active",
        _ => "revoked",
    }
    .into();
    Json(view.clone()).into_response()
}

async fn events(State(central): Shared, Query(query): Query<BTreeMap<String, u64>>) -> Response {
    let after = query["after"];
    let books = central.books.lock().unwrap();
    let items: Vec<PhoneEvent> = books.news.iter().filter(|event| event.sequence > after).cloned().collect();
    Json(Page { items, next: None }).into_response()
}
