use mpp_core::{FipId, Persistence};
use mpp_private_share::{AccountOutcome, AccountReport, ShareReport};
use serde_json::json;

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

/// What an institution sends wrong, how many of its accounts it costs, and words of what the customer is told.
const WRONG: [(&str, usize, &str); 4] = [
    ("wrong-account", AT_SAHYADRI, "not delivered"),
    ("wrong-customer", AT_SAHYADRI, "another account than the one you chose"),
    ("garbage", AT_SAHYADRI, "cannot be opened"),
    ("partial", 1, "refused"),
];

#[test]
fn what_one_institution_gets_wrong_spoils_nothing_else() {
    play(async |stage| {
        for (kind, cost, words) in WRONG {
            let case = stage.case().await.approved().await;
            stage.fault("SAHYADRI_FIP", "prepare", json!({ "kind": kind })).await;
            let shared = case.share().await.unwrap();
            stage.clear_faults().await;
            let accounts = at_sahyadri(&shared.report).into_iter();
            let lost: Vec<_> = accounts.filter(|account| !is_sealed(account)).collect();
            assert_eq!(lost.len(), cost, "{kind}: {lost:?}");
            lost.iter().for_each(|account| says(&account.outcome, &[words]));
            assert_eq!(shared.uploaded.len(), ACCOUNTS - cost, "{kind}");
            case.arrives_whole(WHOLE - cost).await;
        }
    });
}

/// An institution that fails fails the session at the Account Aggregator, which then hands out nothing, counts no use
/// and lets another one be opened.
#[test]
fn an_institution_that_fails_costs_a_second_try_and_no_document() {
    play(async |stage| {
        for (operation, fault) in [
            ("prepare", json!({ "kind": "status", "status": 500 })),
            ("FI/request", json!({ "kind": "status", "status": 502 })),
            ("FI/fetch", json!({ "kind": "status", "status": 500 })),
            ("FI/fetch", json!({ "kind": "garbage" })),
            ("FI/request", json!({ "kind": "garbage" })),
        ] {
            let case = stage.case_with(&stage.impatient_app(5)).await.approved().await;
            stage.fault("SAHYADRI_FIP", operation, fault.clone()).await;
            let error = share_error(case.share().await.unwrap_err());
            let told = (error.code(), error.persistence());
            assert_eq!(told, ("no_data", Persistence::Temporary), "{operation} {fault}: {error:?}");
            says(&error, &["try again"]);
            stage.clear_faults().await;
            let shared = case.share().await.unwrap();
            assert!(shared.report.accounts.iter().all(is_sealed), "{operation} {fault}");
            case.arrives_whole(WHOLE).await;
        }
    });
}

/// The institution opens a session under another name than it reports: its data belongs to nothing.
#[test]
fn a_session_of_another_name_is_not_taken_for_ours() {
    play(async |stage| {
        let case = stage.case_with(&stage.impatient_app(3)).await.approved().await;
        stage.fault("SAHYADRI_FIP", "FI/request", json!({ "kind": "wrong-session" })).await;
        let shared = case.share().await.unwrap();
        stage.clear_faults().await;
        assert!(!at_sahyadri(&shared.report).into_iter().any(is_sealed));
        case.arrives_whole(WHOLE - AT_SAHYADRI).await;
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
        silent.iter().for_each(|account| says(&account.outcome, &["not delivered"]));
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
