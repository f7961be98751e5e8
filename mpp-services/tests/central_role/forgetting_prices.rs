//! What bills rest on goes after them: metered uses, agreed plans, series of numbers, addresses.

use mpp_core::{PartnerId, Timestamp};
use mpp_services::central::{RetentionClass, UsagePeriod};
use mpp_store::UsageQuery;

use crate::billing::{asha, january, plan};
use crate::forgetting::{count, forget};
use crate::world::World;

async fn uses(world: &World) -> usize {
    let from = Timestamp::from_unix_millis(0).unwrap();
    let query =
        UsageQuery { partner: None, from, to: mpp_core::Clock::now(&*world.clock), after: None, limit: 1000 };
    world.store.usage_entries(query).await.unwrap().items.len()
}

/// January is billed; a second plan holds since February.
async fn billed() -> (World, PartnerId) {
    let (world, partner) = january().await;
    let draft = world.central.close_month(partner, "2026-01".parse().unwrap(), &asha()).await.unwrap();
    world.final_bill(draft.id).await;
    world.agree(plan("standard-2027", partner, "2026-02-01", None)).await;
    (world, partner)
}

#[tokio::test]
async fn metered_uses_go_eight_years_after_their_financial_year_and_not_a_day_earlier() {
    let (world, _) = january().await;
    assert_eq!(uses(&world).await, 1);
    world.advance_to("2034-03-31");
    assert_eq!(forget(&world, RetentionClass::MeteredUses).await, 0);
    world.advance_to("2034-04-01");
    assert_eq!(forget(&world, RetentionClass::MeteredUses).await, 1);
    assert_eq!(uses(&world).await, 0);
    assert_eq!(forget(&world, RetentionClass::MeteredUses).await, 0, "twice is harmless");
    let january = UsagePeriod::new("2026-01-01".parse().unwrap(), "2026-01-31".parse().unwrap()).unwrap();
    assert!(world.central.usage_summary(None, january).await.unwrap().is_empty());
    assert_eq!(count(&world, "usage-day").await, 0, "what was counted of nothing is not remembered");
}

#[tokio::test]
async fn metered_uses_wait_for_the_bill_that_rests_on_them() {
    let (world, _) = billed().await;
    world.advance_to("2034-03-31");
    assert_eq!(forget(&world, RetentionClass::MeteredUses).await, 0);
    world.advance_to("2034-04-01");
    assert_eq!(forget(&world, RetentionClass::MeteredUses).await, 0, "the bill is here still");
    assert_eq!(forget(&world, RetentionClass::Bills).await, 1);
    assert_eq!(forget(&world, RetentionClass::MeteredUses).await, 1);
}

#[tokio::test]
async fn metered_uses_of_a_draft_that_nobody_decided_stay() {
    let (world, partner) = january().await;
    let draft = world.central.close_month(partner, "2026-01".parse().unwrap(), &asha()).await.unwrap();
    world.advance_to("2050-04-01");
    for class in RetentionClass::ALL {
        forget(&world, class).await;
    }
    let read = world.central.bill(draft.id).await.unwrap();
    assert_eq!(read.counted_now, read.bill.content().usage, "the log says what the draft says");
}

#[tokio::test]
async fn a_plan_goes_eight_years_after_its_end_when_no_bill_by_it_is_kept() {
    let (world, _) = billed().await;
    assert_eq!(count(&world, "price-plan").await, 2);
    world.advance_to("2034-03-31");
    assert_eq!(forget(&world, RetentionClass::AgreedPlans).await, 0);
    world.advance_to("2034-04-01");
    assert_eq!(forget(&world, RetentionClass::AgreedPlans).await, 0, "a bill by it is kept");
    forget(&world, RetentionClass::Bills).await;
    assert_eq!(forget(&world, RetentionClass::AgreedPlans).await, 1);
    world.central.price_plan(&"standard-2027".parse().unwrap()).await.unwrap();
    world.advance_to("2060-04-01");
    assert_eq!(forget(&world, RetentionClass::AgreedPlans).await, 0, "it holds still");
}

#[tokio::test]
async fn a_series_goes_eight_years_after_its_year_when_no_document_of_it_is_kept() {
    let (world, _) = billed().await;
    assert_eq!(count(&world, "number-series").await, 1);
    world.advance_to("2034-03-31");
    forget(&world, RetentionClass::Bills).await;
    assert_eq!(forget(&world, RetentionClass::NumberSeries).await, 0);
    world.advance_to("2034-04-01");
    assert_eq!(forget(&world, RetentionClass::NumberSeries).await, 0, "a document of it is kept");
    forget(&world, RetentionClass::Bills).await;
    assert_eq!(forget(&world, RetentionClass::NumberSeries).await, 1);
    assert_eq!(count(&world, "number-series").await, 0);
}

#[tokio::test]
async fn an_address_goes_with_the_last_bill_and_plan_of_a_partner_that_is_suspended() {
    let (world, partner) = january().await;
    let gone = plan("ended", partner, "2027-01-01", Some("2027-01-31"));
    world.agree(gone).await;
    world.advance_to("2060-04-01");
    assert_eq!(forget(&world, RetentionClass::BillingAddresses).await, 0, "it may be billed again");
    world.central.set_standing(partner, mpp_core::Standing::Suspended, &asha()).await.unwrap();
    assert_eq!(forget(&world, RetentionClass::BillingAddresses).await, 0, "plans of its are kept");
    assert_eq!(forget(&world, RetentionClass::AgreedPlans).await, 2);
    assert_eq!(forget(&world, RetentionClass::BillingAddresses).await, 1);
    assert_eq!(count(&world, "billing-address").await, 0);
    assert_eq!(forget(&world, RetentionClass::BillingAddresses).await, 0, "twice is harmless");
}

/// Killed at every step of every class of books, and done again.
#[tokio::test]
async fn a_pass_over_books_that_is_killed_anywhere_is_finished_by_the_next() {
    const BOOKS: [RetentionClass; 4] = [
        RetentionClass::Bills,
        RetentionClass::MeteredUses,
        RetentionClass::AgreedPlans,
        RetentionClass::NumberSeries,
    ];
    for steps in 0.. {
        let (world, fuse) = World::that_dies();
        let (world, _) = crate::billing::january_in(world).await;
        let partner = world.any_parties().await.0;
        let draft = world.central.close_month(partner, "2026-01".parse().unwrap(), &asha()).await.unwrap();
        world.final_bill(draft.id).await;
        world.agree(plan("standard-2027", partner, "2026-02-01", None)).await;
        world.advance_to("2034-04-01");
        fuse.set(steps);
        let mut cut = false;
        for class in BOOKS {
            cut |= world.central.forget_over(class).await.is_err();
        }
        let survived = !cut && !fuse.is_burnt();
        fuse.set(i64::MAX);
        if count(&world, "bill").await > 0 {
            assert_eq!(uses(&world).await, 1, "the uses wait for the bill, after {steps} steps");
            assert_eq!(count(&world, "price-plan").await, 2, "and the plan, after {steps} steps");
        }
        for class in BOOKS {
            forget(&world, class).await;
        }
        let left = [count(&world, "bill").await, count(&world, "number-series").await];
        assert_eq!((left, count(&world, "price-plan").await), ([0, 0], 1), "after {steps} steps");
        assert_eq!(uses(&world).await, 0, "after {steps} steps");
        if survived {
            assert!(steps > 6, "it was cut off in between");
            return;
        }
    }
}
