//! Networks that alter what passes, and a phone that lies about its parcels.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use mpp_api::central::{AnnounceParcel, Last, PhoneClient, UploadProgress};
use mpp_api::{Authorization, AuthorizationError, Caller, Outgoing};
use mpp_core::{Clock, FetchId, Kid, ParcelId};
use mpp_crypto::SigningKey;
use mpp_crypto::envelope::{Fingerprint, sign_as_sender};
use mpp_crypto::http_signature::{self, ContentDigest, Nonce, RequestParts};
use mpp_private_share::SealedDocuments;
use mpp_sdk::DeviceIdentity;
use mpp_server::runtime::{SystemClock, SystemEntropy};
use mpp_transport::{Request, Response, Transport, TransportError};
use serde_json::Value;
use url::Position;

use crate::stage::DecidedCase;

/// Alters the answers to one call.
pub struct Altering {
    pub inner: Arc<dyn Transport>,
    pub path_end: &'static str,
    pub alter: fn(&mut Value),
}

impl std::fmt::Debug for Altering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Altering")
    }
}

#[async_trait]
impl Transport for Altering {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let meant = request.url.path().ends_with(self.path_end);
        let mut response = self.inner.send(request).await?;
        if !meant || !response.status.is_success() {
            return Ok(response);
        }
        let bytes = std::mem::take(&mut response.body).collect(1 << 24).await?;
        let mut answer: Value = serde_json::from_slice(&bytes).unwrap();
        (self.alter)(&mut answer);
        response.headers.remove(header::CONTENT_LENGTH);
        response.body = Bytes::from(answer.to_string()).into();
        Ok(response)
    }
}

/// Takes no announcement of a parcel: what is sealed stays on the device.
#[derive(Debug)]
pub struct NoUploads(pub Arc<dyn Transport>);

#[async_trait]
impl Transport for NoUploads {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.url.path() == "/v1/phone/parcels" {
            return Ok(Response::new(StatusCode::SERVICE_UNAVAILABLE, Bytes::new()));
        }
        self.inner().send(request).await
    }
}

impl NoUploads {
    fn inner(&self) -> &dyn Transport {
        &*self.0
    }
}

/// Changes one character in the middle of a text.
pub fn spoil(text: &mut Value) {
    let mut characters: Vec<char> = text.as_str().unwrap().chars().collect();
    let middle = characters.len() / 2;
    characters[middle] = if characters[middle] == 'A' { 'B' } else { 'A' };
    *text = characters.into_iter().collect::<String>().into();
}

/// Changes one bit in the middle of a file; gives what was there before.
pub fn spoil_file(file: &Path) -> Vec<u8> {
    let before = std::fs::read(file).unwrap();
    let mut after = before.clone();
    let middle = after.len() / 2;
    after[middle] ^= 1;
    std::fs::write(file, after).unwrap();
    before
}

/// The files of the private share SDK whose names begin so, in order.
pub fn private_files(phone: &Path, prefix: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(phone.join("private-share")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.file_name().unwrap().to_string_lossy().starts_with(prefix));
    files.sort();
    files
}

#[derive(Debug)]
struct StolenKey(SigningKey);

impl Authorization for StolenKey {
    fn headers(&self, outgoing: Outgoing<'_>) -> Result<HeaderMap, AuthorizationError> {
        let parts = RequestParts {
            method: outgoing.method.as_str(),
            authority: &outgoing.url[Position::BeforeHost..Position::AfterPort],
            path: outgoing.url.path(),
            query: outgoing.url.query(),
            content_digest: (!outgoing.body.is_empty()).then(|| ContentDigest::of(outgoing.body)),
            fields: &[],
        };
        let nonce = Nonce::generate(&SystemEntropy);
        let signed = http_signature::sign(&parts, &self.0, SystemClock.now(), &nonce).unwrap();
        let pairs = signed.pairs();
        let header = |(name, value): (&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        Ok(pairs.into_iter().map(header).collect())
    }
}

/// An app that signs as the device and announces whatever bytes it likes with their right digest.
#[derive(Debug)]
pub struct DishonestPhone {
    client: PhoneClient,
    documents: SealedDocuments,
    fetch: FetchId,
    kid: Kid,
    folder: PathBuf,
    key: SigningKey,
}

impl DishonestPhone {
    pub fn taking_over(case: &DecidedCase<'_>) -> Self {
        let (stage, phone) = (case.case.stage, &case.case.phone);
        let folder = stage.folder_of(phone);
        let pem = std::fs::read_to_string(folder.join("mpp").join("device-key")).unwrap();
        let own = || SigningKey::from_pkcs8_pem(&pem).unwrap();
        let key = StolenKey(own());
        let known: &DeviceIdentity = phone.mpp.device();
        assert_eq!(key.0.kid(), known.kid());
        let world = &stage.world;
        let central = world.places().central.clone();
        Self {
            client: PhoneClient::new(Caller::new(central, Arc::clone(world.transport()), Arc::new(key))),
            documents: phone.private_share.documents().clone(),
            fetch: FetchId::generate(&SystemEntropy),
            kid: case.kept.recipient.kid.clone(),
            folder,
            key: own(),
        }
    }

    /// The parcels that wait on the device.
    pub async fn parcels(&self) -> Vec<(mpp_core::ConsentId, ParcelId)> {
        let manifests = self.documents.manifests().await.unwrap();
        let listed = manifests.into_iter().flat_map(|manifest| {
            let consent = manifest.consent;
            manifest.documents.into_iter().map(move |document| (consent, document.parcel))
        });
        listed.collect()
    }

    /// Uploads a parcel, altered; central cannot tell as long as the header is left alone.
    pub async fn upload(
        &self,
        (consent, parcel): (mpp_core::ConsentId, ParcelId),
        alter: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) {
        let files = private_files(&self.folder, "sealed-");
        let file = files.iter().find(|file| file.to_string_lossy().contains(&parcel.to_string())).unwrap();
        let bytes = alter(std::fs::read(file).unwrap());
        let announcement = AnnounceParcel {
            parcel_id: parcel,
            consent_id: consent,
            fetch_id: self.fetch,
            kid: self.kid.clone(),
            size: u64::try_from(bytes.len()).unwrap(),
            sha256: mpp_crypto::sha256(&bytes).to_string(),
            sender: Some(sign_as_sender(&self.key, &Fingerprint::of(&bytes).unwrap()).unwrap().into()),
        };
        let ticket = self.client.announce(&announcement).await.unwrap();
        let whole = self.client.append(ticket.upload_id, 0, bytes.into(), Last::Yes).await.unwrap();
        assert_eq!(whole, UploadProgress::Complete);
    }
}
