//! The demo's command, and what it and the roles refuse.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::tempdir;

use crate::programs::folder;

fn demo(arguments: &[&str]) -> Output {
    Command::new(folder().join("mpp-demo")).args(arguments).output().unwrap()
}

#[test]
fn once_with_programs_proves_delivery_and_erasure_and_leaves_a_folder_per_role() {
    let (data, programs) = (tempdir().unwrap(), folder());
    let arguments = ["--once", "--json", "--data", data.path().to_str().unwrap()];
    let ran = demo(&[&arguments[..], &["--programs", programs.to_str().unwrap()]].concat());
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    let lines = String::from_utf8(ran.stdout).unwrap();
    let objects: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = objects.last().unwrap();
    assert_eq!(summary["outcome"], "erased");
    assert_eq!((&summary["held"]["parcels"], &summary["held"]["parcelKeys"]), (&0.into(), &0.into()));
    let documents = summary["sources"][0]["documents"].as_array().unwrap();
    assert!(documents.len() >= 6);
    assert!(documents.iter().all(|document| document["equal"] == true), "{documents:?}");
    let sealed_by =
        |who: &str| documents.iter().filter(|document| document["sealedBy"]["who"] == who).count();
    assert_eq!((sealed_by("central"), sealed_by("device")), (2, documents.len() - 2), "{documents:?}");
    assert_eq!(summary["proofs"][0]["erasureReceipts"].as_array().unwrap().len(), documents.len());
    for role in ["central", "client", "private-share", "phones/1", "sandbox"] {
        let folder = data.path().join(role);
        assert!(fs::read_dir(&folder).unwrap().next().is_some(), "nothing in {role}");
    }
}

#[test]
fn a_folder_with_something_in_it_is_refused() {
    let data = tempdir().unwrap();
    fs::write(data.path().join("thesis.txt"), "mine").unwrap();
    let ran = demo(&["--once", "--json", "--data", data.path().to_str().unwrap()]);
    assert!(!ran.status.success());
    let said: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(said["outcome"], "failed");
    assert!(said["error"].as_str().unwrap().contains("is not empty: give a new folder"), "{said}");
    assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1);
}

#[test]
fn an_unknown_key_in_a_configuration_is_refused_with_file_and_line() {
    for program in ["mpp-central", "mpp-client", "mpp-private-share-server", "mpp-sandbox"] {
        let data = tempdir().unwrap();
        let config = data.path().join("role.toml");
        fs::write(&config, "# the first line\nlisen = \"127.0.0.1:0\"\n").unwrap();
        let ran = Command::new(folder().join(program)).arg("--config").arg(&config).output().unwrap();
        assert_eq!(ran.status.code(), Some(1), "{program}");
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(said.contains(config.to_str().unwrap()), "{program}: {said}");
        assert!(said.contains("line 2"), "{program}: {said}");
        assert!(said.contains("lisen"), "{program}: {said}");
        assert!(ran.stdout.is_empty(), "{program} says that it is ready");
    }
}
