//! The committed corpora of the fuzz targets, replayed: what a fuzzer once reached stays reached, without a nightly compiler.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/published_keys.rs"]
#[allow(unreachable_pub, dead_code, reason = "shared by several tests")]
mod published_keys;
#[path = "fuzz_corpora/seeds.rs"]
#[allow(unreachable_pub, reason = "private to these tests")]
mod seeds;
#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "shared with the fuzz targets")]
mod targets;

#[cfg(feature = "key-file")]
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use targets::{Reading, TARGETS};

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The files of one corpus, in the order of their names.
fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = fuzz_folder().join("corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_committed_input_keeps_the_property_of_its_target() {
    for (target, body) in TARGETS {
        let mut taken = 0;
        let files = corpus(target);
        for file in &files {
            println!("{}", file.display());
            if body(&std::fs::read(file).unwrap()) == Reading::Taken {
                taken += 1;
            }
        }
        println!("{target}: {} inputs, {taken} taken, {} refused", files.len(), files.len() - taken);
        assert!(taken > 0, "{target}: a corpus in which nothing is taken stays at the door");
        assert!(taken < files.len(), "{target}: a corpus in which nothing is refused shows half");
    }
}

#[test]
fn any_input_cut_short_or_altered_keeps_the_property_too() {
    for (target, _) in TARGETS {
        for data in
            [b"".as_slice(), b"\x00", b"\x01", b"\xff\xff", b"{", b"-----BEGIN ", &[0; 40], &[255; 40]]
        {
            targets::run(target, data);
        }
    }
}

/// Without the feature one target is missing.
#[cfg(feature = "key-file")]
#[test]
fn every_target_has_its_program_and_its_corpus_and_nothing_else_has() {
    let named: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let names_in = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(fuzz_folder().join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names_in("fuzz_targets"), named);
    assert_eq!(names_in("corpus"), named);
    let manifest = std::fs::read_to_string(fuzz_folder().join("Cargo.toml")).unwrap();
    for name in named {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name} is not in the manifest"
        );
    }
}

/// The seeds are in the corpora as they are made: whoever changes one runs the test below.
#[test]
fn every_seed_is_committed() {
    for seed in seeds::all() {
        let path = fuzz_folder().join("corpus").join(seed.target).join(&seed.name);
        let committed = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(committed == seed.bytes, "{} is not what the seed makes", path.display());
    }
}

#[test]
#[ignore = "writes the seeds into fuzz/corpus; run by hand after changing them"]
fn write_the_seeds() {
    for seed in seeds::all() {
        let folder = fuzz_folder().join("corpus").join(seed.target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(seed.name), seed.bytes).unwrap();
    }
}
