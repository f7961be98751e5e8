//! `--once`: every customer's journey at the same time, then the proof that nothing is left.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};

use crate::canary::{Canary, Covered, search};
use crate::handset::Handset;
use crate::journey::{Ended, Journey, SourceOutcome};
use crate::measures::Before;

use crate::timeline::Timeline;
use crate::world::World;

/// How long central may take to clear up after the last acknowledgement.
const CLEARING: Duration = Duration::from_secs(10);

/// Walks so many customers through their journeys and proves the end: delivered byte for byte, nothing held, no planted
/// value in any file of central.
///
/// # Errors
/// When a journey fails, something differs, is held, or is found.
pub async fn run(world: &World, timeline: &Arc<Timeline>, customers: usize) -> anyhow::Result<Value> {
    let mut phones = Vec::with_capacity(customers);
    for number in 1..=customers {
        phones.push(world.phone(number).await?);
    }
    let before = Before::run(world);
    let journey = Journey {
        outside: world.outside().clone(),
        product: world.product(),
        timeline: Arc::clone(timeline),
        begun: before.begun(),
    };
    let ended = futures::future::try_join_all(phones.iter().map(|phone| journey.walk(phone))).await?;
    let costs = before.compare(rsa_signatures(world).await?)?;
    let proof = prove(world, &phones, &ended).await?;
    let mut summary = Map::new();
    summary.insert("outcome".to_owned(), json!("erased"));
    summary.insert("customers".to_owned(), json!(customers));
    summary.extend(costs);
    summary.insert("sources".to_owned(), ended.iter().map(sources_of).collect());
    summary.insert("held".to_owned(), proof.held);
    let Covered { files, bytes } = proof.covered;
    summary.insert("searched".to_owned(), json!({ "files": files, "bytes": bytes, "found": 0 }));
    summary.insert("proofs".to_owned(), ended.iter().map(|ended| ended.proofs.clone()).collect());
    Ok(Value::Object(summary))
}

fn sources_of(ended: &Ended) -> Value {
    json!({ "customer": ended.customer, "caseRef": ended.case_ref, "documents": ended.sources })
}

struct Proof {
    held: Value,
    covered: Covered,
}

async fn prove(world: &World, phones: &[Handset], ended: &[Ended]) -> anyhow::Result<Proof> {
    for journey in ended {
        if let Some(differs) = journey.sources.iter().find(|source| !source.equal) {
            bail!("customer {}: {} was not delivered as it was produced", journey.customer, differs.name);
        }
        if journey.sources.is_empty() {
            bail!("customer {}: nothing was produced", journey.customer);
        }
    }
    for (phone, journey) in phones.iter().zip(ended) {
        if let Some(other) = journey.sources.iter().find(|source| !is_sealed_by_its_own(source, phone)) {
            bail!("customer {}: {} was sealed by somebody else", journey.customer, other.name);
        }
    }
    let held = until_nothing_is_held(world).await?;
    let canaries: Vec<Canary> = phones.iter().flat_map(canaries_of).collect();
    let covered = search_central(&world.folder("central"), &canaries)?;
    Ok(Proof { held, covered })
}

/// What central fetched is sealed by central, all else by the customer's device. An enterprise's app knows that device's key
/// without central, and can compare.
fn is_sealed_by_its_own(source: &SourceOutcome, phone: &Handset) -> bool {
    let Some(by) = &source.sealed_by else { return false };
    match source.name.as_str() {
        "bureau" | "operator" => by.who == "central",
        _ => by.who == "device" && by.kid.as_deref() == Some(phone.mpp.device().kid().as_str()),
    }
}

async fn until_nothing_is_held(world: &World) -> anyhow::Result<Value> {
    let begun = crate::stopwatch::now();
    loop {
        let held = world.holdings().await?;
        if held.parcels == 0 && held.parcel_keys == 0 && held.parked_jobs == 0 {
            return Ok(serde_json::to_value(held)?);
        }
        if begun.elapsed() > CLEARING {
            bail!("central still holds something: {held:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What must not be found: the planted words of the documents, and the person.
fn canaries_of(phone: &Handset) -> Vec<Canary> {
    let person = &phone.person;
    let named = |what: &str, value: &str| Canary::new(format!("customer {}: {what}", phone.number), value);
    vec![
        named("planted in documents", &person.canary),
        named("mobile number", person.mobile.digits()),
        named("name", &person.name),
        named("PAN", &person.pan),
    ]
}

fn search_central(folder: &Path, canaries: &[Canary]) -> anyhow::Result<Covered> {
    let (findings, covered) = search(folder, canaries).context("searching central's files")?;
    if let Some(finding) = findings.first() {
        bail!("found in {}: {}", finding.file.display(), finding.canary);
    }
    Ok(covered)
}

/// How many RSA signatures the roles have made: one for each call to the Account Aggregator, one for each answer to a
/// notification of it.
async fn rsa_signatures(world: &World) -> anyhow::Result<u64> {
    let counters: Value = world.outside().get("/control/counters").await?;
    let operations = counters.get("ONEMONEYDEMO_AA").and_then(Value::as_object).into_iter().flatten();
    let rebit = operations.filter(|(operation, _)| !operation.starts_with("app/"));
    Ok(rebit.filter_map(|(_, count)| count.as_u64()).sum())
}
