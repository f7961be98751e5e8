use mpp_core::{ConsentRequestId, Decision, Span, Standing};
use mpp_crypto::SigningKey;
use mpp_services::central::{CentralError, Look, NewRequest, NotificationKind, PlacedRequest, RequestSearch};

use crate::billing::asha;
use crate::parties::{ClientServer, Phone};
use crate::samples::{bureau_item, case_ref, customer};
use crate::world::World;

const YES: &[(&str, Decision)] = &[("provider:bureau", Decision::Approved)];

struct Asked {
    partner: ClientServer,
    product: mpp_core::ProductId,
    placed: PlacedRequest,
}

impl Asked {
    async fn in_world(world: &World) -> Self {
        let partner = world.onboard().await;
        let product = world.publish(&partner, vec![bureau_item()]).await;
        let placed = world.place(&partner, product, "LOAN-1").await;
        Self { partner, product, placed }
    }

    async fn take_back(&self, world: &World) -> Result<String, CentralError> {
        let view = world.central.take_back_request(self.partner.id, self.placed.request).await?;
        Ok(view.request.state.state_name().to_owned())
    }

    async fn state(&self, world: &World) -> String {
        let view = world.central.request_view(self.partner.id, self.placed.request).await.unwrap();
        view.request.state.state_name().to_owned()
    }
}

#[tokio::test]
async fn a_request_is_taken_back_before_the_decision_and_not_after_it() {
    for (state, outcome) in [
        ("placed", Ok("cancelled")),
        ("opened", Ok("cancelled")),
        ("decided", Err("request_decided")),
        ("expired", Err("request_expired")),
        ("cancelled", Ok("cancelled")),
    ] {
        let world = World::new();
        let asked = Asked::in_world(&world).await;
        match state {
            "opened" => drop(world.open(&asked.placed).await),
            "decided" => {
                let phone = world.open(&asked.placed).await;
                world.decide(&phone, YES).await.unwrap();
            }
            "expired" => {
                world.advance(Span::from_hours(72));
                world.work().await;
            }
            "cancelled" => drop(asked.take_back(&world).await.unwrap()),
            _ => {}
        }
        assert_eq!(asked.state(&world).await, state);
        let took = asked.take_back(&world).await;
        let took = took.as_ref().map(String::as_str).map_err(CentralError::code);
        assert_eq!(took, outcome, "{state}");
        let after = if outcome.is_ok() { "cancelled" } else { state };
        assert_eq!(asked.state(&world).await, after);
    }
}

#[tokio::test]
async fn the_phone_sees_at_once_that_it_was_taken_back() {
    let world = World::new();
    let asked = Asked::in_world(&world).await;
    let phone = world.open(&asked.placed).await;
    let other = world.open(&world.place(&asked.partner, asked.product, "LOAN-2").await).await;
    asked.take_back(&world).await.unwrap();
    let id = asked.placed.request;
    assert_eq!(world.central.screen(phone.id, id).await.unwrap_err().code(), "request_cancelled");
    assert_eq!(world.decide(&phone, YES).await.unwrap_err().code(), "request_cancelled");
    let again = world.central.open_link(world.opening(&asked.placed, &phone.key)).await.unwrap_err();
    assert_eq!(again.code(), "request_cancelled");
    // a device that never opened it is told nothing of it
    assert_eq!(world.central.screen(other.id, id).await.unwrap_err().code(), "not_found");
    let forged = Phone { screen: phone.screen.clone(), ..other };
    let approval = forged.approval(mpp_core::Clock::now(world.clock.as_ref()), YES, |said| {
        said["deviceId"] = serde_json::json!(forged.id);
    });
    let refused = world.central.decide(forged.id, id, approval).await.unwrap_err();
    assert_eq!(refused.code(), "not_found");
    assert!(world.central.request_view(asked.partner.id, id).await.unwrap().items[0].consent.is_none());
}

#[tokio::test]
async fn a_link_that_was_never_opened_says_that_it_was_taken_back() {
    let world = World::new();
    let asked = Asked::in_world(&world).await;
    asked.take_back(&world).await.unwrap();
    let key = SigningKey::generate_p256(world.entropy.as_ref());
    let refused = world.central.open_link(world.opening(&asked.placed, &key)).await.unwrap_err();
    assert_eq!(refused.code(), "request_cancelled");
}

#[tokio::test]
async fn taking_back_tells_the_partner_once_is_audited_once_and_forgets_the_customer() {
    let world = World::new();
    let asked = Asked::in_world(&world).await;
    world.open(&asked.placed).await;
    for _ in 0..2 {
        asked.take_back(&world).await.unwrap();
    }
    // the timer of its expiry finds nothing left to do
    world.advance(Span::from_hours(73));
    world.work().await;
    assert_eq!(world.kinds(&asked.partner).await, [NotificationKind::ConsentCancelled]);
    let dump = world.dump().await;
    assert_eq!(dump.matches("consent_request.cancelled").count(), 1);
    assert!(!dump.contains("\"particulars\":\"") && !dump.contains("\"screen\":\""), "{dump}");
    let status = Some("cancelled".to_owned());
    for partner in [None, Some(asked.partner.id)] {
        let search = RequestSearch { partner, status: status.clone(), ..RequestSearch::default() };
        let look = Look { after: None, limit: 10 };
        let found = world.central.search_requests(&search, &look).await.unwrap().items;
        assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [asked.placed.request]);
    }
}

#[tokio::test]
async fn the_case_reference_of_what_was_taken_back_stays_taken() {
    let world = World::new();
    let asked = Asked::in_world(&world).await;
    asked.take_back(&world).await.unwrap();
    let same = NewRequest { product: asked.product, case_ref: case_ref("LOAN-1"), customer: customer() };
    let refused = world.central.place_request(asked.partner.id, same).await.unwrap_err();
    assert_eq!(refused.code(), "case_ref_taken");
    world.place(&asked.partner, asked.product, "LOAN-1b").await;
}

#[tokio::test]
async fn nobody_takes_back_what_another_partner_asked() {
    let world = World::new();
    let asked = Asked::in_world(&world).await;
    let stranger = world.onboard().await;
    for (partner, id) in
        [(stranger.id, asked.placed.request), (asked.partner.id, ConsentRequestId::from_random([9; 16]))]
    {
        let refused = world.central.take_back_request(partner, id).await.unwrap_err();
        assert_eq!(refused.code(), "not_found");
    }
    assert_eq!(asked.state(&world).await, "placed");
    assert!(world.notified(&asked.partner).await.is_empty());
}

#[tokio::test]
async fn a_suspended_partner_may_take_back() {
    let world = World::new();
    let asked = Asked::in_world(&world).await;
    world.central.set_standing(asked.partner.id, Standing::Suspended, &asha()).await.unwrap();
    assert_eq!(asked.take_back(&world).await.unwrap(), "cancelled");
}

#[tokio::test]
async fn a_decision_on_its_way_loses_against_what_was_taken_back_before_it_was_written() {
    let (world, fuse) = World::that_dies();
    let asked = Asked::in_world(&world).await;
    let phone = world.open(&asked.placed).await;
    let (has_come, go_on) = fuse.hold_next_commit();
    let (decided, took) = tokio::join!(world.decide(&phone, YES), async {
        has_come.await.unwrap();
        let took = asked.take_back(&world).await;
        go_on.send(()).unwrap();
        took
    });
    assert_eq!(took.unwrap(), "cancelled");
    assert_eq!(decided.unwrap_err().code(), "request_cancelled");
    assert_eq!(world.kinds(&asked.partner).await, [NotificationKind::ConsentCancelled]);
    world.work().await;
    assert!(world.bureau.asked().is_empty(), "nothing was fetched");
    assert!(!world.dump().await.contains("consent.granted"));
}

#[tokio::test]
async fn taking_back_on_its_way_loses_against_a_decision_written_before() {
    let (world, fuse) = World::that_dies();
    let asked = Asked::in_world(&world).await;
    let phone = world.open(&asked.placed).await;
    let (has_come, go_on) = fuse.hold_next_commit();
    let (took, decided) = tokio::join!(asked.take_back(&world), async {
        has_come.await.unwrap();
        let decided = world.decide(&phone, YES).await;
        go_on.send(()).unwrap();
        decided
    });
    assert_eq!(decided.unwrap().artefacts.len(), 1);
    assert_eq!(took.unwrap_err().code(), "request_decided");
    assert_eq!(asked.state(&world).await, "decided");
    assert_eq!(world.kinds(&asked.partner).await, [NotificationKind::ConsentApproved]);
    assert!(!world.dump().await.contains("consent_request.cancelled"));
}
