//! Making and opening envelopes with keys from files, without any server.

mod arguments;
mod failure;
mod streams;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mpp_core::{ConsentId, Kid, ParcelId, PartnerId, Source};
use mpp_crypto::envelope::{
    ContentType, EnvelopeError, Header, OpeningReader, Purpose, SealingWriter, inspect,
};
use mpp_crypto::import::{read_envelope_key, read_envelope_private_key, to_public_pem};
use mpp_crypto::{AnyVerifyingKey, EnvelopeKeyRing, EnvelopePrivateKey, OpeningKeys};
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

pub(super) use arguments::EnvelopeCommand;
use arguments::{Open, Seal};
pub use failure::EnvelopeFailure;
use streams::Destination;

use super::jws::JwsFailure;
use super::keygen::write_secret;
use super::output::Output;
use super::{Failure, Surroundings, keys};

/// Bytes moved at once.
const PIECE: usize = 65_536;
/// No header is longer.
const LONGEST_HEAD: u64 = 1024;
/// No file with a key is longer.
const LONGEST_KEY: u64 = 1 << 20;

pub(super) fn run(
    command: &EnvelopeCommand,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        EnvelopeCommand::Keygen { out, pem } => keygen(out, *pem, surroundings, output),
        EnvelopeCommand::Seal(command) => seal(command, surroundings),
        EnvelopeCommand::Open(command) => open(command, surroundings),
        EnvelopeCommand::Inspect { file } => show(file.as_deref(), output),
    }
}

fn keygen(
    out: &Path,
    pem: bool,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let key = EnvelopePrivateKey::generate(surroundings.entropy.as_ref());
    write_secret(out, key.to_pkcs8_pem().trim_end())?;
    let jwk = key.public().to_jwk();
    let public = AnyVerifyingKey::from_jwk(&jwk).map(|key| to_public_pem(&key));
    let public =
        public.map_err(|error| Failure::Content { path: out.to_owned(), message: error.to_string() })?;
    let line = serde_json::to_string(&jwk).map_err(io::Error::other)?;
    let answer = json!({ "kid": key.kid(), "publicJwk": jwk, "publicPem": public });
    let text = if pem { public } else { format!("{line}\n") };
    output.text(&answer, text.as_bytes())
}

fn seal(command: &Seal, surroundings: &Surroundings) -> Result<(), Failure> {
    let key = read_envelope_key(&key_file(&command.key)?)
        .map_err(|reason| Failure::from(JwsFailure::key(&command.key, reason)))?;
    let from = streams::input(command.file.as_deref())?;
    let to = Destination::begin(command.out.as_deref())?;
    let context = command.context.read();
    let mut writer = SealingWriter::new(to, &key, &context, surroundings.entropy.as_ref())?;
    copy(from, &mut writer)?;
    writer.finish()?.finish()
}

fn open(command: &Open, surroundings: &Surroundings) -> Result<(), Failure> {
    let ring: Arc<dyn OpeningKeys> = match private_keys(&command.keys)? {
        Some(ring) => Arc::new(ring),
        None => keys::open(&command.place, surroundings)?,
    };
    let mut from = streams::input(command.file.as_deref())?;
    let head = read_head(&mut from)?;
    let claimed = inspect(&head).map_err(EnvelopeFailure::from)?.header.context;
    let mut to = Destination::begin(command.out.as_deref())?;
    let expected = command.expected.against(claimed);
    let reader = OpeningReader::new(head.as_slice().chain(from), ring, expected);
    copy(reader, &mut to)?;
    to.finish()
}

/// As much of the beginning as a header can be long.
fn read_head(from: &mut dyn Read) -> Result<Vec<u8>, Failure> {
    let mut head = Vec::new();
    from.take(LONGEST_HEAD).read_to_end(&mut head)?;
    Ok(head)
}

fn private_keys(files: &[PathBuf]) -> Result<Option<EnvelopeKeyRing>, Failure> {
    let mut ring = None;
    for file in files {
        let key = read_envelope_private_key(&key_file(file)?)
            .map_err(|reason| Failure::from(JwsFailure::key(file, reason)))?;
        ring = Some(match ring {
            None => EnvelopeKeyRing::new(key),
            Some(ring) => EnvelopeKeyRing::with_older(ring, key),
        });
    }
    Ok(ring)
}

fn key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let mut bytes = Zeroizing::new(Vec::new());
    // One byte more than is taken: the reader of keys says that it is too long.
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LONGEST_KEY + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Moves everything, and tells an envelope that does not open from a stream that fails.
fn copy(mut from: impl Read, to: &mut impl Write) -> Result<(), Failure> {
    let mut piece = Zeroizing::new(vec![0; PIECE]);
    loop {
        let count = match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(EnvelopeFailure::inside(&error).map_or(Failure::Output(error), Failure::from));
            }
        };
        to.write_all(piece.get(..count).unwrap_or_default())?;
    }
}

/// A header as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeaderView<'a> {
    envelope: String,
    kid: &'a Kid,
    purpose: Purpose,
    partner: PartnerId,
    consent: ConsentId,
    parcel: ParcelId,
    source: &'a Source,
    content_type: &'a ContentType,
    chunks_start: usize,
}

fn show(file: Option<&Path>, output: &mut Output<'_>) -> Result<(), Failure> {
    let head = read_head(&mut streams::input(file)?)?;
    let inspected = inspect(&head).map_err(EnvelopeFailure::from)?;
    let Header { id, kid, context } = &inspected.header;
    let view = HeaderView {
        envelope: id.to_string(),
        kid,
        purpose: context.purpose,
        partner: context.partner,
        consent: context.consent,
        parcel: context.parcel,
        source: &context.source,
        content_type: &context.content_type,
        chunks_start: inspected.chunks_start,
    };
    let purpose = match context.purpose {
        Purpose::Parcel => "parcel",
        Purpose::KeyMaterial => "key-material",
        Purpose::Enrolment => "enrolment",
    };
    let lines = [
        ("envelope", view.envelope.clone()),
        ("kid", kid.to_string()),
        ("purpose", purpose.to_owned()),
        ("partner", view.partner.to_string()),
        ("consent", view.consent.to_string()),
        ("parcel", view.parcel.to_string()),
        ("source", view.source.to_string()),
        ("content type", view.content_type.to_string()),
        ("chunks start", view.chunks_start.to_string()),
    ];
    output.one(&view, &lines)
}

impl From<EnvelopeError> for Failure {
    fn from(error: EnvelopeError) -> Self {
        Self::Envelope(error.into())
    }
}
