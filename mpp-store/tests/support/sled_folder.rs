//! A folder of sled behind a store's back.

use std::path::Path;

/// Opens sled's own database of a store that was closed. Threads of the store may hold sled's lock a moment longer than the store lives.
pub fn open(store: &Path) -> sled::Db {
    // as large as the store's own segments
    let config = sled::Config::default().path(store.join("data")).segment_size(4 * 1024 * 1024);
    for _ in 0..100_000 {
        match config.open() {
            Err(error) if error.to_string().contains("lock") => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
    panic!("somebody keeps the folder locked");
}
