//! What the Account Aggregator does on its own between requests: passing requests on to FIPs, collecting what they
//! made, telling requesters, and forgetting what was kept long enough.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::consent_record::{ConsentStatus, Standing};
use super::session::{Changed, Session, SessionState};
use crate::documents::Institution;
use crate::faults::Fault;
use crate::guard::hold;
use crate::keys::{AA_ENTITY_ID, Entity};
use crate::rebit::{Callee, FiEntry, FiFetch, FiStatus, Party, SessionNotice, call};
use crate::world::{Shared, World};

/// Pauses before each try to deliver a notification, in milliseconds.
const RETRIES: [u64; 6] = [0, 200, 1_000, 5_000, 15_000, 60_000];

#[derive(Serialize)]
struct FiRequestOut<'a> {
    #[serde(rename = "FIDataRange")]
    range: &'a crate::rebit::RangeText,
    #[serde(rename = "Consent")]
    consent: crate::rebit::ConsentProof,
    #[serde(rename = "KeyMaterial")]
    key_material: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionOpened {
    session_id: String,
}

#[derive(Deserialize)]
struct Fetched {
    #[serde(rename = "FI")]
    entries: Vec<FiEntry>,
}

#[derive(Deserialize)]
struct Acknowledged {
    #[serde(rename = "response")]
    _response: String,
}

/// Opens a session at every FIP of `session_id`, in the background.
pub(super) fn open_at_fips(
    world: &Shared,
    session_id: &str,
    range: crate::rebit::RangeText,
    key_material: Box<RawValue>,
) {
    let proofs = {
        let mut book = hold(&world.aa);
        let Some(session) = book.sessions.get(session_id) else { return };
        let institutions: Vec<Institution> = session.parts.keys().copied().collect();
        let consent_id = session.consent_id.clone();
        let signatures = book
            .by_consent_id(&consent_id)
            .and_then(|record| record.grant())
            .map(|grant| grant.fip_signatures.clone())
            .unwrap_or_default();
        let proof = |institution: Institution| {
            let digital_signature = signatures.get(institution.entity_id()).cloned().unwrap_or_default();
            (institution, crate::rebit::ConsentProof { id: consent_id.clone(), digital_signature })
        };
        institutions.into_iter().map(proof).collect::<Vec<_>>()
    };
    for (institution, consent) in proofs {
        let (world, session_id) = (world.clone(), session_id.to_owned());
        let (range, key_material) = (range.clone(), key_material.clone());
        tokio::spawn(async move {
            let request = FiRequestOut { range: &range, consent, key_material: &key_material };
            let opened = call::<_, SessionOpened>(
                &world,
                Entity::Aa,
                &Callee::Fip(institution),
                "FI/request",
                request,
            )
            .await;
            match opened {
                Ok(opened) => {
                    let mut book = hold(&world.aa);
                    book.fip_sessions.insert((institution, opened.session_id), session_id);
                }
                Err(error) => {
                    tracing::warn!(fip.id = institution.entity_id(), %error, "the FIP did not open a session");
                    settle(&world, &session_id, |session| session.fail_part(institution));
                }
            }
        });
    }
}

/// Takes in an FIP's report about its session and collects what is ready, in the background.
pub(super) fn fip_reported(
    world: &Shared,
    institution: Institution,
    session_id: String,
    notice: SessionNotice,
) {
    let world = world.clone();
    tokio::spawn(async move {
        let statuses =
            notice.responses.into_iter().find(|response| response.fip_id == institution.entity_id());
        let statuses = statuses.map(|response| response.accounts).unwrap_or_default();
        let ready = statuses.iter().any(|status| status.status == FiStatus::Ready);
        if notice.session_status == "FAILED" || !ready {
            settle(&world, &session_id, |session| session.fail_part(institution));
            return;
        }
        let fetch = FiFetch { session_id: notice.session_id, fip_id: None, link_ref_number: None };
        match call::<_, Fetched>(&world, Entity::Aa, &Callee::Fip(institution), "FI/fetch", fetch).await {
            Ok(fetched) => settle(&world, &session_id, |session| {
                session.deliver(institution, &statuses, fetched.entries)
            }),
            Err(error) => {
                tracing::warn!(fip.id = institution.entity_id(), %error, "the FIP did not hand out the data");
                settle(&world, &session_id, |session| session.fail_part(institution));
            }
        }
    });
}

/// Changes a session and tells the requester how it stands.
fn settle(world: &Shared, session_id: &str, change: impl FnOnce(&mut Session) -> Changed) {
    let (requester, notice) = {
        let mut book = hold(&world.aa);
        let Some(session) = book.sessions.get_mut(session_id) else { return };
        if change(session) == Changed::No {
            return;
        }
        let (consent_id, failed) = (session.consent_id.clone(), session.state == SessionState::Failed);
        let told = (session.requester.clone(), session.notice());
        if failed && let Some(grant) = book.by_consent_id(&consent_id).and_then(|record| record.grant_mut()) {
            // A failed session does not count as a use: the requester raises a new request.
            grant.uses.retain(|(used_for, _)| used_for != session_id);
        }
        told
    };
    announce_session(world, &requester, notice);
}

fn announce_session(world: &Shared, requester: &str, mut notice: SessionNotice) {
    let fault = world.faults.strike(AA_ENTITY_ID, "notify/FI");
    if fault == Some(Fault::WrongSession) {
        notice.session_id = world.fresh_uuid();
    }
    let message = json!({ "Notifier": Party::new(AA_ENTITY_ID, "AA"), "FIStatusNotification": notice });
    announce(world, requester, "FI/Notification", message, fault);
}

/// Tells the requester and the FIPs the status of a consent, in the background.
pub(super) fn announce_consent(world: &Shared, consent_id: &str) {
    let told = {
        let mut book = hold(&world.aa);
        book.by_consent_id(consent_id).and_then(|record| {
            let grant = record.grant()?;
            let fips: Vec<Institution> =
                grant.fip_signatures.keys().filter_map(|id| Institution::from_entity_id(id)).collect();
            Some((record.requester.clone(), record.handle.clone(), grant.status, fips))
        })
    };
    let Some((requester, handle, status, fips)) = told else { return };
    tell_requester(world, &requester, consent_id, &handle, status);
    let notifier = Party::new(AA_ENTITY_ID, "AA");
    let copy = json!({ "Notifier": notifier, "ConsentStatusNotification":
        { "consentId": consent_id, "consentStatus": status.word() } });
    for institution in fips {
        deliver(world.clone(), Callee::Fip(institution), "Consent/Notification", copy.clone(), None);
    }
}

/// Tells the requester alone, in the background: the FIPs have just been handed their copies.
pub(super) fn announce_consent_to_requester(world: &Shared, consent_id: &str) {
    let told = {
        let mut book = hold(&world.aa);
        book.by_consent_id(consent_id).and_then(|record| {
            Some((record.requester.clone(), record.handle.clone(), record.grant()?.status))
        })
    };
    if let Some((requester, handle, status)) = told {
        tell_requester(world, &requester, consent_id, &handle, status);
    }
}

fn tell_requester(world: &Shared, requester: &str, consent_id: &str, handle: &str, status: ConsentStatus) {
    let message = json!({ "Notifier": Party::new(AA_ENTITY_ID, "AA"), "ConsentStatusNotification":
        { "consentId": consent_id, "consentHandle": handle, "consentStatus": status.word() } });
    let fault = world.faults.strike(AA_ENTITY_ID, "notify/Consent");
    announce(world, requester, "Consent/Notification", message, fault);
}

/// Tells the requester that the customer refused.
pub(super) fn announce_rejection(world: &Shared, requester: &str, handle: &str) {
    let message = json!({ "Notifier": Party::new(AA_ENTITY_ID, "AA"), "ConsentStatusNotification":
        { "consentHandle": handle, "consentStatus": "REJECTED" } });
    let fault = world.faults.strike(AA_ENTITY_ID, "notify/Consent");
    announce(world, requester, "Consent/Notification", message, fault);
}

fn announce(
    world: &Shared,
    requester: &str,
    path: &'static str,
    message: serde_json::Value,
    fault: Option<Fault>,
) {
    let Some(participant) = hold(&world.participants).get(requester).cloned() else { return };
    let callee = Callee::Participant(Box::new(participant));
    match fault {
        Some(Fault::Dropped) => {}
        Some(Fault::Twice) => {
            deliver(world.clone(), callee.clone(), path, message.clone(), None);
            deliver(world.clone(), callee, path, message, None);
        }
        other => deliver(world.clone(), callee, path, message, other),
    }
}

fn deliver(
    world: Shared,
    callee: Callee,
    path: &'static str,
    message: serde_json::Value,
    delay: Option<Fault>,
) {
    tokio::spawn(async move {
        world.faults.sit_out(delay.as_ref()).await;
        for pause in RETRIES {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            match call::<_, Acknowledged>(&world, Entity::Aa, &callee, path, message.clone()).await {
                Ok(_) => return,
                Err(error) => tracing::warn!(rebit.path = path, %error, "a notification was not taken"),
            }
        }
    });
}

/// Ends consents and sessions whose time has come, and tells those concerned. Called every few seconds.
pub(crate) fn sweep(world: &Shared) {
    let now = world.now();
    let (expired, failed) = {
        let mut book = hold(&world.aa);
        let mut expired = Vec::new();
        for record in book.consents.values_mut() {
            if record.advance(now)
                && let Standing::Granted(grant) = &record.standing
            {
                expired.push(grant.id.clone());
            }
        }
        let sessions = book.sessions.values_mut();
        let failed: Vec<String> =
            sessions.filter_map(|session| session.advance(now).then(|| session.id.clone())).collect();
        (expired, failed)
    };
    expired.iter().for_each(|consent_id| announce_consent(world, consent_id));
    failed.iter().for_each(|session_id| settle(world, session_id, |_| Changed::Yes));
}

/// Hands the FIPs of a consent their copies, one after the other.
///
/// # Errors
/// The name of the first FIP that did not take its copy.
pub(super) async fn hand_out_copies(
    world: &World,
    copies: Vec<(Institution, crate::rebit::ConsentArtefact)>,
) -> Result<(), &'static str> {
    for (institution, artefact) in copies {
        let taken =
            call::<_, Acknowledged>(world, Entity::Aa, &Callee::Fip(institution), "Consent", artefact).await;
        if let Err(error) = taken {
            tracing::warn!(fip.id = institution.entity_id(), %error, "the FIP did not take the consent");
            return Err(institution.entity_id());
        }
    }
    Ok(())
}
