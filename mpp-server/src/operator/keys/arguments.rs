//! The command line of `mpp keys`. Passwords and PINs are never on it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use mpp_core::Kid;

/// A key ring and what to do with it.
#[derive(Debug, Args)]
pub(in crate::operator) struct Keys {
    #[command(flatten)]
    pub(super) place: Place,
    #[command(subcommand)]
    pub(super) command: KeysCommand,
}

/// Where the key ring is.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The key-ring file.
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "pkcs11_module")]
    pub(super) ring: Option<PathBuf>,
    /// The file with the ring's password; else from the environment variable MPP_KEY_RING_PASSWORD.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) password_file: Option<PathBuf>,
    /// Refuse the file unless it is the ring of this id, as `init` printed it.
    #[arg(long, value_name = "ID", global = true)]
    pub(super) ring_id: Option<String>,
    /// The PKCS#11 library of a token, in place of a file.
    #[arg(long, value_name = "PATH", global = true)]
    pub(super) pkcs11_module: Option<PathBuf>,
    /// The token's label.
    #[arg(long, value_name = "LABEL", global = true)]
    pub(super) token: Option<String>,
    /// The file with the token's user PIN; else from the environment variable MPP_TOKEN_PIN.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) pin_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Make a new key-ring file without keys; prints the ring's id.
    Init,
    /// Make a key, which is current from then on; earlier ones still open or verify.
    Generate {
        /// What for.
        key_use: UseName,
        /// How a signing key signs.
        #[arg(long, value_enum, default_value = "es256")]
        algorithm: SigningName,
    },
    /// List all keys, newest first.
    List,
    /// Put an older key out of use; it can be reinstated.
    Retire(Named),
    /// Let a retired key open or verify again.
    Reinstate(Named),
    /// Delete a retired key for ever.
    Destroy(Named),
    /// Print the public half of a key, as JWK and as PEM.
    ExportPublic {
        #[command(flatten)]
        named: Named,
        /// Print one form only, for a file of its own.
        #[arg(long, value_enum)]
        form: Option<FormName>,
    },
    /// Seal a key-ring file under another password.
    ChangePassword {
        /// The file with the new password; else from the environment variable MPP_KEY_RING_NEW_PASSWORD.
        #[arg(long, value_name = "FILE")]
        new_password_file: Option<PathBuf>,
    },
}

/// One key.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// The key's name, as `list` prints it.
    // A name is base64url, and one in 64 begins with a hyphen.
    #[arg(allow_hyphen_values = true)]
    pub(super) kid: Kid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum UseName {
    /// Others seal to it.
    Envelope,
    /// It signs what this server issues.
    Signing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SigningName {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// Ed25519; not in tokens.
    Ed25519,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormName {
    /// JSON Web Key.
    Jwk,
    /// `SubjectPublicKeyInfo`.
    Pem,
}
