//! Envelopes under random pieces and random bytes.
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

use envelopes::{context, ring, sealed};
use mpp_crypto::envelope::{CHUNK_LEN, Opener, Sealer, inspect, open_all};
use proptest::prelude::*;
use seeded::SeededEntropy;

/// Cuts `bytes` at these fractions.
fn pieces<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    ends.push(bytes.len());
    ends.sort_unstable();
    let starts = std::iter::once(0).chain(ends.clone());
    starts.zip(&ends).map(|(start, end)| &bytes[start..*end]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn how_the_bytes_are_cut_makes_no_difference(
        length in prop_oneof![0..300_usize, (CHUNK_LEN - 2)..(CHUNK_LEN + 3), (2 * CHUNK_LEN - 2)..(2 * CHUNK_LEN + 3)],
        fill: u8,
        sealing_cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        opening_cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let ring = ring(1);
        let text: Vec<u8> = (0..length).map(|at| fill.wrapping_add(u8::try_from(at % 253).unwrap())).collect();
        let (mut sealer, mut envelope) = Sealer::new(ring.current().public(), &context(), &SeededEntropy::new(99));
        for piece in pieces(&text, &sealing_cuts) {
            sealer.push(piece, &mut envelope).unwrap();
        }
        sealer.finish(&mut envelope).unwrap();
        prop_assert!(envelope == sealed(&text, &ring));
        let mut opener = Opener::new(&ring, context());
        let mut opened = Vec::new();
        for piece in pieces(&envelope, &opening_cuts) {
            opener.push(piece, &mut opened).unwrap();
        }
        opener.finish(&mut opened).unwrap();
        prop_assert!(opened == text);
    }

    #[test]
    fn random_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(inspect(&bytes).is_err());
        prop_assert!(open_all(&bytes, &ring(1), &context()).is_err());
    }

    #[test]
    fn random_bytes_behind_a_sound_beginning_are_refused_without_panic(
        keep in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let ring = ring(1);
        let envelope = sealed(b"some text", &ring);
        let kept = &envelope[..keep.index(envelope.len())];
        let grafted = [kept, &bytes].concat();
        prop_assume!(grafted != envelope);
        let _ = inspect(&grafted);
        prop_assert!(open_all(&grafted, &ring, &context()).is_err());
    }
}
