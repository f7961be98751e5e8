use std::sync::Arc;

use mpp_core::Span;
use mpp_services::client::{CentralNotificationKind, ClientService, RetentionClass};
use mpp_store::{LeafIndex, RecordKind};

use crate::fused_store::Fuse;
use crate::world::{DEPOSIT, Ready, World, bytes_of, call, settle, work_all};

const YEAR: i64 = 366;

async fn count(world: &World, kind: &'static str) -> u64 {
    world.store.count(RecordKind::new(kind), None).await.unwrap()
}

/// A document was received and read; its consent stands.
async fn received() -> (World, Ready, crate::fake_central::About) {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let approved = world.central.announce(CentralNotificationKind::ConsentApproved, &about);
    ready.server.take(&approved).await.unwrap();
    let parcel = world.central.keep_parcel(&about, "application/xml", DEPOSIT.as_bytes());
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    bytes_of(&ready.server, &ready.application, case.items[0].id).await;
    (world, ready, about)
}

async fn withdrawn() -> (World, Ready) {
    let (world, ready, about) = received().await;
    let revoked = world.central.announce(CentralNotificationKind::ConsentRevoked, &about);
    ready.server.take(&revoked).await.unwrap();
    settle(&ready.server).await;
    work_all(&ready.server).await;
    (world, ready)
}

#[tokio::test]
async fn reads_and_what_central_told_go_after_three_years_and_not_a_day_earlier() {
    let (world, ready) = withdrawn().await;
    let (reads, told) = (count(&world, "client-access").await, count(&world, "client-taken").await);
    assert!(reads > 0 && told > 0);
    world.wait(Span::from_days(3 * YEAR));
    for class in [RetentionClass::Reads, RetentionClass::Told] {
        assert_eq!(ready.server.forget_over(class).await.unwrap(), 0, "{class:?}");
    }
    world.wait(Span::from_days(1));
    assert_eq!(ready.server.forget_over(RetentionClass::Reads).await.unwrap(), reads);
    assert_eq!(ready.server.forget_over(RetentionClass::Told).await.unwrap(), told);
    assert_eq!(ready.server.forget_over(RetentionClass::Told).await.unwrap(), 0, "twice is harmless");
    assert_eq!(count(&world, "client-item").await, 1);
}

#[tokio::test]
async fn consent_records_go_seven_years_after_their_end_and_not_a_day_earlier() {
    let (world, ready) = withdrawn().await;
    world.wait(Span::from_days(7 * YEAR));
    for class in [RetentionClass::Consents, RetentionClass::Cases] {
        assert_eq!(ready.server.forget_over(class).await.unwrap(), 0, "{class:?}");
    }
    world.wait(Span::from_days(4));
    assert_eq!(
        ready.server.forget_over(RetentionClass::Cases).await.unwrap(),
        0,
        "its consent is still here"
    );
    assert_eq!(ready.server.forget_over(RetentionClass::Consents).await.unwrap(), 1);
    assert_eq!(ready.server.forget_over(RetentionClass::Cases).await.unwrap(), 1);
    for kind in ["client-item", "client-collection", "client-consent", "client-case"] {
        assert_eq!(count(&world, kind).await, 0, "{kind}");
    }
    assert_eq!(ready.server.forget_over(RetentionClass::Consents).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_in_force_stays() {
    let (world, ready, _) = received().await;
    world.wait(Span::from_days(20 * YEAR));
    for class in [RetentionClass::Consents, RetentionClass::Cases] {
        assert_eq!(ready.server.forget_over(class).await.unwrap(), 0, "{class:?}");
    }
    assert_eq!((count(&world, "client-item").await, count(&world, "client-case").await), (1, 1));
}

#[tokio::test]
async fn a_link_is_dropped_when_it_no_longer_opens_and_the_reference_of_its_case_stays_taken() {
    let world = World::new();
    let ready = world.ready().await;
    let call = call(ready.product, "LOAN-1");
    let started = ready.server.start_case(&ready.application, &call).await.unwrap();
    let left = started.expires_at.since(mpp_core::Clock::now(&*world.clock));
    world.wait(Span::from_millis(left.as_millis() - 1));
    assert_eq!(ready.server.forget_over(RetentionClass::Links).await.unwrap(), 0);
    assert!(ready.server.start_case(&ready.application, &call).await.unwrap() == started);
    world.wait(Span::from_millis(1));
    assert_eq!(ready.server.forget_over(RetentionClass::Links).await.unwrap(), 1);
    assert_eq!(ready.server.forget_over(RetentionClass::Links).await.unwrap(), 0, "twice is harmless");
    assert_eq!(count(&world, "client-case").await, 1);
    let again = ready.server.start_case(&ready.application, &call).await.unwrap_err();
    assert_eq!(again.code(), "case_ref_taken");
}

/// The numbers of what the application was told, and of the leaves, as readers get them who begin at the beginning.
async fn numbers(world: &World, server: &ClientService) -> [Vec<u64>; 2] {
    let told = server.news(0, 100).await.unwrap();
    let leaves = world.store.leaves(LeafIndex(0), 1000).await.unwrap();
    [told.into_iter().map(|told| told.sequence).collect(), leaves.into_iter().map(|l| l.index.0).collect()]
}

#[tokio::test]
async fn what_the_application_was_told_and_the_audit_log_go_after_three_years_and_not_a_day_earlier() {
    let (world, ready, about) = received().await;
    world.wait(Span::from_days(10));
    let revoked = world.central.announce(CentralNotificationKind::ConsentRevoked, &about);
    ready.server.take(&revoked).await.unwrap();
    settle(&ready.server).await;
    let before = numbers(&world, &ready.server).await;
    world.wait(Span::from_days(3 * YEAR - 10));
    for class in [RetentionClass::News, RetentionClass::AuditLog] {
        assert_eq!(ready.server.forget_over(class).await.unwrap(), 0, "{class:?}");
    }
    world.wait(Span::from_days(1));
    for (class, before) in [RetentionClass::News, RetentionClass::AuditLog].into_iter().zip(&before) {
        let gone = usize::try_from(ready.server.forget_over(class).await.unwrap()).unwrap();
        assert!(0 < gone && gone < before.len(), "{class:?}: {gone} of {before:?}");
        assert_eq!(ready.server.forget_over(class).await.unwrap(), 0, "{class:?}: twice is harmless");
    }
    let after = numbers(&world, &ready.server).await;
    for (before, after) in before.iter().zip(&after) {
        assert!(before.ends_with(after), "what is left keeps its numbers: {before:?} {after:?}");
    }
    let page = ready.server.audit_trail(None, 500).await.unwrap();
    assert_eq!(
        (page.leaves.len(), page.before, page.size),
        (after[1].len(), None, u64::try_from(after[1].len()).unwrap())
    );
    assert_eq!(ready.server.news(after[0][0], 100).await.unwrap().len(), after[0].len() - 1);

    world.wait(Span::from_days(10));
    ready.server.forget_over(RetentionClass::News).await.unwrap();
    assert!(ready.server.news(0, 100).await.unwrap().is_empty());
    let again = world.central.announce(CentralNotificationKind::DataFailed, &about);
    ready.server.take(&again).await.unwrap();
    let told = ready.server.news(0, 100).await.unwrap();
    assert_eq!(told[0].sequence, before[0].last().unwrap() + 1, "numbers go on where nothing is left");
}

#[tokio::test]
async fn a_server_that_was_away_for_years_goes_on_with_what_central_still_keeps() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    for _ in 0..5 {
        world.central.announce(CentralNotificationKind::DataFailed, &about);
    }
    world.central.state().feed.retain(|told| told.sequence > 3);
    assert_eq!(ready.server.poll(Span::default()).await.unwrap(), 2);
    assert_eq!(ready.server.poll(Span::default()).await.unwrap(), 0, "it asks behind what it has taken");
    world.central.announce(CentralNotificationKind::DataFailed, &about);
    assert_eq!(ready.server.poll(Span::default()).await.unwrap(), 1);
    assert_eq!(count(&world, "client-taken").await, 3);
    let leaves = world.store.leaves(LeafIndex(0), 1000).await.unwrap();
    let missed = leaves
        .iter()
        .filter(|leaf| String::from_utf8_lossy(leaf.leaf.bytes()).contains(r#""reason":"0..4""#));
    assert_eq!(missed.count(), 1, "the log says what never came");
}

/// Killed at every step of every class, before or after the step took effect: readers see no gap, and done again all is gone.
#[tokio::test]
async fn a_pass_that_is_killed_anywhere_is_finished_by_the_next() {
    for dies_after in [false, true] {
        for steps in 0.. {
            let (world, ready) = withdrawn().await;
            let before = numbers(&world, &ready.server).await;
            world.wait(Span::from_days(7 * YEAR + 4));
            let fuse = Arc::new(Fuse::after_steps(steps, dies_after));
            let mortal = world.server_with_fuse(Arc::clone(&fuse)).await;
            for class in RetentionClass::ALL {
                let _ = mortal.forget_over(class).await;
            }
            drop(mortal);
            let heir = world.server().await;
            for (before, found) in before.iter().zip(numbers(&world, &heir).await) {
                assert!(found.is_empty() || before.ends_with(&found), "step {steps}: {found:?}");
            }
            if count(&world, "client-consent").await == 0 {
                let beneath = [count(&world, "client-item").await, count(&world, "client-collection").await];
                assert_eq!(beneath, [0, 0], "step {steps}: the consent goes last");
            }
            for class in RetentionClass::ALL {
                heir.forget_over(class).await.unwrap();
            }
            assert_eq!(numbers(&world, &heir).await, [const { Vec::<u64>::new() }; 2], "step {steps}");
            let kinds =
                ["client-item", "client-collection", "client-consent", "client-case", "client-access"];
            for kind in kinds {
                assert_eq!(count(&world, kind).await, 0, "{kind}, step {steps}");
            }
            if !fuse.has_burnt() {
                assert!(steps > 6, "reads, told, news, leaves, items, consents, cases: {steps}");
                break;
            }
        }
    }
}
