use mpp_core::{FipId, Persistence};
use mpp_private_share::{AccountOutcome, AccountReport, ShareReport};
use serde_json::{Value, json};

use crate::codes::WHOLE;
use crate::consents::share_error;
use crate::stage::{play, says};

/// How many accounts every customer has.
pub const ACCOUNTS: usize = 7;

/// How many of them are at the institution that misbehaves here.
const AT_SAHYADRI: usize = 2;

fn at_sahyadri(report: &ShareReport) -> Vec<&AccountReport> {
    let sahyadri: FipId = "SAHYADRI_FIP".parse().unwrap();
    report.accounts.iter().filter(|account| account.fip_id == sahyadri).collect()
}

const fn is_sealed(account: &AccountReport) -> bool {
    matches!(account.outcome, AccountOutcome::Sealed { .. })
}

/// What goes wrong, where, how many of the institution's accounts it costs, and words of what the customer is told.
fn mishaps() -> [(&'static str, Value, usize, &'static str); 8] {
    let status = json!({ "kind": "status", "status": 500 });
    [
        ("prepare", json!({ "kind": "wrong-account" }), AT_SAHYADRI, "not delivered"),
        ("prepare", json!({ "kind": "wrong-customer" }), AT_SAHYADRI, "was not used"),
        ("prepare", json!({ "kind": "garbage" }), AT_SAHYADRI, "cannot be opened"),
        ("prepare", json!({ "kind": "partial" }), 1, "refused"),
        ("prepare", status.clone(), AT_SAHYADRI, "bank"),
        ("FI/fetch", status, AT_SAHYADRI, "bank"),
        ("FI/fetch", json!({ "kind": "garbage" }), AT_SAHYADRI, "bank"),
        ("FI/request", json!({ "kind": "wrong-session" }), AT_SAHYADRI, "bank"),
    ]
}

#[test]
fn what_one_institution_gets_wrong_spoils_nothing_else() {
    play(async |stage| {
        for (operation, fault, cost, words) in mishaps() {
            let case = stage.case_with(&stage.impatient_app(5)).await.approved().await;
            stage.fault("SAHYADRI_FIP", operation, fault.clone()).await;
            let shared = case.share().await.unwrap_or_else(|error| panic!("{operation} {fault}: {error:?}"));
            stage.clear_faults().await;
            let lost: Vec<_> =
                at_sahyadri(&shared.report).into_iter().filter(|account| !is_sealed(account)).collect();
            assert_eq!(lost.len(), cost, "{operation} {fault}: {lost:?}");
            for account in lost {
                println!("{operation} {fault}: {}", account.outcome);
                says(&account.outcome, &[words]);
            }
            assert_eq!(shared.uploaded.len(), ACCOUNTS - cost, "{operation} {fault}");
            case.arrives_whole(WHOLE - cost).await;
        }
    });
}

#[test]
fn when_every_institution_fails_trying_again_brings_everything() {
    play(async |stage| {
        let case = stage.case().await.approved().await;
        stage.fault("*", "prepare", json!({ "kind": "status", "status": 503 })).await;
        let error = share_error(case.share().await.unwrap_err());
        assert_eq!((error.code(), error.persistence()), ("no_data", Persistence::Temporary));
        says(&error, &["none of your accounts", "try again"]);
        stage.clear_faults().await;
        let shared = case.share().await.unwrap();
        assert!(shared.report.accounts.iter().all(is_sealed));
        case.arrives_whole(WHOLE).await;
    });
}

#[test]
fn an_institution_that_never_answers_holds_nobody_up() {
    play(async |stage| {
        let case = stage.case_with(&stage.impatient_app(3)).await.approved().await;
        stage.fault("SAHYADRI_FIP", "prepare", json!({ "kind": "never" })).await;
        let shared = case.share().await.unwrap();
        stage.clear_faults().await;
        let silent = at_sahyadri(&shared.report);
        assert_eq!(silent.iter().filter(|account| !is_sealed(account)).count(), AT_SAHYADRI);
        for account in silent {
            println!("never: {}", account.outcome);
        }
        case.arrives_whole(WHOLE - AT_SAHYADRI).await;
    });
}

#[test]
fn when_nobody_answers_the_same_request_goes_on_later() {
    play(async |stage| {
        let case = stage.case_with(&stage.impatient_app(2)).await.approved().await;
        stage.fault("*", "prepare", json!({ "kind": "never" })).await;
        let error = share_error(case.share().await.unwrap_err());
        assert_eq!((error.code(), error.persistence()), ("no_data_in_time", Persistence::Temporary));
        says(&error, &["did not answer in time", "try again"]);
        stage.clear_faults().await;
        let shared = case.share().await.unwrap();
        assert!(shared.report.accounts.iter().all(is_sealed), "{:?}", shared.report);
        case.arrives_whole(WHOLE).await;
    });
}
