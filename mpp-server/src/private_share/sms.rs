//! The SMS gateway over HTTP: `POST {base}/v1/messages` with `{"to", "text"}`.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderValue, header};
use mpp_core::MobileNumber;
use mpp_services::private_share::{SmsError, SmsSender, SmsText};
use mpp_transport::{Request, Transport};
use serde::Serialize;
use url::Url;

use super::config::SmsSection;
use crate::runtime::StartError;

/// See the module.
#[derive(Debug)]
pub(super) struct HttpSms {
    messages: Url,
    bearer: Option<HeaderValue>,
    transport: Arc<dyn Transport>,
}

#[derive(Serialize)]
struct Message<'a> {
    to: &'a str,
    text: &'a str,
}

impl HttpSms {
    pub(super) fn new(section: &SmsSection, transport: Arc<dyn Transport>) -> Result<Self, StartError> {
        const KEY: &str = "the SMS gateway's key";
        let bearer = section.key.as_ref().map(|source| {
            let key = source.read().map_err(|source| StartError::part(KEY, source))?;
            let value = HeaderValue::try_from(format!("Bearer {}", key.as_str()));
            let mut value = value.map_err(|source| StartError::part(KEY, source))?;
            value.set_sensitive(true);
            Ok::<_, StartError>(value)
        });
        let messages = section.base_url.endpoint("v1/messages");
        Ok(Self { messages, bearer: bearer.transpose()?, transport })
    }
}

#[async_trait]
impl SmsSender for HttpSms {
    async fn send(&self, to: &MobileNumber, text: &SmsText) -> Result<(), SmsError> {
        let body = serde_json::to_vec(&Message { to: to.digits(), text: text.as_str() });
        let mut request = Request::post(self.messages.clone())
            .with_header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .with_body(body.map_err(|_| SmsError::Refused)?);
        if let Some(bearer) = &self.bearer {
            request = request.with_header(header::AUTHORIZATION, bearer.clone());
        }
        let answer = self.transport.send(request).await.map_err(|error| {
            tracing::warn!(%error, "the SMS gateway does not answer");
            SmsError::Unavailable
        })?;
        match answer.status {
            status if status.is_success() => Ok(()),
            status if status.is_server_error() => Err(SmsError::Unavailable),
            status => {
                tracing::warn!(sms.status = status.as_u16(), "the SMS gateway refused a message");
                Err(SmsError::Refused)
            }
        }
    }
}
