use mpp_connectors::ProviderError;
use mpp_connectors::ProviderOutcome;
use mpp_core::{Clock, QualityFlag, QualityFlags, Span, Standing, UsageUnit};
use mpp_crypto::envelope::{Fingerprint, verify_sender};
use mpp_services::central::{
    ConsentStep, FetchSearch, Holdings, Look, NotificationKind, PhoneEventKind, QUEUES,
};
use mpp_store::WorkerName;

use crate::billing::asha;
use crate::collecting::download;
use crate::outside::{document, noticed};
use crate::samples::{REPORT, bureau_item, periodic_bureau_item};
use crate::world::World;

fn down() -> ProviderError {
    ProviderError::Throttled { retry_after: None }
}

#[tokio::test]
async fn a_report_is_sealed_while_it_is_read_and_metered_once() {
    let world = World::new();
    let long = vec![b'x'; 200_000];
    world.bureau.answers(Ok(document(&long)));
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let parcel = world.available(&approved.partner).await;
    let (content, bytes) = download(&world, &approved.partner, parcel).await;
    assert_eq!(content.description.content_type.as_str(), "application/json");
    assert_eq!(content.description.sha256, mpp_crypto::sha256(&bytes));
    assert_eq!(approved.partner.open(&bytes, parcel), long);
    let pinned = mpp_crypto::VerifyingKey::from_jwk(&world.central.public_keys().signing[0]).unwrap();
    let fingerprint = Fingerprint::of(&bytes).unwrap();
    assert_eq!(verify_sender(&pinned, &content.sender.unwrap(), &fingerprint), Ok(()));
    let usage = world.central.usage(None, None, 10).await.unwrap().items;
    assert_eq!(usage.len(), 1);
    assert_eq!(usage[0].unit, UsageUnit::BureauReport);
    let events = world.central.phone_events(approved.phone.id, 0).await.unwrap();
    assert_eq!(events[0].kind, PhoneEventKind::Fetched);
    assert!(!world.dump().await.contains("\"particulars\":\""), "nobody will be asked again");
}

#[tokio::test]
async fn what_is_noticeable_about_a_document_is_told_and_found() {
    let world = World::new();
    let flags = [QualityFlag::Outdated, QualityFlag::PartsMissing];
    world.bureau.answers(Err(down()));
    world.bureau.answers(Ok(noticed(REPORT, flags)));
    world.bureau.answers(Ok(document(REPORT)));
    let first = world.approved(vec![bureau_item()]).await;
    world.work().await;
    world.advance(Span::from_seconds(30));
    world.work().await;
    let told = world.notified(&first.partner).await.pop().unwrap();
    assert_eq!((told.kind, told.data.quality), (NotificationKind::DataAvailable, flags.into()));
    let second = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let told = world.notified(&second.partner).await.pop().unwrap();
    assert!(told.data.quality.is_empty());

    let of = async |search: FetchSearch| {
        let look = Look { after: None, limit: 10 };
        let rows = world.central.search_fetches(&search, &look).await.unwrap().items;
        rows.into_iter().map(|row| (row.quality, row.attempts)).collect::<Vec<_>>()
    };
    let with = |quality, source: &str, status: &str| FetchSearch {
        quality,
        source: Some(source.parse().unwrap()),
        status: Some(status.to_owned()),
        ..FetchSearch::default()
    };
    let both = [(QualityFlags::new(), Some(1)), (flags.into(), Some(2))];
    assert_eq!(of(FetchSearch::default()).await, both);
    for flag in QualityFlag::ALL {
        let wanted = if flags.contains(&flag) { &both[1..] } else { &[] };
        assert_eq!(of(FetchSearch { quality: Some(flag), ..FetchSearch::default() }).await, wanted);
        assert_eq!(of(with(Some(flag), "provider:bureau", "sealed")).await, wanted);
        assert!(of(with(Some(flag), "provider:other", "sealed")).await.is_empty());
        assert!(of(with(Some(flag), "provider:bureau", "failed")).await.is_empty());
    }
    let counts = world.central.source_counts().await.unwrap();
    assert_eq!((counts[0].recent.answered, counts[0].recent.marked), (2, 1));
}

#[tokio::test]
async fn an_empty_document_is_a_parcel_too() {
    let world = World::new();
    world.bureau.answers(Ok(document(b"")));
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let parcel = world.available(&approved.partner).await;
    let (_, bytes) = download(&world, &approved.partner, parcel).await;
    assert!(approved.partner.open(&bytes, parcel).is_empty());
}

#[tokio::test]
async fn no_record_is_told_and_metered_and_leaves_nothing() {
    let world = World::new();
    world.bureau.answers(Ok(ProviderOutcome::NoRecord));
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let kinds = world.kinds(&approved.partner).await;
    assert_eq!(kinds, [NotificationKind::ConsentApproved, NotificationKind::DataNoRecord]);
    let usage = world.central.usage(Some(approved.partner.id), None, 10).await.unwrap().items;
    assert_eq!(usage[0].unit, UsageUnit::BureauNoRecord);
    assert_eq!(world.central.holdings().await.unwrap(), Holdings::default());
}

#[tokio::test]
async fn a_provider_that_is_down_is_tried_again_and_then_given_up() {
    let world = World::new();
    for _ in 0..3 {
        world.bureau.answers(Err(down()));
    }
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    assert_eq!(world.bureau.asked().len(), 1);
    world.advance(Span::from_seconds(29));
    world.work().await;
    assert_eq!(world.bureau.asked().len(), 1, "not before its time");
    world.advance(Span::from_seconds(1));
    world.work().await;
    world.advance(Span::from_seconds(60));
    world.work().await;
    let asked = world.bureau.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|one| *one == asked[0]), "every repeat carries the same client reference");
    let last = world.notified(&approved.partner).await.pop().unwrap();
    assert_eq!(last.kind, NotificationKind::DataFailed);
    let failures = world.central.today().await.unwrap().failures;
    assert_eq!(failures, [("provider:bureau".parse().unwrap(), 1)], "the overview says whose");
    assert_eq!(last.data.reason.as_deref(), Some("throttled"));
    assert_eq!(world.central.holdings().await.unwrap(), Holdings::default());
    assert!(world.central.usage(None, None, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_provider_that_takes_no_calls_now_is_waited_for_without_an_attempt() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    // longer than all attempts together would take
    for _ in 0..10 {
        *world.bureau.closed_until.lock().unwrap() = Some(world.clock.now().plus(Span::from_minutes(1)));
        world.work().await;
        world.advance(Span::from_seconds(59));
        world.work().await;
        assert!(world.bureau.asked().is_empty(), "not before its time");
        world.advance(Span::from_seconds(1));
    }
    *world.bureau.closed_until.lock().unwrap() = None;
    world.bureau.answers(Err(down()));
    world.work().await;
    world.advance(Span::from_seconds(30));
    world.work().await;
    assert_eq!(world.bureau.asked().len(), 2, "the first attempt came after the waiting");
    let parcel = world.available(&approved.partner).await;
    let (_, bytes) = download(&world, &approved.partner, parcel).await;
    assert_eq!(approved.partner.open(&bytes, parcel), REPORT);
}

#[tokio::test]
async fn a_provider_that_refuses_is_not_asked_again() {
    let world = World::new();
    world.bureau.answers(Err(ProviderError::ConsentRejected));
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    world.advance(Span::from_days(1));
    world.work().await;
    assert_eq!(world.bureau.asked().len(), 1);
    let last = world.notified(&approved.partner).await.pop().unwrap();
    assert_eq!(last.data.reason.as_deref(), Some("consent_rejected"));
}

#[tokio::test]
async fn a_deferred_answer_is_asked_for_with_its_token() {
    let world = World::new();
    let token = "order-77".to_owned().try_into().unwrap();
    world.bureau.answers(Ok(ProviderOutcome::Pending { token, retry_after: Span::from_seconds(40) }));
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    assert_eq!(world.kinds(&approved.partner).await, [NotificationKind::ConsentApproved]);
    world.advance(Span::from_seconds(40));
    world.work().await;
    let asked = world.bureau.asked();
    assert_eq!(asked[1], "resume order-77");
    let parcel = world.available(&approved.partner).await;
    let (_, bytes) = download(&world, &approved.partner, parcel).await;
    assert_eq!(approved.partner.open(&bytes, parcel), REPORT);
}

#[tokio::test]
async fn a_document_beyond_the_limit_is_not_kept() {
    let world = World::new();
    world.bureau.answers(Ok(document(&vec![b'x'; 65 * 1024 * 1024])));
    let approved = world.approved(vec![bureau_item()]).await;
    world.work().await;
    let last = world.notified(&approved.partner).await.pop().unwrap();
    assert_eq!(last.data.reason.as_deref(), Some("unusable_answer"));
    assert!(world.objects.list().await.unwrap().is_empty());
    assert_eq!(world.central.holdings().await.unwrap(), Holdings::default());
}

#[tokio::test]
async fn a_paused_consent_waits_and_a_withdrawn_one_is_never_fetched_under() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    let consent = approved.consent("provider:bureau");
    world.central.change_consent(approved.phone.id, consent, ConsentStep::Pause).await.unwrap();
    world.work().await;
    assert!(world.bureau.asked().is_empty());
    world.central.change_consent(approved.phone.id, consent, ConsentStep::Resume).await.unwrap();
    world.advance(Span::from_minutes(5));
    world.work().await;
    assert_eq!(world.bureau.asked().len(), 1);

    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    let consent = approved.consent("provider:bureau");
    world.central.change_consent(approved.phone.id, consent, ConsentStep::Withdraw).await.unwrap();
    world.work().await;
    assert!(world.bureau.asked().is_empty());
}

#[tokio::test]
async fn an_expired_consent_is_never_fetched_under() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    world.advance(Span::from_days(40));
    world.work().await;
    assert!(world.bureau.asked().is_empty());
    let kinds = world.kinds(&approved.partner).await;
    assert!(kinds.contains(&NotificationKind::ConsentExpired), "{kinds:?}");
    assert!(!world.dump().await.contains("\"particulars\":\""));
}

#[tokio::test]
async fn a_suspended_partners_fetch_waits() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    world.central.set_standing(approved.partner.id, Standing::Suspended, &asha()).await.unwrap();
    world.work().await;
    assert!(world.bureau.asked().is_empty());
    world.central.set_standing(approved.partner.id, Standing::Active, &asha()).await.unwrap();
    world.advance(Span::from_minutes(5));
    world.work().await;
    assert_eq!(world.bureau.asked().len(), 1);
}

#[tokio::test]
async fn a_withdrawal_while_the_provider_answers_throws_the_answer_away() {
    let world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    let (ring, bell) = tokio::sync::oneshot::channel();
    *world.bureau.bell.lock().unwrap() = Some(bell);
    let withdraw = async {
        while world.bureau.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        let consent = approved.consent("provider:bureau");
        world.central.change_consent(approved.phone.id, consent, ConsentStep::Withdraw).await.unwrap();
        ring.send(()).unwrap();
    };
    tokio::join!(world.work(), withdraw);
    world.work().await;
    assert!(!world.kinds(&approved.partner).await.contains(&NotificationKind::DataAvailable));
    assert!(world.objects.list().await.unwrap().is_empty());
    assert_eq!(world.central.holdings().await.unwrap(), Holdings::default());
    assert!(world.central.usage(None, None, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_periodic_consent_is_fetched_under_again_in_its_time() {
    let world = World::new();
    let approved = world.approved(vec![periodic_bureau_item()]).await;
    world.work().await;
    world.advance(Span::from_days(30));
    world.work().await;
    assert_eq!(world.bureau.asked().len(), 1);
    world.advance(Span::from_days(1));
    world.work().await;
    assert_eq!(world.bureau.asked().len(), 2);
    let asked = world.bureau.asked();
    assert_ne!(asked[0], asked[1], "a new fetch, not a repeat");
    for _ in 0..8 {
        world.advance(Span::from_days(31));
        world.work().await;
    }
    assert!(world.clock.now().to_string().starts_with("2026-10"));
    assert_eq!(world.bureau.asked().len(), 6, "none after the consent has expired");
    let uses = world.central.consents(approved.phone.id).await.unwrap().remove(0).uses;
    assert!(uses.len() >= 6);
}

#[tokio::test]
async fn a_fetch_that_was_cut_off_is_done_again_under_the_same_reference() {
    let mut world = World::new();
    let approved = world.approved(vec![bureau_item()]).await;
    let (_never, bell) = tokio::sync::oneshot::channel();
    *world.bureau.bell.lock().unwrap() = Some(bell);
    {
        let worker = WorkerName::new("dies");
        let jobs = world.central.lease_jobs(&QUEUES, &worker, 10).await.unwrap();
        let dying = world.central.perform(&jobs[0]);
        tokio::select! {
            biased;
            _ = dying => panic!("the provider never answers"),
            () = async { while world.bureau.asked().is_empty() { tokio::task::yield_now().await } } => {}
        }
    }
    world.restart();
    assert_eq!(world.work().await, 0, "the dead worker's lease still runs");
    world.advance(Span::from_seconds(15));
    world.work().await;
    let asked = world.bureau.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
    let parcel = world.available(&approved.partner).await;
    let (_, bytes) = download(&world, &approved.partner, parcel).await;
    assert_eq!(approved.partner.open(&bytes, parcel), REPORT);
    assert_eq!(world.objects.list().await.unwrap().len(), 1);
    let usage = world.central.usage(None, None, 10).await.unwrap().items;
    assert_eq!(usage.len(), 1);
}
