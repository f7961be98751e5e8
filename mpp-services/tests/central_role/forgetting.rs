use mpp_core::{Clock, Span, Timestamp};
use mpp_services::central::{CentralError, ConsentStep, RetentionClass, UsagePeriod};
use mpp_store::RecordKind;

use crate::billing::{asha, january, plan};
use crate::collecting::download;
use crate::samples::bureau_item;
use crate::world::World;

pub(crate) const YEAR: i64 = 366;

pub(crate) async fn count(world: &World, kind: &'static str) -> u64 {
    world.store.count(RecordKind::new(kind), None).await.unwrap()
}

/// A parcel is collected and erased, and the consent withdrawn.
pub(crate) async fn ended() -> World {
    let world = World::new();
    end(&world).await;
    world
}

pub(crate) async fn end(world: &World) {
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
        for kind in ["consent-request", "consent", "parcel", "consent-use", "provider-fetch", "device"] {
            assert_eq!(count(&world, kind).await, 0, "{kind} after {steps} steps");
        }
        if survived {
            assert!(steps > 4, "it was cut off in between");
            return;
        }
    }
}

pub(crate) async fn forget(world: &World, class: RetentionClass) -> u64 {
    world.central.forget_over(class).await.unwrap()
}

#[tokio::test]
async fn a_device_goes_with_the_last_that_names_it() {
    let world = ended().await;
    world.advance(Span::from_days(7 * YEAR + 1));
    assert_eq!(forget(&world, RetentionClass::Devices).await, 0, "a consent on it is kept still");
    forget(&world, RetentionClass::ConsentRecords).await;
    assert_eq!(forget(&world, RetentionClass::Devices).await, 0, "it was told something that is kept still");
    assert!(forget(&world, RetentionClass::PhoneEvents).await > 0);
    assert_eq!(forget(&world, RetentionClass::Devices).await, 1);
    assert_eq!((count(&world, "feed").await, count(&world, "feed-floor").await), (1, 0), "the partner's");
    assert_eq!(count(&world, "device").await, 0);
    assert_eq!(forget(&world, RetentionClass::Devices).await, 0, "twice is harmless");
}

#[tokio::test]
async fn a_device_that_opened_a_link_lately_stays_and_may_decide() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    let consent = world.central.consents(approved.phone.id).await.unwrap().remove(0).consent.id;
    world.central.change_consent(approved.phone.id, consent, ConsentStep::Withdraw).await.unwrap();
    world.work().await;
    world.advance(Span::from_days(7 * YEAR + 1));
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let placed = world.place(&partner, product, "LOAN-2").await;
    let opening = world.opening(&placed, &approved.phone.key);
    world.central.open_link(opening).await.unwrap();
    forget_all(&world).await;
    assert_eq!((count(&world, "device").await, count(&world, "consent").await), (1, 0));
    let known = world.central.device_by_key(approved.phone.key.kid()).await.unwrap().unwrap();
    assert_eq!(known.id, approved.phone.id, "it has its name still");
}

#[tokio::test]
async fn a_device_that_never_decided_anything_goes_when_its_request_is_forgotten() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let placed = world.place(&partner, product, "LOAN-1").await;
    world.open(&placed).await;
    world.advance(Span::from_days(7 * YEAR + 1));
    assert_eq!(forget(&world, RetentionClass::Devices).await, 0, "its request has not run out");
    world.work().await;
    assert_eq!(forget(&world, RetentionClass::Devices).await, 0, "its request is kept still");
    world.advance(Span::from_days(7 * YEAR + 1));
    assert_eq!(forget(&world, RetentionClass::ConsentRecords).await, 1);
    assert_eq!(forget(&world, RetentionClass::Devices).await, 1);
}

fn day(text: &str) -> Timestamp {
    Timestamp::start_of_day_in_india(text.parse().unwrap())
}

impl World {
    pub(crate) fn advance_to(&self, date: &str) {
        self.advance(day(date).since(self.clock.now()));
    }
}

/// January 2026 is of the year that ended on 31 March 2026, a bill of February too.
#[tokio::test]
async fn books_go_eight_years_after_their_financial_year_and_not_a_day_earlier() {
    let (world, partner) = january().await;
    let month = "2026-01".parse().unwrap();
    let draft = world.central.close_month(partner, month, &asha()).await.unwrap();
    let bill = world.final_bill(draft.id).await;
    let note = world.central.draft_credit_note(bill.id, None, "a mistake", &asha()).await.unwrap();
    let thrown_away = plan("thrown-away", partner, "2027-01-01", None);
    let name = thrown_away.id.clone();
    world.central.propose_plan(thrown_away, &asha()).await.unwrap();
    world.central.withdraw_plan(&name, &asha()).await.unwrap();
    let january = UsagePeriod::new("2026-01-01".parse().unwrap(), "2026-01-31".parse().unwrap()).unwrap();
    let counted = world.central.usage_summary(None, january).await.unwrap();
    let days = count(&world, "usage-day").await;
    assert!(days > 20, "{days} days were counted");

    world.advance_to("2034-03-31");
    assert_eq!(forget_all_books(&world).await, [0, 0, 0]);
    world.advance_to("2034-04-01");
    assert_eq!(forget_all_books(&world).await, [0, days, 1], "a note on the bill waits for somebody");
    world.central.discard_bill(note.id, &asha()).await.unwrap();
    assert_eq!(forget(&world, RetentionClass::Bills).await, 0, "it was thrown away this year");
    assert_eq!(count(&world, "price-plan").await, 1, "a plan that was agreed to stays");
    assert_eq!(world.central.usage_summary(None, january).await.unwrap(), counted, "it is counted again");

    world.advance_to("2043-03-31");
    assert_eq!(forget(&world, RetentionClass::Bills).await, 0);
    world.advance_to("2043-04-01");
    assert_eq!(forget(&world, RetentionClass::Bills).await, 2);
    assert_eq!(count(&world, "bill").await, 0);
    let again = world.central.close_month(partner, month, &asha()).await.unwrap_err();
    assert!(
        matches!(&again, CentralError::Billing(refusal) if refusal.code() == "month_forgotten"),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_signed_log_goes_with_the_bills_of_its_month() {
    let (world, approved) = crate::partner_logs::used().await;
    let taken = crate::partner_logs::bring_honest(&world, &approved).await;
    assert!(taken.log.outcome.agrees());
    let partner = approved.partner.id;
    world.with_address(partner).await;
    let month = "2026-01".parse().unwrap();
    world.agree(crate::partner_logs::prices(partner)).await;
    let draft = world.central.close_month(partner, month, &asha()).await.unwrap();
    world.advance_to("2034-04-01");
    assert_eq!(forget(&world, RetentionClass::PartnerLogs).await, 0, "its bill waits for somebody");
    world.central.discard_bill(draft.id, &asha()).await.unwrap();
    world.advance_to("2043-04-01");
    assert_eq!(forget(&world, RetentionClass::Bills).await, 1);
    assert_eq!(forget(&world, RetentionClass::PartnerLogs).await, 1);
    assert_eq!(count(&world, "partner-log").await + count(&world, "partner-log-piece").await, 0);
}

async fn forget_all_books(world: &World) -> [u64; 3] {
    [
        forget(world, RetentionClass::Bills).await,
        forget(world, RetentionClass::UsageDays).await,
        forget(world, RetentionClass::WithdrawnPlans).await,
    ]
}
