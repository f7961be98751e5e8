//! What the bureau's interface reads and writes. Nothing here leaves the adapter.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The reseller's request (other-sources.md §1.2).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportRequest<'a> {
    pub(super) client_ref: String,
    pub(super) phone_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pan: Option<&'a str>,
    pub(super) first_name: &'a str,
    pub(super) last_name: &'a str,
    /// `yyyy-MM-dd`.
    pub(super) date_of_birth: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pincode: Option<&'a str>,
    pub(super) consent: ConsentBlock,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsentBlock {
    pub(super) consent_flag: bool,
    /// Seconds since 1970.
    pub(super) consent_timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) consent_ip_address: Option<String>,
    pub(super) consent_message_id: String,
}

#[derive(Serialize)]
pub(super) struct StatusRequest<'a> {
    pub(super) token: &'a str,
}

/// The answer 202.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InProcess {
    pub(super) token: String,
    pub(super) retry_after_seconds: i64,
}

/// As much of the report as is looked at.
#[derive(Deserialize)]
pub(super) struct ReportHead {
    #[serde(rename = "INProfileResponse")]
    pub(super) response: ProfileHead,
}

#[derive(Deserialize)]
pub(super) struct ProfileHead {
    #[serde(rename = "Header")]
    pub(super) header: Header,
    #[serde(rename = "UserMessage", default)]
    pub(super) user_message: UserMessage,
    #[serde(rename = "Match_result", default)]
    pub(super) match_result: Loose,
    #[serde(rename = "SCORE")]
    pub(super) score: Option<IgnoredAny>,
    #[serde(rename = "CAIS_Account")]
    pub(super) accounts: Option<IgnoredAny>,
}

/// Something only its quality hangs on: whatever stands there, the report can be used.
#[derive(Deserialize, Default)]
#[serde(transparent)]
pub(super) struct Loose(Value);

impl Loose {
    /// As text, where it is text or a number; else empty.
    pub(super) fn text(&self) -> String {
        match &self.0 {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        }
    }

    /// The member `Exact_match` of a `Match_result`.
    pub(super) fn exact_match(&self) -> Option<&str> {
        self.0.get("Exact_match").and_then(Value::as_str).map(str::trim)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Header {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) system_code: String,
    #[serde(default)]
    pub(super) message_text: String,
    #[serde(default)]
    pub(super) report_date: Loose,
    #[serde(default)]
    pub(super) report_time: Loose,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserMessage {
    #[serde(default)]
    pub(super) user_message_text: String,
}

/// Resellers turn some of the texts into numbers.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Text(String),
        Number(i64),
    }
    Ok(match Form::deserialize(deserializer)? {
        Form::Text(text) => text,
        Form::Number(number) => number.to_string(),
    })
}
