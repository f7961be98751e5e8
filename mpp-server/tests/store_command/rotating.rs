//! `mpp store rotate`.

use std::fs;

use serde_json::{Value, json};

use crate::folder::{CONTENT, Server, mpp, run};

fn epochs(server: &Server) -> Vec<String> {
    let names = fs::read_dir(server.file("keys")).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.starts_with("epoch-")).collect()
}

#[test]
fn everything_is_sealed_anew_and_the_old_key_is_gone() {
    let server = Server::with_parcels(&[1, 2]);
    let secret = fs::read(server.file("keys/epoch-00000001.key")).unwrap();
    let rotated = mpp(&["store", "rotate", "--data", server.path()]).json();
    assert_eq!(rotated, json!({"records": 1, "itemKeys": 3, "unreadableItemKeys": 0, "epochsEnded": 1}));
    assert_eq!(epochs(&server), ["epoch-00000002.key"]);
    for file in crate::folder::files_below(server.file("").as_path()) {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", file.display());
    }
    run(async {
        let data = server.open().await;
        assert_eq!(data.read_label().await, "canary-label");
        assert_eq!(data.read_parcel(2).await, CONTENT);
        data.close().await;
    });
    assert_eq!(mpp(&["store", "check", "--data", server.path()]).code, 0);
}

/// The server does not know of the new epoch until it meets it, and loses nothing by that.
#[test]
fn a_server_that_runs_goes_on() {
    let server = Server::with_parcels(&[1]);
    run(async {
        let data = server.open().await;
        assert_eq!(mpp(&["store", "rotate", "--data", server.path()]).json()["epochsEnded"], 1);
        assert_eq!(data.read_label().await, "canary-label");
        assert_eq!(data.read_parcel(1).await, CONTENT);
        data.put_parcel(5).await;
        assert_eq!(mpp(&["store", "rotate", "--data", server.path()]).json()["itemKeys"], 3);
        // sealed under a key that ended meanwhile, it is refused, and sealed again
        data.put_parcel(6).await;
        assert_eq!(mpp(&["store", "rotate", "--data", server.path()]).json()["itemKeys"], 4);
        for number in [1, 5, 6] {
            assert_eq!(data.read_parcel(number).await, CONTENT);
        }
        data.close().await;
    });
    assert_eq!(epochs(&server), ["epoch-00000004.key"]);
}

#[test]
fn one_rotates_at_a_time_and_who_comes_second_may_try_again() {
    let server = Server::with_parcels(&[1]);
    let lock =
        fs::File::options().write(true).create(true).truncate(false).open(server.file("keys/rotation.lock"));
    let lock = lock.unwrap();
    lock.lock().unwrap();
    let refused = mpp(&["store", "rotate", "--data", server.path()]);
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(refused.err.contains("another process"), "{}", refused.err);
    drop(lock);
    assert_eq!(mpp(&["store", "rotate", "--data", server.path()]).code, 0);
}

#[test]
fn a_configuration_says_where_everything_is() {
    let server = Server::with_parcels(&[1]);
    let file = server.beside("central.toml");
    fs::write(
        &file,
        format!("listen = \"127.0.0.1:0\"\ndata = {:?}\n\n[operator]\nname = \"M\"\n", server.path()),
    )
    .unwrap();
    let rotated: Value = mpp(&["store", "rotate", "--config", &file]).json();
    assert_eq!(rotated["epochsEnded"], 1);
    for bad in [vec![], vec!["--data", server.path(), "--config", &file]] {
        let refused = mpp(&[vec!["store", "rotate"], bad].concat());
        assert_eq!(refused.code, 2, "{}", refused.err);
    }
    let empty = server.beside("empty");
    fs::create_dir(&empty).unwrap();
    let refused = mpp(&["store", "rotate", "--data", &empty]);
    assert!(
        refused.code == 1 && refused.err.contains("no records.sqlite"),
        "{} {}",
        refused.code,
        refused.err
    );
    assert_eq!(fs::read_dir(&empty).unwrap().count(), 0, "nothing was made there");
}
