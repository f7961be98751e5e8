//! Fetching: every document of a session is opened, checked and sealed; every account gets its outcome.

use mpp_api::private_share::EncryptedFi;
use mpp_core::DataSessionId;
use mpp_crypto::rebit::{KeyMaterialForm, OurKeyMaterial, PeerKeyMaterial, RebitError};

use super::call;
use super::run::Run;
use crate::artefact::ApprovedConsent;
use crate::error::ShareError;
use crate::journal::KeptSession;
use crate::manifest::{DeviceReference, Manifest};
use crate::sealing::DocumentSealing;
use crate::share::{AccountOutcome, AccountReport, ShareReport};

impl Run<'_> {
    pub(super) async fn fetch(&self, session: &DataSessionId) -> Result<ShareReport, ShareError> {
        let kept = self.kept.session.as_ref().ok_or(ShareError::UnusableAnswer)?;
        let approved = self.journey.approved().ok_or(ShareError::UnusableAnswer)?;
        let fetched = call::answered(|| self.client.fetch(session)).await?;
        let mut manifest = self.manifest(kept.reference).await?;
        let ours = kept.material()?;
        let sealing = self.sealing(&ours, approved, kept);
        let mut outcomes: Vec<Option<AccountOutcome>> = vec![None; approved.accounts.len()];
        let mut unexpected = 0_usize;
        let EncryptedFi { entries } = fetched;
        for entry in entries {
            let form = serde_json::from_str::<KeyMaterialForm>(entry.key_material.get());
            let theirs = form
                .map_err(|_| RebitError::InvalidPublicKey)
                .and_then(|form| PeerKeyMaterial::parse(&form, sealing.now));
            for came in entry.accounts {
                let place = approved.accounts.iter().position(|account| {
                    account.link_ref_number == came.link_ref_number && account.fip_id == entry.fip_id
                });
                let known = place.and_then(|at| Some((approved.accounts.get(at)?, outcomes.get_mut(at)?)));
                let Some((account, outcome)) = known.filter(|(_, outcome)| outcome.is_none()) else {
                    unexpected = unexpected.saturating_add(1);
                    continue;
                };
                *outcome = Some(sealing.seal(account, came, &theirs, &mut manifest).await?);
            }
        }
        Ok(self.report(kept.reference, approved, &outcomes, unexpected))
    }

    fn sealing<'s>(
        &'s self,
        ours: &'s OurKeyMaterial,
        approved: &'s ApprovedConsent,
        kept: &KeptSession,
    ) -> DocumentSealing<'s> {
        DocumentSealing {
            ours,
            approved,
            range: kept.range,
            consent: self.request.consent,
            partner: self.request.partner,
            partner_key: &self.request.partner_key,
            files: &self.sdk.files,
            documents: &self.sdk.documents,
            entropy: &*self.sdk.entropy,
            now: self.sdk.clock.now(),
        }
    }

    async fn manifest(&self, reference: DeviceReference) -> Result<Manifest, ShareError> {
        if let Some(earlier) = self.sdk.documents.manifest(reference).await? {
            return Ok(earlier);
        }
        let manifest = Manifest {
            form: Manifest::FORM,
            reference,
            consent: self.request.consent,
            partner: self.request.partner,
            kid: self.request.partner_key.kid().clone(),
            documents: Vec::new(),
        };
        self.sdk.documents.keep_new(&manifest).await?;
        Ok(manifest)
    }

    fn report(
        &self,
        reference: DeviceReference,
        approved: &ApprovedConsent,
        outcomes: &[Option<AccountOutcome>],
        unexpected: usize,
    ) -> ShareReport {
        let accounts = approved.accounts.iter().zip(outcomes).map(|(account, outcome)| {
            let told = self.journey.outcome_without_document(&account.link_ref_number);
            let outcome = match outcome {
                None | Some(AccountOutcome::NotDelivered) => told,
                Some(outcome) => *outcome,
            };
            AccountReport {
                fip_id: account.fip_id.clone(),
                link_ref_number: account.link_ref_number.clone(),
                fi_type: account.fi_type,
                outcome,
            }
        });
        ShareReport { reference, accounts: accounts.collect(), unexpected }
    }
}
