//! What the service writes itself (because it is signed or hashed as it stands) is exactly what the interface promises.

use mpp_api::central as wire;
use mpp_core::{Clock, ConsentRequestId, NotificationId, ParcelId};
use mpp_services::central::{
    Notification, NotificationKind, NotificationSubject, PhoneEvent, PhoneEventKind, Screen,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::samples::{account_item, bureau_item};
use crate::town::Town;

fn same<A: Serialize, B: Serialize + DeserializeOwned>(ours: &A) -> B {
    let written = serde_json::to_value(ours).unwrap();
    let read: B = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), written);
    read
}

#[tokio::test]
pub(crate) async fn screens_are_those_of_the_interface() {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item(), bureau_item()]).await;
    let phone = town.open(&town.place(&partner, product, "LOAN-1").await).await;
    let ours: Screen = serde_json::from_value(serde_json::to_value(&phone.screen).unwrap()).unwrap();
    assert_eq!(same::<_, wire::ConsentScreen>(&ours), phone.screen);
    let kinds: Vec<&str> = phone.screen.items.iter().map(|item| item.kind.as_str()).collect();
    assert_eq!(kinds, ["FINANCIAL_INFORMATION", "CREDIT_BUREAU"]);
}

#[test]
pub(crate) fn notifications_are_those_of_the_interface() {
    let at = mpp_testkit::HandClock::new().now();
    let request = ConsentRequestId::from_random([1; 16]);
    for kind in [
        NotificationKind::ConsentApproved,
        NotificationKind::ConsentRejected,
        NotificationKind::ConsentExpired,
        NotificationKind::ConsentCancelled,
        NotificationKind::ConsentPaused,
        NotificationKind::ConsentResumed,
        NotificationKind::ConsentRevoked,
        NotificationKind::DataAvailable,
        NotificationKind::DataNoRecord,
        NotificationKind::DataFailed,
        NotificationKind::DataExpired,
        NotificationKind::DataDue,
    ] {
        for parcel_id in [None, Some(ParcelId::from_random([2; 16]))] {
            let data = NotificationSubject {
                consent_request_id: request,
                case_ref: "LOAN-1".parse().unwrap(),
                consent_id: None,
                source: Some("provider:bureau".parse().unwrap()),
                parcel_id,
                fetch_id: parcel_id.map(|_| mpp_core::FetchId::from_random([4; 16])),
                purge_by: parcel_id.map(|_| at),
                reason: Some("throttled".into()),
                quality: parcel_id.iter().flat_map(|_| mpp_core::QualityFlag::ALL).collect(),
            };
            let id = NotificationId::from_random([3; 16]);
            same::<_, wire::Notification>(&Notification { id, kind, sequence: 7, occurred_at: at, data });
        }
    }
}

#[test]
pub(crate) fn phone_news_is_that_of_the_interface() {
    let at = mpp_testkit::HandClock::new().now();
    for kind in [
        PhoneEventKind::Delivered,
        PhoneEventKind::Expired,
        PhoneEventKind::Fetched,
        PhoneEventKind::Failed,
        PhoneEventKind::FetchDue,
        PhoneEventKind::ConsentChanged,
    ] {
        same::<_, wire::PhoneEvent>(&PhoneEvent {
            sequence: 1,
            kind,
            occurred_at: at,
            consent_request_id: ConsentRequestId::from_random([1; 16]),
            consent_id: mpp_core::ConsentId::from_random([2; 16]),
            source: "account-aggregator".parse().unwrap(),
            parcel_id: Some(ParcelId::from_random([3; 16])),
            erasure_receipt: None,
            reason: Some("no_record".into()),
        });
    }
}
