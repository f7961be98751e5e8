//! Whether a signed log stands: size, kind, key, signature, form, partner, month and time, in this order.

use mpp_billing::{MOST_LOG_BYTES, USAGE_LOG_TYP, UsageLog, UsageLogForm};
use mpp_core::{Span, Timestamp};
use mpp_crypto::jws::{self, CompactJws, JwsError};
use mpp_crypto::keys::VerifyingKey;

use super::{BroughtLog, CheckedLog, LogBringer, PartnerLogRefusal};
use crate::central::billing::BillingRefusal;
use crate::central::records::PartnerKeysRecord;
use crate::central::{CentralError, CentralService};

/// How far the clocks of a client server and of central may be apart.
const CLOCKS_APART: Span = Span::from_minutes(5);

impl CentralService {
    pub(super) async fn check_partner_log(
        &self,
        brought: &BroughtLog<'_>,
    ) -> Result<CheckedLog, CentralError> {
        let (log, keys) = self.open_log(brought.text).await?;
        check_subject(brought, &keys, &log).map_err(BillingRefusal::from)?;
        self.check_times(&keys, &log).await?;
        let sha256 = mpp_crypto::sha256(brought.text.as_bytes());
        Ok(CheckedLog { log, kid: keys.signing_kid, sha256 })
    }

    /// The log in a signed text, and the keys of the partner who signed it.
    pub(super) async fn open_log(&self, text: &str) -> Result<(UsageLog, PartnerKeysRecord), CentralError> {
        let jws = parse(text).map_err(BillingRefusal::from)?;
        let keys = self.keys_by_signer(jws.kid()).await?;
        let keys = keys.ok_or(BillingRefusal::from(PartnerLogRefusal::UnknownKey))?;
        let key = VerifyingKey::from_jwk(&keys.signing_key)
            .map_err(|_| CentralError::Inconsistent("an enrolled signing key"))?;
        let log = open(&key, &jws).map_err(BillingRefusal::from)?;
        Ok((log, keys))
    }

    /// The log was signed after its month, not in the future, and while its key was the registered one: from its
    /// enrolment up to that of the next.
    async fn check_times(&self, keys: &PartnerKeysRecord, log: &UsageLog) -> Result<(), CentralError> {
        let form = log.form();
        let month_ends = form.month.last_day().tomorrow().map(Timestamp::start_of_day_in_india);
        let too_early = month_ends.is_ok_and(|end| form.signed_at < end);
        if too_early || form.signed_at > self.now().plus(CLOCKS_APART) {
            return Err(BillingRefusal::from(PartnerLogRefusal::SigningTime).into());
        }
        let next = self.replaced_at(keys).await?;
        let began = form.signed_at >= keys.enrolled_at.minus(CLOCKS_APART);
        let ended = next.is_some_and(|next| form.signed_at > next.plus(CLOCKS_APART));
        if !began || ended {
            return Err(BillingRefusal::from(PartnerLogRefusal::KeyNotValid).into());
        }
        Ok(())
    }
}

fn parse(text: &str) -> Result<CompactJws, PartnerLogRefusal> {
    if text.len() > MOST_LOG_BYTES {
        return Err(PartnerLogRefusal::TooLarge);
    }
    let jws = CompactJws::parse_within(text, MOST_LOG_BYTES).map_err(|_| PartnerLogRefusal::NotOurs)?;
    if jws.typ() == USAGE_LOG_TYP { Ok(jws) } else { Err(PartnerLogRefusal::NotOurs) }
}

fn open(key: &VerifyingKey, jws: &CompactJws) -> Result<UsageLog, PartnerLogRefusal> {
    let form: UsageLogForm = jws::verify(key, USAGE_LOG_TYP, jws).map_err(|error| match error {
        JwsError::Signature => PartnerLogRefusal::Altered,
        JwsError::UnknownKey => PartnerLogRefusal::UnknownKey,
        JwsError::Malformed | JwsError::OtherKind | JwsError::Payload | JwsError::Unwritable => {
            PartnerLogRefusal::NotOurs
        }
    })?;
    Ok(UsageLog::try_from(form)?)
}

fn check_subject(
    brought: &BroughtLog<'_>,
    keys: &PartnerKeysRecord,
    log: &UsageLog,
) -> Result<(), PartnerLogRefusal> {
    let form = log.form();
    let brings_own = match brought.by {
        LogBringer::Partner(partner) => partner == form.partner,
        LogBringer::Staff(_) => true,
    };
    let as_asked = brought.partner.is_none_or(|partner| partner == form.partner);
    if keys.envelope.partner != form.partner || !brings_own || !as_asked {
        return Err(PartnerLogRefusal::WrongPartner);
    }
    if brought.month.is_some_and(|month| month != form.month) {
        return Err(PartnerLogRefusal::WrongMonth(form.month));
    }
    Ok(())
}
