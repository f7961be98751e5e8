//! `mpp-client`: the client server.

fn main() {}
