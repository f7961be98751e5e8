//! People sign out at the provider: what ends here, what stays, and what is left of it.

use mpp_core::{Span, StaffId};
use zeroize::Zeroizing;

use super::*;
use crate::office::{Office, PASSWORD, secret};
use crate::second_factor::code_at;
use crate::{
    Credentials, Named, Role, SecondFactor, SessionKey, SignOnKey, SignOnOutcome, TakenSignOn,
    VouchedIdentity,
};

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

fn vouched_for(name: &str, provider_session: Option<&str>, second_factor: SecondFactor) -> VouchedIdentity {
    VouchedIdentity {
        issuer: ISSUER.to_owned(),
        subject: format!("subject-{name}"),
        session: provider_session.map(str::to_owned),
        named: Named::By(format!("{name}@kaveri.example")),
        second_factor,
    }
}

impl Office {
    async fn linked_to(&self, name: &str) -> Zeroizing<String> {
        let totp = self.joined(name, &[Role::Auditor]).await.totp;
        let address = format!("{name}@kaveri.example");
        self.desk.link_sign_on(&self.root, &id(name), &address).await.unwrap();
        totp
    }

    /// Somebody has left for the provider, and its answer is there but not looked at yet.
    async fn on_the_way_back(&self) -> TakenSignOn {
        let key = self.desk.begin_sign_on().await.unwrap();
        self.desk.take_sign_on(key.secret(), &key.state()).await.unwrap()
    }

    async fn vouched(
        &self,
        name: &str,
        provider_session: Option<&str>,
        second_factor: SecondFactor,
    ) -> SignOnOutcome {
        let taken = self.on_the_way_back().await;
        self.desk.sign_on(&taken, vouched_for(name, provider_session, second_factor)).await.unwrap()
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
    // who signed out is remembered as long as somebody who left before may come in
    office.clock.advance(Span::from_minutes(5));
    assert_eq!(office.desk.forget_old().await.unwrap(), 1);
}

fn is_stale<T>(result: &Result<T, StaffError>) -> bool {
    matches!(result, Err(StaffError::SignOn(SignOnRefused::Stale)))
}

#[tokio::test]
async fn who_signed_out_at_the_provider_since_leaving_for_it_is_not_let_in() {
    for (at, whom) in [person("subject-asha"), session("s-1", None), session("s-1", Some("subject-asha"))]
        .into_iter()
        .enumerate()
    {
        for second_factor in [SecondFactor::Proved, SecondFactor::NotProved] {
            let office = Office::new();
            office.linked_to("asha").await;
            let name = format!("n-{at}");
            let taken = office.on_the_way_back().await;
            let whom = match &whom {
                SignedOut::Person { subject } => person(subject),
                SignedOut::Session { session: named, subject } => session(named, subject.as_deref()),
            };
            assert_eq!(office.told(&name, whom).await.unwrap(), 0, "nobody is in yet");
            let late = office.desk.sign_on(&taken, vouched_for("asha", Some("s-1"), second_factor)).await;
            assert!(is_stale(&late), "{at} {second_factor:?}: {late:?}");
            // who leaves for the provider afterwards has to prove there anew who it is
            office.vouched("asha", Some("s-1"), second_factor).await;
        }
    }
}

#[tokio::test]
async fn a_sign_out_of_somebody_or_something_else_keeps_nobody_out() {
    let office = Office::new();
    office.linked_to("asha").await;
    let taken = office.on_the_way_back().await;
    office.told("n-1", person("subject-ravi")).await.unwrap();
    office.told("n-2", session("s-2", None)).await.unwrap();
    office.told("n-3", session("s-1", Some("subject-ravi"))).await.unwrap();
    office.told_by("https://other.example", "n-4", person("subject-asha")).await.unwrap();
    let opened = office.desk.sign_on(&taken, vouched_for("asha", Some("s-1"), SecondFactor::Proved)).await;
    assert!(matches!(opened, Ok(SignOnOutcome::Opened(..))), "{opened:?}");
}

#[tokio::test]
async fn a_sign_out_in_the_moment_of_the_commit_is_missed_in_neither_order() {
    let office = Office::new();
    office.linked_to("asha").await;
    let account = office.desk.account(&id("asha")).await.unwrap().record;
    let marks = vouched_for("asha", Some("s-1"), SecondFactor::Proved).marks();
    let whom = session("s-1", Some("subject-asha"));
    let notice = SignOutNotice { issuer: ISSUER.into(), name: "n-1".into(), whom, until: office.desk.now() };
    let marked = Marked::of(&notice);
    // everything was looked at, nothing is written
    let ready = async || {
        let taken = office.on_the_way_back().await;
        let mut batch = WriteBatch::new();
        office.desk.still_vouched_in(&mut batch, &marks, taken.begun).await.unwrap();
        let (key, _) = office.desk.session_in(&mut batch, &account, Some(marks));
        (batch, key)
    };

    let (batch, opened) = ready().await;
    office.desk.store().commit(batch).await.unwrap();
    assert!(office.holds(&opened).await);
    let (batch, refused) = ready().await;
    office.desk.remember(&marked).await.unwrap();
    // from here on nobody comes in who is not seen by the search that follows
    let late = office.desk.store().commit(batch).await;
    assert!(late.unwrap_err().is_conflict());
    assert_eq!(office.desk.signed_out_at_provider(&notice).await.unwrap(), 1);
    assert!(!office.holds(&opened).await && !office.holds(&refused).await);

    // the second notice about somebody counts like the first
    let (batch, _) = ready().await;
    office.told("n-2", session("s-1", Some("subject-asha"))).await.unwrap();
    assert!(office.desk.store().commit(batch).await.unwrap_err().is_conflict());
    let (batch, _) = ready().await;
    office.desk.store().commit(batch).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_looked_at_too_late_lets_nobody_in() {
    let office = Office::new();
    office.linked_to("asha").await;
    let taken = office.on_the_way_back().await;
    office.told("n-1", person("subject-asha")).await.unwrap();
    office.clock.advance(Span::from_minutes(20));
    office.clock.advance(Span::from_seconds(1));
    assert!(office.desk.forget_old().await.unwrap() >= 1, "nothing is left of it");
    let late = office.desk.sign_on(&taken, vouched_for("asha", Some("s-1"), SecondFactor::Proved)).await;
    assert!(is_stale(&late), "{late:?}");
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
