use http::{Method, StatusCode};
use mpp_private_share::ShareError;
use mpp_sdk::SdkError;
use serde_json::json;

use crate::stage::{play, says};

/// How many documents a whole journey brings: 7 accounts at 4 institutions, bureau, operator.
pub const WHOLE: usize = crate::fips::ACCOUNTS + 2;

fn other_than(otp: &str) -> String {
    let wrong = (otp.parse::<u32>().unwrap() + 1) % 1_000_000;
    format!("{wrong:06}")
}

#[test]
fn five_wrong_codes_end_a_login_and_a_new_code_works() {
    play(async |stage| {
        let phone = stage.phone().await;
        let (sdk, mobile) = (&phone.private_share, &phone.person.mobile);
        let challenge = sdk.start_login(mobile).await.unwrap();
        let right = stage.world.outside().one_time_password(mobile, "").await.unwrap();
        let wrong = other_than(&right);
        let mut told = Vec::new();
        for _ in 0..5 {
            told.push(sdk.verify_login(&challenge, &wrong).await.unwrap_err());
        }
        let codes: Vec<&str> = told.iter().map(ShareError::code).collect();
        assert_eq!(codes, ["wrong_code", "wrong_code", "wrong_code", "wrong_code", "new_code_needed"]);
        says(&told[0], &["not right", "try again"]);
        says(&told[4], &["no longer", "new one"]);
        let late = sdk.verify_login(&challenge, &right).await.unwrap_err();
        assert_eq!(late.code(), "new_code_needed", "the right code comes too late");
        assert!(sdk.logged_in().await.is_none());

        let challenge = sdk.start_login(mobile).await.unwrap();
        let otp = stage.world.outside().one_time_password(mobile, "").await.unwrap();
        sdk.verify_login(&challenge, &otp).await.unwrap();
        assert!(sdk.logged_in().await.is_some());
    });
}

#[test]
fn five_wrong_codes_at_the_account_aggregator_share_nothing_until_the_lock_is_over() {
    play(async |stage| {
        let case = stage.case().await.approved().await;
        let mobile = &case.case.phone.person.mobile;
        let (_, begun) = stage.call(Method::POST, "/aa/app/login", None, &json!({ "mobile": mobile })).await;
        let right = stage.world.outside().one_time_password(mobile, "").await.unwrap();
        let wrong = json!({ "loginId": begun["loginId"], "otp": other_than(&right) });
        for left in [4, 3, 2, 1] {
            let (status, told) = stage.call(Method::POST, "/aa/app/login/verify", None, &wrong).await;
            assert_eq!((told["code"].as_str(), told["triesLeft"].as_u64()), (Some("OTP_WRONG"), Some(left)));
            assert!(status.is_client_error());
        }
        let (_, told) = stage.call(Method::POST, "/aa/app/login/verify", None, &wrong).await;
        assert_eq!(told["code"], "OTP_LOCKED");
        says(&told["message"], &["too many wrong codes", "try again after"]);

        let locked = case.share().await.unwrap_err();
        assert!(matches!(locked, SdkError::Share(ShareError::Cancelled)), "{locked:?}");
        says(&locked, &["nothing was shared"]);

        let (status, _) =
            stage.call(Method::POST, "/control/otp/unlock", None, &json!({ "mobile": mobile })).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        case.share().await.unwrap();
        case.arrives_whole(WHOLE).await;
    });
}
