//! A partner's signed log of a month: checked, held against ours, and kept with the month as evidence.

mod checking;
mod refusal;

pub use refusal::PartnerLogRefusal;

use mpp_billing::{BillingMonth, Comparison, LogEntry, UsageLog, compare};
use mpp_core::{Kid, PartnerId, Sha256Digest, StaffId, Timestamp};
use mpp_store::{IndexValue, Page, Record, RecordReaderExt, Versioned};
use serde::{Deserialize, Serialize};

use super::BillingRefusal;
use super::bills::LAST_COMMITS;
use crate::central::audit::{Action, Actor, Subject};
use crate::central::change::Change;
use crate::central::records::{PartnerLogPieceRecord, PartnerLogRecord, index};
use crate::central::{CentralError, CentralService, Look};

/// How much of a signed log lies in one record, in bytes.
const PIECE_BYTES: usize = 512 * 1024;

/// Who brought a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum LogBringer {
    /// The partner's client server itself.
    Partner(PartnerId),
    /// One of Moneyone's staff.
    Staff(StaffId),
}

/// A signed log as it was brought, and what it must be about.
#[derive(Debug, Clone)]
pub struct BroughtLog<'a> {
    /// The compact JWS.
    pub text: &'a str,
    /// Who brought it; a partner brings its own alone.
    pub by: LogBringer,
    /// Whose it must be.
    pub partner: Option<PartnerId>,
    /// Of which month it must be.
    pub month: Option<BillingMonth>,
}

/// How a partner's log stands to ours, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogOutcome {
    /// The same on both sides.
    pub matched: u64,
    /// There only.
    pub missing_here: u64,
    /// Here only.
    pub missing_there: u64,
    /// On both sides, but not the same.
    pub differs: u64,
}

impl LogOutcome {
    fn of(found: &Comparison) -> Self {
        let count = |length| u64::try_from(length).unwrap_or(u64::MAX);
        Self {
            matched: count(found.matched.len()),
            missing_here: count(found.missing_here.len()),
            missing_there: count(found.missing_there.len()),
            differs: count(found.differs.len()),
        }
    }

    /// Whether both logs say the same.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        self.missing_here == 0 && self.missing_there == 0 && self.differs == 0
    }
}

/// A signed log that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartnerLog {
    /// Whose.
    pub partner: PartnerId,
    /// Of which month.
    pub month: BillingMonth,
    /// The digest of the signed text.
    pub sha256: Sha256Digest,
    /// The partner's key it is signed with.
    pub kid: Kid,
    /// When it was signed, as it says itself.
    pub signed_at: Timestamp,
    /// When it was brought.
    pub taken_at: Timestamp,
    /// By whom.
    pub taken_by: LogBringer,
    /// The length of the signed text.
    pub size_bytes: u64,
    /// How many uses it holds.
    pub lines: u64,
    /// How it stands to our log.
    pub outcome: LogOutcome,
    /// The digest of the log that it replaced, if one was here before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Sha256Digest>,
}

/// A signed log with every line of both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerLogFile {
    /// The log.
    pub log: PartnerLog,
    /// Ours (here) and the partner's (there).
    pub comparison: Comparison,
}

/// A signed log that stands, before it is kept.
struct CheckedLog {
    log: UsageLog,
    kid: Kid,
    sha256: Sha256Digest,
}

impl CentralService {
    /// Takes a partner's signed log of a month that is over, holds it against ours, and keeps it in place of an earlier
    /// one. The same log again changes nothing.
    ///
    /// # Errors
    /// [`BillingRefusal::PartnerLog`] says what is wrong with the log; also when the month is not over or its books are
    /// gone.
    pub async fn take_partner_log(&self, brought: &BroughtLog<'_>) -> Result<PartnerLogFile, CentralError> {
        let checked = self.check_partner_log(brought).await?;
        let (partner, month) = (checked.log.form().partner, checked.log.form().month);
        if !month.is_over(self.now().minus(LAST_COMMITS).day_in_india()) {
            return Err(BillingRefusal::MonthNotOver(month).into());
        }
        if self.month_is_forgotten(month) {
            return Err(BillingRefusal::MonthForgotten(month).into());
        }
        let comparison = self.compare_with(partner, month, &checked.log).await?;
        let log = self
            .until_settled(|| self.keep_partner_log(brought, &checked, LogOutcome::of(&comparison)))
            .await?;
        Ok(PartnerLogFile { log, comparison })
    }

    /// Signed logs that are kept, the newest first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn partner_logs(
        &self,
        partner: Option<PartnerId>,
        month: Option<BillingMonth>,
        look: &Look,
    ) -> Result<Page<PartnerLog>, CentralError> {
        let index = match (partner, month) {
            (Some(partner), _) => Some((index::PARTNER, IndexValue::new(partner))),
            (None, Some(month)) => Some((index::MONTH, IndexValue::new(month))),
            (None, None) => None,
        };
        let keep = |record: &PartnerLogRecord| {
            partner.is_none_or(|partner| record.log.partner == partner)
                && month.is_none_or(|month| record.log.month == month)
        };
        let page = self.look_for::<PartnerLogRecord>(index, look, keep).await?;
        page.try_map(|record| Ok(record.log))
    }

    /// A signed log that is kept, with its signature checked and held against ours anew.
    ///
    /// # Errors
    /// [`CentralError::NotFound`].
    pub async fn partner_log(
        &self,
        partner: PartnerId,
        month: BillingMonth,
    ) -> Result<PartnerLogFile, CentralError> {
        let log = self.known_log(partner, month).await?.ok_or(CentralError::NotFound)?.record.log;
        let text = self.partner_log_text(partner, month).await?;
        let (signed, _) = self.open_log(&text).await?;
        let comparison = self.compare_with(partner, month, &signed).await?;
        Ok(PartnerLogFile { log, comparison })
    }

    /// The signed text itself.
    ///
    /// # Errors
    /// [`CentralError::NotFound`].
    pub async fn partner_log_text(
        &self,
        partner: PartnerId,
        month: BillingMonth,
    ) -> Result<String, CentralError> {
        let head = self.known_log(partner, month).await?.ok_or(CentralError::NotFound)?;
        let pieces = self.pieces_of(&head.record).await?;
        let text: String = pieces.into_iter().map(|piece| piece.record.text).collect();
        if mpp_crypto::sha256(text.as_bytes()) == head.record.log.sha256 {
            Ok(text)
        } else {
            Err(CentralError::Inconsistent("a kept log"))
        }
    }

    pub(super) async fn known_log(
        &self,
        partner: PartnerId,
        month: BillingMonth,
    ) -> Result<Option<Versioned<PartnerLogRecord>>, CentralError> {
        Ok(self.store().get(&PartnerLogRecord::key_of(partner, month)).await?)
    }

    async fn pieces_of(
        &self,
        head: &PartnerLogRecord,
    ) -> Result<Vec<Versioned<PartnerLogPieceRecord>>, CentralError> {
        let (partner, month) = (head.log.partner, head.log.month);
        let keys: Vec<_> =
            (0..head.pieces).map(|number| PartnerLogPieceRecord::key_of(partner, month, number)).collect();
        let found = self.store().get_many::<PartnerLogPieceRecord>(&keys).await?;
        let whole: Option<Vec<_>> = found.into_iter().collect();
        whole.ok_or(CentralError::Inconsistent("a piece of a kept log is gone"))
    }

    async fn compare_with(
        &self,
        partner: PartnerId,
        month: BillingMonth,
        log: &UsageLog,
    ) -> Result<Comparison, CentralError> {
        let ours: Vec<_> =
            self.uses_of(partner, month).await?.iter().map(|event| LogEntry::of(event, None)).collect();
        Ok(compare(&ours, &log.entries()))
    }

    async fn keep_partner_log(
        &self,
        brought: &BroughtLog<'_>,
        checked: &CheckedLog,
        outcome: LogOutcome,
    ) -> Result<PartnerLog, CentralError> {
        let form = checked.log.form();
        let known = self.known_log(form.partner, form.month).await?;
        if let Some(known) = known.as_ref().filter(|known| known.record.log.sha256 == checked.sha256) {
            return Ok(known.record.log.clone());
        }
        let mut change = Change::new(self);
        let log = PartnerLog {
            partner: form.partner,
            month: form.month,
            sha256: checked.sha256,
            kid: checked.kid.clone(),
            signed_at: form.signed_at,
            taken_at: change.now(),
            taken_by: brought.by.clone(),
            size_bytes: u64::try_from(brought.text.len()).unwrap_or(u64::MAX),
            lines: form.counts.lines,
            outcome,
            replaces: known.as_ref().map(|known| known.record.log.sha256),
        };
        self.write_log(&mut change, known, &log, brought.text).await?;
        let actor = match &brought.by {
            LogBringer::Partner(partner) => Actor::Partner(*partner),
            LogBringer::Staff(staff) => Actor::Staff(staff.clone()),
        };
        change.audit(Action::PartnerLogTaken, actor, &about(&log));
        change.commit().await?;
        Ok(log)
    }

    /// The pieces of an earlier log go in the commit that brings those of the new one.
    async fn write_log(
        &self,
        change: &mut Change<'_>,
        known: Option<Versioned<PartnerLogRecord>>,
        log: &PartnerLog,
        text: &str,
    ) -> Result<(), CentralError> {
        let mut earlier = Vec::new();
        if let Some(known) = &known {
            earlier = self.pieces_of(&known.record).await?;
        }
        let mut earlier = earlier.into_iter();
        let mut pieces = 0_u32;
        for text in pieces_of_text(text) {
            let piece = PartnerLogPieceRecord {
                partner: log.partner,
                month: log.month,
                number: pieces,
                text: text.to_owned(),
            };
            match earlier.next() {
                Some(read) => change.update(&Versioned { record: piece, ..read }),
                None => change.insert(&piece),
            }
            pieces = pieces.saturating_add(1);
        }
        earlier.for_each(|read| change.remove(&read));
        let record = PartnerLogRecord { log: log.clone(), pieces };
        match known {
            Some(read) => change.update(&Versioned { record, ..read }),
            None => change.insert(&record),
        }
        Ok(())
    }

    /// Removes a kept log with its pieces; `false` when somebody brought another one meanwhile.
    pub(in crate::central) async fn drop_partner_log(
        &self,
        read: &Versioned<PartnerLogRecord>,
    ) -> Result<bool, CentralError> {
        let mut batch = mpp_store::WriteBatch::new();
        for piece in self.pieces_of(&read.record).await? {
            batch.delete::<PartnerLogPieceRecord>(&piece.record.key(), piece.version);
        }
        batch.delete::<PartnerLogRecord>(&read.record.key(), read.version);
        Ok(crate::retention::commit(self.store(), batch).await?)
    }
}

/// A signed text in pieces; it is plain ASCII, so that any place is between two characters.
fn pieces_of_text(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, left) = rest.split_at_checked(PIECE_BYTES).unwrap_or((rest, ""));
        rest = left;
        Some(piece)
    })
}

fn about(log: &PartnerLog) -> Subject {
    Subject {
        partner: Some(log.partner),
        month: Some(log.month),
        kid: Some(log.kid.clone()),
        evidence: Some(log.sha256),
        reason: log.replaces.map(|_| "replaced"),
        ..Subject::default()
    }
}
