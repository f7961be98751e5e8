//! Envelope v1: the header as anybody reads it, envelopes as they come in, and sound envelopes altered.

use std::num::NonZeroUsize;

use mpp_crypto::envelope::{
    CHUNK_LEN, ChunkOpener, EnvelopeError, Header, Opener, Purpose, inspect, open_all, open_in_parallel,
    seal_all, seal_in_place,
};

use super::Reading;
use super::alteration::Alteration;
use super::world::{CONTEXT, RING, Seeded};

const ENC_LEN: usize = 65;
const SEALED_CHUNK_LEN: usize = CHUNK_LEN + 16;

/// The input is the beginning of an envelope. A header that is read is the one encoding of what it says, needs every one
/// of its bytes, and nothing behind them.
pub(crate) fn header(data: &[u8]) -> Reading {
    let read = inspect(data);
    match &read {
        Ok(inspected) => {
            let end = inspected.chunks_start;
            assert_eq!(encode(&inspected.header), &data[..end - ENC_LEN], "a second encoding");
            assert_eq!(inspect(&data[..end]).as_ref(), Ok(inspected));
            for cut in 0..end {
                assert_eq!(inspect(&data[..cut]), Err(EnvelopeError::Incomplete), "{cut} of {end} bytes");
            }
        }
        Err(error) => assert!(
            matches!(
                error,
                EnvelopeError::Incomplete | EnvelopeError::NotAnEnvelope | EnvelopeError::UnknownVersion
            ),
            "{error}"
        ),
    }
    Reading::of(&read)
}

/// The input is an envelope to a known key. Opening it in pieces, chunk by chunk or on threads gives what opening it at
/// once gives.
pub(crate) fn open(data: &[u8]) -> Reading {
    let at_once = open_all(data, &*RING, &CONTEXT);
    let text = at_once.as_ref().ok().map(|text| &text[..]);
    assert_eq!(text, open_by_chunks(data).as_deref(), "chunk by chunk, the last first");
    assert_eq!(text, open_on_threads(data).as_deref(), "on two threads");
    for step in [1, 7, 64, 1000] {
        let in_pieces = open_in_pieces(data, |_| step);
        assert_eq!(at_once.as_ref().ok().map(|text| &text[..]), in_pieces.as_deref(), "in steps of {step}");
    }
    if at_once.is_ok() {
        assert_eq!(open_in_pieces(&data[..data.len() - 1], |_| 4096), None);
    }
    Reading::of(&at_once)
}

/// The input says how long a text to seal, what to do to the envelope, and in which pieces to open it. It opens to the
/// text when nothing was done to it, and never when something was.
pub(crate) fn stream(data: &[u8]) -> Reading {
    let Some((alteration, rest)) = Alteration::split_off(data) else { return Reading::Refused };
    let Some(([long, low, seed, chunk_work], pieces)) = rest.split_first_chunk() else {
        return Reading::Refused;
    };
    let plaintext = text(*long, *low, *seed);
    let recipient = RING.current().public();
    let sealed =
        seal_all(&plaintext, recipient, &CONTEXT, &Seeded::new(u64::from(*seed))).expect("a short text");
    let altered = alter_chunks(&alteration.apply(&sealed), &sealed, *chunk_work);
    let at_once = open_all(&altered, &*RING, &CONTEXT);
    let step =
        |round: usize| 1 + 131 * usize::from(pieces.get(round % pieces.len().max(1)).copied().unwrap_or(255));
    let in_pieces = open_in_pieces(&altered, step);
    let opened = at_once.as_ref().ok().map(|text| &text[..]);
    assert_eq!(opened, in_pieces.as_deref());
    assert_eq!(opened, open_by_chunks(&altered).as_deref());
    assert_eq!(opened, open_on_threads(&altered).as_deref());
    assert_sealed_in_place(&plaintext, *seed, &sealed);
    if altered == sealed {
        assert_eq!(at_once.as_ref().expect("a sound envelope")[..], plaintext[..]);
    } else {
        assert!(at_once.is_err(), "an altered envelope opened");
    }
    Reading::of(&at_once)
}

/// Mostly short texts; now and then one around the first or the second chunk border.
fn text(long: u8, low: u8, seed: u8) -> Vec<u8> {
    let length = match long % 16 {
        0 => (CHUNK_LEN + usize::from(low)).saturating_sub(128),
        1 => (2 * CHUNK_LEN + usize::from(low)).saturating_sub(128),
        _ => usize::from(low),
    };
    (0..length).map(|at| seed.wrapping_add(at.to_le_bytes()[0])).collect()
}

/// Whole chunks exchanged, repeated or left out, which no single byte brings about.
fn alter_chunks(bytes: &[u8], sealed: &[u8], work: u8) -> Vec<u8> {
    let start = inspect(sealed).expect("a sound envelope").chunks_start;
    if bytes != sealed || work.is_multiple_of(8) {
        return bytes.to_vec();
    }
    let (head, chunks) = bytes.split_at(start);
    let mut chunks: Vec<&[u8]> = chunks.chunks(SEALED_CHUNK_LEN).collect();
    let last = chunks.len() - 1;
    match work % 8 {
        1 => chunks.swap(0, last),
        2 => chunks.push(chunks[last]),
        3 => chunks.insert(0, chunks[0]),
        4 => drop(chunks.remove(last)),
        5 => drop(chunks.remove(0)),
        6 => chunks.reverse(),
        _ => {}
    }
    [head, &chunks.concat()].concat()
}

/// What an opener hands out in pieces of these lengths, when all of it stands.
fn open_in_pieces(envelope: &[u8], step: impl Fn(usize) -> usize) -> Option<Vec<u8>> {
    let mut opener = Opener::new(&*RING, CONTEXT.clone());
    let mut opened = Vec::new();
    let mut rest = envelope;
    let mut round = 0;
    while !rest.is_empty() {
        let (piece, later) = rest.split_at_checked(step(round)).unwrap_or((rest, &[]));
        let before = opened.len();
        let pushed = opener.push(piece, &mut opened);
        if pushed.is_err() {
            assert!(
                opener.push(later, &mut opened).is_err() || later.is_empty(),
                "it went on after a failure"
            );
            assert!(opened.len() - before < piece.len() + SEALED_CHUNK_LEN);
            return None;
        }
        rest = later;
        round += 1;
    }
    opener.finish(&mut opened).ok().map(|_| opened)
}

/// What the chunks hold when each is opened alone, the last one first.
fn open_by_chunks(envelope: &[u8]) -> Option<Vec<u8>> {
    let opener = ChunkOpener::over(envelope, &*RING, &CONTEXT).ok()?;
    let mut chunks = Vec::new();
    for chunk in (0..opener.chunks()).rev() {
        let at = |place: u64| usize::try_from(place).expect("within the envelope");
        let range = opener.sealed_range(chunk).expect("one of its chunks");
        let mut sealed = envelope[at(range.start)..at(range.end)].to_vec();
        chunks.push(opener.open_chunk(chunk, &mut sealed).ok()?.to_vec());
    }
    chunks.reverse();
    let text = chunks.concat();
    assert_eq!(opener.text_len(), u64::try_from(text.len()).expect("short"));
    Some(text)
}

fn open_on_threads(envelope: &[u8]) -> Option<Vec<u8>> {
    let mut envelope = envelope.to_vec();
    let two = NonZeroUsize::new(2).expect("two");
    open_in_parallel(&mut envelope, &*RING, &CONTEXT, two).ok().map(|pieces| pieces.concat())
}

/// With the same randomness, a text sealed where it lies is the same envelope.
fn assert_sealed_in_place(plaintext: &[u8], seed: u8, sealed: &[u8]) {
    let mut text = plaintext.to_vec();
    let entropy = Seeded::new(u64::from(seed));
    let in_place =
        seal_in_place(&mut text, RING.current().public(), &CONTEXT, &entropy).expect("a short text");
    assert_eq!(in_place.to_vec(), sealed);
}

/// The header as `docs/formats/envelope-v1.md` lays it out, written from there and not from the crate.
fn encode(header: &Header) -> Vec<u8> {
    let context = &header.context;
    let mut body = vec![0, 1, 0, 0];
    body.extend_from_slice(header.id.as_bytes());
    body.push(match context.purpose {
        Purpose::Parcel => 1,
        Purpose::KeyMaterial => 2,
        Purpose::Enrolment => 3,
    });
    for id in [context.partner.as_bytes(), context.consent.as_bytes(), context.parcel.as_bytes()] {
        body.extend_from_slice(id);
    }
    let source = context.source.to_string();
    for text in [source.as_str(), context.content_type.as_str(), header.kid.as_str()] {
        body.push(u8::try_from(text.len()).expect("short"));
        body.extend_from_slice(text.as_bytes());
    }
    let length = u16::try_from(body.len()).expect("short").to_be_bytes();
    [b"MPPE\x01\x01".as_slice(), &length, &body].concat()
}
