//! From metered use to an invoice, and back again by a credit note.

use futures::future::join;
use mpp_billing::{BillDocument, BillState, LogEntry, PartyStanding, PricePlanForm, Quantity, Reference};
use mpp_core::{BillId, Clock, PartnerId, Span, StaffId};
use mpp_services::central::{
    BillFile, BillSearch, BillingRefusal, CentralError, CreditPart, Look, NewBillingAddress, Reconciliation,
    Registration, UsagePeriod,
};
use serde_json::json;

use crate::samples::bureau_item;
use crate::world::World;

pub(crate) fn asha() -> StaffId {
    "asha".parse().unwrap()
}

pub(crate) fn vikram() -> StaffId {
    "vikram".parse().unwrap()
}

/// 18 rupees for a bureau report, 25,000 rupees a month.
pub(crate) fn plan(name: &str, partner: PartnerId, from: &str, until: Option<&str>) -> PricePlanForm {
    let plan = json!({
        "id": name, "partner": partner, "validFrom": from, "validUntil": until, "minimum": null,
        "items": [{
            "unit": "bureau_report", "description": "Credit reports delivered", "sac": "998315", "tax": 1800,
            "mode": "graduated", "slabs": [{ "above": 0, "unitPrice": 1800 }],
        }],
        "fees": [{ "description": "Platform fee", "sac": "998315", "tax": 1800, "amount": 2_500_000 }],
    });
    serde_json::from_value(plan).unwrap()
}

fn refusal<T: std::fmt::Debug>(result: Result<T, CentralError>) -> &'static str {
    match result.unwrap_err() {
        CentralError::Billing(refusal) => refusal.code(),
        other => panic!("{other:?}"),
    }
}

fn all() -> Look {
    Look { after: None, limit: 50 }
}

impl World {
    pub(crate) async fn agree(&self, form: PricePlanForm) {
        let id = form.id.clone();
        self.central.propose_plan(form, &asha()).await.unwrap();
        self.central.approve_plan(&id, &vikram()).await.unwrap();
    }

    pub(crate) async fn with_address(&self, partner: PartnerId) {
        let lines = vec!["12 Residency Road".into(), "Bengaluru 560025".into()];
        let address = NewBillingAddress { lines, standing: PartyStanding::Regular };
        self.central.set_billing_address(partner, address, &asha()).await.unwrap();
    }

    pub(crate) async fn final_bill(&self, id: BillId) -> BillFile {
        self.central.approve_bill(id, &vikram()).await.unwrap();
        self.central.finalise_bill(id, &vikram()).await.unwrap()
    }
}

/// One bureau report in January 2026, a plan, and February begun.
pub(crate) async fn january() -> (World, PartnerId) {
    january_in(World::new()).await
}

pub(crate) async fn january_in(world: World) -> (World, PartnerId) {
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let partner = approved.partner.id;
    world.with_address(partner).await;
    world.agree(plan("standard-2026", partner, "2026-01-01", None)).await;
    world.advance(Span::from_days(20));
    (world, partner)
}

#[tokio::test]
async fn a_month_is_closed_approved_by_another_person_and_numbered() {
    let (world, partner) = january().await;
    let month = "2026-01".parse().unwrap();
    let draft = world.central.close_month(partner, month, &asha()).await.unwrap();
    assert_eq!(draft.counted_now, draft.bill.content().usage, "the log says what the bill says");
    assert_eq!(draft.bill.content().totals.payable.to_string(), "29,521.00");
    assert_eq!(refusal(world.central.approve_bill(draft.id, &asha()).await), "second_person_needed");
    assert_eq!(refusal(world.central.finalise_bill(draft.id, &asha()).await), "bill_step_refused");

    let out = world.final_bill(draft.id).await;
    let document = BillDocument::of(&out.bill).unwrap();
    assert_eq!(document.number.as_str(), "MPP/2526/000001");
    assert_eq!(document.recipient.name(), "Kaveri Finance Ltd");
    assert!(document.inter_state, "Maharashtra to Karnataka");
    assert_eq!(refusal(world.central.close_month(partner, month, &asha()).await), "month_billed_already");
    assert_eq!(refusal(world.central.discard_bill(draft.id, &asha()).await), "bill_step_refused");

    let search = BillSearch { month: Some(month), ..BillSearch::default() };
    let listed = world.central.bills(&search, &all()).await.unwrap().items;
    let rows: Vec<_> = listed.iter().map(|row| (row.status, row.payable.to_string())).collect();
    assert_eq!(rows, [("final", "29,521.00".to_owned())]);
    let dump = world.dump().await;
    for said in ["bill.drafted", "bill.approved", "bill.finalised", "price_plan.approved", "vikram"] {
        assert!(dump.contains(said), "{said} is in the audit log");
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let world = World::new();
    let partner = world.onboard().await.id;
    let close = async |month: &str| {
        refusal(world.central.close_month(partner, month.parse().unwrap(), &asha()).await)
    };
    assert_eq!(close("2026-01").await, "month_not_over");
    world.advance(Span::from_days(20));
    assert_eq!(close("2026-01").await, "billing_address_missing");
    world.with_address(partner).await;
    assert_eq!(close("2026-01").await, "price_plan_missing");
    world.agree(plan("from-february", partner, "2026-02-01", None)).await;
    assert_eq!(close("2026-01").await, "price_plan_missing");
    let bare = NewBillingAddress { lines: Vec::new(), standing: PartyStanding::Regular };
    let set = world.central.set_billing_address(partner, bare, &asha()).await;
    assert_eq!(refusal(set), "billing_address_invalid");
}

#[tokio::test]
async fn plans_are_agreed_by_two_and_never_hold_side_by_side() {
    let world = World::new();
    let partner = world.onboard().await.id;
    let first = plan("first", partner, "2026-01-01", None);
    world.central.propose_plan(first.clone(), &asha()).await.unwrap();
    assert_eq!(refusal(world.central.propose_plan(first.clone(), &asha()).await), "price_plan_name_taken");
    assert_eq!(refusal(world.central.approve_plan(&first.id, &asha()).await), "second_person_needed");
    world.central.approve_plan(&first.id, &vikram()).await.unwrap();
    assert_eq!(refusal(world.central.withdraw_plan(&first.id, &asha()).await), "price_plan_not_proposed");

    world.agree(plan("second", partner, "2026-04-01", None)).await;
    let cut = world.central.price_plan(&first.id).await.unwrap();
    assert_eq!(cut.plan.form().valid_until.unwrap().to_string(), "2026-03-31");
    let within = plan("third", partner, "2026-02-01", Some("2026-02-28"));
    world.central.propose_plan(within.clone(), &asha()).await.unwrap();
    assert_eq!(refusal(world.central.approve_plan(&within.id, &vikram()).await), "price_plan_overlaps");
    world.central.withdraw_plan(&within.id, &vikram()).await.unwrap();
    let names: Vec<_> = world.central.price_plans(Some(partner), &all()).await.unwrap().items;
    let names: Vec<_> = names.iter().map(|file| (file.plan.form().id.as_str(), file.state.name())).collect();
    assert_eq!(names, [("third", "withdrawn"), ("second", "approved"), ("first", "approved")]);

    for (name, from, code) in
        [("a/b", "2026-01-01", "price_plan_name_invalid"), ("mid", "2026-01-15", "price_plan_within_month")]
    {
        let proposed = world.central.propose_plan(plan(name, partner, from, None), &asha()).await;
        assert_eq!(refusal(proposed), code);
    }
}

#[tokio::test]
async fn a_partners_file_names_the_plan_that_covers_today_whichever_was_agreed_last() {
    let world = World::new();
    let partner = world.onboard().await.id;
    let named = async || {
        let file = world.central.partner_file(partner).await.unwrap();
        file.price_plan.map(|plan| plan.as_str().to_owned())
    };
    assert_eq!(named().await, None, "the one that it was taken on with is in no price book");
    world.agree(plan("first", partner, "2026-01-01", None)).await;
    world.agree(plan("later", partner, "2026-04-01", None)).await;
    world.agree(plan("before", partner, "2025-10-01", Some("2025-12-31"))).await;
    assert_eq!(named().await.as_deref(), Some("first"));
    world.advance_to("2026-03-31");
    assert_eq!(named().await.as_deref(), Some("first"));
    world.advance_to("2026-04-01");
    assert_eq!(named().await.as_deref(), Some("later"));
}

#[tokio::test]
async fn a_credit_note_takes_back_and_the_month_can_be_billed_again() {
    let (world, partner) = january().await;
    let month = "2026-01".parse().unwrap();
    let draft = world.central.close_month(partner, month, &asha()).await.unwrap();
    let nothing = world.central.draft_credit_note(draft.id, None, "too early", &asha()).await;
    assert_eq!(refusal(nothing), "credit_refused");
    let invoice = world.final_bill(draft.id).await;

    let fee = CreditPart {
        line: 1,
        quantity: Quantity::new(1),
        unit_price: mpp_billing::Paise::from_rupees("5,000.00").unwrap(),
    };
    let part = world.central.draft_credit_note(invoice.id, Some(&[fee]), "agreed rebate", &asha()).await;
    let note = world.final_bill(part.unwrap().id).await;
    assert_eq!(BillDocument::of(&note.bill).unwrap().number.as_str(), "MPC/2526/000001");
    assert_eq!(note.bill.content().totals.payable.to_string(), "5,900.00");
    let after = world.central.bill(invoice.id).await.unwrap();
    assert!(matches!(after.bill.state(), BillState::Credited { notes, .. } if notes.len() == 1));
    assert_eq!(after.related.len(), 1);
    let again = world.central.close_month(partner, month, &asha()).await;
    assert_eq!(refusal(again), "month_billed_already", "most of it stands");
}

#[tokio::test]
async fn a_month_that_notes_took_back_whole_can_be_billed_again_however_they_were_rounded() {
    let (world, partner) = january().await;
    let month = "2026-01".parse().unwrap();
    let draft = world.central.close_month(partner, month, &asha()).await.unwrap();
    let invoice = world.final_bill(draft.id).await;
    let part = |line, rupees| CreditPart {
        line,
        quantity: Quantity::new(1),
        unit_price: mpp_billing::Paise::from_rupees(rupees).unwrap(),
    };
    // 29,521.24 is 29,521; in three notes it is 11,800.51, 11,800.51 and 5,920.23: a rupee more
    let notes =
        [vec![part(1, "10,000.43")], vec![part(1, "10,000.43")], vec![part(0, "18"), part(1, "4,999.14")]];
    for parts in notes {
        let again = world.central.close_month(partner, month, &asha()).await;
        assert_eq!(refusal(again), "month_billed_already");
        let note = world.central.draft_credit_note(invoice.id, Some(&parts), "agreed", &asha()).await;
        world.final_bill(note.unwrap().id).await;
    }
    let more = world.central.draft_credit_note(invoice.id, Some(&[part(1, "0.01")]), "x", &asha()).await;
    assert_eq!(refusal(more), "credit_refused");
    let second = world.central.close_month(partner, month, &asha()).await.unwrap();
    assert_eq!(second.bill.content().totals, invoice.bill.content().totals);
}

#[tokio::test]
async fn a_void_invoice_keeps_its_number_and_makes_room() {
    let (world, partner) = january().await;
    let month = "2026-01".parse().unwrap();
    let draft = world.central.close_month(partner, month, &asha()).await.unwrap();
    let thrown = world.central.discard_bill(draft.id, &asha()).await.unwrap();
    assert!(thrown.bill.issue().is_none());
    let draft = world.central.close_month(partner, month, &asha()).await.unwrap();
    world.final_bill(draft.id).await;
    assert!(matches!(
        world.central.cancel_bill(draft.id, " ", &asha()).await,
        Err(CentralError::Invalid("the reason"))
    ));
    world.central.cancel_bill(draft.id, "wrong address", &asha()).await.unwrap();
    let second = world.central.close_month(partner, month, &asha()).await.unwrap();
    let second = world.final_bill(second.id).await;
    assert_eq!(second.bill.issue().unwrap().number.as_str(), "MPP/2526/000002");
}

#[tokio::test]
async fn two_documents_numbered_at_once_get_two_numbers() {
    let (world, partner) = january().await;
    let other = world.onboard().await.id;
    world.with_address(other).await;
    world.agree(plan("other-2026", other, "2026-01-01", None)).await;
    let month = "2026-01".parse().unwrap();
    let mut drafts = Vec::new();
    for partner in [partner, other] {
        let draft = world.central.close_month(partner, month, &asha()).await.unwrap();
        world.central.approve_bill(draft.id, &vikram()).await.unwrap();
        drafts.push(draft.id);
    }
    let staff = vikram();
    let (one, two) =
        join(world.central.finalise_bill(drafts[0], &staff), world.central.finalise_bill(drafts[1], &staff))
            .await;
    let number = |file: BillFile| file.bill.issue().unwrap().number.to_string();
    let mut numbers = [number(one.unwrap()), number(two.unwrap())];
    numbers.sort();
    assert_eq!(numbers, ["MPP/2526/000001", "MPP/2526/000002"]);
}

#[tokio::test]
async fn two_closings_at_once_make_one_draft() {
    let (world, partner) = january().await;
    let month = "2026-01".parse().unwrap();
    let staff = asha();
    let (one, two) = join(
        world.central.close_month(partner, month, &staff),
        world.central.close_month(partner, month, &staff),
    )
    .await;
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    let refused = if one.is_err() { refusal(one) } else { refusal(two) };
    assert_eq!(refused, "month_billed_already");
}

#[tokio::test]
async fn registration_is_noted_only_where_it_is_needed() {
    let (world, partner) = january().await;
    let month = "2026-01".parse().unwrap();
    let draft = world.central.close_month(partner, month, &asha()).await.unwrap();
    let out = world.final_bill(draft.id).await;
    let said = Registration::Refused { code: "2150".into() };
    let noted = world.central.note_registration(out.id, &said, &asha()).await;
    assert_eq!(refusal(noted), "bill_step_refused");
}

#[tokio::test]
async fn logs_are_held_against_each_other_and_use_is_summed() {
    let (world, partner) = january().await;
    let period = UsagePeriod::new("2026-01-01".parse().unwrap(), "2026-01-31".parse().unwrap()).unwrap();
    let rows = world.central.usage_summary(None, period).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].partner, rows[0].quantity), (partner, Quantity::new(1)));
    let again = world.central.usage_summary(Some(partner), period).await.unwrap();
    assert_eq!(again, rows, "counted once, remembered since");
    let days = world.store.count(mpp_store::RecordKind::new("usage-day"), None).await.unwrap();
    assert_eq!(days, 31, "days that are over");
    let today = UsagePeriod::new("2026-02-01".parse().unwrap(), "2026-02-04".parse().unwrap()).unwrap();
    assert_eq!(world.central.usage_summary(None, today).await.unwrap(), []);
    let days = world.store.count(mpp_store::RecordKind::new("usage-day"), None).await.unwrap();
    assert_eq!(days, 34, "not the present day");
    let before = UsagePeriod::new("2025-12-01".parse().unwrap(), "2025-12-31".parse().unwrap()).unwrap();
    assert_eq!(world.central.usage_summary(Some(partner), before).await.unwrap(), []);
    assert_eq!(
        UsagePeriod::new("2026-01-31".parse().unwrap(), "2026-01-01".parse().unwrap()),
        Err(BillingRefusal::Period)
    );

    let event = world.central.usage(Some(partner), None, 10).await.unwrap().items.remove(0);
    let ours = LogEntry::of(&event, None);
    let theirs = format!(
        "reference,day,unit\n{},{},telecom_lookup\nunknown-1,2026-01-16,bureau_report\n=1+1,2026-01-16,bureau_report\n",
        ours.reference, ours.day
    );
    let same = format!("reference,day,unit\n{},{},bureau_report\n", ours.reference, ours.day);
    let wanted = Reconciliation {
        month: "2026-01".parse().unwrap(),
        partner: Some(partner),
        source: Some(event.source.clone()),
        partner_log: Some(theirs.as_bytes()),
        statement: Some(same.as_bytes()),
    };
    let found = world.central.reconcile(&wanted).await.unwrap();
    let with_partner = found.with_partner.unwrap();
    assert_eq!(with_partner.differs.len(), 1);
    assert_eq!(with_partner.missing_here[0].reference, "unknown-1".parse::<Reference>().unwrap());
    assert_eq!(found.partner_faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [4]);
    assert_eq!(found.with_source.unwrap().matched, [ours]);
    assert_eq!(found.partner_with_source.unwrap().differs.len(), 1);

    let nothing = Reconciliation { partner_log: None, statement: None, ..wanted };
    assert_eq!(refusal(world.central.reconcile(&nothing).await), "statement_missing");
}

/// Hours of a day that is not over are remembered, and nothing that comes to the day is missed.
#[tokio::test]
async fn use_of_the_present_day_is_counted_whenever_one_looks() {
    let world = World::new();
    for step in 0..36 {
        if step % 4 != 3 {
            world.approved(vec![bureau_item()]).await;
            world.work().await;
        }
        let today = world.clock.now().day_in_india();
        let period = UsagePeriod::new(today.yesterday().unwrap(), today).unwrap();
        let rows = world.central.usage_summary(None, period).await.unwrap();
        let summed = rows.iter().try_fold(Quantity::default(), |sum, row| sum.plus(row.quantity)).unwrap();
        let uses = world.central.usage(None, None, 1_000).await.unwrap().items;
        let within = uses.iter().filter(|event| event.day >= today.yesterday().unwrap()).count();
        assert_eq!(summed, Quantity::new(within.try_into().unwrap()), "after {step} steps");
        world.advance(Span::from_minutes(50));
    }
}
