//! Calls of the service.

use std::sync::Arc;
use std::time::Duration;

use mpp_api::ApiError;
use mpp_api::private_share::PrivateShareClient;
use mpp_core::Persistence;

use super::PrivateShareSdk;
use crate::device_authorization::DeviceAuthorization;
use crate::error::ShareError;
use crate::login::LoginSession;

/// The pauses between tries of one call.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(750), Duration::from_secs(2), Duration::from_secs(5)];

/// Makes a call until it is answered or refused for good, five times at most. Repeats carry the same idempotency
/// key, so that nothing happens twice.
pub(super) async fn answered<T, F>(call: impl Fn() -> F) -> Result<T, ShareError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    for pause in PAUSES {
        match call().await {
            Err(error) if may_pass(&error) => tokio::time::sleep(pause).await,
            settled => return Ok(settled?),
        }
    }
    Ok(call().await?)
}

/// Whether the failure may pass within seconds.
fn may_pass(error: &ApiError) -> bool {
    let refused_for_now = matches!(error.code(), Some("in_progress" | "not_ready"));
    let too_often = matches!(error, ApiError::Refused(problem) if problem.status == 429);
    refused_for_now || (error.persistence() == Persistence::Temporary && !too_often)
}

impl PrivateShareSdk {
    /// A client with the proof of this session.
    pub(super) fn client(&self, session: &LoginSession) -> PrivateShareClient {
        let proof = DeviceAuthorization::new(
            session.key.reveal(),
            Arc::clone(&session.device_key),
            Arc::clone(&self.clock),
            Arc::clone(&self.entropy),
        );
        PrivateShareClient::new(self.caller.as_party(Arc::new(proof)))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use mpp_api::Problem;

    use super::*;

    async fn calls_made(status: u16, code: &str) -> u32 {
        let calls = Cell::new(0);
        let outcome: Result<(), _> = answered(|| {
            calls.set(calls.get() + 1);
            async { Err(ApiError::Refused(Problem::new(status, code, "Test"))) }
        })
        .await;
        assert!(outcome.is_err());
        calls.get()
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_five_times() {
        assert_eq!(calls_made(503, "internal").await, 5);
        assert_eq!(calls_made(409, "in_progress").await, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_are_not_retried() {
        assert_eq!(calls_made(409, "terms_differ").await, 1);
        assert_eq!(calls_made(429, "too_many_logins").await, 1);
    }
}
