//! The program itself: starts, says where it is, refuses wrong configurations, keeps its keys over a restart.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use mpp_crypto::sha256;

use crate::town::AUTHOR_KEY;

fn config(folder: &std::path::Path, extra: &str) -> std::path::PathBuf {
    let path = folder.join("client.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\ndata = \"{}\"\n{extra}\n[central]\nurl = \"http://127.0.0.1:9/\"\n\n[[staff]]\nname = \
         \"meera\"\nkey_sha256 = \"{}\"\n",
        folder.join("data").display(),
        sha256(AUTHOR_KEY.as_bytes()),
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// Asks over a plain socket: the program is up, and by the time it answers it listens to signals too.
fn is_healthy(base_url: &str) -> bool {
    let address = base_url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.starts_with("HTTP/1.1 200")
}

#[test]
pub(crate) fn the_program_says_where_it_is_and_ends_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), "");
    for _ in 0..2 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mpp-client"))
            .arg("--config")
            .arg(&config)
            .env("MPP_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((ready["ready"].as_bool(), ready["role"].as_str()), (Some(true), Some("client")));
        assert!(is_healthy(ready["baseUrl"].as_str().unwrap()));
        let stopped = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
        assert!(stopped.success());
        assert!(child.wait().unwrap().success());
    }
}

#[test]
pub(crate) fn a_wrong_configuration_is_refused_with_its_place_and_without_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), "secret-key = \"s3cret\"");
    let output =
        Command::new(env!("CARGO_BIN_EXE_mpp-client")).arg("--config").arg(&config).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("line 3") && said.contains("secret-key") && !said.contains("s3cret"), "{said}");
}
