//! `mpp store` on servers that keep records or parcels elsewhere, as their configuration says.

use std::fs;

use serde_json::{Value, json};

use crate::folder::{CONTENT, Outcome, Server, mpp, parcel, run};
use crate::postgres_support::FreshDatabase;
use crate::s3_server::S3Server;

fn store(command: &str, server: &Server) -> Outcome {
    mpp(&["store", command, "--config", &server.beside("server.toml")])
}

/// What every place must do: count, find what is wrong, rotate, migrate; and lose nothing by any of it.
fn look_after(server: &Server) {
    let checked = store("check", server).json();
    assert_eq!(checked["parcels"], 3);
    assert_eq!(checked["auditLeaves"], 2);
    assert_eq!(checked["records"], json!({"client-item": 1, "epoch-standing": 1, "parcel": 2}));
    assert_eq!((&checked["jobs"], &checked["usageEntries"]), (&json!(0), &json!(0)));
    assert_eq!(checked["schema"], checked["knownSchema"]);
    for list in ["faults", "withoutBytes", "withoutKey", "withoutRecord"] {
        assert_eq!(checked[list], json!([]), "{list}");
    }
    let migrated = store("migrate", server).json();
    assert_eq!(migrated["schema"], migrated["schemaBefore"]);
    let rotated = store("rotate", server).json();
    assert_eq!(rotated, json!({"records": 1, "itemKeys": 3, "unreadableItemKeys": 0, "epochsEnded": 1}));
    run(async {
        let data = server.open().await;
        assert_eq!(data.read_label().await, "canary-label");
        assert_eq!(data.read_parcel(2).await, CONTENT);
        data.remove_parcel(1).await;
        data.close().await;
    });
    assert_eq!(store("purge-check", server).json()["erased"], 1);
    run(async {
        let data = server.open().await;
        data.put_stray(9).await;
        data.close().await;
    });
    let purged = store("purge-check", server);
    assert_eq!(purged.code, 1, "{}", purged.err);
    let found: Value = serde_json::from_slice(&purged.out).unwrap();
    assert_eq!(found["bytesWithoutRecord"], json!([parcel(9)]));
    let checked = store("check", server);
    assert_eq!(checked.code, 1, "{}", checked.err);
}

#[test]
fn everything_in_the_data_folder() {
    look_after(&Server::with_parcels(&[1, 2]));
}

#[test]
fn records_in_sled() {
    let server = Server::with_parcels_and(&[1, 2], "[records]\nbackend = \"sled\"\n");
    assert!(server.file("records.sled").is_dir() && !server.file("records.sqlite").exists());
    look_after(&server);
    // one process at a time: who comes second may try again
    let held = run(async {
        let data = server.open().await;
        let held = store("check", &server);
        data.close().await;
        held
    });
    assert_eq!(held.code, 3, "{}", held.err);
    let by_folder = mpp(&["store", "check", "--data", server.path()]);
    assert_eq!(by_folder.code, 1);
    assert!(
        by_folder.err.contains("no records.sqlite") && by_folder.err.contains("--config"),
        "{}",
        by_folder.err
    );
}

#[test]
fn records_in_postgres() {
    let database = run(FreshDatabase::new());
    let url: url::Url = database.url().parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    fs::write(&password, url.password().unwrap()).unwrap();
    let mut without = url.clone();
    without.set_password(None).unwrap();
    let tables = format!(
        "[records]\nurl = \"{without}\"\nschema = \"central\"\npassword = {{ file = {:?} }}\n",
        password.to_str().unwrap()
    );
    let server = Server::with_parcels_and(&[1, 2], &tables);
    assert!(!server.file("records.sqlite").exists());
    look_after(&server);
    // tables of an earlier program are named, and left alone until somebody asks for more
    run(database.run("DELETE FROM central._sqlx_migrations WHERE version > 2"));
    let refused = store("check", &server);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("has schema 2"), "{}", refused.err);
    run(database.run("DROP SCHEMA central CASCADE"));
    let refused = store("check", &server);
    assert!(refused.err.contains("has schema 0"), "{}", refused.err);
    fs::remove_file(&password).unwrap();
    let refused = store("check", &server);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("cannot read the secret"), "{}", refused.err);
}

#[test]
fn parcels_in_object_storage() {
    let moto = S3Server::start();
    let place = moto.bucket();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let (key_id, secret) = moto.access_key();
    fs::write(&file, secret).unwrap();
    let tables = format!(
        "[parcels]\nendpoint = \"{}\"\nbucket = \"{}\"\nregion = \"ap-south-1\"\nprefix = \"central\"\nkey_id = \"{key_id}\"\n\
         secret = {{ file = {:?} }}\n",
        place.endpoint,
        place.bucket,
        file.to_str().unwrap()
    );
    let server = Server::with_parcels_and(&[1, 2], &tables);
    assert!(!server.file("parcels").exists(), "nothing of it is in the data folder");
    look_after(&server);
    fs::write(&file, "another secret: canary").unwrap();
    let refused = store("check", &server);
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("SignatureDoesNotMatch"), "{}", refused.err);
    assert!(!refused.err.contains("canary"), "{}", refused.err);
    fs::write(&file, secret).unwrap();
    drop(moto);
    let gone = store("purge-check", &server);
    assert_eq!(gone.code, 3, "{}", gone.err);
}

#[test]
fn records_in_memory_are_nowhere_to_look_for() {
    let server = Server::with_parcels_and(&[1], "[records]\nbackend = \"memory\"\n");
    for command in ["check", "migrate", "rotate", "purge-check", "backup"] {
        let to = server.beside("backup");
        let extra: &[&str] = if command == "backup" { &["--to", &to] } else { &[] };
        let refused = mpp(&[&["store", command, "--config", &server.beside("server.toml")], extra].concat());
        assert_eq!(refused.code, 1, "{command}");
        assert!(refused.err.contains("in memory"), "{}", refused.err);
    }
}
