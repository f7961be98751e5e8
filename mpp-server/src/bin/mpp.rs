//! `mpp`: the operator's command.

fn main() {}
