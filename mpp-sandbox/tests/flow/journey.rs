use axum::http::StatusCode;
use mpp_core::Span;
use mpp_crypto::rebit::Flavour;
use mpp_transport::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::party::{MOBILE, Party};

const EVERYTHING: [(&str, &[&str]); 4] = [
    ("SAHYADRI_FIP", &["DEPOSIT", "TERM_DEPOSIT"]),
    ("NARMADA_FIP", &["DEPOSIT", "RECURRING_DEPOSIT"]),
    ("DECCAN_FUNDS_FIP", &["MUTUAL_FUNDS"]),
    ("GODAVARI_LIFE_FIP", &["INSURANCE_POLICIES", "LIFE_INSURANCE"]),
];

#[tokio::test]
async fn a_self_consent_brings_every_account_of_every_fip_in_both_flavours() {
    for flavour in [Flavour::Ecc, Flavour::X25519] {
        let mut party = Party::start().await;
        let consent = party.approved(&EVERYTHING, json!({})).await;
        assert_eq!(consent.payload["DataConsumer"]["type"], "USER");
        assert_eq!(consent.payload["DataProvider"], json!({ "id": "ONEMONEYDEMO_AA", "type": "AA" }));
        assert_eq!(consent.payload["Accounts"].as_array().unwrap().len(), 7);
        let (_, handle) = party.rebit("Consent/handle", json!({ "ConsentHandle": consent.handle })).await;
        assert_eq!(handle["ConsentStatus"], json!({ "id": consent.id, "status": "READY" }));

        let ours = party.key_material(flavour);
        let (status, opened) = party.request_fi(&consent, &ours).await;
        assert_eq!(status, StatusCode::OK, "{opened}");
        let end = party.session_end().await;
        assert_eq!(end["sessionStatus"], "COMPLETED");
        assert_eq!(end["sessionId"], opened["sessionId"]);
        let (status, fetched) = party.rebit("FI/fetch", json!({ "sessionId": opened["sessionId"] })).await;
        assert_eq!(status, StatusCode::OK);

        let entries = fetched["FI"].as_array().unwrap();
        assert!(entries.iter().all(|entry| entry["data"].as_array().unwrap().len() == 1));
        let documents = party.open_all(&fetched, &ours);
        assert_eq!(documents.len(), 7);
        check_documents(&party, &consent.links, &documents).await;
        if flavour == Flavour::Ecc {
            assert!(entries.iter().all(|entry| entry["KeyMaterial"]["curve"] == "Curve25519"));
        }
    }
}

async fn check_documents(party: &Party, links: &[String], documents: &[(String, Vec<u8>)]) {
    let customer = party.get(&format!("/control/customers/{MOBILE}")).await;
    let canary = customer["canary"].as_str().unwrap();
    let produced = party.get(&format!("/control/documents/{MOBILE}")).await;
    let produced = produced["documents"].as_array().unwrap().clone();
    for (link, document) in documents {
        assert!(links.contains(link));
        let text = std::str::from_utf8(document).unwrap();
        assert!(text.contains(canary) && text.contains(&format!("linkedAccRef=\"{link}\"")));
        let digest = hex::encode(Sha256::digest(document));
        let found = produced.iter().find(|made| made["linkRefNumber"] == json!(link)).unwrap();
        assert_eq!(found["sha256"], json!(digest));
        assert_eq!(found["sizeBytes"], json!(document.len()));
    }
}

#[tokio::test]
async fn every_entry_has_key_material_of_its_own() {
    let mut party = Party::start().await;
    let consent = party.approved(&EVERYTHING, json!({})).await;
    let ours = party.key_material(Flavour::Ecc);
    let (_, opened) = party.request_fi(&consent, &ours).await;
    party.session_end().await;
    let (_, fetched) = party.rebit("FI/fetch", json!({ "sessionId": opened["sessionId"] })).await;
    let mut nonces: Vec<&Value> =
        fetched["FI"].as_array().unwrap().iter().map(|entry| &entry["KeyMaterial"]["Nonce"]).collect();
    nonces.sort_by_key(|nonce| nonce.to_string());
    nonces.dedup();
    assert_eq!(nonces.len(), 7);
}

#[tokio::test]
async fn one_fip_or_one_account_can_be_fetched_alone() {
    let mut party = Party::start().await;
    let consent = party.approved(&EVERYTHING[..2], json!({})).await;
    let ours = party.key_material(Flavour::Ecc);
    let (_, opened) = party.request_fi(&consent, &ours).await;
    party.session_end().await;
    let session = &opened["sessionId"];
    let (_, one_fip) = party.rebit("FI/fetch", json!({ "sessionId": session, "fipId": "NARMADA_FIP" })).await;
    assert_eq!(party.open_all(&one_fip, &ours).len(), 2);
    let wanted = json!({ "sessionId": session, "linkRefNumber": [{ "id": consent.links[0] }] });
    let (_, one_account) = party.rebit("FI/fetch", wanted).await;
    assert_eq!(party.open_all(&one_account, &ours)[0].0, consent.links[0]);
    let (status, refused) =
        party.rebit("FI/fetch", json!({ "sessionId": session, "fipId": "DECCAN_FUNDS_FIP" })).await;
    assert_eq!((status, &refused["errorCode"]), (StatusCode::BAD_REQUEST, &json!("InvalidFIPId")));
}

#[tokio::test]
async fn an_fiu_may_ask_in_its_own_name_with_a_filter() {
    let mut party = Party::start().await;
    let changes = json!({
        "DataConsumer": { "id": "MPP_SHARE", "type": "FIU" }, "fiTypes": ["DEPOSIT"],
        "DataFilter": [{ "type": "TRANSACTIONAMOUNT", "operator": ">=", "value": "20000" }],
    });
    let consent = party.approved(&[("SAHYADRI_FIP", &["DEPOSIT"])], changes).await;
    assert_eq!(consent.payload["DataConsumer"], json!({ "id": "MPP_SHARE", "type": "FIU" }));
    let ours = party.key_material(Flavour::Ecc);
    let (_, opened) = party.request_fi(&consent, &ours).await;
    party.session_end().await;
    let (_, fetched) = party.rebit("FI/fetch", json!({ "sessionId": opened["sessionId"] })).await;
    let (_, document) = party.open_all(&fetched, &ours).remove(0);
    let transactions = String::from_utf8(document).unwrap().matches("<Transaction ").count();
    assert!((1..200).contains(&transactions), "{transactions}");
}

#[tokio::test]
async fn documents_of_four_mebibytes_travel() {
    let mut party = Party::start().await;
    let settings = json!({ "documentPaddingBytes": 4 << 20 });
    party.json(Method::POST, "/control/settings", None, &settings).await;
    let consent = party.approved(&[("SAHYADRI_FIP", &["DEPOSIT"])], json!({})).await;
    let ours = party.key_material(Flavour::Ecc);
    let (_, opened) = party.request_fi(&consent, &ours).await;
    party.session_end().await;
    let (_, fetched) = party.rebit("FI/fetch", json!({ "sessionId": opened["sessionId"] })).await;
    let (_, document) = party.open_all(&fetched, &ours).remove(0);
    assert!(document.len() >= 4 << 20);
}

#[tokio::test]
async fn data_is_deleted_after_six_hours() {
    let mut party = Party::start().await;
    let consent = party.approved(&[("SAHYADRI_FIP", &["DEPOSIT"])], json!({})).await;
    let ours = party.key_material(Flavour::Ecc);
    let (_, opened) = party.request_fi(&consent, &ours).await;
    party.session_end().await;
    party.clock.advance(Span::from_hours(6));
    let (status, gone) = party.rebit("FI/fetch", json!({ "sessionId": opened["sessionId"] })).await;
    assert_eq!((status, &gone["errorCode"]), (StatusCode::GONE, &json!("DataGone")));
}

#[tokio::test]
async fn expiry_is_told_to_the_requester() {
    let mut party = Party::start().await;
    let consent = party.approved(&[("SAHYADRI_FIP", &["DEPOSIT"])], json!({})).await;
    party.clock.advance(Span::from_days(31));
    party.sandbox.sweep();
    let (_, told) = party.notice().await;
    assert_eq!(told["ConsentStatusNotification"]["consentStatus"], "EXPIRED");
    let ours = party.key_material(Flavour::Ecc);
    let (status, refused) = party.request_fi(&consent, &ours).await;
    assert_eq!((status, &refused["errorCode"]), (StatusCode::BAD_REQUEST, &json!("InvalidConsentStatus")));
}

#[tokio::test]
async fn the_registry_names_everybody_with_their_keys() {
    let party = Party::start().await;
    let aa = party.get("/registry/v2/entityInfo/AA").await;
    assert_eq!(aa[0]["entityinfo"]["entityhandle"], "onemoney");
    assert_eq!(aa[0]["entityinfo"]["baseurl"], "http://sandbox.test/aa/v2");
    let fips = party.get("/registry/v2/entityInfo/FIP").await;
    assert_eq!(fips.as_array().unwrap().len(), 4);
    let one = party.get("/registry/v2/entityInfo/FIP/NARMADA_FIP").await;
    assert_eq!(one[0]["entityinfo"]["certificate"]["kty"], "RSA");
    let fiu = party.get("/registry/v2/entityInfo/FIU/MPP_SHARE").await;
    assert_eq!(fiu[0]["entityinfo"]["certificate"]["kid"], "share-key-1");
    let (status, _) = party.json(Method::GET, "/registry/v2/entityInfo/FIP/NOBODY", None, &Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
