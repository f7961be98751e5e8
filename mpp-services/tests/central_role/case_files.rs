//! The steps of a request's file: what happened, and who caused it.

use mpp_core::{ConsentRequestId, Decision, Span};
use mpp_services::central::{CaseFile, ConsentStep, StepActor, StepKind};
use mpp_store::{IndexEntry, IndexName, Record, RecordKey, RecordKind, RecordReaderExt, WriteBatch};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::parties::SealedParcel;
use crate::samples::{account_item, bureau_item};
use crate::world::{Approved, World};

const AA: &str = "account-aggregator";
const BEGIN: [(StepKind, StepActor); 4] = [
    (StepKind::Placed, StepActor::Partner),
    (StepKind::Opened, StepActor::Customer),
    (StepKind::Decided, StepActor::Customer),
    (StepKind::ConsentGiven, StepActor::Customer),
];

/// What happened but for notifications.
fn steps(file: &CaseFile) -> Vec<(StepKind, StepActor)> {
    let happened = file.steps.iter().filter(|step| !matches!(step.kind, StepKind::Told(_)));
    happened.map(|step| (step.kind, step.actor)).collect()
}

async fn steps_of(world: &World, request: ConsentRequestId) -> Vec<(StepKind, StepActor)> {
    steps(&world.central.case_file(request).await.unwrap())
}

async fn change(world: &World, approved: &Approved, step: ConsentStep) {
    world.advance(Span::from_seconds(1));
    world.central.change_consent(approved.phone.id, approved.consent(AA), step).await.unwrap();
}

#[tokio::test]
async fn that_the_link_was_opened_stays_whatever_comes_after_it() {
    for last in [StepKind::Decided, StepKind::RanOut, StepKind::Cancelled] {
        let world = World::new();
        let partner = world.onboard().await;
        let product = world.publish(&partner, vec![bureau_item()]).await;
        let placed = world.place(&partner, product, "LOAN-1").await;
        world.advance(Span::from_minutes(1));
        let phone = world.open(&placed).await;
        let opened = world.central.present();
        world.advance(Span::from_minutes(1));
        let actor = match last {
            StepKind::Decided => {
                world.decide(&phone, &[("provider:bureau", Decision::Refused)]).await.unwrap();
                StepActor::Customer
            }
            StepKind::RanOut => {
                world.advance(Span::from_hours(72));
                world.work().await;
                StepActor::Central
            }
            _ => {
                world.central.take_back_request(partner.id, placed.request).await.unwrap();
                StepActor::Partner
            }
        };
        let file = world.central.case_file(placed.request).await.unwrap();
        assert_eq!(steps(&file), [BEGIN[0], BEGIN[1], (last, actor)]);
        assert_eq!(file.steps[1].at, opened);
    }
}

#[tokio::test]
async fn every_pause_and_its_end_is_a_step_and_of_very_many_the_newest_are_kept() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let request = approved.phone.screen.consent_request_id;
    let (paused, resumed) = (StepKind::Paused, StepKind::Resumed);
    for step in [ConsentStep::Pause, ConsentStep::Resume, ConsentStep::Pause] {
        change(&world, &approved, step).await;
    }
    let pausings = [paused, resumed, paused].map(|kind| (kind, StepActor::Customer));
    assert_eq!(steps_of(&world, request).await, [BEGIN.as_slice(), &pausings].concat());

    for _ in 0..30 {
        change(&world, &approved, ConsentStep::Resume).await;
        change(&world, &approved, ConsentStep::Pause).await;
    }
    change(&world, &approved, ConsentStep::Withdraw).await;
    let kept: Vec<_> = steps_of(&world, request).await.split_off(BEGIN.len());
    assert_eq!(kept.len(), 51);
    assert_eq!(
        kept[48..].iter().map(|step| step.0).collect::<Vec<_>>(),
        [resumed, paused, StepKind::Withdrawn]
    );
}

#[tokio::test]
async fn what_comes_through_the_phone_is_the_customers_and_what_a_provider_gave_is_centrals() {
    let world = World::new();
    let approved = world.approved(vec![account_item(), bureau_item()]).await;
    world.work().await;
    world.upload(&approved.phone, &SealedParcel::new(&world, &approved, b"FI")).await.unwrap();
    let file = world.central.case_file(approved.phone.screen.consent_request_id).await.unwrap();
    let used = file.steps.iter().filter(|step| matches!(step.kind, StepKind::Used(_)));
    let used: Vec<_> = used.map(|step| (step.source.as_ref().unwrap().to_string(), step.actor)).collect();
    assert_eq!(used.len(), 2);
    assert!(used.contains(&(AA.to_owned(), StepActor::Customer)), "{used:?}");
    assert!(used.contains(&("provider:bureau".to_owned(), StepActor::Central)), "{used:?}");
}

/// A request with whatever is in it.
#[derive(Serialize, Deserialize)]
struct Request(Value);

impl Record for Request {
    const KIND: RecordKind = RecordKind::new("consent-request");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.0["request"]["id"].as_str().unwrap())
    }
}

/// A consent with whatever is in it.
#[derive(Serialize, Deserialize)]
struct Consent(Value);

impl Record for Consent {
    const KIND: RecordKind = RecordKind::new("consent");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.0["consent"]["id"].as_str().unwrap())
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let request = self.0["consent"]["request"].as_str().unwrap();
        vec![IndexEntry::shared(IndexName::new("request"), request)]
    }
}

/// Takes away what a program of before did not write.
async fn written_before(world: &World, approved: &Approved) {
    let request = RecordKey::new(approved.phone.screen.consent_request_id);
    let mut request = world.store.get::<Request>(&request).await.unwrap().unwrap();
    request.record.0.as_object_mut().unwrap().remove("openedAt").unwrap();
    let consent = RecordKey::new(approved.consent(AA));
    let mut consent = world.store.get::<Consent>(&consent).await.unwrap().unwrap();
    consent.record.0.as_object_mut().unwrap().remove("pausings").unwrap();
    let mut batch = WriteBatch::new();
    batch.update(request.version, &request.record);
    batch.update(consent.version, &consent.record);
    world.store.commit(batch).await.unwrap();
}

#[tokio::test]
async fn of_a_file_of_before_it_is_told_what_is_known() {
    let world = World::new();
    let approved = world.approved(vec![account_item()]).await;
    let request = approved.phone.screen.consent_request_id;
    change(&world, &approved, ConsentStep::Pause).await;
    written_before(&world, &approved).await;
    let known = [BEGIN[0], BEGIN[2], BEGIN[3]];
    let paused = (StepKind::Paused, StepActor::Customer);
    assert_eq!(steps_of(&world, request).await, [known.as_slice(), &[paused]].concat());
    change(&world, &approved, ConsentStep::Resume).await;
    let resumed = (StepKind::Resumed, StepActor::Customer);
    assert_eq!(steps_of(&world, request).await, [known.as_slice(), &[resumed]].concat());
}
