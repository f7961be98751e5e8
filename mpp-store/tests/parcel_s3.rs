//! Parcel bytes in object storage that speaks S3: the conformance suite against a real server, and what goes wrong with
//! one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "parcel_s3/server.rs"]
mod server;

use std::sync::Arc;

use bytes::Bytes;
use mpp_core::{Entropy, ParcelId, Persistence};
use mpp_store::conformance::entropy::CountingEntropy;
use mpp_store::conformance::{ParcelBytesUnderTest, run};
use mpp_store::{
    EncryptedParcels, MemoryItemKeys, ObjectParcels, ParcelBytes, ParcelBytesError, PartNumber, S3Place,
};

use server::S3Server;

mpp_store::parcel_bytes_conformance!(s3, async {
    let server = S3Server::shared();
    ParcelBytesUnderTest::new(ObjectParcels::in_s3(&server.bucket()).unwrap()).keeping(server)
});

mpp_store::parcel_bytes_conformance!(s3_below_a_prefix, async {
    let server = S3Server::shared();
    let place = S3Place { prefix: Some("mpp/central".to_owned()), ..server.bucket() };
    ParcelBytesUnderTest::new(ObjectParcels::in_s3(&place).unwrap()).keeping(server)
});

mpp_store::parcel_bytes_conformance!(s3_encrypted, async {
    let server = S3Server::shared();
    let entropy: Arc<dyn Entropy> = Arc::new(CountingEntropy::default());
    let keys = Arc::new(MemoryItemKeys::new(Arc::clone(&entropy)));
    let stored = Arc::new(ObjectParcels::in_s3(&server.bucket()).unwrap());
    ParcelBytesUnderTest::new(EncryptedParcels::new(stored, keys, entropy)).keeping(server)
});

fn parcel(number: u8) -> ParcelId {
    ParcelId::from_random([number; 16])
}

/// What a put comes to: the failure, and its text with all its causes.
async fn failure_of_a_put(place: &S3Place) -> (ParcelBytesError, String) {
    let parcels = ObjectParcels::in_s3(place).unwrap();
    let put = parcels.put_part(parcel(1), PartNumber(0), Bytes::from_static(b"a")).await;
    let error = put.expect_err("the put fails");
    let text = format!("{error:?} {error}");
    (error, text)
}

#[test]
fn objects_below_another_prefix_are_left_alone() {
    let server = S3Server::shared();
    run(async {
        let place = server.bucket();
        let whole = ObjectParcels::in_s3(&place).unwrap();
        let below = ObjectParcels::in_s3(&S3Place { prefix: Some("ours".to_owned()), ..place }).unwrap();
        for parcels in [&whole, &below] {
            parcels.put_part(parcel(1), PartNumber(0), Bytes::from_static(b"a")).await.unwrap();
        }
        assert_eq!(whole.list().await.unwrap(), [parcel(1)], "a prefix is no parcel");
        below.remove(parcel(1)).await.unwrap();
        assert!(below.list().await.unwrap().is_empty());
        assert_eq!(whole.list().await.unwrap(), [parcel(1)]);
    });
}

#[test]
fn a_wrong_secret_is_refused_and_never_shown() {
    let server = S3Server::shared();
    run(async {
        let wrong = server.credentials("wrong-secret-canary");
        let place = S3Place { credentials: wrong, ..server.bucket() };
        let (error, text) = failure_of_a_put(&place).await;
        assert!(matches!(error, ParcelBytesError::Unavailable { .. }), "{text}");
        assert!(text.contains("SignatureDoesNotMatch"), "{text}");
        assert!(!text.contains("wrong-secret-canary"), "{text}");
    });
}

#[test]
fn an_absent_bucket_is_a_failure_and_not_an_empty_storage() {
    let server = S3Server::shared();
    run(async {
        let place = server.place("no-such-bucket");
        let (error, text) = failure_of_a_put(&place).await;
        assert!(matches!(error, ParcelBytesError::Unavailable { .. }), "{text}");
        let parcels = ObjectParcels::in_s3(&place).unwrap();
        assert!(parcels.list().await.is_err());
        assert!(parcels.parts(parcel(1)).await.is_err());
    });
}

#[test]
fn a_server_that_is_gone_is_a_temporary_failure() {
    let server = S3Server::start();
    let place = server.bucket();
    drop(server);
    run(async {
        let (error, text) = failure_of_a_put(&place).await;
        assert_eq!(error.persistence(), Persistence::Temporary, "{text}");
    });
}
