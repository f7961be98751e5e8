//! The built programs.

use std::path::{Path, PathBuf};

use mpp_demo::world::Hosting;

const PROGRAMS: [&str; 6] =
    ["mpp", "mpp-central", "mpp-client", "mpp-private-share-server", "mpp-sandbox", "mpp-demo"];

/// The folder of the programs: that of this test's own profile.
pub(crate) fn folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().to_owned();
    for program in PROGRAMS {
        let built = folder.join(program).is_file();
        assert!(
            built,
            "{program} is not in {}: run `cargo build --workspace --bins` first",
            folder.display()
        );
    }
    folder
}

/// Every role as a program of its own.
pub(crate) fn hosting() -> Hosting {
    Hosting::Programs { folder: folder() }
}
