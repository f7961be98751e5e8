//! Which enrolled keys client servers sign with.

use mpp_core::{Kid, PartnerId, Span, Timestamp};
use mpp_crypto::keys::VerifyingKey;
use mpp_store::{IndexValue, RecordReaderExt};

use super::records::{PartnerKeysRecord, index};
use super::{CentralError, CentralService};

/// How long a signing key is still taken after the partner enrolled the next: for calls under way, and for nodes that have not heard
/// of it yet.
const OVERLAP: Span = Span::from_minutes(10);

impl CentralService {
    /// Whose signing key this is; `None` for a key that is not enrolled, and for one that others took the place of more than ten
    /// minutes ago.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn partner_by_signing_key(
        &self,
        kid: &Kid,
    ) -> Result<Option<(PartnerId, VerifyingKey)>, CentralError> {
        let Some(keys) = self.signer(kid).await? else { return Ok(None) };
        let key = VerifyingKey::from_jwk(&keys.signing_key)
            .map_err(|_| CentralError::Inconsistent("an enrolled signing key"))?;
        Ok(Some((keys.envelope.partner, key)))
    }

    /// The keys with this signing key, while what it signs now counts.
    pub(super) async fn signer(&self, kid: &Kid) -> Result<Option<PartnerKeysRecord>, CentralError> {
        let Some(keys) = self.keys_by_signer(kid).await? else { return Ok(None) };
        let replaced_at = self.replaced_at(&keys).await?;
        Ok(replaced_at.is_none_or(|at| self.now() < at.plus(OVERLAP)).then_some(keys))
    }

    /// The keys with this signing key, however long ago others took their place: what it signed before is checked with it.
    pub(super) async fn keys_by_signer(&self, kid: &Kid) -> Result<Option<PartnerKeysRecord>, CentralError> {
        let found = self.store().first_by_index::<PartnerKeysRecord>(index::SIGNER, IndexValue::new(kid));
        Ok(found.await?.map(|read| read.record))
    }

    /// When the partner enrolled the next keys.
    pub(super) async fn replaced_at(
        &self,
        keys: &PartnerKeysRecord,
    ) -> Result<Option<Timestamp>, CentralError> {
        let value = IndexValue::new(keys.envelope.partner);
        let all = self.store().every_by_index::<PartnerKeysRecord>(index::PARTNER, value).await?;
        Ok(all.iter().map(|read| read.record.enrolled_at).filter(|at| *at > keys.enrolled_at).min())
    }
}
