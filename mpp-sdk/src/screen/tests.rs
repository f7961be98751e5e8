use mpp_api::central::ScreenItem;
use mpp_core::{Clock, ConsentRequestId, DeviceId, PartnerId, Span};
use mpp_crypto::{EnvelopePrivateKey, SigningKey};
use mpp_testkit::{HandClock, SeededEntropy};
use serde_json::json;

use super::*;

struct Central {
    key: SigningKey,
    now: Timestamp,
    record: PartnerKeyRecord,
    entropy: SeededEntropy,
}

impl Central {
    fn new() -> Self {
        let entropy = SeededEntropy::new(11);
        let envelope = EnvelopePrivateKey::generate(&entropy);
        let now = HandClock::new().now();
        let record = PartnerKeyRecord {
            partner: PartnerId::generate(&entropy),
            partner_name: "Kaveri Finance Ltd".into(),
            kid: envelope.kid().clone(),
            key: envelope.public().to_jwk(),
            valid_from: now.minus(Span::from_days(1)),
            valid_to: now.plus(Span::from_days(1)),
            issued_at: now.minus(Span::from_days(1)),
        };
        Self { key: SigningKey::generate_p256(&entropy), now, record, entropy }
    }

    fn screen(&self, record: &PartnerKeyRecord, name: &str, sources: &[&str]) -> Bytes {
        let terms = json!({
            "consentStart": self.now, "consentExpiry": self.now.plus(Span::from_days(1)), "consentMode": "STORE",
            "fetchType": "ONETIME", "consentTypes": ["SUMMARY"], "fiTypes": ["DEPOSIT"],
            "purpose": {"code": "103", "text": "Loan"},
            "dataRange": {"from": self.now.minus(Span::from_days(9)), "to": self.now},
            "dataLife": {"unit": "DAY", "value": 1}, "frequency": {"unit": "DAY", "value": 1},
        });
        let item = |source: &&str| ScreenItem {
            source: (*source).to_owned(),
            kind: "OTHER".into(),
            title: "A source".into(),
            data_items: vec!["Everything".into()],
            terms: serde_json::from_value(terms.clone()).unwrap(),
        };
        let screen = ConsentScreen {
            consent_request_id: ConsentRequestId::generate(&self.entropy),
            device_id: DeviceId::generate(&self.entropy),
            partner_name: name.into(),
            partner_key_record: jws::sign(&self.key, KEY_RECORD, record).unwrap().into(),
            customer_masked: "XXXXXXX001".into(),
            items: sources.iter().map(item).collect(),
            notice_version: 1,
            notice: json!({}),
            expires_at: self.now.plus(Span::from_days(1)),
            state: "opened".into(),
        };
        serde_json::to_vec(&screen).unwrap().into()
    }

    fn check(&self, bytes: &Bytes) -> Result<Screen, ScreenFault> {
        Screen::check(bytes, std::slice::from_ref(self.key.public()), self.now)
    }
}

#[test]
fn a_vouched_for_screen_is_shown_with_nothing_decided() {
    let central = Central::new();
    let bytes =
        central.screen(&central.record, "Kaveri Finance Ltd", &["account-aggregator", "provider:bureau"]);
    let screen = central.check(&bytes).unwrap();
    assert_eq!(screen.digest(), mpp_crypto::sha256(&bytes));
    assert_eq!(screen.decisions().complete().unwrap_err().open.len(), 2);
}

#[test]
fn a_record_signed_by_anybody_else_is_not_believed() {
    let central = Central::new();
    let impostor = Central { key: SigningKey::generate_p256(&SeededEntropy::new(12)), ..Central::new() };
    let bytes = impostor.screen(&central.record, "Kaveri Finance Ltd", &["account-aggregator"]);
    assert_eq!(central.check(&bytes).unwrap_err(), ScreenFault::NotVouchedFor);
}

#[test]
fn a_key_outside_its_validity_is_refused() {
    let central = Central::new();
    for (from, to) in [(1, 2), (-2, -1)] {
        let moved = |days: i64| {
            if days < 0 {
                central.now.minus(Span::from_days(-days))
            } else {
                central.now.plus(Span::from_days(days))
            }
        };
        let record =
            PartnerKeyRecord { valid_from: moved(from), valid_to: moved(to), ..central.record.clone() };
        let bytes = central.screen(&record, "Kaveri Finance Ltd", &["account-aggregator"]);
        assert_eq!(central.check(&bytes).unwrap_err(), ScreenFault::KeyNotValid);
    }
}

#[test]
fn a_key_under_another_keys_name_is_refused() {
    let central = Central::new();
    let other = EnvelopePrivateKey::generate(&SeededEntropy::new(13));
    let record = PartnerKeyRecord { key: other.public().to_jwk(), ..central.record.clone() };
    let bytes = central.screen(&record, "Kaveri Finance Ltd", &["account-aggregator"]);
    assert_eq!(central.check(&bytes).unwrap_err(), ScreenFault::KeyNotItself);
}

#[test]
fn a_recipient_shown_under_another_name_is_refused() {
    let central = Central::new();
    let bytes = central.screen(&central.record, "Your Bank", &["account-aggregator"]);
    assert_eq!(central.check(&bytes).unwrap_err(), ScreenFault::OtherRecipient);
}

#[test]
fn doubled_missing_and_unreadable_items_are_refused() {
    let central = Central::new();
    let doubled = central.screen(&central.record, "Kaveri Finance Ltd", &["provider:a", "provider:a"]);
    assert_eq!(central.check(&doubled).unwrap_err(), ScreenFault::Items);
    let none = central.screen(&central.record, "Kaveri Finance Ltd", &[]);
    assert_eq!(central.check(&none).unwrap_err(), ScreenFault::Items);
    let odd = central.screen(&central.record, "Kaveri Finance Ltd", &["somewhere"]);
    assert_eq!(central.check(&odd).unwrap_err(), ScreenFault::Form);
    assert_eq!(central.check(&Bytes::from_static(b"{")).unwrap_err(), ScreenFault::Form);
}
