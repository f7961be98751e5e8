use crate::fake_fips::Delivery;
use crate::phone::{Customer, Habit, Phone};

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test(start_paused = true)]
async fn nothing_personal_lies_in_the_folder() {
    let phone = Phone::logged_in().await;
    phone.service.world.lock().unwrap().accounts[1].delivery = Delivery::WrongAccount;
    phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    let bytes = phone.folder.all_bytes();
    assert!(!bytes.is_empty());
    for canary in
        ["canary", "9000000001", "onemoney", "62000", "PRIVATE KEY", "XXXXXXXX4020", "session-0", "<Account"]
    {
        assert!(!contains(&bytes, canary), "{canary}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_private_half_and_no_partner_name_reaches_the_service() {
    let phone = Phone::logged_in().await;
    phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    let request = phone.request();
    let seen = phone.service.world.lock().unwrap().seen.clone();
    assert!(contains(&seen, "-----BEGIN PUBLIC KEY-----"));
    assert!(!contains(&seen, "PRIVATE KEY"));
    for name in
        [request.consent.to_string(), request.partner.to_string(), request.partner_key.kid().to_string()]
    {
        assert!(!contains(&seen, &name), "the Onemoney side learns nothing of the partner's side");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_personal_is_shown() {
    let phone = Phone::logged_in().await;
    phone.service.world.lock().unwrap().accounts[1].delivery = Delivery::WrongAccount;
    let report = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap();
    let documents = phone.sdk.documents().list(report.reference).await.unwrap();
    phone.service.world.lock().unwrap().widen = true;
    let error = phone.sdk.share(&phone.request(), &Customer::who(Habit::Decides, &phone)).await.unwrap_err();
    let shown =
        format!("{:?} {report:?} {documents:?} {error:?} {error} {}", phone.sdk, report.accounts[1].outcome);
    for canary in ["canary", "9000000001", "4020", "7f0f6c1e", "62000"] {
        assert!(!shown.contains(canary), "{canary} in {shown}");
    }
}
