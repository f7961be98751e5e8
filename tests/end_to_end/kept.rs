//! The same journey, with everything the roles store kept by each of the backends there are.

use std::path::Path;

use anyhow::Result;
use mpp_demo::world::{Bucket, Hosting, Keeping, RecordsIn};
use mpp_store::{ObjectParcels, ParcelBytes, S3Place};

use crate::once::{all_is_delivered, walk};
use crate::postgres_support::FreshDatabase;
use crate::s3_server::S3Server;
use crate::town::Town;

const ROLES: [&str; 3] = ["central", "client", "private-share"];

/// What of a data folder holds records.
const FORMS: [&str; 2] = ["records.sqlite", "records.sled"];

/// A journey of two customers at once; everything is delivered and erased, with proofs, and records lie in these forms.
async fn journey_on(keeping: &Keeping, forms: &[&str]) -> Result<Town> {
    let town = Town::keeping(Hosting::InProcess, keeping).await?;
    let summary = walk(&town, 2).await?;
    assert_eq!(summary["outcome"], "erased");
    assert_eq!(summary["customers"], 2);
    assert_eq!(summary["held"]["parcels"], 0);
    assert_eq!(summary["held"]["parcelKeys"], 0);
    all_is_delivered(&summary);
    for role in ROLES {
        let data = town.world.folder(role).join("data");
        let found: Vec<_> = FORMS.into_iter().filter(|form| data.join(form).exists()).collect();
        assert_eq!(found, forms, "{role}");
    }
    Ok(town)
}

async fn journey_with(records: RecordsIn, forms: &[&str]) -> Result<()> {
    let town = journey_on(&Keeping { records, bucket: None }, forms).await?;
    town.world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_with_records_in_memory() -> Result<()> {
    journey_with(RecordsIn::Memory, &[]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_with_records_in_sqlite() -> Result<()> {
    journey_with(RecordsIn::Sqlite, &["records.sqlite"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_with_records_in_sled() -> Result<()> {
    journey_with(RecordsIn::Sled, &["records.sled"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_with_records_in_postgres() -> Result<()> {
    let database = FreshDatabase::new().await;
    journey_with(database.url().parse()?, &[]).await
}

/// The bytes of parcels and documents in object storage: what is erased is gone from there, what the partner holds is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_with_parcels_in_object_storage() -> Result<()> {
    let server = S3Server::start();
    let place = server.bucket();
    let (key_id, secret) = server.access_key();
    let bucket = Bucket {
        endpoint: place.endpoint.clone(),
        name: place.bucket.clone(),
        region: place.region.clone(),
        key_id: key_id.to_owned(),
        secret: secret.to_owned(),
    };
    let keeping = Keeping { records: RecordsIn::Sqlite, bucket: Some(bucket) };
    let town = journey_on(&keeping, &["records.sqlite"]).await?;
    let stored = async |prefix: &str| {
        let place = S3Place { prefix: Some(prefix.to_owned()), ..server.place(&place.bucket) };
        anyhow::Ok(ObjectParcels::in_s3(&place)?.list().await?.len())
    };
    assert_eq!(stored("central").await?, 0, "central has erased what it had");
    assert!(stored("client").await? > 0, "the partner's documents are in the bucket");
    for role in ROLES {
        let parcels = town.world.folder(role).join("data/parcels");
        assert!(is_empty(&parcels)?, "{role} has parcels in its data folder");
    }
    town.world.stop().await;
    Ok(())
}

fn is_empty(folder: &Path) -> Result<bool> {
    Ok(!folder.exists() || std::fs::read_dir(folder)?.next().is_none())
}
