use mpp_core::{
    ConsentId, ConsentRequestId, DeviceId, EcCurve, FetchId, PartnerId, PartnerKeyRecord, PublicJwk,
};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn consent() -> ConsentId {
    ConsentId::from_random([1; 16])
}

fn kept(phase: Phase) -> KeptRequest {
    let now = at("2026-01-15T09:30:00Z");
    KeptRequest {
        form: 1,
        request: ConsentRequestId::from_random([2; 16]),
        device: DeviceId::from_random([3; 16]),
        recipient: PartnerKeyRecord {
            partner: PartnerId::from_random([4; 16]),
            partner_name: "Kaveri Finance Ltd".into(),
            kid: "key-1".parse().unwrap(),
            key: PublicJwk::Ec { crv: EcCurve::P256, x: "x".into(), y: "y".into() },
            valid_from: now,
            valid_to: now.plus_calendar(12, 0),
            issued_at: now,
        },
        opened_at: now,
        phase,
        artefacts: Vec::new(),
        receipt: None,
    }
}

fn page(phase: Phase, progress: Option<&Progress>, sign_in: SignIn) -> JourneyPage {
    let kept = kept(phase);
    let language = Language::Hindi;
    let facts =
        JourneyFacts { kept: &kept, language, progress, sign_in, message: None, consents: &[], news: &[] };
    journey_page(&facts, Frame::new("Sharing", None, at("2026-01-15T09:31:00Z")))
}

fn decided() -> Phase {
    Phase::Decided { consent: consent() }
}

fn uploading(waiting: &[u8]) -> Phase {
    let waiting = waiting.iter().map(|byte| ParcelId::from_random([*byte; 16])).collect();
    Phase::Uploading { consent: consent(), fetch: FetchId::from_random([5; 16]), waiting }
}

#[test]
fn signing_in_comes_first() {
    assert_eq!(page(decided(), None, SignIn::Needed).stage, Stage::SignIn);
    assert_eq!(page(decided(), None, SignIn::Done).stage, Stage::Ready);
    let sent = SignIn::CodeSent { until: at("2026-01-15T09:33:00Z") };
    assert_eq!(page(decided(), None, sent).stage, Stage::Code { until: "3:03:00 pm".into(), message: None });
}

#[test]
fn an_app_closed_before_the_decision_asks_for_the_link_again() {
    assert_eq!(page(Phase::Open, None, SignIn::Done).stage, Stage::LinkAgain);
}

#[test]
fn what_the_company_took_back_says_so_in_the_customers_language_and_promises_no_steps() {
    let page = page(Phase::Cancelled, None, SignIn::Needed);
    let Stage::TakenBack { words, language } = page.stage else { panic!("not taken back") };
    assert_eq!((words.taken_back, language), ("कंपनी ने अनुरोध वापस ले लिया", "hi"));
    assert!(page.steps.is_empty() && !page.has_receipt);
}

#[test]
fn what_ran_out_says_so_in_the_customers_language_and_promises_no_steps() {
    let page = page(Phase::Expired, None, SignIn::Needed);
    let Stage::RunOut { words, language } = page.stage else { panic!("not run out") };
    assert_eq!((words.run_out, language), ("इस अनुरोध की अवधि समाप्त हो गई है", "hi"));
    assert!(page.steps.is_empty() && !page.has_receipt);
}

#[test]
fn an_upload_cut_off_by_a_restart_can_be_resumed() {
    let Stage::Stopped { problem, resume } = page(uploading(&[1]), None, SignIn::Done).stage else {
        panic!("not stopped");
    };
    assert_eq!((problem.code.as_str(), resume), ("upload_interrupted", Some("सौंपना फिर शुरू करें")));
}

#[test]
fn pages_that_change_by_themselves_are_live() {
    for progress in [
        Progress::Preparing,
        Progress::Approving { page: "https://aa.example/".into() },
        Progress::Fetching,
        Progress::Uploading { parcels: BTreeMap::new() },
    ] {
        assert!(page(decided(), Some(&progress), SignIn::Done).frame.live, "{progress:?}");
    }
    let stopped = Progress::Stopped(Problem::try_again(("a", "b"), ("अ", "ब"), "c"));
    assert!(!page(decided(), Some(&stopped), SignIn::Done).frame.live);
    assert!(!page(decided(), None, SignIn::Needed).frame.live);
}

#[test]
fn only_what_may_pass_can_be_tried_again() {
    let resume =
        |problem: Problem, phase: Phase| match page(phase, Some(&Progress::Stopped(problem)), SignIn::Done)
            .stage
        {
            Stage::Stopped { resume, .. } => resume,
            other => panic!("{other:?}"),
        };
    let passing = Problem::try_again(("a", "b"), ("अ", "ब"), "c");
    assert_eq!(resume(passing.clone(), decided()), Some("फिर कोशिश करें"));
    assert_eq!(resume(passing.clone(), uploading(&[1])), Some("सौंपना फिर शुरू करें"));
    assert_eq!(resume(Problem::lasting(("a", "b"), ("अ", "ब"), "c"), decided()), None);
    assert_eq!(resume(passing.as_warning(), decided()), None);
}

#[test]
fn parcels_show_how_far_they_are() {
    let parcel = ParcelId::from_random([1; 16]);
    let parcels = BTreeMap::from([(parcel, UploadStep { parcel, sent: 512, size: 2048 })]);
    let Stage::Upload { parcels } =
        page(uploading(&[1]), Some(&Progress::Uploading { parcels }), SignIn::Done).stage
    else {
        panic!("not uploading");
    };
    assert_eq!((parcels[0].text.as_str(), parcels[0].done), ("512 bytes / 2.0 KB", false));
}
