//! What staff do at their desk and in finance besides what the other tests follow, over HTTP.

use http::Method;
use mpp_api::central::{
    BillStep, BringPartnerLog, CancelBill, CloseMonth, SetBillingAddress, UsageSummaryQuery,
};
use mpp_api::desk::{ChangePassword, DeskClient, LinkSignOn, RenameView, SaveView, StartExport, StopExport};
use mpp_billing::PartyStanding;
use mpp_core::Span;

use crate::billing::{finance, plan};
use crate::people::{PASSWORD, bearer, join};
use crate::proofs::{json, status};
use crate::samples::account_item;
use crate::signed_logs::{signed, used};
use crate::town::{STAFF_KEY, Town};

#[tokio::test]
pub(crate) async fn people_change_passwords_end_sessions_and_keep_views() {
    let town = Town::start().await;
    let (caller, _) = join(&town, "asha", "operations").await;
    let asha = DeskClient::new(caller);
    let fresh = ChangePassword { present: PASSWORD.into(), fresh: "staple battery horse correct".into() };
    let wrong = ChangePassword { present: "a guess".into(), fresh: fresh.fresh.clone() };
    assert_eq!(status(&asha.change_password(&wrong).await.unwrap_err()), (422, "password_wrong"));
    asha.change_password(&fresh).await.unwrap();

    let view = SaveView { page: "/requests".into(), name: "Open ones".into(), query: "status=opened".into() };
    asha.save_view(&view).await.unwrap();
    let kept = asha.views().await.unwrap().remove(0);
    assert_eq!((kept.page.as_str(), kept.name.as_str()), ("/requests", "Open ones"));
    asha.rename_view(kept.number, &RenameView { name: "Mine".into() }).await.unwrap();
    assert_eq!(asha.views().await.unwrap()[0].name, "Mine");
    asha.remove_view(kept.number).await.unwrap();
    assert!(asha.views().await.unwrap().is_empty());

    let file = StartExport {
        once: "once".into(),
        list: "/requests".into(),
        query: String::new(),
        filter: "all".into(),
        file: "requests".into(),
        format: "csv".into(),
        of: None,
        replaces: None,
    };
    let file = asha.start_export(&file).await.unwrap().export.export_id;
    asha.stop_export(file, &StopExport { reason: "cancelled".into() }).await.unwrap();
    asha.remove_export(file).await.unwrap();
    assert!(asha.exports().await.unwrap().is_empty());

    let session = asha.sessions().await.unwrap().remove(0).session_id;
    asha.end_session(session).await.unwrap();
    assert_eq!(status(&asha.me().await.unwrap_err()), (401, "unauthenticated"));
}

#[tokio::test]
pub(crate) async fn a_link_to_the_provider_is_taken_away_with_the_sessions() {
    let town = Town::start().await;
    let (caller, _) = join(&town, "ravi", "auditor").await;
    let root = DeskClient::new(bearer(&town, STAFF_KEY));
    let name = "ravi".parse().unwrap();
    root.link_sign_on(&name, &LinkSignOn { name: "ravi@moneyone.example".into() }).await.unwrap();
    assert_eq!(root.sign_on_links().await.unwrap().len(), 1);
    root.unlink_sign_on(&name).await.unwrap();
    assert!(root.sign_on_links().await.unwrap().is_empty());
    assert_eq!(status(&DeskClient::new(caller).me().await.unwrap_err()), (401, "unauthenticated"));
}

#[tokio::test]
pub(crate) async fn a_phone_sees_its_screen_again() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    let placed = town.place(&partner, product, "LOAN-1").await;
    let phone = town.open(&placed).await;
    let path = format!("/v1/phone/consent-requests/{}", placed.consent_request_id);
    let caller = town.caller(town.signer(&phone.key));
    let again = caller.send_raw(Method::GET, &path, json(), Default::default()).await.unwrap();
    let bytes = again.body.collect(1 << 20).await.unwrap();
    let screen: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(screen["consentRequestId"], placed.consent_request_id.to_string());
}

#[tokio::test]
pub(crate) async fn finance_throws_away_cancels_and_takes_back() {
    let town = Town::start().await;
    let partner = town.onboard(None).await.id;
    town.clock.advance(Span::from_days(20));
    let (asha, vikram) = (finance(&town, "asha").await, finance(&town, "vikram").await);
    let lines = vec!["12 Residency Road".to_owned(), "Bengaluru 560025".to_owned()];
    let address = SetBillingAddress { lines, standing: PartyStanding::Regular };
    asha.set_billing_address("address", partner, &address).await.unwrap();
    let plan = plan(partner);
    asha.propose_plan("first", &plan).await.unwrap();
    vikram.decide_plan("refuse", &plan.id, false).await.unwrap();
    let again = mpp_billing::PricePlanForm { id: "standard-2026-b".parse().unwrap(), ..plan };
    asha.propose_plan("again", &again).await.unwrap();
    vikram.decide_plan("agree", &again.id, true).await.unwrap();
    assert_eq!(asha.price_plan(&again.id).await.unwrap().status, "approved");

    let month = CloseMonth { partner_id: partner, month: "2026-01".parse().unwrap() };
    let draft = asha.close_month("close", &month).await.unwrap();
    asha.step_bill("discard", draft.bill_id, BillStep::Discard).await.unwrap();
    let draft = asha.close_month("close again", &month).await.unwrap();
    vikram.step_bill("approve", draft.bill_id, BillStep::Approve).await.unwrap();
    vikram.step_bill("final", draft.bill_id, BillStep::Finalise).await.unwrap();
    let void = CancelBill { reason: "wrong month".into() };
    asha.cancel_bill("cancel", draft.bill_id, &void).await.unwrap();
    assert_eq!(vikram.bill(draft.bill_id).await.unwrap().bill_id, draft.bill_id);
}

#[tokio::test]
pub(crate) async fn finance_brings_a_log_sums_the_use_and_reads_it_again() {
    let (town, partner, lines) = used().await;
    let asha = finance(&town, "asha").await;
    let log = signed(&town, &partner, lines);
    let month = "2026-01".parse().unwrap();
    let brought = BringPartnerLog { partner_id: Some(partner.id), month: Some(month), log: log.clone() };
    let taken = asha.bring_partner_log(&brought).await.unwrap();
    assert!(taken.agrees());
    assert_eq!(asha.partner_log(partner.id, month).await.unwrap().log, taken);
    assert_eq!(asha.partner_log_text(partner.id, month).await.unwrap(), log);
    let days = UsageSummaryQuery { from: "2026-01-01".into(), to: "2026-01-31".into(), partner: None };
    let rows = asha.usage_summary(&days).await.unwrap();
    assert_eq!(rows.len(), 2, "{rows:?}");
}
