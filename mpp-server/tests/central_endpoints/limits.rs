//! Callers who ask too often.

use std::num::NonZeroU32;

use http::Method;
use mpp_core::Span;
use mpp_server::central::LimitSection;

use crate::proofs::status;
use crate::samples::account_item;
use crate::town::Town;

const CONSENTS: &str = "/v1/phone/consents";

#[tokio::test]
async fn a_phone_that_asks_too_often_waits_and_nobody_else_does() {
    let limits = LimitSection { phone_requests_per_minute: NonZeroU32::new(3), ..LimitSection::default() };
    let town = Town::start_within(limits).await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    let first = town.open(&town.place(&partner, product, "LOAN-1").await).await;
    let second = town.open(&town.place(&partner, product, "LOAN-2").await).await;
    let ask = async |phone: &crate::town::Phone| {
        let caller = town.caller(town.signer(&phone.key));
        caller.send_raw(Method::GET, CONSENTS, Default::default(), Default::default()).await
    };
    let mut left = Vec::new();
    while let Ok(answer) = ask(&first).await {
        assert_eq!(answer.headers["ratelimit-policy"], r#""caller";q=3;w=60"#);
        left.push(answer.headers["ratelimit"].to_str().unwrap().to_owned());
    }
    assert_eq!(left.last().map(String::as_str), Some(r#""caller";r=0;t=60"#));
    assert_eq!(status(&ask(&first).await.unwrap_err()), (429, "too_many_requests"));
    assert!(ask(&second).await.is_ok(), "another phone");
    for _ in 0..5 {
        town.staff().partners(None).await.unwrap();
        town.partner(&partner).notifications(0, std::time::Duration::ZERO).await.unwrap();
    }
    town.clock.advance(Span::from_seconds(20));
    assert!(ask(&first).await.is_ok(), "after as long as it was told");
    assert_eq!(status(&ask(&first).await.unwrap_err()), (429, "too_many_requests"));
}

#[tokio::test]
async fn a_client_server_that_asks_too_often_waits_and_nobody_else_does() {
    let limits = LimitSection { partner_requests_per_minute: NonZeroU32::new(2), ..LimitSection::default() };
    let town = Town::start_within(limits).await;
    let (one, other) = (town.onboard(None).await, town.onboard(None).await);
    town.publish(&one, vec![account_item()]).await;
    town.publish(&one, vec![account_item()]).await;
    let refused = town.partner(&one).notifications(0, std::time::Duration::ZERO).await.unwrap_err();
    assert_eq!(status(&refused), (429, "too_many_requests"));
    town.publish(&other, vec![account_item()]).await;
    town.clock.advance(Span::from_seconds(30));
    town.publish(&one, vec![account_item()]).await;
}
