//! The calls of a phone.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderValue};
use mpp_core::{ConsentId, ConsentRequestId, UploadId};

use super::{
    AnnounceParcel, ConsentView, Decide, Decided, OpenLink, PhoneEvent, UploadProgress, UploadTicket,
};
use crate::central::{CentralKeys, UPLOAD_COMPLETE, UPLOAD_OFFSET};
use crate::{ApiError, Caller, Page};

/// Calls central as a phone.
#[derive(Debug, Clone)]
pub struct PhoneClient(Caller);

impl PhoneClient {
    /// A client over a caller that signs with the device key (or [`crate::Anonymous`] for opening a link).
    #[must_use]
    pub const fn new(caller: Caller) -> Self {
        Self(caller)
    }

    /// Central's public keys (`GET /v1/keys`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn keys(&self) -> Result<CentralKeys, ApiError> {
        self.0.get("/v1/keys", Duration::ZERO).await
    }

    /// Opens a link. Gives the exact bytes of the [`ConsentScreen`](super::ConsentScreen), whose digest the approval binds.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn open_link(&self, opening: &OpenLink) -> Result<Bytes, ApiError> {
        let path = "/v1/links/open";
        let body = serde_json::to_vec(opening).map_err(|_| ApiError::Request { path: path.to_owned() })?;
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let response = self.0.send_raw(Method::POST, path, headers, body.into()).await?;
        Ok(response.body.collect(1024 * 1024).await?)
    }

    /// The exact bytes of the screen of a request that this device opened, as it stands.
    ///
    /// # Errors
    /// See [`ApiError`]; `request_cancelled` when the partner has taken it back, `link_expired` when it has run out.
    pub async fn screen(&self, request: ConsentRequestId) -> Result<Bytes, ApiError> {
        let path = format!("/v1/phone/consent-requests/{request}");
        let response = self.0.send_raw(Method::GET, &path, HeaderMap::new(), Bytes::new()).await?;
        Ok(response.body.collect(1024 * 1024).await?)
    }

    /// Submits the decisions.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn decide(&self, request: ConsentRequestId, body: &Decide) -> Result<Decided, ApiError> {
        let path = format!("/v1/phone/consent-requests/{request}/decision");
        self.0.post(&path, &request.to_string(), body).await
    }

    /// Announces a parcel and receives an upload ticket; asking again gives the same upload.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn announce(&self, parcel: &AnnounceParcel) -> Result<UploadTicket, ApiError> {
        self.0.post("/v1/phone/parcels", &parcel.parcel_id.to_string(), parcel).await
    }

    /// How many bytes of an upload central has.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn upload_offset(&self, upload: UploadId) -> Result<UploadProgress, ApiError> {
        let path = format!("/v1/uploads/{upload}");
        let response = self.0.send_raw(Method::HEAD, &path, HeaderMap::new(), Bytes::new()).await?;
        progress(&path, &response.headers)
    }

    /// Appends bytes at `offset`; `last` says that they end the upload.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn append(
        &self,
        upload: UploadId,
        offset: u64,
        bytes: Bytes,
        last: Last,
    ) -> Result<UploadProgress, ApiError> {
        let path = format!("/v1/uploads/{upload}");
        let complete = match last {
            Last::Yes => "?1",
            Last::No => "?0",
        };
        let headers = HeaderMap::from_iter([
            (header::CONTENT_TYPE, HeaderValue::from_static("application/partial-upload")),
            (UPLOAD_OFFSET, HeaderValue::from(offset)),
            (UPLOAD_COMPLETE, HeaderValue::from_static(complete)),
        ]);
        let response = self.0.send_raw(Method::PATCH, &path, headers, bytes).await?;
        progress(&path, &response.headers)
    }

    /// Lists this customer's consents given on this device, with their uses.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn consents(&self) -> Result<Page<ConsentView>, ApiError> {
        self.0.get("/v1/phone/consents", Duration::ZERO).await
    }

    /// Withdraws a consent for good: everything under it is erased.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn withdraw(&self, consent: ConsentId) -> Result<ConsentView, ApiError> {
        self.change(consent, "withdraw").await
    }

    /// Pauses a consent.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn pause(&self, consent: ConsentId) -> Result<ConsentView, ApiError> {
        self.change(consent, "pause").await
    }

    /// Resumes a paused consent.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn resume(&self, consent: ConsentId) -> Result<ConsentView, ApiError> {
        self.change(consent, "resume").await
    }

    /// Reads news after a sequence number, waiting up to `hold` for the first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn events(&self, after: u64, hold: Duration) -> Result<Page<PhoneEvent>, ApiError> {
        self.0.get(&format!("/v1/phone/events?after={after}&hold={}", hold.as_secs()), hold).await
    }

    async fn change(&self, consent: ConsentId, verb: &str) -> Result<ConsentView, ApiError> {
        // pausing and resuming may alternate, so each call is its own: repeating one changes nothing
        self.0.post_nothing(&format!("/v1/phone/consents/{consent}/{verb}")).await
    }
}

/// Whether an append ends its upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// It does.
    Yes,
    /// More will follow.
    No,
}

fn progress(path: &str, headers: &HeaderMap) -> Result<UploadProgress, ApiError> {
    let invalid = || ApiError::Answer { path: path.to_owned() };
    if headers.get(UPLOAD_COMPLETE).is_some_and(|value| value == "?1") {
        return Ok(UploadProgress::Complete);
    }
    let offset = headers.get(UPLOAD_OFFSET).and_then(|value| value.to_str().ok());
    let offset = offset.and_then(|text| text.parse().ok()).ok_or_else(invalid)?;
    Ok(UploadProgress::Partial { offset })
}
