//! `mpp log`: the audit log of a server held against its signed tree, on the machine it lies on.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use mpp_crypto::VerifyingKey;
use mpp_crypto::tlog::NoteVerifier;
use mpp_services::log::{LogReport, LogRole, check_log};
use serde::Serialize;

use super::StoreFailure;
use super::place::{Place, PlaceArguments};
use crate::operator::Failure;
use crate::operator::output::Output;
use crate::runtime::{LOG_KEY_FILE, existing_log_key, existing_log_mark};

/// What to do with an audit log.
#[derive(Debug, Subcommand)]
pub(in crate::operator) enum LogCommand {
    /// Work the tree out anew from the leaves, compare it with the tiles, the newest checkpoint and its signature, and with the mark
    /// beside the keys; while the server runs or not, unless its records are in sled.
    Check {
        /// Whose.
        #[command(flatten)]
        place: PlaceArguments,
        /// A file with the log's verifier key, as `mpp log key` prints it, got from elsewhere; else the key in the data folder.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// A file with a checkpoint that somebody kept: the log must be a continuation of it.
        #[arg(long, value_name = "FILE")]
        kept: Option<PathBuf>,
    },
    /// Print the verifier key of a log (C2SP signed-note), under the name it has as long as it was never set back.
    Key {
        /// Whose.
        #[command(flatten)]
        place: PlaceArguments,
        /// The role of the server.
        #[arg(long)]
        role: Role,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(in crate::operator) enum Role {
    Central,
    Client,
    PrivateShare,
}

impl From<Role> for LogRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Central => Self::Central,
            Role::Client => Self::Client,
            Role::PrivateShare => Self::PrivateShare,
        }
    }
}

pub(in crate::operator) async fn run(command: LogCommand, output: &mut Output<'_>) -> Result<(), Failure> {
    Ok(match command {
        LogCommand::Check { place, key, kept } => {
            check(&Place::of(place)?, key.as_deref(), kept.as_deref(), output).await
        }
        LogCommand::Key { place, role } => print_key(&Place::of(place)?, role, output),
    }?)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    /// The name the log signs under.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// The place of the first leaf that is kept.
    first: u64,
    /// How many leaves were ever written.
    size: u64,
    /// How many of them the newest checkpoint covers.
    covered: u64,
    /// Its root.
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<mpp_core::Sha256Digest>,
    /// How many leaves were held against the tree.
    leaves_checked: u64,
    /// What is not as it was signed.
    findings: Vec<String>,
    /// How many more findings there are.
    more_findings: u64,
}

impl Checked {
    fn of(report: LogReport) -> Self {
        Self {
            origin: report.origin,
            first: report.first,
            size: report.size,
            covered: report.covered,
            root: report.root,
            leaves_checked: report.leaves_checked,
            findings: report.findings.iter().map(ToString::to_string).collect(),
            more_findings: report.more,
        }
    }

    fn lines(&self) -> Vec<(&str, String)> {
        let mut lines = vec![
            ("log", self.origin.clone().unwrap_or_else(|| "not signed yet".to_owned())),
            (
                "leaves",
                format!(
                    "{} ({} kept, from {} on)",
                    self.size,
                    self.size.saturating_sub(self.first),
                    self.first
                ),
            ),
            ("covered", self.covered.to_string()),
            ("held against the tree", self.leaves_checked.to_string()),
        ];
        lines.extend(self.root.iter().map(|root| ("root", root.to_string())));
        lines.extend(self.findings.iter().map(|finding| ("FINDING", finding.clone())));
        if self.more_findings > 0 {
            lines.push(("MORE", self.more_findings.to_string()));
        }
        lines
    }
}

async fn check(
    place: &Place,
    key: Option<&Path>,
    kept: Option<&Path>,
    output: &mut Output<'_>,
) -> Result<(), StoreFailure> {
    let folder = place.data().path().to_owned();
    let key = match key {
        Some(file) => verifier_in(file)?,
        None => own_key(&folder)?,
    };
    let mark = existing_log_mark(&folder).map_err(StoreFailure::file(&folder))?;
    let kept = kept.map(read).transpose()?;
    let records = place.records_however_whole().await?;
    let report = check_log(records.store(), &key, (mark.as_deref(), kept.as_deref())).await;
    records.close().await;
    let checked = Checked::of(report?);
    output.one(&checked, &checked.lines()).map_err(StoreFailure::output)?;
    match checked.findings.len() {
        0 => Ok(()),
        findings => Err(StoreFailure::Found { found: format!("{findings} findings") }),
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogKey {
    verifier_key: String,
}

fn print_key(place: &Place, role: Role, output: &mut Output<'_>) -> Result<(), StoreFailure> {
    let folder = place.data().path().to_owned();
    let verifier = LogRole::from(role).verifier(&own_key(&folder)?, 0);
    let verifier_key = verifier.map_err(|_| StoreFailure::NoLogKey { path: folder })?.to_string();
    let lines = [("verifier key", verifier_key.clone())];
    output.one(&LogKey { verifier_key }, &lines).map_err(StoreFailure::output)
}

fn own_key(folder: &Path) -> Result<VerifyingKey, StoreFailure> {
    let none = || StoreFailure::NoLogKey { path: folder.join("keys").join(LOG_KEY_FILE) };
    let key = existing_log_key(folder).map_err(|_| none())?.ok_or_else(none)?;
    Ok(key.public().clone())
}

fn verifier_in(file: &Path) -> Result<VerifyingKey, StoreFailure> {
    let verifier: Result<NoteVerifier, _> = read(file)?.trim().parse();
    verifier
        .map(|verifier| verifier.key().clone())
        .map_err(|_| StoreFailure::NoLogKey { path: file.to_owned() })
}

fn read(file: &Path) -> Result<String, StoreFailure> {
    std::fs::read_to_string(file).map_err(StoreFailure::file(file))
}
