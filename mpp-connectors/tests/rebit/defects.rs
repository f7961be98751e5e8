use std::error::Error;

use mpp_connectors::account_aggregator::{AaError, AaErrorCode, AccountAggregator, AnswerDefect};
use mpp_core::{Fault, Persistence, Span};
use mpp_transport::TransportError;

use crate::asked;
use crate::fake_aa::{Defect, FakeAa, HANDLE};

async fn failure(defect: Defect) -> AaError {
    let aa = FakeAa::new().with_defect(defect);
    aa.client().consent_status(&HANDLE.parse().unwrap()).await.unwrap_err()
}

#[tokio::test]
async fn a_defective_answer_is_never_a_value() {
    let quarter = Span::from_minutes(15).as_millis();
    let cases = [
        (Defect::Tampered, AnswerDefect::Signature),
        (Defect::UnknownKid, AnswerDefect::Signature),
        (Defect::OtherKey, AnswerDefect::Signature),
        (Defect::Unsigned, AnswerDefect::Signature),
        (Defect::SignedTwice, AnswerDefect::Signature),
        (Defect::Gateway(200), AnswerDefect::Signature),
        (Defect::Gateway(404), AnswerDefect::Signature),
        (Defect::OtherTxnid, AnswerDefect::TxnId),
        (Defect::NoTxnid, AnswerDefect::TxnId),
        (Defect::OtherVersion, AnswerDefect::Version),
        (Defect::Shifted(-quarter - 1), AnswerDefect::Timestamp),
        (Defect::Shifted(quarter + 1), AnswerDefect::Timestamp),
        (Defect::Garbage, AnswerDefect::Unreadable),
        (Defect::Huge, AnswerDefect::TooLarge),
        (Defect::RefusalOfOther(400, "InvalidConsentHandle"), AnswerDefect::TxnId),
    ];
    for (defect, expected) in cases {
        let error = failure(defect.clone()).await;
        let matched = matches!(&error, AaError::Untrusted(found) if *found == expected);
        assert!(matched, "{defect:?}: {error:?}");
        assert_eq!((error.persistence(), error.fault()), (Persistence::Temporary, Fault::Peer));
    }
}

#[tokio::test]
async fn the_edge_of_the_window_is_inside() {
    let quarter = Span::from_minutes(15).as_millis();
    for shift in [-quarter, quarter] {
        let aa = FakeAa::new().with_defect(Defect::Shifted(shift));
        assert!(aa.client().consent_status(&HANDLE.parse().unwrap()).await.is_ok(), "{shift}");
    }
}

#[tokio::test]
async fn signed_refusals_keep_their_code() {
    let cases = [
        (
            400,
            "InvalidConsentHandle",
            AaErrorCode::InvalidConsentHandle,
            Persistence::Permanent,
            Fault::Caller,
        ),
        (404, "NoDataFound", AaErrorCode::NoDataFound, Persistence::Temporary, Fault::Caller),
        (403, "ConsentRevoked", AaErrorCode::ConsentRevoked, Persistence::Permanent, Fault::Caller),
        (409, "IdempotencyError", AaErrorCode::IdempotencyError, Persistence::Permanent, Fault::Caller),
        (503, "ServiceUnavailable", AaErrorCode::ServiceUnavailable, Persistence::Temporary, Fault::Peer),
        (400, "SomethingNew", AaErrorCode::Unlisted, Persistence::Permanent, Fault::Peer),
    ];
    for (status, word, code, persistence, fault) in cases {
        let error = failure(Defect::Refusal(status, word)).await;
        assert_eq!(error.code(), Some(code), "{error:?}");
        assert_eq!((error.persistence(), error.fault()), (persistence, fault), "{word}");
    }
    let shown = failure(Defect::Refusal(400, "InvalidFIPId")).await.to_string();
    assert_eq!(shown, "the Account Aggregator refused: InvalidFIPId (HTTP 400 Bad Request)");
}

#[tokio::test]
async fn a_gateway_that_cannot_sign_is_an_outage() {
    for status in [500, 502, 503, 504] {
        let error = failure(Defect::Gateway(status)).await;
        assert!(matches!(error, AaError::Unavailable { .. }), "{error:?}");
        assert_eq!(error.persistence(), Persistence::Temporary);
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_the_timeout() {
    let error = failure(Defect::Silent).await;
    assert!(matches!(error, AaError::Transport(TransportError::Timeout)), "{error:?}");
    assert_eq!(error.persistence(), Persistence::Temporary);
}

#[tokio::test]
async fn errors_tell_nothing_about_the_customer() {
    let defects =
        [Defect::Tampered, Defect::Garbage, Defect::Refusal(400, "InvalidRequest"), Defect::Gateway(502)];
    for defect in defects {
        let aa = FakeAa::new().with_defect(defect);
        let client = aa.client();
        let error = client.request_consent(&asked(&aa)).await.unwrap_err();
        let mut texts = vec![format!("{error:?} {client:?} {:?}", asked(&aa))];
        let mut cause: Option<&dyn Error> = Some(&error);
        while let Some(error) = cause {
            texts.push(error.to_string());
            cause = error.source();
        }
        for text in texts {
            for canary in ["9000000001", "canary", "client-key-1"] {
                assert!(!text.contains(canary), "{canary} in {text}");
            }
        }
    }
}
