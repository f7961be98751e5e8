use std::collections::BTreeSet;

use super::{EVERYWHERE, by_status};

/// The codes in the functions named `code` of a source, and of refusals made in place.
fn codes_in(source: &str) -> BTreeSet<&str> {
    let mut codes = BTreeSet::new();
    for rest in source.split("fn code(").skip(1) {
        let body = rest.split("\n    }\n").next().unwrap();
        let literals = body.split('"').skip(1).step_by(2);
        codes.extend(literals.filter(|text| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    }
    codes
}

fn missing(sources: &[&'static str], lists: &[super::Codes]) -> Vec<&'static str> {
    let known: BTreeSet<&str> = by_status(lists).into_values().flatten().collect();
    let found = sources.iter().flat_map(|source| codes_in(source));
    found.filter(|code| !known.contains(code)).collect()
}

#[cfg(feature = "central")]
#[test]
fn every_code_of_central_is_listed() {
    use super::central::{CENTRAL, LOGS, PRODUCTS};
    let sources = [
        include_str!("../../../../mpp-services/src/central/error.rs"),
        include_str!("../../../../mpp-services/src/central/billing/refusal.rs"),
        include_str!("../../../../mpp-services/src/central/billing/partner_logs/refusal.rs"),
        include_str!("../../../../mpp-core/src/artefact/scope.rs"),
        include_str!("../../../../mpp-core/src/consent_request.rs"),
        include_str!("../../../../mpp-core/src/fair_use.rs"),
        include_str!("../../../../mpp-core/src/product/error.rs"),
        include_str!("../../../../mpp-core/src/transition.rs"),
    ];
    assert!(codes_in(sources[0]).len() > 30);
    assert_eq!(missing(&sources, &[EVERYWHERE, CENTRAL, LOGS, PRODUCTS]), Vec::<&str>::new());
}

#[cfg(feature = "client")]
#[test]
fn every_code_of_a_client_server_is_listed() {
    use super::client::{CLIENT, PRODUCTS};
    let sources = [
        include_str!("../../../../mpp-services/src/client/error.rs"),
        include_str!("../../../../mpp-services/src/client/gateway.rs"),
        include_str!("../../../../mpp-services/src/client/used.rs"),
        include_str!("../../../../mpp-core/src/fair_use.rs"),
        include_str!("../../../../mpp-core/src/product/error.rs"),
        include_str!("../../../../mpp-core/src/transition.rs"),
    ];
    assert!(codes_in(sources[0]).len() > 20);
    assert_eq!(missing(&sources, &[EVERYWHERE, CLIENT, PRODUCTS]), Vec::<&str>::new());
}

#[cfg(any(feature = "central", feature = "client"))]
#[test]
fn every_code_of_the_desk_is_listed() {
    use super::desk::{DESK, EXPORTS, PASSKEYS, SIGN_ON};
    let sources = [
        include_str!("../../../../mpp-staff/src/error.rs"),
        include_str!("../../../../mpp-staff/src/exports/refused.rs"),
        include_str!("../../../../mpp-staff/src/passkeys/refused.rs"),
        include_str!("../../../../mpp-staff/src/single_sign_on/refused.rs"),
    ];
    assert!(codes_in(sources[0]).len() > 10);
    assert_eq!(missing(&sources, &[EVERYWHERE, DESK, PASSKEYS, SIGN_ON, EXPORTS]), Vec::<&str>::new());
}

#[cfg(feature = "private-share")]
#[test]
fn every_code_of_the_private_share_service_is_listed() {
    use super::private_share::PRIVATE_SHARE;
    let sources = [
        include_str!("../../../../mpp-services/src/private_share/error.rs"),
        include_str!("../../../../mpp-core/src/artefact/scope.rs"),
        include_str!("../../../../mpp-core/src/transition.rs"),
    ];
    assert!(codes_in(sources[0]).len() > 15);
    assert_eq!(missing(&sources, &[EVERYWHERE, PRIVATE_SHARE]), Vec::<&str>::new());
}

/// The codes of which the portals have a text, within a family of names.
#[cfg(feature = "central")]
fn texts(family: &str) -> BTreeSet<&'static str> {
    let words = include_str!("../../../../mpp-portal/assets/words/en.txt").lines();
    words.filter_map(|line| line.split_once(" = ")?.0.strip_prefix(family)).collect()
}

#[cfg(feature = "central")]
#[test]
fn the_portal_has_a_text_for_every_kind_of_unreadable_line() {
    let kinds = codes_in(include_str!("../../../../mpp-billing/src/statement.rs"));
    assert_eq!((kinds.len(), kinds), (7, texts("line_fault.")));
}

/// What the portals say themselves, whatever the sentence is.
#[cfg(all(feature = "central", feature = "client"))]
const SAID_OTHERWISE: &[&str] = &["method_not_allowed", "not_found", "role_missing", "unauthenticated"];

/// Codes whose own sentence says more than one text could: the portals put theirs around it.
#[cfg(all(feature = "central", feature = "client"))]
const SAYING_MORE: &[&str] = &[
    "bill_step_refused",
    "billing_address_invalid",
    "central_refused",
    "credit_refused",
    "fair_use_consent_expiry",
    "fair_use_consent_types",
    "fair_use_data_life",
    "fair_use_data_range",
    "fair_use_fetch_type",
    "fair_use_frequency",
    "invalid_request",
    "invalid_transition",
    "month_not_billable",
    "not_normalisable",
    "price_plan_invalid",
    "product_item_without_data",
    "product_kind_against_source",
    "product_notice_incomplete",
    "product_source_twice",
    "product_terms_invalid",
    "product_without_item",
    "product_without_name",
    "usage_log_inconsistent",
];

/// Codes that no page meets: they are for phones, partners, applications, providers of sign-ins and the making of files.
#[cfg(all(feature = "central", feature = "client"))]
const FOR_OTHERS: &[&str] = &[
    "acknowledgement_invalid",
    "already_decided",
    "approval_notice_differs",
    "approval_screen_differs",
    "approval_signature_invalid",
    "approval_subject_differs",
    "approval_time_differs",
    "consent_already_used",
    "consent_expired",
    "consent_not_yet_started",
    "consent_paused",
    "consent_revoked",
    "device_proof_invalid",
    "enrolment_challenge_failed",
    "enrolment_proof_invalid",
    "enrolment_token_invalid",
    "export_too_large",
    "item_decided_twice",
    "item_not_requested",
    "item_undecided",
    "key_taken",
    "link_expired",
    "link_unknown",
    "link_used",
    "notification_not_accepted",
    "parcel_differs",
    "parcel_gone",
    "parcel_key_differs",
    "parcel_not_ready",
    "parcel_too_large",
    "particulars_missing",
    "partner_key_expired",
    "partner_not_enrolled",
    "partner_suspended",
    "product_unknown",
    "product_version_taken",
    "purpose_differs",
    "range_too_wide",
    "request_cancelled",
    "scope_missing",
    "sender_statement_invalid",
    "sign_out_notice_invalid",
    "sign_out_notice_repeated",
    "sign_out_notice_unchecked",
    "source_unknown",
    "too_frequent",
    "tus_version_unsupported",
    "type_not_consented",
    "upload_digest_differs",
    "upload_envelope_differs",
    "upload_offset_differs",
    "upload_too_large",
    "upload_truncated",
    "upload_type_unsupported",
    "wrong_recipient",
    "wrong_source",
];

/// Of a server's own failures (500 and above) the portals say that it does not answer.
#[cfg(all(feature = "central", feature = "client"))]
#[test]
fn the_portals_have_a_text_for_every_refusal_or_say_around_it_what_the_server_said() {
    use super::desk::{DESK, EXPORTS, PASSKEYS, SIGN_ON};
    use super::{central, client};
    let lists = [
        EVERYWHERE,
        central::CENTRAL,
        central::LOGS,
        central::PRODUCTS,
        client::CLIENT,
        client::PRODUCTS,
        DESK,
        PASSKEYS,
        SIGN_ON,
        EXPORTS,
    ];
    let refused = by_status(&lists).into_iter().filter(|(status, _)| *status < 500);
    let refused: BTreeSet<&str> = refused.flat_map(|(_, codes)| codes).collect();
    let without: BTreeSet<&str> = refused.difference(&texts("problem.")).copied().collect();
    let named: BTreeSet<&str> = [SAID_OTHERWISE, SAYING_MORE, FOR_OTHERS].concat().into_iter().collect();
    assert_eq!(without.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "without a text");
    assert_eq!(named.difference(&without).collect::<Vec<_>>(), Vec::<&&str>::new(), "named for nothing");
}
