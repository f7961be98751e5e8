//! What opening a large document, and sealing it again to a partner, takes beside the buffers it was given.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]
#![allow(unsafe_code, reason = "an allocator that counts cannot be written without it")]

#[path = "support/seeded.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod seeded;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use mpp_core::{ConsentId, ParcelId, PartnerId, Source, Span, Timestamp};
use mpp_crypto::envelope::{self, CHUNK_LEN, ContentType, Context, Purpose, Sealer};
use mpp_crypto::rebit::{Flavour, OurKeyMaterial, PeerKeyMaterial, Sender, open_in_place};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey};
use seeded::SeededEntropy;

const DOCUMENT: usize = 16 << 20;
const ALLOWED: usize = 1 << 20;

/// Bytes allocated at this moment, and the most there ever were since the last reset.
struct Counting {
    live: AtomicUsize,
    peak: AtomicUsize,
}

// Safety: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = self.live.fetch_add(layout.size(), Relaxed) + layout.size();
        self.peak.fetch_max(live, Relaxed);
        // Safety: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.live.fetch_sub(layout.size(), Relaxed);
        // Safety: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static MEMORY: Counting = Counting { live: AtomicUsize::new(0), peak: AtomicUsize::new(0) };

/// The most that `work` had allocated beyond what was there before it.
fn extra<R>(work: impl FnOnce() -> R) -> (usize, R) {
    let before = MEMORY.live.load(Relaxed);
    MEMORY.peak.store(before, Relaxed);
    let result = work();
    (MEMORY.peak.load(Relaxed).saturating_sub(before), result)
}

fn context() -> Context {
    Context {
        purpose: Purpose::Parcel,
        partner: PartnerId::from_random([1; 16]),
        consent: ConsentId::from_random([2; 16]),
        parcel: ParcelId::from_random([3; 16]),
        source: Source::AccountAggregator,
        content_type: ContentType::xml(),
    }
}

/// One test in this file: another beside it would be counted too.
#[test]
fn a_document_is_opened_and_sealed_again_within_its_own_memory() {
    let now: Timestamp = "2026-01-15T09:30:00Z".parse().unwrap();
    let material = |seed| {
        OurKeyMaterial::generate(Flavour::Ecc, &SeededEntropy::new(seed), now.plus(Span::from_hours(24)))
    };
    let ours = material(1);
    let asked = PeerKeyMaterial::parse(&ours.public_form(), now).unwrap();
    let document = vec![b'x'; DOCUMENT];
    let sender = Sender::new(material(2), &asked, now).unwrap();
    let plaintext = document.clone();
    let (sealing, sealed) = extra(|| sender.seal_in_place(plaintext).unwrap());
    let text_bytes = sealed.encrypted.len();
    assert!(
        sealing <= text_bytes + ALLOWED,
        "sealing took {sealing} bytes, of which {text_bytes} are the text"
    );

    let theirs = PeerKeyMaterial::parse(&sealed.key_material, now).unwrap();
    let encrypted = sealed.encrypted.into_bytes();
    let address = encrypted.as_ptr();
    let (opening, opened) = extra(|| open_in_place(&ours, &theirs, encrypted, now).unwrap());
    assert!(opening <= 64 << 10, "opening took {opening} bytes");
    assert_eq!(opened.as_ptr(), address, "the plaintext lies where the encrypted text lay");
    assert!(*opened == *document);

    let ring = EnvelopeKeyRing::new(EnvelopePrivateKey::generate(&SeededEntropy::new(3)));
    let mut envelope = Vec::with_capacity(DOCUMENT + (1 << 20));
    let (sealing_again, ()) = extra(|| {
        let (mut sealer, mut out) = Sealer::new(ring.current().public(), &context(), &SeededEntropy::new(4));
        for chunk in opened.chunks(CHUNK_LEN) {
            sealer.push(chunk, &mut out).unwrap();
            envelope.append(&mut out);
        }
        sealer.finish(&mut out).unwrap();
        envelope.append(&mut out);
    });
    println!("16 MiB: opening took {opening} bytes more, sealing again {sealing_again}");
    assert!(opening + sealing_again <= ALLOWED, "sealing again took {sealing_again} bytes");
    drop(opened);
    assert!(envelope::open_all(&envelope, &ring, &context()).unwrap().as_slice() == document);
}
