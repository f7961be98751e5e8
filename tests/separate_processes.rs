//! Whole journeys with every role as the program an operator starts, and what happens when one of them is killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "walking/customer.rs"]
mod customer;
#[path = "../mpp-store/tests/support/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "not everything in it is used here")]
mod postgres_support;
#[path = "walking/town.rs"]
mod town;

#[path = "separate_processes/held_line.rs"]
mod held_line;
#[path = "separate_processes/killing.rs"]
mod killing;
#[path = "separate_processes/new_keys.rs"]
mod new_keys;
#[path = "separate_processes/nodes.rs"]
mod nodes;
#[path = "separate_processes/programs.rs"]
mod programs;
#[path = "separate_processes/restoring.rs"]
mod restoring;
#[path = "separate_processes/running.rs"]
mod running;
#[path = "separate_processes/stopping.rs"]
mod stopping;
#[path = "separate_processes/taking_back.rs"]
mod taking_back;
#[path = "../mpp-server/tests/portal_window/window.rs"]
#[allow(dead_code, reason = "not everything in it is used here")]
mod window;
