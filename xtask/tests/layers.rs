//! The layers of this very workspace hold, and a broken edge is named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cargo_metadata::{Metadata, MetadataCommand};
use tempfile::TempDir;

/// The manifest of the real workspace.
fn real_manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("Cargo.toml").canonicalize().unwrap()
}

/// `cargo xtask layers` on the workspace of `manifest`.
fn layers(manifest: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("layers").arg("--manifest-path").arg(manifest).args(arguments).output().unwrap()
}

fn complaints(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A copy of the workspace that has its manifests and its README, and source files without content.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let metadata = MetadataCommand::new().manifest_path(real_manifest()).no_deps().exec().unwrap();
        let folder = tempfile::tempdir().unwrap();
        for (from, to) in copied_files(&metadata, folder.path()) {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            match from {
                Some(from) => drop(fs::copy(from, to).unwrap()),
                None => fs::write(to, "").unwrap(),
            }
        }
        Copy(folder)
    }

    fn manifest(&self) -> PathBuf {
        self.0.path().join("Cargo.toml")
    }

    fn append(&self, file: &str, text: &str) {
        let path = self.0.path().join(file);
        let old = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{old}\n{text}\n")).unwrap();
    }
}

/// What to copy, and what to leave empty, in the form (from, to).
fn copied_files(metadata: &Metadata, folder: &Path) -> Vec<(Option<PathBuf>, PathBuf)> {
    let root = metadata.workspace_root.as_std_path();
    let place = |path: &Path| folder.join(path.strip_prefix(root).unwrap());
    let whole = |path: PathBuf| (Some(path.clone()), place(&path));
    let mut files = vec![whole(root.join("Cargo.toml")), whole(root.join("README.md"))];
    for package in &metadata.packages {
        files.push(whole(package.manifest_path.clone().into_std_path_buf()));
        let sources = package.targets.iter().map(|target| place(target.src_path.as_std_path()));
        files.extend(sources.map(|source| (None, source)));
    }
    files
}

#[test]
fn the_real_tree_passes() {
    let output = layers(&real_manifest(), &[]);
    assert!(output.status.success(), "{}", complaints(&output));
}

#[test]
fn an_unbroken_copy_passes() {
    let output = layers(&Copy::new().manifest(), &[]);
    assert!(output.status.success(), "{}", complaints(&output));
}

#[test]
fn the_sandbox_may_not_use_the_connectors() {
    let copy = Copy::new();
    copy.append("mpp-sandbox/Cargo.toml", "[dependencies.mpp-connectors]\nworkspace = true");
    let output = layers(&copy.manifest(), &[]);
    assert!(!output.status.success());
    let expected = "layers: mpp-sandbox -> mpp-connectors is not allowed in [dependencies]; \
                    mpp-sandbox may use there: mpp-core, mpp-crypto, mpp-transport";
    assert!(complaints(&output).contains(expected), "{}", complaints(&output));
}

#[test]
fn the_model_may_use_nothing_of_ours_not_even_on_one_platform() {
    let copy = Copy::new();
    copy.append(
        "mpp-core/Cargo.toml",
        "[target.'cfg(windows)'.dependencies.mpp-store]\nworkspace = true\noptional = true",
    );
    let output = layers(&copy.manifest(), &[]);
    assert!(!output.status.success());
    let expected = "layers: mpp-core -> mpp-store is not allowed in [dependencies]; mpp-core may use there: nothing of ours";
    assert!(complaints(&output).contains(expected), "{}", complaints(&output));
}

#[test]
fn every_wrong_edge_is_named() {
    let copy = Copy::new();
    copy.append("mpp-transport/Cargo.toml", "[build-dependencies.mpp-core]\nworkspace = true");
    copy.append("mpp-store/Cargo.toml", "[dev-dependencies.mpp-sdk]\nworkspace = true");
    copy.append("mpp-api/Cargo.toml", "[dependencies.mpp-testkit]\nworkspace = true");
    let complaints = complaints(&layers(&copy.manifest(), &[]));
    assert!(
        complaints.contains("mpp-transport -> mpp-core is not allowed in [dependencies]"),
        "{complaints}"
    );
    assert!(complaints.contains("mpp-store -> mpp-sdk is not allowed in [dev-dependencies]"), "{complaints}");
    assert!(complaints.contains("mpp-api -> mpp-testkit is not allowed in [dependencies]"), "{complaints}");
}

#[test]
fn tests_may_use_the_test_kit_and_nothing_else_may() {
    let copy = Copy::new();
    copy.append("xtask/Cargo.toml", "[dev-dependencies.mpp-testkit]\nworkspace = true");
    let output = layers(&copy.manifest(), &[]);
    assert!(output.status.success(), "{}", complaints(&output));
    copy.append("xtask/Cargo.toml", "[dependencies.mpp-testkit]\nworkspace = true");
    let output = layers(&copy.manifest(), &[]);
    assert!(complaints(&output).contains("xtask -> mpp-testkit is not allowed in [dependencies]"));
}

#[test]
fn the_model_may_not_reach_for_the_clock_or_the_network() {
    let copy = Copy::new();
    copy.append("mpp-core/Cargo.toml", "[dependencies.tokio]\nworkspace = true");
    let complaints = complaints(&layers(&copy.manifest(), &[]));
    assert!(complaints.contains("mpp-core -> tokio is not allowed: the model does no input"), "{complaints}");
}

#[test]
fn a_map_that_differs_is_refused_and_redrawn_on_request() {
    let copy = Copy::new();
    let readme = copy.0.path().join("README.md");
    let true_map = fs::read_to_string(&readme).unwrap();
    fs::write(&readme, true_map.replace("graph TD", "graph LR")).unwrap();
    let output = layers(&copy.manifest(), &[]);
    assert!(!output.status.success());
    assert!(complaints(&output).contains("the map in README.md differs from the manifests"));
    assert!(layers(&copy.manifest(), &["--write"]).status.success());
    assert_eq!(fs::read_to_string(&readme).unwrap(), true_map);
}

/// A workspace of three crates, in which the phone's crate turns on `features` of the wire types.
fn phone_with_features(features: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let package =
        |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    let api = "[features]\ncentral = []\nprivate-share = []\neverything = [\"central\", \"private-share\"]\n";
    let phone = format!("[dependencies]\nmpp-api = {{ path = \"../mpp-api\", features = {features} }}\n");
    write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"mpp-api\", \"mpp-private-share\"]\n");
    write("mpp-api/Cargo.toml", &(package("mpp-api") + api));
    write("mpp-private-share/Cargo.toml", &(package("mpp-private-share") + &phone));
    write("mpp-api/src/lib.rs", "");
    write("mpp-private-share/src/lib.rs", "");
    write("README.md", "<!-- layers:begin -->\n<!-- layers:end -->\n");
    folder
}

#[test]
fn the_private_share_sdk_may_not_speak_to_central() {
    let allowed = phone_with_features("[\"private-share\"]");
    assert!(layers(&allowed.path().join("Cargo.toml"), &["--write"]).status.success());
    for wrong in ["[\"private-share\", \"central\"]", "[\"everything\"]"] {
        let folder = phone_with_features(wrong);
        let complaints = complaints(&layers(&folder.path().join("Cargo.toml"), &["--write"]));
        let expected = "mpp-private-share -> mpp-api must not enable the feature `central`";
        assert!(complaints.contains(expected), "{complaints}");
    }
}
