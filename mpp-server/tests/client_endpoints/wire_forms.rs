//! What the service says must be what the typed clients read.

use mpp_api::client::ApplicationNotification;
use mpp_core::{ConsentId, ConsentRequestId, DataItemId, NotificationId};
use mpp_services::client::{News, NewsKind, NewsSubject};

const KINDS: [NewsKind; 13] = [
    NewsKind::ConsentApproved,
    NewsKind::ConsentRejected,
    NewsKind::ConsentExpired,
    NewsKind::ConsentCancelled,
    NewsKind::ConsentPaused,
    NewsKind::ConsentResumed,
    NewsKind::ConsentRevoked,
    NewsKind::DataAvailable,
    NewsKind::DataNoRecord,
    NewsKind::DataFailed,
    NewsKind::DataExpired,
    NewsKind::DataDue,
    NewsKind::DataDeleted,
];

#[test]
pub(crate) fn notifications_to_applications_have_one_form() {
    for kind in KINDS {
        let news = News {
            id: NotificationId::from_random([1; 16]),
            kind,
            sequence: 7,
            occurred_at: "2026-01-15T09:30:00Z".parse().unwrap(),
            data: NewsSubject {
                case_ref: "LOAN-1".parse().unwrap(),
                consent_request_id: ConsentRequestId::from_random([2; 16]),
                consent_id: Some(ConsentId::from_random([3; 16])),
                item_id: Some(DataItemId::from_random([4; 16])),
                source: Some("account-aggregator".parse().unwrap()),
                reason: Some("data_life_ended".into()),
            },
        };
        let sent = serde_json::to_value(&news).unwrap();
        let read: ApplicationNotification = serde_json::from_value(sent.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), sent);
    }
}
