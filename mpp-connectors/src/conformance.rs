//! The test suite of the [`DataProvider`] port: every provider, here or elsewhere, must pass all of it.
//!
//! ```text
//! mpp_connectors::provider_conformance!(my_provider, MyBench);
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test suite: a broken assumption must stop the test"
)]

mod consents;
mod network;
mod tests;

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use mpp_core::{Clock, CustomerParticulars, ProviderId, Span, Timestamp};
use mpp_transport::Transport;

use crate::DataProvider;

pub use consents::{ARTEFACT_BYTES, artefact_for, permit_for, request_about};
pub use network::{Recorded, ScriptedNetwork};
pub use tests::*;

/// What the suite must be given to try a provider.
pub trait ProviderBench: Debug + Send + Sync {
    /// The provider, over this network and by this clock.
    fn provider(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn DataProvider>;

    /// A network on which the provider's simulator answers.
    fn simulator(&self) -> Arc<dyn Transport>;

    /// A customer the simulator knows, with every particular the provider may use.
    fn known(&self) -> CustomerParticulars;

    /// A customer the simulator does not know.
    fn unknown(&self) -> CustomerParticulars;

    /// A customer whose document the simulator defers once; required of a provider that declares
    /// [`crate::provider::Resumption::Possible`].
    fn deferred(&self) -> Option<CustomerParticulars>;

    /// The document the simulator has of the known customer, byte for byte.
    fn document(&self) -> Vec<u8>;
}

/// A clock the test moves by hand.
#[derive(Debug)]
pub struct HandClock(Mutex<Timestamp>);

impl HandClock {
    /// A clock that stands at 15 January 2026, 09:30 UTC.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Timestamp::from_unix_millis(1_768_469_400_000).unwrap())))
    }

    /// Moves the clock on.
    pub fn advance(&self, span: Span) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(span);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A provider of another name than any that is tried.
#[must_use]
pub fn stranger() -> ProviderId {
    "some-other-provider".parse().unwrap()
}

/// Runs the whole suite on one provider: `provider_conformance!(name, bench)`, where `bench` is an expression
/// that gives a [`ProviderBench`]. There is no way to run a part.
#[macro_export]
macro_rules! provider_conformance {
    ($name:ident, $bench:expr) => {
        mod $name {
            use super::*;

            $crate::provider_conformance!(@tests $bench;
                a_known_customer_gives_the_document_untouched,
                an_unknown_customer_is_no_record,
                a_lapsed_permit_sends_nothing,
                a_permit_for_another_source_sends_nothing,
                evidence_of_another_consent_sends_nothing,
                a_missing_input_sends_nothing,
                a_repeat_carries_the_same_reference,
                the_customer_appears_in_bodies_only,
                resumption_is_as_declared,
                resuming_needs_a_permit_anew,
                nobody_listening_is_down_and_not_sent,
                no_answer_in_time_is_down_and_perhaps_sent,
                refusals_fall_into_their_classes,
                an_answer_that_is_not_understood_is_unreadable,
                a_document_cut_short_is_no_document,
                health_tells_up_from_down,
            );
        }
    };
    (@tests $bench:expr; $($test:ident,)+) => {
        $(
            #[tokio::test]
            async fn $test() {
                $crate::conformance::$test(&$bench).await;
            }
        )+

        #[test]
        fn no_test_of_the_suite_is_left_out() {
            assert_eq!($crate::conformance::ALL, [$(stringify!($test)),+]);
        }
    };
}
