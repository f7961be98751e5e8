//! A customer at the Account Aggregator's own app: logs in, links accounts, approves. The demo plays this part when
//! there is no visitor; MPP has none of it.

use mpp_core::MobileNumber;
use serde_json::{Value, json};

use super::Outside;

/// A customer logged in at the Account Aggregator.
#[derive(Debug)]
pub struct AaCustomer<'a> {
    outside: &'a Outside,
    mobile: MobileNumber,
    session: String,
}

impl<'a> AaCustomer<'a> {
    /// Logs in with the one-time password from the text message.
    ///
    /// # Errors
    /// When the Account Aggregator refuses.
    pub async fn log_in(outside: &'a Outside, mobile: &MobileNumber) -> anyhow::Result<Self> {
        let begun: Value = outside.post("/aa/app/login", &json!({ "mobile": mobile })).await?;
        let otp = outside.one_time_password(mobile, "").await?;
        let verified: Value = outside
            .post("/aa/app/login/verify", &json!({ "loginId": begun.get("loginId"), "otp": otp }))
            .await?;
        let session = verified.get("session").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { outside, mobile: mobile.clone(), session })
    }

    /// Discovers and links every account of these kinds at every institution.
    ///
    /// # Errors
    /// When an institution refuses.
    pub async fn link_everything(&self, fi_types: &Value) -> anyhow::Result<()> {
        let fips = self.call("GET", "/aa/app/fips", &Value::Null).await?;
        for fip in list(&fips, "fips") {
            let wanted = common(fip.get("fiTypes"), fi_types);
            if wanted.is_empty() {
                continue;
            }
            let fip_id = fip.get("fipId").cloned().unwrap_or_default();
            let search = json!({ "fipId": fip_id, "fiTypes": wanted });
            let found = self.call("POST", "/aa/app/discover", &search).await?;
            let unlinked: Vec<Value> = list(&found, "accounts")
                .into_iter()
                .filter(|account| account.get("linkRefNumber").is_none_or(Value::is_null))
                .filter_map(|account| account.get("accRefNumber").cloned())
                .collect();
            if !unlinked.is_empty() {
                self.link(&fip_id, &unlinked).await?;
            }
        }
        Ok(())
    }

    async fn link(&self, fip_id: &Value, accounts: &[Value]) -> anyhow::Result<()> {
        let linking = json!({ "fipId": fip_id, "accRefNumbers": accounts });
        let begun = self.call("POST", "/aa/app/link", &linking).await?;
        let otp = self.outside.one_time_password(&self.mobile, "").await?;
        let verification = json!({ "refNumber": begun.get("refNumber"), "otp": otp });
        self.call("POST", "/aa/app/link/verify", &verification).await?;
        Ok(())
    }

    /// Approves a consent for every linked account of the kinds it asks for.
    ///
    /// # Errors
    /// When the Account Aggregator refuses.
    pub async fn approve(&self, handle: &str) -> anyhow::Result<()> {
        let consent = self.call("GET", &format!("/aa/app/consents/{handle}"), &Value::Null).await?;
        let fi_types = consent.pointer("/ConsentDetail/fiTypes").cloned().unwrap_or_else(|| json!([]));
        self.link_everything(&fi_types).await?;
        let accounts = self.call("GET", "/aa/app/accounts", &Value::Null).await?;
        let asked_for = |account: &Value| {
            let kinds = fi_types.as_array();
            kinds.is_some_and(|kinds| account.get("fiType").is_some_and(|kind| kinds.contains(kind)))
        };
        let links: Vec<Value> = list(&accounts, "accounts")
            .into_iter()
            .filter(asked_for)
            .filter_map(|account| account.get("linkRefNumber").cloned())
            .collect();
        self.call("POST", &format!("/aa/app/consents/{handle}/otp"), &json!({})).await?;
        let otp = self.outside.one_time_password(&self.mobile, "").await?;
        let approval = json!({ "linkRefNumbers": links, "otp": otp });
        self.call("POST", &format!("/aa/app/consents/{handle}/approve"), &approval).await?;
        Ok(())
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = (!body.is_null()).then_some(body);
        self.outside.exchange(method.parse()?, path, body, Some(&self.session)).await
    }
}

fn list(answer: &Value, member: &str) -> Vec<Value> {
    answer.get(member).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn common(offered: Option<&Value>, wanted: &Value) -> Vec<Value> {
    let offered = offered.and_then(Value::as_array).cloned().unwrap_or_default();
    let wanted = wanted.as_array().cloned().unwrap_or_default();
    offered.into_iter().filter(|kind| wanted.contains(kind)).collect()
}
