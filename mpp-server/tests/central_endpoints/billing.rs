//! A month closed over HTTP by two people of finance.

use mpp_api::central::{
    BillSearchQuery, BillStep, CancelBill, CloseMonth, DraftCreditNote, NoteRegistration, OperatorClient,
    Reconcile, SetBillingAddress, UsageSummaryQuery,
};
use mpp_billing::{BillState, EInvoice, PartyStanding, PricePlanForm};
use mpp_core::{BillId, PartnerId, Span};
use serde_json::json;

use crate::people::join;
use crate::portal::{COOKIE, session_of, sign_in, window};
use crate::proofs::status;
use crate::signed_logs::used;
use crate::town::Town;
use crate::window::Window;

/// 25,000 rupees a month, whatever is used.
pub(crate) fn plan(partner: PartnerId) -> PricePlanForm {
    let plan = json!({
        "id": "standard-2026", "partner": partner, "validFrom": "2026-01-01", "validUntil": null, "items": [],
        "fees": [{ "description": "Platform fee", "sac": "998315", "tax": 1800, "amount": 2_500_000 }],
        "minimum": null,
    });
    serde_json::from_value(plan).unwrap()
}

pub(crate) async fn finance(town: &Town, id: &str) -> OperatorClient {
    OperatorClient::new(join(town, id, "finance").await.0)
}

#[tokio::test]
pub(crate) async fn a_month_becomes_an_invoice_by_two_people() {
    let town = Town::start().await;
    let (client, other) = (town.onboard(None).await, town.onboard(None).await);
    let partner = client.id;
    let asha = finance(&town, "asha").await;
    let month = CloseMonth { partner_id: partner, month: "2026-01".parse().unwrap() };
    let refused = asha.close_month("early", &month).await.unwrap_err();
    assert_eq!(status(&refused), (409, "month_not_over"));
    town.clock.advance(Span::from_days(20));
    let (asha, vikram) = (finance(&town, "asha-2").await, finance(&town, "vikram").await);

    assert_eq!(asha.billing_party(partner).await.unwrap(), None);
    let lines = vec!["12 Residency Road".to_owned(), "Bengaluru 560025".to_owned()];
    let address = SetBillingAddress { lines, standing: PartyStanding::Regular };
    asha.set_billing_address("address", partner, &address).await.unwrap();
    assert_eq!(asha.billing_party(partner).await.unwrap().unwrap().name, "Kaveri Finance Ltd");
    let plan = plan(partner);
    assert_eq!(asha.propose_plan("plan", &plan).await.unwrap().status, "proposed");
    let own = asha.decide_plan("own", &plan.id, true).await.unwrap_err();
    assert_eq!(status(&own), (409, "second_person_needed"));
    vikram.decide_plan("second", &plan.id, true).await.unwrap();

    let draft = asha.close_month("close", &month).await.unwrap();
    let repeated = asha.close_month("close", &month).await.unwrap();
    assert_eq!(repeated.bill_id, draft.bill_id, "the same answer under the same key");
    vikram.step_bill("approve", draft.bill_id, BillStep::Approve).await.unwrap();
    let missing = asha.bill_document(draft.bill_id).await.unwrap_err();
    assert_eq!(status(&missing), (404, "not_found"), "no number, no document");
    vikram.step_bill("final", draft.bill_id, BillStep::Finalise).await.unwrap();
    let document = asha.bill_document(draft.bill_id).await.unwrap();
    assert_eq!((document.number.as_str(), document.e_invoice), ("MPP/2526/000001", EInvoice::Pending));

    assert_printed(&asha, draft.bill_id).await;
    let own = town.partner(&client);
    let rows = own.bills(None).await.unwrap().items;
    assert_eq!(rows.iter().map(|row| row.bill_id).collect::<Vec<_>>(), [draft.bill_id]);
    assert_eq!(own.bill(draft.bill_id).await.unwrap(), asha.bill_document(draft.bill_id).await.unwrap());
    let others = town.partner(&other);
    assert_eq!(others.bills(None).await.unwrap().items, []);
    let refused = others.bill(draft.bill_id).await.unwrap_err();
    assert_eq!(status(&refused), (404, "not_found"), "another partner's");

    let said = NoteRegistration::Issued { irn: "ab".repeat(32), signed_qr: "eyJ.x.y".into() };
    asha.note_registration("irn", draft.bill_id, &said).await.unwrap();
    let void = CancelBill { reason: "wrong address".into() };
    let refused = asha.cancel_bill("cancel", draft.bill_id, &void).await.unwrap_err();
    assert_eq!(status(&refused), (409, "bill_step_refused"), "the portal still has it");
    let whole = DraftCreditNote { reason: "wrong address".into(), parts: None };
    let note = asha.draft_credit_note("note", draft.bill_id, &whole).await.unwrap();
    vikram.step_bill("approve-note", note.bill_id, BillStep::Approve).await.unwrap();
    asha.step_bill("final-note", note.bill_id, BillStep::Finalise).await.unwrap();
    let credited = asha.bill(draft.bill_id).await.unwrap();
    assert!(matches!(credited.bill.state(), BillState::Credited { .. }));
    let rows = asha.bills(&BillSearchQuery { month: Some("2026-01".into()), ..Default::default() }).await;
    let rows = rows.unwrap().items;
    let named: Vec<_> = rows.iter().filter_map(|row| row.number.as_ref()).map(|n| n.as_str()).collect();
    assert_eq!(named, ["MPC/2526/000001", "MPP/2526/000001"]);
}

/// The PDF, read back by poppler, says what the JSON says.
async fn assert_printed(staff: &OperatorClient, bill: BillId) {
    let document = staff.bill_document(bill).await.unwrap();
    let pdf = staff.bill_pdf(bill).await;
    let pdf = pdf
        .expect("mpp-invoice-pdf prints; `cargo xtask test` builds it, or MPP_INVOICE_PDF says where it is");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    std::fs::write(&path, &pdf).unwrap();
    let reader = std::env::var_os("MPP_PDFTOTEXT").unwrap_or_else(|| "pdftotext".into());
    let read = std::process::Command::new(reader).arg("-raw").arg(&path).arg("-").output();
    let read = read
        .expect("pdftotext of poppler; `cargo xtask test` installs it, or MPP_PDFTOTEXT says where it is");
    let without_spaces = |text: &str| text.split_whitespace().collect::<String>();
    let text = without_spaces(&String::from_utf8(read.stdout).unwrap());
    for said in [
        document.number.to_string(),
        document.date.to_string(),
        document.supplier.name().to_owned(),
        document.recipient.gstin().to_string(),
        document.lines[0].description.clone(),
        document.totals.taxable.to_string(),
        document.totals.payable.to_string(),
        document.payable_in_words.clone(),
    ] {
        assert!(text.contains(&without_spaces(&said)), "{said} is not in {text}");
    }
}

#[tokio::test]
pub(crate) async fn what_cannot_be_read_is_refused_with_a_code() {
    let town = Town::start().await;
    let asha = finance(&town, "asha").await;
    let days = UsageSummaryQuery { from: "2026-02-30".into(), to: "2026-03-01".into(), partner: None };
    let refused = asha.usage_summary(&days).await.unwrap_err();
    assert_eq!(status(&refused), (400, "invalid_request"));
    let days = UsageSummaryQuery { from: "2026-03-01".into(), to: "2026-02-01".into(), partner: None };
    assert_eq!(status(&asha.usage_summary(&days).await.unwrap_err()), (422, "period_invalid"));

    let mut wanted = Reconcile {
        month: "2026-01".parse().unwrap(),
        partner_id: None,
        source: None,
        partner_log: None,
        statement: None,
    };
    assert_eq!(status(&asha.reconcile(&wanted).await.unwrap_err()), (422, "statement_missing"));
    wanted.statement = Some("who,what\n".into());
    assert_eq!(status(&asha.reconcile(&wanted).await.unwrap_err()), (422, "statement_unreadable"));
    // larger than other bodies may be
    let many: String = (0..60_000).map(|n| format!("use-{n},2026-01-16,bureau_report\n")).collect();
    wanted.statement = Some(format!("reference,day,unit\n{many}"));
    let found = asha.reconcile(&wanted).await.unwrap().with_source.unwrap();
    assert_eq!((found.matched, found.missing_here.len()), (0, 60_000));
}

#[tokio::test]
pub(crate) async fn a_statement_that_bills_a_use_twice_does_not_simply_match() {
    let (town, _, lines) = used().await;
    let use_of_it = &lines[0];
    let unit = serde_json::to_value(use_of_it.unit).unwrap();
    let line =
        format!("{},{},{}\n", use_of_it.reference, use_of_it.at.day_in_india(), unit.as_str().unwrap());
    let (_, secret) = join(&town, "asha", "finance").await;
    let cookie = session_of(&sign_in(&town, "", "asha", &secret).await).unwrap();
    let asha = window(&town, &cookie);
    let page = async |window: &Window, statement: &str| {
        let field = |name: &str, text: &str| {
            format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        let fields = [field("month", "2026-01"), field("statement", statement)].concat();
        let (kind, form) = ("multipart/form-data; boundary=xx", format!("{fields}--xx--\r\n"));
        let answer = window.send_body(http::Method::POST, "/portal/reconciliation", kind, form).await;
        String::from_utf8(answer.body.collect(1_000_000).await.unwrap().to_vec()).unwrap()
    };
    let figure = |number| format!("<dt>Lines that could not be read</dt><dd><strong>{number}</strong></dd>");
    let once = page(&asha, &format!("reference,day,unit\n{line}")).await;
    assert!(once.contains(&figure(0)), "{once}");
    let twice = page(&asha, &format!("reference,day,unit\n{line}{line}")).await;
    assert!(twice.contains("<dt>The same on both sides</dt><dd><strong>1</strong></dd>"), "{twice}");
    assert!(twice.contains(&figure(1)) && twice.contains("the reference stands on line 2, too"), "{twice}");
    let cut = "Each list shows its first 200 rows; the figures count all. Narrow by partner or source.";
    for (count, is_cut) in [(1, false), (200, false), (201, true)] {
        let unknown: String = (0..count).map(|n| format!("use-{n},2026-01-16,bureau_report\n")).collect();
        let page = page(&asha, &format!("reference,day,unit\n{unknown}")).await;
        assert_eq!(page.contains(cut), is_cut, "{count}: {page}");
        assert!(page.contains(&format!("<dd><strong>{count}</strong></dd>")), "{count}: {page}");
    }
    let cookies = format!("{COOKIE}={cookie}; mpp-language=hi");
    let hindi = Window::with_cookies(town.base_url(), &cookies);
    let twice = page(&hindi, &format!("reference,day,unit\n{line}{line}")).await;
    assert!(twice.contains("यही संदर्भ पंक्ति 2 में भी है"), "{twice}");
}
