use mpp_core::{ConsentState, ErasureCause, ErasureReceipt, Span};
use mpp_crypto::{VerifyingKey, jws};
use mpp_services::central::{ConsentStep, Holdings, NotificationKind, PhoneEventKind};

use crate::parties::SealedParcel;
use crate::samples::{account_item, bureau_item};
use crate::world::World;

#[tokio::test]
async fn withdrawing_erases_at_once_and_tells_the_partner() {
    let world = World::new();
    let approved = world.approved(vec![account_item(), bureau_item()]).await;
    world.work().await;
    let uploaded = SealedParcel::new(&world, &approved, b"x");
    world.upload(&approved.phone, &uploaded).await.unwrap();
    assert_eq!(world.objects.list().await.unwrap().len(), 2);
    let consent = approved.consent("account-aggregator");
    let view = world.central.change_consent(approved.phone.id, consent, ConsentStep::Withdraw).await.unwrap();
    assert!(matches!(view.consent.state, ConsentState::Revoked { .. }));
    assert_eq!(world.objects.list().await.unwrap().len(), 1, "only the bureau's parcel is left");
    let gone =
        world.central.parcel_content(approved.partner.id, uploaded.announcement.parcel).await.unwrap_err();
    assert_eq!(gone.code(), "parcel_gone");
    let last = world.notified(&approved.partner).await.pop().unwrap();
    assert_eq!((last.kind, last.data.consent_id), (NotificationKind::ConsentRevoked, Some(consent)));
    let events = world.central.phone_events(approved.phone.id, 0).await.unwrap();
    let receipt = events.iter().find_map(|event| event.erasure_receipt.as_ref()).unwrap();
    let pinned = VerifyingKey::from_jwk(&world.central.public_keys().signing[0]).unwrap();
    let receipt: ErasureReceipt = jws::verify(&pinned, "mpp-erasure-receipt+jwt", receipt).unwrap();
    assert_eq!(receipt.cause, ErasureCause::Withdrawn);
    let announced = world.central.announce(approved.phone.id, uploaded.announcement.clone()).await;
    assert_eq!(announced.unwrap_err().code(), "parcel_gone");
    let fresh = SealedParcel::new(&world, &approved, b"y");
    let refused = world.upload(&approved.phone, &fresh).await.unwrap_err();
    assert_eq!(refused.code(), "consent_revoked");
}

#[tokio::test]
async fn the_same_step_twice_changes_nothing() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let consent = approved.consent("account-aggregator");
    let step = |step| world.central.change_consent(approved.phone.id, consent, step);
    for one in [ConsentStep::Pause, ConsentStep::Resume, ConsentStep::Withdraw] {
        let first = step(one).await.unwrap();
        world.advance(Span::from_seconds(5));
        assert_eq!(step(one).await.unwrap(), first);
    }
    let kinds = world.kinds(&approved.partner).await;
    assert_eq!(
        kinds,
        [
            NotificationKind::ConsentApproved,
            NotificationKind::ConsentPaused,
            NotificationKind::ConsentResumed,
            NotificationKind::ConsentRevoked,
        ]
    );
    assert_eq!(step(ConsentStep::Resume).await.unwrap_err().code(), "invalid_transition");
}

#[tokio::test]
async fn a_customer_sees_own_consents_only_and_changes_no_others() {
    let world = World::new();
    let approved = world.approved(vec![account_item(), bureau_item()]).await;
    let stranger = world.approved(vec![account_item()]).await;
    let own = world.central.consents(approved.phone.id).await.unwrap();
    assert_eq!(own.len(), 2);
    assert_eq!(own[0].partner_name, "Kaveri Finance Ltd");
    let theirs = stranger.consent("account-aggregator");
    let refused =
        world.central.change_consent(approved.phone.id, theirs, ConsentStep::Withdraw).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
}

#[tokio::test]
async fn a_consent_whose_time_is_over_says_so_and_what_is_complete_can_still_be_collected() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    world.advance(Span::from_days(30));
    let uploaded = SealedParcel::new(&world, &approved, b"x");
    world.upload(&approved.phone, &uploaded).await.unwrap();
    world.advance(Span::from_days(1));
    world.work().await;
    let own = world.central.consents(approved.phone.id).await.unwrap();
    assert!(matches!(own[0].consent.state, ConsentState::Expired { .. }));
    let last = world.notified(&approved.partner).await.pop().unwrap();
    assert_eq!(last.kind, NotificationKind::ConsentExpired);
    world.central.parcel_content(approved.partner.id, uploaded.announcement.parcel).await.unwrap();
}

#[tokio::test]
async fn phone_and_partner_are_told_when_it_is_time_to_share_again() {
    let world = World::new();
    let mut item = account_item();
    item.terms.fetch_type = mpp_core::FetchType::Periodic;
    item.terms.purpose.code = mpp_core::PurposeCode::Monitoring;
    item.terms.valid_for = "P6M".parse().unwrap();
    item.terms.range_back = "P3M".parse().unwrap();
    let approved = world.approved(vec![item]).await;
    for month in 1..=3_usize {
        world.advance(Span::from_days(31));
        world.work().await;
        let events = world.central.phone_events(approved.phone.id, 0).await.unwrap();
        let due = events.iter().filter(|event| event.kind == PhoneEventKind::FetchDue).count();
        assert_eq!(due, month, "one a month, never more");
        let told = world.kinds(&approved.partner).await;
        let told = told.iter().filter(|kind| **kind == NotificationKind::DataDue).count();
        assert_eq!(told, month, "and the partner, who wakes the app");
    }
    assert_eq!(world.central.holdings().await.unwrap(), Holdings::default());
}
