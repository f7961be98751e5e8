//! What `--once` does.

use std::sync::Arc;

use anyhow::Result;
use mpp_demo::once;
use mpp_demo::timeline::{Form, Timeline};
use mpp_demo::world::Hosting;
use serde_json::Value;

use crate::town::Town;

async fn run(customers: usize) -> Result<Value> {
    let town = Town::new(Hosting::InProcess).await?;
    let summary = walk(&town, customers).await?;
    for role in ["central", "client", "private-share", "sandbox", "phones/1"] {
        assert!(town.world.folder(role).is_dir(), "no folder {role}");
    }
    town.world.stop().await;
    Ok(summary)
}

/// Of the first customer every document arrived as it was produced, from every source.
pub(crate) fn all_is_delivered(summary: &Value) {
    let documents = summary["sources"][0]["documents"].as_array().unwrap();
    let fips = ["SAHYADRI_FIP", "NARMADA_FIP", "DECCAN_FUNDS_FIP", "GODAVARI_LIFE_FIP"];
    for source in fips.into_iter().chain(["bureau", "operator"]) {
        let of_source = |document: &&Value| document["name"].as_str().unwrap().contains(source);
        assert!(documents.iter().any(|document| of_source(&document)), "nothing from {source}");
    }
    for document in documents {
        assert_eq!(document["equal"], true, "{document}");
        assert_eq!(document["produced"], document["delivered"]);
        assert_eq!(document["produced"].as_str().unwrap().len(), 64);
        let central = ["bureau", "operator"].contains(&document["name"].as_str().unwrap());
        assert_eq!(document["sealedBy"]["who"], if central { "central" } else { "device" }, "{document}");
    }
}

/// So many journeys in this town.
pub(crate) async fn walk(town: &Town, customers: usize) -> Result<Value> {
    once::run(&town.world, &Arc::new(Timeline::new(Form::Silent)), customers).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_customer_gets_everything_delivered_and_erased_with_proofs() -> Result<()> {
    let summary = run(1).await?;
    assert_eq!(summary["outcome"], "erased");
    assert_eq!(summary["customers"], 1);
    assert_eq!(summary["held"]["parcels"], 0);
    assert_eq!(summary["held"]["parcelKeys"], 0);
    assert!(summary["searched"]["files"].as_u64().unwrap() > 0);
    assert!(summary["searched"]["bytes"].as_u64().unwrap() > 0);
    all_is_delivered(&summary);
    let proofs = &summary["proofs"][0];
    assert_eq!(proofs["artefacts"].as_array().unwrap().len(), 3);
    assert!(proofs["consentReceipt"].as_str().unwrap().split('.').count() == 3);
    let documents = summary["sources"][0]["documents"].as_array().unwrap().len();
    assert_eq!(proofs["erasureReceipts"].as_array().unwrap().len(), documents);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_customers_at_once_each_get_their_own() -> Result<()> {
    let summary = run(4).await?;
    assert_eq!(summary["outcome"], "erased");
    let sources = summary["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 4);
    assert_eq!(summary["proofs"].as_array().unwrap().len(), 4);
    let mut digests = Vec::new();
    for customer in sources {
        for document in customer["documents"].as_array().unwrap() {
            assert_eq!(document["equal"], true, "{document}");
            digests.push(document["delivered"].as_str().unwrap());
        }
    }
    let all = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), all, "two customers have the same document");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_world_knows_nothing_of_an_earlier_one() -> Result<()> {
    let (first, second) = (run(1).await?, run(1).await?);
    assert_eq!(second["outcome"], "erased");
    assert_ne!(first["proofs"], second["proofs"]);
    Ok(())
}
