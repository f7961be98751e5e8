//! Sealing and opening beside bare AES-256-GCM.

use std::num::NonZeroUsize;

use mpp_core::{ConsentId, ParcelId, PartnerId, Source};
use mpp_crypto::envelope::{self, ContentType, Context, Purpose};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey};
use mpp_testkit::SeededEntropy;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::pairs::{Report, timed};

const SIZES: [(&str, usize); 2] = [("1 MiB", 1 << 20), ("64 MiB", 1 << 26)];

pub(crate) fn run(report: &mut Report) {
    let entropy = SeededEntropy::new(1);
    let key = EnvelopePrivateKey::generate(&entropy);
    let recipient = key.public().clone();
    let ring = EnvelopeKeyRing::new(key);
    let context = Context {
        purpose: Purpose::Parcel,
        partner: PartnerId::generate(&entropy),
        consent: ConsentId::generate(&entropy),
        parcel: ParcelId::generate(&entropy),
        source: Source::AccountAggregator,
        content_type: ContentType::xml(),
    };
    let bare = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
    let nonce = || Nonce::assume_unique_for_key([9; 12]);
    for (name, bytes) in SIZES {
        let mut ours = vec![b'x'; bytes];
        let mut theirs = ours.clone();
        report.pair(
            &format!("envelope seal {name}"),
            || {
                timed(|| {
                    envelope::seal_in_place(&mut ours, &recipient, &context, &entropy).unwrap().total_len()
                })
            },
            || timed(|| bare.seal_in_place_separate_tag(nonce(), Aad::empty(), &mut theirs).unwrap()),
        );
        let sealed = envelope::seal_all(&vec![b'x'; bytes], &recipient, &context, &entropy).unwrap();
        let mut theirs = vec![b'x'; bytes];
        bare.seal_in_place_append_tag(nonce(), Aad::empty(), &mut theirs).unwrap();
        let mut scratch = theirs.clone();
        report.pair(
            &format!("envelope open {name}"),
            || {
                let envelope = sealed.clone();
                timed(|| envelope::open_in_place(envelope, &ring, &context).unwrap())
            },
            || {
                scratch.copy_from_slice(&theirs);
                timed(|| bare.open_in_place(nonce(), Aad::empty(), &mut scratch).unwrap().len())
            },
        );
    }
    let sealed = envelope::seal_all(&vec![b'x'; 1 << 26], &recipient, &context, &entropy).unwrap();
    let on = |threads: usize| {
        let mut envelope = sealed.clone();
        timed(|| {
            envelope::open_in_parallel(&mut envelope, &ring, &context, NonZeroUsize::new(threads).unwrap())
                .unwrap()
                .len()
        })
    };
    report.pair("envelope open 64 MiB on 2 cores", || on(2), || on(1));
}
