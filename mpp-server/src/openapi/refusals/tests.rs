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
