//! Passkeys with an authenticator in software: added, used, removed, and everything that must be refused.

use mpp_core::Span;
use mpp_testkit::SoftAuthenticator;

use super::*;
use crate::office::{Joined, ORIGIN, Office, PASSWORD, secret};
use crate::second_factor::code_at;
use crate::{Credentials, Role};

struct Member {
    person: Person,
    totp: Zeroizing<String>,
    authenticator: SoftAuthenticator,
}

fn refused<T: fmt::Debug>(result: Result<T, StaffError>) -> PasskeyRefused {
    match result {
        Err(StaffError::Passkey(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

impl Office {
    /// Somebody with an account and an authenticator, without a passkey yet.
    async fn member(&self, id: &str, seed: u64) -> Member {
        let Joined { person, totp, .. } = self.joined(id, &[Role::Auditor]).await;
        Member { person, totp, authenticator: SoftAuthenticator::new(seed, ORIGIN) }
    }

    async fn add(&self, member: &mut Member, name: &str) -> Result<Passkey, StaffError> {
        let challenge = self.desk.begin_passkey(&member.person, secret(PASSWORD)).await?;
        let made = member.authenticator.create(&challenge.options).unwrap();
        self.desk.add_passkey(&member.person, &challenge.key, name, &made.to_string()).await
    }

    async fn asha_with_passkey(&self) -> Member {
        let mut asha = self.member("asha", 1).await;
        self.add(&mut asha, "Telephone").await.unwrap();
        asha
    }

    async fn sign_in(&self, with: &mut SoftAuthenticator) -> Result<(SessionKey, Person), StaffError> {
        let challenge = self.desk.begin_passkey_sign_in().await?;
        let answer = with.sign(&challenge.options).unwrap();
        self.desk.sign_in_with_passkey(&challenge.key, &answer.to_string()).await
    }
}

#[tokio::test]
async fn a_passkey_opens_a_session_of_its_own() {
    let office = Office::new();
    let mut asha = office.asha_with_passkey().await;
    let (key, person) = office.sign_in(&mut asha.authenticator).await.unwrap();
    assert_eq!((person.id.as_str(), person.roles.as_slice()), ("asha", &[Role::Auditor][..]));
    assert_ne!(person.session, asha.person.session, "a session is made anew");
    assert_eq!(office.desk.person(key.secret()).await.unwrap().session, person.session);
    let listed = office.desk.passkeys(&person.id).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].name.as_str(), listed[0].used_at), ("Telephone", Some(office.desk.now())));
    let leaves = office.leaves().await;
    for action in ["passkey.added", "passkey.used", "session.opened"] {
        let told = leaves.iter().any(|leaf| leaf.contains(action) && leaf.contains("\"staff\":\"asha\""));
        assert!(told, "{action}: {leaves:?}");
    }
}

#[tokio::test]
async fn an_answer_is_good_once_for_five_minutes_in_one_browser() {
    let office = Office::new();
    let mut asha = office.asha_with_passkey().await;
    let challenge = office.desk.begin_passkey_sign_in().await.unwrap();
    let answer = asha.authenticator.sign(&challenge.options).unwrap().to_string();
    let elsewhere = office.desk.begin_passkey_sign_in().await.unwrap();
    let other_browser = office.desk.sign_in_with_passkey(&elsewhere.key, &answer).await;
    assert_eq!(
        refused(other_browser),
        PasskeyRefused::NotAccepted,
        "an answer to another browser's challenge"
    );
    office.desk.sign_in_with_passkey(&challenge.key, &answer).await.unwrap();
    let replayed = office.desk.sign_in_with_passkey(&challenge.key, &answer).await;
    assert_eq!(refused(replayed), PasskeyRefused::TooLate);

    let late = office.desk.begin_passkey_sign_in().await.unwrap();
    let answer = asha.authenticator.sign(&late.options).unwrap().to_string();
    office.clock.advance(Span::from_seconds(5 * 60));
    assert_eq!(refused(office.desk.sign_in_with_passkey(&late.key, &answer).await), PasskeyRefused::TooLate);
    let unknown = office.desk.sign_in_with_passkey("mppc_made-up", &answer).await;
    assert_eq!(refused(unknown), PasskeyRefused::TooLate);
}

#[tokio::test]
async fn wrong_answers_are_refused_and_use_the_challenge_up() {
    let office = Office::new();
    let mut asha = office.asha_with_passkey().await;
    let mut forger = office.member("ravi", 2).await;
    office.add(&mut forger, "Forger").await.unwrap();
    forger.authenticator.pose_as(&asha.authenticator).unwrap();
    assert_eq!(
        refused(office.sign_in(&mut forger.authenticator).await),
        PasskeyRefused::NotAccepted,
        "another key"
    );
    asha.authenticator.origin = "https://portal.kaveri.example.evil.example".to_owned();
    assert_eq!(
        refused(office.sign_in(&mut asha.authenticator).await),
        PasskeyRefused::NotAccepted,
        "another site"
    );
    asha.authenticator.origin = ORIGIN.to_owned();
    asha.authenticator.verifies = false;
    assert_eq!(
        refused(office.sign_in(&mut asha.authenticator).await),
        PasskeyRefused::NotAccepted,
        "not verified"
    );

    asha.authenticator.verifies = true;
    let challenge = office.desk.begin_passkey_sign_in().await.unwrap();
    let good = asha.authenticator.sign(&challenge.options).unwrap();
    let mut bad = good.clone();
    bad["response"]["signature"] = "AAAA".into();
    let wrong = office.desk.sign_in_with_passkey(&challenge.key, &bad.to_string()).await;
    assert_eq!(refused(wrong), PasskeyRefused::NotAccepted);
    let second = office.desk.sign_in_with_passkey(&challenge.key, &good.to_string()).await;
    assert_eq!(refused(second), PasskeyRefused::TooLate, "a wrong answer uses the challenge up");
    for garbage in ["", "null", "{}", "[1,2]"] {
        let read = office.desk.sign_in_with_passkey(&challenge.key, garbage).await;
        assert_eq!(refused(read), PasskeyRefused::NotAccepted, "{garbage}");
    }
}

#[tokio::test]
async fn another_accounts_passkey_is_never_one_of_this_account() {
    let office = Office::new();
    let mut asha = office.asha_with_passkey().await;
    let mut ravi = office.member("ravi", 2).await;
    office.add(&mut ravi, "Key").await.unwrap();
    let challenge = office.desk.begin_passkey_sign_in().await.unwrap();
    let mut mixed = asha.authenticator.sign(&challenge.options).unwrap();
    mixed["response"]["userHandle"] = ravi.authenticator.handle().unwrap().into();
    let result = office.desk.sign_in_with_passkey(&challenge.key, &mixed.to_string()).await;
    assert_eq!(refused(result), PasskeyRefused::NotAccepted);
    assert_ne!(asha.authenticator.handle(), ravi.authenticator.handle());

    // a challenge for adding is one session's, and answers nothing else
    let adding = office.desk.begin_passkey(&asha.person, secret(PASSWORD)).await.unwrap();
    let made = SoftAuthenticator::new(9, ORIGIN).create(&adding.options).unwrap().to_string();
    let stolen = office.desk.add_passkey(&ravi.person, &adding.key, "Mine", &made).await;
    assert_eq!(refused(stolen), PasskeyRefused::TooLate);
    let adding = office.desk.begin_passkey(&asha.person, secret(PASSWORD)).await.unwrap();
    let answer = asha.authenticator.sign(&serde_json::json!({
        "rpId": "portal.kaveri.example", "challenge": adding.options["challenge"],
    }));
    let crossed = office.desk.sign_in_with_passkey(&adding.key, &answer.unwrap().to_string()).await;
    assert_eq!(refused(crossed), PasskeyRefused::NotAccepted);
    let signing = office.desk.begin_passkey_sign_in().await.unwrap();
    let crossed = office.desk.add_passkey(&asha.person, &signing.key, "Mine", &made).await;
    assert_eq!(refused(crossed), PasskeyRefused::TooLate);
}

#[tokio::test]
async fn a_passkey_that_counts_back_is_refused_and_told_of() {
    let office = Office::new();
    let mut asha = office.asha_with_passkey().await;
    asha.authenticator.counter = 40;
    office.sign_in(&mut asha.authenticator).await.unwrap();
    for copied in [7, 40] {
        asha.authenticator.counter = copied;
        assert_eq!(
            refused(office.sign_in(&mut asha.authenticator).await),
            PasskeyRefused::CountsBack,
            "{copied}"
        );
    }
    let told = office.leaves().await.iter().filter(|leaf| leaf.contains("passkey.counts_back")).count();
    assert_eq!(told, 2);
    office.sign_in(&mut asha.authenticator).await.unwrap();
}

#[tokio::test]
async fn failures_with_passkeys_and_passwords_shut_the_same_name() {
    let office = Office::new();
    let mut asha = office.asha_with_passkey().await;
    asha.authenticator.verifies = false;
    for turn in 0..5 {
        assert_eq!(
            refused(office.sign_in(&mut asha.authenticator).await),
            PasskeyRefused::NotAccepted,
            "{turn}"
        );
    }
    asha.authenticator.verifies = true;
    let shut = office.sign_in(&mut asha.authenticator).await;
    assert!(matches!(shut, Err(StaffError::Locked { .. })), "{shut:?}");
    let code = code_at(&asha.totp, office.desk.now());
    let credentials = Credentials { name: "asha".into(), password: secret(PASSWORD), code: secret(&code) };
    let shut = office.desk.sign_in(credentials).await;
    assert!(matches!(shut, Err(StaffError::Locked { .. })), "{shut:?}");
    office.clock.advance(Span::from_seconds(15 * 60 + 1));
    office.sign_in(&mut asha.authenticator).await.unwrap();

    // nobody's passkey shuts itself
    let mut stranger = SoftAuthenticator::new(5, ORIGIN);
    let adding = office.desk.begin_passkey(&asha.person, secret(PASSWORD)).await;
    assert!(adding.is_ok(), "{adding:?}");
    stranger.create(&adding.unwrap().options).unwrap();
    for turn in 0..5 {
        assert_eq!(refused(office.sign_in(&mut stranger).await), PasskeyRefused::NotAccepted, "{turn}");
    }
    let shut = office.sign_in(&mut stranger).await;
    assert!(matches!(shut, Err(StaffError::Locked { .. })), "{shut:?}");
    office.sign_in(&mut asha.authenticator).await.unwrap();
}

#[tokio::test]
async fn adding_takes_the_password_and_a_name() {
    let office = Office::new();
    let mut asha = office.member("asha", 1).await;
    let wrong = office.desk.begin_passkey(&asha.person, secret("wrong")).await;
    assert!(matches!(wrong, Err(StaffError::WrongPassword)), "{wrong:?}");
    for name in ["", "  ", "a\nb", &"x".repeat(61)] {
        let unnamed = office.add(&mut asha, name).await;
        assert!(matches!(unnamed, Err(StaffError::Invalid(_))), "{unnamed:?}");
        asha.authenticator = SoftAuthenticator::new(1, ORIGIN);
    }
    for turn in 0..10 {
        asha.authenticator = SoftAuthenticator::new(turn, ORIGIN);
        office.add(&mut asha, "Key").await.unwrap();
    }
    for _ in 0..6 {
        // whoever gives the right password has not guessed
        assert_eq!(refused(office.add(&mut asha, "One more").await), PasskeyRefused::TooMany);
    }
    let robot = office.desk.begin_passkey(&office.root, secret(PASSWORD)).await;
    assert!(matches!(robot, Err(StaffError::NotFound)), "{robot:?}");
}

#[tokio::test]
async fn what_no_person_was_verified_for_is_not_added() {
    let office = Office::new();
    let mut asha = office.member("asha", 1).await;
    asha.authenticator.verifies = false;
    assert_eq!(refused(office.add(&mut asha, "Key").await), PasskeyRefused::Unusable);
    asha.authenticator.verifies = true;
    asha.authenticator.origin = "https://evil.example".to_owned();
    assert_eq!(refused(office.add(&mut asha, "Key").await), PasskeyRefused::Unusable);
    let challenge = office.desk.begin_passkey(&asha.person, secret(PASSWORD)).await.unwrap();
    let garbage = office.desk.add_passkey(&asha.person, &challenge.key, "Key", "{}").await;
    assert_eq!(refused(garbage), PasskeyRefused::Unusable);
    assert!(office.desk.passkeys(&asha.person.id).await.unwrap().is_empty());

    // the same passkey for a second account
    asha.authenticator = SoftAuthenticator::new(3, ORIGIN);
    office.add(&mut asha, "Key").await.unwrap();
    let mut ravi = office.member("ravi", 3).await;
    assert_eq!(refused(office.add(&mut ravi, "Key").await), PasskeyRefused::Known);
}

#[tokio::test]
async fn an_authenticator_is_asked_not_to_make_a_second_one() {
    let office = Office::new();
    let mut asha = office.asha_with_passkey().await;
    let first = asha.authenticator.handle().unwrap().to_owned();
    let again = office.desk.begin_passkey(&asha.person, secret(PASSWORD)).await.unwrap();
    assert!(asha.authenticator.create(&again.options).is_none());
    assert_eq!(again.options["user"]["id"], first.as_str(), "one handle for all passkeys of an account");
    assert_eq!(again.options["attestation"], "none");
    assert_eq!(again.options["extensions"]["enforceCredentialProtectionPolicy"], false);
    assert_eq!(again.options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(again.options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(again.options["rp"]["id"], "portal.kaveri.example");
}

#[tokio::test]
async fn a_removed_passkey_is_of_no_use_and_ends_other_sessions() {
    let office = Office::new();
    let mut asha = office.asha_with_passkey().await;
    let (other, _) = office.sign_in(&mut asha.authenticator).await.unwrap();
    let id = office.desk.passkeys(&asha.person.id).await.unwrap()[0].id;
    let ravi = office.member("ravi", 2).await;
    let foreign = office.desk.remove_passkey(&ravi.person, &ravi.person.id, id).await;
    assert!(matches!(foreign, Err(StaffError::NotFound)), "{foreign:?}");
    office.desk.remove_passkey(&asha.person, &asha.person.id, id).await.unwrap();
    assert!(office.desk.person(other.secret()).await.is_err());
    assert_eq!(office.desk.sessions(&asha.person.id).await.unwrap().len(), 1, "the present one stays");
    assert_eq!(refused(office.sign_in(&mut asha.authenticator).await), PasskeyRefused::NotAccepted);
    let again = office.desk.remove_passkey(&asha.person, &asha.person.id, id).await;
    assert!(matches!(again, Err(StaffError::NotFound)));
    assert!(office.leaves().await.iter().any(|leaf| leaf.contains("passkey.removed")));
}

#[tokio::test]
async fn an_account_that_ends_or_begins_anew_has_no_passkeys() {
    for again in [true, false] {
        let office = Office::new();
        let mut asha = office.asha_with_passkey().await;
        let id = asha.person.id.clone();
        if again {
            office.desk.invite(&office.root, "asha", "Asha Rao", &[Role::Auditor]).await.unwrap();
        } else {
            office.desk.disable(&office.root, &id).await.unwrap();
        }
        assert!(office.desk.passkeys(&id).await.unwrap().is_empty());
        assert_eq!(refused(office.sign_in(&mut asha.authenticator).await), PasskeyRefused::NotAccepted);
    }
}

#[tokio::test]
async fn without_an_origin_there_are_no_passkeys() {
    let office = Office::at(None);
    let asha = office.member("asha", 1).await;
    assert_eq!(refused(office.desk.begin_passkey_sign_in().await), PasskeyRefused::Off);
    assert_eq!(refused(office.desk.begin_passkey(&asha.person, secret(PASSWORD)).await), PasskeyRefused::Off);
    assert!(office.desk.passkeys(&asha.person.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn challenges_nobody_answers_are_forgotten() {
    let office = Office::new();
    office.desk.begin_passkey_sign_in().await.unwrap();
    assert_eq!(office.desk.forget_old().await.unwrap(), 0);
    office.clock.advance(Span::from_seconds(5 * 60));
    assert_eq!(office.desk.forget_old().await.unwrap(), 1);
}

#[tokio::test]
async fn no_record_or_leaf_shows_a_name_or_a_key_of_a_challenge() {
    let office = Office::new();
    let asha = office.asha_with_passkey().await;
    let challenge = office.desk.begin_passkey_sign_in().await.unwrap();
    let ceremony = CeremonyRecord::key_of(sha256(challenge.key.as_bytes()));
    let ceremony = office.desk.store().get::<CeremonyRecord>(&ceremony).await.unwrap().unwrap().record;
    let record = office.desk.passkey_records(&asha.person.id).await.unwrap().remove(0).record;
    let listed = office.desk.passkeys(&asha.person.id).await.unwrap();
    let shown = format!(
        "{} {} {challenge:?} {listed:?} {:?}",
        serde_json::to_string(&record).unwrap(),
        serde_json::to_string(&ceremony).unwrap(),
        office.leaves().await,
    );
    for canary in [challenge.key.as_str(), "Telephone", "Asha Rao"] {
        assert!(!shown.contains(canary), "{canary}: {shown}");
    }
}
