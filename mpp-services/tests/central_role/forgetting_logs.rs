//! Logs that readers count on: their beginning goes, and nobody is lost.

use mpp_core::{ConsentRequestId, DeviceId, PartnerId, Span};
use mpp_services::central::RetentionClass;
use mpp_store::{LeafIndex, ListQuery, RecordKind};

use crate::forgetting::{YEAR, end, ended, forget};
use crate::samples::bureau_item;
use crate::world::World;

const NUMBERED: [RetentionClass; 3] =
    [RetentionClass::Notifications, RetentionClass::PhoneEvents, RetentionClass::AuditLog];

/// The numbers of a partner's notifications, of a device's news, and of the leaves, as readers get them who begin at the
/// beginning.
async fn numbers(world: &World, partner: PartnerId, device: DeviceId) -> [Vec<u64>; 3] {
    let told = world.central.notifications(partner, 0).await.unwrap();
    let news = world.central.phone_events(device, 0).await.unwrap();
    let leaves = world.store.leaves(LeafIndex(0), 1000).await.unwrap();
    [
        told.into_iter().map(|told| told.sequence).collect(),
        news.into_iter().map(|news| news.sequence).collect(),
        leaves.into_iter().map(|leaf| leaf.index.0).collect(),
    ]
}

impl World {
    /// The only partner, and the only device.
    pub(crate) async fn any_parties(&self) -> (PartnerId, DeviceId) {
        let of = async |kind| self.store.list(ListQuery::of(RecordKind::new(kind))).await.unwrap().items;
        let device: serde_json::Value = serde_json::from_str(&of("device").await[0].data).unwrap();
        (
            of("partner").await[0].key.as_str().parse().unwrap(),
            device["id"].as_str().unwrap().parse().unwrap(),
        )
    }

    async fn any_request(&self) -> ConsentRequestId {
        let requests = self.store.list(ListQuery::of(RecordKind::new("consent-request"))).await.unwrap();
        requests.items[0].key.as_str().parse().unwrap()
    }
}

fn is_unbroken(numbers: &[u64]) -> bool {
    numbers.windows(2).all(|pair| pair[0] + 1 == pair[1])
}

#[tokio::test]
async fn logs_with_numbers_go_after_three_years_and_not_a_day_earlier() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let (partner, device) = (approved.partner.id, approved.phone.id);
    let consent = world.central.consents(device).await.unwrap().remove(0).consent.id;
    world.advance(Span::from_days(10));
    let step = mpp_services::central::ConsentStep::Pause;
    world.central.change_consent(device, consent, step).await.unwrap();
    let before = numbers(&world, partner, device).await;

    world.advance(Span::from_days(3 * YEAR - 10));
    for class in NUMBERED {
        assert_eq!(forget(&world, class).await, 0, "{class:?}");
    }
    world.advance(Span::from_days(1));
    for (class, before) in NUMBERED.into_iter().zip(&before) {
        let gone = usize::try_from(forget(&world, class).await).unwrap();
        assert!(0 < gone && gone < before.len(), "{class:?}: {gone} of {before:?}");
        assert_eq!(forget(&world, class).await, 0, "{class:?}: twice is as once");
    }
    let after = numbers(&world, partner, device).await;
    for (before, after) in before.iter().zip(&after) {
        assert!(before.ends_with(after), "what is left keeps its numbers: {before:?} {after:?}");
    }
    let last = *after[0].last().unwrap();
    assert!(world.central.notifications(partner, last).await.unwrap().is_empty());
    assert!(world.central.notifications(partner, u64::MAX).await.unwrap().is_empty());
    let some = world.central.notifications(partner, last - 1).await.unwrap();
    assert_eq!(some.len(), 1, "who was not left behind goes on as before");
}

#[tokio::test]
async fn numbers_go_on_where_nothing_is_left() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let (partner, device) = (approved.partner.id, approved.phone.id);
    let before = numbers(&world, partner, device).await;
    let size = world.store.size().await.unwrap();
    world.advance(Span::from_days(3 * YEAR + 1));
    for class in NUMBERED {
        forget(&world, class).await;
    }
    assert_eq!(numbers(&world, partner, device).await, [const { Vec::<u64>::new() }; 3]);
    let page = world.central.audit_trail(None, 10).await.unwrap();
    assert_eq!((page.leaves.len(), page.before, page.size), (0, None, 0));
    assert!(world.central.notifications(partner, 0).await.unwrap().is_empty());

    // the consent runs out, which is told
    world.work().await;
    let after = numbers(&world, partner, device).await;
    assert_eq!(after[0].first(), before[0].last().map(|last| last + 1).as_ref());
    assert_eq!(after[1].first(), before[1].last().map(|last| last + 1).as_ref());
    assert_eq!(after[2].first(), Some(&size));
}

#[tokio::test]
async fn the_pages_of_the_audit_log_end_where_it_begins() {
    let world = ended().await;
    world.advance(Span::from_days(400));
    end(&world).await;
    world.advance(Span::from_days(3 * YEAR - 300));
    assert!(forget(&world, RetentionClass::AuditLog).await > 0);
    let (first, size) = (world.store.first().await.unwrap().0, world.store.size().await.unwrap());
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = world.central.audit_trail(before, 7).await.unwrap();
        assert_eq!(page.size, size - first);
        seen.extend(page.leaves.into_iter().map(|leaf| leaf.index.0));
        match page.before {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, (first..size).rev().collect::<Vec<_>>());
    assert!(world.central.audit_trail(Some(first), 7).await.unwrap().leaves.is_empty());
}

#[tokio::test]
async fn what_is_told_of_a_case_is_shown_as_far_as_it_is_kept() {
    let world = ended().await;
    let request = world.any_request().await;
    let before = world.central.case_file(request).await.unwrap();
    world.advance(Span::from_days(3 * YEAR + 1));
    for class in RetentionClass::ALL {
        forget(&world, class).await;
    }
    let after = world.central.case_file(request).await.unwrap();
    assert!(!before.deliveries.is_empty() && after.deliveries.is_empty());
    assert!(!after.steps.is_empty(), "placed, decided, given: the request says so");
    assert_eq!(before.consents.len(), after.consents.len());
}

/// Killed at every step of every class: what readers see is unbroken, and done again all is gone.
#[tokio::test]
async fn a_pass_over_logs_that_is_killed_anywhere_leaves_no_gap() {
    for class in NUMBERED {
        for steps in 0.. {
            let (world, fuse) = World::that_dies();
            end(&world).await;
            let (partner, device) = world.any_parties().await;
            let before = numbers(&world, partner, device).await;
            world.advance(Span::from_days(3 * YEAR + 1));
            fuse.set(steps);
            let cut = world.central.forget_over(class).await;
            let survived = cut.is_ok() && !fuse.is_burnt();
            fuse.set(i64::MAX);
            for (before, found) in before.iter().zip(numbers(&world, partner, device).await) {
                assert!(is_unbroken(&found), "{class:?} after {steps} steps: {found:?}");
                assert!(found.is_empty() || before.ends_with(&found), "{class:?} after {steps} steps");
            }
            forget(&world, class).await;
            let place = NUMBERED.iter().position(|one| *one == class).unwrap();
            assert!(
                numbers(&world, partner, device).await[place].is_empty(),
                "{class:?} after {steps} steps"
            );
            if survived {
                assert!(steps > 2, "{class:?} was cut off in between");
                break;
            }
        }
    }
}
