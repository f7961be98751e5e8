//! The ReBIT client and gate against an Account Aggregator with real keys and every defect we can think of.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod consents;
mod data;
mod defects;
mod fake_aa;
mod inbound;

use std::sync::Arc;

use fake_aa::{FakeAa, VUA};
use mpp_connectors::account_aggregator::ConsentDetail;
use mpp_connectors::conformance::artefact_for;
use mpp_core::{Clock, ConsentParameters, Source};

/// The terms every test asks for: thirty days, one year back, once.
fn parameters(aa: &FakeAa) -> ConsentParameters {
    artefact_for(Source::AccountAggregator, aa.clock().now()).parameters
}

fn asked(aa: &Arc<FakeAa>) -> ConsentDetail {
    ConsentDetail::self_consent(VUA.parse().unwrap(), parameters(aa))
}
