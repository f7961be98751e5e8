//! What the app keeps about each request: the terms, artefacts and receipt, and where it stands. One file a request, in
//! the app's private folder.

use std::sync::Arc;

use mpp_api::central::ConsentView;
use mpp_core::{ArtefactId, ConsentId, ConsentRequestId, DeviceId, PartnerKeyRecord, Source, Timestamp};
use mpp_private_share::{DeviceFolder, FileName};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;

use crate::{Phase, Screen, SdkError};

/// The largest journal file that is read, in bytes.
const LARGEST_ENTRY: u64 = 1024 * 1024;

/// An artefact central issued for an approved item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeptArtefact {
    /// The artefact.
    pub artefact: ArtefactId,
    /// The consent it proves.
    pub consent: ConsentId,
    /// The source.
    pub source: Source,
    /// Its signed form (`mpp-consent-artefact+jwt`).
    pub signed: String,
}

/// What the app keeps about one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeptRequest {
    /// The form of this entry.
    pub form: u16,
    /// The request.
    pub request: ConsentRequestId,
    /// This device, as central names it.
    pub device: DeviceId,
    /// Whom the data goes to.
    pub recipient: PartnerKeyRecord,
    /// When the link was opened.
    pub opened_at: Timestamp,
    /// Where the request stands.
    pub phase: Phase,
    /// The artefacts.
    pub artefacts: Vec<KeptArtefact>,
    /// The consent receipt (`mpp-consent-receipt+jwt`), once decided.
    pub receipt: Option<String>,
}

impl KeptRequest {
    /// Whether nothing can be done under it any more, as central tells of the consents given on this device. One that central
    /// tells nothing of ended so long ago that its evidence there is gone. A request nobody decided on may still be open, unless
    /// it was taken back or ran out.
    pub(crate) fn has_ended(&self, told: &[ConsentView]) -> bool {
        let stands = |consent| told.iter().any(|told| told.consent_id == consent && !told.has_ended());
        self.phase != Phase::Open && self.artefacts.iter().all(|kept| !stands(kept.consent))
    }

    /// A request just opened.
    pub(crate) fn opened(screen: &Screen, now: Timestamp) -> Self {
        Self {
            form: 1,
            request: screen.content().consent_request_id,
            device: screen.content().device_id,
            recipient: screen.recipient().clone(),
            opened_at: now,
            phase: Phase::Open,
            artefacts: Vec::new(),
            receipt: None,
        }
    }
}

/// The app's private record of requests.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    folder: Arc<dyn DeviceFolder>,
}

impl Journal {
    pub(crate) const fn new(folder: Arc<dyn DeviceFolder>) -> Self {
        Self { folder }
    }

    /// Writes an entry, in place of an earlier one of the request.
    pub(crate) async fn keep(&self, entry: &KeptRequest) -> Result<(), SdkError> {
        let bytes = serde_json::to_vec(entry).map_err(|_| SdkError::Journal)?;
        let mut file = self.folder.create(&name_of(entry.request)?).await?;
        file.write(&bytes).await?;
        file.commit().await?;
        Ok(())
    }

    /// The entry of a request.
    pub(crate) async fn find(&self, request: ConsentRequestId) -> Result<Option<KeptRequest>, SdkError> {
        self.read(&name_of(request)?).await
    }

    /// Removes the entry of a request.
    pub(crate) async fn remove(&self, request: ConsentRequestId) -> Result<(), SdkError> {
        Ok(self.folder.remove(&name_of(request)?).await?)
    }

    /// All entries.
    pub(crate) async fn all(&self) -> Result<Vec<KeptRequest>, SdkError> {
        let mut entries = Vec::new();
        for name in self.folder.list().await? {
            if name.as_str().starts_with(PREFIX) {
                entries.extend(self.read(&name).await?);
            }
        }
        Ok(entries)
    }

    async fn read(&self, name: &FileName) -> Result<Option<KeptRequest>, SdkError> {
        let Some(file) = self.folder.open(name).await? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(LARGEST_ENTRY).read_to_end(&mut bytes).await.map_err(|_| SdkError::Journal)?;
        serde_json::from_slice(&bytes).map(Some).map_err(|_| SdkError::Journal)
    }
}

const PREFIX: &str = "request-";

fn name_of(request: ConsentRequestId) -> Result<FileName, SdkError> {
    format!("{PREFIX}{request}").parse().map_err(|_| SdkError::Journal)
}
