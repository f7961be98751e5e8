//! Bearer keys for operators and staff.

use std::io::Write;
use std::path::Path;

use mpp_core::{Entropy, Sha256Digest, draw};
use serde::Serialize;
use zeroize::Zeroizing;

use super::Failure;
use super::arguments::{Holder, Keygen};
use super::output::Output;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MadeKey<'a> {
    holder: &'static str,
    name: &'a str,
    sha256: Sha256Digest,
    /// Absent when it went to a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

pub(super) fn run(command: &Keygen, entropy: &dyn Entropy, output: &mut Output<'_>) -> Result<(), Failure> {
    let (holder, prefix) = match command.holder {
        Holder::Operator => ("operator", "mppo"),
        Holder::Staff => ("staff", "mpps"),
    };
    let random = Zeroizing::new(draw::<32>(entropy));
    let key = Zeroizing::new(format!("{prefix}_{}", hex::encode(random.as_slice())));
    let sha256 = mpp_crypto::sha256(key.as_bytes());
    let name = command.name.as_str();
    let shown = match &command.out {
        None => Some(key.as_str()),
        Some(file) => {
            write_secret(file, &key)?;
            None
        }
    };
    let where_to = match command.holder {
        Holder::Operator => {
            vec![format!(
                "keys = [{{ name = \"{name}\", sha256 = \"{sha256}\" }}]  # in [operator] of central"
            )]
        }
        Holder::Staff => vec![
            "[[staff]]  # in the configuration of the client server".to_owned(),
            format!("name = \"{name}\""),
            format!("key_sha256 = \"{sha256}\""),
        ],
    };
    let key_line = match &command.out {
        None => key.as_str().to_owned(),
        Some(file) => format!("in {}", file.display()),
    };
    let mut lines = vec![("key", key_line), ("sha256", sha256.to_string())];
    // under one another they can be pasted as they are
    lines.extend(["configure", "", ""].into_iter().zip(where_to));
    output.one(&MadeKey { holder, name, sha256, key: shown }, &lines)
}

/// Writes a secret to a file that must not exist yet and that only its owner can read.
pub(super) fn write_secret(path: &Path, secret: &str) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.map_err(failed)?;
    writeln!(file, "{secret}").and_then(|()| file.sync_all()).map_err(failed)
}
