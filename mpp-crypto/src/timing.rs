//! The secret-dependent steps that this crate wrote itself, one by one, for the measurement that looks for time
//! depending on a secret (`cargo xtask soak timing`). No interface: only under the feature `timing`, and subject to
//! change.

use std::hint::black_box;
use std::sync::LazyLock;

use crate::primitives::equal_in_constant_time;
use crate::primitives::field25519::FieldElement;
use crate::primitives::providers::ChosenX25519;
use crate::primitives::wei25519::{Point, SecretScalar, clamped_form};

/// A secret in every form the steps take it in, prepared outside what is measured.
pub struct Secret {
    bytes: [u8; 32],
    /// Little-endian, below n.
    scalar_bytes: [u8; 32],
    scalar: SecretScalar,
    element: FieldElement,
}

impl Secret {
    /// A secret of these bytes, reduced to a scalar in [1, n-1]; `None` for the zero scalar.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Option<Self> {
        let mut below_order = bytes;
        if let Some(top) = below_order.first_mut() {
            *top &= 0x0f;
        }
        let scalar = SecretScalar::from_be_bytes(&below_order)?;
        let mut scalar_bytes = below_order;
        scalar_bytes.reverse();
        Some(Self { bytes, scalar_bytes, scalar, element: FieldElement::from_le_bytes(bytes) })
    }
}

/// One step.
#[derive(Clone, Copy)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// How often it is run within one measurement: often, where one run is shorter than the clock can tell.
    pub runs: u32,
    run: fn(&Secret),
}

impl Step {
    /// Runs the step once.
    pub fn run(&self, secret: &Secret) {
        (self.run)(black_box(secret));
    }
}

/// What the fixed class of every measurement holds, and the comparison is against.
pub const FIXED: [u8; 32] = [
    0x0c, 0x1f, 0x2e, 0x3d, 0x4c, 0x5b, 0x6a, 0x79, 0x88, 0x07, 0x96, 0xa5, 0xb4, 0xc3, 0xd2, 0xe1, 0xf0,
    0x01, 0x12, 0x23, 0x34, 0x45, 0x56, 0x67, 0x78, 0x89, 0x9a, 0xab, 0xbc, 0xcd, 0xde, 0xe1,
];

/// Some point of the subgroup; which one is of no matter.
static PEER: LazyLock<Option<Point>> =
    LazyLock::new(|| Secret::new(FIXED).and_then(|secret| secret.scalar.public_point()));

/// The steps of this crate.
pub const STEPS: [Step; 7] = [
    Step {
        name: "scalar translation",
        runs: 64,
        run: |secret| drop(black_box(clamped_form(&secret.scalar_bytes))),
    },
    Step { name: "field select", runs: 256, run: select },
    Step { name: "field times, to bytes", runs: 64, run: times },
    Step { name: "field inverse", runs: 1, run: inverse },
    Step { name: "public point", runs: 1, run: public_point },
    Step { name: "shared x", runs: 1, run: shared_x },
    Step { name: "equality", runs: 256, run: equality },
];

/// A comparison that stops at the first difference: a measurement that does not see this sees nothing.
pub const LEAK: Step = Step { name: "leak on purpose", runs: 16, run: leak };

fn select(secret: &Secret) {
    let condition = secret.bytes.first().is_some_and(|first| first & 4 == 4);
    let chosen = FieldElement::select(FieldElement::ONE, secret.element, black_box(condition));
    let _ = black_box(chosen);
}

fn times(secret: &Secret) {
    let product = secret.element.times(secret.element.plus(FieldElement::ONE));
    let _ = black_box(product.to_be_bytes());
}

fn inverse(secret: &Secret) {
    let _ = black_box(secret.element.inverted());
}

fn public_point(secret: &Secret) {
    let _ = black_box(secret.scalar.public_point());
}

fn shared_x(secret: &Secret) {
    if let Some(peer) = PEER.as_ref() {
        drop(black_box(secret.scalar.shared_x::<ChosenX25519>(peer)));
    }
}

fn equality(secret: &Secret) {
    let _ = black_box(equal_in_constant_time(&secret.bytes, black_box(&FIXED)));
}

fn leak(secret: &Secret) {
    let equal = secret.bytes.iter().zip(black_box(&FIXED)).all(|(ours, theirs)| black_box(ours) == theirs);
    let _ = black_box(equal);
}
