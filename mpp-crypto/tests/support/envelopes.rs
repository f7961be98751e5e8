//! A key ring, a context and ready-made envelopes for the envelope tests.

use mpp_core::{ConsentId, ParcelId, PartnerId, Source};
use mpp_crypto::envelope::{self, ContentType, Context, Purpose};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey};

use crate::seeded::SeededEntropy;

pub fn ring(seed: u64) -> EnvelopeKeyRing {
    EnvelopeKeyRing::new(EnvelopePrivateKey::generate(&SeededEntropy::new(seed)))
}

pub fn context() -> Context {
    Context {
        purpose: Purpose::Parcel,
        partner: PartnerId::from_random([1; 16]),
        consent: ConsentId::from_random([2; 16]),
        parcel: ParcelId::from_random([3; 16]),
        source: Source::AccountAggregator,
        content_type: ContentType::xml(),
    }
}

pub fn sealed(plaintext: &[u8], ring: &EnvelopeKeyRing) -> Vec<u8> {
    envelope::seal_all(plaintext, ring.current().public(), &context(), &SeededEntropy::new(99)).unwrap()
}
