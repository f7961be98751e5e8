//! Making the documents of a session, in the background, and telling the Account Aggregator.

use std::time::Duration;

use mpp_core::DataRange;
use mpp_crypto::rebit::PeerKeyMaterial;
use serde::Deserialize;
use serde_json::json;

use super::sealing::seal;
use super::{ConsentCopy, Link, Made, with_book};
use crate::documents::{Institution, Order, Selection, accounts_of, compose};
use crate::evidence::ProducedDocument;
use crate::faults::Fault;
use crate::keys::Entity;
use crate::rebit::{
    AccountStatus, Callee, EncryptedAccount, FiEntry, FiStatus, FipStatus, Party, Refusal, SessionNotice,
    call,
};
use crate::world::{Shared, World};

/// Pauses before each try to tell the Account Aggregator, in milliseconds. The first report may overtake the
/// answer to the request it is about.
const RETRIES: [u64; 6] = [0, 50, 200, 1_000, 5_000, 30_000];

/// What is to be made.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) institution: Institution,
    pub(super) session_id: String,
    pub(super) copy: ConsentCopy,
    pub(super) range: DataRange,
    pub(super) peer: PeerKeyMaterial,
}

/// Makes the documents and reports, in the background.
pub(super) fn start(world: Shared, task: Task) {
    tokio::spawn(async move {
        let entity = task.institution.entity_id();
        world.counters.count(entity, "prepare");
        let fault = world.faults.strike(entity, "prepare");
        world.faults.sit_out(fault.as_ref()).await;
        let (institution, session_id) = (task.institution, task.session_id.clone());
        let maker = world.clone();
        let scripted = fault.clone();
        let made = tokio::task::spawn_blocking(move || make_all(&maker, &task, scripted.as_ref())).await;
        let made = made.unwrap_or_else(|_| Err(Refusal::internal()));
        report(&world, institution, &session_id, made, fault).await;
    });
}

fn make_all(world: &World, task: &Task, fault: Option<&Fault>) -> Result<Made, Refusal> {
    if matches!(fault, Some(Fault::Status { .. } | Fault::Error { .. })) {
        return Err(Refusal::unavailable("Scripted by the sandbox"));
    }
    let mut made = Made { entries: Vec::new(), statuses: Vec::new() };
    for (number, account) in task.copy.detail.accounts.iter().enumerate() {
        let link_ref = &account.link_ref_number;
        let link = with_book(world, task.institution, |book| Ok(book.links.get(link_ref).cloned()))?;
        let left_out = fault == Some(&Fault::Partial) && number == 0;
        let (entry, status) = match link {
            Some(link) if !left_out => (make_one(world, task, &link, link_ref, fault)?, FiStatus::Ready),
            Some(_) | None => {
                (empty_entry(world, task, link_ref, &account.masked_acc_number)?, FiStatus::Denied)
            }
        };
        made.entries.push(entry);
        let status = AccountStatus { link_ref: link_ref.clone(), status, description: String::new() };
        made.statuses.push(status);
    }
    Ok(made)
}

fn make_one(
    world: &World,
    task: &Task,
    link: &Link,
    link_ref: &str,
    fault: Option<&Fault>,
) -> Result<FiEntry, Refusal> {
    let now = world.now();
    let mut person = world.person(&link.mobile);
    let mut account = link.account.clone();
    let mut told_link = link_ref.to_owned();
    if fault == Some(&Fault::WrongCustomer) {
        person = world.person(&neighbour(link));
        let others = accounts_of(&person, task.institution);
        account = others.into_iter().find(|other| other.fi_type == account.fi_type).unwrap_or(account);
    }
    if fault == Some(&Fault::WrongAccount) {
        told_link = world.fresh_uuid();
    }
    let terms = &task.copy.detail.terms;
    let selection = Selection {
        range: task.range,
        consent_types: terms.consent_types.clone(),
        filters: terms.data_filter.clone(),
    };
    let order = Order {
        person: &person,
        account: &account,
        link_reference: &told_link,
        selection: &selection,
        now,
        padding_bytes: world.padding_bytes.load(std::sync::atomic::Ordering::Relaxed),
    };
    let document = compose(&order);
    let mut produced = ProducedDocument::of("account-aggregator", &document, now);
    produced.fip_id = Some(task.institution.entity_id().to_owned());
    produced.link_ref_number = Some(link_ref.to_owned());
    produced.session_id = Some(task.session_id.clone());
    world.produced.add(&link.mobile, produced);
    let data =
        EncryptedAccount { link_ref: told_link, masked: account.masked.clone(), encrypted: String::new() };
    let entropy = &*world.surroundings.entropy;
    let mut entry = seal(&document, task.institution.entity_id(), data, &task.peer, now, entropy)?;
    if fault == Some(&Fault::Garbage) {
        let noise = mpp_core::draw::<256>(entropy);
        entry.data.iter_mut().for_each(|data| data.encrypted = base64_simd::STANDARD.encode_to_string(noise));
    }
    Ok(entry)
}

/// An account that cannot be delivered comes back with empty data.
fn empty_entry(world: &World, task: &Task, link_ref: &str, masked: &str) -> Result<FiEntry, Refusal> {
    let data = EncryptedAccount {
        link_ref: link_ref.to_owned(),
        masked: masked.to_owned(),
        encrypted: String::new(),
    };
    let entropy = &*world.surroundings.entropy;
    let mut entry = seal(b"", task.institution.entity_id(), data, &task.peer, world.now(), entropy)?;
    entry.data.iter_mut().for_each(|data| data.encrypted.clear());
    Ok(entry)
}

/// Another number: the last digit changed.
fn neighbour(link: &Link) -> mpp_core::MobileNumber {
    let digits = link.mobile.digits();
    let start: String = digits.chars().take(9).collect();
    let last = if digits.ends_with('7') { '8' } else { '7' };
    format!("{start}{last}").parse().unwrap_or_else(|_| link.mobile.clone())
}

#[derive(Deserialize)]
struct Acknowledged {
    #[serde(rename = "response")]
    _response: String,
}

async fn report(
    world: &Shared,
    institution: Institution,
    session_id: &str,
    made: Result<Made, Refusal>,
    fault: Option<Fault>,
) {
    let (session_status, accounts) = match &made {
        Ok(made) => ("COMPLETED", made.statuses.clone()),
        Err(_) => ("FAILED", Vec::new()),
    };
    if let Ok(made) = made {
        let kept = with_book(world, institution, |book| {
            let session = book.sessions.get_mut(session_id).ok_or_else(Refusal::internal)?;
            session.made = Some(made);
            Ok(())
        });
        if kept.is_err() {
            return;
        }
    }
    let told_session =
        if fault == Some(Fault::WrongSession) { world.fresh_uuid() } else { session_id.to_owned() };
    let notice = SessionNotice {
        session_id: told_session,
        session_status: session_status.to_owned(),
        responses: vec![FipStatus { fip_id: institution.entity_id().to_owned(), accounts }],
    };
    let message =
        json!({ "Notifier": Party::new(institution.entity_id(), "FIP"), "FIStatusNotification": notice });
    let times = match fault {
        Some(Fault::Dropped) => 0,
        Some(Fault::Twice) => 2,
        _ => 1,
    };
    for _ in 0..times {
        tell(world, institution, &message).await;
    }
}

async fn tell(world: &World, institution: Institution, message: &serde_json::Value) {
    for pause in RETRIES {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let path = "FI/Notification";
        match call::<_, Acknowledged>(world, Entity::Fip(institution), &Callee::Aa, path, message.clone())
            .await
        {
            Ok(_) => return,
            Err(error) => tracing::debug!(fip.id = institution.entity_id(), %error, "a report was not taken"),
        }
    }
}
