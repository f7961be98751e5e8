//! What the SDK keeps of a journey so that it can go on after the app was killed: sealed under the device secret,
//! one file for every consent. The private key of a session is in it as long as the session lives, and no longer.

use mpp_core::{AaConsentKey, ConsentId, ConsentParameters, DataRange, Kid, Span, Timestamp, Vua};
use mpp_crypto::rebit::OurKeyMaterial;
use serde::{Deserialize, Serialize};

use crate::error::ShareError;
use crate::folder::FileName;
use crate::manifest::DeviceReference;
use crate::private_files::{PrivateFileError, PrivateFiles, SecretText};

pub(crate) const JOURNEY: &str = "journey-";

/// How long a session can still be of use (the Account Aggregator keeps its data for six hours at most).
const SESSION_KEPT: Span = Span::from_hours(6);

/// A journey as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeptJourney {
    pub(crate) form: u16,
    /// The consent at the partner's side.
    pub(crate) consent: ConsentId,
    /// Who agreed.
    pub(crate) vua: Vua,
    /// What was asked for.
    pub(crate) asked: ConsentParameters,
    /// To whose key is sealed.
    pub(crate) kid: Kid,
    /// What the consent at the Account Aggregator is called between phone and service. Random: the service learns
    /// nothing about the partner's consent.
    pub(crate) key: AaConsentKey,
    /// The session under way.
    pub(crate) session: Option<KeptSession>,
}

/// A data session under way.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeptSession {
    /// The share's sealed documents.
    pub(crate) reference: DeviceReference,
    pub(crate) range: DataRange,
    /// The private half of the session's key material, as text.
    material: SecretText,
    pub(crate) opened_at: Timestamp,
}

impl KeptSession {
    pub(crate) fn new(
        reference: DeviceReference,
        range: DataRange,
        material: &OurKeyMaterial,
        opened_at: Timestamp,
    ) -> Self {
        Self { reference, range, material: SecretText::new(material.export()), opened_at }
    }

    pub(crate) fn material(&self) -> Result<OurKeyMaterial, ShareError> {
        OurKeyMaterial::import(self.material.reveal()).map_err(|_| PrivateFileError::Altered.into())
    }

    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.opened_at) >= SESSION_KEPT
    }
}

impl KeptJourney {
    pub(crate) const FORM: u16 = 1;

    pub(crate) async fn find(files: &PrivateFiles, consent: ConsentId) -> Result<Option<Self>, ShareError> {
        match files.find(&file_of(consent)?).await {
            // Of another installation: of no use here.
            Err(PrivateFileError::Altered) => Ok(None),
            found => Ok(found?),
        }
    }

    pub(crate) async fn keep(&self, files: &PrivateFiles) -> Result<(), ShareError> {
        Ok(files.keep(&file_of(self.consent)?, self).await?)
    }

    pub(crate) async fn forget(files: &PrivateFiles, consent: ConsentId) -> Result<(), ShareError> {
        Ok(files.remove(&file_of(consent)?).await?)
    }

    /// Lets go of private keys of sessions that are over, and of journeys whose consent has run out.
    pub(crate) async fn sweep(files: &PrivateFiles, now: Timestamp) -> Result<(), ShareError> {
        for name in files.names(JOURNEY).await? {
            let found: Option<Self> = match files.find(&name).await {
                Err(PrivateFileError::Altered) => None,
                found => found?,
            };
            match found {
                Some(journey) if now < journey.asked.form().consent_expiry => {
                    if journey.session.as_ref().is_some_and(|session| session.is_over(now)) {
                        files.keep(&name, &Self { session: None, ..journey }).await?;
                    }
                }
                Some(_) | None => files.remove(&name).await?,
            }
        }
        Ok(())
    }
}

fn file_of(consent: ConsentId) -> Result<FileName, ShareError> {
    format!("{JOURNEY}{consent}").parse().map_err(|_| PrivateFileError::Altered.into())
}
