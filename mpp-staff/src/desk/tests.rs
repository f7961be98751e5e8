//! People join, sign in, are locked out, and lose their sessions.

use mpp_store::LeafIndex;

use super::*;
use crate::office::{Office, PASSWORD, secret};
use crate::saved_views::SavedViewsRecord;
use crate::second_factor::code_at;
use crate::{Credentials, MOST_VIEWS, SavedView, SessionKey, StaffStanding};

impl Office {
    async fn with_asha(roles: &[Role]) -> (Self, Zeroizing<String>, SessionKey) {
        let office = Self::new();
        let asha = office.joined("Asha", roles).await;
        (office, asha.totp, asha.session)
    }

    async fn try_as_asha(&self, password: &str, code: &str) -> Result<(SessionKey, Person), StaffError> {
        let credentials =
            Credentials { name: "asha".to_owned(), password: secret(password), code: secret(code) };
        self.desk.sign_in(credentials).await
    }

    fn code(&self, totp: &str) -> String {
        code_at(totp, self.desk.now())
    }
}

#[tokio::test]
async fn a_person_joins_and_signs_in() {
    let (office, totp, first) = Office::with_asha(&[Role::Auditor]).await;
    assert_eq!(office.desk.person(first.secret()).await.unwrap().id.as_str(), "asha");
    let (second, person) = office.try_as_asha(PASSWORD, &office.code(&totp)).await.unwrap();
    assert_eq!(person.roles, [Role::Auditor]);
    assert_ne!(first, second, "every sign-in has a key of its own");
    assert_eq!(office.desk.sessions(&person.id).await.unwrap().len(), 2);
    let member = office.desk.member_of(&person.id).await.unwrap();
    assert_eq!((member.name.as_str(), member.standing), ("Asha Rao", StaffStanding::Active));
}

#[tokio::test]
async fn a_code_is_good_once() {
    let (office, totp, _) = Office::with_asha(&[Role::Auditor]).await;
    let code = office.code(&totp);
    office.try_as_asha(PASSWORD, &code).await.unwrap();
    let again = office.try_as_asha(PASSWORD, &code).await;
    assert!(matches!(again, Err(StaffError::WrongCredentials)), "{again:?}");
    office.clock.advance(Span::from_seconds(30));
    office.try_as_asha(PASSWORD, &office.code(&totp)).await.unwrap();
}

#[tokio::test]
async fn wrong_passwords_shut_a_name_for_a_while() {
    let (office, totp, _) = Office::with_asha(&[Role::Auditor]).await;
    for turn in 0..5 {
        let refused = office.try_as_asha("wrong", &office.code(&totp)).await;
        assert!(matches!(refused, Err(StaffError::WrongCredentials)), "{turn}: {refused:?}");
    }
    for turn in 5..10 {
        let refused = office.try_as_asha(PASSWORD, &office.code(&totp)).await;
        assert!(matches!(refused, Err(StaffError::Locked { .. })), "{turn}: {refused:?}");
    }
    office.clock.advance(Span::from_seconds(15 * 60 + 1));
    office.try_as_asha(PASSWORD, &office.code(&totp)).await.unwrap();
}

#[tokio::test]
async fn an_unknown_name_is_treated_like_a_known_one() {
    let office = Office::new();
    let try_nobody = || {
        let credentials =
            Credentials { name: "nobody".to_owned(), password: secret(PASSWORD), code: secret("123456") };
        office.desk.sign_in(credentials)
    };
    for _ in 0..5 {
        assert!(matches!(try_nobody().await, Err(StaffError::WrongCredentials)));
    }
    assert!(matches!(try_nobody().await, Err(StaffError::Locked { .. })));
    assert_eq!(office.desk.forget_old().await.unwrap(), 0, "a shut name stays shut");
    office.clock.advance(Span::from_hours(1));
    assert_eq!(office.desk.forget_old().await.unwrap(), 1, "what is long past is forgotten");
}

#[tokio::test]
async fn sessions_end_by_age_idleness_and_revocation() {
    let (office, _, key) = Office::with_asha(&[Role::Auditor]).await;
    office.clock.advance(Span::from_seconds(28 * 60));
    let person = office.desk.person(key.secret()).await.unwrap();
    office.clock.advance(Span::from_seconds(28 * 60));
    office.desk.person(key.secret()).await.unwrap();
    office.clock.advance(Span::from_seconds(31 * 60));
    assert!(matches!(office.desk.person(key.secret()).await, Err(StaffError::Unauthenticated)));
    assert!(office.desk.sessions(&person.id).await.unwrap().is_empty());
    assert_eq!(office.desk.forget_old().await.unwrap(), 1);

    let (office, _, key) = Office::with_asha(&[Role::Auditor]).await;
    let person = office.desk.person(key.secret()).await.unwrap();
    let session = person.session.unwrap();
    let other: StaffId = "ravi".parse().unwrap();
    let refused = office.desk.end_session(&person, Some(&other), session).await;
    assert!(matches!(refused, Err(StaffError::NotFound)), "{refused:?}");
    office.desk.end_session(&person, Some(&person.id), session).await.unwrap();
    assert!(matches!(office.desk.person(key.secret()).await, Err(StaffError::Unauthenticated)));
}

#[tokio::test]
async fn the_longest_session_ends_after_twelve_hours() {
    let (office, _, key) = Office::with_asha(&[Role::Auditor]).await;
    for _ in 0..35 {
        office.clock.advance(Span::from_seconds(20 * 60));
        office.desk.person(key.secret()).await.unwrap();
    }
    office.clock.advance(Span::from_seconds(25 * 60));
    assert!(office.desk.person(key.secret()).await.is_err());
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once() {
    let (office, totp, key) = Office::with_asha(&[Role::Auditor]).await;
    let asha: StaffId = "asha".parse().unwrap();
    office.desk.disable(&office.root, &asha).await.unwrap();
    assert!(office.desk.person(key.secret()).await.is_err());
    assert!(office.try_as_asha(PASSWORD, &office.code(&totp)).await.is_err());
    assert_eq!(office.desk.member_of(&asha).await.unwrap().standing, StaffStanding::Disabled);
}

#[tokio::test]
async fn nobody_changes_their_own_roles() {
    let (office, _, key) = Office::with_asha(&[Role::Administrator]).await;
    let asha = office.desk.person(key.secret()).await.unwrap();
    let refused = office.desk.set_roles(&asha, &asha.id, &[Role::Finance], None).await;
    assert!(matches!(refused, Err(StaffError::Oneself)));
    assert!(matches!(office.desk.disable(&asha, &asha.id).await, Err(StaffError::Oneself)));
    office.desk.set_roles(&office.root, &asha.id, &[Role::Finance], None).await.unwrap();
    assert_eq!(office.desk.person(key.secret()).await.unwrap().roles, [Role::Finance]);
    let refused = office.desk.set_roles(&office.root, &asha.id, &[Role::Caseworker], None).await;
    assert!(matches!(refused, Err(StaffError::Invalid(_))), "not a role of central");
}

#[tokio::test]
async fn who_saw_other_roles_than_the_present_ones_sets_none() {
    let (office, _, key) = Office::with_asha(&[Role::Finance, Role::Auditor]).await;
    let id = StaffId::try_from("asha".to_owned()).unwrap();
    let (desk, root, shown) = (&office.desk, &office.root, [Role::Auditor, Role::Finance]);
    desk.set_roles(root, &id, &[Role::Auditor], Some(&shown)).await.unwrap();
    // an older page, on which nobody took the finance role away
    let more = [Role::Auditor, Role::Finance, Role::Operations];
    let refused = desk.set_roles(root, &id, &more, Some(&shown)).await;
    assert!(matches!(refused, Err(StaffError::RolesMovedOn)), "{refused:?}");
    assert_eq!(desk.person(key.secret()).await.unwrap().roles, [Role::Auditor]);
    desk.set_roles(root, &id, &more, Some(&[Role::Auditor])).await.unwrap();
    assert_eq!(desk.person(key.secret()).await.unwrap().roles.len(), 3);
}

#[tokio::test]
async fn an_invitation_is_good_once_and_for_a_week() {
    let office = Office::new();
    let invited = office.desk.invite(&office.root, "ravi", "Ravi Iyer", &[Role::Finance]).await.unwrap();
    let opened = office.desk.open_invitation(&invited.token).await.unwrap();
    let code = office.code(&opened.secret);
    let weak = office.desk.join(&invited.token, secret("password1234"), &code).await;
    assert!(matches!(weak, Err(StaffError::WeakPassword)));
    let wrong = office.desk.join(&invited.token, secret(PASSWORD), "000000").await;
    assert!(matches!(wrong, Err(StaffError::WrongCode)));
    office.desk.join(&invited.token, secret(PASSWORD), &code).await.unwrap();
    let again = office.desk.open_invitation(&invited.token).await;
    assert!(matches!(again, Err(StaffError::InvitationUnknown)));

    let late = office.desk.invite(&office.root, "mira", "Mira", &[Role::Finance]).await.unwrap();
    office.clock.advance(Span::from_days(7));
    let refused = office.desk.open_invitation(&late.token).await;
    assert!(matches!(refused, Err(StaffError::InvitationUnknown)));
    let reserved = office.desk.invite(&office.root, "robot", "R", &[Role::Finance]).await;
    assert!(matches!(reserved, Err(StaffError::NameTaken)));
}

#[tokio::test]
async fn who_opened_an_invitation_earlier_does_not_have_the_second_factor() {
    let office = Office::new();
    let (desk, token) = (&office.desk, office.invited("ravi", &[Role::Finance]).await);
    let early = desk.open_invitation(&token).await.unwrap().secret;
    let opened = desk.open_invitation(&token).await.unwrap().secret;
    let void = desk.join(&token, secret(PASSWORD), &office.code(&early)).await;
    assert!(matches!(void, Err(StaffError::WrongCode)), "{void:?}");
    let again = desk.show_invitation_again(&token, &opened).await.unwrap().secret;
    assert_eq!(again.as_str(), opened.as_str(), "who joins has set this one up");
    let other = desk.show_invitation_again(&token, &early).await.unwrap().secret;
    assert!(
        ![early.as_str(), opened.as_str()].contains(&other.as_str()),
        "nobody learns one from a void one"
    );
    desk.join(&token, secret(PASSWORD), &office.code(&other)).await.unwrap();
}

#[tokio::test]
async fn an_account_has_a_name_that_survives_in_a_path() {
    let office = Office::new();
    let invite = |name| office.desk.invite(&office.root, name, "Asha Rao", &[Role::Auditor]);
    let long = "x".repeat(65);
    for bad in ["", " ", "acme/asha", "a?b", "a#b", "a%2fb", "a b", "आशा", ".", "...", &long] {
        let refused = invite(bad).await;
        assert!(matches!(refused, Err(StaffError::NameUnusable)), "{bad}: {refused:?}");
    }
    for good in ["Asha.Rao", "asha_rao-2", ".a"] {
        assert_eq!(invite(good).await.unwrap().id.as_str(), good.to_lowercase());
    }
}

#[tokio::test]
async fn a_new_password_takes_the_old_one_and_ends_other_sessions() {
    let (office, totp, first) = Office::with_asha(&[Role::Auditor]).await;
    let (second, person) = office.try_as_asha(PASSWORD, &office.code(&totp)).await.unwrap();
    let fresh = "wooden spoon orbits mercury";
    let wrong = office.desk.change_password(&person, secret("wrong"), secret(fresh)).await;
    assert!(matches!(wrong, Err(StaffError::WrongPassword)), "{wrong:?}");
    let weak = office.desk.change_password(&person, secret(PASSWORD), secret("password1234")).await;
    assert!(matches!(weak, Err(StaffError::WeakPassword)), "{weak:?}");
    office.desk.change_password(&person, secret(PASSWORD), secret(fresh)).await.unwrap();
    assert!(office.desk.person(first.secret()).await.is_err());
    office.desk.person(second.secret()).await.unwrap();
    office.clock.advance(Span::from_seconds(30));
    assert!(office.try_as_asha(PASSWORD, &office.code(&totp)).await.is_err());
    office.clock.advance(Span::from_seconds(30));
    office.try_as_asha(fresh, &office.code(&totp)).await.unwrap();
}

#[tokio::test]
async fn the_right_present_password_counts_no_failure_whatever_the_new_one_is() {
    let (office, totp, key) = Office::with_asha(&[Role::Auditor]).await;
    let person = office.desk.person(key.secret()).await.unwrap();
    for turn in 0..5 {
        let weak = office.desk.change_password(&person, secret(PASSWORD), secret("password1234")).await;
        assert!(matches!(weak, Err(StaffError::WeakPassword)), "{turn}: {weak:?}");
    }
    for turn in 0..4 {
        let wrong = office.desk.change_password(&person, secret("wrong"), secret("x")).await;
        assert!(matches!(wrong, Err(StaffError::WrongPassword)), "{turn}: {wrong:?}");
    }
    let fresh = "wooden spoon orbits mercury";
    office.desk.change_password(&person, secret(PASSWORD), secret(fresh)).await.unwrap();
    office.try_as_asha(fresh, &office.code(&totp)).await.unwrap();
    for turn in 0..5 {
        let wrong = office.desk.change_password(&person, secret(PASSWORD), secret("x")).await;
        assert!(matches!(wrong, Err(StaffError::WrongPassword)), "{turn}: {wrong:?}");
    }
    let shut = office.desk.change_password(&person, secret(fresh), secret(PASSWORD)).await;
    assert!(matches!(shut, Err(StaffError::Locked { .. })), "{shut:?}");
}

#[tokio::test]
async fn inviting_again_ends_what_was() {
    let (office, totp, key) = Office::with_asha(&[Role::Auditor]).await;
    let asha = StaffId::try_from("asha".to_owned()).unwrap();
    office.desk.save_view(&asha, "/requests", "Mine", "status=placed").await.unwrap();
    office.desk.invite(&office.root, "asha", "Asha Rao", &[Role::Auditor]).await.unwrap();
    assert!(office.desk.person(key.secret()).await.is_err());
    assert!(office.try_as_asha(PASSWORD, &office.code(&totp)).await.is_err());
    assert!(office.desk.saved_views(&asha).await.unwrap().is_empty());
}

#[tokio::test]
async fn no_record_or_leaf_shows_a_name_or_secret() {
    let (office, totp, key) = Office::with_asha(&[Role::Auditor]).await;
    let asha = office.desk.account(&"asha".parse().unwrap()).await.unwrap();
    let person = office.desk.person(key.secret()).await.unwrap();
    let leaves = office.desk.store().leaves(LeafIndex(0), 100).await.unwrap();
    assert!(leaves.len() >= 3);
    let leaves: Vec<String> =
        leaves.iter().map(|leaf| String::from_utf8_lossy(leaf.leaf.bytes()).into_owned()).collect();
    let record = serde_json::to_string(&asha.record).unwrap();
    let shown = format!("{record} {leaves:?} {person:?} {key:?} {:?}", office.desk);
    for canary in [PASSWORD, totp.as_str(), key.secret(), "Asha Rao", "$argon2id"] {
        assert!(!shown.contains(canary), "{canary}");
    }
}

#[tokio::test]
async fn views_are_kept_renamed_and_removed_each_by_its_owner() {
    let office = Office::new();
    let [asha, ravi] = ["asha", "ravi"].map(|id| StaffId::try_from(id.to_owned()).unwrap());
    let desk = &office.desk;
    desk.save_view(&asha, "/requests", " Mine ", "status=placed").await.unwrap();
    desk.save_view(&asha, "/requests", "Old", "status=expired").await.unwrap();
    desk.save_view(&asha, "/requests", "Mine", "status=opened").await.unwrap();
    let seen = |views: Vec<SavedView>| {
        views.into_iter().map(|view| (view.number, view.name, view.query)).collect::<Vec<_>>()
    };
    let mine = (1, "Mine".to_owned(), "status=opened".to_owned());
    let old = (2, "Old".to_owned(), "status=expired".to_owned());
    assert_eq!(seen(desk.saved_views(&asha).await.unwrap()), [mine.clone(), old]);
    assert!(desk.saved_views(&ravi).await.unwrap().is_empty(), "nobody sees those of others");
    assert!(matches!(desk.rename_view(&ravi, 1, "x").await, Err(StaffError::NotFound)));
    assert!(matches!(desk.remove_view(&ravi, 1).await, Err(StaffError::NotFound)));
    assert!(matches!(desk.rename_view(&asha, 2, "Mine").await, Err(StaffError::ViewNameTaken)));
    desk.rename_view(&asha, 2, "Older").await.unwrap();
    desk.remove_view(&asha, 2).await.unwrap();
    assert_eq!(seen(desk.saved_views(&asha).await.unwrap()), [mine]);
    desk.save_view(&asha, "/requests", "New", "status=placed").await.unwrap();
    assert_eq!(desk.saved_views(&asha).await.unwrap()[1].number, 3, "no number is used twice");
}

#[tokio::test]
async fn views_are_bounded_checked_and_sealed() {
    let office = Office::new();
    let asha = StaffId::try_from("asha".to_owned()).unwrap();
    let desk = &office.desk;
    let long = "x".repeat(61);
    for (page, name, query) in [
        ("/requests", "", "status=placed"),
        ("/requests", long.as_str(), "status=placed"),
        ("/requests", "line\nbreak", "status=placed"),
        ("//evil.example", "x", "status=placed"),
        ("https://evil.example", "x", "status=placed"),
        ("/requests?x", "x", "status=placed"),
        ("/requests", "x", ""),
        ("/requests", "x", "a=<script>"),
        ("/requests", "x", "a=1#b"),
    ] {
        let refused = desk.save_view(&asha, page, name, query).await;
        assert!(matches!(refused, Err(StaffError::Invalid(_))), "{page} {name} {query}");
    }
    for at in 0..MOST_VIEWS {
        desk.save_view(&asha, "/requests", &format!("view {at}"), "caseRef=CANARY").await.unwrap();
    }
    let refused = desk.save_view(&asha, "/requests", "one more", "status=placed").await;
    assert!(matches!(refused, Err(StaffError::TooManyViews)));
    desk.save_view(&asha, "/requests", "view 7", "status=placed").await.unwrap();
    let kept = desk.store().get::<SavedViewsRecord>(&SavedViewsRecord::key_of(&asha)).await.unwrap().unwrap();
    let text = serde_json::to_string(&kept.record).unwrap();
    assert!(!text.contains("CANARY") && !text.contains("view 7") && !text.contains("requests"), "{text}");
    assert!(!format!("{:?}", desk.saved_views(&asha).await.unwrap()).contains("CANARY"));
}

#[tokio::test]
async fn a_shut_account_keeps_no_views() {
    let (office, _, _) = Office::with_asha(&[Role::Auditor]).await;
    let asha = StaffId::try_from("asha".to_owned()).unwrap();
    office.desk.save_view(&asha, "/requests", "Mine", "status=placed").await.unwrap();
    office.desk.disable(&office.root, &asha).await.unwrap();
    assert!(office.desk.saved_views(&asha).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_account_goes_when_it_was_shut_longer_ago_than_the_log_is_kept() {
    let (office, ..) = Office::with_asha(&[Role::Operations]).await;
    let kept = Span::from_days(1000);
    office.desk.invite(&office.root, "vikram", "Vikram Shah", &[Role::Operations]).await.unwrap();
    let asha: StaffId = "asha".parse().unwrap();
    office.clock.advance(Span::from_days(1));
    office.desk.disable(&office.root, &asha).await.unwrap();
    office.clock.advance(kept);
    office.desk.disable(&office.root, &asha).await.unwrap();
    assert_eq!(office.desk.forget_former(kept).await.unwrap(), 0, "shutting it again changes nothing");
    office.clock.advance(Span::from_millis(1));
    assert_eq!(office.desk.forget_former(kept).await.unwrap(), 1);
    let people = office.desk.people(None, 10).await.unwrap().items;
    assert_eq!(people.iter().map(|member| member.id.as_str()).collect::<Vec<_>>(), ["vikram"]);
    office.clock.advance(Span::from_days(30));
    assert_eq!(office.desk.forget_former(kept).await.unwrap(), 1, "nobody took the invitation");
    assert_eq!(office.desk.forget_former(kept).await.unwrap(), 0);
    office.desk.invite(&office.root, "asha", "Asha Menon", &[Role::Operations]).await.unwrap();
}

#[tokio::test]
async fn an_account_shut_by_an_earlier_program_is_kept_from_now_on() {
    let (office, ..) = Office::with_asha(&[Role::Operations]).await;
    let mut read = office.desk.account(&"asha".parse().unwrap()).await.unwrap();
    read.record.standing = serde_json::from_value(serde_json::json!({ "state": "disabled" })).unwrap();
    let mut batch = WriteBatch::new();
    batch.update(read.version, &read.record);
    office.desk.store().commit(batch).await.unwrap();
    let kept = Span::from_days(1000);
    office.clock.advance(Span::from_days(2000));
    assert_eq!(office.desk.forget_former(kept).await.unwrap(), 0);
    office.clock.advance(kept);
    office.clock.advance(Span::from_millis(1));
    assert_eq!(office.desk.forget_former(kept).await.unwrap(), 1);
}
