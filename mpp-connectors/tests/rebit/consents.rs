use mpp_connectors::ApiKey;
use mpp_connectors::account_aggregator::{
    AaConsentStatus, AaError, AaHealth, AccountAggregator, AnswerDefect, ConsentChange, ConsentDetail,
    HandleStatus, TermsDefect,
};
use mpp_core::Persistence;
use serde_json::{Value, json};

use crate::fake_aa::{AA, CONSENT, Defect, FakeAa, HANDLE, LINK, US, VUA};
use crate::{asked, parameters};

#[tokio::test]
async fn a_self_consent_names_the_customer_as_recipient() {
    let aa = FakeAa::new();
    let raised = aa.client().request_consent(&asked(&aa)).await.unwrap();
    assert_eq!((raised.handle.as_str(), raised.vua.address().as_str()), (HANDLE, VUA));
    let (path, _, request) = aa.sent().remove(0);
    assert_eq!(path, "Consent");
    let detail = json!({
        "consentStart": "2026-01-15T09:30:00.000Z", "consentExpiry": "2026-02-14T09:30:00.000Z",
        "consentMode": "STORE", "fetchType": "ONETIME",
        "consentTypes": ["PROFILE", "SUMMARY", "TRANSACTIONS"], "fiTypes": ["DEPOSIT", "TERM_DEPOSIT"],
        "DataConsumer": { "id": VUA, "type": "USER" },
        "Customer": { "id": VUA, "Identifiers": [{ "type": "MOBILE", "value": "9000000001" }] },
        "Purpose": {
            "code": "103", "refUri": "https://api.rebit.org.in/aa/purpose/103.xml",
            "text": "To process your loan application", "Category": { "type": "Financial Reporting" },
        },
        "FIDataRange": { "from": "2025-01-15T09:30:00.000Z", "to": "2026-01-15T09:30:00.000Z" },
        "DataLife": { "unit": "MONTH", "value": 1 }, "Frequency": { "unit": "MONTH", "value": 1 },
    });
    assert_eq!(request["ConsentDetail"], detail);
}

#[tokio::test]
async fn a_receiver_may_ask_by_mobile_and_learns_the_address() {
    let aa = FakeAa::new();
    let detail =
        ConsentDetail::for_fiu_by_mobile(US.parse().unwrap(), "9000000001".parse().unwrap(), parameters(&aa));
    let raised = aa.client().request_consent(&detail).await.unwrap();
    assert_eq!(raised.vua.address(), VUA);
    let (_, _, request) = aa.sent().remove(0);
    assert_eq!(request["ConsentDetail"]["DataConsumer"], json!({ "id": US, "type": "FIU" }));
    let identifiers = json!({ "Identifiers": [{ "type": "MOBILE", "value": "9000000001" }] });
    assert_eq!(request["ConsentDetail"]["Customer"], identifiers);
}

#[tokio::test]
async fn an_answer_about_another_customer_is_not_believed() {
    let aa = FakeAa::new().altering_answers(|answer| answer["Customer"]["id"] = json!("9000000002@onemoney"));
    let error = aa.client().request_consent(&asked(&aa)).await.unwrap_err();
    assert!(matches!(error, AaError::Untrusted(AnswerDefect::Subject)), "{error:?}");
}

#[tokio::test]
async fn every_request_has_a_transaction_id_of_its_own() {
    let aa = FakeAa::new();
    let client = aa.client();
    for _ in 0..3 {
        client.consent_status(&HANDLE.parse().unwrap()).await.unwrap();
    }
    let mut ids: Vec<String> = aa.sent().iter().map(|(_, _, body)| body["txnid"].to_string()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn the_key_that_lets_us_in_can_be_replaced() {
    let aa = FakeAa::new();
    let client = aa.client();
    client.heartbeat().await.unwrap();
    client.replace_api_key(ApiKey::new("client-key-2".into()).unwrap());
    client.heartbeat().await.unwrap();
    let sent: Vec<_> = aa.sent().iter().map(|(_, headers, _)| headers["client_api_key"].clone()).collect();
    assert_eq!(sent, ["client-key-1", "client-key-2"]);
}

#[tokio::test]
async fn handle_words_are_understood() {
    let cases = [
        ("PENDING", HandleStatus::Pending),
        ("READY", HandleStatus::Ready { consent: CONSENT.parse().unwrap() }),
        ("APPROVED", HandleStatus::Ready { consent: CONSENT.parse().unwrap() }),
        ("REJECTED", HandleStatus::Rejected),
        ("FAILED", HandleStatus::Failed),
        ("EXPIRED", HandleStatus::Expired),
    ];
    for (word, expected) in cases {
        let aa =
            FakeAa::new().altering_answers(move |answer| answer["ConsentStatus"]["status"] = json!(word));
        assert_eq!(aa.client().consent_status(&HANDLE.parse().unwrap()).await.unwrap(), expected);
    }
    let alterations: [fn(&mut Value); 3] = [
        |answer| answer["ConsentStatus"]["id"] = Value::Null,
        |answer| answer["ConsentStatus"]["status"] = json!("MAYBE"),
        |answer| answer["ConsentHandle"] = json!(CONSENT),
    ];
    for alter in alterations {
        let aa = FakeAa::new().altering_answers(alter);
        let error = aa.client().consent_status(&HANDLE.parse().unwrap()).await.unwrap_err();
        assert!(matches!(error, AaError::Untrusted(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_consent_is_returned_verified_with_its_parts() {
    let aa = FakeAa::new();
    let consent = aa.client().fetch_consent(&CONSENT.parse().unwrap(), &asked(&aa)).await.unwrap();
    assert!(consent.is_active());
    assert_eq!(consent.id.as_str(), CONSENT);
    assert_eq!(consent.vua.address(), VUA);
    assert_eq!(consent.parameters, parameters(&aa));
    assert_eq!(consent.created_at.to_string(), "2026-01-15T09:28:00.000Z");
    assert_eq!(consent.signed_consent.signature_part(), Some(consent.digital_signature.as_str()));
    assert_eq!(consent.accounts.len(), 1);
    assert_eq!(consent.accounts[0].link_ref.as_str(), LINK);
    assert_eq!(consent.accounts[0].fip.as_str(), "SAHYADRI_FIP");
    let shown = format!("{consent:?}");
    assert!(!shown.contains("9000000001") && !shown.contains("4020"), "{shown}");
}

#[tokio::test]
async fn a_consent_no_longer_active_is_returned_as_such() {
    let words = [
        ("PAUSED", AaConsentStatus::Paused),
        ("REVOKED", AaConsentStatus::Revoked),
        ("EXPIRED", AaConsentStatus::Expired),
    ];
    for (word, expected) in words {
        let aa = FakeAa::new().altering_answers(move |answer| answer["status"] = json!(word));
        let consent = aa.client().fetch_consent(&CONSENT.parse().unwrap(), &asked(&aa)).await.unwrap();
        assert_eq!((consent.status, consent.is_active()), (expected, false));
    }
}

#[tokio::test]
async fn narrower_consents_and_the_fields_ways_of_writing_are_accepted() {
    let alterations: [fn(&mut Value); 12] = [
        |_| (),
        |detail| detail["consentExpiry"] = json!("2026-02-01T00:00:00Z"),
        |detail| detail["consentStart"] = json!(1_768_469_400_000_i64),
        |detail| detail["FIDataRange"]["from"] = json!("2025-06-15T09:30:00.000+0000"),
        |detail| detail["consentTypes"] = json!(["SUMMARY"]),
        |detail| detail["fiTypes"] = json!(["DEPOSIT"]),
        |detail| detail["fiTypes"] = json!(["DEPOSIT", "TERM-DEPOSIT"]),
        |detail| detail["DataLife"] = json!({ "unit": "DAY", "value": 28 }),
        |detail| detail["Frequency"] = json!({ "unit": "YEAR", "value": "1" }),
        |detail| {
            detail["DataFilter"] = json!([{ "type": "TRANSACTIONAMOUNT", "operator": ">=", "value": "1000" }])
        },
        |detail| detail["DataConsumer"]["id"] = json!("9000000001@OneMoney"),
        |detail| detail["unknownMember"] = json!({ "x": [1] }),
    ];
    for (number, alter) in alterations.into_iter().enumerate() {
        let aa = FakeAa::new().altering_consents(alter);
        let result = aa.client().fetch_consent(&CONSENT.parse().unwrap(), &asked(&aa)).await;
        assert!(result.is_ok(), "{number}: {result:?}");
    }
}

type Excess = (TermsDefect, fn(&mut Value));

const EXCESSES: [Excess; 21] = [
    (TermsDefect::Consumer, |detail| detail["DataConsumer"] = json!({ "id": US, "type": "FIU" })),
    (TermsDefect::Consumer, |detail| detail["DataConsumer"]["id"] = json!("9000000002@onemoney")),
    (TermsDefect::Consumer, |detail| detail["DataConsumer"]["type"] = json!("AA")),
    (TermsDefect::Provider, |detail| detail["DataProvider"]["id"] = json!("OTHER_AA")),
    (TermsDefect::Provider, |detail| detail["DataProvider"] = json!({ "id": AA, "type": "FIP" })),
    (TermsDefect::Customer, |detail| detail["Customer"]["id"] = json!("9000000002@onemoney")),
    (TermsDefect::Customer, |detail| detail["Customer"]["id"] = json!("not an address")),
    (TermsDefect::Validity, |detail| detail["consentStart"] = json!("2026-01-15T09:29:59.999Z")),
    (TermsDefect::Validity, |detail| detail["consentExpiry"] = json!("2026-02-14T09:30:00.001Z")),
    (TermsDefect::Mode, |detail| {
        detail["consentMode"] = json!("VIEW");
        detail["DataLife"]["value"] = json!(0);
    }),
    (TermsDefect::FetchType, |detail| detail["fetchType"] = json!("PERIODIC")),
    (TermsDefect::FiTypes, |detail| detail["fiTypes"] = json!(["DEPOSIT", "EQUITIES"])),
    (TermsDefect::FiTypes, |detail| detail["Accounts"][0]["fiType"] = json!("EQUITIES")),
    (TermsDefect::Purpose, |detail| detail["Purpose"]["code"] = json!("101")),
    (TermsDefect::Purpose, |detail| detail["Purpose"]["text"] = json!("To sell you something")),
    (TermsDefect::Purpose, |detail| detail["Purpose"]["refUri"] = json!("https://elsewhere.example/")),
    (TermsDefect::Range, |detail| detail["FIDataRange"]["from"] = json!("2025-01-15T09:29:59Z")),
    (TermsDefect::Range, |detail| detail["FIDataRange"]["to"] = json!("2026-01-15T09:30:01Z")),
    (TermsDefect::DataLife, |detail| detail["DataLife"] = json!({ "unit": "INF", "value": 0 })),
    (TermsDefect::DataLife, |detail| detail["DataLife"]["value"] = json!(2)),
    (TermsDefect::Frequency, |detail| detail["Frequency"] = json!({ "unit": "DAY", "value": 1 })),
];

#[tokio::test]
async fn a_consent_wider_than_asked_is_refused_by_name() {
    for (number, (expected, alter)) in EXCESSES.into_iter().enumerate() {
        let aa = FakeAa::new().altering_consents(alter);
        let error = aa.client().fetch_consent(&CONSENT.parse().unwrap(), &asked(&aa)).await.unwrap_err();
        let matched = matches!(&error, AaError::ConsentDiffers(defect) if *defect == expected);
        assert!(matched, "{number}: {error:?} instead of {expected:?}");
        assert_eq!(error.persistence(), Persistence::Permanent);
    }
}

#[tokio::test]
async fn a_filter_asked_for_must_be_in_the_consent() {
    let aa = FakeAa::new();
    let mut form = parameters(&aa).form().clone();
    let filter = json!({ "type": "TRANSACTIONTYPE", "operator": "=", "value": "CREDIT" });
    form.data_filter = vec![serde_json::from_value(filter).unwrap()];
    let filtered = ConsentDetail::self_consent(VUA.parse().unwrap(), form.try_into().unwrap());
    let error = aa.client().fetch_consent(&CONSENT.parse().unwrap(), &filtered).await.unwrap_err();
    assert!(matches!(error, AaError::ConsentDiffers(TermsDefect::DataFilter)), "{error:?}");
}

#[tokio::test]
async fn parts_of_the_data_that_were_not_asked_for_are_an_excess() {
    let aa = FakeAa::new();
    let mut form = parameters(&aa).form().clone();
    form.consent_types.pop_last();
    let less = ConsentDetail::self_consent(VUA.parse().unwrap(), form.try_into().unwrap());
    let error = aa.client().fetch_consent(&CONSENT.parse().unwrap(), &less).await.unwrap_err();
    assert!(matches!(error, AaError::ConsentDiffers(TermsDefect::ConsentTypes)), "{error:?}");
}

#[tokio::test]
async fn a_forged_consent_is_not_believed_even_in_a_signed_answer() {
    let aa = FakeAa::new().forging_consents();
    let error = aa.client().fetch_consent(&CONSENT.parse().unwrap(), &asked(&aa)).await.unwrap_err();
    assert!(matches!(error, AaError::Untrusted(AnswerDefect::SignedConsent)), "{error:?}");

    let aa = FakeAa::new().altering_answers(|answer| answer["consentId"] = json!(HANDLE));
    let error = aa.client().fetch_consent(&CONSENT.parse().unwrap(), &asked(&aa)).await.unwrap_err();
    assert!(matches!(error, AaError::Untrusted(AnswerDefect::Subject)), "{error:?}");
}

#[tokio::test]
async fn a_receiver_pauses_resumes_and_withdraws() {
    let aa = FakeAa::new();
    let words = [
        (ConsentChange::Pause, "PAUSED"),
        (ConsentChange::Resume, "ACTIVE"),
        (ConsentChange::Revoke, "REVOKED"),
    ];
    for (change, word) in words {
        aa.client().change_consent(&CONSENT.parse().unwrap(), change).await.unwrap();
        let (path, _, request) = aa.sent().pop().unwrap();
        assert_eq!(path, "Consent/Notification");
        assert_eq!(request["Notifier"], json!({ "type": "FIU", "id": US }));
        let content = json!({ "consentId": CONSENT, "consentStatus": word });
        assert_eq!(request["ConsentStatusNotification"], content);
    }
}

#[tokio::test]
async fn the_heartbeat_tells_up_from_down() {
    assert_eq!(FakeAa::new().client().heartbeat().await.unwrap(), AaHealth::Up);
    let down = FakeAa::new().altering_answers(|answer| answer["Status"] = json!("DOWN"));
    assert_eq!(down.client().heartbeat().await.unwrap(), AaHealth::Down);
    let unsigned = FakeAa::new().with_defect(Defect::Unsigned);
    assert!(unsigned.client().heartbeat().await.is_err());
}
