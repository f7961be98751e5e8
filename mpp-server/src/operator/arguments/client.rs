//! What is asked of a partner's client server.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use mpp_billing::BillingMonth;
use mpp_core::{ApiKeyId, JobId, ProductId, Timestamp};
use url::Url;

/// A client server and what to do there.
#[derive(Debug, Args)]
pub(in crate::operator) struct Client {
    /// The client server's address; else from the environment variable MPP_CLIENT_URL.
    #[arg(long, value_name = "URL", global = true)]
    pub(in crate::operator) server: Option<Url>,
    /// The file with the bearer key of a member of staff; else from the environment variable MPP_STAFF_KEY.
    #[arg(long, value_name = "FILE", global = true)]
    pub(in crate::operator) key_file: Option<PathBuf>,
    /// Names a call that changes something: repeated under the same name it changes it once.
    #[arg(long, global = true)]
    pub(in crate::operator) idempotency_key: Option<String>,
    #[command(subcommand)]
    pub(in crate::operator) command: ClientCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::operator) enum ClientCommand {
    /// Make the server's keys and enrol them at central.
    Enrol {
        /// The file with the one-time token; else from the environment variable MPP_ENROLMENT_TOKEN.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
    /// New keys for a server that has some: proposed by one person, approved by another.
    #[command(subcommand)]
    Rotation(RotationCommand),
    /// Products.
    #[command(subcommand)]
    Product(ProductCommand),
    /// Keys of partner applications.
    #[command(subcommand, name = "api-key")]
    ApiKey(ApiKeyCommand),
    /// Where the partner application takes notifications.
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// List reads of received data.
    Accesses,
    /// List received parcels with the proofs of their erasure at central.
    Parcels,
    /// Sign this server's own log of the uses of a month that is over, the partner's copy of what the bill rests on.
    UsageLog {
        /// The billing month, as 2026-01.
        #[arg(long)]
        month: BillingMonth,
        /// Write the log to this new file instead of printing it.
        #[arg(long, value_name = "FILE", conflicts_with = "send")]
        out: Option<PathBuf>,
        /// Send it to central, which holds it against its own log, and say how both stand.
        #[arg(long)]
        send: bool,
    },
    /// List work that waits for a person.
    Parked,
    /// Do parked work again.
    Replay {
        /// The job, as `parked` lists it.
        job: JobId,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::operator) enum ProductCommand {
    /// Draft a product version from a JSON file with `name`, `items` and `notice`.
    Define {
        /// The file.
        file: PathBuf,
        /// The product to add a version to; left out for a new product.
        #[arg(long)]
        product: Option<ProductId>,
    },
    /// Approve a drafted version as a second person, and publish it at central.
    Approve {
        /// The product.
        product: ProductId,
        /// The version.
        version: u32,
    },
    /// Retire a product, in every version and for good: proposed by one person, approved by another.
    Retirement {
        /// What to do.
        step: RetirementStep,
        /// The product.
        product: ProductId,
    },
    /// List product versions.
    List,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::operator) enum RetirementStep {
    /// Propose it.
    Propose,
    /// Retire the product as somebody else proposed.
    Approve,
    /// Keep the product: throw the proposal away.
    Withdraw,
}

#[derive(Debug, Subcommand)]
pub(in crate::operator) enum ApiKeyCommand {
    /// Make a key for a partner application; the only time it is shown.
    Create {
        /// For which application, in words.
        #[arg(long)]
        name: String,
        /// What it may do; may be given several times.
        #[arg(long = "scope", required = true, value_enum)]
        scopes: Vec<ScopeName>,
        /// Write the key to this new file (readable by its owner only) instead of printing it.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Revoke a key, for good: calls with it are refused from then on.
    Revoke {
        /// The key's name, as `create` and the portal show it.
        api_key: ApiKeyId,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::operator) enum ScopeName {
    /// Ask for consents and see how they stand.
    Consents,
    /// Read received data.
    Data,
}

#[derive(Debug, Subcommand)]
pub(in crate::operator) enum WebhookCommand {
    /// Set the address; prints the key that verifies notifications.
    Set {
        /// The address.
        url: Url,
    },
}

/// `mpp client rotation`.
#[derive(Debug, Subcommand)]
pub(in crate::operator) enum RotationCommand {
    /// Propose new keys under a token from central.
    Propose {
        /// The file with the one-time token; else from the environment variable MPP_ENROLMENT_TOKEN.
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
    /// Make and enrol the proposed keys, as another person.
    Approve {
        /// When they were proposed, as `propose` and the portal say; others that were proposed since are refused.
        #[arg(long, value_name = "TIME")]
        proposed_at: Option<Timestamp>,
    },
    /// Throw the proposal away.
    Withdraw,
}
