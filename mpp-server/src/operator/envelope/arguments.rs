//! The arguments of `mpp envelope`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use mpp_core::{ConsentId, ParcelId, PartnerId, Source};
use mpp_crypto::envelope::{ContentType, Context, Purpose};

use crate::operator::keys::arguments::Place;

#[derive(Debug, Subcommand)]
pub(in crate::operator) enum EnvelopeCommand {
    /// Make an envelope key: the private half into a new file, the public half to standard output.
    Keygen {
        /// The new file for the private half (PKCS#8 PEM), readable by its owner only.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Print the public half as PEM, not as JWK.
        #[arg(long)]
        pem: bool,
    },
    /// Seal bytes to the owner of a key, as they come.
    Seal(Seal),
    /// Open an envelope, as it comes.
    Open(Box<Open>),
    /// Print what everybody can read of an envelope; nothing of it is authenticated.
    Inspect {
        /// The envelope; standard input when left out.
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(in crate::operator) struct Seal {
    /// The file with the recipient's public key: JWK, PEM or certificate.
    #[arg(long, value_name = "FILE")]
    pub(super) key: PathBuf,
    #[command(flatten)]
    pub(super) context: ContextArguments,
    /// The new file for the envelope; standard output when left out.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// The text; standard input when left out.
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::operator) struct Open {
    /// A file with a private key: PEM (PKCS#8, SEC1) or JWK; may be given several times.
    #[arg(long = "key", value_name = "FILE", required_unless_present_any = ["ring", "pkcs11_module"])]
    pub(super) keys: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) expected: Expected,
    /// The new file for the text, which is there only when all of the envelope stands; standard output when left out.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// The envelope; standard input when left out.
    pub(super) file: Option<PathBuf>,
}

/// What an envelope is bound to.
#[derive(Debug, Args)]
pub(super) struct ContextArguments {
    /// What the envelope is for.
    #[arg(long, value_enum, default_value = "parcel")]
    purpose: PurposeName,
    /// The partner's id.
    #[arg(long, value_name = "UUID")]
    partner: PartnerId,
    /// The consent's id.
    #[arg(long, value_name = "UUID")]
    consent: ConsentId,
    /// The parcel's id.
    #[arg(long, value_name = "UUID")]
    parcel: ParcelId,
    /// Where the data comes from: `account-aggregator` or `provider:<id>`.
    #[arg(long)]
    source: Source,
    /// The media type of the text.
    #[arg(long, value_name = "TYPE")]
    content_type: ContentType,
}

impl ContextArguments {
    pub(super) fn read(&self) -> Context {
        Context {
            purpose: self.purpose.into(),
            partner: self.partner,
            consent: self.consent,
            parcel: self.parcel,
            source: self.source.clone(),
            content_type: self.content_type.clone(),
        }
    }
}

/// What the envelope must be bound to: everything, or what is named.
#[derive(Debug, Args)]
pub(super) struct Expected {
    /// Take from the header what is not named here; without this, everything must be named.
    #[arg(long)]
    pub(super) trust_header: bool,
    /// What the envelope is for.
    #[arg(long, value_enum, required_unless_present = "trust_header")]
    pub(super) purpose: Option<PurposeName>,
    /// The partner's id.
    #[arg(long, value_name = "UUID", required_unless_present = "trust_header")]
    pub(super) partner: Option<PartnerId>,
    /// The consent's id.
    #[arg(long, value_name = "UUID", required_unless_present = "trust_header")]
    pub(super) consent: Option<ConsentId>,
    /// The parcel's id.
    #[arg(long, value_name = "UUID", required_unless_present = "trust_header")]
    pub(super) parcel: Option<ParcelId>,
    /// Where the data comes from: `account-aggregator` or `provider:<id>`.
    #[arg(long, required_unless_present = "trust_header")]
    pub(super) source: Option<Source>,
    /// The media type of the text.
    #[arg(long, value_name = "TYPE", required_unless_present = "trust_header")]
    pub(super) content_type: Option<ContentType>,
}

impl Expected {
    /// The context expected of an envelope whose header claims this one.
    pub(super) fn against(&self, claimed: Context) -> Context {
        Context {
            purpose: self.purpose.map_or(claimed.purpose, Purpose::from),
            partner: self.partner.unwrap_or(claimed.partner),
            consent: self.consent.unwrap_or(claimed.consent),
            parcel: self.parcel.unwrap_or(claimed.parcel),
            source: self.source.clone().unwrap_or(claimed.source),
            content_type: self.content_type.clone().unwrap_or(claimed.content_type),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PurposeName {
    /// Customer data on its way to the partner.
    Parcel,
    /// Private ReBIT key material.
    KeyMaterial,
    /// A challenge to a client server that enrols its key.
    Enrolment,
}

impl From<PurposeName> for Purpose {
    fn from(name: PurposeName) -> Self {
        match name {
            PurposeName::Parcel => Self::Parcel,
            PurposeName::KeyMaterial => Self::KeyMaterial,
            PurposeName::Enrolment => Self::Enrolment,
        }
    }
}
