//! The permanent vectors of envelope v1: what was sealed once opens forever, what was refused stays refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/seeded.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod seeded;

use std::path::PathBuf;

use base64_simd::STANDARD;
use mpp_core::{ConsentId, ParcelId, PartnerId, Source};
use mpp_crypto::envelope::{
    CHUNK_LEN, ContentType, Context, EnvelopeError, Purpose, inspect, open_all, seal_all,
};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey, sha256};
use seeded::SeededEntropy;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    private_key: String,
    kid: String,
    context: ContextForm,
    positive: Vec<Positive>,
    negative: Vec<Negative>,
}

#[derive(Serialize, Deserialize)]
struct ContextForm {
    purpose: Purpose,
    partner: PartnerId,
    consent: ConsentId,
    parcel: ParcelId,
    source: Source,
    content_type: ContentType,
}

/// Long texts are given by length and first byte (each byte one more than the one before, modulo 251), long envelopes by
/// their digest and whatever [`SeededEntropy`] makes of the seed.
#[derive(Serialize, Deserialize)]
struct Positive {
    note: String,
    plaintext_len: usize,
    seed: u64,
    envelope_sha256: String,
    envelope: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Negative {
    note: String,
    expect: String,
    envelope: String,
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/envelope-v1/basic.json")
}

fn file() -> File {
    serde_json::from_str(&std::fs::read_to_string(path()).unwrap()).unwrap()
}

impl ContextForm {
    fn read(&self) -> Context {
        Context {
            purpose: self.purpose,
            partner: self.partner,
            consent: self.consent,
            parcel: self.parcel,
            source: self.source.clone(),
            content_type: self.content_type.clone(),
        }
    }
}

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

fn ring(file: &File) -> EnvelopeKeyRing {
    EnvelopeKeyRing::new(EnvelopePrivateKey::from_pkcs8_pem(&file.private_key).unwrap())
}

fn class(error: &EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::NotAnEnvelope => "NotAnEnvelope",
        EnvelopeError::UnknownVersion => "UnknownVersion",
        EnvelopeError::Incomplete => "Incomplete",
        EnvelopeError::UnknownKey { .. } => "UnknownKey",
        EnvelopeError::KeyUnavailable { .. } => "KeyUnavailable",
        EnvelopeError::Authentication => "Authentication",
        EnvelopeError::TooLong => "TooLong",
    }
}

#[test]
fn what_was_sealed_once_still_opens_and_is_still_sealed_so() {
    let file = file();
    let (ring, context) = (ring(&file), file.context.read());
    assert_eq!(ring.current().kid().as_str(), file.kid);
    for case in &file.positive {
        let sealed = seal_all(
            &text(case.plaintext_len),
            ring.current().public(),
            &context,
            &SeededEntropy::new(case.seed),
        )
        .unwrap();
        assert_eq!(sha256(&sealed).to_string(), case.envelope_sha256, "{}", case.note);
        let kept =
            case.envelope.as_ref().map_or(sealed, |envelope| STANDARD.decode_to_vec(envelope).unwrap());
        assert_eq!(*open_all(&kept, &ring, &context).unwrap(), text(case.plaintext_len), "{}", case.note);
        assert_eq!(inspect(&kept).unwrap().header.context, context, "{}", case.note);
    }
}

#[test]
fn what_was_refused_is_still_refused() {
    let file = file();
    let (ring, context) = (ring(&file), file.context.read());
    for case in &file.negative {
        let envelope = STANDARD.decode_to_vec(&case.envelope).unwrap();
        let error = open_all(&envelope, &ring, &context).unwrap_err();
        assert_eq!(class(&error), case.expect, "{}", case.note);
    }
}

/// Made the file, once; kept so that the next version's can be made the same way.
#[test]
#[ignore = "writes the vector file; run by hand when a new version of the format is made"]
fn write_the_vectors() {
    let ring = EnvelopeKeyRing::new(EnvelopePrivateKey::generate(&SeededEntropy::new(1)));
    let context = ContextForm {
        purpose: Purpose::Parcel,
        partner: PartnerId::from_random([0x11; 16]),
        consent: ConsentId::from_random([0x22; 16]),
        parcel: ParcelId::from_random([0x33; 16]),
        source: Source::Provider("sandbox-bureau".parse().unwrap()),
        content_type: ContentType::json(),
    };
    let seal = |length: usize, seed: u64, context: &Context| {
        seal_all(&text(length), ring.current().public(), context, &SeededEntropy::new(seed)).unwrap()
    };
    let expected = context.read();
    let lengths =
        [0, 1, 15, 16, 17, 1000, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 2 * CHUNK_LEN, 2 * CHUNK_LEN + 1];
    let positive = lengths.iter().zip(100..).map(|(length, seed)| {
        let envelope = seal(*length, seed, &expected);
        Positive {
            note: format!("{length} bytes of plaintext"),
            plaintext_len: *length,
            seed,
            envelope_sha256: sha256(&envelope).to_string(),
            envelope: (*length <= 1000).then(|| STANDARD.encode_to_string(&envelope)),
        }
    });
    let file = File {
        format: "mpp-envelope-vectors/1".to_owned(),
        private_key: ring.current().to_pkcs8_pem().to_string(),
        kid: ring.current().kid().to_string(),
        positive: positive.collect(),
        negative: negatives(&seal(40, 7, &expected), &expected, &seal),
        context,
    };
    std::fs::create_dir_all(path().parent().unwrap()).unwrap();
    std::fs::write(path(), serde_json::to_string_pretty(&file).unwrap() + "\n").unwrap();
}

fn negatives(
    good: &[u8],
    context: &Context,
    seal: &dyn Fn(usize, u64, &Context) -> Vec<u8>,
) -> Vec<Negative> {
    let start = inspect(good).unwrap().chunks_start;
    let kid_at = start - 65 - 43;
    let alter = |at: usize, mask: u8| {
        let mut altered = good.to_vec();
        altered[at] ^= mask;
        altered
    };
    let other_partner = Context { partner: PartnerId::from_random([9; 16]), ..context.clone() };
    let other_type = Context { content_type: ContentType::xml(), ..context.clone() };
    let other_kid = {
        let mut altered = good.to_vec();
        altered[kid_at..kid_at + 43].copy_from_slice(&[b'A'; 43]);
        altered
    };
    let grafted = [&good[..start], &seal(40, 8, context)[start..]].concat();
    let cases: Vec<(&str, &str, Vec<u8>)> = vec![
        ("nothing at all", "Incomplete", vec![]),
        ("cut off within the magic", "Incomplete", good[..3].to_vec()),
        ("cut off within the header", "Incomplete", good[..60].to_vec()),
        ("cut off within enc", "Incomplete", good[..start - 1].to_vec()),
        ("no chunk", "Authentication", good[..start].to_vec()),
        ("a chunk shorter than a tag", "Authentication", good[..start + 15].to_vec()),
        ("last byte cut off", "Authentication", good[..good.len() - 1].to_vec()),
        ("one byte behind the end", "Authentication", [good, &[0]].concat()),
        ("a second last chunk", "Authentication", [good, &good[start..]].concat()),
        ("magic altered", "NotAnEnvelope", alter(0, 1)),
        ("version 2", "UnknownVersion", alter(4, 3)),
        ("suite 2", "UnknownVersion", alter(5, 3)),
        ("length field too long", "NotAnEnvelope", alter(6, 0x80)),
        ("length field one less", "NotAnEnvelope", {
            let mut altered = good.to_vec();
            altered[7] -= 1;
            altered
        }),
        ("another chunk size", "NotAnEnvelope", alter(10, 1)),
        ("another envelope id", "Authentication", alter(12, 1)),
        ("unknown purpose", "NotAnEnvelope", alter(28, 0x40)),
        ("another purpose", "Authentication", alter(28, 3)),
        ("another partner", "Authentication", alter(29, 1)),
        ("another consent", "Authentication", alter(45, 1)),
        ("another parcel", "Authentication", alter(61, 1)),
        ("a source that is none", "NotAnEnvelope", alter(78, 0x80)),
        ("another provider", "Authentication", alter(90, 1)),
        ("another key's name", "UnknownKey", other_kid),
        ("enc off the curve", "Authentication", alter(start - 1, 1)),
        ("enc with a compressed tag", "Authentication", alter(start - 65, 6)),
        ("ciphertext altered", "Authentication", alter(start, 1)),
        ("tag altered", "Authentication", alter(good.len() - 1, 0x80)),
        ("sealed for another partner", "Authentication", seal(40, 7, &other_partner)),
        ("sealed as another content type", "Authentication", seal(40, 7, &other_type)),
        ("the chunks of another envelope", "Authentication", grafted),
    ];
    cases
        .into_iter()
        .map(|(note, expect, envelope)| Negative {
            note: note.to_owned(),
            expect: expect.to_owned(),
            envelope: STANDARD.encode_to_string(envelope),
        })
        .collect()
}
