//! Sealing and opening beside bare AES-256-GCM.

use mpp_core::{ConsentId, Entropy, ParcelId, PartnerId, Source};
use mpp_crypto::envelope::{self, ContentType, Context, Purpose};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey, EnvelopePublicKey};

use crate::bare::{BareAgreement, BareKey};
use crate::pairs::{Report, timed};

const MEBIBYTE: usize = 1 << 20;

/// The operating system's generator, as servers have it.
#[derive(Debug)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "what is measured is what servers do")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).unwrap();
    }

    fn is_of_the_system(&self) -> bool {
        true
    }
}

/// A key pair and a context.
pub(crate) struct Parties {
    pub(crate) entropy: SystemEntropy,
    pub(crate) recipient: EnvelopePublicKey,
    pub(crate) ring: EnvelopeKeyRing,
    pub(crate) context: Context,
}

impl Parties {
    pub(crate) fn new() -> Self {
        let entropy = SystemEntropy;
        let key = EnvelopePrivateKey::generate(&entropy);
        let context = Context {
            purpose: Purpose::Parcel,
            partner: PartnerId::generate(&entropy),
            consent: ConsentId::generate(&entropy),
            parcel: ParcelId::generate(&entropy),
            source: Source::AccountAggregator,
            content_type: ContentType::xml(),
        };
        Self { recipient: key.public().clone(), ring: EnvelopeKeyRing::new(key), entropy, context }
    }

    fn sealed(&self, length: usize) -> Vec<u8> {
        envelope::seal_all(&vec![b'x'; length], &self.recipient, &self.context, &self.entropy).unwrap()
    }
}

pub(crate) fn of_one_mebibyte(report: &mut Report) {
    let parties = Parties::new();
    of(report, &parties, "1 MiB", MEBIBYTE);
    beside_the_least(report, &parties);
}

/// Beside everything that no envelope can do without: the cipher and the agreement.
fn beside_the_least(report: &mut Report, parties: &Parties) {
    let (bare, agreement) = (BareKey::new(), BareAgreement::new());
    let libraries = format!("{} AES-256-GCM and {}", BareKey::LIBRARY, BareAgreement::LIBRARY);
    let mut ours = vec![b'x'; MEBIBYTE];
    let mut theirs = vec![b'x'; MEBIBYTE + 16];
    let Parties { recipient, context, entropy, ring } = parties;
    report.pair(
        &format!("all of sealing 1 MiB : {libraries} key pair and agreement"),
        || timed(|| envelope::seal_in_place(&mut ours, recipient, context, entropy).unwrap().total_len()),
        || {
            timed(|| {
                bare.seal(&mut theirs);
                agreement.with_a_fresh_key()
            })
        },
    );
    let sealed = parties.sealed(MEBIBYTE);
    let mut scratch = theirs.clone();
    report.pair(
        &format!("all of opening 1 MiB : {libraries} agreement"),
        || {
            let envelope = sealed.clone();
            timed(|| envelope::open_in_place(envelope, ring, context).unwrap())
        },
        || {
            scratch.copy_from_slice(&theirs);
            timed(|| {
                bare.open(&mut scratch);
                agreement.with_the_own_key()
            })
        },
    );
}

fn of(report: &mut Report, parties: &Parties, name: &str, length: usize) {
    let bare = BareKey::new();
    let library = BareKey::LIBRARY;
    let mut ours = vec![b'x'; length];
    let mut theirs = vec![b'x'; length + 16];
    report.pair(
        &format!("envelope seal {name} : {library} AES-256-GCM of the same bytes"),
        || {
            timed(|| {
                let Parties { recipient, context, entropy, .. } = parties;
                envelope::seal_in_place(&mut ours, recipient, context, entropy).unwrap().total_len()
            })
        },
        || timed(|| bare.seal(&mut theirs)),
    );
    let (sealed, theirs) = (parties.sealed(length), theirs);
    let mut scratch = theirs.clone();
    report.pair(
        &format!("envelope open {name} : {library} AES-256-GCM of the same bytes"),
        || {
            let envelope = sealed.clone();
            timed(|| envelope::open_in_place(envelope, &parties.ring, &parties.context).unwrap())
        },
        || {
            scratch.copy_from_slice(&theirs);
            timed(|| bare.open(&mut scratch))
        },
    );
}

#[cfg(feature = "accelerated")]
pub(crate) fn small_and_large(report: &mut Report) {
    let parties = Parties::new();
    let agreement = BareAgreement::new();
    report.pair(
        "envelope seal 1 KiB : aws-lc-rs P-256 key pair and agreement",
        || {
            timed(|| {
                envelope::seal_all(&[b'x'; 1024], &parties.recipient, &parties.context, &parties.entropy)
                    .unwrap()
            })
        },
        || timed(|| agreement.with_a_fresh_key()),
    );
    of(report, &parties, "64 MiB", 64 * MEBIBYTE);
    on_two_cores(report, &parties);
}

#[cfg(feature = "accelerated")]
fn on_two_cores(report: &mut Report, parties: &Parties) {
    let sealed = parties.sealed(64 * MEBIBYTE);
    let mut envelope = sealed.clone();
    let mut on = |threads: usize| {
        envelope.copy_from_slice(&sealed);
        let threads = std::num::NonZeroUsize::new(threads).unwrap();
        timed(|| {
            envelope::open_in_parallel(&mut envelope, &parties.ring, &parties.context, threads).unwrap().len()
        })
    };
    let on = std::cell::RefCell::new(&mut on);
    report.pair(
        "envelope open 64 MiB on 2 cores : on 1 core",
        || (on.borrow_mut())(2),
        || (on.borrow_mut())(1),
    );
    bare_on_two_cores(report);
}

/// What the machine has to give: the bare cipher over two halves at once, beside both after one another.
#[cfg(feature = "accelerated")]
fn bare_on_two_cores(report: &mut Report) {
    let bare = BareKey::new();
    let mut halves = [vec![b'x'; 32 * MEBIBYTE + 16], vec![b'x'; 32 * MEBIBYTE + 16]];
    let mut of_both = halves.clone();
    report.pair(
        "ring AES-256-GCM of 64 MiB on 2 cores : on 1 core",
        || {
            let [one, other] = &mut halves;
            timed(|| {
                std::thread::scope(|scope| {
                    scope.spawn(|| bare.seal(one));
                    bare.seal(other);
                });
            })
        },
        || timed(|| of_both.iter_mut().for_each(|half| bare.seal(half))),
    );
}
