//! Walks every state and event of every machine against the tables in `docs/state-machines.md` and in the
//! modules.

use std::collections::BTreeMap;

use super::samples::{
    consent, decisions, description, device, parcel, periodic_terms, product, request, staff, start,
};
use crate::*;

/// (state, event) -> the state after it, or `-`.
type Table = BTreeMap<(String, String), String>;

const PAGE: &str = include_str!("../../../docs/state-machines.md");

#[test]
fn consent_request_follows_its_table() {
    check(
        include_str!("../consent_request.rs"),
        &walk(
            (ConsentRequestState::MACHINE, &ConsentRequestState::STATES, &ConsentRequestState::EVENTS),
            |state| {
                let (placed, now) = (request(), start());
                match state {
                    "placed" => placed,
                    "opened" => placed.open(device(), now).unwrap(),
                    "decided" => placed.open(device(), now).unwrap().decide(decisions(), now).unwrap(),
                    "expired" => placed.expire(later()).unwrap(),
                    "cancelled" => placed.cancel(now).unwrap(),
                    other => panic!("no sample of {other}"),
                }
            },
            |request| request.state.state_name(),
            |request, event| match event {
                "open" => request.open(device(), start()),
                "decide" => request.decide(decisions(), start()).map_err(|error| match error {
                    DecisionError::Transition(error) => error,
                    other => panic!("{other}"),
                }),
                "expire" => request.expire(later()),
                "cancel" => request.cancel(start()),
                other => panic!("no event {other}"),
            },
        ),
    );
}

#[test]
fn consent_follows_its_table() {
    check(
        include_str!("../consent.rs"),
        &walk(
            (ConsentState::MACHINE, &ConsentState::STATES, &ConsentState::EVENTS),
            |state| {
                let active = consent(periodic_terms());
                match state {
                    "active" => active,
                    "paused" => active.pause(start()).unwrap(),
                    "revoked" => active.revoke(start()).unwrap(),
                    "expired" => active.expire(later()).unwrap(),
                    other => panic!("no sample of {other}"),
                }
            },
            |consent| consent.state.state_name(),
            |consent, event| match event {
                "pause" => consent.pause(start()),
                "resume" => consent.resume(start()),
                "revoke" => consent.revoke(start()),
                "expire" => consent.expire(later()),
                other => panic!("no event {other}"),
            },
        ),
    );
}

#[test]
fn aa_consent_follows_its_table() {
    let apply = |consent: AaConsentState, event: &str| match event {
        "raise" => consent.raise("handle-1".parse().unwrap()),
        "grant" => consent.grant("consent-1".parse().unwrap()),
        "activate" => consent.activate(SignedConsent::new("h.p.s".into())),
        "pause" => consent.pause(start()),
        "resume" => consent.resume(),
        "revoke" => consent.revoke(start()),
        "expire" => consent.expire(start()),
        "reject" => consent.reject(start()),
        "fail" => consent.fail(AaConsentFailure::HandleFailed, start()),
        other => panic!("no event {other}"),
    };
    check(
        include_str!("../aa_consent.rs"),
        &walk(
            (AaConsentState::MACHINE, &AaConsentState::STATES, &AaConsentState::EVENTS),
            |state| {
                let path: &[&str] = match state {
                    "drafted" => &[],
                    "pending" => &["raise"],
                    "granted" => &["raise", "grant"],
                    "active" => &["raise", "grant", "activate"],
                    "paused" => &["raise", "grant", "activate", "pause"],
                    "revoked" => &["raise", "grant", "revoke"],
                    "expired" => &["raise", "expire"],
                    "rejected" => &["raise", "reject"],
                    "failed" => &["fail"],
                    other => panic!("no sample of {other}"),
                };
                path.iter().fold(AaConsentState::Drafted, |state, event| apply(state, event).unwrap())
            },
            AaConsentState::state_name,
            apply,
        ),
    );
}

#[test]
fn data_session_follows_its_table() {
    let apply = |session: DataSessionState, event: &str| match event {
        "open" => session.open("session-1".parse().unwrap(), start()),
        "ready" => session.ready(start()),
        "partly_ready" => session.partly_ready(start()),
        "fetch" => session.fetch(start()),
        "fail" => session.fail(DataSessionFailure::AllDenied, start()),
        "expire" => session.expire(start()),
        other => panic!("no event {other}"),
    };
    check(
        include_str!("../data_session.rs"),
        &walk(
            (DataSessionState::MACHINE, &DataSessionState::STATES, &DataSessionState::EVENTS),
            |state| {
                let path: &[&str] = match state {
                    "requested" => &[],
                    "open" => &["open"],
                    "partial" => &["open", "partly_ready"],
                    "ready" => &["open", "ready"],
                    "fetched" => &["open", "ready", "fetch"],
                    "failed" => &["fail"],
                    "expired" => &["expire"],
                    other => panic!("no sample of {other}"),
                };
                let requested = DataSessionState::Requested { at: start() };
                path.iter().fold(requested, |state, event| apply(state, event).unwrap())
            },
            DataSessionState::state_name,
            apply,
        ),
    );
}

#[test]
fn provider_fetch_follows_its_table() {
    let apply = |fetch: ProviderFetchState, event: &str| match event {
        "start" => fetch.start(start()),
        "seal" => fetch.seal(ParcelId::from_random([7; 16]), start()),
        "find_nothing" => fetch.find_nothing(start()),
        "wait" => fetch.wait(ResumeToken::new("order-1".into()).unwrap(), later()),
        "retry" => fetch.retry(later()),
        "fail" => fetch.fail(FetchFailure::ProviderDown, start()),
        "cancel" => fetch.cancel(start()),
        other => panic!("no event {other}"),
    };
    check(
        include_str!("../provider_fetch.rs"),
        &walk(
            (ProviderFetchState::MACHINE, &ProviderFetchState::STATES, &ProviderFetchState::EVENTS),
            |state| {
                let path: &[&str] = match state {
                    "scheduled" => &[],
                    "running" => &["start"],
                    "waiting" => &["start", "wait"],
                    "sealed" => &["start", "seal"],
                    "no_record" => &["start", "find_nothing"],
                    "failed" => &["fail"],
                    "cancelled" => &["cancel"],
                    other => panic!("no sample of {other}"),
                };
                let scheduled = ProviderFetchState::scheduled(start());
                path.iter().fold(scheduled, |state, event| apply(state, event).unwrap())
            },
            ProviderFetchState::state_name,
            apply,
        ),
    );
}

#[test]
fn parcel_follows_its_table() {
    let apply = |parcel: Parcel, event: &str| match event {
        "receive" => parcel.receive(1024, start()),
        "discard" => parcel.discard(),
        "complete" => parcel.complete(description(), start()),
        "notify" => parcel.notify(start()),
        "collect" => parcel.collect(start()),
        "expire" => parcel.expire(later()),
        "revoke" => parcel.revoke(start()),
        "erase" => parcel.erase(ErasureReceiptId::from_random([8; 16]), start()),
        other => panic!("no event {other}"),
    };
    check(
        include_str!("../parcel.rs"),
        &walk(
            (ParcelState::MACHINE, &ParcelState::STATES, &ParcelState::EVENTS),
            |state| {
                let path: &[&str] = match state {
                    "expected" => &[],
                    "uploading" => &["receive"],
                    "available" => &["complete"],
                    "notified" => &["complete", "notify"],
                    "collected" => &["complete", "collect"],
                    "expired" => &["expire"],
                    "revoked" => &["revoke"],
                    "erased" => &["revoke", "erase"],
                    other => panic!("no sample of {other}"),
                };
                path.iter().fold(parcel(ParcelState::Expected), |state, event| apply(state, event).unwrap())
            },
            |parcel| parcel.state.state_name(),
            apply,
        ),
    );
}

#[test]
fn delivery_follows_its_table() {
    let apply = |delivery: DeliveryState, event: &str| match event {
        "succeed" => delivery.succeed(start()),
        "fail" => delivery.fail(DeliveryFailure::TimedOut, Jitter::default(), start()),
        "park" => delivery.park(DeliveryFailure::ForbiddenAddress, start()),
        "replay" => delivery.replay(start()),
        other => panic!("no event {other}"),
    };
    check(
        include_str!("../delivery.rs"),
        &walk(
            (DeliveryState::MACHINE, &DeliveryState::STATES, &DeliveryState::EVENTS),
            |state| {
                let due = DeliveryState::due(start());
                match state {
                    "due" => due,
                    "delivered" => apply(due, "succeed").unwrap(),
                    "parked" => apply(due, "park").unwrap(),
                    other => panic!("no sample of {other}"),
                }
            },
            DeliveryState::state_name,
            apply,
        ),
    );
}

#[test]
fn product_follows_its_table() {
    let apply = |product: Product, event: &str| match event {
        "approve" => product.approve(staff("approver"), start()).map_err(|error| match error {
            ApprovalError::Transition(error) => error,
            other => panic!("{other}"),
        }),
        "retire" => product.retire(start()),
        other => panic!("no event {other}"),
    };
    check(
        include_str!("../product.rs"),
        &walk(
            (ProductState::MACHINE, &ProductState::STATES, &ProductState::EVENTS),
            |state| match state {
                "draft" => product(),
                "approved" => apply(product(), "approve").unwrap(),
                "retired" => apply(product(), "retire").unwrap(),
                other => panic!("no sample of {other}"),
            },
            |product| product.state.state_name(),
            apply,
        ),
    );
}

/// A time at which everything has run out.
fn later() -> Timestamp {
    start().plus_calendar(24, 0)
}

type Machine<'a> = (&'static str, &'a [&'static str], &'a [&'static str]);

/// Applies every event to a sample of every state and writes down what comes of it.
fn walk<S>(
    (machine, states, events): Machine<'_>,
    sample: impl Fn(&str) -> S,
    name: impl Fn(&S) -> &'static str,
    apply: impl Fn(S, &str) -> Result<S, InvalidTransition>,
) -> (&'static str, Table) {
    let mut table = Table::new();
    for state in states {
        for event in events {
            let before = sample(state);
            assert_eq!(name(&before), *state, "{machine}: the sample is in another state");
            let after = match apply(before, event) {
                Ok(after) => {
                    assert!(states.contains(&name(&after)), "{machine}: {} is not listed", name(&after));
                    name(&after).to_owned()
                }
                Err(refusal) => {
                    assert_eq!(refusal, InvalidTransition { machine, state, event });
                    "-".to_owned()
                }
            };
            table.insert(((*state).to_owned(), (*event).to_owned()), after);
        }
    }
    (machine, table)
}

fn check(module: &str, (machine, walked): &(&str, Table)) {
    let in_module: Vec<&str> = module.lines().filter_map(|line| line.strip_prefix("//! ")).collect();
    assert_eq!(&table_of(&in_module), walked, "{machine}: the module's table");
    assert_eq!(&table_of(&section(machine)), walked, "{machine}: the page's table");
}

/// The lines of the page below the heading that names the machine, up to the next heading.
fn section(machine: &str) -> Vec<&'static str> {
    let is_heading = |line: &&str| {
        let title = line.strip_prefix("## ").unwrap_or_default();
        title.to_lowercase().replace(' ', "_") == machine
    };
    let mut lines = PAGE.lines().skip_while(|line| !is_heading(line));
    assert!(lines.next().is_some(), "docs/state-machines.md has no section on {machine}");
    lines.take_while(|line| !line.starts_with("## ")).collect()
}

fn table_of(lines: &[&str]) -> Table {
    let mut rows = lines
        .iter()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let head = rows.next().expect("a table");
    let mut table = Table::new();
    for row in rows.filter(|row| row[0] != "---") {
        assert_eq!(row.len(), head.len(), "a cell is missing in the row of {}", row[0]);
        for (event, after) in head.iter().zip(&row).skip(1) {
            table.insert((row[0].clone(), event.clone()), after.clone());
        }
    }
    table
}
