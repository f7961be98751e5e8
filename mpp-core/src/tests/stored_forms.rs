//! Everything the store keeps comes back as it was, and nothing else is taken for it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::samples::*;
use crate::*;

#[track_caller]
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> Value {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    let form: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(&serde_json::from_value::<T>(form.clone()).unwrap(), value, "{text}");
    form
}

#[test]
fn every_state_of_a_consent_request_comes_back() {
    let placed = request();
    let opened = placed.clone().open(device(), start()).unwrap();
    let decided = opened.clone().decide(decisions(), start()).unwrap();
    let cancelled = opened.clone().cancel(start()).unwrap();
    let expired = opened.clone().expire(start().plus(Span::from_hours(1))).unwrap();
    // as it was written before the device was kept, and still is where there is none
    let unopened = placed.clone().cancel(start()).unwrap();
    assert_eq!(comes_back(&unopened)["state"], json!({ "state": "cancelled", "at": start() }));
    for request in [placed, opened, decided, cancelled, unopened, expired] {
        let form = comes_back(&request);
        assert_eq!(form["state"]["state"], request.state.state_name());
    }
}

#[test]
fn every_state_of_a_consent_comes_back() {
    let active = consent(periodic_terms());
    let paused = active.clone().pause(start()).unwrap();
    let revoked = active.clone().revoke(start()).unwrap();
    let expired = active.clone().expire(at("2027-01-15T09:30:00Z")).unwrap();
    for consent in [active, paused, revoked, expired] {
        comes_back(&consent);
    }
    comes_back(&intent(&periodic_terms()));
    let own = ConsentArtefact {
        recipient: Recipient::Customer,
        aa_consent: Some("consent-1".parse().unwrap()),
        device: None,
        device_key: None,
        ..artefact(onetime_terms())
    };
    comes_back(&own);
}

#[test]
fn an_artefact_of_before_names_no_device_key() {
    let of_now = artefact(onetime_terms());
    let mut form = comes_back(&of_now);
    assert_eq!(form["deviceKey"]["crv"], "P-256");
    form.as_object_mut().unwrap().remove("deviceKey");
    let of_before: ConsentArtefact = serde_json::from_value(form).unwrap();
    assert_eq!(of_before, ConsentArtefact { device_key: None, ..of_now });
    assert_eq!(comes_back(&of_before).get("deviceKey"), None);
}

#[test]
fn every_state_at_the_aggregator_comes_back() {
    let pending = AaConsentState::Drafted.raise("handle-1".parse().unwrap()).unwrap();
    let granted = pending.clone().grant("consent-1".parse().unwrap()).unwrap();
    let active = granted.clone().activate(SignedConsent::new("h.p.s".into())).unwrap();
    let paused = active.clone().pause(start()).unwrap();
    let failed = granted.clone().fail(AaConsentFailure::ArtefactUntrusted, start()).unwrap();
    for state in [AaConsentState::Drafted, pending, granted, active, paused, failed] {
        assert_eq!(comes_back(&state)["state"], state.state_name());
    }
    let open = DataSessionState::Requested { at: start() }.open("s-1".parse().unwrap(), start()).unwrap();
    comes_back(&open);
    comes_back(&open.fail(DataSessionFailure::KeyExpired, start()).unwrap());
}

#[test]
fn every_state_of_a_fetch_comes_back() {
    let scheduled = ProviderFetchState::scheduled(start());
    let running = scheduled.clone().start(start()).unwrap();
    let waiting = running.clone().wait(ResumeToken::new("order 1".into()).unwrap(), start()).unwrap();
    let resumed = waiting.clone().start(start()).unwrap();
    let sealed = running.clone().seal(ParcelId::from_random([7; 16]), start()).unwrap();
    let failed = running.clone().fail(FetchFailure::OutcomeUnknown, start()).unwrap();
    for state in [scheduled, running, waiting, resumed, sealed, failed] {
        let fetch = ProviderFetch {
            id: FetchId::from_random([1; 16]),
            consent: ConsentId::from_random([4; 16]),
            request: ConsentRequestId::from_random([5; 16]),
            partner: partner(),
            product: ProductId::from_random([6; 16]),
            source: bureau(),
            state,
        };
        comes_back(&fetch);
    }
}

#[test]
fn every_state_of_a_parcel_and_a_delivery_comes_back() {
    let expected = parcel(ParcelState::Expected);
    let uploading = expected.clone().receive(10, start()).unwrap();
    let available = uploading.clone().complete(description(), start()).unwrap();
    let collected = available.clone().notify(start()).unwrap().collect(start()).unwrap();
    let erased = collected.clone().erase(ErasureReceiptId::from_random([8; 16]), start()).unwrap();
    for parcel in [expected, uploading, available, collected, erased] {
        comes_back(&parcel);
    }
    let due = DeliveryState::due(start());
    comes_back(&due);
    comes_back(&due.succeed(start()).unwrap());
    comes_back(&due.park(DeliveryFailure::Refused { status: 410 }, start()).unwrap());
}

#[test]
fn products_and_partners_come_back() {
    let draft = product();
    let approved = draft.clone().approve(staff("approver"), start()).unwrap();
    let retired = approved.clone().retire(start()).unwrap();
    for product in [draft, approved, retired] {
        comes_back(&product);
    }
    let partner = Partner {
        id: partner(),
        legal_name: "Kaveri Finance Ltd".into(),
        gstin: "29AAACK9876L1ZN".parse().unwrap(),
        contract_ref: "C-2026-7".parse().unwrap(),
        contacts: vec![Contact {
            role: ContactRole::Billing,
            name: "Desk".into(),
            email: "b@k.example".into(),
        }],
        price_plan: "standard".parse().unwrap(),
        regulation: Some(Regulation {
            regulator: Regulator::Rbi,
            licence_no: "N-13.01234".into(),
            entity_id: "KAVERI_FIU".parse().unwrap(),
            valid_from: start(),
            valid_to: at("2030-01-01T00:00:00Z"),
        }),
        standing: Standing::Active,
        registered_at: start(),
    };
    comes_back(&partner);
    assert!(partner.is_regulated(start()) && !partner.is_regulated(at("2030-01-01T00:00:00Z")));
}

#[test]
fn receipts_and_uses_come_back() {
    let usage = Usage {
        partner: partner(),
        product: ProductId::from_random([6; 16]),
        source: bureau(),
        consent: ConsentId::from_random([4; 16]),
        subject: UsageSubject::Parcel(ParcelId::from_random([7; 16])),
        unit: UsageUnit::delivered(SourceKind::CreditBureau),
    };
    let late_evening = at("2026-01-31T18:30:00Z");
    let form = comes_back(&UsageEvent::new(UsageEventId::from_random([1; 16]), usage, late_evening));
    assert_eq!(form["day"], "2026-02-01", "the billing day is the day in India");
    comes_back(&ErasureReceipt {
        id: ErasureReceiptId::from_random([8; 16]),
        parcel: ParcelId::from_random([7; 16]),
        partner: partner(),
        consent: ConsentId::from_random([4; 16]),
        sha256: None,
        cause: ErasureCause::Withdrawn,
        erased_at: start(),
    });
    comes_back(&CollectionAck {
        parcel: ParcelId::from_random([7; 16]),
        sha256: description().sha256,
        opened_at: start(),
    });
}

#[test]
fn a_consent_receipt_tells_what_was_consented_and_what_became_of_it() {
    let withdrawn = consent(onetime_terms()).revoke(at("2026-01-20T00:00:00Z")).unwrap();
    let receipt = ConsentReceipt::of(
        &withdrawn,
        ReceiptContext {
            item: requested_item(bureau()),
            language: LanguageTag::english(),
            notice: notice_text(),
            partner_name: "Kaveri Finance Ltd".into(),
            operator: ReceiptParty {
                role: ReceiptPartyRole::PiiProcessor,
                name: "Operator".into(),
                contact: "help@operator.example".into(),
            },
            storage_location: "IN".into(),
        },
    );
    let form = comes_back(&receipt);
    assert_eq!(form["record_id"], json!(withdrawn.artefact.id));
    assert_eq!(form["processing"]["pii_information"], json!(["Score", "Loans"]));
    assert_eq!(form["processing"]["withdrawal_method"], "One tap in the app.");
    assert_eq!(form["parties"][0]["role"], "pii_controller");
    let states: Vec<&str> = receipt.events.iter().map(|event| event.event_state.as_str()).collect();
    assert_eq!(states, ["active", "revoked"]);
}

#[test]
fn unknown_fields_and_impossible_states_are_refused() {
    let unknown_field = json!({ "state": "paused", "at": start(), "by": "somebody" });
    assert!(serde_json::from_value::<ConsentState>(unknown_field).is_err());
    let unknown_state = json!({ "state": "dormant" });
    assert!(serde_json::from_value::<ParcelState>(unknown_state).is_err());
    let missing_field = json!({ "state": "erased", "at": start() });
    assert!(serde_json::from_value::<ParcelState>(missing_field).is_err());
    let mut widened = serde_json::to_value(artefact(onetime_terms())).unwrap();
    widened["parameters"]["FIDataRange"] = json!({});
    assert!(serde_json::from_value::<ConsentArtefact>(widened).is_err());
    let mut contradictory = serde_json::to_value(artefact(onetime_terms())).unwrap();
    contradictory["parameters"]["consentTypes"] = json!([]);
    assert!(serde_json::from_value::<ConsentArtefact>(contradictory).is_err());
}

#[test]
fn debug_hides_what_names_people() {
    let signed = SignedConsent::new("eyJ.9000000001@onemoney.sig".into());
    let token = ResumeToken::new("ABCPK1234D".into()).unwrap();
    assert_eq!(signed.signature_part(), Some("sig"));
    let shown = format!("{signed:?} {token:?} {:?}", customer());
    for canary in ["9000000001", "ABCPK1234D", customer().as_str()] {
        assert!(!shown.contains(canary), "{shown}");
    }
}
