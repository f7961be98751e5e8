//! How the requests of cases stand, as far as central told.

use mpp_core::Span;
use mpp_services::client::{CaseSearch, CaseStanding, CentralNotificationKind as Kind, ClientService};
use mpp_store::{IndexEntry, IndexName, Record, RecordKey, RecordKind, RecordReaderExt, WriteBatch};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fake_central::About;
use crate::world::{Ready, World};

async fn index_all(server: &ClientService) {
    while server.index_some().await.unwrap() {}
}

/// Central tells of a consent, or of the request as a whole.
async fn tell(world: &World, ready: &Ready, kind: Kind, about: &About, of_consent: bool) {
    let mut notification = world.central.announce(kind, about);
    notification.data.consent_id = notification.data.consent_id.filter(|_| of_consent);
    ready.server.take(&notification).await.unwrap();
}

async fn listed(server: &ClientService, standing: CaseStanding) -> Vec<String> {
    let search = CaseSearch { product: None, standing: Some(standing) };
    let found = server.cases(search, None, 10).await.unwrap().items;
    assert!(found.iter().all(|row| row.standing == standing));
    found.iter().map(|row| row.case_ref.to_string()).collect()
}

#[tokio::test]
async fn a_case_stands_as_central_told_last_of_its_request() {
    let world = World::new();
    let ready = world.ready().await;
    // once by looking through, and once by index
    for name in ["LOOKED", "INDEXED"] {
        let of = |what: &str| format!("{name}-{what}");
        let approved = world.consented(&ready, &of("APPROVED"), "account-aggregator").await;
        tell(&world, &ready, Kind::ConsentApproved, &approved, true).await;
        // the consent runs out, not the decision
        tell(&world, &ready, Kind::ConsentExpired, &approved, true).await;
        let refused = world.consented(&ready, &of("REFUSED"), "account-aggregator").await;
        tell(&world, &ready, Kind::ConsentRejected, &refused, false).await;
        let ran_out = world.consented(&ready, &of("RAN-OUT"), "account-aggregator").await;
        tell(&world, &ready, Kind::ConsentExpired, &ran_out, false).await;
        let taken = world.consented(&ready, &of("TAKEN-BACK"), "account-aggregator").await;
        tell(&world, &ready, Kind::ConsentCancelled, &taken, false).await;
        // what comes late changes nothing
        tell(&world, &ready, Kind::ConsentExpired, &taken, false).await;
        world.consented(&ready, &of("OPEN"), "account-aggregator").await;
        for (standing, wanted) in [
            (CaseStanding::Open, vec![of("OPEN")]),
            (CaseStanding::Decided, vec![of("REFUSED"), of("APPROVED")]),
            (CaseStanding::Expired, vec![of("RAN-OUT")]),
            (CaseStanding::TakenBack, vec![of("TAKEN-BACK")]),
        ] {
            let found = listed(&ready.server, standing).await;
            let newest: Vec<_> = found.into_iter().filter(|case| case.starts_with(name)).collect();
            assert_eq!(newest, wanted, "{standing:?}");
        }
        index_all(&ready.server).await;
    }
    assert_eq!(ready.server.at_a_glance().await.unwrap().waiting, 2);
}

/// A case as a program wrote it that did not say how its request stands.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Before(Value);

impl Record for Before {
    const KIND: RecordKind = RecordKind::new("client-case");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::from(self.0["caseRef"].as_str().unwrap())
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::unique(IndexName::new("request"), self.0["request"].as_str().unwrap())]
    }
}

#[tokio::test]
async fn cases_of_before_stand_as_their_consents_and_links_say() {
    let world = World::new();
    let ready = world.ready().await;
    let approved = world.consented(&ready, "APPROVED", "account-aggregator").await;
    tell(&world, &ready, Kind::ConsentApproved, &approved, true).await;
    world.consented(&ready, "RAN-OUT", "account-aggregator").await;
    world.wait(Span::from_hours(73));
    world.consented(&ready, "OPEN", "account-aggregator").await;
    let mut batch = WriteBatch::new();
    for mut read in world.store.all::<Before>(Default::default(), None, 10).await.unwrap().items {
        read.record.0.as_object_mut().unwrap().remove("ended");
        batch.update(read.version, &read.record);
    }
    world.store.commit(batch).await.unwrap();
    index_all(&ready.server).await;
    assert_eq!(listed(&ready.server, CaseStanding::Decided).await, ["APPROVED"]);
    assert_eq!(listed(&ready.server, CaseStanding::Expired).await, ["RAN-OUT"]);
    assert_eq!(listed(&ready.server, CaseStanding::Open).await, ["OPEN"]);
}
