//! Opening a parcel while it arrives: sealed bytes in, encrypted document out, a few hundred kilobytes in between.

use futures::StreamExt;
use mpp_core::{ConsentId, ParcelId, PartnerId, Source};
use mpp_crypto::envelope::{
    self, Context, EnvelopeError, Fingerprint, Fingerprinter, Header, Opener, Purpose,
};
use zeroize::Zeroizing;

use super::documents::{DocumentWriter, Written};
use super::gateway::ParcelContent;
use super::{ClientError, ClientService, ParcelFault};

/// How much of the document's beginning is kept aside for its label.
const BEGINNING_BYTES: usize = 16 * 1024;

/// What the parcel was announced as; its header must say the same.
#[derive(Debug, Clone)]
pub(super) struct Announced {
    pub(super) partner: PartnerId,
    pub(super) consent: ConsentId,
    pub(super) parcel: ParcelId,
    pub(super) source: Source,
}

/// A parcel that opened as a whole, and the document that is now durable.
pub(super) struct OpenedParcel {
    /// What was opened, to the last byte: its digest, and the key it was sealed to.
    pub(super) sealed: Fingerprint,
    /// The document.
    pub(super) written: Written,
    /// Its media type.
    pub(super) content_type: String,
    /// Its first bytes.
    pub(super) beginning: Zeroizing<Vec<u8>>,
}

/// Reads the sealed bytes, checks header and digest, opens with the service's keys, and writes the document.
pub(super) async fn open_parcel(
    service: &ClientService,
    announced: &Announced,
    mut content: ParcelContent,
    mut writer: DocumentWriter,
) -> Result<OpenedParcel, ClientError> {
    let mut passing = Fingerprinter::new();
    let mut head = Vec::new();
    let header = loop {
        let chunk = content.bytes.next().await.ok_or(EnvelopeError::Incomplete)??;
        passing.take(&chunk);
        head.extend_from_slice(&chunk);
        match envelope::inspect(&head) {
            Ok(inspected) => break inspected.header,
            Err(EnvelopeError::Incomplete) => {}
            Err(other) => return Err(other.into()),
        }
    };
    let context = expected(announced, &header)?;
    let content_type = context.content_type.to_string();
    let mut opener = Opener::new(service.ring_for(&header.kid).await?, context);
    let mut plain = Zeroizing::new(Vec::new());
    let mut beginning = Zeroizing::new(Vec::with_capacity(BEGINNING_BYTES));
    let mut arrived = bytes::Bytes::from(head);
    loop {
        // in pieces, so that however much arrives at once, little of it stands open in memory
        for piece in arrived.chunks(envelope::CHUNK_LEN) {
            plain.reserve_exact(2 * envelope::CHUNK_LEN);
            opener.push(piece, &mut plain)?;
            keep_beginning(&mut beginning, &plain);
            writer.take(&plain).await?;
            zeroize::Zeroize::zeroize(&mut *plain);
        }
        let Some(chunk) = content.bytes.next().await else { break };
        arrived = chunk?;
        passing.take(&arrived);
    }
    let sealed = passing.finish()?;
    if content.sha256 != Some(sealed.sha256()) {
        return Err(ParcelFault::Digest.into());
    }
    plain.reserve_exact(2 * envelope::CHUNK_LEN);
    opener.finish(&mut plain)?;
    keep_beginning(&mut beginning, &plain);
    writer.take(&plain).await?;
    Ok(OpenedParcel { sealed, written: writer.finish().await?, content_type, beginning })
}

/// The context the envelope must be bound to: what was announced, with the media type only the header knows.
fn expected(announced: &Announced, header: &Header) -> Result<Context, ParcelFault> {
    let named = &header.context;
    let fits = [
        (named.purpose == Purpose::Parcel, "purpose"),
        (named.partner == announced.partner, "partner"),
        (named.consent == announced.consent, "consent"),
        (named.parcel == announced.parcel, "parcel"),
        (named.source == announced.source, "source"),
    ];
    match fits.into_iter().find(|(same, _)| !same) {
        Some((_, what)) => Err(ParcelFault::Mismatch(what)),
        None => Ok(named.clone()),
    }
}

fn keep_beginning(beginning: &mut Vec<u8>, plain: &[u8]) {
    let room = BEGINNING_BYTES.saturating_sub(beginning.len());
    beginning.extend_from_slice(plain.get(..room).unwrap_or(plain));
}
