use mpp_core::Span;
use mpp_services::central::{ConsentStep, RetentionClass};
use mpp_store::RecordKind;

use crate::collecting::download;
use crate::samples::bureau_item;
use crate::world::World;

const YEAR: i64 = 366;

async fn count(world: &World, kind: &'static str) -> u64 {
    world.store.count(RecordKind::new(kind), None).await.unwrap()
}

/// A parcel is collected and erased, and the consent withdrawn.
async fn ended() -> World {
    let world = World::new();
    end(&world).await;
    world
}

async fn end(world: &World) {
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let parcel = world.available(&approved.partner).await;
    let (_, bytes) = download(world, &approved.partner, parcel).await;
    let ack = approved.partner.acknowledgement(parcel, &bytes, world);
    world.central.acknowledge(approved.partner.id, parcel, ack).await.unwrap();
    let consent = world.central.consents(approved.phone.id).await.unwrap().remove(0).consent.id;
    world.central.change_consent(approved.phone.id, consent, ConsentStep::Withdraw).await.unwrap();
    world.work().await;
}

async fn forget_all(world: &World) -> u64 {
    let mut forgotten = 0;
    for class in RetentionClass::ALL {
        forgotten += world.central.forget_over(class).await.unwrap();
    }
    forgotten
}

#[tokio::test]
async fn uses_and_fetches_go_after_three_years_and_not_a_day_earlier() {
    let world = ended().await;
    let uses = count(&world, "consent-use").await;
    assert!(uses >= 3);
    world.advance(Span::from_days(3 * YEAR));
    assert_eq!(world.central.forget_over(RetentionClass::Uses).await.unwrap(), 0);
    assert_eq!(world.central.forget_over(RetentionClass::Fetches).await.unwrap(), 0);
    world.advance(Span::from_days(1));
    assert_eq!(world.central.forget_over(RetentionClass::Uses).await.unwrap(), uses);
    assert_eq!(world.central.forget_over(RetentionClass::Fetches).await.unwrap(), 1);
    assert_eq!((count(&world, "consent-use").await, count(&world, "provider-fetch").await), (0, 0));
    assert_eq!((count(&world, "consent").await, count(&world, "parcel").await), (1, 1));
    assert_eq!(world.central.forget_over(RetentionClass::Uses).await.unwrap(), 0, "twice is harmless");
}

#[tokio::test]
async fn consent_records_go_seven_years_after_their_end_and_not_a_day_earlier() {
    let world = ended().await;
    world.advance(Span::from_days(7 * YEAR));
    assert_eq!(world.central.forget_over(RetentionClass::ConsentRecords).await.unwrap(), 0);
    assert_eq!(count(&world, "consent-request").await, 1);
    world.advance(Span::from_days(1));
    assert_eq!(world.central.forget_over(RetentionClass::ConsentRecords).await.unwrap(), 1);
    for kind in ["consent-request", "consent", "parcel", "upload"] {
        assert_eq!(count(&world, kind).await, 0, "{kind}");
    }
    assert_eq!(world.central.forget_over(RetentionClass::ConsentRecords).await.unwrap(), 0);
    assert_eq!(count(&world, "partner").await, 1);
}

#[tokio::test]
async fn what_is_in_force_or_has_not_ended_stays() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    let consents = count(&world, "consent").await;
    // nobody has let the consent run out, nor fetched: no job was done
    world.advance(Span::from_days(20 * YEAR));
    for class in [RetentionClass::ConsentRecords, RetentionClass::Fetches] {
        assert_eq!(world.central.forget_over(class).await.unwrap(), 0, "{class:?}");
    }
    assert_eq!(count(&world, "consent").await, consents);
    assert_eq!(count(&world, "provider-fetch").await, 1);
    assert_eq!(world.central.consents(approved.phone.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn enrolment_tokens_and_challenges_go_a_month_after_they_ran_out() {
    let world = World::new();
    world.onboard().await;
    let (tokens, challenges) =
        (count(&world, "enrolment-token").await, count(&world, "enrolment-challenge").await);
    assert_eq!((tokens, challenges), (1, 1));
    world.advance(Span::from_days(37));
    world.central.forget_over(RetentionClass::Enrolments).await.unwrap();
    assert_eq!(count(&world, "enrolment-token").await, 1);
    world.advance(Span::from_days(1));
    world.central.forget_over(RetentionClass::Enrolments).await.unwrap();
    assert_eq!((count(&world, "enrolment-token").await, count(&world, "enrolment-challenge").await), (0, 0));
}

#[tokio::test]
async fn a_pass_that_is_killed_anywhere_is_finished_by_the_next() {
    for steps in 0.. {
        let (world, fuse) = World::that_dies();
        end(&world).await;
        world.advance(Span::from_days(7 * YEAR + 1));
        fuse.set(steps);
        let cut = world.central.forget_over(RetentionClass::ConsentRecords).await;
        let survived = cut.is_ok() && !fuse.is_burnt();
        fuse.set(i64::MAX);
        forget_all(&world).await;
        for kind in ["consent-request", "consent", "parcel", "consent-use", "provider-fetch"] {
            assert_eq!(count(&world, kind).await, 0, "{kind} after {steps} steps");
        }
        if survived {
            assert!(steps > 4, "it was cut off in between");
            return;
        }
    }
}
