//! The command line. Secrets are never on it: other users of a machine can read command lines.

mod client;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mpp_core::StaffId;
use url::Url;

pub(super) use self::client::{
    ApiKeyCommand, Client, ClientCommand, ProductCommand, RetirementStep, RotationCommand, ScopeName,
    WebhookCommand,
};

use super::envelope::EnvelopeCommand;
use super::jws::JwsCommand;
use super::keys::arguments::Keys;
use super::store::{LogCommand, StoreCommand};

/// Works with the servers of MPP.
#[derive(Debug, Parser)]
#[command(name = "mpp", version)]
pub struct Arguments {
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a bearer key and print it with the digest that goes into a configuration.
    Keygen(Keygen),
    /// A server's own keys, in a file under a password or in a PKCS#11 token.
    Keys(Keys),
    /// The keys central signs with, on its machine.
    #[command(subcommand)]
    CentralKeys(CentralKeysCommand),
    /// Partners at central.
    #[command(subcommand)]
    Partner(PartnerCommand),
    /// List metered uses at central.
    Usage(Central),
    /// Count what central holds for partners at this moment.
    Holdings(Central),
    /// How the banks and other FIPs do, from the private share service.
    Fips(Fips),
    /// A partner's client server.
    Client(Client),
    /// The people who may sign in to a portal.
    Staff(Staff),
    /// Configuration files.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The ReBIT encryption of financial information, one JSON object a line from standard input to standard output.
    #[command(subcommand)]
    Rebit(RebitCommand),
    /// Envelopes: data sealed to a key.
    #[command(subcommand)]
    Envelope(EnvelopeCommand),
    /// Signed texts (RFC 7515).
    #[command(subcommand)]
    Jws(JwsCommand),
    /// Fill a central or a client server that is not running with copies of its newest case, to measure how it does with very
    /// many.
    Seed(Seed),
    /// The data folder of a server: migrate, check, back up, restore.
    #[command(subcommand)]
    Store(StoreCommand),
    /// The audit log of a server, held against its signed tree.
    #[command(subcommand)]
    Log(LogCommand),
}

/// `mpp central-keys`.
#[derive(Debug, Subcommand)]
pub(super) enum CentralKeysCommand {
    /// List the present keys and those before them.
    List(CentralConfigFile),
    /// Replace a key: the present one says which follows it, and is destroyed. Start every node of central anew afterwards.
    Replace {
        /// Which.
        key: CentralKey,
        /// Whose.
        #[command(flatten)]
        config: CentralConfigFile,
    },
}

/// Central on this machine.
#[derive(Debug, Args)]
pub(super) struct CentralConfigFile {
    /// The configuration file of central.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CentralKey {
    /// Signs consent artefacts, receipts and partners' key records.
    Signing,
    /// Signs notifications.
    Notification,
}

/// `mpp seed`.
#[derive(Debug, Args)]
pub(super) struct Seed {
    /// The configuration file of central or of a client server.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// How many consents more there shall be; about eighteen events come with each at central, and about twenty-six at a client
    /// server.
    #[arg(long, value_name = "N")]
    pub(super) consents: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub(super) enum RebitCommand {
    /// Make key pairs and nonces: `curve` is `ecc` or `x25519`.
    Keygen,
    /// Agree on shared secrets: `ourPrivateKey`, `remotePublicKey`, and `remoteExpiry` if it is to be judged.
    Agree,
    /// Seal `data` (base64): `ourPrivateKey`, `ourNonce`, `remotePublicKey`, `remoteNonce`, `remoteExpiry`.
    ///
    /// A tool for tests: the same keys and nonces twice are sealed with twice, which in earnest breaks the encryption.
    Seal,
    /// Open `base64Data`: `ourPrivateKey`, `ourNonce`, `remotePublicKey`, `remoteNonce`, `remoteExpiry`.
    Open,
}

/// Whose key to make.
#[derive(Debug, Args)]
pub(super) struct Keygen {
    /// For whom.
    pub(super) holder: Holder,
    /// The name that goes with the key.
    #[arg(long, default_value = "name-of-the-holder")]
    pub(super) name: String,
    /// Write the key to this new file (readable by its owner only) instead of printing it.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Holder {
    /// Moneyone staff, at central.
    Operator,
    /// The enterprise's staff, at a client server.
    Staff,
}

/// How central is reached.
#[derive(Debug, Clone, Args)]
pub(super) struct Central {
    /// Central's address; else from the environment variable MPP_CENTRAL_URL.
    #[arg(long, value_name = "URL")]
    pub(super) central: Option<Url>,
    /// The file with the operator's bearer key; else from the environment variable MPP_OPERATOR_KEY.
    #[arg(long, value_name = "FILE")]
    pub(super) key_file: Option<PathBuf>,
}

/// `mpp fips`.
#[derive(Debug, Args)]
pub(super) struct Fips {
    /// The address of the private share service; else from the environment variable MPP_PRIVATE_SHARE_URL.
    #[arg(long, value_name = "URL")]
    pub(super) server: Option<Url>,
    /// The file with the bearer key; else from the environment variable MPP_PRIVATE_SHARE_KEY.
    #[arg(long, value_name = "FILE")]
    pub(super) key_file: Option<PathBuf>,
    /// The first day in India, as 2026-01-15; six days before the last one when left out.
    #[arg(long, value_name = "DAY")]
    pub(super) from: Option<String>,
    /// The last day, which must be over; yesterday when left out.
    #[arg(long, value_name = "DAY")]
    pub(super) to: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum PartnerCommand {
    /// Take a partner on; prints its one-time enrolment token.
    Register(Box<RegisterPartner>),
    /// List partners.
    List(Central),
}

#[derive(Debug, Args)]
pub(super) struct RegisterPartner {
    #[command(flatten)]
    pub(super) central: Central,
    /// The registered name of the enterprise, shown to customers.
    #[arg(long)]
    pub(super) legal_name: String,
    /// Its GST identification number.
    #[arg(long)]
    pub(super) gstin: String,
    /// The contract it works under.
    #[arg(long)]
    pub(super) contract_ref: String,
    /// The e-mail address of a person responsible; may be given several times.
    #[arg(long = "contact", required = true)]
    pub(super) contacts: Vec<String>,
    /// The name of its price plan.
    #[arg(long)]
    pub(super) price_plan: String,
    /// Where its client server takes notifications; left out when it polls.
    #[arg(long, value_name = "URL")]
    pub(super) notification_url: Option<Url>,
    /// Names this call: repeated under the same name it takes the partner on once.
    #[arg(long)]
    pub(super) idempotency_key: Option<String>,
}

/// A server with a portal and what to do with its people.
#[derive(Debug, Args)]
pub(super) struct Staff {
    /// The address of central or of a client server; else from the environment variable MPP_SERVER_URL.
    #[arg(long, value_name = "URL", global = true)]
    pub(super) server: Option<Url>,
    /// The file with a bearer key of the server's configuration; else from the environment variable MPP_SERVER_KEY.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) key_file: Option<PathBuf>,
    /// Names a call that changes something: repeated under the same name it changes it once.
    #[arg(long, global = true)]
    pub(super) idempotency_key: Option<String>,
    #[command(subcommand)]
    pub(super) command: StaffCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum StaffCommand {
    /// Invite a person, or invite one again; prints the link that is good once and for seven days.
    Invite {
        /// The name of the account.
        id: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// What the person is there for, for example `administrator`; may be given several times.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
    },
    /// List the people.
    List,
    /// Shut an account and end its sessions.
    Disable {
        /// The name of the account.
        id: StaffId,
    },
    /// Let a person sign in through the OpenID provider; the first time binds the account to the identity there.
    Link {
        /// The name of the account.
        id: StaffId,
        /// The person's name at the provider: the e-mail address, unless the configuration names another claim.
        #[arg(long)]
        sign_on: String,
    },
    /// Take that away again, and end the account's sessions.
    Unlink {
        /// The name of the account.
        id: StaffId,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Check a configuration file without starting anything.
    Check(ConfigCheck),
}

#[derive(Debug, Args)]
pub(super) struct ConfigCheck {
    /// For which server.
    #[arg(long, value_enum)]
    pub(super) role: RoleName,
    /// The file.
    pub(super) file: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RoleName {
    /// `mpp-central`.
    Central,
    /// `mpp-client`.
    Client,
    /// `mpp-private-share-server`.
    PrivateShare,
}
