//! The end of an attempt, as one commit.

use mpp_core::{
    FetchFailure, ParcelDescription, Persistence, ResumeToken, Timestamp, Usage, UsageSubject, UsageUnit,
};
use mpp_crypto::envelope::sign_as_sender;
use mpp_store::{LeasedJob, RecordReaderExt, Versioned};

use super::super::audit::{Action, Actor, Subject};
use super::super::availability::Arrival;
use super::super::change::{Change, PhoneNews};
use super::super::news::{NotificationKind, NotificationSubject, PhoneEventKind};
use super::super::records::{ConsentRecord, FetchRecord, ParcelRecord, UseKind};
use super::super::{CentralError, CentralService};
use super::begin::of_fetch;
use super::failure::{Effect, Trouble};
use super::seal::SealedDocument;
use super::{Attempt, Outcome};

/// Whether what an attempt stored is now somebody's parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Yes,
    No,
}

/// Beyond this many attempts even a provider that keeps saying "later" is given up.
const MOST_QUESTIONS: u32 = 100;

impl CentralService {
    pub(super) async fn settle(
        &self,
        attempt: &Attempt,
        outcome: &Outcome,
        job: &LeasedJob,
    ) -> Result<Kept, CentralError> {
        let kept = self.until_settled(|| self.try_settle(attempt, outcome, job)).await?;
        self.forget_particulars_if_done(attempt.request.client_ref).await?;
        Ok(kept)
    }

    async fn try_settle(
        &self,
        attempt: &Attempt,
        outcome: &Outcome,
        job: &LeasedJob,
    ) -> Result<Kept, CentralError> {
        let change = Change::new(self);
        let found = self.store().get::<FetchRecord>(&FetchRecord::key_of(attempt.fetch)).await?;
        let fetch = found.ok_or(CentralError::Inconsistent("a fetch is gone"))?;
        let ours =
            fetch.record.parcel == Some(attempt.parcel) && fetch.record.fetch.state.state_name() == "running";
        if !ours {
            // cancelled in the meantime, or another worker has taken over: what came is thrown away
            let mut change = change;
            change.rests_on(&fetch);
            change.complete(job);
            return change.commit().await.map(|()| Kept::No);
        }
        match outcome {
            Outcome::Sealed(sealed) => {
                return self.take_in(change, fetch, attempt, sealed, job).await.map(|()| Kept::Yes);
            }
            Outcome::NoRecord => self.find_nothing(change, fetch, job).await,
            Outcome::Pending { .. } if attempt.number >= MOST_QUESTIONS => {
                self.fail(change, fetch, FetchFailure::ProviderDown, Effect::Possible, job).await
            }
            Outcome::Pending { token, until } => {
                self.wait_for_provider(change, fetch, token.clone(), *until, job).await
            }
            Outcome::Trouble(trouble) => self.try_again(change, fetch, attempt, trouble, job).await,
        }?;
        Ok(Kept::No)
    }

    async fn wait_for_provider(
        &self,
        mut change: Change<'_>,
        mut fetch: Versioned<FetchRecord>,
        token: ResumeToken,
        until: Timestamp,
        job: &LeasedJob,
    ) -> Result<(), CentralError> {
        fetch.record.end_attempt(change.now());
        fetch.record.fetch.state = fetch.record.fetch.state.wait(token, until)?;
        self.drop_parcel(&mut change, &mut fetch).await?;
        change.update(&fetch);
        change.audit(Action::FetchPostponed, Actor::Central, &of_fetch(&fetch.record));
        change.release(job, until, "the provider answers later");
        change.commit().await
    }

    async fn take_in(
        &self,
        mut change: Change<'_>,
        mut fetch: Versioned<FetchRecord>,
        attempt: &Attempt,
        sealed: &SealedDocument,
        job: &LeasedJob,
    ) -> Result<(), CentralError> {
        let consent = self.consent_record(fetch.record.fetch.consent).await?;
        let mut parcel = self.parcel_record(attempt.parcel).await?;
        let description = ParcelDescription {
            size_bytes: sealed.fingerprint.length(),
            sha256: sealed.fingerprint.sha256(),
            content_type: sealed.content_type.clone(),
        };
        parcel.record.sender = Some(sign_as_sender(self.signing_key(), &sealed.fingerprint)?);
        fetch.record.end_attempt(change.now());
        fetch.record.fetch.state = fetch.record.fetch.state.seal(attempt.parcel, change.now())?;
        fetch.record.quality.clone_from(&sealed.quality);
        change.update(&fetch);
        change.rests_on(&consent);
        let quality = sealed.quality.clone();
        let arrival = Arrival { parcel, description, actor: Actor::Central, quality };
        self.make_available(&mut change, &consent.record, arrival).await?;
        change.complete(job);
        change.commit().await
    }

    async fn find_nothing(
        &self,
        mut change: Change<'_>,
        mut fetch: Versioned<FetchRecord>,
        job: &LeasedJob,
    ) -> Result<(), CentralError> {
        let consent = self.consent_record(fetch.record.fetch.consent).await?;
        fetch.record.end_attempt(change.now());
        fetch.record.fetch.state = fetch.record.fetch.state.find_nothing(change.now())?;
        self.drop_parcel(&mut change, &mut fetch).await?;
        change.update(&fetch);
        change.rests_on(&consent);
        if let Some(unit) = UsageUnit::no_record(consent.record.kind) {
            change.meter(Usage {
                partner: fetch.record.fetch.partner,
                product: fetch.record.fetch.product,
                source: fetch.record.fetch.source.clone(),
                consent: fetch.record.fetch.consent,
                subject: UsageSubject::Fetch(fetch.record.fetch.id),
                unit,
            })?;
        }
        change.log_use(consent.record.consent.id, UseKind::NoRecord, None);
        change.audit(Action::FetchFoundNothing, Actor::Central, &of_fetch(&fetch.record));
        let told = Told {
            notification: NotificationKind::DataNoRecord,
            event: PhoneEventKind::Fetched,
            reason: Some("no_record"),
            fetch: UsageUnit::no_record(consent.record.kind).map(|_| fetch.record.fetch.id),
        };
        self.tell_both(&mut change, &consent.record, told).await?;
        self.schedule_next(&mut change, &consent.record)?;
        change.complete(job);
        change.commit().await
    }

    /// Another attempt, while there are any left and trying again can help.
    async fn try_again(
        &self,
        mut change: Change<'_>,
        mut fetch: Versioned<FetchRecord>,
        attempt: &Attempt,
        trouble: &Trouble,
        job: &LeasedJob,
    ) -> Result<(), CentralError> {
        let allowed = match &attempt.token {
            Some(_) => MOST_QUESTIONS,
            None => self.settings().fetch_attempts,
        };
        if trouble.again == Persistence::Permanent || attempt.number >= allowed {
            return self.fail(change, fetch, trouble.reason, trouble.effect, job).await;
        }
        let doublings = attempt.number.saturating_sub(1).min(7);
        let wait = self.settings().fetch_first_wait.as_millis().saturating_mul(1 << doublings);
        let wait = trouble.wait.map_or(wait, |asked| wait.max(asked.as_millis()));
        let due = change.now().plus(mpp_core::Span::from_millis(wait));
        fetch.record.end_attempt(change.now());
        fetch.record.fetch.state = fetch.record.fetch.state.retry(due)?;
        self.drop_parcel(&mut change, &mut fetch).await?;
        change.update(&fetch);
        let subject = Subject { reason: Some(trouble.reason.code()), ..of_fetch(&fetch.record) };
        change.audit(Action::FetchPostponed, Actor::Central, &subject);
        change.release(job, due, trouble.reason.code());
        change.commit().await
    }

    /// The fetch came to nothing.
    pub(super) async fn fail(
        &self,
        mut change: Change<'_>,
        mut fetch: Versioned<FetchRecord>,
        reason: FetchFailure,
        effect: Effect,
        job: &LeasedJob,
    ) -> Result<(), CentralError> {
        let mut consent = self.consent_record(fetch.record.fetch.consent).await?;
        fetch.record.end_attempt(change.now());
        fetch.record.fetch.state = fetch.record.fetch.state.fail(reason, change.now())?;
        self.drop_parcel(&mut change, &mut fetch).await?;
        change.update(&fetch);
        if effect == Effect::None {
            consent.record.forget_fetch(UsageSubject::Fetch(fetch.record.fetch.id));
        }
        change.update(&consent);
        change.log_use(consent.record.consent.id, UseKind::Failed, None);
        let subject = Subject { reason: Some(reason.code()), ..of_fetch(&fetch.record) };
        change.audit(Action::FetchFailed, Actor::Central, &subject);
        let told = Told {
            notification: NotificationKind::DataFailed,
            event: PhoneEventKind::Failed,
            reason: Some(reason.code()),
            fetch: None,
        };
        self.tell_both(&mut change, &consent.record, told).await?;
        self.schedule_next(&mut change, &consent.record)?;
        change.complete(job);
        change.commit().await
    }

    /// Nothing came: the attempt's parcel never existed for anybody else.
    async fn drop_parcel(
        &self,
        change: &mut Change<'_>,
        fetch: &mut Versioned<FetchRecord>,
    ) -> Result<(), CentralError> {
        if let Some(parcel) = fetch.record.parcel.take()
            && let Some(read) = self.store().get::<ParcelRecord>(&ParcelRecord::key_of(parcel)).await?
        {
            change.remove(&read);
        }
        Ok(())
    }

    async fn tell_both(
        &self,
        change: &mut Change<'_>,
        record: &ConsentRecord,
        told: Told,
    ) -> Result<(), CentralError> {
        let consent = &record.consent;
        let owner = self.partner_record(consent.partner).await?;
        let data = NotificationSubject {
            consent_id: Some(consent.id),
            source: Some(consent.source.clone()),
            reason: told.reason.map(ToOwned::to_owned),
            fetch_id: told.fetch,
            ..NotificationSubject::of_request(consent.request, record.case_ref.clone())
        };
        change.notify(&owner.record, told.notification, data).await?;
        let news = PhoneNews { reason: told.reason, ..PhoneNews::default() };
        change.tell_phone(record.device, told.event, consent, news).await
    }
}

struct Told {
    notification: NotificationKind,
    event: PhoneEventKind,
    reason: Option<&'static str>,
    /// The fetch, where its end is metered.
    fetch: Option<mpp_core::FetchId>,
}
