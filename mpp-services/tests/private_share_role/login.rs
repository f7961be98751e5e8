use mpp_core::Span;
use mpp_services::private_share::PrivateShareError;
use mpp_store::RecordKind;

use crate::bench::Bench;

fn code(error: &PrivateShareError) -> &'static str {
    error.code()
}

#[tokio::test]
async fn the_code_from_the_sms_gives_a_session_once() {
    let bench = Bench::new();
    let device = bench.device();
    let mobile = "9000000001".parse().unwrap();
    let login = bench.service.start_login(&mobile, &device.public().to_jwk()).await.unwrap();
    let sent = bench.last_code();
    assert!(sent.bytes().all(|byte| byte.is_ascii_digit()), "{sent}");
    let opened = bench.service.verify_login(login.id, &sent).await.unwrap();
    assert_eq!(opened.vua.address(), "9000000001@onemoney");
    let who = bench.service.authenticate(&opened.key, device.kid()).await.unwrap();
    assert_eq!(who.customer, bench.customer_ref("9000000001"));
    let again = bench.service.verify_login(login.id, &sent).await.unwrap_err();
    assert_eq!(code(&again), "login_used");
}

#[tokio::test]
async fn five_wrong_codes_lock_the_login() {
    let bench = Bench::new();
    let mobile = "9000000001".parse().unwrap();
    let login = bench.service.start_login(&mobile, &bench.device().public().to_jwk()).await.unwrap();
    let right = bench.last_code();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for left in [4, 3, 2, 1] {
        let error = bench.service.verify_login(login.id, wrong).await.unwrap_err();
        assert!(matches!(error, PrivateShareError::WrongOtp { tries_left } if tries_left == left), "{error}");
    }
    let locked = bench.service.verify_login(login.id, wrong).await.unwrap_err();
    assert_eq!(code(&locked), "login_locked");
    assert!(locked.to_string().contains("ask for a new one"));
    let even_right = bench.service.verify_login(login.id, &right).await.unwrap_err();
    assert_eq!(code(&even_right), "login_locked");
}

#[tokio::test]
async fn simultaneous_guesses_are_all_counted() {
    let bench = Bench::new();
    let mobile = "9000000001".parse().unwrap();
    let login = bench.service.start_login(&mobile, &bench.device().public().to_jwk()).await.unwrap();
    let wrong = if bench.last_code() == "000000" { "000001" } else { "000000" };
    let guesses = (0..5).map(|_| bench.service.verify_login(login.id, wrong));
    futures::future::join_all(guesses).await;
    let after = bench.service.verify_login(login.id, &bench.last_code()).await.unwrap_err();
    assert_eq!(code(&after), "login_locked");
}

#[tokio::test]
async fn a_code_is_good_for_three_minutes() {
    let bench = Bench::new();
    let mobile = "9000000001".parse().unwrap();
    let login = bench.service.start_login(&mobile, &bench.device().public().to_jwk()).await.unwrap();
    bench.clock.advance(Span::from_minutes(3));
    let late = bench.service.verify_login(login.id, &bench.last_code()).await.unwrap_err();
    assert_eq!(code(&late), "login_expired");
}

#[tokio::test]
async fn nobody_is_flooded_with_codes() {
    let bench = Bench::new();
    let mobile = "9000000001".parse().unwrap();
    let key = bench.device().public().to_jwk();
    for _ in 0..5 {
        bench.service.start_login(&mobile, &key).await.unwrap();
        bench.clock.advance(Span::from_minutes(1));
    }
    let error = bench.service.start_login(&mobile, &key).await.unwrap_err();
    assert_eq!(code(&error), "too_many_logins");
    assert!(bench.service.start_login(&"9000000002".parse().unwrap(), &key).await.is_ok());
    bench.clock.advance(Span::from_minutes(6));
    assert!(bench.service.start_login(&mobile, &key).await.is_ok());
    assert_eq!(bench.sms.0.lock().unwrap().len(), 7);
}

/// Five codes are sent, and so 25 guesses are possible, however the requests fall together.
#[tokio::test]
async fn simultaneous_starts_are_all_counted() {
    let bench = Bench::new();
    let service = bench.late();
    let mobile = "9000000001".parse().unwrap();
    let keys: Vec<_> = (0..20).map(|_| bench.device().public().to_jwk()).collect();
    let starts = keys.iter().map(|key| service.start_login(&mobile, key));
    let started = futures::future::join_all(starts).await;
    let refused: Vec<_> = started.iter().filter_map(|start| start.as_ref().err()).map(code).collect();
    assert_eq!(refused, ["too_many_logins"; 15]);
    assert_eq!(bench.sms.0.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn when_codes_were_asked_for_is_forgotten_when_it_no_longer_counts() {
    let bench = Bench::new();
    let kept = || bench.store.count(RecordKind::new("private-share-login-starts"), None);
    let mobile = "9000000001".parse().unwrap();
    bench.service.start_login(&mobile, &bench.device().public().to_jwk()).await.unwrap();
    bench.clock.advance(Span::from_minutes(9));
    bench.service.tidy().await.unwrap();
    assert_eq!(kept().await.unwrap(), 1);
    bench.clock.advance(Span::from_minutes(1));
    bench.service.tidy().await.unwrap();
    assert_eq!(kept().await.unwrap(), 0);
}

#[tokio::test]
async fn a_session_key_alone_is_worth_nothing() {
    let bench = Bench::new();
    let (device, thief) = (bench.device(), bench.device());
    let mobile = "9000000001".parse().unwrap();
    let login = bench.service.start_login(&mobile, &device.public().to_jwk()).await.unwrap();
    let opened = bench.service.verify_login(login.id, &bench.last_code()).await.unwrap();
    for (key, signer) in [(opened.key.as_str(), thief.kid()), ("guessed", device.kid())] {
        let error = bench.service.authenticate(key, signer).await.unwrap_err();
        assert_eq!(code(&error), "unauthenticated");
    }
    assert!(bench.service.device_key(device.kid()).await.unwrap().is_some());
    assert!(bench.service.device_key(thief.kid()).await.unwrap().is_none());
    bench.clock.advance(Span::from_hours(12));
    let late = bench.service.authenticate(&opened.key, device.kid()).await.unwrap_err();
    assert_eq!(code(&late), "unauthenticated");
    assert!(bench.service.device_key(device.kid()).await.unwrap().is_none());
}

#[tokio::test]
async fn finished_logins_are_forgotten_and_sessions_survive_a_restart() {
    let bench = Bench::new();
    let device = bench.device();
    let mobile = "9000000001".parse().unwrap();
    let login = bench.service.start_login(&mobile, &device.public().to_jwk()).await.unwrap();
    let opened = bench.service.verify_login(login.id, &bench.last_code()).await.unwrap();
    let bench = bench.restarted();
    assert!(bench.service.authenticate(&opened.key, device.kid()).await.is_ok());
    bench.clock.advance(Span::from_days(2));
    bench.service.tidy().await.unwrap();
    let gone = bench.service.verify_login(login.id, "000000").await.unwrap_err();
    assert_eq!(code(&gone), "not_found");
}
