use super::*;

const STATUSES: [ConsentStatus; 4] =
    [ConsentStatus::Active, ConsentStatus::Paused, ConsentStatus::Revoked, ConsentStatus::Expired];

fn record(fetch_type: &str, frequency: &str) -> ConsentRecord {
    let detail = serde_json::json!({
        "consentStart": "2026-01-15T09:25:00.000Z", "consentExpiry": "2026-02-14T09:25:00.000Z",
        "consentMode": "STORE", "fetchType": fetch_type, "consentTypes": ["PROFILE"], "fiTypes": ["DEPOSIT"],
        "DataConsumer": {"id": "MPPDEMO_FIU", "type": "FIU"}, "Customer": {"id": "9000000001@onemoney"},
        "Purpose": {"code": "103"},
        "FIDataRange": {"from": "2025-01-15T00:00:00.000Z", "to": "2026-01-15T00:00:00.000Z"},
        "DataLife": {"unit": "MONTH", "value": 1}, "Frequency": {"unit": frequency, "value": 2}
    });
    let now = at("2026-01-15T09:30:00.000Z");
    let grant = Grant {
        id: "c".into(),
        status: ConsentStatus::Active,
        created_at: now,
        signed_consent: String::new(),
        signature: String::new(),
        accounts: Vec::new(),
        fip_signatures: std::collections::BTreeMap::new(),
        uses: Vec::new(),
    };
    ConsentRecord {
        handle: "h".into(),
        requester: "MPPDEMO_FIU".into(),
        detail: serde_json::from_value(detail).unwrap(),
        vua: "9000000001@onemoney".into(),
        mobile: "9000000001".parse().unwrap(),
        requested_at: now,
        lapses_at: now,
        standing: Standing::Granted(Box::new(grant)),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn range(from: &str) -> DataRange {
    DataRange::new(at(from), at("2026-01-15T00:00:00.000Z")).unwrap()
}

fn code(outcome: Result<(), Refusal>) -> String {
    outcome.map_or_else(|refusal| refusal.code, |()| "ok".to_owned())
}

#[test]
fn ended_consents_stay_ended() {
    for wanted in STATUSES {
        assert_eq!(ConsentStatus::Revoked.moved_to(wanted), None);
        assert_eq!(ConsentStatus::Expired.moved_to(wanted), None);
    }
    assert_eq!(ConsentStatus::Paused.moved_to(ConsentStatus::Active), Some(ConsentStatus::Active));
    assert_eq!(ConsentStatus::Active.moved_to(ConsentStatus::Paused), Some(ConsentStatus::Paused));
}

#[test]
fn a_onetime_consent_opens_one_session() {
    let mut record = record("ONETIME", "MONTH");
    let now = at("2026-01-15T10:00:00.000Z");
    assert_eq!(code(record.allow_use(range("2025-06-01T00:00:00.000Z"), now)), "ok");
    record.grant_mut().unwrap().uses.push(("s".into(), now));
    assert_eq!(code(record.allow_use(range("2025-06-01T00:00:00.000Z"), now)), "InvalidConsentUse");
}

#[test]
fn frequency_counts_calendar_buckets() {
    let mut record = record("PERIODIC", "DAY");
    let wanted = range("2025-06-01T00:00:00.000Z");
    for hour in ["08", "23"] {
        let used = at(&format!("2026-01-16T{hour}:00:00.000Z"));
        record.grant_mut().unwrap().uses.push(("s".into(), used));
    }
    assert_eq!(code(record.allow_use(wanted, at("2026-01-16T23:59:59.000Z"))), "InvalidConsentUse");
    assert_eq!(code(record.allow_use(wanted, at("2026-01-17T00:00:00.000Z"))), "ok");
}

#[test]
fn range_status_and_times_are_kept() {
    let mut record = record("ONETIME", "MONTH");
    let now = at("2026-01-15T10:00:00.000Z");
    assert_eq!(code(record.allow_use(range("2024-06-01T00:00:00.000Z"), now)), "InvalidDateRange");
    let early = at("2026-01-15T09:00:00.000Z");
    assert_eq!(code(record.allow_use(range("2025-06-01T00:00:00.000Z"), early)), "InvalidRequest");
    record.grant_mut().unwrap().status = ConsentStatus::Paused;
    assert_eq!(code(record.allow_use(range("2025-06-01T00:00:00.000Z"), now)), "InvalidConsentStatus");
    assert!(record.advance(at("2026-02-14T09:25:00.000Z")));
    assert_eq!(record.handle_status(), "READY");
    assert_eq!(record.grant().unwrap().status, ConsentStatus::Expired);
}
