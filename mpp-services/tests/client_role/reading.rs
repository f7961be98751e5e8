use mpp_core::{DataItemId, Span};
use mpp_services::client::{CentralNotificationKind, ClientError, ReadForm};

use crate::world::{BUREAU, DEPOSIT, Ready, World, bytes_of, settle};

async fn received(
    world: &World,
    ready: &Ready,
    source: &str,
    content_type: &str,
    document: &[u8],
) -> DataItemId {
    let about = world.consented(ready, "LOAN-1", source).await;
    let parcel = world.central.keep_parcel(&about, content_type, document);
    world.central.announce(CentralNotificationKind::DataAvailable, &about.with_parcel(parcel));
    settle(&ready.server).await;
    let case = ready.server.case_items(&ready.application, &"LOAN-1".parse().unwrap()).await.unwrap();
    case.items.last().unwrap().id
}

#[tokio::test]
async fn financial_information_is_read_as_normalised_json() {
    let world = World::new();
    let ready = world.ready().await;
    let item = received(&world, &ready, "account-aggregator", "application/xml", DEPOSIT.as_bytes()).await;
    let read = ready.server.read_normalised(&ready.application, item).await.unwrap();
    let json: serde_json::Value = serde_json::from_str(read.document.get()).unwrap();
    let account = &json["account"];
    assert_eq!(account["profile"]["holders"]["holder"][0]["pan"], "ABCPK1234D");
    assert_eq!(account["transactions"]["transaction"][0]["amount"], "62000.00");
    assert_eq!(account["summary"]["balanceDateTimeUtc"], "2026-01-15T04:01:05.000Z");
}

#[tokio::test]
async fn json_passes_through_as_it_is() {
    let world = World::new();
    let ready = world.ready().await;
    let report = r#"{ "score": 771.0, "accounts":[ ], "note":"a b" }"#;
    let item = received(&world, &ready, BUREAU, "application/json; charset=utf-8", report.as_bytes()).await;
    let read = ready.server.read_normalised(&ready.application, item).await.unwrap();
    assert_eq!(read.document.get(), report);
}

#[tokio::test]
async fn what_has_no_normalised_form_is_read_raw() {
    let world = World::new();
    let ready = world.ready().await;
    let item = received(&world, &ready, BUREAU, "application/pdf", b"%PDF-1.7").await;
    let refused = ready.server.read_normalised(&ready.application, item).await.unwrap_err();
    assert_eq!(refused.code(), "not_normalisable");
    assert_eq!(bytes_of(&ready.server, &ready.application, item).await, b"%PDF-1.7");
}

#[tokio::test]
async fn a_document_too_large_to_normalise_is_read_raw() {
    let mut world = World::new();
    world.settings.largest_normalised_bytes = 100;
    let ready = world.ready().await;
    let item = received(&world, &ready, "account-aggregator", "application/xml", DEPOSIT.as_bytes()).await;
    let refused = ready.server.read_normalised(&ready.application, item).await.unwrap_err();
    assert_eq!(refused.code(), "not_normalisable");
}

#[tokio::test]
async fn every_read_is_written_down() {
    let world = World::new();
    let ready = world.ready().await;
    let item = received(&world, &ready, "account-aggregator", "application/xml", DEPOSIT.as_bytes()).await;
    bytes_of(&ready.server, &ready.application, item).await;
    world.wait(Span::from_minutes(1));
    ready.server.read_normalised(&ready.application, item).await.unwrap();
    let unknown =
        ready.server.read_raw(&ready.application, DataItemId::from_random([1; 16])).await.unwrap_err();
    assert!(matches!(unknown, ClientError::NotFound));
    let accesses = ready.server.accesses(None, 10).await.unwrap().items;
    let forms: Vec<_> = accesses.iter().map(|access| access.form).collect();
    assert_eq!(forms, [ReadForm::Raw, ReadForm::Normalised]);
    assert!(
        accesses.iter().all(|access| access.item == item && access.api_key == Some(ready.application.key()))
    );
    assert!(accesses[0].at < accesses[1].at);
}
