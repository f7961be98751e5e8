//! Notifications that were given up, done again over HTTP.

use mpp_api::central::{DeliveryRange, DeliverySearchQuery, OperatorClient, ReplayDeliveries};
use mpp_core::{Clock, PartnerId, Span};

use crate::people::join;
use crate::proofs::status;
use crate::samples::account_item;
use crate::town::{HOLD, Town};

/// Nobody listens there.
const DEAD: &str = "http://127.0.0.1:9/hook";

/// A partner that is told of one decision and never takes the news.
async fn unreachable_partner(town: &Town) -> PartnerId {
    let partner = town.onboard(Some(DEAD)).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    let phone = town.open(&town.place(&partner, product, "LOAN-1").await).await;
    town.approve_all(&phone).await;
    partner.id
}

/// Waits until every notification was attempted so often.
async fn attempted(staff: &OperatorClient, partner: Option<PartnerId>, times: usize) {
    let query = DeliverySearchQuery {
        partner: partner.map(|partner| partner.to_string()),
        ..DeliverySearchQuery::default()
    };
    let done = async {
        loop {
            let rows = staff.deliveries(&query).await.unwrap().items;
            if rows.iter().all(|row| row.attempts.len() >= times) {
                break;
            }
        }
    };
    tokio::time::timeout(HOLD, done).await.expect("attempts");
}

/// Lets the whole schedule pass without an answer.
async fn give_up(town: &Town, staff: &OperatorClient) {
    for round in 1..=9 {
        attempted(staff, None, round).await;
        town.clock.advance(Span::from_hours(30));
    }
}

#[tokio::test]
pub(crate) async fn a_range_is_looked_at_then_done_again_once() {
    let town = Town::start().await;
    let staff = town.staff();
    let (kaveri, narmada) = (unreachable_partner(&town).await, unreachable_partner(&town).await);
    give_up(&town, &staff).await;
    let range = DeliveryRange { partner: Some(kaveri), ..DeliveryRange::default() };
    let seen = staff.preview_replay(&range).await.unwrap();
    assert_eq!((seen.count, seen.groups.len(), seen.first.len()), (1, 1, 1));
    assert_eq!((seen.groups[0].partner_id, seen.groups[0].reason.as_str()), (kaveri, "unreachable"));
    assert_eq!((seen.first[0].partner_id, seen.first[0].status.as_str()), (kaveri, "parked"));
    assert_eq!(staff.preview_replay(&DeliveryRange::default()).await.unwrap().count, 2);
    for (from, to, count) in [(None, Some(seen.as_of), 1), (Some(seen.as_of), None, 0)] {
        let range = DeliveryRange { from, to, ..range.clone() };
        assert_eq!(staff.preview_replay(&range).await.unwrap().count, count);
    }

    let operations = OperatorClient::new(join(&town, "asha", "operations").await.0);
    let body = ReplayDeliveries { range: range.clone(), as_of: seen.as_of, count: seen.count };
    let done = operations.replay_deliveries("once", &body).await.unwrap();
    assert_eq!((done.replayed, done.remaining), (1, false));
    assert_eq!(operations.replay_deliveries("once", &body).await.unwrap(), done, "the stored answer");
    let stale = operations.replay_deliveries("twice", &body).await.unwrap();
    assert_eq!((stale.replayed, stale.remaining), (0, false), "a stale yes does nothing");
    attempted(&staff, Some(kaveri), 10).await;
    let left = DeliveryRange { partner: Some(narmada), ..DeliveryRange::default() };
    assert_eq!(staff.preview_replay(&left).await.unwrap().count, 1, "those of the other partner stay");

    let audit = serde_json::to_value(staff.audit(None).await.unwrap()).unwrap();
    let leaves = audit["leaves"].as_array().unwrap();
    let mut told = leaves.iter().filter(|leaf| leaf["entry"]["action"] == "notifications.range_replayed");
    let leaf = &told.next().unwrap()["entry"];
    assert_eq!((&leaf["actor"]["id"], &leaf["range"]["count"]), (&"asha".into(), &1.into()));
    assert_eq!(leaf["partner"], kaveri.to_string());
    assert!(told.next().is_none(), "what did nothing is not told");
}

#[tokio::test]
pub(crate) async fn deliveries_are_narrowed_by_answer_and_day() {
    let town = Town::start().await;
    let staff = town.staff();
    unreachable_partner(&town).await;
    attempted(&staff, None, 1).await;
    let day = town.clock.now().day_in_india();
    let (day, next) = (day.to_string(), day.tomorrow().unwrap().to_string());
    for (answer, from, to, count) in [
        (Some("unreachable"), None, None, 1),
        (Some("5xx"), None, None, 0),
        (Some("2xx"), None, None, 0),
        (None, Some(&day), Some(&day), 1),
        (None, Some(&next), None, 0),
    ] {
        let query = DeliverySearchQuery {
            answer: answer.map(str::to_owned),
            from: from.cloned(),
            to: to.cloned(),
            ..DeliverySearchQuery::default()
        };
        assert_eq!(staff.deliveries(&query).await.unwrap().items.len(), count, "{query:?}");
    }
    for query in [
        DeliverySearchQuery { answer: Some("999".into()), ..DeliverySearchQuery::default() },
        DeliverySearchQuery { from: Some("soon".into()), ..DeliverySearchQuery::default() },
    ] {
        assert_eq!(status(&staff.deliveries(&query).await.unwrap_err()), (400, "invalid_request"));
    }
}
