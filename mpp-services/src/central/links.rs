//! Step 2, first half: the app opens the one-time link on a device.

use mpp_core::{ConsentRequestId, ConsentRequestState, DeviceId, Kid, PublicJwk, Sha256Digest, Timestamp};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::keys::VerifyingKey;
use mpp_store::{IndexValue, RecordReaderExt, Versioned};
use serde::{Deserialize, Serialize};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::products::refuse_suspended;
use super::records::{DeviceRecord, RequestRecord, index};
use super::requests::of_request;
use super::screen::ScreenBytes;
use super::secret::digest_of;
use super::{CentralError, CentralService};

/// A device opens a link.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The digest of the link's secret.
    pub link: Sha256Digest,
    /// The device's signing key.
    pub device_key: PublicJwk,
    /// `mpp-device+jwt` by the device key.
    pub proof: CompactJws,
}

impl Opening {
    /// The digest a link's secret is known by.
    #[must_use]
    pub fn link_digest(secret: &str) -> Sha256Digest {
        digest_of(secret)
    }
}

/// What a device signs to prove its key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeviceProof {
    token_sha256: Sha256Digest,
    at: Timestamp,
}

/// A device as it proved itself.
#[derive(Debug, Clone)]
pub struct KnownDevice {
    /// The device.
    pub id: DeviceId,
    /// Its key.
    pub key: VerifyingKey,
}

impl CentralService {
    /// Opens a link and binds the request to the device. The same device may open it again and is sent the same bytes.
    ///
    /// # Errors
    /// When the link is unknown, expired or was opened on another device, the device's proof does not hold, or the
    /// partner may no longer ask.
    pub async fn open_link(&self, opening: Opening) -> Result<ScreenBytes, CentralError> {
        let opening = &opening;
        self.until_settled(|| self.try_open_link(opening)).await
    }

    async fn try_open_link(&self, opening: &Opening) -> Result<ScreenBytes, CentralError> {
        let mut change = Change::new(self);
        let key = self.check_device_proof(opening, change.now())?;
        let link = IndexValue::new(opening.link);
        let found = self.store().first_by_index::<RequestRecord>(index::SECRET, link).await?;
        let mut read = found.ok_or(CentralError::LinkUnknown)?;
        let known = self.device_record(key.kid()).await?;
        let expires_at = match (&read.record.request.state, &known) {
            (ConsentRequestState::Placed { expires_at }, _) if change.now() < *expires_at => *expires_at,
            (
                ConsentRequestState::Opened { device, .. } | ConsentRequestState::Decided { device, .. },
                Some(known),
            ) if known.record.id == *device => return self.shown(&read.record),
            (ConsentRequestState::Opened { .. } | ConsentRequestState::Decided { .. }, _) => {
                return Err(CentralError::LinkUsed);
            }
            (ConsentRequestState::Cancelled { .. }, _) => return Err(CentralError::RequestCancelled),
            (ConsentRequestState::Placed { .. } | ConsentRequestState::Expired { .. }, _) => {
                return Err(CentralError::LinkExpired);
            }
        };
        let owner = self.partner_record(read.record.request.partner).await?;
        refuse_suspended(&owner.record)?;
        let keys = self.keys_by_envelope(&read.record.request.envelope_kid).await?;
        if !keys.envelope.valid_at(change.now()) {
            return Err(CentralError::PartnerKeyExpired);
        }
        let device = self.opening_device(&mut change, &key, known);
        let request = &read.record.request;
        let product = self.product_version(request.product, request.product_version).await?;
        let screen = self.draw_screen(&read.record, &keys, &product, device.id, expires_at)?.encode()?;
        let digest = mpp_crypto::sha256(screen.0.as_bytes());
        let subject = Subject { evidence: Some(digest), ..of_request(request.partner, request.id) };
        read.record.request = request.clone().open(device.id, change.now())?;
        read.record.opened_at = Some(change.now());
        read.record.screen = Some(self.seal_screen(read.record.request.id, &screen.0)?);
        read.record.screen_sha256 = Some(digest);
        change.update(&read);
        change.audit(Action::RequestOpened, Actor::Device(device.id), &subject);
        change.commit().await?;
        Ok(screen)
    }

    /// The device that opens a link. One that is known is written again as it is, so that whoever forgets devices at
    /// this moment meets a conflict.
    fn opening_device(
        &self,
        change: &mut Change<'_>,
        key: &VerifyingKey,
        known: Option<Versioned<DeviceRecord>>,
    ) -> DeviceRecord {
        if let Some(known) = known {
            change.update(&known);
            return known.record;
        }
        let (kid, key) = (key.kid().clone(), key.to_jwk());
        let device = DeviceRecord { id: DeviceId::generate(self.entropy()), kid, key, since: change.now() };
        change.insert(&device);
        device
    }

    /// The screen of a request that this device opened.
    ///
    /// # Errors
    /// When this device opened no such request, or it has run out or the partner has taken it back since.
    pub async fn screen(
        &self,
        device: DeviceId,
        request: ConsentRequestId,
    ) -> Result<ScreenBytes, CentralError> {
        let read = self.request_record(request).await?;
        match &read.record.request.state {
            // whoever writes down that it ran out may come later
            ConsentRequestState::Opened { device: holder, expires_at, .. }
                if *holder == device && self.now() >= *expires_at =>
            {
                Err(CentralError::LinkExpired)
            }
            ConsentRequestState::Opened { device: holder, .. }
            | ConsentRequestState::Decided { device: holder, .. }
                if *holder == device =>
            {
                self.shown(&read.record)
            }
            ConsentRequestState::Expired { device: Some(holder), .. } if *holder == device => {
                Err(CentralError::LinkExpired)
            }
            ConsentRequestState::Cancelled { device: Some(holder), .. } if *holder == device => {
                Err(CentralError::RequestCancelled)
            }
            ConsentRequestState::Opened { .. }
            | ConsentRequestState::Decided { .. }
            | ConsentRequestState::Placed { .. }
            | ConsentRequestState::Expired { .. }
            | ConsentRequestState::Cancelled { .. } => Err(CentralError::NotFound),
        }
    }

    /// The device with this key; `None` when it never opened a link.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn device_by_key(&self, kid: &Kid) -> Result<Option<KnownDevice>, CentralError> {
        let Some(read) = self.device_record(kid).await? else { return Ok(None) };
        let key = VerifyingKey::from_jwk(&read.record.key)
            .map_err(|_| CentralError::Inconsistent("a device key"))?;
        Ok(Some(KnownDevice { id: read.record.id, key }))
    }

    async fn device_record(&self, kid: &Kid) -> Result<Option<Versioned<DeviceRecord>>, CentralError> {
        Ok(self.store().get(&DeviceRecord::key_of(kid)).await?)
    }

    /// The key of a device by its name at central.
    pub(super) async fn device_key(&self, device: DeviceId) -> Result<VerifyingKey, CentralError> {
        let found =
            self.store().first_by_index::<DeviceRecord>(index::DEVICE, IndexValue::new(device)).await?;
        let record = found.ok_or(CentralError::NotFound)?.record;
        VerifyingKey::from_jwk(&record.key).map_err(|_| CentralError::Inconsistent("a device key"))
    }

    fn check_device_proof(&self, opening: &Opening, now: Timestamp) -> Result<VerifyingKey, CentralError> {
        let key = VerifyingKey::from_jwk(&opening.device_key).map_err(|_| CentralError::DeviceProof)?;
        let proof: DeviceProof =
            jws::verify(&key, "mpp-device+jwt", &opening.proof).map_err(|_| CentralError::DeviceProof)?;
        let holds = proof.token_sha256 == opening.link && self.is_near(proof.at, now);
        if holds { Ok(key) } else { Err(CentralError::DeviceProof) }
    }

    /// Whether an instant somebody signed is near enough to now.
    pub(super) fn is_near(&self, at: Timestamp, now: Timestamp) -> bool {
        let tolerance = self.settings().clock_tolerance;
        now.since(at) <= tolerance && at.since(now) <= tolerance
    }
}
