//! Every way to seal and every way to open: the same bytes, the same refusals.
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

use std::io::{self, Read, Write};
use std::num::NonZeroUsize;

use envelopes::{context, ring, sealed};
use mpp_crypto::EnvelopeKeyRing;
use mpp_crypto::envelope::{
    CHUNK_LEN, ChunkOpener, EnvelopeError, Opener, OpeningReader, Sealer, SealingWriter, last_chunk_of,
    open_all, open_in_parallel, open_in_place, seal_in_place,
};
use seeded::SeededEntropy;

const LENGTHS: [usize; 8] =
    [0, 1, 1000, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 2 * CHUNK_LEN, 5 * CHUNK_LEN + 7];

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

type Way = (&'static str, fn(&[u8], &EnvelopeKeyRing) -> Result<Vec<u8>, EnvelopeError>);

const SEALING: [Way; 4] = [
    ("in pieces", |text, ring| {
        let (mut sealer, mut out) = Sealer::new(ring.current().public(), &context(), &SeededEntropy::new(99));
        for piece in text.chunks(997) {
            sealer.push(piece, &mut out)?;
        }
        sealer.finish(&mut out)?;
        Ok(out)
    }),
    ("in place", |text, ring| {
        let mut text = text.to_vec();
        let sealed = seal_in_place(&mut text, ring.current().public(), &context(), &SeededEntropy::new(99))?;
        let mut written = Vec::new();
        sealed.write_to(&mut written).unwrap();
        assert_eq!((written.len(), &written), (sealed.total_len(), &sealed.to_vec()));
        Ok(written)
    }),
    ("std::io", |text, ring| {
        let entropy = SeededEntropy::new(99);
        let mut writer =
            SealingWriter::new(Vec::new(), ring.current().public(), &context(), &entropy).unwrap();
        for piece in text.chunks(100_001) {
            writer.write_all(piece).unwrap();
            writer.flush().unwrap();
        }
        Ok(writer.finish().unwrap())
    }),
    #[cfg(feature = "async")]
    ("futures-io", |text, ring| {
        use futures::io::AsyncWriteExt;
        futures::executor::block_on(async {
            let mut writer = mpp_crypto::envelope::AsyncSealingWriter::new(
                Trickle(Vec::new(), false),
                ring.current().public(),
                &context(),
                &SeededEntropy::new(99),
            );
            writer.write_all(text).await.unwrap();
            writer.flush().await.unwrap();
            writer.close().await.unwrap();
            writer.close().await.unwrap();
            assert_eq!(writer.write(b"behind").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
            Ok(writer.into_inner().0)
        })
    }),
    #[cfg(not(feature = "async"))]
    ("at once", |text, ring| Ok(sealed(text, ring))),
];

const OPENING: [Way; 7] = [
    ("at once", |envelope, ring| open_all(envelope, ring, &context()).map(|text| text.to_vec())),
    ("in place", |envelope, ring| {
        let (opened, text) = open_in_place(envelope.to_vec(), ring, &context())?;
        assert_eq!(opened.header.context, context());
        Ok(text.to_vec())
    }),
    ("in pieces", |envelope, ring| {
        let mut opener = Opener::new(ring, context());
        let mut text = Vec::new();
        for piece in envelope.chunks(1009) {
            opener.push(piece, &mut text)?;
        }
        opener.finish(&mut text)?;
        Ok(text)
    }),
    ("std::io", |envelope, ring| {
        let mut reader = OpeningReader::new(envelope, ring, context());
        let mut text = Vec::new();
        reader.read_to_end(&mut text).map_err(inner)?;
        assert!(reader.opened().is_some());
        Ok(text)
    }),
    #[cfg(feature = "async")]
    ("futures-io", |envelope, ring| {
        use futures::io::AsyncReadExt;
        let mut reader =
            mpp_crypto::envelope::AsyncOpeningReader::new(Trickle(envelope.to_vec(), false), ring, context());
        let mut text = Vec::new();
        futures::executor::block_on(reader.read_to_end(&mut text)).map_err(inner)?;
        Ok(text)
    }),
    #[cfg(not(feature = "async"))]
    ("at once again", |envelope, ring| open_all(envelope, ring, &context()).map(|text| text.to_vec())),
    ("chunk by chunk, backwards", |envelope, ring| {
        let opener = ChunkOpener::over(envelope, ring, &context())?;
        let mut text = vec![0; usize::try_from(opener.text_len()).unwrap()];
        for chunk in (0..opener.chunks()).rev() {
            let range = |range: std::ops::Range<u64>| {
                usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()
            };
            let mut sealed = envelope[range(opener.sealed_range(chunk).unwrap())].to_vec();
            let opened = opener.open_chunk(chunk, &mut sealed)?;
            text[range(opener.text_range(chunk).unwrap())].copy_from_slice(opened);
        }
        Ok(text)
    }),
    ("on three threads", |envelope, ring| {
        let mut envelope = envelope.to_vec();
        let pieces = open_in_parallel(&mut envelope, ring, &context(), NonZeroUsize::new(3).unwrap())?;
        Ok(pieces.concat())
    }),
];

/// The error inside an error of a reader.
fn inner(error: io::Error) -> EnvelopeError {
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    error.get_ref().unwrap().downcast_ref::<EnvelopeError>().unwrap().clone()
}

/// A stream that gives and takes a few bytes at a time, and sometimes not yet.
#[cfg(feature = "async")]
struct Trickle(Vec<u8>, bool);

#[cfg(feature = "async")]
mod trickle {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use futures::io::{AsyncRead, AsyncWrite};

    use super::Trickle;

    impl AsyncWrite for Trickle {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let count = bytes.len().min(4099);
            self.0.extend_from_slice(&bytes[..count]);
            Poll::Ready(Ok(count))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncRead for Trickle {
        fn poll_read(
            mut self: Pin<&mut Self>,
            waker: &mut Context<'_>,
            target: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            self.1 = !self.1;
            if self.1 {
                waker.waker().wake_by_ref();
                return Poll::Pending;
            }
            let count = self.0.len().min(target.len()).min(4099);
            target[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Poll::Ready(Ok(count))
        }
    }
}

#[test]
fn every_way_to_seal_gives_the_same_envelope_and_every_way_to_open_the_same_text() {
    let ring = ring(1);
    for length in LENGTHS {
        let text = text(length);
        let expected = sealed(&text, &ring);
        for (name, seal) in SEALING {
            assert!(seal(&text, &ring).unwrap() == expected, "sealing {name}: {length}");
        }
        for (name, open) in OPENING {
            assert!(open(&expected, &ring).unwrap() == text, "opening {name}: {length}");
        }
    }
}

#[test]
fn no_way_opens_a_small_envelope_with_any_bit_flipped() {
    let ring = ring(1);
    let envelope = sealed(b"<Account/>", &ring);
    let expected: Vec<EnvelopeError> =
        flipped(&envelope).map(|altered| open_all(&altered, &ring, &context()).unwrap_err()).collect();
    for (name, open) in OPENING {
        for (bit, altered) in flipped(&envelope).enumerate() {
            // A header that seems longer is for a stream one whose end has not come.
            let error = open(&altered, &ring).unwrap_err();
            assert!(
                error == expected[bit] || error == EnvelopeError::Incomplete,
                "{name}: bit {bit}: {error}"
            );
        }
    }
    println!("single-bit flips: {} on each of {} ways", envelope.len() * 8, OPENING.len());
}

fn flipped(envelope: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..envelope.len() * 8).map(|bit| {
        let mut altered = envelope.to_vec();
        altered[bit / 8] ^= 1 << (bit % 8);
        altered
    })
}

#[test]
fn no_way_opens_an_envelope_cut_off_or_continued() {
    let ring = ring(1);
    let small = sealed(b"<Account/>", &ring);
    let large = sealed(&text(2 * CHUNK_LEN + 5), &ring);
    let start = large.len() - 2 * CHUNK_LEN - 5 - 3 * 16;
    let step = CHUNK_LEN + 16;
    for (name, open) in OPENING {
        for length in 0..small.len() {
            assert!(open(&small[..length], &ring).is_err(), "{name}: {length}");
        }
        let ends = [start + step, start + step + 1, start + 2 * step, start + 2 * step + 16, large.len() - 1];
        for length in ends {
            assert_eq!(open(&large[..length], &ring), Err(EnvelopeError::Authentication), "{name}: {length}");
        }
        for extra in [1, 16, 17, step] {
            let longer = [large.as_slice(), &vec![0; extra]].concat();
            assert_eq!(open(&longer, &ring), Err(EnvelopeError::Authentication), "{name}: +{extra}");
        }
        let swapped = [
            &large[..start],
            &large[start + step..start + 2 * step],
            &large[start..start + step],
            &large[start + 2 * step..],
        ]
        .concat();
        assert_eq!(open(&swapped, &ring), Err(EnvelopeError::Authentication), "{name}: swapped");
    }
}

#[test]
fn a_range_is_read_without_the_rest() {
    let ring = ring(1);
    let text = text(4 * CHUNK_LEN + 100);
    let envelope = sealed(&text, &ring);
    let mut file = io::Cursor::new(&envelope);
    let length = u64::try_from(envelope.len()).unwrap();
    let mut read = |range: std::ops::Range<u64>| {
        let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap()];
        file.set_position(range.start);
        file.read_exact(&mut bytes).unwrap();
        bytes
    };
    let head = read(0..1000);
    let last = read(last_chunk_of(&head, length).unwrap());
    let opener = ChunkOpener::new(&head, &last, length, &ring, &context()).unwrap();
    assert_eq!(opener.text_len(), u64::try_from(text.len()).unwrap());
    assert_eq!(opener.header().context, context());
    let chunks = opener.chunks_of(&(70_000..140_000));
    assert_eq!(chunks, 1..3);
    let mut opened = Vec::new();
    for chunk in chunks {
        let mut sealed = read(opener.sealed_range(chunk).unwrap());
        opened.extend_from_slice(opener.open_chunk(chunk, &mut sealed).unwrap());
    }
    assert!(opened == text[CHUNK_LEN..3 * CHUNK_LEN]);
    let mut third = read(opener.sealed_range(3).unwrap());
    assert_eq!(opener.open_chunk(2, &mut third), Err(EnvelopeError::Authentication), "another chunk's place");
    assert_eq!(opener.open_chunk(9, &mut third), Err(EnvelopeError::Authentication), "no such chunk");
}

#[test]
fn an_end_that_is_not_the_end_proves_nothing() {
    let ring = ring(1);
    let envelope = sealed(&text(3 * CHUNK_LEN), &ring);
    let step = CHUNK_LEN + 16;
    let cut = &envelope[..envelope.len() - step];
    assert!(ChunkOpener::over(cut, &ring, &context()).is_err());
    let length = u64::try_from(envelope.len()).unwrap();
    let middle = &envelope[envelope.len() - 2 * step..envelope.len() - step];
    assert!(ChunkOpener::new(&envelope, middle, length, &ring, &context()).is_err());
    assert!(ChunkOpener::new(&envelope, &[], length, &ring, &context()).is_err());
}

#[test]
fn a_refused_parallel_opening_leaves_no_plaintext() {
    let ring = ring(1);
    let canary = b"CANARY-4f1c".repeat(CHUNK_LEN);
    let mut envelope = sealed(&canary[..6 * CHUNK_LEN], &ring);
    let at = envelope.len() - 3 * (CHUNK_LEN + 16);
    envelope[at] ^= 1;
    assert!(open_in_parallel(&mut envelope, &ring, &context(), NonZeroUsize::new(2).unwrap()).is_err());
    assert!(!envelope.windows(11).any(|window| window == b"CANARY-4f1c"));
}

#[test]
fn a_failing_inner_stream_is_reported_and_loses_nothing_of_its_error() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::TimedOut.into())
        }
    }
    let ring = ring(1);
    let begun = SealingWriter::new(Broken, ring.current().public(), &context(), &SeededEntropy::new(1));
    assert_eq!(begun.unwrap_err().kind(), io::ErrorKind::StorageFull);
    let mut reader = OpeningReader::new(Broken, &ring, context());
    assert_eq!(reader.read(&mut [0; 10]).unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(reader.read(&mut []).unwrap(), 0);
}
