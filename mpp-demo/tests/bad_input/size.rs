use async_trait::async_trait;
use http::{Method, StatusCode};
use mpp_demo::outside::AaCustomer;
use mpp_private_share::{Approval, ApprovalUi, LeftPage};
use serde_json::{Value, json};

use crate::stage::{Case, Stage, play};

const SIZE: u64 = 16 * 1024 * 1024;

/// A customer who links and approves one account only.
#[derive(Debug)]
struct OneAccount<'a> {
    stage: &'a Stage,
    case: &'a Case<'a>,
}

#[async_trait]
impl ApprovalUi for OneAccount<'_> {
    async fn show(&self, approval: &Approval) -> LeftPage {
        let (stage, phone) = (self.stage, &self.case.phone);
        let mut pairs = approval.page.query_pairs();
        let (_, handle) = pairs.find(|(name, _)| name == "handle").unwrap();
        let outside = stage.world.outside();
        let customer = AaCustomer::log_in(outside, &phone.person.mobile).await.unwrap();
        customer.link_everything(&json!(["TERM_DEPOSIT"])).await.unwrap();
        let session = stage.aa_session(phone).await;
        let (_, accounts) = stage.call(Method::GET, "/aa/app/accounts", Some(&session), &Value::Null).await;
        let link = accounts["accounts"][0]["linkRefNumber"].clone();
        let consent = format!("/aa/app/consents/{handle}");
        stage.call(Method::POST, &format!("{consent}/otp"), Some(&session), &json!({})).await;
        let otp = outside.one_time_password(&phone.person.mobile, "").await.unwrap();
        let form = json!({ "linkRefNumbers": [link], "otp": otp });
        let (status, answer) =
            stage.call(Method::POST, &format!("{consent}/approve"), Some(&session), &form).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        LeftPage::CameBack
    }
}

#[test]
fn a_document_of_sixteen_mebibytes_passes_byte_for_byte() {
    play(async |stage| {
        let outside = stage.world.outside();
        let padded = async |bytes: u64| {
            let form = json!({ "documentPaddingBytes": bytes });
            let _: Value = outside.post("/control/settings", &form).await.unwrap();
        };
        let decided = stage.case().await.approved().await;
        let (case, request) = (&decided.case, decided.kept.request);
        padded(SIZE).await;
        let fingers = OneAccount { stage, case };
        let shared = case.phone.mpp.share(request, &case.phone.private_share, &fingers, &|_| {}).await;
        padded(0).await;
        let uploaded = shared.unwrap().uploaded;
        assert_eq!(uploaded.len(), 1);
        assert!(uploaded[0].size > SIZE);
        decided.arrives_whole(3).await;
        let delivered = decided.delivered(3).await;
        assert!(delivered.iter().any(|document| document.size_bytes >= SIZE));
    });
}
