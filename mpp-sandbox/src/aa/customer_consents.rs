//! What a customer does with consents: looking, approving, rejecting, pausing, resuming, revoking.

use std::collections::{BTreeMap, BTreeSet};

use mpp_core::{MobileNumber, Timestamp};

use super::consent_record::{ConsentRecord, ConsentStatus, Grant, Standing};
use super::customer::{self, CustomerError, LoggedIn, linked, scripted_otp_fault};
use super::{LinkedAccount, relay};
use crate::documents::Institution;
use crate::guard::hold;
use crate::keys::{AA_ENTITY_ID, Entity};
use crate::rebit::{ConsentArtefact, ConsentCustomer, ConsentUse, Party, SignedDetail};
use crate::world::{Shared, World};

/// The customer's consent requests, newest first.
pub(super) fn all(world: &World, mobile: &MobileNumber) -> Vec<ConsentRecord> {
    let now = world.now();
    let mut book = hold(&world.aa);
    let own = book.consents.values_mut().filter(|record| record.mobile == *mobile);
    let mut records: Vec<ConsentRecord> = own
        .map(|record| {
            record.advance(now);
            record.clone()
        })
        .collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.requested_at));
    records
}

/// One of the customer's consent requests.
pub(super) fn one(
    world: &World,
    mobile: &MobileNumber,
    handle: &str,
) -> Result<ConsentRecord, CustomerError> {
    let now = world.now();
    let mut book = hold(&world.aa);
    let record = book.consents.get_mut(handle).filter(|record| record.mobile == *mobile);
    let record = record.ok_or(CustomerError::NotFound("The consent"))?;
    record.advance(now);
    Ok(record.clone())
}

/// Texts the customer the password for approving.
pub(super) fn begin_approval(world: &World, customer: &LoggedIn, handle: &str) -> Result<(), CustomerError> {
    let record = one(world, &customer.mobile, handle)?;
    require_pending(&record)?;
    let now = world.now();
    let entropy = &*world.surroundings.entropy;
    let code = hold(&world.aa).desk.ask(customer.mobile.digits(), &matter(handle), now, entropy)?;
    let text = format!("{code} is your code to approve sharing your data. Never share it.");
    world.inboxes.deliver(&customer.mobile, "ONEMNY", text, now);
    Ok(())
}

/// Approves the request for the accounts named; the consent's id.
pub(super) async fn approve(
    world: &Shared,
    customer: &LoggedIn,
    handle: &str,
    link_refs: &[String],
    otp: &str,
) -> Result<String, CustomerError> {
    let record = one(world, &customer.mobile, handle)?;
    require_pending(&record)?;
    let chosen = chosen_accounts(world, customer, &record, link_refs)?;
    scripted_otp_fault(world, "approve")?;
    hold(&world.aa).desk.take(customer.mobile.digits(), &matter(handle), otp, world.now())?;
    let now = world.now();
    let consent_id = world.fresh_uuid();
    let (grant, copies) = artefacts(world, &record, &chosen, &consent_id, now)?;
    if let Err(fip_id) = relay::hand_out_copies(world, copies).await {
        if let Some(record) = hold(&world.aa).consents.get_mut(handle) {
            record.standing = Standing::Failed;
        }
        return Err(CustomerError::Institution {
            code: "CONSENT_REFUSED_BY_FIP".to_owned(),
            words: format!("{fip_id} did not accept the consent."),
        });
    }
    {
        let mut book = hold(&world.aa);
        let record = book.consents.get_mut(handle).ok_or(CustomerError::NotFound("The consent"))?;
        require_pending(record)?;
        record.standing = Standing::Granted(Box::new(grant));
        book.granted.insert(consent_id.clone(), handle.to_owned());
    }
    relay::announce_consent_to_requester(world, &consent_id);
    Ok(consent_id)
}

/// Rejects the request.
pub(super) fn reject(world: &Shared, customer: &LoggedIn, handle: &str) -> Result<(), CustomerError> {
    let requester = {
        let mut book = hold(&world.aa);
        let record = book.consents.get_mut(handle).filter(|record| record.mobile == customer.mobile);
        let record = record.ok_or(CustomerError::NotFound("The consent"))?;
        require_pending(record)?;
        record.standing = Standing::Rejected;
        record.requester.clone()
    };
    relay::announce_rejection(world, &requester, handle);
    Ok(())
}

/// Pauses, resumes or revokes an approved consent.
pub(super) fn change(
    world: &Shared,
    customer: &LoggedIn,
    consent_id: &str,
    wanted: ConsentStatus,
) -> Result<(), CustomerError> {
    {
        let now = world.now();
        let mut book = hold(&world.aa);
        let record = book.by_consent_id(consent_id).filter(|record| record.mobile == customer.mobile);
        let record = record.ok_or(CustomerError::NotFound("The consent"))?;
        record.advance(now);
        let grant = record.grant_mut().ok_or(CustomerError::NotFound("The consent"))?;
        let moved = grant.status.moved_to(wanted);
        grant.status = moved.ok_or(CustomerError::Conflict("The consent is not in a state for that."))?;
    }
    relay::announce_consent(world, consent_id);
    Ok(())
}

/// Undoes a link; consents about the account end with it.
pub(super) async fn delink(world: &Shared, customer: &LoggedIn, link_ref: &str) -> Result<(), CustomerError> {
    customer::end_link(world, customer, link_ref).await?;
    let ended: Vec<String> = {
        let mut book = hold(&world.aa);
        let grants = book.consents.values_mut().filter_map(ConsentRecord::grant_mut);
        let about =
            grants.filter(|grant| grant.accounts.iter().any(|account| account.link_ref_number == link_ref));
        about
            .filter_map(|grant| {
                grant.status = grant.status.moved_to(ConsentStatus::Revoked)?;
                Some(grant.id.clone())
            })
            .collect()
    };
    ended.iter().for_each(|consent_id| relay::announce_consent(world, consent_id));
    Ok(())
}

fn matter(handle: &str) -> String {
    format!("approve {handle}")
}

const fn require_pending(record: &ConsentRecord) -> Result<(), CustomerError> {
    match record.standing {
        Standing::Pending => Ok(()),
        Standing::Rejected | Standing::Failed | Standing::Lapsed | Standing::Granted(_) => {
            Err(CustomerError::Conflict("This request has been decided already or is too old."))
        }
    }
}

fn chosen_accounts(
    world: &World,
    customer: &LoggedIn,
    record: &ConsentRecord,
    link_refs: &[String],
) -> Result<Vec<LinkedAccount>, CustomerError> {
    let wanted: BTreeSet<&String> = link_refs.iter().collect();
    let own = linked(world, customer).into_iter();
    let chosen: Vec<LinkedAccount> = own.filter(|account| wanted.contains(&account.link_ref)).collect();
    if chosen.is_empty() || chosen.len() != wanted.len() {
        return Err(CustomerError::Invalid("Choose at least one of your linked accounts."));
    }
    if chosen.iter().all(|account| record.detail.fi_types.contains(&account.fi_type)) {
        Ok(chosen)
    } else {
        Err(CustomerError::Invalid("An account is of a kind that was not asked for."))
    }
}

type Copies = Vec<(Institution, ConsentArtefact)>;

/// The requester's artefact, and every FIP's copy with that FIP's accounts only.
fn artefacts(
    world: &World,
    record: &ConsentRecord,
    chosen: &[LinkedAccount],
    consent_id: &str,
    now: Timestamp,
) -> Result<(Grant, Copies), CustomerError> {
    let mut terms = record.detail.clone();
    terms.customer = ConsentCustomer { id: Some(record.vua.clone()), identifiers: Vec::new() };
    let accounts: Vec<_> = chosen.iter().map(LinkedAccount::for_consent).collect();
    let whole = SignedDetail {
        terms: terms.clone(),
        data_provider: Party::new(AA_ENTITY_ID, "AA"),
        accounts: accounts.clone(),
    };
    let signed_consent = signed(world, &whole)?;
    terms.data_consumer = Party::new(AA_ENTITY_ID, "AA");
    let mut fip_signatures = BTreeMap::new();
    let mut copies = Vec::new();
    let institutions: BTreeSet<Institution> = chosen.iter().map(|account| account.institution).collect();
    for institution in institutions {
        let id = institution.entity_id();
        let own = accounts.iter().filter(|account| account.fip_id == id).cloned().collect();
        let part = SignedDetail { terms: terms.clone(), data_provider: Party::new(id, "FIP"), accounts: own };
        let text = signed(world, &part)?;
        fip_signatures.insert(id.to_owned(), third_part(&text));
        copies.push((institution, artefact(consent_id, text, now)));
    }
    let grant = Grant {
        id: consent_id.to_owned(),
        status: ConsentStatus::Active,
        created_at: now,
        signature: third_part(&signed_consent),
        signed_consent,
        accounts,
        fip_signatures,
        uses: Vec::new(),
    };
    Ok((grant, copies))
}

fn artefact(consent_id: &str, signed_consent: String, now: Timestamp) -> ConsentArtefact {
    ConsentArtefact {
        consent_id: consent_id.to_owned(),
        status: ConsentStatus::Active.word().to_owned(),
        create_timestamp: now,
        signed_consent,
        consent_use: ConsentUse {
            log_uri: "audit@onemoneydemo.example".to_owned(),
            count: 0,
            last_use_date_time: now,
        },
    }
}

fn signed(world: &World, detail: &SignedDetail) -> Result<String, CustomerError> {
    let failed = CustomerError::Conflict("The consent could not be signed.");
    let payload = serde_json::to_vec(detail).map_err(|_| failed.clone())?;
    world.ring.of(Entity::Aa).sign_consent(&payload).ok_or(failed)
}

fn third_part(signed_consent: &str) -> String {
    signed_consent.rsplit('.').next().unwrap_or_default().to_owned()
}
