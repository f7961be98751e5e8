//! People sign out at the provider: what ends here, what stays, and what is left of it.

use mpp_core::{Span, StaffId};
use zeroize::Zeroizing;

use super::*;
use crate::office::{Office, PASSWORD, secret};
use crate::second_factor::code_at;
use crate::{Credentials, Named, Role, SecondFactor, SessionKey, SignOnKey, SignOnOutcome, VouchedIdentity};

const ISSUER: &str = "https://login.kaveri.example";

fn id(name: &str) -> StaffId {
    name.parse().unwrap()
}

fn person(subject: &str) -> SignedOut {
    SignedOut::Person { subject: subject.to_owned() }
}

fn session(session: &str, subject: Option<&str>) -> SignedOut {
    SignedOut::Session { session: session.to_owned(), subject: subject.map(str::to_owned) }
}

impl Office {
    async fn linked_to(&self, name: &str) -> Zeroizing<String> {
        let totp = self.joined(name, &[Role::Auditor]).await.totp;
        let address = format!("{name}@kaveri.example");
        self.desk.link_sign_on(&self.root, &id(name), &address).await.unwrap();
        totp
    }

    async fn vouched(
        &self,
        name: &str,
        provider_session: Option<&str>,
        second_factor: SecondFactor,
    ) -> SignOnOutcome {
        let identity = VouchedIdentity {
            issuer: ISSUER.to_owned(),
            subject: format!("subject-{name}"),
            session: provider_session.map(str::to_owned),
            named: Named::By(format!("{name}@kaveri.example")),
            second_factor,
        };
        self.desk.sign_on(identity).await.unwrap()
    }

    async fn inside(&self, name: &str, provider_session: Option<&str>) -> SessionKey {
        match self.vouched(name, provider_session, SecondFactor::Proved).await {
            SignOnOutcome::Opened(key, _) => key,
            other @ SignOnOutcome::CodeNeeded(_) => panic!("{other:?}"),
        }
    }

    async fn half_way(&self, name: &str, provider_session: Option<&str>) -> SignOnKey {
        match self.vouched(name, provider_session, SecondFactor::NotProved).await {
            SignOnOutcome::CodeNeeded(key) => key,
            other @ SignOnOutcome::Opened(..) => panic!("{other:?}"),
        }
    }

    async fn told_by(&self, issuer: &str, name: &str, whom: SignedOut) -> Result<usize, StaffError> {
        let until = self.desk.now().plus(Span::from_minutes(15));
        let notice = SignOutNotice { issuer: issuer.to_owned(), name: name.to_owned(), whom, until };
        self.desk.signed_out_at_provider(&notice).await
    }

    async fn told(&self, name: &str, whom: SignedOut) -> Result<usize, StaffError> {
        self.told_by(ISSUER, name, whom).await
    }

    async fn holds(&self, key: &SessionKey) -> bool {
        self.desk.person(key.secret()).await.is_ok()
    }
}

#[tokio::test]
async fn a_session_at_the_provider_takes_what_was_opened_in_it() {
    let office = Office::new();
    office.linked_to("asha").await;
    office.linked_to("ravi").await;
    let (laptop, again) =
        (office.inside("asha", Some("s-1")).await, office.inside("asha", Some("s-1")).await);
    let (telephone, ravi) =
        (office.inside("asha", Some("s-2")).await, office.inside("ravi", Some("s-3")).await);
    assert_eq!(office.told("n-1", session("s-1", None)).await.unwrap(), 2);
    assert!(!office.holds(&laptop).await && !office.holds(&again).await);
    assert!(office.holds(&telephone).await && office.holds(&ravi).await);
    // of both, both must be true
    assert_eq!(office.told("n-2", session("s-2", Some("subject-ravi"))).await.unwrap(), 0);
    assert!(office.holds(&telephone).await);
    assert_eq!(office.told("n-3", session("s-2", Some("subject-asha"))).await.unwrap(), 1);
    assert!(!office.holds(&telephone).await && office.holds(&ravi).await);
}

#[tokio::test]
async fn a_person_who_signed_out_everywhere_keeps_only_what_the_provider_did_not_open() {
    let office = Office::new();
    let totp = office.linked_to("asha").await;
    office.linked_to("ravi").await;
    let ravi = office.inside("ravi", Some("s-9")).await;
    let opened = [office.inside("asha", Some("s-1")).await, office.inside("asha", None).await];
    let code = Zeroizing::new(code_at(&totp, office.desk.now()));
    let credentials = Credentials { name: "asha".into(), password: secret(PASSWORD), code };
    let (own, _) = office.desk.sign_in(credentials).await.unwrap();
    assert_eq!(office.told_by("https://other.example", "n-1", person("subject-asha")).await.unwrap(), 0);
    assert_eq!(office.told("n-1", person("subject-asha")).await.unwrap(), 2, "a name of another provider's");
    for key in &opened {
        assert!(!office.holds(key).await);
    }
    assert!(office.holds(&own).await && office.holds(&ravi).await);
    let leaves = office.leaves().await;
    let told: Vec<_> = leaves.iter().filter(|leaf| leaf.contains("session.signed_out_at_provider")).collect();
    assert_eq!(told.len(), 2, "{leaves:?}");
    assert!(
        told.iter().all(|leaf| leaf.contains(r#""staff":"asha""#) && !leaf.contains("actor")),
        "{told:?}"
    );
    for canary in ["subject-asha", "s-1", "n-1"] {
        assert!(!leaves.join("\n").contains(canary), "{canary}");
    }
}

#[tokio::test]
async fn a_notice_is_taken_once_and_remembered_as_long_as_it_would_be_believed() {
    let office = Office::new();
    office.linked_to("asha").await;
    assert_eq!(office.told("n-1", person("subject-asha")).await.unwrap(), 0, "nobody is there: done already");
    let opened = office.inside("asha", Some("s-1")).await;
    let again = office.told("n-1", person("subject-asha")).await;
    assert!(matches!(again, Err(StaffError::SignOn(SignOnRefused::NoticeRepeated))), "{again:?}");
    assert!(office.holds(&opened).await);
    office.clock.advance(Span::from_minutes(15));
    assert_eq!(office.desk.forget_old().await.unwrap(), 0);
    assert!(office.told("n-1", person("subject-asha")).await.is_err());
    office.clock.advance(Span::from_seconds(1));
    assert_eq!(office.desk.forget_old().await.unwrap(), 1);
}

#[tokio::test]
async fn a_sign_in_that_waits_for_its_code_ends_too() {
    let office = Office::new();
    let totp = office.linked_to("asha").await;
    let (one, other) =
        (office.half_way("asha", Some("s-1")).await, office.half_way("asha", Some("s-2")).await);
    assert_eq!(office.told("n-1", session("s-1", None)).await.unwrap(), 0);
    let code = Zeroizing::new(code_at(&totp, office.desk.now()));
    let late = office.desk.sign_on_with_code(one.secret(), &code).await;
    assert!(matches!(late, Err(StaffError::SignOn(SignOnRefused::Stale))), "{late:?}");
    let (opened, _) = office.desk.sign_on_with_code(other.secret(), &code).await.unwrap();
    // the session that comes of it is known by the same marks
    assert_eq!(office.told("n-2", session("s-2", Some("subject-asha"))).await.unwrap(), 1);
    assert!(!office.holds(&opened).await);
}

#[tokio::test]
async fn a_session_that_was_used_is_still_found() {
    let office = Office::new();
    office.linked_to("asha").await;
    let opened = office.inside("asha", Some("s-1")).await;
    for _ in 0..3 {
        office.clock.advance(Span::from_minutes(20));
        assert!(office.holds(&opened).await);
    }
    assert_eq!(office.told("n-1", session("s-1", None)).await.unwrap(), 1);
    // one that was over by itself is not told of again
    office.inside("asha", Some("s-2")).await;
    office.clock.advance(Span::from_minutes(31));
    assert_eq!(office.told("n-2", session("s-2", None)).await.unwrap(), 0);
}

#[tokio::test]
async fn nothing_kept_says_who_or_which_session_it_was() {
    let office = Office::new();
    office.linked_to("asha").await;
    let key = office.inside("asha", Some("s-canary")).await;
    let record = office.desk.store().every_by_index::<SessionRecord>(
        BY_PROVIDER_SESSION,
        IndexValue::new(session_mark(ISSUER, "s-canary")),
    );
    let record = record.await.unwrap().remove(0).record;
    let shown = format!("{} {:?}", serde_json::to_string(&record).unwrap(), record.index_entries());
    for canary in ["canary", "subject-asha", key.secret()] {
        assert!(!shown.contains(canary), "{shown}");
    }
    let whom = session("s-canary", Some("subject-asha"));
    let until = office.desk.now();
    let notice = SignOutNotice { issuer: ISSUER.into(), name: "n-canary".into(), whom, until };
    let shown = format!("{notice:?} {:?}", notice.whom);
    assert!(!shown.contains("canary") && !shown.contains("subject"), "{shown}");
}

#[tokio::test]
async fn ending_a_session_tells_how_its_person_came() {
    use crate::CameBy;
    let office = Office::new();
    let joined = office.joined("asha", &[Role::Auditor]).await;
    let by = joined.person;
    let came = office.desk.end_session(&by, Some(&by.id), by.session.unwrap()).await.unwrap();
    assert_eq!(came, CameBy::OwnProof);
    office.desk.link_sign_on(&office.root, &by.id, "asha@kaveri.example").await.unwrap();
    let key = office.inside("asha", None).await;
    let by = office.desk.person(key.secret()).await.unwrap();
    let came = office.desk.end_session(&by, Some(&by.id), by.session.unwrap()).await.unwrap();
    assert_eq!(came, CameBy::Provider);
}
