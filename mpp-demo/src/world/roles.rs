//! Starts the parts in an order in which each finds what it needs, with the configuration files an operator would write.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use mpp_core::{EntityId, Kid, PublicJwk, draw};
use mpp_crypto::rs256;
use mpp_server::runtime::SystemEntropy;
use mpp_transport::Transport;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::hosting::{Host, Role};
use super::{Keeping, Places, ProviderPatience};
use crate::outside::Outside;
use crate::product::{BUREAU, OPERATOR};

/// The private share service's name in the Central Registry.
const PRIVATE_SHARE_ENTITY: &str = "ONEMONEY_PDS";

/// The keys the sandbox's bureau and operator ask for by default.
const BUREAU_KEY: &str = "sandbox-bureau-key";
const OPERATOR_KEY: &str = "sandbox-operator-key";

/// What runs, and what is needed to go on.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) places: Places,
    pub(super) outside: Outside,
    pub(super) aggregator: Aggregator,
    pub(super) operator_key: String,
    pub(super) staff_keys: [String; 2],
}

/// The Account Aggregator as the Central Registry describes it.
#[derive(Debug)]
pub(super) struct Aggregator {
    pub(super) entity: EntityId,
    pub(super) keys: Vec<(Kid, rs256::VerifyingKey)>,
    handle: String,
    jwk: Value,
    rebit: Url,
    web: Url,
}

/// What the parts stand on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    /// The folder with a sub-folder for each.
    pub(super) data: &'a Path,
    /// Where the roles keep what they store.
    pub(super) keeping: &'a Keeping,
}

/// Starts the sandbox, then the three roles.
pub(super) async fn start_all(
    host: &mut Host,
    ground: Ground<'_>,
    transport: &Arc<dyn Transport>,
    patience: ProviderPatience,
) -> anyhow::Result<Started> {
    let sandbox = host.start_sandbox(&ground.data.join("sandbox")).await.context("starting the sandbox")?;
    let outside = Outside::new(sandbox.clone(), Arc::clone(transport));
    let aggregator = aggregator(&outside).await.context("reading the Central Registry")?;
    let operator_key = secret("operator");
    let staff_keys = [secret("staff"), secret("staff")];

    let config = central_config(ground, &sandbox, &operator_key, patience)?;
    let central = host.start_role(Role::Central, &config).await.context("starting central")?;
    let config = client_config(ground, &central, &staff_keys)?;
    let client = host.start_role(Role::Client, &config).await.context("starting the client server")?;
    let private_share = start_private_share(host, ground, &outside, &aggregator).await;
    let private_share = private_share.context("starting the private share service")?;
    let places = Places { sandbox, central, client, private_share };
    Ok(Started { places, outside, aggregator, operator_key, staff_keys })
}

async fn aggregator(outside: &Outside) -> anyhow::Result<Aggregator> {
    #[derive(Deserialize)]
    struct Record {
        entityinfo: Info,
    }
    #[derive(Deserialize)]
    struct Info {
        id: EntityId,
        entityhandle: String,
        baseurl: Url,
        webviewurl: Url,
        certificate: Value,
    }
    let records: Vec<Record> = outside.get("/registry/v2/entityInfo/AA").await?;
    let info = records.into_iter().next().context("no Account Aggregator")?.entityinfo;
    let kid: Kid =
        info.certificate.get("kid").and_then(Value::as_str).context("a key without a name")?.parse()?;
    let jwk: PublicJwk = serde_json::from_value(info.certificate.clone())?;
    Ok(Aggregator {
        entity: info.id,
        keys: vec![(kid, rs256::VerifyingKey::from_jwk(&jwk)?)],
        handle: info.entityhandle,
        jwk: info.certificate,
        rebit: info.baseurl,
        web: info.webviewurl,
    })
}

fn secret(prefix: &str) -> String {
    format!("{prefix}-{}", hex::encode(draw::<24>(&SystemEntropy)))
}

fn digest(key: &str) -> String {
    mpp_crypto::sha256(key.as_bytes()).to_string()
}

/// A role's folder with a sub-folder for its data; writes files only the owner can read.
struct RoleFolder(PathBuf);

impl RoleFolder {
    fn make(data: &Path, role: Role) -> anyhow::Result<Self> {
        let folder = data.join(role.folder());
        fs::create_dir_all(folder.join("data"))?;
        Ok(Self(folder))
    }

    fn data(&self) -> String {
        self.0.join("data").display().to_string()
    }

    /// The part of the configuration that says where records are.
    fn records(&self, ground: Ground<'_>, role: Role) -> anyhow::Result<String> {
        let records = &ground.keeping.records;
        let file =
            records.password().map(|password| self.write("database.password", password)).transpose()?;
        let file = file.map(|path| path.display().to_string()).unwrap_or_default();
        Ok(records.section(role.folder(), &file))
    }

    /// The part of the configuration that says where the bytes of parcels are.
    fn parcels(&self, ground: Ground<'_>, role: Role) -> anyhow::Result<String> {
        let Some(bucket) = &ground.keeping.bucket else { return Ok(String::new()) };
        let file = self.write("bucket.secret", &bucket.secret)?;
        Ok(bucket.section(role.folder(), &file.display().to_string()))
    }

    fn write(&self, name: &str, content: &str) -> anyhow::Result<PathBuf> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.0.join(name);
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(content.as_bytes())?;
        Ok(path)
    }
}

fn central_config(
    ground: Ground<'_>,
    sandbox: &Url,
    operator_key: &str,
    patience: ProviderPatience,
) -> anyhow::Result<PathBuf> {
    let folder = RoleFolder::make(ground.data, Role::Central)?;
    let bureau_key = folder.write("bureau.key", BUREAU_KEY)?;
    let provider_key = folder.write("operator.key", OPERATOR_KEY)?;
    let (bureau, operator) = (sandbox.join("/bureau")?, sandbox.join("/operator")?);
    let text = format!(
        r#"listen = "127.0.0.1:0"
data = "{data}"
app_link_base = "https://app.kaveri.example/"

[operator]
name = "Moneyone"
contact = "grievance@moneyone.example"
keys = [{{ name = "demo", sha256 = "{operator_sha256}" }}]

[notifications]
reach = "loopback"

[passkeys]
origin = "http://localhost"

[[providers]]
style = "bureau"
contract = {{ id = "{BUREAU}", base_url = "{bureau}", enquiry = "hard" }}
key = {{ file = "{bureau_key}" }}

[[providers]]
style = "operator"
contract = {{ id = "{OPERATOR}", base_url = "{operator}" }}
key = {{ file = "{provider_key}" }}

[limits]
{limits}

[billing]
name = "Moneyone Private Limited"
address = ["4th Floor, Fort House, DN Road", "Mumbai 400001"]
gstin = "27AABCF4321K1ZR"
invoice_series = "MPP"
credit_series = "MPC"
e_invoices = false
{printer}
"#,
        printer = printer(),
        data = folder.data(),
        operator_sha256 = digest(operator_key),
        bureau_key = bureau_key.display(),
        provider_key = provider_key.display(),
        limits = limits(patience),
    );
    let kept = folder.records(ground, Role::Central)? + &folder.parcels(ground, Role::Central)?;
    folder.write("central.toml", &(text + &kept))
}

/// The program that prints invoices, where the environment says that it is built.
fn printer() -> String {
    let program = std::env::var("MPP_INVOICE_PDF").ok().filter(|program| Path::new(program).is_file());
    program.map(|program| format!("printer = {program:?}")).unwrap_or_default()
}

fn limits(patience: ProviderPatience) -> String {
    let attempts = patience.attempts.map(|count| format!("fetch_attempts = {count}"));
    let wait = patience.first_wait_seconds.map(|seconds| format!("fetch_first_wait_seconds = {seconds}"));
    attempts.into_iter().chain(wait).collect::<Vec<_>>().join("\n")
}

fn client_config(ground: Ground<'_>, central: &Url, staff_keys: &[String; 2]) -> anyhow::Result<PathBuf> {
    let folder = RoleFolder::make(ground.data, Role::Client)?;
    let [author, approver] = staff_keys.each_ref().map(|key| digest(key));
    let text = format!(
        r#"listen = "127.0.0.1:0"
data = "{data}"

[central]
url = "{central}"

[webhook]
allow_loopback = true

[passkeys]
origin = "http://localhost"

[[staff]]
name = "meera"
key_sha256 = "{author}"

[[staff]]
name = "vikram"
key_sha256 = "{approver}"
"#,
        data = folder.data(),
    );
    let kept = folder.records(ground, Role::Client)? + &folder.parcels(ground, Role::Client)?;
    folder.write("client.toml", &(text + &kept))
}

/// Starts the private share service and enters it into the Central Registry: each needs the other's key.
async fn start_private_share(
    host: &mut Host,
    ground: Ground<'_>,
    outside: &Outside,
    aggregator: &Aggregator,
) -> anyhow::Result<Url> {
    let (api_key, callback_key) = (secret("aa-client"), secret("aa-callback"));
    let config = private_share_config(ground, outside.base(), aggregator, &api_key, &callback_key)?;
    let base = host.start_role(Role::PrivateShare, &config).await?;
    let service = Outside::new(base.clone(), Arc::clone(outside.transport()));
    let published: Value = service.get("/v1/keys").await?;
    let jwk = published.get("key").context("the service publishes no key")?;
    let participant = json!({
        "entityId": PRIVATE_SHARE_ENTITY, "baseUrl": base.join("/v2")?, "jwk": jwk,
        "apiKey": api_key, "callbackApiKey": callback_key,
    });
    let _: Value = outside.post("/control/participants", &participant).await?;
    Ok(base)
}

fn private_share_config(
    ground: Ground<'_>,
    sandbox: &Url,
    aggregator: &Aggregator,
    api_key: &str,
    callback_key: &str,
) -> anyhow::Result<PathBuf> {
    let folder = RoleFolder::make(ground.data, Role::PrivateShare)?;
    let api_key = folder.write("aa-client.key", api_key)?;
    let callback_key = folder.write("aa-callback.key", callback_key)?;
    let member = |name: &str| aggregator.jwk.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let text = format!(
        r#"listen = "127.0.0.1:0"
data = "{data}"

[our]
entity = "{PRIVATE_SHARE_ENTITY}"

[account_aggregator]
rebit = {{ entity = "{entity}", base_url = "{rebit}" }}
handle = "{handle}"
approval_page = "{web}"
api_key = {{ file = "{api_key}" }}
callback_key = {{ file = "{callback_key}" }}
keys = [{{ kid = "{kid}", kty = "RSA", n = "{n}", e = "{e}" }}]

[sms]
base_url = "{sms}"
"#,
        data = folder.data(),
        entity = aggregator.entity,
        rebit = aggregator.rebit,
        handle = aggregator.handle,
        web = aggregator.web,
        api_key = api_key.display(),
        callback_key = callback_key.display(),
        kid = member("kid"),
        n = member("n"),
        e = member("e"),
        sms = sandbox.join("/sms")?,
    );
    folder.write("private-share.toml", &(text + &folder.records(ground, Role::PrivateShare)?))
}
