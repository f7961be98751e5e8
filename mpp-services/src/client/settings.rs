//! What the partner's operator decides.

use mpp_core::{PublicJwk, Sha256Digest, Span, StaffId};

use crate::RetentionWindows;

/// A member of staff and the digest of the bearer key that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffCredential {
    /// Who.
    pub name: StaffId,
    /// SHA-256 of the bearer key.
    pub key_sha256: Sha256Digest,
}

/// What becomes of a parcel of which nobody says who sealed it, because the artefact of its consent is from before senders were
/// asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnprovenParcels {
    /// It is taken, and its document marked.
    #[default]
    Take,
    /// It is refused.
    Refuse,
}

/// How the role behaves. [`ClientSettings::new`] gives the usual values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// Who may work with this server.
    pub staff: Vec<StaffCredential>,
    /// The keys with which central signs, as handed over at onboarding. When empty, the keys named in the first
    /// enrolment are trusted from then on.
    pub central_keys: Vec<PublicJwk>,
    /// How large the parts are in which documents are stored, in bytes.
    pub part_bytes: usize,
    /// The largest document taken, in bytes.
    pub largest_document_bytes: u64,
    /// The largest document that is normalised, in bytes: normalising holds it in memory.
    pub largest_normalised_bytes: u64,
    /// How long a job stays with a worker without a sign of life.
    pub lease: Span,
    /// How long central is asked to hold a poll.
    pub poll_hold: Span,
    /// How far central's clock may be ahead of this server's.
    pub clock_tolerance: Span,
    /// What becomes of parcels of which nobody says who sealed them.
    pub unproven_parcels: UnprovenParcels,
    /// How long evidence is kept.
    pub retention: RetentionWindows,
}

impl ClientSettings {
    /// The usual values.
    #[must_use]
    pub const fn new(staff: Vec<StaffCredential>) -> Self {
        Self {
            staff,
            central_keys: Vec::new(),
            part_bytes: 1024 * 1024,
            largest_document_bytes: 256 * 1024 * 1024,
            largest_normalised_bytes: 64 * 1024 * 1024,
            lease: Span::from_seconds(3),
            poll_hold: Span::from_seconds(25),
            clock_tolerance: Span::from_minutes(5),
            unproven_parcels: UnprovenParcels::Take,
            retention: RetentionWindows::USUAL,
        }
    }
}
