//! A range of notifications that were given up: looked at, done again, and a yes that comes too late, in both portals.

use std::path::Path;

use mpp_api::central::DeliverySearchQuery;
use mpp_core::{Clock, JobId, Span};
use mpp_server::runtime::{SystemClock, SystemEntropy};
use mpp_store::{Commit, NewJob, QueueName, Reason, SqliteStore, WorkerName, WriteBatch};
use serde_json::{Value, json};
use url::Url;

use crate::looking::{Visitor, invite, world};

/// Parks a job as nine attempts within two days would: a test has no two days.
async fn park(records: &Path, queue: &'static str, payload: &Value, reason: &str) {
    let store = SqliteStore::open(records).await.unwrap();
    let now = SystemClock.now();
    let job = NewJob::new(JobId::generate(&SystemEntropy), QueueName::new(queue), payload, now).unwrap();
    let mut batch = WriteBatch::new();
    let held = batch.begin(job, WorkerName::new("tests"), now.plus(Span::from_hours(1)));
    store.commit(batch).await.unwrap();
    let mut batch = WriteBatch::new();
    batch.park(&held, now, Reason::new(reason));
    store.commit(batch).await.unwrap();
}

/// Walks from the list to the range and back; `late` has looked at it too and says yes afterwards.
fn walk(first: &mut Visitor, late: &mut Visitor, list: &str, reason: &str) {
    let page = format!("{list}/replay");
    late.browser.visit(&page);
    first.browser.visit(list);
    first.check("list", false);
    first.browser.click(".head a.primary");
    assert_eq!(first.browser.run("location.pathname"), json!(Url::parse(&page).unwrap().path()));
    let text = first.text();
    assert!(text.contains("Do these again: 2") && text.contains(reason), "{text}");
    first.check("range", true);
    first.browser.visit(&format!("{page}?to=2020-01-01"));
    assert!(first.text().contains("Nothing that was given up is like that"), "{}", first.text());
    first.check("range-empty", false);
    first.browser.visit(&page);
    first.browser.click("main form[method=post] button.primary");
    let text = first.text();
    assert!(text.contains("Done again: 2. That was all of the range"), "{text}");
    assert!(!text.contains("Do these"), "{text}");
    first.check("done", false);
    late.browser.click("main form[method=post] button.primary");
    assert!(late.text().contains("Nothing was left to be done again"), "{}", late.text());
    late.check("late", false);
    first.browser.click("button[value=hi]");
    first.browser.visit(&page);
    assert!(first.text().contains("एक साथ कई फिर करें"), "{}", first.text());
    first.check("range-hindi", false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_done_again_from_the_deliveries_of_central() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let told = world.operator().deliveries(&DeliverySearchQuery::default()).await.unwrap().items;
    let records = world.folder("central").join("data/records.sqlite");
    for row in told.iter().take(2) {
        let job = json!({
            "job": "deliver", "partner": row.partner_id, "sequence": row.sequence, "about": row.consent_request_id,
        });
        park(&records, "central-deliver", &job, "timed_out").await;
    }
    let central = world.places().central.clone();
    let asha = invite(world.central_desk(), &central, "asha", &["operations"]).await;
    let ravi = invite(world.central_desk(), &central, "ravi", &["operations"]).await;
    let root = invite(world.central_desk(), &central, "root", &["auditor"]).await;
    let walked = tokio::task::spawn_blocking(move || {
        let mut asha = Visitor::joined("central-replay", &asha);
        let mut ravi = Visitor::joined("central-replay-late", &ravi);
        let list = central.join("portal/deliveries").unwrap().to_string();
        walk(&mut asha, &mut ravi, &list, "No answer in time");
        // who may only look sees what a range holds, and no button
        let mut root = Visitor::joined("central-replay-auditor", &root);
        root.browser.visit(&list);
        assert!(!root.text().contains("Do a range again"), "{}", root.text());
        root.browser.visit(central.join("portal/audit").unwrap().as_str());
        assert!(root.text().contains("notifications.range_replayed"), "{}", root.text());
    });
    walked.await.unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_done_again_from_the_notifications_of_a_client_server() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let told = world.operator().deliveries(&DeliverySearchQuery::default()).await.unwrap().items;
    let records = world.folder("client").join("data/records.sqlite");
    for sequence in 1..=2 {
        let job = json!({ "job": "deliver", "sequence": sequence, "about": told[0].consent_request_id });
        park(&records, "client-deliver", &job, "receiver_timed_out").await;
    }
    let client = world.places().client.clone();
    let leela = invite(world.client_desk(), &client, "leela", &["operations"]).await;
    let arjun = invite(world.client_desk(), &client, "arjun", &["operations"]).await;
    let walked = tokio::task::spawn_blocking(move || {
        let mut leela = Visitor::joined("client-replay", &leela);
        let mut arjun = Visitor::joined("client-replay-late", &arjun);
        let list = client.join("portal/news").unwrap().to_string();
        walk(&mut leela, &mut arjun, &list, "No answer in time");
    });
    walked.await.unwrap();
    world.stop().await;
}
