//! The ReBIT exchange line by line, so that foreign programs can be tested against it: a JSON object in, a JSON object
//! out. A line that cannot be served is answered and never ends the program.

mod lines;
mod request;

use std::io::BufRead;

use mpp_core::Timestamp;
use mpp_crypto::rebit::{
    DhPublicKeyForm, KeyMaterialForm, OurKeyMaterial, PeerKeyMaterial, RebitError, Sender, open_in_place,
    shared_secret,
};
use serde::Serialize;
use serde_json::Value;

use super::arguments::RebitCommand;
use super::output::Output;
use super::{Failure, Surroundings};
use lines::Line;
use request::{Malformed, Request};

/// A nonce for the agreement alone, which uses none.
const NO_NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

pub(super) fn run(
    command: RebitCommand,
    input: &mut dyn BufRead,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    loop {
        let (id, outcome) = match lines::next(input)? {
            Line::End => return Ok(()),
            Line::TooLong => (Value::Null, Err(Malformed::TooLong.into())),
            Line::Whole(line) => match Request::parse(&line) {
                Ok((id, request)) => (id, serve(command, request, surroundings)),
                Err((id, malformed)) => (id, Err(malformed.into())),
            },
        };
        output.line(&Answer::new(id, outcome))?;
    }
}

fn serve(
    command: RebitCommand,
    mut request: Request,
    surroundings: &Surroundings,
) -> Result<Results, Unserved> {
    let now = surroundings.clock.now();
    match command {
        RebitCommand::Keygen => {
            let made = OurKeyMaterial::generate(request.flavour()?, surroundings.entropy.as_ref(), now);
            let form = made.public_form();
            Ok(Results {
                private_key: Some(made.private_key_text().to_string()),
                public_key: Some(form.dh_public_key.key_value),
                nonce: Some(form.nonce),
                ..Results::default()
            })
        }
        RebitCommand::Agree => agree(&request, now),
        RebitCommand::Seal => {
            let (ours, theirs) = both_sides(&request, now)?;
            let sealed = Sender::new(ours, &theirs, now)?.seal_in_place(request.plaintext()?)?;
            Ok(Results { base64_data: Some(sealed.encrypted), ..Results::default() })
        }
        RebitCommand::Open => {
            let (ours, theirs) = both_sides(&request, now)?;
            let opened = open_in_place(&ours, &theirs, request.ciphertext()?, now)?;
            let data = base64_simd::STANDARD.encode_to_string(opened.as_slice());
            Ok(Results { data: Some(data), ..Results::default() })
        }
    }
}

fn agree(request: &Request, now: Timestamp) -> Result<Results, Unserved> {
    let (ours, theirs) = (request.our_private_key()?, request.remote_public_key()?);
    if let Some(expiry) = &request.remote_expiry {
        PeerKeyMaterial::parse(&form(theirs, expiry, NO_NONCE), now)?;
    }
    let secret = shared_secret(ours, theirs)?;
    Ok(Results { shared_secret: Some(hex::encode(secret.as_slice())), ..Results::default() })
}

/// Our own expiry is judged by nobody here: any moment will do.
fn both_sides(request: &Request, now: Timestamp) -> Result<(OurKeyMaterial, PeerKeyMaterial), Unserved> {
    let ours = OurKeyMaterial::from_private_key(request.our_private_key()?, request.our_nonce()?, now)?;
    let theirs = form(request.remote_public_key()?, request.remote_expiry()?, request.remote_nonce()?);
    Ok((ours, PeerKeyMaterial::parse(&theirs, now)?))
}

fn form(public_key: &str, expiry: &str, nonce: &str) -> KeyMaterialForm {
    KeyMaterialForm {
        crypto_alg: String::new(),
        curve: String::new(),
        params: String::new(),
        dh_public_key: DhPublicKeyForm {
            expiry: expiry.to_owned(),
            parameters: String::new(),
            key_value: public_key.to_owned(),
        },
        nonce: nonce.to_owned(),
    }
}

/// Why a line is not served.
enum Unserved {
    Malformed(Malformed),
    Refused(RebitError),
}

impl From<Malformed> for Unserved {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<RebitError> for Unserved {
    fn from(refusal: RebitError) -> Self {
        Self::Refused(refusal)
    }
}

impl Unserved {
    /// The stable code.
    const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(Malformed::TooLong) => "RequestTooLong",
            Self::Malformed(_) => "InvalidRequest",
            Self::Refused(RebitError::Authentication) => "Authentication",
            Self::Refused(RebitError::CiphertextTooShort) => "CiphertextTooShort",
            Self::Refused(RebitError::InvalidEncoding) => "InvalidEncoding",
            Self::Refused(RebitError::InvalidNonce) => "InvalidNonce",
            Self::Refused(RebitError::InvalidPublicKey) => "InvalidPublicKey",
            Self::Refused(RebitError::LowOrderPoint) => "LowOrderPoint",
            Self::Refused(RebitError::InvalidPrivateKey) => "InvalidPrivateKey",
            Self::Refused(RebitError::KeyExpired) => "KeyExpired",
            Self::Refused(RebitError::InvalidExpiry) => "InvalidExpiry",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Malformed(malformed) => malformed.to_string(),
            Self::Refused(refusal) => refusal.to_string(),
        }
    }
}

/// The answer to one line.
#[derive(Serialize)]
struct Answer {
    id: Value,
    ok: bool,
    #[serde(flatten)]
    results: Results,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl Answer {
    fn new(id: Value, outcome: Result<Results, Unserved>) -> Self {
        match outcome {
            Ok(results) => Self { id, ok: true, results, error: None, message: None },
            Err(unserved) => Self {
                id,
                ok: false,
                results: Results::default(),
                error: Some(unserved.code()),
                message: Some(unserved.message()),
            },
        }
    }
}

/// What a served line is answered with; which members depends on the command.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
}
