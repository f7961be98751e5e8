//! The consent screen: everything the customer is shown, in the exact bytes whose digest the approval binds.

use std::collections::BTreeMap;

use mpp_core::{
    ConsentParameters, ConsentRequestId, ConsentRequestState, CustomerParticulars, DeviceId, LanguageTag,
    NoticeText, Product, RequestedItem, Source, SourceKind, Timestamp,
};
use mpp_crypto::jws::CompactJws;
use serde::{Deserialize, Serialize};

use super::records::{PartnerKeysRecord, RequestRecord};
use super::{CentralError, CentralService};

/// What the customer is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Screen {
    /// The request.
    pub consent_request_id: ConsentRequestId,
    /// The device, as central names it.
    pub device_id: DeviceId,
    /// The recipient's registered name.
    pub partner_name: String,
    /// The recipient's key record, signed by central.
    pub partner_key_record: CompactJws,
    /// The customer's mobile number with all but three digits hidden.
    pub customer_masked: String,
    /// The items, each to be decided on its own.
    pub items: Vec<ScreenItem>,
    /// The version of the notice.
    pub notice_version: u32,
    /// The notice by language.
    pub notice: BTreeMap<LanguageTag, NoticeText>,
    /// Until when a decision is taken.
    pub expires_at: Timestamp,
    /// How the request stands.
    pub state: String,
}

/// One item of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScreenItem {
    /// From where.
    pub source: Source,
    /// What kind of source it is.
    pub kind: String,
    /// The source's name as shown.
    pub title: String,
    /// What is shared, in words.
    pub data_items: Vec<String>,
    /// The exact terms the customer would approve.
    pub terms: ConsentParameters,
}

/// The bytes of a screen as a device is sent them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenBytes(pub(super) String);

impl ScreenBytes {
    /// JSON, to be sent exactly so.
    #[must_use]
    pub fn into_json(self) -> String {
        self.0
    }
}

impl CentralService {
    pub(super) fn draw_screen(
        &self,
        record: &RequestRecord,
        keys: &PartnerKeysRecord,
        product: &Product,
        device: DeviceId,
        expires_at: Timestamp,
    ) -> Result<Screen, CentralError> {
        let request = &record.request;
        let sealed = record.particulars.as_ref().ok_or(CentralError::Inconsistent("no particulars"))?;
        let customer: CustomerParticulars = self.open_particulars(request.id, sealed)?;
        Ok(Screen {
            consent_request_id: request.id,
            device_id: device,
            partner_name: keys.envelope.partner_name.clone(),
            partner_key_record: keys.signed.clone(),
            customer_masked: customer.mobile.masked(),
            items: request.items.iter().map(screen_item).collect(),
            notice_version: product.notice.version,
            notice: product.notice.texts.clone(),
            expires_at,
            state: "opened".to_owned(),
        })
    }

    /// The screen as it was sent while the request is open; afterwards the same with the present state.
    pub(super) fn shown(&self, record: &RequestRecord) -> Result<ScreenBytes, CentralError> {
        let sealed = record.screen.as_ref().ok_or(CentralError::NotFound)?;
        let sent = self.open_screen(record.request.id, sealed)?;
        if matches!(record.request.state, ConsentRequestState::Opened { .. }) {
            return Ok(ScreenBytes(sent));
        }
        let mut screen: Screen =
            serde_json::from_str(&sent).map_err(|_| CentralError::Inconsistent("a stored screen"))?;
        record.request.state.state_name().clone_into(&mut screen.state);
        screen.encode()
    }
}

impl Screen {
    pub(super) fn encode(&self) -> Result<ScreenBytes, CentralError> {
        serde_json::to_string(self).map(ScreenBytes).map_err(|_| CentralError::Crypto("a screen has no form"))
    }
}

fn screen_item(item: &RequestedItem) -> ScreenItem {
    ScreenItem {
        source: item.source.clone(),
        kind: kind_name(item.kind).to_owned(),
        title: item.title.clone(),
        data_items: item.data_items.clone(),
        terms: item.parameters.clone(),
    }
}

const fn kind_name(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::FinancialInformation => "FINANCIAL_INFORMATION",
        SourceKind::CreditBureau => "CREDIT_BUREAU",
        SourceKind::Telecom => "TELECOM",
        SourceKind::Other => "OTHER",
    }
}
