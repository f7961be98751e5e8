//! The FIPs behind the fake service: their accounts, documents and misbehaviours.

use mpp_core::{Clock, Span};
use mpp_crypto::rebit::{Flavour, KeyMaterialForm, OurKeyMaterial, PeerKeyMaterial, Sender};
use serde_json::{Value, json};

use crate::fake_service::FakeService;

/// How an FIP treats an account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Properly,
    /// Nothing comes, and the service says DENIED.
    Denied,
    /// The document of another account comes.
    WrongAccount,
    /// Encrypted to the key material of another session.
    WrongSession,
    /// Bytes that were never encrypted.
    Garbage,
    /// An empty text comes.
    Empty,
    /// Key material that is no key.
    BadKey,
}

#[derive(Clone)]
pub(crate) struct FakeAccount {
    pub(crate) fip: &'static str,
    pub(crate) link: &'static str,
    pub(crate) masked: &'static str,
    pub(crate) document: String,
    pub(crate) delivery: Delivery,
}

pub(crate) fn document(link: &str, masked: &str, name: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<Account xmlns=\"http://api.rebit.org.in/FISchema/deposit\" \
         type=\"deposit\" version=\"2.0.0\" maskedAccNumber=\"{masked}\" linkedAccRef=\"{link}\">\n <Profile>\
         <Holders type=\"SINGLE\"><Holder name=\"{name}\"/></Holders></Profile>\n <Transactions>\
         <Transaction valueDate=\"2025-12-31\" amount=\"62000.00\" narration=\"canary-narration\"/>\
         </Transactions></Account>\n"
    )
}

pub(crate) fn savings() -> FakeAccount {
    FakeAccount {
        fip: "SAHYADRI_FIP",
        link: "7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06",
        masked: "XXXXXXXX4020",
        document: document("7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06", "XXXXXXXX4020", "canary-name"),
        delivery: Delivery::Properly,
    }
}

pub(crate) fn deposit() -> FakeAccount {
    FakeAccount {
        fip: "DECCAN_FIP",
        link: "1d2c3b4a-5968-4776-8695-a4b3c2d1e0f1",
        masked: "XXXXXXXX7711",
        document: document("1d2c3b4a-5968-4776-8695-a4b3c2d1e0f1", "XXXXXXXX7711", "canary-name"),
        delivery: Delivery::Properly,
    }
}

pub(crate) fn entry(service: &FakeService, account: &FakeAccount, material: &KeyMaterialForm) -> Value {
    let now = service.clock.now();
    let expiry = now.plus(Span::from_hours(24));
    let fresh = || OurKeyMaterial::generate(Flavour::Ecc, &service.entropy, expiry);
    let stranger = fresh().public_form();
    let to = if account.delivery == Delivery::WrongSession { &stranger } else { material };
    let peer = PeerKeyMaterial::parse(to, now).unwrap();
    let plaintext = match account.delivery {
        Delivery::WrongAccount => document("somebody-elses-account", account.masked, "canary-stranger"),
        _ => account.document.clone(),
    };
    let sealed = Sender::new(fresh(), &peer, now).unwrap().seal(plaintext.as_bytes()).unwrap();
    let encrypted = match account.delivery {
        Delivery::Garbage => "!!!not base64!!!".to_owned(),
        Delivery::Empty => String::new(),
        _ => sealed.encrypted,
    };
    let mut key_material = serde_json::to_value(&sealed.key_material).unwrap();
    if account.delivery == Delivery::BadKey {
        key_material["DHPublicKey"]["KeyValue"] = json!("AAAA");
    }
    json!({"fipId": account.fip, "keyMaterial": key_material, "accounts": [
        {"linkRefNumber": account.link, "maskedAccNumber": account.masked, "encryptedFi": encrypted}
    ]})
}
