//! What a member of the enterprise's staff does at a client server.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use mpp_api::Page;
use mpp_api::client::{
    AccessView, ApproveRotation, CreateApiKey, DefineProduct, EnrolServer, EnrolledServer, ParcelView,
    ParkedView, ProductView, Scope, SentLogView, SetWebhook, StaffClient,
};
use mpp_billing::BillingMonth;
use mpp_core::ProductId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::arguments::{
    ApiKeyCommand, Client, ClientCommand, ProductCommand, RetirementStep, RotationCommand, ScopeName,
    WebhookCommand,
};
use super::connection::{call_name, secret, staff};
use super::keygen::write_secret;
use super::output::Output;
use super::{Failure, Surroundings};

pub(super) async fn run(
    client: Client,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let server = staff(&client, surroundings)?;
    let name = call_name(client.idempotency_key.as_ref(), surroundings);
    match client.command {
        ClientCommand::Enrol { token_file } => {
            let token = secret(token_file.as_ref(), "MPP_ENROLMENT_TOKEN")?;
            enrol(&server, &name, &token, output).await
        }
        ClientCommand::Rotation(command) => rotation(&server, &name, command, output).await,
        ClientCommand::Product(command) => product(&server, &name, command, output).await,
        ClientCommand::ApiKey(command) => api_key(&server, &name, command, output).await,
        ClientCommand::Webhook(WebhookCommand::Set { url }) => {
            let key = server.set_webhook(&name, &SetWebhook { url }).await?;
            let text = serde_json::to_string(&key.key).map_err(std::io::Error::other)?;
            output.one(&key, &[("verification key", text)])
        }
        ClientCommand::Accesses => accesses(&server, output).await,
        ClientCommand::Parcels => parcels(&server, output).await,
        ClientCommand::UsageLog { month, send: true, .. } => {
            let sent = server.send_usage_log(&name, month).await?;
            output.one(&sent, &sent_lines(&sent))
        }
        ClientCommand::UsageLog { month, out, .. } => usage_log(&server, month, out, output).await,
        ClientCommand::Parked => parked(&server, output).await,
        ClientCommand::Replay { job } => {
            server.replay(&name, job).await?;
            output.one(&json!({ "jobId": job }), &[("replayed", job.to_string())])
        }
    }
}

async fn enrol(
    server: &StaffClient,
    name: &str,
    token: &str,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let enrolled = server.enrol(name, &EnrolServer { enrolment_token: token.to_owned() }).await?;
    output.one(&enrolled, &enrolled_lines(&enrolled))
}

fn enrolled_lines(enrolled: &EnrolledServer) -> [(&'static str, String); 2] {
    [("partner", enrolled.partner_id.to_string()), ("envelope key", enrolled.envelope_kid.clone())]
}

async fn rotation(
    server: &StaffClient,
    name: &str,
    command: RotationCommand,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        RotationCommand::Propose { token_file } => {
            let token = secret(token_file.as_ref(), "MPP_ENROLMENT_TOKEN")?;
            let body = EnrolServer { enrolment_token: token.as_str().to_owned() };
            let proposed = server.propose_rotation(name, &body).await?;
            let lines = [
                ("proposed by", proposed.proposed_by.to_string()),
                ("proposed at", proposed.proposed_at.to_string()),
                ("waits for", "another person: mpp client rotation approve".to_owned()),
            ];
            output.one(&proposed, &lines)
        }
        RotationCommand::Approve { proposed_at } => {
            let enrolled = server.approve_rotation(name, &ApproveRotation { proposed_at }).await?;
            output.one(&enrolled, &enrolled_lines(&enrolled))
        }
        RotationCommand::Withdraw => {
            server.withdraw_rotation(name).await?;
            output.one(&json!({ "withdrawn": true }), &[("rotation", "withdrawn".to_owned())])
        }
    }
}

/// What a product file holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductFile {
    name: String,
    items: Vec<Value>,
    notice: Value,
}

async fn product(
    server: &StaffClient,
    name: &str,
    command: ProductCommand,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        ProductCommand::Define { file, product } => {
            let definition = read_product(&file, product)?;
            let view = server.define_product(name, &definition).await?;
            output.one(&view, &product_lines(&view))
        }
        ProductCommand::Approve { product, version } => {
            let view = server.approve_product(name, product, version).await?;
            output.one(&view, &product_lines(&view))
        }
        ProductCommand::Retirement { step, product } => retirement(server, name, step, product, output).await,
        ProductCommand::List => products(server, output).await,
    }
}

async fn products(server: &StaffClient, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut products: Vec<ProductView> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let Page { items, next } = server.products(after.as_deref()).await?;
        products.extend(items);
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    output.list(&products, ["PRODUCT", "VERSION", "STATE", "NAME"], |view| {
        [view.product_id.to_string(), view.version.to_string(), view.state.clone(), view.name.clone()]
    })
}

async fn retirement(
    server: &StaffClient,
    name: &str,
    step: RetirementStep,
    product: ProductId,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let became = match step {
        RetirementStep::Propose => {
            let proposed = server.propose_retirement(name, product).await?;
            let lines = [
                ("proposed by", proposed.proposed_by.to_string()),
                ("waits for", format!("another person: mpp client product retirement approve {product}")),
            ];
            return output.one(&proposed, &lines);
        }
        RetirementStep::Approve => {
            server.approve_retirement(name, product).await?;
            "retired"
        }
        RetirementStep::Withdraw => {
            server.withdraw_retirement(name, product).await?;
            "kept"
        }
    };
    let lines = [("product", product.to_string()), ("state", became.to_owned())];
    output.one(&json!({ "productId": product, "state": became }), &lines)
}

fn read_product(file: &Path, product_id: Option<ProductId>) -> Result<DefineProduct, Failure> {
    let text = std::fs::read(file).map_err(|source| Failure::File { path: file.to_owned(), source })?;
    let content: ProductFile = serde_json::from_slice(&text)
        .map_err(|error| Failure::Content { path: file.to_owned(), message: error.to_string() })?;
    Ok(DefineProduct {
        product_id,
        based_on: None,
        name: content.name,
        items: content.items,
        notice: content.notice,
    })
}

fn product_lines(view: &ProductView) -> [(&'static str, String); 4] {
    [
        ("product", view.product_id.to_string()),
        ("version", view.version.to_string()),
        ("state", view.state.clone()),
        ("name", view.name.clone()),
    ]
}

async fn api_key(
    server: &StaffClient,
    name: &str,
    command: ApiKeyCommand,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        ApiKeyCommand::Create { name: application, scopes, out } => {
            let scopes = scopes.into_iter().map(scope).collect();
            create_api_key(server, name, &CreateApiKey { name: application, scopes }, out, output).await
        }
        ApiKeyCommand::Revoke { api_key } => {
            server.revoke_api_key(name, api_key).await?;
            output.one(&json!({ "apiKeyId": api_key }), &[("revoked", api_key.to_string())])
        }
    }
}

async fn create_api_key(
    server: &StaffClient,
    name: &str,
    wanted: &CreateApiKey,
    out: Option<PathBuf>,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let created = server.create_api_key(name, wanted).await?;
    let id = created.api_key_id.to_string();
    match out {
        None => output.one(&created, &[("api key", id), ("key", created.key.clone())]),
        Some(file) => {
            write_secret(&file, &created.key)?;
            let answer = json!({ "apiKeyId": created.api_key_id, "keyFile": file });
            output.one(&answer, &[("api key", id), ("key", format!("in {}", file.display()))])
        }
    }
}

const fn scope(name: ScopeName) -> Scope {
    match name {
        ScopeName::Consents => Scope::Consents,
        ScopeName::Data => Scope::Data,
    }
}

async fn accesses(server: &StaffClient, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut accesses: Vec<AccessView> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let Page { items, next } = server.accesses_after(after.as_deref()).await?;
        accesses.extend(items);
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    output.list(&accesses, ["AT", "FORM", "ITEM", "API KEY"], |access| {
        [access.at.to_string(), access.form.clone(), access.item_id.to_string(), reader(access)]
    })
}

async fn parcels(server: &StaffClient, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut parcels: Vec<ParcelView> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let Page { items, next } = server.parcels(after.as_deref()).await?;
        parcels.extend(items);
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let instant = |at: Option<mpp_core::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    output.list(&parcels, ["PARCEL", "STATE", "OPENED", "ERASED AT CENTRAL", "ITEM"], |parcel| {
        [
            parcel.parcel_id.to_string(),
            parcel.state.clone(),
            instant(parcel.opened_at),
            instant(parcel.erased_at),
            parcel.item_id.to_string(),
        ]
    })
}

/// The signed log goes into a new file, or is printed as it is.
async fn usage_log(
    server: &StaffClient,
    month: BillingMonth,
    out: Option<PathBuf>,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let log = server.usage_log(month).await?;
    let answer = json!({ "month": month, "bytes": log.len(), "log": String::from_utf8_lossy(&log) });
    let Some(path) = out else { return output.text(&answer, &log) };
    let written = OpenOptions::new().write(true).create_new(true).open(&path);
    written
        .and_then(|mut file| file.write_all(&log))
        .map_err(|source| Failure::File { path: path.clone(), source })?;
    let answer = json!({ "month": month, "bytes": log.len(), "file": path });
    output.one(&answer, &[("signed log", format!("in {}", path.display())), ("bytes", log.len().to_string())])
}

fn sent_lines(sent: &SentLogView) -> [(&'static str, String); 6] {
    [
        ("sha256", sent.sha256.to_string()),
        ("uses", sent.lines.to_string()),
        ("matched", sent.matched.to_string()),
        ("missing at central", sent.missing_at_central.to_string()),
        ("missing here", sent.missing_here.to_string()),
        ("differs", sent.differs.to_string()),
    ]
}

async fn parked(server: &StaffClient, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut parked: Vec<ParkedView> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let Page { items, next } = server.parked(after.as_deref()).await?;
        parked.extend(items);
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    output.list(&parked, ["JOB", "QUEUE", "ATTEMPTS", "SINCE", "REASON"], |job| {
        [
            job.job_id.to_string(),
            job.queue.clone(),
            job.attempts.to_string(),
            job.parked_at.to_string(),
            job.reason.clone(),
        ]
    })
}

/// Who read: the application's key, or the person.
fn reader(access: &AccessView) -> String {
    let key = access.api_key_id.map(|key| key.to_string());
    key.or_else(|| access.staff.as_ref().map(ToString::to_string)).unwrap_or_default()
}
