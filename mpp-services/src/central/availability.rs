//! A parcel is complete: what that causes is the same, whether central sealed it or a phone uploaded it.

use mpp_core::{
    FetchType, Frequency, FrequencyUnit, ParcelDescription, QualityFlags, Span, Timestamp, Usage,
    UsageSubject, UsageUnit,
};
use mpp_store::Versioned;

use super::audit::{Action, Actor, Subject};
use super::change::{Change, PhoneNews};
use super::decisions::of_consent;
use super::jobs::Job;
use super::news::{NotificationKind, NotificationSubject, PhoneEventKind};
use super::records::{ConsentRecord, ParcelRecord, UseKind};
use super::{CentralError, CentralService};

/// A parcel whose bytes have all come.
pub(super) struct Arrival {
    pub(super) parcel: Versioned<ParcelRecord>,
    pub(super) description: ParcelDescription,
    pub(super) actor: Actor,
    /// What is noticeable about it; of what a phone sealed nobody knows.
    pub(super) quality: QualityFlags,
}

impl CentralService {
    /// The parcel becomes available; the partner and the phone are told; the use is metered once; the next fetch of a
    /// periodic consent is planned.
    pub(super) async fn make_available(
        &self,
        change: &mut Change<'_>,
        consent: &ConsentRecord,
        arrival: Arrival,
    ) -> Result<(), CentralError> {
        let Arrival { mut parcel, description, actor, quality } = arrival;
        let now = change.now();
        let sha256 = description.sha256;
        let mut complete = parcel.record.parcel.clone().complete(description, now)?;
        // the time to collect it begins when there is something to collect
        complete.expires_at = now.plus(self.settings().parcel_life);
        parcel.record.parcel = complete;
        change.update(&parcel);
        let id = parcel.record.parcel.id;
        change.ask_for(&Job::ParcelExpiry { parcel: id }, parcel.record.parcel.expires_at)?;
        self.meter_once(change, consent, &parcel.record).await?;
        change.log_use(consent.consent.id, UseKind::Fetched, Some(id));
        let subject = Subject { parcel: Some(id), evidence: Some(sha256), ..of_consent(&consent.consent) };
        change.audit(Action::ParcelAvailable, actor, &subject);
        let owner = self.partner_record(consent.consent.partner).await?;
        let data = NotificationSubject {
            consent_id: Some(consent.consent.id),
            source: Some(consent.consent.source.clone()),
            parcel_id: Some(id),
            fetch_id: parcel.record.fetch,
            quality,
            purge_by: consent.consent.artefact.parameters.form().data_life.ends(now),
            ..NotificationSubject::of_request(consent.consent.request, consent.case_ref.clone())
        };
        change.notify(&owner.record, NotificationKind::DataAvailable, data).await?;
        let news = PhoneNews { parcel: Some(id), ..PhoneNews::default() };
        change.tell_phone(consent.device, PhoneEventKind::Fetched, &consent.consent, news).await?;
        // a phone is woken by a chain of timers of its own
        if consent.consent.source.provider().is_some() {
            self.schedule_next(change, consent)?;
        }
        Ok(())
    }

    /// The first parcel of a fetch meters it. Two that come at the same moment would write two different events under one
    /// name, which the store refuses: the later one is decided again and finds the fetch metered.
    async fn meter_once(
        &self,
        change: &mut Change<'_>,
        consent: &ConsentRecord,
        parcel: &ParcelRecord,
    ) -> Result<(), CentralError> {
        let id = parcel.parcel.id;
        let is_sibling = |other: &ParcelRecord| other.fetch == parcel.fetch && other.parcel.id != id;
        let subject = match parcel.fetch {
            None => UsageSubject::Parcel(id),
            Some(fetch) => {
                let parcels = self.parcels_of(consent.consent.id).await?;
                if parcels.iter().any(|read| is_sibling(&read.record) && read.record.was_complete()) {
                    return Ok(());
                }
                UsageSubject::Fetch(fetch)
            }
        };
        change.meter(Usage {
            partner: consent.consent.partner,
            product: consent.product,
            source: consent.consent.source.clone(),
            consent: consent.consent.id,
            subject,
            unit: UsageUnit::delivered(consent.kind),
        })
    }

    /// Plans the next fetch of a periodic consent, if it still holds then.
    pub(super) fn schedule_next(
        &self,
        change: &mut Change<'_>,
        record: &ConsentRecord,
    ) -> Result<(), CentralError> {
        let terms = record.consent.artefact.parameters.form();
        if terms.fetch_type == FetchType::Onetime {
            return Ok(());
        }
        let next = next_fetch(terms.frequency, change.now());
        if next < terms.consent_expiry {
            change.ask_for(&Job::FetchDue { consent: record.consent.id }, next)?;
        }
        Ok(())
    }
}

/// The uses of one unit of time, spread evenly over it.
fn next_fetch(frequency: Frequency, now: Timestamp) -> Timestamp {
    let unit_ends = match frequency.unit {
        FrequencyUnit::Hour => now.plus(Span::from_hours(1)),
        // without a bound, once a day is enough
        FrequencyUnit::Day | FrequencyUnit::Inf => now.plus_calendar(0, 1),
        FrequencyUnit::Month => now.plus_calendar(1, 0),
        FrequencyUnit::Year => now.plus_calendar(12, 0),
    };
    let share = unit_ends.since(now).as_millis() / i64::from(frequency.value.max(1));
    now.plus(Span::from_millis(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uses_of_a_month_are_spread_over_it() {
        let now: Timestamp = "2026-04-01T00:00:00Z".parse().unwrap();
        let thrice = Frequency { unit: FrequencyUnit::Month, value: 3 };
        assert_eq!(next_fetch(thrice, now).to_string(), "2026-04-11T00:00:00.000Z");
        let unbound = Frequency { unit: FrequencyUnit::Inf, value: 0 };
        assert_eq!(next_fetch(unbound, now).to_string(), "2026-04-02T00:00:00.000Z");
    }
}
