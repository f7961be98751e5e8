//! The sealed documents on the device: what the MPP SDK lists, reads, and removes once they are uploaded.

use std::collections::BTreeSet;
use std::sync::Arc;

use mpp_core::{ConsentId, ParcelId, Span, Timestamp};
use tokio::sync::Mutex;

use crate::folder::FileReader;
use crate::manifest::{
    DeviceReference, MANIFEST, Manifest, SEALED, SealedDocument, manifest_file, sealed_file,
};
use crate::private_files::{PrivateFileError, PrivateFiles};

/// How long sealed documents wait for their upload.
pub const DOCUMENTS_KEPT: Span = Span::from_hours(24);

/// The sealed documents on this device. Clones are the same documents.
#[derive(Debug, Clone)]
pub struct SealedDocuments {
    files: Arc<PrivateFiles>,
    /// Held while a manifest and its files change together.
    changing: Arc<Mutex<()>>,
}

impl SealedDocuments {
    pub(crate) fn new(files: Arc<PrivateFiles>) -> Self {
        Self { files, changing: Arc::default() }
    }

    /// The manifests of all shares on this device.
    ///
    /// # Errors
    /// When the device cannot read them.
    pub async fn manifests(&self) -> Result<Vec<Manifest>, PrivateFileError> {
        let mut manifests = Vec::new();
        for name in self.files.names(MANIFEST).await? {
            manifests.extend(self.files.find::<Manifest>(&name).await?);
        }
        Ok(manifests)
    }

    /// The shares under one consent: for an app that was killed before it could keep the reference.
    ///
    /// # Errors
    /// When the device cannot read them.
    pub async fn of_consent(&self, consent: ConsentId) -> Result<Vec<Manifest>, PrivateFileError> {
        let manifests = self.manifests().await?;
        Ok(manifests.into_iter().filter(|manifest| manifest.consent == consent).collect())
    }

    /// The documents of a share that are still here; none for an unknown reference.
    ///
    /// # Errors
    /// When the device cannot read the manifest.
    pub async fn list(&self, reference: DeviceReference) -> Result<Vec<SealedDocument>, PrivateFileError> {
        let manifest = self.manifest(reference).await?;
        Ok(manifest.map(|manifest| manifest.documents).unwrap_or_default())
    }

    /// The sealed bytes of a document; `None` when it is not here (any more).
    ///
    /// # Errors
    /// When the device cannot read it.
    pub async fn open(
        &self,
        reference: DeviceReference,
        parcel: ParcelId,
    ) -> Result<Option<FileReader>, PrivateFileError> {
        let listed = self.list(reference).await?.iter().any(|document| document.parcel == parcel);
        let name = sealed_file(parcel).map_err(|_| PrivateFileError::Altered)?;
        if listed { Ok(self.files.folder().open(&name).await?) } else { Ok(None) }
    }

    /// Removes a document, once it is uploaded or no longer wanted. Removing it twice does no harm.
    ///
    /// # Errors
    /// When the device cannot write.
    pub async fn remove(&self, reference: DeviceReference, parcel: ParcelId) -> Result<(), PrivateFileError> {
        let _changing = self.changing.lock().await;
        let Some(mut manifest) = self.manifest(reference).await? else { return Ok(()) };
        let before = manifest.documents.len();
        manifest.documents.retain(|document| document.parcel != parcel);
        if manifest.documents.len() == before {
            return Ok(());
        }
        let name = sealed_file(parcel).map_err(|_| PrivateFileError::Altered)?;
        self.files.folder().remove(&name).await?;
        self.keep(&manifest).await
    }

    /// Removes what has waited for longer than [`DOCUMENTS_KEPT`], and files no manifest knows. The app calls it
    /// at every start and once a day.
    ///
    /// # Errors
    /// When the device cannot read or write.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), PrivateFileError> {
        let _changing = self.changing.lock().await;
        let mut known = BTreeSet::new();
        for name in self.files.names(MANIFEST).await? {
            let Ok(found) = self.files.find::<Manifest>(&name).await else {
                // Of another installation or damaged: nobody can read it, so nothing it lists can be used.
                self.files.remove(&name).await?;
                continue;
            };
            let Some(mut manifest) = found else { continue };
            let before = manifest.documents.len();
            manifest.documents.retain(|document| now.since(document.created_at) < DOCUMENTS_KEPT);
            if manifest.documents.len() < before {
                self.keep(&manifest).await?;
            }
            for document in &manifest.documents {
                known.extend(sealed_file(document.parcel).ok());
            }
        }
        for name in self.files.names(SEALED).await? {
            if !known.contains(&name) {
                self.files.folder().remove(&name).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn manifest(
        &self,
        reference: DeviceReference,
    ) -> Result<Option<Manifest>, PrivateFileError> {
        let name = manifest_file(reference).map_err(|_| PrivateFileError::Altered)?;
        self.files.find(&name).await
    }

    /// Enters a document whose sealed file `commit` puts into the folder, both as one change to a sweeper.
    pub(crate) async fn enter(
        &self,
        manifest: &mut Manifest,
        document: SealedDocument,
        file: Box<dyn crate::folder::PendingFile>,
    ) -> Result<(), PrivateFileError> {
        let _changing = self.changing.lock().await;
        file.commit().await?;
        // Documents may have been uploaded and removed since the manifest was read.
        if let Some(stored) = self.manifest(manifest.reference).await? {
            manifest.documents = stored.documents;
        }
        manifest.documents.push(document);
        self.keep(manifest).await
    }

    pub(crate) async fn keep_new(&self, manifest: &Manifest) -> Result<(), PrivateFileError> {
        let _changing = self.changing.lock().await;
        self.keep(manifest).await
    }

    async fn keep(&self, manifest: &Manifest) -> Result<(), PrivateFileError> {
        let name = manifest_file(manifest.reference).map_err(|_| PrivateFileError::Altered)?;
        if manifest.documents.is_empty() && self.manifest(manifest.reference).await?.is_some() {
            return self.files.remove(&name).await;
        }
        self.files.keep(&name, manifest).await
    }
}
