//! `mpp seed` on a client server: copies that are there when it is started again.

use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use mpp_api::Caller;
use mpp_api::client::{CaseQuery, DocumentQuery, StaffClient};
use mpp_server::operator::{Arguments, Failure, Surroundings, run};
use mpp_server::runtime::{SystemClock, SystemEntropy};
use serde_json::Value;

use crate::journey::problem;
use crate::own_log::{delivered, written_down};
use crate::town::{AUTHOR_KEY, Town, bearer, client_config, transport};

async fn seed(config: &str, consents: &str) -> Result<Value, Failure> {
    let line = ["mpp", "--json", "seed", "--config", config, "--consents", consents];
    let arguments = Arguments::try_parse_from(line).unwrap();
    let surroundings = Surroundings {
        transport: transport(),
        entropy: Arc::new(SystemEntropy),
        clock: Arc::new(SystemClock),
    };
    let mut out = Vec::new();
    run(arguments, &surroundings, &mut out).await?;
    Ok(serde_json::from_slice(&out).unwrap())
}

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn config(data: &Path, central: &str) -> String {
    let digest = mpp_crypto::sha256(AUTHOR_KEY.as_bytes());
    format!(
        "listen = \"127.0.0.1:0\"\ndata = {data:?}\n[central]\nurl = \"{central}\"\n[[staff]]\nname = \"meera\"\nkey_sha256 = \"{digest}\"\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_client_server_is_filled_and_started_again() {
    let mut town = Town::start().await;
    let partner = town.onboard().await;
    delivered(&mut town, &partner, "LOAN-1").await;
    written_down(&town, 1).await;
    let central = town.central.base_url().clone();
    let data = town.data();
    let path = file(&town.folder, "client.toml", &config(&data, central.as_str()));
    town.client.stop().await;

    let done = seed(&path, "120").await.unwrap();
    assert_eq!((done["requests"].as_u64(), done["consents"].as_u64()), (Some(120), Some(120)));
    assert!(done["events"].as_u64() > Some(120 * 5), "{done}");

    let again = mpp_server::client::start(client_config(data, central)).await.unwrap();
    let caller = Caller::new(again.base_url().clone(), transport(), bearer(AUTHOR_KEY));
    let staff = StaffClient::new(caller);
    let cases = staff.cases(&CaseQuery::default()).await.unwrap();
    assert_eq!(cases.items.len(), 100);
    assert!(cases.next.is_some());
    let held = DocumentQuery { status: Some("held".into()), ..DocumentQuery::default() };
    let copy = staff.items(&held).await.unwrap().items.remove(0);
    let opened = problem(staff.masked(copy.item_id).await.unwrap_err());
    assert_eq!((opened.status, opened.code.as_str()), (410, "data_gone"));
    let file = staff.case_file(&copy.case_ref).await.unwrap();
    assert_eq!((file.standing.is_none(), file.documents.len()), (true, 1), "central knows no copy");
    let glance = staff.overview().await.unwrap();
    let purges = glance.queues.iter().find(|queue| queue.queue == "client-purge").unwrap();
    assert!(glance.held > 50 && purges.waiting >= glance.held - 1, "{glance:?}");
    again.stop().await;
}

#[tokio::test]
pub(crate) async fn a_configuration_of_another_server_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (text, said) in [
        ("listen = \"127.0.0.1:0\"\n[our]\nentity = \"ONEMONEY_PDS\"\n", "it is of neither server"),
        ("[central]\n[operator]\n", "it is of neither server"),
        ("[central]\nurl = \"https://central.example\"\n", "missing field"),
        ("[operator]\nname = \"Moneyone\"\n", "missing field"),
    ] {
        let refused = seed(&file(&folder, "some.toml", text), "1").await.unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
        assert_eq!(refused.exit_code(), 1);
    }
    // right, but nothing to copy
    let text = config(&folder.path().join("data"), "https://central.example");
    let refused = seed(&file(&folder, "client.toml", &text), "1").await.unwrap_err();
    assert!(refused.to_string().contains("there is no such thing"), "{refused}");
}
