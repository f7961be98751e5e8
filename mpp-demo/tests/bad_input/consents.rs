use mpp_api::central::PhoneEventType;
use mpp_core::{DataRange, Persistence, Source, Span};
use mpp_demo::product::{BUREAU, OPERATOR};
use mpp_private_share::ShareError;
use mpp_sdk::SdkError;
use serde_json::json;

use crate::codes::WHOLE;
use crate::fips::ACCOUNTS;
use crate::stage::{DecidedCase, Stage, play, says};

/// The share error in an SDK error.
pub fn share_error(error: SdkError) -> ShareError {
    match error {
        SdkError::Share(error) => error,
        other => panic!("not about sharing: {other:?}"),
    }
}

#[test]
fn a_refused_bureau_is_never_asked() {
    play(async |stage| {
        let before = stage.calls("bureau", "reports").await;
        let bureau = Source::Provider(BUREAU.parse().unwrap());
        let case = stage.case().await.decided(Some(&bureau)).await;
        assert!(case.kept.artefacts.iter().all(|artefact| artefact.source != bureau));
        case.share().await.unwrap();
        case.arrives_whole(ACCOUNTS + 1).await;
        let operator = format!("provider:{OPERATOR}");
        case.news(PhoneEventType::Delivered, &operator).await;
        assert_eq!(stage.calls("bureau", "reports").await, before, "no call at all");
        let produced = stage.world.outside().produced(&case.case.phone.person.mobile).await.unwrap();
        assert!(produced.iter().all(|document| document.source != "bureau"));
    });
}

#[test]
fn nothing_arrives_under_a_withdrawn_consent() {
    play(async |stage| {
        let case = stage.case().await.approved().await;
        let consent = case.share_request().consent;
        case.case.phone.mpp.withdraw(consent).await.unwrap();
        let error = case.share().await.unwrap_err();
        assert_eq!(error.code(), Some("consent_revoked"), "{error:?}");
        assert_eq!(error.persistence(), Persistence::Permanent);
        says(&error, &["consent", "withdrawn"]);
        // what else was consented is not touched by it
        case.arrives_whole(2).await;
        case.partner_is_told("consent.revoked").await;
    });
}

#[test]
fn a_paused_consent_lets_nothing_through_until_it_is_resumed() {
    play(async |stage| {
        let case = stage.case().await.approved().await;
        let (mpp, consent) = (&case.case.phone.mpp, case.share_request().consent);
        mpp.pause(consent).await.unwrap();
        let error = case.share().await.unwrap_err();
        assert_eq!(error.code(), Some("consent_paused"), "{error:?}");
        says(&error, &["paused"]);
        case.arrives_whole(2).await;

        mpp.resume(consent).await.unwrap();
        let documents = case.case.phone.private_share.documents();
        let uploaded = mpp.resume_uploads(case.kept.request, documents, &|_| {}).await.unwrap();
        assert_eq!(uploaded.len(), ACCOUNTS);
        case.arrives_whole(WHOLE).await;
    });
}

/// Approves at the Account Aggregator, but no institution delivers: the consent holds and is unused.
async fn approved_but_undelivered(stage: &'static Stage) -> DecidedCase<'static> {
    let case = stage.case().await.approved().await;
    stage.fault("*", "prepare", json!({ "kind": "status", "status": 503 })).await;
    let error = share_error(case.share().await.unwrap_err());
    assert_eq!(error.code(), "no_data");
    stage.clear_faults().await;
    case
}

#[test]
fn a_consent_paused_at_the_account_aggregator_says_so_and_goes_on_when_resumed() {
    play(async |stage| {
        let case = approved_but_undelivered(stage).await;
        stage.at_the_aggregator(&case.case.phone, "pause").await;
        let error = share_error(case.share().await.unwrap_err());
        assert_eq!(error.code(), "consent_paused", "{error:?}");
        says(&error, &["paused", "resume"]);
        stage.at_the_aggregator(&case.case.phone, "resume").await;
        // the Account Aggregator's word is on its way to the service
        case.eventually(async || case.share().await.is_ok()).await;
        case.arrives_whole(WHOLE).await;
    });
}

#[test]
fn a_consent_withdrawn_at_the_account_aggregator_shares_nothing() {
    play(async |stage| {
        let case = approved_but_undelivered(stage).await;
        stage.at_the_aggregator(&case.case.phone, "revoke").await;
        let error = share_error(case.share().await.unwrap_err());
        assert_eq!(
            (error.code(), error.persistence()),
            ("consent_ended", Persistence::Permanent),
            "{error:?}"
        );
        says(&error, &["ended", "nothing more is shared"]);
        case.arrives_whole(2).await;
    });
}

#[test]
fn a_one_time_consent_is_not_used_twice() {
    play(async |stage| {
        let case = stage.case().await.approved().await;
        case.share().await.unwrap();
        case.arrives_whole(WHOLE).await;
        let requests = stage.calls("ONEMONEYDEMO_AA", "FI/request").await;
        let error = share_error(case.share().await.unwrap_err());
        assert_eq!((error.code(), error.persistence()), ("already_shared", Persistence::Permanent));
        says(&error, &["already shared", "as you agreed"]);
        assert_eq!(stage.calls("ONEMONEYDEMO_AA", "FI/request").await, requests, "nobody was asked");
    });
}

#[test]
fn a_wider_period_than_consented_is_not_fetched() {
    play(async |stage| {
        let case = stage.case().await.approved().await;
        let mut wider = case.share_request();
        let consented = wider.parameters.form().data_range;
        wider.range = DataRange::new(consented.from().minus(Span::from_days(1)), consented.to()).ok();
        let phone = &case.case.phone;
        let requests = stage.calls("ONEMONEYDEMO_AA", "FI/request").await;
        let error = phone.private_share.share(&wider, &case.fingers()).await.unwrap_err();
        assert_eq!((error.code(), error.persistence()), ("range_too_wide", Persistence::Permanent));
        says(&error, &["not accepted", "period", "beyond the consented one"]);
        assert_eq!(stage.calls("ONEMONEYDEMO_AA", "FI/request").await, requests, "nobody was asked");
        case.share().await.unwrap();
        case.arrives_whole(WHOLE).await;
    });
}

#[test]
fn what_the_account_aggregator_signs_is_not_taken_when_wider_or_forged() {
    play(async |stage| {
        for (kind, code, words) in [
            ("wider-terms", "consent_failed", "could not complete your approval"),
            ("broken-consent", "not_approved_in_time", "nothing was shared"),
        ] {
            let case = stage.case_with(&stage.impatient_app(3)).await.approved().await;
            let requests = stage.calls("ONEMONEYDEMO_AA", "FI/request").await;
            stage.fault("ONEMONEYDEMO_AA", "Consent/fetch", json!({ "kind": kind })).await;
            let error = share_error(case.share().await.unwrap_err());
            assert_eq!((error.code(), error.persistence()), (code, Persistence::Temporary));
            says(&error, &[words, "try again"]);
            assert_eq!(stage.calls("ONEMONEYDEMO_AA", "FI/request").await, requests, "no data is asked for");
            stage.clear_faults().await;
            case.eventually(async || case.share().await.is_ok()).await;
            case.arrives_whole(WHOLE).await;
        }
    });
}
