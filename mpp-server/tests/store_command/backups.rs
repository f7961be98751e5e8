//! Restore drills: half way through its work a server is backed up, restored in another place, and goes on there.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::folder::{CONTENT, Outcome, Server, copy_folder, mpp, run};
use crate::postgres_support::FreshDatabase;
use crate::s3_server::S3Server;

const SLED: &str = "[records]\nbackend = \"sled\"\n";

fn store(server: &Server, arguments: &[&str]) -> Outcome {
    let config = server.beside("server.toml");
    mpp(&[&["store", arguments[0], "--config", &config], &arguments[1..]].concat())
}

/// A database, and the tables of a configuration that names it.
pub(crate) struct InPostgres {
    pub(crate) database: FreshDatabase,
    secrets: TempDir,
}

impl InPostgres {
    pub(crate) fn new() -> Self {
        Self { database: run(FreshDatabase::new()), secrets: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn tables(&self) -> String {
        let url: url::Url = self.database.url().parse().unwrap();
        let password = self.secrets.path().join("password");
        fs::write(&password, url.password().unwrap()).unwrap();
        let mut without = url.clone();
        without.set_password(None).unwrap();
        let file = password.to_str().unwrap();
        format!("[records]\nurl = \"{without}\"\nschema = \"central\"\npassword = {{ file = {file:?} }}\n")
    }
}

/// Backed up while it runs, or, where one process has the records, before it ends.
fn drill(from: &Server, to: &Server, portable: &[&str]) {
    let backup = from.beside("backup");
    let half_way = run(async {
        let data = from.open().await;
        data.put_parcel(3).await;
        let job = data.begin_work(8).await;
        data.remove_parcel(1).await;
        data.close().await;
        job
    });
    let made = store(from, &[&["backup", "--to", &backup], portable].concat()).json();
    assert_eq!((&made["withKeys"], &made["withParcels"]), (&json!(false), &json!(true)));
    // erased after the backup was made: its key is gone
    run(async {
        let data = from.open().await;
        data.remove_parcel(2).await;
        data.close().await;
    });
    let restored = store(to, &["restore", "--from", &backup]).json();
    assert_eq!(restored["files"], made["files"]);
    copy_folder(&from.file("keys"), &to.file("keys"));
    let (version, leaves) = run(async {
        let data = to.open().await;
        assert_eq!(data.read_label().await, "canary-label");
        assert_eq!(data.read_parcel(3).await, CONTENT);
        for erased in [1, 2] {
            assert!(!data.is_readable(erased).await, "what was erased stays erased: {erased}");
        }
        // the lease of the server that is gone is as good here
        let version = data.finish_work(&half_way).await;
        data.put_parcel(4).await;
        assert_eq!(data.read_parcel(4).await, CONTENT);
        let leaves = data.leaves().await;
        data.remove_parcel(2).await;
        data.close().await;
        (version, leaves)
    });
    assert!(version.number() > 5);
    let expected = [vec![1], vec![2], vec![3], b"finished".to_vec(), vec![4]];
    assert_eq!(leaves, (0..).zip(expected).collect::<Vec<_>>(), "leaves go on without a gap");
    let checked = store(to, &["check"]).json();
    assert_eq!(checked["jobs"], 0);
    assert_eq!(checked["records"], json!({"client-item": 1, "epoch-standing": 1, "parcel": 4}));
    assert_eq!((&checked["auditLeaves"], &checked["usageEntries"]), (&json!(5), &json!(0)));
    assert_eq!(store(to, &["purge-check"]).json()["erased"], 2);
    // a place that is in use is not filled again
    let again = store(to, &["restore", "--from", &backup]);
    assert_eq!(again.code, 1, "{}", again.err);
    assert!(again.err.contains("not empty"), "{}", again.err);
    assert_eq!(store(to, &["check"]).json()["auditLeaves"], 5);
}

#[test]
fn from_sqlite_to_sqlite() {
    drill(&Server::with_parcels(&[1, 2]), &Server::nowhere(""), &[]);
}

#[test]
fn from_sled_to_sled() {
    drill(&Server::with_parcels_and(&[1, 2], SLED), &Server::nowhere(SLED), &[]);
}

#[test]
fn from_postgres_to_postgres() {
    let (one, other) = (InPostgres::new(), InPostgres::new());
    drill(&Server::with_parcels_and(&[1, 2], &one.tables()), &Server::nowhere(&other.tables()), &[]);
}

#[test]
fn a_server_moves_from_sqlite_to_postgres() {
    let there = InPostgres::new();
    drill(&Server::with_parcels(&[1, 2]), &Server::nowhere(&there.tables()), &["--portable"]);
}

#[test]
fn a_server_moves_from_postgres_to_sqlite_and_from_sled() {
    let here = InPostgres::new();
    drill(&Server::with_parcels_and(&[1, 2], &here.tables()), &Server::nowhere(""), &[]);
    drill(&Server::with_parcels_and(&[1, 2], SLED), &Server::nowhere(""), &[]);
}

#[test]
fn parcels_in_object_storage_are_copied_and_put_back() {
    let moto = S3Server::start();
    let (key_id, secret) = moto.access_key();
    let secrets = tempfile::tempdir().unwrap();
    let file = secrets.path().join("secret");
    fs::write(&file, secret).unwrap();
    let tables = |bucket: &str| {
        let place = moto.place(bucket);
        format!(
            "[parcels]\nendpoint = \"{}\"\nbucket = \"{bucket}\"\nregion = \"ap-south-1\"\nprefix = \"central\"\n\
             key_id = \"{key_id}\"\nsecret = {{ file = {:?} }}\n",
            place.endpoint,
            file.to_str().unwrap()
        )
    };
    let (one, other) = (moto.bucket().bucket, moto.bucket().bucket);
    let (from, to) = (Server::with_parcels_and(&[1, 2], &tables(&one)), Server::nowhere(&tables(&other)));
    drill(&from, &to, &[]);
    // from a bucket into a folder
    drill(&Server::with_parcels_and(&[1, 2], &tables(&moto.bucket().bucket)), &Server::nowhere(""), &[]);
    // records alone, for a bucket that is whole
    let (backup, here) = (from.beside("records"), Server::nowhere(&tables(&one)));
    let made = store(&from, &["backup", "--to", &backup, "--without-parcels"]).json();
    assert_eq!((&made["files"], &made["withParcels"]), (&json!(1), &json!(false)));
    store(&here, &["restore", "--from", &backup]).json();
    let occupied = Server::nowhere(&tables(&one));
    let refused = store(&occupied, &["restore", "--from", &from.beside("backup")]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("parcels in the object storage"), "{}", refused.err);
    assert!(!occupied.file("records.sqlite").exists(), "no records without their parcels");
}

#[test]
fn keys_may_be_in_place_before_but_nothing_else() {
    let (from, to) = (Server::with_parcels_and(&[1], SLED), Server::nowhere(SLED));
    let (backup, with_keys) = (from.beside("backup"), from.beside("with-keys"));
    store(&from, &["backup", "--to", &backup]).json();
    store(&from, &["backup", "--to", &with_keys, "--with-keys"]).json();
    copy_folder(&from.file("keys"), &to.file("keys"));
    let refused = store(&to, &["restore", "--from", &with_keys]);
    assert!(refused.code == 1 && refused.err.contains("not empty"), "{}", refused.err);
    store(&to, &["restore", "--from", &backup]).json();
    store(&to, &["check"]).json();
    let whole = Server::nowhere(SLED);
    store(&whole, &["restore", "--from", &with_keys]).json();
    run(async {
        let data = whole.open().await;
        assert_eq!(data.read_parcel(1).await, CONTENT);
        data.close().await;
    });
}

/// Every bit that is turned and every cut is noticed before anything is written.
#[test]
fn damaged_records_are_refused_and_nothing_is_written() {
    let there = InPostgres::new();
    let from = Server::with_parcels_and(&[1], SLED);
    let backup = from.beside("backup");
    store(&from, &["backup", "--to", &backup]).json();
    let file = Path::new(&backup).join("records.snapshot");
    let whole = fs::read(&file).unwrap();
    for at in [0, 13, 40, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        // the manifest notices first, and the snapshot by itself when the manifest was made to fit
        for bytes in [&flipped[..], &whole[..at]] {
            let to = Server::nowhere(&there.tables());
            fs::write(&file, bytes).unwrap();
            let refused = store(&to, &["restore", "--from", &backup]);
            assert_eq!(refused.code, 1);
            assert!(refused.err.contains("is not what was backed up"), "{}", refused.err);
            list_as_it_is(&backup, bytes);
            let refused = store(&to, &["restore", "--from", &backup]);
            assert_eq!(refused.code, 1, "{}", refused.err);
            assert!(refused.err.contains("snapshot"), "{}", refused.err);
            assert!(!to.file("").exists(), "nothing was made");
        }
        fs::write(&file, &whole).unwrap();
        list_as_it_is(&backup, &whole);
    }
    store(&Server::nowhere(&there.tables()), &["restore", "--from", &backup]).json();
}

/// Brings the manifest to what the file of the records is.
fn list_as_it_is(backup: &str, bytes: &[u8]) {
    let path = Path::new(backup).join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    manifest["files"][0]["bytes"] = json!(bytes.len());
    manifest["files"][0]["sha256"] = json!(mpp_crypto::sha256(bytes));
    fs::write(&path, manifest.to_string()).unwrap();
}

#[test]
fn a_copy_of_sqlite_is_for_sqlite() {
    let from = Server::with_parcels(&[1]);
    let backup = from.beside("backup");
    store(&from, &["backup", "--to", &backup]).json();
    let to = Server::nowhere(SLED);
    let refused = store(&to, &["restore", "--from", &backup]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("--portable"), "{}", refused.err);
    assert!(!to.file("").exists());
    let in_memory = Server::nowhere("[records]\nbackend = \"memory\"\n");
    let refused = store(&in_memory, &["restore", "--from", &backup]);
    assert!(refused.err.contains("in memory"), "{}", refused.err);
}

#[test]
fn a_check_tells_what_does_not_agree() {
    let place = InPostgres::new();
    let server = Server::with_parcels_and(&[1, 2], &place.tables());
    let database = &place.database;
    for (sql, fault) in [
        (
            "DELETE FROM central.audit_leaf WHERE place = (SELECT max(place) FROM central.audit_leaf)",
            "leaves",
        ),
        (
            "INSERT INTO central.record_index (kind, name, value, seq, is_unique) VALUES ('parcel', 'x', 'y', 99, false)",
            "index entries without their record",
        ),
        ("UPDATE central.record SET version = 1000 WHERE kind = 'parcel'", "never given out"),
        ("INSERT INTO central.job_lane (queue, order_key, seq) VALUES ('a', 'b', 1)", "place in their order"),
    ] {
        run(database.run(sql));
        let checked = store(&server, &["check"]);
        assert_eq!(checked.code, 1, "{}", checked.err);
        let found: Value = serde_json::from_slice(&checked.out).unwrap();
        let faults = found["faults"].as_array().unwrap();
        let named = faults.iter().any(|found| found.as_str().unwrap().contains(fault));
        assert!(named, "{fault}: {faults:?}");
    }
}
