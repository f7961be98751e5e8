//! Copies of a case, as central is filled with to be measured: each is whole, and everything finds it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::ToSpan;
use mpp_core::Clock;
use mpp_services::central::{
    CaseFile, CentralError, CentralService, DeliverySearch, FetchSearch, KINDS, Look, RequestRow,
    RequestSearch, StepKind, UsagePeriod,
};
use mpp_store::{AuditLog, MemoryStore, found_by};

use crate::forgetting::{count, end};
use crate::world::World;

const COPIES: u64 = 250;

/// A finished case and its copies.
struct Filled {
    world: World,
    store: Arc<MemoryStore>,
    original: CaseFile,
    /// Every request, the newest first, with the original.
    rows: Vec<RequestRow>,
}

fn look() -> Look {
    Look { after: None, limit: 1000 }
}

async fn requests(central: &CentralService, search: RequestSearch) -> Vec<RequestRow> {
    let page = central.search_requests(&search, &look()).await.unwrap();
    assert_eq!(page.next, None);
    page.items
}

async fn filled() -> Filled {
    let store = Arc::new(MemoryStore::new());
    let world = World::over(store.clone());
    end(&world).await;
    let row = requests(&world.central, RequestSearch::default()).await.remove(0);
    let original = world.central.case_file(row.id).await.unwrap();
    let (leaves, uses) = (store.size().await.unwrap(), count(&world, "consent-use").await);
    let mut heard = Vec::new();
    let done =
        world.central.multiply_newest_case(COPIES, &mut |done| heard.push(done.consents)).await.unwrap();
    assert_eq!((done.requests, done.consents, heard), (COPIES, COPIES, vec![100, 200, COPIES]));
    let told = u64::try_from(original.deliveries.len()).unwrap();
    let written = store.size().await.unwrap() - leaves;
    assert_eq!(written, 4 * COPIES, "placed, decided, given, erased");
    // its metered use once more for each
    assert_eq!(done.events, written + COPIES * (uses + told + 1));
    let rows = requests(&world.central, RequestSearch::default()).await;
    Filled { world, store, original, rows }
}

/// What happened, in order of its name.
fn steps(file: &CaseFile) -> Vec<String> {
    let mut kinds: Vec<String> =
        file.steps.iter().map(|step| format!("{:?} {:?}", step.kind, step.source)).collect();
    kinds.sort_unstable();
    kinds
}

#[tokio::test]
async fn every_copy_is_found_by_whatever_its_original_is_found_by() {
    let Filled { world, store, original, rows } = filled().await;
    let central = &world.central;
    let found = found_by(&*store, &KINDS).await.unwrap();
    assert_eq!(found.faults(), Vec::<String>::new());
    assert!(found.compared > COPIES * 6, "{found:?}");
    let row = &original.row;
    let of = RequestSearch::default;
    for search in [
        RequestSearch { partner: Some(row.partner), ..of() },
        RequestSearch { status: Some("decided".into()), ..of() },
        RequestSearch { partner: Some(row.partner), status: Some("decided".into()), ..of() },
        RequestSearch { product: Some(row.product), ..of() },
        RequestSearch { source: Some(row.sources[0].clone()), ..of() },
    ] {
        assert_eq!(requests(central, search).await, rows);
    }
    assert_eq!(rows.len(), 251);
    let references: BTreeSet<_> = rows.iter().map(|row| row.case_ref.as_str()).collect();
    assert_eq!(references.len(), rows.len(), "a reference of its own");
    for row in rows.iter().step_by(25) {
        let day = row.placed_at.day_in_india();
        for search in [
            RequestSearch { case_ref: Some(row.case_ref.clone()), ..of() },
            RequestSearch { from: Some(day), to: Some(day), ..of() },
        ] {
            assert!(requests(central, search).await.contains(row));
        }
        let by_name = central.find(&row.id.to_string()).await.unwrap();
        assert_eq!(by_name.found[0].request.as_ref(), Some(row));
    }
    let days: BTreeSet<_> = rows.iter().map(|row| row.placed_at.day_in_india()).collect();
    let today = world.clock.now().day_in_india();
    assert!(days.len() > 240 && days.iter().all(|day| *day <= today), "{}", days.len());
    // the original was written before its copies, which are dated before it: several days have the copies
    let (_, copies) = rows.split_last().unwrap();
    for from in days.iter().step_by(40) {
        let to = from.checked_add(jiff::Span::new().days(9)).unwrap();
        let search = RequestSearch { from: Some(*from), to: Some(to), product: Some(row.product), ..of() };
        let mut wanted = copies.to_vec();
        wanted.retain(|row| (*from..=to).contains(&row.placed_at.day_in_india()));
        assert_eq!(requests(central, search).await, wanted);
    }
}

#[tokio::test]
async fn every_copy_has_the_timeline_of_its_original_and_what_is_in_it() {
    let Filled { world, original, rows, .. } = filled().await;
    let central = &world.central;
    assert!(original.steps.iter().any(|step| step.kind == StepKind::Erased), "{:?}", steps(&original));
    let (mut consents, mut parcels, mut fetches) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for row in &rows {
        let file = central.case_file(row.id).await.unwrap();
        assert_eq!(steps(&file), steps(&original));
        assert!(file.steps.is_sorted_by_key(|step| step.at));
        let about = file.deliveries.iter().map(|one| one.subject.consent_request_id);
        assert!(about.clone().all(|request| request == row.id) && about.count() == original.deliveries.len());
        assert_eq!((file.consents.len(), file.fetches.len(), file.parcels.len()), (1, 1, 1));
        assert_eq!(
            (file.fetches[0].consent, file.parcels[0].consent),
            (file.consents[0].id, file.consents[0].id)
        );
        assert_eq!(file.items, original.items);
        consents.insert(file.consents[0].id);
        parcels.insert(file.parcels[0].id);
        fetches.insert(file.fetches[0].id);
        for name in [file.consents[0].id.to_string(), file.parcels[0].id.to_string()] {
            assert_eq!(central.find(&name).await.unwrap().found[0].request.as_ref(), Some(row));
        }
    }
    assert_eq!((consents.len(), parcels.len(), fetches.len()), (251, 251, 251), "nothing belongs to two");
}

#[tokio::test]
async fn uses_fetches_and_notifications_are_counted() {
    let Filled { world, original, rows, .. } = filled().await;
    let central = &world.central;
    let metered = central.usage(Some(original.row.partner), None, 1000).await.unwrap();
    assert_eq!((metered.items.len(), metered.next), (rows.len(), None));
    let today = world.clock.now().day_in_india();
    let year = UsagePeriod::new(today.checked_sub(360.days()).unwrap(), today).unwrap();
    let summed = central.usage_summary(Some(original.row.partner), year).await.unwrap();
    assert_eq!(summed.iter().map(|row| row.quantity.get()).sum::<u64>(), 251);
    // a day that is over is remembered when it was counted once
    assert_eq!(central.usage_summary(Some(original.row.partner), year).await.unwrap(), summed);

    let source = Some(original.row.sources[0].clone());
    for search in [FetchSearch::default(), FetchSearch { source, ..FetchSearch::default() }] {
        assert_eq!(central.search_fetches(&search, &look()).await.unwrap().items.len(), 251);
    }
    let (mut told, mut after) = (Vec::new(), None);
    loop {
        let search = DeliverySearch { partner: Some(original.row.partner), ..DeliverySearch::default() };
        let page = central.search_deliveries(&search, &Look { after, limit: 500 }).await.unwrap();
        told.extend(page.items.into_iter().map(|row| row.sequence));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    told.sort_unstable();
    let all = u64::try_from(251 * original.deliveries.len()).unwrap();
    assert_eq!(told, (1..=all).collect::<Vec<_>>(), "numbered without gaps");
    let parked = world.work().await;
    assert_eq!(parked, 0, "copies leave nothing to do");
}

#[tokio::test]
async fn without_a_decided_case_there_is_nothing_to_copy() {
    let world = World::new();
    world.onboard().await;
    let refused = world.central.multiply_newest_case(10, &mut |_| ()).await.unwrap_err();
    assert!(matches!(refused, CentralError::NotFound), "{refused:?}");
}
