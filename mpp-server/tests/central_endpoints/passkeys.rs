//! Passkeys over HTTP, with an authenticator in software: at central.

use std::sync::Arc;

use mpp_api::ApiError;
use mpp_api::Bearer;
use mpp_api::desk::{
    AddPasskey, BeginPasskey, DeskClient, PasskeySiteView, PasskeyView, SignInWithPasskey, SignedIn,
};
use mpp_core::Span;
use mpp_testkit::SoftAuthenticator;

use crate::people::{PASSWORD, join};
use crate::proofs::status;
use crate::town::{ORIGIN, Town};

struct Holder {
    desk: DeskClient,
    authenticator: SoftAuthenticator,
}

impl Holder {
    /// Somebody with an account and a session, and an authenticator without a passkey.
    async fn come(town: &Town, id: &str, role: &str, seed: u64) -> Self {
        let (caller, _) = join(town, id, role).await;
        Self { desk: DeskClient::new(caller), authenticator: SoftAuthenticator::new(seed, ORIGIN) }
    }

    async fn add(&mut self, name: &str) -> Result<PasskeyView, ApiError> {
        let begun = self.desk.begin_passkey(&BeginPasskey { password: PASSWORD.into() }).await?;
        let answer = self.authenticator.create(&begun.options).unwrap();
        self.desk.add_passkey(&AddPasskey { ceremony: begun.ceremony, name: name.into(), answer }).await
    }
}

fn door(town: &Town) -> DeskClient {
    DeskClient::new(town.anonymous())
}

/// What a browser at the sign-in page sends.
async fn answer(town: &Town, authenticator: &mut SoftAuthenticator) -> SignInWithPasskey {
    let begun = door(town).begin_passkey_sign_in().await.unwrap();
    let answer = authenticator.sign(&begun.options).unwrap();
    SignInWithPasskey { ceremony: begun.ceremony, answer }
}

async fn sign_in(town: &Town, authenticator: &mut SoftAuthenticator) -> Result<SignedIn, ApiError> {
    let body = answer(town, authenticator).await;
    door(town).sign_in_with_passkey(&body).await
}

#[tokio::test]
pub(crate) async fn a_passkey_is_added_used_and_removed() {
    let town = Town::start().await;
    let site = door(&town).passkey_site().await.unwrap();
    let expected =
        PasskeySiteView { host: Some("central.moneyone.example".into()), origin: Some(ORIGIN.into()) };
    assert_eq!(site, expected);
    let mut asha = Holder::come(&town, "asha", "auditor", 1).await;
    assert!(asha.desk.passkeys().await.unwrap().is_empty());
    let added = asha.add("Telephone").await.unwrap();
    town.clock.advance(Span::from_minutes(1));
    let opened = sign_in(&town, &mut asha.authenticator).await.unwrap();
    assert_eq!(opened.person.id.as_str(), "asha");
    let session = DeskClient::new(town.caller(Arc::new(Bearer::new(&opened.session_key).unwrap())));
    let me = session.me().await.unwrap();
    assert_ne!(me.session_id, asha.desk.me().await.unwrap().session_id);
    let listed = session.passkeys().await.unwrap();
    assert_eq!((listed[0].passkey_id, listed[0].name.as_str()), (added.passkey_id, "Telephone"));
    assert!(listed[0].used_at > Some(listed[0].added_at));

    session.remove_passkey(added.passkey_id).await.unwrap();
    assert_eq!(status(&asha.desk.me().await.unwrap_err()), (401, "unauthenticated"), "other sessions end");
    session.me().await.unwrap();
    let refused = sign_in(&town, &mut asha.authenticator).await.unwrap_err();
    assert_eq!(status(&refused), (401, "passkey_refused"));
}

#[tokio::test]
pub(crate) async fn what_does_not_hold_is_refused() {
    let town = Town::start().await;
    let mut asha = Holder::come(&town, "asha", "auditor", 1).await;
    asha.add("Telephone").await.unwrap();
    let good = answer(&town, &mut asha.authenticator).await;
    door(&town).sign_in_with_passkey(&good).await.unwrap();
    let replayed = door(&town).sign_in_with_passkey(&good).await.unwrap_err();
    assert_eq!(status(&replayed), (409, "passkey_too_late"));

    let late = answer(&town, &mut asha.authenticator).await;
    town.clock.advance(Span::from_minutes(5));
    let late = door(&town).sign_in_with_passkey(&late).await.unwrap_err();
    assert_eq!(status(&late), (409, "passkey_too_late"));

    asha.authenticator.origin = "https://central.moneyone.example.evil.example".into();
    let elsewhere = sign_in(&town, &mut asha.authenticator).await.unwrap_err();
    assert_eq!(status(&elsewhere), (401, "passkey_refused"));
    asha.authenticator.origin = ORIGIN.into();
    sign_in(&town, &mut asha.authenticator).await.unwrap();

    asha.authenticator.counter = 0;
    let copied = sign_in(&town, &mut asha.authenticator).await.unwrap_err();
    assert_eq!(status(&copied), (401, "passkey_counts_back"));
    asha.authenticator.counter = 100;

    // what ravi adds in asha's name, and what he signs with her passkey's name
    let mut ravi = Holder::come(&town, "ravi", "auditor", 2).await;
    let begun = asha.desk.begin_passkey(&BeginPasskey { password: PASSWORD.into() }).await.unwrap();
    let made = ravi.authenticator.create(&begun.options).unwrap();
    let stolen = AddPasskey { ceremony: begun.ceremony, name: "Mine".into(), answer: made };
    assert_eq!(status(&ravi.desk.add_passkey(&stolen).await.unwrap_err()), (409, "passkey_too_late"));
    ravi.authenticator.pose_as(&asha.authenticator).unwrap();
    let forged = sign_in(&town, &mut ravi.authenticator).await.unwrap_err();
    assert_eq!(status(&forged), (401, "passkey_refused"));
}

#[tokio::test]
pub(crate) async fn wrong_answers_shut_the_account_as_wrong_passwords_do() {
    let town = Town::start().await;
    let mut asha = Holder::come(&town, "asha", "auditor", 1).await;
    asha.add("Telephone").await.unwrap();
    asha.authenticator.verifies = false;
    for turn in 0..5 {
        let refused = sign_in(&town, &mut asha.authenticator).await.unwrap_err();
        assert_eq!(status(&refused), (401, "passkey_refused"), "{turn}");
    }
    asha.authenticator.verifies = true;
    let shut = sign_in(&town, &mut asha.authenticator).await.unwrap_err();
    assert_eq!(status(&shut), (429, "sign_in_locked"));
    town.clock.advance(Span::from_minutes(16));
    sign_in(&town, &mut asha.authenticator).await.unwrap();
}

#[tokio::test]
pub(crate) async fn adding_is_refused_with_a_reason() {
    let town = Town::start().await;
    let mut asha = Holder::come(&town, "asha", "auditor", 1).await;
    let wrong = asha.desk.begin_passkey(&BeginPasskey { password: "wrong".into() }).await.unwrap_err();
    assert_eq!(status(&wrong), (422, "password_wrong"));
    assert_eq!(status(&asha.add("").await.unwrap_err()), (400, "invalid_request"));
    asha.authenticator.verifies = false;
    assert_eq!(status(&asha.add("Telephone").await.unwrap_err()), (422, "passkey_unusable"));
    asha.authenticator = SoftAuthenticator::new(1, ORIGIN);
    asha.add("Telephone").await.unwrap();
    let mut ravi = Holder::come(&town, "ravi", "auditor", 1).await;
    assert_eq!(status(&ravi.add("Telephone").await.unwrap_err()), (409, "passkey_known"));
}

#[tokio::test]
pub(crate) async fn administrators_remove_the_passkeys_of_others() {
    let town = Town::start().await;
    let mut asha = Holder::come(&town, "asha", "auditor", 1).await;
    let added = asha.add("Telephone").await.unwrap();
    let id = asha.desk.me().await.unwrap().id;
    let (admin, _) = join(&town, "root", "administrator").await;
    let admin = DeskClient::new(admin);
    assert_eq!(admin.passkeys_of(&id).await.unwrap()[0].passkey_id, added.passkey_id);
    let root = admin.me().await.unwrap().id;
    let not_theirs = admin.remove_passkey_of(&root, added.passkey_id).await.unwrap_err();
    assert_eq!(status(&not_theirs), (404, "not_found"));
    admin.remove_passkey_of(&id, added.passkey_id).await.unwrap();
    assert_eq!(status(&asha.desk.me().await.unwrap_err()), (401, "unauthenticated"));
    assert_eq!(status(&sign_in(&town, &mut asha.authenticator).await.unwrap_err()), (401, "passkey_refused"));
}

/// With records reopened from the disk: a challenge outlives a restart, and so does a passkey.
#[tokio::test]
pub(crate) async fn a_restart_changes_nothing() {
    let mut town = Town::start().await;
    let mut asha = Holder::come(&town, "asha", "auditor", 1).await;
    asha.add("Telephone").await.unwrap();
    let begun = answer(&town, &mut asha.authenticator).await;
    town.restart().await;
    let opened = door(&town).sign_in_with_passkey(&begun).await.unwrap();
    assert_eq!(opened.person.id.as_str(), "asha");
}
