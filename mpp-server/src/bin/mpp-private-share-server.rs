//! `mpp-private-share-server`: the private share service.

fn main() {}
