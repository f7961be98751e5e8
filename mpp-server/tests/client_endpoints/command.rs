//! The operator's command against real servers.

use clap::Parser;
use mpp_server::operator::{Arguments, Failure, Surroundings, run};
use mpp_server::runtime::{SystemClock, SystemEntropy};
use serde_json::Value;

use crate::town::{APPROVER_KEY, AUTHOR_KEY, OPERATOR_KEY, Town, bearer, definition, transport};

struct Shell {
    town: Town,
    operator_key: String,
    author_key: String,
    approver_key: String,
}

impl Shell {
    async fn new() -> Self {
        let town = Town::start().await;
        let write = |name: &str, text: &str| {
            let path = town.folder.path().join(name);
            std::fs::write(&path, format!("{text}\n")).unwrap();
            path.display().to_string()
        };
        let operator_key = write("operator.key", OPERATOR_KEY);
        let author_key = write("author.key", AUTHOR_KEY);
        let approver_key = write("approver.key", APPROVER_KEY);
        Self { town, operator_key, author_key, approver_key }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.town.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    async fn text(&self, line: &[&str]) -> Result<String, Failure> {
        let arguments = Arguments::try_parse_from(["mpp"].iter().chain(line)).unwrap();
        let surroundings = Surroundings {
            transport: transport(),
            entropy: std::sync::Arc::new(SystemEntropy),
            clock: std::sync::Arc::new(SystemClock),
        };
        let mut out = Vec::new();
        run(arguments, &surroundings, &mut out).await?;
        Ok(String::from_utf8(out).unwrap())
    }

    async fn central(&self, line: &[&str]) -> Result<Value, Failure> {
        let url = self.town.central.base_url().to_string();
        let more = ["--json", "--central", url.as_str(), "--key-file", self.operator_key.as_str()];
        let text = self.text(&[line, &more].concat()).await?;
        Ok(serde_json::from_str(&text).unwrap())
    }

    async fn client(&self, key: &str, line: &[&str]) -> Result<Value, Failure> {
        let url = self.town.client.base_url().to_string();
        let more = ["--json", "--server", url.as_str(), "--key-file", key];
        let text = self.text(&[&["client"], line, &more].concat()).await?;
        Ok(serde_json::from_str(&text).unwrap())
    }
}

const PARTNER: [&str; 12] = [
    "partner",
    "register",
    "--legal-name",
    "Kaveri Finance Ltd",
    "--gstin",
    "29AAACK9876L1ZN",
    "--contract-ref",
    "MPP-1",
    "--contact",
    "ops@kaveri.example",
    "--price-plan",
    "standard",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_partner_goes_live_by_the_command_alone() {
    let shell = Shell::new().await;
    let registered = shell.central(&PARTNER).await.unwrap();
    let token = shell.file("token", registered["enrolmentToken"].as_str().unwrap());
    let partners = shell.central(&["partner", "list"]).await.unwrap();
    assert_eq!(
        (partners[0]["legalName"].as_str(), partners[0]["enrolled"].as_bool()),
        (Some("Kaveri Finance Ltd"), Some(false))
    );

    let author = shell.author_key.clone();
    let enrolled = shell.client(&author, &["enrol", "--token-file", &token]).await.unwrap();
    assert_eq!(enrolled["partnerId"], registered["partnerId"]);
    let definition = definition();
    let product = serde_json::json!({ "name": definition.name, "items": definition.items, "notice": definition.notice });
    let product = shell.file("product.json", &product.to_string());
    let drafted = shell.client(&author, &["product", "define", &product]).await.unwrap();
    let id = drafted["productId"].as_str().unwrap();
    let own = shell.client(&author, &["product", "approve", id, "1"]).await.unwrap_err();
    assert_eq!((own.code(), own.exit_code()), (Some("same_person"), 1));
    let approver = shell.approver_key.clone();
    let approved = shell.client(&approver, &["product", "approve", id, "1"]).await.unwrap();
    assert_eq!(approved["state"], "approved");
    assert_eq!(shell.client(&author, &["product", "list"]).await.unwrap().as_array().unwrap().len(), 1);

    let hook = shell.town.hook.to_string();
    let key = shell.client(&author, &["webhook", "set", &hook]).await.unwrap();
    assert_eq!(key["key"]["crv"], "Ed25519");
    let made = shell
        .client(&author, &["api-key", "create", "--name", "loan desk", "--scope", "data"])
        .await
        .unwrap();
    assert!(made["key"].as_str().unwrap().starts_with("mppk_"));
    let revoke = ["api-key", "revoke", made["apiKeyId"].as_str().unwrap()];
    assert_eq!(shell.client(&author, &revoke).await.unwrap()["apiKeyId"], made["apiKeyId"]);
    for list in ["accesses", "parcels", "parked"] {
        assert_eq!(shell.client(&author, &[list]).await.unwrap(), serde_json::json!([]), "{list}");
    }
    let retirement = ["product", "retirement"];
    let step = |step: &'static str| [&retirement[..], &[step, id]].concat();
    let proposed = shell.client(&author, &step("propose")).await.unwrap();
    assert_eq!(proposed["proposedBy"], "meera");
    let own = shell.client(&author, &step("approve")).await.unwrap_err();
    assert_eq!((own.code(), own.exit_code()), (Some("same_person"), 1));
    assert_eq!(shell.client(&author, &step("withdraw")).await.unwrap()["state"], "kept");
    shell.client(&author, &step("propose")).await.unwrap();
    assert_eq!(shell.client(&approver, &step("approve")).await.unwrap()["state"], "retired");
    assert_eq!(shell.client(&author, &["product", "list"]).await.unwrap()[0]["state"], "retired");
    assert_eq!(shell.central(&["holdings"]).await.unwrap()["parcels"], 0);
    assert_eq!(shell.central(&["usage"]).await.unwrap(), serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn the_own_log_is_signed_into_a_file_or_sent() {
    let shell = Shell::new().await;
    shell.town.onboard().await;
    let author = shell.author_key.clone();
    let line = ["usage-log", "--month", "2026-01"];
    let early = shell.client(&author, &line).await.unwrap_err();
    assert_eq!((early.code(), early.exit_code()), (Some("month_not_over"), 1));
    shell.town.clock.advance(mpp_core::Span::from_days(20));
    let out = shell.town.folder.path().join("january.jws").display().to_string();
    let written = shell.client(&author, &[&line[..], &["--out", &out]].concat()).await.unwrap();
    let log = std::fs::read_to_string(&out).unwrap();
    assert_eq!(written["bytes"], log.len());
    let log: mpp_crypto::jws::CompactJws = log.parse().unwrap();
    assert_eq!(log.typ(), mpp_billing::USAGE_LOG_TYP);
    let again = shell.client(&author, &[&line[..], &["--out", &out]].concat()).await.unwrap_err();
    assert_eq!(again.exit_code(), 1, "an existing file is not overwritten");
    let printed = shell.client(&author, &line).await.unwrap();
    assert_eq!(printed["log"].as_str().unwrap().split('.').count(), 3);
    let sent = shell.client(&author, &[&line[..], &["--send"]].concat()).await.unwrap();
    assert_eq!((sent["lines"].as_u64(), sent["missingHere"].as_u64()), (Some(0), Some(0)));
    for wrong in [&["mpp", "client", "usage-log"][..], &["mpp", "client", "usage-log", "--month", "January"]]
    {
        assert!(Arguments::try_parse_from(wrong).is_err(), "{wrong:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn secrets_go_to_files_and_failures_have_exit_codes() {
    let shell = Shell::new().await;
    let out = shell.town.folder.path().join("new.key").display().to_string();
    let text = shell.text(&["keygen", "staff", "--name", "meera", "--out", &out]).await.unwrap();
    let key = std::fs::read_to_string(&out).unwrap();
    assert!(
        !text.contains(key.trim()) && text.contains(&mpp_crypto::sha256(key.trim().as_bytes()).to_string())
    );
    let pasted: toml::Table = text[text.find("[[staff]]").unwrap()..].parse().unwrap();
    let digest = mpp_crypto::sha256(key.trim().as_bytes()).to_string();
    assert_eq!(pasted["staff"][0]["name"].as_str(), Some("meera"));
    assert_eq!(pasted["staff"][0]["key_sha256"].as_str(), Some(digest.as_str()));
    let again = shell.text(&["keygen", "staff", "--out", &out]).await.unwrap_err();
    assert_eq!(again.exit_code(), 1, "an existing file is not overwritten");

    let nowhere = ["holdings", "--central", "http://127.0.0.1:9/", "--key-file", &shell.operator_key];
    assert_eq!(shell.text(&nowhere).await.unwrap_err().exit_code(), 3);
    let wrong = shell.file("wrong.key", "guess");
    let url = shell.town.central.base_url().to_string();
    let refused = shell.text(&["holdings", "--central", &url, "--key-file", &wrong]).await.unwrap_err();
    assert_eq!((refused.code(), refused.exit_code()), (Some("unauthenticated"), 1));
    assert!(!refused.to_string().contains("guess"));
    assert!(Arguments::try_parse_from(["mpp", "holdings", "--key", "secret"]).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn configurations_are_checked_without_starting_anything() {
    let shell = Shell::new().await;
    let staff = format!("[[staff]]\nname = \"meera\"\nkey_sha256 = \"{}\"\n", "0a".repeat(32));
    let text =
        |url: &str| format!("listen = \"127.0.0.1:0\"\ndata = \"d\"\n[central]\nurl = \"{url}\"\n{staff}");
    let good = shell.file("good.toml", &text("https://central.moneyone.example/"));
    let said = shell.text(&["config", "check", "--role", "client", &good]).await.unwrap();
    assert!(said.contains("good.toml"));
    let plain = shell.file("plain.toml", &text("http://central.moneyone.example/"));
    let refused = shell.text(&["config", "check", "--role", "client", &plain]).await.unwrap_err();
    assert!(refused.to_string().contains("https"), "{refused}");
    for (table, said) in [
        ("[records]\nbackend = \"sled\"\n", ""),
        ("[records]\nurl = \"postgres://mpp:canary@db/records\"\n", "without a password"),
        ("[records]\nbackend = \"postgres\"\n", "needs `url`"),
        ("[parcels]\nbackend = \"s3\"\n", "needs `endpoint`"),
        ("[parcels]\nendpoint = \"http://s3.example\"\n", "plain http to s3.example"),
        ("[parcels]\nsecret = \"canary\"\n", "no secret stands here"),
    ] {
        let file = shell.file("kept.toml", &(text("https://central.moneyone.example/") + table));
        let checked = shell.text(&["config", "check", "--role", "client", &file]).await;
        let answer = checked.map_or_else(|refused| refused.to_string(), |_| String::new());
        assert!(answer.contains(said) && answer.is_empty() == said.is_empty(), "{table}: {answer}");
        assert!(!answer.contains("canary"), "{answer}");
    }
    for role in ["central", "private-share"] {
        let refused = shell.text(&["config", "check", "--role", role, &good]).await.unwrap_err();
        assert!(refused.to_string().contains("good.toml"), "{refused}");
    }
}

#[test]
pub(crate) fn the_sample_in_the_documentation_is_a_valid_configuration() {
    let docs = include_str!("../../../docs/cli.md");
    let sample = docs.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.toml");
    std::fs::write(&path, sample).unwrap();
    let config: mpp_server::client::ClientConfig = mpp_server::runtime::load_config(&path).unwrap();
    config.check().unwrap();
    let product = docs.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let product: Value = serde_json::from_str(product).unwrap();
    serde_json::from_value::<mpp_core::ProductContent>(product).unwrap();
}

#[test]
pub(crate) fn the_samples_of_the_configuration_page_are_valid() {
    let _: mpp_server::central::CentralConfig = sample("central");
    let client: mpp_server::client::ClientConfig = sample("client");
    client.check().unwrap();
    let _: mpp_server::private_share::PrivateShareConfig = sample("private-share");
}

/// The tables that say where things are stand apart from the samples they go into.
#[test]
pub(crate) fn the_samples_of_places_on_the_configuration_page_are_valid() {
    use mpp_server::runtime::{ParcelsSection, RecordsSection};
    let whole =
        [page_block("# central.toml\n"), page_block("[records]\n"), page_block("[parcels]\n")].concat();
    let config: mpp_server::central::CentralConfig = read(&whole);
    assert!(matches!(config.records, RecordsSection::Postgres(_)), "{:?}", config.records);
    assert!(matches!(config.parcels, ParcelsSection::S3(_)), "{:?}", config.parcels);
}

fn sample<T: serde::de::DeserializeOwned>(role: &str) -> T {
    read(page_block(&format!("# {role}.toml\n")))
}

fn page_block(beginning: &str) -> &'static str {
    let page = include_str!("../../../docs/configuration.md");
    let mut blocks = page.split("```toml\n").chain(page.split("```text\n"));
    let block = blocks.find(|block| block.starts_with(beginning)).unwrap();
    block.split("```").next().unwrap()
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample.toml");
    std::fs::write(&path, text).unwrap();
    mpp_server::runtime::load_config(&path).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn people_are_invited_listed_and_shut_out_by_the_command() {
    let shell = Shell::new().await;
    for server in [shell.town.central.base_url().to_string(), shell.town.client.base_url().to_string()] {
        let key = if server == shell.town.central.base_url().as_str() {
            &shell.operator_key
        } else {
            &shell.author_key
        };
        let staff = async |line: &[&str]| {
            let more = ["--json", "--server", server.as_str(), "--key-file", key.as_str()];
            let text = shell.text(&[&["staff"], line, &more].concat()).await?;
            Ok::<Value, Failure>(serde_json::from_str(&text).unwrap())
        };
        let invite = ["invite", "asha", "--name", "Asha Rao", "--role", "administrator"];
        let invited = staff(&invite).await.unwrap();
        let link = invited["link"].as_str().unwrap();
        assert!(link.starts_with(&format!("{server}portal/welcome#mppi_")), "{link}");
        let people = staff(&["list"]).await.unwrap();
        assert_eq!((people[0]["id"].as_str(), people[0]["state"].as_str()), (Some("asha"), Some("invited")));
        link_and_unlink(&shell, &server, key, &staff).await;
        staff(&["disable", "asha"]).await.unwrap();
        assert_eq!(staff(&["list"]).await.unwrap()[0]["state"], "disabled");
        let unknown = staff(&["invite", "ravi", "--name", "Ravi", "--role", "king"]).await.unwrap_err();
        assert_eq!((unknown.code(), unknown.exit_code()), (Some("invalid_request"), 1));
    }
}

/// A person is linked to a name at the OpenID provider and that is taken away again; what cannot be is told.
async fn link_and_unlink(
    shell: &Shell,
    server: &str,
    key: &str,
    staff: &impl AsyncFn(&[&str]) -> Result<Value, Failure>,
) {
    const ADDRESS: &str = "asha@kaveri.example";
    let key = std::fs::read_to_string(key).unwrap();
    let caller = mpp_api::Caller::new(server.parse().unwrap(), transport(), bearer(key.trim()));
    let desk = mpp_api::desk::DeskClient::new(caller);
    let linked = staff(&["link", "asha", "--sign-on", ADDRESS]).await.unwrap();
    assert_eq!(linked, serde_json::json!({ "id": "asha", "signOn": "linked" }));
    let links = desk.sign_on_links().await.unwrap();
    assert_eq!((links.len(), links[0].staff.as_str(), links[0].name.as_str()), (1, "asha", ADDRESS));
    assert!(!links[0].bound, "nobody has signed in yet");
    let unlinked = staff(&["unlink", "asha"]).await.unwrap();
    assert_eq!(unlinked, serde_json::json!({ "id": "asha", "signOn": "none" }));
    assert!(desk.sign_on_links().await.unwrap().is_empty());
    let nobody = staff(&["link", "nobody", "--sign-on", ADDRESS]).await.unwrap_err();
    assert_eq!((nobody.code(), nobody.exit_code()), (Some("not_found"), 1));
    let text = ["staff", "link", "asha", "--sign-on", ADDRESS, "--server", server, "--key-file"];
    let file = shell.file("desk.key", &key);
    let said = shell.text(&[&text[..], &[file.as_str()]].concat()).await.unwrap();
    assert_eq!(said, "linked  asha\n", "for people");
    staff(&["unlink", "asha"]).await.unwrap();
    assert!(Arguments::try_parse_from(["mpp", "staff", "link", "asha"]).is_err(), "without a name");
}
