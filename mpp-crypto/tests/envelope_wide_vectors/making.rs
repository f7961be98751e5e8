//! How the files were made.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable, Kem, OpModeS, Serializable};
use mpp_core::{ConsentId, ParcelId, PartnerId, Source};
use mpp_crypto::envelope::{CHUNK_LEN, ContentType, Context, Purpose, inspect, seal_all};
use mpp_crypto::{EnvelopePrivateKey, EnvelopePublicKey};
use p256::pkcs8::DecodePrivateKey;

use super::file::{Bytes, ContextForm, File, Negative, Positive, text};
use super::seeded::SeededEntropy;

const STEP: usize = CHUNK_LEN + 16;

fn context() -> Context {
    Context {
        purpose: Purpose::Parcel,
        partner: PartnerId::from_random([0x11; 16]),
        consent: ConsentId::from_random([0x22; 16]),
        parcel: ParcelId::from_random([0x33; 16]),
        source: Source::AccountAggregator,
        content_type: ContentType::xml(),
    }
}

fn seal(length: usize, seed: u64, key: &EnvelopePublicKey, context: &Context) -> Vec<u8> {
    seal_all(&text(length), key, context, &SeededEntropy::new(seed)).unwrap()
}

pub(crate) fn make() -> (File, Vec<u8>) {
    let keys = [1, 2, 3].map(|seed| EnvelopePrivateKey::generate(&SeededEntropy::new(seed)));
    let three_chunks = seal(2 * CHUNK_LEN + 5, 500, keys[0].public(), &context());
    let file = File {
        format: "mpp-envelope-vectors/2".to_owned(),
        private_keys: keys.iter().map(|key| key.to_pkcs8_pem().to_string()).collect(),
        positive: positives(&keys, &three_chunks),
        negative: [negatives(&keys, &three_chunks), negatives_of_headers(&keys)]
            .into_iter()
            .flatten()
            .collect(),
    };
    (file, three_chunks)
}

/// Note, ring, context, length of the text, and the envelope where it is not simply sealed to the first key.
type Case = (&'static str, Vec<usize>, Context, usize, Vec<u8>);

fn positives(keys: &[EnvelopePrivateKey; 3], three_chunks: &[u8]) -> Vec<Positive> {
    let long_type: ContentType = format!("application/{}", "x".repeat(115)).parse().unwrap();
    let long_source = Source::Provider("a-provider-with-a-long-name".parse().unwrap());
    let other = |change: fn(&mut Context)| {
        let mut changed = context();
        change(&mut changed);
        changed
    };
    let cases: Vec<Case> = vec![
        ("key material", vec![0], other(|context| context.purpose = Purpose::KeyMaterial), 48, vec![]),
        (
            "an enrolment challenge",
            vec![0],
            other(|context| context.purpose = Purpose::Enrolment),
            32,
            vec![],
        ),
        ("JSON", vec![0], other(|context| context.content_type = ContentType::json()), 100, vec![]),
        ("the longest content type", vec![0], Context { content_type: long_type, ..context() }, 10, vec![]),
        ("a provider with a long name", vec![0], Context { source: long_source, ..context() }, 10, vec![]),
        (
            "a space in the content type",
            vec![0],
            Context { content_type: "text/csv; header=present".parse().unwrap(), ..context() },
            10,
            vec![],
        ),
        ("the second key of the ring", vec![1, 0], context(), 64, vec![]),
        ("the last key of three", vec![2, 1, 0], context(), 64, vec![]),
        ("another key alone", vec![1], context(), 64, seal(64, 600, keys[1].public(), &context())),
        ("a full block and one byte", vec![0], context(), 4097, vec![]),
    ];
    let made = cases.into_iter().zip(400..).map(|((note, ring, context, length, envelope), seed)| {
        let envelope =
            if envelope.is_empty() { seal(length, seed, keys[0].public(), &context) } else { envelope };
        positive(note, ring, &context, length, Bytes::of(&envelope))
    });
    let elsewhere = [0, 1, 3000].map(|length| {
        let envelope = seal_elsewhere(&[&text(length)], &keys[0], &context());
        let note = format!("{length} bytes, sealed by another implementation of HPKE");
        positive(&note, vec![0], &context(), length, Bytes::of(&envelope))
    });
    let whole = Bytes::ThreeChunks(vec![(0, three_chunks.len())]);
    let three = positive("three chunks", vec![0], &context(), 2 * CHUNK_LEN + 5, whole);
    made.chain(elsewhere).chain([three]).collect()
}

fn positive(note: &str, keys: Vec<usize>, context: &Context, text_len: usize, envelope: Bytes) -> Positive {
    Positive { note: note.to_owned(), keys, context: ContextForm::of(context), text_len, envelope }
}

/// Seals these chunks as the format's documentation says, with nothing of ours but the header of an envelope to the same
/// key.
fn seal_elsewhere(chunks: &[&[u8]], key: &EnvelopePrivateKey, context: &Context) -> Vec<u8> {
    let ours = seal(0, 700, key.public(), context);
    let info = &ours[..inspect(&ours).unwrap().chunks_start - 65];
    let secret = p256::SecretKey::from_pkcs8_pem(&key.to_pkcs8_pem()).unwrap();
    let secret = <DhP256HkdfSha256 as Kem>::PrivateKey::from_bytes(&secret.to_bytes()).unwrap();
    let recipient = DhP256HkdfSha256::sk_to_pk(&secret);
    let (enc, mut sender) =
        hpke::setup_sender::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(&OpModeS::Base, &recipient, info)
            .unwrap();
    let last = chunks.len() - 1;
    let sealed = chunks.iter().enumerate().flat_map(|(at, chunk)| {
        let aad: &[u8] = if at == last { b"final" } else { b"" };
        sender.seal(chunk, aad).unwrap()
    });
    [info, &enc.to_bytes(), &sealed.collect::<Vec<u8>>()].concat()
}

/// What can be done to an envelope of three chunks.
fn negatives(keys: &[EnvelopePrivateKey; 3], three_chunks: &[u8]) -> Vec<Negative> {
    let end = three_chunks.len();
    let start = end - 2 * STEP - 21;
    let (one, two, last) = ((start, start + STEP), (start + STEP, start + 2 * STEP), (start + 2 * STEP, end));
    let head = (0, start);
    let cases: Vec<(&str, Vec<(usize, usize)>)> = vec![
        ("the first two chunks exchanged", vec![head, two, one, last]),
        ("the first chunk twice", vec![head, one, one, two, last]),
        ("the first chunk missing", vec![head, two, last]),
        ("the middle chunk missing", vec![head, one, last]),
        ("the last chunk missing", vec![head, one, two]),
        ("the last chunk alone", vec![head, last]),
        ("the last chunk twice", vec![head, one, two, last, last]),
        ("the last chunk first", vec![head, last, one, two]),
        ("an end within the second chunk", vec![head, one, (start + STEP, start + STEP + 100)]),
        ("a tag missing between chunks", vec![head, (start, start + CHUNK_LEN), two, last]),
        ("a chunk cut short by one byte", vec![head, (start, start + STEP - 1), two, last]),
        ("the header twice", vec![head, head, one, two, last]),
    ];
    let made = cases.into_iter().map(|(note, ranges)| Negative {
        note: note.to_owned(),
        expect: "Authentication".to_owned(),
        keys: vec![0],
        context: ContextForm::of(&context()),
        envelope: Bytes::ThreeChunks(ranges),
    });
    // It would be a second encoding of the same text.
    let full_then_empty = seal_elsewhere(&[&text(CHUNK_LEN), &[]], &keys[0], &context());
    let empty_last = negative(
        "an empty last chunk behind a full one",
        "Authentication",
        &[0],
        &context(),
        &full_then_empty,
    );
    made.chain([empty_last]).collect()
}

fn negatives_of_headers(keys: &[EnvelopePrivateKey; 3]) -> Vec<Negative> {
    let good = seal(40, 900, keys[0].public(), &context());
    let source_at = 77;
    let type_at = source_at + 1 + usize::from(good[source_at]);
    let kid_at = type_at + 1 + usize::from(good[type_at]);
    let alter = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut altered = good.clone();
        change(&mut altered);
        altered
    };
    let refused =
        |note: &str, expect: &str, envelope: &[u8]| negative(note, expect, &[0], &context(), envelope);
    let material = Context { purpose: Purpose::KeyMaterial, ..context() };
    vec![
        refused("version 0", "UnknownVersion", &alter(&|bytes| bytes[4] = 0)),
        refused("suite 0", "UnknownVersion", &alter(&|bytes| bytes[5] = 0)),
        refused("the longest length and nothing behind it", "NotAnEnvelope", b"MPPE\x01\x01\xff\xff"),
        refused("a header of no length", "NotAnEnvelope", &alter(&|bytes| bytes[6..8].fill(0))),
        refused("chunk size 0", "NotAnEnvelope", &alter(&|bytes| bytes[8..12].fill(0))),
        refused("purpose 0", "NotAnEnvelope", &alter(&|bytes| bytes[28] = 0)),
        refused("a source longer than the header", "NotAnEnvelope", &alter(&|bytes| bytes[source_at] = 255)),
        refused("a source in capitals", "NotAnEnvelope", &alter(&|bytes| bytes[source_at + 1] = b'A')),
        refused("a content type of no length", "NotAnEnvelope", &alter(&|bytes| bytes[type_at] = 0)),
        refused("a content type not ASCII", "NotAnEnvelope", &alter(&|bytes| bytes[type_at + 1] = 0xc3)),
        refused(
            "a control character in the content type",
            "NotAnEnvelope",
            &alter(&|bytes| bytes[type_at + 1] = 10),
        ),
        refused("a kid one shorter", "NotAnEnvelope", &alter(&|bytes| bytes[kid_at] -= 1)),
        refused("the kid's case changed", "UnknownKey", &alter(&|bytes| bytes[kid_at + 1] ^= 0x20)),
        refused(
            "the kid of another key of the ring",
            "UnknownKey",
            &seal(40, 901, keys[1].public(), &context()),
        ),
        refused(
            "enc all zero",
            "Authentication",
            &alter(&|bytes| bytes[kid_at + 44..kid_at + 44 + 65].fill(0)),
        ),
        refused(
            "enc in hybrid form",
            "Authentication",
            &alter(&|bytes| bytes[kid_at + 44] = 6 | (bytes[kid_at + 108] & 1)),
        ),
        refused("sealed as key material", "Authentication", &seal(40, 902, keys[0].public(), &material)),
        negative("opened as key material", "Authentication", &[0], &material, &good),
        negative("opened with other keys", "UnknownKey", &[1, 2], &context(), &good),
        refused("another kind of file", "NotAnEnvelope", b"-----BEGIN PUBLIC KEY-----\n"),
    ]
}

fn negative(note: &str, expect: &str, keys: &[usize], context: &Context, envelope: &[u8]) -> Negative {
    Negative {
        note: note.to_owned(),
        expect: expect.to_owned(),
        keys: keys.to_vec(),
        context: ContextForm::of(context),
        envelope: Bytes::of(envelope),
    }
}
