//! Opening what a FIP sent, and sealing it on.

use base64_simd::STANDARD;
use mpp_core::{Clock, Span, Timestamp};
use mpp_crypto::envelope;
use mpp_crypto::rebit::{Flavour, OurKeyMaterial, PeerKeyMaterial, Receiver, SealedInformation, Sender};
use mpp_testkit::{HandClock, SeededEntropy};

use crate::bare::BareKey;
use crate::envelopes::Parties;
use crate::pairs::{Report, timed};

/// A phone that asked, and what it was answered.
struct Exchange {
    ours: OurKeyMaterial,
    answer: SealedInformation,
    now: Timestamp,
}

impl Exchange {
    fn new(flavour: Flavour, length: usize) -> Self {
        let entropy = SeededEntropy::new(2);
        let now = HandClock::new().now();
        let expiry = now.plus(Span::from_hours(24));
        let ours = OurKeyMaterial::generate(flavour, &entropy, expiry);
        let asked = PeerKeyMaterial::parse(&ours.public_form(), now).unwrap();
        let theirs = OurKeyMaterial::generate(flavour, &entropy, expiry);
        let answer = Sender::new(theirs, &asked, now).unwrap().seal(&vec![b'x'; length]).unwrap();
        Self { ours, answer, now }
    }

    /// From the answer as it came: reads the key, checks the point and its subgroup, agrees, decodes, decrypts.
    fn open(&self, encrypted: Vec<u8>) -> mpp_crypto::Plaintext {
        let peer = PeerKeyMaterial::parse(&self.answer.key_material, self.now).unwrap();
        Receiver::new(&self.ours, &peer, self.now).unwrap().open_in_place(encrypted, self.now).unwrap()
    }
}

pub(crate) fn run(report: &mut Report) {
    for (flavour, name) in [(Flavour::Ecc, "Wei25519"), (Flavour::X25519, "X25519")] {
        let exchange = Exchange::new(flavour, 1024);
        report.alone(&format!("ReBIT open 1 KiB, {name}, key read and checked"), || {
            let encrypted = exchange.answer.encrypted.clone().into_bytes();
            timed(|| exchange.open(encrypted))
        });
    }
    one_mebibyte(report);
    let exchange = Exchange::new(Flavour::Ecc, 16 << 20);
    let parties = Parties::new();
    report.alone("ReBIT open and envelope seal 16 MiB", || {
        let encrypted = exchange.answer.encrypted.clone().into_bytes();
        timed(|| {
            let mut text = exchange.open(encrypted);
            let Parties { recipient, context, entropy, .. } = &parties;
            envelope::seal_in_place(&mut text, recipient, context, entropy).unwrap().total_len()
        })
    });
}

fn one_mebibyte(report: &mut Report) {
    let exchange = Exchange::new(Flavour::Ecc, 1 << 20);
    let bare = BareKey::new();
    let mut theirs = vec![b'x'; (1 << 20) + 16];
    bare.seal(&mut theirs);
    let encoded = STANDARD.encode_to_string(&theirs).into_bytes();
    let ours = || {
        let encrypted = exchange.answer.encrypted.clone().into_bytes();
        timed(|| exchange.open(encrypted))
    };
    report.pair("ReBIT open 1 MiB : ring AES-256-GCM and base64-simd, decoded into a buffer", ours, || {
        timed(|| {
            let mut decoded = STANDARD.decode_to_vec(&encoded).unwrap();
            bare.open(&mut decoded);
            decoded
        })
    });
    report.pair("ReBIT open 1 MiB : ring AES-256-GCM and base64-simd, both in place", ours, || {
        let mut encrypted = encoded.clone();
        timed(|| {
            let decoded = STANDARD.decode_inplace(&mut encrypted).unwrap();
            bare.open(decoded);
            decoded.len()
        })
    });
}
