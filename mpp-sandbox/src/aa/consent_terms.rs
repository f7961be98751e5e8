//! Whether the terms of a consent request may stand, and whom it is about (account-aggregator.md §6.5, §7).

use mpp_core::{ConsentMode, DataLifeUnit, FrequencyUnit, MobileNumber, Timestamp, Vua};

use crate::keys::AA_HANDLE;
use crate::rebit::{ConsentDetail, Refusal, date};

/// Whom a consent request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) vua: String,
    pub(crate) mobile: MobileNumber,
}

/// Checks `detail` as requested by `requester` and finds the customer.
pub(crate) fn check(detail: &ConsentDetail, requester: &str, now: Timestamp) -> Result<Subject, Refusal> {
    let start = date(&detail.consent_start)?;
    let expiry = date(&detail.consent_expiry)?;
    if start >= expiry || expiry <= now {
        return Err(Refusal::invalid("The consent must start before it expires, in the future"));
    }
    if detail.consent_types.is_empty() || detail.fi_types.is_empty() {
        return Err(Refusal::invalid("consentTypes and fiTypes must not be empty"));
    }
    detail.data_range.read().map_err(|_| Refusal::invalid("FIDataRange must begin before it ends"))?;
    check_purpose(detail)?;
    check_amounts(detail)?;
    let subject = subject(detail)?;
    let consumer = &detail.data_consumer;
    let names_itself = match consumer.kind.as_str() {
        "FIU" => consumer.id == requester,
        "USER" => consumer.id.eq_ignore_ascii_case(&subject.vua),
        _ => false,
    };
    if names_itself {
        Ok(subject)
    } else {
        Err(Refusal::invalid("DataConsumer is not the requester or the customer"))
    }
}

fn check_purpose(detail: &ConsentDetail) -> Result<(), Refusal> {
    let purpose = &detail.purpose;
    let known = matches!(purpose.code.as_str(), "101" | "102" | "103" | "104" | "105");
    let definition = format!("https://api.rebit.org.in/aa/purpose/{}.xml", purpose.code);
    if known && purpose.ref_uri.as_ref().is_none_or(|uri| *uri == definition) {
        Ok(())
    } else {
        Err(Refusal::bad("InvalidConsentPurpose", "The purpose is not one of the specification"))
    }
}

fn check_amounts(detail: &ConsentDetail) -> Result<(), Refusal> {
    let life = &detail.data_life;
    let life_holds = match (detail.consent_mode, life.unit) {
        (ConsentMode::Store, DataLifeUnit::Inf) => life.value == 0,
        (ConsentMode::Store, _) => life.value > 0,
        (ConsentMode::View | ConsentMode::Query | ConsentMode::Stream, _) => life.value == 0,
    };
    if !life_holds {
        return Err(Refusal::invalid("DataLife contradicts consentMode"));
    }
    if detail.frequency.value == 0 && detail.frequency.unit != FrequencyUnit::Inf {
        return Err(Refusal::invalid("Frequency must allow at least one fetch"));
    }
    Ok(())
}

fn subject(detail: &ConsentDetail) -> Result<Subject, Refusal> {
    let refused = || Refusal::bad("InvalidCustomerAddress", "The customer cannot be found by this address");
    let named = detail.customer.identifiers.iter().find(|identifier| identifier.kind == "MOBILE");
    let named: Option<MobileNumber> = match named {
        Some(identifier) => Some(identifier.value.parse().map_err(|_| refused())?),
        None => None,
    };
    let Some(id) = &detail.customer.id else {
        let mobile = named.ok_or_else(refused)?;
        return Ok(Subject { vua: format!("{}@{AA_HANDLE}", mobile.digits()), mobile });
    };
    let vua: Vua = id.parse().map_err(|_| refused())?;
    if vua.handle() != AA_HANDLE {
        return Err(refused());
    }
    // This Account Aggregator knows its customers by mobile number only; it gives out no other addresses.
    let mobile = vua.mobile().ok_or_else(refused)?;
    if named.is_some_and(|named| named != mobile) {
        return Err(refused());
    }
    Ok(Subject { vua: vua.address(), mobile })
}
