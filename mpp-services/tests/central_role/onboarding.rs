use mpp_core::{PartnerId, PartnerKeyRecord, ProductState, Span, Standing};
use mpp_crypto::jws;
use mpp_services::central::NewRequest;

use crate::billing::{asha, vikram};
use crate::parties::Keys;
use crate::samples::{
    account_item, bureau_item, case_ref, customer, new_partner, periodic_bureau_item, product,
};
use crate::world::World;

#[tokio::test]
async fn a_client_server_enrols_the_keys_it_made_at_home() {
    let world = World::new();
    let partner = world.onboard().await;
    let pinned = mpp_crypto::VerifyingKey::from_jwk(&world.central.public_keys().signing[0]).unwrap();
    let record: PartnerKeyRecord = jws::verify(&pinned, "mpp-partner-key+jwt", &partner.key_record).unwrap();
    assert_eq!(record.partner, partner.id);
    assert_eq!(&record.kid, partner.keys.ring.current().kid());
    assert_eq!(record.partner_name, "Kaveri Finance Ltd");
    let known = world.central.partner_by_signing_key(partner.keys.signing.kid()).await.unwrap();
    assert_eq!(known.unwrap().0, partner.id);
}

#[tokio::test]
async fn an_enrolment_token_serves_once_and_for_a_week() {
    let world = World::new();
    let token = world.central.register_partner(new_partner(None), &asha()).await.unwrap().enrolment_token;
    let keys = Keys::new(world.entropy.as_ref());
    world.enrol(&keys, token.expose()).await.unwrap();
    let others = Keys::new(world.entropy.as_ref());
    let again = world.central.offer_keys(others.offer(token.expose())).await.unwrap_err();
    assert_eq!(again.code(), "enrolment_token_invalid");
    let late = world.central.register_partner(new_partner(None), &asha()).await.unwrap().enrolment_token;
    world.advance(Span::from_days(7));
    let refused = world.central.offer_keys(others.offer(late.expose())).await.unwrap_err();
    assert_eq!(refused.code(), "enrolment_token_invalid");
    let unknown = world.central.offer_keys(others.offer("nobody's")).await.unwrap_err();
    assert_eq!(unknown.code(), "enrolment_token_invalid");
}

#[tokio::test]
async fn keys_that_do_not_vouch_for_each_other_are_refused() {
    let world = World::new();
    let token = world.central.register_partner(new_partner(None), &asha()).await.unwrap().enrolment_token;
    let keys = Keys::new(world.entropy.as_ref());
    let stranger = Keys::new(world.entropy.as_ref());
    let mut offer = keys.offer(token.expose());
    offer.envelope_key = stranger.ring.current().public().to_jwk();
    assert_eq!(world.central.offer_keys(offer).await.unwrap_err().code(), "enrolment_proof_invalid");
    let mut offer = keys.offer(token.expose());
    offer.signing_key = stranger.signing.public().to_jwk();
    assert_eq!(world.central.offer_keys(offer).await.unwrap_err().code(), "enrolment_proof_invalid");
}

#[tokio::test]
async fn who_cannot_read_the_challenge_back_enrols_nothing() {
    let world = World::new();
    let token = world.central.register_partner(new_partner(None), &asha()).await.unwrap().enrolment_token;
    let keys = Keys::new(world.entropy.as_ref());
    let challenge = world.central.offer_keys(keys.offer(token.expose())).await.unwrap();
    let wrong = world.central.confirm_keys(&challenge.id, b"a guess").await.unwrap_err();
    assert_eq!(wrong.code(), "enrolment_challenge_failed");
    let unknown = world.central.confirm_keys(&"0".repeat(32), b"a guess").await.unwrap_err();
    assert_eq!(unknown.code(), "enrolment_challenge_failed");
    let answer = keys.read_back(&challenge.sealed);
    world.advance(Span::from_minutes(15));
    let late = world.central.confirm_keys(&challenge.id, &answer).await.unwrap_err();
    assert_eq!(late.code(), "enrolment_challenge_failed");
}

#[tokio::test]
async fn confirming_twice_gives_the_same_record_and_a_key_is_enrolled_once() {
    let world = World::new();
    let token = world.central.register_partner(new_partner(None), &asha()).await.unwrap().enrolment_token;
    let keys = Keys::new(world.entropy.as_ref());
    let challenge = world.central.offer_keys(keys.offer(token.expose())).await.unwrap();
    let answer = keys.read_back(&challenge.sealed);
    let first = world.central.confirm_keys(&challenge.id, &answer).await.unwrap();
    world.advance(Span::from_hours(1));
    let again = world.central.confirm_keys(&challenge.id, &answer).await.unwrap();
    assert_eq!(first.key_record, again.key_record);
    let other = world.central.register_partner(new_partner(None), &asha()).await.unwrap().enrolment_token;
    let taken = world.enrol(&keys, other.expose()).await.unwrap_err();
    assert_eq!(taken.code(), "key_taken");
}

#[tokio::test]
async fn a_partner_changes_its_keys_with_a_new_token() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    world.advance(Span::from_hours(1));
    let token = world.central.renew_enrolment(partner.id, &asha()).await.unwrap().enrolment_token;
    let keys = Keys::new(world.entropy.as_ref());
    world.enrol(&keys, token.expose()).await.unwrap();
    let placed = world.place(&partner, product, "LOAN-1").await;
    let view = world.central.request_view(partner.id, placed.request).await.unwrap();
    assert_eq!(&view.request.envelope_kid, keys.ring.current().kid());
    let signs = async |keys: &Keys| {
        let found = world.central.partner_by_signing_key(keys.signing.kid()).await.unwrap();
        found.map(|(partner, _)| partner)
    };
    assert_eq!(signs(&partner.keys).await, Some(partner.id), "for calls under way");
    world.advance(Span::from_minutes(10));
    assert_eq!(signs(&partner.keys).await, None, "a key that was replaced because it leaked");
    assert_eq!(signs(&keys).await, Some(partner.id));
}

#[tokio::test]
async fn an_enrolment_token_that_another_took_the_place_of_enrols_nothing() {
    let world = World::new();
    let registered = world.central.register_partner(new_partner(None), &asha()).await.unwrap();
    let (partner, lost) = (registered.partner, registered.enrolment_token);
    let second = world.central.renew_enrolment(partner, &asha()).await.unwrap().enrolment_token;
    let refused = world.enrol(&Keys::new(world.entropy.as_ref()), lost.expose()).await.unwrap_err();
    assert_eq!(refused.code(), "enrolment_token_invalid");
    world.enrol(&Keys::new(world.entropy.as_ref()), second.expose()).await.unwrap();
}

#[tokio::test]
async fn suspended_expired_and_unenrolled_partners_cannot_ask() {
    let world = World::new();
    let partner = world.onboard().await;
    let product = world.publish(&partner, vec![bureau_item()]).await;
    let new = || NewRequest { product, case_ref: case_ref("LOAN-1"), customer: customer() };
    world.central.set_standing(partner.id, Standing::Suspended, &asha()).await.unwrap();
    let suspended = world.central.place_request(partner.id, new()).await.unwrap_err();
    assert_eq!(suspended.code(), "partner_suspended");
    world.central.set_standing(partner.id, Standing::Active, &asha()).await.unwrap();
    world.advance(Span::from_days(730));
    let expired = world.central.place_request(partner.id, new()).await.unwrap_err();
    assert_eq!(expired.code(), "partner_key_expired");
    let bare = world.central.register_partner(new_partner(None), &asha()).await.unwrap().partner;
    let unenrolled = world.central.place_request(bare, new()).await.unwrap_err();
    assert_eq!(unenrolled.code(), "partner_not_enrolled");
}

#[tokio::test]
async fn the_audit_log_says_who_of_the_staff_did_what_to_a_partner() {
    let world = World::new();
    let partner = world.central.register_partner(new_partner(None), &asha()).await.unwrap().partner;
    world.central.renew_enrolment(partner, &vikram()).await.unwrap();
    world.central.set_standing(partner, Standing::Suspended, &vikram()).await.unwrap();
    world.central.set_standing(partner, Standing::Active, &asha()).await.unwrap();
    let expected = [
        ("partner.reinstated", "asha"),
        ("partner.suspended", "vikram"),
        ("partner.enrolment_opened", "vikram"),
        ("partner.enrolment_opened", "asha"),
        ("partner.registered", "asha"),
    ];
    assert_eq!(said_of_staff(&world, 10).await, expected.map(owned));
}

fn owned((what, who): (&str, &str)) -> (String, String) {
    (what.to_owned(), who.to_owned())
}

/// The newest entries of the audit log, all of which are of the staff.
async fn said_of_staff(world: &World, most: u32) -> Vec<(String, String)> {
    let said = |numbered: &mpp_store::NumberedLeaf| {
        let leaf: serde_json::Value = serde_json::from_slice(numbered.leaf.bytes()).unwrap();
        assert_eq!(leaf["actor"]["type"], "staff", "{leaf}");
        owned((leaf["action"].as_str().unwrap(), leaf["actor"]["id"].as_str().unwrap()))
    };
    world.central.audit_trail(None, most).await.unwrap().leaves.iter().map(said).collect()
}

#[tokio::test]
async fn where_notifications_go_is_changed_and_taken_away_by_somebody_who_is_named() {
    let world = World::new();
    let partner = world.onboard().await.id;
    let set = async |id, url: Option<&str>, by| {
        let url: Option<url::Url> = url.map(|url| url.parse().unwrap());
        world.central.set_notification_address(id, url.as_ref(), &by).await
    };
    let told = async || world.central.partner_file(partner).await.unwrap().notification_url.map(String::from);
    let inner = set(partner, Some("http://10.0.0.1/hook"), asha()).await.unwrap_err();
    assert_eq!(inner.code(), "notification_address_forbidden");
    let nobody = set(PartnerId::from_random([1; 16]), None, asha()).await.unwrap_err();
    assert_eq!(nobody.code(), "not_found");
    assert_eq!(told().await, None);
    let address = "https://client.kaveri.example/hook";
    set(partner, Some(address), asha()).await.unwrap();
    set(partner, Some(address), vikram()).await.unwrap();
    assert_eq!(told().await.as_deref(), Some(address));
    set(partner, None, vikram()).await.unwrap();
    set(partner, None, asha()).await.unwrap();
    assert_eq!(told().await, None);
    let expected =
        [("partner.notification_address_removed", "vikram"), ("partner.notification_address_set", "asha")];
    assert_eq!(said_of_staff(&world, 2).await, expected.map(owned), "the same again is not told");
}

#[tokio::test]
async fn whom_to_write_to_is_changed_by_somebody_who_is_named_and_the_log_names_no_address() {
    let world = World::new();
    let partner = world.onboard().await.id;
    let set = async |id, addresses: &[&str]| {
        let addresses = addresses.iter().map(|&address| address.to_owned()).collect();
        world.central.set_contacts(id, addresses, &vikram()).await
    };
    let told = async || {
        let contacts = world.central.partner_file(partner).await.unwrap().partner.contacts;
        contacts.into_iter().map(|contact| contact.email).collect::<Vec<_>>()
    };
    let before = told().await;
    let many = ["desk@kaveri.example"; 21];
    for bad in [&[][..], &["nowhere"], &["@kaveri.example"], &["desk@kaveri"], &many] {
        assert_eq!(set(partner, bad).await.unwrap_err().code(), "contact_address_invalid");
    }
    let nobody = set(PartnerId::from_random([1; 16]), &["desk@kaveri.example"]).await.unwrap_err();
    assert_eq!((nobody.code(), told().await), ("not_found", before));
    set(partner, &["desk@kaveri.example"]).await.unwrap();
    set(partner, &["desk@kaveri.example"]).await.unwrap();
    assert_eq!(told().await, ["desk@kaveri.example"]);
    let trail = world.central.audit_trail(None, 100).await.unwrap();
    let leaves = trail.leaves.iter().map(|numbered| std::str::from_utf8(numbered.leaf.bytes()).unwrap());
    let of_contacts: Vec<_> = leaves.filter(|leaf| leaf.contains("partner.contacts_set")).collect();
    assert_eq!(of_contacts.len(), 1, "the same again is not told");
    assert!(
        of_contacts.iter().all(|leaf| leaf.contains("vikram") && !leaf.contains("desk@")),
        "{of_contacts:?}"
    );
}

#[tokio::test]
async fn bad_particulars_of_a_partner_are_refused() {
    let world = World::new();
    let mut nameless = new_partner(None);
    nameless.legal_name = "  ".into();
    let mut unreachable = new_partner(None);
    unreachable.contacts = vec!["nowhere".into()];
    for (bad, code) in [(nameless, "invalid_request"), (unreachable, "contact_address_invalid")] {
        assert_eq!(world.central.register_partner(bad, &asha()).await.unwrap_err().code(), code);
    }
    let inner =
        world.central.register_partner(new_partner(Some("http://10.0.0.1/hook")), &asha()).await.unwrap_err();
    assert_eq!(inner.code(), "notification_address_forbidden");
}

#[tokio::test]
async fn only_products_two_people_approved_are_published() {
    let world = World::new();
    let partner = world.onboard().await;
    let make = || product(partner.id, vec![bureau_item()], world_now(&world), world.entropy.as_ref());
    let mut own_work = make();
    own_work.state = ProductState::Approved {
        author: "maya".parse().unwrap(),
        approver: "maya".parse().unwrap(),
        at: world_now(&world),
    };
    let mut draft = make();
    draft.state = ProductState::Draft { author: "maya".parse().unwrap() };
    for bad in [own_work, draft] {
        let refused = world.central.publish_product(partner.id, bad).await.unwrap_err();
        assert_eq!(refused.code(), "product_not_approved");
    }
}

#[tokio::test]
async fn fair_use_and_sources_are_checked_again() {
    let world = World::new();
    let partner = world.onboard().await;
    let mut greedy = product(partner.id, vec![account_item()], world_now(&world), world.entropy.as_ref());
    greedy.items[0].terms.range_back = "P10Y".parse().unwrap();
    let refused = world.central.publish_product(partner.id, greedy).await.unwrap_err();
    assert_eq!(refused.code(), "fair_use_data_range");
    let mut unknown = bureau_item();
    unknown.source = "provider:nobody".parse().unwrap();
    let unknown = product(partner.id, vec![unknown], world_now(&world), world.entropy.as_ref());
    let refused = world.central.publish_product(partner.id, unknown).await.unwrap_err();
    assert_eq!(refused.code(), "source_unknown");
    let stranger = world.onboard().await;
    let theirs = product(partner.id, vec![bureau_item()], world_now(&world), world.entropy.as_ref());
    let refused = world.central.publish_product(stranger.id, theirs).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
}

#[tokio::test]
async fn a_published_version_never_changes() {
    let world = World::new();
    let partner = world.onboard().await;
    let first = product(partner.id, vec![bureau_item()], world_now(&world), world.entropy.as_ref());
    world.central.publish_product(partner.id, first.clone()).await.unwrap();
    world.central.publish_product(partner.id, first.clone()).await.unwrap();
    let mut altered = first.clone();
    altered.items = vec![periodic_bureau_item()];
    let refused = world.central.publish_product(partner.id, altered.clone()).await.unwrap_err();
    assert_eq!(refused.code(), "product_version_taken");
    altered.version = altered.version.next();
    world.central.publish_product(partner.id, altered).await.unwrap();
    world.central.publish_product(partner.id, first).await.unwrap();
}

fn world_now(world: &World) -> mpp_core::Timestamp {
    mpp_core::Clock::now(world.clock.as_ref())
}
