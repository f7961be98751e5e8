//! The demo's way to the sandbox: its control interface, its text messages, and the partner's application.

mod aa_customer;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use mpp_core::MobileNumber;
use mpp_transport::{Request, Transport};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

pub use aa_customer::AaCustomer;

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Speaks JSON with the sandbox.
#[derive(Debug, Clone)]
pub struct Outside {
    base: Url,
    transport: Arc<dyn Transport>,
}

/// A document a source produced, by digest.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Produced {
    /// `account-aggregator`, `bureau` or `operator`.
    pub source: String,
    /// The FIP, for financial information.
    pub fip_id: Option<String>,
    /// The account, for financial information.
    pub link_ref_number: Option<String>,
    /// SHA-256 of the document, in hex.
    pub sha256: String,
    /// Its size.
    pub size_bytes: u64,
}

/// A document the partner's application fetched, by digest.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivered {
    /// The source, as `account-aggregator` or `provider:<id>`.
    pub source: String,
    /// FIP and account, for financial information.
    pub label: Option<String>,
    /// SHA-256 of the document, in hex.
    pub sha256: String,
    /// Its size.
    pub size_bytes: u64,
    /// Who sealed it, as the client server has seen it proven.
    #[serde(default)]
    pub sealed_by: Option<SealedBy>,
}

/// Who sealed a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedBy {
    /// `device`, `central` or `unproven`.
    pub who: String,
    /// The sender's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
}

/// An invented customer.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Mobile number.
    pub mobile: MobileNumber,
    /// Name.
    pub name: String,
    /// Date of birth, `yyyy-MM-dd`.
    pub date_of_birth: String,
    /// Permanent account number.
    pub pan: String,
    /// Postal code.
    pub pincode: String,
    /// The planted value in all documents about this customer.
    pub canary: String,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("mobile", &self.mobile).finish_non_exhaustive()
    }
}

impl Outside {
    /// The sandbox at `base`.
    #[must_use]
    pub const fn new(base: Url, transport: Arc<dyn Transport>) -> Self {
        Self { base, transport }
    }

    /// Where the sandbox is.
    #[must_use]
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// Carries requests.
    #[must_use]
    pub const fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// GETs JSON.
    ///
    /// # Errors
    /// When the sandbox does not answer with success.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.exchange(Method::GET, path, None, None).await
    }

    /// POSTs JSON.
    ///
    /// # Errors
    /// When the sandbox does not answer with success.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        self.exchange(Method::POST, path, Some(body), None).await
    }

    async fn exchange<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        bearer: Option<&str>,
    ) -> anyhow::Result<T> {
        let mut request = Request::new(method, self.base.join(path)?).with_timeout(Duration::from_secs(60));
        if let Some(body) = body {
            request = request.with_header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request = request.with_body(serde_json::to_vec(body)?);
        }
        if let Some(bearer) = bearer {
            request = request.with_header(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {bearer}"))?);
        }
        let response = self.transport.send(request).await.with_context(|| format!("calling {path}"))?;
        let status = response.status;
        let bytes = response.collect(LARGEST_ANSWER).await?;
        if !status.is_success() {
            bail!("{path} answered {status}: {}", String::from_utf8_lossy(&bytes));
        }
        let bytes: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        serde_json::from_slice(bytes).with_context(|| format!("reading the answer of {path}"))
    }

    /// The invented customer with this number.
    ///
    /// # Errors
    /// When the sandbox does not answer with success.
    pub async fn person(&self, mobile: &MobileNumber) -> anyhow::Result<Person> {
        self.get(&format!("/control/customers/{}", mobile.digits())).await
    }

    /// What was produced about a customer.
    ///
    /// # Errors
    /// When the sandbox does not answer with success.
    pub async fn produced(&self, mobile: &MobileNumber) -> anyhow::Result<Vec<Produced>> {
        #[derive(Deserialize)]
        struct Documents {
            documents: Vec<Produced>,
        }
        let answer: Documents = self.get(&format!("/control/documents/{}", mobile.digits())).await?;
        Ok(answer.documents)
    }

    /// What the partner's application fetched for a case.
    ///
    /// # Errors
    /// When the sandbox does not answer with success.
    pub async fn delivered(&self, case: &str) -> anyhow::Result<Vec<Delivered>> {
        #[derive(Deserialize)]
        struct Case {
            items: Vec<Delivered>,
        }
        let case: Case = self.get(&format!("/partner-app/cases/{case}")).await?;
        Ok(case.items)
    }

    /// The six digits in the newest text message to a customer that holds `words`.
    ///
    /// # Errors
    /// When there is none.
    pub async fn one_time_password(&self, mobile: &MobileNumber, words: &str) -> anyhow::Result<String> {
        let inbox: Value = self.get(&format!("/sms/v1/inbox/{}", mobile.digits())).await?;
        let messages = inbox.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
        let texts = messages.iter().filter_map(|message| message.get("text")?.as_str());
        let found = texts.filter(|text| text.contains(words)).find_map(six_digits);
        found.with_context(|| format!("no text message with a one-time password about {words:?}"))
    }
}

fn six_digits(text: &str) -> Option<String> {
    text.split(|character: char| !character.is_ascii_digit()).find(|word| word.len() == 6).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_the_only_word_of_six_digits() {
        assert_eq!(six_digits("482913 is your code; valid 3 min"), Some("482913".into()));
        assert_eq!(six_digits("call 1800123456"), None);
    }
}
