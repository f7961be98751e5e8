//! The arguments of `mpp jws`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use mpp_core::{Kid, Timestamp};

#[derive(Debug, Subcommand)]
pub(in crate::operator) enum JwsCommand {
    /// Sign bytes; the key chooses RS256, ES256 or EdDSA.
    Sign(Sign),
    /// Check a JWS and print what was signed.
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(in crate::operator) struct Sign {
    /// The file with the private key: PEM (PKCS#8, SEC1, PKCS#1) or JWK.
    #[arg(long, value_name = "FILE")]
    pub(super) key: PathBuf,
    /// The key's name in the header; else the one in the file, else its thumbprint.
    #[arg(long)]
    pub(super) kid: Option<Kid>,
    /// The kind of document in the header.
    #[arg(long)]
    pub(super) typ: Option<String>,
    /// Leave the payload out of the JWS (RFC 7515 appendix F).
    #[arg(long)]
    pub(super) detached: bool,
    /// Sign the payload as it is, not as base64url (`b64: false`, RFC 7797).
    #[arg(long, requires = "detached")]
    pub(super) unencoded: bool,
    /// The payload; standard input when left out.
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::operator) struct Verify {
    /// The file with the public key: PEM, certificate, JWK or JWK Set.
    #[arg(long, value_name = "FILE")]
    pub(super) key: PathBuf,
    /// The payload of a detached JWS.
    #[arg(long, value_name = "FILE")]
    pub(super) payload: Option<PathBuf>,
    /// Refuse documents of another kind.
    #[arg(long)]
    pub(super) typ: Option<String>,
    /// The key is in a certificate that must be valid at this instant, for example 2026-01-15T09:30:00Z.
    #[arg(long, value_name = "INSTANT")]
    pub(super) valid_at: Option<Timestamp>,
    /// The file with the JWS; standard input when left out.
    pub(super) file: Option<PathBuf>,
}
