//! What Moneyone's staff look at, after a whole case.

use mpp_api::central::{
    ActivityQuery, ActivityRowView, DeliveryRowView, DeliverySearchQuery, FetchSearchQuery, Find,
    OperatorClient, RequestSearchQuery, SetContacts, SetNotificationAddress, TodayView,
};
use mpp_core::{Clock, ConsentRequestId, PartnerId};

use crate::proofs::status;
use crate::samples::{account_item, bureau_item};
use crate::town::{BUREAU, Town};

fn named(name: &str, value: &str) -> RequestSearchQuery {
    let value = Some(value.to_owned());
    match name {
        "partner" => RequestSearchQuery { partner: value, ..Default::default() },
        "status" => RequestSearchQuery { status: value, ..Default::default() },
        "source" => RequestSearchQuery { source: value, ..Default::default() },
        "case_ref" => RequestSearchQuery { case_ref: value, ..Default::default() },
        "from" => RequestSearchQuery { from: value, ..Default::default() },
        "day" => RequestSearchQuery { from: value.clone(), to: value, ..Default::default() },
        other => panic!("{other}"),
    }
}

#[tokio::test]
pub(crate) async fn requests_are_found_by_what_narrows_them() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let other = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item(), bureau_item()]).await;
    let accounts = town.publish(&other, vec![account_item()]).await;
    let first = town.place(&partner, product, "LOAN-1").await;
    town.place(&other, accounts, "LOAN-1").await;
    town.open(&first).await;
    let staff = town.staff();
    let day = town.clock.now().day_in_india().to_string();
    for (query, found) in [
        (RequestSearchQuery::default(), 2),
        (named("partner", &partner.id.to_string()), 1),
        (named("status", "opened"), 1),
        (named("status", "placed"), 1),
        (named("status", "decided"), 0),
        (named("source", BUREAU), 1),
        (named("case_ref", "LOAN-1"), 2),
        (named("case_ref", "LOAN-2"), 0),
        (named("day", &day), 2),
        (named("from", "2030-01-01"), 0),
        (RequestSearchQuery { status: Some("opened".into()), ..named("partner", &other.id.to_string()) }, 0),
    ] {
        let page = staff.requests(&query).await.unwrap();
        assert_eq!(page.items.len(), found, "{query:?}");
    }
    let newest = staff.requests(&RequestSearchQuery::default()).await.unwrap();
    assert_eq!(newest.items[1].consent_request_id, first.consent_request_id, "the newest first");
    for (name, bad) in [("partner", "x"), ("from", "yesterday"), ("source", "bank")] {
        let refused = staff.requests(&named(name, bad)).await.unwrap_err();
        assert_eq!(status(&refused), (400, "invalid_request"), "{name}");
    }
    for (text, found) in [
        ("LOAN-1", 2),
        (first.consent_request_id.to_string().as_str(), 1),
        (partner.id.to_string().as_str(), 1),
        ("9000000001", 2),
        ("9000000009", 0),
        ("LOAN-9", 0),
        ("", 0),
    ] {
        let hits = staff.find(&format!("find-{text}"), &Find { text: text.into() }).await.unwrap();
        assert_eq!((hits.items.len(), hits.more), (found, false), "{text}");
    }
}

/// Looks until a push has been written down as taken: that is done after the receiver's answer.
async fn await_delivered(staff: &OperatorClient) -> DeliveryRowView {
    let wanted = DeliverySearchQuery { status: Some("delivered".into()), ..Default::default() };
    for _ in 0..2_000 {
        if let Some(row) = staff.deliveries(&wanted).await.unwrap().items.pop() {
            return row;
        }
    }
    panic!("no push was delivered");
}

/// Every count of the day is the number of the rows it leads to, all of this request.
async fn counts_are_of_the_rows_they_lead_to(
    staff: &OperatorClient,
    today: &TodayView,
    request: ConsentRequestId,
) {
    let counted = today.done.iter().map(|done| (done.name.as_str(), done.count));
    for (what, count) in counted.chain([("given", today.consents), ("held", today.held)]) {
        let query =
            ActivityQuery { what: Some(what.into()), day: Some(today.day.clone()), ..Default::default() };
        let rows = staff.activity(&query).await.unwrap().items;
        assert_eq!(u64::try_from(rows.len()).unwrap(), count, "{what}");
        let of_case =
            |row: &ActivityRowView| row.case_ref.as_str() == "LOAN-1" && row.consent_request_id == request;
        assert!(rows.iter().all(of_case), "{rows:?}");
        assert_eq!(rows.iter().any(|row| row.status.is_some()), what == "held", "{rows:?}");
    }
    let long_ago = ActivityQuery { day: Some("2026-01-01".into()), ..Default::default() };
    assert!(staff.activity(&long_ago).await.unwrap().items.is_empty());
    for bad in [
        ActivityQuery { what: Some("splendid".into()), ..Default::default() },
        ActivityQuery { day: Some("soon".into()), ..Default::default() },
    ] {
        assert_eq!(status(&staff.activity(&bad).await.unwrap_err()), (400, "invalid_request"), "{bad:?}");
    }
}

#[tokio::test]
pub(crate) async fn the_file_of_a_case_tells_every_step_with_its_proof() {
    let town = Town::start().await;
    let hook = town.hook.clone();
    let partner = town.onboard(Some(&hook)).await;
    let product = town.publish(&partner, vec![bureau_item()]).await;
    let placed = town.place(&partner, product, "LOAN-1").await;
    let phone = town.open(&placed).await;
    town.approve_all(&phone).await;
    town.await_parcel(&partner, BUREAU).await;
    let staff = town.staff();
    let file = staff.case_file(placed.consent_request_id).await.unwrap();
    assert_eq!((file.partner_name.as_str(), file.request.status.as_str()), ("Kaveri Finance Ltd", "decided"));
    assert_eq!(file.items[0].decision.as_deref(), Some("approved"));
    let steps: Vec<&str> = file.steps.iter().map(|step| step.what.as_str()).collect();
    for step in ["placed", "opened", "decided", "consent_given", "use.fetched", "told.consent.approved"] {
        assert!(steps.contains(&step), "{step} in {steps:?}");
    }
    let proved = |what: &str| {
        let step = file.steps.iter().find(|step| step.what == what);
        step.unwrap_or_else(|| panic!("{what}")).proof_sha256.is_some()
    };
    assert!(proved("decided") && proved("consent_given"));
    let actors: Vec<&str> = file.steps.iter().take(3).map(|step| step.actor.as_str()).collect();
    assert_eq!(actors, ["partner", "customer", "customer"]);
    assert_eq!((file.consents.len(), file.fetches.len(), file.parcels.len()), (1, 1, 1));
    assert!(file.parcels[0].sha256.is_some());

    let of_bureau = FetchSearchQuery { source: Some(BUREAU.into()), ..Default::default() };
    assert_eq!(staff.fetches(&of_bureau).await.unwrap().items[0].status, "sealed");
    let of_flag = async |code: &str| {
        staff.fetches(&FetchSearchQuery { quality: Some(code.into()), ..Default::default() }).await
    };
    assert!(of_flag("outdated").await.unwrap().items.is_empty());
    assert_eq!(status(&of_flag("splendid").await.unwrap_err()), (400, "invalid_request"));
    let delivered = await_delivered(&staff).await;
    assert_eq!(delivered.attempts.last().unwrap().outcome, "delivered");
    let sources = staff.sources().await.unwrap();
    assert_eq!((sources[0].source.as_str(), sources[0].by_state[0].name.as_str()), (BUREAU, "sealed"));
    let today = staff.today().await.unwrap();
    assert_eq!((today.requests, today.consents, today.unopened, today.opened), (1, 1, 0, 0));
    assert!(today.done.iter().any(|done| done.name == "fetched" && done.count == 1));
    counts_are_of_the_rows_they_lead_to(&staff, &today, placed.consent_request_id).await;
    for (from, to, found) in [(&*today.day, &*today.day, 1), ("2026-01-01", "2026-01-14", 0)] {
        let (from, to) = (Some(from.to_owned()), Some(to.to_owned()));
        let on_days = FetchSearchQuery { from, to, ..Default::default() };
        assert_eq!(staff.fetches(&on_days).await.unwrap().items.len(), found, "{on_days:?}");
    }
    let audit = staff.audit(None).await.unwrap();
    assert!(audit.size > 5 && audit.leaves[0].index + 1 == audit.size);
    let earlier = staff.audit(Some(1)).await.unwrap();
    assert_eq!((earlier.leaves.len(), earlier.before), (1, None));
    let seen = serde_json::to_string(&(file, today, audit)).unwrap();
    assert!(!seen.contains("9000000001"), "no number of a customer");
}

#[tokio::test]
pub(crate) async fn a_partners_file_shows_its_keys_and_contacts() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let file = town.staff().partner(partner.id).await.unwrap();
    assert_eq!((file.gstin.as_str(), file.standing.as_str()), ("29AAACK9876L1ZN", "ACTIVE"));
    assert_eq!(file.keys.len(), 1);
    assert!(file.keys[0].current);
    assert_eq!(file.keys[0].key_record, partner.key_record);
    assert_eq!((file.contacts, file.price_plan), (vec!["ops@kaveri.example".to_owned()], None));
    let refused = town.staff().partner(mpp_core::PartnerId::from_random([1; 16])).await.unwrap_err();
    assert_eq!(status(&refused), (404, "not_found"));
}

#[tokio::test]
pub(crate) async fn an_address_for_notifications_is_set_and_taken_away() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let staff = town.staff();
    let set = async |once: &str, id: PartnerId, url: Option<&str>| {
        let notification_url = url.map(|url| url.parse().unwrap());
        staff.set_notification_address(once, id, &SetNotificationAddress { notification_url }).await
    };
    let hook = town.hook.clone();
    let refused = set("address-1", partner.id, Some("http://10.0.0.1/hook")).await.unwrap_err();
    assert_eq!(status(&refused), (422, "notification_address_forbidden"));
    set("address-2", partner.id, Some(&hook)).await.unwrap();
    let told = staff.partner(partner.id).await.unwrap().notification_url;
    assert_eq!(told.as_deref(), Some(hook.as_str()));
    set("address-3", partner.id, None).await.unwrap();
    assert_eq!(staff.partner(partner.id).await.unwrap().notification_url, None);
    let nobody = PartnerId::from_random([1; 16]);
    assert_eq!(status(&set("address-4", nobody, None).await.unwrap_err()), (404, "not_found"));
}

#[tokio::test]
pub(crate) async fn contacts_are_set_in_place_of_those_of_before() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let staff = town.staff();
    let set = async |once: &str, contacts: &[&str]| {
        let contacts = contacts.iter().map(|&address| address.to_owned()).collect();
        staff.set_contacts(once, partner.id, &SetContacts { contacts }).await
    };
    for (once, bad) in [("contacts-1", &[][..]), ("contacts-2", &["desk@kaveri.example", "nobody"])] {
        assert_eq!(status(&set(once, bad).await.unwrap_err()), (422, "contact_address_invalid"));
    }
    assert_eq!(staff.partner(partner.id).await.unwrap().contacts, ["ops@kaveri.example"]);
    set("contacts-3", &["desk@kaveri.example", "night@kaveri.example"]).await.unwrap();
    let told = staff.partner(partner.id).await.unwrap().contacts;
    assert_eq!(told, ["desk@kaveri.example", "night@kaveri.example"]);
}
