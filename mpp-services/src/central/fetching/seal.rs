//! Sealing while reading: of a provider's document central never has more than one chunk in the clear, and that in
//! memory only.

use bytes::Bytes;
use futures::{Stream, StreamExt};
use mpp_core::{ContentType, ParcelId, QualityFlags};
use mpp_crypto::envelope::{self, Context, Fingerprint, Fingerprinter, Purpose, Sealer};
use mpp_store::PartNumber;

use super::super::{CentralError, CentralService};
use super::Attempt;
use super::failure::Trouble;

/// A document as it was sealed and stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SealedDocument {
    pub(super) fingerprint: Fingerprint,
    pub(super) content_type: ContentType,
    pub(super) quality: QualityFlags,
}

impl CentralService {
    /// Seals a document into the attempt's parcel as it comes. What stood in the way of that at the provider is the
    /// inner result, at our own storage the outer one.
    pub(super) async fn seal_document<E: Send>(
        &self,
        attempt: &Attempt,
        (content_type, quality): (&str, QualityFlags),
        mut chunks: impl Stream<Item = Result<Bytes, E>> + Unpin + Send,
    ) -> Result<Result<SealedDocument, Trouble>, CentralError> {
        // parameters such as a charset are not part of what the partner is told
        let content_type = content_type.split(';').next().unwrap_or_default().trim();
        let Ok(context) = context_of(attempt, content_type) else { return Ok(Err(Trouble::unusable())) };
        let Ok(kept_type) = content_type.parse::<ContentType>() else { return Ok(Err(Trouble::unusable())) };
        let (mut sealer, head) = Sealer::new(&attempt.recipient, &context, self.entropy());
        let mut parts = Parts::new(self, attempt.parcel, head);
        let mut read_bytes: u64 = 0;
        while let Some(chunk) = chunks.next().await {
            let Ok(chunk) = chunk else { return Ok(Err(Trouble::interrupted())) };
            read_bytes = read_bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if read_bytes > self.settings().largest_document_bytes {
                return Ok(Err(Trouble::unusable()));
            }
            sealer.push(&chunk, &mut parts.pending).map_err(sealing_failed)?;
            parts.store_full().await?;
        }
        sealer.finish(&mut parts.pending).map_err(sealing_failed)?;
        let fingerprint = parts.finish().await?;
        Ok(Ok(SealedDocument { fingerprint, content_type: kept_type, quality }))
    }
}

fn context_of(attempt: &Attempt, content_type: &str) -> Result<Context, envelope::InvalidContentType> {
    let permit = &attempt.permit;
    let partner = match permit.recipient() {
        mpp_core::Recipient::Partner { id, .. } => *id,
        // no key of a partner was found for such a consent, so there is no attempt
        mpp_core::Recipient::Customer => return Err(envelope::InvalidContentType),
    };
    Ok(Context {
        purpose: Purpose::Parcel,
        partner,
        consent: permit.consent(),
        parcel: attempt.parcel,
        source: permit.source().clone(),
        content_type: content_type.parse()?,
    })
}

fn sealing_failed(_: envelope::EnvelopeError) -> CentralError {
    CentralError::Crypto("a document could not be sealed")
}

/// Cuts sealed bytes into parts, stores and hashes them.
struct Parts<'a> {
    service: &'a CentralService,
    parcel: ParcelId,
    pending: Vec<u8>,
    next: u32,
    passing: Fingerprinter,
}

impl<'a> Parts<'a> {
    fn new(service: &'a CentralService, parcel: ParcelId, head: Vec<u8>) -> Self {
        Self { service, parcel, pending: head, next: 0, passing: Fingerprinter::new() }
    }

    async fn store_full(&mut self) -> Result<(), CentralError> {
        let full = self.service.settings().part_bytes.clamp(1, mpp_store::MAX_PART_BYTES);
        while self.pending.len() >= full {
            let rest = self.pending.split_off(full);
            let part = std::mem::replace(&mut self.pending, rest);
            self.store(part).await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Fingerprint, CentralError> {
        self.store_full().await?;
        if !self.pending.is_empty() {
            let part = std::mem::take(&mut self.pending);
            self.store(part).await?;
        }
        self.passing.finish().map_err(sealing_failed)
    }

    async fn store(&mut self, part: Vec<u8>) -> Result<(), CentralError> {
        self.passing.take(&part);
        let number = PartNumber(self.next);
        self.next = self.next.saturating_add(1);
        let parcels = &self.service.parts.parcels;
        parcels.put_part(self.parcel, number, Bytes::from(part)).await.map_err(CentralError::parcels)
    }
}
