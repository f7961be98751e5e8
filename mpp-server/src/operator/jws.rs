//! Signing and checking JWS with keys from files.

mod arguments;
mod failure;

use std::io::Read;
use std::path::{Path, PathBuf};

use mpp_crypto::import::{Certificate, PublicKeySet, read_signing_key};
use mpp_crypto::jose::{self, HeaderMembers, PayloadForm, VerifiedJws};
use serde::Serialize;
use zeroize::Zeroizing;

pub(super) use arguments::JwsCommand;
use arguments::{Sign, Verify};
pub use failure::JwsFailure;

use super::Failure;
use super::output::Output;

/// Larger inputs are not taken: they are held in memory.
const MAX_INPUT: u64 = 16 << 20;

#[derive(Serialize)]
struct Signed<'a> {
    jws: &'a str,
    alg: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verified<'a> {
    valid: bool,
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    form: &'static str,
    /// Absent when the payload is detached.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
}

pub(super) fn run(command: &JwsCommand, output: &mut Output<'_>) -> Result<(), Failure> {
    match command {
        JwsCommand::Sign(command) => sign(command, output),
        JwsCommand::Verify(command) => verify(command, output),
    }
}

fn sign(command: &Sign, output: &mut Output<'_>) -> Result<(), Failure> {
    let key_text = Zeroizing::new(read_file(&command.key)?);
    let key = read_signing_key(&key_text).map_err(|reason| JwsFailure::key(&command.key, reason))?;
    let payload = read_input(command.file.as_deref())?;
    let form = match (command.detached, command.unencoded) {
        (false, _) => PayloadForm::Attached,
        (true, false) => PayloadForm::Detached,
        (true, true) => PayloadForm::DetachedRaw,
    };
    let kid = command.kid.as_ref().unwrap_or_else(|| key.kid());
    let members = HeaderMembers { kid: Some(kid), typ: command.typ.as_deref() };
    let jws = jose::sign(&key, members, form, &payload).map_err(JwsFailure::from)?;
    output.text(
        &Signed { jws: &jws, alg: key.algorithm().name(), kid: kid.as_str() },
        format!("{jws}\n").as_bytes(),
    )
}

fn verify(command: &Verify, output: &mut Output<'_>) -> Result<(), Failure> {
    let keys = public_keys(command)?;
    let jws = String::from_utf8(read_input(command.file.as_deref())?)
        .map_err(|_| JwsFailure::from(jose::JoseError::Malformed))?;
    let payload = command.payload.as_deref().map(read_file).transpose()?;
    let verified = jose::verify(&keys, jws.trim_ascii(), payload.as_deref(), command.typ.as_deref())
        .map_err(JwsFailure::from)?;
    let answer = facts(&verified);
    match &verified.payload {
        Some(payload) => output.text(&answer, payload),
        None => output.one(
            &answer,
            &[
                ("valid", answer.form.to_owned()),
                ("alg", answer.alg.to_owned()),
                ("kid", answer.kid.unwrap_or_default().to_owned()),
            ],
        ),
    }
}

fn facts(verified: &VerifiedJws) -> Verified<'_> {
    let encode = |payload: &Vec<u8>| base64_simd::STANDARD.encode_to_string(payload);
    Verified {
        valid: true,
        alg: verified.algorithm.name(),
        kid: verified.kid.as_ref().map(mpp_core::Kid::as_str),
        typ: verified.typ.as_deref(),
        form: match verified.form {
            PayloadForm::Attached => "attached",
            PayloadForm::Detached => "detached",
            PayloadForm::DetachedRaw => "detached, unencoded",
        },
        payload_base64: verified.payload.as_ref().map(encode),
    }
}

fn public_keys(command: &Verify) -> Result<PublicKeySet, Failure> {
    let refused = |reason| JwsFailure::key(&command.key, reason);
    let bytes = read_file(&command.key)?;
    if let Some(instant) = command.valid_at {
        let certificate = match std::str::from_utf8(&bytes) {
            Ok(text) => Certificate::from_pem(text),
            Err(_) => Certificate::from_der(&bytes),
        };
        let certificate = certificate.map_err(refused)?;
        certificate.check_valid_at(instant).map_err(|reason| JwsFailure::dates(&command.key, reason))?;
    }
    Ok(PublicKeySet::read(&bytes).map_err(refused)?)
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    read_to_limit(std::fs::File::open(path).map_err(failed)?).map_err(failed)
}

fn read_input(file: Option<&Path>) -> Result<Vec<u8>, Failure> {
    let Some(path) = file else {
        return read_to_limit(std::io::stdin().lock())
            .map_err(|source| Failure::File { path: PathBuf::from("standard input"), source });
    };
    read_file(path)
}

fn read_to_limit(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = from.take(MAX_INPUT + 1).read_to_end(&mut bytes)?;
    if u64::try_from(read).is_ok_and(|read| read <= MAX_INPUT) {
        Ok(bytes)
    } else {
        Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "longer than 16 MiB"))
    }
}
