use mpp_core::{Clock, CustomerParticulars, Decision, DeviceId, ProductId, ProductVersion, Span, Standing};
use mpp_crypto::{SigningKey, jws, sha256};
use mpp_services::central::{NewRequest, NotificationKind, Opening, Screen};
use serde_json::json;

use crate::billing::asha;
use crate::samples::{account_item, bureau_item, case_ref, customer, product};
use crate::world::World;

#[tokio::test]
async fn a_link_opens_once_and_again_on_the_same_device_only() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![account_item(), bureau_item()]).await;
    let placed = world.place(&partner, product, "LOAN-1").await;
    let link = placed.link.expose();
    assert!(link.as_str().starts_with("https://app.kaveri.example/c#"));
    assert_eq!(link.fragment().unwrap().len(), 64);
    let key = SigningKey::generate_p256(world.entropy.as_ref());
    let first = world.central.open_link(world.opening(&placed, &key)).await.unwrap();
    world.advance(Span::from_minutes(3));
    let again = world.central.open_link(world.opening(&placed, &key)).await.unwrap();
    assert_eq!(first, again, "the approval binds these exact bytes");
    let other = SigningKey::generate_p256(world.entropy.as_ref());
    let refused = world.central.open_link(world.opening(&placed, &other)).await.unwrap_err();
    assert_eq!(refused.code(), "link_used");
}

#[tokio::test]
async fn the_screen_shows_each_item_the_recipient_and_its_key() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![account_item(), bureau_item()]).await;
    let phone = world.open(&world.place(&partner, product, "LOAN-1").await).await;
    let sources: Vec<String> = phone.screen.items.iter().map(|item| item.source.to_string()).collect();
    assert_eq!(sources, ["account-aggregator", "provider:bureau"]);
    assert_eq!(phone.screen.partner_key_record, partner.key_record);
    assert_eq!(phone.screen.customer_masked, "XXXXXXX001");
    assert_eq!(phone.screen.state, "opened");
    let shown = world.central.screen(phone.id, phone.screen.consent_request_id).await.unwrap();
    assert_eq!(sha256(shown.into_json().as_bytes()), phone.screen_sha256);
}

#[tokio::test]
async fn unknown_expired_and_unproven_openings_are_refused() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let placed = world.place(&partner, product, "LOAN-1").await;
    let key = SigningKey::generate_p256(world.entropy.as_ref());
    let stranger = SigningKey::generate_p256(world.entropy.as_ref());
    let mut unproven = world.opening(&placed, &key);
    unproven.proof = world.opening(&placed, &stranger).proof;
    assert_eq!(world.central.open_link(unproven).await.unwrap_err().code(), "device_proof_invalid");
    let mut stale = world.opening(&placed, &key);
    let said = json!({ "tokenSha256": stale.link, "at": "2026-01-15T08:00:00.000Z" });
    stale.proof = jws::sign(&key, "mpp-device+jwt", &said).unwrap();
    assert_eq!(world.central.open_link(stale).await.unwrap_err().code(), "device_proof_invalid");
    let mut unknown = world.opening(&placed, &key);
    unknown.link = Opening::link_digest("guessed");
    let said = json!({ "tokenSha256": unknown.link, "at": world.clock.now() });
    unknown.proof = jws::sign(&key, "mpp-device+jwt", &said).unwrap();
    assert_eq!(world.central.open_link(unknown).await.unwrap_err().code(), "link_unknown");
    world.advance(Span::from_hours(72));
    let late = world.central.open_link(world.opening(&placed, &key)).await.unwrap_err();
    assert_eq!(late.code(), "link_expired");
}

#[tokio::test]
async fn a_partner_suspended_after_asking_cannot_have_its_link_opened() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let placed = world.place(&partner, product, "LOAN-1").await;
    world.central.set_standing(partner.id, Standing::Suspended, &asha()).await.unwrap();
    let key = SigningKey::generate_p256(world.entropy.as_ref());
    let refused = world.central.open_link(world.opening(&placed, &key)).await.unwrap_err();
    assert_eq!(refused.code(), "partner_suspended");
}

#[tokio::test]
async fn asking_again_before_the_link_was_opened_gives_a_new_link_for_the_old() {
    let world = World::new();
    let partner = world.onboard().await;
    let mut first = product(partner.id, vec![bureau_item()], world.clock.now(), world.entropy.as_ref());
    let product = first.id;
    world.central.publish_product(partner.id, first.clone()).await.unwrap();
    let lost = world.place(&partner, product, "LOAN-1").await;
    first.version = first.version.next();
    world.central.publish_product(partner.id, first).await.unwrap();
    let corrected = CustomerParticulars { pan: Some("ABCPK4321D".parse().unwrap()), ..customer() };
    let again = NewRequest { product, case_ref: case_ref("LOAN-1"), customer: corrected.clone() };
    let found = world.central.place_request(partner.id, again).await.unwrap();
    assert_eq!(lost.request, found.request);
    assert_eq!(found.product_version, ProductVersion(1), "the customer is asked what was asked first");
    assert_eq!(world.place(&partner, product, "LOAN-2").await.product_version, ProductVersion(2));
    let key = SigningKey::generate_p256(world.entropy.as_ref());
    let refused = world.central.open_link(world.opening(&lost, &key)).await.unwrap_err();
    assert_eq!(refused.code(), "link_unknown");
    let phone = world.open(&found).await;
    let taken = NewRequest { product, case_ref: case_ref("LOAN-1"), customer: customer() };
    let refused = world.central.place_request(partner.id, taken).await.unwrap_err();
    assert_eq!(refused.code(), "case_ref_taken");
    world.decide(&phone, &[("provider:bureau", Decision::Approved)]).await.unwrap();
    world.work().await;
    assert_eq!(*world.bureau.customers.lock().unwrap(), [corrected], "as the partner said it last");
}

#[tokio::test]
async fn asking_again_needs_what_the_first_asking_needed() {
    let world = World::new();
    let partner = world.onboard().await;
    let mut first = product(partner.id, vec![bureau_item()], world.clock.now(), world.entropy.as_ref());
    let product = first.id;
    world.central.publish_product(partner.id, first.clone()).await.unwrap();
    world.place(&partner, product, "LOAN-1").await;
    first.version = first.version.next();
    first.items = vec![account_item()];
    world.central.publish_product(partner.id, first).await.unwrap();
    let customer = CustomerParticulars { pan: None, ..customer() };
    let less = NewRequest { product, case_ref: case_ref("LOAN-1"), customer };
    let refused = world.central.place_request(partner.id, less).await.unwrap_err();
    assert_eq!(refused.code(), "particulars_missing", "the bureau is still to be asked");
}

#[tokio::test]
async fn unknown_products_and_missing_particulars_are_refused() {
    let world = World::new();
    let partner = world.onboard().await;
    let stranger = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let new = |product| NewRequest { product, case_ref: case_ref("LOAN-1"), customer: customer() };
    let unknown = ProductId::from_random([3; 16]);
    for (asking, product) in [(partner.id, unknown), (stranger.id, product)] {
        let refused = world.central.place_request(asking, new(product)).await.unwrap_err();
        assert_eq!(refused.code(), "product_unknown");
    }
    let mut incomplete = new(product);
    incomplete.customer.pan = None;
    let refused = world.central.place_request(partner.id, incomplete).await.unwrap_err();
    assert_eq!(refused.code(), "particulars_missing");
}

#[tokio::test]
async fn a_request_nobody_decides_expires_and_forgets_the_customer() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let placed = world.place(&partner, product, "LOAN-1").await;
    let phone = world.open(&placed).await;
    let screen = async |device: DeviceId| {
        let shown = world.central.screen(device, placed.request).await;
        shown.map_or_else(|error| error.code(), |_| "shown")
    };
    let approved = [("provider:bureau", Decision::Approved)];
    assert_eq!(screen(phone.id).await, "shown");
    world.advance(Span::from_hours(72));
    // also before anybody has written it down
    assert_eq!(screen(phone.id).await, "link_expired");
    assert_eq!(world.decide(&phone, &approved).await.unwrap_err().code(), "link_expired");
    world.work().await;
    assert_eq!(world.kinds(&partner).await, [NotificationKind::ConsentExpired]);
    assert_eq!(screen(phone.id).await, "link_expired");
    assert_eq!(screen(DeviceId::from_random([99; 16])).await, "not_found");
    let view = world.central.request_view(partner.id, placed.request).await.unwrap();
    assert_eq!(view.request.state.state_name(), "expired");
    let late = world.decide(&phone, &approved).await.unwrap_err();
    assert_eq!(late.code(), "link_expired");
    assert!(!world.dump().await.contains("\"particulars\":\""));
}

#[tokio::test]
async fn a_link_lives_no_longer_than_the_shortest_consent_it_asks_for() {
    let world = World::new();
    let partner = world.onboard().await;
    let mut short = bureau_item();
    short.terms.valid_for = "P1D".parse().unwrap();
    let product = world.publish(&partner, vec![short]).await;
    let placed = world.place(&partner, product, "LOAN-1").await;
    assert_eq!(placed.expires_at, world.clock.now().plus(Span::from_days(1)));
}

#[tokio::test]
async fn another_partner_sees_nothing_of_a_request() {
    let world = World::new();
    let partner = world.onboard().await;
    let stranger = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let placed = world.place(&partner, product, "LOAN-1").await;
    let refused = world.central.request_view(stranger.id, placed.request).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
    let _: Screen = world.open(&placed).await.screen;
}
