//! The personal fields of central's records, sealed at their place.

use mpp_core::{ConsentRequestId, CustomerParticulars};
use mpp_crypto::at_rest::{FieldPlace, SealedField};
use mpp_store::SealedKind;

use super::records::RequestRecord;
use super::{CentralError, CentralService};

/// The kinds of central's records with sealed fields.
pub const SEALED_KINDS: [SealedKind; 1] = [SealedKind::of::<RequestRecord>()];

const REQUESTS: &str = "consent-request";
pub(super) const PARTICULARS: &str = "particulars";
pub(super) const SCREEN: &str = "screen";

impl CentralService {
    pub(super) fn seal_particulars(
        &self,
        request: ConsentRequestId,
        particulars: &CustomerParticulars,
    ) -> Result<SealedField, CentralError> {
        self.seal(request, PARTICULARS, particulars)
    }

    pub(super) fn open_particulars(
        &self,
        request: ConsentRequestId,
        sealed: &SealedField,
    ) -> Result<CustomerParticulars, CentralError> {
        self.open(request, PARTICULARS, sealed)
    }

    pub(super) fn seal_screen(
        &self,
        request: ConsentRequestId,
        screen: &str,
    ) -> Result<SealedField, CentralError> {
        self.seal(request, SCREEN, &screen)
    }

    pub(super) fn open_screen(
        &self,
        request: ConsentRequestId,
        sealed: &SealedField,
    ) -> Result<String, CentralError> {
        self.open(request, SCREEN, sealed)
    }

    fn seal<T: serde::Serialize>(
        &self,
        request: ConsentRequestId,
        column: &str,
        value: &T,
    ) -> Result<SealedField, CentralError> {
        let row = request.to_string();
        let place = FieldPlace { table: REQUESTS, row: &row, column };
        self.parts.vault.seal(&place, value).map_err(|_| CentralError::Crypto("a field could not be sealed"))
    }

    fn open<T: serde::de::DeserializeOwned>(
        &self,
        request: ConsentRequestId,
        column: &str,
        sealed: &SealedField,
    ) -> Result<T, CentralError> {
        let row = request.to_string();
        let place = FieldPlace { table: REQUESTS, row: &row, column };
        self.parts.vault.open(&place, sealed).map_err(|_| CentralError::Inconsistent("a sealed field"))
    }
}
