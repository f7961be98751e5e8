//! Backups that somebody cut, changed or made up, and places that cannot be filled: each refused with what is wrong, and nothing is left
//! that could be taken for a server's records.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::folder::{CONTENT, Outcome, Server, copy_folder, mpp, parcel, run};
use crate::small_disk::SmallDisk;

/// A backup that may be spoilt.
struct Backup {
    from: Server,
    folder: PathBuf,
}

impl Backup {
    fn of(tables: &str, arguments: &[&str]) -> Self {
        let from = Server::with_parcels_and(&[1, 2], tables);
        let folder = PathBuf::from(from.beside("backup"));
        let config = from.beside("server.toml");
        let backup = ["store", "backup", "--config", &config, "--to", folder.to_str().unwrap()];
        mpp(&[&backup[..], arguments].concat()).json();
        Self { from, folder }
    }

    /// The same backup once more, to spoil that one.
    fn copied(&self, name: &str) -> PathBuf {
        let copy = PathBuf::from(self.from.beside(name));
        copy_folder(&self.folder, &copy);
        copy
    }

    fn part(number: u8) -> String {
        format!("parcels/{}/0000000000", parcel(number))
    }
}

fn restore(from: &Path, to: &Path) -> Outcome {
    mpp(&["store", "restore", "--from", from.to_str().unwrap(), "--data", to.to_str().unwrap()])
}

/// Changes a manifest as somebody would who knows what it looks like.
fn rewrite(backup: &Path, change: impl FnOnce(&mut Value)) {
    let path = backup.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    fs::write(&path, manifest.to_string()).unwrap();
}

fn entry(path: &str, content: &[u8]) -> Value {
    json!({"path": path, "bytes": content.len(), "sha256": mpp_crypto::sha256(content)})
}

/// Puts content into a file of a backup, and has the manifest say so.
fn replace(backup: &Path, file: &str, content: &[u8]) {
    fs::write(backup.join(file), content).unwrap();
    rewrite(backup, |manifest| {
        let files = manifest["files"].as_array_mut().unwrap();
        *files.iter_mut().find(|listed| listed["path"] == file).unwrap() = entry(file, content);
    });
}

#[track_caller]
fn is_refused(from: &Path, said: &str) {
    let around = tempfile::tempdir().unwrap();
    let to = around.path().join("data");
    let refused = restore(from, &to);
    assert_eq!(refused.code, 1, "{said}: {}", refused.err);
    assert!(refused.err.contains(said), "{said}: {}", refused.err);
    assert!(!to.join("records.sqlite").exists(), "{said}: there are records");
}

#[test]
fn a_manifest_that_was_cut_or_made_up_is_refused() {
    let backup = Backup::of("", &[]);
    let whole = fs::read(backup.folder.join("manifest.json")).unwrap();
    let spoilt = backup.copied("spoilt");
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(spoilt.join("manifest.json"), &whole[..length]).unwrap();
        is_refused(&spoilt, "is no manifest of this program");
    }
    let deep = format!("{{\"files\":{}", "[".repeat(100_000));
    fs::write(spoilt.join("manifest.json"), deep).unwrap();
    is_refused(&spoilt, "is no manifest of this program");
    fs::write(spoilt.join("manifest.json"), &whole).unwrap();
    rewrite(&spoilt, |manifest| manifest["form"] = json!(2));
    is_refused(&spoilt, "is a manifest of another form");
    rewrite(&spoilt, |manifest| {
        manifest["form"] = json!(1);
        manifest["more"] = json!(1);
    });
    is_refused(&spoilt, "is no manifest of this program");
    fs::remove_file(spoilt.join("manifest.json")).unwrap();
    is_refused(&spoilt, "manifest.json");
    is_refused(&backup.folder.join("nowhere"), "manifest.json");
}

/// Keys would be taken for those of the server. A backup without keys brings none.
#[test]
fn a_key_that_was_slipped_in_is_refused() {
    let backup = Backup::of("", &[]);
    for key in ["keys/epoch-00000009.key", "keys", "keys/items/parcel-x.key"] {
        let spoilt = backup.copied(&key.replace('/', "-"));
        fs::create_dir_all(spoilt.join(key).parent().unwrap()).unwrap();
        fs::write(spoilt.join(key), b"key").unwrap();
        rewrite(&spoilt, |manifest| manifest["files"].as_array_mut().unwrap().push(entry(key, b"key")));
        is_refused(&spoilt, "is a key, and the manifest says that there are none");
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let backup = Backup::of("", &[]);
    for name in [
        "../escaped",
        "parcels/../../escaped",
        "/escaped",
        "./records.sqlite",
        "records.sqlite/",
        "",
        "other",
        "parcels/../keys/epoch-00000009.key",
    ] {
        let spoilt = backup.copied("names");
        rewrite(&spoilt, |manifest| manifest["files"].as_array_mut().unwrap().push(entry(name, b"x")));
        is_refused(&spoilt, "has no place in a data folder");
        fs::remove_dir_all(spoilt).unwrap();
    }
    let spoilt = backup.copied("twice");
    rewrite(&spoilt, |manifest| {
        let again = entry(
            &Backup::part(1).replace('/', "//"),
            &fs::read(backup.folder.join(Backup::part(1))).unwrap(),
        );
        manifest["files"].as_array_mut().unwrap().push(again);
    });
    is_refused(&spoilt, "is listed twice");
}

/// What a link points to is not part of the backup, and a pipe never ends.
#[test]
fn links_and_pipes_are_no_files_of_a_backup() {
    let backup = Backup::of("", &[]);
    let part = Backup::part(1);
    let to_file = backup.copied("to-file");
    let outside = backup.from.beside("outside");
    fs::rename(to_file.join(&part), &outside).unwrap();
    symlink(&outside, to_file.join(&part)).unwrap();
    is_refused(&to_file, "is missing, or no plain file");

    let to_folder = backup.copied("to-folder");
    let outside = backup.from.beside("outside-folder");
    fs::rename(to_folder.join("parcels"), &outside).unwrap();
    symlink(&outside, to_folder.join("parcels")).unwrap();
    is_refused(&to_folder, "is missing, or no plain file");

    let with_pipe = backup.copied("with-pipe");
    fs::remove_file(with_pipe.join(&part)).unwrap();
    assert!(Command::new("mkfifo").arg(with_pipe.join(&part)).status().unwrap().success());
    is_refused(&with_pipe, "is missing, or no plain file");
}

/// The manifest was made to fit.
#[test]
fn empty_and_foreign_records_are_refused() {
    let backup = Backup::of("", &[]);
    let empty = backup.copied("empty");
    replace(&empty, "records.sqlite", b"");
    is_refused(&empty, "has another schema than the manifest says");
    let other = backup.copied("other");
    rewrite(&other, |manifest| manifest["schema"] = json!(1));
    is_refused(&other, "has another schema than the manifest says");
    let newer = backup.copied("newer");
    rewrite(&newer, |manifest| manifest["schema"] = json!(1000));
    is_refused(&newer, "1000");
    let text = backup.copied("text");
    replace(&text, "records.sqlite", &[b'x'; 4096]);
    is_refused(&text, "records.restoring is damaged");

    let portable = Backup::of("", &["--portable"]);
    let whole = fs::read(portable.folder.join("records.snapshot")).unwrap();
    let spoilt = portable.copied("spoilt");
    let newer = [&whole[..12], &2_u32.to_be_bytes(), &whole[16..]].concat();
    let long_frame = [&whole[..16], &u32::MAX.to_be_bytes(), &whole[20..]].concat();
    for (content, said) in [
        (&b""[..], "snapshot"),
        (&whole[..12], "snapshot"),
        (&newer, "version 2"),
        (&long_frame, "snapshot"),
        (&[&whole[..], b"x"].concat(), "snapshot"),
    ] {
        replace(&spoilt, "records.snapshot", content);
        is_refused(&spoilt, said);
    }
}

/// An empty part is a part like any other.
#[test]
fn files_of_no_bytes_are_restored() {
    let backup = Backup::of("", &[]);
    let with_empty = backup.copied("with-empty");
    let name = format!("parcels/{}/0000000001", parcel(1));
    fs::write(with_empty.join(&name), b"").unwrap();
    rewrite(&with_empty, |manifest| manifest["files"].as_array_mut().unwrap().push(entry(&name, b"")));
    let to = PathBuf::from(backup.from.beside("elsewhere"));
    restore(&with_empty, &to).json();
    assert_eq!(fs::read(to.join(name)).unwrap(), b"");
}

#[test]
fn a_place_that_cannot_be_written_to_is_named() {
    let backup = Backup::of("", &[]);
    let file = PathBuf::from(backup.from.beside("a-file"));
    fs::write(&file, b"mine").unwrap();
    for to in [file.clone(), file.join("data")] {
        let refused = restore(&backup.folder, &to);
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("a-file"), "{}", refused.err);
    }
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    let Some(disk) = SmallDisk::mount(4) else { return };
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(disk.path()).status().unwrap();
    assert!(remounted.success());
    let refused = restore(&backup.folder, &disk.path().join("data"));
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("Read-only file system"), "{}", refused.err);
}

/// A disk that runs full while it is filled: no records, whichever file it was that found no space; and with space, all of them.
#[test]
fn a_disk_that_runs_full_leaves_no_records() {
    for (tables, portable) in [("", false), ("", true), ("[records]\nbackend = \"sled\"\n", true)] {
        let arguments: &[&str] = if portable { &["--portable"] } else { &[] };
        let backup = Backup::of(tables, arguments);
        let Some(disk) = SmallDisk::mount(24) else { return };
        let config = PathBuf::from(backup.from.beside("small.toml"));
        let data = disk.path().join("data");
        fs::write(&config, format!("data = {data:?}\n{tables}")).unwrap();
        let config = config.to_str().unwrap();
        let from = backup.folder.to_str().unwrap();
        let ballast = disk.path().join("ballast");
        let mut refused = 0;
        for left in [0, 4, 16, 48, 100, 200] {
            let _ = fs::remove_dir_all(&data);
            fs::write(&ballast, vec![7; (24 * 1024 - left) * 1024]).unwrap_or_else(|_| assert_eq!(left, 0));
            let restored = mpp(&["store", "restore", "--config", config, "--from", from]);
            fs::remove_file(&ballast).unwrap();
            if restored.code == 0 {
                continue;
            }
            refused += 1;
            assert!(
                restored.err.contains("space") || restored.err.contains("full"),
                "{left}: {}",
                restored.err
            );
            let names = ["records.sqlite", "records.restoring", "records.sled"];
            assert_eq!(names.map(|name| data.join(name).exists()), [false; 3], "{left}");
        }
        assert!(refused > 1, "{tables}: the disk never was full");
        let _ = fs::remove_dir_all(&data);
        mpp(&["store", "restore", "--config", config, "--from", from]).json();
        copy_folder(&backup.from.file("keys"), &data.join("keys"));
        mpp(&["store", "check", "--config", config]).json();
        if tables.is_empty() {
            run(async {
                assert_eq!(Server::at(&data).open().await.read_parcel(1).await, CONTENT);
            });
        }
    }
}
