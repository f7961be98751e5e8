//! Every example runs, here and not only when somebody tries it; and what somebody writes by their pattern passes the
//! suites of the ports.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests, and the `main` of programs of their own"
)]

#[path = "../examples/run_central.rs"]
mod run_central;
#[path = "../examples/seal_to_a_partner.rs"]
mod seal_to_a_partner;
#[path = "../examples/write_a_provider/main.rs"]
mod write_a_provider;
#[path = "../examples/write_a_store/main.rs"]
mod write_a_store;

#[path = "examples/provider.rs"]
mod provider;
#[path = "examples/store.rs"]
mod store;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[test]
fn run_central_runs() -> Outcome {
    run_central::main()
}

#[test]
fn seal_to_a_partner_runs() -> Outcome {
    seal_to_a_partner::main()
}

#[test]
fn write_a_provider_runs() -> Outcome {
    write_a_provider::main()
}

#[test]
fn write_a_store_runs() -> Outcome {
    write_a_store::main()
}
