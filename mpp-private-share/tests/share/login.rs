use mpp_core::Span;
use mpp_private_share::{DeviceFolder, ShareError};

use crate::fake_service::{OTP, VUA};
use crate::phone::{Customer, Habit, Phone};

#[tokio::test(start_paused = true)]
async fn wrong_codes_can_be_corrected_until_the_login_is_locked() {
    let phone = Phone::new().await;
    let mobile = "9000000001".parse().unwrap();
    let challenge = phone.sdk.start_login(&mobile).await.unwrap();
    for _ in 0..4 {
        let wrong = phone.sdk.verify_login(&challenge, "000000").await;
        assert!(matches!(wrong, Err(ShareError::WrongCode)));
    }
    let locked = phone.sdk.verify_login(&challenge, "000000").await;
    assert!(matches!(locked, Err(ShareError::NewCodeNeeded)));
    let challenge = phone.sdk.start_login(&mobile).await.unwrap();
    phone.sdk.verify_login(&challenge, OTP).await.unwrap();
    assert_eq!(phone.sdk.logged_in().await.unwrap().address(), VUA);
}

#[tokio::test(start_paused = true)]
async fn a_login_outlives_the_app_but_not_its_time() {
    let phone = Phone::logged_in().await.restarted().await;
    assert!(phone.sdk.logged_in().await.is_some());
    assert!(phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.is_ok());
    phone.clock.advance(Span::from_hours(12));
    assert_eq!(phone.sdk.logged_in().await, None);
    let phone = phone.restarted().await;
    assert_eq!(phone.sdk.logged_in().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_file_of_a_login_goes_when_its_time_is_over() {
    let kept =
        async |phone: &Phone| phone.folder.list().await.unwrap().iter().any(|name| name.as_str() == "login");
    let phone = Phone::logged_in().await;
    phone.clock.advance(Span::from_millis(12 * 3_600_000 - 1));
    let phone = phone.restarted().await;
    assert!(kept(&phone).await && phone.sdk.logged_in().await.is_some());
    phone.clock.advance(Span::from_millis(1));
    phone.sdk.tidy().await.unwrap();
    assert!(!kept(&phone).await, "an app that runs on has it cleared away");

    let phone = Phone::logged_in().await;
    phone.clock.advance(Span::from_hours(12));
    assert!(kept(&phone).await);
    let phone = phone.restarted().await;
    assert!(!kept(&phone).await, "an app that starts, too");
    assert_eq!(phone.sdk.logged_in().await, None);
}

#[tokio::test(start_paused = true)]
async fn logging_out_forgets_the_login() {
    let phone = Phone::logged_in().await;
    phone.sdk.log_out().await.unwrap();
    let phone = phone.restarted().await;
    let error = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap_err();
    assert!(matches!(error, ShareError::LogInFirst));
}
