//! How data came or why it did not, as staff see it.

use mpp_core::Span;
use mpp_services::client::{
    CentralNotificationKind as Kind, ClientService, FetchRow, FetchSearch, FetchStanding, Intake,
};

use crate::fake_central::About;
use crate::world::{DEPOSIT, Ready, World, work_all};

const REPORT: &[u8] = br#"{"INProfileResponse":{"Header":{"SystemCode":"0"}}}"#;

async fn index_all(server: &ClientService) {
    while server.index_some().await.unwrap() {}
}

async fn found(server: &ClientService, search: &FetchSearch) -> Vec<FetchRow> {
    server.fetches(search, None, 20).await.unwrap().items
}

/// The cases of the fetches that stand so.
async fn standing(server: &ClientService, standing: FetchStanding) -> Vec<String> {
    let search = FetchSearch { standing: Some(standing), ..FetchSearch::default() };
    let rows = found(server, &search).await;
    assert!(rows.iter().all(|row| row.standing == standing));
    rows.iter().map(|row| row.case_ref.to_string()).collect()
}

/// Central tells of a fetch, with what it noticed about the document.
async fn tell(world: &World, ready: &Ready, kind: Kind, about: &About, quality: &[&str]) {
    let mut notification = world.central.announce(kind, about);
    notification.data.quality = quality.iter().map(|&code| code.to_owned()).collect();
    notification.data.reason = (kind == Kind::DataFailed).then(|| "provider_down".to_owned());
    ready.server.take(&notification).await.unwrap();
}

#[tokio::test]
async fn every_fetch_stands_as_it_was_told_and_as_its_parcel_fared() {
    let world = World::new();
    let ready = world.ready().await;
    let of = async |case: &str| world.consented(&ready, case, "provider:sandbox-bureau").await;

    let received = of("RECEIVED").await;
    let parcel = world.central.keep_parcel(&received, "application/json", REPORT);
    let noticed = ["outdated", "of_next_year"];
    tell(&world, &ready, Kind::DataAvailable, &received.with_parcel(parcel), &noticed).await;
    let faulty = of("FAULTY").await;
    let parcel = world.central.keep_parcel(&faulty, "application/json", REPORT);
    *world.central.state().parcels.get_mut(&parcel).unwrap().sealed.last_mut().unwrap() ^= 1;
    tell(&world, &ready, Kind::DataAvailable, &faulty.with_parcel(parcel), &[]).await;
    let gone = of("GONE").await;
    let lost = gone.with_parcel(world.central.keep_parcel(&gone, "application/json", b"{}"));
    tell(&world, &ready, Kind::DataAvailable, &lost, &[]).await;
    tell(&world, &ready, Kind::DataExpired, &lost, &[]).await;
    work_all(&ready.server).await;

    tell(&world, &ready, Kind::DataNoRecord, &of("NO-RECORD").await, &[]).await;
    tell(&world, &ready, Kind::DataFailed, &of("FAILED").await, &[]).await;
    tell(&world, &ready, Kind::DataDue, &of("DUE").await, &[]).await;
    tell(&world, &ready, Kind::ConsentApproved, &of("NO-FETCH").await, &[]).await;
    let bank = world.consented(&ready, "COLLECTING", "account-aggregator").await;
    let parcel = world.central.keep_parcel(&bank, "application/xml", DEPOSIT.as_bytes());
    tell(&world, &ready, Kind::DataAvailable, &bank.with_parcel(parcel), &[]).await;

    // once by looking through, and once by index
    for _ in 0..2 {
        for (name, wanted) in [
            ("RECEIVED", FetchStanding::Received),
            ("FAULTY", FetchStanding::Faulty),
            ("GONE", FetchStanding::Gone),
            ("NO-RECORD", FetchStanding::NoRecord),
            ("FAILED", FetchStanding::Failed),
            ("DUE", FetchStanding::Due),
            ("COLLECTING", FetchStanding::Collecting),
        ] {
            assert_eq!(standing(&ready.server, wanted).await, [name]);
        }
        let all = found(&ready.server, &FetchSearch::default()).await;
        let cases: Vec<_> = all.iter().map(|row| row.case_ref.to_string()).collect();
        let newest_first = ["COLLECTING", "DUE", "FAILED", "NO-RECORD", "GONE", "FAULTY", "RECEIVED"];
        assert_eq!(cases, newest_first, "what is about no fetch is not there");
        assert!(all.iter().all(|row| row.product == Some(ready.product)));
        let reasons: Vec<_> = all.iter().map(|row| row.reason.as_deref()).collect();
        let does_not_open = Some("parcel_digest_differs");
        assert_eq!(reasons, [None, None, Some("provider_down"), None, Some("expired"), does_not_open, None]);
        let came = all.last().unwrap();
        assert_eq!(came.quality, noticed, "a code of a later program as well");
        let items = ready.server.case_items(&ready.application, &came.case_ref).await.unwrap().items;
        assert_eq!(came.item, Some(items[0].id));
        assert!(all.iter().take(6).all(|row| row.item.is_none() && row.quality.is_empty()));
        index_all(&ready.server).await;
    }
}

#[tokio::test]
async fn sources_and_days_are_looked_for() {
    let world = World::new();
    let ready = world.ready().await;
    for day in 0..3 {
        for source in ["account-aggregator", "provider:sandbox-bureau"] {
            let about =
                world.consented(&ready, &format!("CASE-{day}-{source}").replace(':', "-"), source).await;
            tell(&world, &ready, Kind::DataNoRecord, &about, &[]).await;
        }
        world.wait(Span::from_days(1));
    }
    let today = mpp_core::Clock::now(&*world.clock).day_in_india();
    let back = |days: i64| Some(today.checked_sub(jiff::Span::new().days(days)).unwrap());
    let source = Some("provider:sandbox-bureau".parse().unwrap());
    for _ in 0..2 {
        let of = async |from, to, source: &Option<_>| {
            let search = FetchSearch { from, to, source: source.clone(), ..FetchSearch::default() };
            found(&ready.server, &search).await.len()
        };
        assert_eq!(of(back(2), back(2), &None).await, 2, "one day");
        assert_eq!(of(back(2), back(2), &source).await, 1);
        assert_eq!(of(back(2), None, &None).await, 4);
        assert_eq!(of(None, back(2), &None).await, 4);
        assert_eq!(of(back(0), None, &None).await, 0);
        assert_eq!(of(None, None, &source).await, 3);
        index_all(&ready.server).await;
    }
    let first = ready.server.fetches(&FetchSearch::default(), None, 4).await.unwrap();
    let second = ready.server.fetches(&FetchSearch::default(), first.next, 4).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.next), (4, 2, None));
}

/// A newer central tells of things that this program does not know; what comes behind them still comes.
#[tokio::test]
async fn what_is_not_known_is_taken_and_stops_nothing() {
    let world = World::new();
    let ready = world.ready().await;
    let about = world.consented(&ready, "LOAN-1", "account-aggregator").await;
    let told = world.central.announce(Kind::DataDue, &about);
    let mut text = serde_json::to_value(&told).unwrap();
    text["type"] = "data.reconsidered".into();
    let unknown: mpp_services::client::CentralNotification = serde_json::from_value(text).unwrap();
    assert_eq!(unknown.kind, Kind::Later);
    world.central.state().feed[0] = unknown.clone();
    world.central.announce(Kind::DataNoRecord, &about);
    let (headers, body) = world.central.signed(&unknown);
    assert_eq!(ready.server.take_push(&headers, &body).await.unwrap(), Intake::Taken);
    assert_eq!(ready.server.poll(Span::default()).await.unwrap(), 1, "the one behind it");
    work_all(&ready.server).await;
    let rows = found(&ready.server, &FetchSearch::default()).await;
    assert_eq!(rows.iter().map(|row| row.standing).collect::<Vec<_>>(), [FetchStanding::NoRecord]);
    assert_eq!(world.application.news().len(), 1, "the application is told what is understood");
}
