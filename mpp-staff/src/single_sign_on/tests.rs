//! People sign in through a provider: who is let in, who is not, and what is left of it.

use mpp_core::{Span, StaffId};

use super::*;
use crate::office::Office;
use crate::second_factor::code_at;
use crate::{Role, StaffStanding};

const ADDRESS: &str = "asha@kaveri.example";

impl Office {
    async fn linked(&self, name: &str, address: &str) -> Result<(), StaffError> {
        self.desk.link_sign_on(&self.root, &id(name), address).await
    }

    async fn comes(
        &self,
        subject: &str,
        named: Named,
        second_factor: SecondFactor,
    ) -> Result<SignOnOutcome, StaffError> {
        let key = self.desk.begin_sign_on().await.unwrap();
        let taken = self.desk.take_sign_on(key.secret(), &key.state()).await.unwrap();
        let issuer = "https://login.kaveri.example".to_owned();
        let identity =
            VouchedIdentity { issuer, subject: subject.to_owned(), session: None, named, second_factor };
        self.desk.sign_on(&taken, identity).await
    }
}

fn id(name: &str) -> StaffId {
    name.parse().unwrap()
}

fn by(address: &str) -> Named {
    Named::By(address.to_owned())
}

fn refused<T: std::fmt::Debug>(result: Result<T, StaffError>) -> SignOnRefused {
    match result {
        Err(StaffError::SignOn(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

async fn code_needed(office: &Office, subject: &str) -> SignOnKey {
    match office.comes(subject, by(ADDRESS), SecondFactor::NotProved).await.unwrap() {
        SignOnOutcome::CodeNeeded(key) => key,
        other @ SignOnOutcome::Opened(..) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_linked_account_is_bound_the_first_time_and_nobody_else_takes_its_place() {
    let office = Office::new();
    office.joined("asha", &[Role::Auditor]).await;
    let nobody = office.comes("sub-1", by(ADDRESS), SecondFactor::Proved).await;
    assert_eq!(refused(nobody), SignOnRefused::Unknown, "nobody gets an account by signing in");
    office.linked("asha", ADDRESS).await.unwrap();
    let opened = office.comes("sub-1", by("Asha@Kaveri.example"), SecondFactor::Proved).await.unwrap();
    let SignOnOutcome::Opened(first, person) = opened else { panic!("{opened:?}") };
    assert_eq!(person.id, id("asha"));
    assert_eq!(office.desk.person(first.secret()).await.unwrap().id, id("asha"));

    let other = office.comes("sub-2", by(ADDRESS), SecondFactor::Proved).await;
    assert_eq!(refused(other), SignOnRefused::OtherSubject);
    // bound means bound: the address may change
    let moved = office.comes("sub-1", by("asha.rao@kaveri.example"), SecondFactor::Proved).await.unwrap();
    let SignOnOutcome::Opened(second, _) = moved else { panic!("{moved:?}") };
    assert_ne!(first, second, "every sign-in has a key of its own");
    let links = office.desk.sign_on_links().await.unwrap();
    assert_eq!((links.len(), links[0].bound), (1, true));
    let leaves = office.leaves().await.join("\n");
    for action in ["sign_on.linked", "sign_on.bound", "session.signed_on", "sign_on.refused"] {
        assert!(leaves.contains(action), "{action}: {leaves}");
    }
    for canary in [ADDRESS, "sub-1", "Asha Rao", first.secret()] {
        assert!(!leaves.contains(canary), "{canary}");
    }
}

#[tokio::test]
async fn the_desk_asks_for_its_own_code_when_the_provider_asked_for_none() {
    let office = Office::new();
    let totp = office.joined("asha", &[Role::Auditor]).await.totp;
    office.linked("asha", ADDRESS).await.unwrap();
    let key = code_needed(&office, "sub-1").await;
    let code = Zeroizing::new(code_at(&totp, office.desk.now()));
    let wrong = Zeroizing::new("000000".to_owned());
    let again = office.desk.sign_on_with_code(key.secret(), &wrong).await;
    assert!(matches!(again, Err(StaffError::WrongCode)), "{again:?}");
    let (session, _) = office.desk.sign_on_with_code(key.secret(), &code).await.unwrap();
    office.desk.person(session.secret()).await.unwrap();
    let used = office.desk.sign_on_with_code(key.secret(), &code).await;
    assert_eq!(refused(used), SignOnRefused::Stale, "once");

    let key = code_needed(&office, "sub-1").await;
    let replayed = office.desk.sign_on_with_code(key.secret(), &code).await;
    assert!(matches!(replayed, Err(StaffError::WrongCode)), "a code is good once: {replayed:?}");
    office.clock.advance(Span::from_minutes(11));
    let fresh = Zeroizing::new(code_at(&totp, office.desk.now()));
    assert_eq!(refused(office.desk.sign_on_with_code(key.secret(), &fresh).await), SignOnRefused::Stale);
    assert!(office.desk.forget_old().await.unwrap() >= 1, "what is over is removed");
}

#[tokio::test]
async fn guessing_codes_shuts_the_name() {
    let office = Office::new();
    office.joined("asha", &[Role::Auditor]).await;
    office.linked("asha", ADDRESS).await.unwrap();
    let key = code_needed(&office, "sub-1").await;
    let guess = Zeroizing::new("000000".to_owned());
    for turn in 0..6 {
        let refused = office.desk.sign_on_with_code(key.secret(), &guess).await;
        let locked = matches!(refused, Err(StaffError::Locked { .. }));
        assert_eq!(locked, turn == 5, "{turn}: {refused:?}");
    }
}

#[tokio::test]
async fn a_link_that_was_changed_meanwhile_does_not_let_in() {
    let office = Office::new();
    let totp = office.joined("asha", &[Role::Auditor]).await.totp;
    office.linked("asha", ADDRESS).await.unwrap();
    let key = code_needed(&office, "sub-1").await;
    office.linked("asha", "other@kaveri.example").await.unwrap();
    let code = Zeroizing::new(code_at(&totp, office.desk.now()));
    assert_eq!(refused(office.desk.sign_on_with_code(key.secret(), &code).await), SignOnRefused::Stale);
}

#[tokio::test]
async fn an_invited_person_comes_in_when_the_provider_asked_for_a_second_factor() {
    let office = Office::new();
    let token = office.invited("asha", &[Role::Auditor]).await;
    office.linked("asha", ADDRESS).await.unwrap();
    let without = office.comes("sub-1", by(ADDRESS), SecondFactor::NotProved).await;
    assert_eq!(refused(without), SignOnRefused::NoSecondFactor);
    office.comes("sub-1", by(ADDRESS), SecondFactor::Proved).await.unwrap();
    assert_eq!(office.desk.member_of(&id("asha")).await.unwrap().standing, StaffStanding::Active);
    let late = office.desk.open_invitation(&token).await;
    assert!(matches!(late, Err(StaffError::InvitationUnknown)), "the invitation is used up: {late:?}");

    office.invited("ravi", &[Role::Auditor]).await;
    office.linked("ravi", "ravi@kaveri.example").await.unwrap();
    office.clock.advance(Span::from_days(7));
    let late = office.comes("sub-2", by("ravi@kaveri.example"), SecondFactor::Proved).await;
    assert!(matches!(late, Err(StaffError::InvitationUnknown)), "{late:?}");
}

#[tokio::test]
async fn who_joined_through_the_provider_is_not_asked_for_a_code_nobody_has() {
    let office = Office::new();
    office.invited("asha", &[Role::Auditor]).await;
    office.linked("asha", ADDRESS).await.unwrap();
    office.comes("sub-1", by(ADDRESS), SecondFactor::Proved).await.unwrap();
    let without = office.comes("sub-1", by(ADDRESS), SecondFactor::NotProved).await;
    assert_eq!(refused(without), SignOnRefused::FactorAtProvider);
    office.comes("sub-1", by(ADDRESS), SecondFactor::Proved).await.unwrap();
}

#[tokio::test]
async fn shutting_and_inviting_again_take_the_link() {
    let office = Office::new();
    office.joined("asha", &[Role::Auditor]).await;
    office.linked("asha", ADDRESS).await.unwrap();
    office.comes("sub-1", by(ADDRESS), SecondFactor::Proved).await.unwrap();
    office.desk.disable(&office.root, &id("asha")).await.unwrap();
    let shut = office.comes("sub-1", by(ADDRESS), SecondFactor::Proved).await;
    assert_eq!(refused(shut), SignOnRefused::Unknown);
    assert_eq!(refused(office.linked("asha", ADDRESS).await), SignOnRefused::Shut);
    // the account may belong to another person now
    office.joined("asha", &[Role::Auditor]).await;
    let old = office.comes("sub-1", by(ADDRESS), SecondFactor::Proved).await;
    assert_eq!(refused(old), SignOnRefused::Unknown);
}

#[tokio::test]
async fn an_account_that_is_forgotten_leaves_no_link_to_who_gets_its_name() {
    let office = Office::new();
    office.invited("asha", &[Role::Auditor]).await;
    office.linked("asha", ADDRESS).await.unwrap();
    office.clock.advance(Span::from_days(8));
    assert_eq!(office.desk.forget_former(Span::from_hours(1)).await.unwrap(), 1);
    assert!(office.desk.sign_on_links().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_link_that_an_earlier_program_left_behind_goes_with_the_next_invitation() {
    let office = Office::new();
    office.invited("asha", &[Role::Auditor]).await;
    office.linked("asha", ADDRESS).await.unwrap();
    let account = office.desk.account(&id("asha")).await.unwrap();
    let mut batch = WriteBatch::new();
    batch.delete::<StaffRecord>(&StaffRecord::key_of(&id("asha")), account.version);
    office.desk.store().commit(batch).await.unwrap();
    office.invited("asha", &[Role::Auditor]).await;
    let old = office.comes("sub-1", by(ADDRESS), SecondFactor::Proved).await;
    assert_eq!(refused(old), SignOnRefused::Unknown);
}

#[tokio::test]
async fn an_account_that_is_shut_while_it_is_linked_has_no_link() {
    let office = Office::new();
    office.joined("asha", &[Role::Auditor]).await;
    let (desk, root) = (&office.desk, &office.root);
    let linking = desk.linking(root, &id("asha"), ADDRESS).await.unwrap();
    desk.disable(root, &id("asha")).await.unwrap();
    let late = desk.store().commit(linking).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");

    office.joined("asha", &[Role::Auditor]).await;
    let mut shutting = WriteBatch::new();
    assert!(!desk.unlink_in(&mut shutting, &id("asha")).await.unwrap());
    office.linked("asha", ADDRESS).await.unwrap();
    let late = desk.store().commit(shutting).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
}

#[tokio::test]
async fn an_attempt_is_good_once_for_its_own_answer_and_for_ten_minutes() {
    let office = Office::new();
    let (one, other) =
        (office.desk.begin_sign_on().await.unwrap(), office.desk.begin_sign_on().await.unwrap());
    let take = |key: &SignOnKey, state: String| {
        let (desk, secret) = (office.desk.clone(), key.secret().to_owned());
        async move { desk.take_sign_on(&secret, &state).await }
    };
    assert_eq!(refused(take(&one, other.state()).await), SignOnRefused::OtherState);
    assert_eq!(refused(take(&one, String::new()).await), SignOnRefused::OtherState);
    take(&one, one.state()).await.unwrap();
    assert_eq!(refused(take(&one, one.state()).await), SignOnRefused::Stale);
    office.clock.advance(Span::from_minutes(10));
    assert_eq!(refused(take(&other, other.state()).await), SignOnRefused::Stale);
    assert_eq!(refused(office.desk.take_sign_on("mppo_short", "x").await), SignOnRefused::Stale);
    let derived = [one.state(), one.nonce(), one.verifier().as_str().to_owned()];
    assert!(derived.iter().all(|text| text.len() == 64 && !one.secret().contains(text.as_str())));
    assert!(derived[0] != derived[1] && derived[1] != derived[2]);
    assert_eq!(office.desk.forget_old().await.unwrap(), 1);
}

#[tokio::test]
async fn administrators_link_others_to_names_nobody_else_has() {
    let office = Office::new();
    office.joined("asha", &[Role::Auditor]).await;
    office.joined("ravi", &[Role::Auditor]).await;
    office.linked("asha", &format!("  {ADDRESS} ")).await.unwrap();
    assert_eq!(refused(office.linked("ravi", "ASHA@kaveri.example").await), SignOnRefused::Taken);
    for bad in ["", " ", "a\nb", &"x".repeat(255)] {
        assert!(matches!(office.linked("ravi", bad).await, Err(StaffError::Invalid(_))), "{bad}");
    }
    assert!(matches!(office.linked("nobody", "x").await, Err(StaffError::NotFound)));
    let asha = Person { id: id("asha"), roles: vec![Role::Administrator], session: None };
    let own = office.desk.link_sign_on(&asha, &id("asha"), "x").await;
    assert!(matches!(own, Err(StaffError::Oneself)), "{own:?}");
    assert!(matches!(office.desk.unlink_sign_on(&asha, &id("asha")).await, Err(StaffError::Oneself)));

    let opened = office.comes("sub-1", by(ADDRESS), SecondFactor::Proved).await.unwrap();
    let SignOnOutcome::Opened(key, _) = opened else { panic!("{opened:?}") };
    office.desk.unlink_sign_on(&office.root, &id("asha")).await.unwrap();
    assert!(office.desk.person(key.secret()).await.is_err(), "the sessions end with the link");
    let again = office.desk.unlink_sign_on(&office.root, &id("asha")).await;
    assert!(matches!(again, Err(StaffError::NotFound)), "{again:?}");
}

#[tokio::test]
async fn a_name_that_is_not_vouched_for_finds_nobody() {
    let office = Office::new();
    office.joined("asha", &[Role::Auditor]).await;
    office.linked("asha", ADDRESS).await.unwrap();
    let unverified = office.comes("sub-1", Named::Unverified, SecondFactor::Proved).await;
    assert_eq!(refused(unverified), SignOnRefused::Unverified);
    let unnamed = office.comes("sub-1", Named::Nothing, SecondFactor::Proved).await;
    assert_eq!(refused(unnamed), SignOnRefused::Unnamed);
    let link = office.desk.all_links().await.unwrap().remove(0).record;
    let shown = format!("{} {:?}", serde_json::to_string(&link).unwrap(), office.desk.sign_on_links().await);
    assert!(!shown.contains("kaveri"), "{shown}");
}
