//! `mpp store` as a program of its own, on data folders as servers lay them out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "store_command/backups.rs"]
mod backups;
#[path = "store_command/checking.rs"]
mod checking;
#[path = "store_command/elsewhere.rs"]
mod elsewhere;
#[path = "store_command/folder.rs"]
mod folder;
#[path = "store_command/hostile.rs"]
mod hostile;
#[path = "../../mpp-store/tests/support/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "not everything in it is used here")]
mod postgres_support;
#[path = "store_command/rotating.rs"]
mod rotating;
#[path = "../../mpp-store/tests/parcel_s3/server.rs"]
mod s3_server;
#[path = "../../mpp-store/tests/damage/small_disk.rs"]
#[allow(dead_code, unreachable_pub, reason = "not everything in it is used here")]
mod small_disk;

use std::fs;
use std::path::Path;

use folder::{CONTENT, Server, copy_folder, files_below, mpp, parcel, run};
use serde_json::{Value, json};

#[test]
fn a_whole_folder_is_counted_and_nothing_is_found() {
    let server = Server::with_parcels(&[1, 2]);
    let checked = mpp(&["store", "check", "--data", server.path()]).json();
    assert_eq!(checked["records"], json!({"client-item": 1, "epoch-standing": 1, "parcel": 2}));
    assert_eq!(checked["parcels"], 3);
    assert_eq!(checked["auditLeaves"], 2);
    for list in ["faults", "withoutBytes", "withoutKey", "withoutRecord"] {
        assert_eq!(checked[list], json!([]), "{list}");
    }
    assert_eq!(checked["schema"], checked["knownSchema"]);
    let text = mpp(&["store", "check", "--data", server.path()]);
    assert_eq!(text.code, 0);
}

#[test]
fn whatever_does_not_belong_together_is_named() {
    let server = Server::with_parcels(&[1, 2]);
    fs::remove_dir_all(server.file(&format!("parcels/{}", parcel(1)))).unwrap();
    fs::remove_file(server.file(&format!("keys/items/parcel-{}.key", parcel(2)))).unwrap();
    let stray = server.file(&format!("parcels/{}", parcel(9)));
    fs::create_dir(&stray).unwrap();
    fs::write(stray.join("0000000000"), b"sealed").unwrap();
    let checked = mpp(&["store", "check", "--data", server.path(), "--json"]);
    assert_eq!(checked.code, 1, "{}", checked.err);
    let found: Value = serde_json::from_slice(&checked.out).unwrap();
    assert_eq!(found["withoutBytes"], json!([parcel(1)]));
    assert_eq!(found["withoutKey"], json!([parcel(2), parcel(9)]));
    assert_eq!(found["withoutRecord"], json!([parcel(9)]));
    assert!(checked.err.contains("4 problems"), "{}", checked.err);
}

#[test]
fn a_damaged_database_is_an_answer() {
    let server = Server::with_parcels(&[1]);
    let database = server.file("records.sqlite");
    // Connections close on threads of their own; whoever closes last folds the log into the file.
    let log = server.file("records.sqlite-wal");
    let folded =
        (0..500).any(|_| !log.exists() || mpp(&["store", "check", "--data", server.path()]).code != 0);
    assert!(folded && !log.exists(), "the log is still beside the file");
    let mut bytes = fs::read(&database).unwrap();
    let length = bytes.len();
    bytes[length / 4..length].iter_mut().for_each(|byte| *byte ^= 0x5a);
    fs::write(&database, &bytes).unwrap();
    let checked = mpp(&["store", "check", "--data", server.path(), "--json"]);
    assert_eq!(checked.code, 1, "{}", checked.err);
    let found: Value = serde_json::from_slice(&checked.out).unwrap();
    assert_ne!(found["faults"], json!([]));
    let backup = server.beside("backup");
    for command in [vec!["backup", "--to", &backup], vec!["migrate"], vec!["purge-check"]] {
        let arguments = [&["store", command[0], "--data", server.path()], &command[1..]].concat();
        let refused = mpp(&arguments);
        assert_eq!(refused.code, 1, "{arguments:?} {}", refused.err);
        assert!(refused.err.contains("damaged"), "{}", refused.err);
    }
    fs::write(
        &database,
        b"this is no database at all, and it is longer than a header of one hundred bytes would be, by far",
    )
    .unwrap();
    assert_eq!(mpp(&["store", "check", "--data", server.path()]).code, 1);
}

#[test]
fn restored_elsewhere_a_server_goes_on() {
    let server = Server::with_parcels(&[1, 2]);
    let (backup, elsewhere) = (server.beside("backup"), server.beside("elsewhere"));
    // while it is open and written to
    let made = run(async {
        let data = server.open().await;
        let made = mpp(&["store", "backup", "--data", server.path(), "--to", &backup]).json();
        data.put_parcel(3).await;
        made
    });
    assert_eq!(made["withKeys"], false);
    assert_eq!(made["files"], 4, "the database and three parcels");
    let restored = mpp(&["store", "restore", "--from", &backup, "--data", &elsewhere]).json();
    assert_eq!(restored["schema"], made["schema"]);
    let unreadable = mpp(&["store", "check", "--data", &elsewhere]);
    assert_eq!(unreadable.code, 1, "without keys nobody reads it: {}", unreadable.err);

    copy_folder(&server.file("keys"), &Path::new(&elsewhere).join("keys"));
    fs::remove_file(Path::new(&elsewhere).join(format!("keys/items/parcel-{}.key", parcel(3)))).unwrap();
    mpp(&["store", "check", "--data", &elsewhere]).json();
    let elsewhere = Server::at(Path::new(&elsewhere));
    run(async {
        let data = elsewhere.open().await;
        assert_eq!(data.read_parcel(1).await, CONTENT);
        assert_eq!(data.read_parcel(2).await, CONTENT);
        assert_eq!(data.read_label().await, "canary-label");
        data.put_parcel(3).await;
        data.remove_parcel(1).await;
        data.close().await;
    });
    assert_eq!(mpp(&["store", "check", "--data", elsewhere.path()]).json()["parcels"], 3);
    mpp(&["store", "purge-check", "--data", elsewhere.path()]).json();
}

#[test]
fn a_backup_has_keys_only_when_asked_and_nothing_in_the_clear() {
    let server = Server::with_parcels(&[1]);
    let (without, with) = (server.beside("without"), server.beside("with"));
    mpp(&["store", "backup", "--data", server.path(), "--to", &without]).json();
    let epoch_key = fs::read(server.file("keys/epoch-00000001.key")).unwrap();
    for file in files_below(Path::new(&without)) {
        let content = fs::read(&file).unwrap();
        for needle in [&epoch_key[..], CONTENT, b"canary-label"] {
            assert!(!content.windows(needle.len()).any(|window| window == needle), "{}", file.display());
        }
        assert!(!file.to_string_lossy().contains("keys"), "{}", file.display());
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "{}", file.display());
    }
    let made = mpp(&["store", "backup", "--data", server.path(), "--to", &with, "--with-keys"]).json();
    assert_eq!(made["withKeys"], true);
    let elsewhere = server.beside("elsewhere");
    mpp(&["store", "restore", "--from", &with, "--data", &elsewhere]).json();
    mpp(&["store", "check", "--data", &elsewhere]).json();
    run(async { assert_eq!(Server::at(Path::new(&elsewhere)).open().await.read_parcel(1).await, CONTENT) });
}

/// A way to spoil a backup.
type Spoil = Box<dyn Fn(&Path)>;

#[test]
fn a_backup_that_is_not_whole_is_refused_and_nothing_is_written() {
    let server = Server::with_parcels(&[1, 2]);
    let backup = server.beside("backup");
    mpp(&["store", "backup", "--data", server.path(), "--to", &backup]).json();
    let part = format!("parcels/{}/0000000000", parcel(1));
    let spoil: [(&str, Spoil); 6] = [
        (
            "is not what was backed up",
            Box::new({
                let part = part.clone();
                move |folder: &Path| {
                    let mut bytes = fs::read(folder.join(&part)).unwrap();
                    bytes[20] ^= 1;
                    fs::write(folder.join(&part), bytes).unwrap();
                }
            }),
        ),
        ("is missing", Box::new(move |folder: &Path| fs::remove_file(folder.join(&part)).unwrap())),
        (
            "is not in the manifest",
            Box::new(|folder: &Path| fs::write(folder.join("parcels/x"), b"x").unwrap()),
        ),
        ("has no place in a data folder", Box::new(|folder: &Path| list(folder, "../escaped"))),
        ("has no place in a data folder", Box::new(|folder: &Path| list(folder, "/etc/passwd"))),
        ("is no manifest", Box::new(|folder: &Path| fs::write(folder.join("manifest.json"), b"{").unwrap())),
    ];
    for (number, (fault, spoil)) in spoil.iter().enumerate() {
        let (spoilt, target) = (server.beside(&format!("spoilt-{number}")), server.beside("target"));
        copy_folder(Path::new(&backup), Path::new(&spoilt));
        spoil(Path::new(&spoilt));
        let refused = mpp(&["store", "restore", "--from", &spoilt, "--data", &target]);
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains(fault), "{number} {}", refused.err);
        assert!(!Path::new(&target).exists(), "{number}");
    }
}

/// Puts another file into a manifest.
fn list(folder: &Path, path: &str) {
    let mut manifest: Value =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let mut entry = manifest["files"][0].clone();
    entry["path"] = json!(path);
    manifest["files"].as_array_mut().unwrap().push(entry);
    fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}

#[test]
fn nothing_is_written_over() {
    let server = Server::with_parcels(&[1]);
    let backup = server.beside("backup");
    mpp(&["store", "backup", "--data", server.path(), "--to", &backup]).json();
    let before = fs::read(server.file("records.sqlite")).unwrap();
    for arguments in [
        ["store", "restore", "--from", &backup, "--data", server.path()],
        ["store", "backup", "--data", server.path(), "--to", &backup],
    ] {
        let refused = mpp(&arguments);
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("not empty"), "{}", refused.err);
    }
    assert_eq!(fs::read(server.file("records.sqlite")).unwrap(), before);
}

#[test]
fn what_is_left_of_the_erased_is_named() {
    let server = Server::with_parcels(&[1, 2]);
    let bytes = fs::read(server.file(&format!("parcels/{}/0000000000", parcel(1)))).unwrap();
    let key = server.file(&format!("keys/items/parcel-{}.key", parcel(1)));
    let wrapped = fs::read(&key).unwrap();
    run(async {
        let data = server.open().await;
        data.remove_parcel(1).await;
        data.close().await;
    });
    let clean = mpp(&["store", "purge-check", "--data", server.path()]).json();
    assert_eq!(clean["erased"], 1);

    fs::write(&key, wrapped).unwrap();
    let left = server.file(&format!("parcels/{}", parcel(1)));
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("0000000000"), bytes).unwrap();
    fs::write(left.join("0000000001#1"), b"half").unwrap();
    let found = mpp(&["store", "purge-check", "--data", server.path(), "--json"]);
    assert_eq!(found.code, 1, "{}", found.err);
    assert!(found.err.contains("3 remains"), "{}", found.err);
    let answer: Value = serde_json::from_slice(&found.out).unwrap();
    assert_eq!(answer["keysLeft"], json!([parcel(1)]));
    assert_eq!(answer["bytesLeft"], json!([parcel(1)]));
    assert_eq!(answer["unfinished"], json!([format!("parcels/{}/0000000001#1", parcel(1))]));
}

/// A copy of a key beside it would undo every erasure, and a link lead to one.
#[test]
fn what_no_server_puts_there_is_named() {
    let server = Server::with_parcels(&[1]);
    let key = server.file(&format!("keys/items/parcel-{}.key", parcel(1)));
    let epoch = server.file("keys/epoch-00000001.key");
    let part = format!("parcels/{}/0000000000", parcel(1));
    // the same name, and not as a server writes it
    let alias = parcel(1).to_string().replace('-', "");
    mpp(&["store", "purge-check", "--data", server.path()]).json();

    let aside = [
        format!("keys/items/parcel-{}.key.bak", parcel(1)),
        format!("keys/items/parcel-{alias}.key"),
        "keys/epoch-00000001.key.old".to_owned(),
    ];
    for copy in &aside {
        fs::copy(if copy.contains("epoch") { &epoch } else { &key }, server.file(copy)).unwrap();
    }
    let parts = [
        format!("parcels/{}/aside/0000000000", parcel(1)),
        format!("parcels/{}/0000000000~", parcel(1)),
        "parcels/notes.txt".to_owned(),
        format!("parcels/{alias}/0000000000"),
    ];
    for copy in &parts {
        let file = server.file(copy);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::copy(server.file(&part), file).unwrap();
    }
    let links = ["parcels/elsewhere", "keys/items/round"];
    for link in links {
        std::os::unix::fs::symlink(server.path(), server.file(link)).unwrap();
    }

    let found = mpp(&["store", "purge-check", "--data", server.path(), "--json"]);
    assert_eq!(found.code, 1, "{}", found.err);
    let answer: Value = serde_json::from_slice(&found.out).unwrap();
    let mut strange: Vec<&str> =
        answer["strange"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    strange.sort_unstable();
    let mut expected: Vec<&str> = aside.iter().chain(&parts).map(String::as_str).chain(links).collect();
    expected.sort_unstable();
    assert_eq!(strange, expected);
    assert!(found.err.contains("9 remains"), "{}", found.err);
    // the parcel itself and the document are as they were
    assert_eq!(mpp(&["store", "check", "--data", server.path()]).json()["parcels"], 2);
}

#[test]
fn a_server_that_runs_keeps_its_tables() {
    let server = Server::with_parcels(&[1]);
    run(async {
        let data = server.open().await;
        let refused = mpp(&["store", "migrate", "--data", server.path()]);
        assert_eq!(refused.code, 3, "{}", refused.err);
        assert!(refused.err.contains("stop the server first"), "{}", refused.err);
        mpp(&["store", "check", "--data", server.path()]).json();
        data.put_parcel(2).await;
        data.close().await;
    });
    // connections close on threads of their own, so the database may still be in use for a moment
    let migrate = || mpp(&["store", "migrate", "--data", server.path()]);
    let migrated = (0..500).map(|_| migrate()).find(|migrated| migrated.code != 3).unwrap().json();
    assert_eq!(migrated["schemaBefore"], migrated["schema"]);
}

#[test]
fn an_empty_database_is_migrated_before_it_is_looked_through() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let absent = mpp(&["store", "check", "--data", data]);
    assert_eq!(absent.code, 1);
    assert!(absent.err.contains("not the data folder of a server"), "{}", absent.err);
    fs::write(folder.path().join("records.sqlite"), b"").unwrap();
    let old = mpp(&["store", "purge-check", "--data", data]);
    assert_eq!(old.code, 1);
    assert!(old.err.contains("mpp store migrate"), "{}", old.err);
    let migrated = mpp(&["store", "migrate", "--data", data]).json();
    assert_eq!(migrated["schemaBefore"], 0);
    assert_eq!(mpp(&["store", "purge-check", "--data", data]).json()["erased"], 0);
}
