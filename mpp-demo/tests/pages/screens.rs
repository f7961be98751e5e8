//! Every screen, filled with what a visitor would see; made by the same view models and templates as the real pages.

use std::collections::BTreeMap;

use mpp_api::central::{ConsentScreen, ConsentView, PhoneEvent, PhoneEventType, UseView};
use mpp_core::{
    ConsentId, ConsentRequestId, Decision, DeviceId, ErasureCause, ErasureReceipt, ErasureReceiptId, FetchId,
    ParcelId, PartnerId, PartnerKeyRecord, Source, Timestamp,
};
use mpp_crypto::{EnvelopePrivateKey, SigningKey, jws};
use mpp_demo::phone::Screenful;
use mpp_demo::phone::view::{
    ConsentsPage, DemoLink, Draft, Flash, Frame, HomePage, InvitationCard, JourneyFacts, Language,
    MessageCard, MessagesPage, OneConsentPage, PhoneCard, PhoneHead, PhonesPage, Problem, Progress,
    ReceiptPage, SignIn, SignedText, StaffCard, StaffPage, Tab, consent_card, consent_cards, consent_page,
    journey_page, readable, request_rows, title_of, use_rows,
};
use mpp_private_share::ShareError;
use mpp_sdk::{KeptArtefact, KeptRequest, Phase, ScreenFault, SdkError, Shared, UploadStep};
use mpp_testkit::SeededEntropy;
use serde_json::json;

use super::phones::{parcel, report};
use super::terms::{account_terms, at, items, notice, third_party_terms};

/// The names of all screens, each with what it shows.
pub fn all() -> Vec<(&'static str, Screenful)> {
    let mut screens = starting();
    screens.extend(troubles());
    screens.extend(consents_to_decide());
    screens.extend(journeys());
    screens.extend(after());
    screens.push(("staff", staff()));
    screens
}

fn now() -> Timestamp {
    at("2026-01-15T09:31:07Z")
}

fn head(number: usize, owner: &str, last: &str) -> PhoneHead {
    PhoneHead { number, owner: owner.into(), masked_mobile: format!("XXXXXXX{last}") }
}

fn frame(title: &str) -> Frame {
    Frame::new(title, Some(head(1, "Asha Rao", "001")), now()).with_notes(&[
        ("MPP SDK", "Has checked that a pinned key of MPP central vouches for the recipient’s key."),
        ("Device key", "Signs the decisions together with the digest of exactly this screen."),
        (
            "MPP central",
            "Receives sealed parcels it cannot open, and erases them once the recipient has them.",
        ),
    ])
}

fn done(words: &str) -> Option<Flash> {
    Some(Flash::Done(words.into()))
}

fn trouble(error: &SdkError) -> Option<Flash> {
    Some(Flash::Problem(Problem::from(error)))
}

fn record() -> PartnerKeyRecord {
    let key = EnvelopePrivateKey::generate(&SeededEntropy::new(5));
    PartnerKeyRecord {
        partner: PartnerId::from_random([3; 16]),
        partner_name: "Kaveri Finance Ltd".into(),
        kid: key.kid().clone(),
        key: key.public().to_jwk(),
        valid_from: at("2026-01-01T00:00:00Z"),
        valid_to: at("2027-01-01T00:00:00Z"),
        issued_at: at("2026-01-01T00:00:00Z"),
    }
}

fn kept(phase: Phase, approved: &[&str]) -> KeptRequest {
    KeptRequest {
        form: 1,
        request: ConsentRequestId::from_random([2; 16]),
        device: DeviceId::from_random([9; 16]),
        recipient: record(),
        opened_at: at("2026-01-15T09:28:00Z"),
        phase,
        artefacts: approved
            .iter()
            .zip(1_u8..)
            .map(|(source, number)| KeptArtefact {
                artefact: mpp_core::ArtefactId::from_random([number; 16]),
                consent: ConsentId::from_random([number; 16]),
                source: source.parse::<Source>().unwrap(),
                signed: signed("mpp-consent-artefact+jwt", &json!({ "consent": "…" })),
            })
            .collect(),
        receipt: Some(receipt()),
    }
}

const ALL: [&str; 3] = ["account-aggregator", "provider:sandbox-bureau", "provider:sandbox-operator"];

fn decided() -> Phase {
    Phase::Decided { consent: ConsentId::from_random([1; 16]) }
}

fn uploading() -> Phase {
    Phase::Uploading {
        consent: ConsentId::from_random([1; 16]),
        fetch: FetchId::from_random([4; 16]),
        waiting: [parcel()].into(),
    }
}

fn signed<T: serde::Serialize>(typ: &str, payload: &T) -> String {
    jws::sign(&SigningKey::generate_p256(&SeededEntropy::new(3)), typ, payload).unwrap().into()
}

fn staff() -> Screenful {
    let card = |title: &str, id: &str, code: &str| StaffCard {
        portal: "/portal/".into(),
        title: title.into(),
        id: id.into(),
        password: "demo 0f1e2d3c4b5a6978".into(),
        code: code.into(),
    };
    let accounts = vec![
        card("Moneyone: MPP central", "nandini", "482913"),
        card("Kaveri Finance: client server", "leela", "006120"),
    ];
    Screenful::Staff(StaffPage { frame: Frame::new("Staff", None, now()), accounts })
}

fn starting() -> Vec<(&'static str, Screenful)> {
    let phones = vec![
        PhoneCard::new(head(1, "Asha Rao", "001"), 1, &[]),
        PhoneCard::new(head(2, "Vikram Subramanian", "002"), 0, &[kept(Phase::Complete, &ALL)]),
        PhoneCard::new(head(3, "Fatima Begum Shaikh", "003"), 0, &[]),
    ];
    let link = |title: &str| DemoLink { title: title.into(), address: "/phone".into() };
    let elsewhere = vec![link("Partner’s application"), link("Portal of the MPP operator")];
    let phones_page = |phones, elsewhere| {
        Screenful::Phones(PhonesPage { frame: Frame::new("Phones", None, now()), phones, elsewhere })
    };
    let home = |flash, invitations, requests: &[KeptRequest]| {
        Screenful::Home(HomePage {
            frame: frame("Home").on_tab(Tab::Home).with_flash(flash),
            number: 1,
            owner: "Asha Rao".into(),
            invitations,
            requests: request_rows(requests, Language::English),
        })
    };
    let invitation = InvitationCard {
        number: 0,
        from: "Kaveri Finance Ltd".into(),
        received: "15 Jan 2026, 3:00 pm IST".into(),
    };
    let requests = [kept(Phase::Complete, &[]), kept(Phase::Complete, &ALL), kept(decided(), &ALL)];
    let expired = mpp_api::ApiError::Refused(mpp_api::Problem::new(410, "link_expired", "x"));
    let messages = |messages| {
        let frame = frame("Messages").on_tab(Tab::Messages);
        Screenful::Messages(MessagesPage { frame, number: 1, messages })
    };
    let sms = vec![
        MessageCard::new("ONEMNY", "482913 is your code to approve sharing with Kaveri Finance Ltd.", now()),
        MessageCard::new("SAHBNK", "730114 links your accounts. Never tell anybody.", now()),
    ];
    vec![
        ("phones", phones_page(phones, elsewhere)),
        ("phones-empty", phones_page(Vec::new(), Vec::new())),
        ("home-empty", home(None, Vec::new(), &[])),
        (
            "home",
            home(done("The partner has begun a case. Its message has arrived."), vec![invitation], &requests),
        ),
        ("home-expired-link", home(trouble(&SdkError::Central(expired)), Vec::new(), &[])),
        ("home-untrusted", home(trouble(&SdkError::Untrusted(ScreenFault::NotVouchedFor)), Vec::new(), &[])),
        ("messages", messages(Some(sms))),
        ("messages-empty", messages(Some(Vec::new()))),
        ("messages-down", messages(None)),
    ]
}

/// Pages that say only what went wrong.
fn troubles() -> Vec<(&'static str, Screenful)> {
    vec![
        (
            "untrusted-hindi",
            Screenful::Trouble(
                frame("समस्या").speaking(Language::Hindi),
                Problem::from(&SdkError::Untrusted(ScreenFault::NotVouchedFor)),
            ),
        ),
        (
            "nothing-here",
            Screenful::Trouble(
                frame("Not found"),
                Problem::lasting(
                    ("There is nothing here", "The address may be mistyped."),
                    ("यहाँ कुछ नहीं है", "शायद पता ग़लत लिखा गया है।"),
                    "not_found",
                ),
            ),
        ),
    ]
}

fn consents_to_decide() -> Vec<(&'static str, Screenful)> {
    let content = ConsentScreen {
        consent_request_id: ConsentRequestId::from_random([2; 16]),
        device_id: DeviceId::from_random([9; 16]),
        partner_name: record().partner_name,
        partner_key_record: String::new(),
        customer_masked: "XXXXXXX001".into(),
        items: items(),
        notice_version: 3,
        notice: notice(),
        expires_at: at("2026-01-18T09:25:00Z"),
        state: "opened".into(),
    };
    let screen = |draft: &Draft| {
        let language = Language::of(&draft.language);
        let frame =
            frame(if language == Language::Hindi { "आपकी सहमति" } else { "Your consent" }).speaking(language);
        Screenful::Consent(consent_page(&content, &record(), draft, frame))
    };
    let chosen: BTreeMap<String, Decision> = [
        ("account-aggregator".to_owned(), Decision::Approved),
        ("provider:sandbox-operator".to_owned(), Decision::Refused),
    ]
    .into();
    let hindi = Draft { language: "hi".parse().unwrap(), ..Draft::default() };
    vec![
        ("consent", screen(&Draft::default())),
        ("consent-hindi", screen(&hindi)),
        ("consent-missing", screen(&Draft { choices: chosen, submitted: true, ..Draft::default() })),
    ]
}

/// What ended before anything was decided: the company took it back, or it ran out.
fn ended(phase: Phase, language: Language) -> Screenful {
    let kept = KeptRequest { receipt: None, ..kept(phase, &[]) };
    let (sign_in, message) = (SignIn::Needed, None);
    let facts =
        JourneyFacts { kept: &kept, language, progress: None, sign_in, message, consents: &[], news: &[] };
    Screenful::Journey(journey_page(&facts, frame("Sharing").speaking(language)))
}

fn journeys() -> Vec<(&'static str, Screenful)> {
    let journey = |kept: KeptRequest, progress: Option<Progress>, sign_in, flash, news: &[PhoneEvent]| {
        let message = Some("482913 is your code for the private data share.".to_owned());
        let facts = JourneyFacts {
            kept: &kept,
            language: Language::English,
            progress: progress.as_ref(),
            sign_in,
            message,
            consents: &views(),
            news,
        };
        Screenful::Journey(journey_page(&facts, frame("Sharing").with_flash(flash)))
    };
    let at_work = |progress| journey(kept(decided(), &ALL), Some(progress), SignIn::Done, None, &[]);
    let code = SignIn::CodeSent { until: at("2026-01-15T09:34:07Z") };
    let step = |number: u8, sent| {
        let parcel = ParcelId::from_random([number; 16]);
        (parcel, UploadStep { parcel, sent, size: 123_456 })
    };
    let finished = Progress::Finished(Box::new(Shared { report: report(), uploaded: Vec::new() }));
    let stopped = |error: ShareError| Progress::Stopped(Problem::from(&error));
    let wrong = trouble(&SdkError::Share(ShareError::WrongCode));
    vec![
        ("link-again", journey(kept(Phase::Open, &[]), None, SignIn::Needed, None, &[])),
        ("taken-back", ended(Phase::Cancelled, Language::English)),
        ("taken-back-hindi", ended(Phase::Cancelled, Language::Hindi)),
        ("run-out", ended(Phase::Expired, Language::English)),
        ("run-out-hindi", ended(Phase::Expired, Language::Hindi)),
        (
            "sign-in",
            journey(
                kept(decided(), &ALL),
                None,
                SignIn::Needed,
                done("Your decisions are signed and recorded."),
                &[],
            ),
        ),
        ("code", journey(kept(decided(), &ALL), None, code, wrong, &[])),
        ("ready", journey(kept(decided(), &ALL), None, SignIn::Done, None, &[])),
        ("preparing", at_work(Progress::Preparing)),
        ("approve", at_work(Progress::Approving { page: "https://aa.example/aa/web?handle=h1".into() })),
        ("fetching", at_work(Progress::Fetching)),
        ("uploading", at_work(Progress::Uploading { parcels: [step(1, 123_456), step(2, 40_960)].into() })),
        ("interrupted", journey(kept(uploading(), &ALL), None, SignIn::Done, None, &[])),
        ("refused-at-aggregator", at_work(stopped(ShareError::Refused))),
        ("bank-down", at_work(stopped(ShareError::NoDataInTime))),
        ("waiting", journey(kept(Phase::Complete, &ALL), None, SignIn::Done, None, &news()[..3])),
        ("done", journey(kept(Phase::Complete, &ALL), Some(finished), SignIn::Done, None, &news())),
        ("refused-everything", journey(kept(Phase::Complete, &[]), None, SignIn::Needed, None, &[])),
    ]
}

fn news() -> Vec<PhoneEvent> {
    let event = |number: u8, kind, erased: bool| PhoneEvent {
        sequence: number.into(),
        kind,
        occurred_at: now(),
        consent_request_id: ConsentRequestId::from_random([2; 16]),
        consent_id: ConsentId::from_random([(number - 1) / 2 + 1; 16]),
        source: "account-aggregator".into(),
        parcel_id: Some(ParcelId::from_random([(number - 1) / 2 + 1; 16])),
        erasure_receipt: erased.then(|| erasure((number - 1) / 2 + 1)),
        reason: None,
    };
    vec![
        event(1, PhoneEventType::Fetched, false),
        event(2, PhoneEventType::Delivered, true),
        event(3, PhoneEventType::Fetched, false),
        event(4, PhoneEventType::Delivered, true),
        event(5, PhoneEventType::Failed, false),
    ]
}

fn erasure(number: u8) -> String {
    let receipt = ErasureReceipt {
        id: ErasureReceiptId::from_random([number; 16]),
        parcel: ParcelId::from_random([number; 16]),
        partner: record().partner,
        consent: ConsentId::from_random([number; 16]),
        sha256: Some(mpp_crypto::sha256(&[number])),
        cause: ErasureCause::Acknowledged,
        erased_at: now(),
    };
    signed("mpp-erasure-receipt+jwt", &receipt)
}

fn views() -> Vec<ConsentView> {
    let uses = |number: u8| {
        let used = |what: &str| UseView {
            what: what.into(),
            at: now(),
            parcel_id: Some(ParcelId::from_random([number; 16])),
        };
        ["fetched", "delivered", "erased"].map(used).to_vec()
    };
    let states = ["active", "paused", "revoked"];
    let view = |(number, item): (u8, mpp_api::central::ScreenItem)| ConsentView {
        consent_id: ConsentId::from_random([number; 16]),
        consent_request_id: ConsentRequestId::from_random([2; 16]),
        partner_name: record().partner_name,
        source: item.source,
        title: item.title,
        state: states[usize::from(number - 1)].into(),
        terms: item.terms,
        uses: if number == 1 { uses(number) } else { Vec::new() },
    };
    (1_u8..).zip(items()).map(view).collect()
}

fn after() -> Vec<(&'static str, Screenful)> {
    let consents = |consents| {
        let frame = frame("Consents").on_tab(Tab::Consents);
        Screenful::Consents(ConsentsPage { frame, number: 1, consents })
    };
    let one = |view: &ConsentView, flash| {
        Screenful::OneConsent(Box::new(OneConsentPage {
            frame: frame("Consent").on_tab(Tab::Consents).with_flash(flash),
            number: 1,
            consent: consent_card(view, Language::English),
            uses: use_rows(&view.uses, &news(), Language::English),
            artefact: Some(SignedText::new(&signed("mpp-consent-artefact+jwt", &account_terms()))),
            request: view.consent_request_id.to_string(),
            receipts_known: true,
        }))
    };
    let receipt_page = Screenful::Receipt(ReceiptPage {
        frame: frame("Receipt"),
        number: 1,
        request: ConsentRequestId::from_random([2; 16]).to_string(),
        readable: readable(&receipt(), &kept(Phase::Complete, &ALL).artefacts, &views(), Language::English),
        signed: SignedText::new(&receipt()),
        artefacts: kept(Phase::Complete, &ALL)
            .artefacts
            .iter()
            .map(|artefact| {
                (title_of(artefact, &views(), Language::English), SignedText::new(&artefact.signed))
            })
            .collect(),
    });
    let withdrawn = "Withdrawn. What MPP central held is erased, and the recipient is told.";
    vec![
        ("receipt", receipt_page),
        ("consents", consents(Some(consent_cards(&views(), Language::English)))),
        ("consents-empty", consents(Some(Vec::new()))),
        ("consents-down", consents(None)),
        ("one-consent", one(&views()[0], None)),
        ("one-consent-paused", one(&views()[1], done("Paused. Nothing is fetched until you resume."))),
        ("one-consent-withdrawn", one(&views()[2], done(withdrawn))),
    ]
}

fn receipt() -> String {
    let terms = third_party_terms("To see whether earlier loans were repaid");
    let given = json!({
        "schema_version": "ISO-IEC-TS-27560:2023",
        "record_id": mpp_core::ArtefactId::from_random([1; 16]),
        "pii_principal_id": "ab".repeat(32),
        "processing": {
            "privacy_notice_version": 3,
            "language": "en",
            "purpose": { "purpose": terms.form().purpose.text, "purpose_type": "105", "lawful_basis": "consent" },
            "pii_information": ["Loans and cards", "Repayment record"],
            "collection_source": "provider:sandbox-bureau",
            "recipient": mpp_core::Recipient::Partner { id: record().partner, envelope_kid: record().kid },
            "processing_method": "STORE",
            "fetch_type": "ONETIME",
            "frequency": { "unit": "MONTH", "value": 1 },
            "retention_period": { "unit": "MONTH", "value": 6 },
            "storage_location": "India",
            "jurisdiction": "IN",
            "withdrawal_method": "Open Consents in this app and tap Withdraw.",
            "privacy_rights": "You can see, correct and erase your data.",
            "complaint_method": "You can complain to the Data Protection Board of India.",
        },
        "parties": [{ "role": "pii_controller", "name": "Kaveri Finance Ltd", "contact": "grievance@kaveri.example" }],
        "events": [{ "event_time": now(), "event_state": "active", "valid_until": at("2026-07-15T09:00:00Z") }],
    });
    let refused: [&str; 1] = ["provider:sandbox-operator"];
    signed("mpp-consent-receipt+jwt", &json!({ "decidedAt": now(), "consents": [given], "refused": refused }))
}
