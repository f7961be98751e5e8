//! Without features the crate needs no C compiler: phones and their build machines rely on it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::process::Command;

/// The packages below `mpp-crypto` with these features, those of its build scripts included.
fn packages(features: &str) -> Vec<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = Command::new(cargo)
        .args(["tree", "--locked", "--package", "mpp-crypto", "--edges", "normal,build", "--prefix", "none"])
        .args(["--no-default-features", "--features", features, "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// Whether a package builds or binds C, or is assembly that a C toolchain has to assemble.
fn brings_c(package: &str) -> bool {
    matches!(package, "cc" | "cmake" | "bindgen" | "pkg-config" | "vcpkg" | "ring" | "nasm-rs")
        || package.ends_with("-sys")
}

#[test]
fn nothing_of_c_is_built_without_features() {
    let found: Vec<String> = packages("").into_iter().filter(|package| brings_c(package)).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(packages("").iter().any(|package| package == "aes-gcm"), "the tree was really read");
}

#[test]
fn nor_with_the_features_that_stay_in_rust() {
    for features in ["graviola", "async", "key-file", "graviola,async,key-file"] {
        let found: Vec<String> = packages(features).into_iter().filter(|package| brings_c(package)).collect();
        assert!(found.is_empty(), "{features}: {found:?}");
    }
}

#[test]
fn the_test_knows_c_when_it_sees_it() {
    assert!(packages("accelerated").iter().any(|package| brings_c(package)));
}
