//! The sandbox on a real socket, in process and as a program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use mpp_sandbox::{FlavourSupport, Sandbox, SandboxConfig};
use mpp_transport::{ConnectionSettings, Request, ReqwestTransport, Transport, Url};
use serde_json::Value;

async fn get(base_url: &str, path: &str) -> Value {
    let transport = ReqwestTransport::new(ConnectionSettings::default()).unwrap();
    let url = Url::parse(&format!("{base_url}{path}")).unwrap();
    let body = transport.send(Request::get(url)).await.unwrap().collect(1 << 20).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn starts_on_a_free_port_and_stops_listening() {
    let running = Sandbox::start(SandboxConfig::default()).await.unwrap();
    let base_url = running.base_url.clone();
    assert_eq!(get(&base_url, "/fip/NARMADA_FIP/v2/Heartbeat").await["Status"], "UP");
    let aa = get(&base_url, "/registry/v2/entityInfo/AA/ONEMONEYDEMO_AA").await;
    assert_eq!(aa[0]["entityinfo"]["baseurl"], format!("{base_url}/aa/v2"));
    running.shutdown().await;
    let transport = ReqwestTransport::new(ConnectionSettings::default()).unwrap();
    assert!(transport.send(Request::get(Url::parse(&base_url).unwrap())).await.is_err());
}

#[tokio::test]
async fn kept_keys_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let config = SandboxConfig { keys_dir: Some(dir.path().to_owned()), ..SandboxConfig::default() };
    let mut seen = Vec::new();
    for _ in 0..2 {
        let running = Sandbox::start(config.clone()).await.unwrap();
        let aa = get(&running.base_url, "/registry/v2/entityInfo/AA").await;
        seen.push(aa[0]["entityinfo"]["certificate"].clone());
        running.shutdown().await;
    }
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn the_readmes_settings_are_the_defaults_but_for_one() {
    let readme = include_str!("../README.md");
    let sample = readme.split("```toml").nth(1).unwrap().split("```").next().unwrap();
    let mut config: SandboxConfig = toml::from_str(sample).unwrap();
    assert_eq!(config.flavours.remove("SAHYADRI_FIP"), Some(FlavourSupport::Ecc));
    assert_eq!(format!("{config:?}"), format!("{:?}", SandboxConfig::default()));
    assert!(toml::from_str::<SandboxConfig>("unknown = 1").is_err());
}

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_program_says_where_it_listens() {
    let mut program = Program(
        Command::new(env!("CARGO_BIN_EXE_mpp-sandbox"))
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut line = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(said["ready"], Value::Bool(true));
    let base_url = said["baseUrl"].as_str().unwrap();
    assert_eq!(get(base_url, "/aa/v2/Heartbeat").await["Status"], "UP");
}
