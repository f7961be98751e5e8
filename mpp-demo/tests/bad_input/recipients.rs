use std::sync::Arc;

use mpp_core::{Decision, LanguageTag, Persistence};
use mpp_crypto::SigningKey;
use mpp_demo::handset::AppBuild;
use mpp_sdk::{ScreenFault, SdkError};
use mpp_server::runtime::SystemEntropy;
use serde_json::{Value, json};

use crate::codes::WHOLE;
use crate::stage::{Case, Stage, play, says};
use crate::tampering::{Altering, spoil};

async fn through(
    stage: &'static Stage,
    case: &Case<'_>,
    path_end: &'static str,
    alter: fn(&mut Value),
) -> Case<'static> {
    let network = Arc::new(Altering { inner: Arc::clone(stage.world.transport()), path_end, alter });
    let phone = stage.phone_again(&case.phone, stage.world.app(), network).await;
    Case { stage, phone, case_ref: case.case_ref.clone(), link: case.link.clone() }
}

fn fault_of(error: &SdkError) -> &ScreenFault {
    says(error, &["cannot be trusted"]);
    assert_eq!(error.persistence(), Persistence::Permanent);
    match error {
        SdkError::Untrusted(fault) => fault,
        other => panic!("not about trust: {other:?}"),
    }
}

#[test]
fn a_recipient_nobody_vouches_for_is_not_shown() {
    play(async |stage| {
        let case = stage.case().await;
        let stranger = SigningKey::generate_p256(&SystemEntropy).public().clone();
        let app = AppBuild { central_keys: vec![stranger], ..stage.world.app().clone() };
        let other = stage.phone_again(&case.phone, &app, Arc::clone(stage.world.transport())).await;
        let error = other.mpp.open_link(&case.link).await.unwrap_err();
        assert_eq!(fault_of(&error), &ScreenFault::NotVouchedFor);
        says(&error, &["recipient's key", "not vouched for"]);
        assert!(other.mpp.requests().await.unwrap().is_empty(), "nothing to decide on");

        let case = case.approved().await;
        case.share().await.unwrap();
        case.arrives_whole(WHOLE).await;
    });
}

#[test]
fn a_request_altered_on_the_way_is_not_shown() {
    play(async |stage| {
        let case = stage.case().await;
        let spoilt_record: fn(&mut Value) = |screen| spoil(&mut screen["partnerKeyRecord"]);
        let spoilt_name: fn(&mut Value) = |screen| screen["partnerName"] = json!("Kaveri Finance");
        let no_items: fn(&mut Value) = |screen| screen["items"] = json!([]);
        for (alter, fault) in [
            (spoilt_record, ScreenFault::NotVouchedFor),
            (spoilt_name, ScreenFault::OtherRecipient),
            (no_items, ScreenFault::Items),
        ] {
            let altered = through(stage, &case, "/v1/links/open", alter).await;
            let error = altered.phone.mpp.open_link(&case.link).await.unwrap_err();
            assert_eq!(fault_of(&error), &fault);
        }
        // what no signature covers is bound by the approval: central notices that another screen was approved
        let milder: fn(&mut Value) = |screen| screen["items"][0]["dataItems"] = json!(["Your name"]);
        let altered = through(stage, &case, "/v1/links/open", milder).await;
        let screen = altered.open().await;
        let decisions = screen.decisions().all(Decision::Approved);
        let mpp = &altered.phone.mpp;
        let error = mpp.decide(&screen, &decisions, &LanguageTag::english()).await.unwrap_err();
        assert_eq!(error.code(), Some("approval_screen_differs"), "{error:?}");
        says(&error, &["another screen"]);

        let case = case.approved().await;
        case.share().await.unwrap();
        case.arrives_whole(WHOLE).await;
    });
}

#[test]
fn a_tampered_artefact_is_not_accepted_and_deciding_again_is() {
    play(async |stage| {
        let case = stage.case().await;
        let altered =
            through(stage, &case, "/decision", |answer| spoil(&mut answer["artefacts"][0]["artefact"])).await;
        let screen = altered.open().await;
        let decisions = screen.decisions().all(Decision::Approved);
        let mpp = &altered.phone.mpp;
        let error = mpp.decide(&screen, &decisions, &LanguageTag::english()).await.unwrap_err();
        assert!(matches!(error, SdkError::Evidence), "{error:?}");
        says(&error, &["does not match what was decided"]);
        assert!(mpp.requests().await.unwrap()[0].artefacts.is_empty(), "nothing of it is kept");

        let case = case.approved().await;
        case.share().await.unwrap();
        case.arrives_whole(WHOLE).await;
    });
}
