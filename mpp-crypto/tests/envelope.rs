//! What an envelope holds, and everything that must not open.
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

#[path = "support/envelopes.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod envelopes;

use std::sync::Arc;

use envelopes::{context, ring, sealed};
use mpp_core::{ConsentId, ParcelId, PartnerId, Source};
use mpp_crypto::envelope::{
    CHUNK_LEN, ContentType, Context, EnvelopeError, Opener, Purpose, Sealer, inspect, open_all, seal_all,
};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey};
use seeded::SeededEntropy;

const TEXT: &[u8] = b"<Account type=\"deposit\"/>";
const TAG_LEN: usize = 16;

fn opens(envelope: &[u8], ring: &EnvelopeKeyRing) -> Result<Vec<u8>, EnvelopeError> {
    open_all(envelope, ring, &context()).map(|text| text.to_vec())
}

/// Where the chunks begin, and the sealed length of a full one.
fn layout(envelope: &[u8]) -> (usize, usize) {
    (inspect(envelope).unwrap().chunks_start, CHUNK_LEN + TAG_LEN)
}

#[test]
fn every_length_has_one_encoding_of_the_expected_size() {
    let ring = ring(1);
    for (length, chunks) in [
        (0, 1),
        (1, 1),
        (CHUNK_LEN - 1, 1),
        (CHUNK_LEN, 1),
        (CHUNK_LEN + 1, 2),
        (2 * CHUNK_LEN, 2),
        (3 * CHUNK_LEN, 3),
        (3 * CHUNK_LEN + 5, 4),
    ] {
        let text: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let envelope = sealed(&text, &ring);
        assert_eq!(envelope.len(), layout(&envelope).0 + length + chunks * TAG_LEN, "{length}");
        assert_eq!(opens(&envelope, &ring).unwrap(), text, "{length}");
        assert_eq!(envelope, sealed(&text, &ring), "the same randomness gives the same bytes");
    }
}

#[test]
fn an_envelope_cut_off_anywhere_does_not_open() {
    let ring = ring(1);
    let envelope = sealed(TEXT, &ring);
    let start = layout(&envelope).0;
    for length in 0..envelope.len() {
        let expected = if length < start { EnvelopeError::Incomplete } else { EnvelopeError::Authentication };
        assert_eq!(opens(&envelope[..length], &ring), Err(expected), "{length}");
    }
}

#[test]
fn an_envelope_with_any_bit_flipped_does_not_open() {
    let ring = ring(1);
    let envelope = sealed(TEXT, &ring);
    let start = layout(&envelope).0;
    for bit in 0..envelope.len() * 8 {
        let mut altered = envelope.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let error = opens(&altered, &ring).unwrap_err();
        // Behind the header nothing tells one alteration from another.
        assert!(bit / 8 < start || error == EnvelopeError::Authentication, "{bit}: {error:?}");
    }
}

#[test]
fn bytes_behind_the_end_are_refused() {
    let ring = ring(1);
    for length in [0, 1, TEXT.len(), CHUNK_LEN, CHUNK_LEN + 1] {
        let envelope = sealed(&vec![7; length], &ring);
        for extra in [1, TAG_LEN, TAG_LEN + 1, CHUNK_LEN + TAG_LEN] {
            let longer = [envelope.clone(), vec![0; extra]].concat();
            assert_eq!(opens(&longer, &ring), Err(EnvelopeError::Authentication), "{length}+{extra}");
        }
    }
}

#[test]
fn chunks_cannot_be_swapped_repeated_or_left_out() {
    let ring = ring(1);
    let text: Vec<u8> = (0..4 * CHUNK_LEN).map(|at| u8::try_from(at / CHUNK_LEN).unwrap()).collect();
    let envelope = sealed(&text, &ring);
    let (start, step) = layout(&envelope);
    let (header, body) = envelope.split_at(start);
    let chunks: Vec<&[u8]> = body.chunks(step).collect();
    let build = |order: &[usize]| {
        order.iter().fold(header.to_vec(), |envelope, index| [&envelope, chunks[*index]].concat())
    };
    assert_eq!(opens(&build(&[0, 1, 2, 3]), &ring).unwrap(), text);
    for order in [
        &[1, 0, 2, 3][..],
        &[0, 2, 1, 3],
        &[0, 0, 1, 2, 3],
        &[0, 1, 2],
        &[0, 1, 3],
        &[1, 2, 3],
        &[3],
        &[0, 1, 2, 3, 3],
        &[0, 1, 2, 2],
        &[],
    ] {
        assert_eq!(opens(&build(order), &ring), Err(EnvelopeError::Authentication), "{order:?}");
    }
}

#[test]
fn a_beginning_is_handed_out_but_never_called_complete() {
    let ring = ring(1);
    let envelope = sealed(&vec![7; 3 * CHUNK_LEN], &ring);
    let (start, step) = layout(&envelope);
    let mut opener = Opener::new(&ring, context());
    let mut text = Vec::new();
    opener.push(&envelope[..start + 2 * step], &mut text).unwrap();
    assert_eq!(text.len(), CHUNK_LEN, "the second chunk may still be the last");
    assert_eq!(opener.finish(&mut text).unwrap_err(), EnvelopeError::Authentication);
    assert_eq!(text.len(), CHUNK_LEN);
}

#[test]
fn a_failed_opener_stays_failed() {
    let ring = ring(1);
    let mut opener = Opener::new(&ring, context());
    let mut text = Vec::new();
    assert_eq!(opener.push(b"not one", &mut text), Err(EnvelopeError::NotAnEnvelope));
    assert_eq!(opener.push(&sealed(TEXT, &ring), &mut text), Err(EnvelopeError::Authentication));
    assert_eq!(opener.finish(&mut text).unwrap_err(), EnvelopeError::Authentication);
    assert!(text.is_empty());
}

#[test]
fn an_envelope_opens_only_in_its_own_context() {
    let ring = ring(1);
    let envelope = sealed(TEXT, &ring);
    let others = [
        Context { purpose: Purpose::KeyMaterial, ..context() },
        Context { partner: PartnerId::from_random([9; 16]), ..context() },
        Context { consent: ConsentId::from_random([9; 16]), ..context() },
        Context { parcel: ParcelId::from_random([9; 16]), ..context() },
        Context { source: Source::Provider("sandbox-bureau".parse().unwrap()), ..context() },
        Context { content_type: ContentType::json(), ..context() },
    ];
    for other in others {
        assert_eq!(
            open_all(&envelope, &ring, &other).unwrap_err(),
            EnvelopeError::Authentication,
            "{other:?}"
        );
    }
}

#[test]
fn a_header_rewritten_to_another_context_does_not_open_there() {
    let ring = ring(1);
    let envelope = sealed(TEXT, &ring);
    let mut moved = envelope;
    let partner = PartnerId::from_random([9; 16]);
    moved[29..45].copy_from_slice(partner.as_bytes());
    let expected = Context { partner, ..context() };
    assert_eq!(inspect(&moved).unwrap().header.context, expected);
    assert_eq!(open_all(&moved, &ring, &expected).unwrap_err(), EnvelopeError::Authentication);
}

#[test]
fn only_the_key_it_was_sealed_to_opens_it() {
    let sealed_to = ring(1);
    let envelope = sealed(TEXT, &sealed_to);
    let other = ring(2);
    let kid = sealed_to.current().kid().clone();
    assert_eq!(opens(&envelope, &other), Err(EnvelopeError::UnknownKey { kid: kid.clone() }));
    // The other key's name put into the header: the key is found, and does not open.
    let renamed = String::from_utf8_lossy(&envelope).find(kid.as_str()).is_some();
    assert!(renamed);
    let at = envelope.windows(43).position(|window| window == kid.as_str().as_bytes()).unwrap();
    let mut readdressed = envelope;
    readdressed[at..at + 43].copy_from_slice(other.current().kid().as_str().as_bytes());
    assert_eq!(opens(&readdressed, &other), Err(EnvelopeError::Authentication));
}

#[test]
fn a_rotated_ring_still_opens_what_was_sealed_to_an_older_key() {
    let old = ring(1);
    let envelope = sealed(TEXT, &old);
    let next = EnvelopePrivateKey::generate(&SeededEntropy::new(2));
    let rotated = old.rotated(next);
    assert_eq!(opens(&envelope, &rotated).unwrap(), TEXT);
    assert_eq!(opens(&sealed(TEXT, &rotated), &rotated).unwrap(), TEXT);
    let third = ring(3).with_older(EnvelopePrivateKey::generate(&SeededEntropy::new(1)));
    assert_eq!(opens(&envelope, &third).unwrap(), TEXT);
}

#[test]
fn an_envelope_streams_through_a_shared_ring() {
    let ring = Arc::new(ring(1));
    let (mut sealer, mut envelope) = Sealer::new(ring.current().public(), &context(), &SeededEntropy::new(5));
    assert_eq!(sealer.header().context, context());
    for _ in 0..1000 {
        sealer.push(&[42; 331], &mut envelope).unwrap();
    }
    sealer.finish(&mut envelope).unwrap();
    let mut opener = Opener::new(Arc::clone(&ring), context());
    let mut text = Vec::new();
    for piece in envelope.chunks(777) {
        opener.push(piece, &mut text).unwrap();
    }
    let opened = opener.finish(&mut text).unwrap();
    assert_eq!(opened.chunks, 6);
    assert_eq!(opened.header, inspect(&envelope).unwrap().header);
    assert_eq!(text, vec![42; 331_000]);
}

#[test]
fn every_envelope_has_its_own_name_and_keys() {
    let ring = ring(1);
    let entropy = SeededEntropy::new(5);
    let seal = || seal_all(TEXT, ring.current().public(), &context(), &entropy).unwrap();
    let (first, second) = (seal(), seal());
    let (one, two) = (inspect(&first).unwrap(), inspect(&second).unwrap());
    assert_ne!(one.header.id, two.header.id);
    assert_ne!(first[one.chunks_start..], second[two.chunks_start..]);
}

#[test]
fn a_header_without_its_only_encoding_is_refused() {
    let envelope = sealed(TEXT, &ring(1));
    let alter = |at: usize, byte: u8| {
        let mut altered = envelope.clone();
        altered[at] = byte;
        inspect(&altered).unwrap_err()
    };
    assert_eq!(alter(0, b'X'), EnvelopeError::NotAnEnvelope, "magic");
    assert_eq!(alter(4, 2), EnvelopeError::UnknownVersion, "version");
    assert_eq!(alter(5, 2), EnvelopeError::UnknownVersion, "suite");
    assert_eq!(alter(6, 0xff), EnvelopeError::NotAnEnvelope, "a header longer than any");
    assert_eq!(alter(7, envelope[7] - 1), EnvelopeError::NotAnEnvelope, "a header cut short");
    assert_eq!(alter(7, envelope[7] + 1), EnvelopeError::NotAnEnvelope, "a header with bytes behind it");
    assert_eq!(alter(11, 1), EnvelopeError::NotAnEnvelope, "another chunk size");
    assert_eq!(alter(28, 0), EnvelopeError::NotAnEnvelope, "an unknown purpose");
    assert_eq!(alter(78, b' '), EnvelopeError::NotAnEnvelope, "a source that is none");
    assert_eq!(inspect(b"MPP"), Err(EnvelopeError::Incomplete));
    assert_eq!(inspect(b"MPX"), Err(EnvelopeError::NotAnEnvelope));
}

#[test]
fn content_types_are_printable_and_short() {
    for good in ["application/xml", "application/json; charset=utf-8", &"x".repeat(127)] {
        assert!(good.parse::<ContentType>().is_ok(), "{good}");
    }
    for bad in ["", " a", "a ", "a\nb", "\u{e4}", &"x".repeat(128)] {
        assert!(bad.parse::<ContentType>().is_err(), "{bad:?}");
    }
}
