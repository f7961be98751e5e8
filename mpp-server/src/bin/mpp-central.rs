//! `mpp-central`: the central.

fn main() {}
