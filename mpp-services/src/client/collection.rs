//! Collecting a parcel: fetch, open, store, and only then ask for its acknowledgement.

use mpp_core::{ParcelId, Timestamp};
use mpp_store::{LeasedJob, RecordReaderExt, StoreError, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::intake::lost;
use super::jobs::Job;
use super::news::{NewsKind, NewsSubject};
use super::normalised::root_attribute;
use super::opening::{Announced, OpenedParcel, open_parcel};
use super::records::{
    CaseRecord, CollectionRecord, CollectionState, ConsentProofRecord, ConsentRecord, ItemRecord, ItemState,
    Origin, Sender, Standing,
};
use super::{ClientError, ClientService};

pub(super) const LABEL: &str = "label";

/// Where the root elements of financial information name the account.
const ACCOUNT_NAMES: [&str; 5] =
    ["maskedAccNumber", "maskedDematId", "maskedFolioNo", "maskedPolicyNumber", "maskedGstinNumber"];

/// A parcel that was opened, who sealed it, and the proof of its consent where that is new here.
struct Fetched {
    opened: OpenedParcel,
    origin: Origin,
    proof: Option<ConsentProofRecord>,
}

impl ClientService {
    /// Works on a job that collects; gives the acknowledgement that follows, begun with the end of this job.
    pub(super) async fn work_collect(
        &self,
        job: &LeasedJob,
        parcel: ParcelId,
    ) -> Result<Option<LeasedJob>, ClientError> {
        let Some(read) = self.collection(parcel).await? else { return self.done(job).await.map(|()| None) };
        let untouched = read.record.attempts.first().filter(|_| job.attempt == 1 && read.record.is_open());
        let (read, storage) = match untouched.copied() {
            Some(storage) => (read, storage),
            None => {
                for storage in &read.record.attempts {
                    self.documents.remove(*storage).await?;
                }
                if !read.record.is_open() {
                    return self.forget_attempts(job, read).await.map(|()| None);
                }
                let storage = ParcelId::generate(self.entropy());
                (self.begin_attempt(read, storage).await?, storage)
            }
        };
        match self.fetch_into(&read.record, storage).await {
            Ok(fetched) => {
                let kept = self.until_settled(|| self.keep(job, parcel, storage, &fetched)).await;
                if matches!(kept, Err(ClientError::Store(StoreError::LeaseLost { .. }))) {
                    // somebody else collects it anew, and will not clear what was written since he looked
                    self.documents.remove(storage).await?;
                }
                kept
            }
            Err(error) => {
                self.documents.remove(storage).await?;
                self.fail_collection(job, parcel, error).await.map(|()| None)
            }
        }
    }

    async fn fetch_into(&self, record: &CollectionRecord, storage: ParcelId) -> Result<Fetched, ClientError> {
        let identity = self.identity().await?;
        let consent = self.proven_consent(&identity, record).await?;
        let announced = Announced {
            partner: identity.record.partner,
            consent: record.consent,
            parcel: record.parcel,
            source: record.source.clone(),
        };
        let content = self.central().parcel_content(record.parcel).await?;
        let vouching = self.vouching(record, &consent, content.sender.as_deref()).await?;
        let writer = self.documents.writer(storage);
        let opened = open_parcel(self, &announced, content, writer).await?;
        let origin = vouching.check(&opened.sealed, self.now())?;
        Ok(Fetched { opened, origin, proof: consent.to_keep })
    }

    /// The storage is written down before anything is written into it, so that it can always be cleared.
    async fn begin_attempt(
        &self,
        mut read: Versioned<CollectionRecord>,
        storage: ParcelId,
    ) -> Result<Versioned<CollectionRecord>, ClientError> {
        read.record.attempts = vec![storage];
        let mut change = Change::new(self);
        change.update(&read);
        change.commit().await?;
        Ok(read)
    }

    /// The document is durable: its record, the job that acknowledges it, in hand from the start, and what the
    /// application is told are one commit.
    async fn keep(
        &self,
        job: &LeasedJob,
        parcel: ParcelId,
        storage: ParcelId,
        fetched: &Fetched,
    ) -> Result<Option<LeasedJob>, ClientError> {
        let read = self.collection(parcel).await?.filter(|read| read.record.attempts.contains(&storage));
        let mut read = read.ok_or(ClientError::Inconsistent("a collection"))?;
        if !read.record.is_open() {
            self.documents.remove(storage).await?;
            return self.forget_attempts(job, read).await.map(|()| None);
        }
        let key = ConsentRecord::key_of(read.record.consent);
        let standing = self.store().get::<ConsentRecord>(&key).await?;
        let mut change = Change::new(self);
        change.rests_on(&key, standing.as_ref());
        if standing.is_some_and(|read| read.record.standing == Standing::Revoked) {
            self.documents.remove(storage).await?;
            read.record.attempts.clear();
            lost(&mut change, &mut read, "consent_withdrawn");
            change.complete(job);
            return change.commit().await.map(|()| None);
        }
        let mut item = self.item_record(&read.record, storage, fetched, change.now()).await?;
        read.record.attempts.clear();
        read.record.state =
            CollectionState::Stored { sha256: fetched.opened.sealed.sha256(), opened_at: change.now() };
        change.update(&read);
        self.keep_proof_of_consent(&mut change, fetched.proof.as_ref()).await?;
        change.insert_item(&mut item).await?;
        let acknowledgement = change.begin(&Job::Acknowledge { parcel })?;
        if let Some(purge_by) = item.purge_by {
            change.ask_for_at(&Job::Purge { item: item.item }, purge_by)?;
        }
        change.tell(NewsKind::DataAvailable, change.now(), news_of(&item)).await?;
        let subject = Subject { evidence: Some(item.sha256), ..sealed_by(&item) };
        change.audit(Action::ItemStored, &Actor::Server, &subject);
        change.complete(job);
        change.commit().await?;
        Ok(Some(acknowledgement))
    }

    /// Another parcel of the same consent may have brought it meanwhile.
    async fn keep_proof_of_consent(
        &self,
        change: &mut Change<'_>,
        proof: Option<&ConsentProofRecord>,
    ) -> Result<(), ClientError> {
        let Some(proof) = proof else { return Ok(()) };
        let key = ConsentProofRecord::key_of(proof.consent);
        if self.store().get::<ConsentProofRecord>(&key).await?.is_none() {
            change.insert(proof);
        }
        Ok(())
    }

    async fn item_record(
        &self,
        collection: &CollectionRecord,
        storage: ParcelId,
        Fetched { opened, origin, .. }: &Fetched,
        now: Timestamp,
    ) -> Result<ItemRecord, ClientError> {
        let key = ItemRecord::key_of(collection.item);
        let case = self.case_of(collection).await?;
        let label = match label_of(opened) {
            Some(label) => Some(self.seal::<ItemRecord>(&key, LABEL, &label)?),
            None => None,
        };
        Ok(ItemRecord {
            item: collection.item,
            parcel: collection.parcel,
            consent: collection.consent,
            request: collection.request,
            case_ref: collection.case_ref.clone(),
            product: case.as_ref().map(|case| case.product),
            source: collection.source.clone(),
            label,
            content_type: opened.content_type.clone(),
            sha256: opened.written.sha256,
            size_bytes: opened.written.size_bytes,
            received_at: now,
            purge_by: self.purge_by(collection, case.as_ref(), now).await?,
            kid: Some(opened.sealed.header().kid.clone()),
            origin: Some(origin.clone()),
            storage,
            state: ItemState::Held,
            is_counted: false,
        })
    }

    /// The case it came for, if that was placed here.
    async fn case_of(&self, collection: &CollectionRecord) -> Result<Option<CaseRecord>, ClientError> {
        let case = self.store().get::<CaseRecord>(&CaseRecord::key_of(&collection.case_ref)).await?;
        Ok(case.map(|read| read.record).filter(|case| case.request == collection.request))
    }

    /// The earlier of what central says and what the product's data life gives from the receipt on.
    async fn purge_by(
        &self,
        collection: &CollectionRecord,
        case: Option<&CaseRecord>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, ClientError> {
        let product = match case {
            Some(case) => self.known_version(case.product, case.product_version).await?,
            None => None,
        };
        let item = product
            .and_then(|product| product.items.into_iter().find(|item| item.source == collection.source));
        let own = item.and_then(|item| item.terms.data_life.ends(now));
        Ok(own.into_iter().chain(collection.purge_by).min())
    }

    /// What central no longer has is lost; what is not as announced is refused and parked; all else is tried again.
    async fn fail_collection(
        &self,
        job: &LeasedJob,
        parcel: ParcelId,
        error: ClientError,
    ) -> Result<(), ClientError> {
        match error {
            ClientError::Central(refusal) if refusal.is_gone() => {
                self.until_settled(|| self.give_up(job, parcel)).await
            }
            ClientError::Parcel(fault) => {
                let reason = format!("{}: {fault}", fault.code());
                self.until_settled(|| self.refuse(job, parcel, fault.code(), &reason)).await
            }
            other => Err(other),
        }
    }

    async fn give_up(&self, job: &LeasedJob, parcel: ParcelId) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        if let Some(mut read) = self.collection(parcel).await?.filter(|read| read.record.is_open()) {
            read.record.attempts.clear();
            lost(&mut change, &mut read, "gone_at_central");
        }
        change.complete(job);
        change.commit().await
    }

    async fn refuse(
        &self,
        job: &LeasedJob,
        parcel: ParcelId,
        code: &str,
        reason: &str,
    ) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        if let Some(mut read) = self.collection(parcel).await?.filter(|read| read.record.is_open()) {
            read.record.attempts.clear();
            read.record.state = CollectionState::Refused { code: code.to_owned(), at: change.now() };
            change.update(&read);
            let subject = Subject {
                parcel: Some(parcel),
                consent: Some(read.record.consent),
                reason: Some(code.to_owned()),
                ..Subject::default()
            };
            change.audit(Action::ParcelRefused, &Actor::Server, &subject);
        }
        change.park(job, reason);
        change.commit().await
    }

    async fn forget_attempts(
        &self,
        job: &LeasedJob,
        mut read: Versioned<CollectionRecord>,
    ) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        if !read.record.attempts.is_empty() {
            read.record.attempts.clear();
            change.update(&read);
        }
        change.complete(job);
        change.commit().await
    }

    pub(super) async fn done(&self, job: &LeasedJob) -> Result<(), ClientError> {
        let mut change = Change::new(self);
        change.complete(job);
        change.commit().await
    }

    pub(super) async fn collection(
        &self,
        parcel: ParcelId,
    ) -> Result<Option<Versioned<CollectionRecord>>, ClientError> {
        Ok(self.store().get::<CollectionRecord>(&CollectionRecord::key_of(parcel)).await?)
    }
}

pub(super) fn subject_of(item: &ItemRecord) -> Subject {
    Subject {
        item: Some(item.item),
        parcel: Some(item.parcel),
        consent: Some(item.consent),
        case_ref: Some(item.case_ref.clone()),
        ..Subject::default()
    }
}

/// The document and who sealed it: the sender's key, and a code.
fn sealed_by(item: &ItemRecord) -> Subject {
    let (kid, code) = match &item.origin {
        Some(Origin::Proven { sender: Sender::Device, kid, .. }) => (Some(kid.clone()), "sealed_by_device"),
        Some(Origin::Proven { sender: Sender::Central, kid, .. }) => (Some(kid.clone()), "sealed_by_central"),
        Some(Origin::Unproven) | None => (None, "sender_unproven"),
    };
    Subject { kid, reason: Some(code.to_owned()), ..subject_of(item) }
}

pub(super) fn news_of(item: &ItemRecord) -> NewsSubject {
    NewsSubject {
        case_ref: item.case_ref.clone(),
        consent_request_id: item.request,
        consent_id: Some(item.consent),
        item_id: Some(item.item),
        source: Some(item.source.clone()),
        reason: None,
    }
}

/// What account a document is about, as its root element says: type, masked number, and the account's name at the Account
/// Aggregator.
fn label_of(opened: &OpenedParcel) -> Option<String> {
    let account = root_attribute(&opened.beginning, &ACCOUNT_NAMES)?;
    let kind = root_attribute(&opened.beginning, &["type"]);
    let link = root_attribute(&opened.beginning, &["linkedAccRef"]);
    Some([kind, Some(account), link].into_iter().flatten().collect::<Vec<_>>().join(" "))
}
