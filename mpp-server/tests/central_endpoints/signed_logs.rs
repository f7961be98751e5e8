//! A partner's signed log over its own interface and through the portal, with every kind of difference.

use http::Method;
use mpp_api::central::{Last, PartnerLogQuery, SendUsageLog};
use mpp_billing::{MOST_LOG_BYTES, Reference, USAGE_LOG_TYP, UsageLog, UsageLogLine};
use mpp_core::{Clock, ConsentId, Span};
use mpp_crypto::jws;

use crate::people::join;
use crate::portal::{session_of, sign_in, window};
use crate::proofs::status;
use crate::samples::{account_item, bureau_item};
use crate::town::{AA, BUREAU, ClientServer, Town, consent};

/// A credit report and an account of one customer, and an account of another, in January; February has begun.
pub(crate) async fn used() -> (Town, ClientServer, Vec<UsageLogLine>) {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item(), bureau_item()]).await;
    for case in ["LOAN-1", "LOAN-2"] {
        let phone = town.open(&town.place(&partner, product, case).await).await;
        let decided = town.approve_all(&phone).await;
        let (announcement, bytes) = town.sealed(&partner, &phone, consent(&decided, AA), b"FI");
        let upload = town.phone(&phone).announce(&announcement).await.unwrap().upload_id;
        town.phone(&phone).append(upload, 0, bytes.into(), Last::Yes).await.unwrap();
    }
    let mut uses = Vec::new();
    while uses.len() < 4 {
        tokio::task::yield_now().await;
        uses = town.partner(&partner).usage(None).await.unwrap().items;
    }
    let told = town.partner(&partner).notifications(0, std::time::Duration::ZERO).await.unwrap().items;
    let line = |told: &mpp_api::central::Notification| {
        let parcel = told.data.parcel_id?;
        let subject = match told.data.fetch_id {
            Some(fetch) => mpp_core::UsageSubject::Fetch(fetch),
            None => mpp_core::UsageSubject::Parcel(parcel),
        };
        let source = told.data.source.clone().unwrap();
        let unit = if source == BUREAU { "bureau_report" } else { "data_fetch" };
        Some(UsageLogLine {
            reference: Reference::of_subject(subject),
            consent: told.data.consent_id.unwrap(),
            product: Some(product),
            source: source.parse().unwrap(),
            unit: serde_json::from_value(unit.into()).unwrap(),
            at: told.occurred_at,
            received_at: Some(told.occurred_at),
            parcels: 1,
            bytes: 2,
            sha256: None,
        })
    };
    let lines: Vec<_> = told.iter().filter_map(line).collect();
    town.clock.advance(Span::from_days(20));
    (town, partner, lines)
}

pub(crate) fn signed(town: &Town, partner: &ClientServer, lines: Vec<UsageLogLine>) -> String {
    let log = UsageLog::new(partner.id, "2026-01".parse().unwrap(), town.clock.now(), lines).unwrap();
    let log = jws::sign_within(&partner.signing, USAGE_LOG_TYP, &log, MOST_LOG_BYTES).unwrap();
    log.as_str().to_owned()
}

#[tokio::test]
pub(crate) async fn what_was_announced_is_what_is_billed_and_only_its_partner_can_send_it() {
    let (town, partner, lines) = used().await;
    let honest = SendUsageLog { log: signed(&town, &partner, lines) };
    let taken = town.partner(&partner).send_usage_log(&honest).await.unwrap();
    assert!(taken.agrees(), "{taken:?}");
    assert_eq!((taken.lines, taken.matched, taken.partner_id), (4, 4, partner.id));
    assert_eq!(town.partner(&partner).send_usage_log(&honest).await.unwrap(), taken);
    let other = town.onboard(None).await;
    let refused = town.partner(&other).send_usage_log(&honest).await.unwrap_err();
    assert_eq!(status(&refused), (422, "partner_log_of_another_partner"));
    let garbage = SendUsageLog { log: "no log".into() };
    let refused = town.partner(&partner).send_usage_log(&garbage).await.unwrap_err();
    assert_eq!(status(&refused), (422, "partner_log_unreadable"));
    let large = SendUsageLog { log: "a".repeat(MOST_LOG_BYTES + 1) };
    let refused = town.partner(&partner).send_usage_log(&large).await.unwrap_err();
    assert_eq!(status(&refused), (422, "partner_log_too_large"));
    let larger = SendUsageLog { log: "a".repeat(9 * 1024 * 1024) };
    let refused = town.partner(&partner).send_usage_log(&larger).await.unwrap_err();
    assert_eq!(status(&refused), (400, "invalid_request"), "no request of a partner is as large");
    town.staff().suspend("suspend", partner.id).await.unwrap();
    let again = town.partner(&partner).send_usage_log(&honest).await.unwrap();
    assert_eq!(again, taken, "who is suspended may still show what the bill rests on");
    let kept = town.staff().partner_logs(&PartnerLogQuery::default()).await.unwrap().items;
    assert_eq!(kept, [taken]);
}

/// Also where the form is larger than a log may be, and not only where the interface would say it.
#[tokio::test]
async fn how_large_a_log_may_be_is_said_of_one_that_is_larger() {
    let town = Town::start().await;
    let (_, secret) = join(&town, "asha", "finance").await;
    let cookie = session_of(&sign_in(&town, "", "asha", &secret).await).unwrap();
    let asha = window(&town, &cookie);
    for size in [MOST_LOG_BYTES + 1, 8_000_000, 16_000_000] {
        let head = "--xx\r\nContent-Disposition: form-data; name=\"signed_log\"\r\n\r\n";
        let form = format!("{head}{}\r\n--xx--\r\n", "a".repeat(size));
        let kind = "multipart/form-data; boundary=xx";
        let refused = asha.send_body(Method::POST, "/portal/reconciliation/signed", kind, form).await;
        assert_eq!(refused.status.as_u16(), 422, "{size}");
        let page = String::from_utf8(refused.body.collect(1_000_000).await.unwrap().to_vec()).unwrap();
        assert!(page.contains("A signed log has at most 7.5 MB") && !page.contains("48 MB"), "{page}");
    }
}

/// A removed, a changed and an invented line, each named on the page and in the file.
#[tokio::test]
pub(crate) async fn finance_brings_a_log_and_sees_every_line_that_differs() {
    let (town, partner, mut lines) = used().await;
    let removed = lines.remove(0);
    lines[0].consent = ConsentId::from_random([99; 16]);
    let changed = lines[0].clone();
    let invented = UsageLogLine { reference: "invented-1".parse().unwrap(), ..lines[1].clone() };
    lines.push(invented.clone());
    let log = signed(&town, &partner, lines);
    let (_, secret) = join(&town, "asha", "finance").await;
    let cookie = session_of(&sign_in(&town, "", "asha", &secret).await).unwrap();
    let asha = window(&town, &cookie);
    let kind = "multipart/form-data; boundary=xx";
    let form = |log: &str| {
        let field = |name: &str, text: &str| {
            format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        let fields = [field("month", "2026-01"), field("partner", &partner.id.to_string())].concat();
        format!("{fields}{}--xx--\r\n", field("signed_log", log))
    };
    let wrong = asha.send_body(Method::POST, "/portal/reconciliation/signed", kind, form("<script>")).await;
    assert_eq!(wrong.status.as_u16(), 422);
    let wrong = wrong.body.collect(1_000_000).await.unwrap();
    let wrong = String::from_utf8_lossy(&wrong);
    assert!(wrong.contains("name=\"next\" value=\"/reconciliation\""), "it can be read in Hindi: {wrong}");
    let taken = asha.send_body(Method::POST, "/portal/reconciliation/signed", kind, form(&log)).await;
    let place = format!("/portal/reconciliation/{}/2026-01", partner.id);
    assert_eq!(taken.headers["location"], format!("{place}?done=partner_log_taken"));
    let (_, page) = asha.page(&place).await;
    for said in
        ["The logs do not say the same", "Only in our log", "Only in the partner", "Different", "Kaveri"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    for reference in [&removed.reference, &changed.reference, &invented.reference] {
        assert!(page.contains(&reference.to_string()), "{reference}");
    }
    assert!(page.contains(&changed.consent.to_string()), "what the partner says instead");
    let query = format!("partner={}&month=2026-01", partner.id);
    assert!(
        page.contains("value=\"/reconciliation/lines\"") && page.contains(&query.replace('&', "&#38;")),
        "{page}"
    );
    let form =
        [("list", "/reconciliation/lines"), ("query", query.as_str()), ("format", "csv"), ("once", "1")];
    let led = asha.send(Method::POST, "/portal/exports", &form).await;
    let (_, file) = asha.page(led.headers["location"].to_str().unwrap()).await;
    let row = |reference: &Reference| {
        let row = file.lines().find(|line| line.contains(&reference.to_string()));
        row.unwrap_or_else(|| panic!("{reference}: {file}")).to_owned()
    };
    assert!(row(&removed.reference).starts_with("Only in our log"), "{}", row(&removed.reference));
    assert!(row(&invented.reference).starts_with("Only in the partner"), "{}", row(&invented.reference));
    let differing = row(&changed.reference);
    assert!(differing.starts_with("Different") && differing.contains(&changed.consent.to_string()));
    assert_eq!(file.lines().count(), 1 + 5, "{file}");
    assert!(asha.page("/portal/reconciliation").await.1.contains(&format!("href=\"{place}\"")));
    for elsewhere in ["/portal/reconciliation/x/2026-01", &format!("{place}1"), "/portal/reconciliation/x/y"]
    {
        assert_eq!(asha.page(elsewhere).await.0, 404, "{elsewhere}");
    }
}
